/* SPDX-License-Identifier: Apache-2.0 */
/* The table of protocols, by number and by name. */
#include "cilium/proto.h"

#include <stddef.h>
#include <strings.h>

static const struct proto {
	const char *name, *title;
	uint8_t number;
} protos[] = {
    {"any", "any", 0},
    {"icmp", "ICMP", IPPROTO_ICMP},
    {"igmp", "IGMP", IPPROTO_IGMP},
    {"ipip", "IPIP", IPPROTO_IPIP},
    {"tcp", "TCP", IPPROTO_TCP},
    {"udp", "UDP", IPPROTO_UDP},
    {"ipv6", "IPv6", IPPROTO_IPV6},
    {"gre", "GRE", IPPROTO_GRE},
    {"esp", "ESP", IPPROTO_ESP},
    {"ah", "AH", IPPROTO_AH},
    {"icmpv6", "ICMPv6", IPPROTO_ICMPV6},
    {"vrrp", "VRRP", 112},
    {"sctp", "SCTP", IPPROTO_SCTP},
};

static const struct proto *
find(uint8_t number)
{
	for (size_t i = 0; i < sizeof(protos) / sizeof(*protos); i++) {
		if (protos[i].number == number)
			return &protos[i];
	}
	return NULL;
}

const char *
proto_name(uint8_t proto)
{
	const struct proto *p = find(proto);

	return p ? p->name : NULL;
}

const char *
proto_title(uint8_t proto)
{
	const struct proto *p = find(proto);

	return p ? p->title : NULL;
}

bool
proto_parse(struct str name, uint8_t *ret_proto)
{
	for (size_t i = 0; i < sizeof(protos) / sizeof(*protos); i++) {
		if (strlen(protos[i].name) == name.n &&
		    strncasecmp(protos[i].name, name.s, name.n) == 0) {
			*ret_proto = protos[i].number;
			return true;
		}
	}
	return false;
}
