/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The part of the exam where packets are of connections, or of what comes
 * before them.
 */
#include <netinet/in.h>

#include <linux/if_ether.h>

#include "kernel/frame.h"
#include "kernel/sitting.h"

#define TCP_FLAGS 13
#define HOP_LIMIT (ETH_HLEN + 7)
#define ALL_FLAGS 0x1f /* of enum cnpc_flow_flags */

/* States of a connection that are tried; no divisor of what they are made of,
 * so that each peer meets each of them. */
#define STATES 211

/* A packet as it is tried: of TCP with flags, of ICMP with a type. */
struct shape {
	uint8_t proto, flags;
	uint8_t type[2]; /* by family - 1 */
};

static const struct shape shapes[] = {
    {IPPROTO_TCP, 0x10, {0}},
    {IPPROTO_TCP, 0x02, {0}},
    {IPPROTO_TCP, 0x11, {0}},
    {IPPROTO_TCP, 0x04, {0}},
    {IPPROTO_UDP, 0, {0}},
    {IPPROTO_SCTP, 0, {0}},
    {IPPROTO_GRE, 0, {0}},
    {IPPROTO_ICMP, 0, {8, 128}},
    {IPPROTO_ICMP, 0, {0, 129}},
};

static uint8_t
proto_of(const struct shape *s, uint8_t family)
{
	return s->proto == IPPROTO_ICMP && family == IP_V6 ? IPPROTO_ICMPV6
							   : s->proto;
}

/* What follows the IP header. */
static void
put_transport(struct sitting *x, const struct shape *s, uint8_t family)
{
	size_t at = x->frame.n;

	if (s->proto == IPPROTO_ICMP) {
		frame_icmp(&x->frame, s->type[family - 1], 0);
		return;
	}
	frame_ports(&x->frame, SOME_PORT);
	x->frame.p[at + TCP_FLAGS] = (char)s->flags;
}

/* The packet that an error is of, which the other end sent. */
static void
put_inner(struct sitting *x, const struct shape *s, uint8_t family,
    unsigned first, unsigned frag)
{
	enum direction dir = x->dir;

	x->dir = dir == DIR_INGRESS ? DIR_EGRESS : DIR_INGRESS;
	if (family == IP_V4)
		sitting_put_ipv4(x, first, frag, proto_of(s, family));
	else
		sitting_put_ipv6(x, proto_of(s, family));
	x->dir = dir;
	put_transport(x, s, family);
}

/* Each shape, and an error of it: of another type for each of five N. */
static void
run_shapes(struct sitting *x, unsigned n)
{
	static const uint8_t errors[2][5] = {{3, 4, 11, 12, 13},
	    {0, 1, 4, 5, 100}};

	for (unsigned i = 0; i < COUNT(shapes) * 2; i++) {
		uint8_t family = i % 2 ? IP_V6 : IP_V4;
		const struct shape *s = &shapes[i / 2];

		sitting_begin(x, family, proto_of(s, family));
		put_transport(x, s, family);
		sitting_run(x);
		sitting_begin(x, family,
		    family == IP_V4 ? IPPROTO_ICMP : IPPROTO_ICMPV6);
		frame_icmp(&x->frame, errors[i % 2][(i / 2 + n) % 5], 1);
		put_inner(x, s, family, 0x45, 0x4000);
		sitting_run(x);
	}
}

/* A connection in the state I of many. */
static struct cnpc_flow
state(const struct cnpc_config *config, unsigned i)
{
	static const int lives[] = {1000, 1 << 20, -1000, 1 << 30, -(1 << 30)};
	static const uint32_t others[] = {0, 1, 0, 1u << 31, 0};
	unsigned k = i / (ALL_FLAGS + 1);

	return (struct cnpc_flow){
	    .flags = i & ALL_FLAGS,
	    .expires = (uint32_t)lives[k % COUNT(lives)],
	    .generation =
		config->generation ^ others[k / COUNT(lives) % COUNT(others)],
	    .proxy_port = i & 1 << 1 ? 0x3412 : 0,
	};
}

void
sitting_connections(struct sitting *x)
{
	const struct exam *e = x->exam;
	const struct test_host *const peers[] = {&e->everything, &e->near,
	    &e->denied, &e->protocols, &e->local};
	const struct trial *trial = x->trial;
	struct trial known = *trial;

	for (unsigned i = 0; i < STATES; i++) {
		struct cnpc_flow before = state(trial->config, i);

		if (sitting_is_over(x))
			break;
		known.before = i < COUNT(peers) ? NULL : &before;
		x->trial = &known;
		x->peer = peers[i % COUNT(peers)];
		run_shapes(x, i);
	}
	x->trial = trial;
}

