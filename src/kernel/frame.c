/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Headers as bytes.  Only what a program reads matters; the rest is there so
 * that what it should not read is not zero.
 */
#include "kernel/frame.h"

#include <linux/if_ether.h>

#define TAG_CONTROL 0x6007 /* priority 3, VLAN 7 */
#define HOPS 64
#define SERVICE 0x2e

void
frame_u16(struct buf *b, unsigned v)
{
	buf_putc(b, (char)(v >> 8));
	buf_putc(b, (char)v);
}

void
frame_fill(struct buf *b, size_t n)
{
	for (size_t i = 0; i < n; i++)
		buf_putc(b, (char)(0x91 + 0x2b * i));
}

void
frame_ethernet(struct buf *b, unsigned type)
{
	b->n = 0;
	buf_repeat(b, '\2', 2 * ETH_ALEN);
	frame_u16(b, type);
}

void
frame_tag(struct buf *b, unsigned type)
{
	frame_u16(b, TAG_CONTROL);
	frame_u16(b, type);
}

static void
put_addresses(struct buf *b, const struct ip *from, const struct ip *to)
{
	buf_put(b, from->addr, ip_width(from->family) / 8);
	buf_put(b, to->addr, ip_width(to->family) / 8);
}

void
frame_ipv4(struct buf *b, unsigned first, unsigned frag, uint8_t proto,
    const struct ip *from, const struct ip *to)
{
	unsigned words = first & 0x0f;

	buf_putc(b, (char)first);
	buf_putc(b, SERVICE);
	frame_u16(b, 4 * words + 20);
	frame_u16(b, 1);
	frame_u16(b, frag);
	buf_putc(b, HOPS);
	buf_putc(b, (char)proto);
	frame_u16(b, 0);
	put_addresses(b, from, to);
	if (words > 5)
		frame_fill(b, 4 * words - 20);
}

void
frame_ipv6(struct buf *b, uint8_t next, const struct ip *from,
    const struct ip *to)
{
	buf_putc(b, 0x60);
	buf_repeat(b, SERVICE, 3); /* and the flow label */
	frame_u16(b, 64);
	buf_putc(b, (char)next);
	buf_putc(b, HOPS);
	put_addresses(b, from, to);
}

void
frame_extension(struct buf *b, uint8_t next, uint8_t len, size_t size)
{
	buf_putc(b, (char)next);
	buf_putc(b, (char)len);
	frame_fill(b, size - 2);
}

void
frame_fragment(struct buf *b, uint8_t next, unsigned offset)
{
	buf_putc(b, (char)next);
	buf_putc(b, 0);
	frame_u16(b, offset);
	buf_repeat(b, 1, 4);
}

void
frame_ports(struct buf *b, unsigned port)
{
	frame_u16(b, 40000);
	frame_u16(b, port);
	frame_fill(b, 16);
}

void
frame_icmp(struct buf *b, unsigned type, unsigned code)
{
	buf_putc(b, (char)type);
	buf_putc(b, (char)code);
	frame_fill(b, 6);
}
