/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Pods are paired by name.  Addresses are cut at the ends of the prefixes of
 * both ipcaches, so that each piece has one identity in either world; pieces
 * with the same pair of identities are one actor.
 */
#include "change/actors.h"

#include <stdlib.h>
#include <string.h>

#include "base/map.h"
#include "base/search.h"
#include "cilium/reserved.h"
#include "flow/uncertain.h"
#include "ident/labels.h"

/* What makes an actor. */
struct actor_key {
	uint32_t class[2]; /* PMAP_NO_CLASS: no endpoint */
	uint32_t ident[2];
	uint32_t unmapped[2];
};

struct finding {
	struct actors *out;
	struct arena *arena;
	const struct world *world[2];
	struct map by_key; /* struct actor_key -> index into out->v, plus one */
	VEC(struct cidr) prefixes; /* of both ipcaches, sorted */
	struct bitset *met[2];     /* identities that some actor has */
	struct map nodes;          /* addresses of endpoints that are nodes */
};

/* ---- pods ---- */

static struct actor *
actor_of(struct finding *f, const struct actor_key *key)
{
	void **slot = map_put(&f->by_key, key, sizeof(*key));
	struct actor *x;

	if (*slot)
		return &f->out->v.v[(uintptr_t)*slot - 1];
	x = vec_push(&f->out->v, f->arena);
	*slot = (void *)(uintptr_t)f->out->v.n;
	for (int s = 0; s < 2; s++) {
		x->side[s].ident = (ident_idx_t){key->ident[s]};
		x->side[s].unmapped = key->unmapped[s];
		/* The host is a pod's own node, whose policy is not asked. */
		if (key->class[s] == PMAP_NO_CLASS ||
		    world_identity(f->world[s], x->side[s].ident)->id.id !=
			SEC_ID_HOST)
			bitset_set(f->met[s], key->ident[s]);
	}
	return x;
}

/* What others see of an endpoint: a node by its address. */
static uint32_t
peer_ident(struct finding *f, int side, const struct endpoint *e)
{
	struct cidr prefix;

	if (!e->host || e->host->ips.n == 0)
		return e->ident.i;
	VEC_FOREACH (ip, &e->host->ips)
		*map_put(&f->nodes, ip, sizeof(*ip)) = f;
	return world_of_ip(f->world[side], &e->host->ips.v[0], &prefix).i;
}

static void
add_pod(struct finding *f, const struct endpoint *const pod[2])
{
	struct actor_key key = {0};
	const struct pmap_class *class[2];
	struct actor *x;

	for (int s = 0; s < 2; s++) {
		class[s] =
		    pmap_class_of_endpoint(f->out->side[s].pmaps, pod[s]);
		key.class[s] = class[s]->index;
		key.ident[s] = peer_ident(f, s, pod[s]);
	}
	x = actor_of(f, &key);
	for (int s = 0; s < 2; s++) {
		x->side[s].class = class[s];
		x->side[s].endpoint = x->pods[s].n == 0 ? pod[s] : NULL;
		*vec_push(&x->pods[s], f->arena) = pod[s];
	}
}

/* Walks the pods of both worlds, which are sorted alike. */
static void
add_pods(struct finding *f)
{
	const struct endpoint *at[2], *end[2];

	for (int s = 0; s < 2; s++) {
		at[s] = f->world[s]->endpoints.v;
		end[s] = at[s] + f->world[s]->endpoints.n;
	}
	while (at[0] < end[0] || at[1] < end[1]) {
		int order = at[0] == end[0] ? 1
		    : at[1] == end[1]       ? -1
					    : endpoint_compare(at[0], at[1]);

		if (order == 0)
			add_pod(f, at);
		else
			*vec_push(&f->out->only[order > 0], f->arena) =
			    at[order > 0];
		at[0] += order <= 0;
		at[1] += order >= 0;
	}
}

/* ---- addresses ---- */

static int
compare_cidr(const void *a, const void *b)
{
	return cidr_compare(a, b);
}

static void
add_prefix(struct finding *f, const struct cidr *prefix)
{
	*vec_push(&f->prefixes, f->arena) = *prefix;
}

