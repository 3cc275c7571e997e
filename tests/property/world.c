/* SPDX-License-Identifier: Apache-2.0 */
#include "world.h"

#include <arpa/inet.h>
#include <string.h>

#include "gen.h"
#include "prop.h"

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
    {"io.cilium.k8s.namespace.labels.env", {"prod"}},
    {"io.kubernetes.pod.namespace.beta.kubernetes.io", {"a"}},
    {"host", {"yes", ""}},
    {"init", {"yes", ""}},
};

/* The last ones are pods' addresses. */
static const char *const addrs4[] = {"10.0.0.0", "10.1.2.3", "198.51.100.1",
    "10.1.2.3", "10.1.128.0", "192.0.2.200", "203.0.113.9", "10.244.0.1",
    "10.244.0.2"};
static const char *const addrs6[] = {"2001:db8::", "2001:db8:1::5", "fd00::1",
    "::1", "fd00:10:244::1", "fd00:10:244::2"};

static const unsigned bits4[] = {0, 8, 12, 16, 24, 25, 32};
static const unsigned bits6[] = {0, 8, 32, 48, 64, 128};

uint32_t
gen_below(struct gen *g, uint32_t n)
{
	uint8_t choice;

	if (g->choices.n == 0)
		return prop_below(&g->state, n);
	choice = (uint8_t)*g->choices.s++;
	g->choices.n--;
	return choice % n;
}

uint32_t
gen_between(struct gen *g, uint32_t low, uint32_t high)
{
	return low + gen_below(g, high - low + 1);
}

bool
gen_percent(struct gen *g, uint32_t n)
{
	return gen_below(g, 100) < n;
}

const char *
gen_value(struct gen *g, const struct word *w)
{
	uint32_t n = 0;

	while (n < 4 && w->values[n])
		n++;
	return w->values[gen_below(g, n)];
}

struct toy_prefix
gen_address(const char *text)
{
	struct toy_prefix p = {.v6 = strchr(text, ':')};

	inet_pton(p.v6 ? AF_INET6 : AF_INET, text, p.addr);
	p.bits = p.v6 ? 128 : 32;
	return p;
}

struct toy_prefix
gen_prefix(struct gen *g)
{
	struct toy_prefix p;

	if (gen_percent(g, 70)) {
		p = gen_address(PICK(g, addrs4));
		p.bits = PICK(g, bits4);
	} else {
		p = gen_address(PICK(g, addrs6));
		p.bits = PICK(g, bits6);
	}
	return p;
}

const char *
gen_namespace(struct gen *g)
{
	return PICK(g, namespaces);
}

const struct word *
gen_namespace_word(struct gen *g)
{
	return &PICK(g, namespace_words);
}

const struct word *
gen_pod_word(struct gen *g)
{
	return gen_percent(g, 85) ? &PICK(g, pod_words)
				  : &PICK(g, odd_pod_words);
}

static bool
has_key(const struct toy_selector *s, const char *key)
{
	VEC_FOREACH (l, &s->labels) {
		if (strcmp(l->key, key) == 0)
			return true;
	}
	return false;
}

struct toy_selector
gen_plain_selector(struct gen *g, const struct word *(*word)(struct gen *g))
{
	struct toy_selector s = {0};
	uint32_t labels = gen_percent(g, 35) ? 0 : gen_between(g, 0, 2);
	uint32_t exprs = gen_percent(g, 70) ? 0 : 1;

	for (uint32_t i = 0; i < labels; i++) {
		const struct word *w = word(g);

		if (!has_key(&s, w->key))
			*vec_push(&s.labels, g->arena) =
			    (struct toy_label){w->key, gen_value(g, w)};
	}
	for (uint32_t i = 0; i < exprs; i++) {
		const struct word *w = word(g);
		struct toy_expr e = {.key = w->key,
		    .op = (enum toy_op)gen_below(g, 4)};

		if (e.op == TOY_IN || e.op == TOY_NOT_IN)
			*vec_push(&e.values, g->arena) = gen_value(g, w);
		*vec_push(&s.exprs, g->arena) = e;
	}
	return s;
}

void
gen_except(struct gen *g, struct toy_cidr_rule *r, bool strict)
{
	r->except.present = gen_percent(g, 60);
	for (uint32_t i = 0; r->except.present && i < 6; i++) {
		struct toy_prefix p = gen_prefix(g);

		if (toy_contains(&r->cidr, &p) &&
		    (!strict || p.bits > r->cidr.bits))
			*vec_push(&r->except, g->arena) = p;
	}
}

