/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sets of peers, policy images and the file of all images: three formats with
 * one header.  Writers sort what they get; readers check the hash first and
 * then every number.
 */
#include "bundle/factored.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/hash.h"

/* Sets, an image and the file of images have the same header. */
enum {
	H_MAGIC = 0,
	H_FORMAT = 8,
	H_COUNT = 12, /* sets or images */
	H_TOTAL = 16, /* entries, members or 0 */
	H_RESERVED = 20,
	H_HASH = 40,
	H_RESERVED_2 = 56,
	HEADER_SIZE = 64,
	FORMAT = 1,
	/* Of a set, with its number of members; of an image, with its size. */
	INDEX_SIZE = HASH_SIZE + 4,
	ID_SIZE = 4,
};

static const char magic_sets[8] = "CNPCSET";
static const char magic_policy[8] = "CNPCPOL";
static const char magic_pack[8] = "CNPCPAK";

static void
put_header(uint8_t *p, size_t size, const char magic[static 8], uint32_t count,
    uint32_t total)
{
	memcpy(p + H_MAGIC, magic, 8);
	le32_put(p + H_FORMAT, FORMAT);
	le32_put(p + H_COUNT, count);
	le32_put(p + H_TOTAL, total);
	hash_put(p + H_HASH, p + HEADER_SIZE, size - HEADER_SIZE);
}

static const char *
check_header(struct str bytes, const char magic[static 8])
{
	const uint8_t *p = (const uint8_t *)bytes.s;
	uint8_t hash[HASH_SIZE];

	if (bytes.n < HEADER_SIZE || memcmp(p + H_MAGIC, magic, 8) != 0)
		return "it does not begin like one";
	if (le32_get(p + H_FORMAT) != FORMAT)
		return "its format version is not known";
	if (!bytes_zero(p + H_RESERVED, H_HASH - H_RESERVED) ||
	    !bytes_zero(p + H_RESERVED_2, HEADER_SIZE - H_RESERVED_2))
		return "a reserved field is not 0";
	hash_put(hash, p + HEADER_SIZE, bytes.n - HEADER_SIZE);
	if (memcmp(hash, p + H_HASH, sizeof(hash)) != 0)
		return "its content is not what was written";
	return NULL;
}

static int
compare_id(const void *a, const void *b)
{
	const uint32_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

size_t
ids_unite(uint32_t *ids, size_t n)
{
	size_t kept = 0;

	if (n > 1)
		qsort(ids, n, sizeof(*ids), compare_id);
	for (size_t i = 0; i < n; i++) {
		if (kept == 0 || ids[kept - 1] != ids[i])
			ids[kept++] = ids[i];
	}
	return kept;
}

void
peer_sets_init(struct peer_sets *s, struct arena *a)
{
	*s = (struct peer_sets){.arena = a};
	map_init(&s->of_name, a);
}

/* The bytes of the members, which give the name. */
static void
put_ids(uint8_t *p, const uint32_t *ids, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++)
		le32_put(p + (size_t)i * ID_SIZE, ids[i]);
}

const struct peer_set *
peer_sets_add(struct peer_sets *s, const uint32_t *ids, uint32_t n)
{
	uint32_t *copy = ARENA_ARRAY(s->arena, uint32_t, n);
	struct peer_set *set = ARENA_NEW(s->arena, struct peer_set);
	void **slot;

	assert(n > 0 && ids[0] > 0);
	for (uint32_t i = 1; i < n; i++)
		assert(ids[i - 1] < ids[i]);
	/* Named by its bytes in the file, then kept as numbers. */
	put_ids((uint8_t *)copy, ids, n);
	hash_put(set->name, copy, (size_t)n * ID_SIZE);
	slot = map_put(&s->of_name, set->name, sizeof(set->name));
	if (*slot)
		return *slot;
	memcpy(copy, ids, n * sizeof(*ids));
	set->ids = copy;
	set->n = n;
	*slot = set;
	*vec_push(&s->v, s->arena) = set;
	return set;
}

static int
compare_set(const void *a, const void *b)
{
	const struct peer_set *x = *(const struct peer_set *const *)a;
	const struct peer_set *y = *(const struct peer_set *const *)b;

	return memcmp(x->name, y->name, sizeof(x->name));
}

