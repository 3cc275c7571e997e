/* SPDX-License-Identifier: Apache-2.0 */

/*
 * The template on odd frames and odd entries: what a compiled policy seldom or
 * never has, but a node's traffic or a later version may.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <unistd.h>

#include <linux/pkt_cls.h>

#include "base/buf.h"
#include "cnpc_abi.h"
#include "bundle/program.h"
#include "cilium/version.h"
#include "kernel/frame.h"
#include "kernel/run.h"
#include "kernel/traces.h"
#include "kernel_test.h"

#define ENDPOINT 300
#define NOBODY 399

#define DENY 0xffffffff
#define ALLOW 0xffffff01
#define HTTP 0xffffff9a

#define IN DIR_INGRESS
#define OUT DIR_EGRESS

enum {
	TCP = IPPROTO_TCP,
	UDP = IPPROTO_UDP,
	SCTP = IPPROTO_SCTP,
	ICMP = IPPROTO_ICMP,
	ICMP6 = IPPROTO_ICMPV6,
	GRE = IPPROTO_GRE,
};

/* In record order; 11 stands for the pods, and 0 for the world. */
static const struct policy_record entries[] = {
    {IN, 302, .deny = true, .precedence = DENY},
    {IN, 304, .auth = 0x81, .precedence = ALLOW},
    {IN, 310, .precedence = ALLOW},
    {IN, 311, ICMP, .precedence = ALLOW},
    {IN, 301, ICMP, 16, 8, .precedence = ALLOW},
    {IN, 301, TCP, 12, 80, .precedence = ALLOW},
    {IN, 301, TCP, 16, 443, .precedence = ALLOW},
    {IN, 303, TCP, 16, 443, .proxy_port = 10001, .precedence = HTTP},
    {IN, 307, UDP, .precedence = ALLOW},
    {IN, 0, UDP, 16, 53, .proxy_port = 10002, .precedence = ALLOW},
    {IN, 11, UDP, 16, 53, .proxy_port = 10002, .precedence = ALLOW},
    {IN, 308, UDP, 16, 53, .precedence = ALLOW},
    {IN, 0, UDP, 16, 100, .deny = true, .precedence = DENY},
    {IN, 11, UDP, 16, 100, .deny = true, .precedence = DENY},
    {IN, 309, UDP, 16, 100, .precedence = ALLOW},
    {IN, 0, UDP, 16, 101, .precedence = DENY},
    {IN, 11, UDP, 16, 101, .precedence = DENY},
    {IN, 301, ICMP6, 16, 128, .precedence = ALLOW},
    {IN, 0, SCTP, .auth = 0x01, .precedence = ALLOW},
    {IN, 11, SCTP, .auth = 0x01, .precedence = ALLOW},
    {IN, 305, SCTP, 16, 80, .precedence = ALLOW},
    {IN, 306, SCTP, 16, 80, .auth = 0x80, .precedence = ALLOW},
    {IN, 307, SCTP, 16, 80, .precedence = HTTP},
    {OUT, 301, TCP, 16, 80, .precedence = ALLOW},
};

#define NENTRIES (sizeof(entries) / sizeof(*entries))
#define TCP_SIZE 14 /* of its header as much is read */
#define PEER_FIRST ENDPOINT
#define PEER_LAST 311

/* A policy that is loaded for the whole program. */
struct fixture {
	struct arena arena;
	struct image policy, ipcache;
	int ipcache_fd;
	struct kernel_policy loaded;
};

/* Identity I has 10.0.x.x and fd00::x:x with I in the last two bytes. */
static struct ip
address_of(uint32_t id, enum ip_family family)
{
	struct ip ip = {.family = (uint8_t)family};
	unsigned last = ip_width((uint8_t)family) / 8;

	ip.addr[0] = family == IP_V4 ? 10 : 0xfd;
	ip.addr[last - 2] = (uint8_t)(id >> 8);
	ip.addr[last - 1] = (uint8_t)id;
	return ip;
}

#define ALL .hz = 250, .sctp = 1, .extended = 1, .icmp_frag_needed = 1

