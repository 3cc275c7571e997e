/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The vocabulary is small on purpose: selectors should often select somebody,
 * ports overlap, and prefixes nest.
 */
#include "world.h"

#include <arpa/inet.h>
#include <string.h>

#include "prop.h"

struct gen {
	struct arena *arena;
	uint64_t state;
	struct toy *toy;
};

/* A label key with the values that pods give it and selectors ask for. */
struct word {
	const char *key;
	const char *values[4];
};

static const char *const namespaces[] = {"shop", "pay"};

static const struct word namespace_words[] = {
    {"kubernetes.io/metadata.name", {"shop"}},
    {"team", {"blue", "red"}},
    {"env", {"prod"}},
};

static const struct word pod_words[] = {
    {"app", {"web", "db", "api"}},
    {"tier", {"front", "back", ""}},
    {"version", {"v1", "v2"}},
    {"app.kubernetes.io/name", {"web", "db"}},
};

/* What pods may carry, but not as part of their identity, or not as usual. */
static const struct word odd_pod_words[] = {
    {"pod-template-hash", {"h1", "h2"}},
    {"kubernetes.io/os", {"linux"}},
    {"node.beta.kubernetes.io/zone", {"a", "b"}},
    {"topology.kubernetes.io/zone", {"a"}},
    {"annotation.team", {"blue"}},
    {"io.kubernetes.pod.namespace", {"shop", "pay"}},
    {"io.cilium.k8s.policy.cluster", {"default"}},
    {"io.kubernetes.pod.namespace.beta.kubernetes.io", {"a"}},
    {"host", {"yes", ""}},
    {"init", {"yes", ""}},
};

static const struct word scope_words[] = {
    {"io.kubernetes.pod.namespace", {"shop", "pay"}},
    {"io.cilium.k8s.namespace.labels.team", {"blue", "red"}},
    {"io.cilium.k8s.namespace.labels.env", {"prod"}},
    {"io.cilium.k8s.policy.cluster", {"default", "other"}},
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
    "kube-apiserver"};

static const char *const ports[] = {"0", "1", "79", "80", "81", "443", "1024",
    "8000", "8080", "010", "32767", "65534", "65535"};

static const char *const protocols[] = {"TCP", "UDP", "SCTP", "ANY"};

static const char *const portless_protocols[] = {"VRRP", "IGMP", "GRE", "IPIP",
    "IPV6", "ESP", "AH"};

static const char *const icmp_types[] = {"0", "3", "8", "\"8\"", "\"0\"", "128",
    "255", "300", "-1"};

static const char *const icmp4_names[] = {"EchoReply", "EchoRequest",
    "TimeExceeded"};

static const char *const icmp6_names[] = {"EchoReply", "EchoRequest",
    "PacketTooBig"};

/* The last ones are pods' addresses. */
static const char *const addrs4[] = {"10.0.0.0", "10.1.2.3", "10.1.128.0",
    "192.0.2.200", "203.0.113.9", "10.244.0.1", "10.244.0.2"};
static const char *const addrs6[] = {"2001:db8::", "2001:db8:1::5", "fd00::1",
    "::1", "fd00:10:244::1", "fd00:10:244::2"};

static const unsigned bits4[] = {0, 8, 12, 16, 24, 25, 32};
static const unsigned bits6[] = {0, 8, 32, 48, 64, 128};

#define PICK(g, table) \
	((table)[prop_below(&(g)->state, sizeof(table) / sizeof((table)[0]))])

static uint32_t
between(struct gen *g, uint32_t low, uint32_t high)
{
	return low + prop_below(&g->state, high - low + 1);
}

static bool
percent(struct gen *g, uint32_t n)
{
	return prop_below(&g->state, 100) < n;
}

static const char *
word_value(struct gen *g, const struct word *w)
{
	uint32_t n = 0;

	while (n < 4 && w->values[n])
		n++;
	return w->values[prop_below(&g->state, n)];
}

static struct toy_prefix
make_addr(const char *text)
{
	struct toy_prefix p = {.v6 = strchr(text, ':') != NULL};

	inet_pton(p.v6 ? AF_INET6 : AF_INET, text, p.addr);
	p.bits = p.v6 ? 128 : 32;
	return p;
}

