/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Work that several threads share: N items, which a pool of workers takes one
 * by one in ascending order.
 *
 *     struct pool pool;
 *
 *     pool_init(&pool, jobs);
 *     pool_run(&pool, n, read_file, files); // read_file(files, worker, i)
 *     pool_free(&pool);
 *
 * Which worker does an item, and when, is left to chance, so that results
 * must not depend on it: an item reads what nobody changes meanwhile, and
 * writes to its worker's arenas and to a slot of its own.  Once pool_run() is
 * back, its caller joins the slots in the order of the items.
 *
 * The thread that calls is one of the workers, so a pool of one does all its
 * work inline; so does any pool whose threads the system refuses to start.
 * Threads live as long as the call.  Items are to be worth starting one: some
 * ten microseconds.
 */

#include "base/arena.h"

#define POOL_MAX 256

/* Two workers' arenas never share a cache line. */
struct worker {
	struct arena perm;    /* results: live as long as the pool; */
	struct arena strings; /* so do the strings among them */
	struct arena scratch; /* until pool_reset() */
	char apart[96];
};

struct pool {
	struct arena arena; /* of V */
	struct worker *v;
	unsigned n;
};

/* Item I of pool_run()'s N, done by SELF. */
typedef void work_fn(void *arg, struct worker *self, size_t i);

/* JOBS workers; 0: as many as the machine has processors online. */
void pool_init(struct pool *c, unsigned jobs);

/* Frees what the workers' arenas hold. */
void pool_free(struct pool *c);

/* Does all items; they may not call pool_run() themselves. */
void pool_run(struct pool *c, size_t n, work_fn *fn, void *arg);

/* Resets every worker's scratch arena. */
void pool_reset(struct pool *c);

/* Bytes in the permanent arenas. */
size_t pool_used(const struct pool *c);
