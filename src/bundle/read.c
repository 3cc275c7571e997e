/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The checks of a bundle: the manifest's members first, then the files that it
 * lists, the images that all policies share, and the policies one by one.
 */
#include "bundle/read.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/hash.h"
#include "base/search.h"
#include "bundle/bundle.h"
#include "bundle/ours.h"
#include "bundle/program.h"
#include "bundle/reading.h"
#include "diag_gen.h"
#include "yaml/yaml_read.h"

void
reading_complain(struct reading *r, struct span at, const char *what,
    const char *name)
{
	const char *text =
	    name ? arena_printf(r->arena, "%s: %s", name, what) : what;

	diag_bad_bundle(r->sink, at, str_of(r->dir), str_of(text));
	r->ret->whole = false;
}

const struct ynode *
reading_member(struct reading *r, const struct ynode *n, const char *key,
    enum ynode_kind kind)
{
	const struct ynode *m = ynode_get(n, key);

	if (m && m->kind == kind)
		return m;
	reading_complain(r, m ? m->at : n->at,
	    arena_printf(r->arena, "\"%s\" is to be of type %s", key,
		ynode_kind_name(kind)),
	    NULL);
	return NULL;
}

struct str
reading_string(struct reading *r, const struct ynode *n, const char *key)
{
	const struct ynode *m = reading_member(r, n, key, Y_STR);

	return m ? m->s : (struct str){0};
}

static bool
bool_member(struct reading *r, const struct ynode *n, const char *key)
{
	const struct ynode *m = reading_member(r, n, key, Y_BOOL);

	return m && m->b;
}

const char *
reading_path(const struct reading *r, struct str name)
{
	return arena_printf(r->arena, "%s/" STR_FMT, r->dir, STR_ARG(name));
}

const struct str *
reading_file(struct reading *r, struct span at, struct str name)
{
	const struct str *bytes = map_get(&r->files, name.s, name.n);

	if (!bytes)
		reading_complain(r, at, "not among its outputs", name.s);
	return bytes;
}

bool
reading_is_image(struct reading *r, struct span at, const char *name,
    const char *problem)
{
	if (!problem)
		return true;
	diag_bad_image(r->sink, at, str_of(reading_path(r, str_of(name))),
	    problem);
	r->ret->whole = false;
	return false;
}

static const char *
read_ipcache(struct reading *r, struct str bytes)
{
	const char *problem = NULL;

	image_read(&r->ret->ipcache, bytes, IMAGE_IPCACHE, &problem);
	return problem;
}

static const char *
read_peers(struct reading *r, struct str bytes)
{
	const char *problem = NULL;

	r->ret->peers_bytes = bytes;
	peer_sets_read(&r->ret->peers, r->arena, bytes, &problem);
	return problem;
}

static const char *
read_policies(struct reading *r, struct str bytes)
{
	const char *problem = NULL;

	pack_read(&r->images, r->arena, bytes, &problem);
	return problem;
}

/* The files of maps/, each with what takes it and says what is wrong. */
static const struct {
	const char *name;
	const char *(*read)(struct reading *r, struct str bytes);
} images[] = {
    {BUNDLE_IPCACHE, read_ipcache},
    {BUNDLE_PEERS, read_peers},
    {BUNDLE_POLICIES, read_policies},
};

static bool
read_images(struct reading *r)
{
	struct span at = r->ret->manifest->at;

	for (size_t i = 0; i < sizeof(images) / sizeof(*images); i++) {
		const char *name = images[i].name;
		const struct str *bytes = reading_file(r, at, str_of(name));

		if (!bytes ||
		    !reading_is_image(r, at, name, images[i].read(r, *bytes)))
			return false;
	}
	return true;
}

/* The first of a list of identities; 0 when it is not one. */
static uint32_t
first_identity(const struct ynode *list)
{
	const struct ynode *n = list->seq.n > 0 ? list->seq.v[0] : NULL;

	return n && n->kind == Y_INT && n->i > 0 && n->i <= UINT32_MAX
	    ? (uint32_t)n->i
	    : 0;
}

static void
list_policy(struct reading *r, const struct ynode *n)
{
	struct str image = reading_string(r, n, "image");
	struct str program = reading_string(r, n, "program");
	const struct ynode *idents = reading_member(r, n, "identities", Y_SEQ);
	const struct str *object, *bytes;
	uint32_t identity;

	if (!image.s || !program.s || !idents)
		return;
	object = reading_file(r, n->at, program);
	if (!object)
		return;
	identity = first_identity(idents);
	if (identity == 0) {
		reading_complain(r, n->at, "nobody's policy", image.s);
		return;
	}
	bytes = pack_find(&r->images, image);
	if (!bytes) {
		reading_complain(r, n->at, "not among its images", image.s);
		return;
	}
	*vec_push(&r->ret->policies, r->arena) = (struct bundle_policy){
	    .at = n->at,
	    .image = image,
	    .program = program,
	    .bytes = *bytes,
	    .object = *object,
	    .identity = identity,
	};
}

