/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Whom a selector selects, by the index and by the evaluator, which must
 * agree on every identity.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>

#include "compile.h"
#include "ident/index.h"
#include "ir/selector.h"

/* More pods than the index asks one by one. */
#define PODS 80

/* Pods app: a0 to a79, of two tiers, every eighth with a label "canary". */
static void
put_pods(struct buf *yaml)
{
	for (int i = 0; i < PODS; i++)
		buf_printf(yaml,
		    "---\n{apiVersion: v1, kind: Pod, metadata: {namespace: "
		    "shop, name: p%d, labels: {app: a%d, tier: %s%s}}}\n",
		    i, i, i % 2 == 0 ? "front" : "back",
		    i % 8 == 0 ? ", canary: 'yes'" : "");
}

/* The selector of the first peer of a policy with these peers in egress. */
static const struct ir_selector *
compile_peer(struct unit *u, struct arena *a, const char *peers)
{
	struct buf yaml;

	buf_init(&yaml, a);
	put_pods(&yaml);
	buf_puts(&yaml,
	    "---\n{apiVersion: cilium.io/v2, kind: CiliumCIDRGroup, metadata: "
	    "{name: g, labels: {env: prod}}, spec: {externalCIDRs: "
	    "[10.1.0.0/16]}}\n"
	    "---\n{apiVersion: cilium.io/v2, kind: CiliumCIDRGroup, metadata: "
	    "{name: h, labels: {env: test}}, spec: {externalCIDRs: "
	    "[10.1.2.0/24]}}\n");
	buf_printf(&yaml,
	    CILIUM_POLICY("shop", "p",
		"endpointSelector: {}, egress: [{%s}, {toCIDR: [10.1.2.3/32, "
		"192.0.2.0/24]}]"),
	    peers);
	compile_clean(u, NULL, buf_as_str(&yaml).s);
	return u->ir.rules.v[0]->peers[0].selector;
}

/* How many identities the index finds; each is one that the evaluator takes. */
static uint32_t
count_selected(struct unit *u, struct arena *a, const struct ir_selector *s)
{
	const struct bitset *set = ident_index_select(u->world.index, a, a, s);

	for (uint32_t i = 0; i < u->world.idents.n; i++) {
		const struct identity *n = &u->world.idents.v[i];

		if (selector_met(&u->ir, s->req, s->nreq, n->labels,
			n->nlabels) != bitset_test(set, i))
			fail_msg("identity %u and {%.*s}", n->id.id,
			    (int)s->text.n, s->text.s);
	}
	return bitset_count(set);
}

#define ENDPOINTS(selector) "toEndpoints: [{" selector "}]"
#define LABELS(labels) ENDPOINTS("matchLabels: {" labels "}")
#define EXPRESSION(rest) ENDPOINTS("matchExpressions: [{" rest "}]")

static void
test_agree(void **state)
{
	static const struct {
		const char *peers;
		uint32_t n;
	} cases[] = {
	    /* Few have these, so they are asked one by one. */
	    {LABELS("app: a7"), 1},
	    {LABELS("app: a7, tier: back"), 1},
	    {LABELS("app: a7, tier: front"), 0},
	    {LABELS("app: nobody"), 0},
	    {EXPRESSION("key: app, operator: In, values: [a1, a2, a3]"), 3},
	    {ENDPOINTS("matchLabels: {tier: front}, matchExpressions: "
		       "[{key: app, operator: In, values: [a1, a2, a4]}]"),
		2},
	    /* Many have these. */
	    {LABELS("tier: front"), 40},
	    {EXPRESSION("key: app, operator: Exists"), 80},
	    {EXPRESSION("key: canary, operator: Exists"), 10},
	    {EXPRESSION("key: canary, operator: DoesNotExist"), 70},
	    {EXPRESSION("key: app, operator: NotIn, values: [a1, a2]"), 78},
	    {EXPRESSION("key: tier, operator: In, values: [front, back]"), 80},
	    /* Sources. */
	    {LABELS("'k8s:app': a7"), 1},
	    {LABELS("'any:app': a7"), 1},
	    {LABELS("'node:app': a7"), 0},
	    {LABELS("'reserved:host': ''"), 1},
	    {"toEntities: [kube-apiserver]", 1},
	    /* Prefixes: by containment, less what is taken out. */
	    {"toCIDR: [10.0.0.0/8]", 4},
	    {"toCIDR: [10.1.2.0/24]", 2},
	    {"toCIDRSet: [{cidr: 10.1.2.0/24, except: [10.1.2.3/32]}]", 1},
	    {"toCIDR: [203.0.113.0/24]", 1},
	    /* Groups: of several around a prefix all values count. */
	    {"toCIDRSet: [{cidrGroupRef: h}]", 2},
	    {"toCIDRSet: [{cidrGroupSelector: {matchLabels: {env: prod}}}]", 3},
	    {"toCIDRSet: [{cidrGroupSelector: {matchExpressions: [{key: env, "
	     "operator: In, values: [test, none]}]}}]",
		2},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct arena a = {0};
		struct unit u;
		const struct ir_selector *s =
		    compile_peer(&u, &a, cases[i].peers);
		uint32_t n = count_selected(&u, &a, s);

		if (n != cases[i].n)
			fail_msg("%s: {%.*s} selects %u", cases[i].peers,
			    (int)s->text.n, s->text.s, n);
		unit_free(&u);
		arena_free(&a);
	}
}

/* All that the compiler makes of these policies. */
static void
test_every_selector(void **state)
{
	struct arena a = {0};
	struct unit u;
	uint32_t all = 0;

	(void)state;
	compile_peer(&u, &a,
	    "toEntities: [cluster, world], toPorts: [{ports: [{port: '80'}]}]");
	VEC_FOREACH (s, &u.ir.selectors)
		all += count_selected(&u, &a, *s);
	assert_true(u.ir.selectors.n > 10);
	assert_true(all > PODS);
	unit_free(&u);
	arena_free(&a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_agree),
	    cmocka_unit_test(test_every_selector),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
