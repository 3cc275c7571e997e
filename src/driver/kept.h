/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What reading made of each file, kept from one unit to the next, for a process
 * that compiles the same files again and again: only what has changed is read
 * anew.
 *
 *     struct kept kept = {0};
 *
 *     options.kept = &kept;
 *     unit_init(&u, &options); unit_run(&u, ...); unit_free(&u);
 *     ...
 *     kept_free(&kept);
 *
 * Units that share one are there one after the other, never at once: what a
 * unit's sources, trees and findings point to lives until the next one reads.
 */

#include "yaml/yaml_read.h"

/* What there is of one file. */
struct kept_file {
	struct arena arena; /* of all of it */
	const char *path;   /* NULL: nothing is kept */
	bool in_memory;     /* no file, but a text that a unit was given */
	uint64_t state[6];  /* of the file when it was read; see kept.c */
	struct str text;
	struct diag_sink sink;
	struct ydocs docs;
};

struct kept {
	struct arena arena;        /* of V */
	VEC(struct kept_file *) v; /* by number of the source, from 1 */
};

void kept_free(struct kept *k);

/* Makes room for sources up to NUMBER; before any of these is read. */
void kept_reserve(struct kept *k, size_t number);

/*
 * The text of the source NUMBER, which is the file PATH, or with MEMORY that
 * text: read only if it is not what is kept.  Returns 0 or an errno value;
 * EFBIG when there is more than MAX bytes.  *ret_file is empty but for its text
 * when it was read: then what is made of it goes there.
 *
 * Several threads may call it for different sources.
 */
int kept_text(struct kept *k, uint32_t number, const char *path,
    const struct str *memory, size_t max, struct kept_file **ret_file,
    bool *ret_same);
