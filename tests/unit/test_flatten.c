/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Two tiers in entries that have no precedence.  Whether such entries give
 * every verdict is up to tests/property/test_tiers.c; here are the shapes that
 * they take.
 */

#include "pmap/flatten.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "keys.h"
#include "pmap/cover.h"
#include "pmap/levels.h"

enum {
	TCP = 6,
};

static const struct {
	const char *what;
	struct keys_rule rules[4];
	bool given; /* by the entries of one tier */
	const char *want;
} cases[] = {
    {"tiers that do not meet",
	{{TCP, 80, 16, KEYS_ALLOW, 0, "1", 0},
	    {TCP, 80, 16, KEYS_DENY, 10, "2", 0}},
	true, "tcp 80/16: 2 deny@0, 1 allow; "},
    {"a deny of the stronger tier",
	{{TCP, 80, 16, KEYS_DENY, 0, "1", 0},
	    {TCP, 80, 16, KEYS_ALLOW, 10, "1", 0}},
	true, "tcp 80/16: 1 deny@0; "},
    {"an allow of the stronger tier",
	{{TCP, 80, 16, KEYS_ALLOW, 0, "1", 0},
	    {TCP, 80, 16, KEYS_DENY, 10, "1 2", 0}},
	false, "tcp 80/16: 2 deny@0, 1 allow; "},
    {"one that is broader",
	{{TCP, 0, 0, KEYS_ALLOW, 0, "1", 0},
	    {TCP, 80, 16, KEYS_DENY, 10, "1 2", 0}},
	false, "tcp 0/0: 1 allow; tcp 80/16: 2 deny@0; "},
    {"the wildcard's deny is shut out",
	{{TCP, 80, 16, KEYS_ALLOW, 0, "1", 0},
	    {TCP, 80, 16, KEYS_DENY, 10, "*", 0}},
	false, "tcp 80/16: 0 2 3 4 5 deny@0, 1 allow; "},
};

static void
test_cases(void **state)
{
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct arena a = {0};
		const struct aggregates *g = keys_aggregates(&a, false);
		candidate_vec candidates = {0}, plain = {0};
		key_vec keys = {0};
		struct flat *flat;
		const char *got;
		bool given;

		for (size_t k = 0; cases[i].rules[k].peers; k++)
			keys_add(&candidates, &a, &cases[i].rules[k], g);
		VEC_FOREACH (c, &candidates) {
			struct candidate *p = vec_push(&plain, &a);

			*p = *c;
			p->value.precedence =
			    precedence_without_level(c->value.precedence);
		}
		keys_cover(&keys, &a, &a, &plain, g);
		given = keys_give_tiers(&keys, &a, &candidates, g, &flat);
		if (!given)
			keys_flatten(&keys, &a, flat);
		got = keys_print(&a, keys.v, keys.n);
		if (given != cases[i].given || strcmp(got, cases[i].want) != 0)
			fail_msg("%s: %s, %s", cases[i].what, got,
			    given ? "given" : "flattened");
		arena_free(&a);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_cases),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
