/* SPDX-License-Identifier: Apache-2.0 */
/*
 * NetworkPolicy and ClusterNetworkPolicy as entries: semantics.md 4.5, 4.6,
 * 8.2, 8.3.
 */
#include <stdlib.h>

#include "naive_parts.h"

static const struct naive_l7 no_l7 = {.listener = ""};

/* Keys of Namespaces, after a prefix; none of them is every namespace. */
static void
require_namespaces(const struct naive *n, struct naive_selector *out,
    const struct toy_selector *s)
{
	if (s->labels.n + s->exprs.n == 0)
		naive_require_exists(n, out, "k8s:" NAMESPACE_KEY);
	else
		naive_written(n, out, s, "k8s:" NAMESPACE_LABEL_KEY, "");
}

static struct naive_selector
own_pods(const struct naive *n, const struct toy_selector *s, const char *ns)
{
	struct naive_selector out = {0};

	naive_written(n, &out, s, "k8s:", "k8s:" NAMESPACE_KEY);
	naive_require(n, &out, "k8s:" NAMESPACE_KEY, ns);
	return out;
}

static void
add_np_peer(struct naive *n, struct naive_entry *e, const struct toy_np_peer *p,
    const char *ns)
{
	struct naive_selector s = {0};

	if (!p->by_pods && !p->by_namespaces) {
		naive_add_cidr(n, e, &p->block);
		if (e->dir == TOY_EGRESS || !naive_is_local(n->toy) ||
		    !naive_patch(n->toy, 19, 0) || naive_patch(n->toy, 19, 5))
			return;
		naive_require(n, &s, "k8s:" NAMESPACE_KEY, ns);
		naive_require_cluster(n, &s);
		naive_add_peer(n, e, s);
		return;
	}
	if (p->by_namespaces) {
		require_namespaces(n, &s, &p->namespaces);
		if (p->by_pods)
			naive_written(n, &s, &p->pods, "k8s:", "");
	} else {
		s = own_pods(n, &p->pods, ns);
	}
	naive_require_cluster(n, &s);
	naive_add_peer(n, e, s);
}

static void
add_np_port(const struct naive *n, struct naive_entry *e,
    const struct toy_np_port *p)
{
	struct naive_port out = {.proto = 6, .l7 = no_l7};
	char *end;

	if (p->protocol && naive_equal(p->protocol, "UDP"))
		out.proto = 17;
	if (p->protocol && naive_equal(p->protocol, "SCTP"))
		out.proto = 132;
	if (p->end > 0)
		out.end = (unsigned)p->end;
	if (p->port) {
		out.port = (unsigned)strtoul(p->port, &end, 10);
		if (*end != '\0')
			out.name = p->port; /* not in lower case */
	}
	naive_add_port(n, e, out);
}

static void
add_np_rule(struct naive *n, const struct naive_entry *base,
    const struct toy_np_rule *r, const char *ns)
{
	for (size_t i = 0; i < r->peers.n || i == 0; i++) {
		struct naive_entry e = *base;

		if (r->peers.n == 0)
			naive_add_peer(n, &e, (struct naive_selector){0});
		else
			add_np_peer(n, &e, &r->peers.v[i], ns);
		if (r->ports.n == 0)
			naive_add_port(n, &e, (struct naive_port){.l7 = no_l7});
		VEC_FOREACH (p, &r->ports)
			add_np_port(n, &e, p);
		*vec_push(&n->entries, n->arena) = e;
	}
}

static bool
has_type(const struct toy_network_policy *p, const char *type)
{
	VEC_FOREACH (t, &p->types) {
		if (naive_equal(*t, type))
			return true;
	}
	return false;
}

/* semantics.md 4.5 */
bool
naive_accepts_network(const struct toy *t, const struct toy_network_policy *p)
{
	if (!naive_patch(t, 18, 0) || !naive_is_local(t))
		return true;
	VEC_FOREACH (r, &p->rules[TOY_INGRESS]) {
		VEC_FOREACH (peer, &r->peers) {
			if (!peer->by_pods && !peer->by_namespaces)
				return false;
		}
	}
	return true;
}

