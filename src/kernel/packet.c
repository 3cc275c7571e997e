/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Ethernet with up to two tags, IPv4 with options, IPv6 with up to eight
 * extension headers, and the first bytes of the transport header.
 */
#include "kernel/packet.h"

#include <string.h>

#include <netinet/in.h>

#include <linux/if_ether.h>

#include "cilium/proto.h"

#define TAGS_MAX 2
#define EXTENSIONS_MAX 8
#define EXTENSION_SIZE 8 /* of one, as much is read */

#define IPV4_SIZE 20
#define IPV6_SIZE 40

/* As much is read of a transport header. */
#define PORTS_SIZE 4
#define ICMP_SIZE 6
#define TCP_SIZE 14

#define ICMP_HEADER 8 /* before the packet that an error is of */

/* A frame that is read, and where. */
struct cursor {
	struct str frame;
	size_t at;
	const struct cnpc_config *config;
};

static bool
has(const struct cursor *c, size_t n)
{
	return c->at + n <= c->frame.n;
}

static uint8_t
byte_at(const struct cursor *c, size_t offset)
{
	return (uint8_t)c->frame.s[c->at + offset];
}

static uint16_t
word_at(const struct cursor *c, size_t offset)
{
	return (uint16_t)(byte_at(c, offset) << 8 | byte_at(c, offset + 1));
}

static uint32_t
raw_at(const struct cursor *c, size_t offset, size_t n)
{
	uint32_t v = 0;

	memcpy(&v, c->frame.s + c->at + offset, n);
	return v;
}

static bool
is_tag(uint16_t type)
{
	return type == ETH_P_8021Q || type == ETH_P_8021AD;
}

static bool
is_own_icmp(const struct packet_ends *e)
{
	return e->proto ==
	    (e->from.family == IP_V4 ? IPPROTO_ICMP : IPPROTO_ICMPV6);
}

static bool
has_ports(const struct cursor *c, uint8_t proto)
{
	return proto_has_ports(proto) &&
	    (proto != IPPROTO_SCTP || c->config->sctp);
}

/* What a type of the family's ICMP is. */
enum icmp_kind {
	ICMP_ELSE,
	ICMP_IS_ECHO,
	ICMP_IS_REPLY,
	ICMP_IS_ERROR,
};

static enum icmp_kind
icmp_kind(uint8_t family, uint8_t type)
{
	static const struct {
		uint8_t family, type;
		enum icmp_kind kind;
	} kinds[] = {
	    {IP_V4, 0, ICMP_IS_REPLY},
	    {IP_V4, 3, ICMP_IS_ERROR},
	    {IP_V4, 8, ICMP_IS_ECHO},
	    {IP_V4, 11, ICMP_IS_ERROR},
	    {IP_V4, 12, ICMP_IS_ERROR},
	    {IP_V6, 1, ICMP_IS_ERROR},
	    {IP_V6, 2, ICMP_IS_ERROR},
	    {IP_V6, 3, ICMP_IS_ERROR},
	    {IP_V6, 4, ICMP_IS_ERROR},
	    {IP_V6, 128, ICMP_IS_ECHO},
	    {IP_V6, 129, ICMP_IS_REPLY},
	};

	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++) {
		if (kinds[i].family == family && kinds[i].type == type)
			return kinds[i].kind;
	}
	return ICMP_ELSE;
}

/* Ports or identifiers at C; false: there are none. */
static bool
read_ports(const struct cursor *c, struct packet_ends *e)
{
	if (has_ports(c, e->proto)) {
		e->sport = word_at(c, 0);
		e->dport = word_at(c, 2);
		return true;
	}
	if (!is_own_icmp(e))
		return false;
	switch (icmp_kind(e->from.family, byte_at(c, 0))) {
	case ICMP_IS_ECHO:
		e->dport = word_at(c, 4);
		return true;
	case ICMP_IS_REPLY:
		e->sport = word_at(c, 4);
		return true;
	case ICMP_IS_ERROR:
	case ICMP_ELSE:
		break;
	}
	return false;
}

static struct ip
address_at(const struct cursor *c, size_t offset, uint8_t family)
{
	struct ip ip = {.family = family};

	memcpy(ip.addr, c->frame.s + c->at + offset, ip_width(family) / 8);
	return ip;
}

