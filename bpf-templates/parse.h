/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * From the frame to the packet: Ethernet with up to two tags, IPv4 with
 * options, IPv6 with up to eight extension headers, and the beginning of the
 * transport header.  What is refused is refused for a reason of Cilium's.
 *
 * An echo request has its identifier as destination port, a reply as source
 * port: so the two belong to one connection, and nothing else does.
 */

#include <stdbool.h>

#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/ipv6.h>

#include <bpf/bpf_endian.h>

#include "maps.h"
#include "packet.h"

#define VLAN_TAGS 2    /* 802.1ad: an outer tag and an inner one */
#define IPV6_HEADERS 8 /* extension headers that are walked over */

/* The first byte of IPv4: the version, and 5 to 15 words. */
#define IPV4_VERSION 0x40
#define IPV4_SHORTEST 0x45
#define IPV4_LONGEST 0x4f

/* The same of IPv6, which has other things in the rest of the byte. */
#define IPV6_FIRST 0x60
#define IPV6_LAST 0x6f

#define IPV4_OFFSET 0x1fff
#define IPV4_MORE 0x2000
#define IPV6_OFFSET 0xfff8
#define IPV6_MORE 0x0001

/* Types of ICMP. */
#define V4_ECHO_REPLY 0
#define V4_UNREACHABLE 3
#define V4_ECHO 8
#define V4_TIME_EXCEEDED 11
#define V4_BAD_PARAMETER 12
#define V4_FRAG_NEEDED 0x0304 /* type 3, code 4 */
#define V6_UNREACHABLE 1
#define V6_BAD_PARAMETER 4
#define V6_ECHO 128
#define V6_ECHO_REPLY 129
#define V6_ROUTER_SOLICITATION 133
#define V6_NEIGHBOUR_ADVERTISEMENT 136

#define ICMP_SIZE 8      /* what comes before the packet that an error is of */
#define NEVER_ROUTED 255 /* hops that are left */
#define TCP_FLAGS 13     /* their offset */

/*
 * SIZE bytes at OFF of the frame.  At the USUAL offset, a constant, they are
 * read where they lie; with any other this would need CAP_PERFMON, so that the
 * helper reads them, for some 15 ns.
 */
static __always_inline long
load(struct __sk_buff *skb, __u32 off, __u32 usual, void *to, __u32 size)
{
	const __u8 *data = (const __u8 *)(long)skb->data;
	const __u8 *end = (const __u8 *)(long)skb->data_end;
	__u32 at = off;

	/* Or the compiler adds OFF, as it equals the constant. */
	barrier_var(at);
	if (at != usual || data + usual + size > end)
		return bpf_skb_load_bytes(skb, off, to, size);
	/* Headers are aligned to words, with their types and addresses. */
	if (size % 4 == 0)
		__builtin_memcpy(to, __builtin_assume_aligned(data + usual, 4),
		    size);
	else
		__builtin_memcpy(to, data + usual, size);
	return 0;
}

/* The same at OFF of the transport header. */
static __always_inline long
load_l4(struct __sk_buff *skb, const struct packet *p, __u32 off, void *to,
    __u32 size)
{
	__u32 at = p->l4 + off;

	return p->tuple.family == CNPC_IPV4
	    ? load(skb, at, ETH_HLEN + sizeof(struct iphdr) + off, to, size)
	    : load(skb, at, ETH_HLEN + sizeof(struct ipv6hdr) + off, to, size);
}

static __always_inline bool
has_ports(__u32 proto)
{
	return proto == IPPROTO_TCP || proto == IPPROTO_UDP ||
	    (proto == IPPROTO_SCTP && cnpc_config.sctp);
}

static __always_inline bool
is_icmp(const struct tuple *t)
{
	return t->proto ==
	    (t->family == CNPC_IPV4 ? IPPROTO_ICMP : IPPROTO_ICMPV6);
}

static __always_inline bool
is_echo(const struct tuple *t, __u32 type)
{
	return type == (t->family == CNPC_IPV4 ? V4_ECHO : V6_ECHO);
}

