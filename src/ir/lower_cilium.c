/* SPDX-License-Identifier: Apache-2.0 */
/*
 * CiliumNetworkPolicy and CiliumClusterwideNetworkPolicy to rules: one for
 * each element of ingress, ingressDeny, egress and egressDeny.
 * Source: semantics.md 3.3, 4.3, 4.4, 5.3, 6.3, 8.1, 10.
 */
#include <assert.h>
#include <ctype.h>

#include "diag_gen.h"
#include "ir/icmp.h"
#include "ir/lower.h"
#include "ir/selector.h"

enum {
	PROTO_TCP = 6,
	PROTO_UDP = 17,
	PROTO_SCTP = 132,
};

typedef VEC(struct ir_peer) peer_vec;
typedef VEC(struct ir_port) port_vec;

/* What an element says of its peers, before ports are known. */
struct peers {
	bool none;    /* a field is `[]`: selects nothing, whatever else */
	bool written; /* some field holds a peer */
	peer_vec v;
};

static bool
clusterwide(const struct lowering *l)
{
	return l->policy->clusterwide;
}

static void
add_peer(struct lowering *l, struct peers *p, const struct ir_selector *s,
    struct span at)
{
	p->written = true;
	*vec_push(&p->v, l->ir->arena) = (struct ir_peer){s, at};
}

/* The scoping of semantics.md 4.4. */
static const struct ir_selector *
peer_selector(struct lowering *l, const struct ast_selector *written,
    bool subject_is_init)
{
	const struct ir_words *w = &l->ir->word;
	struct selector s;

	selector_begin(&s, l->ir);
	selector_add(&s, written, w->any, STR(""));
	if (selector_has_source(&s, w->reserved))
		return selector_end(&s);
	if (!selector_has_key(&s, w->pod_namespace)) {
		struct str key = atom_str(l->ir->atoms, w->pod_namespace);

		if (!clusterwide(l)) {
			if (!selector_has_prefix(&s, STR(NAMESPACE_LABELS)))
				selector_equals(&s, w->k8s, key, l->ns);
		} else if (!subject_is_init) {
			selector_exists(&s, w->k8s, key);
		}
	}
	lower_local_cluster(&s);
	return selector_end(&s);
}

static const char *const world_labels[] = {"world", "world-ipv4", "world-ipv6",
    NULL};
static const char *const cluster_labels[] = {"host", "remote-node", "init",
    "ingress", "health", "unmanaged", "kube-apiserver", NULL};

static void
add_reserved(struct lowering *l, struct peers *p, struct str label,
    struct span at)
{
	add_peer(l, p, selector_label(l->ir, l->ir->word.reserved, label), at);
}

static void
add_entity(struct lowering *l, struct peers *p, const struct ast_str *name)
{
	const struct ir_words *w = &l->ir->word;
	const char *const *several = NULL;
	struct selector s;

	if (str_is(name->v, "all")) {
		add_peer(l, p, l->ir->wildcard, name->at);
		return;
	}
	if (str_is(name->v, "cluster")) {
		several = cluster_labels;
		selector_begin(&s, l->ir);
		selector_equals(&s, w->k8s, atom_str(l->ir->atoms, w->cluster),
		    l->ir->opt.cluster_name);
		add_peer(l, p, selector_end(&s), name->at);
	} else if (str_is(name->v, "world")) {
		several = world_labels;
	}
	if (several == NULL)
		add_reserved(l, p, name->v, name->at);
	for (; several != NULL && *several != NULL; several++)
		add_reserved(l, p, str_of(*several), name->at);
}

/* toCIDR takes a bare address as well (the API server does not). */
static bool
parse_cidr_or_ip(struct str text, struct cidr *ret_cidr)
{
	struct ip ip;

	if (cidr_parse(text, ret_cidr))
		return true;
	if (!ip_parse(text, &ip))
		return false;
	*ret_cidr = cidr_of_ip(&ip);
	return true;
}

