/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What pack.c and unpack.c agree on.  Private to schema/.
 */

#include "schema/object.h"
#include "schema/pack.h"
#include "schema/table.h"

/* Whether the field of a struct is kept: a version of Cilium reads it. */
bool packed_has(const struct schema_field *f, unsigned cilium);

/* Whether the places inside of objects of a kind are kept. */
bool packed_places(const struct schema_kind *kind);

/* A number as one without a sign: small ones stay small. */
static inline uint64_t
packed_signed(int64_t v)
{
	return ((uint64_t)v << 1) ^ (uint64_t)(v < 0 ? -1 : 0);
}

/* And back. */
static inline int64_t
unpacked_signed(uint64_t v)
{
	return (int64_t)(v >> 1 ^ (v & 1 ? UINT64_MAX : 0));
}

enum {
	PACKED_CONTEXT = 1,
	PACKED_STORED = 2,
	PACKED_IDLE = 4,
	PACKED_ASSUMED = 8,
	PACKED_FLAGS = 16, /* all are below */
};

unsigned packed_flags(const struct object *o);
