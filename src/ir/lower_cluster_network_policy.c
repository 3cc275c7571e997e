/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ClusterNetworkPolicy, and its forerunners AdminNetworkPolicy and
 * BaselineAdminNetworkPolicy, to rules: one for each item of ingress and
 * egress, on a priority of its own.
 * Source: semantics.md 4.6, 8.3, 8.4.
 */
#include <assert.h>

#include "cilium/proto.h"
#include "cilium/reserved.h"
#include "ir/lower.h"
#include "ir/selector.h"

enum {
	/*
	 * Priorities that one of the policy's spans.  A ClusterNetworkPolicy
	 * counts its rules in hundredths of it, and its forerunners, which may
	 * have a hundred rules, in thousandths.
	 */
	STEP = 1000,
	KCNP_RULE_STEP = STEP / 100,
	ANP_RULE_STEP = STEP / 1000,
};

/* One policy object of any of these kinds. */
struct kcnp {
	struct lowering *l;
	struct ir_rule model; /* tier, subject and first priority */
	uint32_t rule_step;
};

static void
select_pods(struct selector *s, const struct ast_kcnp_pods *p)
{
	lower_namespaces(s, p->namespace_selector);
	selector_add(s, p->pod_selector, s->ir->word.k8s, STR(""));
}

static const struct ir_selector *
subject_selector(struct lowering *l, const struct ast_kcnp_subject *subject)
{
	struct selector s;

	selector_begin(&s, l->ir);
	if (subject->pods)
		select_pods(&s, subject->pods);
	else
		lower_namespaces(&s, subject->namespaces);
	return selector_end(&s);
}

static void
add_networks(struct lowering *l, const struct ast_str_list *networks,
    peer_vec *v)
{
	struct cidr c;

	for (uint32_t i = 0; i < networks->n; i++) {
		const struct ast_str *text = &networks->v[i];
		bool ok = cidr_parse(text->v, &c);

		assert(ok);
		ir_check_prefix(l->sink, text);
		lower_add_peer(l, v, lower_cidr(l, &c, text->at, NULL, 0),
		    text->at);
	}
}

/* "*.x" stands for one or more labels here, which Cilium writes "**.x". */
static struct str
domain_pattern(struct lowering *l, struct str name)
{
	if (!str_starts(name, STR("*.")))
		return name;
	return str_of(arena_printf(l->ir->arena, "*" STR_FMT, STR_ARG(name)));
}

static void
add_domains(struct lowering *l, const struct ast_str_list *names, peer_vec *v)
{
	for (uint32_t i = 0; i < names->n; i++)
		lower_add_peer(l, v,
		    lower_fqdn(l, domain_pattern(l, names->v[i].v)),
		    names->v[i].at);
}

/* Rules that let queries for the domain names of R pass; NULL: it has none. */
static struct ast_l7_rules *
domain_queries(struct lowering *l, const struct ast_kcnp_rule *r)
{
	struct ast_l7_rules *rules =
	    ARENA_NEW(l->ir->arena, struct ast_l7_rules);
	VEC(struct ast_fqdn_selector) names = {0};

	for (uint32_t i = 0; i < r->peers.n; i++) {
		const struct ast_str_list *list = &r->peers.v[i].domain_names;

		for (uint32_t k = 0; k < list->n; k++) {
			struct ast_fqdn_selector *f =
			    vec_push(&names, l->ir->arena);
			struct ast_str text = list->v[k];

			text.v = domain_pattern(l, text.v);
			*f = (struct ast_fqdn_selector){.at = text.at};
			if (memchr(text.v.s, '*', text.v.n))
				f->match_pattern = text;
			else
				f->match_name = text;
		}
	}
	if (names.n == 0)
		return NULL;
	rules->dns.present = true;
	rules->dns.v = names.v;
	rules->dns.n = (uint32_t)names.n;
	return rules;
}

/*
 * Domain names are of use only if they may be asked for: Cilium adds a rule of
 * the same priority that lets them be, from the cluster's DNS (semantics.md
 * 8.3).
 */
