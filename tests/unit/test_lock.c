/* SPDX-License-Identifier: Apache-2.0 */

/*
 * The lock of identities, written and read again.
 */

#include "ident/lock_text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "compile.h"

/* A pod of the namespace shop, and a policy that names a prefix. */
#define IN_SHOP(name) POD("shop", name, "''")
#define OUT(cidr)                     \
	NETWORK_POLICY("shop", "out", \
	    "podSelector: {}, "       \
	    "egress: [{to: [{ipBlock: {cidr: " cidr "}}]}]")

#define HEAD                                           \
	"# Written by cnpc compile --identity-lock.\n" \
	"apiVersion: cnpc.io/v1alpha1\n"               \
	"kind: IdentityLock\n"                         \
	"metadata: {name: identities}\n"               \
	"identities:\n"
#define LINE(id, name, unused)                                     \
	"- {\"id\":" id ",\"labels\":[\"k8s:app=" name             \
	"\",\"k8s:io.cilium.k8s.namespace.labels.kubernetes.io/"   \
	"metadata.name=shop\",\"k8s:io.cilium.k8s.policy.cluster=" \
	"default\",\"k8s:io.kubernetes.pod.namespace=shop\"]" unused "}\n"
#define CIDR(id, cidr, unused)                      \
	"- {\"id\":" id ",\"labels\":[\"cidr:" cidr \
	"\",\"reserved:world-ipv4\"]" unused "}\n"
#define UNUSED ",\"unused\":true"

/* The lock that is written after a run over YAML. */
static struct str
lock_of(struct arena *a, struct str yaml)
{
	struct str text, copy;
	struct unit u;

	compile(&u, NULL, yaml.s);
	assert_string_equal(compile_findings(&u), "");
	text = identity_lock_text(a, &u.world, &u.objects);
	copy = (struct str){arena_dup(a, text.s, text.n), text.n};
	unit_free(&u);
	return copy;
}

/* Each run reads what the one before it has written. */
static void
test_runs(void **state)
{
	static const struct {
		const char *yaml, *lock;
	} runs[] = {
	    {IN_SHOP("b") IN_SHOP("d") OUT("11.0.0.0/8"),
		HEAD LINE("256", "b", "") LINE("257", "d", "")
		    CIDR("16777217", "11.0.0.0/8", "")},
	    /* newcomers get what is free */
	    {IN_SHOP("a") IN_SHOP("b") IN_SHOP("d") OUT("10.0.0.0/8"),
		HEAD LINE("256", "b", "") LINE("257", "d", "")
		    LINE("258", "a", "") CIDR("16777217", "11.0.0.0/8", UNUSED)
			CIDR("16777218", "10.0.0.0/8", "")},
	    /* those who have gone keep theirs */
	    {IN_SHOP("a") IN_SHOP("e"),
		HEAD LINE("256", "b", UNUSED) LINE("257", "d", UNUSED)
		    LINE("258", "a", "") LINE("259", "e", "")
			CIDR("16777217", "11.0.0.0/8", UNUSED)
			    CIDR("16777218", "10.0.0.0/8", UNUSED)},
	    {IN_SHOP("d") OUT("11.0.0.0/8"),
		HEAD LINE("256", "b", UNUSED) LINE("257", "d", "")
		    LINE("258", "a", UNUSED) LINE("259", "e", UNUSED)
			CIDR("16777217", "11.0.0.0/8", "")
			    CIDR("16777218", "10.0.0.0/8", UNUSED)},
	};
	struct arena a = {0};
	struct str lock = STR("");

	for (size_t i = 0; i < sizeof(runs) / sizeof(*runs); i++) {
		lock = lock_of(&a,
		    str_of(
			arena_printf(&a, "%s---\n%s", runs[i].yaml, lock.s)));
		assert_string_equal(lock.s, runs[i].lock);
	}
	arena_free(&a);
}

static void
test_empty(void **state)
{
	struct arena a = {0};
	struct str lock = lock_of(&a, STR("{}\n"));

	assert_string_equal(lock.s, HEAD "  []\n");
	assert_string_equal(lock_of(&a, lock).s, lock.s);
	arena_free(&a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_runs),
	    cmocka_unit_test(test_empty),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
