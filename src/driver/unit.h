/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * One compilation: its options, memory, sources, findings and the output of
 * every pass.  A process may hold several units at once; nothing is shared
 * between them.
 */

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/atom.h"
#include "base/work.h"
#include "diag/diag.h"
#include "ident/ident.h"
#include "ir/ir.h"
#include "admit/platform.h"
#include "pmap/diverge.h"
#include "pmap/pmap.h"
#include "schema/schema.h"
#include "yaml/ytree.h"

struct unit_options {
	struct ir_options ir;
	struct pmap_options pmap;
	struct schema_options schema;
	const char *identity_lock; /* --identity-lock, or NULL */
	enum platform platform;    /* --profile */
	unsigned jobs;             /* --jobs: threads; 0: one a processor */
	bool audit;     /* policy-audit-mode: drops are only recorded */
	uint32_t given; /* bit of each setting that has an option's value */
	const char *const *inputs; /* files, directories, "-" */
	size_t ninputs;
	const char *const *cluster; /* --cluster: context, never linted */
	size_t ncluster;
	const char *stop_after; /* last pass to run, or NULL for all */
	const char *dump;       /* pass to dump and to stop after, or NULL */
};

/* What a pass, or a step behind them, cost. */
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
	struct object_list objects;
	struct atom_table *atoms;
	struct ir ir;
	struct world world;
	struct pmaps pmaps;
	struct divergences divergences;
	struct buf dump;            /* output of --dump */
	bool complete;              /* the last pass ran */
	VEC(struct unit_cost) cost; /* of what ran, in order */
};

/* Options with the documented defaults (dual stack, Cilium 1.20, ...). */
void unit_options_default(struct unit_options *opt);

/* OPT's strings must outlive U. */
void unit_init(struct unit *u, const struct unit_options *opt);
void unit_free(struct unit *u);

/*
 * Adds a text to compile before the files that the options name, in place of
 * the file NAME where they name it, too.  NAME and TEXT must outlive U.
 */
void unit_add_source(struct unit *u, const char *name, struct str text);

/*
 * Runs the passes of passes.c in order, up to opt.stop_after or opt.dump.
 * Whatever goes wrong is a finding in u->sink, which is sorted.  Unreadable
 * inputs and rejected objects are left out of later passes, so results are
 * there even when diag_failed().
 */
void unit_run(struct unit *u);

/*
 * The step NAME, behind the passes, is what comes between: its cost joins
 * those of the passes.
 */
void unit_step_begin(struct unit *u, const char *name);
void unit_step_end(struct unit *u);

/* The name of the I-th pass, for --stop-after; NULL behind the last. */
const char *unit_pass_name(size_t i);
