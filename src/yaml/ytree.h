/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The tree that YAML and JSON are read into: immutable nodes with exact
 * spans, typed as the Kubernetes API server sees them after kubectl's
 * YAML-to-JSON step.  Strings live as long as the arena.
 *
 * Aliases share the node of their anchor, whose span they then show.  Keys
 * that are numbers or booleans have become strings ("80", "true"), and "<<"
 * has been merged: its pairs stand behind the mapping's own.
 */

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/str.h"
#include "base/vec.h"
#include "diag/diag.h"

enum ynode_kind {
	Y_NULL,
	Y_BOOL,
	Y_INT,
	Y_FLOAT, /* 1e3, or an integer beyond int64_t; finite */
	Y_STR,
	Y_SEQ,
	Y_MAP,
};

struct ynode;

struct ypair {
	struct str key;
	struct span key_at;
	const struct ynode *value;
};

struct ynode {
	enum ynode_kind kind;
	/*
	 * From the first to behind the last byte of the value: quotes and
	 * brackets belong to it, a tag or anchor before it does not.  An
	 * empty value has an empty span.
	 */
	struct span at;
	union {
		bool b;
		int64_t i;
		/*
		 * JSON has one type of number, and kubectl writes 1e3 and 80.0
		 * as 1000 and 80: where an integer is wanted, an integral
		 * value is one.
		 */
		double f;
		struct str s;
		struct {
			const struct ynode *const *v;
			uint32_t n;
		} seq;
		struct {
			const struct ypair *v; /* source order, keys distinct */
			uint32_t n;
		} map;
	};
};

/* Bounds on one input, so that no input can make us use unbounded memory. */
struct ylimits {
	size_t bytes;       /* of one source; never more than spans can hold */
	uint32_t depth;     /* of nesting: so deep will readers recurse */
	uint32_t documents; /* in one source */
	uint32_t nodes;     /* in one source, aliases counted each time */
};

extern const struct ylimits ylimits_default;

struct ydocs {
	VEC(const struct ynode *) v; /* document roots; empty ones left out */
};

/*
 * Reads every document of a source.  `---` separates; a document that starts
 * with '{' or '[' and is JSON takes the JSON reader, and further JSON objects
 * may follow it without a separator.  Syntax errors, limits, duplicate keys,
 * bad UTF-8 and NUL bytes are reported at their place; the documents before
 * and behind a broken one are still returned.  Duplicate keys: reported as an
 * error, first one kept.  After a thousand problems reading stops.
 * Nothing here prints, and calls for different sources may run in parallel
 * when arena and sink differ.
 */
void yaml_read(struct arena *a, struct diag_sink *sink, struct str text,
    uint32_t source, const struct ylimits *limits, struct ydocs *ret_docs);

/*
 * A run of a source's documents, or of the items of a List that is all of it,
 * which can be read apart from the others.  What it counts is for yaml_join().
 */
struct ypart {
	size_t start, stop; /* bytes of the source */
	bool items;
	struct ydocs docs; /* or items */
	struct diag_sink sink;
	uint32_t documents, nodes, tried, merged, reports;
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
 * False when it had to be called: limits count over the whole source, and
 * where items turn out not to be any, or are faulty, nothing is known of what
 * surrounds them.
 */
bool yaml_join(struct arena *a, struct diag_sink *sink, struct str text,
    uint32_t source, const struct ylimits *limits, const struct yparts *parts,
    struct ydocs *ret_docs);

/*
 * The value of a text known to be JSON, e.g. one line of a flow log, which
 * stands at OFFSET in the source; NULL, and reported, when it is broken.
 */
const struct ynode *json_read(struct arena *a, struct diag_sink *sink,
    struct str text, uint32_t source, uint32_t offset,
    const struct ylimits *limits);

/* The value of KEY in a map; NULL when absent or when N is no map. */
const struct ynode *ynode_get(const struct ynode *n, const char *key);

/* "string", "integer", "object", ... as the API server's messages say. */
const char *ynode_kind_name(enum ynode_kind kind);

/*
 * Types a plain (unquoted) YAML scalar; exposed for its tests.  The value of
 * a string is TEXT itself; .at is left alone.
 */
void yscalar_resolve(struct str text, struct ynode *ret_node);

/* An indented dump for --dump=yaml: kind, value and line:col of each node. */
void ynode_dump(struct buf *out, struct source_set *set, const struct ynode *n);
