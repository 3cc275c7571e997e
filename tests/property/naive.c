/* SPDX-License-Identifier: Apache-2.0 */
#include "naive.h"

#include <stdlib.h>
#include <string.h>

#define NAMESPACE_KEY "io.kubernetes.pod.namespace"
#define NAMESPACE_LABEL_KEY "io.cilium.k8s.namespace.labels."
#define ACCOUNT_KEY "io.cilium.k8s.policy.serviceaccount"
#define CLUSTER_KEY "io.cilium.k8s.policy.cluster"

static bool
equal(const char *a, const char *b)
{
	return strcmp(a, b) == 0;
}

static bool
starts_with(const char *s, const char *prefix)
{
	return strncmp(s, prefix, strlen(prefix)) == 0;
}

/* 4.2: which labels of a pod are part of its identity. */

/* The end of a match of the literal pattern at offset 0; 0 if there is none. */
static size_t
literal_match(const char *key, const char *pattern)
{
	return starts_with(key, pattern) ? strlen(pattern) : 0;
}

/* The same of `.*beta\.kubernetes\.io`, which takes as much as it can. */
static size_t
beta_match(const char *key)
{
	const char *pattern = "beta.kubernetes.io";
	size_t end = 0;

	for (const char *s = key; (s = strstr(s, pattern)) != NULL; s++)
		end = (size_t)(s - key) + strlen(pattern);
	return end;
}

static size_t
longest_include(const char *key)
{
	static const char *const include[] = {NAMESPACE_KEY,
	    "io.cilium.k8s.namespace.labels", "app.kubernetes.io", CLUSTER_KEY,
	    ACCOUNT_KEY};
	size_t longest = 0;

	for (size_t i = 0; i < sizeof(include) / sizeof(include[0]); i++) {
		size_t end = literal_match(key, include[i]);

		longest = end > longest ? end : longest;
	}
	return longest;
}

static size_t
shortest_ignore(const char *key)
{
	static const char *const ignore[] = {"io.kubernetes", "kubernetes.io",
	    "statefulset.kubernetes.io/pod-name",
	    "apps.kubernetes.io/pod-index",
	    "batch.kubernetes.io/job-completion-index",
	    "batch.kubernetes.io/controller-uid", "k8s.io",
	    "pod-template-generation", "pod-template-hash",
	    "controller-revision-hash", "controller-uid", "etcd_node",
	    "topology.kubernetes.io"};
	size_t shortest = beta_match(key);

	if (starts_with(key, "annotation") &&
	    (shortest == 0 || strlen(key) < shortest))
		shortest = strlen(key);
	for (size_t i = 0; i < sizeof(ignore) / sizeof(ignore[0]); i++) {
		size_t end = literal_match(key, ignore[i]);

		if (end > 0 && (shortest == 0 || end < shortest))
			shortest = end;
	}
	return shortest;
}

static bool
is_relevant(const char *key)
{
	size_t ignore = shortest_ignore(key);

	return ignore == 0 || longest_include(key) > ignore;
}

/* 4.1: the labels of a pod; a later one overrides an earlier one. */

static void
put_label(const struct naive *n, struct naive_identity *id, const char *key,
    const char *value)
{
	if (!is_relevant(key))
		return;
	VEC_FOREACH (l, &id->labels) {
		if (equal(l->key, key)) {
			l->value = value;
			return;
		}
	}
	*vec_push(&id->labels, n->arena) =
	    (struct naive_label){.source = "k8s", .key = key, .value = value};
}

static void
put_namespace_labels(const struct naive *n, struct naive_identity *id,
    const char *name)
{
	put_label(n, id, NAMESPACE_LABEL_KEY "kubernetes.io/metadata.name",
	    name);
	VEC_FOREACH (ns, &n->toy->namespaces) {
		if (!equal(ns->name, name))
			continue;
		VEC_FOREACH (l, &ns->labels)
			put_label(n, id,
			    arena_printf(n->arena, NAMESPACE_LABEL_KEY "%s",
				l->key),
			    l->value);
	}
}

static struct naive_identity
pod_labels(const struct naive *n, const struct toy_pod *p)
{
	struct naive_identity id = {0};

	VEC_FOREACH (l, &p->labels) {
		if (!starts_with(l->key, "io.cilium.k8s"))
			put_label(n, &id, l->key, l->value);
	}
	put_namespace_labels(n, &id, p->ns);
	put_label(n, &id, NAMESPACE_KEY, p->ns);
	if (p->account)
		put_label(n, &id, ACCOUNT_KEY, p->account);
	put_label(n, &id, CLUSTER_KEY, n->toy->cluster_name);
	return id;
}