static const struct cnpc_config dual_stack = {ALL, .world_ipv4 = 9,
    .world_ipv6 = 10, .ipv4 = 1, .ipv6 = 1, .ingress = 1, .egress = 1};

static void
open_fixture(struct fixture *f, const struct cnpc_config *config)
{
	VEC(struct ipcache_record) prefixes = {0};
	struct program_params params = {.cilium = CILIUM_1_20,
	    .config = *config,
	    .policy_entries = NENTRIES};
	const char *log = "";
	struct str object;
	int error;

	*f = (struct fixture){0};
	for (enum ip_family family = IP_V4; family <= IP_V6; family++) {
		for (uint32_t id = PEER_FIRST; id <= PEER_LAST; id++) {
			struct ip ip = address_of(id, family);

			*vec_push(&prefixes, &f->arena) =
			    (struct ipcache_record){cidr_of_ip(&ip), id};
		}
	}
	params.ipcache_entries = (uint32_t)prefixes.n;
	image_put_policy(&f->policy, &f->arena, CILIUM_1_20, entries, NENTRIES,
	    NENTRIES);
	image_put_ipcache(&f->ipcache, &f->arena, CILIUM_1_20, prefixes.v,
	    (uint32_t)prefixes.n, (uint32_t)prefixes.n);
	object = program_make(&f->arena, &params);
	assert_int_equal(kernel_ipcache_new(CILIUM_1_20, (uint32_t)prefixes.n,
			     &f->ipcache_fd),
	    0);
	assert_int_equal(kernel_map_fill(f->ipcache_fd, &f->ipcache), 0);
	error = kernel_policy_open(&f->loaded, &f->arena, object, &f->policy,
	    f->ipcache_fd, &log);
	if (error == EACCES) {
		take_perfmon();
		error = kernel_policy_open(&f->loaded, &f->arena, object,
		    &f->policy, f->ipcache_fd, &log);
	}
	if (error)
		fail_msg("%s", log);
}

static void
close_fixture(struct fixture *f)
{
	kernel_policy_close(&f->loaded);
	close(f->ipcache_fd);
	arena_free(&f->arena);
}

static int
setup(void **state)
{
	*state = malloc(sizeof(struct fixture));
	open_fixture(*state, &dual_stack);
	return 0;
}

static int
teardown(void **state)
{
	close_fixture(*state);
	free(*state);
	return 0;
}

/* The IP header of a frame from one identity to another. */

static void
put_ipv4(struct buf *b, unsigned ihl, unsigned frag, uint8_t proto,
    uint32_t from, uint32_t to)
{
	struct ip source = address_of(from, IP_V4);
	struct ip destination = address_of(to, IP_V4);

	frame_ipv4(b, 0x40 | ihl, frag, proto, &source, &destination);
}

static void
put_ipv6(struct buf *b, uint8_t next, uint32_t from, uint32_t to)
{
	struct ip source = address_of(from, IP_V6);
	struct ip destination = address_of(to, IP_V6);

	frame_ipv6(b, next, &source, &destination);
}

static void
check(struct fixture *f, enum direction dir, struct buf *frame,
    const struct kernel_seen *want)
{
	struct kernel_seen got = {0};
	bool any;

	assert_int_equal(kernel_run(&f->loaded, dir, buf_as_str(frame), &got),
	    0);
	/* No packet is to meet another one's connection. */
	assert_int_equal(traces_clear(&f->loaded, &any), 0);
	assert_int_equal(got.reason, want->reason);
	assert_int_equal(got.action,
	    want->reason < CNPC_DROPPED ? TC_ACT_UNSPEC : TC_ACT_SHOT);
	assert_false(got.touched);
	assert_int_equal(got.remote, want->remote);
	assert_int_equal(got.part, want->part);
	assert_int_equal(got.l4, want->l4);
	assert_int_equal(got.proxy_port, want->proxy_port);
	assert_int_equal(got.mark, RUN_MARK);
}

