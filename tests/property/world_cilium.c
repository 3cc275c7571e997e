/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "gen.h"

static const struct word app_word = {"app", {"web", "db", "api"}};

static const struct word scope_words[] = {
    {"io.kubernetes.pod.namespace", {"shop", "pay"}},
    {"io.cilium.k8s.namespace.labels.team", {"blue", "red"}},
    {"io.cilium.k8s.namespace.labels.env", {"prod"}},
    {"io.cilium.k8s.policy.cluster", {"default", "other", "east", "west"}},
    {"io.cilium.k8s.policy.serviceaccount", {"default", "ops"}},
};

static const struct word reserved_words[] = {
    {"reserved:host", {""}},
    {"reserved:world", {""}},
    {"reserved:world-ipv4", {""}},
    {"reserved:init", {""}},
    {"reserved:health", {""}},
    {"reserved:ingress", {""}},
    {"reserved:remote-node", {""}},
    {"reserved:kube-apiserver", {"", "no"}},
};

static const char *const entities[] = {"all", "world", "cluster", "host",
    "init", "ingress", "unmanaged", "remote-node", "health", "none",
    "kube-apiserver", "cluster-mesh"};

static const char *const protocols[] = {"TCP", "UDP", "SCTP", "ANY"};

static const char *const portless_protocols[] = {"VRRP", "IGMP", "GRE", "IPIP",
    "IPV6", "ESP", "AH"};

static const char *const icmp_types[] = {"0", "3", "8", "\"8\"", "\"0\"", "128",
    "255", "300", "-1"};

static const char *const icmp4_names[] = {"EchoReply", "EchoRequest",
    "TimeExceeded"};

static const char *const icmp6_names[] = {"EchoReply", "EchoRequest",
    "PacketTooBig"};

static const struct word *
selector_word(struct gen *g)
{
	uint32_t kind = gen_below(g, 100);

	if (kind < 70)
		return gen_pod_word(g);
	if (kind < 95)
		return &PICK(g, scope_words);
	return &PICK(g, reserved_words);
}

/* One key in the spellings of a source; "any:" is the same as none. */
static const char *
with_source(struct gen *g, const char *key)
{
	static const char *const sources[] = {"", "", "k8s:", "any:"};

	if (strncmp(key, "reserved:", 9) == 0)
		return key;
	return arena_printf(g->arena, "%s%s", PICK(g, sources), key);
}

static const char *
bare_key(const char *key)
{
	const char *colon = strchr(key, ':');

	return colon ? colon + 1 : key;
}

static bool
has_label(const struct toy_selector *s, const char *key)
{
	VEC_FOREACH (l, &s->labels) {
		if (strcmp(bare_key(l->key), bare_key(key)) == 0)
			return true;
	}
	return false;
}

static void
add_label(struct gen *g, struct toy_selector *s, const struct word *w)
{
	*vec_push(&s->labels, g->arena) =
	    (struct toy_label){with_source(g, w->key), gen_value(g, w)};
}

static struct toy_expr
make_expr(struct gen *g)
{
	const struct word *w =
	    gen_percent(g, 40) ? &PICK(g, scope_words) : selector_word(g);
	struct toy_expr e = {.key = with_source(g, w->key),
	    .op = (enum toy_op)gen_below(g, 4)};
	uint32_t n = gen_between(g, 1, 2);

	if (e.op == TOY_EXISTS || e.op == TOY_NOT_EXISTS)
		return e;
	for (uint32_t i = 0; i < n; i++)
		*vec_push(&e.values, g->arena) = gen_value(g, w);
	return e;
}

static struct toy_selector
make_selector(struct gen *g)
{
	struct toy_selector s = {0};
	uint32_t labels = gen_percent(g, 25) ? 0 : gen_between(g, 0, 2);
	uint32_t exprs = gen_percent(g, 60) ? 0 : gen_between(g, 1, 2);

	for (uint32_t i = 0; i < labels; i++) {
		const struct word *w = selector_word(g);

		if (!has_label(&s, w->key))
			add_label(g, &s, w);
	}
	for (uint32_t i = 0; i < exprs; i++)
		*vec_push(&s.exprs, g->arena) = make_expr(g);
	return s;
}

/* Mostly few demands, so that policies do select pods. */
static struct toy_selector
make_subject(struct gen *g)
{
	struct toy_selector s = {0};
	uint32_t kind = gen_below(g, 100);

	if (kind < 35)
		return s;
	if (kind < 55)
		return make_selector(g);
	if (kind < 65) /* a namespace of its own: overwritten or ANDed */
		add_label(g, &s, &scope_words[0]);
	else if (kind < 70) /* its peers are scoped otherwise */
		*vec_push(&s.exprs, g->arena) = (struct toy_expr){
		    .key = "reserved:init",
		    .op = TOY_NOT_EXISTS,
		};
	else
		add_label(g, &s, &app_word);
	return s;
}

