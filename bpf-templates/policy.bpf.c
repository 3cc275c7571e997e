/* SPDX-License-Identifier: Apache-2.0 */

/*
 * The template of every program that cnpc writes: the policy of one endpoint,
 * to be attached to the host's side of its veth pair.  What leaves the
 * endpoint comes in there, so from_endpoint belongs to tc ingress and judges
 * egress; to_endpoint belongs to tc egress and judges ingress.
 *
 * A packet's verdict follows from its headers alone: there is no connection
 * tracking here, so replies are judged like requests.  Packets that pass give
 * TC_ACT_UNSPEC and so go on to the programs after this one; others are
 * dropped.
 */

#include <stdbool.h>

#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/pkt_cls.h>

#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#include "cnpc_abi.h"

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
#define IPV6_OFFSET 0xfff8

#define ICMP_FRAG_NEEDED 0x0304 /* type 3, code 4 */

#define ASK_POLICY -1 /* instead of a reason: the packet alone says nothing */

/*
 * This file is compiled once for each layout of the maps: with CNPC_LAYOUT the
 * first version that has it.
 */
#if CNPC_LAYOUT >= 119
#define STRONGEST 0xffffffff /* precedence that no other beats */
#define MAP_FLAGS (BPF_F_NO_PREALLOC | BPF_F_RDONLY_PROG)
typedef struct cnpc_policy_value policy_value;
typedef struct cnpc_ipcache_value ipcache_value;
#elif CNPC_LAYOUT == 118
#define STRONGEST (CNPC_POLICY_DENY << 8)
#define MAP_FLAGS BPF_F_NO_PREALLOC
typedef struct cnpc_policy_value_118 policy_value;
typedef struct cnpc_ipcache_value ipcache_value;
#else
#define STRONGEST (CNPC_POLICY_DENY << 8)
#define MAP_FLAGS BPF_F_NO_PREALLOC
typedef struct cnpc_policy_value_117 policy_value;
typedef struct cnpc_ipcache_value_117 ipcache_value;
#endif

/*
 * Constants of one program.  The values are the template's own, for whoever
 * loads it as it is: a cluster with both families, and policies in both
 * directions.
 */
#define CONFIG_VALUE(type, name, value) .name = (value),

const volatile struct cnpc_config cnpc_config SEC(".rodata") = {
    CNPC_CONFIG(CONFIG_VALUE)};

struct {
	__uint(type, BPF_MAP_TYPE_LPM_TRIE);
	__uint(map_flags, MAP_FLAGS);
	__uint(max_entries, CNPC_POLICY_SIZE_MARK);
	__type(key, struct cnpc_policy_key);
	__type(value, policy_value);
} cnpc_policy SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_LPM_TRIE);
	__uint(map_flags, MAP_FLAGS);
	__uint(max_entries, CNPC_IPCACHE_SIZE_MARK);
	__type(key, struct cnpc_ipcache_key);
	__type(value, ipcache_value);
} cnpc_ipcache SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 2 * CNPC_REASONS);
	__type(key, __u32);
	__type(value, __u64);
} cnpc_counters SEC(".maps");

/*
 * What is known of a packet; zero where nothing is.  All are words, which need
 * no masks, and functions of their own leave them in memory: so hardly a bit of
 * a program does nothing, and tests can show what each one is for.
 */
struct packet {
	__u32 source, destination; /* identities */
	__u32 l4;                  /* offset of the transport header */
	__u32 port;                /* __be16; ICMP: the type */
	__u32 later_fragment;      /* the transport header is elsewhere */
	__u32 proto;
	__u32 proxy_port;            /* __be16 */
	struct cnpc_ipcache_key key; /* of the address that is looked up */
};

static __always_inline void
set_family(struct cnpc_ipcache_key *key, __u8 family, __u32 size)
{
	key->prefixlen = CNPC_IPCACHE_BITS + 8 * size;
	key->cluster_id = 0;
	key->pad = 0;
	key->family = family;
}

