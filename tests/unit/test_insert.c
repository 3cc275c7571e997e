/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Insertion key by key with what only it can do: Pass rules (semantics.md 11.5)
 * and authentication (semantics.md 11.4).  Its order must not depend on that of
 * the rules.
 */

#include "pmap/insert.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "cilium/auth.h"
#include "keys.h"

enum {
	TCP = 6,
	SPIRE = AUTH_EXPLICIT | AUTH_SPIRE,
	DISABLED = AUTH_EXPLICIT | AUTH_DISABLED,
	MAX_RULES = 4,
};

struct insert_case {
	const char *what;
	struct keys_rule rules[MAX_RULES];
	const char *want;
};

static const struct insert_case cases[] = {
    {"what passes has no entry", {{TCP, 80, 16, KEYS_PASS, 0, "1", 0}}, ""},
    {"the next tier's verdict comes right after the Pass",
	{{TCP, 80, 16, KEYS_PASS, 3, "1", 0},
	    {TCP, 80, 16, KEYS_ALLOW, 10, "1", 0}},
	"tcp 80/16: 1 allow@4; "},
    {"but not for whom nothing passes",
	{{TCP, 80, 16, KEYS_PASS, 3, "1", 0},
	    {TCP, 80, 16, KEYS_ALLOW, 10, "1 2", 0}},
	"tcp 80/16: 1 allow@4, 2 allow@10; "},
    {"a broader verdict is added where a narrower key passes",
	{{TCP, 80, 16, KEYS_PASS, 3, "1", 0},
	    {TCP, 0, 0, KEYS_ALLOW, 10, "1", 0}},
	"tcp 0/0: 1 allow@10; tcp 80/16: 1 allow@4; "},
    {"a broader Pass lifts a narrower verdict",
	{{TCP, 0, 0, KEYS_PASS, 3, "1", 0},
	    {TCP, 80, 16, KEYS_DENY, 11, "1", 0}},
	"tcp 80/16: 1 deny@5; "},
    {"a Pass takes the place of what is weaker in its tier",
	{{TCP, 80, 16, KEYS_PASS, 3, "1", 0},
	    {TCP, 80, 16, KEYS_DENY, 5, "1", 0},
	    {TCP, 80, 16, KEYS_ALLOW, 10, "1", 0}},
	"tcp 80/16: 1 allow@4; "},
    {"a stronger verdict of its tier keeps it out",
	{{TCP, 80, 16, KEYS_DENY, 2, "1", 0},
	    {TCP, 80, 16, KEYS_PASS, 3, "1", 0},
	    {TCP, 80, 16, KEYS_ALLOW, 10, "1", 0}},
	"tcp 80/16: 1 deny@2; "},
    {"a Pass of the wildcard lifts everybody's",
	{{TCP, 80, 16, KEYS_PASS, 3, "*", 0},
	    {TCP, 80, 16, KEYS_ALLOW, 10, "1", 0}},
	"tcp 80/16: 1 allow@4; "},
    {"a verdict for the wildcard goes to the peer that passes",
	{{TCP, 80, 16, KEYS_PASS, 3, "1", 0},
	    {TCP, 80, 16, KEYS_ALLOW, 10, "*", 0}},
	"tcp 80/16: * allow@10, 1 allow@4; "},

    {"authentication is kept", {{TCP, 80, 16, KEYS_ALLOW, 0, "1", SPIRE}},
	"tcp 80/16: 1 allow@0+81; "},
    {"a narrower key takes it over",
	{{TCP, 0, 0, KEYS_ALLOW, 0, "1", SPIRE},
	    {TCP, 80, 16, KEYS_ALLOW, 0, "1", 0}},
	"tcp 0/0: 1 allow@0+81; tcp 80/16: 1 allow@0+01; "},
    {"one with its own does not",
	{{TCP, 0, 0, KEYS_ALLOW, 0, "1", SPIRE},
	    {TCP, 80, 16, KEYS_ALLOW, 0, "1", DISABLED}},
	"tcp 0/0: 1 allow@0+81; tcp 80/16: 1 allow@0+80; "},
    {"nor another peer",
	{{TCP, 0, 0, KEYS_ALLOW, 0, "1", SPIRE},
	    {TCP, 80, 16, KEYS_ALLOW, 0, "2", 0}},
	"tcp 0/0: 1 allow@0+81; tcp 80/16: 2 allow@0; "},
    {"a stronger key lends its strength to one with its own",
	{{TCP, 0, 0, KEYS_ALLOW, 0, "1", 0},
	    {TCP, 80, 16, KEYS_ALLOW, 5, "1", SPIRE}},
	"tcp 0/0: 1 allow@0; tcp 80/16: 1 allow@0+81; "},
    {"and hides one without",
	{{TCP, 0, 0, KEYS_ALLOW, 0, "1", SPIRE},
	    {TCP, 80, 16, KEYS_ALLOW, 5, "1", 0}},
	"tcp 0/0: 1 allow@0+81; "},
    {"at one key the stronger authentication counts",
	{{TCP, 80, 16, KEYS_ALLOW, 0, "1", DISABLED},
	    {TCP, 80, 16, KEYS_ALLOW, 0, "1", SPIRE}},
	"tcp 80/16: 1 allow@0+81; "},
    {"a deny asks for none",
	{{TCP, 0, 0, KEYS_DENY, 0, "1", 0},
	    {TCP, 80, 16, KEYS_ALLOW, 0, "1", SPIRE}},
	"tcp 0/0: 1 deny@0; "},
};