/* A plain packet of protocol and port between the endpoint and a peer. */
static void
check_plain(struct fixture *f, enum direction dir, enum ip_family family,
    uint32_t peer, uint8_t proto, uint16_t port, uint8_t reason, uint16_t proxy)
{
	uint32_t from = dir == IN ? peer : ENDPOINT;
	uint32_t to = dir == IN ? ENDPOINT : peer;
	struct kernel_seen want = {
	    .reason = reason,
	    .remote = peer == NOBODY ? 8 + family : peer,
	    .l4 = (uint32_t)proto << 16 | port,
	    .proxy_port = proxy,
	};
	struct buf b;

	buf_init(&b, &f->arena);
	if (family == IP_V4) {
		frame_ethernet(&b, 0x0800);
		put_ipv4(&b, 5, 0, proto, from, to);
	} else {
		frame_ethernet(&b, 0x86dd);
		put_ipv6(&b, proto, from, to);
	}
	if (proto == ICMP || proto == ICMP6)
		frame_icmp(&b, (uint8_t)port, 0);
	else
		frame_ports(&b, port);
	check(f, dir, &b, &want);
}

static void
test_decisions(void **state)
{
	static const struct {
		enum direction dir;
		uint32_t peer;
		uint8_t proto;
		uint16_t port;
		uint8_t reason;
		uint16_t proxy;
	} cases[] = {
	    {IN, 301, TCP, 79, CNPC_NO_ENTRY, 0},
	    {IN, 301, TCP, 80, CNPC_ALLOWED, 0},
	    {IN, 301, TCP, 95, CNPC_ALLOWED, 0},
	    {IN, 301, TCP, 96, CNPC_NO_ENTRY, 0},
	    {IN, 301, TCP, 443, CNPC_ALLOWED, 0},
	    {IN, 301, UDP, 80, CNPC_NO_ENTRY, 0},
	    {IN, NOBODY, TCP, 80, CNPC_NO_ENTRY, 0},
	    /* The other direction has entries of its own. */
	    {OUT, 301, TCP, 80, CNPC_ALLOWED, 0},
	    {OUT, 301, TCP, 81, CNPC_NO_ENTRY, 0},
	    {OUT, 310, TCP, 80, CNPC_NO_ENTRY, 0},
	    {IN, 302, TCP, 80, CNPC_DENIED, 0},
	    {IN, 303, TCP, 443, CNPC_NO_PROXY, 10001},
	    {IN, 303, TCP, 80, CNPC_NO_ENTRY, 0},
	    /* Authentication: explicit, taken over, explicitly disabled. */
	    {IN, 304, TCP, 80, CNPC_AUTH_NEEDED, 0},
	    {IN, NOBODY, SCTP, 80, CNPC_AUTH_NEEDED, 0},
	    {IN, 305, SCTP, 80, CNPC_AUTH_NEEDED, 0},
	    {IN, 306, SCTP, 80, CNPC_ALLOWED, 0},
	    /* ... but not across precedences. */
	    {IN, 307, SCTP, 80, CNPC_ALLOWED, 0},
	    /* Equal precedence: the longer prefix, then the peer's own. */
	    {IN, 307, UDP, 53, CNPC_NO_PROXY, 10002},
	    {IN, 308, UDP, 53, CNPC_ALLOWED, 0},
	    {IN, 310, UDP, 53, CNPC_NO_PROXY, 10002},
	    /* Precedence before prefix length. */
	    {IN, 309, UDP, 100, CNPC_DENIED, 0},
	    {IN, 310, UDP, 100, CNPC_DENIED, 0},
	    {IN, 310, UDP, 101, CNPC_ALLOWED, 0},
	    /* The strongest deny is not compared with anything. */
	    {IN, 302, UDP, 101, CNPC_DENIED, 0},
	    /* A protocol without ports. */
	    {IN, 310, GRE, 0, CNPC_ALLOWED, 0},
	    {IN, 301, GRE, 0, CNPC_NO_ENTRY, 0},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		check_plain(*state, cases[i].dir, IP_V4, cases[i].peer,
		    cases[i].proto, cases[i].port, cases[i].reason,
		    cases[i].proxy);
		check_plain(*state, cases[i].dir, IP_V6, cases[i].peer,
		    cases[i].proto, cases[i].port, cases[i].reason,
		    cases[i].proxy);
	}
}