/* WORLD: the identity of an address in no prefix. */
static __noinline __u32
identity_of(const struct cnpc_ipcache_key *key, __u32 world)
{
	const ipcache_value *v = bpf_map_lookup_elem(&cnpc_ipcache, key);

	return v ? v->sec_identity : world;
}

static __always_inline bool
has_ports(__u32 proto)
{
	return proto == IPPROTO_TCP || proto == IPPROTO_UDP ||
	    proto == IPPROTO_SCTP;
}

/* Reads the port; protocols without one, and later fragments, keep port 0. */
static __noinline int
parse_l4(struct __sk_buff *skb, struct packet *p, __u32 icmp)
{
	struct {
		union {
			__u8 type; /* ICMP */
			__be16 type_code;
		};
		__be16 port;
	} h;

	if (p->later_fragment || (!has_ports(p->proto) && p->proto != icmp))
		return ASK_POLICY;
	if (bpf_skb_load_bytes(skb, p->l4, &h, sizeof(h)) < 0)
		return CNPC_MALFORMED;
	if (p->proto != icmp) {
		p->port = h.port;
		return ASK_POLICY;
	}
	p->port = bpf_htons(h.type);
	if (icmp == IPPROTO_ICMP && h.type_code == bpf_htons(ICMP_FRAG_NEEDED))
		return CNPC_ALLOWED;
	return ASK_POLICY;
}

static __always_inline int
parse_ipv4(struct __sk_buff *skb, struct packet *p, __u32 off)
{
	struct iphdr ip;
	__u8 first; /* version and length */

	if (!cnpc_config.ipv4)
		return CNPC_FAMILY_OFF;
	if (bpf_skb_load_bytes(skb, off, &ip, sizeof(ip)) < 0)
		return CNPC_MALFORMED;
	first = *(const __u8 *)&ip;
	if (first < IPV4_SHORTEST || first > IPV4_LONGEST)
		return CNPC_MALFORMED;
	p->proto = ip.protocol;
	p->l4 = off + 4 * (first - IPV4_VERSION);
	p->later_fragment = ip.frag_off & bpf_htons(IPV4_OFFSET);
	set_family(&p->key, CNPC_IPV4, sizeof(ip.saddr));
	__builtin_memcpy(p->key.addr, &ip.saddr, sizeof(ip.saddr));
	p->source = identity_of(&p->key, cnpc_config.world_ipv4);
	__builtin_memcpy(p->key.addr, &ip.daddr, sizeof(ip.daddr));
	p->destination = identity_of(&p->key, cnpc_config.world_ipv4);
	return parse_l4(skb, p, IPPROTO_ICMP);
}

