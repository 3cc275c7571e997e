/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Peers to classes, ports to intervals, and one packet of each tried.
 */
#include "prove/packets.h"

#include <stdlib.h>

#include "base/search.h"
#include "bundle/bundle.h"
#include "bundle/decide.h"
#include "cilium/auth.h"
#include "prove/auth.h"
#include "prove/classes.h"

enum {
	PORTS = UINT16_MAX + 1,
	PROTOS = UINT8_MAX + 1,
};

struct trial {
	struct finding *found;
	struct arena *arena, *scratch;
	const struct rules *r;
	const struct premises *p;
	const struct map_layout *layout;
	const proxy_vec *proxies;
	struct policy_record *v; /* of the direction, by identity */
	uint32_t n;
};

/* The peer that is tried now. */
struct trial_peer {
	struct trial *t;
	struct arena *arena; /* until the next one */
	uint32_t ident;
	clause_vec clauses;      /* that are for it */
	struct policy_table map; /* its part of the map */
	bool by_auth;            /* some rule asks for authentication: */
	struct policy_table auth[AUTH_ORDERS];
};

static int
compare_key(const void *a, const void *b)
{
	return policy_record_compare(a, b);
}

static int
compare_id(const void *pa, const void *pb)
{
	const struct policy_record *a = pa, *b = pb;

	if (a->id != b->id)
		return a->id < b->id ? -1 : 1;
	return policy_record_compare(a, b);
}

/* All but the identity, so that who has the same entry is together. */
static int
compare_content(const void *pa, const void *pb)
{
	const struct policy_record *a = pa, *b = pb;
	struct policy_record x = *a, y = *b;
	int c;

	x.id = y.id = 0;
	c = policy_record_compare(&x, &y);
	if (c == 0)
		c = (a->precedence > b->precedence) -
		    (a->precedence < b->precedence);
	if (c == 0)
		c = (a->deny - b->deny) * 4 + (a->auth > b->auth) -
		    (a->auth < b->auth);
	return c ? c : a->proxy_port - b->proxy_port;
}

static void
take_set(struct classes *c, const struct bitset *set)
{
	classes_begin(c);
	BITSET_FOREACH (i, set)
		classes_take(c, i);
}

/* Apart by the number that they have for a port's name. */
static void
split_by_number(const struct port_number *number, struct classes *c)
{
	BITSET_FOREACH (port, number->used) {
		classes_begin(c);
		for (uint32_t i = 0; i < c->n; i++) {
			if (number->of[i] == port)
				classes_take(c, i);
		}
	}
}

/* Apart by whom a clause is for. */
static void
split_by_clauses(const struct trial *t, struct classes *c)
{
	const struct ir *ir = t->p->world->ir;
	bool *done = ARENA_ARRAY(t->scratch, bool, ir->selectors.n);

	VEC_FOREACH (clause, &t->r->clauses) {
		uint32_t s = clause->peer->selector->index;

		if (!done[s])
			take_set(c, t->p->met[s]);
		done[s] = true;
		if (clause->number)
			split_by_number(clause->number, c);
	}
	VEC_FOREACH (rule, &t->r->list) {
		for (uint32_t i = 0; i < (*rule)->nrequires; i++)
			take_set(c, t->p->met[(*rule)->requires[i] -> index]);
	}
}

/* Apart by who stands for them. */
static void
split_by_aggregates(const struct trial *t, struct classes *c)
{
	uint32_t n = c->n;

	for (uint32_t k = 0; k < n; k++) {
		if (!sec_id_is_aggregate(t->p->world->idents.v[k].id.id))
			continue;
		classes_begin(c);
		for (uint32_t i = 0; i < n; i++) {
			if (t->p->aggregate[i] == k)
				classes_take(c, i);
		}
	}
}

/* Apart by the entries of their own, which are left sorted by content. */
static void
split_by_entries(const struct trial *t, struct classes *c)
{
	if (t->n > 1)
		qsort(t->v, t->n, sizeof(*t->v), compare_content);
	for (uint32_t i = 0; i < t->n; i++) {
		ident_idx_t at;

		if (i == 0 || compare_content(&t->v[i - 1], &t->v[i]) != 0)
			classes_begin(c);
		if (world_find_id(t->p->world, (sec_id_t){t->v[i].id}, &at))
			classes_take(c, at.i);
	}
}

