/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Policy maps become images.  A direction gives rows, one for each key, value
 * and set of peers, with the rules that they come from; classes with equal rows
 * share an image, and policies whose constants and map sizes agree share a
 * program.
 */
#include "bundle/policies.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/map.h"
#include "bundle/bundle.h"
#include "bundle/decide.h"
#include "bundle/program.h"
#include "diag_gen.h"
#include "ir/ir.h"
#include "pmap/share.h"

struct row {
	struct policy_record record;
	const struct peer_set *peers; /* NULL: any identity */
	uint32_t share;               /* the first of its shares */
};

/* The rows of a direction. */
struct rows {
	VEC(struct row) v;            /* as in an image */
	VEC(struct row_share) shares; /* of each row up to one of all others */
	uint32_t list;                /* number of its list of rules */
};

struct making {
	struct arena *arena;
	struct arena scratch; /* of one key or policy at a time */
	struct arena kept;    /* rows, until all policies are made */
	struct diag_sink *sink;
	const struct pmaps *m;
	const struct world *world;
	uint32_t ipcache_entries;
	struct map rows_of_direction; /* -> struct rows * */
	VEC(struct rows *) all_rows;
	struct map
	    peers_of_bits; /* hash of a packed set -> struct peer_set * */
	struct map policy_of_hash;    /* name of an image -> struct policy * */
	struct map program_of_params; /* program_params -> struct program * */
	struct policies *ret;
};

/* A row as an entry, whose identity is still open. */
static struct policy_record
record_of(enum direction dir, const struct pmap_key *key,
    const struct pmap_value *v)
{
	return (struct policy_record){
	    .dir = dir,
	    .proto = key->proto,
	    /* A key holds no bits of port 0: it is every port. */
	    .port_bits = key->port == 0 ? 0 : key->port_bits,
	    .port = key->port,
	    .deny = v->deny,
	    .auth = v->auth,
	    .proxy_port = bundle_proxy_port(v->redirect),
	    .precedence = v->precedence,
	};
}

/* The set of these peers; each distinct one is listed once. */
static const struct peer_set *
peers_of(struct making *b, const struct bitset *peers)
{
	uint8_t hash[HASH_SIZE];
	uint32_t *ids, n = 0;
	struct str bytes;
	void **slot;

	if (!peers->packed)
		peers = bitset_pack(&b->scratch, peers);
	bytes = bitset_bytes(peers);
	hash_put(hash, bytes.s, bytes.n);
	slot = map_put(&b->peers_of_bits, hash, sizeof(hash));
	if (*slot)
		return *slot;
	ids = ARENA_ARRAY(&b->scratch, uint32_t, bitset_count(peers));
	BITSET_FOREACH (i, peers)
		ids[n++] = b->world->idents.v[i].id.id;
	*slot = (void *)peer_sets_add(&b->ret->peers, ids, n);
	return *slot;
}

/* Adds the row of an entry, with the rules that gave it. */
static void
add_row(struct making *b, struct rows *rows,
    const struct pmap_direction *direction, const struct pmap_key *key,
    const struct pmap_entry *entry)
{
	struct row *row = vec_push(&rows->v, &b->kept);
	share_vec shares = {0};

	pmap_shares(&shares, &b->scratch, b->world, direction, key, entry);
	*row = (struct row){
	    .record = record_of(direction->dir, key, &entry->value),
	    .peers = entry->peers ? peers_of(b, entry->peers) : NULL,
	    .share = (uint32_t)rows->shares.n,
	};
	VEC_FOREACH (s, &shares)
		*vec_push(&rows->shares, &b->kept) = (struct row_share){
		    .rule = s->rule ? bundle_rule_number(s->rule) : 0,
		    .peers = s->peers ? peers_of(b, s->peers) : NULL,
		};
}

/*
 * The rows of a key.  Folding prefixes of port 0 can leave two entries of one
 * value, which become one, so that equal maps have equal images.
 */