static struct toy_port
make_port(struct gen *g)
{
	struct toy_port p = {.port = gen_port(g, true), .end = -1};

	if (gen_percent(g, 5))
		return (struct toy_port){"0", -1, PICK(g, portless_protocols)};
	if (gen_percent(g, 75))
		p.protocol = PICK(g, protocols);
	if (gen_percent(g, 20))
		p.port = gen_percent(g, 20) ? "HTTP" : gen_port_name(g);
	if (gen_percent(g, 35))
		p.end = gen_end(g, (int)strtol(p.port, NULL, 0));
	/* The order of rules decides between two endPorts of one name. */
	if (*p.port > '9')
		p.end = *p.port == 'w' ? 1024 : -1;
	return p;
}

/* One pattern for each way that stars are read, and plain names. */
static struct toy_fqdn
make_fqdn(struct gen *g)
{
	static const char *const texts[] = {"api.example.com", "example.com",
	    "API.example.com.", "www.example.org", "*.example.com",
	    "**.example.com", "*example.com", "a*.example.com", "*", "*.*.com"};

	return (struct toy_fqdn){PICK(g, texts)};
}

/* What the agent takes, most of the time. */
static void
make_http_ports(struct gen *g, struct toy_port_rule *r)
{
	VEC_FOREACH (p, &r->ports) {
		if (gen_percent(g, 3))
			continue;
		p->protocol = "TCP";
		if (strtol(p->port, NULL, 0) == 0 && p->port[0] == '0')
			p->port = "80";
	}
}

static void
make_dns_ports(struct gen *g, struct toy_port_rule *r)
{
	VEC_FOREACH (p, &r->ports) {
		if (gen_percent(g, 3))
			continue;
		p->end = -1;
		if (strtol(p->port, NULL, 0) == 0 && p->port[0] == '0')
			p->port = "53";
	}
}

static void
make_l7_rules(struct gen *g, struct toy_port_rule *r, enum toy_dir dir)
{
	static const char *const paths[] = {NULL, "/", "/v1/.*"};
	bool dns = gen_percent(g, dir == TOY_EGRESS ? 40 : 3);
	uint32_t n = gen_percent(g, 15) ? 0 : gen_between(g, 1, 2);

	if (dns) {
		r->dns.present = true;
		for (uint32_t i = 0; i < n; i++)
			*vec_push(&r->dns, g->arena) = make_fqdn(g);
		make_dns_ports(g, r);
	} else {
		r->http.present = true;
		for (uint32_t i = 0; i < n; i++)
			*vec_push(&r->http, g->arena) = PICK(g, paths);
		make_http_ports(g, r);
	}
}

/* Two names of the strongest priority: they cannot be merged. */
static struct toy_listener
make_listener(struct gen *g)
{
	static const struct toy_listener listeners[] = {
	    {NULL, "plain", 0},
	    {"CiliumEnvoyConfig", "first", 1},
	    {"CiliumClusterwideEnvoyConfig", "second", 1},
	    {"CiliumClusterwideEnvoyConfig", "last", 100},
	};

	if (gen_percent(g, 70))
		return gen_percent(g, 50) ? listeners[3] : listeners[1];
	return PICK(g, listeners);
}

/*
 * What is above L4.  A certificate is not put where the text leaves open
 * what comes of it: beside DNS rules and listeners.
 */
static void
make_l7(struct gen *g, struct toy_port_rule *r, enum toy_dir dir)
{
	static const char *const names[] = {"example.com", "*.example.com"};
	uint32_t kind = gen_below(g, 100);

	if (kind < 65) {
		make_l7_rules(g, r, dir);
		if (gen_percent(g, 4))
			*vec_push(&r->server_names, g->arena) = names[0];
	} else if (kind < 85) {
		*vec_push(&r->server_names, g->arena) = PICK(g, names);
	} else {
		r->listens = dir == TOY_EGRESS || gen_percent(g, 5);
		r->listener = make_listener(g);
		if (gen_percent(g, 3))
			make_l7_rules(g, r, dir);
		return;
	}
	if (g->tls && !r->dns.present &&
	    (r->server_names.n > 0 || gen_percent(g, 10)))
		r->secret = gen_percent(g, 90) ? "one" : "other";
}

