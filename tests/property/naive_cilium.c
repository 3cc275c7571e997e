/* SPDX-License-Identifier: Apache-2.0 */
/*
 * CNP and CCNP as entries: semantics.md 3.3, 4.3, 4.4, 5.3, 7.1, 8.1, 10.
 */
#include <stdlib.h>
#include <string.h>

#include "naive_parts.h"

static bool
has_source(const struct naive_selector *s, const char *source)
{
	VEC_FOREACH (r, &s->reqs) {
		if (naive_equal(r->source, source))
			return true;
	}
	return false;
}

/* A key of source k8s or any that begins so. */
static bool
has_key(const struct naive_selector *s, const char *begin, bool whole)
{
	VEC_FOREACH (r, &s->reqs) {
		if (!naive_equal(r->source, "k8s") &&
		    !naive_equal(r->source, "any"))
			continue;
		if (whole ? naive_equal(r->key, begin)
			  : naive_starts_with(r->key, begin))
			return true;
	}
	return false;
}

static bool
subject_is_init(const struct naive_selector *s)
{
	VEC_FOREACH (r, &s->reqs) {
		if (naive_equal(r->source, "reserved") &&
		    naive_equal(r->key, "init"))
			return true;
	}
	return false;
}

/* A namespace of another name is overwritten if it was written with k8s:. */
static struct naive_selector
subject_selector(const struct naive *n, const struct toy_selector *s,
    const char *ns)
{
	struct naive_selector out = {0};

	naive_written(n, &out, s, "", ns ? "k8s:" NAMESPACE_KEY : "");
	if (ns)
		naive_require(n, &out, "k8s:" NAMESPACE_KEY, ns);
	return out;
}

static struct naive_selector
peer_selector(const struct naive *n, const struct toy_selector *s,
    const char *ns, const struct naive_selector *subject)
{
	struct naive_selector out = {0};

	naive_written(n, &out, s, "", "");
	if (has_source(&out, "reserved"))
		return out;
	if (!has_key(&out, NAMESPACE_KEY, true)) {
		if (!ns && !subject_is_init(subject))
			naive_require_exists(n, &out, "k8s:" NAMESPACE_KEY);
		else if (ns && !has_key(&out, NAMESPACE_LABEL_KEY, false))
			naive_require(n, &out, "k8s:" NAMESPACE_KEY, ns);
	}
	naive_require_cluster(n, &out);
	return out;
}

static void
add_reserved_peer(const struct naive *n, struct naive_entry *e, const char *key)
{
	struct naive_selector s = {0};

	naive_require_exists(n, &s, arena_printf(n->arena, "reserved:%s", key));
	naive_add_peer(n, e, s);
}

/* semantics.md 4.4, 7.3: not the local node. */
static struct naive_selector
node_selector(const struct naive *n, const struct toy_selector *s)
{
	struct naive_selector out = {0};

	naive_written(n, &out, s, "", "");
	naive_require_exists(n, &out, "reserved:remote-node");
	naive_require_cluster(n, &out);
	return out;
}

/* semantics.md 5.3, 5.6: an entity that is more than its own label. */
static const struct entity {
	const char *name;
	const char *keys[10]; /* reserved ones, with the aggregates */
} entities[] = {
    {"world", {"world", "world-ipv4", "world-ipv6", "aggregate-world"}},
    {"remote-node", {"remote-node", "aggregate-remote-node"}},
    {"cluster",
	{"host", "remote-node", "init", "ingress", "health", "unmanaged",
	    "kube-apiserver", "aggregate-cluster"}},
    {"cluster-mesh",
	{"host", "remote-node", "init", "ingress", "health", "unmanaged",
	    "kube-apiserver", "aggregate-cluster", "aggregate-cluster-mesh"}},
};

static void
add_entity(const struct naive *n, struct naive_entry *e, const char *name)
{
	const struct entity *found = NULL;
	struct naive_selector s = {0};

	for (size_t i = 0; i < sizeof(entities) / sizeof(entities[0]); i++) {
		if (naive_equal(entities[i].name, name))
			found = &entities[i];
	}
	if (naive_equal(name, "all")) {
		naive_add_peer(n, e, s);
		return;
	}
	if (naive_equal(name, "cluster"))
		naive_require(n, &s, "k8s:" CLUSTER_KEY, n->toy->cluster_name);
	else if (naive_equal(name, "cluster-mesh"))
		naive_require_exists(n, &s, "k8s:" CLUSTER_KEY);
	if (s.reqs.n > 0)
		naive_add_peer(n, e, s);
	if (!found)
		add_reserved_peer(n, e, name);
	for (size_t i = 0; found && found->keys[i]; i++)
		add_reserved_peer(n, e, found->keys[i]);
}

