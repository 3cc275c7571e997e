/* SPDX-License-Identifier: Apache-2.0 */

/*
 * What policies name: Services, by name and by label, and the backends that
 * the snapshot lists for them.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "compile.h"
#include "ir/refs.h"

#define SERVICE(ns, name, labels, spec)                                  \
	"---\n{apiVersion: v1, kind: Service, metadata: {namespace: " ns \
	", name: " name ", labels: {" labels "}}, spec: {" spec "}}\n"
#define ENDPOINTS(ns, name, subsets)                                       \
	"---\n{apiVersion: v1, kind: Endpoints, metadata: {namespace: " ns \
	", name: " name "}, subsets: [" subsets "]}\n"
#define SLICE(ns, name, of, type, rest)                                       \
	"---\n{apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, "        \
	"metadata: {namespace: " ns ", name: " name                           \
	", labels: {kubernetes.io/service-name: " of "}}, addressType: " type \
	", " rest "}\n"

/* "10.0.0.1:80/web 10.0.0.2" of a Service; "nothing" if none is known. */
static const char *
print_backends(struct unit *u, const char *ns, const char *name)
{
	const struct ref_service *s =
	    refs_service(u->ir.refs, &u->perm, str_of(ns), str_of(name));
	char text[CIDR_STRLEN];
	struct buf b;

	if (!s)
		return "nothing";
	buf_init(&b, &u->perm);
	buf_puts(&b, s->listed ? "" : "unlisted");
	VEC_FOREACH (x, &s->backends) {
		buf_printf(&b, "%s%s", b.n > 0 ? " " : "",
		    ip_print(&x->ip, text));
		for (uint32_t i = 0; i < x->nports; i++)
			buf_printf(&b, ":%u/%s", (unsigned)x->ports[i].port.v,
			    x->ports[i].name.v.s);
	}
	return buf_as_str(&b).s;
}

static void
test_backends(void **state)
{
	static const struct {
		const char *yaml, *want, *findings;
	} cases[] = {
	    {"---\n{}\n", "nothing", ""},
	    {SERVICE("shop", "db", "", ""), "unlisted", ""},
	    {ENDPOINTS("shop", "db", ""), "", ""},
	    {ENDPOINTS("other", "db", ""), "nothing", ""},
	    {ENDPOINTS("shop", "db",
		 "{addresses: [{ip: 10.0.0.1}, {ip: 10.0.0.2}], ports: "
		 "[{name: sql, port: 5432}]}, {addresses: [{ip: 10.0.0.3}]}"),
		"10.0.0.1:5432/sql 10.0.0.2:5432/sql 10.0.0.3", ""},
	    {SLICE("shop", "db-1", "db", "IPv4",
		 "endpoints: [{addresses: [10.0.0.1, 10.0.0.2]}], ports: "
		 "[{name: sql, port: 5432}, {name: web, port: 80}]"),
		"10.0.0.1:5432/sql:80/web 10.0.0.2:5432/sql:80/web", ""},
	    {SLICE("shop", "a", "db", "IPv4",
		 "endpoints: [{addresses: [10.0.0.1]}]") SLICE("shop", "b",
		 "db", "IPv6", "endpoints: [{addresses: ['fd00::1']}]"),
		"10.0.0.1 fd00::1", ""},
	    /* Who is not ready takes traffic only while serving. */
	    {SLICE("shop", "a", "db", "IPv4",
		 "endpoints: [{addresses: [10.0.0.1], conditions: {}}, "
		 "{addresses: [10.0.0.2], conditions: {ready: true}}, "
		 "{addresses: [10.0.0.3], conditions: {ready: false}}, "
		 "{addresses: [10.0.0.4], conditions: {ready: false, serving: "
		 "true}}, {addresses: [10.0.0.5], conditions: {ready: false, "
		 "serving: false}}]"),
		"10.0.0.1 10.0.0.2 10.0.0.4", ""},
	    /* Names are no addresses, but somebody lists the backends. */
	    {SLICE("shop", "a", "db", "FQDN",
		 "endpoints: [{addresses: [db.example.com]}]"),
		"", ""},
	    {SLICE("shop", "a", "other", "IPv4",
		 "endpoints: [{addresses: [10.0.0.1]}]"),
		"nothing", ""},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		const char *got;
		struct unit u;

		compile(&u, NULL, cases[i].yaml);
		got = print_backends(&u, "shop", "db");
		if (strcmp(got, cases[i].want) != 0)
			fail_msg("case %zu: %s", i, got);
		assert_string_equal(compile_findings(&u), cases[i].findings);
		unit_free(&u);
	}
}

