/* SPDX-License-Identifier: Apache-2.0 */
/*
 * CiliumNetworkPolicy and CiliumClusterwideNetworkPolicy to rules: one for
 * each element of ingress, ingressDeny, egress and egressDeny.
 * Source: semantics.md 3.3, 4.3, 4.4, 5.3, 6.3, 8.1, 10.
 */
#include <assert.h>

#include "base/num.h"
#include "cilium/auth.h"
#include "cilium/labels.h"
#include "cilium/proto.h"
#include "cilium/reserved.h"
#include "diag_gen.h"
#include "ir/lower.h"
#include "ir/refs.h"
#include "ir/port_text.h"
#include "ir/selector.h"
#include "schema/icmp.h"

/* Who is to read the traffic of a port rule: semantics.md 10.5. */
static enum ir_parser
parser_of(const struct ast_port_rule *r)
{
	if (r->listener)
		return IR_PARSER_CRD;
	if (r->rules && r->rules->http.n > 0)
		return IR_PARSER_HTTP;
	if (r->rules && r->rules->dns.n > 0)
		return IR_PARSER_DNS;
	if (r->server_names.n > 0 || r->terminating_tls || r->originating_tls)
		return IR_PARSER_TLS;
	return IR_PARSER_NONE;
}

/* What a port rule demands above L4; NULL for nothing. */
static const struct ir_l7 *
lower_l7(struct lowering *l, const struct ast_port_rule *r)
{
	enum ir_parser parser = parser_of(r);
	const struct ast_listener *listener = r->listener;
	struct ir_l7 *l7;

	if (parser == IR_PARSER_NONE)
		return NULL;
	l7 = ARENA_NEW(l->ir->arena, struct ir_l7);
	*l7 = (struct ir_l7){.parser = parser, .rule = r};
	if (!listener)
		return l7;
	l7->listener = str_of(arena_printf(l->ir->arena, STR_FMT "/" STR_FMT,
	    STR_ARG(listener->envoy_config->name.v),
	    STR_ARG(listener->name.v)));
	l7->by_namespace = !str_is(listener->envoy_config->kind.v,
	    "CiliumClusterwideEnvoyConfig");
	if (listener->priority.present)
		l7->listener_priority = (uint8_t)listener->priority.v;
	return l7;
}

static void
lower_port(struct lowering *l, const struct ast_port_protocol *p,
    const struct ir_l7 *l7, port_vec *v)
{
	struct ir_port port = {.at = p->at,
	    .name = l->ir->word.empty,
	    .l7 = l7};
	struct port_text text;
	uint8_t proto = 0;
	bool ok = port_parse(p->port.v, &text) &&
	    (!p->protocol.present || proto_parse(p->protocol.v, &proto));

	assert(ok);
	if (text.named)
		port.name =
		    atom_intern_lower(l->ir->atoms, l->ir->arena, p->port.v);
	else
		port.port = text.number;
	if (!text.named && p->port.v.n > 1 && *p->port.v.s == '0')
		diag_odd_port(l->sink, p->port.at, p->port.v, text.number);
	if (p->end_port.present && p->end_port.v > 0)
		port.end = (uint16_t)p->end_port.v;
	if (!text.named && port.end != 0 && port.end < port.port)
		diag_end_before_port(l->sink, p->end_port.at, port.port,
		    port.end);
	if (!text.named && port.port == 0 && port.end != 0 &&
	    port.end != UINT16_MAX)
		diag_port_zero_range(l->sink, p->end_port.at, port.end);
	port.proto = proto;
	if (proto != 0)
		lower_add_port(l, v, port);
	else
		lower_add_any(l, v, port);
}

/*
 * An ICMP type as a port.  Types outside 0..255 keep their meaning in the map:
 * -1 is every type, 300 none.
 */
static struct ir_port
icmp_port(const struct lowering *l, const struct ast_icmp_field *f)
{
	bool ipv6 = f->family.present && str_is(f->family.v, "IPv6");
	struct ir_port port = {.proto = ipv6 ? IPPROTO_ICMPV6 : IPPROTO_ICMP,
	    .name = l->ir->word.empty,
	    .at = f->at};
	uint64_t number;
	uint8_t type;

	if (f->type.is_int) {
		port.port = f->type.i < 0 ? 0 : (uint16_t)f->type.i;
	} else if (num_u64(f->type.s, UINT8_MAX, &number)) {
		port.port = (uint16_t)number;
	} else {
		bool ok = icmp_type_number(ipv6, f->type.s, &type);

		assert(ok);
		port.port = type;
	}
	return port;
}