static struct toy_prefix
make_prefix(struct gen *g)
{
	struct toy_prefix p;

	if (percent(g, 70)) {
		p = make_addr(PICK(g, addrs4));
		p.bits = PICK(g, bits4);
	} else {
		p = make_addr(PICK(g, addrs6));
		p.bits = PICK(g, bits6);
	}
	return p;
}

static struct toy_cidr_rule
make_cidr_rule(struct gen *g)
{
	struct toy_cidr_rule r = {.cidr = make_prefix(g)};

	r.except.present = percent(g, 60);
	for (uint32_t i = 0; r.except.present && i < 6; i++) {
		struct toy_prefix p = make_prefix(g);

		if (toy_contains(&r.cidr, &p))
			*vec_push(&r.except, g->arena) = p;
	}
	return r;
}

static const struct word *
selector_word(struct gen *g)
{
	uint32_t kind = prop_below(&g->state, 100);

	if (kind < 60)
		return &PICK(g, pod_words);
	if (kind < 85)
		return &PICK(g, scope_words);
	if (kind < 95)
		return &PICK(g, odd_pod_words);
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
	    (struct toy_label){with_source(g, w->key), word_value(g, w)};
}

static struct toy_expr
make_expr(struct gen *g)
{
	const struct word *w =
	    percent(g, 40) ? &PICK(g, scope_words) : selector_word(g);
	struct toy_expr e = {.key = with_source(g, w->key),
	    .op = (enum toy_op)prop_below(&g->state, 4)};
	uint32_t n = between(g, 1, 2);

	if (e.op == TOY_EXISTS || e.op == TOY_NOT_EXISTS)
		return e;
	for (uint32_t i = 0; i < n; i++)
		*vec_push(&e.values, g->arena) = word_value(g, w);
	return e;
}

static struct toy_selector
make_selector(struct gen *g)
{
	struct toy_selector s = {0};
	uint32_t labels = percent(g, 25) ? 0 : between(g, 0, 2);
	uint32_t exprs = percent(g, 60) ? 0 : between(g, 1, 2);

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
	uint32_t kind = prop_below(&g->state, 100);

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
		add_label(g, &s, &pod_words[0]);
	return s;
}

/*
 * Before, at or behind the first port.  From port 0 only to 0 or 65535: other
 * ranges are one thing to the agent and another to the kernel, and no reading
 * of the rules says what comes of both (semantics.md 10.2, quirk).
 */
static int
make_end(struct gen *g, int first)
{
	static const int spans[] = {0, 1, 7, 15, 100, 1000};
	int end = first + PICK(g, spans);

	if (first == 0)
		return percent(g, 50) ? 0 : 65535;
	if (percent(g, 15) || end > 65535)
		return percent(g, 50) ? 65535 : 79;
	return end;
}

static struct toy_port
make_port(struct gen *g)
{
	struct toy_port p = {.port = PICK(g, ports), .end = -1};

	if (percent(g, 5))
		return (struct toy_port){"0", -1, PICK(g, portless_protocols)};
	if (percent(g, 75))
		p.protocol = PICK(g, protocols);
	if (percent(g, 40))
		p.end = make_end(g, (int)strtol(p.port, NULL, 0));
	return p;
}

static void
make_ports(struct gen *g, struct toy_element *e)
{
	uint32_t n = percent(g, 8) ? 0 : between(g, 1, 2);

	e->ports.present = true;
	for (uint32_t i = 0; i < n; i++) {
		struct toy_port_rule *r = vec_push(&e->ports, g->arena);
		uint32_t items = percent(g, 8) ? 0 : between(g, 1, 2);

		r->ports.present = items > 0 || percent(g, 50);
		for (uint32_t j = 0; j < items; j++)
			*vec_push(&r->ports, g->arena) = make_port(g);
	}
}

static struct toy_icmp
make_icmp(struct gen *g)
{
	static const char *const families[] = {NULL, "IPv4", "IPv6"};
	struct toy_icmp m = {.family = PICK(g, families)};
	bool v6 = m.family && strcmp(m.family, "IPv6") == 0;

	if (percent(g, 60))
		m.type = PICK(g, icmp_types);
	else
		m.type = v6 ? PICK(g, icmp6_names) : PICK(g, icmp4_names);
	return m;
}

