/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Connections.  One entry answers for both directions and for the errors of a
 * connection: its key has the two ends in an order of their own.  An entry says
 * what the policy of a generation decided when the connection began, so that
 * its packets need no other look-up.  A policy that is loaded later has another
 * generation: then the beginning is judged again, whoever sent the packet, and
 * a connection that is no longer allowed is cut.
 */

#include <stdbool.h>

#include <linux/in.h>

#include "decide.h"
#include "maps.h"
#include "packet.h"

/* Seconds until an idle connection is forgotten, as in Cilium. */
#define LIFE_TCP 8000
#define LIFE_OTHER 60 /* and of TCP that was not answered yet */
#define LIFE_CLOSED 10

#define FIN 0x01
#define SYN 0x02
#define RST 0x04

/* What of a connection a packet is. */
enum part {
	PART_NEW = CNPC_NEW,
	PART_ORIGINAL = CNPC_ESTABLISHED,
	PART_REPLY = CNPC_REPLY,
	PART_RELATED = CNPC_RELATED,
};

/*
 * Makes the key; true: the source is the lower end.  It is numbers that are
 * chosen between, as without CAP_PERFMON pointers must not be.
 */
static __always_inline __u32
flow_key(struct cnpc_flow_key *key, const struct tuple *t)
{
	__u64 from0 = t->source[0], from1 = t->source[1];
	__u64 to0 = t->destination[0], to1 = t->destination[1];
	__u32 sport = t->sport, dport = t->dport;
	bool low;

	barrier_var(sport);
	barrier_var(dport);
	low = from0 != to0 ? from0 < to0
	    : from1 != to1 ? from1 < to1
			   : sport < dport;

	key->low[0] = low ? from0 : to0;
	key->low[1] = low ? from1 : to1;
	key->high[0] = low ? to0 : from0;
	key->high[1] = low ? to1 : from1;
	key->low_port = low ? sport : dport;
	key->high_port = low ? dport : sport;
	key->family = t->family;
	key->proto = t->proto;
	key->endpoint = cnpc_config.endpoint;
	return low;
}

static __always_inline enum part
part_of(const struct cnpc_flow *flow, const struct packet *p, __u32 dir,
    bool low)
{
	bool same_end = low == !!(flow->flags & CNPC_FLOW_LOW);
	bool same_dir = dir == (flow->flags & CNPC_FLOW_EGRESS);

	if (p->tracking == RELATED)
		return PART_RELATED;
	if (same_end && same_dir)
		return PART_ORIGINAL;
	return !same_end && !same_dir ? PART_REPLY : PART_NEW;
}

/* What becomes of the flags of a connection with a packet of it. */
static __always_inline __u32
flags_after(__u32 flags, const struct packet *p, enum part part)
{
	__u32 closed = CNPC_FLOW_CLOSED | CNPC_FLOW_REPLY_CLOSED;

	if (part == PART_REPLY)
		flags |= CNPC_FLOW_REPLIED;
	if (p->tcp_flags & RST)
		flags |= closed;
	if (p->tcp_flags & FIN)
		flags |= part == PART_REPLY ? CNPC_FLOW_REPLY_CLOSED
					    : CNPC_FLOW_CLOSED;
	/* The ports are used again. */
	if (p->tcp_flags & SYN && part == PART_ORIGINAL)
		flags &= ~(closed | CNPC_FLOW_REPLIED);
	return flags;
}

static __always_inline __u32
life_of(const struct packet *p, __u32 flags)
{
	__u32 closed = CNPC_FLOW_CLOSED | CNPC_FLOW_REPLY_CLOSED;

	if ((flags & closed) == closed)
		return LIFE_CLOSED * cnpc_config.hz;
	if (p->tuple.proto == IPPROTO_TCP && flags & CNPC_FLOW_REPLIED)
		return LIFE_TCP * cnpc_config.hz;
	return LIFE_OTHER * cnpc_config.hz;
}

/* Writes only what changed, and a later end only by the second. */
static __always_inline void
keep_alive(struct cnpc_flow *flow, const struct packet *p, enum part part,
    __u32 now)
{
	__u32 flags = flags_after(flow->flags, p, part);
	__u32 expires = now + life_of(p, flags);

	if (flags == flow->flags &&
	    (__s32)(expires - flow->expires) < (__s32)cnpc_config.hz)
		return;
	flow->flags = flags;
	flow->expires = expires;
}

