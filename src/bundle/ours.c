/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Holds a directory against its manifest, by names: the content of the files is
 * of no interest, because all of it can be compiled again.
 */
#include "bundle/ours.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/dir.h"
#include "base/file.h"
#include "base/map.h"
#include "base/pending.h"
#include "bundle/bundle.h"
#include "diag/diag.h"
#include "yaml/yaml_read.h"

struct looking {
	struct arena arena;
	struct map listed; /* names of the manifest's outputs */
	bool (*may_be)(const struct looking *l, const char *name);
	const char *in; /* the folder that is looked at, "" at the top */
};

/* Whether it has the members of every format of bundles. */
static bool
is_manifest(const struct ynode *n)
{
	const struct ynode *format, *cnpc, *outputs;

	if (n->kind != Y_MAP)
		return false;
	format = ynode_get(n, "format");
	cnpc = ynode_get(n, "cnpc");
	outputs = ynode_get(n, "outputs");
	return format && format->kind == Y_INT && format->i >= 1 && cnpc &&
	    cnpc->kind == Y_STR && outputs && outputs->kind == Y_SEQ;
}

/* Takes down what the manifest lists; false when it is none of ours. */
static bool
list_outputs(struct looking *l, const struct ynode *manifest)
{
	const struct ynode *outputs;

	if (!is_manifest(manifest))
		return false;
	outputs = ynode_get(manifest, "outputs");
	map_init(&l->listed, &l->arena);
	for (uint32_t i = 0; i < outputs->seq.n; i++) {
		const struct ynode *name = ynode_get(outputs->seq.v[i], "name");

		if (!name || name->kind != Y_STR)
			return false;
		*map_put(&l->listed, name->s.s, name->s.n) = l;
	}
	return true;
}

/* What `verify` is writing, or did not come to write, is ours as well. */
static bool
is_listed(const struct looking *l, const char *name)
{
	return pending_is_name(name) || strcmp(name, BUNDLE_MANIFEST) == 0 ||
	    strcmp(name, BUNDLE_SIGNATURE) == 0 ||
	    map_get(&l->listed, name, strlen(name));
}

static int look_into(struct looking *l, int dir, const char *in);

/* EEXIST for an entry that may not be there. */
static int
look_at(void *arg, int dir, const struct dirent *e)
{
	struct looking *l = arg;
	const char *name = arena_printf(&l->arena, "%s%s%s", l->in,
	    *l->in ? "/" : "", e->d_name);
	struct stat st;

	if (fstatat(dir, e->d_name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return errno;
	if (S_ISDIR(st.st_mode))
		return *l->in ? EEXIST : look_into(l, dir, name);
	return S_ISREG(st.st_mode) && l->may_be(l, name) ? 0 : EEXIST;
}

/*
 * The folder IN of the directory DIR has files that may be and, at the top,
 * folders: 0, or why it is not so.
 */
static int
look_into(struct looking *l, int dir, const char *in)
{
	const char *outer = l->in;
	int error,
	    fd = openat(dir, *in ? in : ".",
		O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	if (fd < 0)
		return errno;
	l->in = in;
	error = dir_each(fd, look_at, l);
	l->in = outer;
	return error;
}

bool
bundle_has_only(const struct ynode *manifest, int fd)
{
	struct looking l = {.may_be = is_listed};
	bool only = list_outputs(&l, manifest) && look_into(&l, fd, "") == 0;

	arena_free(&l.arena);
	return only;
}

/* The manifest in the directory FD, in A; or NULL. */
static const struct ynode *
read_manifest(struct arena *a, int fd)
{
	struct diag_sink sink;
	struct str text;

	diag_sink_init(&sink, a);
	if (file_read_at(a, fd, BUNDLE_MANIFEST, BUNDLE_MANIFEST_MAX, &text))
		return NULL;
	return json_read(a, &sink, text, 1, 0, &ylimits_default);
}

bool
bundle_is_ours(void *arg, int fd)
{
	struct arena a = {0};
	const struct ynode *manifest = read_manifest(&a, fd);
	bool ours = manifest && bundle_has_only(manifest, fd);

	arena_free(&a);
	return ours;
}

bool
bundle_is_there(const char *path)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	const struct ynode *manifest;
	struct arena a = {0};
	bool there;

	if (fd < 0)
		return false;
	manifest = read_manifest(&a, fd);
	there = manifest && is_manifest(manifest);
	arena_free(&a);
	close(fd);
	return there;
}

/* A name that some file of a bundle has. */
static bool
is_of_bundle(const struct looking *l, const char *name)
{
	for (size_t i = 0; i < BUNDLE_KINDS; i++) {
		if (strcmp(name, bundle_kinds[i]) == 0)
			return true;
	}
	return pending_is_name(name) || strcmp(name, BUNDLE_MANIFEST) == 0 ||
	    strcmp(name, BUNDLE_SIGNATURE) == 0 ||
	    strncmp(name, BUNDLE_PROGRAM, sizeof(BUNDLE_PROGRAM) - 1) == 0;
}

bool
bundle_is_part(void *arg, int fd)
{
	struct looking l = {.may_be = is_of_bundle};
	bool part = look_into(&l, fd, "") == 0;

	arena_free(&l.arena);
	return part;
}
