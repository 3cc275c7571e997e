/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The frames of the exam, by what each group of them is to show.  All of them
 * are judged by kernel/trial.h.
 */
#include "kernel/exam.h"

#include <netinet/in.h>
#include <string.h>

#include <linux/if_ether.h>

#include "base/buf.h"
#include "kernel/frame.h"
#include "kernel/sitting.h"

/* Smallest frames that the kernel runs. */
#define IPV4_FRAME_MIN (ETH_HLEN + 20)
#define IPV6_FRAME_MIN (ETH_HLEN + 40)

#define TAGS_MAX 2
#define EXTENSION_MAX 2048

/* After this much, an IPv6 header and Ethernet, 8 bytes more are 0x200. */
#define FIRST_SIZE 456

/* Where every counter begins: one packet more changes each byte of it. */
#define COUNT_START 0x00ffffffffffffff

/* Of extension headers. */
static const uint8_t kinds[] = {IPPROTO_HOPOPTS, IPPROTO_ROUTING,
    IPPROTO_FRAGMENT, IPPROTO_AH, IPPROTO_DSTOPTS};

bool
sitting_is_over(const struct sitting *x)
{
	return x->error || (x->brief && x->tally->wrong > 0);
}

static void
run_part(struct sitting *x, size_t n)
{
	if (!sitting_is_over(x))
		x->error = trial_frame(x->tally, x->arena, x->trial, x->dir,
		    x->peer, (struct str){x->frame.p, n});
}

void
sitting_run(struct sitting *x)
{
	run_part(x, x->frame.n);
}

/* The frame in all lengths from MIN on. */
static void
run_truncated(struct sitting *x, size_t min)
{
	for (size_t n = min; n <= x->frame.n; n++)
		run_part(x, n);
}

/* The next header; the addresses are those of endpoint and peer. */

void
sitting_put_ipv4(struct sitting *x, unsigned first, unsigned frag,
    uint8_t proto)
{
	const struct ip *local = &x->trial->local->addr[IP_V4 - 1];
	const struct ip *peer = &x->peer->addr[IP_V4 - 1];

	if (x->dir == DIR_EGRESS)
		frame_ipv4(&x->frame, first, frag, proto, local, peer);
	else
		frame_ipv4(&x->frame, first, frag, proto, peer, local);
}

void
sitting_put_ipv6(struct sitting *x, uint8_t next)
{
	const struct ip *local = &x->trial->local->addr[IP_V6 - 1];
	const struct ip *peer = &x->peer->addr[IP_V6 - 1];

	if (x->dir == DIR_EGRESS)
		frame_ipv6(&x->frame, next, local, peer);
	else
		frame_ipv6(&x->frame, next, peer, local);
}

/* Everything up to the transport header. */
void
sitting_begin(struct sitting *x, uint8_t family, uint8_t proto)
{
	if (family == IP_V4) {
		frame_ethernet(&x->frame, ETH_P_IP);
		sitting_put_ipv4(x, 0x45, 0, proto);
	} else {
		frame_ethernet(&x->frame, ETH_P_IPV6);
		sitting_put_ipv6(x, proto);
	}
}

void
sitting_run_port(struct sitting *x, uint8_t family, uint8_t proto,
    uint16_t port)
{
	sitting_begin(x, family, proto);
	frame_ports(&x->frame, port);
	sitting_run(x);
}

/* Each value of any identity's entry, and none, against what the peer has. */
static void
try_values(struct sitting *x, const struct test_host *peer)
{
	x->peer = peer;
	for (uint8_t f = IP_V4; f <= IP_V6; f++) {
		sitting_run_port(x, f, IPPROTO_GRE, 0);
		for (unsigned i = 0; i < EXAM_VALUES; i++) {
			sitting_run_port(x, f, IPPROTO_UDP,
			    exam_port_longer(i));
			sitting_run_port(x, f, IPPROTO_UDP, exam_port_equal(i));
			sitting_run_port(x, f, IPPROTO_SCTP,
			    exam_port_shorter(i));
		}
	}
}