static void
lower_domain_queries(const struct kcnp *k, const struct ir_rule *rule,
    const struct ast_kcnp_rule *r)
{
	static const char *const names[] = {"dns", "dns-tcp"};
	struct lowering *l = k->l;
	struct ast_l7_rules *rules = domain_queries(l, r);
	struct ir_rule queries = k->model;
	struct ast_port_rule *port_rule;
	struct ir_l7 *l7;
	struct selector s;
	peer_vec peers = {0};
	port_vec ports = {0};

	if (!rules)
		return;
	queries.priority = rule->priority;
	port_rule = ARENA_NEW(l->ir->arena, struct ast_port_rule);
	port_rule->rules = rules;
	l7 = ARENA_NEW(l->ir->arena, struct ir_l7);
	*l7 = (struct ir_l7){.parser = IR_PARSER_DNS, .rule = port_rule};
	selector_begin(&s, l->ir);
	selector_equals(&s, l->ir->word.any, STR("k8s-app"), STR("kube-dns"));
	lower_add_peer(l, &peers, selector_end(&s), r->at);
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		lower_add_any(l, &ports,
		    (struct ir_port){
			.name = atom_intern(l->ir->atoms, str_of(names[i])),
			.l7 = l7,
			.at = r->at,
		    });
	lower_set_matches(l, lower_rule(l, &queries, r->at), &peers, &ports);
}

/* Nodes by their labels: the local host, and the others. */
static void
add_nodes(struct lowering *l, const struct ast_selector *nodes, peer_vec *v)
{
	const struct ir_words *w = &l->ir->word;
	const struct str labels[] = {STR(RESERVED_HOST),
	    STR(RESERVED_REMOTE_NODE)};

	for (size_t i = 0; i < 2; i++) {
		struct selector s;

		selector_begin(&s, l->ir);
		selector_add(&s, nodes, w->node, STR(""));
		selector_exists(&s, w->reserved, labels[i]);
		lower_local_cluster(&s);
		lower_add_peer(l, v, selector_end(&s), nodes->at);
	}
}

/* False: a peer of a kind that is not known. */
static bool
add_peer(struct lowering *l, const struct ast_kcnp_peer *p, peer_vec *v)
{
	struct selector s;

	if (p->networks.present) {
		add_networks(l, &p->networks, v);
		return true;
	}
	if (p->domain_names.present) {
		add_domains(l, &p->domain_names, v);
		return true;
	}
	if (p->nodes) {
		add_nodes(l, p->nodes, v);
		return true;
	}
	selector_begin(&s, l->ir);
	if (p->pods) {
		select_pods(&s, p->pods);
		lower_local_cluster(&s);
	} else if (p->namespaces) {
		/* Of any cluster, and maybe no pods at all: 4.6. */
		lower_namespaces(&s, p->namespaces);
	} else {
		return false;
	}
	lower_add_peer(l, v, selector_end(&s), p->at);
	return true;
}

static void
set_range(struct ir_port *port, const struct ast_kcnp_port *p)
{
	if (!p->range) {
		port->port = (uint16_t)p->number.v;
		return;
	}
	port->port = (uint16_t)p->range->start.v;
	port->end = (uint16_t)p->range->end.v;
}

static void
add_protocol(struct lowering *l, const struct ast_kcnp_protocol *p, port_vec *v)
{
	const struct {
		const struct ast_kcnp_l4 *l4;
		uint8_t proto;
	} members[] = {
	    {p->tcp, IPPROTO_TCP},
	    {p->udp, IPPROTO_UDP},
	    {p->sctp, IPPROTO_SCTP},
	};
	struct ir_port port = {.name = l->ir->word.empty, .at = p->at};

	for (size_t i = 0; i < sizeof(members) / sizeof(*members); i++) {
		if (!members[i].l4)
			continue;
		port.proto = members[i].proto;
		if (members[i].l4->destination_port)
			set_range(&port, members[i].l4->destination_port);
		lower_add_port(l, v, port);
		return;
	}
	port.name = atom_intern(l->ir->atoms, p->destination_named_port.v);
	lower_add_any(l, v, port);
}

