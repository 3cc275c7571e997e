/* SPDX-License-Identifier: Apache-2.0 */
/* What mends a finding, as `cnpc lint --fix` would. */
#include "diag/fix.h"
#include "lsp/session.h"

/* Whether D is marked somewhere between FROM and TO. */
static bool
is_between(struct session *s, const struct diag *d, uint32_t from, uint32_t to)
{
	struct span at = session_mark(s, d);

	return at.start <= to && at.end >= from;
}

static void
put_edit(struct session *s, struct json *j, const struct text *text,
    const struct edit *e)
{
	json_key(j, "edit");
	json_object(j);
	json_key(j, "changes");
	json_object(j);
	json_key(j, text->uri);
	json_array(j);
	json_text_edit(j, text->text, e->at, e->text, s->utf8);
	json_end_array(j);
	json_end_object(j);
	json_end_object(j);
}

static void
put_action(struct session *s, struct json *j, const struct text *text,
    const struct diag *d, const struct edit *e)
{
	struct str there = source_text(&s->unit.sources, e->at);

	json_object(j);
	json_kv_cstr(j, "title",
	    arena_printf(&s->message, "write " STR_FMT " instead of " STR_FMT,
		STR_ARG(e->text), STR_ARG(there)));
	json_kv_cstr(j, "kind", "quickfix");
	json_kv_bool(j, "isPreferred", true);
	json_key(j, "diagnostics");
	json_array(j);
	json_diagnostic(s, j, d);
	json_end_array(j);
	put_edit(s, j, text, e);
	json_end_object(j);
}

void
request_actions(struct session *s, const struct ynode *params, struct json *j)
{
	const struct ynode *range = ynode_get(params, "range");
	const struct text *text = text_of_params(s, params);
	uint32_t source = text ? source_of(s, text) : 0;
	struct position from, to;
	struct edit e;

	json_array(j);
	if (source != 0 && get_position(range, "start", &from) &&
	    get_position(range, "end", &to)) {
		uint32_t start = position_offset(text->text, from, s->utf8);
		uint32_t end = position_offset(text->text, to, s->utf8);

		VEC_FOREACH (d, &s->unit.sink.v) {
			if ((*d)->at.source == source &&
			    is_between(s, *d, start, end) &&
			    fix_edit(&s->message, &s->unit.sources, *d, &e) &&
			    e.at.source == source)
				put_action(s, j, text, *d, &e);
		}
	}
	json_end_array(j);
}
