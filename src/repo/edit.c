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

/* The member by which the items of the list LIST are told apart, or NULL. */
static const char *
key_of(const struct edit_key *keys, struct str list)
{
	for (; keys && keys->list; keys++) {
		if (str_is(list, keys->list))
			return keys->key;
	}
	return NULL;
}

/* The item of LIST whose KEY is as in ITEM; NULL when there is none. */
static const struct ynode *
same_item(const struct ynode *list, const struct ynode *item, const char *key)
{
	const struct ynode *want = ynode_get(item, key), *have;

	for (uint32_t i = 0; want && i < list->seq.n; i++) {
		have = ynode_get(list->seq.v[i], key);
		if (have && edit_equal(have, want))
			return list->seq.v[i];
	}
	return NULL;
}

/* Items of the patch come first, and what it does not name after them. */
static const struct ynode *
merge_lists(struct arena *a, const struct ynode *base,
    const struct ynode *patch, const char *key, const struct edit_key *keys)
{
	struct ynode *empty = ARENA_NEW(a, struct ynode);
	const struct ynode *r = empty;

	*empty = (struct ynode){.kind = Y_SEQ, .at = patch->at};
	for (uint32_t i = 0; i < patch->seq.n; i++) {
		const struct ynode *item = patch->seq.v[i];
		const struct ynode *value =
		    edit_merge(a, same_item(base, item, key), item, keys);

		if (value)
			r = edit_insert(a, r, r->seq.n, value);
	}
	for (uint32_t i = 0; i < base->seq.n; i++) {
		if (!same_item(patch, base->seq.v[i], key))
			r = edit_insert(a, r, r->seq.n, base->seq.v[i]);
	}
	return r;
}

/* What becomes of the member at KEY, which is OLD, or NULL. */
static const struct ynode *
merge_member(struct arena *a, struct str name, const struct ynode *old,
    const struct ynode *patch, const struct edit_key *keys)
{
	const char *key = key_of(keys, name);

	if (patch->kind == Y_NULL)
		return NULL;
	if (key && old && old->kind == Y_SEQ && patch->kind == Y_SEQ)
		return merge_lists(a, old, patch, key, keys);
	return edit_merge(a, old, patch, keys);
}

const struct ynode *
edit_merge(struct arena *a, const struct ynode *base, const struct ynode *patch,
    const struct edit_key *keys)
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

		if (!str_is(p->key, "$patch"))
			base = edit_put(a, base, p->key, p->key_at,
			    merge_member(a, p->key, get(base, p->key), p->value,
				keys));
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
