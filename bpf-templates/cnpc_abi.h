/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What the BPF programs and the C that writes, loads and tests them share.
 * Keys and values are those of Cilium (cnpc-image(5)); a struct
 * whose name ends in a number is that of an older version.  Unless marked
 * __be16, integers are little-endian, as is every object that is compiled from
 * here.
 */

#include <linux/types.h>

/* Map names in an object. */
#define CNPC_MAP_POLICY "cnpc_policy"
#define CNPC_MAP_IPCACHE "cnpc_ipcache"
#define CNPC_MAP_COUNTERS "cnpc_counters"

/* Program names: from_endpoint judges egress, to_endpoint judges ingress. */
#define CNPC_PROG_EGRESS "from_endpoint"
#define CNPC_PROG_INGRESS "to_endpoint"

enum cnpc_dir {
	CNPC_INGRESS = 0,
	CNPC_EGRESS = 1,
};

/* Bits in front of the port in a policy key: label, direction, protocol. */
#define CNPC_POLICY_BITS_ANY 40
#define CNPC_POLICY_BITS_PROTO 48
#define CNPC_POLICY_BITS_FULL 64

struct cnpc_policy_key {
	__u32 prefixlen; /* ANY, PROTO + port bits, or FULL */
	__u32 sec_label; /* identity of the peer, or what stands for it */
	__u8 egress;     /* enum cnpc_dir */
	__u8 protocol;   /* 0 = any */
	__be16 dport;    /* masked; ICMP: the type */
};

/*
 * Identities that stand for others since Cilium 1.20.  Up to 0xffffff an
 * identity has the number of its cluster above 16 bits, beyond that its scope
 * above 24.  0 is any identity.
 */
enum cnpc_aggregate {
	CNPC_AGGREGATE_CLUSTER = 11,
	CNPC_AGGREGATE_CLUSTER_MESH = 12,
	CNPC_AGGREGATE_WORLD = 13,
	CNPC_AGGREGATE_REMOTE_NODE = 14,
};

#define CNPC_WELL_KNOWN_FIRST 100 /* what is below has no aggregate */
#define CNPC_SCOPE_CIDR 1
#define CNPC_SCOPE_REMOTE_NODE 2
#define CNPC_CLUSTER 0 /* the own one */

#define CNPC_POLICY_DENY 0x01
#define CNPC_POLICY_LPM_SHIFT 3 /* flags >> this: 0, 8, 8 + port bits */
#define CNPC_AUTH_EXPLICIT 0x80
#define CNPC_AUTH_TYPE 0x7f

struct cnpc_policy_value {
	__be16 proxy_port; /* 0 = none */
	__u8 flags;
	__u8 auth;
	__u32 precedence; /* higher wins */
	__u32 cookie;
};

struct cnpc_policy_value_118 {
	__be16 proxy_port;
	__u8 flags;
	__u8 auth;
	__u8 proxy_priority; /* higher wins, a deny beats it; 0 = no proxy */
	__u8 pad[3];
};

struct cnpc_policy_value_117 {
	__be16 proxy_port;
	__u8 flags;
	__u8 auth;
	__u8 proxy_priority;
	__u8 pad[3];
	__u64 packets;
	__u64 bytes;
};

/* Bits in front of the address in an ipcache key: cluster, pad, family. */
#define CNPC_IPCACHE_BITS 32

enum cnpc_family {
	CNPC_IPV4 = 1,
	CNPC_IPV6 = 2,
};

struct cnpc_ipcache_key {
	__u32 prefixlen; /* IPCACHE_BITS + address bits */
	__u16 cluster_id;
	__u8 pad;
	__u8 family;   /* enum cnpc_family */
	__u8 addr[16]; /* network order; IPv4 in the first four */
};

struct cnpc_ipcache_value {
	__u32 sec_identity;
	__u8 tunnel[16];
	__u16 pad;
	__u8 key;
	__u8 flags;
};

struct cnpc_ipcache_value_117 {
	__u32 sec_identity;
	__u8 tunnel[4];
	__u16 pad;
	__u8 key;
	__u8 flags;
};

/*
 * What became of a packet.  From 130 on it was dropped, and the number is the
 * one that Cilium gives for the same reason.
 */
enum cnpc_reason {
	CNPC_ALLOWED = 0,
	CNPC_REDIRECTED = 1, /* passed, with the proxy's mark */
	CNPC_NOT_IP = 2,     /* passed unjudged: ARP and the like */
	CNPC_NO_ENTRY = 133,
	CNPC_MALFORMED = 134,
	CNPC_FAMILY_OFF = 139,
	CNPC_FRAGMENT = 157, /* a later fragment, and no entry without ports */
	CNPC_DENIED = 181,
	CNPC_AUTH_NEEDED = 189,
};

#define CNPC_DROPPED 130

/* counters[dir * CNPC_REASONS + reason]: packets, for each CPU. */
#define CNPC_REASONS 256

/* What a program leaves in skb->cb for tests and for programs after it. */
enum cnpc_cb {
	CNPC_CB_REASON,
	CNPC_CB_REMOTE, /* identity */
	CNPC_CB_LOCAL,  /* identity */
	CNPC_CB_PROXY,  /* proxy port, host order; 0 = none */
	CNPC_CB_L4,     /* protocol << 16 | port in host order */
};

/* The mark of a redirected packet, as Cilium sets it: this | be16 << 16. */
#define CNPC_MARK_PROXY 0x0200

/*
 * The constants of a program, in .rodata under the name cnpc_config: they are
 * known when the verifier runs, so what they rule out costs nothing.  This list
 * is the only one.  X(type, name, value in the template):
 *
 *   world_ipv4, world_ipv6  identity of an address in no ipcache prefix
 *   ipv4, ipv6              the cluster has this family, else it is dropped
 *   ingress, egress         there is something to judge, else all passes
 */
#define CNPC_CONFIG(X)           \
	X(__u32, world_ipv4, 9)  \
	X(__u32, world_ipv6, 10) \
	X(__u8, ipv4, 1)         \
	X(__u8, ipv6, 1)         \
	X(__u8, ingress, 1)      \
	X(__u8, egress, 1)

#define CNPC_CONFIG_MEMBER(type, name, value) type name;

struct cnpc_config {
	CNPC_CONFIG(CNPC_CONFIG_MEMBER)
};

/* Sizes of the maps in the template; cnpc writes the real ones over them. */
#define CNPC_POLICY_SIZE_MARK 0x2eed0001
#define CNPC_IPCACHE_SIZE_MARK 0x2eed0002
