/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Asking a computed direction: the datapath's lookups (semantics.md 11.8), and
 * the walk over single entries.
 */
#include "pmap/lookup.h"

#include "base/search.h"
#include "pmap/ports.h"

/* The longest match for one map identity. */
struct found {
	const struct pmap_key *key; /* NULL: none */
	const struct pmap_entry *entry;
	int bits; /* 0: any protocol; else 8 + port bits */
};

/* Those of a packet: by its peer, by what stands for that, and by 0. */
struct lookup {
	ident_idx_t peer, aggregate; /* no aggregate: PMAP_NOBODY, as it is 0 */
	struct found own, wide, any;
};

/* Whether no shorter key matters any more. */
static bool
is_done(const struct lookup *l)
{
	const struct found *wide =
	    l->aggregate.i == PMAP_NOBODY.i ? &l->any : &l->wide;

	return wide->key && (l->own.key || l->peer.i == PMAP_NOBODY.i);
}

static bool
has(const struct pmap_entry *e, ident_idx_t ident)
{
	return ident.i != PMAP_NOBODY.i && bitset_test(e->peers, ident.i);
}

static void
look_at(struct lookup *l, const struct pmap_key *key, int bits)
{
	for (uint32_t i = 0; i < key->nentries && !is_done(l); i++) {
		const struct pmap_entry *e = &key->entries[i];
		struct found found = {key, e, bits};

		if (!e->peers && !l->any.key)
			l->any = found;
		if (e->peers && !l->own.key && has(e, l->peer))
			l->own = found;
		if (e->peers && !l->wide.key && has(e, l->aggregate))
			l->wide = found;
	}
}

/* The order of keys as one number. */
static uint32_t
key_rank(uint8_t proto, unsigned bits, uint16_t port)
{
	return (uint32_t)proto << 24 | bits << 16 | port;
}

/* The first of the N sorted keys whose rank is not below RANK, or N. */
static uint32_t
first_at(const struct pmap_key *keys, uint32_t n, uint32_t rank)
{
	uint32_t i;

	LOWER_BOUND(i, n,
	    key_rank(keys[i].proto, keys[i].port_bits, keys[i].port) < rank);
	return i;
}

/*
 * The keys that cover (PROTO, first BITS bits of PORT), longest first: the
 * lengths that occur are gone through, each searched for the one port.
 */
static void
look_along(struct lookup *l, const struct pmap_direction *d, uint8_t proto,
    uint8_t first_bits, uint16_t port)
{
	const struct pmap_key *keys = d->keys;
	uint32_t end =
	    first_at(keys, d->nkeys, key_rank(proto, first_bits + 1U, 0));

	while (end > 0 && keys[end - 1].proto == proto && !is_done(l)) {
		uint8_t bits = keys[end - 1].port_bits;
		uint16_t masked = port_mask(port, bits);
		uint32_t i = first_at(keys, end, key_rank(proto, bits, masked));

		if (i < end && keys[i].port == masked)
			look_at(l, &keys[i], 8 + bits);
		end = first_at(keys, i, key_rank(proto, bits, 0));
	}
}

static uint8_t
auth_type(uint8_t auth)
{
	return auth & 0x7f;
}

static struct lookup
begin(const struct aggregates *g, ident_idx_t peer)
{
	uint32_t part = peer.i == PMAP_NOBODY.i ? 0 : g->part_of[peer.i];

	return (struct lookup){
	    .peer = peer,
	    .aggregate = part ? (ident_idx_t){g->ident[part]} : PMAP_NOBODY,
	};
}

/*
 * What the peer's own entry is compared with.  It is that of identity 0 for
 * peers without an aggregate, and where nothing else is found.
 */
static const struct found *
others(const struct lookup *l)
{
	if (l->aggregate.i == PMAP_NOBODY.i || (!l->own.key && !l->wide.key))
		return &l->any;
	return &l->wide;
}

/* Whether the wildcard's entry is taken and not the identity's own. */
static bool
any_wins(const struct found *own, const struct found *any)
{
	uint32_t a, b;

	if (!own->key || !any->key)
		return !own->key;
	a = own->entry->value.precedence;
	b = any->entry->value.precedence;
	/* Nothing is looked up after the strongest deny. */
	return b > a || (b == a && a != UINT32_MAX && any->bits > own->bits);
}

