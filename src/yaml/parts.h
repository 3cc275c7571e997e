/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Reading one large source in parts, in parallel:
 *
 *     yaml_cut(a, text, size, limits, &parts);
 *     yaml_read_part(...) for each part, where parts.v is not empty
 *     yaml_join(a, sink, text, source, limits, &parts, &docs);
 */

#include "yaml/yaml_read.h"

/*
 * A run of a source's documents, or of the items of a List that is the whole
 * source.  It can be read apart from the others.
 */
struct ypart {
	size_t start, stop; /* bytes of the source */
	bool items;
	struct ydocs docs; /* or items */
	struct diag_sink sink;
	/* Counted for yaml_join(). */
	uint32_t documents, nodes, tried, tried_documents, merged, reports;
	bool stopped; /* a limit was hit, or these are no items */
};

struct yparts {
	VEC(struct ypart) v; /* all of documents, or all of items */
};

/*
 * Cuts TEXT into parts of at least SIZE bytes, the last one excepted, in A:
 * between documents, or between items that begin on lines of their own, as
 * kubectl prints a List in JSON.  None, when it is to be read as a whole.
 */
void yaml_cut(struct arena *a, struct str text, size_t size,
    const struct ylimits *limits, struct yparts *ret_parts);

/*
 * Reads one part of TEXT into part->docs and, made anew in A, part->sink.
 * Strings go to STRINGS: apart from the rest they need only their own room.
 * Parts may be read in parallel when their arenas differ.
 */
void yaml_read_part(struct arena *a, struct arena *strings, struct str text,
    uint32_t source, const struct ylimits *limits, struct ypart *part);

/*
 * What yaml_read() gives for TEXT, from all its parts, which have been read.
 * False when it had to be called: because a limit over the whole source was
 * exceeded, or because items are faulty, or are no items after all.
 */
bool yaml_join(struct arena *a, struct diag_sink *sink, struct str text,
    uint32_t source, const struct ylimits *limits, const struct yparts *parts,
    struct ydocs *ret_docs);
