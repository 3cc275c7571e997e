/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Frames put together header by header, in the order that they have on the
 * wire, with any nonsense that a caller wants in them.
 */

#include <stdint.h>

#include "base/buf.h"
#include "base/cidr.h"

void frame_u16(struct buf *b, unsigned v);

/* Begins a frame anew; TYPE is the EtherType, or that of the first tag. */
void frame_ethernet(struct buf *b, unsigned type);

/* Goes on after a tag's type; TYPE is what comes next. */
void frame_tag(struct buf *b, unsigned type);

/*
 * IPv4: FIRST is version and length in words, which may lie; FRAG is flags and
 * offset.  FROM and TO are of the family.
 */
void frame_ipv4(struct buf *b, unsigned first, unsigned frag, uint8_t proto,
    const struct ip *from, const struct ip *to);
void frame_ipv6(struct buf *b, uint8_t next, const struct ip *from,
    const struct ip *to);

/* An extension header of SIZE bytes whose length field is LEN. */
void frame_extension(struct buf *b, uint8_t next, uint8_t len, size_t size);

/* OFFSET with its flags, as on the wire. */
void frame_fragment(struct buf *b, uint8_t next, unsigned offset);

/* The beginning of TCP, UDP or SCTP, and of both ICMPs. */
void frame_ports(struct buf *b, unsigned port);
void frame_icmp(struct buf *b, unsigned type, unsigned code);

/* N bytes none of which is like its neighbours. */
void frame_fill(struct buf *b, size_t n);
