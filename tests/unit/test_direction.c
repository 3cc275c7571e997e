/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Which rules make up a direction and which ones Cilium adds
 * (semantics.md 9.1, 9.2), and when two pods share one.
 */

#include "cilium/version.h"
#include "pmap/direction.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "compile.h"
#include "pmap/redirect.h"

#define WEB "endpointSelector: {matchLabels: {app: web}}, "
#define DB "endpointSelector: {matchLabels: {app: db}}, "

static const char pods[] =
    POD("shop", "web", "10.0.0.1") POD("shop", "db", "10.0.0.2");

/* "deny of web, allow of none", with "none" for a rule that Cilium adds. */
static const char *
print_rules(struct arena *a, const struct pmap_direction *d)
{
	struct buf out;

	buf_init(&out, a);
	for (uint32_t i = 0; i < d->nrules; i++) {
		const struct ir_rule *r = d->rules[i].rule;

		buf_printf(&out, "%s%s of " STR_FMT, i > 0 ? ", " : "",
		    ir_verdict_name(r->verdict),
		    STR_ARG(r->policy ? r->policy->object->name : STR("none")));
	}
	return buf_as_str(&out).s;
}

static const struct {
	const char *what, *policies;
	enum pmap_enforcement enforcement;
	bool policy_only; /* the host is not let in */
	bool enforced, default_deny;
	const char *rules;
} cases[] = {
    {"no policy: everybody", "", PMAP_ENFORCE_DEFAULT, false, false, false,
	"allow of none"},
    {"a policy: its peers and the host",
	CILIUM_POLICY("shop", "a", WEB "ingress: [{fromEndpoints: [{}]}]"),
	PMAP_ENFORCE_DEFAULT, false, true, true, "allow of a, allow of none"},
    {"without the host",
	CILIUM_POLICY("shop", "a", WEB "ingress: [{fromEndpoints: [{}]}]"),
	PMAP_ENFORCE_DEFAULT, true, true, true, "allow of a"},
    {"a policy that does not deny by default: everybody",
	CILIUM_POLICY("shop", "a",
	    WEB "enableDefaultDeny: {ingress: false}, "
		"ingressDeny: [{fromEndpoints: [{}]}]"),
	PMAP_ENFORCE_DEFAULT, false, true, false, "deny of a, allow of none"},
    {"always enforced", "", PMAP_ENFORCE_ALWAYS, false, true, true, ""},
    {"never enforced",
	CILIUM_POLICY("shop", "a", WEB "ingress: [{fromEndpoints: [{}]}]"),
	PMAP_ENFORCE_NEVER, false, false, false, "allow of none"},
    {"cluster-wide rules first",
	CILIUM_POLICY("shop", "a", WEB "ingressDeny: [{}]")
	    CLUSTERWIDE_POLICY("b", WEB "ingress: [{}]"),
	PMAP_ENFORCE_DEFAULT, true, true, true, "allow of b, deny of a"},
};

static void
test_rules(void **state)
{
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		const struct pmap_direction *d;
		struct unit_options opt;
		struct arena a = {0};
		struct unit u;

		unit_options_default(&opt);
		opt.pmap.enforcement = cases[i].enforcement;
		opt.pmap.allow_localhost = !cases[i].policy_only;
		compile_clean(&u, &opt,
		    arena_printf(&a, "%s%s", pods, cases[i].policies));
		d = compile_direction(&u, "shop/web", DIR_INGRESS);
		if (strcmp(print_rules(&a, d), cases[i].rules) != 0)
			fail_msg("%s: %s", cases[i].what, print_rules(&a, d));
		assert_int_equal(d->enforced, cases[i].enforced);
		assert_int_equal(d->default_deny, cases[i].default_deny);
		unit_free(&u);
		arena_free(&a);
	}
}

