/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The files that the manifest lists: regular ones, inside the bundle, reached
 * through no link, of the size and with the hashes that are written; and the
 * signature of the manifest itself.
 */
#include "bundle/reading.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/hash.h"
#include "bundle/bundle.h"
#include "bundle/manifest.h"
#include "diag_gen.h"

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

bool
reading_is_about_bundle(int error)
{
	return error == ENOENT || error == ENOTDIR || error == EISDIR ||
	    error == ELOOP || error == EINVAL || error == EFBIG ||
	    error == ENAMETOOLONG || error == ENXIO;
}

int
reading_open(struct reading *r, const char *name, int64_t size, size_t max,
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
		error = file_read_regular(r->arena, fd, max, ret_text);
	close(fd);
	return error;
}

/* What is wrong with TEXT, by the hashes that O has; or NULL. */
static const char *
wrong_content(const struct reading *r, const struct ynode *o, struct str hash,
    struct str text)
{
	const struct ynode *sha256 = ynode_get(o, "sha256");
	char xxh3[HASH_STRLEN], sha[SHA256_STRLEN];

	hash_text(text, xxh3);
	if (!str_is(hash, xxh3))
		return "not the content that was written";
	if (!sha256)
		return r->trusted ? "without the SHA-256 of its content" : NULL;
	sha256_print(text, sha);
	return sha256->kind == Y_STR && str_is(sha256->s, sha)
	    ? NULL
	    : "not the content that was signed";
}

/* Reads a file that the manifest lists, if it is what was written. */
static int
read_output(struct reading *r, const struct ynode *o)
{
	struct str name = reading_string(r, o, "name");
	struct str hash = reading_string(r, o, "xxh3_128");
	const struct ynode *size = reading_member(r, o, "bytes", Y_INT);
	const char *problem;
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
	error = reading_open(r, name.s, size->i, BUNDLE_FILE_MAX, &text);
	if (error && !reading_is_about_bundle(error))
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
	problem = wrong_content(r, o, hash, text);
	if (problem) {
		reading_complain(r, o->at, problem, name.s);
		return 0;
	}
	kept = ARENA_NEW(r->arena, struct str);
	*kept = text;
	*map_put(&r->files, name.s, name.n) = kept;
	r->ret->nfiles++;
	return 0;
}

int
reading_outputs(struct reading *r)
{
	const struct ynode *outputs =
	    reading_member(r, r->ret->manifest, "outputs", Y_SEQ);
	int error = 0;

	for (uint32_t i = 0; outputs && i < outputs->seq.n && !error; i++)
		error = read_output(r, outputs->seq.v[i]);
	return error;
}

int
reading_output(struct reading *r, struct str name)
{
	const struct ynode *outputs =
	    reading_member(r, r->ret->manifest, "outputs", Y_SEQ);

	for (uint32_t i = 0; outputs && i < outputs->seq.n; i++) {
		const struct ynode *o = outputs->seq.v[i];
		const struct ynode *is = ynode_get(o, "name");

		if (is && is->kind == Y_STR && str_eq(is->s, name))
			return read_output(r, o);
	}
	return 0;
}

/* What a signature is made of: the manifest before anybody verified it. */
static const struct public_key *
find_signer(const struct reading *r, struct str signature)
{
	const struct ynode *m = r->ret->manifest;

	/* What is not printed as we print it could be read in two ways. */
	if (m->kind != Y_MAP ||
	    !str_eq(manifest_print(r->arena, m, NULL, NULL), r->ret->text))
		return NULL;
	return sign_check(r->trusted,
	    manifest_print(r->arena, m, manifest_not_run, NULL), signature);
}

int
reading_signature(struct reading *r, bool *ret_ok)
{
	struct str signature;
	int error;

	*ret_ok = !r->trusted;
	if (*ret_ok)
		return 0;
	error =
	    reading_open(r, BUNDLE_SIGNATURE, -1, SIGNATURE_MAX, &signature);
	if (error && !reading_is_about_bundle(error))
		return error;
	if (error == ENOENT) {
		diag_not_signed(r->sink, (struct span){0}, r->dir);
		return 0;
	}
	r->ret->signer = error ? NULL : find_signer(r, signature);
	*ret_ok = r->ret->signer;
	if (!*ret_ok)
		diag_bad_signature(r->sink, (struct span){0}, r->dir);
	return 0;
}
