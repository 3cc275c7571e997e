/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Frames for each probe, and what should come out of them.
 */
#include "kernel/trial.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include <arpa/inet.h>

#include <linux/if_ether.h>
#include <linux/pkt_cls.h>

#include "cilium/proto.h"
#include "cnpc_abi.h"
#include "kernel/frame.h"
#include "kernel/packet.h"

/* How much of a frame that came out wrong is printed. */
#define FRAME_SHOWN 160

/* What the policy says of a packet that could be read. */
static struct verdict
decide(const struct trial *t, enum direction dir,
    const struct test_host *remote, const struct packet_read *p)
{
	struct verdict v;

	if (p->reason != CNPC_ALLOWED || p->frag_needed)
		return (struct verdict){.reason = p->reason};
	v = t->expect(t->arg, dir, remote->id, p->proto, p->port);
	if (v.reason == CNPC_NO_ENTRY && p->later_fragment)
		v.reason = CNPC_FRAGMENT;
	return v;
}

static struct kernel_seen
expected(const struct trial *t, enum direction dir,
    const struct test_host *remote, struct str frame)
{
	struct kernel_seen want = {.action = TC_ACT_UNSPEC, .mark = RUN_MARK};
	struct packet_read p;
	struct verdict v;

	if (t->open[dir])
		return want;
	p = packet_read(frame, t->family);
	v = decide(t, dir, remote, &p);
	if (p.addressed) {
		want.remote = remote->id;
		want.local = t->local->id;
	}
	want.l4 = (uint32_t)p.proto << 16 | p.port;
	want.reason = v.reason;
	want.proxy_port = v.proxy_port;
	if (v.reason >= CNPC_DROPPED)
		want.action = TC_ACT_SHOT;
	if (v.reason == CNPC_REDIRECTED)
		want.mark =
		    CNPC_MARK_PROXY | (uint32_t)htons(v.proxy_port) << 16;
	return want;
}

static const char *
action_name(int32_t action)
{
	switch (action) {
	case TC_ACT_UNSPEC:
		return "passed";
	case TC_ACT_SHOT:
		return "cut";
	}
	return "neither passed nor cut";
}

static const char *
describe_seen(struct arena *a, const struct kernel_seen *s)
{
	return arena_printf(a,
	    "\"%s\" (%s, peer %u, endpoint %u, protocol and port %#x, proxy "
	    "%u, mark %#x%s)",
	    verdict_name((uint8_t)s->reason), action_name(s->action), s->remote,
	    s->local, s->l4, s->proxy_port, s->mark,
	    s->touched ? ", changed" : "");
}

static const char *
describe(struct arena *a, enum direction dir, const struct test_host *remote,
    struct str frame, const struct kernel_seen *got,
    const struct kernel_seen *want)
{
	struct buf hex;

	buf_init(&hex, a);
	for (size_t i = 2 * ETH_ALEN; i < frame.n && i < FRAME_SHOWN; i++)
		buf_printf(&hex, "%02x", (uint8_t)frame.s[i]);
	return arena_printf(a,
	    "%s, peer %u, frame of %zu bytes, ...%s: the kernel says %s, "
	    "expected is %s",
	    direction_name(dir), remote->id, frame.n, buf_as_str(&hex).s,
	    describe_seen(a, got), describe_seen(a, want));
}

static bool
seen_equal(const struct kernel_seen *x, const struct kernel_seen *y)
{
	return x->action == y->action && x->reason == y->reason &&
	    x->remote == y->remote && x->local == y->local &&
	    x->proxy_port == y->proxy_port && x->l4 == y->l4 &&
	    x->mark == y->mark && x->touched == y->touched;
}

int
trial_frame(struct trial_tally *tally, struct arena *a, const struct trial *t,
    enum direction dir, const struct test_host *remote, struct str frame)
{
	struct kernel_seen want = expected(t, dir, remote, frame), got;
	int error = kernel_run(t->policy, dir, frame, &got);

	if (error)
		return error;
	tally->runs++;
	tally->counted[dir][want.reason]++;
	if (!seen_equal(&got, &want)) {
		tally->wrong++;
		if (!tally->first)
			tally->first =
			    describe(a, dir, remote, frame, &got, &want);
	}
	return 0;
}

int
trial_begin(struct trial_tally *tally, const struct trial *t, uint64_t start)
{
	int error = kernel_counts_set(t->policy, start);

	/* What the counters have, so that their gain can be added. */
	return error ? error : kernel_counts_get(t->policy, tally->counted);
}

