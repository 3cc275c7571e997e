/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What `cilium-dbg fqdn cache list -o json` prints, rewritten as the tree of
 * an FQDNCache: one entry a name, with the addresses of all its lookups.
 */
#include "schema/dns_cache.h"

#include "base/map.h"
#include "base/vec.h"
#include "diag_gen.h"

/* A name with its addresses. */
struct name {
	struct str text;
	struct span at;
	VEC(const struct ynode *) ips;
};

struct cache {
	struct arena *arena;
	struct diag_sink *sink;
	struct map by_name; /* -> struct name */
	VEC(struct name *) names;
};

bool
dns_cache_recognised(const struct ynode *doc)
{
	return doc->kind == Y_SEQ && doc->seq.n > 0 &&
	    ynode_get(doc->seq.v[0], "fqdn");
}

static struct name *
name_of(struct cache *c, const struct ynode *fqdn)
{
	void **slot = map_put(&c->by_name, fqdn->s.s, fqdn->s.n);
	struct name *n = *slot;

	if (!n) {
		*slot = n = ARENA_NEW(c->arena, struct name);
		*n = (struct name){.text = fqdn->s, .at = fqdn->at};
		*vec_push(&c->names, c->arena) = n;
	}
	return n;
}

static void
add_lookup(struct cache *c, const struct ynode *item)
{
	const struct ynode *fqdn = ynode_get(item, "fqdn");
	const struct ynode *ips = ynode_get(item, "ips");
	struct name *n;

	if (!fqdn || fqdn->kind != Y_STR || fqdn->s.n == 0) {
		diag_bad_dns_lookup(c->sink, item->at, "no fqdn");
		return;
	}
	/* The agent leaves out a list that is empty. */
	if (!ips || ips->kind == Y_NULL)
		return;
	if (ips->kind != Y_SEQ) {
		diag_bad_dns_lookup(c->sink, ips->at, "ips that are no list");
		return;
	}
	n = name_of(c, fqdn);
	for (uint32_t i = 0; i < ips->seq.n; i++)
		*vec_push(&n->ips, c->arena) = ips->seq.v[i];
}

static const struct ynode *
new_node(struct cache *c, const struct ynode *node)
{
	struct ynode *n = ARENA_NEW(c->arena, struct ynode);

	*n = *node;
	return n;
}

static const struct ynode *
new_map(struct cache *c, struct span at, const struct ypair *v, uint32_t n)
{
	return new_node(c,
	    &(struct ynode){.kind = Y_MAP, .at = at, .map = {v, n}});
}

static const struct ynode *
names_node(struct cache *c, struct span at)
{
	struct ypair *v = ARENA_ARRAY(c->arena, struct ypair, c->names.n);

	for (size_t i = 0; i < c->names.n; i++) {
		const struct name *n = c->names.v[i];

		v[i] = (struct ypair){n->text, n->at,
		    new_node(c,
			&(struct ynode){.kind = Y_SEQ,
			    .at = n->at,
			    .seq = {n->ips.v, (uint32_t)n->ips.n}})};
	}
	return new_map(c, at, v, (uint32_t)c->names.n);
}

const struct ynode *
dns_cache_of(struct arena *a, struct diag_sink *sink, const struct ynode *doc)
{
	struct cache c = {.arena = a, .sink = sink};
	struct ypair *meta = ARENA_NEW(a, struct ypair);
	struct ypair *body = ARENA_ARRAY(a, struct ypair, 2);

	map_init(&c.by_name, a);
	for (uint32_t i = 0; i < doc->seq.n; i++)
		add_lookup(&c, doc->seq.v[i]);
	*meta = (struct ypair){STR("name"), doc->at,
	    new_node(&c,
		&(struct ynode){.kind = Y_STR,
		    .at = doc->at,
		    .s = STR("fqdn-cache-list")})};
	body[0] = (struct ypair){STR("metadata"), doc->at,
	    new_map(&c, doc->at, meta, 1)};
	body[1] =
	    (struct ypair){STR("names"), doc->at, names_node(&c, doc->at)};
	return new_map(&c, doc->at, body, 2);
}
