/* SPDX-License-Identifier: Apache-2.0 */

/*
 * What filters make of the egress rules of one policy: which rules are merged
 * and which are left out (semantics.md 10.3, 10.5, 10.7).
 */

#include "pmap/filter.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "cilium/proto.h"
#include "compile.h"
#include "pmap/levels.h"

#define DB "toEndpoints: [{matchLabels: {app: db}}]"
#define WEB "toEndpoints: [{matchLabels: {app: web}}]"
#define TCP(port) "toPorts: [{ports: [{port: '" port "', protocol: TCP}]}]"
#define RANGE(port, end)                                           \
	"toPorts: [{ports: [{port: '" port "', endPort: " end ", " \
	"protocol: TCP}]}]"
#define HTTP(port)                                                \
	"toPorts: [{ports: [{port: '" port "', protocol: TCP}], " \
	"rules: {http: [{method: GET}]}}]"
#define LISTENER(port, name, priority)                                 \
	"toPorts: [{ports: [{port: '" port "', protocol: TCP}], "      \
	"listener: {envoyConfig: {kind: CiliumEnvoyConfig, name: c}, " \
	"name: " name ", priority: " priority "}}]"

static const struct {
	const char *what, *rules, *want;
} cases[] = {
    {"one rule", "{" DB ", " TCP("80") "}", "tcp 80/16 db allow; "},
    {"every port", "{" DB "}", "any 0/0 db allow; "},
    {"a range", "{" DB ", " RANGE("80", "88") "}",
	"tcp 80/13 db allow; tcp 88/16 db allow; "},
    {"nobody", "{toEndpoints: [{matchLabels: {app: x}}], " TCP("80") "}", ""},
    {"two selectors", "{" DB ", " TCP("80") "}, {" WEB ", " TCP("80") "}",
	"tcp 80/16 db allow; tcp 80/16 web allow; "},
    {"one selector twice", "{" DB ", " TCP("80") "}, {" DB ", " TCP("80") "}",
	"tcp 80/16 db allow; "},
    {"a proxy is merged into a plain rule",
	"{" DB ", " TCP("80") "}, {" DB ", " HTTP("80") "}",
	"tcp 80/16 db http; "},
    {"but not for another selector",
	"{" WEB ", " TCP("80") "}, {" DB ", " HTTP("80") "}",
	"tcp 80/16 web allow; tcp 80/16 db http; "},
    {"nor at another port", "{" DB ", " TCP("81") "}, {" DB ", " HTTP("80") "}",
	"tcp 80/16 db http; tcp 81/16 db allow; "},
    {"the listener with the lower priority",
	"{" DB ", " LISTENER("80", "one", "20") "}, "
						"{" DB ", " LISTENER("80",
						    "two", "10") "}",
	"tcp 80/16 db crd:shop/c/two; "},
    {"what the wildcard says is left out",
	"{" DB ", " TCP("80") "}, {" TCP("80") "}",
	"tcp 80/16 * allow; tcp 80/16 aggregates allow; "},
    {"but not where it says something else",
	"{" DB ", " HTTP("80") "}, {" TCP("80") "}",
	"tcp 80/16 * allow; tcp 80/16 aggregates allow; tcp 80/16 db http; "},
    {"nor for every port", "{" DB "}, {toEntities: [all]}",
	"any 0/0 * allow; any 0/0 aggregates allow; any 0/0 db allow; "},
    {"a port name of the peers", "{" DB ", " TCP("db-port") "}",
	"tcp 8080/16 db allow; "},
    {"a port name that they do not have", "{" DB ", " TCP("other") "}", ""},
    {"two listeners of one priority",
	"{" DB ", " LISTENER("80", "one", "10") "}, "
						"{" DB ", " LISTENER("80",
						    "two", "10") "}",
	"cannot merge two listeners of one priority"},
};

struct fixture {
	struct arena arena;
	struct unit unit;
	struct filter_output out;
};

