/* SPDX-License-Identifier: Apache-2.0 */
#include "bundle/bundle.h"

#include <assert.h>
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/hash.h"
#include "base/json.h"
#include "base/map.h"
#include "diag_gen.h"
#include "bundle/decide.h"
#include "bundle/factored.h"
#include "bundle/image.h"
#include "bundle/l7.h"
#include "bundle/program.h"
#include "ir/ir.h"

#define NAME_DIGITS 16 /* of the hash, in a file's name */

/* A program; all policies that its constants suit share it. */
struct program {
	const char *name;
	struct str bytes;
};

/* A policy image with its program. */
struct policy {
	struct str bytes;
	const char *name; /* of the image */
	uint32_t nentries;
	const struct program *program;
	VEC(uint32_t) idents; /* ascending */
};

struct making {
	struct arena *arena;
	struct arena scratch; /* of one policy at a time */
	struct diag_sink *sink;
	const struct bundle_options *opt;
	const struct pmaps *m;
	const struct world *world;
	struct image ipcache;
	struct peer_sets peers;
	struct map peers_of_bits; /* hash of a bit set -> struct peer_set * */
	struct l7 *l7;
	VEC(struct policy *) policies; /* by first identity */
	struct map policy_of_hash;
	VEC(struct program *) programs; /* as first needed */
	struct map program_of_params;
	struct policy **policy_of_class; /* NULL: unresolved */
	struct bundle *ret;
};

uint16_t
bundle_proxy_port(uint16_t redirect)
{
	assert(redirect <= UINT16_MAX - BUNDLE_PROXY_PORT);
	return redirect ? (uint16_t)(BUNDLE_PROXY_PORT + redirect) : 0;
}

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
	*slot = (void *)peer_sets_add(&b->peers, ids, n);
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
	*vec_push(&b->programs, b->arena) = p;
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
	    .cilium = img->rows.layout.cilium,
	    .policy_entries = img->rows.max_entries,
	    .ipcache_entries = b->ipcache.max_entries,
	};

	p->bytes = (struct str){arena_dup(b->arena, img->bytes.s, img->bytes.n),
	    img->bytes.n};
	p->name = arena_dup(b->arena, img->hash, HASH_STRLEN - 1);
	p->nentries = img->nentries;
	p->program = program_of(b, &params);
	*vec_push(&b->policies, b->arena) = p;
	return p;
}

static void
make_policies(struct making *b)
{
	b->policy_of_class =
	    ARENA_ARRAY(b->arena, struct policy *, b->m->classes.n);
	peer_sets_init(&b->peers, b->arena);
	map_init(&b->peers_of_bits, b->arena);
	map_init(&b->policy_of_hash, b->arena);
	map_init(&b->program_of_params, b->arena);
	VEC_FOREACH (c, &b->m->classes) {
		struct factored img;
		void **slot;

		if (c->error || !make_image(b, c, &img))
			continue;
		slot = map_put(&b->policy_of_hash, img.hash, HASH_STRLEN - 1);
		if (!*slot)
			*slot = add_policy(b, &img);
		b->policy_of_class[c->index] = *slot;
		assert(str_eq(((struct policy *)*slot)->bytes, img.bytes));
		arena_reset(&b->scratch);
	}
}

static void
make_ipcache(struct making *b)
{
	uint32_t n = (uint32_t)b->world->ipcache.n;
	struct ipcache_record *v =
	    ARENA_ARRAY(b->arena, struct ipcache_record, n);

	for (uint32_t i = 0; i < n; i++) {
		const struct ipcache_entry *e = &b->world->ipcache.v[i];

		v[i] = (struct ipcache_record){e->prefix,
		    world_identity(b->world, e->ident)->id.id};
	}
	image_put_ipcache(&b->ipcache, b->arena, b->world->ir->opt.cilium, v, n,
	    n > IPCACHE_MAP_ENTRIES ? n : IPCACHE_MAP_ENTRIES);
}

/* Several classes may have one image, and an identity be in several. */
static void
assign_identities(struct making *b)
{
	VEC_FOREACH (c, &b->m->classes) {
		struct policy *p = b->policy_of_class[c->index];

		for (uint32_t i = 0; p && i < c->nidents; i++)
			*vec_push(&p->idents, b->arena) =
			    world_identity(b->world, c->idents[i])->id.id;
	}
	VEC_FOREACH (at, &b->policies)
		(*at)->idents.n = ids_unite((*at)->idents.v, (*at)->idents.n);
}

