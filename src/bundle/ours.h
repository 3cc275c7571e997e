/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Whether a directory is a bundle; and whether it is nothing else, so that a
 * new bundle may take its place without anything being lost.
 */

#include <stdbool.h>

#include "yaml/ytree.h"

/*
 * MANIFEST has the members of every format of bundles, and the directory FD has
 * nothing but the manifest, its signature and regular files that it lists.
 */
bool bundle_has_only(const struct ynode *manifest, int fd);

/*
 * The same by the manifest that is in FD.  ARG is not used: this is a
 * pending_ours (base/pending.h).
 */
bool bundle_is_ours(void *arg, int fd);

/*
 * FD has nothing but files with names that a bundle's have: of a directory that
 * was being made or removed, when its manifest was not there yet or any more.
 * This is a pending_ours, too.
 */
bool bundle_is_part(void *arg, int fd);

/* PATH is a directory whose manifest has the members of every format. */
bool bundle_is_there(const char *path);
