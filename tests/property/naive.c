/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who is there, and the verdict.
 */
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "naive_parts.h"

bool
naive_equal(const char *a, const char *b)
{
	return strcmp(a, b) == 0;
}

bool
naive_starts_with(const char *s, const char *prefix)
{
	return strncmp(s, prefix, strlen(prefix)) == 0;
}

/* semantics.md 4.2: which labels of a pod are part of its identity. */

/* The end of a match of the literal pattern at offset 0; 0 if there is none. */
static size_t
literal_match(const char *key, const char *pattern)
{
	return naive_starts_with(key, pattern) ? strlen(pattern) : 0;
}

/* The same of `.*beta\.kubernetes\.io`, which takes as much as it can. */
static size_t
beta_match(const char *key)
{
	const char *pattern = "beta.kubernetes.io";
	size_t end = 0;

	for (const char *s = key; (s = strstr(s, pattern)); s++)
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
shortest_ignore(const struct toy *t, const char *key)
{
	static const char *const ignore[] = {"io.kubernetes", "kubernetes.io",
	    "statefulset.kubernetes.io/pod-name",
	    "apps.kubernetes.io/pod-index",
	    "batch.kubernetes.io/job-completion-index",
	    "batch.kubernetes.io/controller-uid", "k8s.io",
	    "pod-template-generation", "pod-template-hash",
	    "controller-revision-hash", "controller-uid", "etcd_node"};
	size_t shortest = beta_match(key);
	size_t topology = literal_match(key, "topology.kubernetes.io");

	if (topology > 0 && (naive_minor(t, 19) || naive_patch(t, 18, 7)) &&
	    (shortest == 0 || topology < shortest))
		shortest = topology;

	if (naive_starts_with(key, "annotation") &&
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
is_relevant(const struct toy *t, const char *key)
{
	size_t ignore = shortest_ignore(t, key);

	return ignore == 0 || longest_include(key) > ignore;
}

/*
 * semantics.md 4.1: the labels of a pod; a later one overrides an earlier one.
 */

static void
put_label(const struct naive *n, struct naive_identity *id, const char *key,
    const char *value)
{
	if (!is_relevant(n->toy, key))
		return;
	VEC_FOREACH (l, &id->labels) {
		if (naive_equal(l->key, key)) {
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
		if (!naive_equal(ns->name, name))
			continue;
		VEC_FOREACH (l, &ns->labels)
			put_label(n, id,
			    arena_printf(n->arena, NAMESPACE_LABEL_KEY "%s",
				l->key),
			    l->value);
	}
}

/* The pod's name in lower case. */
static bool
same_name(const char *of_pod, const char *of_rule)
{
	for (; *of_pod && *of_rule; of_pod++, of_rule++) {
		char c = *of_pod;

		if ((c >= 'A' && c <= 'Z' ? c + 32 : c) != *of_rule)
			return false;
	}
	return *of_pod == *of_rule;
}

/* semantics.md 10.3: of several ports with one name the last counts. */
static const struct toy_pod_port *
find_port(const struct toy_pod *pod, const char *name)
{
	const struct toy_pod_port *found = NULL;

	VEC_FOREACH (q, &pod->ports) {
		if (same_name(q->name, name))
			found = q;
	}
	return found;
}

/* Labels with the named ports, of at most 63 characters each. */
static void
put_port_labels(const struct naive *n, struct naive_identity *id,
    const struct toy_pod *p)
{
	static const char *const names[] = {"dns", "http", "nobody", "web"};
	const char *key = "io.cilium.k8s.named-ports", *value = NULL;
	unsigned number = 0;

	for (size_t i = 0; i <= sizeof(names) / sizeof(*names); i++) {
		bool end = i == sizeof(names) / sizeof(*names);
		const struct toy_pod_port *q =
		    end ? NULL : find_port(p, names[i]);
		const char *more = q
		    ? arena_printf(n->arena, "%s%s%s.%s.%u", value ? value : "",
			  value ? "_" : "", names[i],
			  q->protocol ? q->protocol : "TCP", q->number)
		    : NULL;

		if (!end && !q)
			continue;
		if (more && strlen(more) <= 63) {
			value = more;
			continue;
		}
		if (!value)
			continue;
		*vec_push(&id->labels, n->arena) =
		    (struct naive_label){.source = "gen",
			.key = key,
			.value = value};
		key = arena_printf(n->arena, "io.cilium.k8s.named-ports-%u",
		    ++number);
		value = q ? strrchr(more, '_') + 1 : NULL;
	}
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

/* Equal label sets are one identity, but where objects number them. */
static size_t
add_identity(struct naive *n, struct naive_identity id)
{
	id.text = identity_text(n, &id);
	for (size_t i = 0; i < n->identities.n; i++) {
		if (naive_equal(n->identities.v[i].text, id.text))
			return i;
	}
	*vec_push(&n->identities, n->arena) = id;
	return n->identities.n - 1;
}

/* Several numbers may have one label set, of which pods have the first. */
static void
add_numbered(struct naive *n, const struct toy_identity *from)
{
	struct naive_identity id = {.number = from->number};

	VEC_FOREACH (l, &from->labels)
		*vec_push(&id.labels, n->arena) =
		    (struct naive_label){"k8s", l->key, l->value, NULL};
	id.text = identity_text(n, &id);
	*vec_push(&n->identities, n->arena) = id;
}

static void
put_reserved(const struct naive *n, struct naive_identity *id, const char *key)
{
	*vec_push(&id->labels, n->arena) =
	    (struct naive_label){.source = "reserved", .key = key, .value = ""};
}

/* semantics.md 5.4 */
const char *
naive_world_key(const struct toy *t, bool v6)
{
	if (v6)
		return t->ipv4 && (t->ipv6 || naive_minor(t, 19)) ? "world-ipv6"
								  : "world";
	return t->ipv6 ? "world-ipv4" : "world";
}

enum {
	HOST = 0,
	RESERVED = 10, /* identities: the first ones, without aggregates */
	AGGREGATES = 4,
};

static void
add_reserved(struct naive *n)
{
	static const char *const keys[][2] = {{"host"}, {"world"},
	    {"unmanaged"}, {"health"}, {"init"}, {"remote-node"},
	    {"kube-apiserver", "remote-node"}, {"ingress"}, {"world-ipv4"},
	    {"world-ipv6"}, {"aggregate-cluster"}, {"aggregate-cluster-mesh"},
	    {"aggregate-world"}, {"aggregate-remote-node"}};

	size_t count = RESERVED + (naive_minor(n->toy, 20) ? AGGREGATES : 0);

	for (size_t i = 0; i < count; i++) {
		struct naive_identity id = {0};

		put_reserved(n, &id, keys[i][0]);
		if (keys[i][1])
			put_reserved(n, &id, keys[i][1]);
		add_identity(n, id);
	}
}

/* semantics.md 6.1, 6.2: prefixes and their labels. */

bool
naive_same_prefix(const struct toy_prefix *a, const struct toy_prefix *b)
{
	return a->bits == b->bits && toy_contains(a, b);
}

/* Of two labels with one key the first stays. */
static void
put_first(const struct naive *n, struct naive_identity *id,
    const struct naive_label *l)
{
	VEC_FOREACH (have, &id->labels) {
		if (l->prefix ? !!have->prefix
			      : !have->prefix && naive_equal(have->key, l->key))
			return;
	}
	*vec_push(&id->labels, n->arena) = *l;
}

void
naive_add_prefix(struct naive *n, const struct toy_prefix *p,
    struct naive_label own)
{
	struct naive_prefix *found = NULL;

	VEC_FOREACH (have, &n->prefixes) {
		if (naive_same_prefix(&have->prefix, p))
			found = have;
	}
	if (!found) {
		found = vec_push(&n->prefixes, n->arena);
		*found = (struct naive_prefix){.prefix = *p};
	}
	*vec_push(&found->own, n->arena) = own;
}

void
naive_add_cidr_prefix(struct naive *n, const struct toy_prefix *p)
{
	if (p->bits > 0)
		naive_add_prefix(n, p,
		    (struct naive_label){.source = "cidr", .prefix = p});
}

/* semantics.md 5.5, 6.3: nodes, and what the settings give them besides. */
static void
add_nodes(struct naive *n)
{
	const struct toy *t = n->toy;

	VEC_FOREACH (node, &t->nodes) {
		bool local =
		    t->local_node && naive_equal(node->name, t->local_node);

		VEC_FOREACH (ip, &node->ips) {
			naive_add_prefix(n, ip,
			    (struct naive_label){"reserved",
				local ? "host" : "remote-node", "", NULL});
			if (t->cidr_nodes)
				naive_add_cidr_prefix(n, ip);
			if (!t->node_labels)
				continue;
			VEC_FOREACH (l, &node->labels)
				naive_add_prefix(n, ip,
				    (struct naive_label){"node", l->key,
					l->value, NULL});
			if (naive_minor(t, 18))
				naive_add_prefix(n, ip,
				    (struct naive_label){"k8s", CLUSTER_KEY,
					t->cluster_name, NULL});
		}
	}
}

static int
compare_groups(const void *a, const void *b)
{
	const struct toy_cidr_group *const *x = a, *const *y = b;

	return strcmp((*x)->name, (*y)->name);
}

static void
add_group(struct naive *n, const struct toy_cidr_group *g)
{
	struct naive_label l = {.source = "cidrgroup", .value = ""};

	VEC_FOREACH (p, &g->cidrs) {
		if (p->bits == 0 && naive_patch(n->toy, 19, 0))
			continue;
		l.key = arena_printf(n->arena,
		    "io.cilium.policy.cidrgroupname/%s", g->name);
		naive_add_prefix(n, p, l);
		VEC_FOREACH (label, &g->labels) {
			naive_add_prefix(n, p,
			    (struct naive_label){.source = "cidrgroup",
				.key = label->key,
				.value = label->value});
			if (!naive_values_are_keys(n->toy))
				continue;
			l.key = arena_printf(n->arena, "%s+%s", label->key,
			    label->value);
			naive_add_prefix(n, p, l);
		}
	}
}

/* What comes first stays: by name, that the order of files counts nothing. */
static void
add_groups(struct naive *n)
{
	const struct toy_cidr_group **v = ARENA_ARRAY(n->arena,
	    const struct toy_cidr_group *, n->toy->groups.n);

	for (size_t i = 0; i < n->toy->groups.n; i++)
		v[i] = &n->toy->groups.v[i];
	qsort(v, n->toy->groups.n, sizeof(*v), compare_groups);
	for (size_t i = 0; i < n->toy->groups.n; i++)
		add_group(n, v[i]);
}

/* semantics.md 5.5: the API server is the Service default/kubernetes. */
static void
add_apiserver(struct naive *n)
{
	VEC_FOREACH (s, &n->toy->services) {
		if (!naive_equal(s->name, "kubernetes"))
			continue;
		VEC_FOREACH (p, &s->backends)
			naive_add_prefix(n, p,
			    (struct naive_label){.source = "reserved",
				.key = "kube-apiserver",
				.value = ""});
	}
}

/* semantics.md 6.4: names. */

static const char *
normal_name(const struct naive *n, const char *text)
{
	size_t len = strlen(text);
	char *low = arena_dup(n->arena, text, len);

	for (size_t i = 0; i < len; i++)
		low[i] = (char)(low[i] >= 'A' && low[i] <= 'Z' ? low[i] + 32
							       : low[i]);
	return len > 0 && low[len - 1] == '.'
	    ? low
	    : arena_printf(n->arena, "%s.", low);
}

/* Both end in a dot; a star takes what is left of one label, or nothing. */
static bool
glob(const char *pattern, const char *name)
{
	if (*pattern == '\0')
		return *name == '\0';
	if (*pattern != '*')
		return *pattern == *name && glob(pattern + 1, name + 1);
	return glob(pattern + 1, name) ||
	    (*name != '\0' && *name != '.' && glob(pattern, name + 1));
}

/* `**.`: one label or more. */
static bool
glob_labels(const char *rest, const char *name)
{
	for (const char *dot = name; (dot = strchr(dot, '.')); dot++) {
		if (dot > name && glob(rest, dot + 1))
			return true;
	}
	return false;
}

static bool
name_matches(const struct naive *n, const char *text, const char *name)
{
	const char *pattern = normal_name(n, text);

	if (naive_equal(pattern, "*."))
		return true;
	if (naive_starts_with(pattern, "**.") && naive_minor(n->toy, 19))
		return glob_labels(pattern + 3, name);
	return glob(pattern, name);
}

static void
add_answers(struct naive *n)
{
	VEC_FOREACH (a, &n->toy->answers) {
		const char *name = normal_name(n, a->name);

		VEC_FOREACH (text, &n->fqdns) {
			if (!name_matches(n, *text, name))
				continue;
			VEC_FOREACH (ip, &a->ips)
				naive_add_prefix(n, ip,
				    (struct naive_label){.source = "fqdn",
					.key = *text,
					.value = ""});
		}
	}
}

static bool
is_of_cidrs(const struct naive_label *l)
{
	return l->prefix || naive_equal(l->source, "cidrgroup");
}

static bool
has_reserved(const struct naive_identity *id, const char *key)
{
	VEC_FOREACH (l, &id->labels) {
		if (naive_equal(l->source, "reserved") &&
		    naive_equal(l->key, key))
			return true;
	}
	return false;
}

bool
naive_is_of_node(const struct naive_identity *id)
{
	return has_reserved(id, "host") || has_reserved(id, "remote-node");
}

/* semantics.md 6.2: what a prefix in the cluster keeps. */
static void
keep_labels(const struct naive *n, struct naive_identity *id)
{
	size_t kept = 0;

	VEC_FOREACH (l, &id->labels) {
		bool of_node = naive_equal(l->source, "node") ||
		    naive_equal(l->source, "k8s");

		if (is_of_cidrs(l)
			? n->toy->cidr_nodes &&
			    (l->prefix || naive_minor(n->toy, 20))
			: of_node || naive_equal(l->source, "reserved"))
			id->labels.v[kept++] = *l;
	}
	id->labels.n = kept;
}

/* Before 1.20 it is the world's identity whatever names it. */
static bool
is_plain_zero(const struct naive *n, const struct naive_prefix *p)
{
	return p->prefix.bits == 0 && !naive_minor(n->toy, 20);
}

/*
 * Its own labels, then those of the covering prefixes, longest first.  /0 is
 * there only where a group lists it.
 */
static void
resolve_prefix(struct naive *n, struct naive_prefix *p)
{
	struct naive_identity id = {0};

	for (unsigned bits = p->prefix.bits + 1; bits-- > 0;) {
		VEC_FOREACH (cover, &n->prefixes) {
			if (cover->prefix.bits != bits ||
			    !toy_contains(&cover->prefix, &p->prefix))
				continue;
			VEC_FOREACH (l, &cover->own)
				put_first(n, &id, l);
		}
	}
	if (naive_is_of_node(&id))
		keep_labels(n, &id);
	else
		put_reserved(n, &id, naive_world_key(n->toy, p->prefix.v6));
	p->ident = has_reserved(&id, "host") ? HOST : add_identity(n, id);
	if (p->ident == HOST)
		p->of_host = id;
}

static int
compare_prefixes(const void *a, const void *b)
{
	const struct naive_prefix *const *x = a, *const *y = b;
	int c = (*x)->prefix.v6 - (*y)->prefix.v6;

	return c != 0 ? c
		      : memcmp((*x)->prefix.addr, (*y)->prefix.addr,
			    sizeof((*x)->prefix.addr));
}

/* All addresses of the local node are one identity, with the labels of all. */
static void
add_host(struct naive *n)
{
	const struct naive_prefix **v =
	    ARENA_ARRAY(n->arena, const struct naive_prefix *, n->prefixes.n);
	struct naive_identity *host = &n->identities.v[HOST];
	size_t count = 0;

	VEC_FOREACH (p, &n->prefixes) {
		if (!is_plain_zero(n, p) && p->ident == HOST)
			v[count++] = p;
	}
	if (count > 1)
		qsort(v, count, sizeof(*v), compare_prefixes);
	for (size_t i = 0; i < count; i++) {
		VEC_FOREACH (l, &v[i]->of_host.labels) {
			if (l->prefix)
				*vec_push(&host->labels, n->arena) = *l;
			else
				put_first(n, host, l);
		}
	}
	host->text = identity_text(n, host);
}

static size_t
find_identity(const struct naive *n, const char *text)
{
	for (size_t i = 0; i < n->identities.n; i++) {
		if (naive_equal(n->identities.v[i].text, text))
			return i;
	}
	abort();
}

/* semantics.md 5.6: by where an identity's number is from. */
static const struct naive_identity *
aggregate_of(const struct naive *n, const struct naive_identity *id)
{
	size_t at = (size_t)(id - n->identities.v);
	const char *key = "aggregate-world";

	if (at < RESERVED + AGGREGATES || !naive_minor(n->toy, 20))
		return NULL;
	VEC_FOREACH (l, &id->labels) {
		if (naive_equal(l->source, "k8s"))
			key = "aggregate-cluster";
	}
	if (has_reserved(id, "remote-node"))
		key = "aggregate-remote-node";
	/* The upper half of a number is the cluster's, 0 that of this one. */
	if (id->number >> 16)
		key = "aggregate-cluster-mesh";
	return &n->identities.v[find_identity(n,
	    arena_printf(n->arena, "reserved:%s", key))];
}

/* semantics.md 6.7: what is for identity 2 of 1.17 is for 9 and 10 as well. */
static bool
is_of_both(const struct toy *t, const struct naive_identity *id)
{
	return t->ipv4 && t->ipv6 && !naive_minor(t, 18) &&
	    (naive_equal(id->text, "reserved:world-ipv4") ||
		naive_equal(id->text, "reserved:world-ipv6"));
}

/* semantics.md 6.2: the longest prefix around an address, or NULL. */
static const struct naive_prefix *
prefix_around(const struct naive *n, const struct toy_prefix *addr)
{
	const struct naive_prefix *found = NULL;

	VEC_FOREACH (p, &n->prefixes) {
		if (toy_contains(&p->prefix, addr) && !is_plain_zero(n, p) &&
		    (!found || p->prefix.bits > found->prefix.bits))
			found = p;
	}
	return found;
}

/*
 * semantics.md 6.3: what CIDR rules find pods by, if they are to.  Of each
 * family there is a prefix, and of two labels with one key the first stays.
 */
static void
put_addresses(const struct naive *n, struct naive_identity *id,
    const struct toy_pod *p)
{
	static const struct toy_prefix zeros[2] = {{.v6 = false}, {.v6 = true}};

	VEC_FOREACH (ip, &p->ips) {
		const struct naive_prefix *around = prefix_around(n, ip);
		const struct naive_identity *labels =
		    around ? &n->identities.v[around->ident] : NULL;
		struct naive_label cidr = {.source = "cidr",
		    .prefix = &zeros[ip->v6]};

		if (!n->toy->cidr_pods)
			return;
		for (size_t i = 0; labels && i < labels->labels.n; i++) {
			const struct naive_label *l = &labels->labels.v[i];

			if (l->prefix)
				cidr = *l;
			else if (is_of_cidrs(l))
				put_first(n, id, l);
		}
		*vec_push(&id->labels, n->arena) = cidr;
	}
}

static bool
is_numbered(const struct naive *n, const char *text)
{
	VEC_FOREACH (id, &n->identities) {
		if (id->number > 0 && naive_equal(id->text, text))
			return true;
	}
	return false;
}

static struct naive_identity
pod_labels(const struct naive *n, const struct toy_pod *p)
{
	struct naive_identity id = {0};

	VEC_FOREACH (l, &p->labels) {
		if (!naive_starts_with(l->key, "io.cilium.k8s"))
			put_label(n, &id, l->key, l->value);
	}
	put_namespace_labels(n, &id, p->ns);
	put_label(n, &id, NAMESPACE_KEY, p->ns);
	if (p->account)
		put_label(n, &id, ACCOUNT_KEY, p->account);
	put_label(n, &id, CLUSTER_KEY, n->toy->cluster_name);
	put_addresses(n, &id, p);
	/* semantics.md 5.1: an older agent's has no ports, and pods keep it. */
	if (naive_minor(n->toy, 20) && !is_numbered(n, identity_text(n, &id)))
		put_port_labels(n, &id, p);
	return id;
}

/* Names the policy that the entries from FIRST on are of. */
static void
name_entries(struct naive *n, size_t first, const char *kind, const char *ns,
    const char *name)
{
	for (size_t i = first; i < n->entries.n; i++) {
		n->entries.v[i].resource = arena_printf(n->arena, "%s/%s/%s",
		    kind, ns ? ns : "", name);
		n->entries.v[i].index = i;
	}
}

static int
compare_entry(const void *pa, const void *pb)
{
	const struct naive_entry *a = pa, *b = pb;
	int c = strcmp(a->resource, b->resource);

	return c != 0 ? c : (a->index > b->index) - (a->index < b->index);
}

/* The rules of all policies, in the agent's order: semantics.md 2.7. */
static void
add_policies(struct naive *n, const struct toy *t)
{
	size_t first;

	VEC_FOREACH (p, &t->policies) {
		first = n->entries.n;
		if (naive_accepts(t, p))
			naive_add_policy(n, p);
		name_entries(n, first, p->ns ? "cnp" : "ccnp", p->ns, p->name);
	}
	VEC_FOREACH (p, &t->network_policies) {
		first = n->entries.n;
		naive_add_network_policy(n, p);
		name_entries(n, first, "netpol", p->ns, p->name);
	}
	VEC_FOREACH (p, &t->cluster_policies) {
		first = n->entries.n;
		if (naive_accepts_cluster(t, p))
			naive_add_cluster_policy(n, p);
		name_entries(n, first, "netpol", NULL, p->name);
	}
	if (n->entries.n > 1)
		qsort(n->entries.v, n->entries.n, sizeof(*n->entries.v),
		    compare_entry);
	VEC_FOREACH (e, &n->entries) {
		VEC_FOREACH (other, &n->entries)
			e->level += naive_compare_level(other, e) < 0;
	}
}

void
naive_build(struct naive *n, struct arena *a, const struct toy *t)
{
	*n = (struct naive){.arena = a, .toy = t};
	add_reserved(n);
	VEC_FOREACH (id, &t->identities)
		add_numbered(n, id);
	add_apiserver(n);
	add_nodes(n);
	add_groups(n);
	add_policies(n, t);
	add_answers(n);
	VEC_FOREACH (p, &n->prefixes) {
		if (!is_plain_zero(n, p))
			resolve_prefix(n, p);
	}
	add_host(n);
	VEC_FOREACH (p, &t->pods) {
		if (!p->host_network)
			add_identity(n, pod_labels(n, p));
	}
	VEC_FOREACH (id, &n->identities) {
		id->aggregate = aggregate_of(n, id);
		if (is_of_both(t, id))
			id->both = &n->identities
					.v[find_identity(n, "reserved:world")];
	}
}

size_t
naive_of_pod(const struct naive *n, const struct toy_pod *p)
{
	struct naive_identity id = pod_labels(n, p);

	return find_identity(n, identity_text(n, &id));
}

/* A pod's prefix is its whole address. */
size_t
naive_of_address(const struct naive *n, const struct toy_prefix *addr)
{
	const char *world = naive_world_key(n->toy, addr->v6);
	const struct naive_prefix *around = prefix_around(n, addr);

	VEC_FOREACH (p, &n->toy->pods) {
		VEC_FOREACH (ip, &p->ips) {
			if (toy_contains(ip, addr))
				return naive_of_pod(n, p);
		}
	}
	return around
	    ? around->ident
	    : find_identity(n, arena_printf(n->arena, "reserved:%s", world));
}

/* semantics.md 9.1: enforcement. */

static bool
has_label_key(const struct naive_identity *id, const char *key)
{
	VEC_FOREACH (l, &id->labels) {
		if (!l->prefix && naive_equal(l->key, key))
			return true;
	}
	return false;
}

/* semantics.md 10.3: the number that the name of a port has. */

static uint8_t
pod_port_proto(const struct toy_pod_port *p)
{
	if (!p->protocol || naive_equal(p->protocol, "TCP"))
		return 6;
	return naive_equal(p->protocol, "UDP") ? 17 : 132;
}

/* The number that a pod has for it, 0 for none. */
static unsigned
port_on_pod(const struct toy_pod *pod, const struct naive_port *p)
{
	const struct toy_pod_port *found = find_port(pod, p->name);

	return found && pod_port_proto(found) == p->proto ? found->number : 0;
}

/* The one number that the pods of an identity have for it, or 0; NULL: all. */
static unsigned
port_on_peer(const struct naive *n, const struct naive_identity *peer,
    const struct naive_port *p)
{
	unsigned number = 0;

	VEC_FOREACH (pod, &n->toy->pods) {
		unsigned here = port_on_pod(pod, p);

		if (pod->host_network || here == 0 ||
		    (peer && &n->identities.v[naive_of_pod(n, pod)] != peer))
			continue;
		if (number != 0 && number != here)
			return 0;
		number = here;
	}
	return number;
}

/* The endPort of the first contribution of a filter is that of all. */
static unsigned
end_of_filter(const struct naive_direction *s,
    const struct naive_contribution *c)
{
	VEC_FOREACH (other, &s->contributions) {
		if (naive_same_filter(other, c))
			return other->port->end;
	}
	return 0;
}

static void
set_ports(struct naive_contribution *c, unsigned first, unsigned end)
{
	c->resolved = !c->port->name || first > 0;
	c->first = first;
	c->last = end > first ? end : first;
	if (first == 0)
		c->last = UINT16_MAX; /* every port */
}

static void
resolve_port(const struct naive_direction *s, const struct toy_pod *subject,
    struct naive_contribution *c)
{
	bool peers = c->port->name && s->dir == TOY_EGRESS;

	c->of_peer = peers && naive_minor(s->naive->toy, 20);
	if (c->of_peer)
		set_ports(c, 0, 0);
	else if (peers)
		set_ports(c, port_on_peer(s->naive, NULL, c->port),
		    end_of_filter(s, c));
	else if (c->port->name)
		set_ports(c, subject ? port_on_pod(subject, c->port) : 0,
		    end_of_filter(s, c));
	else
		set_ports(c, c->port->port, c->port->end);
}

/* Merges the contributions of each selector of each filter. */
static void
merge_all(struct naive_direction *s)
{
	bool one_parser = !naive_minor(s->naive->toy, 18);

	for (size_t i = 0; i < s->contributions.n; i++) {
		struct naive_merged m;

		if (!naive_merge(s, i, &m))
			continue;
		s->broken = s->broken || m.conflict;
		VEC_FOREACH (other, &s->merged)
			s->broken = s->broken ||
			    (one_parser && naive_parsers_meet(other, &m));
		*vec_push(&s->merged, s->naive->arena) = m;
	}
}

/* S as it is for one peer, whose numbers port names have. */
static const struct naive_direction *
direction_of_peer(const struct naive_direction *s,
    const struct naive_identity *peer)
{
	struct arena *a = s->naive->arena;
	struct naive_direction *own = ARENA_NEW(a, struct naive_direction);

	*own = *s;
	own->contributions.v = NULL;
	own->contributions.n = own->contributions.cap = 0;
	VEC_FOREACH (c, &s->contributions) {
		struct naive_contribution *copy =
		    vec_push(&own->contributions, a);

		*copy = *c;
		if (c->of_peer)
			set_ports(copy, port_on_peer(s->naive, peer, c->port),
			    0);
	}
	if (s->has_auth) { /* the maps want the numbers */
		own->merged.v = NULL;
		own->merged.n = own->merged.cap = 0;
		merge_all(own);
	}
	return own;
}

/* Of a list with a selector of everybody only that one counts. */
static void
add_contributions(struct naive_direction *s, const struct naive_entry *e)
{
	struct arena *a = s->naive->arena;
	const struct naive_selector *everybody = NULL;

	VEC_FOREACH (peer, &e->peers) {
		if (peer->reqs.n == 0)
			everybody = peer;
	}
	VEC_FOREACH (port, &e->ports) {
		VEC_FOREACH (peer, &e->peers) {
			if (!everybody || everybody == peer)
				*vec_push(&s->contributions, a) =
				    (struct naive_contribution){.entry = e,
					.port = port,
					.selector = peer};
		}
	}
}

/* What the entries for WHO say; SUBJECT is NULL for a node. */
static void
read_direction(struct naive_direction *s, const struct naive_identity *who,
    const struct toy_pod *subject)
{
	const struct toy *t = s->naive->toy;

	if ((has_label_key(who, "host") && !t->host_firewall) ||
	    t->enforcement == TOY_NEVER)
		return;
	VEC_FOREACH (e, &s->naive->entries) {
		if (e->dir != s->dir || e->of_nodes != s->of_node ||
		    !naive_selects(&e->subject, who))
			continue;
		s->has_entries = true;
		s->default_deny = s->default_deny || e->default_deny;
		s->has_pass = s->has_pass || e->action == NAIVE_PASS;
		s->has_auth = s->has_auth || e->auth != NAIVE_AUTH_UNSET;
		add_contributions(s, e);
	}
	s->enforced = s->has_entries;
	if (t->enforcement == TOY_ALWAYS || has_label_key(who, "init"))
		s->enforced = s->default_deny = true;
	VEC_FOREACH (c, &s->contributions) {
		resolve_port(s, subject, c);
		s->has_peer_ports = s->has_peer_ports || c->of_peer;
	}
	merge_all(s);
}

void
naive_direction(struct naive_direction *s, const struct naive *n,
    const struct toy_pod *subject, enum toy_dir dir)
{
	*s =
	    (struct naive_direction){.naive = n, .ns = subject->ns, .dir = dir};
	read_direction(s, &n->identities.v[naive_of_pod(n, subject)], subject);
}

/* semantics.md 4.3: a node's own labels, as if they were a pod's. */
void
naive_node_direction(struct naive_direction *s, const struct naive *n,
    const struct toy_node *subject, enum toy_dir dir)
{
	struct naive_identity who = {0};

	put_reserved(n, &who, "host");
	VEC_FOREACH (l, &subject->labels)
		*vec_push(&who.labels, n->arena) =
		    (struct naive_label){"k8s", l->key, l->value, NULL};
	*s = (struct naive_direction){.naive = n,
	    .ns = "",
	    .dir = dir,
	    .of_node = true};
	read_direction(s, &who, NULL);
}

void
naive_pair(struct naive_pair *p, const struct naive_direction *s, size_t peer)
{
	const struct naive *n = s->naive;

	if (s->has_peer_ports)
		s = direction_of_peer(s, &n->identities.v[peer]);
	*p =
	    (struct naive_pair){.direction = s, .peer = &n->identities.v[peer]};
	VEC_FOREACH (c, &s->contributions) {
		if (c->resolved &&
		    (c->of_peer ? naive_selects(c->selector, p->peer)
				: naive_reaches(c->selector, p->peer)))
			*vec_push(&p->matching, n->arena) = c;
	}
	p->localhost = (s->has_entries || !naive_minor(n->toy, 20)) &&
	    s->dir == TOY_INGRESS && !s->of_node && n->toy->allow_localhost &&
	    has_reserved(p->peer, "host");
	for (unsigned i = 0; s->has_auth && !s->has_pass && i < NAIVE_ORDERS;
	     i++)
		p->map[i] = naive_map(p, i);
}

/* semantics.md 11.6: the verdict. */

static bool
port_matches(const struct naive_contribution *c, uint8_t proto, uint16_t port)
{
	return (c->port->proto == 0 || c->port->proto == proto) &&
	    port >= c->first && port <= c->last;
}

/*
 * The matching contribution of the first level that has one, but for levels up
 * to BEFORE's, or for all of its tier if that passes: of a level deny before
 * allow before pass, and of those the strongest redirect.
 */
static const struct naive_contribution *
next_contribution(const struct naive_pair *p, uint8_t proto, uint16_t port,
    const struct naive_entry *before)
{
	static const int rank[] =
	    {[NAIVE_REFUSE] = 0, [NAIVE_ACCEPT] = 1, [NAIVE_PASS] = 2};
	const struct naive_contribution *best = NULL;

	VEC_FOREACH (c, &p->matching) {
		const struct naive_entry *e = (*c)->entry;
		int order;

		if (!port_matches(*c, proto, port) ||
		    (before && e->tier <= before->tier))
			continue;
		if (!best) {
			best = *c;
			continue;
		}
		order = naive_compare_level(e, best->entry);
		if (order == 0)
			order = rank[e->action] - rank[best->entry->action];
		if (order == 0 && (*c)->port->l7.parser != NAIVE_NONE &&
		    (best->port->l7.parser == NAIVE_NONE ||
			(*c)->port->l7.priority < best->port->l7.priority))
			order = -1;
		/* semantics.md 11.8: of equals the longest key. */
		if (order == 0 && (*c)->port->l7.parser == NAIVE_TLS &&
		    best->port->l7.parser == NAIVE_TLS &&
		    (*c)->last - (*c)->first < best->last - best->first)
			order = -1;
		if (order < 0)
			best = *c;
	}
	return best;
}

/* semantics.md 10.5: whether HTTP is read in C's filter, for whomever. */
static bool
meets_http(const struct naive_direction *s, const struct naive_contribution *c)
{
	VEC_FOREACH (m, &s->merged) {
		if (m->first->entry->action == NAIVE_ACCEPT &&
		    m->l7.parser == NAIVE_HTTP &&
		    naive_same_filter(c, m->first))
			return true;
	}
	return false;
}

static const char *
redirect_name(const struct naive_direction *s,
    const struct naive_contribution *c)
{
	static const char *const names[] = {"", "tls", "http", "dns"};
	const struct naive_l7 *l7 = &c->port->l7;

	if (l7->parser == NAIVE_TLS && meets_http(s, c))
		return "http";
	if (l7->parser != NAIVE_CRD)
		return names[l7->parser];
	return arena_printf(s->naive->arena, "crd:%s/%s",
	    l7->by_namespace ? s->ns : "", l7->listener);
}

/* Which of two listeners of one priority gets the packet is left to chance. */
static bool
is_tied(const struct naive_pair *p, const struct naive_contribution *won,
    uint8_t proto, uint16_t port)
{
	VEC_FOREACH (c, &p->matching) {
		const struct naive_l7 *l7 = &(*c)->port->l7;

		if (port_matches(*c, proto, port) &&
		    (*c)->entry->action == NAIVE_ACCEPT &&
		    naive_compare_level((*c)->entry, won->entry) == 0 &&
		    l7->parser == NAIVE_CRD &&
		    l7->priority == won->port->l7.priority &&
		    !naive_equal(l7->listener, won->port->l7.listener))
			return true;
	}
	return false;
}

struct naive_answer
naive_decide(const struct naive_pair *p, uint8_t proto, uint16_t port)
{
	const struct naive_direction *s = p->direction;
	const struct naive_contribution *c = NULL;
	struct naive_answer a = {.verdict = NAIVE_ALLOW, .redirect = ""};

	if (!s->enforced)
		return a;
	do
		c = next_contribution(p, proto, port, c ? c->entry : NULL);
	while (c && c->entry->action == NAIVE_PASS);
	if (c && c->entry->action == NAIVE_REFUSE) {
		a.verdict = NAIVE_DENY;
		return a;
	}
	if (c && c->port->l7.parser != NAIVE_NONE) {
		a.verdict = NAIVE_REDIRECT;
		a.redirect = redirect_name(s, c);
		a.tied = c->port->l7.parser == NAIVE_CRD &&
		    is_tied(p, c, proto, port);
	}
	if (!c && s->default_deny && !p->localhost) {
		a.verdict = s->has_pass ? NAIVE_DENY : NAIVE_NO_MATCH;
		return a;
	}
	/* Nothing is said of it beside passes. */
	a.auth_open = s->has_auth && s->has_pass;
	if (p->map[0]) {
		a.auth = naive_map_auth(p->map[0], proto, port);
		/* Nor of the order in which rules of one tier come. */
		for (unsigned i = 1; i < NAIVE_ORDERS; i++)
			a.auth_open |=
			    a.auth != naive_map_auth(p->map[i], proto, port);
	}
	if (a.auth > 0)
		a.verdict = NAIVE_AUTH;
	return a;
}