const char *
gen_port(struct gen *g, bool odd)
{
	static const char *const ports[] = {"80", "80", "443", "8080", "53",
	    "1", "79", "81", "1024", "8000", "32767", "65534", "65535"};

	return odd && gen_percent(g, 15) ? (gen_percent(g, 50) ? "0" : "010")
					 : PICK(g, ports);
}

/* Those of pods, and one that nobody has. */
static const char *const port_names[] = {"http", "dns", "web", "nobody"};

const char *
gen_port_name(struct gen *g)
{
	return PICK(g, port_names);
}

/*
 * Before, at or after the first port.  From port 0 only to 0 or 65535: other
 * ranges are one thing to the agent and another to the kernel, and no reading
 * of the rules says what comes of both (semantics.md 10.2, quirk).
 */
int
gen_end(struct gen *g, int first)
{
	static const int spans[] = {0, 1, 7, 15, 100, 1000};
	int end = first + PICK(g, spans);

	if (first == 0)
		return gen_percent(g, 50) ? 0 : 65535;
	if (gen_percent(g, 15) || end > 65535)
		return gen_percent(g, 50) ? 65535 : 79;
	return end;
}

static struct toy_namespace
make_namespace(struct gen *g, const char *name)
{
	struct toy_namespace ns = {.name = name};

	for (size_t i = 0; i < 3; i++) {
		const struct word *w = &namespace_words[i];

		if (gen_percent(g, 50))
			*vec_push(&ns.labels, g->arena) =
			    (struct toy_label){w->key,
				i == 0 ? name : gen_value(g, w)};
	}
	return ns;
}

static void
add_ip(struct gen *g, struct toy_pod *p, const char *fmt, uint32_t number)
{
	char text[64];

	snprintf(text, sizeof(text), fmt, number);
	*vec_push(&p->ips, g->arena) = gen_address(text);
}

/* One name may have several numbers, on one pod or on several. */
static void
add_pod_ports(struct gen *g, struct toy_pod *p)
{
	static const unsigned numbers[] = {80, 80, 80, 8080, 53, 443};
	static const char *const protocols[] = {NULL, NULL, "TCP", "UDP",
	    "SCTP"};
	static const char *const names[] = {"http", "dns", "Web"};

	for (uint32_t i = gen_between(g, 1, 3); i > 0; i--)
		*vec_push(&p->ports, g->arena) =
		    (struct toy_pod_port){PICK(g, names), PICK(g, numbers),
			PICK(g, protocols)};
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
		if (gen_percent(g, i == 0 ? 90 : 30))
			*vec_push(&p.labels, g->arena) =
			    (struct toy_label){pod_words[i].key,
				gen_value(g, &pod_words[i])};
	}
	if (gen_percent(g, 25)) {
		const struct word *w = &PICK(g, odd_pod_words);

		*vec_push(&p.labels, g->arena) =
		    (struct toy_label){w->key, gen_value(g, w)};
	}
	p.host_network = gen_percent(g, 5);
	if (gen_percent(g, 60))
		add_pod_ports(g, &p);
	if (g->toy->ipv4 && !p.host_network)
		add_ip(g, &p, "10.244.0.%u", number);
	if (g->toy->ipv6 && !p.host_network)
		add_ip(g, &p, "fd00:10:244::%u", number);
	return p;
}

static const unsigned versions[] = {11700, 11704, 11705, 11714, 11715, 11717,
    11800, 11801, 11802, 11806, 11807, 11808, 11809, 11811, 11900, 11902, 11903,
    11904, 11905, 11906, 11908, 12000};

static void
make_options(struct gen *g)
{
	uint32_t families = gen_below(g, 5);
	uint32_t mode = gen_below(g, 20);

	g->toy->ipv4 = families != 4;
	g->toy->ipv6 = families < 2 || families == 4;
	g->toy->allow_localhost = gen_percent(g, 70);
	g->toy->enforcement = mode < 4 ? TOY_ALWAYS
	    : mode == 4                ? TOY_NEVER
				       : TOY_DEFAULT;
	/* Half are the newest; of the others both sides of each change. */
	g->toy->cilium = gen_percent(g, 50) ? 0 : PICK(g, versions);
	g->auth = gen_percent(g, 25) && g->toy->cilium == 0;
	g->tls = gen_percent(g, 40);
	g->toy->clusterwide = gen_percent(g, 50);
	g->toy->cluster_name = gen_percent(g, 80) ? "default" : "other";
}

