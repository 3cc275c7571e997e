/* SPDX-License-Identifier: Apache-2.0 */
/* Diagnostics as JSON and as SARIF, for programs and editors. */
#include "diag/render.h"

#include <string.h>

#include "base/uri.h"
#include "diag/fix.h"

/* Where the documentation is on the web, with a slash at its end; or "". */
static const char site[] = CNPC_SITE;
#define RULE_PAGE "CNP%03u.html"
#define HELP_PAGE "cnpc-diagnostics.7.html#CNP%03u_%s_(%s)"

/* The span of no length where AT ends: its place is that of the end. */
static struct span
span_end(struct span at)
{
	return (struct span){at.source, at.end, at.end};
}

static void
json_id(struct json *j, const char *key, uint16_t id)
{
	json_kv_cstr(j, key, arena_printf(j->out->arena, "CNP%03u", id));
}

/* The SARIF level. */
static const char *
sarif_level(enum diag_level level)
{
	switch (level) {
	case DIAG_NOTE:
	case DIAG_STYLE:
		return "note";
	case DIAG_WARNING:
		return "warning";
	case DIAG_ERROR:
	case DIAG_UNSUPPORTED:
		return "error";
	}
	return NULL;
}

/* A message object: SARIF keeps single braces for placeholders. */
static void
sarif_message(struct json *j, const char *key, const char *text)
{
	struct buf b;

	buf_init(&b, j->out->arena);
	for (; *text; text++) {
		if (*text == '{' || *text == '}')
			buf_putc(&b, *text);
		buf_putc(&b, *text);
	}
	json_key(j, key);
	json_object(j);
	json_kv_str(j, "text", buf_as_str(&b));
	json_end_object(j);
}

/* The file of a place, as a URI from the top of the repository. */
static const char *
uri_of(struct json *j, struct source_set *set, struct span at)
{
	return uri_of_file(j->out->arena, source_file(set, at.source));
}

static void
sarif_artifact(struct json *j, struct source_set *set, struct span at)
{
	json_key(j, "artifactLocation");
	json_object(j);
	json_kv_cstr(j, "uri", uri_of(j, set, at));
	json_end_object(j);
}

static void
sarif_region(struct json *j, const char *key, struct source_set *set,
    struct span at)
{
	struct place from = source_place(set, at);
	struct place to = source_place(set, span_end(at));

	json_key(j, key);
	json_object(j);
	json_kv_u64(j, "startLine", from.line);
	json_kv_u64(j, "startColumn", from.col);
	json_kv_u64(j, "endLine", to.line);
	json_kv_u64(j, "endColumn", to.col);
	json_end_object(j);
}

static void
sarif_location(struct json *j, struct source_set *set, struct span at,
    const char *message)
{
	json_object(j);
	if (message)
		sarif_message(j, "message", message);
	if (at.source) {
		json_key(j, "physicalLocation");
		json_object(j);
		sarif_artifact(j, set, at);
		sarif_region(j, "region", set, at);
		json_end_object(j);
	}
	json_end_object(j);
}

/* What mends D, if that is safe. */
static void
sarif_fixes(struct json *j, struct source_set *set, const struct diag *d)
{
	struct edit e;

	if (!fix_edit(j->out->arena, set, d, &e))
		return;
	json_key(j, "fixes");
	json_array(j);
	json_object(j);
	json_key(j, "artifactChanges");
	json_array(j);
	json_object(j);
	sarif_artifact(j, set, e.at);
	json_key(j, "replacements");
	json_array(j);
	json_object(j);
	sarif_region(j, "deletedRegion", set, e.at);
	json_key(j, "insertedContent");
	json_object(j);
	json_kv_str(j, "text", e.text);
	json_end_object(j);
	json_end_object(j);
	json_end_array(j);
	json_end_object(j);
	json_end_array(j);
	json_end_object(j);
	json_end_array(j);
}

/*
 * What `cnpc explain` prints, for those who do not run it, and where it is on
 * the web, if the build was told where the site is.
 */
