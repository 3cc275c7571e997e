/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The files of a bundle: policies first, which give the programs, then all
 * files at once, and the manifest that lists them last.
 */
#include "bundle/write.h"

#include <string.h>

#include "base/hash.h"
#include "bundle/documents.h"
#include "bundle/l7.h"
#include "bundle/manifest.h"
#include "bundle/objects.h"
#include "bundle/pack.h"
#include "bundle/ours.h"
#include "bundle/policies.h"
#include "diag_gen.h"

struct making {
	struct arena *arena;
	const struct pmaps *m;
	const struct bundle_options *opt;
	struct image ipcache;
	struct policies policies;
	struct l7 *l7;
	struct bundle *ret;
};

static void
make_ipcache(struct making *b)
{
	uint32_t n = (uint32_t)b->m->world->ipcache.n;
	struct ipcache_record *v =
	    ARENA_ARRAY(b->arena, struct ipcache_record, n);

	for (uint32_t i = 0; i < n; i++) {
		const struct ipcache_entry *e = &b->m->world->ipcache.v[i];

		v[i] = (struct ipcache_record){e->prefix,
		    world_identity(b->m->world, e->ident)->id.id};
	}
	image_put_ipcache(&b->ipcache, b->arena,
	    b->m->world->ir->opt.cilium.number, v, n,
	    n > IPCACHE_MAP_ENTRIES ? n : IPCACHE_MAP_ENTRIES);
}

static struct str
identities_document(const struct making *b, struct arena *a)
{
	return identities_json(a, b->m->world);
}

static struct str
endpoints_document(const struct making *b, struct arena *a)
{
	return endpoints_json(a, b->m, &b->policies, b->l7);
}

static struct str
l7_document(const struct making *b, struct arena *a)
{
	return l7_json(b->l7, a);
}

static struct str
rules_document(const struct making *b, struct arena *a)
{
	return rules_json(a, b->opt->sources, b->m->world->ir);
}

static struct str
objects_file(const struct making *b, struct arena *a)
{
	const struct object_settings settings = {.ir = b->m->world->ir->opt,
	    .pmap = b->m->opt,
	    .schema = b->opt->schema};

	return objects_put(a, &settings, b->opt->sources, b->opt->objects);
}

static struct str
ipcache_image(const struct making *b, struct arena *a)
{
	return b->ipcache.bytes;
}

static struct str
peers_image(const struct making *b, struct arena *a)
{
	return peer_sets_put(&b->policies.peers, a);
}

static struct str
policies_image(const struct making *b, struct arena *a)
{
	uint32_t n = (uint32_t)b->policies.list.n;
	struct str *v = ARENA_ARRAY(a, struct str, n);

	for (uint32_t i = 0; i < n; i++)
		v[i] = b->policies.list.v[i]->bytes;
	return pack_put(a, v, n);
}

static struct str
row_rules_image(const struct making *b, struct arena *a)
{
	return rule_lists_put(&b->policies.rules, a,
	    b->policies.rules_of_endpoint, (uint32_t)b->m->world->endpoints.n);
}

/*
 * What makes each of bundle_kinds.  Those that have places of the manifests
 * share tables of lines, which are made when they are asked for.
 */
static const struct {
	struct str (*make)(const struct making *b, struct arena *a);
	bool placed;
} makers[BUNDLE_KINDS] = {
    {.make = identities_document},
    {.make = endpoints_document},
    {.make = l7_document, .placed = true},
    {.make = rules_document, .placed = true},
    {.make = objects_file, .placed = true},
    {.make = ipcache_image},
    {.make = peers_image},
    {.make = policies_image},
    {.make = row_rules_image},
};

/* Makes the I-th file, or takes a program's that is made already. */
static void
make_file(struct making *b, struct arena *a, size_t i)
{
	struct bundle_file *f = &b->ret->files.v[i];

	if (i < BUNDLE_KINDS) {
		f->name = bundle_kinds[i];
		f->bytes = makers[i].make(b, a);
	} else {
		f->name = b->policies.programs.v[i - BUNDLE_KINDS]->name;
		f->bytes = b->policies.programs.v[i - BUNDLE_KINDS]->bytes;
	}
	hash_text(f->bytes, f->hash);
	if (b->opt->key)
		sha256_print(f->bytes, f->sha256);
}

/* Item 0 is all files with places, which take longest; each other file is an
 * item. */
static void
make_item(void *arg, struct worker *self, size_t item)
{
	struct making *b = arg;
	size_t i = item - 1;

	if (item > 0 && (i >= BUNDLE_KINDS || !makers[i].placed))
		make_file(b, &self->perm, i);
	for (i = 0; item == 0 && i < BUNDLE_KINDS; i++) {
		if (makers[i].placed)
			make_file(b, &self->perm, i);
	}
}

/* A file without a hash. */
static void
add_file(struct making *b, const char *name, struct str bytes)
{
	struct bundle_file *f = vec_push(&b->ret->files, b->arena);

	f->name = name;
	f->bytes = bytes;
}

static void
make_files(struct making *b, struct pool *pool)
{
	size_t n = BUNDLE_KINDS + b->policies.programs.n;
	struct str manifest;

	for (size_t i = 0; i < n; i++)
		vec_push(&b->ret->files, b->arena);
	pool_run(pool, n + 1, make_item, b);
	/* The last: it lists the others. */
	manifest =
	    manifest_json(b->arena, b->opt, b->m, &b->policies, &b->ret->files);
	add_file(b, BUNDLE_MANIFEST, manifest);
	if (b->opt->key)
		add_file(b, BUNDLE_SIGNATURE,
		    sign_make(b->arena, b->opt->key, manifest));
}

static struct bundle_summary
summarise(const struct making *b)
{
	struct bundle_summary s = {
	    .identities = (uint32_t)b->m->world->idents.n,
	    .endpoints = (uint32_t)b->m->world->endpoints.n,
	    .prefixes = b->ipcache.nentries,
	    .classes = (uint32_t)b->m->classes.n,
	    .images = (uint32_t)b->policies.list.n,
	    .programs = (uint32_t)b->policies.programs.n,
	};

	VEC_FOREACH (at, &b->policies.list) {
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
	struct making b = {.arena = a, .m = m, .opt = opt, .ret = ret_bundle};
	uint64_t max_redirects = UINT16_MAX - BUNDLE_PROXY_PORT;

	*ret_bundle = (struct bundle){0};
	if (m->redirects.n - 1 > max_redirects) {
		diag_too_many_redirects(sink, (struct span){0},
		    m->redirects.n - 1, max_redirects);
		return;
	}
	make_ipcache(&b);
	policies_make(&b.policies, a, sink, m, b.ipcache.max_entries);
	if (diag_failed(sink))
		return;
	b.l7 = l7_new(a, opt->sources, m);
	make_files(&b, pool);
	ret_bundle->summary = summarise(&b);
}

int
bundle_open(struct outdir *d, struct arena *a, const char *dir)
{
	return outdir_open(d, a, dir, bundle_is_ours, bundle_is_part, NULL);
}

int
bundle_write(const struct bundle *b, struct outdir *d)
{
	int error = outdir_mkdir(d, "maps");

	if (!error)
		error = outdir_mkdir(d, "programs");
	VEC_FOREACH (f, &b->files) {
		if (!error)
			error = outdir_write(d, f->name, f->bytes);
	}
	return error ? error : outdir_commit(d);
}
