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
#include "kernel/traces.h"

/* How much of a frame that came out wrong is printed. */
#define FRAME_SHOWN 160

/* What a packet should make of what is known, and what may be left over. */
struct expectation {
	struct packet_read packet;
	struct cnpc_flow_key key;
	struct tracked tracked; /* at the time BEGAN */
	uint32_t began, ended;  /* jiffies around the run */
	struct kernel_seen seen;
};

/* Whether nothing is looked at. */
static bool
is_idle(const struct cnpc_config *config)
{
	return !config->ingress && !config->egress && !config->sources;
}

/* Whether the packet has a place among the connections. */
static bool
has_flow(const struct packet_read *p)
{
	return p->tracking != PACKET_UNTRACKED;
}

static struct kernel_seen
expected(const struct trial *t, enum direction dir,
    const struct test_host *remote, const struct expectation *x)
{
	const struct tracked *r = &x->tracked;
	struct kernel_seen want = {
	    .action = TC_ACT_UNSPEC,
	    .mark = RUN_MARK,
	};

	if (is_idle(t->config))
		return want;
	want.reason = r->reason;
	/* No proxy listens while packets are tried. */
	if (want.reason == CNPC_REDIRECTED)
		want.reason = CNPC_NO_PROXY;
	if (want.reason >= CNPC_DROPPED)
		want.action = TC_ACT_SHOT;
	want.part = r->part;
	want.remote = r->asked ? remote->id : 0;
	want.proxy_port = r->proxy_port;
	want.l4 = (uint32_t)x->packet.ends.proto << 16 | x->packet.port;
	return want;
}

/* Reads the frame, and puts what T says was there before. */
static int
prepare(struct expectation *x, const struct trial *t, enum direction dir,
    struct str frame, struct cnpc_flow *before)
{
	const struct packet_ends *ends;
	struct cnpc_fragment first;
	int error = 0;
	bool low;

	x->packet = packet_read(frame, dir, t->config, t->ports);
	ends = x->packet.tracking == PACKET_RELATED ? &x->packet.inner
						    : &x->packet.ends;
	x->key = track_key(t->config, ends, &low);
	if (has_flow(&x->packet) || t->before)
		error = traces_now(t->policy, &x->began);
	if (!error && t->before) {
		*before = *t->before;
		before->expires += x->began;
		error = traces_put_flow(t->policy, &x->key, before);
	}
	if (!error && t->ports) {
		struct cnpc_fragment_key key = packet_fragment_key(&x->packet);

		first = (struct cnpc_fragment){htons(t->ports[0]),
		    htons(t->ports[1])};
		error = traces_put_fragment(t->policy, &key, &first);
	}
	return error;
}

/* Whether a connection is as it should be, some time of the run. */
static bool
is_same_flow(const struct expectation *x, const struct cnpc_flow *got)
{
	const struct cnpc_flow *want = &x->tracked.flow;

	return got->generation == want->generation &&
	    got->flags == want->flags && got->proxy_port == want->proxy_port &&
	    got->pad == want->pad &&
	    got->expires - want->expires <= x->ended - x->began;
}

/* Takes what the packet left, and says whether it is what it should be. */
static int
check_traces(const struct trial *t, const struct expectation *x, bool *ret_ok)
{
	const struct packet_read *p = &x->packet;
	struct cnpc_fragment_key key = packet_fragment_key(p);
	bool first = p->first_fragment && p->reason == CNPC_ALLOWED &&
	    proto_has_ports(p->ends.proto) && p->tracking == PACKET_TRACKED &&
	    p->port == p->ends.dport && !is_idle(t->config);
	bool there, other, ok = true;
	struct cnpc_fragment fragment;
	struct cnpc_flow flow;
	int error = 0;

	if (has_flow(p) || t->before) {
		error = traces_take_flow(t->policy, &x->key, &flow, &there);
		ok = there == x->tracked.kept &&
		    (!there || is_same_flow(x, &flow));
	}
	if (!error && (first || t->ports)) {
		error =
		    traces_take_fragment(t->policy, &key, &fragment, &there);
		ok &= there;
		if (first)
			ok &= fragment.sport == htons(p->ends.sport) &&
			    fragment.dport == htons(p->ends.dport);
	}
	if (!error)
		error = traces_clear(t->policy, &other);
	*ret_ok = ok && !other;
	return error;
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
	    "\"%s\" (%s, part %u, peer %u, protocol and port %#x, proxy %u, "
	    "mark %#x%s)",
	    verdict_name((uint8_t)s->reason), action_name(s->action), s->part,
	    s->remote, s->l4, s->proxy_port, s->mark,
	    s->touched ? ", changed" : "");
}

static const char *
describe(struct arena *a, enum direction dir, const struct test_host *remote,
    struct str frame, const struct kernel_seen *got,
    const struct kernel_seen *want, bool traces)
{
	struct buf hex;

	buf_init(&hex, a);
	for (size_t i = 2 * ETH_ALEN; i < frame.n && i < FRAME_SHOWN; i++)
		buf_printf(&hex, "%02x", (uint8_t)frame.s[i]);
	return arena_printf(a,
	    "%s, peer %u, frame of %zu bytes, ...%s: the kernel says %s, "
	    "expected is %s%s",
	    direction_name(dir), remote->id, frame.n, buf_as_str(&hex).s,
	    describe_seen(a, got), describe_seen(a, want),
	    traces ? "" : ", and its connection is not as it should be");
}

static bool
seen_equal(const struct kernel_seen *x, const struct kernel_seen *y)
{
	return x->action == y->action && x->reason == y->reason &&
	    x->remote == y->remote && x->part == y->part &&
	    x->proxy_port == y->proxy_port && x->l4 == y->l4 &&
	    x->mark == y->mark && x->touched == y->touched;
}

int
trial_frame(struct trial_tally *tally, struct arena *a, const struct trial *t,
    enum direction dir, const struct test_host *remote, struct str frame)
{
	const struct tracker tracker = {t->config, remote->id, t->decide,
	    t->arg};
	struct expectation x = {0};
	struct cnpc_flow before = {0};
	struct kernel_seen got;
	bool traces = true;
	int error = prepare(&x, t, dir, frame, &before);

	if (!error)
		error = kernel_run(t->policy, dir, frame, &got);
	if (!error && has_flow(&x.packet))
		error = traces_now(t->policy, &x.ended);
	if (error)
		return error;
	if (is_idle(t->config))
		x.tracked = (struct tracked){.kept = t->before, .flow = before};
	else
		x.tracked = track(&tracker, dir, &x.packet,
		    t->before ? &before : NULL, x.began);
	x.seen = expected(t, dir, remote, &x);
	error = check_traces(t, &x, &traces);
	tally->runs++;
	tally->counted[dir][x.seen.reason]++;
	if (!seen_equal(&got, &x.seen) || !traces) {
		tally->wrong++;
		if (!tally->first)
			tally->first = describe(a, dir, remote, frame, &got,
			    &x.seen, traces);
	}
	return error;
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
	const struct cnpc_config *c = t->config;
	bool once = !(dir == DIR_EGRESS ? c->egress : c->ingress) ||
	    !(family == IP_V4 ? c->ipv4 : c->ipv6);
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
