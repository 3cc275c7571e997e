/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "yaml/locate.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static const char text[] =
    "apiVersion: v1\n"
    "kind: List\n"
    "items:\n"
    "- kind: Policy\n"
    "  metadata: {name: one}\n"
    "  spec:\n"
    "    ingress:\n"
    "    - from: &peers [{a.b/c: x}, {d: \"y # z\"}]\n"
    "      to: []\n"
    "    - from: *peers\n"
    "      empty:\n"
    "---\n"
    "{\"kind\": \"Policy\", \"metadata\": {\"name\": \"two\"}, "
    "\"list\": [[1], [2]], \"flag\": true}\n"
    "---\n"
    "plain: text\n";

/* "NAME:PATH" of the first place of WORD, or of its N bytes, or "". */
static const char *
where(struct arena *a, const struct ydocs *docs, const char *word, size_t n)
{
	uint32_t start = (uint32_t)(strstr(text, word) - text);
	struct ylocation l;

	if (!yaml_locate(a, docs, (struct span){1, start, start + (uint32_t)n},
		&l))
		return "";
	return arena_printf(a, STR_FMT ":%s",
	    STR_ARG(ynode_get(ynode_get(l.object, "metadata"), "name")->s),
	    l.path);
}

static void
test_locate(void **state)
{
	static const struct {
		const char *word;
		size_t n; /* 0: all of it */
		const char *where;
	} cases[] = {
	    {"Policy", 0, "one:kind"},
	    {"one", 0, "one:metadata.name"},
	    {"spec", 0, "one:spec"},
	    {"ingress", 0, "one:spec.ingress"},
	    {"from: &peers", 4, "one:spec.ingress[0].from"},
	    {"from: &peers [{a.b/c: x}, {d: \"y # z\"}]\n      to: []", 0,
		"one:spec.ingress[0]"},
	    {"a.b/c: x", 8, "one:spec.ingress[0].from[0][\"a.b/c\"]"},
	    {"{d", 1, "one:spec.ingress[0].from[1]"},
	    {"\"y # z", 0, "one:spec.ingress[0].from[1].d"},
	    {"*peers", 0, "one:spec.ingress[1]"},
	    {"empty", 0, "one:spec.ingress[1].empty"},
	    {"[2]", 0, "two:list[1]"},
	    {"2]", 1, "two:list[1][0]"},
	    {"true", 0, "two:flag"},
	    {"items", 0, ""},
	    {"plain", 0, ""},
	};
	struct arena a = {0};
	struct diag_sink sink;
	struct ydocs docs = {0};

	diag_sink_init(&sink, &a);
	yaml_read(&a, &sink, str_of(text), 1, &ylimits_default, &docs);
	assert_int_equal(sink.v.n, 0);
	for (size_t i = 0; i < COUNT(cases); i++)
		assert_string_equal(where(&a, &docs, cases[i].word,
					cases[i].n ? cases[i].n
						   : strlen(cases[i].word)),
		    cases[i].where);
	arena_free(&a);
}

static void
test_in_string(void **state)
{
	struct arena a = {0};
	struct diag_sink sink;
	struct ydocs docs = {0};
	struct str t = STR("a: |\n  b # c\nd: e # f\n# g\nh: \"i # j\"\n");

	diag_sink_init(&sink, &a);
	yaml_read(&a, &sink, t, 1, &ylimits_default, &docs);
	for (uint32_t i = 0; i < t.n; i++) {
		struct span at = {1, i, i};

		if (t.s[i] == '#')
			assert_int_equal(yaml_in_string(&docs, at),
			    t.s[i + 2] == 'c' || t.s[i + 2] == 'j');
	}
	arena_free(&a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_locate),
	    cmocka_unit_test(test_in_string),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
