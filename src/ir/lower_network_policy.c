/* SPDX-License-Identifier: Apache-2.0 */
/*
 * NetworkPolicy to rules: one for each peer of each ingress and egress item,
 * and one that selects nothing for a direction that is closed altogether.
 * Source: semantics.md 4.5, 8.2.
 */
#include <assert.h>

#include "cilium/proto.h"
#include "diag_gen.h"
#include "ir/lower.h"
#include "ir/selector.h"

static const struct ast_selector all_pods;

/* Pods of the policy's own namespace. */
static void
select_own_pods(struct lowering *l, struct selector *s,
    const struct ast_selector *pods)
{
	selector_add(s, pods, l->ir->word.k8s, STR(""));
	lower_own_namespace(l, s, "podSelector", pods->at);
}

static const struct ir_selector *
subject_selector(struct lowering *l, const struct ast_np_spec *spec)
{
	struct selector s;

	selector_begin(&s, l->ir);
	select_own_pods(l, &s,
	    spec->pod_selector ? spec->pod_selector : &all_pods);
	return selector_end(&s);
}

/* NULL: a peer that names nobody. */
static const struct ir_selector *
peer_selector(struct lowering *l, const struct ast_np_peer *p)
{
	const struct ast_np_ip_block *block = p->ip_block;
	struct selector s;
	struct cidr c;

	if (block) {
		bool ok = cidr_parse(block->cidr.v, &c);

		assert(ok);
		ir_check_prefix(l->sink, &block->cidr);
		return lower_cidr(l, &c, block->cidr.at, block->except.v,
		    block->except.n);
	}
	selector_begin(&s, l->ir);
	if (p->namespace_selector) {
		lower_namespaces(&s, p->namespace_selector);
		if (p->pod_selector)
			selector_add(&s, p->pod_selector, l->ir->word.k8s,
			    STR(""));
	} else if (p->pod_selector) {
		select_own_pods(l, &s, p->pod_selector);
	} else {
		return NULL;
	}
	lower_local_cluster(&s);
	return selector_end(&s);
}

static void
add_port(struct lowering *l, const struct ast_np_port *p, port_vec *v)
{
	struct ir_port port = {.proto = IPPROTO_TCP,
	    .name = l->ir->word.empty,
	    .at = p->at};
	bool ok =
	    !p->protocol.present || proto_parse(p->protocol.v, &port.proto);

	assert(ok);
	if (p->port.present && p->port.is_int)
		port.port = (uint16_t)p->port.i;
	else if (p->port.present)
		port.name = atom_intern(l->ir->atoms, p->port.s);
	if (p->end_port.present)
		port.end = (uint16_t)p->end_port.v;
	lower_add_port(l, v, port);
}

/* A rule of one peer, whose selector may be NULL for none. */
static void
add_rule(struct lowering *l, const struct ir_rule *model,
    const struct ir_peer *peer, const port_vec *ports)
{
	struct ir_rule *rule = lower_rule(l, model, peer->at);
	peer_vec peers = {0};

	if (peer->selector)
		*vec_push(&peers, l->ir->arena) = *peer;
	lower_set_matches(l, rule, &peers, ports);
}

/* A bug of some patches: semantics.md 4.5. */
static bool
admits_namespace(struct lowering *l, const struct ir_rule *model,
    const struct ast_np_peer *p)
{
	bool admits = p->ip_block && model->dir == DIR_INGRESS &&
	    ir_peers_are_local(&l->ir->opt) &&
	    lower_has(l, VERSION_IP_BLOCK_NAMESPACE, p->at);

	if (admits)
		diag_block_admits_namespace(l->sink, p->at);
	return admits;
}

static const struct ir_selector *
namespace_selector(struct lowering *l, struct span at)
{
	struct selector s;

	selector_begin(&s, l->ir);
	lower_own_namespace(l, &s, "ipBlock", at);
	lower_local_cluster(&s);
	return selector_end(&s);
}

static void
lower_item(struct lowering *l, const struct ir_rule *model,
    const struct ast_np_rule *r)
{
	port_vec ports = {0};

	for (uint32_t i = 0; i < r->ports.n; i++)
		add_port(l, &r->ports.v[i], &ports);
	if (r->ports.n == 0)
		lower_add_everything(l, &ports, r->at);
	if (r->peers.n == 0)
		add_rule(l, model,
		    &(struct ir_peer){l->ir->wildcard, true, r->at}, &ports);
	for (uint32_t i = 0; i < r->peers.n; i++) {
		const struct ast_np_peer *p = &r->peers.v[i];

		add_rule(l, model,
		    &(struct ir_peer){peer_selector(l, p), !p->ip_block, p->at},
		    &ports);
		if (admits_namespace(l, model, p))
			add_rule(l, model,
			    &(struct ir_peer){namespace_selector(l, p->at),
				true, p->at},
			    &ports);
	}
}

static const struct ast_str *
find_type(const struct ast_np_spec *spec, const char *type)
{
	for (uint32_t i = 0; i < spec->policy_types.n; i++) {
		if (str_is(spec->policy_types.v[i].v, type))
			return &spec->policy_types.v[i];
	}
	return NULL;
}

void
lower_network_policy(struct lowering *l)
{
	const struct object *o = l->policy->object;
	const struct ast_np_spec no_spec = {.at = o->at};
	const struct ast_network_policy *p = o->body;
	const struct ast_np_spec *spec = p->spec ? p->spec : &no_spec;
	/* policyTypes close a direction; they never mask what is written. */
	const struct ast_str *ingress = find_type(spec, "Ingress");
	const struct ast_str *egress = find_type(spec, "Egress");
	struct ir_rule model = {.tier = IR_TIER_NORMAL,
	    .verdict = IR_ALLOW,
	    .dir = DIR_INGRESS,
	    .default_deny = true,
	    .subject = subject_selector(l, spec)};

	for (uint32_t i = 0; i < spec->ingress.n; i++)
		lower_item(l, &model, &spec->ingress.v[i]);
	if (spec->ingress.n == 0 && (ingress || !egress))
		lower_rule(l, &model, ingress ? ingress->at : spec->at);
	model.dir = DIR_EGRESS;
	for (uint32_t i = 0; i < spec->egress.n; i++)
		lower_item(l, &model, &spec->egress.v[i]);
	if (spec->egress.n == 0 && egress)
		lower_rule(l, &model, egress->at);
}