/* The packet at C that an error is of. */
static void
read_inner(struct packet_read *p, struct cursor c)
{
	uint8_t family = p->ends.from.family;
	struct packet_ends e = {0};
	bool v4 = family == IP_V4;

	if (!has(&c, v4 ? IPV4_SIZE : IPV6_SIZE) ||
	    (v4 && (word_at(&c, 6) & 0x1fff) != 0))
		return;
	e.from = address_at(&c, v4 ? 12 : 8, family);
	e.to = address_at(&c, v4 ? 16 : 24, family);
	e.proto = byte_at(&c, v4 ? 9 : 6);
	c.at += v4 ? 4 * (byte_at(&c, 0) & 0x0fu) : IPV6_SIZE;
	if (!has(&c, ICMP_SIZE) || !read_ports(&c, &e))
		return;
	p->inner = e;
	p->tracking = PACKET_RELATED;
}

/* NEAR: only a neighbour can have sent it. */
static void
read_icmp(struct packet_read *p, struct cursor c, bool near)
{
	uint8_t family = p->ends.from.family, type;

	if (!p->later_fragment && !has(&c, ICMP_SIZE)) {
		p->reason = CNPC_TRUNCATED;
		return;
	}
	type = p->later_fragment ? 0 : byte_at(&c, 0);
	p->port = type;
	if (p->first_fragment || p->later_fragment) {
		p->reason = CNPC_FRAGMENT;
	} else if (near && family == IP_V6 && type >= 133 && type <= 136) {
		p->reason = CNPC_NEIGHBOUR;
	} else if (family == IP_V4 && word_at(&c, 0) == 0x0304 &&
	    c.config->icmp_frag_needed) {
		p->passes = true;
	} else if (read_ports(&c, &p->ends)) {
		p->tracking = icmp_kind(family, type) == ICMP_IS_ECHO
		    ? PACKET_TRACKED
		    : PACKET_REPLY_ALONE;
	} else if (icmp_kind(family, type) == ICMP_IS_ERROR) {
		c.at += ICMP_HEADER;
		read_inner(p, c);
	}
}

static void
read_transport(struct packet_read *p, struct cursor c, bool near,
    const uint16_t *ports)
{
	bool tcp = p->ends.proto == IPPROTO_TCP;

	if (is_own_icmp(&p->ends)) {
		read_icmp(p, c, near);
		return;
	}
	p->tracking = PACKET_TRACKED;
	if (!has_ports(&c, p->ends.proto)) {
		if (!c.config->extended)
			p->reason = CNPC_UNKNOWN_L4;
	} else if (p->later_fragment && ports) {
		p->ends.sport = ports[0];
		p->ends.dport = ports[1];
		p->port = ports[1];
	} else if (p->later_fragment) {
		p->reason = CNPC_NO_FIRST_FRAGMENT;
	} else if (!has(&c, PORTS_SIZE)) {
		p->reason = CNPC_TRUNCATED;
	} else {
		read_ports(&c, &p->ends);
		p->port = p->ends.dport;
		if (tcp && !has(&c, TCP_SIZE))
			p->reason = CNPC_TRUNCATED;
		else if (tcp)
			p->tcp_flags = byte_at(&c, TCP_SIZE - 1);
	}
}

static void
set_fragment(struct packet_read *p, bool later, bool more)
{
	p->later_fragment = later;
	p->first_fragment = more && !later;
}