static __always_inline bool
is_echo_reply(const struct tuple *t, __u32 type)
{
	return type == (t->family == CNPC_IPV4 ? V4_ECHO_REPLY : V6_ECHO_REPLY);
}

static __always_inline bool
is_error(const struct tuple *t, __u32 type)
{
	if (t->family == CNPC_IPV6)
		return type >= V6_UNREACHABLE && type <= V6_BAD_PARAMETER;
	return type == V4_UNREACHABLE || type == V4_TIME_EXCEEDED ||
	    type == V4_BAD_PARAMETER;
}

/* The beginning of a transport header. */
struct transport {
	union {
		__be16 sport;
		__u8 type; /* of ICMP */
		__be16 type_code;
	};
	__be16 dport;
	__be16 id; /* of an echo, and its reply */
};

/* Takes ports and identifiers; false: there are none. */
static __always_inline bool
take_ports(struct tuple *t, const struct transport *h)
{
	if (has_ports(t->proto)) {
		t->sport = h->sport;
		t->dport = h->dport;
		return true;
	}
	if (is_icmp(t) && is_echo(t, h->type)) {
		t->dport = h->id;
		return true;
	}
	if (is_icmp(t) && is_echo_reply(t, h->type)) {
		t->sport = h->id;
		return true;
	}
	return false;
}

/* Takes the tuple of the packet at OFF that an error is of, if it is whole. */
static __noinline int
parse_inner(struct __sk_buff *skb, struct packet *p, __u32 off)
{
	struct tuple *t = &p->inner;
	struct transport h;
	union {
		struct iphdr v4;
		struct ipv6hdr v6;
	} ip;

	t->family = p->tuple.family;
	if (t->family == CNPC_IPV4) {
		if (bpf_skb_load_bytes(skb, off, &ip.v4, sizeof(ip.v4)) < 0)
			return UNTRACKED;
		if (ip.v4.frag_off & bpf_htons(IPV4_OFFSET))
			return UNTRACKED;
		t->source[0] = ip.v4.saddr;
		t->destination[0] = ip.v4.daddr;
		t->proto = ip.v4.protocol;
		off += 4 * (*(const __u8 *)&ip.v4 & 0x0f);
	} else {
		if (bpf_skb_load_bytes(skb, off, &ip.v6, sizeof(ip.v6)) < 0)
			return UNTRACKED;
		__builtin_memcpy(t->source, &ip.v6.saddr, 16);
		__builtin_memcpy(t->destination, &ip.v6.daddr, 16);
		t->proto = ip.v6.nexthdr;
		off += sizeof(ip.v6);
	}
	if (bpf_skb_load_bytes(skb, off, &h, sizeof(h)) < 0)
		return UNTRACKED;
	return take_ports(t, &h) ? RELATED : UNTRACKED;
}

/* Of ICMP of the family; ROUTED: its sender may be no neighbour. */
static __always_inline int
parse_icmp(struct __sk_buff *skb, struct packet *p, const struct transport *h,
    bool routed)
{
	p->port = bpf_htons(h->type);
	if (p->fragment != WHOLE)
		return CNPC_FRAGMENT;
	if (p->tuple.family == CNPC_IPV6 && !routed &&
	    h->type >= V6_ROUTER_SOLICITATION &&
	    h->type <= V6_NEIGHBOUR_ADVERTISEMENT)
		return CNPC_NEIGHBOUR;
	if (p->tuple.family == CNPC_IPV4 && cnpc_config.icmp_frag_needed &&
	    h->type_code == bpf_htons(V4_FRAG_NEEDED))
		return CNPC_ALLOWED;
	if (take_ports(&p->tuple, h))
		p->tracking =
		    is_echo(&p->tuple, h->type) ? TRACKED : REPLY_ALONE;
	else if (is_error(&p->tuple, h->type))
		p->tracking = parse_inner(skb, p, p->l4 + ICMP_SIZE);
	return ASK_POLICY;
}

static __always_inline void
fragment_key(struct cnpc_fragment_key *key, const struct packet *p)
{
	__builtin_memset(key, 0, sizeof(*key));
	__builtin_memcpy(key->source, p->tuple.source, 32);
	key->id = p->fragment_id;
	key->family = p->tuple.family;
	key->proto = p->tuple.proto;
}

