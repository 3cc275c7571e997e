/* SPDX-License-Identifier: Apache-2.0 */
/* Edits of trees, by path and by merging; edit_json.c has JSON patches. */
#include "repo/edit.h"

#include "base/vec.h"

struct str
edit_text(const struct ynode *n)
{
	return n && n->kind == Y_STR ? n->s : STR("");
}

const struct ynode *
edit_string(struct arena *a, struct str text, struct span at)
{
	struct ynode *n = ARENA_NEW(a, struct ynode);

	*n = (struct ynode){.kind = Y_STR, .at = at, .s = text};
	return n;
}

const struct ynode *
edit_put(struct arena *a, const struct ynode *map, struct str key,
    struct span key_at, const struct ynode *value)
{
	bool is_map = map && map->kind == Y_MAP, found = false;
	uint32_t n = is_map ? map->map.n : 0, kept = 0;
	struct ypair *v = ARENA_ARRAY(a, struct ypair, n + 1);
	struct ynode *r = ARENA_NEW(a, struct ynode);

	for (uint32_t i = 0; i < n; i++) {
		struct ypair pair = map->map.v[i];

		if (str_eq(pair.key, key)) {
			found = true;
			pair.value = value;
		}
		if (pair.value)
			v[kept++] = pair;
	}
	if (!found && value)
		v[kept++] = (struct ypair){key, key_at, value};
	*r = (struct ynode){.kind = Y_MAP, .at = is_map ? map->at : key_at};
	r->map.v = v;
	r->map.n = kept;
	return r;
}

const struct ynode *
edit_item(struct arena *a, const struct ynode *seq, uint32_t i,
    const struct ynode *value)
{
	const struct ynode **v =
	    ARENA_ARRAY(a, const struct ynode *, seq->seq.n);
	struct ynode *r = ARENA_NEW(a, struct ynode);
	uint32_t kept = 0;

	for (uint32_t k = 0; k < seq->seq.n; k++) {
		const struct ynode *item = k == i ? value : seq->seq.v[k];

		if (item)
			v[kept++] = item;
	}
	*r = (struct ynode){.kind = Y_SEQ, .at = seq->at};
	r->seq.v = v;
	r->seq.n = kept;
	return r;
}

const struct ynode *
edit_insert(struct arena *a, const struct ynode *seq, uint32_t i,
    const struct ynode *value)
{
	const struct ynode **v =
	    ARENA_ARRAY(a, const struct ynode *, seq->seq.n + 1);
	struct ynode *r = ARENA_NEW(a, struct ynode);

	for (uint32_t k = 0; k <= seq->seq.n; k++)
		v[k] = k == i ? value : seq->seq.v[k - (k > i)];
	*r = (struct ynode){.kind = Y_SEQ, .at = seq->at};
	r->seq.v = v;
	r->seq.n = seq->seq.n + 1;
	return r;
}

struct walk {
	struct arena *arena;
	bool create;
	struct span at;
	edit_fn *fn;
	void *arg;
};

/* The first name of *PATH, which moves past it. */
static struct str
next_name(const char **path)
{
	size_t n = strcspn(*path, "/");
	struct str name = {*path, n};

	*path += n + ((*path)[n] == '/');
	return name;
}

static const struct ynode *
walk_path(const struct walk *w, const struct ynode *n, const char *path)
{
	const struct ynode *old, *value;
	struct str name;

	if (n && n->kind == Y_SEQ && *path) {
		for (uint32_t i = 0; i < n->seq.n; i++) {
			old = n->seq.v[i];
			value = walk_path(w, old, path);
			if (value != old)
				n = edit_item(w->arena, n, i, value);
		}
		return n;
	}
	if (!*path)
		return w->fn(w->arg, n);
	if (n ? n->kind != Y_MAP && n->kind != Y_NULL : !w->create)
		return n;
	name = next_name(&path);
	old = n && n->kind == Y_MAP
	    ? ynode_get(n, arena_dup(w->arena, name.s, name.n))
	    : NULL;
	if (!old && !w->create)
		return n;
	value = walk_path(w, old, path);
	return value == old ? n : edit_put(w->arena, n, name, w->at, value);
}

const struct ynode *
edit_at(struct arena *a, const struct ynode *n, const char *path, bool create,
    struct span at, edit_fn *fn, void *arg)
{
	const struct walk w = {a, create, at, fn, arg};

	return walk_path(&w, n, path);
}

static const struct ynode *
get(const struct ynode *map, struct str key)
{
	for (uint32_t i = 0; map->kind == Y_MAP && i < map->map.n; i++) {
		if (str_eq(map->map.v[i].key, key))
			return map->map.v[i].value;
	}
	return NULL;
}

const struct ynode *
edit_find(const struct ynode *n, const char *path)
{
	while (n && *path)
		n = get(n, next_name(&path));
	return n;
}

/* Whether a map says {$patch: delete}. */
static bool
deletes(const struct ynode *patch)
{
	return str_is(edit_text(ynode_get(patch, "$patch")), "delete");
}

const struct ynode *
edit_merge(struct arena *a, const struct ynode *base, const struct ynode *patch)
{
	bool replace;

	if (patch->kind != Y_MAP)
		return patch;
	if (deletes(patch))
		return NULL;
	replace = str_is(edit_text(ynode_get(patch, "$patch")), "replace");
	if (!base || base->kind != Y_MAP || replace)
		base = edit_put(a, NULL, STR(""), patch->at, NULL);
	for (uint32_t i = 0; i < patch->map.n; i++) {
		const struct ypair *p = &patch->map.v[i];
		const struct ynode *value = NULL;

		if (str_is(p->key, "$patch"))
			continue;
		if (p->value->kind != Y_NULL)
			value = edit_merge(a, get(base, p->key), p->value);
		base = edit_put(a, base, p->key, p->key_at, value);
	}
	return base;
}

static bool
equal_maps(const struct ynode *a, const struct ynode *b)
{
	for (uint32_t i = 0; i < a->map.n; i++) {
		const struct ynode *other = get(b, a->map.v[i].key);

		if (!other || !edit_equal(a->map.v[i].value, other))
			return false;
	}
	return a->map.n == b->map.n;
}

static bool
equal_lists(const struct ynode *a, const struct ynode *b)
{
	for (uint32_t i = 0; i < a->seq.n && i < b->seq.n; i++) {
		if (!edit_equal(a->seq.v[i], b->seq.v[i]))
			return false;
	}
	return a->seq.n == b->seq.n;
}

bool
edit_equal(const struct ynode *a, const struct ynode *b)
{
	if (a->kind != b->kind)
		return false;
	switch (a->kind) {
	case Y_NULL:
		return true;
	case Y_BOOL:
		return a->b == b->b;
	case Y_INT:
		return a->i == b->i;
	case Y_FLOAT:
		return a->f <= b->f && a->f >= b->f;
	case Y_STR:
		return str_eq(a->s, b->s);
	case Y_SEQ:
		return equal_lists(a, b);
	case Y_MAP:
		return equal_maps(a, b);
	}
	return false;
}
