/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The labels of pods, put together once for all pods of one description.
 */
#include "ident/pod_labels.h"

#include "cilium/labels.h"

void
pod_labels_put_key(struct buf *key, struct str part)
{
	buf_put(key, &part.n, sizeof(part.n));
	buf_str(key, part);
}

void
pod_labels_init(struct pod_labels *p, struct numbering *n,
    const struct object_list *objects)
{
	const struct ir_options *opt = &n->ir->opt;

	*p = (struct pod_labels){.numbering = n};
	p->filter = label_filter_new(n->arena, opt->label_filter, opt->cilium);
	map_init(&p->namespaces, n->arena);
	map_init(&p->common, n->arena);
	map_init(&p->known, n->arena);
	buf_init(&p->key, n->arena);
	OBJECT_FOREACH (o, objects, AST_NAMESPACE) {
		const struct ast_namespace *ns = o->body;

		*map_put(&p->namespaces, o->name.s, o->name.n) =
		    (void *)(uintptr_t)&ns->metadata->labels;
	}
}

static void
put_filtered(struct pod_labels *p, struct label_set *set, struct str key,
    struct str value)
{
	const struct ir *ir = p->numbering->ir;

	if (label_filter_takes(p->filter, STR(SOURCE_K8S), key))
		label_set_put(set, p->numbering->arena,
		    label_of(ir->atoms, ir->word.k8s, key, value));
}

static void
put_namespace_label(struct pod_labels *p, struct label_set *set, struct str key,
    struct str value)
{
	put_filtered(p, set,
	    str_of(arena_printf(p->numbering->arena, LABEL_OF_NAMESPACE STR_FMT,
		STR_ARG(key))),
	    value);
}

/* The labels that all pods of a namespace have. */
static const struct label_set *
common_labels(struct pod_labels *p, struct str ns)
{
	const struct ast_str_map *labels = map_get(&p->namespaces, ns.s, ns.n);
	void **slot = map_put(&p->common, ns.s, ns.n);
	struct label_set *set = *slot;

	if (set)
		return set;
	*slot = set = ARENA_NEW(p->numbering->arena, struct label_set);
	/* The API server sets this one on every Namespace. */
	put_namespace_label(p, set, STR(LABEL_METADATA_NAME), ns);
	for (uint32_t i = 0; labels && i < labels->n; i++)
		put_namespace_label(p, set, labels->v[i].key,
		    labels->v[i].value);
	put_filtered(p, set, STR(LABEL_NAMESPACE), ns);
	put_filtered(p, set, STR(LABEL_CLUSTER),
	    p->numbering->ir->opt.cluster_name);
	return set;
}

/* Users cannot forge labels that Cilium gives. */
static bool
is_own_label(const struct pod_labels *p, struct str key)
{
	return !str_starts(key, STR(LABEL_CILIUM)) &&
	    label_filter_takes(p->filter, STR(SOURCE_K8S), key);
}

/* The order matters: later labels replace earlier ones of the same key. */
static void
put_labels(struct pod_labels *p, struct label_set *set,
    const struct pod_description *d)
{
	const struct ir *ir = p->numbering->ir;
	struct arena *a = p->numbering->arena;

	for (uint32_t i = 0; d->labels && i < d->labels->n; i++) {
		const struct ast_str_pair *l = &d->labels->v[i];

		if (is_own_label(p, l->key))
			label_set_put(set, a,
			    label_of(ir->atoms, ir->word.k8s, l->key,
				l->value));
	}
	VEC_FOREACH (l, &common_labels(p, d->ns)->v)
		label_set_put(set, a, *l);
	if (d->account.n > 0)
		put_filtered(p, set, STR(LABEL_ACCOUNT), d->account);
}

static bool
same_description(const struct pod_description *a,
    const struct pod_description *b)
{
	if (!a->labels || !b->labels || a->labels->n != b->labels->n ||
	    !str_eq(a->ns, b->ns) || !str_eq(a->account, b->account))
		return false;
	for (uint32_t i = 0; i < a->labels->n; i++) {
		const struct ast_str_pair *x = &a->labels->v[i];
		const struct ast_str_pair *y = &b->labels->v[i];

		if (!str_eq(x->key, y->key) || !str_eq(x->value, y->value))
			return false;
	}
	return true;
}

/* The labels of a description that differs from the last one. */
static struct numbered_labels *
find_labels(struct pod_labels *p, const struct pod_description *d)
{
	struct label_set set = {0};
	struct numbered_labels *labels;
	void **slot;

	p->key.n = 0;
	pod_labels_put_key(&p->key, d->ns);
	pod_labels_put_key(&p->key, d->account);
	for (uint32_t i = 0; d->labels && i < d->labels->n; i++) {
		if (!is_own_label(p, d->labels->v[i].key))
			continue;
		pod_labels_put_key(&p->key, d->labels->v[i].key);
		pod_labels_put_key(&p->key, d->labels->v[i].value);
	}
	slot = map_put(&p->known, p->key.p, p->key.n);
	if (*slot)
		return *slot;
	put_labels(p, &set, d);
	*slot = labels = numbering_labels(p->numbering, &set);
	return labels;
}

/* Most pods have the description of the pod before. */
struct numbered_labels *
pod_labels_find(struct pod_labels *p, const struct pod_description *d)
{
	if (!same_description(&p->last, d)) {
		p->last_labels = find_labels(p, d);
		p->last = *d;
	}
	return p->last_labels;
}
