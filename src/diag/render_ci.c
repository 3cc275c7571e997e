/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Diagnostics in the forms of the services that run checks: annotations of
 * GitHub and of Azure DevOps, GitLab's code quality, checkstyle and JUnit.
 */
#include "diag/render.h"

#include <string.h>

#include "diag/printable.h"

/* What a character is written as; a table ends with {0}. */
struct escape {
	char c;
	const char *as;
};

static const struct escape github_text[] = {{'%', "%25"}, {'\n', "%0A"}, {0}};
static const struct escape github_property[] = {{'%', "%25"}, {'\n', "%0A"},
    {':', "%3A"}, {',', "%2C"}, {0}};
static const struct escape azure[] = {{'%', "%AZP25"}, {'\n', "%0A"},
    {';', "%3B"}, {']', "%5D"}, {0}};
static const struct escape xml[] = {{'&', "&amp;"}, {'<', "&lt;"},
    {'>', "&gt;"}, {'"', "&quot;"}, {'\n', "&#10;"}, {0}};

static void
put_escaped(struct buf *out, const struct escape *table, const char *text)
{
	for (; *text; text++) {
		const struct escape *e = table;

		while (e->c && e->c != *text)
			e++;
		if (e->c)
			buf_puts(out, e->as);
		else
			buf_putc(out, *text);
	}
}

/* The file of D as a service finds it; "cnpc" for what has no place. */
static const char *
file_of(struct source_set *set, const struct diag *d)
{
	struct buf b;

	if (!d->at.source)
		return "cnpc";
	buf_init(&b, set->arena);
	printable_put(&b, str_of(source_file(set, d->at.source)), SIZE_MAX);
	return buf_as_str(&b).s;
}

/* The text, and a line for each note. */
static const char *
whole_text(struct arena *a, struct source_set *set, const struct diag *d)
{
	struct buf b;

	buf_init(&b, a);
	buf_puts(&b, d->text);
	VEC_FOREACH (note, &d->notes) {
		buf_putc(&b, '\n');
		if (note->at.source)
			buf_printf(&b, "%s: ", source_where(set, note->at));
		buf_puts(&b, note->text);
	}
	return buf_as_str(&b).s;
}

/* One of the three levels that services know, by the names given. */
static const char *
level_as(enum diag_level level, const char *info, const char *warning,
    const char *error)
{
	switch (level) {
	case DIAG_NOTE:
	case DIAG_STYLE:
		return info;
	case DIAG_WARNING:
		return warning;
	case DIAG_ERROR:
	case DIAG_UNSUPPORTED:
		return error;
	}
	return NULL;
}

void
diag_render_github(struct buf *out, struct source_set *set,
    struct diag_sink *sink)
{
	diag_sort(sink);
	VEC_FOREACH (p, &sink->v) {
		const struct diag *d = *p;
		struct span last = {d->at.source, d->at.end, d->at.end};
		struct place from = source_place(set, d->at);
		struct place to = source_place(set, last);

		buf_printf(out, "::%s title=CNP%03u %s",
		    level_as(d->level, "notice", "warning", "error"), d->id,
		    diag_lookup(d->id)->name);
		if (from.file) {
			buf_puts(out, ",file=");
			put_escaped(out, github_property, file_of(set, d));
			buf_printf(out, ",line=%u,endLine=%u", from.line,
			    to.line);
		}
		/* GitHub takes columns only within one line. */
		if (from.file && from.line == to.line)
			buf_printf(out, ",col=%u,endColumn=%u", from.col,
			    to.col);
		buf_puts(out, "::");
		put_escaped(out, github_text, whole_text(out->arena, set, d));
		buf_putc(out, '\n');
	}
}

void
diag_render_azure(struct buf *out, struct source_set *set,
    struct diag_sink *sink)
{
	diag_sort(sink);
	VEC_FOREACH (p, &sink->v) {
		const struct diag *d = *p;
		struct place at = source_place(set, d->at);

		buf_printf(out, "##vso[task.logissue type=%s;",
		    level_as(d->level, "warning", "warning", "error"));
		if (at.file) {
			buf_puts(out, "sourcepath=");
			put_escaped(out, azure, file_of(set, d));
			buf_printf(out, ";linenumber=%u;columnnumber=%u;",
			    at.line, at.col);
		}
		buf_printf(out, "code=CNP%03u;]", d->id);
		put_escaped(out, azure, whole_text(out->arena, set, d));
		buf_putc(out, '\n');
	}
}

