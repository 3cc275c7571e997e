/* SPDX-License-Identifier: Apache-2.0 */

/*
 * What a document is, told from its text.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "repo/sniff.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

#define API "apiVersion: v1\n"

static void
test_what(void **state)
{
	static const struct {
		const char *text;
		bool wanted, ours;
	} cases[] = {
	    {"", false, false},
	    {"a: 1\n", false, false},
	    {API "kind: Pod\n", true, true},
	    {"# first\n---\n" API "kind: 'Pod'\n", true, true},
	    {"{\"apiVersion\": \"v1\", \"kind\": \"Pod\"}", true, true},
	    {API "kind: PodList\nitems: []\n", true, true},
	    {API "kind: Widget\n", false, false},
	    /* Chart values and playbooks name kinds as well. */
	    {"kind: Deployment\nreplicas: 2\n", false, false},
	    {"- hosts: all\n  vars: {kind: Pod}\n", false, false},
	    {"mankind: Pod\n" API, false, false},
	    /* A slip in a group with policies is seen. */
	    {"apiVersion: cilium.io/v2\nkind: CiliumPolicy\n", true, true},
	    {"apiVersion: cilium.io/v2\n", true, true},
	    /* Who builds is looked at, and is no object to judge. */
	    {"apiVersion: argoproj.io/v1alpha1\nkind: Application\n", true,
		false},
	    {"kind: NamespaceTransformer\n", true, false},
	    /* A policy inside of something else. */
	    {"spec:\n  data:\n    kind: NetworkPolicy\n", true, false},
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct str text = str_of(cases[i].text);

		if (sniff_is_wanted(text) != cases[i].wanted ||
		    sniff_is_ours(text) != cases[i].ours)
			fail_msg("%s", cases[i].text);
	}
}

static void
test_template(void **state)
{
	assert_true(sniff_is_template(STR("{{ if .Values.x }}\na: 1\n")));
	assert_true(sniff_is_template(STR("a: 1\n{% for x in y %}\n")));
	assert_false(sniff_is_template(STR("a: '{{ x }}'\n")));
	assert_false(sniff_is_template(STR("# {{ x }}\na: 1\n")));
	assert_true(sniff_is_template(STR("a: 'b' {{ x }}\n")));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_what),
	    cmocka_unit_test(test_template),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
