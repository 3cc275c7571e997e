/* SPDX-License-Identifier: Apache-2.0 */

/*
 * What both ends make of a connection, in a small world: every state, every
 * reason, and requests.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "cilium/proto.h"
#include "compile.h"
#include "cilium/version.h"
#include "flow/judge.h"

#define PODS                         \
	POD("shop", "a", "10.0.0.1") \
	POD("shop", "b", "10.0.0.2") \
	POD("shop", "c", "10.0.0.3")

#define FROM_A                                        \
	"endpointSelector: {matchLabels: {app: b}}, " \
	"ingress: [{fromEndpoints: [{matchLabels: {app: a}}]"

/* From a alone, by the port: plain, HTTP, with authentication. */
static const char *const small_world = PODS CILIUM_POLICY("shop", "plain",
    FROM_A ", toPorts: [{ports: [{port: '81'}]}]}]") CILIUM_POLICY("shop",
    "http",
    FROM_A ", toPorts: [{ports: [{port: '80', protocol: TCP}], "
	   "rules: {http: [{method: GET}]}}]}]") CILIUM_POLICY("shop", "auth",
    FROM_A ", authentication: {mode: required}, "
	   "toPorts: [{ports: [{port: '82'}]}]}]") CILIUM_POLICY("shop", "not",
    "endpointSelector: {matchLabels: {app: b}}, ingressDeny: "
    "[{fromEndpoints: [{matchLabels: {app: c}}], "
    "toPorts: [{ports: [{port: '81'}]}]}]");

static const struct endpoint *
pod(const struct unit *u, const char *name)
{
	return world_find_endpoint(&u->world, STR("shop"), str_of(name));
}

/* "a" is the pod shop/a; else an address or a reserved name. */
static struct flow_end
end(const struct unit *u, const char *name)
{
	const struct endpoint *e = pod(u, name);

	if (!e)
		return (struct flow_end){.ident = compile_ident(u, name)};
	return (struct flow_end){.ident = e->ident,
	    .class = pmap_class_of_endpoint(&u->pmaps, e),
	    .endpoint = e};
}

static struct flow
flow(const struct unit *u, const char *from, const char *to, uint8_t proto,
    uint16_t port)
{
	return (struct flow){.from = end(u, from),
	    .to = end(u, to),
	    .proto = proto,
	    .port = port};
}

static void
test_ends(void **state)
{
	static const struct {
		const char *from, *to;
		uint8_t proto;
		uint16_t port;
		enum flow_verdict verdict;
		enum judge_state egress, ingress;
		enum drop_reason reason; /* of ingress */
	} rows[] = {
	    {"a", "b", 6, 81, FLOW_ALLOWED, JUDGE_ASKED, JUDGE_ASKED,
		REASON_NONE},
	    {"a", "b", 6, 80, FLOW_ALLOWED, JUDGE_ASKED, JUDGE_ASKED,
		REASON_NONE},
	    {"a", "b", 6, 82, FLOW_DROPPED, JUDGE_ASKED, JUDGE_ASKED,
		REASON_AUTH_REQUIRED},
	    {"a", "b", 6, 83, FLOW_DROPPED, JUDGE_ASKED, JUDGE_ASKED,
		REASON_POLICY_DENIED},
	    {"c", "b", 6, 81, FLOW_DROPPED, JUDGE_ASKED, JUDGE_ASKED,
		REASON_POLICY_DENY},
	    {"b", "c", 6, 81, FLOW_ALLOWED, JUDGE_ASKED, JUDGE_ASKED,
		REASON_NONE},
	    {"b", "b", 6, 9, FLOW_ALLOWED, JUDGE_LOOPBACK, JUDGE_LOOPBACK,
		REASON_NONE},
	    {"192.0.2.1", "b", 6, 81, FLOW_DROPPED, JUDGE_OUTSIDE, JUDGE_ASKED,
		REASON_POLICY_DENIED},
	    {"host", "b", 6, 83, FLOW_ALLOWED, JUDGE_NODE, JUDGE_ASKED,
		REASON_NONE},
	    {"remote-node", "a", 6, 83, FLOW_ALLOWED, JUDGE_NODE, JUDGE_ASKED,
		REASON_NONE},
	    {"a", "unmanaged", 6, 83, FLOW_ALLOWED, JUDGE_ASKED,
		JUDGE_UNMANAGED, REASON_NONE},
	    {"a", "health", 6, 83, FLOW_ALLOWED, JUDGE_ASKED, JUDGE_NO_ENDPOINT,
		REASON_NONE},
	};
	struct unit u;

	compile_clean(&u, NULL, small_world);
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct flow f = flow(&u, rows[i].from, rows[i].to,
		    rows[i].proto, rows[i].port);
		struct judgement j = judge(&u.pmaps, &f, NULL);

		assert_int_equal(j.verdict, rows[i].verdict);
		assert_int_equal(j.end[DIR_EGRESS].state, rows[i].egress);
		assert_int_equal(j.end[DIR_INGRESS].state, rows[i].ingress);
		assert_int_equal(j.end[DIR_INGRESS].reason, rows[i].reason);
		assert_int_equal(j.end[DIR_EGRESS].verdict, FLOW_ALLOWED);
		assert_int_equal(j.end[DIR_INGRESS].verdict, j.verdict);
	}
	unit_free(&u);
}

/* Pods of one class are told apart only where both are known. */
static void
test_loopback(void **state)
{
	struct unit u;
	struct flow f;

	compile_clean(&u, NULL, small_world);
	f = flow(&u, "b", "b", IPPROTO_TCP, 9);
	f.to.endpoint = NULL;
	assert_int_equal(judge(&u.pmaps, &f, NULL).verdict, FLOW_DROPPED);
	unit_free(&u);
}

