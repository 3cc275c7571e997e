/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Ethernet with up to two tags, IPv4 with options, IPv6 with up to eight
 * extension headers, and the first bytes of the transport header.
 */
#include "kernel/packet.h"

#include <netinet/in.h>

#include <linux/if_ether.h>

#include "base/cidr.h"
#include "cilium/proto.h"
#include "cnpc_abi.h"

#define TAGS_MAX 2
#define EXTENSIONS_MAX 8

#define IPV4_SIZE 20
#define IPV6_SIZE 40

/* Of a transport header as much is read, whatever is looked for in it. */
#define TRANSPORT_SIZE 4

static bool
has(struct str frame, size_t at, size_t n)
{
	return at + n <= frame.n;
}

static uint8_t
byte_at(struct str frame, size_t at)
{
	return (uint8_t)frame.s[at];
}

static uint16_t
word_at(struct str frame, size_t at)
{
	return (uint16_t)(byte_at(frame, at) << 8 | byte_at(frame, at + 1));
}

static bool
is_tag(uint16_t type)
{
	return type == ETH_P_8021Q || type == ETH_P_8021AD;
}

/* The transport header at AT; ICMP is the family's own. */
static void
read_transport(struct packet_read *p, struct str frame, size_t at, uint8_t icmp)
{
	if (p->later_fragment ||
	    (!proto_has_ports(p->proto) && p->proto != icmp))
		return;
	if (!has(frame, at, TRANSPORT_SIZE)) {
		p->reason = CNPC_MALFORMED;
	} else if (p->proto == icmp) {
		p->port = byte_at(frame, at);
		p->frag_needed =
		    icmp == IPPROTO_ICMP && word_at(frame, at) == 0x0304;
	} else {
		p->port = word_at(frame, at + 2);
	}
}

static void
read_ipv4(struct packet_read *p, struct str frame, size_t at)
{
	unsigned words;

	p->reason = CNPC_MALFORMED;
	if (!has(frame, at, IPV4_SIZE))
		return;
	words = byte_at(frame, at) & 0x0f;
	if (byte_at(frame, at) >> 4 != 4 || words < IPV4_SIZE / 4)
		return;
	*p = (struct packet_read){
	    .addressed = true,
	    .proto = byte_at(frame, at + 9),
	    .later_fragment = (word_at(frame, at + 6) & 0x1fff) != 0,
	};
	read_transport(p, frame, at + 4 * (size_t)words, IPPROTO_ICMP);
}

/* Bytes of an extension header whose length field is LEN; 0: it is none. */
static size_t
extension_size(uint8_t proto, uint8_t len)
{
	switch (proto) {
	case IPPROTO_HOPOPTS:
	case IPPROTO_ROUTING:
	case IPPROTO_DSTOPTS:
		return 8 * (len + 1u);
	case IPPROTO_FRAGMENT:
		return 8;
	case IPPROTO_AH:
		return 4 * (len + 2u);
	}
	return 0;
}

static void
read_ipv6(struct packet_read *p, struct str frame, size_t at)
{
	unsigned extensions = 0;

	p->reason = CNPC_MALFORMED;
	if (!has(frame, at, IPV6_SIZE) || byte_at(frame, at) >> 4 != 6)
		return;
	p->addressed = true;
	p->proto = byte_at(frame, at + 6);
	at += IPV6_SIZE;
	while (extension_size(p->proto, 0) > 0 && !p->later_fragment) {
		uint8_t proto = p->proto;

		if (!has(frame, at, TRANSPORT_SIZE))
			return;
		p->later_fragment = proto == IPPROTO_FRAGMENT &&
		    (word_at(frame, at + 2) & 0xfff8) != 0;
		p->proto = byte_at(frame, at);
		at += extension_size(proto, byte_at(frame, at + 1));
		if (++extensions > EXTENSIONS_MAX && !p->later_fragment)
			return;
	}
	p->reason = CNPC_ALLOWED;
	read_transport(p, frame, at, IPPROTO_ICMPV6);
}

struct packet_read
packet_read(struct str frame, const bool family[static 2])
{
	struct packet_read p = {.reason = CNPC_MALFORMED};
	size_t at = 2 * ETH_ALEN;
	uint16_t type = word_at(frame, at);

	for (int i = 0; i < TAGS_MAX && is_tag(type); i++) {
		at += 4;
		if (!has(frame, at, 2))
			return p;
		type = word_at(frame, at);
	}
	at += 2;
	if (type == ETH_P_IP && family[IP_V4 - 1])
		read_ipv4(&p, frame, at);
	else if (type == ETH_P_IPV6 && family[IP_V6 - 1])
		read_ipv6(&p, frame, at);
	else if (type == ETH_P_IP || type == ETH_P_IPV6)
		p.reason = CNPC_FAMILY_OFF;
	else if (!is_tag(type))
		p.reason = CNPC_NOT_IP;
	return p;
}
