/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Which rule an explanation names, what gave the verdict, and the rules of the
 * proxy.  test_trace.c has the roles of rules.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "cilium/proto.h"
#include "compile.h"
#include "flow/explain.h"

#define TO_B "endpointSelector: {matchLabels: {app: b}}"
#define FROM_A "fromEndpoints: [{matchLabels: {app: a}}]"
#define PODS POD("shop", "a", "10.0.0.1") POD("shop", "b", "10.0.0.2")

/* Explains the ingress of shop/b from FROM on PORT of TCP. */
static struct explanation
ask(struct unit *u, const struct unit_options *opt, const char *yaml,
    const char *from, uint16_t port)
{
	struct explanation x = {0};
	const struct endpoint *b;
	struct judgement j;
	struct flow f;

	compile_clean(u, opt, yaml);
	b = world_find_endpoint(&u->world, STR("shop"), STR("b"));
	f = (struct flow){
	    .from = {.ident = compile_ident(u, from)},
	    .to = {.ident = b->ident,
		.class = pmap_class_of_endpoint(&u->pmaps, b),
		.endpoint = b},
	    .proto = IPPROTO_TCP,
	    .port = port,
	};
	j = judge(&u->pmaps, &f, NULL);
	assert_int_equal(j.end[DIR_INGRESS].state, JUDGE_ASKED);
	explain(&x, &u->perm, &u->pmaps, &f, &j.end[DIR_INGRESS], NULL);
	return x;
}

static void
test_causes(void **state)
{
	static const struct {
		const char *yaml, *from;
		enum pmap_enforcement enforcement;
		enum explain_cause cause;
		const char *decider; /* the policy; NULL: none of the user's */
	} rows[] = {
	    {PODS, "shop/a", PMAP_ENFORCE_DEFAULT, CAUSE_NO_POLICY, NULL},
	    {PODS, "shop/a", PMAP_ENFORCE_ALWAYS, CAUSE_FORCE, NULL},
	    {PODS CILIUM_POLICY("shop", "allow",
		 TO_B ", ingress: [{" FROM_A "}]"),
		"shop/a", PMAP_ENFORCE_DEFAULT, CAUSE_RULE, "allow"},
	    {PODS CILIUM_POLICY("shop", "allow",
		 TO_B ", ingress: [{" FROM_A "}]"),
		"192.0.2.1", PMAP_ENFORCE_DEFAULT, CAUSE_DEFAULT_DENY, NULL},
	    {PODS CILIUM_POLICY("shop", "allow",
		 TO_B ", ingress: [{" FROM_A "}]"),
		"host", PMAP_ENFORCE_DEFAULT, CAUSE_LOCAL_HOST, NULL},
	    {PODS CILIUM_POLICY("shop", "allow",
		 TO_B ", ingress: [{" FROM_A "}]") CILIUM_POLICY("shop", "not",
		 TO_B ", ingressDeny: [{" FROM_A "}]"),
		"shop/a", PMAP_ENFORCE_DEFAULT, CAUSE_RULE, "not"},
	    {PODS CILIUM_POLICY("shop", "watch",
		 TO_B ", enableDefaultDeny: {ingress: false}, "
		      "ingress: [{" FROM_A "}]"),
		"192.0.2.1", PMAP_ENFORCE_DEFAULT, CAUSE_DEFAULT_ALLOW, NULL},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct unit_options opt;
		struct unit u;
		struct explanation x;
		const struct ir_rule *r;

		unit_options_default(&opt);
		opt.pmap.enforcement = rows[i].enforcement;
		x = ask(&u, &opt, rows[i].yaml, rows[i].from, 80);
		r = x.decider ? x.decider->rule->rule : NULL;
		assert_int_equal(x.cause, rows[i].cause);
		assert_int_equal(r && r->policy, !!rows[i].decider);
		if (rows[i].decider)
			assert_string_equal(r->policy->object->name.s,
			    rows[i].decider);
		assert_int_equal(x.tries.n, 0);
		unit_free(&u);
	}
}

static void
test_proxy(void **state)
{
	struct unit u;
	struct explanation x = ask(&u, NULL,
	    PODS CILIUM_POLICY("shop", "http",
		TO_B ", ingress: [{" FROM_A ", toPorts: [{ports: [{port: '80', "
		     "protocol: TCP}], rules: {http: [{method: GET}, "
		     "{path: /x}]}}]}]"),
	    "shop/a", 80);

	assert_int_equal(x.parser, IR_PARSER_HTTP);
	assert_int_equal(x.tries.n, 2);
	assert_string_equal(x.tries.v[0].rule->http->method.v.s, "GET");
	assert_string_equal(x.tries.v[1].rule->http->path.v.s, "/x");
	/* No request was said: nothing keeps one from matching. */
	assert_int_equal(x.tries.v[0].match.why, REQUEST_MATCHES);
	unit_free(&u);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_causes),
	    cmocka_unit_test(test_proxy),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