/* Walks to the transport header, or to where a later fragment's data begin. */
static __always_inline int
skip_ipv6_headers(struct __sk_buff *skb, struct packet *p)
{
	struct {
		__u8 next, len;
		__be16 offset; /* fragment header only */
	} h;

	/* One round more, to find that there is no other. */
	for (int i = 0; i <= IPV6_HEADERS; i++) {
		switch (p->proto) {
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
		if (p->proto == IPPROTO_FRAGMENT) {
			p->later_fragment = h.offset & bpf_htons(IPV6_OFFSET);
		} else {
			p->l4 += 4 * h.len;
			/* All but this one count in eight bytes. */
			if (p->proto != IPPROTO_AH)
				p->l4 += 4 * h.len;
		}
		p->proto = h.next;
		if (p->later_fragment)
			return ASK_POLICY;
	}
	return CNPC_MALFORMED;
}

static __always_inline int
parse_ipv6(struct __sk_buff *skb, struct packet *p, __u32 off)
{
	struct ipv6hdr ip;
	__u8 first;
	int reason;

	if (!cnpc_config.ipv6)
		return CNPC_FAMILY_OFF;
	if (bpf_skb_load_bytes(skb, off, &ip, sizeof(ip)) < 0)
		return CNPC_MALFORMED;
	first = *(const __u8 *)&ip;
	if (first < IPV6_FIRST || first > IPV6_LAST)
		return CNPC_MALFORMED;
	p->proto = ip.nexthdr;
	p->l4 = off + sizeof(ip);
	set_family(&p->key, CNPC_IPV6, sizeof(ip.saddr));
	__builtin_memcpy(p->key.addr, &ip.saddr, sizeof(ip.saddr));
	p->source = identity_of(&p->key, cnpc_config.world_ipv6);
	__builtin_memcpy(p->key.addr, &ip.daddr, sizeof(ip.daddr));
	p->destination = identity_of(&p->key, cnpc_config.world_ipv6);
	reason = skip_ipv6_headers(skb, p);
	if (reason != ASK_POLICY)
		return reason;
	return parse_l4(skb, p, IPPROTO_ICMPV6);
}

static __always_inline bool
is_vlan(__be16 type)
{
	return type == bpf_htons(ETH_P_8021Q) ||
	    type == bpf_htons(ETH_P_8021AD);
}

/* Fills P, and says what becomes of the packet, or ASK_POLICY. */
static __noinline int
parse(struct __sk_buff *skb, struct packet *p)
{
	__u32 off = 2 * ETH_ALEN;
	__be16 type;

	if (bpf_skb_load_bytes(skb, off, &type, sizeof(type)) < 0)
		return CNPC_MALFORMED;
	for (int i = 0; i < VLAN_TAGS && is_vlan(type); i++) {
		off += 4;
		if (bpf_skb_load_bytes(skb, off, &type, sizeof(type)) < 0)
			return CNPC_MALFORMED;
	}
	off += sizeof(type);
	if (type == bpf_htons(ETH_P_IP))
		return parse_ipv4(skb, p, off);
	if (type == bpf_htons(ETH_P_IPV6))
		return parse_ipv6(skb, p, off);
	return is_vlan(type) ? CNPC_MALFORMED : CNPC_NOT_IP;
}

static __always_inline __u8
lpm_bits(const policy_value *v)
{
	return v->flags >> CNPC_POLICY_LPM_SHIFT;
}

/* What is compared first: where there is no precedence, deny, then proxy. */
static __always_inline __u32
precedence(const policy_value *v)
{
#if CNPC_LAYOUT >= 119
	return v->precedence;
#else
	return (v->flags & CNPC_POLICY_DENY) << 8 | v->proxy_priority;
#endif
}

#if CNPC_LAYOUT >= 120
/* The aggregate of an identity; 0: it has none. */
static __always_inline __u32
aggregate_of(__u32 id)
{
	if (id >= CNPC_AGGREGATE_CLUSTER && id <= CNPC_AGGREGATE_REMOTE_NODE)
		return id;
	if (id < CNPC_WELL_KNOWN_FIRST)
		return 0;
	switch (id >> 24) {
	case CNPC_SCOPE_CIDR:
		return CNPC_AGGREGATE_WORLD;
	case CNPC_SCOPE_REMOTE_NODE:
		return CNPC_AGGREGATE_REMOTE_NODE;
	}
	return id >> 16 == CNPC_CLUSTER ? CNPC_AGGREGATE_CLUSTER
					: CNPC_AGGREGATE_CLUSTER_MESH;
}

/* The entry that the peer's OWN is compared with; KEY is that of the peer. */
static __always_inline const policy_value *
find_other(struct cnpc_policy_key *key, const policy_value *own)
{
	__u32 aggregate = aggregate_of(key->sec_label);
	const policy_value *other = NULL;

	if (aggregate != key->sec_label) {
		key->sec_label = aggregate;
		other = bpf_map_lookup_elem(&cnpc_policy, key);
	}
	if (own || other || !aggregate)
		return other;
	key->sec_label = 0;
	return bpf_map_lookup_elem(&cnpc_policy, key);
}
#else
static __always_inline const policy_value *
find_other(struct cnpc_policy_key *key, const policy_value *own)
{
	(void)own;
	key->sec_label = 0;
	return bpf_map_lookup_elem(&cnpc_policy, key);
}
#endif

static __always_inline bool
beats(const policy_value *any, const policy_value *own)
{
	__u32 a = precedence(any), o = precedence(own);

	return a > o || (a == o && lpm_bits(any) > lpm_bits(own));
}

/* Whether the entry that was not chosen may demand authentication. */
static __always_inline bool
adds_auth(const policy_value *other, const policy_value *chosen)
{
	return !(chosen->auth & CNPC_AUTH_EXPLICIT) &&
	    (CNPC_LAYOUT < 119 || precedence(other) == precedence(chosen));
}

/*
 * The decision: the longest entry for the peer's own identity against the
 * longest one for what stands for it.  Higher precedence wins, then the longer
 * prefix, then the peer's own.
 */
static __noinline int
decide(struct packet *p, __u32 remote, __u32 egress)
{
	struct cnpc_policy_key key = {
	    .prefixlen = CNPC_POLICY_BITS_FULL,
	    .sec_label = remote,
	    .egress = egress,
	    .protocol = p->proto,
	    .dport = p->port,
	};
	const policy_value *own, *any = NULL, *chosen, *other;
	__u8 auth;

	own = bpf_map_lookup_elem(&cnpc_policy, &key);
	/* Nothing can beat the strongest deny. */
	if (!own || precedence(own) != STRONGEST)
		any = find_other(&key, own);
	chosen = own;
	other = any;
	if (any && (!own || beats(any, own))) {
		chosen = any;
		other = own;
	}
	if (!chosen)
		return p->later_fragment ? CNPC_FRAGMENT : CNPC_NO_ENTRY;
	if (chosen->flags & CNPC_POLICY_DENY)
		return CNPC_DENIED;
	auth = chosen->auth & CNPC_AUTH_TYPE;
	if (other && adds_auth(other, chosen) &&
	    (other->auth & CNPC_AUTH_TYPE) > auth)
		auth = other->auth & CNPC_AUTH_TYPE;
	if (auth)
		return CNPC_AUTH_NEEDED;
	p->proxy_port = chosen->proxy_port;
	return p->proxy_port ? CNPC_REDIRECTED : CNPC_ALLOWED;
}

static __always_inline void
count(__u32 dir, __u32 reason)
{
	__u32 slot = dir * CNPC_REASONS + reason;
	__u64 *n = bpf_map_lookup_elem(&cnpc_counters, &slot);

	if (n)
		++*n;
}

static __always_inline int
judge(struct __sk_buff *skb, enum cnpc_dir dir, bool enforced)
{
	struct packet p = {};
	__u32 local, remote;
	int reason;

	if (!enforced) {
		reason = CNPC_ALLOWED;
		local = remote = 0;
	} else {
		reason = parse(skb, &p);
		local = dir == CNPC_EGRESS ? p.source : p.destination;
		remote = dir == CNPC_EGRESS ? p.destination : p.source;
		if (reason == ASK_POLICY)
			reason = decide(&p, remote, dir);
	}
	skb->cb[CNPC_CB_REASON] = reason;
	skb->cb[CNPC_CB_REMOTE] = remote;
	skb->cb[CNPC_CB_LOCAL] = local;
	skb->cb[CNPC_CB_PROXY] = bpf_ntohs(p.proxy_port);
	skb->cb[CNPC_CB_L4] = p.proto << 16 | bpf_ntohs(p.port);
	if (reason == CNPC_REDIRECTED)
		skb->mark = CNPC_MARK_PROXY | (__u32)p.proxy_port << 16;
	count(dir, reason);
	return reason < CNPC_DROPPED ? TC_ACT_UNSPEC : TC_ACT_SHOT;
}

SEC("tc")
int
from_endpoint(struct __sk_buff *skb)
{
	return judge(skb, CNPC_EGRESS, cnpc_config.egress);
}

SEC("tc")
int
to_endpoint(struct __sk_buff *skb)
{
	return judge(skb, CNPC_INGRESS, cnpc_config.ingress);
}

const char cnpc_license[] SEC("license") = "Apache-2.0";
