/* SPDX-License-Identifier: Apache-2.0 */

/*
 * What a platform has room for, with room for very little.
 */

#include "lint/limits.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "compile.h"

/* Two identities; web takes three entries in, one out. */
static const char yaml[] = POD("shop", "web", "10.0.0.1")
    POD("shop", "db", "10.0.0.2") CILIUM_POLICY("shop", "web",
	"endpointSelector: {matchLabels: {app: web}}, "
	"ingress: [{toPorts: [{ports: [{port: '80', protocol: TCP}, "
	"{port: '81', protocol: TCP}]}]}]");

static void
test_limits(void **state)
{
	static const struct {
		struct platform_limits limits;
		const char *told; /* NULL: nothing */
	} cases[] = {
	    {{.map_entries = 16, .identities = 2}, NULL},
	    {{.map_entries = 15, .identities = 2},
		"16 entries in this endpoint's policy map, but small has room "
		"for 15"},
	    {{.map_entries = 16, .identities = 1},
		"2 identities in the cluster, but small has room for 1"},
	};
	struct unit u;

	compile_clean(&u, NULL, yaml);
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct diag_sink sink;

		diag_sink_init(&sink, &u.perm);
		lint_check_limits(&sink, &u.pmaps, "small", &cases[i].limits);
		assert_int_equal(sink.v.n, !!cases[i].told);
		if (cases[i].told)
			assert_string_equal(sink.v.v[0]->text, cases[i].told);
	}
	unit_free(&u);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_limits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
