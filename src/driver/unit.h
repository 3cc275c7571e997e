/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * One compilation: its options, memory, sources, findings and the output of
 * every pass (driver/passes.h).  A process may hold several units at once;
 * nothing is shared between them.
 */

#include <stdbool.h>
#include <stdint.h>

#include "admit/platform.h"
#include "base/arena.h"
#include "base/atom.h"
#include "base/work.h"
#include "bundle/write.h"
#include "diag/diag.h"
#include "driver/passes.h"
#include "ident/world.h"
#include "ir/ir.h"
#include "lint/models.h"
#include "pmap/pmap.h"
#include "repo/repo.h"
#include "schema/schema.h"
#include "yaml/yaml_read.h"

struct config;
struct git_files;
struct kept;

/* What a file is to hold. */
struct unit_text {
	const char *name;
	struct str text;
};

struct unit_options {
	struct ir_options ir;
	struct pmap_options pmap;
	struct schema_options schema;
	const char *identity_lock; /* --identity-lock, or NULL */
	enum platform platform;    /* --profile */
	struct str policy_map_max; /* entries, in digits */
	/* What the platform runs on; NULL: it does not say. */
	const struct platform_kubernetes *kubernetes;
	unsigned jobs;  /* --jobs: threads; 0: one a processor */
	bool audit;     /* policy-audit-mode: drops are only recorded */
	uint32_t given; /* bit of each setting that has an option's value */
	/* Settings that come before those of the ConfigMap. */
	const struct setting_value *set;
	size_t nset;
	unsigned fields; /* version whose fields policies have; 0: the one that
			  * is modelled */
	const struct config *config; /* what is not to be read; or NULL */
	const struct git_files *git; /* that has them; NULL: the file system */
	const char *const *inputs;   /* files, directories, "-" */
	size_t ninputs;
	/* --context: more of them, of which nothing is to be told. */
	const char *const *context;
	size_t ncontext;
	/* In place of what the files of these names, or any other names of
	 * them, hold; INPUT may name one that is no file. */
	const struct unit_text *texts;
	size_t ntexts;
	struct kept *kept;          /* what was read before; or NULL */
	bool rewrites;              /* the inputs may be written to */
	const char *const *cluster; /* --cluster: a snapshot, never linted */
	size_t ncluster;
	const char *const *vars; /* --var: "NAME=VALUE" */
	size_t nvars;
	bool ns_given; /* --namespace: schema.default_ns is meant */
	bool embedded; /* --embedded: policies in other objects are in force */
	bool allow_empty;    /* --allow-empty: a named file may hold nothing */
	bool one_cluster;    /* results are of one, so a root is asked for */
	const char *root;    /* --root: the only folder to build, or NULL */
	int stop_after;      /* last stage to run; PASSES: all */
	int dump;            /* stage to dump and to stop after; PASSES: none */
	const char *output;  /* -o: directory of the bundle */
	const char *report;  /* a file that the command will write, or NULL */
	const char *sign;    /* --sign: file of the private key, or NULL */
	const char *version; /* of cnpc, for the bundle */
};

/* What the system refused. */
struct unit_failure {
	const char *what; /* cannot be done: "write", "sync", "enter" */
	const char *path; /* with this */
	int error;        /* errno value; 0: nothing was refused */
};

/* What a pass cost. */
struct unit_cost {
	const char *name;
	uint64_t ns;    /* elapsed time */
	uint64_t bytes; /* added to the unit's permanent memory */
};

/*
 * Everything lives in perm, except what the pool's workers make, which lives
 * in the worker's perm: texts, trees, objects, what is found in them,
 * directions. Both are freed with the unit.
 */
struct unit {
	struct arena perm;    /* results: live as long as the unit */
	struct arena scratch; /* reset after each pass, as the pool's are */
	struct pool pool;     /* who shares the work of a pass */
	struct unit_options opt;
	struct source_set sources;
	struct diag_sink sink;
	struct ydocs docs; /* in input order; context: see its source */
	struct repo repo;
	struct object_list objects;
	struct atom_table *atoms;
	struct ir ir;
	struct world world;
	struct pmaps pmaps;
	struct model_differences models;
	struct str lock;        /* text of the lock of identities */
	struct signing_key key; /* to sign the bundle with */
	struct bundle bundle;
	struct outdir out; /* where it is written to */
	bool written;      /* the bundle is in its place, whatever failed */
	struct unit_failure failure;
	struct buf dump;            /* output of --dump */
	uint32_t ran;               /* PASS_BIT() of each pass that ran */
	VEC(struct unit_cost) cost; /* of what ran, in order */
};

/* Options with the documented defaults (dual stack, Cilium 1.20, ...). */
void unit_options_default(struct unit_options *opt);

/* The entries that an agent's policy map has room for. */
uint32_t unit_policy_map_max(const struct unit_options *opt);

/* OPT's strings must outlive U. */
void unit_init(struct unit *u, const struct unit_options *opt);
void unit_free(struct unit *u);

/*
 * Adds a text to compile before the files that the options name, in place of
 * the file NAME where they name it, too.  NAME and TEXT must outlive U.
 */
void unit_add_source(struct unit *u, const char *name, struct str text);

/*
 * Runs the passes WANTED, PASS_BIT() of each, and those that they need or
 * use, unless they ran before.  Stages after opt.stop_after are left out, and
 * so is what needs them; opt.dump stops there, too, and wants that stage and
 * its findings instead.
 *
 * What is wrong with the inputs is a finding in u->sink.  Unreadable inputs
 * and rejected objects are left out of later passes, so results are there even
 * when diag_failed().  What the system refuses is in u->failure, and no pass
 * runs after that.
 */
void unit_run(struct unit *u, uint32_t wanted);

/*
 * unit_init() and unit_run() of what OF, which must outlive U, has read, as it
 * named it: with other options, and without reading it again.
 */
void unit_run_again(struct unit *u, const struct unit_options *opt,
    const struct unit *of, uint32_t wanted);

/* Whether a pass ran, so that its results are there. */
bool unit_ran(const struct unit *u, enum pass_id pass);