/*
 * Nothing of a bundle's programs reaches a kernel but what this program makes
 * itself for the image: the file has to be the same byte for byte.
 */
static bool
is_own_program(const struct reading *r, struct arena *scratch,
    const struct bundle_policy *p, const struct image *img)
{
	struct program_params params;

	program_params_of(&params, scratch, img, r->ret->ipcache.max_entries,
	    &r->ret->traits);
	return str_eq(program_make(scratch, &params), p->object);
}

/* Lists the ports that entries of an image redirect to. */
static void
list_proxies(struct bundle_policy *p, struct arena *a, const struct image *img)
{
	for (uint32_t i = 0; i < img->nentries; i++) {
		struct policy_record r = image_policy(img, i);

		if (r.proxy_port == 0 ||
		    (p->proxies[r.dir].n > 0 &&
			p->proxies[r.dir].v[p->proxies[r.dir].n - 1] ==
			    r.proxy_port))
			continue;
		*vec_push(&p->proxies[r.dir], a) = r.proxy_port;
	}
	for (int dir = 0; dir < 2; dir++)
		p->proxies[dir].n =
		    ids_unite(p->proxies[dir].v, p->proxies[dir].n);
}

static void
check_image(void *arg, struct worker *self, size_t i)
{
	struct reading *r = arg;
	struct bundle_policy *p = &r->ret->policies.v[i];
	struct image img;

	if (factored_read(&img, &self->scratch, p->bytes, &r->ret->peers, NULL,
		&r->problem[i])) {
		p->nentries = img.nentries;
		factored_count(p->bytes, p->nrows);
		list_proxies(p, &self->perm, &img);
		if (img.cilium != r->ret->ipcache.cilium)
			r->problem[i] =
			    "it is for another version than the ipcache";
		else if (!is_own_program(r, &self->scratch, p, &img))
			r->problem[i] =
			    "its program is not the one that cnpc makes for it";
	}
	arena_reset(&self->scratch);
}

static void
check_images(struct reading *r)
{
	size_t n = r->ret->policies.n;

	r->problem = ARENA_ARRAY(r->arena, const char *, n);
	pool_run(r->pool, n, check_image, r);
	for (size_t i = 0; i < n; i++) {
		const struct bundle_policy *p = &r->ret->policies.v[i];
		const char *name = arena_printf(r->arena,
		    BUNDLE_POLICIES ": " STR_FMT, STR_ARG(p->image));

		reading_is_image(r, p->at, name, r->problem[i]);
	}
	if (r->images.of_name.n != n)
		reading_complain(r, r->ret->manifest->at,
		    "an image belongs to no policy", BUNDLE_POLICIES);
}

/* Names and directions; the ports follow from the order. */
static void
read_redirects(struct reading *r)
{
	const struct ynode *list =
	    reading_member(r, r->ret->manifest, "redirects", Y_SEQ);

	for (uint32_t i = 0; list && i < list->seq.n; i++) {
		const struct ynode *n = list->seq.v[i];
		struct manifest_redirect *to =
		    vec_push(&r->redirects, r->arena);

		*to = (struct manifest_redirect){
		    .name = reading_string(r, n, "name"),
		};
		if (!direction_find(reading_string(r, n, "direction"),
			&to->dir) ||
		    i >= UINT16_MAX - BUNDLE_PROXY_PORT)
			reading_complain(r, n->at, "not a redirect", NULL);
	}
}

/* The checks that need what an earlier one has read, in order. */
static void (*const steps[])(struct reading *r) = {
    check_images,
    reading_identities,
    read_redirects,
    reading_rules,
    reading_addresses,
    reading_objects,
    reading_manifest,
};

bool
reading_format(struct reading *r)
{
	const struct ynode *format =
	    reading_member(r, r->ret->manifest, "format", Y_INT);

	if (format && format->i != BUNDLE_FORMAT)
		reading_complain(r, format->at, "its format is not known",
		    NULL);
	return r->ret->whole;
}