/* Where a numeric identity comes from. */
static const char *
scope_name(uint32_t id)
{
	if (id < SEC_ID_POD_FIRST)
		return "reserved";
	switch (id >> 24) {
	case 1:
		return "cidr";
	case 2:
		return "remote-node";
	}
	return "cluster";
}

static struct buf *
new_document(struct arena *a, struct json *ret_json)
{
	struct buf *out = ARENA_NEW(a, struct buf);

	buf_init(out, a);
	json_init(ret_json, out, true);
	return out;
}

static struct str
identities_json(const struct making *b, struct arena *a)
{
	struct json j;
	struct buf *out = new_document(a, &j);
	char prefix[CIDR_STRLEN];

	json_array(&j);
	VEC_FOREACH (id, &b->world->idents) {
		json_object_line(&j);
		json_kv_u64(&j, "id", id->id.id);
		json_kv_cstr(&j, "scope", scope_name(id->id.id));
		if (id->has_prefix)
			json_kv_cstr(&j, "prefix",
			    cidr_print(&id->prefix, prefix));
		json_key(&j, "labels");
		json_array(&j);
		for (uint32_t i = 0; i < id->nlabels; i++)
			json_str(&j,
			    label_print(a, b->world->ir->atoms,
				&id->labels[i]));
		json_end_array(&j);
		json_end_object(&j);
	}
	json_end_array(&j);
	buf_putc(out, '\n');
	return buf_as_str(out);
}

static struct str
endpoints_json(const struct making *b, struct arena *a)
{
	struct json j;
	struct buf *out = new_document(a, &j);
	char ip[CIDR_STRLEN];

	json_array(&j);
	VEC_FOREACH (e, &b->world->endpoints) {
		const struct pmap_class *c = pmap_class_of_endpoint(b->m, e);
		const struct policy *p = b->policy_of_class[c->index];

		json_object_line(&j);
		json_kv_str(&j, "namespace", e->ns);
		json_kv_str(&j, "name", e->name);
		json_kv_u64(&j, "identity",
		    world_identity(b->world, e->ident)->id.id);
		json_key(&j, "ips");
		json_array(&j);
		for (uint32_t i = 0; i < e->nips; i++)
			json_cstr(&j, ip_print(&e->ips[i], ip));
		json_end_array(&j);
		if (p) {
			json_kv_cstr(&j, "image", p->name);
			l7_put_refs(&j, b->l7, c);
		} else if (c->error) {
			json_kv_cstr(&j, "error", c->error);
		}
		json_end_object(&j);
	}
	json_end_array(&j);
	buf_putc(out, '\n');
	return buf_as_str(out);
}

static void
put_content(struct json *j, const char *name, struct str bytes,
    const char *hash)
{
	json_kv_cstr(j, "name", name);
	json_kv_u64(j, "bytes", bytes.n);
	json_kv_cstr(j, "xxh3_128", hash);
}

static const char *
enforcement_name(enum pmap_enforcement e)
{
	switch (e) {
	case PMAP_ENFORCE_DEFAULT:
		return "default";
	case PMAP_ENFORCE_ALWAYS:
		return "always";
	case PMAP_ENFORCE_NEVER:
		return "never";
	}
	return NULL;
}

static void
put_options(struct json *j, const struct making *b)
{
	const struct ir_options *opt = &b->world->ir->opt;
	const char *version = arena_printf(b->arena, "%u.%u", opt->cilium / 100,
	    opt->cilium % 100);

	json_key(j, "options");
	json_object(j);
	json_kv_cstr(j, "precedence",
	    opt->model == IR_MODEL_CILIUM ? "cilium" : "clusterwide");
	json_kv_cstr(j, "cilium", version);
	json_kv_bool(j, "ipv4", opt->ipv4);
	json_kv_bool(j, "ipv6", opt->ipv6);
	json_kv_cstr(j, "enforcement", enforcement_name(b->m->opt.enforcement));
	json_kv_bool(j, "allow_localhost", b->m->opt.allow_localhost);
	json_kv_str(j, "cluster_name", opt->cluster_name);
	json_end_object(j);
}