/* A counter that has GOT and should have WANT. */
static void
miscounted(struct trial_tally *tally, struct arena *a, int dir, int reason,
    uint64_t got, uint64_t want)
{
	tally->wrong++;
	if (!tally->first)
		tally->first = arena_printf(a,
		    "%s, \"%s\": the program's counter has %#" PRIx64
		    ", expected is %#" PRIx64,
		    direction_name((enum direction)dir),
		    verdict_name((uint8_t)reason), got, want);
}

int
trial_end(struct trial_tally *tally, struct arena *a, const struct trial *t)
{
	kernel_counts got;
	int error = kernel_counts_get(t->policy, got);

	for (int dir = 0; dir < 2 && !error; dir++) {
		for (int i = 0; i < CNPC_REASONS; i++) {
			if (got[dir][i] != tally->counted[dir][i])
				miscounted(tally, a, dir, i, got[dir][i],
				    tally->counted[dir][i]);
		}
	}
	return error;
}

/* The frame of a probe, which fits the family. */
static void
make_frame(struct buf *b, struct probe p, const struct ip *from,
    const struct ip *to)
{
	if (from->family == IP_V4) {
		frame_ethernet(b, ETH_P_IP);
		frame_ipv4(b, 0x45, 0, p.proto, from, to);
	} else {
		frame_ethernet(b, ETH_P_IPV6);
		frame_ipv6(b, p.proto, from, to);
	}
	if (proto_is_icmp(p.proto))
		frame_icmp(b, p.port, 0);
	else
		frame_ports(b, p.port);
}

static int
try_family(struct trial_tally *tally, struct arena *a, const struct trial *t,
    enum direction dir, uint8_t family, const struct test_host *remote,
    const struct probes *probes)
{
	/* Nothing is looked at, so one packet shows as much as all. */
	bool once = t->open[dir] || !t->family[family - 1];
	const struct ip *ends[] = {&t->local->addr[family - 1],
	    &remote->addr[family - 1]};
	struct buf frame;
	int error = 0;

	if (ends[1]->family == 0)
		return 0;
	buf_init(&frame, a);
	VEC_FOREACH (p, &probes->list) {
		if (!probe_fits(*p, family))
			continue;
		make_frame(&frame, *p, ends[dir == DIR_INGRESS],
		    ends[dir == DIR_EGRESS]);
		error =
		    trial_frame(tally, a, t, dir, remote, buf_as_str(&frame));
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

/* What trial_table() is given. */
struct table_trial {
	struct trial_tally *tally;
	struct arena *arena;
	const struct trial *trial;
	const struct testnet *net;
	const uint32_t *others;
	uint32_t nothers;
};

/* A direction's N entries, sorted by identity. */
static int
try_direction(const struct table_trial *x, enum direction dir,
    const struct policy_record *v, uint32_t n)
{
	const struct testnet *net = x->net;
	uint32_t any = count_own(v, n, 0), own;
	struct probes probes = {0};
	int error = 0;

	probes_add_common(&probes, x->arena);
	probes_add_entries(&probes, x->arena, v, any);
	for (uint32_t i = 0; i < x->nothers && !error; i++)
		error = trial_host(x->tally, x->arena, x->trial, dir,
		    testnet_host(net, x->others[i]), &probes);
	for (uint32_t i = 0; i < net->nunmapped && !error; i++)
		error = trial_host(x->tally, x->arena, x->trial, dir,
		    &net->unmapped[i], &probes);
	for (uint32_t i = any; i < n && !error; i += own) {
		own = count_own(v + i, n - i, v[i].id);
		probes.list.n = 0;
		probes_add_entries(&probes, x->arena, v, any);
		probes_add_entries(&probes, x->arena, v + i, own);
		error = trial_host(x->tally, x->arena, x->trial, dir,
		    testnet_host(net, v[i].id), &probes);
	}
	return error;
}

int
trial_table(struct trial_tally *tally, struct arena *a, const struct trial *t,
    const struct testnet *net, const struct policy_table *table,
    const uint32_t *others, uint32_t nothers)
{
	const struct table_trial x = {tally, a, t, net, others, nothers};
	struct policy_record *v =
	    ARENA_ARRAY(a, struct policy_record, table->n);
	uint32_t ingress = 0;
	int error;

	if (table->n > 0)
		memcpy(v, table->v, table->n * sizeof(*v));
	qsort(v, table->n, sizeof(*v), compare_owner);
	while (ingress < table->n && v[ingress].dir == DIR_INGRESS)
		ingress++;
	error = trial_begin(tally, t, 0);
	if (!error)
		error = try_direction(&x, DIR_INGRESS, v, ingress);
	if (!error)
		error = try_direction(&x, DIR_EGRESS, v + ingress,
		    table->n - ingress);
	return error ? error : trial_end(tally, a, t);
}
