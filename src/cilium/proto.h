/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * IP protocols by the names that policies have for them.  Numbers are IANA's;
 * 0 is any protocol.
 */

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"

/* "tcp", "udp", "any", ...; NULL for a number without a name in policies. */
const char *proto_name(uint8_t proto);

/* The name as people write it: "TCP", "ICMPv6"; NULL likewise. */
const char *proto_title(uint8_t proto);

/* By name, in any case. */
bool proto_parse(struct str name, uint8_t *ret_proto);

/* What a policy map's key has instead of a port is the type. */
static inline bool
proto_is_icmp(uint8_t proto)
{
	return proto == IPPROTO_ICMP || proto == IPPROTO_ICMPV6;
}

static inline bool
proto_has_ports(uint8_t proto)
{
	return proto == IPPROTO_TCP || proto == IPPROTO_UDP ||
	    proto == IPPROTO_SCTP;
}
