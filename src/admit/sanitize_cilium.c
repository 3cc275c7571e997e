/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the Cilium agent refuses in a CiliumNetworkPolicy or
 * CiliumClusterwideNetworkPolicy that the API server has taken.  One fault
 * rejects the whole object; all faults are reported.
 * Source: semantics.md 2.1 to 2.5.
 */
#include "base/num.h"
#include "diag_gen.h"
#include "ir/external_group.h"
#include "ir/port_text.h"
#include "admit/check.h"
#include "cilium/version.h"
#include "lang/regex.h"

enum {
	MAX_PORTS = 40,
};

static bool
is_tcp(const struct ast_port_protocol *p)
{
	return p->protocol.present && str_is(p->protocol.v, "TCP");
}

/* IP protocols that have no ports; raw text as the agent compares it. */
static bool
is_portless(struct str protocol)
{
	static const char *const names[] = {"VRRP", "IGMP", "GRE", "IPIP",
	    "IPV6", "ESP", "AH"};

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		if (str_is(protocol, names[i]))
			return true;
	}
	return false;
}

static void
check_port(struct check *c, const struct ast_port_protocol *p, bool dns)
{
	struct port_text port;

	if (p->port.v.n == 0 && !c->opt->extended_protocols)
		check_reject(c, diag_port_missing(c->sink, p->at));
	if (!port_parse(p->port.v, &port)) {
		check_reject(c, diag_bad_port(c->sink, p->port.at, p->port.v));
		return;
	}
	if (port.named)
		return;
	if (is_portless(p->protocol.v) && p->port.v.n > 0 &&
	    !str_is(p->port.v, "0"))
		check_reject(c,
		    diag_port_with_protocol(c->sink, p->port.at,
			p->protocol.v));
	if (dns && p->end_port.present && p->end_port.v > port.number)
		check_reject(c, diag_dns_port_range(c->sink, p->end_port.at));
}

static void
check_regex(struct check *c, const struct ast_str *s)
{
	char problem[128];

	if (s->present && !lang_regex_check(s->v, problem, sizeof(problem)))
		check_reject(c, diag_bad_regex(c->sink, s->at, s->v, problem));
}

static void
check_l7(struct check *c, const struct ast_port_rule *r, bool ingress)
{
	const struct ast_l7_rules *l7 = r->rules;
	struct port_text port;

	if (!l7_rules_present(l7))
		return;
	if (!c->opt->l7_proxy)
		check_reject(c, diag_l7_disabled(c->sink, l7->at));
	for (uint32_t i = 0; i < l7->http.n; i++) {
		check_regex(c, &l7->http.v[i].path);
		check_regex(c, &l7->http.v[i].method);
		check_regex(c, &l7->http.v[i].host);
	}
	for (uint32_t i = 0; i < r->ports.n; i++) {
		const struct ast_port_protocol *p = &r->ports.v[i];

		if (l7->http.n > 0 && !is_tcp(p))
			check_reject(c,
			    diag_l7_needs_tcp(c->sink, p->at,
				p->protocol.present ? p->protocol.v
						    : STR("ANY")));
		/* Left out, it is no port 0. */
		if (p->port.v.n > 0 && port_parse(p->port.v, &port) &&
		    !port.named && port.number == 0)
			check_reject(c, diag_l7_port_zero(c->sink, p->port.at));
	}
	if (l7->dns.n > 0 && ingress)
		check_reject(c, diag_dns_on_ingress(c->sink, l7->dns.at));
	if (l7->dns.n > 0 && r->ports.n == 0)
		check_reject(c, diag_dns_needs_port(c->sink, l7->dns.at));
}

/* What proxies were told before 1.20. */
static void
check_old_l7(struct check *c, const struct ast_l7_rules *l7)
{
	if (!l7)
		return;
	if (l7->kafka.n > 0)
		check_unsupported(c, l7->kafka.at, STR("rules.kafka"));
	if (l7->l7proto.v.n > 0)
		check_unsupported(c, l7->l7proto.at, STR("rules.l7proto"));
}

static void
check_server_names(struct check *c, const struct ast_port_rule *r)
{
	bool stars = version_has(c->opt->cilium, VERSION_SERVER_NAME_STARS);

	for (uint32_t i = 0; i < r->server_names.n; i++) {
		const struct ast_str *name = &r->server_names.v[i];

		if (name->v.n == 0)
			check_reject(c,
			    diag_empty_server_name(c->sink, name->at));
		else if (!stars && memchr(name->v.s, '*', name->v.n))
			diag_server_name_star(c->sink, name->at, name->v);
	}
}

