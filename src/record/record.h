/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What one line of a recording says of a connection, whichever program wrote
 * it: Hubble, its table in Azure, the agent's monitor, Inspektor Gadget, or a
 * table of tuples.  Only what is there: nothing is looked up and nothing
 * judged.  Source: semantics.md 13.6; cnpc-recordings(7).
 *
 * All text is part of the line or in the arena of the reader.
 */

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/cidr.h"
#include "base/map.h"
#include "base/str.h"
#include "base/vec.h"
#include "cilium/direction.h"

enum record_kind {
	RECORD_FLOW,
	RECORD_BLANK,
	RECORD_OTHER,     /* something else that such files hold */
	RECORD_LOST,      /* events were lost */
	RECORD_MALFORMED, /* it cannot be read */
};

enum record_answer {
	RECORD_UNSAID,
	RECORD_NO,
	RECORD_YES,
};

/* What became of the packet where it was seen. */
enum record_verdict {
	RECORD_VERDICT_NONE, /* not said, or nothing that policy says */
	RECORD_PASSED,
	RECORD_DROPPED, /* for a reason, or none that is said */
};

/* What made the agent write the record. */
enum record_event {
	RECORD_EVENT_UNSAID,
	RECORD_EVENT_DROP,
	RECORD_EVENT_TRACE,
	RECORD_EVENT_VERDICT, /* of a policy */
	RECORD_EVENT_REQUEST, /* seen by a proxy */
	RECORD_EVENT_SOCKET,  /* connect() and the like */
};

/* What connection tracking knew. */
enum record_state {
	RECORD_STATE_UNSAID,
	RECORD_NEW,
	RECORD_ESTABLISHED,
	RECORD_REPLY,
	RECORD_RELATED,
};

/* The part of a request that a proxy saw. */
enum record_message {
	RECORD_MESSAGE_NONE,
	RECORD_REQUEST,
	RECORD_RESPONSE,
	RECORD_MESSAGE_OTHER,
};

struct record_workload {
	struct str kind, name;
};

/* Labels as they are written; one for each text that a reader has met. */
struct record_labels {
	struct str text;     /* JSON, an array: record_labels() */
	const void *meaning; /* for who resolves them; NULL at first */
};

struct record_end {
	struct ip ip;       /* family 0: not said */
	uint32_t identity;  /* 0: not said */
	struct str ns, pod; /* .n 0: not said */
	struct str text;    /* as a tuple names it, instead of all else */
	struct record_labels *labels; /* the reader's; NULL: not said */
	VEC(struct record_workload) workloads;
	VEC(struct str) names; /* of DNS */
};

struct record_header {
	struct str name, value;
};

/* A policy that is named in the record. */
struct record_policy {
	struct str kind, ns, name;
};

struct record {
	enum record_kind kind;
	uint64_t lost; /* how many, of RECORD_LOST */
	struct record_end from, to;
	uint8_t family; /* enum ip_family; 0: not said */
	uint8_t proto;  /* IANA number; 0: not said */
	bool has_port, has_source_port;
	uint16_t port, source_port;  /* ICMP: the type is .port */
	enum record_answer syn, ack; /* of TCP */
	enum record_answer reply;
	enum record_event event;
	enum record_state state;
	enum record_verdict verdict;
	uint32_t reason; /* of a drop, as the agent numbers them; 0: unsaid */
	bool before_policy; /* seen where no policy has been asked */
	bool translated;    /* connect() after a Service was replaced */
	bool backward;      /* connect() and the like, for what comes back */
	bool at_end;        /* the end that saw it is said: */
	enum direction end;
	enum record_message message;
	struct str method, url, host, dns; /* .s NULL: not said */
	VEC(struct record_header) headers;
	bool is_http, is_dns;
	bool aggregated;
	uint64_t records; /* of aggregated ones: what the counters add up to */
	bool counted;
	uint64_t count, bytes;                    /* of a tuple */
	VEC(struct record_policy) policies[2][2]; /* [direction][denied] */
	struct str time;
};

/* The columns of a table of tuples, as its first line names them. */
struct record_columns {
	int from, to, port, proto, count, verdict, bytes; /* -1: none */
};

#define RECORD_LAST 16384
#define RECORD_HEADS 8192
#define RECORD_HEAD_MAX 120

/* How an end begins, up to its labels, and what that says. */
struct record_head {
	char text[RECORD_HEAD_MAX];
	uint8_t n;              /* bytes of it; 0: none was kept */
	uint8_t ns_at, ns_size; /* its namespace; size 0: not said */
	uint32_t identity;
	struct record_labels *labels;
};

struct record_reader {
	struct arena *arena; /* of strings with escapes; for one line */
	struct arena *kept;  /* of labels; as long as the reader */
	struct record_columns columns;
	struct map labels; /* text -> struct record_labels * */
	/* [RECORD_LAST], by the number of an identity: the last ones, which
	 * most likely are its next ones. */
	struct record_labels **last;
	struct record_head *heads; /* [RECORD_HEADS], by their first bytes */
};

typedef VEC(struct str) record_label_vec;

/* The texts "k8s:app=web" of an end's labels, in A. */
void record_labels(record_label_vec *out, struct arena *a,
    const struct record_labels *labels);

/* LINE is the caller's to reset between lines. */
void record_reader_init(struct record_reader *r, struct arena *line,
    struct arena *kept);

/* The columns of a table whose first line does not name them. */
void record_columns_init(struct record_columns *c);

/* Reads LINE, without its line feed, into R's arena. */
void record_read(struct record *ret, struct record_reader *r, struct str line);
