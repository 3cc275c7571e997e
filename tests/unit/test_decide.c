/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>

#include "cnpc_abi.h"
#include "bundle/decide.h"
#include "cilium/reserved.h"
#include "prop.h"

#define IN DIR_INGRESS
#define OUT DIR_EGRESS
#define TCP 6
#define UDP 17
#define SCTP 132

#define DENY 0xffffffff
#define ALLOW 0xffffff01
#define HTTP 0xffffff9a

#define BEFORE_AGGREGATES CILIUM_1_19

struct decide_case {
	enum direction dir;
	uint32_t peer;
	uint8_t proto;
	uint16_t port;
	struct {
		uint8_t reason;
		uint16_t proxy_port;
	} want;
};

static void
check_cases(const struct policy_table *t, const struct decide_case *cases,
    size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct verdict got = policy_decide(t, cases[i].dir,
		    cases[i].peer, cases[i].proto, cases[i].port);

		assert_int_equal(got.reason, cases[i].want.reason);
		assert_int_equal(got.proxy_port, cases[i].want.proxy_port);
	}
}

static void
test_cases(void **state)
{
	static const struct policy_record v[] = {
	    {IN, 2, .deny = true, .precedence = DENY},
	    {IN, 4, .auth = 0x81, .precedence = ALLOW},
	    {IN, 1, TCP, 12, 80, .precedence = ALLOW},
	    {IN, 3, TCP, 16, 80, .proxy_port = 10001, .precedence = HTTP},
	    {IN, 7, UDP, .precedence = ALLOW},
	    {IN, 0, UDP, 16, 53, .proxy_port = 10002, .precedence = ALLOW},
	    {IN, 8, UDP, 16, 53, .precedence = ALLOW},
	    {IN, 0, UDP, 16, 99, .precedence = DENY},
	    {IN, 0, UDP, 16, 100, .deny = true, .precedence = DENY},
	    {IN, 9, UDP, 16, 100, .precedence = ALLOW},
	    {IN, 0, SCTP, .auth = 1, .precedence = ALLOW},
	    {IN, 5, SCTP, 16, 80, .precedence = ALLOW},
	    {IN, 6, SCTP, 16, 80, .auth = 0x80, .precedence = ALLOW},
	    {OUT, 1, .precedence = ALLOW},
	};
	const struct policy_table t = {.v = v,
	    .n = sizeof(v) / sizeof(*v),
	    .layout = map_layout(BEFORE_AGGREGATES)};
	static const struct decide_case cases[] = {
	    {IN, 1, TCP, 79, {CNPC_NO_ENTRY, 0}},
	    {IN, 1, TCP, 80, {CNPC_ALLOWED, 0}},
	    {IN, 1, TCP, 95, {CNPC_ALLOWED, 0}},
	    {IN, 1, TCP, 96, {CNPC_NO_ENTRY, 0}},
	    {IN, 2, TCP, 80, {CNPC_DENIED, 0}},
	    {IN, 2, UDP, 99, {CNPC_DENIED, 0}},
	    {IN, 3, TCP, 80, {CNPC_REDIRECTED, 10001}},
	    {IN, 4, TCP, 80, {CNPC_AUTH_NEEDED, 0}},
	    {IN, 5, SCTP, 80, {CNPC_AUTH_NEEDED, 0}},
	    {IN, 6, SCTP, 80, {CNPC_ALLOWED, 0}},
	    {IN, 7, UDP, 53, {CNPC_REDIRECTED, 10002}},
	    {IN, 7, UDP, 54, {CNPC_ALLOWED, 0}},
	    {IN, 8, UDP, 53, {CNPC_ALLOWED, 0}},
	    {IN, 9, UDP, 100, {CNPC_DENIED, 0}},
	    {OUT, 1, TCP, 1, {CNPC_ALLOWED, 0}},
	    {OUT, 2, TCP, 1, {CNPC_NO_ENTRY, 0}},
	};

	check_cases(&t, cases, sizeof(cases) / sizeof(*cases));
}

/* A peer has its aggregate's entries, and 0's where neither has one. */
static void
test_aggregates(void **state)
{
	enum {
		POD = SEC_ID_POD_FIRST,
		FOREIGN_POD = 0x20100,
		CIDR = SEC_ID_CIDR_FIRST,
		NODE = SEC_ID_NODE_FIRST,
	};
	static const struct policy_record v[] = {
	    {IN, 0, TCP, 16, 80, .precedence = ALLOW},
	    {IN, 11, TCP, 16, 80, .deny = true, .precedence = DENY},
	    {IN, 13, TCP, 16, 80, .precedence = HTTP, .proxy_port = 10001},
	    {IN, POD, TCP, 16, 80, .precedence = ALLOW},
	    {IN, CIDR, TCP, 16, 80, .deny = true, .precedence = DENY},
	    {IN, 0, TCP, 16, 81, .deny = true, .precedence = DENY},
	    {IN, 14, TCP, 16, 81, .precedence = ALLOW},
	    {IN, POD + 1, TCP, 16, 81, .precedence = ALLOW},
	};
	const struct policy_table t = {.v = v,
	    .n = sizeof(v) / sizeof(*v),
	    .layout = map_layout(CILIUM_1_20)};
	static const struct decide_case cases[] = {
	    {IN, 1, TCP, 80, {CNPC_ALLOWED, 0}},
	    {IN, POD, TCP, 80, {CNPC_DENIED, 0}},
	    {IN, FOREIGN_POD, TCP, 80, {CNPC_ALLOWED, 0}},
	    {IN, CIDR, TCP, 80, {CNPC_DENIED, 0}},
	    {IN, CIDR + 1, TCP, 80, {CNPC_REDIRECTED, 10001}},
	    {IN, NODE, TCP, 80, {CNPC_ALLOWED, 0}},
	    {IN, 13, TCP, 80, {CNPC_REDIRECTED, 10001}},
	    {IN, 1, TCP, 81, {CNPC_DENIED, 0}},
	    {IN, POD, TCP, 81, {CNPC_DENIED, 0}},
	    /* with an entry of their own, or their aggregate's, 0 is not asked
	     */
	    {IN, POD + 1, TCP, 81, {CNPC_ALLOWED, 0}},
	    {IN, NODE, TCP, 81, {CNPC_ALLOWED, 0}},
	};

	check_cases(&t, cases, sizeof(cases) / sizeof(*cases));
}