static void
put_inputs(struct json *j, const struct making *b)
{
	json_key(j, "inputs");
	json_array(j);
	VEC_FOREACH (s, &b->opt->sources->v) {
		char hash[HASH_STRLEN];

		hash_text(s->text, hash);
		json_object(j);
		put_content(j, s->name, s->text, hash);
		json_kv_bool(j, "context", s->context);
		json_end_object(j);
	}
	json_end_array(j);
}

static void
put_outputs(struct json *j, const struct making *b)
{
	json_key(j, "outputs");
	json_array(j);
	VEC_FOREACH (o, &b->ret->files) {
		json_object(j);
		put_content(j, o->name, o->bytes, o->hash);
		json_end_object(j);
	}
	json_end_array(j);
}

static void
put_identity_counts(struct json *j, const struct making *b)
{
	static const char *const scopes[] = {"reserved", "cluster", "cidr",
	    "remote-node"};

	json_key(j, "identities");
	json_object(j);
	for (size_t i = 0; i < sizeof(scopes) / sizeof(*scopes); i++) {
		uint64_t n = 0;

		VEC_FOREACH (id, &b->world->idents)
			n += strcmp(scope_name(id->id.id), scopes[i]) == 0;
		json_kv_u64(j, scopes[i], n);
	}
	json_end_object(j);
}

static void
put_redirects(struct json *j, const struct making *b)
{
	json_key(j, "redirects");
	json_array(j);
	for (size_t i = 1; i < b->m->redirects.n; i++) {
		json_object(j);
		json_kv_str(j, "name", b->m->redirects.v[i].name);
		json_kv_cstr(j, "direction",
		    direction_name(b->m->redirects.v[i].dir));
		json_kv_u64(j, "proxy_port", bundle_proxy_port((uint16_t)i));
		json_end_object(j);
	}
	json_end_array(j);
}

static void
put_policies(struct json *j, const struct making *b)
{
	json_key(j, "policies");
	json_array(j);
	VEC_FOREACH (at, &b->policies) {
		const struct policy *p = *at;

		json_object(j);
		json_kv_cstr(j, "image", p->name);
		json_kv_cstr(j, "program", p->program->name);
		json_kv_u64(j, "entries", p->nentries);
		json_key(j, "identities");
		json_array(j);
		VEC_FOREACH (id, &p->idents)
			json_u64(j, *id);
		json_end_array(j);
		json_key(j, "verifier");
		json_object(j);
		json_kv_cstr(j, "status", "not run");
		json_kv_cstr(j, "reason", "compiled offline; run cnpc verify");
		json_end_object(j);
		json_end_object(j);
	}
	json_end_array(j);
}

static struct str
manifest_json(const struct making *b, struct arena *a)
{
	struct json j;
	struct buf *out = new_document(a, &j);

	json_object(&j);
	json_kv_u64(&j, "format", BUNDLE_FORMAT);
	json_kv_cstr(&j, "cnpc", b->opt->version);
	put_options(&j, b);
	put_inputs(&j, b);
	put_outputs(&j, b);
	put_identity_counts(&j, b);
	json_kv_u64(&j, "endpoints", b->world->endpoints.n);
	put_redirects(&j, b);
	put_policies(&j, b);
	json_end_object(&j);
	buf_putc(out, '\n');
	return buf_as_str(out);
}

static struct str
l7_document(const struct making *b, struct arena *a)
{
	return l7_json(b->l7, a);
}

static struct str
ipcache_image(const struct making *b, struct arena *a)
{
	return b->ipcache.bytes;
}

static struct str
peers_image(const struct making *b, struct arena *a)
{
	return peer_sets_put(&b->peers, a);
}

static struct str
policies_image(const struct making *b, struct arena *a)
{
	uint32_t n = (uint32_t)b->policies.n;
	struct str *v = ARENA_ARRAY(a, struct str, n);

	for (uint32_t i = 0; i < n; i++)
		v[i] = b->policies.v[i]->bytes;
	return pack_put(a, v, n);
}

/* The files that there is one of, but for the manifest. */
static const struct {
	const char *name;
	struct str (*make)(const struct making *b, struct arena *a);
} kinds[] = {
    {BUNDLE_IDENTITIES, identities_json},
    {BUNDLE_ENDPOINTS, endpoints_json},
    {BUNDLE_L7, l7_document},
    {BUNDLE_IPCACHE, ipcache_image},
    {BUNDLE_PEERS, peers_image},
    {BUNDLE_POLICIES, policies_image},
};