static void
test_icmp(void **state)
{
	struct fixture *f = *state;
	struct buf b;

	check_plain(f, IN, IP_V4, 301, ICMP, 8, CNPC_ALLOWED, 0);
	check_plain(f, IN, IP_V4, 301, ICMP, 0, CNPC_NO_ENTRY, 0);
	check_plain(f, IN, IP_V4, 311, ICMP, 13, CNPC_ALLOWED, 0);
	check_plain(f, IN, IP_V6, 301, ICMP6, 128, CNPC_ALLOWED, 0);
	check_plain(f, IN, IP_V6, 301, ICMP6, 129, CNPC_NO_ENTRY, 0);
	/* The other family's ICMP is a protocol without ports. */
	check_plain(f, IN, IP_V6, 311, ICMP, 0, CNPC_ALLOWED, 0);
	check_plain(f, IN, IP_V4, 301, ICMP6, 0, CNPC_NO_ENTRY, 0);

	/* "Fragmentation needed" passes whatever the policy says. */
	for (uint8_t code = 3; code <= 5; code++) {
		struct kernel_seen want = {
		    .reason = code == 4 ? CNPC_ALLOWED : CNPC_DENIED,
		    .remote = code == 4 ? 0 : 302,
		    .l4 = ICMP << 16 | 3,
		};

		buf_init(&b, &f->arena);
		frame_ethernet(&b, 0x0800);
		put_ipv4(&b, 5, 0, ICMP, 302, ENDPOINT);
		frame_icmp(&b, 3, code);
		check(f, IN, &b, &want);
	}
	/* Only IPv4 has it. */
	buf_init(&b, &f->arena);
	frame_ethernet(&b, 0x86dd);
	put_ipv6(&b, ICMP6, 302, ENDPOINT);
	frame_icmp(&b, 3, 4);
	check(f, IN, &b,
	    &(struct kernel_seen){.reason = CNPC_DENIED,
		.remote = 302,
		.l4 = ICMP6 << 16 | 3});
}

static void
test_ethernet(void **state)
{
	struct fixture *f = *state;
	const struct kernel_seen allowed = {.reason = CNPC_ALLOWED,
	    .remote = 301,
	    .l4 = TCP << 16 | 80};
	const struct kernel_seen unsupported = {.reason = CNPC_UNSUPPORTED_L3};
	struct buf b;

	/* No tag, one, two, and one too many. */
	for (unsigned tags = 0; tags <= 3; tags++) {
		buf_init(&b, &f->arena);
		frame_ethernet(&b, tags == 0 ? 0x0800 : 0x8100);
		for (unsigned i = 1; i <= tags; i++) {
			frame_tag(&b, i == tags ? 0x0800 : 0x88a8);
		}
		put_ipv4(&b, 5, 0, TCP, 301, ENDPOINT);
		frame_ports(&b, 80);
		check(f, IN, &b,
		    tags <= 2
			? &allowed
			: &(struct kernel_seen){.reason = CNPC_UNSUPPORTED_L3});
	}
	/* Whatever is neither IP nor ARP, though IP may be in it. */
	static const unsigned others[] = {0x8847, 0x8864, 0x9100, 0x6558,
	    0x88b5, 46};
	for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++) {
		buf_init(&b, &f->arena);
		frame_ethernet(&b, others[i]);
		buf_repeat(&b, 0, 46);
		check(f, IN, &b, &unsupported);
		check(f, OUT, &b, &unsupported);
	}
	frame_ethernet(&b, 0x0806);
	buf_repeat(&b, 0, 46);
	check(f, IN, &b, &(struct kernel_seen){.reason = CNPC_ARP});
	check(f, OUT, &b, &(struct kernel_seen){.reason = CNPC_ARP});
}

