/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Shuffling and shrinking need no knowledge of what a list holds, only of
 * where the lists are.
 */
#include <string.h>

#include "prop.h"
#include "world.h"

/* A list somewhere in a world. */
struct place {
	char *v;
	size_t *n;
	size_t size;   /* of an item */
	size_t least;  /* it makes no sense with fewer */
	bool *present; /* NULL when empty and absent are the same */
	bool ordered;  /* the order counts */
};

struct places {
	struct arena *arena;
	bool copy; /* give each list its own items, before looking into them */
	VEC(struct place) v;
};

static void *
add(struct places *l, void *v, size_t *n, size_t size, size_t least,
    bool *present)
{
	if (l->copy)
		v = *n > 0
		    ? memcpy(arena_array(l->arena, *n, size), v, *n * size)
		    : NULL;
	*vec_push(&l->v, l->arena) =
	    (struct place){v, n, size, least, present, false};
	return v;
}

#define ADD(l, list, least)                                                   \
	((list)->v = add(l, (list)->v, &(list)->n, sizeof(*(list)->v), least, \
	     NULL))
#define ADD_OPTIONAL(l, list)                                             \
	((list)->v = add(l, (list)->v, &(list)->n, sizeof(*(list)->v), 0, \
	     &(list)->present))

/*
 * The list that was added last must stay in order.  In rules the agent takes
 * the first endPort beside a port name, and sees some conflicts in one order
 * only (semantics.md 2.7, 10.5).
 */
static void
keep_order(struct places *l)
{
	l->v.v[l->v.n - 1].ordered = true;
}

static void
add_selector(struct places *l, struct toy_selector *s)
{
	ADD(l, &s->labels, 0);
	ADD(l, &s->exprs, 0);
	VEC_FOREACH (e, &s->exprs)
		ADD(l, &e->values, e->values.n > 0);
}

static void
add_port_rule(struct places *l, struct toy_port_rule *r)
{
	ADD_OPTIONAL(l, &r->ports);
	keep_order(l);
	ADD_OPTIONAL(l, &r->http);
	ADD_OPTIONAL(l, &r->dns);
	ADD(l, &r->server_names, 0);
}

static void
add_element(struct places *l, struct toy_element *e)
{
	ADD_OPTIONAL(l, &e->endpoints);
	VEC_FOREACH (s, &e->endpoints)
		add_selector(l, s);
	ADD_OPTIONAL(l, &e->entities);
	ADD_OPTIONAL(l, &e->nodes);
	VEC_FOREACH (s, &e->nodes)
		add_selector(l, s);
	ADD_OPTIONAL(l, &e->cidrs);
	ADD_OPTIONAL(l, &e->cidr_sets);
	VEC_FOREACH (r, &e->cidr_sets) {
		add_selector(l, &r->by_labels);
		ADD_OPTIONAL(l, &r->except);
	}
	ADD_OPTIONAL(l, &e->fqdns);
	ADD_OPTIONAL(l, &e->services);
	VEC_FOREACH (r, &e->services)
		add_selector(l, &r->selector);
	ADD_OPTIONAL(l, &e->ports);
	keep_order(l);
	VEC_FOREACH (r, &e->ports)
		add_port_rule(l, r);
	ADD_OPTIONAL(l, &e->icmps);
	VEC_FOREACH (r, &e->icmps)
		ADD_OPTIONAL(l, &r->fields);
}

static void
add_rule(struct places *l, struct toy_rule *r)
{
	add_selector(l, &r->subject);
	for (int dir = 0; dir < 2; dir++) {
		struct toy_direction *s = &r->direction[dir];

		ADD_OPTIONAL(l, &s->allow);
		keep_order(l);
		VEC_FOREACH (e, &s->allow)
			add_element(l, e);
		ADD_OPTIONAL(l, &s->deny);
		keep_order(l);
		VEC_FOREACH (e, &s->deny)
			add_element(l, e);
	}
}

static void
add_policy(struct places *l, struct toy_policy *p)
{
	ADD(l, &p->spec, 0);
	VEC_FOREACH (r, &p->spec)
		add_rule(l, r);
	ADD_OPTIONAL(l, &p->specs);
	keep_order(l);
	VEC_FOREACH (r, &p->specs)
		add_rule(l, r);
}

static void
add_network_policy(struct places *l, struct toy_network_policy *p)
{
	add_selector(l, &p->subject);
	ADD_OPTIONAL(l, &p->types);
	for (int dir = 0; dir < 2; dir++) {
		ADD_OPTIONAL(l, &p->rules[dir]);
		VEC_FOREACH (r, &p->rules[dir]) {
			ADD_OPTIONAL(l, &r->peers);
			VEC_FOREACH (peer, &r->peers) {
				add_selector(l, &peer->pods);
				add_selector(l, &peer->namespaces);
				ADD_OPTIONAL(l, &peer->block.except);
			}
			ADD_OPTIONAL(l, &r->ports);
		}
	}
}

static void
add_cluster_peer(struct places *l, struct toy_cluster_peer *p)
{
	ADD(l, &p->networks, 1);
	add_selector(l, &p->nodes);
	add_selector(l, &p->pods);
	add_selector(l, &p->namespaces);
}

static void
add_cluster_policy(struct places *l, struct toy_cluster_policy *p)
{
	add_cluster_peer(l, &p->subject);
	for (int dir = 0; dir < 2; dir++) {
		ADD_OPTIONAL(l, &p->rules[dir]);
		keep_order(l);
		VEC_FOREACH (r, &p->rules[dir]) {
			ADD(l, &r->peers, 1);
			VEC_FOREACH (peer, &r->peers)
				add_cluster_peer(l, peer);
			ADD(l, &r->protocols, 1);
		}
	}
}

