/* SPDX-License-Identifier: Apache-2.0 */
/* XXH3-128 in its canonical byte order, and its text. */
#include "base/hash.h"

#include <string.h>

#include <xxhash.h>

void
hash_put(uint8_t out[static HASH_SIZE], const void *p, size_t n)
{
	XXH128_canonical_t hash;

	XXH128_canonicalFromHash(&hash, XXH3_128bits(p, n));
	memcpy(out, hash.digest, HASH_SIZE);
}

void
hash_print(const uint8_t hash[static HASH_SIZE], char out[static HASH_STRLEN])
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < HASH_SIZE; i++) {
		out[2 * i] = digits[hash[i] >> 4];
		out[2 * i + 1] = digits[hash[i] & 15];
	}
	out[2 * HASH_SIZE] = '\0';
}

void
hash_text(struct str bytes, char out[static HASH_STRLEN])
{
	uint8_t hash[HASH_SIZE];

	hash_put(hash, bytes.s, bytes.n);
	hash_print(hash, out);
}
