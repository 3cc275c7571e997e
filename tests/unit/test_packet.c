/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <netinet/in.h>

#include <linux/if_ether.h>

#include "cnpc_abi.h"
#include "kernel/frame.h"
#include "kernel/packet.h"

#define TCP IPPROTO_TCP
#define PORT 0x1234

static const struct cnpc_config both = {.ipv4 = 1,
    .ipv6 = 1,
    .sctp = 1,
    .extended = 1,
    .icmp_frag_needed = 1};

static const struct ip v4 = {IP_V4, {10, 0, 0, 1}};
static const struct ip v6 = {IP_V6, {0xfd, 1}};

static void
check(const struct buf *frame, const struct cnpc_config *config, uint8_t reason,
    uint8_t proto, uint16_t port)
{
	struct packet_read p =
	    packet_read(buf_as_str(frame), DIR_INGRESS, config, NULL);

	assert_int_equal(p.reason, reason);
	assert_int_equal(p.ends.proto, proto);
	assert_int_equal(p.port, port);
}

static struct packet_read
read_frame(const struct buf *frame)
{
	return packet_read(buf_as_str(frame), DIR_INGRESS, &both, NULL);
}

/* A whole frame is read; one byte less of what is needed is malformed. */
static void
check_needed(struct buf *frame, size_t needed, uint8_t proto)
{
	struct packet_read p;

	check(frame, &both, CNPC_ALLOWED, proto, PORT);
	frame->n = needed;
	check(frame, &both, CNPC_ALLOWED, proto, PORT);
	frame->n = needed - 1;
	p = read_frame(frame);
	assert_int_equal(p.reason, CNPC_TRUNCATED);
	assert_int_equal(p.ends.from.family, p.ends.to.family);
}

static void
test_ipv4(void **state)
{
	static const struct cnpc_config none = {.ipv6 = 1};
	struct arena a = {0};
	struct buf b;

	buf_init(&b, &a);
	frame_ethernet(&b, ETH_P_IP);
	frame_ipv4(&b, 0x47, 0x4000, TCP, &v4, &v4);
	frame_ports(&b, PORT);
	check(&b, &none, CNPC_UNSUPPORTED_L3, 0, 0);
	check_needed(&b, 14 + 28 + 14, TCP);
	b.n = 14 + 19;
	check(&b, &both, CNPC_MALFORMED, 0, 0);

	for (unsigned first = 0; first < 256; first++) {
		bool good = first >= 0x45 && first <= 0x4f;

		frame_ethernet(&b, ETH_P_IP);
		frame_ipv4(&b, first, 1, TCP, &v4, &v4);
		check(&b, &both, good ? CNPC_NO_FIRST_FRAGMENT : CNPC_MALFORMED,
		    good ? TCP : 0, 0);
		assert_int_equal(read_frame(&b).later_fragment, good);
	}
	arena_free(&a);
}

static void
test_icmp(void **state)
{
	struct arena a = {0};
	struct packet_read p;
	struct buf b;

	buf_init(&b, &a);
	for (unsigned code = 3; code <= 5; code++) {
		frame_ethernet(&b, ETH_P_IP);
		frame_ipv4(&b, 0x45, 0, IPPROTO_ICMP, &v4, &v4);
		frame_icmp(&b, 3, code);
		p = read_frame(&b);
		assert_int_equal(p.port, 3);
		assert_int_equal(p.passes, code == 4);
	}
	frame_ethernet(&b, ETH_P_IPV6);
	frame_ipv6(&b, IPPROTO_ICMPV6, &v6, &v6);
	frame_icmp(&b, 3, 4);
	p = read_frame(&b);
	assert_int_equal(p.port, 3);
	assert_false(p.passes);
	/* The other family's is a protocol without ports. */
	frame_ethernet(&b, ETH_P_IPV6);
	frame_ipv6(&b, IPPROTO_ICMP, &v6, &v6);
	frame_icmp(&b, 3, 4);
	check(&b, &both, CNPC_ALLOWED, IPPROTO_ICMP, 0);
	arena_free(&a);
}

static void
test_ipv6(void **state)
{
	struct arena a = {0};
	struct buf b;

	buf_init(&b, &a);
	frame_ethernet(&b, ETH_P_IPV6);
	frame_ipv6(&b, IPPROTO_HOPOPTS, &v6, &v6);
	frame_extension(&b, IPPROTO_AH, 1, 16);
	frame_extension(&b, IPPROTO_FRAGMENT, 4, 24);
	frame_fragment(&b, TCP, 7);
	frame_ports(&b, PORT);
	check_needed(&b, 14 + 40 + 16 + 24 + 8 + 14, TCP);

	/* Eight are read, more are not. */
	for (unsigned n = 8; n <= 9; n++) {
		frame_ethernet(&b, ETH_P_IPV6);
		frame_ipv6(&b, IPPROTO_DSTOPTS, &v6, &v6);
		for (unsigned i = 1; i <= n; i++)
			frame_extension(&b, i < n ? IPPROTO_DSTOPTS : TCP, 0,
			    8);
		frame_ports(&b, PORT);
		check(&b, &both, n == 8 ? CNPC_ALLOWED : CNPC_MALFORMED, TCP,
		    n == 8 ? PORT : 0);
	}

	/* What follows in a later fragment is no header. */
	frame_ethernet(&b, ETH_P_IPV6);
	frame_ipv6(&b, IPPROTO_FRAGMENT, &v6, &v6);
	frame_fragment(&b, IPPROTO_DSTOPTS, 8);
	check(&b, &both, CNPC_ALLOWED, IPPROTO_DSTOPTS, 0);
	assert_true(read_frame(&b).later_fragment);
	arena_free(&a);
}

static void
test_tags(void **state)
{
	struct arena a = {0};
	struct buf b;

	buf_init(&b, &a);
	for (unsigned n = 0; n <= 3; n++) {
		frame_ethernet(&b, n > 0 ? ETH_P_8021AD : ETH_P_IP);
		for (unsigned i = 1; i <= n; i++)
			frame_tag(&b, i < n ? ETH_P_8021Q : ETH_P_IP);
		frame_ipv4(&b, 0x45, 0, TCP, &v4, &v4);
		frame_ports(&b, PORT);
		check(&b, &both, n <= 2 ? CNPC_ALLOWED : CNPC_UNSUPPORTED_L3,
		    n <= 2 ? TCP : 0, n <= 2 ? PORT : 0);
	}
	b.n = 14 + 3;
	check(&b, &both, CNPC_MALFORMED, 0, 0);
	frame_ethernet(&b, ETH_P_ARP);
	check(&b, &both, CNPC_ARP, 0, 0);
	/* Nothing else that carries IP gets by. */
	frame_ethernet(&b, ETH_P_MPLS_UC);
	check(&b, &both, CNPC_UNSUPPORTED_L3, 0, 0);
	frame_ethernet(&b, ETH_P_PPP_SES);
	check(&b, &both, CNPC_UNSUPPORTED_L3, 0, 0);
	arena_free(&a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_ipv4),
	    cmocka_unit_test(test_icmp),
	    cmocka_unit_test(test_ipv6),
	    cmocka_unit_test(test_tags),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