static void
add_rows(struct making *b, struct rows *rows,
    const struct pmap_direction *direction, const struct pmap_key *key)
{
	for (uint32_t i = 0, end; i < key->nentries; i = end) {
		struct pmap_entry entry = key->entries[i];
		struct bitset *all = NULL;

		for (end = i + 1; end < key->nentries && entry.peers &&
		     memcmp(&key->entries[end].value, &entry.value,
			 sizeof(entry.value)) == 0;
		     end++) {
			if (!all)
				entry.peers = all =
				    bitset_dup(&b->scratch, entry.peers);
			bitset_or(all, key->entries[end].peers);
		}
		add_row(b, rows, direction, key, &entry);
	}
}

/* In the order of an image. */
static int
compare_row(const void *pa, const void *pb)
{
	const struct row *a = pa, *b = pb;
	int c = policy_record_compare(&a->record, &b->record);

	if (c != 0 || !a->peers || !b->peers)
		return c ? c : !!a->peers - !!b->peers;
	return peer_set_compare(&a->peers, &b->peers);
}

/* The rows of a direction, which many classes may have. */
static const struct rows *
rows_of(struct making *b, const struct pmap_direction *direction)
{
	void **slot =
	    map_put(&b->rows_of_direction, &direction, sizeof(direction));
	struct rows *rows = *slot;

	if (rows)
		return rows;
	*slot = rows = ARENA_NEW(&b->kept, struct rows);
	*vec_push(&b->all_rows, &b->kept) = rows;
	for (uint32_t i = 0; i < direction->nkeys; i++) {
		add_rows(b, rows, direction, &direction->keys[i]);
		arena_reset(&b->scratch);
	}
	if (rows->v.n > 1)
		qsort(rows->v.v, rows->v.n, sizeof(*rows->v.v), compare_row);
	return rows;
}

/* The subject of a class as a message names it. */
static struct str
class_name(const struct making *b, const struct pmap_class *c)
{
	return identity_print(b->arena, b->world, c->idents[0]);
}

/* The size of the map for so many entries; 0, and reported, if none is. */
static uint32_t
policy_map_size(struct making *b, const struct pmap_class *c, uint64_t n)
{
	uint32_t size = POLICY_MAP_ENTRIES;

	if (n > POLICY_MAP_ENTRIES_MAX) {
		diag_policy_map_too_large(b->sink, (struct span){0},
		    class_name(b, c), n, POLICY_MAP_ENTRIES_MAX);
		return 0;
	}
	if (n > size)
		diag_policy_map_overflow(b->sink, (struct span){0},
		    class_name(b, c), n, size);
	while (size < n)
		size *= 2;
	return size;
}

/* Fills IMG, which is left alone when the class has too many entries. */
static bool
make_image(struct making *b, const struct pmap_class *c, struct factored *img)
{
	const struct rows *rows[2] = {rows_of(b, c->direction[0]),
	    rows_of(b, c->direction[1])};
	uint64_t max = c->direction[0]->nentries + c->direction[1]->nentries;
	uint32_t size = policy_map_size(b, c, max), n = 0;
	struct policy_record *records;
	const struct peer_set **sets;

	if (size == 0)
		return false;
	records = ARENA_ARRAY(&b->scratch, struct policy_record,
	    rows[0]->v.n + rows[1]->v.n);
	sets = ARENA_ARRAY(&b->scratch, const struct peer_set *,
	    rows[0]->v.n + rows[1]->v.n);
	for (int dir = 0; dir < 2; dir++) {
		VEC_FOREACH (row, &rows[dir]->v) {
			records[n] = row->record;
			sets[n++] = row->peers;
		}
	}
	factored_put(img, &b->scratch, b->world->ir->opt.cilium.number, records,
	    sets, n, size);
	return true;
}

/* The program with these constants, which is made once. */
static const struct program *
program_of(struct making *b, const struct program_params *params)
{
	void **slot = map_put(&b->program_of_params, params, sizeof(*params));
	struct program *p;

	/* The bytes of PARAMS are the key: none of them is padding. */
	_Static_assert(sizeof(*params) ==
		sizeof(struct cnpc_config) + 3 * sizeof(uint32_t),
	    "struct program_params has another layout");
	if (*slot)
		return *slot;
	*slot = p = ARENA_NEW(b->arena, struct program);
	p->bytes = program_make(b->arena, params);
	p->name = program_name(b->arena, p->bytes);
	*vec_push(&b->ret->programs, b->arena) = p;
	return p;
}