/* The egress rules of the only policy, of pod web; all are of one level. */
static const char *
resolve(struct fixture *f, const char *rules)
{
	const struct bitset *required[2] = {NULL, NULL};
	struct filter_input in = {.dir = DIR_EGRESS,
	    .ns = STR("shop"),
	    .default_deny = true,
	    .required = required};
	VEC(struct pmap_rule) ranked = {0};

	f->out = (struct filter_output){0};
	compile(&f->unit, NULL,
	    arena_printf(&f->arena,
		"{apiVersion: v1, kind: Pod, metadata: {namespace: shop, "
		"name: db, labels: {app: db}}, spec: {containers: [{name: c, "
		"ports: [{name: db-port, containerPort: 8080}]}]}, "
		"status: {podIP: 10.0.0.1}}\n" POD("shop", "web", "10.0.0.2")
		    CILIUM_POLICY("shop", "web",
			"endpointSelector: {matchLabels: {app: web}}, "
			"egress: [%s]"),
		rules));
	VEC_FOREACH (r, &f->unit.ir.rules)
		*vec_push(&ranked, &f->arena) = (struct pmap_rule){.rule = *r};
	if (ranked.n == 0)
		fail_msg("no rule: %s", compile_findings(&f->unit));
	assert_true(levels_assign(ranked.v, (uint32_t)ranked.n));
	in.rules = ranked.v;
	in.nrules = (uint32_t)ranked.n;
	in.subject =
	    world_find_endpoint(&f->unit.world, STR("shop"), STR("web"));
	assert_non_null(in.subject);
	return filters_resolve(&f->out, &f->arena, &f->arena, &f->unit.pmaps,
	    &in);
}

static void
print_candidate(struct buf *out, const struct fixture *f,
    const struct candidate *c)
{
	static const char *const pods[] = {"web", "db"};

	buf_printf(out, "%s %u/%u ", proto_name(c->key.proto),
	    c->key.prefix.port, c->key.prefix.bits);
	if (!c->peers)
		buf_puts(out, "* ");
	else if (c->peers == f->unit.world.aggregates->all)
		buf_puts(out, "aggregates ");
	for (size_t i = 0; c->peers && i < sizeof(pods) / sizeof(*pods); i++) {
		const char *name = arena_printf(out->arena, "shop/%s", pods[i]);

		if (bitset_test(c->peers, compile_ident(&f->unit, name).i))
			buf_printf(out, "%s ", pods[i]);
	}
	if (c->value.redirect != 0)
		buf_printf(out, STR_FMT "; ",
		    STR_ARG(f->out.redirects.v[c->value.redirect].name));
	else
		buf_puts(out, c->value.deny ? "deny; " : "allow; ");
}

static void
test_cases(void **state)
{
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct fixture f = {0};
		const char *error = resolve(&f, cases[i].rules);
		struct buf got;

		buf_init(&got, &f.arena);
		VEC_FOREACH (c, &f.out.candidates)
			print_candidate(&got, &f, c);
		if (!error)
			error = buf_as_str(&got).s;
		if (strcmp(error, cases[i].want) != 0)
			fail_msg("%s: %s", cases[i].what, error);
		unit_free(&f.unit);
		arena_free(&f.arena);
	}
}

/* Redirects are numbered by first use, whatever else is wrong. */
static void
test_redirects(void **state)
{
	struct fixture f = {0};

	assert_null(resolve(&f,
	    "{" DB ", " LISTENER("81", "one",
		"10") "}, "
		      "{" DB ", " HTTP("80") "}, {" WEB ", " HTTP("82") "}"));
	assert_int_equal(f.out.redirects.n, 3);
	assert_true(str_is(f.out.redirects.v[1].name, "http"));
	assert_true(str_is(f.out.redirects.v[2].name, "crd:shop/c/one"));
	unit_free(&f.unit);
	assert_non_null(resolve(&f,
	    "{" DB ", " LISTENER("80", "one",
		"10") "}, "
		      "{" DB ", " LISTENER("80", "two", "10") "}, "
							      "{" DB ", " HTTP(
								  "81") "}"));
	assert_int_equal(f.out.redirects.n, 3);
	unit_free(&f.unit);
	assert_null(resolve(&f, "{" DB ", " TCP("80") "}"));
	assert_int_equal(f.out.redirects.n, 0);
	unit_free(&f.unit);
	arena_free(&f.arena);
}

/* Names are listed with their numbers, unless they have none. */
static void
test_names(void **state)
{
	struct fixture f = {0};

	assert_null(resolve(&f,
	    "{" DB ", " TCP("db-port") "}, {" DB ", " TCP("other") "}"));
	assert_int_equal(f.out.names.n, 1);
	assert_int_equal(f.out.names.v[0].port, 8080);
	unit_free(&f.unit);
	arena_free(&f.arena);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_cases),
	    cmocka_unit_test(test_redirects),
	    cmocka_unit_test(test_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
