/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The label that people call a workload by.
 */
#include "replay/name.h"

#include "cilium/labels.h"

/* The value of a label of Kubernetes; empty: it has none. */
static struct str
value_of(const struct world *w, const struct identity *id, const char *key)
{
	for (uint32_t i = 0; i < id->nlabels; i++) {
		const struct label *l = &id->labels[i];

		if (atom_eq(l->source, w->ir->word.k8s) &&
		    str_is(atom_str(w->ir->atoms, l->key), key))
			return atom_str(w->ir->atoms, l->value);
	}
	return STR("");
}

/* Empty: none of its labels is a name. */
static struct str
short_name(struct arena *a, const struct world *w, const struct identity *id)
{
	static const char *const keys[] = {"app", "app.kubernetes.io/name",
	    "k8s-app", "name"};
	struct str ns = value_of(w, id, LABEL_NAMESPACE);

	for (size_t i = 0; i < sizeof(keys) / sizeof(*keys); i++) {
		struct str value = value_of(w, id, keys[i]);

		if (value.n > 0 && ns.n > 0)
			return str_of(arena_printf(a, STR_FMT "/%s=" STR_FMT,
			    STR_ARG(ns), keys[i], STR_ARG(value)));
	}
	return STR("");
}

void
replay_names_init(struct replay_names *n, struct arena *a,
    const struct world *w)
{
	struct map first; /* short name -> index plus one */

	*n = (struct replay_names){a, w,
	    ARENA_ARRAY(a, struct str, w->idents.n)};
	map_init(&first, a);
	for (uint32_t i = 0; i < w->idents.n; i++) {
		struct str name = short_name(a, w, &w->idents.v[i]);
		uintptr_t other;
		void **slot;

		n->of_ident[i] = name;
		if (name.n == 0)
			continue;
		slot = map_put(&first, name.s, name.n);
		other = (uintptr_t)*slot;
		if (other == 0) {
			*slot = (void *)(uintptr_t)(i + 1);
			continue;
		}
		n->of_ident[other - 1] = STR("");
		n->of_ident[i] = STR("");
	}
	for (uint32_t i = 0; i < w->idents.n; i++) {
		if (n->of_ident[i].n == 0)
			n->of_ident[i] = identity_print(a, w, (ident_idx_t){i});
	}
}
