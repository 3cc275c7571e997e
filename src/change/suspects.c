/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The sides number identities each for itself.  So the entries of a direction
 * are written again as sets of actors, who are the same on both sides, and the
 * two directions compared like any others.
 */
#include "change/suspects.h"

#include <string.h>

#include "cilium/version.h"
#include "pmap/compare.h"

/*
 * A side with actors for identities.  To the policies of hosts an address that
 * is in no prefix is nobody's, so that there are two views of a side.
 */
struct actor_view {
	const struct pmaps *pmaps;
	/* The actors that have an identity, as a list: [ident], then [actor],
	 * each plus one, 0 ends it. */
	uint32_t *first, *next;
	uint8_t *parts; /* [actor or aggregate] */
	const struct aggregates *aggregates;
	struct map set_of; /* set of identities -> set of actors */
};

/* ---- views ---- */

/* The parts of actors; aggregates come after the actors. */
static void
view_parts(struct actor_view *v, const struct suspects *s)
{
	const struct aggregates *g = v->pmaps->world->aggregates;
	uint32_t n = (uint32_t)s->all->v.n, ident[PARTS_MAX] = {0};

	v->parts = ARENA_ARRAY(s->arena, uint8_t, s->peers->nbits);
	for (uint32_t i = 0; i < v->pmaps->world->idents.n; i++) {
		for (uint32_t x = v->first[i]; x > 0; x = v->next[x - 1])
			v->parts[x - 1] = g->part_of[i];
	}
	for (uint32_t p = 1; p < g->nparts; p++)
		ident[p] = n + p - 1;
	v->aggregates = aggregates_of_parts(s->arena, v->parts, s->peers->nbits,
	    ident, g->nparts);
}

static void
view_init(struct actor_view *v, const struct suspects *s, int side, bool host)
{
	uint32_t n = (uint32_t)s->all->v.n;

	v->pmaps = s->all->side[side].pmaps;
	v->first = ARENA_ARRAY(s->arena, uint32_t, v->pmaps->world->idents.n);
	v->next = ARENA_ARRAY(s->arena, uint32_t, n);
	for (uint32_t i = n; i-- > 0;) {
		const struct flow_end *e = &s->all->v.v[i].side[side];

		if (host && e->unmapped)
			continue;
		v->next[i] = v->first[e->ident.i];
		v->first[e->ident.i] = i + 1;
	}
	view_parts(v, s);
	map_init(&v->set_of, s->arena);
}

/* PEERS, identities of a view, as actors and aggregates: equal sets are one. */
static const struct bitset *
as_actors(struct suspects *s, struct actor_view *v, const struct bitset *peers)
{
	const struct aggregates *g = v->pmaps->world->aggregates;
	void **known = map_put(&v->set_of, &peers, sizeof(peers)), **slot;
	const struct bitset *packed;
	struct bitset *set;
	struct str bytes;

	if (*known)
		return *known;
	set = bitset_new(s->scratch, s->peers->nbits);
	BITSET_FOREACH (ident, peers) {
		for (uint32_t i = v->first[ident]; i > 0; i = v->next[i - 1])
			bitset_set(set, i - 1);
	}
	for (uint32_t p = 1; p < g->nparts; p++) {
		if (bitset_test(peers, g->ident[p]))
			bitset_set(set, (uint32_t)s->all->v.n + p - 1);
	}
	packed = bitset_pack(s->arena, set);
	bytes = bitset_bytes(packed);
	slot = map_put(&s->sets, bytes.s, bytes.n);
	if (!*slot)
		*slot = (void *)packed;
	return *known = *slot;
}

void
suspects_init(struct suspects *s, struct arena *a, struct arena *scratch,
    const struct actors *all)
{
	uint32_t n = (uint32_t)all->v.n;
	bool sctp[2], solicits[2]; /* what passes without a map */
	struct bitset *everybody = bitset_new(a, n);

	*s = (struct suspects){.all = all, .arena = a, .scratch = scratch};
	map_init(&s->known, a);
	map_init(&s->sets, a);
	bitset_fill(everybody);
	s->everybody = everybody;
	s->peers = bitset_new(a, n + PARTS_MAX - 1);
	for (uint32_t i = 0; i < n; i++)
		bitset_set(s->peers, i);
	s->view = ARENA_ARRAY(a, struct actor_view, 4);
	for (int side = 0; side < 2; side++) {
		const struct world *w = all->side[side].pmaps->world;

		sctp[side] = w->ir->opt.sctp;
		solicits[side] =
		    version_has(w->ir->opt.cilium, VERSION_SOLICITATION_PASSES);
		for (int host = 0; host < 2; host++)
			view_init(&s->view[2 * side + host], s, side, host);
	}
	for (int host = 0; host < 2; host++)
		s->same_parts[host] = memcmp(s->view[host].parts,
					  s->view[2 + host].parts, n) == 0;
	s->other_sctp = sctp[0] != sctp[1];
	s->other_solicitations = solicits[0] != solicits[1];
}

