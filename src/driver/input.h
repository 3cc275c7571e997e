/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Inputs: texts from memory, files, directories (below them every *.yaml,
 * *.yml and *.json) and "-".  One file is read once, even if it is named
 * again, by another name or as part of a directory: its first mention counts.
 * Memory is mentioned before --context, that before INPUT, which gives what is
 * its own another name and asks about it, and --cluster last; so a text from
 * memory that has a file's name replaces the file.
 *
 * A text of u->opt.texts has the place of the file that its name leads to, and
 * where there is no such file that which an input of its name would have.
 *
 * With git's files, files and folders are those that it has, but for --cluster
 * and "-".
 */

#include "driver/unit.h"

/* What the name of a manifest ends in; NULL-terminated. */
extern const char *const input_suffixes[];

/*
 * Reads into u->docs the texts that u->sources already has, then the inputs
 * that u->opt names, in their order, each of which becomes a source.  What
 * cannot be read is reported, and the others are still read.
 */
void input_read(struct unit *u);

/* The name of an input in the directory DIR; NULL when there is none. */
const char *input_below(const struct unit *u, const char *dir);

/* Whether U was given more than single files, so that all may be there. */
bool input_is_all(const struct unit *u);

/*
 * Whether there is an input PATH: among the files of GIT, or where that is NULL
 * in the file system.  Reading tells what is outside of a repository, so that
 * is there.
 */
bool input_is_there(const struct git_files *git, struct arena *a,
    const char *path);