static void
test_ipv4_headers(void **state)
{
	static const struct {
		const char *what;
		unsigned ihl, frag;
		uint32_t peer;
		uint8_t proto;
		uint8_t reason;
		uint16_t port; /* that is looked up */
	} cases[] = {
	    {"one word of options", 6, 0, 301, TCP, CNPC_ALLOWED, 80},
	    {"as many as there can be", 15, 0, 301, TCP, CNPC_ALLOWED, 80},
	    {"don't fragment", 5, 0x4000, 301, TCP, CNPC_ALLOWED, 80},
	    {"first fragment", 5, 0x2000, 301, TCP, CNPC_ALLOWED, 80},
	    {"later fragment", 5, 0x2001, 301, TCP, CNPC_NO_FIRST_FRAGMENT, 0},
	    {"far fragment", 5, 0x1000, 310, UDP, CNPC_NO_FIRST_FRAGMENT, 0},
	    {"later one of no ports", 5, 0x2001, 310, GRE, CNPC_ALLOWED, 0},
	    {"later fragment of ICMP", 5, 0x0001, 311, ICMP, CNPC_FRAGMENT, 0},
	    {"first one of ICMP", 5, 0x2000, 311, ICMP, CNPC_FRAGMENT, 156},
	};
	struct fixture *f = *state;
	struct buf b;

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct kernel_seen want = {
		    .reason = cases[i].reason,
		    .remote =
			cases[i].reason == CNPC_ALLOWED ? cases[i].peer : 0,
		    .l4 = (uint32_t)cases[i].proto << 16 | cases[i].port,
		};

		print_message("%s\n", cases[i].what);
		buf_init(&b, &f->arena);
		frame_ethernet(&b, 0x0800);
		put_ipv4(&b, cases[i].ihl, cases[i].frag, cases[i].proto,
		    cases[i].peer, ENDPOINT);
		frame_ports(&b, 80);
		check(f, IN, &b, &want);
	}
}

static void
test_ipv6_headers(void **state)
{
	enum {
		HOP = IPPROTO_HOPOPTS,
		ROUTING = IPPROTO_ROUTING,
		FRAGMENT = IPPROTO_FRAGMENT,
		AH = IPPROTO_AH,
		OPTIONS = IPPROTO_DSTOPTS,
	};
	struct fixture *f = *state;
	struct kernel_seen allowed = {.reason = CNPC_ALLOWED,
	    .remote = 301,
	    .l4 = TCP << 16 | 80};
	struct kernel_seen fragment = {.reason = CNPC_NO_FIRST_FRAGMENT,
	    .l4 = TCP << 16};
	struct buf b;

	/* Each kind once; lengths count in their own units. */
	buf_init(&b, &f->arena);
	frame_ethernet(&b, 0x86dd);
	put_ipv6(&b, HOP, 301, ENDPOINT);
	frame_extension(&b, OPTIONS, 0, 8);
	frame_extension(&b, ROUTING, 1, 16);
	frame_extension(&b, FRAGMENT, 2, 24);
	frame_fragment(&b, AH, 1);
	frame_extension(&b, TCP, 4, 24);
	frame_ports(&b, 80);
	check(f, IN, &b, &allowed);

	/* Eight are walked over, more are refused. */
	for (unsigned n = 8; n <= 9; n++) {
		buf_init(&b, &f->arena);
		frame_ethernet(&b, 0x86dd);
		put_ipv6(&b, OPTIONS, 301, ENDPOINT);
		for (unsigned i = 1; i <= n; i++)
			frame_extension(&b, i == n ? TCP : OPTIONS, 0, 8);
		frame_ports(&b, 80);
		check(f, IN, &b,
		    n == 8 ? &allowed
			   : &(struct kernel_seen){.reason = CNPC_MALFORMED,
				 .l4 = TCP << 16});
	}

	/* A later fragment's data are not a header. */
	static const unsigned offsets[] = {0x0008, 0x8000};
	for (size_t i = 0; i < sizeof(offsets) / sizeof(*offsets); i++) {
		buf_init(&b, &f->arena);
		frame_ethernet(&b, 0x86dd);
		put_ipv6(&b, FRAGMENT, 301, ENDPOINT);
		frame_fragment(&b, TCP, offsets[i]);
		frame_ports(&b, 80);
		check(f, IN, &b, &fragment);
	}
	buf_init(&b, &f->arena);
	frame_ethernet(&b, 0x86dd);
	put_ipv6(&b, FRAGMENT, 310, ENDPOINT);
	frame_fragment(&b, OPTIONS, 8);
	frame_ports(&b, 80);
	check(f, IN, &b,
	    &(struct kernel_seen){.reason = CNPC_ALLOWED,
		.remote = 310,
		.l4 = OPTIONS << 16});
}

