/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What is known of a packet.  All are words, which need no masks: so hardly a
 * bit of a program does nothing, and tests can show what each one is for.
 */

#include <linux/types.h>

#include "cnpc_abi.h"

#define ASK_POLICY -1 /* instead of a reason: the packet alone says nothing */

/* Between whom; IPv4 lies in the first four bytes, the rest is 0. */
struct tuple {
	__u64 source[2], destination[2];
	__u32 family; /* enum cnpc_family */
	__u32 proto;
	__u32 sport, dport; /* __be16; of ICMP see parse.h */
};

/* What a packet has to do with connections. */
enum tracking {
	UNTRACKED,   /* nothing */
	TRACKED,     /* it begins one, or belongs to it */
	REPLY_ALONE, /* it belongs to one, or the policy is asked each time */
	RELATED,     /* it is an error of one: that of the inner tuple */
};

/* Zero where nothing is known. */
struct packet {
	struct tuple tuple;
	struct tuple inner; /* of RELATED */
	__u32 l4;           /* offset of the transport header */
	__u32 port;         /* that policies ask for: __be16; ICMP: the type */
	__u32 tracking;     /* enum tracking */
	__u32 tcp_flags;    /* of TCP, where it has a header */
	__u32 fragment;     /* enum fragment */
	__u32 fragment_id;  /* of its datagram */
	__u32 remote;       /* identity of the peer; 0: nobody asked */
	__u32 proxy_port;   /* __be16 */
	struct cnpc_policy_key entry; /* that decided; prefixlen 0: none */
};

enum fragment {
	WHOLE,
	FIRST, /* it has the ports, and others follow */
	LATER, /* the transport header is in the first one */
};