static void
try_lengths(struct sitting *x, const struct test_host *peer)
{
	x->peer = peer;
	for (unsigned i = 0; i < EXAM_LENGTHS; i++)
		sitting_run_port(x, IP_V4, IPPROTO_TCP, exam_port_length(i));
}

/*
 * Every protocol number, first and after extension headers: one, as many as
 * there may be, and one more.
 */
static void
try_protocols(struct sitting *x)
{
	static const unsigned numbers[] = {0, 1, 8, 9};

	for (unsigned i = 0; i < COUNT(numbers) << 8; i++) {
		uint8_t proto = (uint8_t)i;
		unsigned n = numbers[i >> 8];

		sitting_begin(x, IP_V6, n > 0 ? IPPROTO_DSTOPTS : proto);
		for (unsigned k = 1; k <= n; k++)
			frame_extension(&x->frame,
			    k < n ? IPPROTO_DSTOPTS : proto, 0, 8);
		frame_ports(&x->frame, SOME_PORT);
		sitting_run(x);
		if (n == 0)
			sitting_run_port(x, IP_V4, proto, SOME_PORT);
	}
}

/* Every first byte of an IP header: versions, and lengths of IPv4. */
static void
try_first_bytes(struct sitting *x)
{
	for (unsigned first = 0; first <= UINT8_MAX; first++) {
		frame_ethernet(&x->frame, ETH_P_IP);
		sitting_put_ipv4(x, first, 0, IPPROTO_TCP);
		frame_ports(&x->frame, SOME_PORT);
		sitting_run(x);
		sitting_begin(x, IP_V6, IPPROTO_TCP);
		x->frame.p[ETH_HLEN] = (char)first;
		frame_ports(&x->frame, SOME_PORT);
		sitting_run(x);
	}
}

/* Each bit of flags and offset, where there are ports and where not. */
static void
try_fragments(struct sitting *x)
{
	static const uint8_t protos[] = {IPPROTO_TCP, IPPROTO_ICMP,
	    IPPROTO_ICMPV6, IPPROTO_GRE, IPPROTO_DSTOPTS};

	for (unsigned i = 0; i < COUNT(protos) * 16; i++) {
		unsigned frag = 1u << i % 16;

		frame_ethernet(&x->frame, ETH_P_IP);
		sitting_put_ipv4(x, 0x45, frag, protos[i / 16]);
		frame_icmp(&x->frame, 3, 4);
		sitting_run(x);
		sitting_begin(x, IP_V6, IPPROTO_FRAGMENT);
		frame_fragment(&x->frame, protos[i / 16], frag);
		frame_extension(&x->frame, IPPROTO_TCP, 0, 8);
		frame_ports(&x->frame, SOME_PORT);
		sitting_run(x);
	}
}

/*
 * Each kind of extension header, in lengths that have one bit each, where its
 * own offset needs more than a byte, and the next one's another first byte.
 */
static void
try_extensions(struct sitting *x)
{
	static const uint8_t lengths[] = {0, 1, 2, 4, 8, 16, 32, 64, 128, 255};

	for (unsigned i = 0; i < COUNT(kinds) * COUNT(lengths); i++) {
		uint8_t kind = kinds[i / COUNT(lengths)];
		size_t at;

		sitting_begin(x, IP_V6, IPPROTO_DSTOPTS);
		frame_extension(&x->frame, kind, FIRST_SIZE / 8 - 1,
		    FIRST_SIZE);
		at = x->frame.n;
		frame_extension(&x->frame, IPPROTO_TCP,
		    lengths[i % COUNT(lengths)], EXTENSION_MAX);
		/* Of a fragment header this would be an offset. */
		if (kind == IPPROTO_FRAGMENT)
			memset(x->frame.p + at + 2, 0, 2);
		frame_fill(&x->frame, 8);
		sitting_run(x);
	}
}