static void
lower_peers(struct lowering *l, const struct ast_direction_rule *e,
    bool subject_is_init, struct peers *p)
{
	struct cidr c;

	/* Only these make a rule select nothing when empty: 3.3. */
	p->none = (e->endpoints.present && e->endpoints.n == 0) ||
	    (e->cidr.present && e->cidr.n == 0) ||
	    (e->cidr_set.present && e->cidr_set.n == 0) ||
	    (e->entities.present && e->entities.n == 0) ||
	    (e->nodes.present && e->nodes.n == 0);
	for (uint32_t i = 0; i < e->endpoints.n; i++)
		add_peer(l, p,
		    peer_selector(l, &e->endpoints.v[i], subject_is_init),
		    e->endpoints.v[i].at);
	for (uint32_t i = 0; i < e->entities.n; i++)
		add_entity(l, p, &e->entities.v[i]);
	for (uint32_t i = 0; i < e->cidr.n; i++) {
		bool ok = parse_cidr_or_ip(e->cidr.v[i].v, &c);

		assert(ok);
		add_peer(l, p, lower_cidr(l, &c, e->cidr.v[i].at, NULL, 0),
		    e->cidr.v[i].at);
	}
	for (uint32_t i = 0; i < e->cidr_set.n; i++) {
		const struct ast_cidr_rule *r = &e->cidr_set.v[i];
		bool ok = cidr_parse(r->cidr.v, &c);

		assert(ok);
		add_peer(l, p,
		    lower_cidr(l, &c, r->cidr.at, r->except.v, r->except.n),
		    r->at);
	}
}

static void
add_port(struct lowering *l, port_vec *v, struct ir_port port)
{
	*vec_push(v, l->ir->arena) = port;
}

static atom_t
lower_case(struct ir *ir, struct str s)
{
	char *low = arena_dup(ir->arena, s.s, s.n);

	for (size_t i = 0; i < s.n; i++)
		low[i] = (char)tolower((unsigned char)low[i]);
	return atom_intern(ir->atoms, (struct str){low, s.n});
}

static void
lower_port(struct lowering *l, const struct ast_port_protocol *p, port_vec *v)
{
	/* ANY is these three, never ICMP: semantics.md 10.1. */
	static const uint8_t any[] = {PROTO_TCP, PROTO_UDP, PROTO_SCTP};
	struct ir_port port = {.at = p->at, .name = l->ir->word.empty};
	struct port_text text;
	uint8_t proto = 0;
	bool ok = port_parse(p->port.v, &text) &&
	    (!p->protocol.present || ir_proto_parse(p->protocol.v, &proto));

	assert(ok);
	if (text.named)
		port.name = lower_case(l->ir, p->port.v);
	else
		port.port = text.number;
	if (p->end_port.present && p->end_port.v > 0)
		port.end = (uint16_t)p->end_port.v;
	if (proto != 0) {
		port.proto = proto;
		add_port(l, v, port);
		return;
	}
	for (size_t i = 0; i < sizeof any; i++) {
		port.proto = any[i];
		add_port(l, v, port);
	}
}

static void
lower_ports(struct lowering *l, const struct ast_direction_rule *e, port_vec *v)
{
	for (uint32_t i = 0; i < e->ports.n; i++) {
		const struct ast_port_rule *r = &e->ports.v[i];

		for (uint32_t k = 0; k < r->ports.n; k++)
			lower_port(l, &r->ports.v[k], v);
	}
	for (uint32_t i = 0; i < e->icmps.n; i++) {
		const struct ast_icmp_rule *r = &e->icmps.v[i];

		for (uint32_t k = 0; k < r->fields.n; k++) {
			struct ir_port port = icmp_port(&r->fields.v[k]);

			port.name = l->ir->word.empty;
			add_port(l, v, port);
		}
	}
}

/* Peers that hold the wildcard are the wildcard alone. */
static void
collapse_wildcard(const struct lowering *l, struct peers *p)
{
	VEC_FOREACH (peer, &p->v) {
		if (peer->selector == l->ir->wildcard) {
			p->v.v[0] = *peer;
			p->v.n = 1;
			return;
		}
	}
}

