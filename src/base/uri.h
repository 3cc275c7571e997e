/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Names of files as URIs (RFC 3986, RFC 8089).
 */

#include "base/arena.h"
#include "base/str.h"

/* The file PATH, in A: a reference when PATH is not from the root. */
const char *uri_of_file(struct arena *a, const char *path);

/*
 * The path that URI is of, from the root, in A; NULL: it is no file of this
 * machine, or its name has a NUL.
 */
const char *uri_file(struct arena *a, struct str uri);
