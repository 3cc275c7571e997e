/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What the YAML and the JSON reader share, inside this module only: building
 * a tree from its leaves within the limits, the types of scalars, UTF-8.
 *
 * Members of a container that is still open wait on one stack; closing it
 * moves them into an array of their exact number.
 */

#include "yaml/ytree.h"

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
	struct ydocs *docs;      /* where documents go */
	uint32_t documents;      /* so far, empty and broken ones as well */
	uint32_t nodes;          /* so far, aliases counted each time */
	uint32_t tried;          /* the most that were counted in vain */
	uint32_t merged;         /* pairs copied by "<<" so far */
	uint32_t reports;        /* so far, told or not */
	bool broken;             /* the document at hand was not well-formed */
	bool stop;               /* a limit was hit: read no further */
	VEC(struct ypair) open;  /* members of open containers */
	struct arena open_arena; /* of OPEN, once ROOM is too small */
	struct arena sort_arena; /* reset after each use */
	struct ypair room[64];   /* a line of a log needs no more */
};

/* What was merged into a mapping: indexes into the stack of open members. */
struct ymerge {
	size_t from;   /* the members from here on are merged ones */
	size_t before; /* the members before here stand before the "<<" */
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

/* Reads the documents between START and STOP in TEXT, the whole source. */
void yaml_parse(struct ybuild *b, struct str text, uint32_t start,
    uint32_t stop);

/* A reader of JSON values that stand one behind the other. */
struct jread {
	struct ybuild *b;
	const char *p, *end; /* what is still to be read */
	const char *text;
	uint32_t base; /* offset of TEXT in the source */
	char *pool;    /* where the next string goes; all of it: */
	char *pool_start;
	size_t pool_size;
	const char *problem; /* static text */
	/* Items that were read already, and what is to be read behind them. */
	const struct yparts *items;
	const char *behind;
};

void jread_init(struct jread *r, struct ybuild *b, struct str text,
    uint32_t base);

/* Gives back what the pool has left. */
void jread_fini(struct jread *r);

/*
 * The same for a List whose items have been read: they are put where the first
 * one begins, if an array in the outermost object does.
 */
void jread_init_around(struct jread *r, struct ybuild *b, struct str text,
    uint32_t base, const struct yparts *items);

/*
 * The next value.  NULL after a fault: r->problem says which, and it stands
 * at r->p; or r->problem is NULL and a limit was reported.
 */
const struct ynode *jread_value(struct jread *r);

/*
 * Reads items of a List, with commas between them, into TO.  False after a
 * fault.  *ret_comma tells whether the text ended behind a comma.
 */
bool jread_items(struct jread *r, struct ydocs *to, bool *ret_comma);

/* Skips white space; whether something stands behind it. */
bool jread_more(struct jread *r);

/* Where r->p stands in the source. */
uint32_t jread_offset(const struct jread *r);

enum ytag_result {
	YTAG_OK,
	YTAG_MISMATCH,    /* the text is no value of that type */
	YTAG_UNSUPPORTED, /* no such type */
};

/* Types a scalar by its explicit tag, as libyaml resolved it. */
enum ytag_result yscalar_tagged(struct arena *a, struct str tag,
    struct str text, struct ynode *ret_node);

/* The tag as people write it: !!int instead of tag:yaml.org,2002:int. */
struct str ytag_short(struct arena *a, struct str tag);

/* S, with a NUL behind it, is a decimal number; false when out of range. */
bool yfloat_parse(struct str s, double *ret_value);

#define YFLOAT_LEN 40

/* As Go prints a float64 in JSON, or as kubectl does when it is a KEY. */
const char *yfloat_print(double f, bool key, char out[static YFLOAT_LEN]);

/* How many bytes of S are valid UTF-8. */
size_t yutf8_valid(struct str s);