static void
check_port_rule(struct check *c, const struct ast_port_rule *r, bool ingress)
{
	bool l7 = l7_rules_present(r->rules);

	check_server_names(c, r);
	if (r->server_names.n > 0 && l7 && !r->terminating_tls)
		check_reject(c,
		    diag_server_names_with_l7(c->sink, r->server_names.at));
	/* The API server itself counts those of allow rules. */
	if (r->ports.n > MAX_PORTS)
		check_reject(c,
		    diag_too_many_ports(c->sink, r->ports.at, r->ports.n));
	for (uint32_t i = 0; i < r->ports.n; i++)
		check_port(c, &r->ports.v[i], l7 && r->rules->dns.n > 0);
	check_l7(c, r, ingress);
	check_old_l7(c, r->rules);
	if (r->listener && ingress)
		check_reject(c,
		    diag_listener_on_ingress(c->sink, r->listener->at));
	if (r->listener && l7)
		check_reject(c,
		    diag_listener_with_l7(c->sink, r->listener->at));
}

/* Whether an except is one of CIDR, as this version sees it. */
static bool
is_inside(const struct check *c, const struct cidr *cidr, struct str except)
{
	const char *slash = except.n ? memchr(except.s, '/', except.n) : NULL;
	struct cidr e;
	struct ip ip;

	if (version_has(c->opt->cilium, VERSION_EXCEPT_WITHIN))
		return !cidr_parse(except, &e) || cidr_contains(cidr, &e);
	if (!slash ||
	    !ip_parse((struct str){except.s, (size_t)(slash - except.s)}, &ip))
		return true;
	e = cidr_of_ip(&ip);
	return cidr_contains(cidr, &e);
}

static void
check_cidr_rule(struct check *c, const struct ast_cidr_rule *r)
{
	struct cidr cidr;

	if (r->cidr_group_selector)
		check_selector_of(c, r->cidr_group_selector, STR("cidrgroup"));
	/* Exceptions of a group are taken unseen. */
	if (!r->cidr.present)
		return;
	check_cidr(c, &r->cidr, false);
	for (uint32_t i = 0; i < r->except.n; i++) {
		const struct ast_str *e = &r->except.v[i];

		check_cidr(c, e, false);
		if (cidr_parse(r->cidr.v, &cidr) && !is_inside(c, &cidr, e->v))
			check_reject(c,
			    diag_except_outside(c->sink, e->at, e->v,
				r->cidr.v));
	}
}

/* A member of an element that names peers. */
struct member {
	const char *name; /* after "from" or "to" */
	uint32_t n;
	struct span at;
};

enum {
	MEMBERS = 8,
};

static void
list_members(const struct ast_direction_rule *e, struct member m[MEMBERS])
{
	m[0] = (struct member){"Endpoints", e->endpoints.n, e->endpoints.at};
	m[1] = (struct member){"CIDR", e->cidr.n, e->cidr.at};
	m[2] = (struct member){"CIDRSet", e->cidr_set.n, e->cidr_set.at};
	m[3] = (struct member){"Entities", e->entities.n, e->entities.at};
	m[4] = (struct member){"Nodes", e->nodes.n, e->nodes.at};
	m[5] = (struct member){"Groups", e->groups.n, e->groups.at};
	m[6] = (struct member){"Services", e->services.n, e->services.at};
	m[7] = (struct member){"FQDNs", e->fqdns.n, e->fqdns.at};
}

static void
check_one_member(struct check *c, const struct ast_direction_rule *e,
    bool ingress)
{
	const char *way = ingress ? "from" : "to";
	const struct member *first = NULL;
	struct member m[MEMBERS];
	struct diag *d;

	list_members(e, m);
	for (int i = 0; i < MEMBERS; i++) {
		if (m[i].n == 0)
			continue;
		if (!first) {
			first = &m[i];
			continue;
		}
		d = diag_combined_peers(c->sink, m[i].at,
		    arena_printf(c->arena, "%s%s", way, first->name),
		    arena_printf(c->arena, "%s%s", way, m[i].name));
		diag_note(c->sink, d, first->at, "the other one is here");
		check_reject(c, d);
	}
}

static void
check_element(struct check *c, const struct ast_direction_rule *e, bool ingress)
{
	check_one_member(c, e, ingress);
	for (uint32_t i = 0; i < e->endpoints.n; i++)
		check_selector(c, &e->endpoints.v[i]);
	for (uint32_t i = 0; i < e->requires.n; i++)
		check_selector(c, &e->requires.v[i]);
	for (uint32_t i = 0; i < e->nodes.n; i++)
		check_selector(c, &e->nodes.v[i]);
	if (e->nodes.n > 0)
		check_selects_nodes(c, e->nodes.at);
	if (e->icmps.n > 0 && !c->opt->icmp_rules)
		check_reject(c, diag_icmp_disabled(c->sink, e->icmps.at));
	if (e->icmps.n > 0 && e->ports.n > 0)
		check_reject(c, diag_icmps_with_ports(c->sink, e->icmps.at));
	for (uint32_t i = 0; i < e->cidr.n; i++)
		check_cidr(c, &e->cidr.v[i], true);
	for (uint32_t i = 0; i < e->cidr_set.n; i++)
		check_cidr_rule(c, &e->cidr_set.v[i]);
	for (uint32_t i = 0; i < e->ports.n; i++)
		check_port_rule(c, &e->ports.v[i], ingress);
}

