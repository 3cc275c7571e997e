/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What a program makes of a packet and of its connection, in C, from the rules
 * of bpf-templates/flow.h and not from its code.
 */

#include <stdbool.h>
#include <stdint.h>

#include "bundle/decide.h"
#include "cnpc_abi.h"
#include "kernel/packet.h"

/* Who says what the policy decides; PORT in host order. */
typedef struct verdict track_decide(void *arg, enum direction dir,
    uint32_t peer, uint8_t proto, uint16_t port);

struct tracker {
	const struct cnpc_config *config;
	uint32_t peer; /* identity at the other end */
	track_decide *decide;
	void *arg;
};

struct tracked {
	uint8_t reason;
	enum cnpc_part part;
	bool asked; /* the policy was, about the peer */
	uint16_t proxy_port;
	const struct policy_record *entry; /* that decided, or NULL */
	bool kept;                         /* FLOW is there afterwards */
	struct cnpc_flow flow;
};

/* The key of a connection, and whether the sender is the lower end. */
struct cnpc_flow_key track_key(const struct cnpc_config *config,
    const struct packet_ends *e, bool *ret_low);

/*
 * A packet that goes in DIR, when the connection is as in BEFORE (NULL: it is
 * not known) and the time is NOW, in jiffies.
 */
struct tracked track(const struct tracker *t, enum direction dir,
    const struct packet_read *p, const struct cnpc_flow *before, uint32_t now);
