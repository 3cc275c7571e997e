/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the lowering of every policy kind is made of: rules, their peers and
 * ports, and the scoping that several kinds share.
 */
#include "cilium/labels.h"
#include "diag_gen.h"
#include "ir/lower.h"
#include "ir/selector.h"
#include "cilium/version.h"

void
lower_note(struct lowering *l, enum version_change change, struct span at)
{
	struct ir *ir = l->ir;
	struct version_edge edge;

	if (version_by_patch(ir->opt.cilium.number, change, &edge))
		*vec_push(&ir->by_patch, ir->arena) =
		    (struct ir_by_patch){change, at};
}

bool
lower_has(struct lowering *l, enum version_change change, struct span at)
{
	lower_note(l, change, at);
	return version_has(l->ir->opt.cilium, change);
}

struct ir_rule *
lower_rule(struct lowering *l, const struct ir_rule *model, struct span at)
{
	struct ir *ir = l->ir;
	struct ir_rule *r = ARENA_NEW(ir->arena, struct ir_rule);

	*r = *model;
	r->index = (uint32_t)ir->rules.n;
	r->policy = l->policy;
	r->at = at;
	*vec_push(&ir->rules, ir->arena) = r;
	return r;
}

void
lower_add_peer(struct lowering *l, peer_vec *v, const struct ir_selector *s,
    struct span at)
{
	*vec_push(v, l->ir->arena) = (struct ir_peer){.selector = s, .at = at};
}

void
lower_add_endpoints(struct lowering *l, peer_vec *v,
    const struct ir_selector *s, struct span at)
{
	*vec_push(v, l->ir->arena) =
	    (struct ir_peer){.selector = s, .endpoints = true, .at = at};
}

void
lower_add_port(struct lowering *l, port_vec *v, struct ir_port port)
{
	*vec_push(v, l->ir->arena) = port;
}

void
lower_add_any(struct lowering *l, port_vec *v, struct ir_port port)
{
	/* Never ICMP: semantics.md 10.1. */
	static const uint8_t any[] = {IPPROTO_TCP, IPPROTO_UDP, IPPROTO_SCTP};

	for (size_t i = 0; i < sizeof(any); i++) {
		port.proto = any[i];
		lower_add_port(l, v, port);
	}
}

void
lower_add_everything(struct lowering *l, port_vec *v, struct span at)
{
	lower_add_port(l, v,
	    (struct ir_port){.at = at, .name = l->ir->word.empty});
}

void
lower_set_matches(struct lowering *l, struct ir_rule *rule,
    const peer_vec *peers, const port_vec *ports)
{
	if (peers->n == 0 || ports->n == 0)
		return;
	rule->peers = peers->v;
	rule->npeers = (uint32_t)peers->n;
	rule->ports = ports->v;
	rule->nports = (uint32_t)ports->n;
	VEC_FOREACH (p, ports) {
		rule->named_ports |= !atom_eq(p->name, l->ir->word.empty);
		rule->by_namespace |= p->l7 && p->l7->by_namespace;
	}
}

void
lower_local_cluster(struct selector *s)
{
	struct ir *ir = s->ir;

	if (ir_peers_are_local(&ir->opt) &&
	    !selector_has_key(s, ir->word.cluster))
		selector_equals(s, ir->word.k8s,
		    atom_str(ir->atoms, ir->word.cluster),
		    ir->opt.cluster_name);
}

void
lower_own_namespace(struct lowering *l, struct selector *s, const char *field,
    struct span at)
{
	const struct ir_words *w = &l->ir->word;

	VEC_FOREACH (q, &s->req) {
		struct str written;

		if (q->op != IR_EQUALS || !atom_eq(q->source, w->k8s) ||
		    !atom_eq(q->key, w->pod_namespace))
			continue;
		written = atom_str(l->ir->atoms, q->values[0]);
		if (!str_eq(written, l->ns))
			diag_subject_namespace_overwritten(l->sink, at, field,
			    written, l->ns);
		*q = s->req.v[--s->req.n];
		break;
	}
	selector_equals(s, w->k8s, atom_str(l->ir->atoms, w->pod_namespace),
	    l->ns);
}

void
lower_namespaces(struct selector *s, const struct ast_selector *written)
{
	const struct ir_words *w = &s->ir->word;

	if (!written ||
	    written->match_labels.n + written->match_expressions.n == 0)
		selector_exists(s, w->k8s,
		    atom_str(s->ir->atoms, w->pod_namespace));
	else
		selector_add(s, written, w->k8s, STR(LABEL_OF_NAMESPACE));
}

static void
note_prefix(struct ir *ir, const struct cidr *c, struct span at)
{
	/* /0 is the world. */
	if (c->bits > 0)
		*vec_push(&ir->prefixes, ir->arena) =
		    (struct ir_prefix){*c, at};
}

void
lower_except(struct lowering *l, struct selector *s,
    const struct ast_str *except, uint32_t n)
{
	struct cidr e;

	for (uint32_t i = 0; i < n; i++) {
		if (!cidr_parse(except[i].v, &e))
			continue;
		ir_check_prefix(l->sink, &except[i]);
		note_prefix(l->ir, &e, except[i].at);
		selector_not_in_cidr(s, &e);
	}
}

const struct ir_selector *
lower_cidr(struct lowering *l, const struct cidr *cidr, struct span at,
    const struct ast_str *except, uint32_t nexcept)
{
	struct ir *ir = l->ir;
	struct selector s;

	selector_begin(&s, ir);
	note_prefix(ir, cidr, at);
	if (cidr->bits > 0)
		selector_in_cidr(&s, cidr);
	else
		selector_world(&s, cidr->family);
	if (cidr->bits == 0 && ir->opt.cidr_match & IR_CIDR_NODES)
		lower_note(l, VERSION_ZERO_TAKES_NODES, at);
	lower_except(l, &s, except, nexcept);
	return selector_end(&s);
}