static void
list_prefixes(struct finding *f)
{
	for (int s = 0; s < 2; s++) {
		VEC_FOREACH (e, &f->world[s]->ipcache)
			add_prefix(f, &e->prefix);
	}
	for (uint8_t family = IP_V4; family <= IP_V6; family++) {
		if (ir_has_family(&f->world[0]->ir->opt, family) ||
		    ir_has_family(&f->world[1]->ir->opt, family))
			add_prefix(f, &(struct cidr){.family = family});
	}
	qsort(f->prefixes.v, f->prefixes.n, sizeof(*f->prefixes.v),
	    compare_cidr);
}

/* The longest prefix of the two ipcaches that holds the address. */
static struct cidr
owner_of(const struct finding *f, const struct ip *ip)
{
	struct cidr owner = {.family = ip->family};

	for (unsigned bits = ip_width(ip->family); bits > 0; bits--) {
		struct cidr c = cidr_around(ip, bits);

		if (bsearch(&c, f->prefixes.v, f->prefixes.n, sizeof(c),
			compare_cidr))
			return c;
	}
	return owner;
}

/* The address that follows the last of PREFIX; false: there is none. */
static bool
next_after(const struct cidr *prefix, struct ip *ret_ip)
{
	unsigned at = prefix->bits;

	ret_ip->family = prefix->family;
	memcpy(ret_ip->addr, prefix->addr, sizeof(ret_ip->addr));
	/* One more in the last bit of the prefix, carried to the left. */
	while (at-- > 0) {
		uint8_t bit = (uint8_t)(0x80 >> at % 8);

		ret_ip->addr[at / 8] ^= bit;
		if (ret_ip->addr[at / 8] & bit)
			return true;
	}
	return false;
}

/* Whether a longer prefix lies in P: it would come next. */
static bool
is_cut(const struct finding *f, const struct cidr *p)
{
	size_t i;

	LOWER_BOUND(i, f->prefixes.n, cidr_compare(&f->prefixes.v[i], p) <= 0);
	return i < f->prefixes.n && cidr_contains(p, &f->prefixes.v[i]);
}

/* The piece that begins at IP. */
static void
add_piece(struct finding *f, const struct ip *ip, struct map *seen)
{
	struct cidr owner = owner_of(f, ip), prefix;
	struct actor_key key = {
	    .class = {PMAP_NO_CLASS, PMAP_NO_CLASS},
	};
	struct actor *x;
	void **slot;

	slot = map_put(seen, &owner, sizeof(owner));
	if (*slot || map_get(&f->nodes, ip, sizeof(*ip)))
		return;
	*slot = f;
	for (int s = 0; s < 2; s++) {
		ident_idx_t i = world_of_ip(f->world[s], ip, &prefix);

		/* A pod's or a node's: it is met by name. */
		if (world_identity(f->world[s], i)->nendpoints > 0)
			return;
		key.ident[s] = i.i;
		key.unmapped[s] = prefix.bits == 0;
	}
	x = actor_of(f, &key);
	*vec_push(&x->ranges, f->arena) =
	    (struct actor_range){owner, *ip, is_cut(f, &owner)};
}

static void
add_addresses(struct finding *f)
{
	struct map seen;

	list_prefixes(f);
	map_init(&seen, f->arena);
	VEC_FOREACH (p, &f->prefixes) {
		struct ip ip = {.family = p->family};

		memcpy(ip.addr, p->addr, sizeof(ip.addr));
		add_piece(f, &ip, &seen);
		if (next_after(p, &ip))
			add_piece(f, &ip, &seen);
	}
}

/* ---- what has neither pod nor address ---- */

static struct str
labels_text(struct arena *a, const struct world *w, const struct identity *id)
{
	struct buf b;

	buf_init(&b, a);
	for (uint32_t i = 0; i < id->nlabels; i++) {
		buf_str(&b, label_print(a, w->ir->atoms, &id->labels[i]));
		buf_putc(&b, '\n');
	}
	return buf_as_str(&b);
}

/* Whether it is the world's, which has addresses. */
static bool
is_world(uint32_t id)
{
	return id == SEC_ID_WORLD || id == SEC_ID_WORLD_IPV4 ||
	    id == SEC_ID_WORLD_IPV6;
}