static void
lower_element(struct lowering *l, struct ir_rule *rule,
    const struct ast_direction_rule *e, bool subject_is_init)
{
	bool has_ports = e->ports.n > 0 || e->icmps.n > 0;
	struct peers peers = {0};
	port_vec ports = {0};

	lower_peers(l, e, subject_is_init, &peers);
	if (peers.none || (!peers.written && !has_ports))
		return;
	if (!peers.written)
		add_peer(l, &peers, l->ir->wildcard, e->at);
	collapse_wildcard(l, &peers);
	if (has_ports)
		lower_ports(l, e, &ports);
	else
		add_port(l, &ports,
		    (struct ir_port){.at = e->at, .name = l->ir->word.empty});
	if (ports.n == 0)
		return;
	rule->peers = peers.v.v;
	rule->npeers = (uint32_t)peers.v.n;
	rule->ports = ports.v;
	rule->nports = (uint32_t)ports.n;
}

static const struct ir_selector *
subject_selector(struct lowering *l, const struct ast_rule *r,
    bool *ret_is_init)
{
	const struct ir_words *w = &l->ir->word;
	const struct ast_selector *written =
	    r->endpoint_selector ? r->endpoint_selector : r->node_selector;
	struct str key = atom_str(l->ir->atoms, w->pod_namespace);
	atom_t init = atom_intern(l->ir->atoms, STR("init"));
	struct selector s;

	selector_begin(&s, l->ir);
	selector_add(&s, written, w->any, STR(""));
	*ret_is_init = false;
	VEC_FOREACH (q, &s.req)
		*ret_is_init |=
		    atom_eq(q->source, w->reserved) && atom_eq(q->key, init);
	if (clusterwide(l))
		return selector_end(&s);
	/* A written k8s: namespace label is overwritten, not joined: 4.3. */
	VEC_FOREACH (q, &s.req) {
		if (q->op == IR_EQUALS && atom_eq(q->source, w->k8s) &&
		    atom_eq(q->key, w->pod_namespace)) {
			if (!str_eq(atom_str(l->ir->atoms, q->values[0]),
				l->ns))
				diag_subject_namespace_overwritten(l->sink,
				    written->at,
				    atom_str(l->ir->atoms, q->values[0]),
				    l->ns);
			*q = s.req.v[--s.req.n];
			break;
		}
	}
	selector_equals(&s, w->k8s, key, l->ns);
	return selector_end(&s);
}

static void
lower_direction(struct lowering *l, const struct ir_rule *model, bool is_init,
    const struct ast_direction_rule *v, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++) {
		struct ir_rule *rule = lower_rule(l, v[i].at);

		rule->tier = model->tier;
		rule->verdict = model->verdict;
		rule->ingress = model->ingress;
		rule->default_deny = model->default_deny;
		rule->node = model->node;
		rule->subject = model->subject;
		lower_element(l, rule, &v[i], is_init);
	}
}

static void
lower_spec(struct lowering *l, const struct ast_rule *r)
{
	const struct ast_default_deny *d = r->enable_default_deny;
	bool is_init;
	struct ir_rule model = {
	    .tier = clusterwide(l) && l->ir->opt.model == IR_MODEL_CLUSTERWIDE
		? IR_TIER_CLUSTERWIDE
		: IR_TIER_NORMAL,
	    .node = r->node_selector != NULL,
	};

	model.subject = subject_selector(l, r, &is_init);
	model.ingress = true;
	/* Elements exist wherever this matters: unset means true. */
	model.default_deny = d == NULL || !d->ingress.present || d->ingress.v;
	lower_direction(l, &model, is_init, r->ingress.v, r->ingress.n);
	model.verdict = IR_DENY;
	lower_direction(l, &model, is_init, r->ingress_deny.v,
	    r->ingress_deny.n);
	model.ingress = false;
	model.default_deny = d == NULL || !d->egress.present || d->egress.v;
	lower_direction(l, &model, is_init, r->egress_deny.v, r->egress_deny.n);
	model.verdict = IR_ALLOW;
	lower_direction(l, &model, is_init, r->egress.v, r->egress.n);
}

void
lower_cilium(struct lowering *l)
{
	const struct ast_policy *p = l->policy->object->body;

	if (p->spec != NULL)
		lower_spec(l, p->spec);
	for (uint32_t i = 0; i < p->specs.n; i++)
		lower_spec(l, &p->specs.v[i]);
}
