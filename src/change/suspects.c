/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The sides number identities each for itself.  So the entries of a direction
 * are written again as sets of actors, who are the same on both sides, and the
 * two directions compared like any others.
 */
#include "change/suspects.h"

#include "cilium/version.h"
#include "pmap/compare.h"

void
suspects_init(struct suspects *s, struct arena *a, struct arena *scratch,
    const struct actors *all)
{
	uint32_t n = (uint32_t)all->v.n;
	bool sctp[2], solicits[2]; /* what passes without a map */
	struct bitset *everybody = bitset_new(a, n);

	*s = (struct suspects){.all = all, .arena = a, .scratch = scratch};
	map_init(&s->known, a);
	bitset_fill(everybody);
	s->everybody = everybody;
	/* Aggregates come after the actors. */
	s->peers = bitset_new(a, n + PARTS_MAX - 1);
	for (uint32_t i = 0; i < n; i++)
		bitset_set(s->peers, i);
	for (int side = 0; side < 2; side++) {
		const struct world *w = all->side[side].pmaps->world;

		sctp[side] = w->ir->opt.sctp;
		solicits[side] =
		    version_has(w->ir->opt.cilium, VERSION_SOLICITATION_PASSES);
		s->first[side] = ARENA_ARRAY(a, uint32_t, w->idents.n);
		s->next[side] = ARENA_ARRAY(a, uint32_t, n);
		for (uint32_t i = n; i-- > 0;) {
			uint32_t *first =
			    &s->first[side][all->v.v[i].side[side].ident.i];

			s->next[side][i] = *first;
			*first = i + 1;
		}
	}
	s->other_rules = sctp[0] != sctp[1] || solicits[0] != solicits[1];
}

static bool
is_host(const struct actor *x)
{
	return x->side[1].class->subject->host;
}

/* To a host's policy, an address that is in no prefix is nobody's. */
static bool
is_nobody(const struct suspects *s, int side, uint32_t actor, bool host)
{
	return host && s->all->v.v[actor].side[side].unmapped;
}

/* The identities PEERS of a side as actors and aggregates. */
static const struct bitset *
as_actors(const struct suspects *s, int side, const struct bitset *peers,
    bool host)
{
	const struct aggregates *g =
	    s->all->side[side].pmaps->world->aggregates;
	struct bitset *set = bitset_new(s->scratch, s->peers->nbits);

	BITSET_FOREACH (ident, peers) {
		for (uint32_t i = s->first[side][ident]; i > 0;
		     i = s->next[side][i - 1]) {
			if (!is_nobody(s, side, i - 1, host))
				bitset_set(set, i - 1);
		}
	}
	for (uint32_t p = 1; p < g->nparts; p++) {
		if (bitset_test(peers, g->ident[p]))
			bitset_set(set, (uint32_t)s->all->v.n + p - 1);
	}
	return set;
}

static const struct aggregates *
aggregates_of(const struct suspects *s, int side, bool host)
{
	const struct aggregates *g =
	    s->all->side[side].pmaps->world->aggregates;
	uint32_t n = (uint32_t)s->all->v.n, ident[PARTS_MAX] = {0};
	uint8_t *parts = ARENA_ARRAY(s->scratch, uint8_t, s->peers->nbits);

	for (uint32_t i = 0; i < n; i++) {
		if (!is_nobody(s, side, i, host))
			parts[i] =
			    g->part_of[s->all->v.v[i].side[side].ident.i];
	}
	for (uint32_t p = 1; p < g->nparts; p++)
		ident[p] = n + p - 1;
	return aggregates_of_parts(s->scratch, parts, s->peers->nbits, ident,
	    g->nparts);
}

/* The direction D of a side with actors for identities. */
static const struct pmap_direction *
translate(const struct suspects *s, int side, const struct pmap_direction *d,
    bool host)
{
	struct pmap_direction *ret =
	    ARENA_NEW(s->scratch, struct pmap_direction);
	struct pmap_key *keys =
	    ARENA_ARRAY(s->scratch, struct pmap_key, d->nkeys);

	*ret = *d;
	ret->keys = keys;
	ret->aggregates = aggregates_of(s, side, host);
	for (uint32_t k = 0; k < d->nkeys; k++) {
		struct pmap_entry *entries = ARENA_ARRAY(s->scratch,
		    struct pmap_entry, d->keys[k].nentries);

		keys[k] = d->keys[k];
		keys[k].entries = entries;
		for (uint32_t i = 0; i < keys[k].nentries; i++) {
			entries[i] = d->keys[k].entries[i];
			if (entries[i].peers)
				entries[i].peers =
				    as_actors(s, side, entries[i].peers, host);
		}
	}
	return ret;
}

static const struct bitset *
compare(struct suspects *s, const struct pmap_direction *const d[2], bool host)
{
	struct bitset *ret = bitset_new(s->arena, (uint32_t)s->all->v.n);
	struct comparison c = {.peers = s->peers};
	difference_vec differences = {0};

	for (int i = 0; i < 2; i++) {
		c.direction[i] = translate(s, i, d[i], host);
		c.redirects[i] = &s->all->side[i].pmaps->redirects;
	}
	compare_directions(&differences, s->scratch, &c);
	VEC_FOREACH (x, &differences) {
		BITSET_FOREACH (i, x->peers)
			bitset_set(ret, i);
	}
	arena_reset(s->scratch);
	return ret;
}

const struct bitset *
suspects_of(struct suspects *s, const struct actor *x, enum direction dir)
{
	const struct pmap_class *const class[2] = {x->side[0].class,
	    x->side[1].class};
	struct {
		const struct pmap_direction *direction[2];
		uintptr_t host;
	} key = {.host = is_host(x)};
	void **slot;

	if (s->other_rules || class[0] -> error || class[1] -> error ||
		!actor_uncertain(s->all, x, 0, dir) !=
		    !actor_uncertain(s->all, x, 1, dir))
		return s->everybody;
	for (int i = 0; i < 2; i++)
		key.direction[i] = class[i]->direction[dir];
	slot = map_put(&s->known, &key, sizeof(key));
	if (!*slot)
		*slot = (void *)compare(s, key.direction, is_host(x));
	return *slot;
}