static void
lower_ports(struct lowering *l, const struct ast_direction_rule *e, port_vec *v)
{
	for (uint32_t i = 0; i < e->ports.n; i++) {
		const struct ast_port_rule *r = &e->ports.v[i];
		const struct ir_l7 *l7 = lower_l7(l, r);

		for (uint32_t k = 0; k < r->ports.n; k++)
			lower_port(l, &r->ports.v[k], l7, v);
	}
	for (uint32_t i = 0; i < e->icmps.n; i++) {
		const struct ast_icmp_rule *r = &e->icmps.v[i];

		for (uint32_t k = 0; k < r->fields.n; k++) {
			const struct ast_icmp_field *f = &r->fields.v[k];
			struct ir_port port = icmp_port(l, f);

			if (port.port == 0 &&
			    !(f->type.is_int && f->type.i < 0))
				diag_icmp_type_zero(l->sink, port.at);
			lower_add_port(l, v, port);
		}
	}
	if (e->icmps.n > 0 && v->n == 0)
		*vec_push(&l->ir->empty_icmps, l->ir->arena) = e->icmps.at;
}

/* Peers that hold the wildcard are the wildcard alone. */
static void
collapse_wildcard(const struct lowering *l, peer_vec *v)
{
	VEC_FOREACH (peer, v) {
		/* One that others narrow is not everybody. */
		if (peer->endpoints &&
		    version_has(l->ir->opt.cilium, VERSION_REQUIRES))
			continue;
		if (peer->selector == l->ir->wildcard) {
			v->v[0] = *peer;
			v->n = 1;
			return;
		}
	}
}

/* Whether the Services that an element names would be seen here. */
static bool
knows_services(const struct lowering *l, const struct ast_direction_rule *e)
{
	for (uint32_t i = 0; i < e->services.n; i++) {
		if (!refs_knows_services(l->ir->refs, &e->services.v[i]))
			return false;
	}
	return true;
}

static void
lower_element(struct lowering *l, struct ir_rule *rule,
    const struct ast_direction_rule *e, bool subject_is_init)
{
	bool has_ports = e->ports.n > 0 || e->icmps.n > 0;
	bool allow = rule->verdict == IR_ALLOW;
	peer_vec peers = {0};
	port_vec ports = {0};

	if (!lower_peers(l, e, allow, subject_is_init, &peers))
		return;
	if (peers.n == 0 && e->services.n > 0)
		*vec_push(&l->ir->lost_services, l->ir->arena) =
		    (struct ir_lost_services){e->services.at, !allow, has_ports,
			knows_services(l, e)};
	if (peers.n == 0 && !has_ports)
		return;
	if (peers.n == 0)
		lower_add_peer(l, &peers, l->ir->wildcard, e->at);
	collapse_wildcard(l, &peers);
	if (has_ports)
		lower_ports(l, e, &ports);
	else
		lower_add_everything(l, &ports, e->at);
	lower_set_matches(l, rule, &peers, &ports);
}

static void
lower_requires(struct lowering *l, struct ir_rule *rule,
    const struct ast_direction_rule *e, bool subject_is_init)
{
	const struct ir_selector **v;

	if (!version_has(l->ir->opt.cilium, VERSION_REQUIRES))
		return;
	v = ARENA_ARRAY(l->ir->arena, const struct ir_selector *,
	    e->requires.n);
	for (uint32_t i = 0; i < e->requires.n; i++)
		v[i] =
		    lower_peer_selector(l, &e->requires.v[i], subject_is_init);
	rule->requires = v;
	rule->nrequires = e->requires.n;
}

static uint8_t
lower_auth(const struct ast_authentication *auth)
{
	enum auth_type type = AUTH_DISABLED;

	if (!auth || !auth_mode_parse(auth->mode.v, &type))
		return 0;
	return (uint8_t)(AUTH_EXPLICIT | type);
}

static const struct ir_selector *
subject_selector(struct lowering *l, const struct ast_rule *r,
    bool *ret_is_init)
{
	const struct ir_words *w = &l->ir->word;
	const struct ast_selector *written =
	    r->endpoint_selector ? r->endpoint_selector : r->node_selector;
	atom_t init = atom_intern(l->ir->atoms, STR(RESERVED_INIT));
	struct selector s;

	selector_begin(&s, l->ir);
	selector_add(&s, written, w->any, STR(""));
	*ret_is_init = false;
	VEC_FOREACH (q, &s.req)
		*ret_is_init |=
		    atom_eq(q->source, w->reserved) && atom_eq(q->key, init);
	if (!l->policy->clusterwide)
		lower_own_namespace(l, &s, "endpointSelector", written->at);
	return selector_end(&s);
}

