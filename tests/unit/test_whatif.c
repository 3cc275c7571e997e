/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Directions with a rule less or more.  That they are what compiling makes of
 * the same rules is up to tests/property/test_compare.c.
 */

#include "pmap/whatif.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "compile.h"

enum {
	TCP = 6,
};

/* WEB lets db in at 80 and 81; db sends DNS, and api HTTP, to port 53. */
static const char yaml[] = POD("shop", "web", "10.0.0.1") POD("shop", "db",
    "10.0.0.2") POD("shop", "api", "10.0.0.3") CILIUM_POLICY("shop", "web",
    "endpointSelector: {matchLabels: {app: web}}, ingress: ["
    "{fromEndpoints: [{matchLabels: {app: db}}], "
    "toPorts: [{ports: [{port: '80', protocol: TCP}]}]}, "
    "{fromEndpoints: [{matchLabels: {app: db}}], "
    "toPorts: [{ports: [{port: '81', protocol: TCP}]}]}]") CILIUM_POLICY("shop",
    "db",
    "endpointSelector: {matchLabels: {app: db}}, egress: ["
    "{toPorts: [{ports: [{port: '53', protocol: TCP}], "
    "rules: {dns: [{matchName: a.example}]}}]}]") CILIUM_POLICY("shop", "api",
    "endpointSelector: {matchLabels: {app: api}}, egress: ["
    "{toPorts: [{ports: [{port: '53', protocol: TCP}], "
    "rules: {http: [{method: GET}]}}]}]");

struct fixture {
	struct arena arena, scratch;
	struct unit unit;
	struct whatif whatif;
};

static int
setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	*state = f;
	compile_clean(&f->unit, NULL, yaml);
	whatif_init(&f->whatif, &f->arena, &f->scratch, &f->unit.pmaps);
	return 0;
}

static int
teardown(void **state)
{
	struct fixture *f = *state;

	unit_free(&f->unit);
	arena_free(&f->scratch);
	arena_free(&f->arena);
	free(f);
	return 0;
}

static const struct pmap_class *
class_of(const struct fixture *f, const char *pod)
{
	return pmap_class_of(&f->unit.pmaps, compile_ident(&f->unit, pod));
}

/* The I-th rule of a pod's direction. */
static const struct ir_rule *
rule_of(const struct fixture *f, const char *pod, enum direction dir,
    uint32_t i)
{
	const struct pmap_direction *d = class_of(f, pod)->direction[dir];

	assert_true(i < d->nrules && d->rules[i].rule->policy);
	return d->rules[i].rule;
}

static enum pmap_verdict
verdict(const struct fixture *f, const struct pmap_direction *d,
    const char *peer, uint16_t port)
{
	assert_non_null(d);
	return pmap_lookup(d, compile_ident(&f->unit, peer), TCP, port).verdict;
}

static void
test_without(void **state)
{
	struct fixture *f = *state;
	const struct pmap_class *web = class_of(f, "shop/web");
	const struct pmap_direction *d = whatif_without(&f->whatif, &f->arena,
	    web, DIR_INGRESS, rule_of(f, "shop/web", DIR_INGRESS, 0));

	assert_int_equal(verdict(f, d, "shop/db", 80), PMAP_NO_MATCH);
	assert_int_equal(verdict(f, d, "shop/db", 81), PMAP_ALLOWED);
	/* The maps are what they were. */
	d = web->direction[DIR_INGRESS];
	assert_int_equal(verdict(f, d, "shop/db", 80), PMAP_ALLOWED);
}

/* Without its only rule a direction is not enforced any more. */
static void
test_without_the_last(void **state)
{
	struct fixture *f = *state;
	const struct pmap_class *db = class_of(f, "shop/db");
	const struct pmap_direction *d;

	assert_true(db->direction[DIR_EGRESS]->enforced);
	d = whatif_without(&f->whatif, &f->arena, db, DIR_EGRESS,
	    rule_of(f, "shop/db", DIR_EGRESS, 0));
	assert_false(d->enforced);
	assert_int_equal(verdict(f, d, "shop/web", 5432), PMAP_ALLOWED);
}

static void
test_with(void **state)
{
	struct fixture *f = *state;
	const struct pmap_direction *d =
	    whatif_with(&f->whatif, &f->arena, class_of(f, "shop/api"),
		DIR_INGRESS, rule_of(f, "shop/web", DIR_INGRESS, 1));

	assert_true(d->default_deny);
	assert_int_equal(verdict(f, d, "shop/db", 81), PMAP_ALLOWED);
	assert_int_equal(verdict(f, d, "shop/db", 80), PMAP_NO_MATCH);
}

/* Redirects keep the numbers that they have in the maps. */
static void
test_redirects(void **state)
{
	struct fixture *f = *state;
	size_t n = f->unit.pmaps.redirects.n;
	const struct pmap_class *web = class_of(f, "shop/web");
	const struct ir_rule *http = rule_of(f, "shop/api", DIR_EGRESS, 0);
	struct pmap_result r;

	assert_int_equal(n, 3); /* none, one for each parser */
	r = pmap_lookup(class_of(f, "shop/api")->direction[DIR_EGRESS],
	    compile_ident(&f->unit, "shop/web"), TCP, 53);
	assert_int_equal(pmap_lookup(whatif_with(&f->whatif, &f->arena, web,
					 DIR_EGRESS, http),
			     compile_ident(&f->unit, "shop/db"), TCP, 53)
			     .value.redirect,
	    r.value.redirect);
	assert_int_equal(f->whatif.redirects.n, n);
	/* One of the other direction is new, and is not added to the maps. */
	r = pmap_lookup(whatif_with(&f->whatif, &f->arena, web, DIR_INGRESS,
			    http),
	    compile_ident(&f->unit, "shop/db"), TCP, 53);
	assert_int_equal(r.value.redirect, n);
	assert_true(str_is(f->whatif.redirects.v[n].name, "http"));
	assert_int_equal(f->unit.pmaps.redirects.n, n);
}

static void
test_conflict(void **state)
{
	struct fixture *f = *state;
	const struct pmap_class *db = class_of(f, "shop/db");
	const struct ir_rule *http = rule_of(f, "shop/api", DIR_EGRESS, 0);

	assert_null(whatif_with(&f->whatif, &f->arena, db, DIR_EGRESS, http));
	assert_string_equal(f->whatif.error,
	    "cannot merge conflicting L7 parsers (dns/http)");
	assert_non_null(
	    whatif_rules(&f->whatif, &f->arena, db, DIR_EGRESS, &http, 1));
	assert_null(f->whatif.error);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(test_without, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_without_the_last, setup,
		teardown),
	    cmocka_unit_test_setup_teardown(test_with, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_redirects, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_conflict, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