static void
make_icmps(struct gen *g, struct toy_element *e)
{
	struct toy_icmp_rule *r;
	uint32_t items = between(g, 0, 2);

	e->icmps.present = true;
	if (percent(g, 8))
		return;
	r = vec_push(&e->icmps, g->arena);
	r->fields.present = items > 0 || percent(g, 50);
	for (uint32_t i = 0; i < items; i++)
		*vec_push(&r->fields, g->arena) = make_icmp(g);
}

/* A list of no items beside the others, if there are any. */
static void
make_empty_list(struct gen *g, struct toy_element *e, enum toy_dir dir)
{
	static const char *const egress[] = {"toFQDNs", "toGroups",
	    "toServices"};

	switch (prop_below(&g->state, 6)) {
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
	default:
		e->empty = dir == TOY_EGRESS ? PICK(g, egress) : "fromGroups";
		break;
	}
}

static void
make_peers(struct gen *g, struct toy_element *e)
{
	uint32_t kind = prop_below(&g->state, 100);
	uint32_t n = percent(g, 6) ? 0 : between(g, 1, 2);

	if (kind < 20)
		return;
	if (kind < 60) {
		e->endpoints.present = true;
		while (n-- > 0)
			*vec_push(&e->endpoints, g->arena) = make_selector(g);
	} else if (kind < 75) {
		e->entities.present = true;
		while (n-- > 0)
			*vec_push(&e->entities, g->arena) = PICK(g, entities);
	} else if (kind < 85) {
		e->cidrs.present = true;
		while (n-- > 0)
			*vec_push(&e->cidrs, g->arena) = make_prefix(g);
	} else {
		e->cidr_sets.present = true;
		while (n-- > 0)
			*vec_push(&e->cidr_sets, g->arena) = make_cidr_rule(g);
	}
}

static struct toy_element
make_element(struct gen *g, enum toy_dir dir)
{
	struct toy_element e = {0};
	uint32_t kind = prop_below(&g->state, 100);

	make_peers(g, &e);
	if (percent(g, 1)) /* rejected, unless both are of one kind */
		make_peers(g, &e);
	if (percent(g, 5))
		make_empty_list(g, &e, dir);
	if (kind < 50)
		make_ports(g, &e);
	else if (kind < 60)
		make_icmps(g, &e);
	return e;
}

static void
make_side(struct gen *g, struct toy_side *s, enum toy_dir dir, bool allow,
    bool deny)
{
	static const char *const bools[] = {"true", "false"};
	uint32_t nallow = percent(g, 10) ? 0 : between(g, 1, 2);
	uint32_t ndeny = percent(g, 10) ? 0 : between(g, 1, 2);

	s->allow.present = allow;
	for (uint32_t i = 0; allow && i < nallow; i++)
		*vec_push(&s->allow, g->arena) = make_element(g, dir);
	s->deny.present = deny;
	for (uint32_t i = 0; deny && i < ndeny; i++)
		*vec_push(&s->deny, g->arena) = make_element(g, dir);
	if (percent(g, 25))
		s->default_deny = PICK(g, bools);
}

static struct toy_rule
make_rule(struct gen *g)
{
	struct toy_rule r = {.subject = make_subject(g)};
	uint32_t lists; /* a bit each; the schema wants at least one */

	do
		lists = prop_below(&g->state, 16);
	while (lists == 0);
	make_side(g, &r.side[TOY_INGRESS], TOY_INGRESS, lists & 1, lists & 2);
	make_side(g, &r.side[TOY_EGRESS], TOY_EGRESS, lists & 4, lists & 8);
	return r;
}

static struct toy_policy
make_policy(struct gen *g, uint32_t number)
{
	struct toy_policy p = {.name = arena_printf(g->arena, "p%u", number)};

	if (percent(g, 60))
		p.ns = PICK(g, namespaces);
	p.specs.present = percent(g, 25);
	if (!p.specs.present || percent(g, 30))
		*vec_push(&p.spec, g->arena) = make_rule(g);
	for (uint32_t i = between(g, 0, 2); p.specs.present && i > 0; i--)
		*vec_push(&p.specs, g->arena) = make_rule(g);
	return p;
}

