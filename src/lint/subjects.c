/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whom policies select, seen from the pods and nodes.
 *
 * Source: semantics.md 3.3, 9.1, 14.
 */
#include "lint/subjects.h"

#include <netinet/in.h>

#include "diag_gen.h"
#include "lint/who.h"
#include "schema/object.h"

enum { KUBELET_PORT = 10250 };

/* Where a pod's or a template's labels have the key; its name: nowhere. */
static struct span
label_at(const struct object *o, const char *key)
{
	const struct ast_object_meta *meta = NULL;
	const struct ast_str_pair *found;

	if (o->kind == AST_POD) {
		meta = ((const struct ast_pod *)o->body)->metadata;
	} else if (ast_kind_is_workload(o->kind) && o->kind != AST_CRON_JOB) {
		const struct ast_workload *w = o->body;

		if (w->spec && w->spec->template)
			meta = w->spec->template->metadata;
	}
	found = meta ? ast_str_map_find(&meta->labels, str_of(key)) : NULL;
	return found ? found->key_at : o->name_at;
}

void
lint_check_unenforced(struct diag_sink *sink, const struct world *w)
{
	VEC_FOREACH (e, &w->endpoints) {
		if (!e->host && e->object &&
		    world_identity(w, e->ident)->unenforced)
			diag_label_host(sink,
			    label_at(e->object, RESERVED_HOST), e->ns, e->name);
	}
}

void
lint_check_nodes(struct diag_sink *sink, struct arena *scratch,
    const struct pmaps *m)
{
	const struct world *w = m->world;
	struct bitset *told = bitset_new(scratch, (uint32_t)w->ir->rules.n);
	ident_idx_t other;

	if (w->nodes.n < 2 ||
	    !world_find_reserved(w, STR(RESERVED_REMOTE_NODE), &other))
		return;
	VEC_FOREACH (c, &m->classes) {
		const struct pmap_direction *d;
		const struct ir_rule *r;

		if (c->error || !c->subject->host)
			continue;
		d = c->direction[DIR_INGRESS];
		r = who_denies_by_default(d);
		if (!r || bitset_test(told, r->index) ||
		    who_is_let_through(d, other, IPPROTO_TCP, KUBELET_PORT))
			continue;
		bitset_set(told, r->index);
		diag_nodes_cut_off(sink, r->at, c->subject->name);
	}
}

/* Whether R is a permission of a policy for all pods of the cluster. */
static bool
is_for_everybody(const struct ir_rule *r)
{
	return r->policy && r->policy->clusterwide && !r->node &&
	    r->subject->nreq == 0 && r->default_deny;
}

/*
 * Whether R is for some pods on some ports.  A baseline for everybody has a
 * rule that is not: for DNS, an entity, or nobody.
 */
static bool
is_small(const struct ir_rule *r)
{
	if (r->verdict != IR_ALLOW || r->npeers == 0 || r->nports == 0)
		return false;
	for (uint32_t i = 0; i < r->nports; i++) {
		if (r->ports[i].port == 53)
			return false;
	}
	for (uint32_t i = 0; i < r->npeers; i++) {
		if (!r->peers[i].endpoints || r->peers[i].selector->nreq == 0)
			return false;
	}
	return true;
}

/* The rule of the policy that alone decides about D and is small; NULL. */
static const struct ir_rule *
find_isolating(const struct pmap_direction *d)
{
	const struct ir_rule *first = who_denies_by_default(d);

	if (!first || !is_for_everybody(first))
		return NULL;
	for (uint32_t i = 0; i < d->nrules; i++) {
		const struct ir_rule *r = d->rules[i].rule;

		if (r->policy && r->verdict == IR_ALLOW &&
		    (r->policy != first->policy || !is_small(r)))
			return NULL;
	}
	return is_small(first) ? first : NULL;
}

void
lint_check_isolated(struct diag_sink *sink, struct arena *scratch,
    const struct pmaps *m)
{
	struct bitset *told =
	    bitset_new(scratch, (uint32_t)m->world->ir->rules.n);

	VEC_FOREACH (e, &m->world->endpoints) {
		const struct pmap_class *c = pmap_class_of_endpoint(m, e);

		if (c->error || e->assumed || !str_is(e->ns, "kube-system"))
			continue;
		for (int dir = 0; dir < 2; dir++) {
			const struct ir_rule *r =
			    find_isolating(c->direction[dir]);

			if (!r || bitset_test(told, r->index))
				continue;
			bitset_set(told, r->index);
			diag_everybody_isolated(sink, r->at, e->ns, e->name,
			    dir == DIR_INGRESS ? "ingress" : "egress");
		}
	}
}
