/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The bytes of an image: the header, and the checks of everything that it says
 * before an entry is used.
 */
#include "bundle/image.h"

#include <assert.h>
#include <string.h>

#include <linux/bpf.h>

#include "base/bytes.h"
#include "cilium/version.h"

/* Offsets of the header's fields; what follows RESERVED is 0. */
enum {
	H_MAGIC = 0,
	H_FORMAT = 8,
	H_LAYOUT = 12,
	H_MAP_TYPE = 16,
	H_KEY_SIZE = 20,
	H_VALUE_SIZE = 24,
	H_MAP_FLAGS = 28,
	H_MAX_ENTRIES = 32,
	H_NENTRIES = 36,
	H_HASH = 40,
	H_RESERVED = 56,
};

static const char magic[8] = "CNPCIMG";

static uint32_t
key_size(const struct image *img)
{
	return img->kind == IMAGE_POLICY ? POLICY_KEY_SIZE : IPCACHE_KEY_SIZE;
}

static uint32_t
value_size(const struct image *img)
{
	return img->kind == IMAGE_POLICY ? img->layout->policy_value_size
					 : img->layout->ipcache_value_size;
}

/* Fields of the header that are the same in every image. */
static const struct {
	unsigned offset;
	uint32_t value;
	const char *problem;
} fixed[] = {
    {H_FORMAT, IMAGE_FORMAT, "its format version is not known"},
    {H_MAP_TYPE, BPF_MAP_TYPE_LPM_TRIE, "it is for another map type"},
    {H_RESERVED, 0, "a reserved field is not 0"},
    {H_RESERVED + 4, 0, "a reserved field is not 0"},
};

/* Points IMG into its bytes. */
static void
locate(struct image *img)
{
	const uint8_t *p = (const uint8_t *)img->bytes.s;

	img->max_entries = le32_get(p + H_MAX_ENTRIES);
	img->nentries = le32_get(p + H_NENTRIES);
	img->keys = p + IMAGE_HEADER_SIZE;
	img->values = img->keys + (size_t)img->nentries * key_size(img);
	hash_print(p + H_HASH, img->hash);
}

static size_t
image_size(const struct image *img, uint32_t n)
{
	return IMAGE_HEADER_SIZE +
	    (size_t)n * (key_size(img) + value_size(img));
}

/* The bytes of an image whose entries are still to be written. */
static uint8_t *
begin(struct image *img, struct arena *a, enum image_kind kind, unsigned cilium,
    uint32_t n, uint32_t max_entries)
{
	size_t size;
	uint8_t *p;

	*img = (struct image){
	    .kind = kind,
	    .cilium = version_of_minor(version_minor(cilium)),
	    .layout = map_layout(cilium),
	};
	size = image_size(img, n);
	p = arena_alloc(a, size + 1);

	assert(size <= IMAGE_BYTES_MAX && n <= max_entries);
	memcpy(p + H_MAGIC, magic, sizeof(magic));
	for (size_t i = 0; i < sizeof(fixed) / sizeof(*fixed); i++)
		le32_put(p + fixed[i].offset, fixed[i].value);
	le32_put(p + H_LAYOUT, version_minor(cilium));
	le32_put(p + H_KEY_SIZE, key_size(img));
	le32_put(p + H_VALUE_SIZE, value_size(img));
	le32_put(p + H_MAP_FLAGS, img->layout->map_flags);
	le32_put(p + H_MAX_ENTRIES, max_entries);
	le32_put(p + H_NENTRIES, n);
	img->bytes = (struct str){(char *)p, size};
	locate(img);
	return p;
}

/* Names the entries, which are complete now. */
static void
finish(struct image *img, uint8_t *p)
{
	hash_put(p + H_HASH, p + IMAGE_HEADER_SIZE,
	    img->bytes.n - IMAGE_HEADER_SIZE);
	hash_print(p + H_HASH, img->hash);
}

void
image_put_policy(struct image *img, struct arena *a, unsigned cilium,
    const struct policy_record *records, uint32_t n, uint32_t max_entries)
{
	uint8_t *p = begin(img, a, IMAGE_POLICY, cilium, n, max_entries);
	uint8_t *key = p + IMAGE_HEADER_SIZE;
	uint8_t *value = key + (size_t)n * POLICY_KEY_SIZE;

	for (uint32_t i = 0; i < n; i++) {
		assert(i == 0 ||
		    policy_record_compare(&records[i - 1], &records[i]) < 0);
		policy_record_put(img->layout, &records[i], key, value);
		key += POLICY_KEY_SIZE;
		value += value_size(img);
	}
	finish(img, p);
}

void
image_put_ipcache(struct image *img, struct arena *a, unsigned cilium,
    const struct ipcache_record *records, uint32_t n, uint32_t max_entries)
{
	uint8_t *p = begin(img, a, IMAGE_IPCACHE, cilium, n, max_entries);
	uint8_t *key = p + IMAGE_HEADER_SIZE;
	uint8_t *value = key + (size_t)n * IPCACHE_KEY_SIZE;

	for (uint32_t i = 0; i < n; i++) {
		assert(i == 0 ||
		    cidr_compare(&records[i - 1].prefix, &records[i].prefix) <
			0);
		ipcache_record_put(img->layout, &records[i], key, value);
		key += IPCACHE_KEY_SIZE;
		value += value_size(img);
	}
	finish(img, p);
}