/* 5, 6: who is there. */

static const char *
label_text(const struct naive *n, const struct naive_label *l)
{
	if (l->prefix)
		return arena_printf(n->arena, "cidr:%s",
		    toy_prefix_print(n->arena, l->prefix, true));
	if (l->value[0] == '\0')
		return arena_printf(n->arena, "%s:%s", l->source, l->key);
	return arena_printf(n->arena, "%s:%s=%s", l->source, l->key, l->value);
}

static int
compare_texts(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static const char *
identity_text(const struct naive *n, const struct naive_identity *id)
{
	const char **texts = ARENA_ARRAY(n->arena, const char *, id->labels.n);
	struct buf b;

	buf_init(&b, n->arena);
	for (size_t i = 0; i < id->labels.n; i++)
		texts[i] = label_text(n, &id->labels.v[i]);
	qsort(texts, id->labels.n, sizeof(*texts), compare_texts);
	for (size_t i = 0; i < id->labels.n; i++) {
		buf_puts(&b, i > 0 ? ";" : "");
		buf_puts(&b, texts[i]);
	}
	return b.p;
}

/* Equal label sets are one identity. */
static void
add_identity(struct naive *n, struct naive_identity id)
{
	id.text = identity_text(n, &id);
	VEC_FOREACH (other, &n->identities) {
		if (equal(other->text, id.text))
			return;
	}
	*vec_push(&n->identities, n->arena) = id;
}

static void
put_reserved(const struct naive *n, struct naive_identity *id, const char *key)
{
	*vec_push(&id->labels, n->arena) =
	    (struct naive_label){.source = "reserved", .key = key, .value = ""};
}

/* 5.4 */
static const char *
world_key(const struct toy *t, bool v6)
{
	if (v6)
		return t->ipv4 ? "world-ipv6" : "world";
	return t->ipv6 ? "world-ipv4" : "world";
}

static void
add_reserved(struct naive *n)
{
	static const char *const keys[][2] = {{"host"}, {"world"},
	    {"unmanaged"}, {"health"}, {"init"}, {"remote-node"},
	    {"kube-apiserver", "remote-node"}, {"ingress"}, {"world-ipv4"},
	    {"world-ipv6"}};

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		struct naive_identity id = {0};

		put_reserved(n, &id, keys[i][0]);
		if (keys[i][1])
			put_reserved(n, &id, keys[i][1]);
		add_identity(n, id);
	}
}

/* 6.2; a /0 has no identity of its own. */
static void
add_prefix(struct naive *n, const struct toy_prefix *p)
{
	struct naive_identity id = {0};

	if (p->bits == 0)
		return;
	*vec_push(&id.labels, n->arena) =
	    (struct naive_label){.source = "cidr", .prefix = p};
	put_reserved(n, &id, world_key(n->toy, p->v6));
	add_identity(n, id);
}

/* 6.1: whatever the element selects. */
static void
add_prefixes(struct naive *n, const struct toy_element *e)
{
	VEC_FOREACH (p, &e->cidrs)
		add_prefix(n, p);
	VEC_FOREACH (r, &e->cidr_sets) {
		add_prefix(n, &r->cidr);
		VEC_FOREACH (p, &r->except)
			add_prefix(n, p);
	}
}

/* 3.2: selectors. */

static struct naive_req
make_req(const struct naive *n, const char *key, enum toy_op op,
    const char *const *values, size_t nvalues)
{
	const char *colon = strchr(key, ':');
	struct naive_req r = {.source = "any",
	    .key = key,
	    .op = op,
	    .values = values,
	    .nvalues = nvalues};

	if (colon) {
		r.source = arena_dup(n->arena, key, (size_t)(colon - key));
		r.key = colon + 1;
	}
	return r;
}

static void
require(const struct naive *n, struct naive_selector *s, const char *key,
    const char *value)
{
	const char **values = ARENA_ARRAY(n->arena, const char *, 1);

	values[0] = value;
	*vec_push(&s->reqs, n->arena) = make_req(n, key, TOY_IN, values, 1);
}

static void
require_exists(const struct naive *n, struct naive_selector *s, const char *key)
{
	*vec_push(&s->reqs, n->arena) = make_req(n, key, TOY_EXISTS, NULL, 0);
}

