/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Rules of two tiers in maps without precedence: whatever the candidates of a
 * direction are, the lookup of Cilium 1.17 and 1.18 over the entries gives each
 * identity the verdict of its strongest candidate, and an identity that nobody
 * knew when the map was made that of the wildcard's candidates, or none.
 *
 *     test_tiers N                                  N directions
 *     CNPC_SEED=S test_tiers 1                      the direction of one seed
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>

#include "cilium/version.h"
#include "ident/aggregates.h"
#include "pmap/cover.h"
#include "pmap/flatten.h"
#include "pmap/levels.h"
#include "prop.h"

enum {
	CILIUM = CILIUM_1_18,
	NIDENTS = 6, /* the last one is in no set of peers */
	MAX_CANDIDATES = 12,
	FIRST_PORT = 80,
	NPORTS = 16,
};

static uint64_t directions = 1000;

static const uint8_t protos[] = {0, 6, 17};

static const struct bitset *
random_peers(uint64_t *seed, struct arena *a)
{
	struct bitset *set;

	if (prop_below(seed, 3) == 0)
		return NULL;
	set = bitset_new(a, NIDENTS);
	bitset_set(set, prop_below(seed, NIDENTS - 1));
	for (uint32_t i = 0; i < NIDENTS - 1; i++) {
		if (prop_below(seed, 3) == 0)
			bitset_set(set, i);
	}
	return set;
}

static struct pmap_value
random_value(uint64_t *seed)
{
	static const unsigned priorities[] = {LISTENER_PRIORITY_HTTP,
	    LISTENER_PRIORITY_DNS, LISTENER_PRIORITY_HTTP};
	uint32_t level = prop_below(seed, 2) ? 10 : 0;
	uint32_t redirect = prop_below(seed, 3);

	switch (prop_below(seed, 3)) {
	case 0:
		return (struct pmap_value){.deny = true,
		    .precedence = precedence_deny(level)};
	case 1:
		return (struct pmap_value){
		    .precedence =
			precedence_allow(version_plain(CILIUM), level)};
	}
	return (struct pmap_value){.redirect = (uint16_t)(redirect + 1),
	    .precedence = precedence_redirect(version_plain(CILIUM), level,
		priorities[redirect])};
}

static void
random_candidates(uint64_t *seed, struct arena *a, candidate_vec *candidates)
{
	uint32_t n = 1 + prop_below(seed, MAX_CANDIDATES);

	for (uint32_t i = 0; i < n; i++) {
		struct candidate *c = vec_push(candidates, a);
		struct port_prefix *prefix = &c->key.prefix;

		c->key.proto = protos[prop_below(seed, 3)];
		c->value = random_value(seed);
		c->peers = random_peers(seed, a);
		c->order = i;
		if (c->key.proto == 0 || prop_below(seed, 4) == 0)
			continue;
		prefix->bits = (uint8_t)(12 + prop_below(seed, 5));
		prefix->port =
		    port_mask((uint16_t)(FIRST_PORT + prop_below(seed, NPORTS)),
			prefix->bits);
	}
}

/* The strongest one; NULL for none.  NIDENTS: only the wildcard's count. */
static const struct pmap_value *
strongest(const candidate_vec *candidates, uint32_t ident, uint8_t proto,
    uint16_t port)
{
	const struct port_key packet = {proto, {port, 16}};
	const struct pmap_value *best = NULL;

	VEC_FOREACH (c, candidates) {
		if (!port_key_covers(&c->key, &packet) ||
		    (c->peers &&
			(ident == NIDENTS || !bitset_test(c->peers, ident))))
			continue;
		if (!best || value_compare(&c->value, best) < 0)
			best = &c->value;
	}
	return best;
}

static bool
agrees(const struct pmap_result *got, const struct pmap_value *want)
{
	if (!want || !got->key)
		return !want && !got->key;
	return got->value.deny == want->deny &&
	    got->value.redirect == want->redirect;
}

/* The entries for any identity, which is all that a stranger finds. */
static struct pmap_direction
wildcard_direction(const struct pmap_direction *direction, struct arena *a)
{
	key_vec keys = {0};

	for (uint32_t i = 0; i < direction->nkeys; i++) {
		struct pmap_key key = direction->keys[i];

		key.nentries = 1;
		if (!key.entries[0].peers)
			*vec_push(&keys, a) = key;
	}
	return (struct pmap_direction){.aggregates = direction->aggregates,
	    .keys = keys.v,
	    .nkeys = (uint32_t)keys.n};
}

static void
check_probe(uint64_t seed, const struct pmap_direction *direction,
    const struct pmap_direction *wildcard, const candidate_vec *candidates,
    uint8_t proto, uint16_t port)
{
	struct pmap_result got;

	for (uint32_t i = 0; i < NIDENTS; i++) {
		got = pmap_lookup(direction, (ident_idx_t){i}, proto, port);
		if (!agrees(&got, strongest(candidates, i, proto, port)))
			fail_msg("CNPC_SEED=%llu: identity %u, %u/%u",
			    (unsigned long long)seed, i, proto, port);
	}
	got = pmap_lookup(wildcard, (ident_idx_t){0}, proto, port);
	/* What is denied may only be dropped, what is let in may be, too. */
	if (got.key && !got.value.deny &&
	    !agrees(&got, strongest(candidates, NIDENTS, proto, port)))
		fail_msg("CNPC_SEED=%llu: a stranger, %u/%u",
		    (unsigned long long)seed, proto, port);
}

/* Whether the entries had to be flattened. */
static bool
check_direction(uint64_t seed)
{
	static const uint8_t parts[NIDENTS]; /* there are no aggregates */
	struct arena a = {0};
	const struct aggregates *aggregates =
	    aggregates_of_parts(&a, parts, NIDENTS, NULL, 1);
	candidate_vec candidates = {0}, plain = {0};
	struct pmap_direction direction = {0}, wildcard;
	key_vec keys = {0};
	uint64_t state = seed;
	struct flat *flat;
	bool given;

	random_candidates(&state, &a, &candidates);
	VEC_FOREACH (p, &candidates) {
		struct candidate *q = vec_push(&plain, &a);

		*q = *p;
		q->value.precedence =
		    precedence_without_level(p->value.precedence);
	}
	keys_cover(&keys, &a, &a, &plain, aggregates);
	given = keys_give_tiers(&keys, &a, &candidates, aggregates, &flat);
	if (!given)
		keys_flatten(&keys, &a, flat);
	direction.aggregates = aggregates;
	direction.keys = keys.v;
	direction.nkeys = (uint32_t)keys.n;
	wildcard = wildcard_direction(&direction, &a);
	for (size_t i = 1; i < sizeof(protos); i++) {
		for (uint16_t p = FIRST_PORT - 1; p <= FIRST_PORT + NPORTS; p++)
			check_probe(seed, &direction, &wildcard, &candidates,
			    protos[i], p);
	}
	check_probe(seed, &direction, &wildcard, &candidates, 1, 8);
	arena_free(&a);
	return !given;
}

static void
test_directions(void **state)
{
	uint64_t seed = prop_seed(), flattened = 0;

	(void)state;
	for (uint64_t i = 0; i < directions; i++)
		flattened += check_direction(seed + i);
	/* Both ways must have been taken for this to say anything. */
	if (directions > 100)
		assert_true(flattened > 0 && flattened < directions);
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_directions),
	};

	if (argc > 1)
		directions = strtoull(argv[1], NULL, 10);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
