/* SPDX-License-Identifier: Apache-2.0 */
#include "ir/icmp.h"

#include <assert.h>

#include "base/num.h"

enum {
	PROTO_ICMP = 1,
	PROTO_ICMPV6 = 58,
};

struct icmp_type {
	const char *name;
	uint8_t type;
};

static const struct icmp_type types_v4[] = {
    {"EchoReply", 0},
    {"DestinationUnreachable", 3},
    {"Redirect", 5},
    {"Echo", 8},
    {"EchoRequest", 8},
    {"RouterAdvertisement", 9},
    {"RouterSelection", 10},
    {"TimeExceeded", 11},
    {"ParameterProblem", 12},
    {"Timestamp", 13},
    {"TimestampReply", 14},
    {"Photuris", 40},
    {"ExtendedEchoRequest", 42},
    {"ExtendedEchoReply", 43},
    {NULL, 0},
};

static const struct icmp_type types_v6[] = {
    {"DestinationUnreachable", 1},
    {"PacketTooBig", 2},
    {"TimeExceeded", 3},
    {"ParameterProblem", 4},
    {"EchoRequest", 128},
    {"EchoReply", 129},
    {"MulticastListenerQuery", 130},
    {"MulticastListenerReport", 131},
    {"MulticastListenerDone", 132},
    {"RouterSolicitation", 133},
    {"RouterAdvertisement", 134},
    {"NeighborSolicitation", 135},
    {"NeighborAdvertisement", 136},
    {"RedirectMessage", 137},
    {"RouterRenumbering", 138},
    {"ICMPNodeInformationQuery", 139},
    {"ICMPNodeInformationResponse", 140},
    {"InverseNeighborDiscoverySolicitation", 141},
    {"InverseNeighborDiscoveryAdvertisement", 142},
    {"HomeAgentAddressDiscoveryRequest", 144},
    {"HomeAgentAddressDiscoveryReply", 145},
    {"MobilePrefixSolicitation", 146},
    {"MobilePrefixAdvertisement", 147},
    {"DuplicateAddressRequestCodeSuffix", 157},
    {"DuplicateAddressConfirmationCodeSuffix", 158},
    {"ExtendedEchoRequest", 160},
    {"ExtendedEchoReply", 161},
    {NULL, 0},
};

bool
icmp_type_parse(bool ipv6, struct str name, uint8_t *ret_type)
{
	const struct icmp_type *t = ipv6 ? types_v6 : types_v4;

	for (; t->name != NULL; t++) {
		if (str_is(name, t->name)) {
			*ret_type = t->type;
			return true;
		}
	}
	return false;
}

struct ir_port
icmp_port(const struct ast_icmp_field *f)
{
	bool ipv6 = f->family.present && str_is(f->family.v, "IPv6");
	struct ir_port port = {.proto = ipv6 ? PROTO_ICMPV6 : PROTO_ICMP,
	    .at = f->at};
	uint64_t number;
	uint8_t type;

	if (f->type.is_int) {
		port.port = f->type.i < 0 ? 0 : (uint16_t)f->type.i;
	} else if (num_u64(f->type.s, 255, &number)) {
		port.port = (uint16_t)number;
	} else {
		bool ok = icmp_type_parse(ipv6, f->type.s, &type);

		assert(ok);
		port.port = type;
	}
	return port;
}
