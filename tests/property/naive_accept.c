/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What API server and agent refuse: semantics.md 2.1, 2.2, 2.3, 2.6.
 */
#include <stdlib.h>

#include "naive_parts.h"

/* Protocols without ports. */
static bool
is_portless(const char *protocol)
{
	static const char *const names[] = {"VRRP", "IGMP", "GRE", "IPIP",
	    "IPV6", "ESP", "AH"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (protocol && naive_equal(protocol, names[i]))
			return true;
	}
	return false;
}

/* semantics.md 14.1: which words the object's schema has. */
static bool
has_protocol(const struct toy *t, const char *protocol)
{
	if (!is_portless(protocol))
		return true;
	if (naive_equal(protocol, "VRRP") || naive_equal(protocol, "IGMP"))
		return naive_minor(t, 19);
	return naive_minor(t, 20);
}

static bool
accepts_port(const struct toy_port *p, const struct toy_port_rule *r,
    bool allow)
{
	char *end;
	unsigned long number = strtoul(p->port, &end, 0);
	bool numeric = *end == '\0';
	bool l7 = r->http.n > 0 || r->dns.n > 0;

	if (is_portless(p->protocol) && numeric && number != 0)
		return false;
	if (!allow) /* where rules are not read */
		return true;
	if (r->dns.n > 0 && numeric && p->end > (int)number)
		return false;
	if (r->http.n > 0 && (!p->protocol || !naive_equal(p->protocol, "TCP")))
		return false;
	return !(l7 && numeric && number == 0);
}

static bool
accepts_port_rule(const struct toy_port_rule *r, enum toy_dir dir, bool allow)
{
	bool l7 = r->http.n > 0 || r->dns.n > 0;

	VEC_FOREACH (p, &r->ports) {
		if (!accepts_port(p, r, allow))
			return false;
	}
	if (!allow)
		return true;
	if (r->server_names.n > 0 && l7 && !r->secret)
		return false;
	if (r->dns.n > 0 && (dir == TOY_INGRESS || r->ports.n == 0))
		return false;
	return !(r->listens && (dir == TOY_INGRESS || l7));
}

static bool
accepts_element(const struct toy *t, const struct toy_element *e,
    enum toy_dir dir, bool allow)
{
	size_t members = (size_t)(e->endpoints.n > 0) + (e->entities.n > 0) +
	    (e->nodes.n > 0) + (e->cidrs.n > 0) + (e->cidr_sets.n > 0) +
	    (e->fqdns.n > 0) + (e->services.n > 0);

	VEC_FOREACH (r, &e->ports) {
		if (!accepts_port_rule(r, dir, allow))
			return false;
	}
	if (e->nodes.n > 0 && !t->node_labels)
		return false;
	return members <= 1 && (e->ports.n == 0 || e->icmps.n == 0);
}

/* Whether all words of an element are the version's. */
static bool
knows_element(const struct toy *t, const struct toy_element *e)
{
	VEC_FOREACH (name, &e->entities) {
		if (naive_equal(*name, "cluster-mesh") && !naive_minor(t, 20))
			return false;
	}
	VEC_FOREACH (r, &e->ports) {
		VEC_FOREACH (p, &r->ports) {
			if (!has_protocol(t, p->protocol))
				return false;
		}
	}
	return true;
}

static bool
knows_rule(const struct toy *t, const struct toy_rule *r)
{
	for (int dir = 0; dir < 2; dir++) {
		const struct toy_direction *s = &r->direction[dir];

		VEC_FOREACH (e, &s->allow) {
			if (!knows_element(t, e))
				return false;
		}
		VEC_FOREACH (e, &s->deny) {
			if (!knows_element(t, e))
				return false;
		}
	}
	return true;
}

/* What a node's rules may not ask for. */
static bool
accepts_of_node(const struct toy_element *e, enum toy_dir dir)
{
	VEC_FOREACH (r, &e->ports) {
		if (r->http.n > 0 || (r->dns.n > 0 && dir == TOY_INGRESS))
			return false;
	}
	return true;
}

static bool
accepts_rule(const struct toy *t, const struct toy_rule *r, bool clusterwide,
    bool listed)
{
	size_t elements = 0;

	if (!knows_rule(t, r))
		return false;
	/* A listed one was read, and then ignored. */
	if (r->of_nodes && !clusterwide &&
	    (!listed || naive_minor(t, 19) || naive_patch(t, 18, 2)))
		return false;

	for (int dir = 0; dir < 2; dir++) {
		const struct toy_direction *s = &r->direction[dir];

		elements += s->allow.n + s->deny.n;
		VEC_FOREACH (e, &s->allow) {
			if (!accepts_element(t, e, (enum toy_dir)dir, true) ||
			    (r->of_nodes &&
				!accepts_of_node(e, (enum toy_dir)dir)))
				return false;
		}
		VEC_FOREACH (e, &s->deny) {
			if (!accepts_element(t, e, (enum toy_dir)dir, false))
				return false;
		}
	}
	return elements > 0;
}

bool
naive_accepts(const struct toy *t, const struct toy_policy *p)
{
	if (p->spec.n == 0 && !p->specs.present)
		return false;
	VEC_FOREACH (r, &p->spec) {
		if (!accepts_rule(t, r, !p->ns, false))
			return false;
	}
	VEC_FOREACH (r, &p->specs) {
		if (!accepts_rule(t, r, !p->ns, true))
			return false;
	}
	return true;
}

bool
naive_accepts_cluster(const struct toy *t, const struct toy_cluster_policy *p)
{
	if (!naive_minor(t, 20))
		return false;
	VEC_FOREACH (r, &p->rules[TOY_EGRESS]) {
		VEC_FOREACH (peer, &r->peers) {
			if (peer->by_nodes && !t->node_labels)
				return false;
		}
	}
	return true;
}