static struct toy_namespace
make_namespace(struct gen *g, const char *name)
{
	struct toy_namespace ns = {.name = name};

	for (size_t i = 0; i < 3; i++) {
		const struct word *w = &namespace_words[i];

		if (percent(g, 50))
			*vec_push(&ns.labels, g->arena) =
			    (struct toy_label){w->key,
				i == 0 ? name : word_value(g, w)};
	}
	return ns;
}

static void
add_ip(struct gen *g, struct toy_pod *p, const char *fmt, uint32_t number)
{
	char text[64];

	snprintf(text, sizeof(text), fmt, number);
	*vec_push(&p->ips, g->arena) = make_addr(text);
}

/* Pods are numbered from 1; two with the same labels share an identity. */
static struct toy_pod
make_pod(struct gen *g, uint32_t number)
{
	static const char *const accounts[] = {NULL, NULL, "default", "ops"};
	struct toy_pod p = {.name = arena_printf(g->arena, "pod%u", number)};

	p.ns = PICK(g, namespaces);
	p.account = PICK(g, accounts);
	for (size_t i = 0; i < 4; i++) {
		if (percent(g, i == 0 ? 90 : 30))
			*vec_push(&p.labels, g->arena) =
			    (struct toy_label){pod_words[i].key,
				word_value(g, &pod_words[i])};
	}
	if (percent(g, 25)) {
		const struct word *w = &PICK(g, odd_pod_words);

		*vec_push(&p.labels, g->arena) =
		    (struct toy_label){w->key, word_value(g, w)};
	}
	p.host_network = percent(g, 5);
	if (g->toy->ipv4 && !p.host_network)
		add_ip(g, &p, "10.244.0.%u", number);
	if (g->toy->ipv6 && !p.host_network)
		add_ip(g, &p, "fd00:10:244::%u", number);
	return p;
}

static void
make_options(struct gen *g)
{
	uint32_t families = prop_below(&g->state, 5);
	uint32_t mode = prop_below(&g->state, 20);

	g->toy->ipv4 = families != 4;
	g->toy->ipv6 = families < 2 || families == 4;
	g->toy->allow_localhost = percent(g, 70);
	g->toy->enforcement = mode < 4 ? TOY_ALWAYS
	    : mode == 4                ? TOY_NEVER
				       : TOY_DEFAULT;
	g->toy->cluster_name = percent(g, 80) ? "default" : "other";
}

void
toy_generate(struct toy *t, struct arena *a, uint64_t seed)
{
	struct gen g = {a, seed, t};
	uint32_t npods, npolicies;

	*t = (struct toy){0};
	make_options(&g);
	for (size_t i = 0; i < 2; i++)
		*vec_push(&t->namespaces, a) =
		    make_namespace(&g, namespaces[i]);
	npods = between(&g, 1, 8);
	for (uint32_t i = 1; i <= npods; i++)
		*vec_push(&t->pods, a) = make_pod(&g, i);
	npolicies = between(&g, 1, 6);
	for (uint32_t i = 1; i <= npolicies; i++)
		*vec_push(&t->policies, a) = make_policy(&g, i);
}

static bool
bit(const uint8_t *addr, unsigned i)
{
	return addr[i / 8] >> (7 - i % 8) & 1;
}

bool
toy_contains(const struct toy_prefix *outer, const struct toy_prefix *inner)
{
	if (outer->v6 != inner->v6 || outer->bits > inner->bits)
		return false;
	for (unsigned i = 0; i < outer->bits; i++) {
		if (bit(outer->addr, i) != bit(inner->addr, i))
			return false;
	}
	return true;
}

const char *
toy_prefix_print(struct arena *a, const struct toy_prefix *p, bool masked)
{
	char text[INET6_ADDRSTRLEN];
	uint8_t addr[16] = {0};

	for (unsigned i = 0; i < (p->v6 ? 128 : 32); i++) {
		if (bit(p->addr, i) && (i < p->bits || !masked))
			addr[i / 8] |= (uint8_t)(0x80 >> i % 8);
	}
	inet_ntop(p->v6 ? AF_INET6 : AF_INET, addr, text, sizeof(text));
	return arena_printf(a, "%s/%u", text, p->bits);
}
