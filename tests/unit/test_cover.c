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

struct cover_case {
	const char *what;
	struct keys_rule rules[4];
	const char *want;
};

static const struct cover_case cases[] = {
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

/* With 4 for 1 and 2, and 5 for 3. */
static const struct cover_case of_aggregates[] = {
    {"the wildcard is for the aggregates too",
	{{TCP, 80, 16, KEYS_ALLOW, 0, "*", 0}},
	"tcp 80/16: * allow@0, 4 5 allow@0; "},
    {"what it says is not said again",
	{{TCP, 80, 16, KEYS_ALLOW, 0, "*", 0},
	    {TCP, 80, 16, KEYS_ALLOW, 0, "0 1 3", 0}},
	"tcp 80/16: * allow@0, 4 5 allow@0; "},
    {"but at a narrower key",
	{{TCP, 0, 0, KEYS_ALLOW, 0, "*", 0},
	    {TCP, 80, 16, KEYS_ALLOW, 0, "0 1 3", 0}},
	"tcp 0/0: * allow@0, 4 5 allow@0; tcp 80/16: 0 1 3 allow@0; "},
    {"an aggregate covers its own",
	{{TCP, 0, 0, KEYS_ALLOW, 0, "4", 0},
	    {TCP, 80, 16, KEYS_DENY, 1, "0 1 2 3 4", 0}},
	"tcp 0/0: 4 allow@0; tcp 80/16: 0 3 deny@1; "},
    {"also at its own key",
	{{TCP, 80, 16, KEYS_DENY, 0, "4", 0},
	    {TCP, 80, 16, KEYS_ALLOW, 1, "1 3", 0}},
	"tcp 80/16: 4 deny@0, 3 allow@1; "},
    {"an aggregate may have another value than the wildcard",
	{{TCP, 80, 16, KEYS_ALLOW, 1, "*", 0},
	    {TCP, 80, 16, KEYS_DENY, 0, "3 5", 0}},
	"tcp 80/16: * allow@1, 5 deny@0, 4 allow@1; "},
    {"the wildcard's deny is no more than a deny of each",
	{{TCP, 80, 16, KEYS_ALLOW, 0, "4", 0},
	    {TCP, 80, 16, KEYS_DENY, 1, "*", 0},
	    {TCP, 80, 16, KEYS_ALLOW, 0, "1", 0}},
	"tcp 80/16: * deny@1, 4 allow@0, 5 deny@1; "},
};

typedef void build_fn(key_vec *keys, struct arena *a, struct arena *scratch,
    candidate_vec *candidates, const struct aggregates *aggregates);

static const char *
build(struct arena *a, const candidate_vec *candidates, build_fn *fn,
    const struct aggregates *aggregates)
{
	struct arena scratch = {0};
	candidate_vec copy = {0};
	key_vec keys = {0};
	const char *text;

	VEC_FOREACH (c, candidates)
		*vec_push(&copy, &scratch) = *c;
	fn(&keys, a, &scratch, &copy, aggregates);
	arena_free(&scratch); /* keys must not be in it */
	text = keys_print(a, keys.v, keys.n);
	return text;
}

static void
check_case(const struct cover_case *c, bool some)
{
	struct arena a = {0};
	const struct aggregates *aggregates = keys_aggregates(&a, some);
	candidate_vec candidates = {0};
	const char *covered, *inserted;

	for (size_t k = 0; c->rules[k].peers; k++)
		keys_add(&candidates, &a, &c->rules[k], aggregates);
	covered = build(&a, &candidates, keys_cover, aggregates);
	inserted = build(&a, &candidates, keys_insert, aggregates);
	if (strcmp(covered, c->want) != 0 || strcmp(inserted, c->want) != 0)
		fail_msg("%s: %s\ncovered: %s\ninserted: %s", c->what, c->want,
		    covered, inserted);
	arena_free(&a);
}

static void
test_cases(void **state)
{
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
		check_case(&cases[i], false);
}

static void
test_aggregates(void **state)
{
	for (size_t i = 0; i < sizeof(of_aggregates) / sizeof(*of_aggregates);
	     i++)
		check_case(&of_aggregates[i], true);
}

static void
add_random(uint64_t *seed, struct arena *a, candidate_vec *candidates,
    const struct aggregates *aggregates)
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
	keys_add(candidates, a, &r, aggregates);
}

static void
test_insertion_gives_the_same(void **state)
{
	uint64_t seed = prop_seed();
	struct arena a = {0};

	for (int i = 0; i < DIRECTIONS; i++) {
		const struct aggregates *g = keys_aggregates(&a, i % 2);
		uint64_t start = seed;
		candidate_vec candidates = {0};
		const char *covered, *inserted;

		for (uint32_t n = prop_below(&seed, 10); n > 0; n--)
			add_random(&seed, &a, &candidates, g);
		covered = build(&a, &candidates, keys_cover, g);
		inserted = build(&a, &candidates, keys_insert, g);
		if (strcmp(covered, inserted) != 0)
			fail_msg("CNPC_SEED=%llu\ncovered: %s\ninserted: %s",
			    (unsigned long long)start, covered, inserted);
		arena_reset(&a);
	}
	arena_free(&a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_cases),
	    cmocka_unit_test(test_aggregates),
	    cmocka_unit_test(test_insertion_gives_the_same),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
