/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Files in memory, in the place of the file system: what a commit or
 * an index holds.  Paths are absolute, without "." and "..".
 *
 *     fileset_init(&set, arena);
 *     fileset_add(&set, "/shop/web.yaml", text);
 *     fileset_link(&set, "/shop/api.yaml", "/shop/web.yaml");
 *     fileset_close(&set);
 *     fileset_get(&set, "/shop/api.yaml")->text ...
 */

#include "base/file.h"
#include "base/map.h"

struct fileset_file {
	const char *path;
	struct str text;
	const char *leads_to; /* of a link: a path; else NULL */
	bool changed; /* for whoever fills the set: it is another than before */
};

struct fileset {
	struct arena *arena;
	VEC(struct fileset_file *) v; /* by path, once closed */
	struct map by_path;
};

void fileset_init(struct fileset *set, struct arena *a);

/* PATH and TEXT must outlive SET. */
struct fileset_file *fileset_add(struct fileset *set, const char *path,
    struct str text);
struct fileset_file *fileset_link(struct fileset *set, const char *path,
    const char *leads_to);

/* Nothing is added after this, and nothing looked for before it. */
void fileset_close(struct fileset *set);

/* The file PATH, or the one that it leads to as a link; NULL: there is none. */
const struct fileset_file *fileset_get(const struct fileset *set,
    const char *path);

/* Whether PATH is a link. */
bool fileset_is_link(const struct fileset *set, const char *path);

/* Whether there is something in the folder PATH. */
bool fileset_is_dir(const struct fileset *set, const char *path);

/* As file_walk(), of the folder DIR, which is called SHOWN in the result. */
void fileset_walk(const struct fileset *set, const char *dir, const char *shown,
    const char *const *suffixes, struct file_list *l);