/* The part of the map that the peer's packets can meet. */
static struct policy_table
part_of_map(const struct trial_peer *peer)
{
	const struct trial *t = peer->t;
	uint32_t aggregate = t->p->aggregate[peer->ident];
	const struct identity *idents = t->p->world->idents.v;
	const uint32_t ids[] = {0, idents[peer->ident].id.id,
	    aggregate == NO_IDENTITY ? 0 : idents[aggregate].id.id};
	VEC(struct policy_record) part = {0};
	uint32_t at;

	for (size_t i = 0; i < 3 && (i < 2 || ids[i] != 0); i++) {
		LOWER_BOUND(at, t->n, t->v[at].id < ids[i]);
		for (; at < t->n && t->v[at].id == ids[i]; at++)
			*vec_push(&part, peer->arena) = t->v[at];
	}
	if (part.n > 1)
		qsort(part.v, part.n, sizeof(*part.v), compare_key);
	return (struct policy_table){part.v, (uint32_t)part.n, t->layout};
}

static struct str
proxy_name(const struct trial *t, uint16_t port)
{
	size_t i = port - BUNDLE_PROXY_PORT - 1U;

	if (port == 0)
		return STR("");
	return i < t->proxies->n ? t->proxies->v[i] : STR("(unknown)");
}

/* What the maps give. */
static struct proof_verdict
given(const struct trial_peer *peer, uint8_t proto, uint16_t port,
    struct choice *ret_choice)
{
	const struct trial *t = peer->t;
	uint32_t id = t->p->world->idents.v[peer->ident].id.id;
	struct choice c = policy_choose(&peer->map, t->r->dir, id, proto, port);
	struct proof_verdict v = {.redirect = STR("")};

	*ret_choice = c;
	if (!c.entry) {
		v.reason = CNPC_NO_ENTRY;
	} else if (c.entry->deny) {
		v.reason = CNPC_DENIED;
	} else {
		v.redirect = proxy_name(t, c.entry->proxy_port);
		v.auth = c.auth;
		v.reason = v.redirect.n > 0 ? CNPC_REDIRECTED : CNPC_ALLOWED;
		if (c.auth != 0)
			v.reason = CNPC_AUTH_NEEDED;
	}
	return v;
}

/* Adds the authentication to what the rules say; true: Cilium leaves it open.
 */
static bool
add_auth(const struct trial_peer *peer, struct proof_verdict *says,
    uint8_t proto, uint16_t port)
{
	const struct trial *t = peer->t;
	uint32_t id = t->p->world->idents.v[peer->ident].id.id;

	if (!t->r->auth || says->reason == CNPC_DENIED ||
	    says->reason == CNPC_NO_ENTRY)
		return false;
	if (!peer->by_auth)
		return true;
	for (unsigned i = 0; i < AUTH_ORDERS; i++) {
		struct choice c =
		    policy_choose(&peer->auth[i], t->r->dir, id, proto, port);

		if (i > 0 && c.auth != says->auth)
			return true;
		says->auth = c.auth;
	}
	if (says->auth != 0)
		says->reason = CNPC_AUTH_NEEDED;
	return false;
}

static bool
agree(const struct saying *s, bool auth_open, const struct proof_verdict *says,
    const struct proof_verdict *gives)
{
	bool dropped =
	    gives->reason == CNPC_DENIED || gives->reason == CNPC_NO_ENTRY;

	if (auth_open && dropped)
		return false;
	if (!auth_open &&
	    (says->reason != gives->reason || says->auth != gives->auth))
		return false;
	return str_eq(says->redirect, gives->redirect) ||
	    (s->tied && str_starts(gives->redirect, STR("crd:")));
}

static void
try(struct trial_peer *peer, uint8_t proto, uint16_t first, uint16_t last)
{
	struct trial *t = peer->t;
	struct finding *f = t->found;
	struct saying s =
	    rules_say(t->r, &peer->clauses, peer->ident, proto, first);
	struct proof_verdict says = {.reason = s.reason,
	    .redirect = s.redirect};
	bool open = add_auth(peer, &says, proto, first);
	struct choice c;
	struct proof_verdict gives = given(peer, proto, first, &c);

	f->intervals++;
	f->auth_open += open;
	f->tied += s.tied;
	if (agree(&s, open, &says, &gives))
		return;
	if (f->wrong++ > 0)
		return;
	says.redirect =
	    str_of(arena_dup(t->arena, says.redirect.s, says.redirect.n));
	f->has_example = true;
	f->example = (struct counterexample){.endpoint = t->r->subject,
	    .dir = t->r->dir,
	    .peer = peer->ident,
	    .proto = proto,
	    .first = first,
	    .last = last,
	    .says = says,
	    .gives = gives,
	    .rule = s.clause ? s.clause->rule : NULL,
	    .has_entry = c.entry};
	if (c.entry)
		f->example.entry = *c.entry;
}

static int
compare_port(const void *pa, const void *pb)
{
	const uint32_t *a = pa, *b = pb;

	return (*a > *b) - (*a < *b);
}