struct pmap_result
lookup_prefix(const struct pmap_direction *direction, ident_idx_t peer,
    uint8_t proto, uint8_t first_bits, uint16_t port)
{
	struct lookup l = begin(direction->aggregates, peer);
	struct pmap_result result = {.verdict = PMAP_NO_MATCH};
	const struct found *chosen, *other;

	if (proto != 0)
		look_along(&l, direction, proto, first_bits, port);
	/* The key of any protocol has no port and comes first. */
	if (direction->nkeys > 0 && direction->keys[0].proto == 0)
		look_at(&l, &direction->keys[0], 0);
	chosen = &l.own;
	other = others(&l);
	if (!chosen->key && !other->key)
		return result;
	if (any_wins(&l.own, other)) {
		chosen = other;
		other = &l.own;
	}
	result.key = chosen->key;
	result.value = chosen->entry->value;
	result.wildcard = chosen != &l.own;
	if (result.value.deny) {
		result.verdict = PMAP_DENIED;
		return result;
	}
	result.auth = auth_type(result.value.auth);
	if (other->key && !(result.value.auth & 0x80) &&
	    (!direction->by_precedence ||
		other->entry->value.precedence == result.value.precedence) &&
	    auth_type(other->entry->value.auth) > result.auth)
		result.auth = auth_type(other->entry->value.auth);
	if (result.auth > 0)
		result.verdict = PMAP_AUTH;
	else
		result.verdict =
		    result.value.redirect ? PMAP_REDIRECTED : PMAP_ALLOWED;
	return result;
}

struct pmap_result
pmap_lookup(const struct pmap_direction *direction, ident_idx_t peer,
    uint8_t proto, uint16_t port)
{
	return lookup_prefix(direction, peer, proto, 16, port);
}

void
pmap_iter_init(struct pmap_iter *it, const struct world *w,
    const struct pmap_direction *direction)
{
	*it = (struct pmap_iter){.world = w, .direction = direction};
}

/* The entry that has an identity at a key; entries share no identity. */
static const struct pmap_entry *
entry_of(const struct pmap_key *key, uint32_t ident)
{
	for (uint32_t i = 0; i < key->nentries; i++) {
		if (key->entries[i].peers &&
		    bitset_test(key->entries[i].peers, ident))
			return &key->entries[i];
	}
	return NULL;
}

/* The smallest identity at or above FROM that an entry has. */
static uint32_t
next_ident(const struct pmap_key *key, uint32_t from)
{
	uint32_t best = UINT32_MAX;

	for (uint32_t i = 0; i < key->nentries; i++) {
		const struct bitset *p = key->entries[i].peers;
		uint32_t at = p ? bitset_next(p, from) : UINT32_MAX;

		if (p && at < p->nbits && at < best)
			best = at;
	}
	return best;
}

static struct pmap_record
record_of(const struct pmap_iter *it, const struct pmap_key *key,
    const struct pmap_entry *e, uint32_t id)
{
	return (struct pmap_record){
	    .dir = it->direction->dir,
	    .id = {id},
	    .proto = key->proto,
	    .port_bits = key->port_bits,
	    .port = key->port,
	    .value = e->value,
	};
}

bool
pmap_iter_next(struct pmap_iter *it, struct pmap_record *ret_record)
{
	for (; it->key < it->direction->nkeys; it->key++) {
		const struct pmap_key *key = &it->direction->keys[it->key];
		uint32_t ident;

		if (!it->wildcard_done) {
			it->wildcard_done = true;
			if (!key->entries[0].peers) {
				*ret_record =
				    record_of(it, key, &key->entries[0], 0);
				return true;
			}
		}
		ident = next_ident(key, it->ident);
		if (ident != UINT32_MAX) {
			it->ident = ident + 1;
			*ret_record = record_of(it, key, entry_of(key, ident),
			    it->world->idents.v[ident].id.id);
			return true;
		}
		it->wildcard_done = false;
		it->ident = 0;
	}
	return false;
}
