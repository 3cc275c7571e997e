/* SPDX-License-Identifier: Apache-2.0 */

/*
 * The lock of identities, written and read again.
 */

#include "bundle/lock.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <err.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include "driver/unit.h"

#define POD(name)                                           \
	"apiVersion: v1\nkind: Pod\nmetadata: {name: " name \
	", namespace: shop, labels: {app: " name "}}\n---\n"
#define OUT(cidr)                                           \
	"apiVersion: networking.k8s.io/v1\n"                \
	"kind: NetworkPolicy\n"                             \
	"metadata: {name: out, namespace: shop}\n"          \
	"spec: {podSelector: {}, egress: [{to: [{ipBlock: " \
	"{cidr: " cidr "}}]}]}\n---\n"

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
	int fd = memfd_create("lock", MFD_CLOEXEC);
	struct unit_options opt;
	const char *input;
	struct str text, copy;
	struct unit u;

	if (fd < 0 || write(fd, yaml.s, yaml.n) != (ssize_t)yaml.n)
		err(4, "memfd");
	input = arena_printf(a, "/proc/self/fd/%d", fd);
	unit_options_default(&opt);
	opt.inputs = &input;
	opt.ninputs = 1;
	unit_init(&u, &opt);
	unit_run(&u);
	close(fd);
	assert_int_equal(u.sink.v.n, 0);
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
	    {POD("b") POD("d") OUT("11.0.0.0/8"),
		HEAD LINE("256", "b", "") LINE("257", "d", "")
		    CIDR("16777217", "11.0.0.0/8", "")},
	    /* newcomers get what is free */
	    {POD("a") POD("b") POD("d") OUT("10.0.0.0/8"),
		HEAD LINE("256", "b", "") LINE("257", "d", "")
		    LINE("258", "a", "") CIDR("16777217", "11.0.0.0/8", UNUSED)
			CIDR("16777218", "10.0.0.0/8", "")},
	    /* those who have gone keep theirs */
	    {POD("a") POD("e"),
		HEAD LINE("256", "b", UNUSED) LINE("257", "d", UNUSED)
		    LINE("258", "a", "") LINE("259", "e", "")
			CIDR("16777217", "11.0.0.0/8", UNUSED)
			    CIDR("16777218", "10.0.0.0/8", UNUSED)},
	    {POD("d") OUT("11.0.0.0/8"),
		HEAD LINE("256", "b", UNUSED) LINE("257", "d", "")
		    LINE("258", "a", UNUSED) LINE("259", "e", UNUSED)
			CIDR("16777217", "11.0.0.0/8", "")
			    CIDR("16777218", "10.0.0.0/8", UNUSED)},
	};
	struct arena a = {0};
	struct str lock = STR("");

	for (size_t i = 0; i < sizeof(runs) / sizeof(*runs); i++) {
		lock = lock_of(&a,
		    str_of(arena_printf(&a, "%s%s", runs[i].yaml, lock.s)));
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