/* What proxies let pass where nothing turns on default deny. */
static void
note_proxies(struct lowering *l, const struct ast_direction_rule *e)
{
	for (uint32_t i = 0; i < e->ports.n; i++) {
		if (parser_of(&e->ports.v[i]) != IR_PARSER_NONE)
			lower_note(l, VERSION_DEFAULT_ALLOW_L7,
			    e->ports.v[i].at);
	}
}

static void
lower_direction(struct lowering *l, const struct ir_rule *model, bool is_init,
    const struct ast_direction_rule *v, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++) {
		struct ir_rule *rule = lower_rule(l, model, v[i].at);

		if (!rule->default_deny)
			note_proxies(l, &v[i]);
		rule->auth = (uint8_t)lower_auth(v[i].authentication);
		lower_requires(l, rule, &v[i], is_init);
		lower_element(l, rule, &v[i], is_init);
	}
}

/* Directions that are asked for and have no rule. */
static void
check_directions(struct lowering *l, const struct ast_rule *r)
{
	const struct ast_default_deny *d = r->enable_default_deny;
	bool ingress = r->ingress.n + r->ingress_deny.n > 0;
	bool egress = r->egress.n + r->egress_deny.n > 0;

	if (r->ingress.present && !ingress)
		diag_empty_direction(l->sink, r->ingress.at, "ingress");
	if (r->egress.present && !egress)
		diag_empty_direction(l->sink, r->egress.at, "egress");
	if (d && d->ingress.v && !ingress && !r->ingress.present)
		diag_default_deny_without_rules(l->sink, d->ingress.at,
		    "ingress");
	if (d && d->egress.v && !egress && !r->egress.present)
		diag_default_deny_without_rules(l->sink, d->egress.at,
		    "egress");
}

static void
tell_host_firewall(struct lowering *l, struct span at)
{
	if (l->ir->opt.settings_known)
		diag_host_firewall_off(l->sink, at);
	else
		diag_host_firewall_unsure(l->sink, at);
}

static void
lower_spec(struct lowering *l, const struct ast_rule *r)
{
	const struct ast_default_deny *d =
	    l->ir->opt.non_default_deny ? r->enable_default_deny : NULL;
	bool is_init;
	struct ir_rule model = {
	    .tier = l->policy->clusterwide &&
		    l->ir->opt.model == IR_MODEL_CLUSTERWIDE
		? IR_TIER_CLUSTERWIDE
		: IR_TIER_NORMAL,
	    .node = r->node_selector,
	    .log = r->log ? r->log->value.v : STR(""),
	};

	check_directions(l, r);
	if (model.node && !l->ir->opt.host_firewall)
		tell_host_firewall(l, r->node_selector->at);
	else if (model.node && r->egress.n + r->egress_deny.n > 0)
		lower_note(l, VERSION_SOLICITATION_PASSES,
		    r->node_selector->at);
	model.subject = subject_selector(l, r, &is_init);
	model.dir = DIR_INGRESS;
	/* Elements exist wherever this matters: unset means true. */
	model.default_deny = !d || !d->ingress.present || d->ingress.v;
	lower_direction(l, &model, is_init, r->ingress.v, r->ingress.n);
	model.verdict = IR_DENY;
	lower_direction(l, &model, is_init, r->ingress_deny.v,
	    r->ingress_deny.n);
	model.dir = DIR_EGRESS;
	model.default_deny = !d || !d->egress.present || d->egress.v;
	lower_direction(l, &model, is_init, r->egress_deny.v, r->egress_deny.n);
	model.verdict = IR_ALLOW;
	lower_direction(l, &model, is_init, r->egress.v, r->egress.n);
}

void
lower_cilium(struct lowering *l)
{
	const struct ast_policy *p = l->policy->object->body;

	if (p->spec)
		lower_spec(l, p->spec);
	for (uint32_t i = 0; i < p->specs.n; i++) {
		/* A rule for nodes that was taken here is ignored. */
		if (l->policy->clusterwide || !p->specs.v[i].node_selector)
			lower_spec(l, &p->specs.v[i]);
	}
}
