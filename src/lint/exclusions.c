/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A selector that requires nothing takes the aggregates, and so does one that
 * only excludes.  Requires a world whose selectors are resolved.
 */
#include "lint/exclusions.h"

#include "cilium/version.h"
#include "diag_gen.h"
#include "ir/selector.h"

/*
 * Whether pods or prefixes that it excludes are selected all the same, now or
 * as soon as there are some.  Reserved labels are mostly of others.
 */
static bool
excludes_in_vain(const struct world *w, const struct ir_selector *s)
{
	if (!selector_only_excludes(s) ||
	    aggregates_in(w->aggregates, world_selected(w, s)) == 0)
		return false;
	for (uint32_t i = 0; i < s->nreq; i++) {
		if (!atom_eq(s->req[i].source, w->ir->word.reserved))
			return true;
	}
	return !bitset_eq(world_selected(w, s), world_reached(w, s));
}

void
lint_check_exclusions(struct diag_sink *sink, const struct world *w)
{
	if (!version_has(w->ir->opt.cilium, VERSION_EXCLUDES_NOBODY))
		return;
	VEC_FOREACH (r, &w->ir->rules) {
		for (uint32_t i = 0; i < (*r)->npeers; i++) {
			const struct ir_peer *p = &(*r)->peers[i];

			if (excludes_in_vain(w, p->selector))
				diag_excludes_nobody(sink, p->at);
		}
	}
}
