/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Connections as a program keeps them.
 */
#include "kernel/track.h"

#include <string.h>

#include <arpa/inet.h>
#include <netinet/in.h>

#include "cilium/proto.h"

/* Seconds: of TCP that was answered, of all else, and of what is closed. */
enum {
	LIFE_TCP = 8000,
	LIFE_OTHER = 60,
	LIFE_CLOSED = 10,
};

enum {
	FIN = 0x01,
	SYN = 0x02,
	RST = 0x04,
	BOTH_CLOSED = CNPC_FLOW_CLOSED | CNPC_FLOW_REPLY_CLOSED,
};

/* Ends by their addresses as two numbers of the machine, then by port. */
static bool
is_lower(const struct packet_ends *e)
{
	uint64_t from[2], to[2];

	memcpy(from, e->from.addr, sizeof(from));
	memcpy(to, e->to.addr, sizeof(to));
	if (from[0] != to[0])
		return from[0] < to[0];
	if (from[1] != to[1])
		return from[1] < to[1];
	return htons(e->sport) < htons(e->dport);
}

struct cnpc_flow_key
track_key(const struct cnpc_config *config, const struct packet_ends *e,
    bool *ret_low)
{
	bool low = is_lower(e);
	struct cnpc_flow_key key = {
	    .low_port = htons(low ? e->sport : e->dport),
	    .high_port = htons(low ? e->dport : e->sport),
	    .family = e->from.family,
	    .proto = e->proto,
	    .endpoint = config->endpoint,
	};

	memcpy(key.low, (low ? &e->from : &e->to)->addr, sizeof(key.low));
	memcpy(key.high, (low ? &e->to : &e->from)->addr, sizeof(key.high));
	*ret_low = low;
	return key;
}

/* What of the connection the packet is. */
static enum cnpc_part
part_of(const struct packet_read *p, enum direction dir, bool low,
    const struct cnpc_flow *flow)
{
	bool as_begun = dir == (flow->flags & CNPC_FLOW_EGRESS) &&
	    low == ((flow->flags & CNPC_FLOW_LOW) != 0);
	bool against = dir != (flow->flags & CNPC_FLOW_EGRESS) &&
	    low != ((flow->flags & CNPC_FLOW_LOW) != 0);

	if (p->tracking == PACKET_RELATED)
		return CNPC_RELATED;
	return as_begun ? CNPC_ESTABLISHED : against ? CNPC_REPLY : CNPC_NEW;
}

static uint32_t
life(const struct tracker *t, const struct packet_read *p, uint32_t flags)
{
	bool answered = flags & CNPC_FLOW_REPLIED;
	uint32_t seconds =
	    p->ends.proto == IPPROTO_TCP && answered ? LIFE_TCP : LIFE_OTHER;

	if ((flags & BOTH_CLOSED) == BOTH_CLOSED)
		seconds = LIFE_CLOSED;
	return seconds * t->config->hz;
}

/* A packet of the connection came. */
static void
go_on(const struct tracker *t, const struct packet_read *p, enum cnpc_part part,
    uint32_t now, struct cnpc_flow *flow)
{
	uint32_t old = flow->flags, expires;

	if (part == CNPC_REPLY)
		flow->flags |= CNPC_FLOW_REPLIED;
	if (p->tcp_flags & RST)
		flow->flags |= BOTH_CLOSED;
	if (p->tcp_flags & FIN)
		flow->flags |= part == CNPC_REPLY ? CNPC_FLOW_REPLY_CLOSED
						  : CNPC_FLOW_CLOSED;
	if (p->tcp_flags & SYN && part == CNPC_ESTABLISHED)
		flow->flags &= ~(uint32_t)(BOTH_CLOSED | CNPC_FLOW_REPLIED);
	expires = now + life(t, p, flow->flags);
	if (flow->flags != old ||
	    (int32_t)(expires - flow->expires) >= (int32_t)t->config->hz)
		flow->expires = expires;
}

/* The policy is asked about what began in the direction ASKED. */
static void
ask(struct tracked *r, const struct tracker *t, enum direction asked,
    const struct packet_read *p)
{
	uint16_t port = p->port;
	struct verdict v;

	if (!(asked == DIR_EGRESS ? t->config->egress : t->config->ingress))
		return;
	if (r->part == CNPC_REPLY && proto_is_icmp(p->ends.proto))
		port = p->ends.proto == IPPROTO_ICMP ? 8 : 128;
	else if (r->part == CNPC_REPLY)
		port = p->ends.sport;
	v = t->decide(t->arg, asked, t->peer, p->ends.proto, port);
	r->asked = true;
	r->reason = v.reason;
	r->proxy_port = v.proxy_port;
	r->entry = v.entry;
}

/* Of a connection that is known. */
static void
judge_known(struct tracked *r, const struct tracker *t,
    const struct packet_read *p, uint32_t now)
{
	bool reply = r->part == CNPC_REPLY;

	r->kept = true;
	go_on(t, p, r->part, now, &r->flow);
	if (r->flow.generation == t->config->generation) {
		r->proxy_port = reply ? 0 : ntohs(r->flow.proxy_port);
		r->reason = r->proxy_port ? CNPC_REDIRECTED : CNPC_ALLOWED;
		return;
	}
	ask(r, t, (enum direction)(r->flow.flags & CNPC_FLOW_EGRESS), p);
	r->kept = r->reason < CNPC_DROPPED;
	r->flow.generation = t->config->generation;
	r->flow.proxy_port = htons(r->proxy_port);
	if (r->kept && reply)
		r->reason = CNPC_ALLOWED;
}

struct tracked
track(const struct tracker *t, enum direction dir, const struct packet_read *p,
    const struct cnpc_flow *before, uint32_t now)
{
	struct tracked r = {.reason = CNPC_ALLOWED, .kept = before};
	bool low;

	if (before)
		r.flow = *before;
	if (p->reason != CNPC_ALLOWED || p->passes) {
		r.reason = p->reason;
		return r;
	}
	track_key(t->config,
	    p->tracking == PACKET_RELATED ? &p->inner : &p->ends, &low);
	if (before && p->tracking != PACKET_UNTRACKED &&
	    (int32_t)(before->expires - now) > 0)
		r.part = part_of(p, dir, low, before);
	if (r.part == CNPC_RELATED)
		return r;
	if (r.part != CNPC_NEW) {
		judge_known(&r, t, p, now);
		return r;
	}
	ask(&r, t, dir, p);
	if (r.reason >= CNPC_DROPPED || p->tracking != PACKET_TRACKED)
		return r;
	r.kept = true;
	r.flow = (struct cnpc_flow){
	    .generation = t->config->generation,
	    .flags = (uint32_t)dir | (low ? CNPC_FLOW_LOW : 0),
	    .expires = now - t->config->hz,
	    .proxy_port = htons(r.proxy_port),
	};
	go_on(t, p, CNPC_NEW, now, &r.flow);
	return r;
}
