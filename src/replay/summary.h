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

struct summary_side {
	bool bad;         /* this end drops it, or refuses the request */
	uint32_t code;    /* of the drop; 0: the request is refused */
	const char *file; /* of the rule; NULL: nothing written says so */
	uint32_t line, column;
};

struct summary_row {
	struct str from, to; /* as people name them */
	struct str port;     /* "443/tcp" */
	enum flow_verdict verdict;
	struct str why;                /* it is unknown, or empty */
	bool no_backend;               /* the Service has none */
	struct summary_side side[2];   /* by enum direction */
	struct replay_counts count[3]; /* by enum direction; [2]: unsaid */
	uint64_t example;              /* the first line; 0: not said */
	struct str first, last; /* times, as they are written, or empty */
	enum replay_class class;
};

struct summary {
	struct arena *arena;
	struct map rows; /* by what is alike -> struct summary_row * */
	VEC(const struct summary_row *) v; /* since summary_sort() */
	bool by_line;
	uint64_t lines, lost;
	uint64_t status[REPLAY_STATUSES];
};

void summary_init(struct summary *s, struct arena *a);

void summary_add(struct summary *s, const struct replay *x,
    struct source_set *sources);

/*
 * Adds the JSON document TEXT, which was made of a summary by line and lives as
 * long as S.  NULL, or what is wrong with it, and S is not to be used any more.
 */
const char *summary_read(struct summary *s, struct str text);

/* Gives rows their classes and their order, the new drops first. */
void summary_sort(struct summary *s);

/* How many connections they were: the most that an end has seen. */
uint64_t summary_connections(const struct summary_row *r);

/* The names of verdicts in documents. */
const char *summary_verdict_name(enum flow_verdict v);

/* The row like R, new or with the counts of R added. */
struct summary_row *summary_put(struct summary *s, const struct summary_row *r);