#define SERVICES                                                            \
	SERVICE("shop", "db", "app: db, tier: back", "selector: {app: db}") \
	SERVICE("shop", "cache", "app: cache, tier: back",                  \
	    "selector: {app: cache}")                                       \
	SERVICE("pay", "db", "app: db", "selector: {app: pay-db}")          \
	SERVICE("pay", "outside", "app: db",                                \
	    "type: ExternalName, externalName: x.org")

/* The selectors of what an item of toServices names, one a line. */
static const char *
print_peers(struct unit *u, const char *item)
{
	struct arena a = {0};
	struct buf b;

	compile(u, NULL,
	    arena_printf(&a,
		SERVICES CILIUM_POLICY("shop", "p",
		    "endpointSelector: {}, egress: [{toServices: [{%s}]}]"),
		item));
	arena_free(&a);
	buf_init(&b, &u->perm);
	buf_puts(&b, "");
	for (uint32_t i = 0; i < u->ir.rules.v[0]->npeers; i++) {
		buf_str(&b, u->ir.rules.v[0]->peers[i].selector->text);
		buf_putc(&b, '\n');
	}
	return buf_as_str(&b).s;
}

#define PEER(ns, app)                                               \
	"k8s:app=" app ",k8s:io.cilium.k8s.policy.cluster=default," \
	"k8s:io.kubernetes.pod.namespace=" ns "\n"
#define BY_NAME(rest) "k8sService: {serviceName: " rest "}"
#define BY_LABEL(selector, rest) \
	"k8sServiceSelector: {selector: {" selector "}" rest "}"
#define EXPRESSION(rest) "matchExpressions: [{" rest "}]"

static void
test_match(void **state)
{
	static const struct {
		const char *item, *want;
	} cases[] = {
	    {BY_NAME("db, namespace: shop"), PEER("shop", "db")},
	    {BY_NAME("db"), PEER("shop", "db") PEER("pay", "pay-db")},
	    {BY_NAME("db, namespace: nowhere"), ""},
	    {BY_NAME("outside, namespace: pay"), ""},
	    {BY_LABEL("matchLabels: {app: db}", ""),
		PEER("shop", "db") PEER("pay", "pay-db")},
	    {BY_LABEL("matchLabels: {app: db}", ", namespace: pay"),
		PEER("pay", "pay-db")},
	    {BY_LABEL("matchLabels: {app: db, tier: back}", ""),
		PEER("shop", "db")},
	    {BY_LABEL("matchLabels: {app: db, tier: front}", ""), ""},
	    /* Labels of Services have no source. */
	    {BY_LABEL("matchLabels: {'k8s:app': cache}", ""),
		PEER("shop", "cache")},
	    {BY_LABEL("matchLabels: {'reserved:app': cache}", ""),
		PEER("shop", "cache")},
	    {BY_LABEL(EXPRESSION("key: tier, operator: Exists"), ""),
		PEER("shop", "db") PEER("shop", "cache")},
	    {BY_LABEL(EXPRESSION("key: tier, operator: DoesNotExist"), ""),
		PEER("pay", "pay-db")},
	    {BY_LABEL(EXPRESSION("key: app, operator: In, values: "
				 "[cache, none]"),
		 ""),
		PEER("shop", "cache")},
	    {BY_LABEL(EXPRESSION("key: tier, operator: NotIn, values: [back]"),
		 ""),
		PEER("pay", "pay-db")},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct unit u;
		const char *got = print_peers(&u, cases[i].item);

		if (strcmp(got, cases[i].want) != 0)
			fail_msg("%s:\n%s", cases[i].item, got);
		unit_free(&u);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_backends),
	    cmocka_unit_test(test_match),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
