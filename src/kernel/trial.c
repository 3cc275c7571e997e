/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Frames for each probe, and what should come out of them.
 *
 * A frame is made once for a host and then only patched, because there may be
 * millions of runs.
 */
#include "kernel/trial.h"

#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include <linux/if_ether.h>
#include <linux/ip.h>
#include <linux/ipv6.h>

#include "cilium/proto.h"
#include "cnpc_abi.h"
#include "kernel/run.h"

#define L4_SIZE 20 /* the largest header: TCP without options */

/* A frame and where its variable parts are. */
struct frame {
	uint8_t family; /* enum ip_family */
	uint8_t bytes[ETH_HLEN + sizeof(struct ipv6hdr) + L4_SIZE];
	size_t size;
	size_t source, destination; /* addresses */
	size_t proto;
	size_t l4;
};

static void
frame_init(struct frame *f, uint8_t family)
{
	uint8_t *ip = f->bytes + ETH_HLEN;
	size_t ip_size =
	    family == IP_V4 ? sizeof(struct iphdr) : sizeof(struct ipv6hdr);

	*f = (struct frame){
	    .family = family,
	    .size = ETH_HLEN + ip_size + L4_SIZE,
	    .l4 = ETH_HLEN + ip_size,
	};
	f->bytes[ETH_HLEN - 2] = family == IP_V4 ? 0x08 : 0x86;
	f->bytes[ETH_HLEN - 1] = family == IP_V4 ? 0x00 : 0xdd;
	if (family == IP_V4) {
		ip[0] = 0x45;
		ip[offsetof(struct iphdr, tot_len) + 1] =
		    sizeof(struct iphdr) + L4_SIZE;
		ip[offsetof(struct iphdr, ttl)] = 64;
		f->source = ETH_HLEN + offsetof(struct iphdr, saddr);
		f->destination = ETH_HLEN + offsetof(struct iphdr, daddr);
		f->proto = ETH_HLEN + offsetof(struct iphdr, protocol);
	} else {
		ip[0] = 0x60;
		ip[offsetof(struct ipv6hdr, payload_len) + 1] = L4_SIZE;
		ip[offsetof(struct ipv6hdr, hop_limit)] = 64;
		f->source = ETH_HLEN + offsetof(struct ipv6hdr, saddr);
		f->destination = ETH_HLEN + offsetof(struct ipv6hdr, daddr);
		f->proto = ETH_HLEN + offsetof(struct ipv6hdr, nexthdr);
	}
}

static void
set_addresses(struct frame *f, enum direction dir,
    const struct test_host *local, const struct test_host *remote)
{
	const struct test_host *from = dir == DIR_EGRESS ? local : remote;
	const struct test_host *to = dir == DIR_EGRESS ? remote : local;
	size_t size = ip_width(f->family) / 8;

	memcpy(f->bytes + f->source, from->addr[f->family - 1].addr, size);
	memcpy(f->bytes + f->destination, to->addr[f->family - 1].addr, size);
}

static void
set_probe(struct frame *f, struct probe p)
{
	uint8_t *l4 = f->bytes + f->l4;
	bool icmp = proto_is_icmp(p.proto);

	f->bytes[f->proto] = p.proto;
	memset(l4, 0, 4);
	if (icmp) {
		l4[0] = (uint8_t)p.port;
	} else {
		l4[2] = (uint8_t)(p.port >> 8);
		l4[3] = (uint8_t)p.port;
	}
}

/* What the programs should leave in skb->cb, and the mark. */
static struct kernel_seen
expected(const struct trial *t, enum direction dir, const struct frame *f,
    const struct test_host *remote, struct probe p)
{
	struct verdict v = {.reason = CNPC_FAMILY_OFF};
	struct kernel_seen want = {0};

	if (t->open[dir]) {
		want.passed = true;
		return want;
	}
	if (t->family[f->family - 1]) {
		v = t->expect(t->arg, dir, remote->id, p.proto, p.port);
		want.remote = remote->id;
		want.local = t->local->id;
		want.l4 = (uint32_t)p.proto << 16 | p.port;
	}
	want.reason = v.reason;
	want.passed = v.reason < CNPC_DROPPED;
	want.proxy_port = v.proxy_port;
	if (v.reason == CNPC_REDIRECTED)
		want.mark =
		    CNPC_MARK_PROXY | (uint32_t)htons(v.proxy_port) << 16;
	return want;
}

static const char *
describe(struct arena *a, const struct frame *f, enum direction dir,
    const struct test_host *remote, struct probe p,
    const struct kernel_seen *got, const struct kernel_seen *want)
{
	return arena_printf(a,
	    "%s, IPv%d, peer %u, protocol %u, port %u: the kernel says \"%s\" "
	    "(%s, peer %u, endpoint %u, proxy %u, mark %#x), expected is "
	    "\"%s\" (%s, peer %u, endpoint %u, proxy %u, mark %#x)",
	    direction_name(dir), f->family == IP_V4 ? 4 : 6, remote->id,
	    p.proto, p.port, verdict_name((uint8_t)got->reason),
	    got->passed ? "passed" : "cut", got->remote, got->local,
	    got->proxy_port, got->mark, verdict_name((uint8_t)want->reason),
	    want->passed ? "passed" : "cut", want->remote, want->local,
	    want->proxy_port, want->mark);
}

