/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Pods by their labels, and why there are none.
 */
#include "flow/names.h"
#include "flow/resolver.h"

#include "cilium/labels.h"
#include "diag_gen.h"

/* The label of an identity that REQ is about; NULL when it has none. */
static const struct label *
find_label(const struct world *w, const struct identity *n,
    const struct lang_req *req)
{
	const struct atom_table *atoms = w->ir->atoms;

	for (uint32_t i = 0; i < n->nlabels; i++) {
		const struct label *l = &n->labels[i];

		if (str_eq(atom_str(atoms, l->key), req->key) &&
		    (req->source.n == 0 || str_is(req->source, SOURCE_ANY) ||
			str_eq(atom_str(atoms, l->source), req->source)))
			return l;
	}
	return NULL;
}

static bool
has_value(const struct lang_req *req, struct str value)
{
	VEC_FOREACH (v, &req->values) {
		if (str_eq(*v, value))
			return true;
	}
	return false;
}

static bool
req_matches(const struct world *w, const struct identity *n,
    const struct lang_req *req)
{
	const struct label *l = find_label(w, n, req);
	struct str value = l ? atom_str(w->ir->atoms, l->value) : STR("");

	switch (req->op) {
	case LANG_IN:
		return l && has_value(req, value);
	case LANG_NOT_IN:
		return !l || !has_value(req, value);
	case LANG_EXISTS:
		return l;
	case LANG_NOT_EXISTS:
		return !l;
	}
	return false;
}

static bool
selector_matches(const struct world *w, const struct identity *n,
    const struct lang_selector *s)
{
	VEC_FOREACH (req, &s->reqs) {
		if (!req_matches(w, n, req))
			return false;
	}
	return true;
}

/* Whether a pod's own labels have the key, which its identity lacks. */
static bool
is_left_out(const struct endpoint *e, struct str key)
{
	const struct ast_pod *pod = e->object->body;
	const struct ast_str_map *m;

	if (e->object->kind != AST_POD)
		return false;
	m = &pod->metadata->labels;
	for (uint32_t i = 0; i < m->n; i++) {
		if (str_eq(m->v[i].key, key))
			return true;
	}
	return false;
}

/* Why REQ matches no pod of the namespace, and what would. */
static void
hint_req(struct resolver *r, struct diag *d, const struct query_end *q,
    const struct lang_req *req)
{
	const struct world *w = r->world;
	const struct atom_table *atoms = w->ir->atoms;
	struct names values, keys;
	bool left_out = false;

	names_init(&values, r->arena);
	names_init(&keys, r->arena);
	VEC_FOREACH (e, &w->endpoints) {
		const struct identity *n = world_identity(w, e->ident);
		const struct label *l = find_label(w, n, req);

		if (!str_eq(e->ns, q->ns))
			continue;
		if (req_matches(w, n, req))
			return;
		if (l)
			names_add(&values, atom_str(atoms, l->value));
		left_out = left_out || (!l && is_left_out(e, req->key));
		for (uint32_t i = 0; i < n->nlabels; i++) {
			struct str key = atom_str(atoms, n->labels[i].key);

			if (!label_is_derived(key))
				names_add(&keys, key);
		}
	}
	if (values.v.n > 0)
		diag_note(r->sink, d, resolver_no_place,
		    "label \"" STR_FMT "\" there has %s", STR_ARG(req->key),
		    names_print(&values));
	else if (left_out)
		diag_note(r->sink, d, resolver_no_place,
		    "label \"" STR_FMT "\" is no part of an identity: Cilium "
		    "leaves it out",
		    STR_ARG(req->key));
	else
		diag_note(r->sink, d, resolver_no_place,
		    "no pod there has a label \"" STR_FMT "\"; there are %s",
		    STR_ARG(req->key), names_print(&keys));
}

static void
report_none_selected(struct resolver *r, const struct query_end *q)
{
	struct diag *d =
	    diag_no_pod_matches(r->sink, resolver_no_place, q->text);
	bool any = false;

	VEC_FOREACH (e, &r->world->endpoints)
		any = any || str_eq(e->ns, q->ns);
	if (!any) {
		hint_namespaces(r, d, q);
		return;
	}
	VEC_FOREACH (req, &q->labels.reqs)
		hint_req(r, d, q, req);
	if (d->notes.n == 0)
		diag_note(r->sink, d, resolver_no_place,
		    "each part matches some pod there, but no pod all of them");
}

bool
resolve_labels(struct resolver *r, struct trace_party *p)
{
	const struct query_end *q = p->asked;
	const struct world *w = r->world;
	struct map end_of;

	map_init(&end_of, r->arena);
	VEC_FOREACH (e, &w->endpoints) {
		if (str_eq(e->ns, q->ns) &&
		    selector_matches(w, world_identity(w, e->ident),
			&q->labels))
			resolver_count(r, p, &end_of, e, r->t->query->port);
	}
	if (p->ends.n == 0) {
		report_none_selected(r, q);
		return false;
	}
	resolver_sort(p);
	return true;
}
