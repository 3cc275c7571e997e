/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Chunks: runs of a source that hold one document each.  A broken document
 * does not hide those after it, and each can take the reader that suits it.
 * Private to yaml/.
 */

#include "yaml/build.h"

/* Where the first chunk begins, after a byte order mark; false: it is UTF-16.
 */
bool chunk_first(struct str text, size_t *ret_start);

/* Where the chunk at START ends: at the next "---", or after a "...". */
size_t chunk_end(struct str text, size_t start);

/* Where the content of the chunk at START begins, after its markers. */
size_t chunk_body(struct str text, size_t start);

/* Reads the chunks between START and STOP, until a limit is hit. */
void chunks_read(struct ybuild *b, struct str text, size_t start, size_t stop);