static void
make_ports(struct gen *g, struct toy_element *e, enum toy_dir dir, bool allow)
{
	uint32_t n = gen_percent(g, 8) ? 0 : gen_between(g, 1, 2);

	e->ports.present = true;
	for (uint32_t i = 0; i < n; i++) {
		struct toy_port_rule *r = vec_push(&e->ports, g->arena);
		uint32_t items = gen_percent(g, 8) ? 0 : gen_between(g, 1, 2);

		r->ports.present = items > 0 || gen_percent(g, 50);
		for (uint32_t j = 0; j < items; j++)
			*vec_push(&r->ports, g->arena) = make_port(g);
		if (gen_percent(g, allow ? 35 : 4))
			make_l7(g, r, dir);
	}
}

static struct toy_icmp
make_icmp(struct gen *g)
{
	static const char *const families[] = {NULL, "IPv4", "IPv6"};
	struct toy_icmp m = {.family = PICK(g, families)};
	bool v6 = m.family && strcmp(m.family, "IPv6") == 0;

	if (gen_percent(g, 60))
		m.type = PICK(g, icmp_types);
	else
		m.type = v6 ? PICK(g, icmp6_names) : PICK(g, icmp4_names);
	return m;
}

static void
make_icmps(struct gen *g, struct toy_element *e)
{
	struct toy_icmp_rule *r;
	uint32_t items = gen_between(g, 0, 2);

	e->icmps.present = true;
	if (gen_percent(g, 8))
		return;
	r = vec_push(&e->icmps, g->arena);
	r->fields.present = items > 0 || gen_percent(g, 50);
	for (uint32_t i = 0; i < items; i++)
		*vec_push(&r->fields, g->arena) = make_icmp(g);
}

/* A list of no items beside the others, if there are any. */
static void
make_empty_list(struct gen *g, struct toy_element *e, enum toy_dir dir,
    bool allow)
{
	switch (gen_below(g, 8)) {
	case 0:
		e->endpoints.present = true;
		break;
	case 1:
		e->entities.present = true;
		break;
	case 2:
		e->cidrs.present = true;
		break;
	case 3:
		e->cidr_sets.present = true;
		break;
	case 4:
		e->groups = true;
		break;
	case 5:
		e->nodes.present = true;
		break;
	case 6:
		e->services.present = dir == TOY_EGRESS;
		break;
	default:
		e->fqdns.present = dir == TOY_EGRESS && allow;
		break;
	}
}

static struct toy_cidr_rule
make_cidr_rule(struct gen *g)
{
	static const struct word words[] = {
	    {"env", {"prod", "dev"}},
	    {"zone", {"a", "b"}},
	};
	struct toy_cidr_rule r = {.cidr = gen_prefix(g)};
	const struct word *w = &PICK(g, words);
	uint32_t kind = g->toy->groups.n > 0 ? gen_below(g, 100) : 99;

	if (kind < 25) {
		r.kind = TOY_GROUP_REF;
		r.group = gen_percent(g, 70) ? "group1" : "group2";
	} else if (kind < 50) {
		r.kind = TOY_GROUP_SELECTOR;
		if (gen_percent(g, 50))
			*vec_push(&r.by_labels.labels, g->arena) =
			    (struct toy_label){w->key, gen_value(g, w)};
		w = &PICK(g, words);
		if (gen_percent(g, 50)) {
			struct toy_expr e = {.key = w->key,
			    .op = (enum toy_op)gen_below(g, 4)};

			if (e.op == TOY_IN || e.op == TOY_NOT_IN)
				*vec_push(&e.values, g->arena) =
				    gen_value(g, w);
			*vec_push(&r.by_labels.exprs, g->arena) = e;
		}
	}
	gen_except(g, &r, false);
	return r;
}

static struct toy_service_ref
make_service_ref(struct gen *g)
{
	static const char *const names[] = {"service1", "service1", "service2",
	    "kubernetes"};
	struct toy_service_ref r = {0};

	if (gen_percent(g, 50))
		r.name = PICK(g, names);
	else
		r.selector = make_selector(g);
	if (gen_percent(g, 50))
		r.ns = gen_namespace(g);
	return r;
}

/* Peers that only egress rules have. */
static void
make_egress_peers(struct gen *g, struct toy_element *e, uint32_t n, bool allow)
{
	if (allow && gen_percent(g, 50)) {
		e->fqdns.present = true;
		while (n-- > 0)
			*vec_push(&e->fqdns, g->arena) = make_fqdn(g);
	} else {
		e->services.present = true;
		while (n-- > 0)
			*vec_push(&e->services, g->arena) = make_service_ref(g);
	}
}

