/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Counting against the limits, the stack of members, and mappings whose keys
 * come twice.
 */
#include "yaml/build.h"

#include <stdlib.h>

#include "diag_gen.h"

/* Up to so many keys are compared pair by pair; more are sorted. */
#define PAIRWISE_MAX 24

/* By key; equal ones in the order in which they were pushed. */
static int
pair_compare(const void *va, const void *vb)
{
	const struct ypair *a = *(struct ypair *const *)va;
	const struct ypair *b = *(struct ypair *const *)vb;
	int c = str_compare(a->key, b->key);

	return c ? c : (a > b) - (a < b);
}

static bool
keys_distinct(const struct ypair *v, size_t n)
{
	for (size_t i = 1; i < n; i++)
		for (size_t j = 0; j < i; j++)
			if (str_eq(v[i].key, v[j].key))
				return false;
	return true;
}

/*
 * V[0..N-1] have equal keys, in the order in which they were pushed.  Keeps
 * the first and clears the value of the others.  A merged one after it gives
 * way, except that kubectl lets "<<" replace what comes before it.
 */
static void
keep_first(struct ybuild *b, struct ypair **v, size_t n,
    const struct ypair *merged, const struct ypair *before)
{
	struct ypair *keep = v[0];
	bool replaced = false;
	struct diag *d;

	for (size_t i = 1; i < n; i++) {
		if (v[i] < merged && ybuild_report(b)) {
			d = diag_duplicate_key(b->sink, v[i]->key_at,
			    keep->key);
			diag_note(b->sink, d, keep->key_at,
			    "first defined here");
		} else if (v[i] >= merged && keep < before && !replaced) {
			if (ybuild_report(b)) {
				d = diag_merge_order(b->sink, keep->key_at,
				    keep->key);
				diag_note(b->sink, d, v[i]->key_at,
				    "replaced by this one");
			}
			keep->value = v[i]->value;
			replaced = true;
		}
		v[i]->value = NULL;
	}
}

/* Leaves one member for each key; returns how many these are. */
static size_t
keys_unite(struct ybuild *b, struct ypair *v, size_t n,
    const struct ypair *merged, const struct ypair *before)
{
	struct ypair **order = ARENA_ARRAY(&b->sort_arena, struct ypair *, n);
	size_t i, end, kept = 0;

	for (i = 0; i < n; i++)
		order[i] = &v[i];
	qsort(order, n, sizeof(struct ypair *), pair_compare);
	for (i = 0; i < n; i = end) {
		end = i + 1;
		while (end < n && str_eq(order[end]->key, order[i]->key))
			end++;
		keep_first(b, order + i, end - i, merged, before);
	}
	arena_reset(&b->sort_arena);
	for (i = 0; i < n; i++)
		if (v[i].value)
			v[kept++] = v[i];
	return kept;
}

void
ybuild_init(struct ybuild *b, struct arena *a, struct diag_sink *sink,
    const struct ylimits *limits, uint32_t source)
{
	*b = (struct ybuild){
	    .arena = a,
	    .strings = a,
	    .sink = sink,
	    .limits = limits,
	    .source = source,
	};
	b->open.v = b->room;
	b->open.cap = sizeof(b->room) / sizeof(b->room[0]);
}

void
ybuild_fini(struct ybuild *b)
{
	arena_free(&b->open_arena);
	arena_free(&b->sort_arena);
}

struct span
ybuild_span(const struct ybuild *b, uint32_t start, uint32_t end)
{
	return (struct span){b->source, start, end};
}

bool
ybuild_begin(struct ybuild *b, uint32_t at)
{
	b->broken = false;
	b->open.n = 0;
	if (b->documents++ < b->limits->documents)
		return true;
	diag_too_many_documents(b->sink, ybuild_span(b, at, at),
	    b->limits->documents);
	b->stop = true;
	return false;
}

void
ybuild_end(struct ybuild *b, const struct ynode *root)
{
	if (!b->broken && root->kind != Y_NULL)
		*vec_push(&b->docs->v, b->arena) = root;
}

bool
ybuild_report(struct ybuild *b)
{
	return b->reports++ < YREPORTS_MAX;
}

bool
ybuild_count(struct ybuild *b, uint32_t n, struct span at)
{
	if (n <= b->limits->nodes - b->nodes) {
		b->nodes += n;
		return true;
	}
	diag_too_many_nodes(b->sink, at, b->limits->nodes);
	b->stop = true;
	return false;
}

bool
ybuild_enter(struct ybuild *b, uint32_t depth, uint32_t height, struct span at)
{
	if (height <= b->limits->depth - depth)
		return true;
	b->broken = true;
	if (ybuild_report(b))
		diag_too_deep(b->sink, at, b->limits->depth);
	return false;
}

void
ybuild_push(struct ybuild *b, struct ypair member)
{
	struct ypair *v;

	if (b->open.v == b->room && b->open.n == b->open.cap) {
		b->open.cap *= 2;
		v = ARENA_ARRAY(&b->open_arena, struct ypair, b->open.cap);
		memcpy(v, b->room, sizeof(b->room));
		b->open.v = v;
	}
	*vec_push(&b->open, &b->open_arena) = member;
}

void
ybuild_seq(struct ybuild *b, struct ynode *n, size_t first)
{
	size_t count = b->open.n - first;
	const struct ynode **v;

	v = ARENA_ARRAY(b->arena, const struct ynode *, count);
	for (size_t i = 0; i < count; i++)
		v[i] = b->open.v[first + i].value;
	n->kind = Y_SEQ;
	n->seq.v = v;
	n->seq.n = (uint32_t)count;
	b->open.n = first;
}

void
ybuild_map(struct ybuild *b, struct ynode *n, size_t first,
    const struct ymerge *merge)
{
	size_t count = b->open.n - first;
	struct ypair *v = b->open.v + first, *pairs;

	if (merge)
		count = keys_unite(b, v, count, b->open.v + merge->from,
		    b->open.v + merge->before);
	else if (count > PAIRWISE_MAX || !keys_distinct(v, count))
		count = keys_unite(b, v, count, v + count, v);
	pairs = ARENA_ARRAY(b->arena, struct ypair, count);
	if (count > 0)
		memcpy(pairs, v, count * sizeof(*v));
	n->kind = Y_MAP;
	n->map.v = pairs;
	n->map.n = (uint32_t)count;
	b->open.n = first;
}
