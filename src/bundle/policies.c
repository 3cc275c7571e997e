/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Policy maps become images.  A policy class gives rows, one for each key,
 * value and set of peers; classes with equal rows share an image, and policies
 * whose constants and map sizes agree share a program.
 */
#include "bundle/policies.h"

#include <assert.h>
#include <string.h>

#include "base/hash.h"
#include "base/map.h"
#include "bundle/bundle.h"
#include "bundle/decide.h"
#include "bundle/program.h"
#include "diag_gen.h"
#include "ir/ir.h"

#define NAME_DIGITS 16 /* of the hash, in a file's name */

struct making {
	struct arena *arena;
	struct arena scratch; /* of one policy at a time */
	struct diag_sink *sink;
	const struct pmaps *m;
	const struct world *world;
	uint32_t ipcache_entries;
	struct map peers_of_bits;  /* hash of a bit set -> struct peer_set * */
	struct map policy_of_hash; /* name of an image -> struct policy * */
	struct map program_of_params; /* program_params -> struct program * */
	struct policies *ret;
};

/* A row as an entry, whose identity is still open. */
static struct policy_record
record_of(enum direction dir, const struct pmap_key *n,
    const struct pmap_value *v)
{
	return (struct policy_record){
	    .dir = dir,
	    .proto = n->proto,
	    /* A key holds no bits of port 0: it is every port. */
	    .port_bits = n->port == 0 ? 0 : n->port_bits,
	    .port = n->port,
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
	void **slot;

	hash_put(hash, peers->w, peers->nwords * sizeof(*peers->w));
	slot = map_put(&b->peers_of_bits, hash, sizeof(hash));
	if (*slot)
		return *slot;
	ids = ARENA_ARRAY(&b->scratch, uint32_t, bitset_count(peers));
	BITSET_FOREACH (i, peers)
		ids[n++] = b->world->idents.v[i].id.id;
	*slot = (void *)peer_sets_add(&b->ret->peers, ids, n);
	return *slot;
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

/* Rows of an image that is being made. */
struct rows {
	VEC(struct policy_record) records;
	VEC(const struct peer_set *) sets; /* of each */
};

/*
 * The rows of a node.  Folding prefixes of port 0 can leave two of one value,
 * which become one, so that equal maps have equal images.
 */
static void
add_rows(struct making *b, struct rows *rows, enum direction dir,
    const struct pmap_key *n)
{
	for (uint32_t i = 0, end; i < n->nentries; i = end) {
		const struct pmap_entry *r = &n->entries[i];
		struct bitset *all = NULL;

		for (end = i + 1; end < n->nentries && r->peers &&
		     memcmp(&n->entries[end].value, &r->value,
			 sizeof(r->value)) == 0;
		     end++) {
			if (!all)
				all = bitset_dup(&b->scratch, r->peers);
			bitset_or(all, n->entries[end].peers);
		}
		*vec_push(&rows->records, &b->scratch) =
		    record_of(dir, n, &r->value);
		*vec_push(&rows->sets, &b->scratch) =
		    r->peers ? peers_of(b, all ? all : r->peers) : NULL;
	}
}

/* Fills IMG, which is left alone when the class has too many entries. */
static bool
make_image(struct making *b, const struct pmap_class *c, struct factored *img)
{
	uint64_t max = c->direction[0]->nentries + c->direction[1]->nentries;
	uint32_t size = policy_map_size(b, c, max);
	struct rows rows = {0};

	if (size == 0)
		return false;
	for (int dir = 0; dir < 2; dir++) {
		for (uint32_t i = 0; i < c->direction[dir]->nkeys; i++)
			add_rows(b, &rows, dir, &c->direction[dir]->keys[i]);
	}
	factored_put(img, &b->scratch, b->world->ir->opt.cilium, rows.records.v,
	    rows.sets.v, (uint32_t)rows.records.n, size);
	return true;
}

static struct cnpc_config
config_of(struct making *b, const struct factored *img)
{
	const struct ir_options *opt = &b->world->ir->opt;
	bool dual = opt->ipv4 && opt->ipv6;
	struct policy_table t;

	/* Rows tell as well as entries: only any identity is number 0. */
	policy_table_read(&t, &b->scratch, &img->rows);
	return (struct cnpc_config){
	    .world_ipv4 = dual ? SEC_ID_WORLD_IPV4 : SEC_ID_WORLD,
	    .world_ipv6 = dual ? SEC_ID_WORLD_IPV6 : SEC_ID_WORLD,
	    .ipv4 = opt->ipv4,
	    .ipv6 = opt->ipv6,
	    .ingress = !policy_open(&t, DIR_INGRESS),
	    .egress = !policy_open(&t, DIR_EGRESS),
	};
}

/* The program with these constants, which is made once. */
static const struct program *
program_of(struct making *b, const struct program_params *params)
{
	void **slot = map_put(&b->program_of_params, params, sizeof(*params));
	char hash[HASH_STRLEN];
	struct program *p;

	/* The bytes of PARAMS are the key: none of them is padding. */
	_Static_assert(sizeof(*params) ==
		sizeof(struct cnpc_config) + 3 * sizeof(uint32_t),
	    "struct program_params has another layout");
	if (*slot)
		return *slot;
	*slot = p = ARENA_NEW(b->arena, struct program);
	p->bytes = program_make(b->arena, params);
	hash_text(p->bytes, hash);
	p->name = arena_printf(b->arena, "programs/policy-%.*s.bpf.o",
	    NAME_DIGITS, hash);
	*vec_push(&b->ret->programs, b->arena) = p;
	return p;
}

static struct policy *
add_policy(struct making *b, const struct factored *img)
{
	struct policy *p = ARENA_NEW(b->arena, struct policy);
	/* The maps' own sizes: with those of their content hardly two
	 * programs would be equal. */
	struct program_params params = {
	    .config = config_of(b, img),
	    .cilium = img->rows.cilium,
	    .policy_entries = img->rows.max_entries,
	    .ipcache_entries = b->ipcache_entries,
	};

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
	map_init(&b.peers_of_bits, a);
	map_init(&b.policy_of_hash, a);
	map_init(&b.program_of_params, a);
	make_images(&b);
	arena_free(&b.scratch);
	assign_identities(&b);
}
