/* SPDX-License-Identifier: Apache-2.0 */

/*
 * What is left out because something stronger covers it.  Insertion key by key
 * must come to the same, for these and for random directions.
 */

#include "pmap/cover.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "keys.h"
#include "pmap/insert.h"
#include "prop.h"

enum {
	TCP = 6,
	UDP = 17,
	DIRECTIONS = 20000,
};

static const struct {
	const char *what;
	struct keys_rule rules[4];
	const char *want;
} cases[] = {
    {"nothing", {{0}}, ""},
    {"one rule", {{TCP, 80, 16, KEYS_ALLOW, 0, "1", 0}},
	"tcp 80/16: 1 allow@0; "},
    {"a stronger broader one hides",
	{{TCP, 0, 0, KEYS_ALLOW, 0, "1", 0},
	    {TCP, 80, 16, KEYS_DENY, 1, "1 2", 0}},
	"tcp 0/0: 1 allow@0; tcp 80/16: 2 deny@1; "},
    {"a stronger narrower one does not",
	{{TCP, 0, 0, KEYS_ALLOW, 1, "1", 0},
	    {TCP, 80, 16, KEYS_DENY, 0, "1", 0}},
	"tcp 0/0: 1 allow@1; tcp 80/16: 1 deny@0; "},
    {"an equal allow stays",
	{{TCP, 0, 0, KEYS_ALLOW, 0, "1", 0},
	    {TCP, 80, 16, KEYS_ALLOW, 0, "1", 0}},
	"tcp 0/0: 1 allow@0; tcp 80/16: 1 allow@0; "},
    {"an equal deny goes",
	{{TCP, 0, 0, KEYS_DENY, 0, "1", 0},
	    {TCP, 80, 16, KEYS_DENY, 0, "1 2", 0}},
	"tcp 0/0: 1 deny@0; tcp 80/16: 2 deny@0; "},
    {"every protocol is broader than one",
	{{0, 0, 0, KEYS_DENY, 0, "1", 0}, {TCP, 80, 16, KEYS_ALLOW, 0, "1", 0},
	    {UDP, 53, 16, KEYS_ALLOW, 0, "2", 0}},
	"any 0/0: 1 deny@0; udp 53/16: 2 allow@0; "},
    {"another protocol is not",
	{{UDP, 0, 0, KEYS_DENY, 0, "1", 0},
	    {TCP, 80, 16, KEYS_ALLOW, 0, "1", 0}},
	"tcp 80/16: 1 allow@0; udp 0/0: 1 deny@0; "},
    {"a prefix of ports covers",
	{{TCP, 80, 12, KEYS_DENY, 0, "1", 0},
	    {TCP, 95, 16, KEYS_ALLOW, 0, "1", 0},
	    {TCP, 96, 16, KEYS_ALLOW, 0, "1", 0}},
	"tcp 80/12: 1 deny@0; tcp 96/16: 1 allow@0; "},
    {"the wildcard covers at its own key",
	{{TCP, 80, 16, KEYS_ALLOW, 1, "1", 0},
	    {TCP, 80, 16, KEYS_ALLOW, 0, "*", 0}},
	"tcp 80/16: * allow@0; "},
    {"a stronger one stays beside the wildcard",
	{{TCP, 80, 16, KEYS_ALLOW, 1, "*", 0},
	    {TCP, 80, 16, KEYS_DENY, 0, "1", 0}},
	"tcp 80/16: * allow@1, 1 deny@0; "},
    {"a broader peer does not cover the wildcard",
	{{TCP, 0, 0, KEYS_DENY, 0, "1", 0},
	    {TCP, 80, 16, KEYS_ALLOW, 1, "*", 0}},
	"tcp 0/0: 1 deny@0; tcp 80/16: * allow@1; "},
    {"at one key a peer gets the strongest",
	{{TCP, 80, 16, KEYS_ALLOW, 0, "1 2", 0},
	    {TCP, 80, 16, KEYS_DENY, 0, "2 3", 0},
	    {TCP, 80, 16, KEYS_REDIRECT, 0, "1", 0}},
	"tcp 80/16: 2 3 deny@0, 1 to 1@0; "},
    {"peers of one value are one entry",
	{{TCP, 80, 16, KEYS_ALLOW, 0, "1", 0},
	    {TCP, 80, 16, KEYS_ALLOW, 0, "3", 0},
	    {TCP, 80, 16, KEYS_ALLOW, 0, "1 2", 0}},
	"tcp 80/16: 1 2 3 allow@0; "},
};