static void
check_host_l7(struct check *c, const struct ast_direction_rule *e, bool ingress)
{
	for (uint32_t i = 0; i < e->ports.n; i++) {
		const struct ast_l7_rules *l7 = e->ports.v[i].rules;

		if (!l7_rules_present(l7))
			continue;
		if (ingress)
			check_reject(c, diag_host_ingress_l7(c->sink, l7->at));
		else if (l7->http.n > 0)
			check_reject(c,
			    diag_host_egress_http(c->sink, l7->http.at));
	}
}

/* Whether the snapshot has the addresses of a provider's group. */
static bool
is_known_group(const struct check *c, const struct ast_group_peer *g)
{
	struct str key;

	return version_has(c->opt->cilium, VERSION_EXTERNAL_GROUPS) &&
	    external_group_key(c->arena, g, &key) &&
	    map_get(c->external_groups, key.s, key.n);
}

/* A group without a key has a text that we do not write as Cilium does. */
static void
check_groups(struct check *c, const struct ast_direction_rule *e, bool ingress)
{
	bool ports = e->ports.n > 0 || e->icmps.n > 0;
	bool nobody =
	    !ports || version_has(c->opt->cilium, VERSION_EMPTY_GROUP_NOBODY);
	struct str key;

	for (uint32_t i = 0; i < e->groups.n; i++) {
		const struct ast_group_peer *g = &e->groups.v[i];

		if (!external_group_key(c->arena, g, &key))
			check_unsupported(c, g->at,
			    ingress ? STR("fromGroups") : STR("toGroups"));
		else if (!is_known_group(c, g))
			diag_no_external_group(c->sink, g->at,
			    nobody ? "nobody" : "everybody on its ports");
	}
}

static void
check_elements(struct check *c, const struct ast_rule *r,
    const struct ast_direction_rule *v, uint32_t n, bool ingress)
{
	for (uint32_t i = 0; i < n; i++) {
		check_element(c, &v[i], ingress);
		if (r->node_selector)
			check_host_l7(c, &v[i], ingress);
		check_groups(c, &v[i], ingress);
	}
}

/* A rule for nodes in a CiliumNetworkPolicy, in specs or not. */
static void
check_node_rule(struct check *c, const struct ast_rule *r, bool listed)
{
	struct span at = r->node_selector->at;
	struct diag *d;

	if (listed && !version_has(c->opt->cilium, VERSION_NODE_RULE_REFUSED)) {
		d = diag_node_rule_ignored(c->sink, at);
	} else {
		d = diag_node_selector_in_cnp(c->sink, at);
		check_reject(c, d);
	}
	if (listed)
		check_by_patch(c, d, VERSION_NODE_RULE_REFUSED);
}

static void
check_rule(struct check *c, const struct ast_rule *r, bool listed)
{
	if (r->node_selector && c->object->kind == AST_CILIUM_NETWORK_POLICY)
		check_node_rule(c, r, listed);
	if (r->endpoint_selector)
		check_selector(c, r->endpoint_selector);
	if (r->node_selector)
		check_selector(c, r->node_selector);
	/* Elements count, not fields: `ingress: []` is none. */
	if (r->ingress.n == 0 && r->ingress_deny.n == 0 && r->egress.n == 0 &&
	    r->egress_deny.n == 0)
		check_reject(c, diag_no_rules(c->sink, r->at));
	check_elements(c, r, r->ingress.v, r->ingress.n, true);
	check_elements(c, r, r->ingress_deny.v, r->ingress_deny.n, true);
	check_elements(c, r, r->egress.v, r->egress.n, false);
	check_elements(c, r, r->egress_deny.v, r->egress_deny.n, false);
}

void
sanitize_cilium(struct check *c)
{
	const struct ast_policy *p = c->object->body;

	if (!p->spec && !p->specs.present)
		check_reject(c, diag_empty_policy(c->sink, c->object->name_at));
	if (p->spec)
		check_rule(c, p->spec, false);
	for (uint32_t i = 0; i < p->specs.n; i++)
		check_rule(c, &p->specs.v[i], true);
}
