/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From pods to the workloads that own them.
 */
#include "replay/workload.h"

#include <string.h>

static struct str
key_of(struct arena *a, struct str ns, struct str kind, struct str name)
{
	return str_of(arena_printf(a, STR_FMT "/" STR_FMT "/" STR_FMT,
	    STR_ARG(ns), STR_ARG(kind), STR_ARG(name)));
}

/* Once under the kind, and once for records without one. */
static void
add(struct replay_ends *x, const struct endpoint *e, struct str kind,
    struct str name)
{
	const struct str kinds[] = {kind, STR("")};

	for (size_t i = 0; i < 2; i++) {
		struct str key = key_of(&x->scratch, e->ns, kinds[i], name);
		void **slot = map_put(&x->by_workload, key.s, key.n);
		struct query_identities *to = *slot;
		bool known = false;

		if (!to) {
			*slot = to =
			    ARENA_NEW(x->arena, struct query_identities);
			to->either = true;
		}
		VEC_FOREACH (q, &to->v)
			known = known || q->ident.i == e->ident.i;
		if (!known) {
			VEC_FOREACH (q, &x->of_ident[e->ident.i].v)
				*vec_push(&to->v, x->arena) = *q;
		}
		arena_reset(&x->scratch);
	}
}

/* NAME without the hash that a Deployment adds to the names of its ReplicaSets.
 */
static struct str
without_hash(struct str name)
{
	const char *dash = memrchr(name.s, '-', name.n);

	return dash ? (struct str){name.s, (size_t)(dash - name.s)} : name;
}

void
replay_workloads_list(struct replay_ends *x)
{
	VEC_FOREACH (e, &x->world->endpoints) {
		const struct ast_pod *pod = e->object->body;
		const struct ast_object_meta *meta;

		if (e->host)
			continue;
		if (e->object->kind != AST_POD) {
			add(x, e, str_of(e->object->kind_name),
			    e->object->name);
			continue;
		}
		meta = pod->metadata;
		for (uint32_t i = 0; i < meta->owner_references.n; i++) {
			struct str kind = meta->owner_references.v[i].kind.v;
			struct str name = meta->owner_references.v[i].name.v;

			if (str_is(kind, "ReplicaSet"))
				add(x, e, STR("Deployment"),
				    without_hash(name));
			add(x, e, kind, name);
		}
	}
}

const struct query_identities *
replay_workload(const struct replay_ends *x, struct str ns,
    const struct record_workload *w)
{
	struct arena scratch = {0};
	struct str key = key_of(&scratch, ns, w->kind, w->name);
	const struct query_identities *found =
	    map_get(&x->by_workload, key.s, key.n);

	arena_free(&scratch);
	return found;
}
