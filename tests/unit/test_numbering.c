/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Which number each label set gets, from all who have a say: Cilium, the
 * cluster, a lock, and the order of what is left.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "compile.h"

#define IDENTITY(id, labels)                                               \
	"---\n{apiVersion: cilium.io/v2, kind: CiliumIdentity, metadata: " \
	"{name: '" id "'}, security-labels: {" labels "}}\n"
#define LABELS(ns, app)                                                   \
	"'k8s:app': " app ", 'k8s:io.kubernetes.pod.namespace': " ns ", " \
	"'k8s:io.cilium.k8s.policy.cluster': default, "                   \
	"'k8s:io.cilium.k8s.namespace.labels.kubernetes.io/"              \
	"metadata.name': " ns
#define CIDRS(list)                          \
	CILIUM_POLICY("shop", "p",           \
	    "endpointSelector: {}, egress: " \
	    "[{toCIDR: [" list "]}]")

/* The number of a pod "ns/name", of an address or of a reserved name. */
static uint32_t
number_of(const struct unit *u, const char *name)
{
	return world_identity(&u->world, compile_ident(u, name))->id.id;
}

static void
test_reserved(void **state)
{
	static const struct {
		const char *name;
		uint32_t id;
	} cases[] = {
	    {"host", 1},
	    {"unmanaged", 3},
	    {"health", 4},
	    {"init", 5},
	    {"remote-node", 6},
	    {"kube-apiserver", 7},
	    {"ingress", 8},
	    {"world-ipv4", 9},
	    {"world-ipv6", 10},
	};
	struct unit u;

	(void)state;
	compile_clean(&u, NULL, POD("shop", "web", "10.0.0.1"));
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
		assert_int_equal(number_of(&u, cases[i].name), cases[i].id);
	unit_free(&u);
}

struct want {
	const char *name; /* NULL: no more */
	uint32_t id;
};

static void
test_order(void **state)
{
	static const struct {
		const char *yaml;
		struct want want[4];
	} cases[] = {
	    /* By the text of the labels, whatever the order of the pods. */
	    {POD("shop", "web", "10.0.0.1") POD("shop", "api", "10.0.0.2")
		    POD("pay", "web", "10.0.0.3"),
		{{"shop/api", 256}, {"pay/web", 257}, {"shop/web", 258}}},
	    /* What the cluster says counts, and others pass over it. */
	    {POD("shop", "web", "10.0.0.1") POD("shop", "api", "10.0.0.2")
		    POD("shop", "db", "10.0.0.3")
			IDENTITY("256", LABELS("shop", "web"))
			    IDENTITY("258", LABELS("shop", "gone")),
		{{"shop/web", 256}, {"shop/api", 257}, {"shop/db", 259}}},
	    /* Prefixes: IPv4 first, then by address, then by length. */
	    {POD("shop", "web", "10.0.0.1") CIDRS("'fd00::/8', "
						  "192.0.2.0/24, "
						  "192.0.2.0/25, "
						  "10.9.0.0/16"),
		{{"10.9.0.1", 16777217}, {"192.0.2.200", 16777218},
		    {"192.0.2.1", 16777219}, {"fd00::1", 16777220}}},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct unit u;

		compile_clean(&u, NULL, cases[i].yaml);
		for (int k = 0; k < 4 && cases[i].want[k].name; k++) {
			const struct want *w = &cases[i].want[k];

			if (number_of(&u, w->name) != w->id)
				fail_msg("case %zu: %s has %u", i, w->name,
				    number_of(&u, w->name));
		}
		unit_free(&u);
	}
}

/* Two for one number, and two numbers for one. */
static void
test_contradictions(void **state)
{
	static const struct {
		const char *yaml;
		size_t nfindings;
		uint32_t id; /* of shop/web */
	} cases[] = {
	    {IDENTITY("300", LABELS("shop", "web")), 0, 300},
	    {IDENTITY("300", LABELS("shop", "web"))
		    IDENTITY("0300", LABELS("shop", "web")),
		0, 300},
	    {IDENTITY("300", LABELS("shop", "web"))
		    IDENTITY("0300", LABELS("shop", "api")),
		1, 300},
	    {IDENTITY("300", LABELS("shop", "web"))
		    IDENTITY("301", LABELS("shop", "web")),
		1, 300},
	    {IDENTITY("255", LABELS("shop", "web")), 1, 256},
	    {IDENTITY("16777216", LABELS("shop", "web")), 1, 256},
	    {IDENTITY("x", LABELS("shop", "web")), 1, 256},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct arena a = {0};
		struct unit u;

		compile(&u, NULL,
		    arena_printf(&a, "%s%s", cases[i].yaml,
			POD("shop", "web", "10.0.0.1")));
		if (u.sink.v.n != cases[i].nfindings)
			fail_msg("case %zu: %s", i, compile_findings(&u));
		assert_int_equal(number_of(&u, "shop/web"), cases[i].id);
		unit_free(&u);
		arena_free(&a);
	}
}

#define DNS_POD                                                                \
	"---\n{apiVersion: v1, kind: Pod, metadata: {namespace: kube-system, " \
	"name: dns, labels: {k8s-app: kube-dns}}, spec: {serviceAccountName: " \
	"coredns, containers: [{name: c}]}, status: {podIP: 10.0.0.1}}\n"

/* With the label that names the namespace, which the filter lets pass. */
static void
test_well_known(void **state)
{
	struct unit_options opt;
	struct unit u;

	(void)state;
	unit_options_default(&opt);
	compile_clean(&u, &opt, DNS_POD);
	assert_int_equal(number_of(&u, "kube-system/dns"), 256);
	unit_free(&u);
	opt.ir.well_known = true;
	compile_clean(&u, &opt, DNS_POD);
	assert_int_equal(number_of(&u, "kube-system/dns"), 112);
	unit_free(&u);
	/* What the cluster says comes first. */
	compile_clean(&u, &opt,
	    DNS_POD IDENTITY("400",
		"'k8s:k8s-app': kube-dns, "
		"'k8s:io.cilium.k8s.policy.serviceaccount': coredns, "
		"'k8s:io.kubernetes.pod.namespace': kube-system, "
		"'k8s:io.cilium.k8s.policy.cluster': default, "
		"'k8s:io.cilium.k8s.namespace.labels.kubernetes.io/"
		"metadata.name': kube-system"));
	assert_int_equal(number_of(&u, "kube-system/dns"), 400);
	unit_free(&u);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_reserved),
	    cmocka_unit_test(test_order),
	    cmocka_unit_test(test_contradictions),
	    cmocka_unit_test(test_well_known),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