#define NKINDS (sizeof(kinds) / sizeof(*kinds))

/* Makes the I-th file, or takes a program's that is made already. */
static void
make_file(void *arg, struct worker *self, size_t i)
{
	struct making *b = arg;
	struct bundle_file *f = &b->ret->files.v[i];

	if (i < NKINDS) {
		f->name = kinds[i].name;
		f->bytes = kinds[i].make(b, &self->perm);
	} else {
		f->name = b->programs.v[i - NKINDS]->name;
		f->bytes = b->programs.v[i - NKINDS]->bytes;
	}
	hash_text(f->bytes, f->hash);
}

static void
make_files(struct making *b, struct pool *pool)
{
	size_t n = NKINDS + b->programs.n;
	struct str manifest;

	for (size_t i = 0; i < n; i++)
		vec_push(&b->ret->files, b->arena);
	pool_run(pool, n, make_file, b);
	/* The last: it lists the others. */
	manifest = manifest_json(b, b->arena);
	*vec_push(&b->ret->files, b->arena) =
	    (struct bundle_file){BUNDLE_MANIFEST, manifest, ""};
}

static struct bundle_summary
summarise(const struct making *b)
{
	struct bundle_summary s = {
	    .identities = (uint32_t)b->world->idents.n,
	    .endpoints = (uint32_t)b->world->endpoints.n,
	    .prefixes = b->ipcache.nentries,
	    .classes = (uint32_t)b->m->classes.n,
	    .images = (uint32_t)b->policies.n,
	    .programs = (uint32_t)b->programs.n,
	};

	VEC_FOREACH (at, &b->policies) {
		uint32_t n = (*at)->nentries;

		s.entries += n;
		if (n > s.largest)
			s.largest = n;
	}
	VEC_FOREACH (c, &b->m->classes)
		s.unresolved += !!c->error;
	return s;
}

void
bundle_make(struct bundle *ret_bundle, struct pool *pool, struct arena *a,
    struct diag_sink *sink, const struct bundle_options *opt,
    const struct pmaps *m)
{
	struct making b = {
	    .arena = a,
	    .sink = sink,
	    .opt = opt,
	    .m = m,
	    .world = m->world,
	    .ret = ret_bundle,
	};
	uint64_t max_redirects = UINT16_MAX - BUNDLE_PROXY_PORT;

	*ret_bundle = (struct bundle){0};
	if (m->redirects.n - 1 > max_redirects) {
		diag_too_many_redirects(sink, (struct span){0},
		    m->redirects.n - 1, max_redirects);
		return;
	}
	make_ipcache(&b);
	make_policies(&b);
	arena_free(&b.scratch);
	if (diag_failed(sink))
		return;
	assign_identities(&b);
	b.l7 = l7_new(a, opt->sources, m);
	make_files(&b, pool);
	ret_bundle->summary = summarise(&b);
}

/* Whether a directory may be replaced: there is none, or it is a bundle. */
static bool
is_replaceable(struct arena *a, const char *path)
{
	const char *manifest = arena_printf(a, "%s/%s", path, BUNDLE_MANIFEST);
	DIR *dir = opendir(path);
	bool empty = true;
	struct dirent *e;

	if (!dir)
		return errno != ENOTDIR; /* making it will tell the rest */
	while ((e = readdir(dir)))
		empty &=
		    strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0;
	closedir(dir);
	return empty || access(manifest, F_OK) == 0;
}

int
bundle_write(const struct bundle *b, struct arena *a, const char *path)
{
	struct outdir dir;
	int error;

	if (!is_replaceable(a, path))
		return EEXIST;
	error = outdir_open(&dir, a, path);
	if (!error)
		error = outdir_mkdir(&dir, "maps");
	if (!error)
		error = outdir_mkdir(&dir, "programs");
	VEC_FOREACH (f, &b->files) {
		if (!error)
			error = outdir_write(&dir, f->name, f->bytes);
	}
	if (!error)
		error = outdir_commit(&dir);
	if (error)
		outdir_abort(&dir);
	return error;
}
