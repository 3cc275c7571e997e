/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Recorded connections against the policies: what becomes of each now, and
 * whether that is what was recorded.  A question of two ends and a port is
 * answered once, by trace_run(), and the answer kept.
 *
 * Several threads judge records, each with a worker of its own; what they come
 * to is counted by one of them, in order.
 */

#include "base/shared_map.h"
#include "flow/trace.h"
#include "record/record.h"
#include "replay/ends.h"
#include "replay/name.h"
#include "replay/opens.h"
#include "replay/seen.h"

#define REPLAY_IPS_MAX 256 /* addresses of an end; one more: there are more */

/* What a line is. */
enum replay_status {
	REPLAY_JUDGED,
	REPLAY_BLANK,
	REPLAY_REPLY,
	REPLAY_ESTABLISHED,
	REPLAY_NOT_A_FLOW,
	REPLAY_LOST,
	REPLAY_MALFORMED,
	REPLAY_DUPLICATE,
};

#define REPLAY_STATUSES (REPLAY_DUPLICATE + 1)

/* Then against now. */
enum replay_class {
	REPLAY_NEW_DROP,
	REPLAY_NEWLY_ALLOWED,
	REPLAY_SAME,
	REPLAY_UNKNOWN,
};

#define REPLAY_CLASSES (REPLAY_UNKNOWN + 1)

enum replay_lists {
	REPLAY_LISTS_NONE,
	REPLAY_LISTS_AGREE,
	REPLAY_LISTS_DISAGREE,
};

/* What one end says now. */
struct replay_side {
	bool bad; /* it drops the connection, or refuses the request */
	bool asked;
	uint32_t code; /* of the drop; 0: the request is refused */
	/* These when asked. */
	enum explain_cause cause;
	const struct ir_rule *rule; /* NULL: nothing written says so */
	struct near_rule near;      /* that would allow it but for one thing */
	VEC(const struct object *) policies; /* that decide */
};

/* The counts of one end. */
struct replay_counts {
	uint64_t connections;
	uint64_t then[REPLAY_THEN_DROPPED + 1];
	uint64_t bytes; /* where they are recorded */
};

/* Two identities that an answer is about. */
struct replay_pair {
	ident_idx_t from, to;
	const struct pmap_class *class[2]; /* of the two; NULL: no policy */
	uint16_t port;                     /* of the backend */
	/* By enum direction: policy is asked; nothing allows it there. */
	bool asked[2], lacks[2];
};

/* A time, as it is written. */
struct replay_time {
	struct str text;
	size_t room; /* of the bytes that it is in */
};

/* What only those keep that need it. */
struct replay_more {
	bool new_drop;   /* one of its connections is */
	struct str text; /* of the first line, if it was kept */
	VEC(struct replay_pair) pairs;
	bool either; /* it is about one of these, and which one is not known */
	VEC(struct ip) ips[2]; /* of an end: [0] of the source */
};

/*
 * An answer, and how often it was asked for.  There may be millions: what
 * several have is kept once.
 */
struct replay_answer {
	const struct replay_who *from, *to;
	uint8_t proto;
	uint16_t port;
	enum flow_verdict verdict;
	bool no_backend;                   /* the Service has none */
	const char *why;                   /* it is unknown; or NULL */
	const struct replay_side *side[2]; /* by enum direction */
	struct replay_counts count[3];     /* by enum direction; [2]: unsaid */
	uint64_t lists[REPLAY_LISTS_DISAGREE + 1];
	uint64_t disagrees; /* the first line whose lists do; 0: none */
	uint64_t example;   /* the first line */
	struct replay_time first, last;
	struct replay_more *more; /* if replay.texts or replay.pairs */
};

/* What one record comes to. */
struct replay_result {
	enum replay_status status;
	bool too_long;                /* why it is REPLAY_MALFORMED */
	struct replay_answer *answer; /* of REPLAY_JUDGED */
	enum replay_then then;
	enum replay_class class;
	enum replay_lists lists;
	bool aggregated, counted;
	uint64_t records; /* of these */
	uint64_t bytes;   /* that are recorded */
	uint64_t lost;
	/* For what is counted: */
	uint64_t line;       /* of the recording */
	uint8_t end;         /* enum direction, or 2 */
	uint64_t weight;     /* of how many connections it tells */
	bool first;          /* for the first time at this end */
	bool one;            /* of one connection, which has the hash: */
	uint64_t connection; /* of it at this end */
	struct str time;
	struct str text; /* the line */
	struct ip ip[2]; /* of the source and the destination */
};

/* What all threads judge by, and what it comes to. */
struct replay {
	struct arena *arena;
	const struct pmaps *pmaps;
	const struct object_list *objects;
	struct replay_ends ends;
	struct replay_names names;
	struct shared_map answers; /* question -> struct replay_answer * */
	/* What a side or a name says -> the same. */
	struct shared_map sides, whos;
	struct seen seen;
	bool by_line; /* no line is judged by what others say */
	bool texts;   /* answers keep the lines that are their examples */
	bool pairs; /* they keep the pairs that they are about, and addresses */
	uint64_t lines;
	uint64_t status[REPLAY_STATUSES];
	uint64_t class[REPLAY_CLASSES];
	uint64_t lost;
};

/* What a thread needs for itself. */
struct replay_worker {
	struct replay *all;
	struct arena *arena;         /* of its answers */
	struct record_reader reader; /* of lines; its labels mean the ends' */
	struct replay_ends ends;
	struct arena text; /* of the line */
	struct arena line, scratch;
};

void replay_init(struct replay *x, struct arena *a, const struct pmaps *m,
    const struct object_list *objects, struct str default_ns);
void replay_free(struct replay *x);

/* Its answers are in A, and are X's as well. */
void replay_worker_init(struct replay_worker *w, struct replay *x,
    struct arena *a);
void replay_worker_free(struct replay_worker *w);

/* Judges LINE by itself; the time is text of the line, or good until the next
 * one. */
void replay_line(struct replay_result *ret, struct replay_worker *w,
    struct str line);

/*
 * Counts RET, in the order of the recording: what was seen before is a
 * duplicate from here on.
 */
void replay_count(struct replay *x, struct replay_result *ret);

const char *replay_status_name(enum replay_status status);
const char *replay_class_name(enum replay_class class);
const char *replay_then_name(enum replay_then then);

/* By what becomes of a connection now, and what became of it then. */
enum replay_class replay_class_of(enum flow_verdict now, enum replay_then then);
