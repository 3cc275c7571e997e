/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tries sets of labels, small ones first and those that people select by before
 * others, until one tells the identity from all others of its namespace.
 */
#include "suggest/labels.h"

#include <limits.h>

#include "cilium/labels.h"

#define NAMESPACE_LABELS "io.cilium.k8s.namespace.labels."

struct choice {
	struct arena *arena;
	const struct world *world;
	VEC(const struct label *) candidates; /* best first */
	VEC(ident_idx_t) others;
	const struct label *set[3];
};

static bool
is_k8s(const struct world *w, const struct label *l)
{
	return atom_eq(l->source, w->ir->word.k8s);
}

static struct str
value_of(const struct world *w, ident_idx_t ident, atom_t key)
{
	const struct identity *id = world_identity(w, ident);

	for (uint32_t i = 0; i < id->nlabels; i++) {
		if (is_k8s(w, &id->labels[i]) &&
		    atom_eq(id->labels[i].key, key))
			return atom_str(w->ir->atoms, id->labels[i].value);
	}
	return STR("");
}

struct str
labels_namespace(const struct world *w, ident_idx_t ident)
{
	return value_of(w, ident, w->ir->word.pod_namespace);
}

struct str
labels_reserved(const struct world *w, ident_idx_t ident)
{
	const struct identity *id = world_identity(w, ident);

	for (uint32_t i = 0; i < id->nlabels; i++) {
		if (atom_eq(id->labels[i].source, w->ir->word.reserved))
			return atom_str(w->ir->atoms, id->labels[i].key);
	}
	return STR("");
}

/* How good a key is to select by; INT_MAX: of no use. */
static int
rank_of(struct str key)
{
	static const char *const known[] = {"app", "app.kubernetes.io/name",
	    "k8s-app", "name", "app.kubernetes.io/component",
	    "app.kubernetes.io/instance", "component", "tier"};
	enum {
		KNOWN = sizeof(known) / sizeof(*known),
	};

	for (int i = 0; i < KNOWN; i++) {
		if (str_is(key, known[i]))
			return i;
	}
	if (str_is(key, LABEL_NAMESPACE) ||
	    str_starts(key, STR(NAMESPACE_LABELS)))
		return INT_MAX;
	return str_starts(key, STR("io.cilium.")) ? KNOWN + 1 : KNOWN;
}

static void
list_candidates(struct choice *c, ident_idx_t ident)
{
	const struct world *w = c->world;
	const struct identity *id = world_identity(w, ident);

	for (int rank = 0; rank < 16; rank++) {
		for (uint32_t i = 0; i < id->nlabels; i++) {
			const struct label *l = &id->labels[i];

			if (is_k8s(w, l) &&
			    rank_of(atom_str(w->ir->atoms, l->key)) == rank)
				*vec_push(&c->candidates, c->arena) = l;
		}
	}
}

static void
list_others(struct choice *c, ident_idx_t ident)
{
	const struct world *w = c->world;
	struct str ns = labels_namespace(w, ident);

	for (uint32_t i = 0; i < w->idents.n; i++) {
		if (i != ident.i &&
		    str_eq(labels_namespace(w, (ident_idx_t){i}), ns))
			*vec_push(&c->others, c->arena) = (ident_idx_t){i};
	}
}

/* Whether the identity has a label of this key, whatever its source; and with
 * this value, unless it is NULL. */
static bool
has(const struct world *w, ident_idx_t ident, atom_t key, const atom_t *value)
{
	const struct identity *id = world_identity(w, ident);

	for (uint32_t i = 0; i < id->nlabels; i++) {
		if (atom_eq(id->labels[i].key, key) &&
		    (!value || atom_eq(id->labels[i].value, *value)))
			return true;
	}
	return false;
}

static bool
has_all(const struct world *w, ident_idx_t ident,
    const struct label *const *set, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (!has(w, ident, set[i]->key, &set[i]->value))
			return false;
	}
	return true;
}

static bool
separates(const struct choice *c, size_t n)
{
	VEC_FOREACH (other, &c->others) {
		if (has_all(c->world, *other, c->set, n))
			return false;
	}
	return true;
}

/* The first set of N labels, whose first AT are chosen, that separates. */
static bool
find_set(struct choice *c, size_t at, size_t n, size_t from)
{
	if (at == n)
		return separates(c, n);
	for (size_t i = from; i < c->candidates.n; i++) {
		c->set[at] = c->candidates.v[i];
		if (find_set(c, at + 1, n, i + 1))
			return true;
	}
	return false;
}

/* All labels; of who has these as well, a key that IDENT lacks. */
static bool
exclude(struct choice *c, struct chosen_labels *ret, ident_idx_t ident)
{
	const struct world *w = c->world;

	VEC_FOREACH (l, &c->candidates)
		*vec_push(&ret->equal, c->arena) = *l;
	VEC_FOREACH (other, &c->others) {
		const struct identity *id = world_identity(w, *other);
		bool out =
		    !has_all(w, *other, c->candidates.v, c->candidates.n);

		VEC_FOREACH (key, &ret->absent)
			out = out || has(w, *other, *key, NULL);
		for (uint32_t i = 0; i < id->nlabels && !out; i++) {
			const struct label *l = &id->labels[i];

			out = is_k8s(w, l) && !has(w, ident, l->key, NULL);
			if (out)
				*vec_push(&ret->absent, c->arena) = l->key;
		}
		if (!out)
			return false;
	}
	return true;
}

bool
labels_choose(struct chosen_labels *ret, struct arena *a, const struct world *w,
    ident_idx_t ident)
{
	struct choice c = {.arena = a, .world = w};

	*ret = (struct chosen_labels){0};
	list_candidates(&c, ident);
	list_others(&c, ident);
	for (size_t n = 1; n <= 3; n++) {
		if (!find_set(&c, 0, n, 0))
			continue;
		for (size_t i = 0; i < n; i++)
			*vec_push(&ret->equal, a) = c.set[i];
		return true;
	}
	return exclude(&c, ret, ident);
}