/* With 4 for 1 and 2, and 5 for 3. */
static const struct insert_case of_aggregates[] = {
    {"an aggregate's Pass lifts its own verdicts",
	{{TCP, 80, 16, KEYS_PASS, 3, "4", 0},
	    {TCP, 80, 16, KEYS_ALLOW, 10, "0 1 3", 0}},
	"tcp 80/16: 1 allow@4, 0 3 allow@10; "},
    {"an aggregate's verdict goes to its own that pass",
	{{TCP, 80, 16, KEYS_PASS, 3, "1 3", 0},
	    {TCP, 80, 16, KEYS_ALLOW, 10, "4", 0}},
	"tcp 80/16: 1 allow@4, 4 allow@10; "},
    {"the wildcard's goes to all of them",
	{{TCP, 80, 16, KEYS_PASS, 3, "1 3", 0},
	    {TCP, 80, 16, KEYS_ALLOW, 10, "*", 0}},
	"tcp 80/16: * allow@10, 1 3 allow@4, 4 5 allow@10; "},
    {"an aggregate lends no authentication",
	{{TCP, 0, 0, KEYS_ALLOW, 0, "4", SPIRE},
	    {TCP, 80, 16, KEYS_ALLOW, 0, "1", 0}},
	"tcp 0/0: 4 allow@0+81; tcp 80/16: 1 allow@0; "},
};

/* The keys of the rules of a case, in their order or in the opposite one. */
static const char *
insert(struct arena *a, const struct keys_rule *rules, bool backwards,
    bool some)
{
	const struct aggregates *aggregates = keys_aggregates(a, some);
	candidate_vec candidates = {0};
	key_vec keys = {0};
	size_t n = 0;

	while (n < MAX_RULES && rules[n].peers)
		n++;
	for (size_t i = 0; i < n; i++)
		keys_add(&candidates, a, &rules[backwards ? n - 1 - i : i],
		    aggregates);
	keys_insert(&keys, a, a, &candidates, aggregates);
	return keys_print(a, keys.v, keys.n);
}

static void
check_case(const struct insert_case *c, bool some)
{
	for (int backwards = 0; backwards < 2; backwards++) {
		struct arena a = {0};
		const char *got = insert(&a, c->rules, backwards, some);

		if (strcmp(got, c->want) != 0)
			fail_msg("%s: %s, not %s", c->what, got, c->want);
		arena_free(&a);
	}
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

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_cases),
	    cmocka_unit_test(test_aggregates),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