typedef void build_fn(key_vec *keys, struct arena *a, struct arena *scratch,
    candidate_vec *candidates);

static void
insert(key_vec *keys, struct arena *a, struct arena *scratch,
    candidate_vec *candidates)
{
	keys_insert(keys, a, scratch, candidates, KEYS_NIDENTS);
}

static const char *
build(struct arena *a, const candidate_vec *candidates, build_fn *fn)
{
	struct arena scratch = {0};
	candidate_vec copy = {0};
	key_vec keys = {0};
	const char *text;

	VEC_FOREACH (c, candidates)
		*vec_push(&copy, &scratch) = *c;
	fn(&keys, a, &scratch, &copy);
	arena_free(&scratch); /* keys must not be in it */
	text = keys_print(a, keys.v, keys.n);
	return text;
}

static void
test_cases(void **state)
{
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct arena a = {0};
		candidate_vec candidates = {0};
		const char *covered, *inserted;

		for (size_t k = 0; cases[i].rules[k].peers; k++)
			keys_add(&candidates, &a, &cases[i].rules[k]);
		covered = build(&a, &candidates, keys_cover);
		inserted = build(&a, &candidates, insert);
		if (strcmp(covered, cases[i].want) != 0 ||
		    strcmp(inserted, cases[i].want) != 0)
			fail_msg("%s: %s\ncovered: %s\ninserted: %s",
			    cases[i].what, cases[i].want, covered, inserted);
		arena_free(&a);
	}
}

static void
add_random(uint64_t *seed, struct arena *a, candidate_vec *candidates)
{
	static const uint8_t protos[] = {0, TCP, UDP};
	static const enum keys_verdict verdicts[] = {KEYS_ALLOW, KEYS_DENY,
	    KEYS_REDIRECT};
	static const char *const peers[] = {"*", "0", "1 2", "2 3 4", "0 4 5"};
	struct keys_rule r = {.proto = protos[prop_below(seed, 3)],
	    .verdict = verdicts[prop_below(seed, 3)],
	    .level = 5 * prop_below(seed, 4),
	    .peers = peers[prop_below(seed, 5)]};

	if (r.proto != 0) {
		r.bits = (uint8_t)(12 + prop_below(seed, 5));
		r.port =
		    port_mask((uint16_t)(80 + prop_below(seed, 16)), r.bits);
	}
	keys_add(candidates, a, &r);
}

static void
test_insertion_gives_the_same(void **state)
{
	uint64_t seed = prop_seed();
	struct arena a = {0};

	for (int i = 0; i < DIRECTIONS; i++) {
		uint64_t start = seed;
		candidate_vec candidates = {0};

		for (uint32_t n = prop_below(&seed, 10); n > 0; n--)
			add_random(&seed, &a, &candidates);
		if (strcmp(build(&a, &candidates, keys_cover),
			build(&a, &candidates, insert)) != 0)
			fail_msg("CNPC_SEED=%llu\ncovered: %s\ninserted: %s",
			    (unsigned long long)start,
			    build(&a, &candidates, keys_cover),
			    build(&a, &candidates, insert));
		arena_reset(&a);
	}
	arena_free(&a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_cases),
	    cmocka_unit_test(test_insertion_gives_the_same),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
