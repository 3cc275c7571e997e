/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The pods of a workload: those that say they are owned by it, those with the
 * labels of its template, or what stands for them where there are none.
 */
#include "flow/resolver.h"

#include "diag_gen.h"

/* NAME without the hash that a Deployment adds to the names of its ReplicaSets.
 */
static struct str
without_hash(struct str name)
{
	const char *dash = memrchr(name.s, '-', name.n);

	return dash ? (struct str){name.s, (size_t)(dash - name.s)} : name;
}

static bool
kind_fits(const char *asked, const char *kind)
{
	return !asked || strcmp(asked, kind) == 0;
}

/* Whether the pod is owned by the workload, as far as it says. */
static bool
is_owned(const struct query_end *q, const struct ast_object_meta *meta)
{
	for (uint32_t i = 0; i < meta->owner_references.n; i++) {
		const struct ast_owner_reference *o =
		    &meta->owner_references.v[i];
		bool set = str_is(o->kind.v, "ReplicaSet");

		if (set && kind_fits(q->kind, "Deployment") &&
		    str_eq(without_hash(o->name.v), q->name))
			return true;
		if ((!q->kind || str_is(o->kind.v, q->kind)) &&
		    str_eq(o->name.v, q->name))
			return true;
	}
	return false;
}

/* Whether the workload O is the one that is asked for. */
static bool
is_asked(const struct query_end *q, const struct object *o)
{
	return ast_kind_is_workload(o->kind) && str_eq(o->ns, q->ns) &&
	    str_eq(o->name, q->name) && kind_fits(q->kind, o->kind_name);
}

/* The labels of the pods that the workload makes; NULL: it is not here. */
static const struct ast_str_map *
template_labels(struct resolver *r, const struct query_end *q)
{
	VEC_FOREACH (p, &r->objects->v) {
		const struct object *o = *p;
		const struct ast_workload *w = o->body;

		if (o->status == OBJECT_OK && o->kind != AST_CRON_JOB &&
		    is_asked(q, o) && w->spec && w->spec->template &&
		    w->spec->template->metadata)
			return &w->spec->template->metadata->labels;
	}
	return NULL;
}

static bool
is_of_workload(const struct query_end *q, const struct ast_str_map *labels,
    const struct endpoint *e)
{
	const struct ast_pod *pod = e->object->body;

	if (e->host || !str_eq(e->ns, q->ns))
		return false;
	if (e->object->kind != AST_POD)
		return is_asked(q, e->object);
	if (pod->metadata->owner_references.n > 0)
		return is_owned(q, pod->metadata);
	return labels && labels->n > 0 &&
	    ast_str_map_includes(&pod->metadata->labels, labels);
}

bool
resolve_workload(struct resolver *r, struct trace_party *p)
{
	const struct query_end *q = p->asked;
	const struct ast_str_map *labels = template_labels(r, q);
	struct map end_of;

	map_init(&end_of, r->arena);
	VEC_FOREACH (e, &r->world->endpoints) {
		if (is_of_workload(q, labels, e))
			resolver_count(r, p, &end_of, e, r->t->query->port);
	}
	resolver_sort(p);
	return p->ends.n > 0;
}
