/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Work that several threads share: N items, which a crew of workers takes one
 * by one in ascending order.
 *
 *     struct crew crew;
 *
 *     crew_init(&crew, jobs);
 *     crew_run(&crew, n, read_file, files); // read_file(files, worker, i)
 *     crew_free(&crew);
 *
 * Which worker does an item, and when, is left to chance, so that results
 * must not depend on it: an item reads what nobody changes meanwhile, and
 * writes to its worker's arenas and to a slot of its own.  Once crew_run() is
 * back, its caller joins the slots in the order of the items.
 *
 * The thread that calls is one of the workers, so a crew of one does all its
 * work inline; so does any crew whose threads the system refuses to start.
 * Threads live as long as the call.  Items are to be worth starting one: some
 * ten microseconds.
 */

#include "base/arena.h"

#define CREW_MAX 256

/* Two workers' arenas never share a cache line. */
struct worker {
	struct arena perm;    /* results: live as long as the crew; */
	struct arena strings; /* so do the strings among them */
	struct arena scratch; /* until crew_reset() */
	char apart[96];
};

struct crew {
	struct arena arena; /* of V */
	struct worker *v;
	unsigned n;
};

/* Item I of crew_run()'s N, done by SELF. */
typedef void work_fn(void *arg, struct worker *self, size_t i);

/* As many workers as the machine has processors at hand, when JOBS is 0. */
void crew_init(struct crew *c, unsigned jobs);

/* Frees what the workers' arenas hold. */
void crew_free(struct crew *c);

/* Does all items; they may not call crew_run() themselves. */
void crew_run(struct crew *c, size_t n, work_fn *fn, void *arg);

/* Resets every worker's scratch arena. */
void crew_reset(struct crew *c);

/* Bytes in the permanent arenas. */
size_t crew_used(const struct crew *c);
