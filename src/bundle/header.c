/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The header of the formats that are not plain images.
 */
#include "bundle/header.h"

#include <string.h>

#include "base/bytes.h"
#include "base/hash.h"

void
header_put(uint8_t *p, size_t size, const struct file_kind *kind,
    uint32_t count, uint32_t total)
{
	memcpy(p + H_MAGIC, kind->magic, sizeof(kind->magic));
	le32_put(p + H_FORMAT, kind->format);
	le32_put(p + H_COUNT, count);
	le32_put(p + H_TOTAL, total);
	hash_put(p + H_HASH, p + HEADER_SIZE, size - HEADER_SIZE);
}

const char *
header_check(struct str bytes, const struct file_kind *kind)
{
	const uint8_t *p = (const uint8_t *)bytes.s;
	uint8_t hash[HASH_SIZE];

	if (bytes.n < HEADER_SIZE ||
	    memcmp(p + H_MAGIC, kind->magic, sizeof(kind->magic)) != 0)
		return "it does not begin like one";
	if (le32_get(p + H_FORMAT) != kind->format)
		return "its format version is not known";
	if (!bytes_zero(p + H_RESERVED, H_HASH - H_RESERVED) ||
	    !bytes_zero(p + H_RESERVED_2, HEADER_SIZE - H_RESERVED_2))
		return "a reserved field is not 0";
	hash_put(hash, p + HEADER_SIZE, bytes.n - HEADER_SIZE);
	if (memcmp(hash, p + H_HASH, sizeof(hash)) != 0)
		return "its content is not what was written";
	return NULL;
}