static void
read_manifest(struct reading *r)
{
	const struct ynode *m = r->ret->manifest;
	const struct ynode *options = reading_member(r, m, "options", Y_MAP);
	const struct ynode *policies = reading_member(r, m, "policies", Y_SEQ);

	if (!reading_format(r) || !options || !policies)
		return;
	r->ret->traits =
	    (struct cluster_traits){{bool_member(r, options, "ipv4"),
					bool_member(r, options, "ipv6")},
		bool_member(r, options, "sctp"),
		bool_member(r, options, "other_transports")};
	if (!read_images(r))
		return;
	for (uint32_t i = 0; i < policies->seq.n; i++)
		list_policy(r, policies->seq.v[i]);
	for (size_t i = 0; i < sizeof(steps) / sizeof(*steps); i++) {
		if (r->ret->whole)
			steps[i](r);
	}
	if (r->ret->whole && !bundle_has_only(r->ret->manifest, r->fd))
		reading_complain(r, r->ret->manifest->at,
		    "it has a file that the manifest does not list", NULL);
}

const struct ynode *
reading_json(struct reading *r, struct str name, struct str text)
{
	uint64_t errors = r->sink->count[DIAG_ERROR];
	const struct ynode *n = json_read(r->arena, r->sink, text,
	    source_add(r->sources, reading_path(r, name), text), 0,
	    &ylimits_default);

	/* A key that is there twice is an error, and yet there is a tree. */
	return r->sink->count[DIAG_ERROR] > errors ? NULL : n;
}

int
reading_manifest_file(struct reading *r)
{
	struct bundle_content *c = r->ret;
	struct stat st;
	int error;

	/* Who replaces the bundle waits with removing it. */
	flock(r->fd, LOCK_SH);
	if (fstat(r->fd, &st) < 0)
		return errno;
	c->device = st.st_dev;
	c->inode = st.st_ino;
	error =
	    reading_open(r, BUNDLE_MANIFEST, -1, BUNDLE_MANIFEST_MAX, &c->text);
	if (error)
		return error;
	c->manifest = reading_json(r, STR(BUNDLE_MANIFEST), c->text);
	return c->manifest ? reading_signature(r, &c->whole) : 0;
}

int
reading_begin(struct reading *r, struct bundle_content *content,
    struct arena *a, struct diag_sink *sink, struct source_set *set,
    const char *dir, const struct trusted_keys *trusted)
{
	*content = (struct bundle_content){0};
	*r = (struct reading){
	    .arena = a,
	    .sink = sink,
	    .sources = set,
	    .dir = dir,
	    .trusted = trusted,
	    .ret = content,
	};
	map_init(&r->files, a);
	r->fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return r->fd < 0 ? errno : 0;
}

int
reading_finish(struct reading *r, int error)
{
	bool about = error && reading_is_about_bundle(error);

	if (error)
		r->ret->whole = false;
	if (r->fd >= 0)
		close(r->fd);
	if (about && r->ret->manifest)
		return EIO;
	if (!about)
		return error;
	reading_complain(r, (struct span){0}, "there is no manifest", NULL);
	return 0;
}

int
bundle_read(struct bundle_content *ret_content, struct pool *pool,
    struct arena *a, struct diag_sink *sink, struct source_set *set,
    const char *dir, const struct trusted_keys *trusted)
{
	struct reading r;
	int error = reading_begin(&r, ret_content, a, sink, set, dir, trusted);

	r.pool = pool;
	if (!error)
		error = reading_manifest_file(&r);
	if (!error && r.ret->whole)
		error = reading_outputs(&r);
	if (!error && r.ret->whole)
		read_manifest(&r);
	return reading_finish(&r, error);
}

const struct bundle_endpoint *
bundle_find_endpoint(const struct bundle_content *c, struct str ns,
    struct str name)
{
	VEC_FOREACH (e, &c->endpoints) {
		if (str_eq(e->ns, ns) && str_eq(e->name, name))
			return e;
	}
	return NULL;
}

const struct bundle_identity *
bundle_find_identity(const struct bundle_content *c, uint32_t id)
{
	size_t i;

	LOWER_BOUND(i, c->identities.n, c->identities.v[i].id < id);
	return i < c->identities.n && c->identities.v[i].id == id
	    ? &c->identities.v[i]
	    : NULL;
}

struct image
bundle_policy_image(const struct bundle_content *c, struct arena *a,
    const struct bundle_policy *p)
{
	const char *problem;
	struct image img;
	bool ok = factored_read(&img, a, p->bytes, &c->peers, NULL, &problem);

	assert(ok); /* it was checked */
	return img;
}

struct image
bundle_endpoint_image(const struct bundle_content *c, struct arena *a,
    const struct bundle_endpoint *e)
{
	const struct rule_list *lists[2] = {&c->lists.v.v[e->rules.list[0] - 1],
	    &c->lists.v.v[e->rules.list[1] - 1]};
	const char *problem;
	struct image img;
	bool ok = factored_read(&img, a, e->policy->bytes, &c->peers, lists,
	    &problem);

	assert(ok); /* it was checked */
	return img;
}
