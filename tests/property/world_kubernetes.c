/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "gen.h"

static struct toy_np_peer
make_np_peer(struct gen *g)
{
	struct toy_np_peer p = {0};
	uint32_t kind = gen_below(g, 100);

	p.by_pods = kind < 55;
	p.by_namespaces = kind >= 30 && kind < 80;
	p.pods = gen_plain_selector(g, gen_pod_word);
	p.namespaces = gen_plain_selector(g, gen_namespace_word);
	p.block.cidr = gen_prefix(g);
	gen_except(g, &p.block, true);
	return p;
}

static struct toy_np_port
make_np_port(struct gen *g)
{
	static const char *const protocols[] = {NULL, "TCP", "UDP", "SCTP"};
	struct toy_np_port p = {.end = -1, .protocol = PICK(g, protocols)};
	uint32_t kind = gen_below(g, 100);

	if (kind < 15)
		return p;
	if (kind < 35) {
		p.port = gen_port_name(g);
		return p;
	}
	p.port = gen_port(g, false);
	if (kind < 60) {
		int first = (int)strtol(p.port, NULL, 10);

		p.end = gen_end(g, first);
		if (p.end < first)
			p.end = first;
	}
	return p;
}

static struct toy_np_rule
make_np_rule(struct gen *g)
{
	struct toy_np_rule r = {0};
	uint32_t peers = gen_percent(g, 15) ? 0 : gen_between(g, 1, 2);
	uint32_t ports = gen_percent(g, 30) ? 0 : gen_between(g, 1, 2);

	r.peers.present = peers > 0 || gen_percent(g, 50);
	while (peers-- > 0)
		*vec_push(&r.peers, g->arena) = make_np_peer(g);
	r.ports.present = ports > 0 || gen_percent(g, 50);
	while (ports-- > 0)
		*vec_push(&r.ports, g->arena) = make_np_port(g);
	return r;
}

struct toy_network_policy
gen_network_policy(struct gen *g, uint32_t number)
{
	struct toy_network_policy p = {.name = arena_printf(g->arena, "n%u",
					   number),
	    .ns = gen_namespace(g),
	    .subject = gen_plain_selector(g, gen_pod_word)};
	uint32_t types = gen_below(g, 4); /* a bit each */

	p.types.present = types > 0;
	if (types & 1)
		*vec_push(&p.types, g->arena) = "Ingress";
	if (types & 2)
		*vec_push(&p.types, g->arena) = "Egress";
	for (int dir = 0; dir < 2; dir++) {
		uint32_t n = gen_percent(g, 40) ? 0 : gen_between(g, 1, 2);

		p.rules[dir].present = n > 0 || gen_percent(g, 30);
		while (n-- > 0)
			*vec_push(&p.rules[dir], g->arena) = make_np_rule(g);
	}
	return p;
}

/* They are a set: the API server takes none twice. */
static void
add_networks(struct gen *g, struct toy_cluster_peer *p)
{
	struct toy_prefix first = gen_prefix(g), second = gen_prefix(g);

	*vec_push(&p->networks, g->arena) = first;
	if (first.v6 != second.v6 || first.bits != second.bits)
		*vec_push(&p->networks, g->arena) = second;
}

/* OUTSIDE of the pods: networks or nodes. */
static struct toy_cluster_peer
make_cluster_peer(struct gen *g, bool outside)
{
	struct toy_cluster_peer p = {0};

	if (outside && g->toy->node_labels && gen_percent(g, 50)) {
		p.by_nodes = true;
		p.nodes = gen_node_selector(g);
		return p;
	}
	p.networks.present = outside;
	if (outside) {
		add_networks(g, &p);
		return p;
	}
	p.by_pods = gen_percent(g, 50);
	p.namespaces = gen_plain_selector(g, gen_namespace_word);
	if (p.by_pods)
		p.pods = gen_plain_selector(g, gen_pod_word);
	return p;
}

/* With networks and nodes there are no names. */
static struct toy_protocol
make_protocol(struct gen *g, bool outside)
{
	static const char *const protocols[] = {"tcp", "tcp", "udp", "sctp"};
	struct toy_protocol p = {.protocol = PICK(g, protocols)};
	uint32_t kind = gen_below(g, 100);

	if (kind < 20 && !outside)
		p.name = gen_port_name(g);
	else if (kind < 85)
		p.port = (unsigned)strtoul(gen_port(g, false), NULL, 10);
	if (p.port > 0 && gen_percent(g, 30)) {
		int end = gen_end(g, (int)p.port);

		p.end = end > (int)p.port ? (unsigned)end : 0;
	}
	return p;
}

static struct toy_cluster_rule
make_cluster_rule(struct gen *g, enum toy_dir dir)
{
	static const char *const actions[] = {"Accept", "Deny", "Pass"};
	bool outside = dir == TOY_EGRESS && gen_percent(g, 25);
	struct toy_cluster_rule r = {.action = PICK(g, actions)};
	uint32_t protocols = gen_percent(g, 40) ? 0 : gen_between(g, 1, 2);

	for (uint32_t i = gen_between(g, 1, 2); i > 0; i--)
		*vec_push(&r.peers, g->arena) = make_cluster_peer(g, outside);
	r.protocols.present = protocols > 0;
	while (protocols-- > 0)
		*vec_push(&r.protocols, g->arena) = make_protocol(g, outside);
	return r;
}

/* Few priorities, so that some meet. */
struct toy_cluster_policy
gen_cluster_policy(struct gen *g, uint32_t number)
{
	struct toy_cluster_policy p = {.name = arena_printf(g->arena, "k%u",
					   number),
	    .tier = gen_percent(g, 60) ? "Admin" : "Baseline",
	    .priority = gen_below(g, 3),
	    .subject = make_cluster_peer(g, false)};

	for (int dir = 0; dir < 2; dir++) {
		uint32_t n = gen_percent(g, 40) ? 0 : gen_between(g, 1, 3);

		p.rules[dir].present = n > 0;
		while (n-- > 0)
			*vec_push(&p.rules[dir], g->arena) =
			    make_cluster_rule(g, (enum toy_dir)dir);
	}
	return p;
}
