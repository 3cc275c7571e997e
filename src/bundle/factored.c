/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rows are sorted like entries, with numbers of sets in the place of
 * identities. The reader checks everything before it writes the map out entry
 * by entry.
 */
#include "bundle/factored.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/hash.h"
#include "bundle/header.h"

static const struct file_kind kind = {"CNPCPOL", 1};

static int
compare_record(const void *a, const void *b)
{
	return policy_record_compare(a, b);
}

/* Lists the sets of N rows, each once, and numbers them in the rows. */
static uint32_t
number_sets(const struct peer_set **v, struct policy_record *rows,
    const struct peer_set *const *sets, uint32_t n)
{
	uint32_t nsets = 0, kept = 0;

	for (uint32_t i = 0; i < n; i++) {
		if (sets[i])
			v[nsets++] = sets[i];
	}
	if (nsets > 1)
		qsort(v, nsets, sizeof(*v), peer_set_compare);
	for (uint32_t i = 0; i < nsets; i++) {
		if (kept == 0 || v[kept - 1] != v[i])
			v[kept++] = v[i];
	}
	for (uint32_t i = 0; i < n; i++) {
		const struct peer_set **at = sets[i]
		    ? bsearch(&sets[i], v, kept, sizeof(*v), peer_set_compare)
		    : NULL;

		rows[i].id = at ? (uint32_t)(at - v) + 1 : 0;
	}
	return kept;
}

void
factored_put(struct factored *f, struct arena *a, unsigned cilium,
    struct policy_record *rows, const struct peer_set *const *sets, uint32_t n,
    uint32_t max_entries)
{
	const struct peer_set **v = ARENA_ARRAY(a, const struct peer_set *, n);
	uint32_t nsets = number_sets(v, rows, sets, n), total = 0;
	struct image img;
	uint8_t *p, *at;
	size_t size;

	for (uint32_t i = 0; i < n; i++)
		total += sets[i] ? sets[i]->n : 1;
	assert(total <= max_entries);
	if (n > 1)
		qsort(rows, n, sizeof(*rows), compare_record);
	image_put_policy(&img, a, cilium, rows, n, max_entries);
	size = HEADER_SIZE + (size_t)nsets * HASH_SIZE + img.bytes.n;
	p = arena_alloc(a, size);
	at = p + HEADER_SIZE;
	for (uint32_t i = 0; i < nsets; i++, at += HASH_SIZE)
		memcpy(at, v[i]->name, HASH_SIZE);
	memcpy(at, img.bytes.s, img.bytes.n);
	header_put(p, size, &kind, nsets, total);
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
	const struct rule_list *const *lists; /* NULL: no rules are wanted */
};

/* Finds the sets by their names, and reads the rest; NULL, or the problem. */
static const char *
read_parts(struct reading *r, struct arena *a, struct str bytes,
    const struct peer_sets *sets)
{
	const uint8_t *p = (const uint8_t *)bytes.s, *name = p + HEADER_SIZE;
	size_t max = (bytes.n - HEADER_SIZE) / HASH_SIZE;
	const char *problem = NULL;

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
	image_read(&r->rows,
	    (struct str){(const char *)name, bytes.n - (size_t)(name - p)},
	    IMAGE_POLICY, &problem);
	return problem;
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
	uint32_t n = 0, at[2] = {0};

	for (uint32_t i = 0; i < r->rows.nentries; i++) {
		struct policy_record row = image_policy(&r->rows, i);
		const struct peer_set *set = r->sets[row.id];
		const struct rule_list *list =
		    r->lists ? r->lists[row.dir] : NULL;
		uint32_t members = set ? set->n : 1;

		for (uint32_t k = 0; k < members; k++) {
			row.id = set ? set->ids[k] : 0;
			if (list)
				row.rule =
				    rule_list_find(list, at[row.dir], row.id);
			v[n++] = row;
		}
		at[row.dir]++;
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
    const struct peer_sets *sets, const struct rule_list *const *lists,
    const char **ret_problem)
{
	const char *problem = header_check(bytes, &kind);
	struct policy_record *v = NULL;
	struct reading r = {.lists = lists};

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
	if (lists)
		image_put_rules(ret_image, a, v);
	return true;
}

void
factored_count(struct str bytes, uint32_t ret_nrows[static 2])
{
	size_t before =
	    HEADER_SIZE + (size_t)le32_get(bytes.s + H_COUNT) * HASH_SIZE;
	const char *problem;
	struct image rows;
	bool ok =
	    image_read(&rows, (struct str){bytes.s + before, bytes.n - before},
		IMAGE_POLICY, &problem);

	assert(ok); /* it was checked */
	ret_nrows[0] = ret_nrows[1] = 0;
	for (uint32_t i = 0; i < rows.nentries; i++)
		ret_nrows[image_policy(&rows, i).dir]++;
}