/* semantics.md 7.1 */

static const char *
without_source(const char *key)
{
	const char *colon = strchr(key, ':');

	return colon ? colon + 1 : key;
}

/* A Service's labels as an identity's, for the selectors' sake. */
static bool
service_has_labels(const struct naive *n, const struct toy_service *s,
    const struct toy_selector *sel)
{
	struct naive_identity labels = {0};
	struct naive_selector out = {0};
	struct toy_selector plain = {0};

	VEC_FOREACH (l, &s->labels)
		*vec_push(&labels.labels, n->arena) =
		    (struct naive_label){"k8s", l->key, l->value, NULL};
	VEC_FOREACH (l, &sel->labels)
		*vec_push(&plain.labels, n->arena) =
		    (struct toy_label){without_source(l->key), l->value};
	VEC_FOREACH (e, &sel->exprs) {
		struct toy_expr *copy = vec_push(&plain.exprs, n->arena);

		*copy = *e;
		copy->key = without_source(e->key);
	}
	naive_written(n, &out, &plain, "", "");
	return naive_selects(&out, &labels);
}

static void
add_service(struct naive *n, struct naive_entry *e,
    const struct toy_service *service, bool dots)
{
	struct naive_selector s = {0};

	if (service->selector.n > 0) {
		VEC_FOREACH (l, &service->selector)
			naive_require(n, &s,
			    arena_printf(n->arena,
				dots || !strchr(l->key, '.') ? "k8s:%s"
							     : "nobody:%s",
				l->key),
			    l->value);
		naive_require(n, &s, "k8s:" NAMESPACE_KEY, service->ns);
		naive_require_cluster(n, &s);
		naive_add_peer(n, e, s);
		return;
	}
	VEC_FOREACH (p, &service->backends) {
		struct toy_cidr_rule r = {.cidr = *p};
		struct toy_cidr_rule *kept =
		    ARENA_NEW(n->arena, struct toy_cidr_rule);

		*kept = r;
		naive_add_cidr(n, e, kept);
	}
}

static void
add_services(struct naive *n, struct naive_entry *e,
    const struct toy_service_ref *ref)
{
	const struct toy *t = n->toy;
	bool dots = naive_minor(t, 20) ||
	    naive_patch(t, 19, ref->name ? 3 : 6) || naive_patch(t, 18, 9) ||
	    naive_patch(t, 17, 15);

	if (!ref->name && ref->selector.labels.n + ref->selector.exprs.n == 0 &&
	    !naive_minor(t, 19))
		return;
	VEC_FOREACH (s, &t->services) {
		if (ref->ns && !naive_equal(ref->ns, s->ns))
			continue;
		if (ref->name ? naive_equal(ref->name, s->name)
			      : service_has_labels(n, s, &ref->selector))
			add_service(n, e, s, dots);
	}
}

/* semantics.md 6.4 */
static void
add_fqdn(struct naive *n, struct naive_entry *e, const char *text)
{
	struct naive_selector s = {0};
	bool known = false;

	VEC_FOREACH (have, &n->fqdns)
		known = known || naive_equal(*have, text);
	if (!known)
		*vec_push(&n->fqdns, n->arena) = text;
	naive_require_exists(n, &s, arena_printf(n->arena, "fqdn:%s", text));
	naive_add_peer(n, e, s);
}

/* semantics.md 6.7: /0 in a list of plain prefixes. */
static void
add_cidr(struct naive *n, struct naive_entry *e, const struct toy_cidr_rule *r)
{
	const struct toy_prefix *p = &r->cidr;

	if (p->bits == 0 && !naive_minor(n->toy, 19))
		naive_add_within(n, e, p);
	if (p->bits > 0 || naive_minor(n->toy, 19) ||
	    (p->v6 ? n->toy->ipv6 : n->toy->ipv4))
		naive_add_cidr(n, e, r);
}

static bool
has_zero(const struct toy_element *e, bool v6)
{
	VEC_FOREACH (p, &e->cidrs) {
		if (p->bits == 0 && p->v6 == v6)
			return true;
	}
	return false;
}

