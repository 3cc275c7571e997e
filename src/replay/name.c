/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The label that people call pods by, their namespace and workload.
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

/* Short names, which no two identities share. */
static void
list_short_names(struct replay_names *n)
{
	const struct world *w = n->world;
	struct map first; /* short name -> index plus one */

	map_init(&first, n->arena);
	for (uint32_t i = 0; i < w->idents.n; i++) {
		struct str name = short_name(n->arena, w, &w->idents.v[i]);
		uintptr_t other;
		void **slot;

		n->of_ident[i].name = name;
		if (name.n == 0)
			continue;
		slot = map_put(&first, name.s, name.n);
		other = (uintptr_t)*slot;
		if (other == 0) {
			*slot = (void *)(uintptr_t)(i + 1);
			continue;
		}
		n->of_ident[other - 1].name = STR("");
		n->of_ident[i].name = STR("");
	}
}

/* The workload that all pods of an identity are of. */
static void
list_workloads(struct replay_names *n)
{
	/* Of the pod before, which is mostly of the same one. */
	struct str ns = STR(""), last = STR(""), name = STR("");

	VEC_FOREACH (e, &n->world->endpoints) {
		struct replay_who *of = &n->of_ident[e->ident.i];
		struct str own = endpoint_workload(e);

		/* Nobody owns a pod that is called after itself. */
		if (e->object->kind == AST_POD && str_eq(own, e->name))
			name = STR("");
		else if (!str_eq(own, last) || !str_eq(e->ns, ns))
			name = object_full_name(n->arena, e->ns, own);
		ns = e->ns;
		last = name.n > 0 ? own : STR("");
		of->workload = !of->workload.s || str_eq(of->workload, name)
		    ? name
		    : STR("");
	}
}

/* The namespace of pods, and what the others are. */
static struct str
namespace_of(const struct world *w, const struct identity *id)
{
	struct str ns = value_of(w, id, LABEL_NAMESPACE);

	if (ns.n > 0)
		return ns;
	for (uint32_t i = 0; i < id->nlabels; i++) {
		struct str source, key;

		source = atom_str(w->ir->atoms, id->labels[i].source);
		key = atom_str(w->ir->atoms, id->labels[i].key);
		if (str_is(source, SOURCE_RESERVED))
			return str_starts(key, STR(RESERVED_WORLD))
			    ? STR(RESERVED_WORLD)
			    : key;
	}
	return STR(RESERVED_WORLD);
}

void
replay_names_init(struct replay_names *n, struct arena *a,
    const struct world *w)
{
	*n = (struct replay_names){a, w,
	    ARENA_ARRAY(a, struct replay_who, w->idents.n)};
	list_short_names(n);
	list_workloads(n);
	for (uint32_t i = 0; i < w->idents.n; i++) {
		struct replay_who *of = &n->of_ident[i];

		if (of->name.n == 0)
			of->name = identity_print(a, w, (ident_idx_t){i});
		if (of->workload.n == 0)
			of->workload = of->name;
		of->ns = namespace_of(w, &w->idents.v[i]);
	}
}

struct replay_who
replay_who_text(struct str text, struct str ns)
{
	return (struct replay_who){text, ns, text};
}
