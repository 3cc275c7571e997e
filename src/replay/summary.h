/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What recorded connections come to: a row for each two ends, port, verdict
 * and rules, with counts.  Summaries of parts of a recording add up to that of
 * the whole, in any order, where each line was judged by itself
 * (replay.by_line).
 */

#include "replay/replay.h"

#define SUMMARY_VERSION 1
#define SUMMARY_UNSAID "unsaid" /* of the end that saw a connection */

/* A rule: its policy, and where it or a part of it is written. */
struct summary_rule {
	struct str kind, ns, name; /* empty: nobody's */
	struct str file;           /* empty: nowhere */
	uint32_t line, column;
	struct span at; /* the same; no place when read from a document */
};

struct summary_side {
	bool bad;         /* this end drops it, or refuses the request */
	uint32_t code;    /* of the drop; 0: the request is refused */
	struct str cause; /* explain_cause_name(); empty: no policy is asked */
	struct summary_rule rule; /* that decides, or denies by default */
	/* The one that would allow it but for one condition, which is said;
	 * empty: none is near. */
	struct str near_condition, near_text;
	struct summary_rule near;
	struct str all; /* of the above, as one text */
};

/* There may be millions: what several have is kept once, since
 * summary_put(). */
struct summary_row {
	const struct replay_who *from, *to;
	struct str port; /* "443/tcp" */
	struct str why;  /* it is unknown, or empty */
	enum flow_verdict verdict;
	bool no_backend;                    /* the Service has none */
	const struct summary_side *side[2]; /* by enum direction */
	struct replay_counts count[3];      /* by enum direction; [2]: unsaid */
	uint64_t example;                   /* the first line; 0: not said */
	/* Records whose lists of policies agree with ours, and do not; the
	 * first line that does not. */
	uint64_t lists[REPLAY_LISTS_DISAGREE + 1], disagrees;
	struct str first, last; /* times, as they are written, or empty */
	struct str text;        /* of the first line, if it was kept */
	enum replay_class class;
};

struct summary {
	struct arena *arena;
	struct map rows; /* by what is alike -> struct summary_row * */
	struct map texts, sides, whos;     /* of rows: what each says -> it */
	struct buf key;                    /* of what is looked for */
	VEC(const struct summary_row *) v; /* since summary_sort() */
	bool by_line;
	uint64_t lines, lost;
	uint64_t status[REPLAY_STATUSES];
	/* Since summary_sort(): connections by class; records that name other
	 * policies than ours, and the first line of one. */
	uint64_t class[REPLAY_CLASSES], disagree, disagrees;
};

void summary_init(struct summary *s, struct arena *a);

/* Adds what X came to, whose answers are S's from then on. */
void summary_add(struct summary *s, struct replay *x,
    struct source_set *sources);

/*
 * Adds the JSON document TEXT, which was made of a summary by line and lives as
 * long as S.  NULL, or what is wrong with it, and S is not to be used any more.
 */
const char *summary_read(struct summary *s, struct str text);

/* Gives rows their classes and their order, the new drops first. */
void summary_sort(struct summary *s);

/* Takes all rows but the new drops out of a sorted summary. */
void summary_keep_new(struct summary *s);

/* How many connections they were: the most that an end has seen; the same of
 * bytes. */
uint64_t summary_connections(const struct summary_row *r);
uint64_t summary_bytes(const struct summary_row *r);

/* Whether policies drop what R tells of, or refuse the request. */
bool summary_is_bad(const struct summary_row *r);

/* The names of verdicts in documents. */
const char *summary_verdict_name(enum flow_verdict v);

/* Adds the counts of R to the row like it, which may be new. */
void summary_put(struct summary *s, const struct summary_row *r);