/*
 * Frames that end in the IP header, which has HEADER bytes, are malformed,
 * those that end in the transport header are truncated, and longer ones are
 * neither.
 */
static void
check_truncated(struct fixture *f, const struct buf *frame, size_t header,
    size_t needed)
{
	struct kernel_seen got;

	for (size_t n = 15; n <= frame->n; n++) {
		struct str part = {frame->p, n};

		assert_int_equal(kernel_run(&f->loaded, IN, part, &got), 0);
		assert_int_equal(got.reason,
		    n < header       ? CNPC_MALFORMED
			: n < needed ? CNPC_TRUNCATED
				     : CNPC_ALLOWED);
	}
}

/* With a tag, because the kernel itself refuses to run less than an IP header.
 */
static void
test_truncated(void **state)
{
	struct fixture *f = *state;
	struct buf b;

	buf_init(&b, &f->arena);
	frame_ethernet(&b, 0x8100);
	frame_tag(&b, 0x0800);
	put_ipv4(&b, 6, 0, TCP, 310, ENDPOINT);
	frame_ports(&b, 80);
	check_truncated(f, &b, 18 + 20, 18 + 24 + TCP_SIZE);

	buf_init(&b, &f->arena);
	frame_ethernet(&b, 0x8100);
	frame_tag(&b, 0x86dd);
	put_ipv6(&b, IPPROTO_DSTOPTS, 310, ENDPOINT);
	frame_extension(&b, TCP, 0, 8);
	frame_ports(&b, 80);
	check_truncated(f, &b, 18 + 40 + 8, 18 + 40 + 8 + TCP_SIZE);
}

static void
test_wrong_headers(void **state)
{
	static const struct {
		unsigned type;
		char first; /* byte of the IP header */
	} cases[] = {
	    {0x0800, 0x44}, /* shorter than any IPv4 header */
	    {0x0800, 0x40},
	    {0x0800, 0x65},
	    {0x86dd, 0x45},
	};
	struct fixture *f = *state;
	struct buf b;

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		buf_init(&b, &f->arena);
		frame_ethernet(&b, cases[i].type);
		buf_putc(&b, cases[i].first);
		buf_repeat(&b, 0, 63);
		check(f, IN, &b,
		    &(struct kernel_seen){.reason = CNPC_MALFORMED});
	}
}

static void
test_counters(void **state)
{
	struct fixture f;

	open_fixture(&f, &dual_stack);
	for (int i = 0; i < 3; i++)
		check_plain(&f, IN, IP_V4, 301, TCP, 80, CNPC_ALLOWED, 0);
	check_plain(&f, OUT, IP_V6, 301, TCP, 80, CNPC_ALLOWED, 0);
	check_plain(&f, IN, IP_V4, 302, TCP, 80, CNPC_DENIED, 0);
	check_plain(&f, OUT, IP_V4, 302, TCP, 80, CNPC_NO_ENTRY, 0);
	assert_int_equal(packet_count(&f.loaded, IN, CNPC_ALLOWED), 3);
	assert_int_equal(packet_count(&f.loaded, OUT, CNPC_ALLOWED), 1);
	assert_int_equal(packet_count(&f.loaded, IN, CNPC_DENIED), 1);
	assert_int_equal(packet_count(&f.loaded, OUT, CNPC_DENIED), 0);
	assert_int_equal(packet_count(&f.loaded, OUT, CNPC_NO_ENTRY), 1);
	close_fixture(&f);
}