void
diag_render_gitlab(struct json *out, struct source_set *set,
    struct diag_sink *sink)
{
	struct arena *a = out->out->arena;

	diag_fingerprint(set, sink);
	json_array(out);
	VEC_FOREACH (p, &sink->v) {
		const struct diag *d = *p;
		struct place at = source_place(set, d->at);
		const char *file = file_of(set, d);

		json_object(out);
		json_kv_cstr(out, "check_name", diag_lookup(d->id)->name);
		json_kv_cstr(out, "description",
		    arena_printf(a, "%s [CNP%03u]", whole_text(a, set, d),
			d->id));
		json_kv_cstr(out, "fingerprint", d->fingerprint);
		json_kv_cstr(out, "severity",
		    level_as(d->level, "info", "minor", "major"));
		json_key(out, "location");
		json_object(out);
		json_kv_cstr(out, "path", file);
		json_key(out, "lines");
		json_object(out);
		json_kv_u64(out, "begin", at.file ? at.line : 1);
		json_end_object(out);
		json_end_object(out);
		json_end_object(out);
	}
	json_end_array(out);
}

/* NAME="VALUE", after a space. */
static void
put_attribute(struct buf *out, const char *name, const char *value)
{
	buf_printf(out, " %s=\"", name);
	put_escaped(out, xml, value);
	buf_putc(out, '"');
}

void
diag_render_checkstyle(struct buf *out, struct source_set *set,
    struct diag_sink *sink)
{
	const struct diag *before = NULL;

	diag_sort(sink);
	buf_puts(out,
	    "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
	    "<checkstyle version=\"4.3\">\n");
	VEC_FOREACH (p, &sink->v) {
		const struct diag *d = *p;
		struct place at = source_place(set, d->at);

		if (!before || before->at.source != d->at.source) {
			buf_puts(out, before ? "</file>\n<file" : "<file");
			put_attribute(out, "name", file_of(set, d));
			buf_puts(out, ">\n");
		}
		buf_printf(out, "  <error line=\"%u\" column=\"%u\"", at.line,
		    at.col);
		put_attribute(out, "severity",
		    level_as(d->level, "info", "warning", "error"));
		put_attribute(out, "message", whole_text(out->arena, set, d));
		buf_printf(out, " source=\"cnpc.CNP%03u\"/>\n", d->id);
		before = d;
	}
	buf_puts(out, before ? "</file>\n</checkstyle>\n" : "</checkstyle>\n");
}

/* A finding that does not fail the run is a test that passed, and says so. */
static void
put_testcase(struct buf *out, struct source_set *set, const struct diag *d)
{
	struct place at = source_place(set, d->at);
	const char *file = file_of(set, d);
	bool failed = d->level > DIAG_STYLE;
	const char *tag = failed ? "failure" : "system-out";

	buf_puts(out, "  <testcase");
	put_attribute(out, "classname", file);
	put_attribute(out, "name",
	    arena_printf(out->arena, "CNP%03u %s at %s:%u:%u", d->id,
		diag_lookup(d->id)->name, file, at.line, at.col));
	buf_printf(out, ">\n    <%s", tag);
	if (failed) {
		put_attribute(out, "message", d->text);
		put_attribute(out, "type", diag_level_name(d->level));
	}
	buf_putc(out, '>');
	put_escaped(out, xml, whole_text(out->arena, set, d));
	buf_printf(out, "</%s>\n  </testcase>\n", tag);
}

void
diag_render_junit(struct buf *out, struct source_set *set,
    struct diag_sink *sink)
{
	size_t failures;

	diag_sort(sink);
	failures = sink->v.n - sink->count[DIAG_NOTE] - sink->count[DIAG_STYLE];
	buf_puts(out,
	    "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
	    "<testsuites>\n");
	buf_printf(out,
	    "<testsuite name=\"cnpc lint\" tests=\"%zu\" failures=\"%zu\" "
	    "errors=\"0\">\n",
	    sink->v.n > 0 ? sink->v.n : 1, failures);
	/* Services take a report without tests for a broken one. */
	if (sink->v.n == 0)
		buf_puts(out,
		    "  <testcase classname=\"cnpc\" name=\"no findings\"/>\n");
	VEC_FOREACH (d, &sink->v)
		put_testcase(out, set, *d);
	buf_puts(out, "</testsuite>\n</testsuites>\n");
}
