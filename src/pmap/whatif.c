/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Requires the maps of pmap_compute(), and a class that could be resolved.
 */
#include "pmap/whatif.h"

#include <assert.h>

#include "pmap/direction.h"
#include "pmap/redirect.h"

void
whatif_init(struct whatif *w, struct arena *a, struct arena *scratch,
    const struct pmaps *m)
{
	*w = (struct whatif){.m = m, .arena = a, .scratch = scratch};
	VEC_FOREACH (redirect, &m->redirects)
		*vec_push(&w->redirects, a) = *redirect;
}

const struct pmap_direction *
whatif_rules(struct whatif *w, struct arena *a, const struct pmap_class *class,
    enum direction dir, const struct ir_rule *const *rules, uint32_t nrules)
{
	struct direction_input in =
	    direction_input_of(w->m, class->subject, dir);
	const struct pmap_direction *direction;
	struct direction_draft draft;

	in.rules = rules;
	in.nrules = nrules;
	direction_resolve(&draft, a, w->scratch, w->m, &in);
	direction = direction_build(&draft, a, w->scratch, w->m,
	    redirects_join(&w->redirects, w->arena, &draft.filters.redirects));
	w->error = draft.error.text;
	arena_reset(w->scratch);
	return direction;
}

/*
 * The rules of a direction but LESS, and MORE besides; each may be NULL.  Those
 * that Cilium adds itself are left out: they are added anew.
 */
static const struct pmap_direction *
change(struct whatif *w, struct arena *a, const struct pmap_class *class,
    enum direction dir, const struct ir_rule *less, const struct ir_rule *more)
{
	const struct pmap_direction *old = class->direction[dir];
	const struct ir_rule **rules =
	    ARENA_ARRAY(a, const struct ir_rule *, old->nrules + 1);
	uint32_t n = 0, left_out = 0;

	for (uint32_t i = 0; i < old->nrules; i++) {
		const struct ir_rule *r = old->rules[i].rule;

		if (r == less)
			left_out++;
		else if (r->policy)
			rules[n++] = r;
	}
	assert(left_out == (less ? 1 : 0));
	if (more)
		rules[n++] = more;
	return whatif_rules(w, a, class, dir, rules, n);
}

const struct pmap_direction *
whatif_without(struct whatif *w, struct arena *a,
    const struct pmap_class *class, enum direction dir,
    const struct ir_rule *rule)
{
	return change(w, a, class, dir, rule, NULL);
}

const struct pmap_direction *
whatif_with(struct whatif *w, struct arena *a, const struct pmap_class *class,
    enum direction dir, const struct ir_rule *rule)
{
	return change(w, a, class, dir, NULL, rule);
}