/* The ports of a later fragment are those of its first one. */
static __noinline int
find_ports(struct packet *p)
{
	struct cnpc_fragment_key key;
	const struct cnpc_fragment *first;

	fragment_key(&key, p);
	first = bpf_map_lookup_elem(&cnpc_fragments, &key);
	if (!first)
		return CNPC_NO_FIRST_FRAGMENT;
	p->tuple.sport = first->sport;
	p->tuple.dport = first->dport;
	p->port = first->dport;
	return ASK_POLICY;
}

static __noinline void
keep_ports(const struct packet *p)
{
	struct cnpc_fragment_key key;
	struct cnpc_fragment first = {p->tuple.sport, p->tuple.dport};

	fragment_key(&key, p);
	bpf_map_update_elem(&cnpc_fragments, &key, &first, BPF_ANY);
}

static __always_inline int
parse_l4(struct __sk_buff *skb, struct packet *p, __u32 routed)
{
	struct transport h = {};
	__u8 flags;

	if (!has_ports(p->tuple.proto) && !is_icmp(&p->tuple)) {
		p->tracking = TRACKED;
		return cnpc_config.extended ? ASK_POLICY : CNPC_UNKNOWN_L4;
	}
	if (is_icmp(&p->tuple)) {
		if (p->fragment != LATER &&
		    load_l4(skb, p, 0, &h, sizeof(h)) < 0)
			return CNPC_TRUNCATED;
		return parse_icmp(skb, p, &h, routed);
	}
	p->tracking = TRACKED;
	if (p->fragment == LATER)
		return find_ports(p);
	if (load_l4(skb, p, 0, &h, 4) < 0)
		return CNPC_TRUNCATED;
	take_ports(&p->tuple, &h);
	p->port = h.dport;
	if (p->tuple.proto == IPPROTO_TCP) {
		if (load_l4(skb, p, TCP_FLAGS, &flags, 1) < 0)
			return CNPC_TRUNCATED;
		p->tcp_flags = flags;
	}
	if (p->fragment == FIRST)
		keep_ports(p);
	return ASK_POLICY;
}

static __always_inline void
set_fragment(struct packet *p, __u32 offset, __u32 more)
{
	if (offset)
		p->fragment = LATER;
	else if (more)
		p->fragment = FIRST;
}

static __always_inline int
parse_ipv4(struct __sk_buff *skb, struct packet *p, __u32 off)
{
	struct iphdr ip;
	__u8 first; /* version and length */

	if (!cnpc_config.ipv4)
		return CNPC_UNSUPPORTED_L3;
	if (load(skb, off, ETH_HLEN, &ip, sizeof(ip)) < 0)
		return CNPC_MALFORMED;
	first = *(const __u8 *)&ip;
	if (first < IPV4_SHORTEST || first > IPV4_LONGEST)
		return CNPC_MALFORMED;
	p->tuple.family = CNPC_IPV4;
	p->tuple.proto = ip.protocol;
	p->tuple.source[0] = ip.saddr;
	p->tuple.destination[0] = ip.daddr;
	p->l4 = off + 4 * (first - IPV4_VERSION);
	p->fragment_id = ip.id;
	set_fragment(p, ip.frag_off & bpf_htons(IPV4_OFFSET),
	    ip.frag_off & bpf_htons(IPV4_MORE));
	return ASK_POLICY;
}

