/* SPDX-License-Identifier: Apache-2.0 */
#include "gen.h"

void
gen_settings(struct gen *g)
{
	static const enum toy_switch switches[] = {TOY_BY_VERSION, TOY_ON,
	    TOY_OFF};

	g->toy->local_cluster = PICK(g, switches);
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