struct str
peer_sets_put(const struct peer_sets *s, struct arena *a)
{
	size_t n = s->v.n, size;
	const struct peer_set **v = ARENA_ARRAY(a, const struct peer_set *, n);
	uint64_t members = 0;
	uint8_t *p, *set, *ids;

	for (size_t i = 0; i < n; i++) {
		v[i] = s->v.v[i];
		members += v[i]->n;
	}
	if (n > 1)
		qsort(v, n, sizeof(*v), compare_set);
	size = HEADER_SIZE + n * INDEX_SIZE + members * ID_SIZE;
	p = arena_alloc(a, size);
	set = p + HEADER_SIZE;
	ids = set + n * INDEX_SIZE;
	for (size_t i = 0; i < n; i++) {
		memcpy(set, v[i]->name, HASH_SIZE);
		le32_put(set + HASH_SIZE, v[i]->n);
		put_ids(ids, v[i]->ids, v[i]->n);
		set += INDEX_SIZE;
		ids += (size_t)v[i]->n * ID_SIZE;
	}
	put_header(p, size, magic_sets, (uint32_t)n, (uint32_t)members);
	return (struct str){(char *)p, size};
}

/* Reads a set whose N members are at IDS; NULL, or what is wrong. */
static const char *
read_set(struct peer_sets *s, const uint8_t *set, const uint8_t *ids,
    uint32_t n)
{
	uint32_t *v = ARENA_ARRAY(s->arena, uint32_t, n);
	uint32_t last = 0;

	for (uint32_t i = 0; i < n; i++) {
		v[i] = le32_get(ids + (size_t)i * ID_SIZE);
		if (v[i] <= last)
			return "the members of a set are not in order";
		last = v[i];
	}
	if (s->v.n > 0 && memcmp(s->v.v[s->v.n - 1]->name, set, HASH_SIZE) >= 0)
		return "its sets are not in order";
	if (memcmp(peer_sets_add(s, v, n)->name, set, HASH_SIZE) != 0)
		return "a set has another name than its members give";
	return NULL;
}

bool
peer_sets_read(struct peer_sets *s, struct arena *a, struct str bytes,
    const char **ret_problem)
{
	const uint8_t *p = (const uint8_t *)bytes.s, *set, *ids;
	const char *problem = check_header(bytes, magic_sets);
	uint64_t nsets, left;

	peer_sets_init(s, a);
	if (problem) {
		*ret_problem = problem;
		return false;
	}
	nsets = le32_get(p + H_COUNT);
	left = le32_get(p + H_TOTAL);
	set = p + HEADER_SIZE;
	ids = set + nsets * INDEX_SIZE;
	if (bytes.n != HEADER_SIZE + nsets * INDEX_SIZE + left * ID_SIZE)
		problem = "its size is not that of its sets";
	for (uint64_t i = 0; i < nsets && !problem; i++) {
		uint32_t n = le32_get(set + HASH_SIZE);

		if (n == 0 || n > left)
			problem = "a set has an impossible size";
		else
			problem = read_set(s, set, ids, n);
		set += INDEX_SIZE;
		ids += (size_t)n * ID_SIZE;
		left -= n;
	}
	if (!problem && left > 0)
		problem = "there are members of no set";
	if (problem)
		*ret_problem = problem;
	return !problem;
}

static int
compare_record(const void *a, const void *b)
{
	return policy_record_compare(a, b);
}

void
factored_put(struct factored *f, struct arena *a, unsigned cilium,
    struct policy_record *rows, const struct peer_set *const *sets, uint32_t n,
    uint32_t max_entries)
{
	const struct peer_set **v = ARENA_ARRAY(a, const struct peer_set *, n);
	uint32_t nsets = 0, kept = 0, total = 0;
	struct image img;
	uint8_t *p;
	size_t size;

	for (uint32_t i = 0; i < n; i++) {
		if (sets[i])
			v[nsets++] = sets[i];
		total += sets[i] ? sets[i]->n : 1;
	}
	if (nsets > 1)
		qsort(v, nsets, sizeof(*v), compare_set);
	for (uint32_t i = 0; i < nsets; i++) {
		if (kept == 0 || v[kept - 1] != v[i])
			v[kept++] = v[i];
	}
	nsets = kept;
	for (uint32_t i = 0; i < n; i++) {
		const struct peer_set **at = sets[i]
		    ? bsearch(&sets[i], v, nsets, sizeof(*v), compare_set)
		    : NULL;

		rows[i].id = at ? (uint32_t)(at - v) + 1 : 0;
	}
	if (n > 1)
		qsort(rows, n, sizeof(*rows), compare_record);
	assert(total <= max_entries);
	image_put_policy(&img, a, cilium, rows, n, max_entries);
	size = HEADER_SIZE + (size_t)nsets * HASH_SIZE + img.bytes.n;
	p = arena_alloc(a, size);
	for (uint32_t i = 0; i < nsets; i++)
		memcpy(p + HEADER_SIZE + (size_t)i * HASH_SIZE, v[i]->name,
		    HASH_SIZE);
	memcpy(p + size - img.bytes.n, img.bytes.s, img.bytes.n);
	put_header(p, size, magic_policy, nsets, total);
	*f = (struct factored){
	    .rows = img,
	    .nentries = total,
	    .bytes = {(char *)p, size},
	};
	hash_print(p + H_HASH, f->hash);
}

