/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One endpoint for the pods of a workload where none of them is in the
 * snapshot.
 */
#include "ident/templates.h"

/* What templates are compared with. */
struct templates {
	struct endpoints *endpoints;
	struct map pods;  /* namespace -> struct pod_list * */
	struct map names; /* "ns/name" of the endpoints */
};

/* The labels of the pods of a namespace. */
struct pod_list {
	VEC(const struct ast_str_map *) v;
};

static const struct ast_pod_template *
template_of(const struct object *o, const struct ast_object_meta **ret_meta)
{
	const struct ast_workload_spec *spec;

	if (o->kind == AST_CRON_JOB) {
		const struct ast_cron_job *job = o->body;

		*ret_meta = job->metadata;
		spec = job->spec && job->spec->job_template
		    ? job->spec->job_template->spec
		    : NULL;
	} else {
		const struct ast_workload *w = o->body;

		*ret_meta = w->metadata;
		spec = w->spec;
	}
	return spec ? spec->template : NULL;
}

static void
note_name(struct templates *t, struct str ns, struct str name)
{
	struct str key = endpoints_key(t->endpoints, ns, name);

	*map_put(&t->names, key.s, key.n) = t;
}

static void
note_pods(struct templates *t)
{
	struct builder *b = t->endpoints->b;

	OBJECT_FOREACH (o, b->objects, AST_POD) {
		const struct ast_pod *pod = o->body;
		void **slot = map_put(&t->pods, o->ns.s, o->ns.n);
		struct pod_list *list;

		if (!*slot)
			*slot = ARENA_NEW(&b->scratch, struct pod_list);
		list = *slot;
		*vec_push(&list->v, &b->scratch) = &pod->metadata->labels;
	}
	VEC_FOREACH (e, &b->w->endpoints)
		note_name(t, e->ns, e->name);
}

/* Whether some pod could come from a template with these labels. */
static bool
has_pods(const struct templates *t, struct str ns,
    const struct ast_str_map *labels)
{
	const struct pod_list *list = map_get(&t->pods, ns.s, ns.n);

	for (size_t k = 0; list && k < list->v.n; k++) {
		if (!labels || ast_str_map_includes(list->v.v[k], labels))
			return true;
	}
	return false;
}

static bool
has_controller(const struct ast_object_meta *meta)
{
	for (uint32_t i = 0; i < meta->owner_references.n; i++) {
		if (meta->owner_references.v[i].controller.v)
			return true;
	}
	return false;
}

/* Pods get the account "default" from the API server. */
static struct str
template_account(const struct ast_pod_spec *spec)
{
	if (!spec || spec->service_account_name.v.n == 0)
		return STR("default");
	return spec->service_account_name.v;
}

/* "web.deployment". */
static struct str
with_kind(struct builder *b, const struct object *o)
{
	atom_t kind = atom_intern_lower(b->w->ir->atoms, &b->scratch,
	    str_of(o->kind_name));

	return str_of(arena_printf(b->w->arena, STR_FMT "." STR_FMT,
	    STR_ARG(o->name), STR_ARG(atom_str(b->w->ir->atoms, kind))));
}

/*
 * The pod that a workload makes has the workload's name, with the kind after
 * it if that is taken.
 */
static void
add_template(struct templates *t, const struct object *o)
{
	struct endpoints *p = t->endpoints;
	const struct ast_object_meta *meta;
	const struct ast_pod_template *template = template_of(o, &meta);
	struct pod_description d = {.ns = o->ns};
	struct endpoint *e;
	struct str key;

	if (!template || has_controller(meta) ||
	    endpoints_on_host_network(template->spec))
		return;
	if (template->metadata)
		d.labels = &template->metadata->labels;
	if (has_pods(t, o->ns, d.labels))
		return;
	d.account = template_account(template->spec);
	d.ports = endpoints_ports(p, template->spec);
	e = endpoints_add(p, o, pod_labels_find(&p->labels, &d), d.ports);
	e->assumed = o->assumed;
	key = endpoints_key(p, o->ns, o->name);
	if (map_get(&t->names, key.s, key.n))
		e->name = with_kind(p->b, o);
	note_name(t, e->ns, e->name);
}

void
templates_add(struct endpoints *p)
{
	struct templates t = {.endpoints = p};
	bool noted = false;

	map_init(&t.pods, &p->b->scratch);
	map_init(&t.names, &p->b->scratch);
	for (enum ast_kind kind = 0; kind < AST_KINDS; kind++) {
		if (!ast_kind_is_workload(kind))
			continue;
		OBJECT_FOREACH (o, p->b->objects, kind) {
			if (!noted)
				note_pods(&t);
			noted = true;
			add_template(&t, o);
		}
	}
}