static void
test_versions(void **state)
{
	static const unsigned versions[] = {CILIUM_1_18, CILIUM_1_19};

	for (size_t i = 0; i < sizeof(versions) / sizeof(*versions); i++) {
		struct unit_options opt;
		struct unit u;

		unit_options_default(&opt);
		opt.ir.cilium.number = versions[i];
		compile_clean(&u, &opt, pods);
		assert_int_equal(compile_direction(&u, "shop/web", DIR_INGRESS)
				     ->by_precedence,
		    versions[i] >= CILIUM_1_19);
		unit_free(&u);
	}
}

/* One direction for all pods that the same rules select. */
static void
test_shared(void **state)
{
	struct unit u;

	compile_clean(&u, NULL,
	    POD("shop", "web", "10.0.0.1") POD("shop", "db", "10.0.0.2")
		CILIUM_POLICY("shop", "a",
		    "endpointSelector: {}, ingress: [{}]")
		    CILIUM_POLICY("shop", "b", DB "egress: [{}]"));
	assert_ptr_equal(compile_direction(&u, "shop/web", DIR_INGRESS),
	    compile_direction(&u, "shop/db", DIR_INGRESS));
	assert_ptr_not_equal(compile_direction(&u, "shop/web", DIR_EGRESS),
	    compile_direction(&u, "shop/db", DIR_EGRESS));
	unit_free(&u);
}

/*
 * A draft has numbers of its own for redirects; what is built of it has those
 * that it is given.
 */
static void
test_draft(void **state)
{
	struct arena a = {0}, scratch = {0};
	const uint16_t number[] = {0, 7};
	struct direction_input in;
	struct direction_draft draft;
	const struct pmap_direction *d;
	struct pmap_result r;
	struct unit u;

	compile_clean(&u, NULL,
	    POD("shop", "web", "10.0.0.1") POD("shop", "db", "10.0.0.2")
		CILIUM_POLICY("shop", "a",
		    WEB "ingress: [{toPorts: [{ports: [{port: '80', "
			"protocol: TCP}], rules: {http: [{}]}}]}]"));
	in = direction_input_of(&u.pmaps,
	    world_find_endpoint(&u.world, STR("shop"), STR("web")),
	    DIR_INGRESS);
	in.rules = (const struct ir_rule *const *)u.ir.rules.v;
	in.nrules = (uint32_t)u.ir.rules.n;
	direction_resolve(&draft, &a, &scratch, &u.pmaps, &in);
	assert_non_null(draft.direction);
	assert_int_equal(draft.filters.redirects.n, 2);
	direction_keep(&draft, &a);
	arena_reset(&scratch);
	d = direction_build(&draft, &a, &scratch, &u.pmaps, number);
	arena_free(&scratch);
	r = pmap_lookup(d, compile_ident(&u, "shop/db"), 6, 80);
	assert_int_equal(r.verdict, PMAP_REDIRECTED);
	assert_int_equal(r.value.redirect, 7);
	assert_int_equal(d->selector_policies[0].redirect, 7);
	unit_free(&u);
	arena_free(&a);
}

/* Lists are joined in order, and what both have has one number. */
static void
test_redirects_join(void **state)
{
	const struct pmap_redirect http = {STR("http"), DIR_INGRESS},
				   out = {STR("http"), DIR_EGRESS},
				   dns = {STR("dns"), DIR_EGRESS};
	struct arena a = {0};
	redirect_vec list = {0}, from = {0};
	const uint16_t *number;

	assert_int_equal(redirect_number(&list, &a, &http), 1);
	assert_int_equal(redirect_number(&list, &a, &dns), 2);
	assert_int_equal(redirect_number(&from, &a, &out), 1);
	assert_int_equal(redirect_number(&from, &a, &dns), 2);
	assert_int_equal(redirect_number(&from, &a, &out), 1);
	number = redirects_join(&list, &a, &from);
	assert_int_equal(number[0], 0);
	assert_int_equal(number[1], 3);
	assert_int_equal(number[2], 2);
	assert_int_equal(list.n, 4);
	arena_free(&a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_rules),
	    cmocka_unit_test(test_versions),
	    cmocka_unit_test(test_shared),
	    cmocka_unit_test(test_draft),
	    cmocka_unit_test(test_redirects_join),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