/* An image while it is read. */
struct reading {
	const struct peer_set **sets; /* by number, from 1 */
	uint32_t nsets;
	uint32_t nentries;
	struct image rows;
};

/* Finds the sets by their names, and reads the rows; NULL, or the problem. */
static const char *
read_parts(struct reading *r, struct arena *a, struct str bytes,
    const struct peer_sets *sets)
{
	const uint8_t *p = (const uint8_t *)bytes.s, *name = p + HEADER_SIZE;
	size_t max = (bytes.n - HEADER_SIZE) / HASH_SIZE, rest;
	const char *problem;

	r->nsets = le32_get(p + H_COUNT);
	r->nentries = le32_get(p + H_TOTAL);
	if (r->nsets > max)
		return "its size is not that of its sets";
	r->sets = ARENA_ARRAY(a, const struct peer_set *, r->nsets + 1);
	for (uint32_t i = 1; i <= r->nsets; i++) {
		if (i > 1 && memcmp(name - HASH_SIZE, name, HASH_SIZE) >= 0)
			return "its sets are not in order";
		r->sets[i] = map_get(&sets->of_name, name, HASH_SIZE);
		if (!r->sets[i])
			return "a set of peers is not there";
		name += HASH_SIZE;
	}
	rest = bytes.n - (size_t)(name - p);
	return image_read(&r->rows, (struct str){(const char *)name, rest},
		   IMAGE_POLICY, &problem)
	    ? NULL
	    : problem;
}

/* Whether the rows' sets have as many members as the header says. */
static const char *
check_total(const struct reading *r, bool *used)
{
	uint64_t total = 0;

	for (uint32_t i = 0; i < r->rows.nentries; i++) {
		uint32_t id = image_policy(&r->rows, i).id;

		if (id > r->nsets)
			return "a row has a set that is not there";
		used[id] = true;
		total += id ? r->sets[id]->n : 1;
	}
	for (uint32_t i = 1; i <= r->nsets; i++) {
		if (!used[i])
			return "a set belongs to no row";
	}
	if (total != r->nentries)
		return "its rows have another number of entries";
	if (total > r->rows.max_entries)
		return "it has more entries than its map";
	return NULL;
}

/* All entries, sorted; NULL, or the problem. */
static const char *
expand(const struct reading *r, struct policy_record *v)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < r->rows.nentries; i++) {
		struct policy_record row = image_policy(&r->rows, i);
		const struct peer_set *set = r->sets[row.id];

		if (!set)
			v[n++] = row;
		for (uint32_t k = 0; set && k < set->n; k++) {
			row.id = set->ids[k];
			v[n++] = row;
		}
	}
	if (n > 1)
		qsort(v, n, sizeof(*v), compare_record);
	for (uint32_t i = 1; i < n; i++) {
		if (policy_record_compare(&v[i - 1], &v[i]) == 0)
			return "two entries have the same key";
	}
	return NULL;
}

bool
factored_read(struct image *ret_image, struct arena *a, struct str bytes,
    const struct peer_sets *sets, const char **ret_problem)
{
	const char *problem = check_header(bytes, magic_policy);
	struct policy_record *v = NULL;
	struct reading r = {0};

	if (!problem)
		problem = read_parts(&r, a, bytes, sets);
	if (!problem)
		problem = check_total(&r, ARENA_ARRAY(a, bool, r.nsets + 1));
	if (!problem) {
		v = ARENA_ARRAY(a, struct policy_record, r.nentries);
		problem = expand(&r, v);
	}
	if (problem) {
		*ret_problem = problem;
		return false;
	}
	image_put_policy(ret_image, a, r.rows.cilium, v, r.nentries,
	    r.rows.max_entries);
	return true;
}

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
	put_header(p, size, magic_pack, n, 0);
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
	const char *problem = check_header(bytes, magic_pack);
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
