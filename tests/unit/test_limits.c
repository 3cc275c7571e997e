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

#include <err.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include "driver/unit.h"

#define POD(name)                                           \
	"apiVersion: v1\nkind: Pod\nmetadata: {name: " name \
	", namespace: shop, labels: {app: " name "}}\n---\n"

/* Two identities; web takes three entries in, one out. */
static const char yaml[] =
    POD("web") POD("db") "apiVersion: cilium.io/v2\n"
			 "kind: CiliumNetworkPolicy\n"
			 "metadata: {name: web, namespace: shop}\n"
			 "spec:\n"
			 "  endpointSelector: {matchLabels: {app: web}}\n"
			 "  ingress:\n"
			 "  - toPorts: [{ports: [{port: '80', protocol: TCP},"
			 " {port: '81', protocol: TCP}]}]\n";

static void
run(struct unit *u)
{
	char path[40];
	const char *inputs[] = {path};
	struct unit_options opt;
	int fd = memfd_create("limits", MFD_CLOEXEC);

	if (fd < 0 || write(fd, yaml, strlen(yaml)) != (ssize_t)strlen(yaml))
		err(4, "memfd");
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	unit_options_default(&opt);
	opt.inputs = inputs;
	opt.ninputs = 1;
	unit_init(u, &opt);
	unit_run(u);
	close(fd);
	assert_true(u->complete);
	assert_int_equal(u->sink.v.n, 0);
}

static void
test_limits(void **state)
{
	static const struct {
		struct platform_limits limits;
		const char *told; /* NULL: nothing */
	} cases[] = {
	    {{.map_entries = 4, .identities = 2}, NULL},
	    {{.map_entries = 3, .identities = 2},
		"4 entries in this endpoint's policy map, but small has room "
		"for 3"},
	    {{.map_entries = 4, .identities = 1},
		"2 identities in the cluster, but small has room for 1"},
	};
	struct unit u;

	run(&u);
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct diag_sink sink;

		diag_sink_init(&sink, &u.perm);
		pmap_check_limits(&sink, &u.pmaps, "small", &cases[i].limits);
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
