/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Edits of trees: merges, JSON patches, labels, namespaces.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "flow_yaml.h"
#include "repo/edit.h"
#include "repo/labels.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static const struct edit_key keys[] = {{"containers", "name"},
    {"ports", "port"}, {0}};

/* What is told apart by a key merges; all other lists are replaced. */
static void
test_merge(void **state)
{
	static const struct {
		const char *base, *patch, *want;
	} cases[] = {
	    {"{a: 1, b: {c: 2}}", "{b: {d: 3}, e: x}",
		"{a: 1, b: {c: 2, d: 3}, e: \"x\"}"},
	    {"{a: 1, b: 2}", "{a: null}", "{b: 2}"},
	    {"{a: [1, 2]}", "{a: [3]}", "{a: [3]}"},
	    {"{a: {b: 1}}", "{a: {$patch: replace, c: 2}}", "{a: {c: 2}}"},
	    {"{a: {b: 1}, c: 1}", "{a: {$patch: delete}}", "{c: 1}"},
	    {"{a: 1}", "{$patch: delete}", "(none)"},
	    {"{containers: [{name: x, image: i}, {name: w}]}",
		"{containers: [{name: w, image: j}, {name: z}]}",
		"{containers: [{name: \"w\", image: \"j\"}, {name: \"z\"}, "
		"{name: \"x\", image: \"i\"}]}"},
	    {"{containers: [{name: x}, {name: w}]}",
		"{containers: [{name: x, $patch: delete}]}",
		"{containers: [{name: \"w\"}]}"},
	    {"{ports: [{port: 80, name: a}]}", "{ports: [{port: 80, to: b}]}",
		"{ports: [{port: 80, name: \"a\", to: \"b\"}]}"},
	    {"{a: 1}", "{containers: [{name: x}]}",
		"{a: 1, containers: [{name: \"x\"}]}"},
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct arena a = {0};
		const struct ynode *base = flow_read(&a, cases[i].base);
		const char *before = flow_print(&a, base);

		assert_string_equal(flow_print(&a,
					edit_merge(&a, base,
					    flow_read(&a, cases[i].patch),
					    keys)),
		    cases[i].want);
		assert_string_equal(flow_print(&a, base), before);
		arena_free(&a);
	}
}

static void
test_json_patch(void **state)
{
	static const struct {
		const char *base, *patch, *want;
	} cases[] = {
	    {"{a: [1, 3]}", "[{op: add, path: /a/1, value: 2}]",
		"{a: [1, 2, 3]}"},
	    {"{a: [1]}", "[{op: add, path: /a/-, value: 2}]", "{a: [1, 2]}"},
	    {"{a: 1}", "[{op: replace, path: /b, value: 2}]", "{a: 1, b: 2}"},
	    {"{a: 1, b: 2}", "[{op: remove, path: /a}]", "{b: 2}"},
	    {"{a: 1}", "[{op: remove, path: /b}]", "(none)"},
	    {"{a: 1}", "[{op: test, path: /a, value: 1}]", "{a: 1}"},
	    {"{a: 1}", "[{op: test, path: /a, value: 2}]", "(none)"},
	    {"{a: {b/c: 1}}", "[{op: move, from: /a/b~1c, path: /d}]",
		"{a: {}, d: 1}"},
	    {"{a: {b: 1}}", "[{op: copy, from: /a, path: /c}]",
		"{a: {b: 1}, c: {b: 1}}"},
	    {"{a: [1]}", "[{op: add, path: /a/9, value: 2}]", "(none)"},
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct arena a = {0};
		const char *why = NULL;
		struct span at;
		const struct ynode *got =
		    edit_json_patch(&a, flow_read(&a, cases[i].base),
			flow_read(&a, cases[i].patch), &why, &at);

		assert_string_equal(flow_print(&a, got), cases[i].want);
		assert_int_equal(!got, why && *why);
		arena_free(&a);
	}
}

#define NP "apiVersion: networking.k8s.io/v1, kind: NetworkPolicy"
#define NP_OUT                                         \
	"apiVersion: \"networking.k8s.io/v1\", kind: " \
	"\"NetworkPolicy\""

/* Selectors get labels where kustomize has a row for them. */
static void
test_labels(void **state)
{
	static const struct {
		const char *object;
		enum label_reach reach;
		const char *want;
	} cases[] = {
	    {"{" NP ", spec: {podSelector: {}, ingress: [{from: "
	     "[{podSelector: {matchLabels: {a: b}}}]}]}}",
		LABELS_SELECTORS,
		"{" NP_OUT ", spec: {podSelector: {}, ingress: [{from: "
		"[{podSelector: {matchLabels: {a: \"b\", t: \"x\"}}}]}]}, "
		"metadata: {labels: {t: \"x\"}}}"},
	    {"{" NP ", spec: {podSelector: {matchLabels: {a: b}}}}",
		LABELS_TEMPLATES,
		"{" NP_OUT ", spec: {podSelector: {matchLabels: {a: \"b\"}}}, "
		"metadata: {labels: {t: \"x\"}}}"},
	    {"{apiVersion: v1, kind: Service}", LABELS_SELECTORS,
		"{apiVersion: \"v1\", kind: \"Service\", metadata: {labels: "
		"{t: \"x\"}}, spec: {selector: {t: \"x\"}}}"},
	    {"{apiVersion: cilium.io/v2, kind: CiliumNetworkPolicy, spec: "
	     "{endpointSelector: {matchLabels: {a: b}}}}",
		LABELS_SELECTORS,
		"{apiVersion: \"cilium.io/v2\", kind: \"CiliumNetworkPolicy\", "
		"spec: {endpointSelector: {matchLabels: {a: \"b\"}}}, "
		"metadata: {labels: {t: \"x\"}}}"},
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct arena a = {0};

		assert_string_equal(flow_print(&a,
					labels_add(&a,
					    flow_read(&a, cases[i].object),
					    flow_read(&a, "{t: x}"),
					    cases[i].reach)),
		    cases[i].want);
		arena_free(&a);
	}
}

static void
test_move(void **state)
{
	static const struct {
		const char *object;
		bool unset_only;
		const char *want;
	} cases[] = {
	    {"{kind: Pod}", false,
		"{kind: \"Pod\", metadata: {namespace: \"new\"}}"},
	    {"{kind: Pod, metadata: {namespace: old}}", false,
		"{kind: \"Pod\", metadata: {namespace: \"new\"}}"},
	    {"{kind: Pod, metadata: {namespace: old}}", true,
		"{kind: \"Pod\", metadata: {namespace: \"old\"}}"},
	    {"{kind: Namespace, metadata: {name: old}}", false,
		"{kind: \"Namespace\", metadata: {name: \"new\"}}"},
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct arena a = {0};

		assert_string_equal(flow_print(&a,
					labels_move(&a,
					    flow_read(&a, cases[i].object),
					    STR("new"), (struct span){0},
					    cases[i].unset_only)),
		    cases[i].want);
		arena_free(&a);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_merge),
	    cmocka_unit_test(test_json_patch),
	    cmocka_unit_test(test_labels),
	    cmocka_unit_test(test_move),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
