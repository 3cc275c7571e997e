/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What the files of peer sets, of a policy's image and of all images begin
 * with.  cnpc-image(5) has every byte.
 */

#include <stddef.h>
#include <stdint.h>

#include "base/str.h"

/* Offsets of its fields; the others are reserved and 0. */
enum {
	H_MAGIC = 0,
	H_FORMAT = 8,
	H_COUNT = 12, /* of what follows first: sets or images */
	H_TOTAL = 16, /* members or entries, or 0 */
	H_RESERVED = 20,
	H_HASH = 40, /* of all that follows the header */
	H_RESERVED_2 = 56,
	HEADER_SIZE = 64,
};

/* What begins with it. */
struct file_kind {
	char magic[8];
	uint32_t format;
};

/* Writes it to P, where all SIZE bytes of the file are otherwise complete. */
void header_put(uint8_t *p, size_t size, const struct file_kind *kind,
    uint32_t count, uint32_t total);

/* What is wrong with the header of BYTES, or with the hash of the rest; NULL:
 * nothing. */
const char *header_check(struct str bytes, const struct file_kind *kind);
