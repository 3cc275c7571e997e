/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An index of names and sizes, then the images in its order.
 */
#include "bundle/pack.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/hash.h"
#include "bundle/header.h"
#include "bundle/image.h"

enum {
	INDEX_SIZE = HASH_SIZE + 4, /* name and size */
};

static const struct file_kind kind = {"CNPCPAK", 1};

static int
compare_name(const void *a, const void *b)
{
	const struct str *x = a, *y = b;

	return memcmp(x->s + H_HASH, y->s + H_HASH, HASH_SIZE);
}

struct str
pack_put(struct arena *a, const struct str *images, uint32_t n)
{
	struct str *v = ARENA_ARRAY(a, struct str, n);
	size_t size = HEADER_SIZE + (size_t)n * INDEX_SIZE;
	uint8_t *p, *index, *body;

	for (uint32_t i = 0; i < n; i++) {
		v[i] = images[i];
		assert(v[i].n <= IMAGE_BYTES_MAX);
		size += v[i].n;
	}
	if (n > 1)
		qsort(v, n, sizeof(*v), compare_name);
	p = arena_alloc(a, size);
	index = p + HEADER_SIZE;
	body = index + (size_t)n * INDEX_SIZE;
	for (uint32_t i = 0; i < n; i++) {
		memcpy(index, v[i].s + H_HASH, HASH_SIZE);
		le32_put(index + HASH_SIZE, (uint32_t)v[i].n);
		memcpy(body, v[i].s, v[i].n);
		index += INDEX_SIZE;
		body += v[i].n;
	}
	header_put(p, size, &kind, n, 0);
	return (struct str){(char *)p, size};
}

/* Takes the N images that an index lists; NULL, or what is wrong. */
static const char *
read_pack(struct pack *pack, struct arena *a, const uint8_t *index, uint32_t n,
    struct str body)
{
	for (uint32_t i = 0; i < n; i++, index += INDEX_SIZE) {
		uint32_t size = le32_get(index + HASH_SIZE);
		struct str *image = ARENA_NEW(a, struct str);
		char name[HASH_STRLEN];

		if (i > 0 && memcmp(index - INDEX_SIZE, index, HASH_SIZE) >= 0)
			return "its images are not in order";
		if (size < HEADER_SIZE || size > body.n)
			return "an image has an impossible size";
		if (memcmp(body.s + H_HASH, index, HASH_SIZE) != 0)
			return "an image has another name";
		*image = (struct str){body.s, size};
		hash_print(index, name);
		*map_put(&pack->of_name, name, HASH_STRLEN - 1) = image;
		body.s += size;
		body.n -= size;
	}
	return body.n == 0 ? NULL : "something follows its images";
}

bool
pack_read(struct pack *ret_pack, struct arena *a, struct str bytes,
    const char **ret_problem)
{
	const uint8_t *p = (const uint8_t *)bytes.s, *index = p + HEADER_SIZE;
	const char *problem = header_check(bytes, &kind);
	size_t index_size;
	uint32_t n;

	map_init(&ret_pack->of_name, a);
	if (!problem) {
		n = le32_get(p + H_COUNT);
		index_size = (size_t)n * INDEX_SIZE;
		if (le32_get(p + H_TOTAL) != 0)
			problem = "a reserved field is not 0";
		else if (index_size > bytes.n - HEADER_SIZE)
			problem = "its size is not that of its index";
		else
			problem = read_pack(ret_pack, a, index, n,
			    (struct str){bytes.s + HEADER_SIZE + index_size,
				bytes.n - HEADER_SIZE - index_size});
	}
	if (problem)
		*ret_problem = problem;
	return !problem;
}

const struct str *
pack_find(const struct pack *p, struct str hash)
{
	return map_get(&p->of_name, hash.s, hash.n);
}