static void
test_sctp(void **state)
{
	struct unit_options opt;

	unit_options_default(&opt);
	for (int on = 0; on < 2; on++) {
		struct judgement j;
		struct unit u;
		struct flow f;

		opt.ir.sctp = on;
		compile_clean(&u, &opt, PODS);
		f = flow(&u, "192.0.2.1", "b", IPPROTO_SCTP, 9);
		j = judge(&u.pmaps, &f, NULL);
		assert_int_equal(j.end[DIR_INGRESS].state,
		    on ? JUDGE_ASKED : JUDGE_NO_SCTP);
		assert_int_equal(j.end[DIR_INGRESS].reason,
		    on ? REASON_NONE : REASON_UNKNOWN_L4);
		assert_int_equal(j.verdict, on ? FLOW_ALLOWED : FLOW_DROPPED);
		unit_free(&u);
	}
}

/* Two proxies on one port: the agent can't resolve the policy. */
static void
test_broken(void **state)
{
	struct judgement j;
	struct unit u;
	struct flow f;

	compile(&u, NULL,
	    PODS CILIUM_POLICY("shop", "http",
		FROM_A ", toPorts: [{ports: [{port: '80', protocol: TCP}], "
		       "rules: {http: [{method: GET}]}}]}]")
		CILIUM_POLICY("shop", "dns",
		    "endpointSelector: {matchLabels: {app: b}}, "
		    "egress: [{toPorts: [{ports: [{port: '53', protocol: TCP}]"
		    ", rules: {dns: [{matchPattern: '*'}]}}]}]")
		    CILIUM_POLICY("shop", "both",
			"endpointSelector: {matchLabels: {app: b}}, "
			"egress: [{toPorts: [{ports: "
			"[{port: '53', protocol: TCP}], "
			"rules: {http: [{method: GET}]}}]}]"));
	f = flow(&u, "a", "b", IPPROTO_TCP, 80);
	j = judge(&u.pmaps, &f, NULL);
	assert_int_equal(j.end[DIR_INGRESS].state, JUDGE_BROKEN);
	assert_int_equal(j.end[DIR_EGRESS].state, JUDGE_ASKED);
	assert_int_equal(j.verdict, FLOW_UNKNOWN);
	unit_free(&u);
}

static void
test_request(void **state)
{
	static const struct {
		struct request request;
		const char *from;
		unsigned cilium;
		enum flow_verdict verdict;
		enum request_cause cause;
	} rows[] = {
	    {{.method = {"GET", 3}}, "a", CILIUM_1_20, FLOW_ALLOWED,
		REQUEST_BY_RULES},
	    {{.method = {"PUT", 3}}, "a", CILIUM_1_20, FLOW_REFUSED,
		REQUEST_BY_RULES},
	    {{.path = {"/", 1}}, "a", CILIUM_1_20, FLOW_UNKNOWN,
		REQUEST_BY_RULES},
	    {{.method = {"GET", 3}}, "c", CILIUM_1_20, FLOW_DROPPED,
		REQUEST_BY_RULES},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct unit_options opt;
		struct matcher matcher;
		struct unit u;
		struct flow f;
		struct judgement j;

		unit_options_default(&opt);
		opt.ir.cilium.number = opt.schema.cilium = rows[i].cilium;
		compile_clean(&u, &opt, small_world);
		matcher_init(&matcher, &u.perm, &u.scratch);
		f = flow(&u, rows[i].from, "b", IPPROTO_TCP, 80);
		f.request = &rows[i].request;
		j = judge(&u.pmaps, &f, &matcher);
		assert_int_equal(j.verdict, rows[i].verdict);
		assert_int_equal(j.end[DIR_INGRESS].request.cause,
		    rows[i].cause);
		unit_free(&u);
	}
}

/* A node's policy goes by the ipcache; an address that is not in there. */
static void
test_unmapped(void **state)
{
	static const char nodes[] =
	    "---\n{apiVersion: v1, kind: Node, metadata: {name: n1, "
	    "labels: {a: b}}, status: {addresses: "
	    "[{type: InternalIP, address: 10.1.0.1}]}}\n" CLUSTERWIDE_POLICY(
		"host", "nodeSelector: {}, egress: [{toEntities: [world]}]");
	struct unit_options opt;
	struct judgement j;
	const struct endpoint *host;
	struct unit u;
	struct flow f;

	unit_options_default(&opt);
	opt.ir.host_firewall = true;
	compile_clean(&u, &opt, nodes);
	host = world_find_endpoint(&u.world, STR(""), STR("n1"));
	assert_true(!!host);
	f = (struct flow){
	    .from = {.ident = host->ident,
		.class = pmap_class_of_endpoint(&u.pmaps, host),
		.endpoint = host},
	    .to = {.ident = compile_ident(&u, "192.0.2.1"), .unmapped = true},
	    .proto = IPPROTO_TCP,
	    .port = 80,
	};
	j = judge(&u.pmaps, &f, NULL);
	assert_int_equal(j.end[DIR_EGRESS].peer.i, PMAP_NOBODY.i);
	assert_int_equal(j.end[DIR_EGRESS].reason, REASON_POLICY_DENIED);
	f.to.unmapped = false;
	assert_int_equal(judge(&u.pmaps, &f, NULL).verdict, FLOW_ALLOWED);
	unit_free(&u);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_ends),
	    cmocka_unit_test(test_loopback),
	    cmocka_unit_test(test_sctp),
	    cmocka_unit_test(test_broken),
	    cmocka_unit_test(test_request),
	    cmocka_unit_test(test_unmapped),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