/* False: it is no header, or not whole. */
static bool
read_ipv4(struct packet_read *p, struct cursor *c)
{
	unsigned words, frag;

	if (!has(c, IPV4_SIZE))
		return false;
	words = byte_at(c, 0) & 0x0f;
	if (byte_at(c, 0) >> 4 != 4 || words < IPV4_SIZE / 4)
		return false;
	frag = word_at(c, 6);
	p->ends.from = address_at(c, 12, IP_V4);
	p->ends.to = address_at(c, 16, IP_V4);
	p->ends.proto = byte_at(c, 9);
	p->fragment_id = raw_at(c, 4, 2);
	set_fragment(p, (frag & 0x1fff) != 0, (frag & 0x2000) != 0);
	c->at += 4 * (size_t)words;
	return true;
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

/* Walks over extension headers; false: there are too many, or one is cut. */
static bool
read_extensions(struct packet_read *p, struct cursor *c)
{
	unsigned n = 0;

	while (extension_size(p->ends.proto, 0) > 0 && !p->later_fragment) {
		uint8_t proto = p->ends.proto;

		if (!has(c, EXTENSION_SIZE))
			return false;
		if (proto == IPPROTO_FRAGMENT) {
			p->fragment_id = raw_at(c, 4, 4);
			set_fragment(p, (word_at(c, 2) & 0xfff8) != 0,
			    (word_at(c, 2) & 1) != 0);
		}
		p->ends.proto = byte_at(c, 0);
		c->at += extension_size(proto, byte_at(c, 1));
		if (++n > EXTENSIONS_MAX && !p->later_fragment)
			return false;
	}
	return true;
}

static bool
read_ipv6(struct packet_read *p, struct cursor *c, bool *ret_near)
{
	if (!has(c, IPV6_SIZE) || byte_at(c, 0) >> 4 != 6)
		return false;
	p->ends.from = address_at(c, 8, IP_V6);
	p->ends.to = address_at(c, 24, IP_V6);
	p->ends.proto = byte_at(c, 6);
	*ret_near = byte_at(c, 7) == 255 && p->ends.proto == IPPROTO_ICMPV6;
	c->at += IPV6_SIZE;
	return read_extensions(p, c);
}

static bool
is_forged(const struct packet_read *p, const struct cnpc_config *config)
{
	const uint32_t v6[] = {config->address_v6_0, config->address_v6_1,
	    config->address_v6_2, config->address_v6_3};
	const struct ip *from = &p->ends.from;

	if (from->family == IP_V4)
		return memcmp(from->addr, &config->address_v4, 4) != 0;
	return from->family == IP_V6 && memcmp(from->addr, v6, sizeof(v6)) != 0;
}

/* The type of what is in the frame; false: it ends before. */
static bool
read_type(struct cursor *c, uint16_t *ret_type)
{
	c->at = 2 * ETH_ALEN;
	*ret_type = word_at(c, 0);
	for (int i = 0; i < TAGS_MAX && is_tag(*ret_type); i++) {
		c->at += 4;
		if (!has(c, 2))
			return false;
		*ret_type = word_at(c, 0);
	}
	c->at += 2;
	return true;
}

struct packet_read
packet_read(struct str frame, enum direction dir,
    const struct cnpc_config *config, const uint16_t *ports)
{
	struct packet_read p = {0};
	struct cursor c = {.frame = frame, .config = config};
	bool near = false, whole;
	uint16_t type;

	whole = read_type(&c, &type);
	if (whole && type == ETH_P_IP && config->ipv4)
		whole = read_ipv4(&p, &c);
	else if (whole && type == ETH_P_IPV6 && config->ipv6)
		whole = read_ipv6(&p, &c, &near);
	else if (whole)
		p.reason = type == ETH_P_ARP ? CNPC_ARP : CNPC_UNSUPPORTED_L3;
	if (!whole)
		p.reason = CNPC_MALFORMED;
	else if (p.reason == CNPC_ALLOWED)
		read_transport(&p, c, near, ports);
	if (dir == DIR_EGRESS && config->sources && is_forged(&p, config) &&
	    p.reason != CNPC_NEIGHBOUR) {
		/* What is not read in time is not known. */
		if (!near) {
			p.port = 0;
			p.ends.sport = 0;
			p.ends.dport = 0;
			p.first_fragment = false;
		}
		p.passes = false;
		p.reason = CNPC_FORGED;
	}
	return p;
}

struct cnpc_fragment_key
packet_fragment_key(const struct packet_read *p)
{
	struct cnpc_fragment_key key = {
	    .id = p->fragment_id,
	    .family = p->ends.from.family,
	    .proto = p->ends.proto,
	};

	memcpy(key.source, p->ends.from.addr, sizeof(key.source));
	memcpy(key.destination, p->ends.to.addr, sizeof(key.destination));
	return key;
}