/* The same of the forerunners. */
static void
add_anp_port(struct lowering *l, const struct ast_anp_port *p, port_vec *v)
{
	const struct ast_str *proto = NULL;
	struct ir_port port = {.proto = IPPROTO_TCP,
	    .name = l->ir->word.empty,
	    .at = p->at};

	if (p->port_number) {
		proto = &p->port_number->protocol;
		port.port = (uint16_t)p->port_number->port.v;
	} else if (p->port_range) {
		proto = &p->port_range->protocol;
		port.port = (uint16_t)p->port_range->start.v;
		port.end = (uint16_t)p->port_range->end.v;
	} else {
		port.name = atom_intern(l->ir->atoms, p->named_port.v);
		lower_add_any(l, v, port);
		return;
	}
	if (proto->present) {
		bool ok = proto_parse(proto->v, &port.proto);

		assert(ok);
	}
	lower_add_port(l, v, port);
}

static enum ir_verdict
verdict_of(struct str action)
{
	if (str_is(action, "Accept") || str_is(action, "Allow"))
		return IR_ALLOW;
	return str_is(action, "Deny") ? IR_DENY : IR_PASS;
}

static void
lower_item(const struct kcnp *k, const struct ast_kcnp_rule *r, uint32_t index)
{
	struct lowering *l = k->l;
	struct ir_rule *rule = lower_rule(l, &k->model, r->at);
	bool known = true;
	peer_vec peers = {0};
	port_vec ports = {0};

	rule->priority += index * k->rule_step;
	rule->verdict = verdict_of(r->action.v);
	for (uint32_t i = 0; i < r->peers.n; i++)
		known &= add_peer(l, &r->peers.v[i], &peers);
	/* Who cannot be told apart is not let through: 8.3. */
	if (!known && rule->verdict != IR_ALLOW) {
		rule->verdict = IR_DENY;
		peers.n = 0;
		lower_add_peer(l, &peers, l->ir->wildcard, r->at);
	}
	for (uint32_t i = 0; i < r->protocols.n; i++)
		add_protocol(l, &r->protocols.v[i], &ports);
	for (uint32_t i = 0; i < r->ports.n; i++)
		add_anp_port(l, &r->ports.v[i], &ports);
	if (ports.n == 0)
		lower_add_everything(l, &ports, r->at);
	lower_set_matches(l, rule, &peers, &ports);
	lower_domain_queries(k, rule, r);
}

static void
lower_policy(struct lowering *l, enum ir_tier tier, uint32_t rule_step)
{
	const struct ast_cluster_network_policy *p = l->policy->object->body;
	const struct ast_kcnp_spec *spec = p->spec;
	struct kcnp k = {.l = l,
	    .rule_step = rule_step,
	    .model = {.tier = tier,
		.priority = (uint32_t)spec->priority.v * STEP,
		.dir = DIR_INGRESS,
		.subject = subject_selector(l, spec->subject)}};

	for (uint32_t i = 0; i < spec->ingress.n; i++)
		lower_item(&k, &spec->ingress.v[i], i);
	k.model.dir = DIR_EGRESS;
	for (uint32_t i = 0; i < spec->egress.n; i++)
		lower_item(&k, &spec->egress.v[i], i);
}

void
lower_cluster_network_policy(struct lowering *l)
{
	const struct ast_cluster_network_policy *p = l->policy->object->body;

	lower_policy(l,
	    str_is(p->spec->tier.v, "Admin") ? IR_TIER_ADMIN : IR_TIER_BASELINE,
	    KCNP_RULE_STEP);
}

void
lower_admin_network_policy(struct lowering *l)
{
	lower_policy(l, IR_TIER_ADMIN, ANP_RULE_STEP);
}

void
lower_baseline_admin_network_policy(struct lowering *l)
{
	lower_policy(l, IR_TIER_BASELINE, ANP_RULE_STEP);
}
