/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "cilium/version.h"
#include "ident/label_filter.h"
#include "ident/labels.h"

struct filter_case {
	const char *patterns, *key;
	bool want;
};

static void
check(const struct filter_case *cases, size_t n, unsigned cilium)
{
	struct arena a = {0};

	for (size_t i = 0; i < n; i++) {
		const struct filter_case *c = &cases[i];
		struct label_filter *f = label_filter_new(&a,
		    str_of(c->patterns), version_plain(cilium));

		if (label_filter_takes(f, STR("k8s"), str_of(c->key)) !=
		    c->want)
			fail_msg("\"%s\" on %s: want %d", c->patterns, c->key,
			    c->want);
	}
	arena_free(&a);
}

static void
test_default_filter(void **state)
{
	static const struct filter_case cases[] = {
	    {"", "app", true},
	    {"", "", true},
	    {"", "pod-template-hash", false},
	    {"", "pod-template-hashes", false},
	    {"", "my-pod-template-hash", true},
	    {"", "kubernetes.io/os", false},
	    {"", "app.kubernetes.io/name", true},
	    {"", "beta.kubernetes.io/arch", false},
	    {"", "node.beta.kubernetes.io/x", false},
	    {"", "io.kubernetes.pod.namespace", true},
	    {"", "io.kubernetes.pod.name", false},
	    {"", "io.cilium.k8s.policy.serviceaccount", true},
	    {"", "annotation.x", false},
	    {"", "topology.kubernetes.io/zone", false},
	};

	check(cases, sizeof(cases) / sizeof(*cases), CILIUM_1_20);
}

static void
test_versions(void **state)
{
	static const struct filter_case old[] = {
	    {"", "topology.kubernetes.io/zone", true},
	    /* Nothing ignores it, so it needs no include, but in a whitelist.
	     */
	    {"", "io.cilium.k8s.policy.serviceaccount", true},
	    {"k8s:app", "io.cilium.k8s.policy.serviceaccount", false},
	};
	static const struct filter_case new[] = {
	    {"k8s:app", "io.cilium.k8s.policy.serviceaccount", true},
	};

	check(old, sizeof(old) / sizeof(*old), CILIUM_1_17);
	check(new, sizeof(new) / sizeof(*new), CILIUM_1_18);
}

static void
test_patterns(void **state)
{
	static const struct filter_case cases[] = {
	    {"!foo", "foo", false},
	    {"!foo", "food", false},
	    {"!foo", "afoo", true},
	    {"k8s:!foo", "foo", false},
	    {"other:!foo", "foo", true},
	    {"  !a\t!b\n", "b1", false},
	    {"  !a\t!b\n", "c", true},
	    /* The '!' before a source is part of it: an include of nothing. */
	    {"!k8s:foo", "foo", false},
	    {"!k8s:foo", "bar", false},
	    {"!k8s:foo", "app.kubernetes.io/name", true},
	    /* An include leaves nothing else but what Cilium includes. */
	    {"app", "app", true},
	    {"app", "tier", false},
	    {"app", "io.kubernetes.pod.namespace", true},
	    /* The longer include rescues, the shorter one does not. */
	    {"kubernetes\\.io/os", "kubernetes.io/os", true},
	    {"kube", "kubernetes.io/os", false},
	    {"!app app-x", "app-x", true},
	    {"!app-x app", "app-x", false},
	    /* The leftmost match must be the one at the start. */
	    {"!b+", "abb", true},
	    {"!a|ab", "abc", false},
	    {".*", "anything", true},
	    {".*", "pod-template-hash", false},
	    {".*x", "pod-template-hash-x", true},
	};

	check(cases, sizeof(cases) / sizeof(*cases), CILIUM_1_20);
}

static void
test_nodes(void **state)
{
	struct arena a = {0};
	struct label_filter *all = label_filter_of_nodes(&a, STR(""));
	struct label_filter *some =
	    label_filter_of_nodes(&a, STR("node:!kubernetes\\.io"));

	assert_true(
	    label_filter_takes(all, STR("node"), STR("kubernetes.io/os")));
	assert_false(
	    label_filter_takes(some, STR("node"), STR("kubernetes.io/os")));
	assert_true(label_filter_takes(some, STR("node"), STR("pool")));
	arena_free(&a);
}

static void
test_check(void **state)
{
	char err[128];

	assert_true(label_filter_check(STR("k8s:!app .*"), err, sizeof(err)));
	assert_false(label_filter_check(STR("app k8s:("), err, sizeof(err)));
	assert_string_equal(err, "missing ) at offset 1");
}

/* Backtracking without end is given up, and that is said. */
static void
test_hostile(void **state)
{
	struct arena a = {0};
	struct diag_sink sink;
	struct label_filter *f = label_filter_new(&a,
	    STR("!(a*)*(a*)*(a*)*[bd]"), version_plain(CILIUM_1_20));

	diag_sink_init(&sink, &a);
	label_filter_takes(f, STR("k8s"), STR("b"));
	label_filter_report(f, &sink);
	assert_int_equal(sink.v.n, 0);
	label_filter_takes(f, STR("k8s"),
	    STR("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaac"));
	label_filter_report(f, &sink);
	assert_int_equal(sink.v.n, 1);
	arena_free(&a);
}

static void
test_split(void **state)
{
	static const struct {
		const char *text, *source, *key, *value;
	} cases[] = {
	    {"k8s:app=web", "k8s", "app", "web"},
	    {"reserved:host", "reserved", "host", ""},
	    {"app", "", "app", ""},
	    {"k8s:a=b=c:d", "k8s", "a", "b=c:d"},
	    {"", "", "", ""},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct str source, key, value;

		label_split(str_of(cases[i].text), &source, &key, &value);
		assert_true(str_is(source, cases[i].source));
		assert_true(str_is(key, cases[i].key));
		assert_true(str_is(value, cases[i].value));
	}
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_default_filter),
	    cmocka_unit_test(test_versions),
	    cmocka_unit_test(test_patterns),
	    cmocka_unit_test(test_nodes),
	    cmocka_unit_test(test_check),
	    cmocka_unit_test(test_hostile),
	    cmocka_unit_test(test_split),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
