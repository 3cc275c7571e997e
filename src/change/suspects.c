/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where identities have the same index on both sides the two directions are
 * compared as they are; else each pair of identities is looked up in both.
 */
#include "change/suspects.h"

#include "flow/uncertain.h"
#include "pmap/compare.h"

void
suspects_init(struct suspects *s, struct arena *a, struct arena *scratch,
    const struct actors *all)
{
	const struct ir_options *opt[2];
	struct bitset *everybody = bitset_new(a, (uint32_t)all->v.n);

	for (int i = 0; i < 2; i++)
		opt[i] = &all->side[i].pmaps->world->ir->opt;
	*s = (struct suspects){.all = all, .arena = a, .scratch = scratch};
	map_init(&s->known, a);
	bitset_fill(everybody);
	s->everybody = everybody;
	s->other_rules =
	    opt[0]->sctp != opt[1]->sctp || opt[0]->cilium != opt[1]->cilium;
}

static bool
is_host(const struct actor *x)
{
	return x->side[1].class->subject->host;
}

/* Whom a policy of X on a side sees when it meets PEER. */
static ident_idx_t
seen_as(const struct actor *x, const struct actor *peer, int side)
{
	return is_host(x) && peer->side[side].unmapped ? PMAP_NOBODY
						       : peer->side[side].ident;
}

static bool
differ_in(const struct comparison *c, const struct cell *cell,
    const ident_idx_t peer[2])
{
	struct pmap_result result[2];

	for (int s = 0; s < 2; s++)
		result[s] = pmap_lookup(c->direction[s], peer[s], cell->proto,
		    (uint16_t)cell->ports.first);
	return compare_results_differ(c, result);
}

static void
look_up_all(struct suspects *s, struct bitset *ret, const struct comparison *c,
    const struct actor *x)
{
	cell_vec cells = {0};

	compare_list_cells(&cells, s->scratch, c, &(cell_vec){0});
	for (uint32_t i = 0; i < s->all->v.n; i++) {
		const struct actor *peer = &s->all->v.v[i];
		const ident_idx_t seen[2] = {seen_as(x, peer, 0),
		    seen_as(x, peer, 1)};

		VEC_FOREACH (cell, &cells) {
			if (differ_in(c, cell, seen)) {
				bitset_set(ret, i);
				break;
			}
		}
	}
}

static void
compare_sets(struct suspects *s, struct bitset *ret, const struct comparison *c)
{
	difference_vec differences = {0};
	struct bitset *peers = bitset_new(s->scratch, c->peers->nbits);

	compare_directions(&differences, s->scratch, c);
	VEC_FOREACH (d, &differences)
		bitset_or(peers, d->peers);
	for (uint32_t i = 0; i < s->all->v.n; i++) {
		if (bitset_test(peers, s->all->v.v[i].side[0].ident.i))
			bitset_set(ret, i);
	}
}

/* Whether a policy that is not known in full may be X's on one side alone. */
static bool
is_uncertain(const struct suspects *s, const struct actor *x,
    enum direction dir)
{
	const struct judged_end any = {0};
	const struct object *o[2];

	for (int i = 0; i < 2; i++) {
		const struct trace_end end = {.ident = x->side[i].ident,
		    .endpoint = x->pods[i].v[0]};

		o[i] = uncertain_policy(s->all->side[i].pmaps,
		    s->all->side[i].objects, &end, dir, &any);
	}
	return !o[0] != !o[1];
}

const struct bitset *
suspects_of(struct suspects *s, const struct actor *x, enum direction dir)
{
	const struct pmap_class *const class[2] = {x->side[0].class,
	    x->side[1].class};
	const struct {
		const struct pmap_direction *direction[2];
		uintptr_t host;
	} key = {{class[0] -> direction[dir], class[1] -> direction[dir]},
	    is_host(x)};
	struct comparison c = {
	    .peers = s->all->side[0].pmaps->world->aggregates->peers,
	};
	struct bitset *ret;
	void **slot;

	if (s->other_rules || class[0] -> error || class[1] -> error ||
		is_uncertain(s, x, dir))
		return s->everybody;
	slot = map_put(&s->known, &key, sizeof(key));
	if (*slot)
		return *slot;
	*slot = ret = bitset_new(s->arena, (uint32_t)s->all->v.n);
	for (int i = 0; i < 2; i++) {
		c.direction[i] = class[i]->direction[dir];
		c.redirects[i] = &s->all->side[i].pmaps->redirects;
	}
	if (s->all->same_idents && !is_host(x))
		compare_sets(s, ret, &c);
	else
		look_up_all(s, ret, &c, x);
	arena_reset(s->scratch);
	return ret;
}
