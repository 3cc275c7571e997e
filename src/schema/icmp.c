/* SPDX-License-Identifier: Apache-2.0 */
/* ICMP types by the names that Cilium gives them. */
#include "schema/icmp.h"

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
icmp_type_number(bool ipv6, struct str name, uint8_t *ret_type)
{
	const struct icmp_type *t = ipv6 ? types_v6 : types_v4;

	for (; t->name; t++) {
		if (str_is(name, t->name)) {
			*ret_type = t->type;
			return true;
		}
	}
	return false;
}
