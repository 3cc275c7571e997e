/* SPDX-License-Identifier: Apache-2.0 */

/* The rules that gave the entries of small worlds, line by line. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "compile.h"
#include "cilium/version.h"
#include "pmap/key.h"
#include "pmap/share.h"

#define PODS                           \
	NAMESPACE("shop", "")          \
	POD("shop", "web", "10.0.0.1") \
	POD("shop", "api", "10.0.0.2") POD("shop", "db", "10.0.0.3")
#define FROM(app) "{fromEndpoints: [{matchLabels: {app: " app "}}]"
#define PORTS(ports) ", toPorts: [{ports: [" ports "]}]}"

/*
 * The number, from 0, of the rule that gave the entry of a pod, or of anybody
 * where POD is NULL; -1: it is no policy's.
 */
static int
rule_of(struct unit *u, const char *pod, uint8_t proto, uint8_t bits,
    uint16_t port)
{
	const struct pmap_direction *d =
	    compile_direction(u, "shop/db", DIR_INGRESS);
	const struct pmap_key *key =
	    key_find(d->keys, d->nkeys, proto, bits, port);
	ident_idx_t peer = pod ? compile_ident(u, pod) : PMAP_NOBODY;

	assert_non_null(key);
	for (uint32_t i = 0; i < key->nentries; i++) {
		const struct pmap_entry *e = &key->entries[i];
		const struct pmap_share *s;
		share_vec shares = {0};

		if (pod ? !e->peers || !bitset_test(e->peers, peer.i)
			: !!e->peers)
			continue;
		pmap_shares(&shares, &u->scratch, &u->world, d, key, e);
		for (s = shares.v; s->peers && !bitset_test(s->peers, peer.i);)
			s++;
		return s->rule && s->rule->policy ? (int)s->rule->index : -1;
	}
	fail_msg("no entry");
	return -2;
}

static void
test_merged(void **state)
{
	struct unit u;

	compile_clean(&u, NULL,
	    PODS CILIUM_POLICY("shop", "db",
		"endpointSelector: {matchLabels: {app: db}}, ingress: [" FROM(
		    "api") PORTS("{port: '80', protocol: TCP}") ", " FROM("web")
		    PORTS("{port: '80', protocol: TCP}, "
			  "{port: '8000', endPort: 8007, protocol: "
			  "TCP}") ", " FROM("web")
			PORTS("{port: '80', protocol: TCP}") "]"));
	/* One entry with both; of two rules for web the first counts. */
	assert_int_equal(rule_of(&u, "shop/api", 6, 16, 80), 0);
	assert_int_equal(rule_of(&u, "shop/web", 6, 16, 80), 1);
	assert_int_equal(rule_of(&u, "shop/web", 6, 13, 8000), 1);
	/* The host is let in by Cilium itself. */
	assert_int_equal(rule_of(&u, "host", 0, 0, 0), -1);
	unit_free(&u);
}

/* A rule for a part of a key's ports did not give its entry. */
static void
test_whole_key(void **state)
{
	struct unit u;

	compile_clean(&u, NULL,
	    PODS CILIUM_POLICY("shop", "db",
		"endpointSelector: {matchLabels: {app: db}}, ingress: [" FROM(
		    "web") PORTS("{port: '8000', protocol: TCP}") ", " FROM("we"
									    "b")
		    PORTS("{port: '8000', endPort: 8007, protocol: TCP}") "]"));
	assert_int_equal(rule_of(&u, "shop/web", 6, 13, 8000), 1);
	unit_free(&u);
}

static void
test_deny(void **state)
{
	struct unit u;

	compile_clean(&u, NULL,
	    PODS CILIUM_POLICY("shop", "db",
		"endpointSelector: {matchLabels: {app: db}}, "
		"ingress: [{fromEntities: [all]" PORTS(
		    "{port: '80', protocol: TCP}") "], "
						   "ingressDeny: [" FROM(
						       "web") "}]"));
	assert_int_equal(rule_of(&u, NULL, 6, 16, 80), 0);
	assert_int_equal(rule_of(&u, "shop/web", 0, 0, 0), 1);
	unit_free(&u);
}

/* What one rule requires decides whether another one has given an entry. */
static void
test_required(void **state)
{
	struct unit_options opt;
	struct unit u;

	unit_options_default(&opt);
	opt.ir.cilium.number = opt.schema.cilium = CILIUM_1_18;
	compile(&u, &opt,
	    PODS CILIUM_POLICY("shop", "db",
		"endpointSelector: {matchLabels: {app: db}}, ingress: ["
		"{fromRequires: [{matchLabels: {app: api}}]}, " FROM("api")
		    PORTS("{port: '80', protocol: TCP}") "]"));
	assert_int_equal(rule_of(&u, "shop/api", 6, 16, 80), 1);
	unit_free(&u);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_merged),
	    cmocka_unit_test(test_whole_key),
	    cmocka_unit_test(test_deny),
	    cmocka_unit_test(test_required),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