/* ---- two directions ---- */

static bool
is_host(const struct actor *x)
{
	return x->side[1].class->subject->host;
}

/* The direction D of a view with actors for identities. */
static const struct pmap_direction *
translate(struct suspects *s, struct actor_view *v,
    const struct pmap_direction *d)
{
	struct pmap_direction *ret =
	    ARENA_NEW(s->scratch, struct pmap_direction);
	struct pmap_key *keys =
	    ARENA_ARRAY(s->scratch, struct pmap_key, d->nkeys);

	*ret = *d;
	ret->keys = keys;
	ret->aggregates = v->aggregates;
	for (uint32_t k = 0; k < d->nkeys; k++) {
		struct pmap_entry *entries = ARENA_ARRAY(s->scratch,
		    struct pmap_entry, d->keys[k].nentries);

		keys[k] = d->keys[k];
		keys[k].entries = entries;
		for (uint32_t i = 0; i < keys[k].nentries; i++) {
			entries[i] = d->keys[k].entries[i];
			if (entries[i].peers)
				entries[i].peers =
				    as_actors(s, v, entries[i].peers);
		}
	}
	return ret;
}

static bool
same_value(const struct comparison *c, const struct pmap_value *a,
    const struct pmap_value *b)
{
	return a->precedence == b->precedence && a->auth == b->auth &&
	    a->deny == b->deny &&
	    str_eq(c->redirects[0]->v[a->redirect].name,
		c->redirects[1]->v[b->redirect].name);
}

static bool
same_keys(const struct comparison *c, const struct pmap_key *a,
    const struct pmap_key *b)
{
	if (a->proto != b->proto || a->port_bits != b->port_bits ||
	    a->port != b->port || a->nentries != b->nentries)
		return false;
	for (uint32_t i = 0; i < a->nentries; i++) {
		if (a->entries[i].peers != b->entries[i].peers ||
		    !same_value(c, &a->entries[i].value, &b->entries[i].value))
			return false;
	}
	return true;
}

/* Whether both have the same entries for the same actors, as most have. */
static bool
same_directions(const struct comparison *c)
{
	const struct pmap_direction *a = c->direction[0], *b = c->direction[1];

	if (a->by_precedence != b->by_precedence || a->nkeys != b->nkeys)
		return false;
	for (uint32_t k = 0; k < a->nkeys; k++) {
		if (!same_keys(c, &a->keys[k], &b->keys[k]))
			return false;
	}
	return true;
}

static const struct bitset *
compare(struct suspects *s, const struct pmap_direction *const d[2], bool host)
{
	struct bitset *ret = bitset_new(s->arena, (uint32_t)s->all->v.n);
	struct comparison c = {.peers = s->peers};
	difference_vec differences = {0};

	for (int i = 0; i < 2; i++) {
		struct actor_view *v = &s->view[2 * i + host];

		c.direction[i] = translate(s, v, d[i]);
		c.redirects[i] = &v->pmaps->redirects;
	}
	if (!s->same_parts[host] || !same_directions(&c))
		compare_directions(&differences, s->scratch, &c);
	VEC_FOREACH (x, &differences) {
		BITSET_FOREACH (i, x->peers)
			bitset_set(ret, i);
	}
	arena_reset(s->scratch);
	return ret;
}

/* Whether packets of X pass without a map on one side that do not on the other:
 * SCTP of everybody, neighbour solicitation of nodes. */
static bool
passes_otherwise(const struct suspects *s, const struct actor *x,
    enum direction dir)
{
	return s->other_sctp ||
	    (s->other_solicitations && dir == DIR_EGRESS && is_host(x));
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

	if (passes_otherwise(s, x, dir) || class[0] -> error ||
		class[1] -> error ||
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
