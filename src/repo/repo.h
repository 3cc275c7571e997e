/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * From files to the objects that a cluster would get.  A repository says with
 * kustomization files, and with objects of Flux and Argo CD, which of its
 * files are applied, how they are edited first and into which namespace they
 * go; all of that is carried out here, on trees, without running anything.
 *
 * A file that no build uses stands for itself.
 */

#include "base/arena.h"
#include "base/fileset.h"
#include "diag/diag.h"
#include "yaml/yaml_read.h"

/* An object, or a typed list whose items have no kind of their own. */
struct manifest {
	const struct ynode *node;
	const char *root; /* folder whose build it is of; NULL: of none */
	bool context;     /* from --cluster */
	bool idle;    /* nothing applies it: it is judged, but not in force */
	bool assumed; /* no file has it: it is what a chart makes of values */
};

struct repo_options {
	const char *root;        /* the only folder to build, or NULL: all */
	struct str default_ns;   /* of objects that say none */
	const char *const *vars; /* "NAME=VALUE" */
	size_t nvars;
	bool allow_empty; /* a file that was named may hold nothing */
	bool all;         /* the input is more than single files */
	bool ns_given;    /* that namespace was asked for */
	bool embedded;    /* policies inside of other objects are in force */
	bool one_cluster; /* what is of several is no answer */
	const struct fileset *files; /* in place of the file system, or NULL */
};

struct repo {
	VEC(struct manifest) v; /* in the order of the input, builds first */
	VEC(struct span) open;  /* scalars with variables of no known value */
	uint32_t skipped;       /* documents of no concern */
	bool several; /* clusters: their roots hold twins that differ */
	bool whole;   /* what a cluster gets is here, and nothing else */
};

/*
 * The manifests of DOCS, in A, which are those of SOURCES; files that these
 * name are read and added to SOURCES.  What the yaml pass reported in SINK
 * about documents that are none of ours is taken back.
 */
void repo_build(struct repo *r, struct arena *a, struct diag_sink *sink,
    struct source_set *sources, const struct ydocs *docs,
    const struct repo_options *opt);

/* Brings the open scalars into the order of their places. */
void repo_sort_open(struct repo *r);

/*
 * Takes back what was found in a scalar whose value is not known, or says so
 * of one.
 */
void repo_forgive(const struct repo *r, struct diag_sink *sink);

/* Whether AT is in a scalar whose value is not known. */
bool repo_is_open(const struct repo *r, struct span at);

/* Notes which variables of a source have no known value. */
void repo_note_open(const struct repo *r, struct diag_sink *sink,
    const struct source_set *sources, uint32_t source);

/* Whether such a scalar is within AT. */
bool repo_has_open(const struct repo *r, struct span at);