static void
require_prefix(const struct naive *n, struct naive_selector *s, enum toy_op op,
    const struct toy_prefix *p)
{
	*vec_push(&s->reqs, n->arena) =
	    (struct naive_req){.source = "cidr", .op = op, .prefix = p};
}

/* As written, but for the matchLabels key BUT. */
static struct naive_selector
user_selector(const struct naive *n, const struct toy_selector *s,
    const char *but)
{
	struct naive_selector out = {0};

	VEC_FOREACH (l, &s->labels) {
		if (!equal(l->key, but))
			require(n, &out, l->key, l->value);
	}
	VEC_FOREACH (e, &s->exprs)
		*vec_push(&out.reqs, n->arena) =
		    make_req(n, e->key, e->op, e->values.v, e->values.n);
	return out;
}

static bool
source_is(const char *required, const char *source)
{
	return equal(required, "any") || equal(required, source);
}

static const struct naive_label *
find_label(const struct naive_identity *id, const struct naive_req *r)
{
	VEC_FOREACH (l, &id->labels) {
		if (r->prefix && l->prefix &&
		    toy_contains(r->prefix, l->prefix))
			return l;
		if (!r->prefix && !l->prefix &&
		    source_is(r->source, l->source) && equal(r->key, l->key))
			return l;
	}
	return NULL;
}

static bool
req_holds(const struct naive_identity *id, const struct naive_req *r)
{
	const struct naive_label *l = find_label(id, r);
	bool among = false;

	for (size_t i = 0; l && i < r->nvalues; i++)
		among = among || equal(l->value, r->values[i]);
	switch (r->op) {
	case TOY_IN:
		return l && among;
	case TOY_NOT_IN:
		return !l || !among;
	case TOY_EXISTS:
		return l != NULL;
	case TOY_NOT_EXISTS:
		return l == NULL;
	}
	abort();
}

static bool
selects(const struct naive_selector *s, const struct naive_identity *id)
{
	VEC_FOREACH (r, &s->reqs) {
		if (!req_holds(id, r))
			return false;
	}
	return true;
}

/* 4.3, 4.4: scoping. */

static bool
has_source(const struct naive_selector *s, const char *source)
{
	VEC_FOREACH (r, &s->reqs) {
		if (equal(r->source, source))
			return true;
	}
	return false;
}

/* A key of source k8s or any. */
static bool
has_key(const struct naive_selector *s, const char *key)
{
	VEC_FOREACH (r, &s->reqs) {
		if (source_is(r->source, "k8s") && equal(r->key, key))
			return true;
	}
	return false;
}

static bool
has_namespace_label_key(const struct naive_selector *s)
{
	VEC_FOREACH (r, &s->reqs) {
		if (source_is(r->source, "k8s") &&
		    starts_with(r->key, NAMESPACE_LABEL_KEY))
			return true;
	}
	return false;
}

static bool
subject_is_init(const struct naive_selector *s)
{
	VEC_FOREACH (r, &s->reqs) {
		if (equal(r->source, "reserved") && equal(r->key, "init"))
			return true;
	}
	return false;
}

/* A namespace of another name is overwritten if it was written with k8s:. */
static struct naive_selector
subject_selector(const struct naive *n, const struct toy_selector *s,
    const char *ns)
{
	struct naive_selector out;

	if (ns == NULL)
		return user_selector(n, s, "");
	out = user_selector(n, s, "k8s:" NAMESPACE_KEY);
	require(n, &out, "k8s:" NAMESPACE_KEY, ns);
	return out;
}

static struct naive_selector
peer_selector(const struct naive *n, const struct toy_selector *s,
    const char *ns, const struct naive_selector *subject)
{
	struct naive_selector out = user_selector(n, s, "");

	if (has_source(&out, "reserved"))
		return out;
	if (!has_key(&out, NAMESPACE_KEY)) {
		if (ns == NULL && !subject_is_init(subject))
			require_exists(n, &out, "k8s:" NAMESPACE_KEY);
		else if (ns && !has_namespace_label_key(&out))
			require(n, &out, "k8s:" NAMESPACE_KEY, ns);
	}
	if (!has_key(&out, CLUSTER_KEY))
		require(n, &out, "k8s:" CLUSTER_KEY, n->toy->cluster_name);
	return out;
}

/* 3.3, 5.3, 6.3: the peers of an element. */

static void
add_peer(const struct naive *n, struct naive_entry *e, struct naive_selector s)
{
	*vec_push(&e->peers, n->arena) = s;
}

