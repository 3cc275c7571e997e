/* SPDX-License-Identifier: Apache-2.0 */
/* What values that are not known mean for findings and for objects. */
#include "driver/open.h"

#include "base/variable.h"
#include "diag_gen.h"

/* The first error in the object O; NULL when there is none. */
static const struct diag *
find_error(const struct diag_sink *sink, const struct object *o)
{
	VEC_FOREACH (d, &sink->v) {
		if ((*d)->level >= DIAG_ERROR &&
		    (*d)->at.source == o->at.source &&
		    (*d)->at.start >= o->at.start && (*d)->at.end <= o->at.end)
			return *d;
	}
	return NULL;
}

void
open_forgive(struct unit *u)
{
	if (u->repo.open.n == 0)
		return;
	repo_forgive(&u->repo, &u->sink);
	VEC_FOREACH (p, &u->objects.v) {
		struct object *o = *p;

		if (o->status == OBJECT_OK || o->status == OBJECT_UNREAD ||
		    o->status == OBJECT_OPEN)
			continue;
		o->why = find_error(&u->sink, o);
		if (!o->why)
			o->status = OBJECT_OK;
	}
}

void
open_explain(struct unit *u)
{
	VEC_FOREACH (p, &u->sink.v) {
		struct diag *d = *p;

		if (d->id == DIAG_UNQUOTED_STRING && d->at.source != 0 &&
		    variable_in(source_text(&u->sources, d->at)))
			diag_note(&u->sink, d, d->at,
			    "quotes are lost where Flux fills in a value");
	}
}

void
open_settle(struct unit *u)
{
	const struct object *first = NULL;
	uint32_t noted = 0, n = 0;

	VEC_FOREACH (p, &u->objects.v) {
		struct object *o = *p;

		if (o->idle && o->status == OBJECT_OK)
			o->status = OBJECT_IDLE;
		if (ast_kind_is_policy(o->kind) && o->status == OBJECT_OK &&
		    repo_has_open(&u->repo, o->at)) {
			o->status = OBJECT_OPEN;
			if (noted != o->at.source)
				repo_note_open(&u->repo, &u->sink, &u->sources,
				    o->at.source);
			noted = o->at.source;
		}
		if (o->status != OBJECT_OPEN)
			continue;
		first = first ? first : o;
		n++;
	}
	if (first && u->opt.output)
		diag_policies_open(&u->sink, first->at, n);
}