static void
add_cluster(struct places *l, struct toy *t)
{
	ADD(l, &t->groups, 0);
	VEC_FOREACH (g, &t->groups) {
		ADD(l, &g->labels, 0);
		ADD(l, &g->cidrs, 1);
	}
	ADD(l, &t->services, 0);
	VEC_FOREACH (s, &t->services) {
		ADD(l, &s->labels, 0);
		ADD(l, &s->selector, s->selector.n);
		ADD(l, &s->backends, 0);
	}
	ADD(l, &t->answers, 0);
	VEC_FOREACH (answer, &t->answers)
		ADD(l, &answer->ips, 0);
}

/* Every list, the outer before the inner. */
static void
all_places(struct places *l, struct toy *t)
{
	l->v.n = 0;
	ADD(l, &t->policies, 0);
	VEC_FOREACH (p, &t->policies)
		add_policy(l, p);
	ADD(l, &t->network_policies, 0);
	VEC_FOREACH (p, &t->network_policies)
		add_network_policy(l, p);
	ADD(l, &t->cluster_policies, 0);
	VEC_FOREACH (p, &t->cluster_policies)
		add_cluster_policy(l, p);
	add_cluster(l, t);
	ADD(l, &t->pods, 0);
	VEC_FOREACH (p, &t->pods) {
		ADD(l, &p->labels, 0);
		ADD(l, &p->ports, 0);
		keep_order(l);
	}
	ADD(l, &t->identities, 0);
	keep_order(l); /* of equal ones pods have the first */
	VEC_FOREACH (id, &t->identities)
		ADD(l, &id->labels, 1);
	ADD(l, &t->nodes, 0);
	VEC_FOREACH (node, &t->nodes) {
		ADD(l, &node->labels, 0);
		ADD(l, &node->ips, 0);
	}
	ADD(l, &t->namespaces, t->namespaces.n);
	VEC_FOREACH (ns, &t->namespaces)
		ADD(l, &ns->labels, 0);
}

void
toy_shuffle(struct toy *ret, struct arena *a, const struct toy *t,
    uint64_t seed)
{
	struct places l = {.arena = a, .copy = true};

	*ret = *t;
	all_places(&l, ret);
	/* Inner lists first: where they are moves with the items around. */
	for (size_t i = l.v.n; i-- > 0;) {
		const struct place *p = &l.v.v[i];
		char *tmp = arena_alloc(a, p->size);

		for (size_t k = p->ordered ? 0 : *p->n; k > 1; k--) {
			char *x = p->v + (k - 1) * p->size;
			char *y =
			    p->v + prop_below(&seed, (uint32_t)k) * p->size;

			memcpy(tmp, x, p->size);
			memmove(x, y, p->size);
			memcpy(y, tmp, p->size);
		}
	}
}

void
toy_edit(struct toy *ret, struct arena *a, const struct toy *t, uint64_t seed)
{
	struct places l = {.arena = a, .copy = true};

	*ret = *t;
	all_places(&l, ret);
	for (size_t tries = 0; tries < l.v.n; tries++) {
		const struct place *p =
		    &l.v.v[prop_below(&seed, (uint32_t)l.v.n)];
		char *item;

		if (*p->n <= p->least)
			continue;
		item = p->v + prop_below(&seed, (uint32_t)*p->n) * p->size;
		memmove(item, item + p->size,
		    (size_t)(p->v + *p->n * p->size - item) - p->size);
		--*p->n;
		return;
	}
}

/* Takes item I out; true if the world still fails without it. */
static bool
drop_item(struct toy *t, const struct place *p, size_t i, char *tmp,
    bool (*fails)(const struct toy *t, void *arg), void *arg)
{
	char *item = p->v + i * p->size;
	size_t behind = (*p->n - i - 1) * p->size;

	memcpy(tmp, item, p->size);
	memmove(item, item + p->size, behind);
	--*p->n;
	if (fails(t, arg))
		return true;
	++*p->n;
	memmove(item + p->size, item, behind);
	memcpy(item, tmp, p->size);
	return false;
}

static bool
drop_list(struct toy *t, const struct place *p,
    bool (*fails)(const struct toy *t, void *arg), void *arg)
{
	if (!p->present || !*p->present || *p->n > 0)
		return false;
	*p->present = false;
	if (fails(t, arg))
		return true;
	*p->present = true;
	return false;
}

/* One item or empty list less; false when nothing can go. */
static bool
shrink_once(struct toy *t, struct arena *a,
    bool (*fails)(const struct toy *t, void *arg), void *arg)
{
	struct places l = {.arena = a};

	all_places(&l, t);
	VEC_FOREACH (p, &l.v) {
		char *tmp = arena_alloc(a, p->size);

		for (size_t i = *p->n; i-- > 0 && *p->n > p->least;) {
			if (drop_item(t, p, i, tmp, fails, arg))
				return true;
		}
		if (drop_list(t, p, fails, arg))
			return true;
	}
	return false;
}

void
toy_shrink(struct toy *t, bool (*fails)(const struct toy *t, void *arg),
    void *arg)
{
	struct arena a = {0};

	while (shrink_once(t, &a, fails, arg))
		arena_reset(&a);
	arena_free(&a);
}