static void
add_entity(const struct naive *n, struct naive_entry *e, const char *name)
{
	static const char *const world[] = {"world", "world-ipv4", "world-ipv6",
	    NULL};
	static const char *const cluster[] = {"host", "remote-node", "init",
	    "ingress", "health", "unmanaged", "kube-apiserver", NULL};
	const char *const itself[] = {name, NULL};
	const char *const *keys = itself;
	struct naive_selector s = {0};

	if (equal(name, "none"))
		return;
	if (equal(name, "all")) {
		add_peer(n, e, s);
		return;
	}
	if (equal(name, "cluster")) {
		require(n, &s, "k8s:" CLUSTER_KEY, n->toy->cluster_name);
		add_peer(n, e, s);
		keys = cluster;
	} else if (equal(name, "world")) {
		keys = world;
	}
	for (; *keys; keys++) {
		s = (struct naive_selector){0};
		require_exists(n, &s,
		    arena_printf(n->arena, "reserved:%s", *keys));
		add_peer(n, e, s);
	}
}

static void
add_cidr(const struct naive *n, struct naive_entry *e,
    const struct toy_prefix *p, const struct toy_prefix *except, size_t nexcept)
{
	struct naive_selector s = {0};

	if (p->bits == 0)
		require_exists(n, &s,
		    arena_printf(n->arena, "reserved:%s",
			world_key(n->toy, p->v6)));
	else
		require_prefix(n, &s, TOY_EXISTS, p);
	for (size_t i = 0; i < nexcept; i++)
		require_prefix(n, &s, TOY_NOT_EXISTS, &except[i]);
	add_peer(n, e, s);
}

static bool
selects_nothing(const struct toy_element *e)
{
	return (e->endpoints.present && e->endpoints.n == 0) ||
	    (e->entities.present && e->entities.n == 0) ||
	    (e->cidrs.present && e->cidrs.n == 0) ||
	    (e->cidr_sets.present && e->cidr_sets.n == 0);
}

static size_t
peer_fields(const struct toy_element *e)
{
	return (size_t)(e->endpoints.n > 0) + (e->entities.n > 0) +
	    (e->cidrs.n > 0) + (e->cidr_sets.n > 0);
}

static void
add_peers(const struct naive *n, struct naive_entry *out,
    const struct toy_element *e, const char *ns)
{
	if (selects_nothing(e))
		return;
	if (peer_fields(e) == 0) {
		if (e->ports.n > 0 || e->icmps.n > 0)
			add_peer(n, out, (struct naive_selector){0});
		return;
	}
	VEC_FOREACH (s, &e->endpoints)
		add_peer(n, out, peer_selector(n, s, ns, &out->subject));
	VEC_FOREACH (name, &e->entities)
		add_entity(n, out, *name);
	VEC_FOREACH (p, &e->cidrs)
		add_cidr(n, out, p, NULL, 0);
	VEC_FOREACH (r, &e->cidr_sets)
		add_cidr(n, out, &r->cidr, r->except.v, r->except.n);
}

/* 10.1, 10.2, 10.4: the ports of an element. */

static void
add_port(const struct naive *n, struct naive_entry *e, uint8_t proto,
    unsigned first, unsigned last)
{
	*vec_push(&e->ports, n->arena) =
	    (struct naive_port){proto, first, last};
}

static void
add_port_rule(const struct naive *n, struct naive_entry *e,
    const struct toy_port *p)
{
	static const struct {
		const char *name;
		uint8_t number;
	} protocols[] = {{"TCP", 6}, {"UDP", 17}, {"SCTP", 132}, {"VRRP", 112},
	    {"IGMP", 2}, {"GRE", 47}, {"IPIP", 4}, {"IPV6", 41}, {"ESP", 50},
	    {"AH", 51}};
	bool any = p->protocol == NULL || equal(p->protocol, "ANY");
	unsigned first = (unsigned)strtoul(p->port, NULL, 0);
	unsigned last = p->end > (int)first ? (unsigned)p->end : first;

	if (first == 0)
		last = UINT16_MAX; /* every port */
	for (size_t i = 0; i < sizeof(protocols) / sizeof(protocols[0]); i++) {
		if (any ? i < 3 : equal(p->protocol, protocols[i].name))
			add_port(n, e, protocols[i].number, first, last);
	}
}

