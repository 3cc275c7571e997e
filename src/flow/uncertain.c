/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is known of a policy's subject rules endpoints out; whatever is not
 * known rules out nobody.
 */
#include "flow/uncertain.h"

#include "base/bitset.h"
#include "base/variable.h"

/* The end that is asked about. */
struct subject {
	const struct pmaps *m;
	const struct trace_end *end;
};

static bool
has_label(const struct subject *s, struct str key, struct str value)
{
	const struct world *w = s->m->world;
	const struct identity *id = world_identity(w, s->end->ident);
	const char *colon = memchr(key.s, ':', key.n);

	if (colon)
		key = (struct str){colon + 1,
		    key.n - (size_t)(colon + 1 - key.s)};
	for (uint32_t i = 0; i < id->nlabels; i++) {
		const struct label *l = &id->labels[i];

		if (str_eq(atom_str(w->ir->atoms, l->key), key) &&
		    str_eq(atom_str(w->ir->atoms, l->value), value))
			return true;
	}
	return false;
}

/* Whether the labels that WRITTEN wants may be the subject's. */
static bool
may_select(const struct subject *s, const struct ast_selector *written)
{
	for (uint32_t i = 0; written && i < written->match_labels.n; i++) {
		const struct ast_str_pair *p = &written->match_labels.v[i];

		if (!variable_in(p->key) && !variable_in(p->value) &&
		    !has_label(s, p->key, p->value))
			return false;
	}
	return true;
}

static bool
rule_may_apply(const struct subject *s, const struct ast_rule *r,
    enum direction dir)
{
	bool says = dir == DIR_INGRESS
	    ? r->ingress.present || r->ingress_deny.present
	    : r->egress.present || r->egress_deny.present;

	return says && !r->node_selector && may_select(s, r->endpoint_selector);
}

static bool
cilium_may_apply(const struct subject *s, const struct ast_policy *p,
    enum direction dir)
{
	if (p->spec && rule_may_apply(s, p->spec, dir))
		return true;
	for (uint32_t i = 0; i < p->specs.n; i++) {
		if (rule_may_apply(s, &p->specs.v[i], dir))
			return true;
	}
	return false;
}

static bool
may_apply(const struct subject *s, const struct object *o, enum direction dir)
{
	const struct endpoint *e = s->end->endpoint;

	if (o->ns.n > 0 && !variable_in(o->ns) && e && !str_eq(e->ns, o->ns))
		return false;
	if (o->kind == AST_CILIUM_NETWORK_POLICY ||
	    o->kind == AST_CILIUM_CLUSTERWIDE_NETWORK_POLICY)
		return cilium_may_apply(s, o->body, dir);
	if (o->kind == AST_NETWORK_POLICY) {
		const struct ast_network_policy *p = o->body;

		return !p->spec || may_select(s, p->spec->pod_selector);
	}
	return true;
}

/* Whether a pod with the identity is assumed: its ports are not known. */
static bool
is_assumed(const struct world *w, ident_idx_t ident)
{
	VEC_FOREACH (e, &w->endpoints) {
		if (e->assumed && e->ident.i == ident.i)
			return true;
	}
	return false;
}

/*
 * A rule with the name of a port, which may have any number on an assumed pod,
 * that is for the peer and not for what J says; NULL when there is none.
 */
static const struct ir_rule *
open_name(const struct world *w, const struct trace_end *e, enum direction dir,
    const struct judged_end *j)
{
	bool passes = j->verdict == FLOW_ALLOWED;
	const struct ir_rule *found = NULL;

	for (uint32_t i = 0; j->direction && !found && i < j->direction->nrules;
	     i++) {
		const struct ir_rule *r = j->direction->rules[i].rule;
		bool reached = false;

		if (!r->named_ports || !r->policy ||
		    passes == (r->verdict == IR_ALLOW))
			continue;
		for (uint32_t k = 0; k < r->npeers; k++)
			reached |=
			    bitset_test(world_reached(w, r->peers[k].selector),
				j->peer.i);
		found = reached ? r : NULL;
	}
	/* All endpoints are gone through only where there is such a rule. */
	return found && is_assumed(w, dir == DIR_INGRESS ? e->ident : j->peer)
	    ? found
	    : NULL;
}

const struct object *
uncertain_policy(const struct pmaps *m, const struct object_list *objects,
    const struct trace_end *e, enum direction dir, const struct judged_end *j)
{
	const struct subject s = {m, e};
	const struct ir_rule *named;
	/* No rule of the same tier opens what another one denies. */
	bool final = j->reason == REASON_POLICY_DENY &&
	    m->world->ir->opt.model == IR_MODEL_CILIUM;

	VEC_FOREACH (o, &objects->left_out) {
		if (object_is_uncertain(*o) && !final && may_apply(&s, *o, dir))
			return *o;
	}
	named = final ? NULL : open_name(m->world, e, dir, j);
	return named ? named->policy->object : NULL;
}
