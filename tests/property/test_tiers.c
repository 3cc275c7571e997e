/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Rules of two tiers in maps without precedence: whatever the parts of a side
 * are, the lookup of Cilium 1.17 and 1.18 over the entries gives each identity
 * the verdict of its strongest part, and an identity that nobody knew when the
 * map was made that of the wildcard's parts, or none.
 *
 *     test_tiers N                                  N sides
 *     CNPC_SEED=S test_tiers 1                      the side of one seed
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>

#include "pmap/levels.h"
#include "pmap/part.h"
#include "prop.h"

enum {
	CILIUM = 118,
	NIDENTS = 6, /* the last one is in no part's peers */
	MAX_PARTS = 12,
	FIRST_PORT = 80,
	NPORTS = 16,
};

static uint64_t sides = 1000;

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
		    .precedence = precedence_allow(CILIUM, level)};
	}
	return (struct pmap_value){.redirect = (uint16_t)(redirect + 1),
	    .precedence =
		precedence_redirect(CILIUM, level, priorities[redirect])};
}

static void
random_parts(uint64_t *seed, struct arena *a, part_vec *parts)
{
	uint32_t n = 1 + prop_below(seed, MAX_PARTS);

	for (uint32_t i = 0; i < n; i++) {
		struct part *p = vec_push(parts, a);

		*p = (struct part){.proto = protos[prop_below(seed, 3)],
		    .value = random_value(seed),
		    .peers = random_peers(seed, a),
		    .order = i};
		if (p->proto == 0 || prop_below(seed, 4) == 0)
			continue;
		p->prefix.bits = (uint8_t)(12 + prop_below(seed, 5));
		p->prefix.port =
		    port_mask((uint16_t)(FIRST_PORT + prop_below(seed, NPORTS)),
			p->prefix.bits);
	}
}

/* The strongest part; NULL for none.  NIDENTS: only the wildcard's count. */
static const struct pmap_value *
strongest(const part_vec *parts, uint32_t ident, uint8_t proto, uint16_t port)
{
	const struct pmap_value *best = NULL;

	for (size_t i = 0; i < parts->n; i++) {
		const struct part *p = &parts->v[i];

		if ((p->proto != 0 && p->proto != proto) ||
		    (p->proto != 0 &&
			port_mask(port, p->prefix.bits) != p->prefix.port) ||
		    (p->peers &&
			(ident == NIDENTS || !bitset_test(p->peers, ident))))
			continue;
		if (!best || value_compare(&p->value, best) < 0)
			best = &p->value;
	}
	return best;
}

static bool
agrees(const struct pmap_result *got, const struct pmap_value *want)
{
	if (!want || !got->node)
		return !want && !got->node;
	return got->value.deny == want->deny &&
	    got->value.redirect == want->redirect;
}

/* The entries for any identity, which is all that a stranger finds. */
static struct pmap_side
wildcard_side(const struct pmap_side *side, struct arena *a)
{
	node_vec nodes = {0};

	for (uint32_t i = 0; i < side->nnodes; i++) {
		struct pmap_node n = side->nodes[i];

		n.nrows = 1;
		if (!n.rows[0].peers)
			*vec_push(&nodes, a) = n;
	}
	return (
	    struct pmap_side){.nodes = nodes.v, .nnodes = (uint32_t)nodes.n};
}

static void
check_probe(uint64_t seed, const struct pmap_side *side,
    const struct pmap_side *wildcard, const part_vec *parts, uint8_t proto,
    uint16_t port)
{
	struct pmap_result got;

	for (uint32_t i = 0; i < NIDENTS; i++) {
		got = pmap_lookup(side, (ident_idx_t){i}, proto, port);
		if (!agrees(&got, strongest(parts, i, proto, port)))
			fail_msg("CNPC_SEED=%llu: identity %u, %u/%u",
			    (unsigned long long)seed, i, proto, port);
	}
	got = pmap_lookup(wildcard, (ident_idx_t){0}, proto, port);
	/* What is denied may only be dropped, what is let in may be, too. */
	if (got.node && !got.value.deny &&
	    !agrees(&got, strongest(parts, NIDENTS, proto, port)))
		fail_msg("CNPC_SEED=%llu: a stranger, %u/%u",
		    (unsigned long long)seed, proto, port);
}

/* Whether the entries had to be flattened. */
static bool
check_side(uint64_t seed)
{
	struct arena a = {0};
	part_vec parts = {0}, plain = {0};
	struct pmap_side side = {0}, wildcard;
	node_vec nodes = {0};
	uint64_t state = seed;
	struct flat *flat;
	bool given;

	random_parts(&state, &a, &parts);
	VEC_FOREACH (p, &parts) {
		struct part *q = vec_push(&plain, &a);

		*q = *p;
		q->value.precedence =
		    precedence_without_level(p->value.precedence);
	}
	nodes_build(&nodes, &a, &a, &plain);
	given = nodes_give_tiers(&nodes, &a, &parts, NIDENTS, &flat);
	if (!given)
		nodes_flatten(&nodes, &a, flat);
	side.nodes = nodes.v;
	side.nnodes = (uint32_t)nodes.n;
	wildcard = wildcard_side(&side, &a);
	for (size_t i = 1; i < sizeof(protos); i++) {
		for (uint16_t p = FIRST_PORT - 1; p <= FIRST_PORT + NPORTS; p++)
			check_probe(seed, &side, &wildcard, &parts, protos[i],
			    p);
	}
	check_probe(seed, &side, &wildcard, &parts, 1, 8);
	arena_free(&a);
	return !given;
}

static void
test_sides(void **state)
{
	uint64_t seed = prop_seed(), flattened = 0;

	(void)state;
	for (uint64_t i = 0; i < sides; i++)
		flattened += check_side(seed + i);
	/* Both ways must have been taken for this to say anything. */
	if (sides > 100)
		assert_true(flattened > 0 && flattened < sides);
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_sides),
	};

	if (argc > 1)
		sides = strtoull(argv[1], NULL, 10);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
