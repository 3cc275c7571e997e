/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Compiling what is open together with the rest of the repository, and telling
 * the client what is found in what is open.
 */
#include "driver/settle.h"
#include "lsp/session.h"

/* The texts that are read, as the unit wants them. */
static void
set_inputs(struct session *s, struct unit_options *o)
{
	static const char *const here[] = {"."};
	size_t n = s->texts.v.n;
	struct unit_text *texts = ARENA_ARRAY(&s->inputs, struct unit_text, n);
	const char **names = ARENA_ARRAY(&s->inputs, const char *, n);

	o->context = o->ninputs > 0 ? o->inputs : here;
	o->ncontext = o->ninputs > 0 ? o->ninputs : 1;
	o->ninputs = 0;
	VEC_FOREACH (x, &s->texts.v) {
		if (!(*x)->path)
			continue;
		names[o->ninputs] = (*x)->path;
		texts[o->ninputs++] =
		    (struct unit_text){(*x)->path, (*x)->text};
	}
	o->inputs = names;
	o->texts = texts;
	o->ntexts = o->ninputs;
	o->kept = &s->kept;
}

static void
compile(struct session *s)
{
	struct unit_options o = *s->settings.options;
	uint32_t wanted = FINDING_PASSES;

	if (s->settings.sandbox && !s->confined)
		wanted |= PASS_BIT(SANDBOX);
	s->confined = true;
	if (s->compiled)
		unit_free(&s->unit);
	arena_reset(&s->inputs);
	set_inputs(s, &o);
	unit_init(&s->unit, &o);
	unit_run(&s->unit, wanted);
	s->compiled = true;
	if (s->unit.failure.error != 0) {
		show_message(s,
		    arena_printf(&s->message, "cannot %s %s: %s",
			s->unit.failure.what, s->unit.failure.path,
			strerrordesc_np(s->unit.failure.error)));
		s->phase = PHASE_OVER;
		s->end = LSP_REFUSED;
		return;
	}
	unit_settle(&s->unit, s->settings.rows, s->settings.baseline);
}

/* The protocol's number. */
static unsigned
severity(enum diag_level level)
{
	switch (level) {
	case DIAG_NOTE:
		return 3;
	case DIAG_STYLE:
		return 4;
	case DIAG_WARNING:
		return 2;
	case DIAG_ERROR:
	case DIAG_UNSUPPORTED:
		return 1;
	}
	return 1;
}

struct span
session_mark(const struct session *s, const struct diag *d)
{
	struct span at = d->at;
	struct str text;
	const char *nl;

	if (at.source == 0)
		return at;
	text = source_text(&s->unit.sources, at);
	nl = text.n > 0 ? memchr(text.s, '\n', text.n) : NULL;
	if (nl)
		at.end = at.start + (uint32_t)(nl - text.s);
	if (nl > text.s && nl[-1] == '\r')
		at.end--;
	return at;
}

/* The text, and the notes that are about nothing else. */
static const char *
message_of(struct session *s, const struct diag *d)
{
	struct buf b;

	buf_init(&b, &s->message);
	buf_puts(&b, d->text);
	VEC_FOREACH (note, &d->notes) {
		if (note->at.source == 0)
			buf_printf(&b, "\nnote: %s", note->text);
	}
	return buf_as_str(&b).s;
}

/* The notes with places of their own. */
static void
put_related(struct session *s, struct json *j, const struct diag *d)
{
	json_key(j, "relatedInformation");
	json_array(j);
	VEC_FOREACH (note, &d->notes) {
		if (note->at.source == 0)
			continue;
		json_object(j);
		json_key(j, "location");
		json_location(s, j, note->at);
		json_kv_cstr(j, "message", note->text);
		json_end_object(j);
	}
	json_end_array(j);
}

void
json_diagnostic(struct session *s, struct json *j, const struct diag *d)
{
	struct span at = session_mark(s, d);
	struct str text = s->unit.sources.v.v[at.source - 1].text;

	json_object(j);
	json_key(j, "range");
	position_json_range(j, text, at.start, at.end, s->utf8);
	json_kv_u64(j, "severity", severity(d->level));
	json_kv_cstr(j, "code", arena_printf(&s->message, "CNP%03u", d->id));
	json_kv_cstr(j, "source", "cnpc");
	json_kv_cstr(j, "message", message_of(s, d));
	put_related(s, j, d);
	json_end_object(j);
}

static void
publish(struct session *s, const struct text *text)
{
	uint32_t source = source_of(s, text);
	struct answer a;

	notice_begin(s, &a, "textDocument/publishDiagnostics");
	json_object(&a.json);
	json_kv_cstr(&a.json, "uri", text->uri);
	json_key(&a.json, "version");
	json_i64(&a.json, text->version);
	json_key(&a.json, "diagnostics");
	json_array(&a.json);
	VEC_FOREACH (d, &s->unit.sink.v) {
		if (source != 0 && (*d)->at.source == source)
			json_diagnostic(s, &a.json, *d);
	}
	json_end_array(&a.json);
	json_end_object(&a.json);
	answer_send(s, &a);
}

void
session_refresh(struct session *s)
{
	if (!s->stale)
		return;
	s->stale = false;
	compile(s);
	VEC_FOREACH (x, &s->texts.v)
		publish(s, *x);
}
