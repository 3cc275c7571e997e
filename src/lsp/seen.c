/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Names for completion, of the last compilation.  A text that is no YAML for
 * the moment takes its own away, and those of the other files are still there.
 */
#include "lsp/seen.h"

#include <stdlib.h>

#include "cilium/labels.h"

static int
compare(const void *a, const void *b)
{
	return str_compare(*(const struct str *)a, *(const struct str *)b);
}

/* Brings TO into order, each name once. */
static void
settle(struct seen *to)
{
	size_t n = 0;

	if (to->v.n > 1)
		qsort(to->v.v, to->v.n, sizeof(*to->v.v), compare);
	for (size_t i = 0; i < to->v.n; i++) {
		if (n == 0 || !str_eq(to->v.v[n - 1], to->v.v[i]))
			to->v.v[n++] = to->v.v[i];
	}
	to->v.n = n;
}

/* KEY, or of a namespace's label what that is called there; "": it is none. */
static struct str
name_of(struct str key, bool namespaces)
{
	const struct str prefix = STR(LABEL_OF_NAMESPACE);

	if (!namespaces)
		return key;
	if (!str_starts(key, prefix))
		return STR("");
	return (struct str){key.s + prefix.n, key.n - prefix.n};
}

/* The keys, or with KEY the values for it. */
static void
add_labels(struct session *s, struct seen *to, const struct str *key,
    bool namespaces)
{
	const struct ir *ir = &s->unit.ir;
	const struct world *w = &s->unit.world;

	if (!unit_ran(&s->unit, PASS_IDENT))
		return;
	VEC_FOREACH (id, &w->idents) {
		for (uint32_t i = 0; i < id->nlabels; i++) {
			const struct label *l = &id->labels[i];
			struct str name =
			    name_of(atom_str(ir->atoms, l->key), namespaces);

			if (!atom_eq(l->source, ir->word.k8s) || name.n == 0)
				continue;
			if (!key)
				*vec_push(&to->v, &s->message) = name;
			else if (str_eq(name, *key))
				*vec_push(&to->v, &s->message) =
				    atom_str(ir->atoms, l->value);
		}
	}
	settle(to);
}

void
seen_keys(struct session *s, struct seen *to, bool namespaces)
{
	add_labels(s, to, NULL, namespaces);
}

void
seen_values(struct session *s, struct seen *to, struct str key, bool namespaces)
{
	add_labels(s, to, &key, namespaces);
}

void
seen_namespaces(struct session *s, struct seen *to, uint32_t but)
{
	VEC_FOREACH (o, &s->unit.objects.v) {
		struct str name =
		    (*o)->kind == AST_NAMESPACE ? (*o)->name : (*o)->ns;

		if (name.n > 0 && (*o)->at.source != but)
			*vec_push(&to->v, &s->message) = name;
	}
	settle(to);
}

void
seen_groups(struct session *s, struct seen *to)
{
	VEC_FOREACH (o, &s->unit.objects.of_kind[AST_CILIUM_CIDR_GROUP])
		*vec_push(&to->v, &s->message) = (*o)->name;
	settle(to);
}
