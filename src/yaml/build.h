/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Building a tree from its leaves, within the limits.  The readers of YAML and
 * of JSON share it.  Private to yaml/.
 *
 * Members of a container that is still open wait on one stack; closing it
 * moves them into an array of their exact number.
 */

#include "base/arena.h"
#include "base/vec.h"
#include "diag/diag.h"
#include "yaml/yaml_read.h"

/* One source may report this much; then it is read no further. */
#define YREPORTS_MAX 1000

/* Merging copies, so a few bytes could stand for many pairs of a source. */
#define YMERGED_MAX 4000000

struct ybuild {
	struct arena *arena;
	struct arena *strings; /* where those of JSON go */
	struct diag_sink *sink;
	const struct ylimits *limits;
	uint32_t source;
	struct ydocs *docs; /* where documents go */
	uint32_t documents; /* so far, empty and broken ones as well */
	uint32_t nodes;     /* so far, aliases counted each time */
	/* The most that an attempt counted and gave up. */
	uint32_t tried, tried_documents;
	uint32_t merged;         /* pairs copied by "<<" so far */
	uint32_t reports;        /* problems so far, printed or not */
	bool broken;             /* the current document is not well-formed */
	bool stop;               /* a limit was hit: read no further */
	VEC(struct ypair) open;  /* members of open containers */
	struct arena open_arena; /* of OPEN, once ROOM is too small */
	struct arena sort_arena; /* reset after each use */
	struct ypair room[64];   /* a line of a log needs no more */
};

/* The most bytes that a source may have: spans hold 32 bits. */
static inline size_t
ylimits_bytes(const struct ylimits *limits)
{
	return limits->bytes < UINT32_MAX ? limits->bytes : UINT32_MAX - 1;
}

/* Blanks of YAML, a carriage return included. */
static inline bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

/* What was merged into a mapping: indexes into the stack of open members. */
struct ymerge {
	size_t from;   /* the members from here on are merged ones */
	size_t before; /* the members before here come before the "<<" */
};

void ybuild_init(struct ybuild *b, struct arena *a, struct diag_sink *sink,
    const struct ylimits *limits, uint32_t source);
void ybuild_fini(struct ybuild *b);

struct span ybuild_span(const struct ybuild *b, uint32_t start, uint32_t end);

/* Begins a document at offset AT; false, and reported: one too many. */
bool ybuild_begin(struct ybuild *b, uint32_t at);

/* Keeps the document, unless it was broken or is empty. */
void ybuild_end(struct ybuild *b, const struct ynode *root);

/* Counts a problem; whether there is still room to report it. */
bool ybuild_report(struct ybuild *b);

/* Counts N nodes; false, and reported, when that is over the limit. */
bool ybuild_count(struct ybuild *b, uint32_t n, struct span at);

/* False, and reported, when a container of HEIGHT levels is too deep. */
bool ybuild_enter(struct ybuild *b, uint32_t depth, uint32_t height,
    struct span at);

/* A new member of the innermost open container. */
void ybuild_push(struct ybuild *b, struct ypair member);

/* The members that were pushed since the stack held FIRST. */
void ybuild_seq(struct ybuild *b, struct ynode *n, size_t first);

/* The same; keys that come twice are reported. MERGE may be NULL. */
void ybuild_map(struct ybuild *b, struct ynode *n, size_t first,
    const struct ymerge *merge);
