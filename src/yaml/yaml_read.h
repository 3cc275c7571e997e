/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Reading sources: YAML and JSON, as documents.  Every size is bounded, and
 * what is wrong with a source is reported at its place.
 *
 * Nothing here prints, and calls for different sources may run in parallel
 * when arena and sink differ.
 */

#include "base/arena.h"
#include "base/vec.h"
#include "diag/diag.h"
#include "yaml/ytree.h"

/* Bounds on one input, so that no input can make us use unbounded memory. */
struct ylimits {
	size_t bytes;       /* of one source; never more than spans can hold */
	uint32_t depth;     /* of nesting: so deep will readers recurse */
	uint32_t documents; /* in one source */
	uint32_t nodes;     /* in one source, aliases counted each time */
	/*
	 * Whether a document with that text is to be read at all; NULL: every
	 * one is.  Called by several threads.
	 */
	bool (*wanted)(struct str text);
};

extern const struct ylimits ylimits_default;

struct ydocs {
	VEC(const struct ynode *) v; /* document roots; empty ones left out */
	VEC(struct span) faulty;     /* whole documents with problems */
	uint32_t skipped;            /* documents that were not wanted */
};

/* Adds what FROM holds to TO, which grows in A. */
void ydocs_add(struct ydocs *to, struct arena *a, const struct ydocs *from);

/*
 * Reads every document of a source.  `---` separates documents; one that
 * starts with '{' or '[' and is JSON takes the JSON reader, and further JSON
 * objects may follow it without a separator.  Syntax errors, limits, duplicate
 * keys, bad UTF-8 and NUL bytes are reported; the documents before and after a
 * broken one are still returned.  Of duplicate keys the first one is kept.
 * After a thousand problems reading stops.
 */
void yaml_read(struct arena *a, struct diag_sink *sink, struct str text,
    uint32_t source, const struct ylimits *limits, struct ydocs *ret_docs);

/* The same for the lines LINES of a source, which hold nothing else. */
void yaml_read_lines(struct arena *a, struct diag_sink *sink, struct str text,
    struct span lines, const struct ylimits *limits, struct ydocs *ret_docs);

/*
 * The value of a text known to be JSON, e.g. one line of a flow log, which
 * begins at OFFSET in the source; NULL, and reported, when it is broken.
 */
const struct ynode *json_read(struct arena *a, struct diag_sink *sink,
    struct str text, uint32_t source, uint32_t offset,
    const struct ylimits *limits);
