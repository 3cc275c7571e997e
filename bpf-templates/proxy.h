/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Hands a packet to the socket of a proxy.  The node has to take packets with
 * the mark for its own, as an agent sets it up:
 *
 *     ip rule add fwmark 0x200/0xf00 lookup 2004
 *     ip route add local default dev lo table 2004
 *
 * A packet that no socket can be found for is dropped: nothing passes that
 * nobody reads.
 */

#include <stdbool.h>

#include <linux/in.h>

#include "maps.h"
#include "packet.h"

static __always_inline __u32
make_sock_tuple(struct bpf_sock_tuple *ret, const struct tuple *t)
{
	if (t->family == CNPC_IPV4) {
		ret->ipv4.saddr = *(const __u32 *)t->source;
		ret->ipv4.daddr = *(const __u32 *)t->destination;
		ret->ipv4.sport = t->sport;
		ret->ipv4.dport = t->dport;
		return sizeof(ret->ipv4);
	}
	__builtin_memcpy(ret->ipv6.saddr, t->source, 16);
	__builtin_memcpy(ret->ipv6.daddr, t->destination, 16);
	ret->ipv6.sport = t->sport;
	ret->ipv6.dport = t->dport;
	return sizeof(ret->ipv6);
}

/* The tuple of what listens on the port of the proxy. */
static __always_inline void
aim_at_proxy(struct tuple *t, __u32 port)
{
	t->dport = port;
	t->destination[0] =
	    t->family == CNPC_IPV4 ? bpf_htonl(INADDR_LOOPBACK) : 0;
	t->destination[1] = t->family == CNPC_IPV4 ? 0 : bpf_cpu_to_be64(1);
}

/* Gives the packet the socket, if there is one: 0, or not. */
static __always_inline int
assign(struct __sk_buff *skb, struct bpf_sock *sk)
{
	int error = bpf_sk_assign(skb, sk, 0);

	bpf_sk_release(sk);
	return error;
}

/* A connection that a proxy has taken has a socket of its own. */
static __noinline int
find_tcp(struct __sk_buff *skb, const struct tuple *t, __u32 listening)
{
	struct bpf_sock_tuple tuple = {};
	__u32 size = make_sock_tuple(&tuple, t);
	struct bpf_sock *sk =
	    bpf_skc_lookup_tcp(skb, &tuple, size, BPF_F_CURRENT_NETNS, 0);

	if (!sk)
		return -1;
	if ((sk->state == BPF_TCP_LISTEN) != !!listening) {
		bpf_sk_release(sk);
		return -1;
	}
	return assign(skb, sk);
}

static __noinline int
find_udp(struct __sk_buff *skb, const struct tuple *t)
{
	struct bpf_sock_tuple tuple = {};
	__u32 size = make_sock_tuple(&tuple, t);
	struct bpf_sock *sk =
	    bpf_sk_lookup_udp(skb, &tuple, size, BPF_F_CURRENT_NETNS, 0);

	return sk ? assign(skb, sk) : -1;
}

/* A packet that leaves the endpoint and is to be redirected. */
static __noinline int
to_proxy(struct __sk_buff *skb, const struct packet *p)
{
	struct tuple t = p->tuple;
	int error = -1;

	if (t.proto == IPPROTO_TCP)
		error = find_tcp(skb, &t, 0);
	aim_at_proxy(&t, p->proxy_port);
	if (error && t.proto == IPPROTO_TCP)
		error = find_tcp(skb, &t, 1);
	else if (t.proto == IPPROTO_UDP)
		error = find_udp(skb, &t);
	if (error)
		return CNPC_NO_PROXY;
	skb->mark = CNPC_MARK_PROXY | p->proxy_port << 16;
	return CNPC_REDIRECTED;
}
