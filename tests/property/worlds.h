/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Running a test over many toy worlds.
 */

#include "driver/unit.h"
#include "world.h"

/* The first fault that a world shows, in A; NULL when there is none. */
typedef const char *world_fault(struct arena *a, const struct toy *t);

/*
 * Looks for a fault in N worlds, a number as text; CNPC_WORLDS in the
 * environment overrides it, and CNPC_SEED is the first world's seed.  Of the
 * first world with a fault the smallest form that still has one is printed,
 * and the test fails.
 */
void worlds_run(const char *n, world_fault *fault);

/* main() of a test of worlds alone; the last argument is N. */
int worlds_main(int argc, char **argv, world_fault *fault);

/* Compiles a world, with its settings, by a model; it must run to the end. */
void toy_compile(struct unit *u, const struct toy *t, enum ir_model model);

/* The same, with the documents MORE after it. */
void toy_compile_with(struct unit *u, const struct toy *t, enum ir_model model,
    const char *more);

/* A compiled world's maps without some of its rules. */
struct toy_less {
	struct ir ir;
	struct world world;
	struct pmaps pmaps;
};

/*
 * Computes RET, which stays where it is, of U without the rules whose indices
 * are in GONE.  It lives in A, and as long as U.
 */
void toy_compute_less(struct toy_less *ret, struct unit *u,
    const struct bitset *gone, struct arena *a);
