/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * XXH3-128 of bytes, in canonical order: what names a file of the bundle.  It
 * tells equal content from different, also between runs and machines; it is
 * no protection against forgery.
 */

#include <stddef.h>
#include <stdint.h>

#include "base/str.h"

#define HASH_SIZE 16
#define HASH_STRLEN (2 * HASH_SIZE + 1) /* as text: hexadecimal and a NUL */

/* The hash of the N bytes at P. */
void hash_put(uint8_t out[static HASH_SIZE], const void *p, size_t n);

/* HASH as text. */
void hash_print(const uint8_t hash[static HASH_SIZE],
    char out[static HASH_STRLEN]);

/* The hash of BYTES as text. */
void hash_text(struct str bytes, char out[static HASH_STRLEN]);