static struct policy *
add_policy(struct making *b, const struct factored *img)
{
	struct policy *p = ARENA_NEW(b->arena, struct policy);
	const struct ir_options *opt = &b->world->ir->opt;
	const struct cluster_traits traits = {{opt->ipv4, opt->ipv6}, opt->sctp,
	    opt->extended_protocols};
	struct program_params params;

	/* The maps' own sizes: with those of their content hardly two
	 * programs would be equal. */
	program_params_of(&params, &b->scratch, &img->rows, b->ipcache_entries,
	    &traits);
	p->bytes = (struct str){arena_dup(b->arena, img->bytes.s, img->bytes.n),
	    img->bytes.n};
	p->name = arena_dup(b->arena, img->hash, HASH_STRLEN - 1);
	p->nentries = img->nentries;
	p->program = program_of(b, &params);
	*vec_push(&b->ret->list, b->arena) = p;
	return p;
}

static void
make_images(struct making *b)
{
	VEC_FOREACH (c, &b->m->classes) {
		struct factored img;
		void **slot;

		if (c->error || !make_image(b, c, &img))
			continue;
		slot = map_put(&b->policy_of_hash, img.hash, HASH_STRLEN - 1);
		if (!*slot)
			*slot = add_policy(b, &img);
		b->ret->of_class[c->index] = *slot;
		assert(str_eq(((struct policy *)*slot)->bytes, img.bytes));
		arena_reset(&b->scratch);
	}
}

/* Several classes may have one image, and an identity be in several. */
static void
assign_identities(struct making *b)
{
	VEC_FOREACH (c, &b->m->classes) {
		struct policy *p = b->ret->of_class[c->index];

		for (uint32_t i = 0; p && i < c->nidents; i++)
			*vec_push(&p->idents, b->arena) =
			    world_identity(b->world, c->idents[i])->id.id;
	}
	VEC_FOREACH (at, &b->ret->list)
		(*at)->idents.n = ids_unite((*at)->idents.v, (*at)->idents.n);
}

/* The shares of the rows, in their order. */
static void
list_rows(struct making *b, struct rows *rows)
{
	struct rule_lists *lists = &b->ret->rules;
	struct row_share *v =
	    ARENA_ARRAY(lists->arena, struct row_share, rows->shares.n);
	uint32_t n = 0;

	VEC_FOREACH (row, &rows->v) {
		const struct row_share *s = &rows->shares.v[row->share];

		do
			v[n++] = *s;
		while (s++->peers);
	}
	rows->list = rule_lists_add(lists, v, n);
}

/* Which rules gave the entries of each endpoint's policy. */
static void
list_rules(struct making *b)
{
	size_t n = b->world->endpoints.n;
	struct endpoint_rules *v =
	    ARENA_ARRAY(b->arena, struct endpoint_rules, n);

	rule_lists_init(&b->ret->rules, b->arena);
	VEC_FOREACH (rows, &b->all_rows)
		list_rows(b, *rows);
	for (size_t i = 0; i < n; i++) {
		const struct pmap_class *c =
		    pmap_class_of_endpoint(b->m, &b->world->endpoints.v[i]);

		for (int dir = 0; dir < 2 && b->ret->of_class[c->index]; dir++)
			v[i].list[dir] = rows_of(b, c->direction[dir])->list;
	}
	b->ret->rules_of_endpoint = v;
}

void
policies_make(struct policies *ret_policies, struct arena *a,
    struct diag_sink *sink, const struct pmaps *m, uint32_t ipcache_entries)
{
	struct making b = {
	    .arena = a,
	    .sink = sink,
	    .m = m,
	    .world = m->world,
	    .ipcache_entries = ipcache_entries,
	    .ret = ret_policies,
	};

	*ret_policies = (struct policies){
	    .of_class = ARENA_ARRAY(a, struct policy *, m->classes.n),
	};
	peer_sets_init(&ret_policies->peers, a);
	map_init(&b.rows_of_direction, &b.kept);
	map_init(&b.peers_of_bits, a);
	map_init(&b.policy_of_hash, a);
	map_init(&b.program_of_params, a);
	make_images(&b);
	assign_identities(&b);
	peer_sets_sort(&ret_policies->peers);
	list_rules(&b);
	arena_free(&b.scratch);
	arena_free(&b.kept);
}
