/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Globs over the names of files, as .gitignore has them: "*" and "?" and
 * "[...]" stay within one directory, "**" stands for any number of them.  A
 * glob without a slash is for names in every directory, and one that fits a
 * directory is for all that is in it.
 */

#include <stdbool.h>

/* Whether PATH, with slashes and none at its beginning, fits GLOB. */
bool glob_fits(const char *glob, const char *path);
