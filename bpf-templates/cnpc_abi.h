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
#define CNPC_MAP_FLOWS "cnpc_flows"
#define CNPC_MAP_FRAGMENTS "cnpc_fragments"
#define CNPC_MAP_MATCHES "cnpc_matches"
#define CNPC_MAP_WATCH "cnpc_watch"
#define CNPC_MAP_EVENTS "cnpc_events"

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
	CNPC_REDIRECTED = 1, /* to a proxy, which has the packet */
	CNPC_ARP = 2,        /* passed unjudged */
	CNPC_NEIGHBOUR = 3,  /* the same of IPv6: neighbour discovery */
	CNPC_FORGED = 132,   /* the source is not the endpoint's address */
	CNPC_NO_ENTRY = 133,
	CNPC_MALFORMED = 134,
	CNPC_TRUNCATED = 135,  /* the transport header is not whole */
	CNPC_UNKNOWN_L4 = 137, /* a transport that the cluster has not */
	CNPC_UNSUPPORTED_L3 = 139,
	CNPC_FRAGMENT = 157, /* of ICMP, which is not taken in parts */
	CNPC_NO_FIRST_FRAGMENT = 175,
	CNPC_NO_PROXY = 180, /* to be redirected, and nobody is there */
	CNPC_DENIED = 181,
	CNPC_AUTH_NEEDED = 189,
};

#define CNPC_DROPPED 130

/* counters[dir * CNPC_REASONS + reason]: packets, for each CPU. */
#define CNPC_REASONS 256

/* What a program leaves in skb->cb for tests and for programs after it. */
enum cnpc_cb {
	CNPC_CB_REASON,
	CNPC_CB_REMOTE, /* identity; 0: it was not looked up */
	CNPC_CB_PART,   /* enum cnpc_part */
	CNPC_CB_PROXY,  /* proxy port, host order; 0 = none */
	CNPC_CB_L4,     /* protocol << 16 | port in host order */
};

/* What of a connection a packet is. */
enum cnpc_part {
	CNPC_NEW,
	CNPC_ESTABLISHED, /* from who began it */
	CNPC_REPLY,
	CNPC_RELATED, /* an error of it */
};

/*
 * Connections.  The ends are in the order of their addresses as numbers of the
 * machine, then of their ports.
 */
#define CNPC_FLOWS 65536

struct cnpc_flow_key {
	__u64 low[2], high[2]; /* network order; IPv4 in the first four bytes */
	__be16 low_port, high_port;
	__u32 family; /* enum cnpc_family */
	__u32 proto;
	__u32 endpoint; /* of the program's constants */
};

/* How a connection came about, and how far it is. */
enum cnpc_flow_flags {
	CNPC_FLOW_EGRESS = 0x01, /* enum cnpc_dir: who began it */
	CNPC_FLOW_LOW = 0x02,    /* the lower end began it */
	CNPC_FLOW_REPLIED = 0x04,
	CNPC_FLOW_CLOSED = 0x08, /* by who began it */
	CNPC_FLOW_REPLY_CLOSED = 0x10,
};

struct cnpc_flow {
	__u32 generation; /* of the policy that let it pass */
	__u32 expires;    /* jiffies */
	__u32 flags;      /* enum cnpc_flow_flags */
	__be16 proxy_port;
	__u16 pad;
};

/* Datagrams in parts: what the first one says of the others. */
#define CNPC_FRAGMENTS 8192

struct cnpc_fragment_key {
	__u8 source[16], destination[16];
	__u32 id; /* as in the header */
	__u8 family;
	__u8 proto;
	__u16 pad;
};

struct cnpc_fragment {
	__be16 sport, dport;
};

/*
 * What the programs tell of packets: those that are dropped, and the first ones
 * of connections, as long as somebody wants to hear it (struct cnpc_watch).
 */
#define CNPC_EVENTS_SIZE (1 << 18) /* bytes of the ring */

struct cnpc_event {
	__u64 source[2], destination[2]; /* as in struct cnpc_flow_key */
	__u32 family;                    /* enum cnpc_family; 0: not known */
	__u32 proto;
	__be16 sport, dport; /* of an echo: its identifier is one of them */
	__u32 port;          /* __be16: what policies ask for, as a word */
	__u32 egress;        /* enum cnpc_dir */
	__u32 reason;        /* enum cnpc_reason */
	__u32 remote;        /* identity of the peer; 0: nobody asked */
	__u32 endpoint, generation;   /* of the program's constants */
	struct cnpc_policy_key entry; /* that decided; prefixlen 0: none did */
};

/*
 * What is wanted, for each reason: so many events more, of every so many
 * packets one.  Who listens writes this again and again, and so the programs
 * fall silent when he is gone.
 */
struct cnpc_watch {
	__s32 left;
	__u32 every; /* at least 1 */
	__u32 seen;  /* packets, counted by the programs */
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
 *   sctp, extended          SCTP, and all other transports, are judged and not
 *                           dropped
 *   icmp_frag_needed        "fragmentation needed" passes
 *   sources                 what leaves is checked for its source:
 *   address_v4, _v6_0 ...   the endpoint's, in words of network order; 0: it
 *                           has none
 *   endpoint                tells its connections from those of others
 *   generation              of the policy
 *   hz                      jiffies in a second
 */
#define CNPC_CONFIG(X)               \
	X(__u32, address_v4, 0)      \
	X(__u32, address_v6_0, 0)    \
	X(__u32, address_v6_1, 0)    \
	X(__u32, address_v6_2, 0)    \
	X(__u32, address_v6_3, 0)    \
	X(__u32, world_ipv4, 9)      \
	X(__u32, world_ipv6, 10)     \
	X(__u32, endpoint, 0)        \
	X(__u32, generation, 0)      \
	X(__u32, hz, 250)            \
	X(__u8, ipv4, 1)             \
	X(__u8, ipv6, 1)             \
	X(__u8, ingress, 1)          \
	X(__u8, egress, 1)           \
	X(__u8, sctp, 1)             \
	X(__u8, extended, 1)         \
	X(__u8, icmp_frag_needed, 1) \
	X(__u8, sources, 0)

#define CNPC_CONFIG_MEMBER(type, name, value) type name;

struct cnpc_config {
	CNPC_CONFIG(CNPC_CONFIG_MEMBER)
};

/* Sizes of the maps in the template; cnpc writes the real ones over them. */
#define CNPC_POLICY_SIZE_MARK 0x2eed0001
#define CNPC_IPCACHE_SIZE_MARK 0x2eed0002
#define CNPC_MATCHES_SIZE_MARK 0x2eed0003 /* as many as the policy */