/* Whether an identity may be a peer, and no actor has it so far. */
static bool
is_left(const struct finding *f, int side, uint32_t i)
{
	const struct world *w = f->world[side];

	return !is_world(w->idents.v[i].id.id) &&
	    bitset_test(w->aggregates->peers, i) &&
	    (w->idents.v[i].nendpoints == 0 ||
		w->idents.v[i].id.id == SEC_ID_HOST) &&
	    !w->idents.v[i].has_prefix && !bitset_test(f->met[side], i);
}

static void
add_others(struct finding *f)
{
	struct map by_labels;

	map_init(&by_labels, f->arena);
	for (uint32_t i = 0; i < f->world[0]->idents.n; i++) {
		struct str text = labels_text(f->arena, f->world[0],
		    &f->world[0]->idents.v[i]);

		if (is_left(f, 0, i) && text.n > 0)
			*map_put(&by_labels, text.s, text.n) =
			    (void *)(uintptr_t)(i + 1);
	}
	for (uint32_t i = 0; i < f->world[1]->idents.n; i++) {
		struct str text = labels_text(f->arena, f->world[1],
		    &f->world[1]->idents.v[i]);
		uintptr_t old = (uintptr_t)map_get(&by_labels, text.s, text.n);
		struct actor_key key = {
		    .class = {PMAP_NO_CLASS, PMAP_NO_CLASS},
		};

		if (!is_left(f, 1, i) || old == 0)
			continue;
		key.ident[0] = (uint32_t)old - 1;
		key.ident[1] = i;
		actor_of(f, &key);
	}
}

/* Whether rules name ports, and pods whose ports are not known are there. */
static bool
has_open_names(const struct world *w)
{
	bool names = false, assumed = false;

	VEC_FOREACH (r, &w->ir->rules)
		names |= (*r)->named_ports;
	VEC_FOREACH (e, &w->endpoints)
		assumed |= e->assumed;
	return names && assumed;
}

static bool
has_uncertain(const struct object_list *objects, const struct world *w)
{
	if (has_open_names(w))
		return true;
	VEC_FOREACH (o, &objects->v) {
		if (((*o)->status == OBJECT_OPEN ||
			(*o)->status == OBJECT_UNSUPPORTED) &&
		    ast_kind_is_policy((*o)->kind))
			return true;
	}
	return false;
}

void
actors_find(struct actors *ret, struct arena *a,
    const struct change_side side[2])
{
	struct finding f = {.out = ret, .arena = a};

	*ret = (struct actors){.arena = a, .side = side};
	map_init(&f.by_key, a);
	map_init(&f.nodes, a);
	for (int s = 0; s < 2; s++) {
		f.world[s] = side[s].pmaps->world;
		f.met[s] = bitset_new(a, (uint32_t)f.world[s]->idents.n);
		ret->uncertain[s] = has_uncertain(side[s].objects, f.world[s]);
	}
	add_pods(&f);
	ret->nsubjects = (uint32_t)ret->v.n;
	add_addresses(&f);
	add_others(&f);
}

const struct object *
actor_uncertain(const struct actors *all, const struct actor *x, int side,
    enum direction dir)
{
	const struct judged_end any = {0};
	const struct trace_end end = {.ident = x->side[side].ident,
	    .endpoint = x->pods[side].v[0]};

	return all->uncertain[side]
	    ? uncertain_policy(all->side[side].pmaps, all->side[side].objects,
		  &end, dir, &any)
	    : NULL;
}

bool
actor_is_outside(const struct actors *all, const struct actor *x)
{
	uint32_t id =
	    world_identity(all->side[1].pmaps->world, x->side[1].ident)->id.id;

	return x->ranges.n > 0 &&
	    (is_world(id) ||
		(id >= SEC_ID_CIDR_FIRST && id < SEC_ID_NODE_FIRST));
}

enum isolation
actor_isolation(const struct actors *all, const struct actor *x, int side,
    enum direction dir)
{
	const struct pmap_class *class = x->side[side].class;
	const struct pmap_direction *d = class->direction[dir];

	if (class->error || actor_uncertain(all, x, side, dir))
		return ISOLATION_UNKNOWN;
	if (!d->enforced)
		return ISOLATION_NONE;
	return d->default_deny || d->forced ? ISOLATION_DENY : ISOLATION_OPEN;
}