static void
sarif_help(struct json *j, const struct diag_info *info)
{
	struct buf b;

	buf_init(&b, j->out->arena);
	if (*site && info->family)
		json_kv_cstr(j, "helpUri",
		    arena_printf(b.arena, "%s" RULE_PAGE, site, info->id));
	else if (*site)
		json_kv_cstr(j, "helpUri",
		    arena_printf(b.arena, "%s" HELP_PAGE, site, info->id,
			info->name, diag_level_name(info->level)));
	diag_render_explain(&b, info);
	sarif_message(j, "help", buf_as_str(&b).s);
}

/* The name in words, since the text has places for what it is about. */
static void
sarif_rule(struct json *j, const struct diag_info *info)
{
	char *words = arena_printf(j->out->arena, "%s", info->name);

	for (char *p = words; (p = strchr(p, '-'));)
		*p = ' ';
	json_object(j);
	json_id(j, "id", info->id);
	json_kv_cstr(j, "name", info->name);
	sarif_message(j, "shortDescription", words);
	sarif_message(j, "fullDescription", info->explain);
	sarif_help(j, info);
	json_key(j, "defaultConfiguration");
	json_object(j);
	json_kv_cstr(j, "level", sarif_level(info->level));
	json_end_object(j);
	json_end_object(j);
}

/* The rules that SINK needs; returns the index of each in diag_table order. */
static uint32_t *
sarif_rules(struct json *j, const struct diag_sink *sink)
{
	struct arena *a = j->out->arena;
	uint32_t *index = ARENA_ARRAY(a, uint32_t, diag_table_len);
	uint32_t n = 0;

	VEC_FOREACH (d, &sink->v)
		index[diag_lookup((*d)->id) - diag_table] = 1;
	json_key(j, "rules");
	json_array(j);
	for (size_t i = 0; i < diag_table_len; i++) {
		if (index[i] == 0)
			continue;
		index[i] = n++;
		sarif_rule(j, &diag_table[i]);
	}
	json_end_array(j);
	return index;
}

static void
json_place(struct json *j, struct place p)
{
	json_kv_cstr(j, "file", p.file);
	json_kv_u64(j, "line", p.line);
	json_kv_u64(j, "column", p.col);
	if (p.template.n > 0)
		json_kv_str(j, "template", p.template);
}

/* The object that D is in, and where. */
static void
json_object_of(struct json *j, const struct diag *d)
{
	const struct diag_object *o = d->object;

	if (!o)
		return;
	json_key(j, "object");
	json_object(j);
	json_kv_str(j, "kind", o->kind);
	if (o->ns.n > 0)
		json_kv_str(j, "namespace", o->ns);
	json_kv_str(j, "name", o->name);
	json_end_object(j);
	json_kv_cstr(j, "path", o->path);
}

/* What mends D, if that is safe. */
static void
json_fix(struct json *j, struct source_set *set, const struct diag *d)
{
	struct place from, to;
	struct edit e;

	if (!fix_edit(j->out->arena, set, d, &e))
		return;
	from = source_place(set, e.at);
	to = source_place(set, span_end(e.at));
	json_key(j, "fix");
	json_object(j);
	json_kv_u64(j, "line", from.line);
	json_kv_u64(j, "column", from.col);
	json_kv_u64(j, "endLine", to.line);
	json_kv_u64(j, "endColumn", to.col);
	json_kv_str(j, "text", e.text);
	json_end_object(j);
}

static void
json_diag(struct json *j, struct source_set *set, const struct diag *d)
{
	const struct diag_info *info = diag_lookup(d->id);

	json_object(j);
	json_id(j, "id", d->id);
	json_kv_cstr(j, "name", info->name);
	if (info->family)
		json_kv_cstr(j, "family", info->family);
	json_kv_cstr(j, "level", diag_level_name(d->level));
	json_kv_cstr(j, "text", d->text);
	if (d->at.source) {
		struct place end = source_place(set, span_end(d->at));

		json_place(j, source_place(set, d->at));
		json_kv_u64(j, "endLine", end.line);
		json_kv_u64(j, "endColumn", end.col);
	}
	json_object_of(j, d);
	json_kv_cstr(j, "fingerprint", d->fingerprint);
	json_fix(j, set, d);
	json_key(j, "notes");
	json_array(j);
	VEC_FOREACH (note, &d->notes) {
		json_object(j);
		json_kv_cstr(j, "text", note->text);
		if (note->at.source)
			json_place(j, source_place(set, note->at));
		json_end_object(j);
	}
	json_end_array(j);
	json_end_object(j);
}

