/* SPDX-License-Identifier: Apache-2.0 */
#include "gen.h"

void
gen_settings(struct gen *g)
{
	static const enum toy_switch switches[] = {TOY_BY_VERSION, TOY_ON,
	    TOY_OFF};

	uint32_t match = gen_below(g, 8);
	bool old = g->toy->cilium != 0;

	g->toy->local_cluster = PICK(g, switches);
	g->toy->node_labels = gen_percent(g, 40);
	g->toy->host_firewall = gen_percent(g, 40);
	g->toy->cidr_nodes = match == 0 || match == 1;
	g->toy->cidr_pods =
	    (match == 1 || match == 2) && (!old || g->toy->cilium >= 12000);
}

/* Where numbers of identities lie, and the cluster of most of them. */
struct range {
	unsigned first;
	const char *cluster; /* NULL: this one */
};

static void
put(struct gen *g, struct toy_identity *id, const char *key, const char *value)
{
	*vec_push(&id->labels, g->arena) = (struct toy_label){key, value};
}

/*
 * The same words that pods have.  Some labels name a cluster that the number is
 * not of, and two numbers may have equal labels.
 */
static void
add_identity(struct gen *g, uint32_t i)
{
	static const struct range ranges[] = {{65536 + 256, "east"},
	    {65536 + 256, "east"}, {131072 + 256, "west"}, {300, NULL}};
	static const char *const names[] = {"shop", "pay", "far"};
	static const struct word words[] = {
	    {"app", {"web", "db", "api"}},
	    {"tier", {"front", "back"}},
	    {"io.cilium.k8s.namespace.labels.team", {"blue", "red"}},
	    {"io.cilium.k8s.namespace.labels.env", {"prod"}},
	    {"io.cilium.k8s.policy.serviceaccount", {"default", "ops"}},
	};
	const struct range *range = &PICK(g, ranges);
	const char *name = PICK(g, names);
	struct toy_identity *id = vec_push(&g->toy->identities, g->arena);

	*id = (struct toy_identity){.number = range->first + i};
	put(g, id, "io.kubernetes.pod.namespace", name);
	put(g, id, "io.cilium.k8s.policy.cluster",
	    range->cluster && gen_percent(g, 92) ? range->cluster
						 : g->toy->cluster_name);
	if (gen_percent(g, 90))
		put(g, id,
		    "io.cilium.k8s.namespace.labels.kubernetes.io/"
		    "metadata.name",
		    name);
	for (size_t k = 0; k < sizeof(words) / sizeof(words[0]); k++) {
		if (gen_percent(g, k == 0 ? 90 : 40))
			put(g, id, words[k].key, gen_value(g, &words[k]));
	}
}

void
gen_identities(struct gen *g)
{
	uint32_t n = gen_percent(g, 60) ? 0 : gen_between(g, 1, 4);

	for (uint32_t i = 0; i < n; i++)
		add_identity(g, i);
}

static const struct word node_words[] = {
    {"pool", {"a", "b"}},
    {"env", {"prod", "dev"}},
    {"kubernetes.io/hostname", {"node1", "node2"}},
};

static const struct word *
node_word(struct gen *g)
{
	static const struct word cluster = {"io.cilium.k8s.policy.cluster",
	    {"default", "other", "east"}};

	return gen_percent(g, 8) ? &cluster : &PICK(g, node_words);
}

struct toy_selector
gen_node_selector(struct gen *g)
{
	return gen_plain_selector(g, node_word);
}

/* What policies and groups name as well, or is just beside it. */
static void
add_addresses(struct gen *g, struct toy_node *node, uint32_t at)
{
	static const char *const v4[] = {"10.1.2.3", "192.0.2.200",
	    "198.51.100.1", "172.18.0.2"};
	static const char *const v6[] = {"2001:db8:1::5", "fd00::1", "::1",
	    "fd00:18::2"};

	if (g->toy->ipv4 && gen_percent(g, 90))
		*vec_push(&node->ips, g->arena) = gen_address(v4[at % 4]);
	if (g->toy->ipv6 && gen_percent(g, 90))
		*vec_push(&node->ips, g->arena) = gen_address(v6[at % 4]);
}

/* Addresses go round from a first one, so no two nodes have the same. */
void
gen_nodes(struct gen *g)
{
	uint32_t n = gen_percent(g, 50) ? 0 : gen_between(g, 1, 3);
	uint32_t first = gen_below(g, 4);

	for (uint32_t i = 0; i < n; i++) {
		struct toy_node *node = vec_push(&g->toy->nodes, g->arena);

		*node = (struct toy_node){.name = arena_printf(g->arena,
					      "node%u", i + 1),
		    .cilium = gen_percent(g, 30)};
		for (size_t k = 0;
		     k < sizeof(node_words) / sizeof(node_words[0]); k++) {
			if (gen_percent(g, 60))
				*vec_push(&node->labels, g->arena) =
				    (struct toy_label){node_words[k].key,
					gen_value(g, &node_words[k])};
		}
		add_addresses(g, node, first + i);
	}
	if (n > 0 && gen_percent(g, 60))
		g->toy->local_node = "node1";
}