/* Each port of PROTO, where anything that is written begins or has ended. */
static void
try_proto(struct trial_peer *peer, uint8_t proto)
{
	VEC(uint32_t) starts = {0};

	*vec_push(&starts, peer->arena) = 0;
	VEC_FOREACH (c, &peer->clauses) {
		uint32_t first, last;

		clause_ports(*c, peer->ident, &first, &last);
		if ((*c)->port->proto != proto || first > last)
			continue;
		*vec_push(&starts, peer->arena) = first;
		*vec_push(&starts, peer->arena) = last + 1;
	}
	for (uint32_t i = 0; i < peer->map.n; i++) {
		const struct policy_record *e = &peer->map.v[i];

		if (e->proto != proto)
			continue;
		*vec_push(&starts, peer->arena) = e->port;
		*vec_push(&starts, peer->arena) =
		    e->port + (UINT16_MAX >> e->port_bits) + 1U;
	}
	qsort(starts.v, starts.n, sizeof(*starts.v), compare_port);
	for (size_t i = 0; i < starts.n && starts.v[i] < PORTS; i++) {
		uint32_t end = i + 1 < starts.n ? starts.v[i + 1] : PORTS;

		if (end > starts.v[i])
			try(peer, proto, (uint16_t)starts.v[i],
			    (uint16_t)(end - 1));
	}
}

static void
try_peer(struct trial *t, struct arena *scratch, uint32_t ident)
{
	struct trial_peer peer = {.t = t,
	    .arena = scratch,
	    .ident = ident,
	    .by_auth = t->r->auth && !t->r->pass};
	bool named[PROTOS] = {0};
	unsigned other = PROTOS - 1;

	rules_of_peer(t->r, scratch, ident, &peer.clauses);
	peer.map = part_of_map(&peer);
	if (peer.by_auth)
		auth_maps(peer.auth, scratch, t->r, ident);
	VEC_FOREACH (c, &peer.clauses)
		named[(*c)->port->proto] = true;
	for (uint32_t i = 0; i < peer.map.n; i++)
		named[peer.map.v[i].proto] = true;
	for (unsigned proto = 1; proto < PROTOS; proto++) {
		if (named[proto])
			try_proto(&peer, (uint8_t)proto);
	}
	while (named[other])
		other--;
	try_proto(&peer, (uint8_t)other);
	t->found->classes++;
	arena_reset(scratch);
}

/* The entries of the direction. */
static void
read_entries(struct trial *t, const struct image *img)
{
	t->v = ARENA_ARRAY(t->scratch, struct policy_record, img->nentries);
	for (uint32_t i = 0; i < img->nentries; i++) {
		struct policy_record e = image_policy(img, i);

		if (e.dir == t->r->dir)
			t->v[t->n++] = e;
	}
}

/*
 * Before maps had a precedence, cnpc writes no map where authentication meets
 * two tiers, or a proxy what rules require of peers.
 */
static bool
is_limited(const struct rules *r)
{
	bool above = false, below = false, requires = false;

	VEC_FOREACH (rule, &r->list) {
		above |= (*rule)->tier == IR_TIER_CLUSTERWIDE;
		below |= (*rule)->policy && (*rule)->tier == IR_TIER_NORMAL;
		requires |= (*rule)->nrequires > 0;
	}
	return (r->auth && above && below &&
		   !r->premises->layout->precedence) ||
	    (r->proxy && requires);
}

void
packets_try(struct finding *ret, struct arena *a, struct arena *scratch,
    struct rules *r, const struct image *img, const proxy_vec *proxies)
{
	struct trial t = {.found = ret,
	    .arena = a,
	    .scratch = scratch,
	    .r = r,
	    .p = r->premises,
	    .layout = r->premises->layout,
	    .proxies = proxies};
	struct arena one = {0};
	struct classes c;
	bool *tried;

	ret->conflict = r->conflict;
	ret->limited = is_limited(r);
	ret->from_zero =
	    r->from_zero && !version_has(t.p->cilium, VERSION_RANGE_FROM_ZERO);
	if (!img || ret->conflict || ret->from_zero)
		return;
	read_entries(&t, img);
	classes_init(&c, scratch, (uint32_t)t.p->world->idents.n);
	split_by_clauses(&t, &c);
	split_by_aggregates(&t, &c);
	split_by_entries(&t, &c);
	if (t.n > 1)
		qsort(t.v, t.n, sizeof(*t.v), compare_id);
	tried = ARENA_ARRAY(scratch, bool, c.split.n);
	for (uint32_t i = 0; i < c.n; i++) {
		if (!tried[c.of[i]])
			try_peer(&t, &one, i);
		tried[c.of[i]] = true;
	}
	arena_free(&one);
}
