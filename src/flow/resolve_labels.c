/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Pods by their labels, and why there are none.
 */
#include "flow/names.h"
#include "flow/resolver.h"

#include "cilium/labels.h"
#include "diag_gen.h"
#include "ir/selector.h"

/* Whether a pod's own labels have the key, which its identity lacks. */
static bool
is_left_out(const struct endpoint *e, struct str key)
{
	const struct ast_pod *pod = e->object->body;

	return e->object->kind == AST_POD &&
	    ast_str_map_find(&pod->metadata->labels, key);
}

/* Why REQ, about KEY, matches no pod of the namespace, and what would. */
static void
hint_req(struct resolver *r, struct diag *d, const struct query_end *q,
    const struct ir_req *req, struct str key)
{
	const struct world *w = r->world;
	const struct atom_table *atoms = w->ir->atoms;
	struct names values, keys;
	bool left_out = false;

	names_init(&values, r->arena);
	names_init(&keys, r->arena);
	VEC_FOREACH (e, &w->endpoints) {
		const struct identity *n = world_identity(w, e->ident);
		bool named = false;

		if (!str_eq(e->ns, q->ns))
			continue;
		if (selector_met(w->ir, req, 1, n->labels, n->nlabels))
			return;
		for (uint32_t i = 0; i < n->nlabels; i++) {
			const struct label *l = &n->labels[i];
			struct str label_key = atom_str(atoms, l->key);

			if (selector_req_names(req, l)) {
				names_add(&values, atom_str(atoms, l->value));
				named = true;
			}
			if (!label_is_derived(label_key))
				names_add(&keys, label_key);
		}
		left_out = left_out || (!named && is_left_out(e, key));
	}
	if (values.v.n > 0)
		diag_note(r->sink, d, resolver_no_place,
		    "label \"" STR_FMT "\" there has %s", STR_ARG(key),
		    names_print(&values));
	else if (left_out)
		diag_note(r->sink, d, resolver_no_place,
		    "label \"" STR_FMT "\" is no part of an identity: Cilium "
		    "leaves it out",
		    STR_ARG(key));
	else
		diag_note(r->sink, d, resolver_no_place,
		    "no pod there has a label \"" STR_FMT "\"; there are %s",
		    STR_ARG(key), names_print(&keys));
}

static void
report_none_selected(struct resolver *r, const struct query_end *q,
    const struct ir_req *req)
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
	for (size_t i = 0; i < q->labels.reqs.n; i++)
		hint_req(r, d, q, &req[i], q->labels.reqs.v[i].key);
	if (d->notes.n == 0)
		diag_note(r->sink, d, resolver_no_place,
		    "each part matches some pod there, but no pod all of them");
}

bool
resolve_labels(struct resolver *r, struct trace_party *p)
{
	const struct query_end *q = p->asked;
	const struct world *w = r->world;
	const struct ir_req *req =
	    selector_of_question(w->ir, r->arena, &q->labels);
	struct map end_of;

	map_init(&end_of, r->arena);
	VEC_FOREACH (e, &w->endpoints) {
		const struct identity *n = world_identity(w, e->ident);

		if (str_eq(e->ns, q->ns) &&
		    selector_met(w->ir, req, q->labels.reqs.n, n->labels,
			n->nlabels))
			resolver_count(r, p, &end_of, e, r->t->query->port);
	}
	if (p->ends.n == 0) {
		report_none_selected(r, q, req);
		return false;
	}
	resolver_sort(p);
	return true;
}