/* Walks to the transport header, or to where a later fragment's data begin. */
static __always_inline int
skip_ipv6_headers(struct __sk_buff *skb, struct packet *p)
{
	struct {
		__u8 next, len;
		__be16 offset; /* these two of a fragment header only */
		__be32 id;
	} h;

	/* One round more, to find that there is no other. */
	for (int i = 0; i <= IPV6_HEADERS; i++) {
		__u32 proto = p->tuple.proto;

		switch (proto) {
		case IPPROTO_HOPOPTS:
		case IPPROTO_ROUTING:
		case IPPROTO_FRAGMENT:
		case IPPROTO_DSTOPTS:
		case IPPROTO_AH:
			break;
		default:
			return ASK_POLICY;
		}
		if (bpf_skb_load_bytes(skb, p->l4, &h, sizeof(h)) < 0)
			return CNPC_MALFORMED;
		p->l4 += 8;
		p->tuple.proto = h.next;
		if (proto == IPPROTO_FRAGMENT) {
			p->fragment_id = h.id;
			set_fragment(p, h.offset & bpf_htons(IPV6_OFFSET),
			    h.offset & bpf_htons(IPV6_MORE));
			if (p->fragment == LATER)
				return ASK_POLICY;
		} else {
			p->l4 += 4 * h.len;
			/* All but this one count in eight bytes. */
			if (proto != IPPROTO_AH)
				p->l4 += 4 * h.len;
		}
	}
	return CNPC_MALFORMED;
}

/* What a neighbour alone can have sent: *ret_routed is 0. */
static __always_inline int
parse_ipv6(struct __sk_buff *skb, struct packet *p, __u32 off,
    __u32 *ret_routed)
{
	struct ipv6hdr ip;
	__u8 first;

	if (!cnpc_config.ipv6)
		return CNPC_UNSUPPORTED_L3;
	if (load(skb, off, ETH_HLEN, &ip, sizeof(ip)) < 0)
		return CNPC_MALFORMED;
	first = *(const __u8 *)&ip;
	if (first < IPV6_FIRST || first > IPV6_LAST)
		return CNPC_MALFORMED;
	p->tuple.family = CNPC_IPV6;
	p->tuple.proto = ip.nexthdr;
	__builtin_memcpy(p->tuple.source, &ip.saddr, 16);
	__builtin_memcpy(p->tuple.destination, &ip.daddr, 16);
	p->l4 = off + sizeof(ip);
	*ret_routed =
	    ip.hop_limit != NEVER_ROUTED || ip.nexthdr != IPPROTO_ICMPV6;
	return skip_ipv6_headers(skb, p);
}

static __always_inline bool
is_vlan(__be16 type)
{
	return type == bpf_htons(ETH_P_8021Q) ||
	    type == bpf_htons(ETH_P_8021AD);
}

/* Whether the source is not the endpoint's. */
static __always_inline bool
is_forged(const struct tuple *t)
{
	const __u32 *source = (const __u32 *)t->source;

	if (t->family == CNPC_IPV4)
		return source[0] != cnpc_config.address_v4;
	return source[0] != cnpc_config.address_v6_0 ||
	    source[1] != cnpc_config.address_v6_1 ||
	    source[2] != cnpc_config.address_v6_2 ||
	    source[3] != cnpc_config.address_v6_3;
}

/*
 * Fills P, and says what becomes of a packet that goes in DIR, or ASK_POLICY.
 * Neighbours find each other by addresses that are not the endpoint's.
 */
static __always_inline int
parse(struct __sk_buff *skb, struct packet *p, __u32 dir)
{
	__u32 off = 2 * ETH_ALEN, routed = 1;
	bool forged;
	__be16 type;
	int reason;

	if (load(skb, off, 2 * ETH_ALEN, &type, sizeof(type)) < 0)
		return CNPC_MALFORMED;
	for (int i = 0; i < VLAN_TAGS && is_vlan(type); i++) {
		off += 4;
		if (bpf_skb_load_bytes(skb, off, &type, sizeof(type)) < 0)
			return CNPC_MALFORMED;
	}
	off += sizeof(type);
	if (type == bpf_htons(ETH_P_IP))
		reason = parse_ipv4(skb, p, off);
	else if (type == bpf_htons(ETH_P_IPV6))
		reason = parse_ipv6(skb, p, off, &routed);
	else if (type == bpf_htons(ETH_P_ARP))
		return CNPC_ARP;
	else
		return CNPC_UNSUPPORTED_L3;
	forged = dir == CNPC_EGRESS && cnpc_config.sources && p->tuple.family &&
	    is_forged(&p->tuple);
	if (forged && routed)
		return CNPC_FORGED;
	if (reason == ASK_POLICY)
		reason = parse_l4(skb, p, routed);
	return forged && reason != CNPC_NEIGHBOUR ? CNPC_FORGED : reason;
}
