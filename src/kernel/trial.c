/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One frame, and what should come out of it.
 */
#include "kernel/trial.h"

#include <inttypes.h>
#include <string.h>

#include <arpa/inet.h>

#include <linux/if_ether.h>
#include <linux/pkt_cls.h>

#include "cilium/proto.h"
#include "cnpc_abi.h"
#include "kernel/packet.h"
#include "kernel/traces.h"

/* How much of a frame that came out wrong is printed. */
#define FRAME_SHOWN 160

/* More than there are packets. */
static const struct cnpc_watch everything = {.left = INT32_MAX, .every = 1};

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

/* Whether the program should tell of the packet, when SAW is wanted. */
static bool
is_told(const struct expectation *x, const struct trial *t,
    const struct cnpc_watch *wanted)
{
	const struct kernel_seen *s = &x->seen;

	if (is_idle(t->config) || wanted->left <= 0 ||
	    wanted->seen + 1 < wanted->every)
		return false;
	return s->reason >= CNPC_DROPPED ||
	    (s->part == CNPC_NEW && x->packet.ends.from.family != 0);
}

static bool
is_same_event(const struct trial *t, const struct expectation *x,
    enum direction dir, const struct cnpc_event *got)
{
	const struct packet_ends *e = &x->packet.ends;
	struct cnpc_event want = {
	    .family = e->from.family,
	    .proto = e->proto,
	    .sport = htons(e->sport),
	    .dport = htons(e->dport),
	    .port = htons(x->packet.port),
	    .egress = dir,
	    .reason = x->seen.reason,
	    .remote = x->seen.remote,
	    .endpoint = t->config->endpoint,
	    .generation = t->config->generation,
	};

	memcpy(want.source, e->from.addr, sizeof(want.source));
	memcpy(want.destination, e->to.addr, sizeof(want.destination));
	if (x->tracked.entry)
		policy_key_put(x->tracked.entry, (uint8_t *)&want.entry);
	return memcmp(got, &want, sizeof(want)) == 0;
}

/* Whether of what was wanted so much is left as should be. */
static int
check_watch(const struct trial *t, const struct expectation *x, bool told,
    bool *ret_ok)
{
	struct cnpc_watch want = *t->watch, got;
	int error = traces_watched(t->policy, x->seen.reason, &got);

	if (want.left > 0 && !is_idle(t->config))
		want.seen = told ? 0 : want.seen + 1;
	want.left -= told;
	*ret_ok = got.left == want.left && got.every == want.every &&
	    got.seen == want.seen;
	return error;
}

/* Takes what the program told and counted of the packet. */
static int
check_told(struct trial_tally *tally, const struct trial *t,
    const struct expectation *x, enum direction dir, bool *ret_ok)
{
	const struct cnpc_watch *wanted = t->watch ? t->watch : &everything;
	bool told = is_told(x, t, wanted), there = true, watched = true;
	struct cnpc_event got;
	uint64_t matches = 1;
	uint32_t n;
	int error = traces_take_events(t->policy, &got, &n);

	if (!error && x->tracked.entry) {
		struct cnpc_policy_key key;

		policy_key_put(x->tracked.entry, (uint8_t *)&key);
		error = traces_take_match(t->policy, &key, &matches, &there);
	}
	if (!error && t->watch)
		error = check_watch(t, x, told, &watched);
	if (told && !t->watch)
		tally->told[x->seen.reason]++;
	*ret_ok = n == told && (!told || is_same_event(t, x, dir, &got)) &&
	    there && matches == 1 && watched;
	return error;
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
	if (!error && t->watch)
		error = traces_watch(t->policy, *t->watch);
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
    const struct kernel_seen *want, const char *more)
{
	struct buf hex;

	buf_init(&hex, a);
	for (size_t i = 2 * ETH_ALEN; i < frame.n && i < FRAME_SHOWN; i++)
		buf_printf(&hex, "%02x", (uint8_t)frame.s[i]);
	return arena_printf(a,
	    "%s, peer %u, frame of %zu bytes, ...%s: the kernel says %s, "
	    "expected is %s%s",
	    direction_name(dir), remote->id, frame.n, buf_as_str(&hex).s,
	    describe_seen(a, got), describe_seen(a, want), more);
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
	bool traces = true, told = true;
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
	error = check_told(tally, t, &x, dir, &told);
	if (!error)
		error = check_traces(t, &x, &traces);
	tally->runs++;
	tally->counted[dir][x.seen.reason]++;
	if (!seen_equal(&got, &x.seen) || !traces || !told) {
		tally->wrong++;
		if (!tally->first)
			tally->first =
			    describe(a, dir, remote, frame, &got, &x.seen,
				!traces ? ", and its connection is not as it "
					  "should be"
				    : !told ? ", and what is told of it is not "
					      "what should be"
					    : "");
	}
	return error;
}

int
trial_begin(struct trial_tally *tally, const struct trial *t, uint64_t start)
{
	int error = kernel_counts_set(t->policy, start);

	memset(tally->told, 0, sizeof(tally->told));
	if (!error)
		error = traces_watch(t->policy, everything);
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
	for (uint32_t i = 0; i < CNPC_REASONS && !error; i++) {
		struct cnpc_watch w;

		error = traces_watched(t->policy, i, &w);
		if (!error && (w.left != INT32_MAX - tally->told[i] || w.seen))
			miscounted(tally, a, DIR_INGRESS, (int)i,
			    (uint64_t)w.left,
			    (uint64_t)(INT32_MAX - tally->told[i]));
	}
	return error;
}