/* A family that the cluster does not have, and a direction without policy. */
static void
test_config(void **state)
{
	const struct cnpc_config ipv4_only = {ALL, .world_ipv4 = 2,
	    .world_ipv6 = 2, .ipv4 = 1, .ingress = 1};
	const struct cnpc_config ipv6_only = {ALL, .world_ipv4 = 2,
	    .world_ipv6 = 2, .ipv6 = 1, .egress = 1};
	const struct kernel_seen off = {.reason = CNPC_UNSUPPORTED_L3};
	const struct kernel_seen open = {.reason = CNPC_ALLOWED,
	    .l4 = TCP << 16 | 80};
	struct fixture f;
	struct buf v4, v6;

	open_fixture(&f, &ipv4_only);
	check_plain(&f, IN, IP_V4, 301, TCP, 80, CNPC_ALLOWED, 0);
	buf_init(&v4, &f.arena);
	frame_ethernet(&v4, 0x0800);
	put_ipv4(&v4, 5, 0, TCP, NOBODY, ENDPOINT);
	frame_ports(&v4, 80);
	buf_init(&v6, &f.arena);
	frame_ethernet(&v6, 0x86dd);
	put_ipv6(&v6, TCP, 301, ENDPOINT);
	frame_ports(&v6, 80);
	check(&f, IN, &v4,
	    &(struct kernel_seen){.reason = CNPC_NO_ENTRY,
		.remote = 2,
		.l4 = TCP << 16 | 80});
	check(&f, IN, &v6, &off);
	check(&f, OUT, &v4, &open);
	check(&f, OUT, &v6, &off);
	/* What the constants rule out costs nothing. */
	assert_true(f.loaded.figures[OUT].instructions <
	    ((struct fixture *)*state)->loaded.figures[OUT].instructions / 2);
	assert_true(f.loaded.figures[IN].instructions <
	    ((struct fixture *)*state)->loaded.figures[IN].instructions);
	close_fixture(&f);

	open_fixture(&f, &ipv6_only);
	check_plain(&f, OUT, IP_V6, 301, TCP, 80, CNPC_ALLOWED, 0);
	buf_init(&v4, &f.arena);
	frame_ethernet(&v4, 0x0800);
	put_ipv4(&v4, 5, 0, TCP, 301, ENDPOINT);
	frame_ports(&v4, 80);
	check(&f, OUT, &v4, &off);
	check(&f, IN, &v4, &off);
	close_fixture(&f);
}

/* A packet of a sequence: nothing is cleared before the next one. */
static void
step(struct fixture *f, enum direction dir, const struct buf *frame,
    enum cnpc_reason reason, enum cnpc_part part)
{
	struct kernel_seen got;

	assert_int_equal(kernel_run(&f->loaded, dir, buf_as_str(frame), &got),
	    0);
	assert_int_equal(got.reason, reason);
	assert_int_equal(got.part, part);
}

/* A frame of a family with both ports, TCP with FLAGS. */
static void
make_tcp(struct buf *b, uint8_t family, uint32_t from, uint16_t sport,
    uint32_t to, uint16_t dport, uint8_t flags)
{
	size_t at;

	frame_ethernet(b, family == IP_V4 ? 0x0800 : 0x86dd);
	if (family == IP_V4)
		put_ipv4(b, 5, 0, TCP, from, to);
	else
		put_ipv6(b, TCP, from, to);
	at = b->n;
	frame_u16(b, sport);
	frame_u16(b, dport);
	frame_fill(b, 16);
	b->p[at + TCP_SIZE - 1] = (char)flags;
}

/* Connections from either end: requests, replies, errors, and what is none. */
static void
test_connections(void **state)
{
	enum {
		SYN = 2,
		ACK = 16,
	};
	struct fixture f;
	struct buf to, back, other;

	for (uint8_t family = IP_V4; family <= IP_V6; family++) {
		open_fixture(&f, &dual_stack);
		buf_init(&to, &f.arena);
		buf_init(&back, &f.arena);
		buf_init(&other, &f.arena);
		/* The peer may not begin one at this port, only answer. */
		make_tcp(&to, family, ENDPOINT, 4000, 301, 80, SYN);
		make_tcp(&back, family, 301, 80, ENDPOINT, 4000, SYN | ACK);
		step(&f, IN, &back, CNPC_NO_ENTRY, CNPC_NEW);
		step(&f, OUT, &to, CNPC_ALLOWED, CNPC_NEW);
		step(&f, IN, &back, CNPC_ALLOWED, CNPC_REPLY);
		step(&f, OUT, &to, CNPC_ALLOWED, CNPC_ESTABLISHED);
		make_tcp(&other, family, 301, 80, ENDPOINT, 4001, ACK);
		step(&f, IN, &other, CNPC_NO_ENTRY, CNPC_NEW);
		make_tcp(&other, family, 302, 80, ENDPOINT, 4000, ACK);
		step(&f, IN, &other, CNPC_DENIED, CNPC_NEW);
		/* What the endpoint's own program sees is not a reply. */
		step(&f, OUT, &back, CNPC_NO_ENTRY, CNPC_NEW);

		make_tcp(&to, family, 301, 5000, ENDPOINT, 443, SYN);
		make_tcp(&back, family, ENDPOINT, 443, 301, 5000, ACK);
		step(&f, OUT, &back, CNPC_NO_ENTRY, CNPC_NEW);
		step(&f, IN, &to, CNPC_ALLOWED, CNPC_NEW);
		step(&f, OUT, &back, CNPC_ALLOWED, CNPC_REPLY);
		close_fixture(&f);
	}
}

