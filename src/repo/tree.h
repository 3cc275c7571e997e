/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The files of the input by their paths.  A file that the input does not
 * name, but one of its files does, is read when it is asked for.
 *
 * Paths are compared as text, without "." and "..": a link is another path.
 */

#include "base/arena.h"
#include "base/fileset.h"
#include "base/map.h"
#include "base/vec.h"
#include "diag/diag.h"
#include "repo/source.h"
#include "yaml/yaml_read.h"

/* What a file is used for; a file that nothing uses stands for itself. */
enum tree_use {
	TREE_LOOSE,
	TREE_RESOURCE,      /* its objects are in a build */
	TREE_KUSTOMIZATION, /* it says what a build is made of */
	TREE_PART,          /* a patch, values: no objects of its own */
};

struct tree_file {
	const char *path;  /* as it is shown */
	uint32_t source;   /* as in spans */
	bool context;      /* from --cluster */
	bool faulty;       /* something in it was reported */
	struct ydocs docs; /* what it holds of ours */
	VEC(const struct ynode *)
	orders; /* origin_find_root(): those of Flux and Argo CD */
	enum tree_use use;
	bool idle;    /* what applies its folder leaves it out */
	bool entered; /* a kustomization that some build carried out */
};

struct tree {
	struct arena *arena;
	const struct fileset *set; /* in place of the file system; or NULL */
	struct diag_sink *sink;
	struct source_set *sources;
	VEC(struct tree_file *) files; /* the input's, then what is asked for */
	size_t ninput;                 /* how many of these are the input's */
	struct map by_path;            /* absolute -> struct tree_file */
	struct map absent;             /* absolute: there is none */
	struct map kustomizations;     /* folder -> its one; the tree: none */
	const char *cwd;
	const char *root; /* where the paths of Flux and Argo CD begin */
	struct source_repos repos; /* what they are taken from */
	const char *const *vars;   /* "NAME=VALUE", where Flux says no other */
	size_t nvars;
	VEC(const struct ynode *) maps; /* ConfigMaps of the root so far */
};

/* The tree of SOURCES, whose documents are DOCS, and of SET if there is one. */
void tree_init(struct tree *t, struct arena *a, struct diag_sink *sink,
    struct source_set *sources, const struct ydocs *docs,
    const struct fileset *set);

/*
 * The file PATH; NULL when there is none.  A repository may be anybody's: what
 * is not of the input is read only from a regular file below the directories
 * of the working directory, with the suffix of a manifest.
 */
struct tree_file *tree_file(struct tree *t, const char *path);

/* The kustomization file of the folder DIR; NULL when there is none. */
struct tree_file *tree_kustomization(struct tree *t, const char *dir);

/* Whether it has the name of one. */
bool tree_is_kustomization(const char *path);

/* Everything in a file, whatever it is: of a patch. */
void tree_read_all(struct tree *t, const struct tree_file *f,
    struct ydocs *ret_docs);

/* Whether PATH is a file of the tree. */
bool tree_holds(struct tree *t, const char *path);

/* Whether PATH is a folder. */
bool tree_is_dir(struct tree *t, const char *path);

/* PATH seen from the folder DIR ("." for the current one), made short. */
const char *tree_join(struct arena *a, const char *dir, struct str path);

/* The folder that PATH is in, "." for the current one. */
const char *tree_dir(struct arena *a, const char *path);

/* Whether the file PATH is in the folder DIR or below it. */
bool tree_is_below(const char *path, const char *dir);
