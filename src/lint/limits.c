/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Counts of what was computed, against what a platform has room for.
 */
#include "lint/limits.h"

#include "diag_gen.h"

/* Identities that the cluster allocates, which are those of pods. */
static uint32_t
count_allocated(const struct world *w)
{
	uint32_t n = 0;

	VEC_FOREACH (id, &w->idents)
		n += id->id.id >= SEC_ID_POD_FIRST &&
		    id->id.id < SEC_ID_CIDR_FIRST;
	return n;
}

/* The rule of D that most peers and ports are part of; NULL: none. */
static const struct ir_rule *
widest_rule(const struct world *w, const struct pmap_direction *d,
    uint64_t *max)
{
	const struct ir_rule *found = NULL;

	for (uint32_t i = 0; i < d->nrules; i++) {
		const struct ir_rule *r = d->rules[i].rule;
		uint64_t peers = 0;

		for (uint32_t k = 0; r->policy && k < r->npeers; k++)
			peers += bitset_count(
			    world_selected(w, r->peers[k].selector));
		if (peers * r->nports > *max) {
			*max = peers * r->nports;
			found = r;
		}
	}
	return found;
}

void
lint_check_map_size(struct diag_sink *sink, struct arena *scratch,
    const struct pmaps *m, uint32_t room)
{
	struct bitset *told =
	    bitset_new(scratch, (uint32_t)m->world->ir->rules.n);

	VEC_FOREACH (c, &m->classes) {
		const struct ir_rule *r, *other;
		uint64_t n, max = 0;

		if (c->error)
			continue;
		n = c->direction[DIR_INGRESS]->nentries +
		    c->direction[DIR_EGRESS]->nentries;
		if (n <= room)
			continue;
		r = widest_rule(m->world, c->direction[DIR_INGRESS], &max);
		other = widest_rule(m->world, c->direction[DIR_EGRESS], &max);
		r = other ? other : r;
		if (r && !bitset_test(told, r->index)) {
			bitset_set(told, r->index);
			diag_policy_map_overflow(sink, r->at,
			    identity_print(scratch, m->world, c->idents[0]), n,
			    room);
		}
	}
}

void
lint_check_limits(struct diag_sink *sink, const struct pmaps *m,
    const char *platform, const struct platform_limits *limits)
{
	uint32_t identities = count_allocated(m->world);

	if (identities > limits->identities)
		diag_platform_limit(sink, (struct span){0}, platform,
		    identities, "identities in the cluster",
		    limits->identities);
	VEC_FOREACH (c, &m->classes) {
		uint64_t entries;

		if (c->error)
			continue;
		entries = c->direction[DIR_INGRESS]->nentries +
		    c->direction[DIR_EGRESS]->nentries;
		if (entries > limits->map_entries)
			diag_platform_limit(sink, c->subject->object->name_at,
			    platform, entries,
			    "entries in this endpoint's policy map",
			    limits->map_entries);
	}
}