static void
make_peers(struct gen *g, struct toy_element *e, enum toy_dir dir, bool allow)
{
	uint32_t kind = gen_below(g, 100);
	uint32_t n = gen_percent(g, 6) ? 0 : gen_between(g, 1, 2);

	if (kind < 20)
		return;
	if (dir == TOY_EGRESS && kind < 32) {
		make_egress_peers(g, e, n, allow);
	} else if (kind < 62) {
		e->endpoints.present = true;
		while (n-- > 0)
			*vec_push(&e->endpoints, g->arena) = make_selector(g);
	} else if (kind < 65 && (g->toy->node_labels || gen_percent(g, 10))) {
		e->nodes.present = true;
		while (n-- > 0)
			*vec_push(&e->nodes, g->arena) = gen_node_selector(g);
	} else if (kind < 75) {
		e->entities.present = true;
		while (n-- > 0)
			*vec_push(&e->entities, g->arena) = PICK(g, entities);
	} else if (kind < 83) {
		e->cidrs.present = true;
		while (n-- > 0)
			*vec_push(&e->cidrs, g->arena) = gen_prefix(g);
	} else {
		e->cidr_sets.present = true;
		while (n-- > 0)
			*vec_push(&e->cidr_sets, g->arena) = make_cidr_rule(g);
	}
}

static const char *
make_auth(struct gen *g)
{
	static const char *const modes[] = {"required", "required", "required",
	    "disabled", "test-always-fail"};

	return g->auth && gen_percent(g, 30) ? PICK(g, modes) : NULL;
}

static struct toy_element
make_element(struct gen *g, enum toy_dir dir, bool allow)
{
	struct toy_element e = {0};
	uint32_t kind = gen_below(g, 100);

	make_peers(g, &e, dir, allow);
	if (gen_percent(g, 1)) /* rejected, unless both are of one kind */
		make_peers(g, &e, dir, allow);
	if (gen_percent(g, 5))
		make_empty_list(g, &e, dir, allow);
	if (kind < 60)
		make_ports(g, &e, dir, allow);
	else if (kind < 68)
		make_icmps(g, &e);
	if (allow)
		e.auth = make_auth(g);
	return e;
}

static void
make_direction(struct gen *g, struct toy_direction *s, enum toy_dir dir,
    bool allow, bool deny)
{
	static const char *const bools[] = {"true", "false"};
	uint32_t nallow = gen_percent(g, 10) ? 0 : gen_between(g, 1, 2);
	uint32_t ndeny = gen_percent(g, 10) ? 0 : gen_between(g, 1, 2);

	s->allow.present = allow;
	for (uint32_t i = 0; allow && i < nallow; i++)
		*vec_push(&s->allow, g->arena) = make_element(g, dir, true);
	s->deny.present = deny;
	for (uint32_t i = 0; deny && i < ndeny; i++)
		*vec_push(&s->deny, g->arena) = make_element(g, dir, false);
	if (gen_percent(g, 25))
		s->default_deny = PICK(g, bools);
}

/* Of nodes rather in cluster-wide policies: others are refused. */
static struct toy_rule
make_rule(struct gen *g, bool clusterwide)
{
	struct toy_rule r = {0};
	uint32_t lists; /* a bit each; the schema wants at least one */

	r.of_nodes = gen_percent(g,
	    !g->toy->host_firewall ? 1
		: clusterwide      ? 40
				   : 2);
	r.subject = r.of_nodes ? gen_node_selector(g) : make_subject(g);

	do
		lists = gen_below(g, 16);
	while (lists == 0);
	make_direction(g, &r.direction[TOY_INGRESS], TOY_INGRESS, lists & 1,
	    lists & 2);
	make_direction(g, &r.direction[TOY_EGRESS], TOY_EGRESS, lists & 4,
	    lists & 8);
	return r;
}

struct toy_policy
gen_policy(struct gen *g, uint32_t number)
{
	struct toy_policy p = {.name = arena_printf(g->arena, "p%u", number)};

	if (gen_percent(g, 60))
		p.ns = gen_namespace(g);
	p.specs.present = gen_percent(g, 25);
	if (!p.specs.present || gen_percent(g, 30))
		*vec_push(&p.spec, g->arena) = make_rule(g, !p.ns);
	for (uint32_t i = gen_between(g, 0, 2); p.specs.present && i > 0; i--)
		*vec_push(&p.specs, g->arena) = make_rule(g, !p.ns);
	return p;
}
