/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Mending the inputs: what is found is fixed where that is safe, the result is
 * looked at again, and so on until nothing is left to fix.  Files are written
 * at the end, each whole or not at all.
 *
 *     do
 *             mend_texts(&m, &opt);  // what the unit is to read
 *             ... run a unit, keep the findings that are asked for ...
 *     while (mend_round(&m, &unit));
 *     error = mend_write(&m, &path);
 */

#include "driver/unit.h"

struct mended_text {
	struct str text;
	size_t edits; /* up to here */
};

struct mended_file {
	const char *path; /* as it was read */
	const char *name; /* from the top of its repository */
	/* As it was, and after each round that changed it. */
	VEC(struct mended_text) texts;
	bool settled; /* its fixes undo each other */
};

struct mending {
	struct arena *arena; /* outlives the units */
	VEC(struct mended_file) files;
	VEC(struct unit_text) texts;
};

/* Gives OPT what the files hold by now. */
void mend_texts(struct mending *m, struct unit_options *opt);

/*
 * Fixes what U's findings allow in the files of the inputs; standard input is
 * none.  A file whose fixes undo each other is left as the first of them made
 * it.  False when there was nothing more.
 */
bool mend_round(struct mending *m, struct unit *u);

/* How many edits of how many files there are. */
void mend_count(const struct mending *m, size_t *ret_edits, size_t *ret_files);

/* Puts the changes as a unified diff. */
void mend_diff(const struct mending *m, struct buf *out);

/* Writes the files.  0, or an errno value and the path that it is about. */
int mend_write(const struct mending *m, const char **ret_path);