static int
try_probe(struct trial_tally *tally, struct arena *a, const struct trial *t,
    enum direction dir, struct frame *f, const struct test_host *remote,
    struct probe p)
{
	struct kernel_seen want = expected(t, dir, f, remote, p), got;
	struct str bytes = {(const char *)f->bytes, f->size};
	int error;

	set_probe(f, p);
	error = kernel_run(t->policy, dir, bytes, &got);
	if (error)
		return error;
	tally->runs++;
	if (got.passed != want.passed || got.reason != want.reason ||
	    got.remote != want.remote || got.local != want.local ||
	    got.proxy_port != want.proxy_port || got.l4 != want.l4 ||
	    got.mark != want.mark) {
		tally->wrong++;
		if (!tally->first)
			tally->first =
			    describe(a, f, dir, remote, p, &got, &want);
	}
	return 0;
}

static int
try_family(struct trial_tally *tally, struct arena *a, const struct trial *t,
    enum direction dir, uint8_t family, const struct test_host *remote,
    const struct probes *probes)
{
	/* Nothing is looked at, so one packet shows as much as all. */
	bool once = t->open[dir] || !t->family[family - 1];
	struct frame f;
	int error = 0;

	if (remote->addr[family - 1].family == 0)
		return 0;
	frame_init(&f, family);
	set_addresses(&f, dir, t->local, remote);
	VEC_FOREACH (p, &probes->list) {
		if (!probe_fits(*p, family))
			continue;
		error = try_probe(tally, a, t, dir, &f, remote, *p);
		if (error || once)
			break;
	}
	return error;
}

int
trial_host(struct trial_tally *tally, struct arena *a, const struct trial *t,
    enum direction dir, const struct test_host *remote,
    const struct probes *probes)
{
	int error = 0;

	for (uint8_t family = IP_V4; family <= IP_V6 && !error; family++)
		error = try_family(tally, a, t, dir, family, remote, probes);
	return error;
}

/* By direction, then identity, then as in the table. */
static int
compare_owner(const void *a, const void *b)
{
	const struct policy_record *x = a, *y = b;

	if (x->dir != y->dir)
		return x->dir < y->dir ? -1 : 1;
	if (x->id != y->id)
		return x->id < y->id ? -1 : 1;
	return policy_record_compare(x, y);
}

/* How many of the N entries from V on belong to one identity. */
static uint32_t
count_own(const struct policy_record *v, uint32_t n, uint32_t id)
{
	uint32_t own = 0;

	while (own < n && v[own].id == id)
		own++;
	return own;
}

/* A direction's N entries, sorted by identity. */
static int
try_direction(struct trial_tally *tally, struct arena *a, const struct trial *t,
    enum direction dir, const struct testnet *net,
    const struct policy_record *v, uint32_t n, const uint32_t *others,
    uint32_t nothers)
{
	uint32_t any = count_own(v, n, 0), own;
	struct probes probes = {0};
	int error = 0;

	probes_add_common(&probes, a);
	probes_add_entries(&probes, a, v, any);
	for (uint32_t i = 0; i < nothers && !error; i++)
		error = trial_host(tally, a, t, dir,
		    testnet_host(net, others[i]), &probes);
	for (uint32_t i = 0; i < net->nunmapped && !error; i++)
		error =
		    trial_host(tally, a, t, dir, &net->unmapped[i], &probes);
	for (uint32_t i = any; i < n && !error; i += own) {
		own = count_own(v + i, n - i, v[i].id);
		probes.list.n = 0;
		probes_add_entries(&probes, a, v, any);
		probes_add_entries(&probes, a, v + i, own);
		error = trial_host(tally, a, t, dir, testnet_host(net, v[i].id),
		    &probes);
	}
	return error;
}

int
trial_table(struct trial_tally *tally, struct arena *a, const struct trial *t,
    const struct testnet *net, const struct policy_table *table,
    const uint32_t *others, uint32_t nothers)
{
	struct policy_record *v =
	    ARENA_ARRAY(a, struct policy_record, table->n);
	uint32_t ingress = 0;
	int error;

	if (table->n > 0)
		memcpy(v, table->v, table->n * sizeof(*v));
	qsort(v, table->n, sizeof(*v), compare_owner);
	while (ingress < table->n && v[ingress].dir == DIR_INGRESS)
		ingress++;
	error = try_direction(tally, a, t, DIR_INGRESS, net, v, ingress, others,
	    nothers);
	if (!error)
		error = try_direction(tally, a, t, DIR_EGRESS, net, v + ingress,
		    table->n - ingress, others, nothers);
	return error;
}
