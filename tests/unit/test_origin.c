/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Which line gave an identity each of its labels.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "compile.h"
#include "flow/origin.h"
#include "ident/labels.h"

/* "label: origin[, line]\n" for each origin. */
static const char *
print(struct unit *u, const struct origin_subject *of)
{
	label_origins origins = {0};
	struct buf b;

	origins_find(&origins, &u->perm, &u->world, &u->objects, of);
	buf_init(&b, &u->perm);
	VEC_FOREACH (o, &origins) {
		struct str label = label_print(&u->perm, u->atoms, o->label);

		buf_printf(&b, STR_FMT ": %s", STR_ARG(label), o->text);
		if (o->at.source != 0)
			buf_printf(&b, ", line %u",
			    source_place(&u->sources, o->at).line);
		buf_putc(&b, '\n');
	}
	return buf_as_str(&b).s;
}

static void
test_pod(void **state)
{
	struct origin_subject of;
	struct unit u;

	compile_clean(&u, NULL,
	    NAMESPACE("shop", "team: red") POD("shop", "a", "10.0.0.1"));
	of = (struct origin_subject){
	    .endpoint = world_find_endpoint(&u.world, STR("shop"), STR("a"))};
	of.ident = of.endpoint->ident;
	assert_string_equal(print(&u, &of),
	    "k8s:app=a: label of the pod, line 4\n"
	    "k8s:io.cilium.k8s.namespace.labels.kubernetes.io/metadata.name="
	    "shop: set by the API server on every namespace\n"
	    "k8s:io.cilium.k8s.namespace.labels.team=red: "
	    "label of the namespace, line 2\n"
	    "k8s:io.cilium.k8s.policy.cluster=default: name of the cluster\n"
	    "k8s:io.kubernetes.pod.namespace=shop: "
	    "namespace of the pod, line 4\n");
	unit_free(&u);
}

/* A prefix in two rules, one in a group, and an address in none. */
static void
test_address(void **state)
{
	static const char yaml[] =
	    POD("shop", "a", "10.0.0.1") CILIUM_POLICY("shop", "one",
		"endpointSelector: {}, egress: [{toCIDR: [192.0.2.0/24]}]")
		CILIUM_POLICY("shop", "two",
		    "endpointSelector: {}, ingress: "
		    "[{fromCIDR: [192.0.2.0/24]}]");
	static const struct {
		const char *ip, *origins;
	} rows[] = {
	    {"192.0.2.7",
		"cidr:192.0.2.0/24: a rule names the prefix, line 4\n"
		"cidr:192.0.2.0/24: a rule names the prefix, line 6\n"
		"reserved:world-ipv4: outside the cluster\n"},
	    {"198.51.100.1", "reserved:world-ipv4: outside the cluster\n"},
	};
	struct unit u;

	compile_clean(&u, NULL, yaml);
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct ip ip;
		struct origin_subject of = {
		    .ident = compile_ident(&u, rows[i].ip),
		    .ip = &ip,
		};

		assert_true(ip_parse(str_of(rows[i].ip), &ip));
		assert_string_equal(print(&u, &of), rows[i].origins);
	}
	unit_free(&u);
}

static void
test_reserved(void **state)
{
	struct origin_subject of = {0};
	struct unit u;

	compile_clean(&u, NULL, POD("shop", "a", "10.0.0.1"));
	of.ident = compile_ident(&u, "health");
	assert_string_equal(print(&u, &of),
	    "reserved:health: reserved identity\n");
	unit_free(&u);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_pod),
	    cmocka_unit_test(test_address),
	    cmocka_unit_test(test_reserved),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