static int
icmp_type(const char *text, bool v6)
{
	static const struct {
		const char *name;
		int v4, v6;
	} names[] = {{"EchoReply", 0, 129}, {"EchoRequest", 8, 128},
	    {"TimeExceeded", 11, 3}, {"PacketTooBig", -2, 2}};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (equal(text, names[i].name))
			return v6 ? names[i].v6 : names[i].v4;
	}
	return (int)strtol(text + (text[0] == '"'), NULL, 10);
}

static void
add_icmp(const struct naive *n, struct naive_entry *e, const struct toy_icmp *m)
{
	bool v6 = m->family && equal(m->family, "IPv6");
	int type = icmp_type(m->type, v6);
	uint8_t proto = v6 ? 58 : 1;

	if (type == 0 || type == -1)
		add_port(n, e, proto, 0, UINT16_MAX);
	else
		add_port(n, e, proto, (unsigned)type, (unsigned)type);
}

static void
add_ports(const struct naive *n, struct naive_entry *out,
    const struct toy_element *e)
{
	if (e->ports.n == 0 && e->icmps.n == 0)
		add_port(n, out, 0, 0, UINT16_MAX);
	VEC_FOREACH (r, &e->ports) {
		VEC_FOREACH (p, &r->ports)
			add_port_rule(n, out, p);
	}
	VEC_FOREACH (r, &e->icmps) {
		VEC_FOREACH (m, &r->fields)
			add_icmp(n, out, m);
	}
}

/* 8.1: elements to entries. */

static void
add_entry(struct naive *n, const struct toy_policy *p, const struct toy_rule *r,
    enum toy_dir dir, bool deny, const struct toy_element *e)
{
	const char *default_deny = r->side[dir].default_deny;
	struct naive_entry out = {.clusterwide = p->ns == NULL,
	    .deny = deny,
	    .default_deny = !default_deny || equal(default_deny, "true"),
	    .dir = dir,
	    .subject = subject_selector(n, &r->subject, p->ns)};

	add_prefixes(n, e);
	add_peers(n, &out, e, p->ns);
	add_ports(n, &out, e);
	*vec_push(&n->entries, n->arena) = out;
}

static void
add_rule(struct naive *n, const struct toy_policy *p, const struct toy_rule *r)
{
	for (int dir = 0; dir < 2; dir++) {
		VEC_FOREACH (e, &r->side[dir].allow)
			add_entry(n, p, r, (enum toy_dir)dir, false, e);
		VEC_FOREACH (e, &r->side[dir].deny)
			add_entry(n, p, r, (enum toy_dir)dir, true, e);
	}
}

void
naive_build(struct naive *n, struct arena *a, const struct toy *t,
    bool clusterwide)
{
	*n = (struct naive){.arena = a, .toy = t, .clusterwide = clusterwide};
	add_reserved(n);
	VEC_FOREACH (p, &t->pods) {
		if (!p->host_network)
			add_identity(n, pod_labels(n, p));
	}
	VEC_FOREACH (p, &t->policies) {
		if (!naive_accepts(p))
			continue;
		VEC_FOREACH (r, &p->spec)
			add_rule(n, p, r);
		VEC_FOREACH (r, &p->specs)
			add_rule(n, p, r);
	}
}

/* 2: what is refused. */

static bool
accepts_elements(const struct toy_element *v, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (peer_fields(&v[i]) > 1 ||
		    (v[i].ports.n > 0 && v[i].icmps.n > 0))
			return false;
	}
	return true;
}

static bool
accepts_rule(const struct toy_rule *r)
{
	size_t elements = 0;

	for (int dir = 0; dir < 2; dir++) {
		const struct toy_side *s = &r->side[dir];

		elements += s->allow.n + s->deny.n;
		if (!accepts_elements(s->allow.v, s->allow.n) ||
		    !accepts_elements(s->deny.v, s->deny.n))
			return false;
	}
	return elements > 0;
}

bool
naive_accepts(const struct toy_policy *p)
{
	if (p->spec.n == 0 && !p->specs.present)
		return false;
	VEC_FOREACH (r, &p->spec) {
		if (!accepts_rule(r))
			return false;
	}
	VEC_FOREACH (r, &p->specs) {
		if (!accepts_rule(r))
			return false;
	}
	return true;
}

static size_t
find_identity(const struct naive *n, const char *text)
{
	for (size_t i = 0; i < n->identities.n; i++) {
		if (equal(n->identities.v[i].text, text))
			return i;
	}
	abort();
}

size_t
naive_of_pod(const struct naive *n, const struct toy_pod *p)
{
	struct naive_identity id = pod_labels(n, p);

	return find_identity(n, identity_text(n, &id));
}

