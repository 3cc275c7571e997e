/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What can be asked of maps once pmap_compute() has made them, but for lookups
 * (lookup.c) and reasons (why.c).
 */
#include "pmap/pmap.h"

#include <assert.h>

#include "pmap/key.h"
#include "pmap/ports.h"

const struct pmap_class *
pmap_class_of_endpoint(const struct pmaps *m, const struct endpoint *e)
{
	size_t i = (size_t)(e - m->world->endpoints.v);

	return &m->classes.v[m->class_of_endpoint[i]];
}

const struct pmap_class *
pmap_class_of(const struct pmaps *m, ident_idx_t subject)
{
	uint32_t i = m->class_of[subject.i];

	return i == PMAP_NO_CLASS ? NULL : &m->classes.v[i];
}

/* No two entries share an identity, and the wildcard's is first. */
static void
verify_key(const struct pmap_key *key, struct bitset *seen)
{
	assert(key->nentries > 0 && key->port_bits <= 16);
	assert(port_mask(key->port, key->port_bits) == key->port);
	assert(key->proto != 0 || key->port_bits == 0);
	bitset_zero(seen);
	for (uint32_t i = 0; i < key->nentries; i++) {
		const struct bitset *peers = key->entries[i].peers;

		assert(peers || i == 0);
		if (!peers)
			continue;
		assert(!bitset_empty(peers));
		assert(!bitset_intersects(peers, seen));
		bitset_or(seen, peers);
	}
}

void
pmap_verify(const struct pmaps *m)
{
	struct arena a = {0};
	struct bitset *seen = bitset_new(&a, (uint32_t)m->world->idents.n);

	VEC_FOREACH (direction, &m->directions) {
		const struct pmap_key *keys = (*direction)->keys;

		for (uint32_t i = 0; i < (*direction)->nkeys; i++) {
			assert(
			    i == 0 || key_compare(&keys[i - 1], &keys[i]) < 0);
			verify_key(&keys[i], seen);
		}
	}
	VEC_FOREACH (c, &m->classes)
		assert(c->nidents > 0 && !!c->error == !c->direction[0]);
	arena_free(&a);
}

static void
dump_direction(struct buf *out, const struct pmaps *m,
    const struct pmap_direction *d)
{
	struct pmap_iter it;
	struct pmap_record r;

	buf_printf(out, "  %s%s%s\n", direction_name(d->dir),
	    d->enforced ? " enforced" : "",
	    d->default_deny ? " default-deny" : "");
	pmap_iter_init(&it, m->world, d);
	while (pmap_iter_next(&it, &r)) {
		buf_printf(out, "    id %u proto %u port %u/%u %s %#010x",
		    r.id.id, r.proto, r.port, r.port_bits,
		    r.value.deny ? "deny" : "allow", r.value.precedence);
		if (r.value.redirect != 0)
			buf_printf(out, " redirect " STR_FMT,
			    STR_ARG(m->redirects.v[r.value.redirect].name));
		if (r.value.auth != 0)
			buf_printf(out, " auth %#x", r.value.auth);
		buf_putc(out, '\n');
	}
}

void
pmap_dump(struct buf *out, const struct pmaps *m)
{
	VEC_FOREACH (c, &m->classes) {
		buf_printf(out, "class %u identities", c->index);
		for (uint32_t i = 0; i < c->nidents; i++)
			buf_printf(out, " %u",
			    world_identity(m->world, c->idents[i])->id.id);
		buf_putc(out, '\n');
		if (c->error)
			buf_printf(out, "  error: %s\n", c->error);
		for (int dir = 0; dir < 2 && !c->error; dir++)
			dump_direction(out, m, c->direction[dir]);
	}
}

enum drop_reason
pmap_drop_reason(enum pmap_verdict v)
{
	switch (v) {
	case PMAP_ALLOWED:
	case PMAP_REDIRECTED:
		return REASON_NONE;
	case PMAP_DENIED:
		return REASON_POLICY_DENY;
	case PMAP_NO_MATCH:
		return REASON_POLICY_DENIED;
	case PMAP_AUTH:
		return REASON_AUTH_REQUIRED;
	}
	return REASON_NONE;
}

const char *
pmap_verdict_name(enum pmap_verdict v)
{
	switch (v) {
	case PMAP_ALLOWED:
		return "allow";
	case PMAP_REDIRECTED:
		return "redirect";
	case PMAP_DENIED:
		return "deny";
	case PMAP_NO_MATCH:
		return "drop";
	case PMAP_AUTH:
		return "auth";
	}
	return NULL;
}

const char *
pmap_parser_name(enum ir_parser parser)
{
	switch (parser) {
	case IR_PARSER_NONE:
		return "";
	case IR_PARSER_TLS:
		return "tls";
	case IR_PARSER_HTTP:
		return "http";
	case IR_PARSER_DNS:
		return "dns";
	case IR_PARSER_CRD:
		return "crd";
	}
	return NULL;
}
