/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Going down a tree to a place in the text.  Requires trees whose nodes know
 * their spans; what an alias or a merge stands for is found where it is
 * written.
 */
#include "yaml/locate.h"

#include <string.h>

#include "base/ascii.h"
#include "base/search.h"

/* Whether AT lies in OUTER. */
static bool
within(struct span at, struct span outer)
{
	return at.source == outer.source && at.start >= outer.start &&
	    at.end <= outer.end;
}

/* Whether a pair holds AT, from its key to the end of its value. */
static bool
pair_holds(const struct ypair *p, struct span at)
{
	struct span whole = p->key_at;

	if (within(at, p->value->at))
		return true;
	if (p->value->at.source == whole.source &&
	    p->value->at.end > whole.end && p->value->at.start >= whole.end)
		whole.end = p->value->at.end;
	return within(at, whole);
}

/* The root that AT is in; NULL when it is in none. */
static const struct ynode *
root_of(const struct ydocs *docs, struct span at)
{
	size_t i;

	LOWER_BOUND(i, docs->v.n,
	    docs->v.v[i]->at.source < at.source ||
		(docs->v.v[i]->at.source == at.source &&
		    docs->v.v[i]->at.start <= at.start));
	if (i == 0 || !within(at, docs->v.v[i - 1]->at))
		return NULL;
	return docs->v.v[i - 1];
}

static bool
is_object(const struct ynode *n)
{
	const struct ynode *kind = ynode_get(n, "kind");
	const struct ynode *metadata = ynode_get(n, "metadata");

	return kind && kind->kind == Y_STR && metadata &&
	    metadata->kind == Y_MAP;
}

/* ".key", or ["a.b/c"] where the key is no plain word. */
static void
put_key(struct buf *path, struct str key)
{
	bool plain = key.n > 0;

	for (size_t i = 0; i < key.n; i++)
		plain = plain &&
		    (ascii_is_alnum(key.s[i]) || key.s[i] == '-' ||
			key.s[i] == '_');
	if (!plain) {
		buf_puts(path, "[\"");
		buf_str(path, key);
		buf_puts(path, "\"]");
		return;
	}
	if (path->n > 0)
		buf_putc(path, '.');
	buf_str(path, key);
}

/* The step from N to the child that AT is in; false: it is in none. */
static bool
step(const struct ynode *n, struct span at, struct ystep *ret)
{
	*ret = (struct ystep){.from = n};
	if (n->kind == Y_SEQ) {
		for (uint32_t i = 0; i < n->seq.n && !ret->to; i++) {
			if (within(at, n->seq.v[i]->at))
				ret->to = n->seq.v[i];
		}
	} else if (n->kind == Y_MAP) {
		for (uint32_t i = 0; i < n->map.n; i++) {
			if (pair_holds(&n->map.v[i], at))
				ret->pair = &n->map.v[i];
		}
		if (ret->pair)
			ret->to = ret->pair->value;
	}
	return ret->to;
}

static void
put_step(struct buf *path, const struct ystep *s)
{
	uint32_t i = 0;

	if (s->pair) {
		put_key(path, s->pair->key);
		return;
	}
	while (s->from->seq.v[i] != s->to)
		i++;
	buf_printf(path, "[%u]", i);
}

bool
yaml_locate(struct arena *a, const struct ydocs *docs, struct span at,
    struct ylocation *ret)
{
	const struct ynode *n = root_of(docs, at), *object = NULL;
	struct ystep s;
	struct buf path;

	buf_init(&path, a);
	while (n) {
		if (is_object(n)) {
			object = n;
			path.n = 0;
		}
		/* What is said of a node is said of it as a whole. */
		if (span_same(at, n->at))
			break;
		if (!step(n, at, &s))
			break;
		put_step(&path, &s);
		n = s.to;
	}
	if (!object)
		return false;
	*ret = (struct ylocation){object,
	    arena_dup(a, path.p ? path.p : "", path.n)};
	return true;
}

void
yaml_trail(struct arena *a, const struct ydocs *docs, struct span at,
    struct ytrail *ret)
{
	const struct ynode *n = root_of(docs, at);
	struct ystep s;

	*ret = (struct ytrail){0};
	for (; n && step(n, at, &s); n = s.to)
		*vec_push(&ret->v, a) = s;
}

bool
yaml_in_string(const struct ydocs *docs, struct span at)
{
	const struct ynode *n = root_of(docs, at);
	struct ystep s;

	while (n && step(n, at, &s))
		n = s.to;
	return n && n->kind == Y_STR && within(at, n->at);
}
