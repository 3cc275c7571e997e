/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Runs the agent's checks over all policies, in batches that threads share.
 * Requires decoded objects; leaves the status of each policy, which lowering
 * goes by.
 */
#include "admit/admit.h"

#include <stddef.h>

#include "admit/check.h"
#include "diag_gen.h"
#include "ir/external_group.h"

/* What checks each policy kind. */
static const struct policy_kind {
	void (*sanitize)(struct check *);
	size_t watched;      /* offset of the option in ir_options */
	const char *setting; /* its name in the agent; NULL: none reads it */
} policy_kinds[] = {
    [AST_CILIUM_NETWORK_POLICY] = {sanitize_cilium,
	offsetof(struct ir_options, reads_cnp), "enable-cilium-network-policy"},
    [AST_CILIUM_CLUSTERWIDE_NETWORK_POLICY] = {sanitize_cilium,
	offsetof(struct ir_options, reads_ccnp),
	"enable-cilium-clusterwide-network-policy"},
    [AST_NETWORK_POLICY] = {sanitize_network_policy,
	offsetof(struct ir_options, reads_np), "enable-k8s-networkpolicy"},
    [AST_CLUSTER_NETWORK_POLICY] = {sanitize_cluster_network_policy,
	offsetof(struct ir_options, reads_kcnp),
	"enable-k8s-cluster-network-policy"},
    [AST_ADMIN_NETWORK_POLICY] = {sanitize_cluster_network_policy,
	offsetof(struct ir_options, admin_network_policy), NULL},
    [AST_BASELINE_ADMIN_NETWORK_POLICY] = {sanitize_cluster_network_policy,
	offsetof(struct ir_options, admin_network_policy), NULL},
};

/* NULL for what is no policy. */
static const struct policy_kind *
policy_kind(enum ast_kind kind)
{
	size_t n = sizeof(policy_kinds) / sizeof(*policy_kinds);

	return kind < n && policy_kinds[kind].sanitize ? &policy_kinds[kind]
						       : NULL;
}

static bool
is_watched(const struct policy_kind *k, const struct ir_options *opt)
{
	return *(const bool *)((const char *)opt + k->watched);
}

static void
sanitize_unwatched(struct check *c, const struct policy_kind *k)
{
	struct object *o = c->object;

	o->status = OBJECT_UNREAD;
	o->why = k->setting
	    ? diag_kind_not_watched(c->sink, o->name_at, o->kind_name,
		  k->setting)
	    : diag_kind_of_no_agent(c->sink, o->name_at, o->kind_name);
}

/* How many policies are worth a thread. */
#define BATCH 64

struct sanitizing {
	const struct ir_options *opt;
	struct map external_groups;
	VEC(struct object *) policies;
	struct diag_sink *sinks; /* [batch] */
};

static void
sanitize_batch(void *arg, struct worker *self, size_t i)
{
	struct sanitizing *s = arg;
	size_t end = (i + 1) * BATCH;
	struct diag_sink sink;

	diag_sink_init(&sink, &self->perm);
	for (size_t k = i * BATCH; k < end && k < s->policies.n; k++) {
		struct object *o = s->policies.v[k];
		const struct policy_kind *kind = policy_kind(o->kind);
		struct check c = {&self->perm, &sink, s->opt, o,
		    &s->external_groups};

		if (is_watched(kind, s->opt))
			kind->sanitize(&c);
		else
			sanitize_unwatched(&c, kind);
	}
	s->sinks[i] = sink;
}

void
admit_policies(struct pool *pool, struct arena *scratch, struct diag_sink *sink,
    const struct ir_options *opt, struct object_list *objects)
{
	struct sanitizing s = {.opt = opt};
	size_t n;

	external_groups_find(&s.external_groups, scratch, objects);
	for (enum ast_kind kind = 0; kind < AST_KINDS; kind++) {
		if (!policy_kind(kind))
			continue;
		OBJECT_FOREACH (o, objects, kind)
			*vec_push(&s.policies, scratch) = o;
	}
	n = (s.policies.n + BATCH - 1) / BATCH;
	s.sinks = ARENA_ARRAY(scratch, struct diag_sink, n);
	pool_run(pool, n, sanitize_batch, &s);
	for (size_t i = 0; i < n; i++)
		diag_merge(sink, &s.sinks[i]);
}
