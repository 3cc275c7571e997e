/* SPDX-License-Identifier: Apache-2.0 */

/*
 * What the programs of a bundle are timed beside (datapath_bench.c): nothing at
 * all, the least that a decision in Cilium's maps can be, and the same with a
 * count of what decided.
 */

#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/pkt_cls.h>

#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#define CNPC_LAYOUT 120
#include "maps.h"

SEC("tc")
int
nothing(struct __sk_buff *skb)
{
	(void)skb;
	return TC_ACT_UNSPEC;
}

/* Whom an IPv4 or IPv6 packet without options goes to; what follows. */
static __always_inline const __u8 *
peer_of(struct __sk_buff *skb, struct cnpc_ipcache_key *key, __u8 *ret_proto)
{
	const __u8 *data = (const __u8 *)(long)skb->data;
	const __u8 *end = (const __u8 *)(long)skb->data_end;
	const struct ethhdr *eth = (const struct ethhdr *)data;
	const struct iphdr *v4 = (const struct iphdr *)(eth + 1);
	const struct ipv6hdr *v6 = (const struct ipv6hdr *)(eth + 1);

	if ((const __u8 *)(eth + 1) > end)
		return NULL;
	if (eth->h_proto == bpf_htons(ETH_P_IP)) {
		if ((const __u8 *)(v4 + 1) + 4 > end)
			return NULL;
		key->prefixlen = CNPC_IPCACHE_BITS + 32;
		key->family = CNPC_IPV4;
		*(__u32 *)key->addr = v4->daddr;
		*ret_proto = v4->protocol;
		return (const __u8 *)(v4 + 1);
	}
	if ((const __u8 *)(v6 + 1) + 4 > end)
		return NULL;
	key->prefixlen = CNPC_IPCACHE_BITS + 128;
	key->family = CNPC_IPV6;
	__builtin_memcpy(key->addr, &v6->daddr, 16);
	*ret_proto = v6->nexthdr;
	return (const __u8 *)(v6 + 1);
}

/* Three look-ups, and nothing that is not needed for them. */
static __always_inline int
look_up(struct __sk_buff *skb, struct cnpc_policy_key *key)
{
	struct cnpc_ipcache_key peer = {};
	const struct cnpc_ipcache_value *identity;
	const struct cnpc_policy_value *own, *any;
	const __u8 *l4 = peer_of(skb, &peer, &key->protocol);

	if (!l4)
		return TC_ACT_SHOT;
	identity = bpf_map_lookup_elem(&cnpc_ipcache, &peer);
	if (!identity)
		return TC_ACT_SHOT;
	key->prefixlen = CNPC_POLICY_BITS_FULL;
	key->egress = CNPC_EGRESS;
	key->dport = key->protocol == IPPROTO_TCP ? *(const __be16 *)(l4 + 2)
						  : bpf_htons(l4[0]);
	key->sec_label = 0;
	any = bpf_map_lookup_elem(&cnpc_policy, key);
	key->sec_label = identity->sec_identity;
	own = bpf_map_lookup_elem(&cnpc_policy, key);
	if (!own || own->flags & CNPC_POLICY_DENY ||
	    (any && any->precedence > own->precedence))
		return TC_ACT_SHOT;
	return TC_ACT_UNSPEC;
}

SEC("tc")
int
decision(struct __sk_buff *skb)
{
	struct cnpc_policy_key key = {};

	return look_up(skb, &key);
}

SEC("tc")
int
counted(struct __sk_buff *skb)
{
	struct cnpc_policy_key key = {};
	int action = look_up(skb, &key);
	__u64 none = 0, *n = bpf_map_lookup_elem(&cnpc_matches, &key);

	if (n)
		__sync_fetch_and_add(n, 1);
	else
		bpf_map_update_elem(&cnpc_matches, &key, &none, BPF_NOEXIST);
	return action;
}

const char cnpc_license[] SEC("license") = "Apache-2.0";
