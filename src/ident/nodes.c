/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Finding nodes.  The first object of a node describes it, and the first node
 * with an address keeps it.
 */
#include "ident/nodes.h"

#include <stdlib.h>

#include "base/near.h"
#include "cilium/reserved.h"
#include "diag_gen.h"

/* The nodes found so far. */
struct nodes {
	struct builder *b;
	struct map by_name; /* name -> struct node * */
	struct map by_ip;   /* struct ip -> struct node * */
	VEC(struct node *) v;
};

static struct node *
node_of(struct nodes *n, struct str name)
{
	struct str local = n->b->w->ir->opt.node;
	void **slot = map_put(&n->by_name, name.s, name.n);
	struct node *node = *slot;

	if (!node) {
		*slot = node = ARENA_NEW(&n->b->scratch, struct node);
		node->name = name;
		node->local = name.n > 0 && str_eq(name, local);
		*vec_push(&n->v, &n->b->scratch) = node;
	}
	return node;
}

/* The first node that has an address keeps it. */
static void
add_address(struct nodes *n, struct node *node, const struct ast_str *text)
{
	struct ip ip = {0};
	void **slot;

	if (!text->present || text->v.n == 0)
		return;
	if (!ip_parse(text->v, &ip)) {
		diag_bad_address(n->b->sink, text->at, text->v);
		return;
	}
	slot = map_put(&n->by_ip, &ip, sizeof(ip));
	if (*slot)
		return;
	*slot = node;
	*vec_push(&node->ips, n->b->w->arena) = ip;
}

/* The other types hold names. */
static bool
is_ip_type(struct str type)
{
	return str_is(type, "InternalIP") || str_is(type, "ExternalIP") ||
	    str_is(type, "CiliumInternalIP");
}

static void
describe(struct node *node, const struct object *o,
    const struct ast_object_meta *meta)
{
	/* A Node comes before its CiliumNode. */
	if (node->object)
		return;
	node->object = o;
	node->labels = &meta->labels;
}

static void
add_node(struct nodes *n, const struct object *o)
{
	const struct ast_node *body = o->body;
	struct node *node = node_of(n, o->name);

	describe(node, o, body->metadata);
	for (uint32_t i = 0; body->status && i < body->status->addresses.n;
	     i++) {
		const struct ast_node_address *a =
		    &body->status->addresses.v[i];

		if (is_ip_type(a->type.v))
			add_address(n, node, &a->address);
	}
}

static void
add_cilium_node(struct nodes *n, const struct object *o)
{
	const struct ast_cilium_node *body = o->body;
	struct node *node = node_of(n, o->name);

	describe(node, o, body->metadata);
	for (uint32_t i = 0; body->spec && i < body->spec->addresses.n; i++) {
		const struct ast_cilium_node_address *a =
		    &body->spec->addresses.v[i];

		if (is_ip_type(a->type.v))
			add_address(n, node, &a->ip);
	}
}

static void
add_host_pod(struct nodes *n, const struct object *o)
{
	const struct ast_pod *pod = o->body;
	struct node *node;

	if (!pod->spec || !pod->spec->host_network.v || !pod->status)
		return;
	node = node_of(n, pod->spec->node_name.v);
	add_address(n, node, &pod->status->pod_ip);
	for (uint32_t i = 0; i < pod->status->pod_ips.n; i++)
		add_address(n, node, &pod->status->pod_ips.v[i].ip);
}

static int
compare_node(const void *a, const void *b)
{
	return str_compare((*(struct node *const *)a)->name,
	    (*(struct node *const *)b)->name);
}

/* No node has the name that --node gives. */
static void
report_unknown(struct nodes *n, struct str name)
{
	struct arena *a = &n->b->scratch;
	VEC(const char *) names = {0};
	const char *near;
	struct diag *d;

	VEC_FOREACH (node, &n->v)
		*vec_push(&names, a) =
		    arena_dup(a, (*node)->name.s, (*node)->name.n);
	*vec_push(&names, a) = NULL;
	near = near_guess(name, names.v);
	d = diag_no_node(n->b->sink, (struct span){0}, name);
	if (near && *near != '\0')
		diag_note(n->b->sink, d, (struct span){0}, "there is %s", near);
}

static void
add_all(struct nodes *n, enum ast_kind kind,
    void (*add)(struct nodes *, const struct object *))
{
	OBJECT_FOREACH (o, n->b->objects, kind)
		add(n, o);
}

/*
 * What nodeSelector looks at: all labels of the node, unfiltered, with the
 * source of a pod's labels.
 */
static void
set_host_labels(struct builder *b, struct node *node)
{
	const struct ir *ir = b->w->ir;
	struct label_set set = {0};
	struct label *v;

	label_set_put(&set, &b->scratch,
	    label_of(ir->atoms, ir->word.reserved, STR(RESERVED_HOST),
		STR("")));
	for (uint32_t i = 0; node->labels && i < node->labels->n; i++)
		label_set_put(&set, &b->scratch,
		    label_of(ir->atoms, ir->word.k8s, node->labels->v[i].key,
			node->labels->v[i].value));
	v = ARENA_ARRAY(b->w->arena, struct label, set.v.n);
	memcpy(v, set.v.v, set.v.n * sizeof(*v));
	node->host_labels = v;
	node->nhost_labels = (uint32_t)set.v.n;
}

void
nodes_build(struct builder *b)
{
	struct nodes n = {.b = b};
	struct str local = b->w->ir->opt.node;

	map_init(&n.by_name, &b->scratch);
	map_init(&n.by_ip, &b->scratch);
	add_all(&n, AST_NODE, add_node);
	add_all(&n, AST_CILIUM_NODE, add_cilium_node);
	add_all(&n, AST_POD, add_host_pod);
	if (n.v.n > 1)
		qsort(n.v.v, n.v.n, sizeof(*n.v.v), compare_node);
	if (local.n > 0 && !map_get(&n.by_name, local.s, local.n))
		report_unknown(&n, local);
	VEC_FOREACH (node, &n.v) {
		set_host_labels(b, *node);
		*vec_push(&b->w->nodes, b->w->arena) = **node;
	}
}
