/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Asking a computed direction: the datapath's two lookups (semantics.md 11.8),
 * and the walk over single entries.
 */
#include <stdlib.h>

#include "pmap/key.h"
#include "pmap/ports.h"

int
key_compare(const void *pa, const void *pb)
{
	const struct pmap_key *a = pa, *b = pb;

	if (a->proto != b->proto)
		return a->proto < b->proto ? -1 : 1;
	if (a->port_bits != b->port_bits)
		return a->port_bits < b->port_bits ? -1 : 1;
	return (a->port > b->port) - (a->port < b->port);
}

const struct pmap_key *
key_find(const struct pmap_key *keys, size_t n, uint8_t proto, uint8_t bits,
    uint16_t port)
{
	struct pmap_key key = {.proto = proto,
	    .port_bits = bits,
	    .port = port_mask(port, bits)};

	return n ? bsearch(&key, keys, n, sizeof(key), key_compare) : NULL;
}

/* The longest match for one map identity. */
struct found {
	const struct pmap_key *key; /* NULL: none */
	const struct pmap_entry *entry;
	int bits; /* 0: any protocol; else 8 + port bits */
};

static void
look_at(const struct pmap_key *n, ident_idx_t peer, int bits, struct found *e3,
    struct found *e4)
{
	for (uint32_t i = 0; i < n->nentries; i++) {
		const struct pmap_entry *r = &n->entries[i];
		struct found here = {n, r, bits};

		if (!r->peers && !e4->key)
			*e4 = here;
		if (r->peers && !e3->key && peer.i != PMAP_NOBODY.i &&
		    bitset_test(r->peers, peer.i))
			*e3 = here;
	}
}

static uint8_t
auth_type(uint8_t auth)
{
	return auth & 0x7f;
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
	/* Nothing is looked up behind the strongest deny. */
	return b > a || (b == a && a != UINT32_MAX && any->bits > own->bits);
}

struct pmap_result
pmap_lookup_at(const struct pmap_direction *direction, ident_idx_t peer,
    uint8_t proto, uint8_t first_bits, uint16_t port)
{
	struct found e3 = {0}, e4 = {0}, *chosen, *other;
	struct pmap_result result = {.verdict = PMAP_NO_MATCH};
	const struct pmap_key *n;

	for (int bits = first_bits; bits >= 0; bits--) {
		n = proto == 0 ? NULL
			       : key_find(direction->keys, direction->nkeys,
				     proto, (uint8_t)bits, port);
		if (n)
			look_at(n, peer, 8 + bits, &e3, &e4);
	}
	n = key_find(direction->keys, direction->nkeys, 0, 0, 0);
	if (n)
		look_at(n, peer, 0, &e3, &e4);
	if (!e3.key && !e4.key)
		return result;
	chosen = &e3;
	other = &e4;
	if (any_wins(&e3, &e4)) {
		chosen = &e4;
		other = &e3;
	}
	result.key = chosen->key;
	result.value = chosen->entry->value;
	result.wildcard = chosen == &e4;
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
	return pmap_lookup_at(direction, peer, proto, 16, port);
}

void
pmap_iter_init(struct pmap_iter *it, const struct world *w,
    const struct pmap_direction *direction)
{
	*it = (struct pmap_iter){.world = w, .direction = direction};
}

/* The entry that has an identity at a key; entries share no identity. */
static const struct pmap_entry *
entry_of(const struct pmap_key *n, uint32_t ident)
{
	for (uint32_t i = 0; i < n->nentries; i++) {
		if (n->entries[i].peers &&
		    bitset_test(n->entries[i].peers, ident))
			return &n->entries[i];
	}
	return NULL;
}

/* The smallest identity at or above FROM that an entry has. */
static uint32_t
next_ident(const struct pmap_key *n, uint32_t from)
{
	uint32_t best = UINT32_MAX;

	for (uint32_t i = 0; i < n->nentries; i++) {
		const struct bitset *p = n->entries[i].peers;
		uint32_t at = p ? bitset_next(p, from) : UINT32_MAX;

		if (p && at < p->nbits && at < best)
			best = at;
	}
	return best;
}

static struct pmap_record
record_of(const struct pmap_iter *it, const struct pmap_key *n,
    const struct pmap_entry *r, uint32_t id)
{
	return (struct pmap_record){
	    .dir = it->direction->dir,
	    .id = {id},
	    .proto = n->proto,
	    .port_bits = n->port_bits,
	    .port = n->port,
	    .value = r->value,
	};
}

bool
pmap_iter_next(struct pmap_iter *it, struct pmap_record *ret_record)
{
	for (; it->key < it->direction->nkeys; it->key++) {
		const struct pmap_key *n = &it->direction->keys[it->key];
		uint32_t ident;

		if (!it->wildcard_done) {
			it->wildcard_done = true;
			if (!n->entries[0].peers) {
				*ret_record =
				    record_of(it, n, &n->entries[0], 0);
				return true;
			}
		}
		ident = next_ident(n, it->ident);
		if (ident != UINT32_MAX) {
			it->ident = ident + 1;
			*ret_record = record_of(it, n, entry_of(n, ident),
			    it->world->idents.v[ident].id.id);
			return true;
		}
		it->wildcard_done = false;
		it->ident = 0;
	}
	return false;
}