static bool
selects_nothing(const struct toy_element *e)
{
	return (e->endpoints.present && e->endpoints.n == 0) ||
	    (e->entities.present && e->entities.n == 0) ||
	    (e->nodes.present && e->nodes.n == 0) ||
	    (e->cidrs.present && e->cidrs.n == 0) ||
	    (e->cidr_sets.present && e->cidr_sets.n == 0);
}

/* Nobody, if not a list that is empty but for Services that do not exist. */
static void
add_peers(struct naive *n, struct naive_entry *out, const struct toy_element *e,
    const char *ns)
{
	bool named = e->endpoints.n > 0 || e->entities.n > 0 ||
	    e->nodes.n > 0 || e->cidrs.n > 0 || e->cidr_sets.n > 0 ||
	    e->fqdns.n > 0;

	VEC_FOREACH (s, &e->endpoints)
		naive_add_peer(n, out, peer_selector(n, s, ns, &out->subject));
	VEC_FOREACH (s, &e->nodes)
		naive_add_peer(n, out, node_selector(n, s));
	VEC_FOREACH (name, &e->entities)
		add_entity(n, out, *name);
	VEC_FOREACH (p, &e->cidrs) {
		struct toy_cidr_rule *r =
		    ARENA_NEW(n->arena, struct toy_cidr_rule);

		*r = (struct toy_cidr_rule){.cidr = *p};
		add_cidr(n, out, r);
	}
	if (has_zero(e, false) && has_zero(e, true) && !naive_minor(n->toy, 19))
		add_reserved_peer(n, out, "world");
	VEC_FOREACH (r, &e->cidr_sets)
		naive_add_cidr(n, out, r);
	VEC_FOREACH (f, &e->fqdns)
		add_fqdn(n, out, f->text);
	VEC_FOREACH (r, &e->services) {
		if (out->action == NAIVE_ACCEPT)
			add_services(n, out, r);
	}
	if (selects_nothing(e)) /* but its prefixes are known */
		out->peers.n = 0;
	else if (!named && out->peers.n == 0 &&
	    (e->ports.n > 0 || e->icmps.n > 0))
		naive_add_peer(n, out, (struct naive_selector){0});
}

/* semantics.md 10.1, 10.2, 10.4, 10.5: the ports of an element. */

void
naive_add_port(const struct naive *n, struct naive_entry *e,
    struct naive_port p)
{
	*vec_push(&e->ports, n->arena) = p;
}

void
naive_add_any(const struct naive *n, struct naive_entry *e, struct naive_port p)
{
	static const uint8_t any[] = {6, 17, 132};

	for (size_t i = 0; i < sizeof(any); i++) {
		p.proto = any[i];
		naive_add_port(n, e, p);
	}
}

static struct naive_l7
make_l7(const struct naive *n, const struct toy_port_rule *r)
{
	struct naive_l7 l7 = {.listener = "",
	    .rules = r->http.n > 0 || r->dns.n > 0,
	    .server_names = r->server_names.n > 0,
	    .secret = r->secret};

	if (r->http.n > 0) {
		l7.parser = NAIVE_HTTP;
		l7.priority = 101;
	} else if (r->dns.n > 0) {
		l7.parser = NAIVE_DNS;
		l7.priority = 121;
	} else if (r->secret || r->server_names.n > 0) {
		l7.parser = NAIVE_TLS;
		l7.priority = 116;
	} else if (r->listens) {
		const char *kind = r->listener.kind;

		l7.parser = NAIVE_CRD;
		l7.priority = r->listener.priority;
		if (l7.priority == 0)
			l7.priority = 126;
		l7.by_namespace =
		    !kind || !naive_equal(kind, "CiliumClusterwideEnvoyConfig");
		l7.by_kind = kind && l7.by_namespace;
		l7.listener = arena_printf(n->arena, "%s/%s", r->listener.name,
		    r->listener.name);
	}
	return l7;
}