static void
sarif_result(struct json *j, struct source_set *set, const struct diag *d,
    uint32_t rule)
{
	json_object(j);
	json_id(j, "ruleId", d->id);
	json_kv_u64(j, "ruleIndex", rule);
	json_kv_cstr(j, "level", sarif_level(d->level));
	sarif_message(j, "message", d->text);
	json_key(j, "partialFingerprints");
	json_object(j);
	json_kv_cstr(j, "cnpcFinding/v1", d->fingerprint);
	json_end_object(j);
	if (d->at.source) {
		json_key(j, "locations");
		json_array(j);
		sarif_location(j, set, d->at, NULL);
		json_end_array(j);
	}
	if (d->notes.n > 0) {
		json_key(j, "relatedLocations");
		json_array(j);
		VEC_FOREACH (note, &d->notes)
			sarif_location(j, set, note->at, note->text);
		json_end_array(j);
	}
	sarif_fixes(j, set, d);
	json_end_object(j);
}

void
diag_json_begin(struct json *out)
{
	json_document(out, "cnpc-findings", 1);
	json_key(out, "findings");
	json_array(out);
}

void
diag_json_put(struct json *out, struct source_set *set, struct diag_sink *sink)
{
	diag_fingerprint(set, sink);
	VEC_FOREACH (d, &sink->v)
		json_diag(out, set, *d);
}

void
diag_json_end(struct json *out, const char *failure)
{
	json_end_array(out);
	if (failure)
		json_kv_cstr(out, "failure", failure);
	json_end_object(out);
}

void
diag_render_json(struct json *out, struct source_set *set,
    struct diag_sink *sink)
{
	diag_json_begin(out);
	diag_json_put(out, set, sink);
	diag_json_end(out, NULL);
}

void
diag_render_baseline(struct json *out, struct source_set *set,
    struct diag_sink *sink)
{
	diag_fingerprint(set, sink);
	json_document(out, BASELINE_FORMAT, BASELINE_VERSION);
	json_key(out, "findings");
	json_array(out);
	VEC_FOREACH (p, &sink->v) {
		const struct diag *d = *p;

		json_object_line(out);
		json_kv_cstr(out, "fingerprint", d->fingerprint);
		json_id(out, "id", d->id);
		if (d->at.source)
			json_kv_cstr(out, "file",
			    source_file(set, d->at.source));
		json_object_of(out, d);
		json_end_object(out);
	}
	json_end_array(out);
	json_end_object(out);
}

void
diag_render_jsonl(struct buf *out, struct source_set *set,
    struct diag_sink *sink)
{
	diag_fingerprint(set, sink);
	VEC_FOREACH (d, &sink->v) {
		struct json json;

		json_init(&json, out, false);
		json_diag(&json, set, *d);
		buf_putc(out, '\n');
	}
}

void
diag_render_sarif(struct json *out, struct source_set *set,
    struct diag_sink *sink, const char *version)
{
	const uint32_t *rule;

	diag_fingerprint(set, sink);
	json_object(out);
	json_kv_cstr(out, "$schema",
	    "https://json.schemastore.org/sarif-2.1.0.json");
	json_kv_cstr(out, "version", "2.1.0");
	json_key(out, "runs");
	json_array(out);
	json_object(out);
	json_key(out, "tool");
	json_object(out);
	json_key(out, "driver");
	json_object(out);
	json_kv_cstr(out, "name", "cnpc");
	json_kv_cstr(out, "version", version);
	if (*site)
		json_kv_cstr(out, "informationUri", site);
	rule = sarif_rules(out, sink);
	json_end_object(out);
	json_end_object(out);
	json_kv_cstr(out, "columnKind", "unicodeCodePoints");
	json_key(out, "results");
	json_array(out);
	VEC_FOREACH (d, &sink->v)
		sarif_result(out, set, *d,
		    rule[diag_lookup((*d)->id) - diag_table]);
	json_end_array(out);
	json_end_object(out);
	json_end_array(out);
	json_end_object(out);
}
