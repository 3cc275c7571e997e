/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "bundle/probe.h"

#define TCP 6
#define UDP 17
#define AH 51
#define GRE 47

static bool
has(const struct probes *p, uint8_t proto, uint16_t port)
{
	VEC_FOREACH (x, &p->list) {
		if (x->proto == proto && x->port == port)
			return true;
	}
	return false;
}

static void
test_boundaries(void **state)
{
	static const struct policy_record v[] = {
	    {DIR_INGRESS, 1, TCP, 12, 80, .precedence = 1},
	    {DIR_INGRESS, 2, TCP, 12, 80, .precedence = 1},
	    {DIR_INGRESS, 2, TCP, 1, 0x8000, .precedence = 1},
	    {DIR_EGRESS, 0, UDP, 16, 53, .precedence = 1},
	    {DIR_EGRESS, 0, GRE, .precedence = 1},
	};
	static const struct probe there[] = {{TCP, 79}, {TCP, 80}, {TCP, 95},
	    {TCP, 96}, {TCP, 0x7fff}, {TCP, 0x8000}, {TCP, 0xffff}, {UDP, 52},
	    {UDP, 53}, {UDP, 54}, {1, 8}, {58, 128}, {132, 0}, {253, 0}};
	struct arena a = {0};
	struct probes p = {0};

	probes_add_common(&p, &a);
	probes_add_entries(&p, &a, v, sizeof(v) / sizeof(*v));
	for (size_t i = 0; i < sizeof(there) / sizeof(*there); i++)
		assert_true(has(&p, there[i].proto, there[i].port));
	assert_false(has(&p, TCP, 81));
	for (size_t i = 1; i < p.list.n; i++)
		assert_true(p.list.v[i - 1].proto < p.list.v[i].proto ||
		    (p.list.v[i - 1].proto == p.list.v[i].proto &&
			p.list.v[i - 1].port < p.list.v[i].port));
	arena_free(&a);
}

static void
test_fits(void **state)
{
	static const struct {
		struct probe probe;
		bool v4, v6;
	} cases[] = {
	    {{TCP, 65535}, true, true},
	    {{132, 80}, true, true},
	    {{1, 255}, true, false},
	    {{1, 256}, false, false},
	    {{1, 0}, true, true},
	    {{58, 128}, false, true},
	    {{58, 0}, true, true},
	    {{GRE, 0}, true, true},
	    {{GRE, 1}, false, false},
	    {{AH, 0}, true, false},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		assert_int_equal(probe_fits(cases[i].probe, IP_V4),
		    cases[i].v4);
		assert_int_equal(probe_fits(cases[i].probe, IP_V6),
		    cases[i].v6);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_boundaries),
	    cmocka_unit_test(test_fits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
