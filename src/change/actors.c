/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Pods are paired by name.  Addresses are cut at the ends of the prefixes of
 * both ipcaches, so that each piece has one identity in either world; pieces
 * with the same pair of identities are one actor.
 */
#include "change/actors.h"

#include <stdlib.h>
#include <string.h>

#include "base/search.h"
#include "cilium/reserved.h"
#include "flow/uncertain.h"
#include "ident/labels.h"

/* What makes an actor, on one side. */
struct actor_key {
	uint32_t class; /* PMAP_NO_CLASS: no endpoint */
	uint32_t ident; /* PMAP_NOBODY: not there */
	uint32_t unmapped;
};

struct finding {
	struct actors *out;
	struct arena *arena;
	uint32_t nsides;
	const struct world **world; /* [nsides] */
	struct actor_key *key; /* [nsides]: of the actor that is asked for */
	struct map by_key;     /* keys -> index into out->v, plus one */
	VEC(struct cidr) prefixes; /* of all ipcaches, sorted */
	struct bitset *met[2];     /* identities that some actor has */
	struct map nodes;          /* addresses of endpoints that are nodes */
};

/* ---- pods ---- */

/* The actor with f->key. */
static struct actor *
actor_of(struct finding *f)
{
	const struct actor_key *key = f->key;
	void **slot = map_put(&f->by_key, key, f->nsides * sizeof(*key));
	struct actor *x;

	if (*slot)
		return &f->out->v.v[(uintptr_t)*slot - 1];
	x = vec_push(&f->out->v, f->arena);
	*slot = (void *)(uintptr_t)f->out->v.n;
	x->side = ARENA_ARRAY(f->arena, struct flow_end, f->nsides);
	x->pods = ARENA_ARRAY(f->arena, endpoint_vec, f->nsides);
	for (uint32_t s = 0; s < f->nsides; s++) {
		x->side[s].ident = (ident_idx_t){key[s].ident};
		x->side[s].unmapped = key[s].unmapped;
		/* The host is a pod's own node, whose policy is not asked. */
		if (s < 2 &&
		    (key[s].class == PMAP_NO_CLASS ||
			world_identity(f->world[s], x->side[s].ident)->id.id !=
			    SEC_ID_HOST))
			bitset_set(f->met[s], key[s].ident);
	}
	return x;
}

/* What others see of an endpoint: a node by its address. */
static uint32_t
peer_ident(struct finding *f, uint32_t side, const struct endpoint *e)
{
	struct cidr prefix;

	if (!e->host || e->host->ips.n == 0)
		return e->ident.i;
	VEC_FOREACH (ip, &e->host->ips)
		*map_put(&f->nodes, ip, sizeof(*ip)) = f;
	return world_of_ip(f->world[side], &e->host->ips.v[0], &prefix).i;
}

static const struct pmap_class *
class_of(const struct finding *f, uint32_t side, const struct endpoint *e)
{
	return pmap_class_of_endpoint(f->out->side[side].pmaps, e);
}

/* A pod of the first two worlds in one of all; NULL: it is not there. */
static const struct endpoint *
endpoint_of(const struct finding *f, uint32_t side,
    const struct endpoint *const pod[2])
{
	return side < 2
	    ? pod[side]
	    : world_find_endpoint(f->world[side], pod[1]->ns, pod[1]->name);
}

static void
count_pod(struct finding *f, const struct endpoint *e)
{
	void **n = map_put(&f->out->pods_in, e->ns.s, e->ns.n);

	*n = (void *)((uintptr_t)*n + 1);
}

static void
add_pod(struct finding *f, const struct endpoint *const pod[2])
{
	struct actor *x;

	for (uint32_t s = 0; s < f->nsides; s++) {
		const struct endpoint *e = endpoint_of(f, s, pod);

		f->key[s] = (struct actor_key){PMAP_NO_CLASS, PMAP_NOBODY.i, 0};
		if (e)
			f->key[s] = (struct actor_key){class_of(f, s, e)->index,
			    peer_ident(f, s, e), 0};
	}
	x = actor_of(f);
	for (uint32_t s = 0; s < f->nsides; s++) {
		const struct endpoint *e = endpoint_of(f, s, pod);

		if (!e)
			continue;
		x->side[s].class = class_of(f, s, e);
		x->side[s].endpoint = x->pods[s].n == 0 ? e : NULL;
		*vec_push(&x->pods[s], f->arena) = e;
	}
	count_pod(f, pod[1]);
}