static void
make_group(struct gen *g, uint32_t number)
{
	static const struct word words[] = {
	    {"env", {"prod", "dev"}},
	    {"zone", {"a", "b"}},
	};
	struct toy_cidr_group *group = vec_push(&g->toy->groups, g->arena);

	*group = (struct toy_cidr_group){
	    .name = arena_printf(g->arena, "group%u", number)};
	for (size_t i = 0; i < 2; i++) {
		if (gen_percent(g, 60))
			*vec_push(&group->labels, g->arena) =
			    (struct toy_label){words[i].key,
				gen_value(g, &words[i])};
	}
	for (uint32_t i = gen_between(g, 1, 3); i > 0; i--)
		*vec_push(&group->cidrs, g->arena) = gen_prefix(g);
}

/* Mostly outside the cluster; some are a pod's. */
static struct toy_prefix
make_whole_address(struct gen *g)
{
	return gen_percent(g, 75) ? gen_address(PICK(g, addrs4))
				  : gen_address(PICK(g, addrs6));
}

static void
make_service(struct gen *g, uint32_t number)
{
	struct toy_service *s = vec_push(&g->toy->services, g->arena);

	*s = (struct toy_service){.ns = PICK(g, namespaces),
	    .name = arena_printf(g->arena, "service%u", number)};
	if (gen_percent(g, 60))
		*vec_push(&s->labels, g->arena) =
		    (struct toy_label){"app", gen_value(g, &pod_words[0])};
	if (gen_percent(g, 60)) {
		const struct word *w = &PICK(g, pod_words);

		*vec_push(&s->selector, g->arena) =
		    (struct toy_label){w->key, gen_value(g, w)};
	} else {
		for (uint32_t i = gen_between(g, 0, 2); i > 0; i--)
			*vec_push(&s->backends, g->arena) =
			    make_whole_address(g);
	}
}

/* The API server, outside the cluster. */
static void
make_apiserver(struct gen *g)
{
	struct toy_service *s = vec_push(&g->toy->services, g->arena);

	*s = (struct toy_service){.ns = "default", .name = "kubernetes"};
	*vec_push(&s->backends, g->arena) = gen_address("198.51.100.1");
}

static void
make_answers(struct gen *g)
{
	static const char *const names[] = {"api.example.com", "Example.com",
	    "a.b.example.com.", "www.example.org"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		struct toy_answer *a;

		if (gen_percent(g, 50))
			continue;
		a = vec_push(&g->toy->answers, g->arena);
		*a = (struct toy_answer){.name = names[i]};
		for (uint32_t k = gen_between(g, 0, 2); k > 0; k--)
			*vec_push(&a->ips, g->arena) = make_whole_address(g);
	}
}

static void
make_policies(struct gen *g)
{
	struct toy *t = g->toy;

	for (uint32_t i = gen_between(g, 1, 5); i > 0; i--)
		*vec_push(&t->policies, g->arena) = gen_policy(g, i);
	for (uint32_t i = gen_percent(g, 50) ? 0 : gen_between(g, 1, 2); i > 0;
	     i--)
		*vec_push(&t->network_policies, g->arena) =
		    gen_network_policy(g, i);
	for (uint32_t i = gen_percent(g, 60) ? 0 : gen_between(g, 1, 3); i > 0;
	     i--)
		*vec_push(&t->cluster_policies, g->arena) =
		    gen_cluster_policy(g, i);
}

void
toy_generate(struct toy *t, struct arena *a, uint64_t seed)
{
	toy_generate_from(t, a, (struct str){0}, seed);
}

void
toy_generate_from(struct toy *t, struct arena *a, struct str choices,
    uint64_t seed)
{
	struct gen g = {.arena = a,
	    .choices = choices,
	    .state = seed,
	    .toy = t};
	uint32_t npods;

	*t = (struct toy){0};
	make_options(&g);
	for (size_t i = 0; i < 2; i++)
		*vec_push(&t->namespaces, a) =
		    make_namespace(&g, namespaces[i]);
	gen_settings(&g);
	npods = gen_between(&g, 1, 6);
	for (uint32_t i = 1; i <= npods; i++)
		*vec_push(&t->pods, a) = make_pod(&g, i);
	gen_identities(&g);
	gen_nodes(&g);
	for (uint32_t i = gen_percent(&g, 60) ? 0 : gen_between(&g, 1, 2);
	     i > 0; i--)
		make_group(&g, i);
	for (uint32_t i = gen_percent(&g, 50) ? 0 : gen_between(&g, 1, 3);
	     i > 0; i--)
		make_service(&g, i);
	if (gen_percent(&g, 25))
		make_apiserver(&g);
	if (gen_percent(&g, 50))
		make_answers(&g);
	make_policies(&g);
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