/* 6.2: the longest prefix; that of a pod is its whole address. */
size_t
naive_of_address(const struct naive *n, const struct toy_prefix *addr)
{
	const char *world = world_key(n->toy, addr->v6);
	size_t found =
	    find_identity(n, arena_printf(n->arena, "reserved:%s", world));
	unsigned bits = 0;

	VEC_FOREACH (p, &n->toy->pods) {
		VEC_FOREACH (ip, &p->ips) {
			if (toy_contains(ip, addr))
				return naive_of_pod(n, p);
		}
	}
	for (size_t i = 0; i < n->identities.n; i++) {
		const struct toy_prefix *p =
		    n->identities.v[i].labels.v[0].prefix;

		if (p && p->bits > bits && toy_contains(p, addr)) {
			bits = p->bits;
			found = i;
		}
	}
	return found;
}

/* 9.1: enforcement. */

static bool
has_label_key(const struct naive_identity *id, const char *key)
{
	VEC_FOREACH (l, &id->labels) {
		if (!l->prefix && equal(l->key, key))
			return true;
	}
	return false;
}

static bool
is_host(const struct naive_identity *id)
{
	const struct naive_req host = {.source = "reserved", .key = "host"};

	return find_label(id, &host) != NULL;
}

static bool
selects_peer(const struct naive_entry *e, const struct naive_identity *peer)
{
	VEC_FOREACH (s, &e->peers) {
		if (selects(s, peer))
			return true;
	}
	return false;
}

void
naive_pair(struct naive_pair *p, const struct naive *n, size_t subject,
    enum toy_dir dir, size_t peer)
{
	const struct naive_identity *who = &n->identities.v[subject];
	const struct naive_identity *other = &n->identities.v[peer];
	size_t entries = 0;

	*p = (struct naive_pair){.naive = n};
	if (has_label_key(who, "host") || n->toy->enforcement == TOY_NEVER)
		return;
	VEC_FOREACH (e, &n->entries) {
		if (e->dir != dir || !selects(&e->subject, who))
			continue;
		entries++;
		p->default_deny = p->default_deny || e->default_deny;
		if (selects_peer(e, other))
			*vec_push(&p->matching, n->arena) = e;
	}
	p->enforced = entries > 0;
	if (n->toy->enforcement == TOY_ALWAYS || has_label_key(who, "init"))
		p->enforced = p->default_deny = true;
	p->localhost = entries > 0 && dir == TOY_INGRESS &&
	    n->toy->allow_localhost && is_host(other);
}

/* 11.6: the verdict. */

static bool
any_matches(const struct naive_pair *p, bool deny, uint8_t proto, uint16_t port,
    bool (*in_tier)(const struct naive_entry *e))
{
	VEC_FOREACH (e, &p->matching) {
		if ((*e)->deny != deny || !in_tier(*e))
			continue;
		VEC_FOREACH (q, &(*e)->ports) {
			if ((q->proto == 0 || q->proto == proto) &&
			    port >= q->first && port <= q->last)
				return true;
		}
	}
	return false;
}

static bool
in_clusterwide_tier(const struct naive_entry *e)
{
	return e->clusterwide;
}

static bool
in_namespace_tier(const struct naive_entry *e)
{
	return !e->clusterwide;
}

static bool
in_only_tier(const struct naive_entry *e)
{
	return true;
}

/* Deny before allow; false when the tier is silent. */
static bool
tier_decides(const struct naive_pair *p, uint8_t proto, uint16_t port,
    bool (*in_tier)(const struct naive_entry *e), enum naive_verdict *ret)
{
	if (any_matches(p, true, proto, port, in_tier))
		*ret = NAIVE_DENY;
	else if (any_matches(p, false, proto, port, in_tier))
		*ret = NAIVE_ALLOW;
	else
		return false;
	return true;
}

enum naive_verdict
naive_decide(const struct naive_pair *p, uint8_t proto, uint16_t port)
{
	enum naive_verdict v;

	if (!p->enforced)
		return NAIVE_ALLOW;
	if (p->naive->clusterwide) {
		if (tier_decides(p, proto, port, in_clusterwide_tier, &v) ||
		    tier_decides(p, proto, port, in_namespace_tier, &v))
			return v;
	} else if (tier_decides(p, proto, port, in_only_tier, &v)) {
		return v;
	}
	if (!p->default_deny || p->localhost)
		return NAIVE_ALLOW;
	return NAIVE_NO_MATCH;
}