/* Walks the pods of the first two worlds, which are sorted alike. */
static void
add_pods(struct finding *f)
{
	size_t i[2] = {0}, n[2];

	for (int s = 0; s < 2; s++)
		n[s] = f->world[s]->endpoints.n;
	while (i[0] < n[0] || i[1] < n[1]) {
		const struct endpoint *at[2];
		int order;

		for (int s = 0; s < 2; s++)
			at[s] = i[s] < n[s] ? &f->world[s]->endpoints.v[i[s]]
					    : NULL;
		order = !at[0] ? 1
		    : !at[1]   ? -1
			       : endpoint_compare(at[0], at[1]);
		if (order == 0)
			add_pod(f, at);
		else
			*vec_push(&f->out->only[order > 0], f->arena) =
			    at[order > 0];
		i[0] += order <= 0;
		i[1] += order >= 0;
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
	for (uint32_t s = 0; s < f->nsides; s++) {
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

/* The longest prefix of the ipcaches that holds the address. */
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
	struct actor *x;
	void **slot;

	slot = map_put(seen, &owner, sizeof(owner));
	if (*slot || map_get(&f->nodes, ip, sizeof(*ip)))
		return;
	*slot = f;
	for (uint32_t s = 0; s < f->nsides; s++) {
		ident_idx_t i = world_of_ip(f->world[s], ip, &prefix);

		/* A pod's or a node's: it is met by name. */
		if (s < 2 && world_identity(f->world[s], i)->nendpoints > 0)
			return;
		f->key[s] =
		    (struct actor_key){PMAP_NO_CLASS, i.i, prefix.bits == 0};
	}
	x = actor_of(f);
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
is_left(const struct finding *f, uint32_t side, uint32_t i)
{
	const struct world *w = f->world[side];

	return !is_world(w->idents.v[i].id.id) &&
	    bitset_test(w->aggregates->peers, i) &&
	    (w->idents.v[i].nendpoints == 0 ||
		w->idents.v[i].id.id == SEC_ID_HOST) &&
	    !w->idents.v[i].has_prefix &&
	    (side >= 2 || !bitset_test(f->met[side], i));
}

/* By their labels, those of a side; each one plus one. */
static void
map_others(struct map *ret, struct finding *f, uint32_t side)
{
	const struct world *w = f->world[side];

	map_init(ret, f->arena);
	for (uint32_t i = 0; i < w->idents.n; i++) {
		struct str text = labels_text(f->arena, w, &w->idents.v[i]);

		if (is_left(f, side, i) && text.n > 0)
			*map_put(ret, text.s, text.n) =
			    (void *)(uintptr_t)(i + 1);
	}
}

static void
add_others(struct finding *f)
{
	struct map *of = ARENA_ARRAY(f->arena, struct map, f->nsides);

	for (uint32_t s = 0; s < f->nsides; s++)
		map_others(&of[s], f, s);
	for (uint32_t i = 0; i < of[1].n; i++) {
		const struct map_entry *e = &of[1].entry[i];

		if (!map_get(&of[0], e->key, e->len))
			continue;
		for (uint32_t s = 0; s < f->nsides; s++) {
			uintptr_t at =
			    (uintptr_t)map_get(&of[s], e->key, e->len);

			f->key[s] = (struct actor_key){PMAP_NO_CLASS,
			    at ? (uint32_t)at - 1 : PMAP_NOBODY.i, 0};
		}
		actor_of(f);
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
	VEC_FOREACH (o, &objects->left_out) {
		if (object_is_uncertain(*o))
			return true;
	}
	return false;
}

void
actors_find(struct actors *ret, struct arena *a, const struct change_side *side,
    uint32_t n)
{
	struct finding f = {.out = ret, .arena = a, .nsides = n};

	*ret = (struct actors){.arena = a, .side = side, .nsides = n};
	ret->uncertain = ARENA_ARRAY(a, bool, n);
	f.world = ARENA_ARRAY(a, const struct world *, n);
	f.key = ARENA_ARRAY(a, struct actor_key, n);
	map_init(&ret->pods_in, a);
	map_init(&f.by_key, a);
	map_init(&f.nodes, a);
	for (uint32_t s = 0; s < n; s++) {
		f.world[s] = side[s].pmaps->world;
		ret->uncertain[s] = has_uncertain(side[s].objects, f.world[s]);
	}
	for (int s = 0; s < 2; s++)
		f.met[s] = bitset_new(a, (uint32_t)f.world[s]->idents.n);
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
