/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The checks of a bundle: the manifest's members first, then the files that it
 * lists, the images that all policies share, and the policies one by one.
 */
#include "bundle/read.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/hash.h"
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

/* Whether NAME stays inside the bundle. */
static bool
is_inside(struct str name)
{
	return name.n > 0 && name.s[0] != '/' && strlen(name.s) == name.n &&
	    !strstr(name.s, "..");
}

/* Opens NAME below the directory FD; no component of it is a link. */
static int
open_inside(int fd, const char *name)
{
	const char *slash = strchr(name, '/');
	char folder[NAME_MAX + 1];
	int in, file;

	if (!slash)
		return openat(fd, name,
		    O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if ((size_t)(slash - name) > NAME_MAX) {
		errno = ENAMETOOLONG;
		return -1;
	}
	snprintf(folder, sizeof(folder), "%.*s", (int)(slash - name), name);
	in =
	    openat(fd, folder, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (in < 0)
		return -1;
	file = open_inside(in, slash + 1);
	close(in);
	return file;
}

/* Whether an error is about the bundle and not about the system. */
static bool
is_about_bundle(int error)
{
	return error == ENOENT || error == ENOTDIR || error == EISDIR ||
	    error == ELOOP || error == EINVAL || error == EFBIG ||
	    error == ENAMETOOLONG || error == ENXIO;
}

/*
 * Reads the regular file NAME, which is to have SIZE bytes unless that is
 * negative; EFBIG when it has not.
 */
static int
read_file(struct reading *r, const char *name, int64_t size,
    struct str *ret_text)
{
	int fd = open_inside(r->fd, name), error;
	struct stat st;

	if (fd < 0)
		return errno;
	if (fstat(fd, &st) < 0)
		error = errno;
	else if (size >= 0 && S_ISREG(st.st_mode) && st.st_size != size)
		error = EFBIG;
	else
		error =
		    file_read_regular(r->arena, fd, BUNDLE_FILE_MAX, ret_text);
	close(fd);
	return error;
}

/* Reads a file that the manifest lists, if it is what was written. */
static int
read_output(struct reading *r, const struct ynode *o)
{
	struct str name = reading_string(r, o, "name");
	struct str hash = reading_string(r, o, "xxh3_128");
	const struct ynode *size = reading_member(r, o, "bytes", Y_INT);
	char got[HASH_STRLEN];
	struct str *kept;
	struct str text;
	int error;

	if (!name.s || !hash.s || !size)
		return 0;
	if (!is_inside(name)) {
		reading_complain(r, o->at, "a name that leads out of it", NULL);
		return 0;
	}
	if (map_get(&r->files, name.s, name.n)) {
		reading_complain(r, o->at, "listed twice", name.s);
		return 0;
	}
	error = read_file(r, name.s, size->i, &text);
	if (error && !is_about_bundle(error))
		return error;
	if (error == EFBIG)
		reading_complain(r, o->at, "not of the size that was written",
		    name.s);
	else if (error == EINVAL || error == ENXIO)
		reading_complain(r, o->at, "no regular file", name.s);
	else if (error)
		reading_complain(r, o->at, strerrordesc_np(error), name.s);
	if (error)
		return 0;
	hash_text(text, got);
	if (!str_is(hash, got)) {
		reading_complain(r, o->at, "not the content that was written",
		    name.s);
		return 0;
	}
	kept = ARENA_NEW(r->arena, struct str);
	*kept = text;
	*map_put(&r->files, name.s, name.n) = kept;
	r->ret->nfiles++;
	return 0;
}

static int
read_outputs(struct reading *r)
{
	const struct ynode *outputs =
	    reading_member(r, r->ret->manifest, "outputs", Y_SEQ);
	int error = 0;

	for (uint32_t i = 0; outputs && i < outputs->seq.n && !error; i++)
		error = read_output(r, outputs->seq.v[i]);
	return error;
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

/* Every file of a bundle that is there once, whatever the policies are. */
static const char *const always[] = {BUNDLE_IDENTITIES, BUNDLE_ENDPOINTS,
    BUNDLE_L7};

/* All that belongs to a bundle is listed, and nothing else is there. */
static void
check_files(struct reading *r)
{
	struct span at = r->ret->manifest->at;

	for (size_t i = 0; i < sizeof(always) / sizeof(*always); i++)
		reading_file(r, at, str_of(always[i]));
	if (!bundle_is_ours(NULL, r->fd))
		reading_complain(r, at,
		    "it has a file that the manifest does not list", NULL);
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
	    r->ret->family);
	return str_eq(program_make(scratch, &params), p->object);
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
}

static void
read_manifest(struct reading *r)
{
	const struct ynode *m = r->ret->manifest;
	const struct ynode *format = reading_member(r, m, "format", Y_INT);
	const struct ynode *options = reading_member(r, m, "options", Y_MAP);
	const struct ynode *policies = reading_member(r, m, "policies", Y_SEQ);

	if (!format || !options || !policies)
		return;
	if (format->i != BUNDLE_FORMAT) {
		reading_complain(r, format->at, "its format is not known",
		    NULL);
		return;
	}
	r->ret->family[IP_V4 - 1] = bool_member(r, options, "ipv4");
	r->ret->family[IP_V6 - 1] = bool_member(r, options, "ipv6");
	if (!read_images(r))
		return;
	for (uint32_t i = 0; i < policies->seq.n; i++)
		list_policy(r, policies->seq.v[i]);
	check_images(r);
	if (r->ret->whole)
		reading_rules(r);
	if (r->ret->whole)
		check_files(r);
}

/* The manifest, the files, and what is in them. */
static int
read_all(struct reading *r)
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
	error = read_file(r, BUNDLE_MANIFEST, -1, &c->text);
	if (error)
		return error;
	c->manifest = json_read(r->arena, r->sink, c->text,
	    source_add(r->sources, reading_path(r, STR(BUNDLE_MANIFEST)),
		c->text),
	    0, &ylimits_default);
	if (!c->manifest)
		return 0;
	c->whole = true; /* until something is found */
	error = read_outputs(r);
	if (error)
		c->whole = false;
	else
		read_manifest(r);
	return error && is_about_bundle(error) ? EIO : error;
}

int
bundle_read(struct bundle_content *ret_content, struct pool *pool,
    struct arena *a, struct diag_sink *sink, struct source_set *set,
    const char *dir)
{
	struct bundle_content *c = ret_content;
	struct reading r = {
	    .pool = pool,
	    .arena = a,
	    .sink = sink,
	    .sources = set,
	    .dir = dir,
	    .ret = c,
	};
	int error;

	*c = (struct bundle_content){0};
	map_init(&r.files, a);
	r.fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (r.fd < 0 && errno != ENOENT && errno != ENOTDIR)
		return errno;
	error = r.fd < 0 ? ENOENT : read_all(&r);
	if (r.fd >= 0)
		close(r.fd);
	if (error && is_about_bundle(error)) {
		reading_complain(&r, (struct span){0}, "there is no manifest",
		    NULL);
		return 0;
	}
	return error;
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
