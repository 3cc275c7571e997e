/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Checks run when what they need was made, and their findings come out in the
 * order of their places.
 */

#include "lint/lint.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "compile.h"

/*
 * Each line is a document: a deny with Services (line 4), a cluster-wide allow
 * that a namespace's deny beats in Cilium (6), Services that are not there and
 * a group that is not there (8).
 */
static const char yaml[] =
    POD("shop", "web", "10.0.0.1") CILIUM_POLICY("shop", "deny",
	"endpointSelector: {}, ingressDeny: [{fromEndpoints: [{}]}], "
	"egressDeny: [{toServices: [{k8sService: {serviceName: db}}]}]")
	CLUSTERWIDE_POLICY("allow",
	    "endpointSelector: {}, ingress: [{fromEndpoints: [{}]}]")
	    CILIUM_POLICY("shop", "out",
		"endpointSelector: {}, egress: [{toServices: [{k8sService: "
		"{serviceName: db}}], toPorts: [{ports: [{port: '80'}]}]}, "
		"{toCIDRSet: [{cidrGroupRef: office}]}]");

/* "4:CNP305 6:CNP352" */
static const char *
print_findings(struct unit *u)
{
	struct buf b;

	buf_init(&b, &u->perm);
	VEC_FOREACH (d, &u->sink.v)
		buf_printf(&b, "%s%u:CNP%u", b.n > 0 ? " " : "",
		    source_place(&u->sources, (*d)->at).line, (*d)->id);
	return buf_as_str(&b).s;
}

static void
test_needs(void **state)
{
	static const struct {
		int stop_after;
		const char *found;
	} cases[] = {
	    {PASS_SANITIZE, ""},
	    {PASS_IR, "4:CNP305 8:CNP304 8:CNP303"},
	    {PASS_IDENT, "4:CNP305 8:CNP304 8:CNP303"},
	    {PASS_PMAP, "4:CNP305 6:CNP352 8:CNP304 8:CNP303"},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct unit_options opt;
		struct unit u;

		unit_options_default(&opt);
		opt.stop_after = cases[i].stop_after;
		compile(&u, &opt, yaml);
		assert_string_equal(print_findings(&u), cases[i].found);
		unit_free(&u);
	}
}

/* With nothing at all there is nothing to say. */
static void
test_nothing(void **state)
{
	struct arena a = {0}, scratch = {0};
	struct diag_sink sink;
	const struct lint l = {.sink = &sink,
	    .scratch = &scratch,
	    .platform = PLATFORM_AKS};

	diag_sink_init(&sink, &a);
	lint_run(&l);
	assert_int_equal(sink.v.n, 0);
	arena_free(&scratch);
	arena_free(&a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_needs),
	    cmocka_unit_test(test_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