static void
add_port_rule(const struct naive *n, struct naive_entry *e,
    const struct toy_port *p, const struct naive_l7 *l7)
{
	static const struct {
		const char *name;
		uint8_t number;
	} protocols[] = {{"TCP", 6}, {"UDP", 17}, {"SCTP", 132}, {"VRRP", 112},
	    {"IGMP", 2}, {"GRE", 47}, {"IPIP", 4}, {"IPV6", 41}, {"ESP", 50},
	    {"AH", 51}};
	struct naive_port out = {.l7 = *l7};
	char *end;

	out.end = p->end > 0 ? (unsigned)p->end : 0;
	out.port = (unsigned)strtoul(p->port, &end, 0);
	if (*end != '\0') {
		size_t len = strlen(p->port);
		char *low = arena_dup(n->arena, p->port, len);

		for (size_t i = 0; i < len; i++)
			low[i] = (char)(low[i] | 0x20); /* letters only */
		out.name = low;
	}
	if (!p->protocol || naive_equal(p->protocol, "ANY")) {
		naive_add_any(n, e, out);
		return;
	}
	for (size_t i = 0; i < sizeof(protocols) / sizeof(protocols[0]); i++) {
		if (naive_equal(p->protocol, protocols[i].name)) {
			out.proto = protocols[i].number;
			naive_add_port(n, e, out);
		}
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
		if (naive_equal(text, names[i].name))
			return v6 ? names[i].v6 : names[i].v4;
	}
	return (int)strtol(text + (text[0] == '"'), NULL, 10);
}

static void
add_icmp(const struct naive *n, struct naive_entry *e, const struct toy_icmp *m)
{
	bool v6 = m->family && naive_equal(m->family, "IPv6");
	int type = icmp_type(m->type, v6);

	naive_add_port(n, e,
	    (struct naive_port){.proto = v6 ? 58 : 1,
		.port = type < 0 ? 0 : (unsigned)type,
		.l7.listener = ""});
}

/* Deny rules have only ports (semantics.md 1.3). */
static void
add_ports(const struct naive *n, struct naive_entry *out,
    const struct toy_element *e)
{
	struct naive_l7 none = {.listener = ""};

	if (e->ports.n == 0 && e->icmps.n == 0)
		naive_add_port(n, out, (struct naive_port){.l7 = none});
	VEC_FOREACH (r, &e->ports) {
		struct naive_l7 l7 =
		    out->action == NAIVE_ACCEPT ? make_l7(n, r) : none;

		VEC_FOREACH (p, &r->ports)
			add_port_rule(n, out, p, &l7);
	}
	VEC_FOREACH (r, &e->icmps) {
		VEC_FOREACH (m, &r->fields)
			add_icmp(n, out, m);
	}
}

static enum naive_mode
auth_mode(const char *mode)
{
	if (!mode)
		return NAIVE_AUTH_UNSET;
	if (naive_equal(mode, "disabled"))
		return NAIVE_AUTH_DISABLED;
	return naive_equal(mode, "required") ? NAIVE_AUTH_REQUIRED
					     : NAIVE_AUTH_FAIL;
}

static void
add_entry(struct naive *n, const struct toy_policy *p, const struct toy_rule *r,
    enum toy_dir dir, enum naive_action action, const struct toy_element *e)
{
	const char *default_deny = r->direction[dir].default_deny;
	struct naive_entry out = {.tier =
				      n->toy->clusterwide && !p->ns ? 150 : 200,
	    .action = action,
	    .auth = auth_mode(e->auth),
	    .default_deny = !default_deny || naive_equal(default_deny, "true"),
	    .dir = dir,
	    .of_nodes = r->of_nodes,
	    .subject = subject_selector(n, &r->subject, p->ns)};

	add_peers(n, &out, e, p->ns);
	add_ports(n, &out, e);
	*vec_push(&n->entries, n->arena) = out;
}

static void
add_rule(struct naive *n, const struct toy_policy *p, const struct toy_rule *r)
{
	for (int dir = 0; dir < 2; dir++) {
		VEC_FOREACH (e, &r->direction[dir].allow)
			add_entry(n, p, r, (enum toy_dir)dir, NAIVE_ACCEPT, e);
		VEC_FOREACH (e, &r->direction[dir].deny)
			add_entry(n, p, r, (enum toy_dir)dir, NAIVE_REFUSE, e);
	}
}

void
naive_add_policy(struct naive *n, const struct toy_policy *p)
{
	VEC_FOREACH (r, &p->spec)
		add_rule(n, p, r);
	VEC_FOREACH (r, &p->specs) {
		if (!r->of_nodes || !p->ns) /* else it is ignored */
			add_rule(n, p, r);
	}
}
