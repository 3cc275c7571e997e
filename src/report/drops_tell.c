/* SPDX-License-Identifier: Apache-2.0 */
/*
 * New drops as findings, each at the rule that is the cause.
 */
#include "base/hash.h"
#include "diag_gen.h"
#include "report/drops.h"
#include "report/drops_parts.h"

/* A connection is the same finding, wherever in the recording it is. */
static const char *
fingerprint(struct arena *a, const struct summary_row *r, const char *end,
    const char *why)
{
	char *text = arena_alloc(a, HASH_STRLEN);

	hash_text(str_of(arena_printf(a,
		      STR_FMT "\n" STR_FMT "\n" STR_FMT "\n%s\n%s",
		      STR_ARG(r->from->name), STR_ARG(r->to->name),
		      STR_ARG(r->port), end, why)),
	    text);
	return text;
}

static struct diag *
tell(struct diag_sink *sink, const struct summary_row *r, struct span at,
    const char *end, const char *why)
{
	struct diag *d = diag_recorded_drop(sink, at, summary_connections(r),
	    r->from->name, r->to->name, r->port, end, why);

	d->fingerprint = fingerprint(sink->arena, r, end, why);
	if (r->example > 0)
		diag_note(sink, d, (struct span){0},
		    "line %lu of the recording is an example", r->example);
	return d;
}

static void
tell_side(struct diag_sink *sink, const struct summary_row *r, int dir)
{
	const struct summary_side *s = r->side[dir];
	struct diag *d =
	    tell(sink, r, s->rule.at, direction_name((enum direction)dir),
		drops_because_of(sink->arena, s));

	if (s->near_text.n > 0)
		diag_note(sink, d, s->near.at,
		    "this would allow it but for " STR_FMT,
		    STR_ARG(s->near_text));
}

void
drops_tell(struct diag_sink *sink, const struct summary *s)
{
	VEC_FOREACH (p, &s->v) {
		const struct summary_row *r = *p;
		static const int order[] = {DIR_EGRESS, DIR_INGRESS};

		if (r->class != REPLAY_NEW_DROP)
			continue;
		for (size_t i = 0; i < 2; i++) {
			if (r->side[order[i]]->bad)
				tell_side(sink, r, order[i]);
		}
		if (!r->side[DIR_EGRESS]->bad && !r->side[DIR_INGRESS]->bad)
			tell(sink, r, (struct span){0}, "the Service",
			    "it has no backend");
	}
}