/* Whether R's key is a prefix of the packet's, for identity ID. */
static bool
matches(const struct policy_record *r, enum direction dir, uint32_t id,
    uint8_t proto, uint16_t port)
{
	return r->dir == dir && r->id == id &&
	    (r->proto == 0 ||
		(r->proto == proto &&
		    (port ^ r->port) >> (16 - r->port_bits) == 0));
}

/* The longest match by looking at every entry. */
static const struct policy_record *
scan(const struct policy_table *t, enum direction dir, uint32_t id,
    uint8_t proto, uint16_t port)
{
	const struct policy_record *best = NULL;

	for (uint32_t i = 0; i < t->n; i++) {
		const struct policy_record *r = &t->v[i];

		if (matches(r, dir, id, proto, port) &&
		    (!best || r->proto > best->proto ||
			r->port_bits > best->port_bits))
			best = r;
	}
	return best;
}

static int
compare_record(const void *a, const void *b)
{
	return policy_record_compare(a, b);
}

/* A small table, dense enough for its entries to meet. */
static uint32_t
random_table(uint64_t *seed, struct policy_record *v, uint32_t n)
{
	static const uint32_t precedences[] = {DENY, HTTP, ALLOW, 0xfffff501};
	uint32_t kept = 0;

	for (uint32_t i = 0; i < n; i++) {
		struct policy_record *r = &v[i];

		*r = (struct policy_record){.dir = prop_below(seed, 2),
		    .id = prop_below(seed, 3),
		    .precedence = precedences[prop_below(seed, 4)]};
		if (prop_below(seed, 4) > 0) {
			r->proto = prop_below(seed, 2) ? TCP : UDP;
			r->port = (uint16_t)prop_below(seed, 8);
			r->port_bits = (uint8_t)(13 + prop_below(seed, 4));
			r->port &= (uint16_t)(0xffff0000u >> r->port_bits);
			if (r->port == 0)
				r->port_bits = 0;
		}
		r->deny = r->precedence == DENY;
	}
	qsort(v, n, sizeof(*v), compare_record);
	for (uint32_t i = 0; i < n; i++) {
		if (kept == 0 ||
		    policy_record_compare(&v[kept - 1], &v[i]) != 0)
			v[kept++] = v[i];
	}
	return kept;
}

static void
test_against_scan(void **state)
{
	uint64_t seed = prop_seed();
	struct policy_record v[24];

	for (int round = 0; round < 2000; round++) {
		struct policy_table t = {.v = v,
		    .n = random_table(&seed, v, 24),
		    .layout = map_layout(BEFORE_AGGREGATES)};

		for (int i = 0; i < 50; i++) {
			enum direction dir = prop_below(&seed, 2);
			uint32_t peer = 1 + prop_below(&seed, 3);
			uint8_t proto = prop_below(&seed, 2) ? TCP : UDP;
			uint16_t port = (uint16_t)prop_below(&seed, 9);
			const struct policy_record *own =
			    scan(&t, dir, peer, proto, port);
			const struct policy_record *any =
			    scan(&t, dir, 0, proto, port);
			const struct policy_record *won = own;
			struct verdict got =
			    policy_decide(&t, dir, peer, proto, port);

			/* Nothing here ties with another verdict. */
			if (!own || (any && any->precedence > own->precedence))
				won = any;
			assert_int_equal(got.reason,
			    !won            ? CNPC_NO_ENTRY
				: won->deny ? CNPC_DENIED
					    : CNPC_ALLOWED);
		}
	}
}

static void
test_open(void **state)
{
	static const struct policy_record open[] = {
	    {IN, 0, .precedence = ALLOW},
	    {OUT, 0, .precedence = ALLOW},
	};
	struct policy_record v[2];
	struct policy_table t = {.v = v,
	    .n = 2,
	    .layout = map_layout(CILIUM_1_20)};

	v[0] = open[0];
	v[1] = open[1];
	assert_true(policy_open(&t, IN));
	assert_true(policy_open(&t, OUT));
	v[0].deny = true;
	assert_false(policy_open(&t, IN));
	assert_true(policy_open(&t, OUT));
	v[0] = open[0];
	v[0].id = 1;
	assert_false(policy_open(&t, IN));
	v[0] = open[0];
	v[0].proto = TCP;
	assert_false(policy_open(&t, IN));
	v[0] = open[0];
	v[0].auth = 1;
	assert_false(policy_open(&t, IN));
	v[0] = open[0];
	v[0].proxy_port = 1;
	assert_false(policy_open(&t, IN));
	v[0] = open[0];
	v[0].dir = OUT;
	v[0].id = 1;
	assert_false(policy_open(&t, IN));
	assert_true(policy_open(&t, OUT));
	v[0].proxy_port = 1;
	assert_false(policy_open(&t, OUT));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_cases),
	    cmocka_unit_test(test_aggregates),
	    cmocka_unit_test(test_against_scan),
	    cmocka_unit_test(test_open),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