/* A frame's types: N tags of one kind before TYPE. */
static void
begin_tagged(struct sitting *x, unsigned n, uint16_t tag, unsigned type)
{
	frame_ethernet(&x->frame, n > 0 ? tag : type);
	while (n-- > 0)
		frame_tag(&x->frame, n > 0 ? tag : type);
}

/*
 * Types that differ in one bit from those that mean something, after each
 * number of tags and one more.
 */
static void
try_ethernet(struct sitting *x)
{
	static const uint16_t types[] = {ETH_P_IP, ETH_P_IPV6, ETH_P_8021Q,
	    ETH_P_8021AD, ETH_P_ARP};

	for (unsigned ntags = 0; ntags <= TAGS_MAX + 1; ntags++) {
		for (unsigned i = 0; i < COUNT(types) * 17 * 2; i++) {
			/* The last bit is none of 16: the type itself. */
			unsigned type =
			    (types[i / 34] ^ 1u << i / 2 % 17) & UINT16_MAX;

			begin_tagged(x, ntags,
			    i % 2 ? ETH_P_8021AD : ETH_P_8021Q, type);
			if (type == ETH_P_IPV6)
				sitting_put_ipv6(x, IPPROTO_TCP);
			else
				sitting_put_ipv4(x, 0x45, 0, IPPROTO_TCP);
			frame_ports(&x->frame, SOME_PORT);
			frame_fill(&x->frame, 32);
			sitting_run(x);
		}
	}
}

/* Types and codes around "fragmentation needed", in both families. */
static void
try_icmp(struct sitting *x)
{
	static const uint8_t protos[] = {IPPROTO_ICMP, IPPROTO_ICMPV6,
	    IPPROTO_TCP};

	for (unsigned i = 0; i < COUNT(protos) * 17; i++) {
		/* One bit of 16, or none. */
		unsigned type_code = 0x0304 ^ (1u << i % 17 & UINT16_MAX);

		for (uint8_t f = IP_V4; f <= IP_V6; f++) {
			sitting_begin(x, f, protos[i / 17]);
			frame_icmp(&x->frame, type_code >> 8, type_code);
			sitting_run(x);
			sitting_run_port(x, f, IPPROTO_UDP,
			    (uint16_t)type_code);
		}
	}
}

/* Frames that end too early, with and without tags. */
static void
try_truncated(struct sitting *x)
{
	static const uint8_t protos[] = {IPPROTO_TCP, IPPROTO_ICMP,
	    IPPROTO_ICMPV6, IPPROTO_GRE};

	for (unsigned i = 0; i < COUNT(protos) * 4 * (TAGS_MAX + 1); i++) {
		unsigned ntags = i / (COUNT(protos) * 4);

		begin_tagged(x, ntags, ETH_P_8021Q, ETH_P_IP);
		sitting_put_ipv4(x, i & 1 ? 0x46 : 0x45, i & 2 ? 1 : 0,
		    protos[i / 4 % COUNT(protos)]);
		frame_ports(&x->frame, SOME_PORT);
		run_truncated(x, ntags > 0 ? ETH_HLEN : IPV4_FRAME_MIN);
	}
	for (unsigned i = 0; i < COUNT(protos) * (TAGS_MAX + 1); i++) {
		unsigned ntags = i / COUNT(protos);

		begin_tagged(x, ntags, ETH_P_8021AD, ETH_P_IPV6);
		sitting_put_ipv6(x, protos[i % COUNT(protos)]);
		frame_ports(&x->frame, SOME_PORT);
		run_truncated(x, ntags > 0 ? ETH_HLEN : IPV6_FRAME_MIN);
	}
	for (unsigned ntags = 0; ntags <= TAGS_MAX + 1; ntags++) {
		begin_tagged(x, ntags, ETH_P_8021Q, ETH_P_ARP);
		frame_fill(&x->frame, 28);
		run_truncated(x, ETH_HLEN);
	}
	for (unsigned i = 0; i < COUNT(kinds) * COUNT(protos); i++) {
		sitting_begin(x, IP_V6, kinds[i / COUNT(protos)]);
		frame_fragment(&x->frame, protos[i % COUNT(protos)], 0);
		frame_ports(&x->frame, SOME_PORT);
		run_truncated(x, IPV6_FRAME_MIN);
	}
}

