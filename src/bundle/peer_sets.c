/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Members in ascending order, sets in the order of their names.  The reader
 * checks the hash of the file first, and then every number.
 */
#include "bundle/peer_sets.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "bundle/header.h"

enum {
	INDEX_SIZE = HASH_SIZE + 4, /* name and number of members */
	ID_SIZE = 4,
};

static const struct file_kind kind = {"CNPCSET", 1};

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

int
peer_set_compare(const void *a, const void *b)
{
	const struct peer_set *x = *(const struct peer_set *const *)a;
	const struct peer_set *y = *(const struct peer_set *const *)b;

	return memcmp(x->name, y->name, sizeof(x->name));
}

bool
ids_have(const uint32_t *ids, size_t n, uint32_t id)
{
	return n > 0 && bsearch(&id, ids, n, sizeof(*ids), compare_id);
}

bool
peer_set_has(const struct peer_set *set, uint32_t id)
{
	return ids_have(set->ids, set->n, id);
}

void
peer_sets_sort(struct peer_sets *s)
{
	if (s->v.n > 1)
		qsort(s->v.v, s->v.n, sizeof(*s->v.v), peer_set_compare);
	for (size_t i = 0; i < s->v.n; i++)
		s->v.v[i]->number = (uint32_t)i + 1;
}

struct str
peer_sets_put(const struct peer_sets *s, struct arena *a)
{
	size_t n = s->v.n, size;
	struct peer_set *const *v = s->v.v;
	uint64_t members = 0;
	uint8_t *p, *set, *ids;

	for (size_t i = 0; i < n; i++) {
		assert(v[i]->number == i + 1);
		members += v[i]->n;
	}
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
	header_put(p, size, &kind, (uint32_t)n, (uint32_t)members);
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
	const char *problem = header_check(bytes, &kind);
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
	else
		peer_sets_sort(s); /* they are: for their numbers */
	return !problem;
}
