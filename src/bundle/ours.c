/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Holds a directory against its manifest, by names: the content of the files is
 * of no interest, because all of it can be compiled again.
 */
#include "bundle/ours.h"

#include <dirent.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/file.h"
#include "base/map.h"
#include "base/pending.h"
#include "bundle/bundle.h"
#include "diag/diag.h"
#include "yaml/yaml_read.h"

struct looking {
	struct arena arena;
	struct map listed; /* names of the manifest's outputs */
};

/* Takes down what the manifest lists; false when it is none of ours. */
static bool
list_outputs(struct looking *l, const struct ynode *manifest)
{
	const struct ynode *format = ynode_get(manifest, "format");
	const struct ynode *cnpc = ynode_get(manifest, "cnpc");
	const struct ynode *outputs = ynode_get(manifest, "outputs");

	if (!format || format->kind != Y_INT || format->i < 1 || !cnpc ||
	    cnpc->kind != Y_STR || !outputs || outputs->kind != Y_SEQ)
		return false;
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

/* The folder IN, "" at the top, has listed files and, at the top, folders. */
static bool
only_listed(struct looking *l, int fd, const char *in)
{
	int copy = openat(fd, *in ? in : ".",
	    O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	DIR *dir = copy >= 0 ? fdopendir(copy) : NULL;
	bool only = dir;
	struct dirent *e;
	struct stat st;

	while (only && (e = readdir(dir))) {
		const char *name = arena_printf(&l->arena, "%s%s%s", in,
		    *in ? "/" : "", e->d_name);

		if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0)
			continue;
		if (fstatat(fd, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
			only = false;
		else if (S_ISDIR(st.st_mode))
			only = !*in && only_listed(l, fd, name);
		else
			only = S_ISREG(st.st_mode) && is_listed(l, name);
	}
	if (dir)
		closedir(dir);
	else if (copy >= 0)
		close(copy);
	return only;
}

bool
bundle_has_only(const struct ynode *manifest, int fd)
{
	struct looking l = {0};
	bool only = manifest->kind == Y_MAP && list_outputs(&l, manifest) &&
	    only_listed(&l, fd, "");

	arena_free(&l.arena);
	return only;
}

bool
bundle_is_ours(void *arg, int fd)
{
	const struct ynode *manifest;
	struct arena a = {0};
	struct diag_sink sink;
	struct str text;
	bool ours = false;

	diag_sink_init(&sink, &a);
	if (file_read_at(&a, fd, BUNDLE_MANIFEST, BUNDLE_MANIFEST_MAX, &text) ==
	    0) {
		manifest = json_read(&a, &sink, text, 1, 0, &ylimits_default);
		ours = manifest && bundle_has_only(manifest, fd);
	}
	arena_free(&a);
	return ours;
}