/* Whether a direction has a policy. */
static __always_inline bool
is_enforced(__u32 dir)
{
	bool egress = cnpc_config.egress, ingress = cnpc_config.ingress;

	return dir == CNPC_EGRESS ? egress : ingress;
}

/* WORLD: the identity of an address in no prefix. */
static __always_inline __u32
identity_of(__u64 first, __u64 last, __u32 family)
{
	bool v4 = family == CNPC_IPV4;
	struct cnpc_ipcache_key key = {
	    .prefixlen = CNPC_IPCACHE_BITS + (v4 ? 32 : 128),
	    .family = family,
	};
	__u32 world_ipv4 = cnpc_config.world_ipv4;
	__u32 world_ipv6 = cnpc_config.world_ipv6;
	const ipcache_value *v;

	__builtin_memcpy(key.addr, &first, 8);
	__builtin_memcpy(key.addr + 8, &last, 8);
	v = bpf_map_lookup_elem(&cnpc_ipcache, &key);
	if (v)
		return v->sec_identity;
	return v4 ? world_ipv4 : world_ipv6;
}

/*
 * What the policy says of a connection that the packet, which goes in DIR, is
 * of, and that began in the direction ASKED at a port.
 */
static __always_inline int
ask_policy(struct packet *p, __u32 dir, __u32 asked, __u32 port)
{
	if (!is_enforced(asked))
		return CNPC_ALLOWED;
	if (dir == CNPC_EGRESS)
		p->remote = identity_of(p->tuple.destination[0],
		    p->tuple.destination[1], p->tuple.family);
	else
		p->remote = identity_of(p->tuple.source[0], p->tuple.source[1],
		    p->tuple.family);
	return decide(p, asked, port);
}

/* The port that the beginning of a connection was judged by. */
static __always_inline __u32
first_port(const struct packet *p, enum part part)
{
	if (part != PART_REPLY)
		return p->port;
	if (p->tuple.proto == IPPROTO_ICMP)
		return bpf_htons(V4_ECHO);
	if (p->tuple.proto == IPPROTO_ICMPV6)
		return bpf_htons(V6_ECHO);
	return p->tuple.sport;
}

/* Judges a packet that goes in DIR; *ret_part tells what it is. */
static __always_inline int
judge_flow(struct packet *p, __u32 dir, __u32 *ret_part)
{
	struct cnpc_flow_key key = {};
	struct cnpc_flow *flow = NULL, begun = {};
	__u32 now = bpf_jiffies64(), asked = dir;
	enum part part = PART_NEW;
	bool low = false;
	int reason;

	if (p->tracking != UNTRACKED) {
		low = flow_key(&key,
		    p->tracking == RELATED ? &p->inner : &p->tuple);
		flow = bpf_map_lookup_elem(&cnpc_flows, &key);
	}
	if (flow && (__s32)(flow->expires - now) > 0)
		part = part_of(flow, p, dir, low);
	*ret_part = part;
	if (part == PART_RELATED)
		return CNPC_ALLOWED;
	if (part != PART_NEW) {
		keep_alive(flow, p, part, now);
		asked = flow->flags & CNPC_FLOW_EGRESS;
		if (flow->generation == cnpc_config.generation) {
			if (part == PART_REPLY)
				return CNPC_ALLOWED;
			p->proxy_port = flow->proxy_port;
			return flow->proxy_port ? CNPC_REDIRECTED
						: CNPC_ALLOWED;
		}
	}
	reason = ask_policy(p, dir, asked, first_port(p, part));
	if (part != PART_NEW) {
		if (reason >= CNPC_DROPPED) {
			bpf_map_delete_elem(&cnpc_flows, &key);
			return reason;
		}
		flow->proxy_port = p->proxy_port;
		flow->generation = cnpc_config.generation;
		return part == PART_REPLY ? CNPC_ALLOWED : reason;
	}
	if (reason >= CNPC_DROPPED || p->tracking != TRACKED)
		return reason;
	begun.generation = cnpc_config.generation;
	begun.flags = dir | (low ? CNPC_FLOW_LOW : 0);
	begun.flags = flags_after(begun.flags, p, part);
	begun.expires = now + life_of(p, begun.flags);
	begun.proxy_port = p->proxy_port;
	bpf_map_update_elem(&cnpc_flows, &key, &begun, BPF_ANY);
	return reason;
}
