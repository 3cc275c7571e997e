/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where what is named at a place is: a CIDR group, and what the findings there
 * tell of, such as the rule that decides in place of another.
 */
#include "lsp/session.h"
#include "yaml/locate.h"

/* The group that is named at the end of TRAIL. */
static void
put_group(struct session *s, struct json *j, const struct ytrail *trail)
{
	const struct ystep *last = &trail->v.v[trail->v.n - 1];

	if (!last->pair || !str_is(last->pair->key, "cidrGroupRef") ||
	    last->to->kind != Y_STR)
		return;
	OBJECT_FOREACH (o, &s->unit.objects, AST_CILIUM_CIDR_GROUP) {
		if (str_eq(o->name, last->to->s) && o->name_at.source != 0)
			json_location(s, j, o->name_at);
	}
}

void
request_definition(struct session *s, const struct ynode *params,
    struct json *j)
{
	struct text_place place;
	struct ytrail trail;

	json_array(j);
	if (find_place(s, params, &place) && place.source != 0) {
		trail_at(s, &place, &trail);
		if (trail.v.n > 0)
			put_group(s, j, &trail);
		VEC_FOREACH (d, &s->unit.sink.v) {
			struct span at = session_mark(s, *d);

			if (at.source != place.source ||
			    place.offset < at.start || place.offset > at.end)
				continue;
			VEC_FOREACH (note, &(*d)->notes) {
				if (note->at.source != 0)
					json_location(s, j, note->at);
			}
		}
	}
	json_end_array(j);
}
