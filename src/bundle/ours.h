/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Whether a directory is a bundle and nothing else, so that a new bundle may
 * take its place without anything being lost.
 */

#include <stdbool.h>

/*
 * FD is a directory that has a manifest with the members of every format of
 * bundles, and only regular files that the manifest lists.  ARG is not used:
 * this is a pending_ours (base/pending.h).
 */
bool bundle_is_ours(void *arg, int fd);
