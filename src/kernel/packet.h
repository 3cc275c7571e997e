/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What a program reads from a frame, in C: the headers of
 * bpf-templates/policy.bpf.c, read again from its rules and not from its code,
 * so that the two can be compared.
 */

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"

/* Zero where nothing is known. */
struct packet_read {
	uint8_t reason; /* enum cnpc_reason; ALLOWED: the policy decides */
	bool addressed; /* the addresses were read */
	uint8_t proto;
	uint16_t port;       /* host order; ICMP: the type */
	bool later_fragment; /* the transport header is in another packet */
	bool frag_needed;    /* ICMPv4 "fragmentation needed" */
};

/* FAMILY - 1: the cluster has it. */
struct packet_read packet_read(struct str frame, const bool family[static 2]);
