/* SPDX-License-Identifier: Apache-2.0 */

/*
 * The nodes of a cluster: where they are found, and their addresses.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "compile.h"

#define NODE(name, labels, addresses)                              \
	"---\n{apiVersion: v1, kind: Node, metadata: {name: " name \
	", labels: {" labels "}}, status: {addresses: [" addresses "]}}\n"
#define CILIUM_NODE(name, labels, spec)                                \
	"---\n{apiVersion: cilium.io/v2, kind: CiliumNode, metadata: " \
	"{name: " name ", labels: {" labels "}}, spec: {" spec "}}\n"
#define HOST_POD(name, node, ip)                                       \
	"---\n{apiVersion: v1, kind: Pod, metadata: {namespace: ops, " \
	"name: " name "}, spec: {hostNetwork: true" node "}, "         \
	"status: {podIP: " ip "}}\n"
#define ADDRESS(type, ip) "{type: " type ", address: '" ip "'}"
#define CILIUM_ADDRESS(type, ip) "{type: " type ", ip: '" ip "'}"

/* "a 10.0.0.1 fd00::1 pool=x", a line each; a '*' after the local one. */
static const char *
print_nodes(struct unit *u)
{
	char text[CIDR_STRLEN];
	struct buf b;

	buf_init(&b, &u->perm);
	buf_puts(&b, "");
	VEC_FOREACH (n, &u->world.nodes) {
		buf_str(&b, n->name);
		buf_puts(&b, n->local ? "*" : "");
		VEC_FOREACH (ip, &n->ips)
			buf_printf(&b, " %s", ip_print(ip, text));
		for (uint32_t i = 0; n->labels && i < n->labels->n; i++)
			buf_printf(&b, " %s=%s", n->labels->v[i].key.s,
			    n->labels->v[i].value.s);
		buf_putc(&b, '\n');
	}
	return buf_as_str(&b).s;
}

static void
test_found(void **state)
{
	static const struct {
		const char *yaml, *want;
	} cases[] = {
	    {POD("shop", "web", "10.1.0.1"), ""},
	    {NODE("b", "pool: x", ADDRESS("InternalIP", "10.0.0.2"))
		    NODE("a", "", ""),
		"a\nb 10.0.0.2 pool=x\n"},
	    /* Names are no addresses. */
	    {NODE("a", "",
		 ADDRESS("Hostname", "10.0.0.9") ", " ADDRESS("ExternalIP",
		     "192.0.2.1") ", " ADDRESS("InternalDNS", "a.local")),
		"a 192.0.2.1\n"},
	    /* The Node describes it, whatever comes first. */
	    {CILIUM_NODE("a", "pool: z",
		 "addresses: [" CILIUM_ADDRESS("CiliumInternalIP",
		     "10.0.0.3") ", " CILIUM_ADDRESS("InternalIP",
		     "10.0.0.1") "]")
		    NODE("a", "pool: x", ADDRESS("InternalIP", "10.0.0.1")),
		"a 10.0.0.1 10.0.0.3 pool=x\n"},
	    /* Pods of the host network have its addresses. */
	    {HOST_POD("p", ", nodeName: a", "10.0.0.1") HOST_POD("q",
		 ", nodeName: a", "10.0.0.1") HOST_POD("r", "", "10.0.0.7"),
		" 10.0.0.7\na 10.0.0.1\n"},
	    /* Who has an address first keeps it. */
	    {NODE("a", "", ADDRESS("InternalIP", "10.0.0.1"))
		    NODE("b", "", ADDRESS("InternalIP", "10.0.0.1"))
			HOST_POD("p", ", nodeName: b", "10.0.0.1"),
		"a 10.0.0.1\nb\n"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		const char *got;
		struct unit u;

		compile(&u, NULL, cases[i].yaml);
		got = print_nodes(&u);
		if (strcmp(got, cases[i].want) != 0)
			fail_msg("case %zu:\n%s", i, got);
		unit_free(&u);
	}
}

#define TWO                                               \
	NODE("a1", "", ADDRESS("InternalIP", "10.0.0.1")) \
	NODE("a2", "", ADDRESS("InternalIP", "10.0.0.2"))

/* The view of a node: its addresses are the host's. */
static void
test_local(void **state)
{
	struct unit_options opt;
	struct unit u;

	(void)state;
	unit_options_default(&opt);
	opt.ir.node = STR("a2");
	compile_clean(&u, &opt, TWO);
	assert_string_equal(print_nodes(&u), "a1 10.0.0.1\na2* 10.0.0.2\n");
	assert_int_equal(compile_ident(&u, "10.0.0.2").i,
	    compile_ident(&u, "host").i);
	assert_int_equal(compile_ident(&u, "10.0.0.1").i,
	    compile_ident(&u, "remote-node").i);
	unit_free(&u);
}

static void
test_unknown(void **state)
{
	struct unit_options opt;
	struct unit u;

	(void)state;
	unit_options_default(&opt);
	opt.ir.node = STR("a3");
	compile(&u, &opt, TWO);
	assert_true(diag_failed(&u.sink));
	assert_int_equal(u.sink.v.n, 1);
	assert_int_equal(u.sink.v.v[0]->notes.n, 1);
	unit_free(&u);
}

static void
test_bad_address(void **state)
{
	struct unit u;

	(void)state;
	compile(&u, NULL,
	    NODE("a", "",
		ADDRESS("InternalIP", "10.0.0.256") ", " ADDRESS("InternalIP",
		    "10.0.0.1")));
	assert_string_equal(print_nodes(&u), "a 10.0.0.1\n");
	assert_int_equal(u.sink.v.n, 1);
	unit_free(&u);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_found),
	    cmocka_unit_test(test_local),
	    cmocka_unit_test(test_unknown),
	    cmocka_unit_test(test_bad_address),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
