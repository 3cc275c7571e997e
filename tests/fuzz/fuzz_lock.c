/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Locks of identities: each pair of bytes is a line of one, a number and the
 * labels that have it.  Where no line contradicts another, the lock that is
 * written holds all of them, and a run with it writes it again as it is.
 */

#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "driver/unit.h"
#include "ident/lock_text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define POD(name, app)                                                        \
	"{apiVersion: v1, kind: Pod, metadata: {namespace: shop, name: " name \
	", labels: {app: " app "}}, spec: {containers: "                      \
	"[{name: c}]}}\n---\n"

static const char cluster[] = POD("a", "a") POD("b", "b") POD("c",
    "c") "{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: "
	 "{namespace: shop, name: out}, spec: {podSelector: {}, egress: [{to: "
	 "[{ipBlock: {cidr: 10.0.0.0/8, except: [10.1.0.0/16]}}]}]}}\n---\n";

static const char *const labels[] = {
    "\"k8s:app=a\", \"k8s:io.kubernetes.pod.namespace=shop\", "
    "\"k8s:io.cilium.k8s.policy.cluster=default\"",
    "\"k8s:app=b\", \"k8s:io.kubernetes.pod.namespace=shop\", "
    "\"k8s:io.cilium.k8s.policy.cluster=default\"",
    "\"k8s:app=gone\"",
    "\"cidr:10.0.0.0/8\", \"reserved:world-ipv4\"",
    "\"cidr:10.1.0.0/16\", \"reserved:world-ipv4\"",
    "\"cidr:10.2.0.0/16\", \"reserved:world-ipv4\"",
    "\"reserved:remote-node\", \"k8s:a=b\"",
    "",
    "\"x\"",
    "\"reserved:health\"",
};

static const uint32_t firsts[] = {0, 1, 255, 256, 65535, 16777216, 33554432,
    4294967295};

/* The lock that a run over the cluster and LOCK writes; "" after an error. */
static struct str
lock_after(struct arena *a, struct str lock)
{
	struct str text = {0};
	struct unit_options opt;
	struct unit u;
	struct buf b;

	unit_options_default(&opt);
	opt.jobs = 1;
	unit_init(&u, &opt);
	buf_init(&b, &u.perm);
	buf_puts(&b, cluster);
	buf_str(&b, lock);
	unit_add_source(&u, "/nowhere/in.yaml", buf_as_str(&b));
	unit_run(&u, PASS_BIT(IDENT));
	if (unit_ran(&u, PASS_IDENT) && !diag_failed(&u.sink)) {
		text = identity_lock_text(&u.perm, &u.world, &u.objects);
		text.s = arena_dup(a, text.s, text.n);
	}
	unit_free(&u);
	return text;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena a = {0};
	struct str first, second;
	struct buf lock;

	buf_init(&lock, &a);
	buf_puts(&lock,
	    "apiVersion: cnpc.io/v1alpha1\nkind: IdentityLock\n"
	    "metadata: {name: identities}\nidentities:\n");
	for (size_t i = 0; i + 1 < size && i < 64; i += 2) {
		uint32_t number = firsts[data[i] % 8] + data[i] / 8;

		buf_printf(&lock, "- {id: %u, labels: [%s]}\n", number,
		    labels[data[i + 1] % (sizeof(labels) / sizeof(*labels))]);
	}
	first = lock_after(&a, buf_as_str(&lock));
	if (first.n > 0) {
		second = lock_after(&a, first);
		assert(str_eq(first, second));
	}
	arena_free(&a);
	return 0;
}