/* The peer has an address of the world's, as the program knows it. */
static void
try_unmapped(struct sitting *x, const struct cnpc_config *config)
{
	const uint32_t world[] = {config->world_ipv4, config->world_ipv6};
	struct test_host host = x->exam->unmapped;

	for (uint8_t f = IP_V4; f <= IP_V6; f++) {
		host.id = world[f - 1];
		x->peer = &host;
		sitting_run_port(x, f, IPPROTO_UDP, exam_port_longer(0));
	}
}

static void
try_direction(struct sitting *x, const struct cnpc_config *config)
{
	const struct exam *e = x->exam;
	const struct test_host *const plain[] = {&e->everything, &e->nobody,
	    &e->denied};

	for (size_t i = 0; i < COUNT(plain); i++) {
		x->peer = plain[i];
		try_icmp(x);
		try_fragments(x);
	}
	x->peer = &e->protocols;
	try_icmp(x);
	try_protocols(x);
	x->peer = &e->lengths[EXAM_LENGTHS - 1];
	try_ethernet(x);
	try_first_bytes(x);
	try_extensions(x);
	try_truncated(x);
	for (unsigned i = 0; i < EXAM_LENGTHS; i++)
		try_lengths(x, &e->lengths[i]);
	for (unsigned i = 0; i < EXAM_VALUES; i++)
		try_values(x, &e->values[i]);
	try_values(x, &e->nobody);
	try_unmapped(x, config);
	sitting_connections(x);
	sitting_fragments(x);
	sitting_neighbours(x);
}

static struct verdict
decide_by_table(void *arg, enum direction dir, uint32_t peer, uint8_t proto,
    uint16_t port)
{
	return policy_decide(arg, dir, peer, proto, port);
}

int
exam_sit(struct trial_tally *tally, struct arena *a, const struct exam *e,
    const struct examinee *who, enum direction dir, bool brief)
{
	const struct cnpc_config *config = who->config;
	const struct trial trial = {
	    .policy = who->loaded,
	    .local = &e->local,
	    .config = config,
	    .decide = decide_by_table,
	    .arg = (void *)&e->table,
	};
	struct sitting x = {
	    .tally = tally,
	    .arena = a,
	    .exam = e,
	    .trial = &trial,
	    .brief = brief,
	    .dir = dir,
	    .error = trial_begin(tally, &trial, COUNT_START),
	};

	buf_init(&x.frame, a);
	try_direction(&x, config);
	if (!sitting_is_over(&x))
		x.error = trial_end(tally, a, &trial);
	if (!sitting_is_over(&x))
		sitting_watches(&x);
	return x.error;
}

/* Both directions of a loaded object. */
static int
sit_both(struct trial_tally *tally, struct arena *a, const struct exam *e,
    const struct examinee *who)
{
	int error = exam_sit(tally, a, e, who, DIR_INGRESS, false);

	return error ? error : exam_sit(tally, a, e, who, DIR_EGRESS, false);
}

int
exam_object(struct trial_tally *tally, struct arena *a, struct str object,
    unsigned cilium, const struct cnpc_config *config)
{
	struct kernel_policy loaded;
	struct exam e;
	const char *log;
	int error = exam_open(&e, a, cilium);

	if (error)
		return error;
	error =
	    kernel_policy_open(&loaded, a, object, &e.policy, e.ipcache, &log);
	if (!error) {
		error =
		    sit_both(tally, a, &e, &(struct examinee){&loaded, config});
		kernel_policy_close(&loaded);
	}
	exam_close(&e);
	return error;
}