/* Later fragments have the ports of the first one, of the same datagram. */
static void
test_parts(void **state)
{
	struct fixture f;
	struct buf b;

	open_fixture(&f, &dual_stack);
	buf_init(&b, &f.arena);
	frame_ethernet(&b, 0x0800);
	put_ipv4(&b, 5, 0x2001, UDP, 307, ENDPOINT);
	frame_fill(&b, 32);
	step(&f, IN, &b, CNPC_NO_FIRST_FRAGMENT, CNPC_NEW);
	frame_ethernet(&b, 0x0800);
	put_ipv4(&b, 5, 0x2000, UDP, 307, ENDPOINT);
	frame_ports(&b, 80);
	step(&f, IN, &b, CNPC_ALLOWED, CNPC_NEW);
	frame_ethernet(&b, 0x0800);
	put_ipv4(&b, 5, 0x2001, UDP, 307, ENDPOINT);
	frame_fill(&b, 32);
	step(&f, IN, &b, CNPC_ALLOWED, CNPC_ESTABLISHED);
	frame_ethernet(&b, 0x0800);
	put_ipv4(&b, 5, 0x2001, UDP, 308, ENDPOINT);
	frame_fill(&b, 32);
	step(&f, IN, &b, CNPC_NO_FIRST_FRAGMENT, CNPC_NEW);
	close_fixture(&f);
}

/* An object that the verifier cannot take is refused with its words. */
static void
test_rejected(void **state)
{
	struct fixture *f = *state;
	struct program_params params = {.cilium = CILIUM_1_20,
	    .config = dual_stack,
	    .policy_entries = NENTRIES,
	    .ipcache_entries = 1};
	struct str object = program_make(&f->arena, &params);
	struct kernel_policy k;
	const char *log = NULL;
	char *bytes = arena_dup(&f->arena, object.s, object.n);
	static const unsigned char call[] = {0x85, 0, 0, 0, 0x1a, 0, 0, 0};
	static const char wrong[] = {(char)0x85, 0, 0, 0, 127, 0, 0, 0};
	char *at = memmem(bytes, object.n, call, sizeof(call));

	/* bpf_skb_load_bytes becomes a helper that there is not. */
	assert_non_null(at);
	memcpy(at, wrong, sizeof(wrong));
	object.s = bytes;
	assert_int_not_equal(kernel_policy_open(&k, &f->arena, object,
				 &f->policy, f->ipcache_fd, &log),
	    0);
	assert_non_null(log);
	assert_non_null(strstr(log, "#127"));

	/* Not an object at all. */
	assert_int_not_equal(kernel_policy_open(&k, &f->arena, STR("ELF"),
				 &f->policy, f->ipcache_fd, &log),
	    0);
	assert_string_equal(log, "");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_decisions),
	    cmocka_unit_test(test_icmp),
	    cmocka_unit_test(test_ethernet),
	    cmocka_unit_test(test_ipv4_headers),
	    cmocka_unit_test(test_ipv6_headers),
	    cmocka_unit_test(test_truncated),
	    cmocka_unit_test(test_wrong_headers),
	    cmocka_unit_test(test_counters),
	    cmocka_unit_test(test_config),
	    cmocka_unit_test(test_connections),
	    cmocka_unit_test(test_parts),
	    cmocka_unit_test(test_rejected),
	};

	need_kernel();
	drop_capabilities();
	return cmocka_run_group_tests(tests, setup, teardown);
}
