/* SPDX-License-Identifier: Apache-2.0 */

/*
 * The template of every program that cnpc writes: the policy of one endpoint,
 * to be attached to the host's side of its veth pair.  What leaves the
 * endpoint comes in there, so from_endpoint belongs to tc ingress and judges
 * egress; to_endpoint belongs to tc egress and judges ingress.
 *
 *     parse.h   the frame: who sends what to whom
 *     flow.h    the connection that it is of, if there is one
 *     decide.h  the policy, for what begins a connection
 *     proxy.h   the socket that reads what is redirected
 *     event.h   what became of the packet, for who listens
 *
 * What every packet goes through is inlined: a call and its return cost some 7
 * ns of the 50 that a packet of a known connection takes.  Only what few
 * packets need is a function of its own.
 *
 * Packets that pass give TC_ACT_UNSPEC and so go on to the programs after this
 * one; others are dropped.
 */

#include <stdbool.h>

#include <linux/bpf.h>
#include <linux/pkt_cls.h>

#include <bpf/bpf_helpers.h>

#include "cnpc_abi.h"
#include "maps.h"
#include "packet.h"

#include "parse.h"

#include "flow.h"

#include "proxy.h"

#include "event.h"

static __always_inline void
count(__u32 dir, __u32 reason)
{
	__u32 slot = dir * CNPC_REASONS + reason;
	__u64 *n = bpf_map_lookup_elem(&cnpc_counters, &slot);

	if (n)
		++*n;
}

static __always_inline int
judge(struct __sk_buff *skb, enum cnpc_dir dir)
{
	bool idle =
	    !cnpc_config.ingress && !cnpc_config.egress && !cnpc_config.sources;
	struct packet p = {};
	__u32 part = CNPC_NEW;
	int reason = CNPC_ALLOWED;

	if (!idle)
		reason = parse(skb, &p, dir);
	if (reason == ASK_POLICY)
		reason = judge_flow(&p, dir, &part);
	if (reason == CNPC_REDIRECTED)
		reason = dir == CNPC_EGRESS ? to_proxy(skb, &p) : CNPC_NO_PROXY;
	skb->cb[CNPC_CB_REASON] = reason;
	skb->cb[CNPC_CB_REMOTE] = p.remote;
	skb->cb[CNPC_CB_PART] = part;
	skb->cb[CNPC_CB_PROXY] = bpf_ntohs(p.proxy_port);
	skb->cb[CNPC_CB_L4] = p.tuple.proto << 16 | bpf_ntohs(p.port);
	count(dir, reason);
	if (reason >= CNPC_DROPPED || (part == CNPC_NEW && p.tuple.family))
		tell(&p, dir, reason);
	return reason < CNPC_DROPPED ? TC_ACT_UNSPEC : TC_ACT_SHOT;
}

SEC("tc")
int
from_endpoint(struct __sk_buff *skb)
{
	return judge(skb, CNPC_EGRESS);
}

SEC("tc")
int
to_endpoint(struct __sk_buff *skb)
{
	return judge(skb, CNPC_INGRESS);
}

const char cnpc_license[] SEC("license") = "Apache-2.0";
