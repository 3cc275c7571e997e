/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Edits of trees.  Trees never change: an edit makes a new root that shares
 * all that it did not touch, so two overlays of one base cost what they
 * change.  What is edited keeps the span of what it replaces, what is new has
 * the span of the text that asked for it.
 */

#include "base/arena.h"
#include "yaml/ytree.h"

/* The text of a string; "" when N is none, or NULL. */
struct str edit_text(const struct ynode *n);

const struct ynode *edit_string(struct arena *a, struct str text,
    struct span at);

/*
 * MAP with VALUE for KEY, in its old place or, written at KEY_AT, at the end;
 * without KEY when VALUE is NULL.  A MAP that is NULL or no map counts as an
 * empty one.
 */
const struct ynode *edit_put(struct arena *a, const struct ynode *map,
    struct str key, struct span key_at, const struct ynode *value);

/* SEQ with item I replaced; without it when VALUE is NULL. */
const struct ynode *edit_item(struct arena *a, const struct ynode *seq,
    uint32_t i, const struct ynode *value);

/* SEQ with VALUE in front of item I, or at its end. */
const struct ynode *edit_insert(struct arena *a, const struct ynode *seq,
    uint32_t i, const struct ynode *value);

/* What becomes of a value; OLD is NULL when there is none, and so is the
 * result when there is to be none. */
typedef const struct ynode *edit_fn(void *arg, const struct ynode *old);

/*
 * N with what is at PATH, as "spec/template/metadata/labels", replaced by
 * what FN makes of it.  Lists on the way are walked: each item is edited.
 * Where a part of the path is missing nothing happens, unless CREATE is true
 * and makes it.  AT is the place of what is new.
 */
const struct ynode *edit_at(struct arena *a, const struct ynode *n,
    const char *path, bool create, struct span at, edit_fn *fn, void *arg);

/* The node at PATH, through maps only; NULL when there is none. */
const struct ynode *edit_find(const struct ynode *n, const char *path);

/* Items of the lists LIST are told apart by their member KEY. */
struct edit_key {
	const char *list, *key; /* NULL ends a table */
};

/*
 * BASE merged with PATCH as kustomize merges: maps merge, null removes, and
 * all else is replaced whole, lists too but for those of the table KEYS, whose
 * items merge; NULL is an empty table.  NULL when the patch deletes the whole.
 */
const struct ynode *edit_merge(struct arena *a, const struct ynode *base,
    const struct ynode *patch, const struct edit_key *keys);

/*
 * N after the operations of a JSON patch (RFC 6902); where kustomize would
 * refuse one: NULL, and *ret_why and *ret_at say which and why.
 */
const struct ynode *edit_json_patch(struct arena *a, const struct ynode *n,
    const struct ynode *operations, const char **ret_why, struct span *ret_at);

/* Whether two trees are equal: kinds, values, order of lists, not of maps. */
bool edit_equal(const struct ynode *a, const struct ynode *b);