void
naive_add_network_policy(struct naive *n, const struct toy_network_policy *p)
{
	bool egress = has_type(p, "Egress");
	bool closed[2] = {has_type(p, "Ingress") || !egress, egress};
	struct naive_entry base = {.tier = 200,
	    .action = NAIVE_ACCEPT,
	    .auth = NAIVE_AUTH_UNSET,
	    .default_deny = true,
	    .subject = own_pods(n, &p->subject, p->ns)};

	for (int dir = 0; dir < 2 && naive_accepts_network(n->toy, p); dir++) {
		base.dir = (enum toy_dir)dir;
		VEC_FOREACH (r, &p->rules[dir])
			add_np_rule(n, &base, r, p->ns);
		if (p->rules[dir].n == 0 && closed[dir])
			*vec_push(&n->entries, n->arena) = base;
	}
}

static struct naive_selector
cluster_pods(const struct naive *n, const struct toy_cluster_peer *p)
{
	struct naive_selector s = {0};

	require_namespaces(n, &s, &p->namespaces);
	if (p->by_pods)
		naive_written(n, &s, &p->pods, "k8s:", "");
	return s;
}

/* semantics.md 8.3: of this cluster, the local one and the others. */
static void
add_nodes(const struct naive *n, struct naive_entry *e,
    const struct toy_selector *nodes)
{
	static const char *const keys[] = {"reserved:host",
	    "reserved:remote-node"};

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		struct naive_selector s = {0};

		naive_written(n, &s, nodes, "node:", "");
		naive_require_exists(n, &s, keys[i]);
		naive_require_cluster(n, &s);
		naive_add_peer(n, e, s);
	}
}

/* `namespaces` is not kept to this cluster. */
static void
add_cluster_peer(struct naive *n, struct naive_entry *e,
    const struct toy_cluster_peer *p)
{
	struct naive_selector s;

	VEC_FOREACH (prefix, &p->networks) {
		struct toy_cidr_rule *r =
		    ARENA_NEW(n->arena, struct toy_cidr_rule);

		*r = (struct toy_cidr_rule){.cidr = *prefix};
		naive_add_cidr(n, e, r);
	}
	if (p->networks.present)
		return;
	if (p->by_nodes) {
		add_nodes(n, e, &p->nodes);
		return;
	}
	s = cluster_pods(n, p);
	if (p->by_pods)
		naive_require_cluster(n, &s);
	naive_add_peer(n, e, s);
}

static void
add_protocol(const struct naive *n, struct naive_entry *e,
    const struct toy_protocol *p)
{
	struct naive_port out = {.name = p->name,
	    .port = p->port,
	    .end = p->end,
	    .l7 = no_l7};

	if (p->name) {
		out.port = out.end = 0;
		naive_add_any(n, e, out);
		return;
	}
	out.proto = naive_equal(p->protocol, "tcp") ? 6
	    : naive_equal(p->protocol, "udp")       ? 17
						    : 132;
	naive_add_port(n, e, out);
}

static enum naive_action
action_of(const char *action)
{
	if (naive_equal(action, "Accept"))
		return NAIVE_ACCEPT;
	return naive_equal(action, "Deny") ? NAIVE_REFUSE : NAIVE_PASS;
}

void
naive_add_cluster_policy(struct naive *n, const struct toy_cluster_policy *p)
{
	for (int dir = 0; dir < 2; dir++) {
		for (size_t i = 0; i < p->rules[dir].n; i++) {
			const struct toy_cluster_rule *r = &p->rules[dir].v[i];
			struct naive_entry e = {.tier = naive_equal(p->tier,
							    "Admin")
				? 100
				: 250,
			    .priority = p->priority * 100 + (unsigned)i,
			    .action = action_of(r->action),
			    .auth = NAIVE_AUTH_UNSET,
			    .dir = (enum toy_dir)dir,
			    .subject = cluster_pods(n, &p->subject)};

			VEC_FOREACH (peer, &r->peers)
				add_cluster_peer(n, &e, peer);
			VEC_FOREACH (q, &r->protocols)
				add_protocol(n, &e, q);
			if (r->protocols.n == 0)
				naive_add_port(n, &e,
				    (struct naive_port){.l7 = no_l7});
			*vec_push(&n->entries, n->arena) = e;
		}
	}
}
