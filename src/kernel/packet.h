/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What a program reads from a frame, in C: the headers of
 * bpf-templates/parse.h, read again from its rules and not from its code, so
 * that the two can be compared.
 */

#include <stdbool.h>
#include <stdint.h>

#include "base/cidr.h"
#include "base/str.h"
#include "cilium/direction.h"
#include "cnpc_abi.h"

/* Who sends to whom; ports in host order. */
struct packet_ends {
	struct ip from, to;
	uint8_t proto;
	uint16_t sport, dport; /* an echo's identifier is the second, that of a
				* reply the first */
};

/* What a packet has to do with connections. */
enum packet_tracking {
	PACKET_UNTRACKED,
	PACKET_TRACKED,
	PACKET_REPLY_ALONE,
	PACKET_RELATED,
};

/* Zero where nothing is known. */
struct packet_read {
	uint8_t reason; /* enum cnpc_reason; ALLOWED: the policy decides */
	bool passes;    /* whatever the policy says */
	struct packet_ends ends;
	struct packet_ends inner; /* of the packet that it is an error of */
	uint16_t port;            /* that policies name; ICMP: the type */
	enum packet_tracking tracking;
	uint8_t tcp_flags;
	bool first_fragment, later_fragment;
	uint32_t fragment_id; /* its bytes as they lie there */
};

/*
 * PORTS: what the first fragment of the same datagram said, source and
 * destination; NULL: nobody has seen it.
 */
struct packet_read packet_read(struct str frame, enum direction dir,
    const struct cnpc_config *config, const uint16_t *ports);

/* The keys under which the packet's traces are kept. */
struct cnpc_fragment_key packet_fragment_key(const struct packet_read *p);