/* The layout of the version that the header names, if it is one. */
static bool
read_layout(struct image *img, const uint8_t *p)
{
	unsigned cilium = version_of_minor(le32_get(p + H_LAYOUT));

	if (cilium == 0)
		return false;
	img->cilium = cilium;
	img->layout = map_layout(cilium);
	return true;
}

static const char *
check_header(struct image *img)
{
	const uint8_t *p = (const uint8_t *)img->bytes.s;
	size_t n = img->bytes.n;
	uint32_t count;

	if (n < IMAGE_HEADER_SIZE || memcmp(p, magic, sizeof(magic)) != 0)
		return "it does not begin like one";
	for (size_t i = 0; i < sizeof(fixed) / sizeof(*fixed); i++) {
		if (le32_get(p + fixed[i].offset) != fixed[i].value)
			return fixed[i].problem;
	}
	if (!read_layout(img, p))
		return "its entries have another layout version";
	if (le32_get(p + H_MAP_FLAGS) != img->layout->map_flags)
		return "it has other map flags";
	if (le32_get(p + H_KEY_SIZE) != key_size(img) ||
	    le32_get(p + H_VALUE_SIZE) != value_size(img))
		return "it is for another kind of map";
	count = le32_get(p + H_NENTRIES);
	if (count > le32_get(p + H_MAX_ENTRIES))
		return "it has more entries than its map";
	if (n > IMAGE_BYTES_MAX)
		return "it is too large";
	if (n != image_size(img, count))
		return "its size is not that of its entries";
	return NULL;
}

static const char *
check_hash(const struct image *img)
{
	const char *entries = img->bytes.s + IMAGE_HEADER_SIZE;
	uint8_t hash[HASH_SIZE];

	hash_put(hash, entries, img->bytes.n - IMAGE_HEADER_SIZE);
	if (memcmp(hash, img->bytes.s + H_HASH, HASH_SIZE) != 0)
		return "its entries are not those that were written";
	return NULL;
}

static const char *
check_policy(const struct image *img)
{
	struct policy_record r, last = {0};
	const char *problem;

	if (img->max_entries > POLICY_MAP_ENTRIES_MAX)
		return "its map is larger than any policy map";
	for (uint32_t i = 0; i < img->nentries; i++) {
		if (!policy_record_get(img->layout, image_key(img, i),
			image_value(img, i), &r, &problem))
			return problem;
		if (i > 0 && policy_record_compare(&last, &r) >= 0)
			return "its entries are not in order";
		last = r;
	}
	return NULL;
}

static const char *
check_ipcache(const struct image *img)
{
	struct ipcache_record r, last = {0};
	const char *problem;

	for (uint32_t i = 0; i < img->nentries; i++) {
		if (!ipcache_record_get(img->layout, image_key(img, i),
			image_value(img, i), &r, &problem))
			return problem;
		if (i > 0 && cidr_compare(&last.prefix, &r.prefix) >= 0)
			return "its entries are not in order";
		last = r;
	}
	return NULL;
}

bool
image_read(struct image *img, struct str bytes, enum image_kind kind,
    const char **ret_problem)
{
	struct image read = {.kind = kind, .bytes = bytes};
	const char *problem = check_header(&read);

	if (!problem) {
		locate(&read);
		problem = check_hash(&read);
	}
	if (!problem)
		problem = kind == IMAGE_POLICY ? check_policy(&read)
					       : check_ipcache(&read);
	if (problem) {
		*ret_problem = problem;
		return false;
	}
	*img = read;
	return true;
}

void
image_put_rules(struct image *img, struct arena *a,
    const struct policy_record *records)
{
	uint32_t *rules = ARENA_ARRAY(a, uint32_t, img->nentries);

	for (uint32_t i = 0; i < img->nentries; i++)
		rules[i] = records[i].rule;
	img->rules = rules;
}

const uint8_t *
image_key(const struct image *img, uint32_t i)
{
	return img->keys + (size_t)i * key_size(img);
}

const uint8_t *
image_value(const struct image *img, uint32_t i)
{
	return img->values + (size_t)i * value_size(img);
}

struct policy_record
image_policy(const struct image *img, uint32_t i)
{
	struct policy_record r = {0};
	const char *problem;
	bool ok = policy_record_get(img->layout, image_key(img, i),
	    image_value(img, i), &r, &problem);

	assert(ok);
	if (img->rules)
		r.rule = img->rules[i];
	return r;
}

struct ipcache_record
image_ipcache(const struct image *img, uint32_t i)
{
	struct ipcache_record r = {0};
	const char *problem;
	bool ok = ipcache_record_get(img->layout, image_key(img, i),
	    image_value(img, i), &r, &problem);

	assert(ok);
	return r;
}