/* Errors of packets that are cut, of parts, or have options. */
static void
try_inner(struct sitting *x)
{
	static const unsigned firsts[] = {0x45, 0x46, 0x4f};
	struct cnpc_flow before = state(x->trial->config, ALL_FLAGS);
	const struct trial *trial = x->trial;
	struct trial known = *trial;

	known.before = &before;
	x->trial = &known;
	for (unsigned i = 0; i < COUNT(firsts) * 17; i++) {
		sitting_begin(x, IP_V4, IPPROTO_ICMP);
		frame_icmp(&x->frame, 3, 1);
		put_inner(x, &shapes[4], IP_V4, firsts[i / 17],
		    (1u << i % 17) & UINT16_MAX);
		sitting_run(x);
	}
	for (uint8_t f = IP_V4; f <= IP_V6; f++) {
		size_t begin;

		sitting_begin(x, f, f == IP_V4 ? IPPROTO_ICMP : IPPROTO_ICMPV6);
		begin = x->frame.n;
		frame_icmp(&x->frame, 3, 1);
		put_inner(x, &shapes[4], f, 0x45, 0);
		while (x->frame.n > begin) {
			sitting_run(x);
			x->frame.n--;
		}
	}
	x->trial = trial;
}

void
sitting_fragments(struct sitting *x)
{
	static const uint16_t ports[] = {40000, SOME_PORT};
	static const uint8_t protos[] = {IPPROTO_TCP, IPPROTO_UDP, IPPROTO_SCTP,
	    IPPROTO_ICMP, IPPROTO_GRE};
	const struct trial *trial = x->trial;
	struct trial seen = *trial;

	seen.ports = ports;
	x->peer = &x->exam->everything;
	for (unsigned i = 0; i < COUNT(protos) * 3; i++) {
		unsigned offset = 8u << (i % 3) * 4;

		x->trial = &seen;
		frame_ethernet(&x->frame, ETH_P_IP);
		sitting_put_ipv4(x, 0x45, offset / 8, protos[i / 3]);
		frame_fill(&x->frame, 32);
		sitting_run(x);
		sitting_begin(x, IP_V6, IPPROTO_FRAGMENT);
		frame_fragment(&x->frame, protos[i / 3], offset);
		frame_fill(&x->frame, 32);
		sitting_run(x);
		x->trial = trial;
	}
	try_inner(x);
}

void
sitting_watches(struct sitting *x)
{
	static const struct cnpc_watch watches[] = {{1, 1, 0}, {0, 1, 0},
	    {-1, 1, 0}, {INT32_MIN, 1, 0}, {1, 2, 0}, {1, 2, 1},
	    {1, 1u << 31, 0}, {1 << 30, 3, 1}, {1, 256, 255},
	    {1, 1, UINT32_MAX - 1}};
	const struct trial *trial = x->trial;
	struct trial other = *trial;

	x->peer = &x->exam->everything;
	for (unsigned i = 0; i < COUNT(watches); i++) {
		other.watch = &watches[i];
		x->trial = &other;
		sitting_run_port(x, IP_V4, IPPROTO_UDP, SOME_PORT);
	}
	x->trial = trial;
}

void
sitting_neighbours(struct sitting *x)
{
	static const uint8_t hops[] = {255, 254, 127};
	const struct trial *trial = x->trial;
	struct trial moved = *trial;

	moved.local = &x->exam->unmapped;
	x->peer = &x->exam->denied;
	for (unsigned i = 0; i < 2 * 256 * COUNT(hops); i++) {
		x->trial = i % 2 ? &moved : trial;
		sitting_begin(x, IP_V6, IPPROTO_ICMPV6);
		frame_icmp(&x->frame, i / 2 / COUNT(hops), 0);
		x->frame.p[HOP_LIMIT] = (char)hops[i / 2 % COUNT(hops)];
		sitting_run(x);
		if (i >= 256)
			continue;
		sitting_run_port(x, IP_V4, IPPROTO_UDP, (uint16_t)i);
		sitting_begin(x, IP_V6, IPPROTO_DSTOPTS);
		frame_extension(&x->frame, IPPROTO_ICMPV6, 0, 8);
		frame_icmp(&x->frame, 135, 0);
		x->frame.p[HOP_LIMIT] = (char)255;
		sitting_run(x);
	}
	/* The address differs in one byte. */
	for (unsigned i = 0; i < 16; i++) {
		struct test_host other = x->exam->local;

		for (unsigned f = 0; f < 2; f++)
			other.addr[f].addr[i % (f ? 16 : 4)] ^= 1;
		moved.local = &other;
		x->trial = &moved;
		x->peer = &x->exam->everything;
		sitting_run_port(x, IP_V4, IPPROTO_UDP, SOME_PORT);
		sitting_run_port(x, IP_V6, IPPROTO_UDP, SOME_PORT);
		sitting_begin(x, IP_V6, IPPROTO_FRAGMENT);
		frame_fragment(&x->frame, IPPROTO_UDP, 1);
		frame_ports(&x->frame, SOME_PORT);
		sitting_run(x);
	}
	x->trial = trial;
}
