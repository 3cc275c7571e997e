/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * A client's session, and what its messages have in common.  Private to lsp/.
 */

#include "driver/kept.h"
#include "lsp/lsp.h"
#include "lsp/texts.h"
#include "lsp/wire.h"
#include "schema/place.h"

enum phase {
	PHASE_NEW, /* before "initialize" */
	PHASE_OPEN,
	PHASE_SHUT, /* after "shutdown" */
	PHASE_OVER,
};

struct session {
	const struct lsp_host *host;
	struct lsp_settings settings;
	struct out *out;
	struct arena arena;   /* as long as the session */
	struct arena message; /* until the next message */
	struct arena inputs;  /* of the names of what UNIT reads */
	enum phase phase;
	enum lsp_end end;
	bool utf8; /* characters are bytes */
	const char *root;
	struct texts texts;
	struct kept kept;
	struct unit unit; /* of the last change, */
	bool compiled;    /* if there is one */
	bool confined;    /* the process is in its sandbox */
	bool stale;       /* something changed since */
};

/* ---- reading (place.c) ---- */

/* The text of the member KEY; "" when there is none. */
struct str get_text(const struct ynode *n, const char *key);

/* Its number from 0, at most UINT32_MAX; false: there is none. */
bool get_u32(const struct ynode *n, const char *key, uint32_t *ret);

/* The member KEY, a position; false: there is none. */
bool get_position(const struct ynode *n, const char *key, struct position *ret);

/* ---- writing (answer.c) ---- */

/*
 * A message on its way: answer_begin() opens its "result", notice_begin() its
 * "params", whose value the caller puts.
 */
struct answer {
	struct buf buf;
	struct json json;
};

void answer_begin(struct session *s, struct answer *a, const struct ynode *id);
void notice_begin(struct session *s, struct answer *a, const char *method);
void answer_send(struct session *s, struct answer *a);

/* JSON-RPC's and the protocol's codes. */
enum rpc_error {
	RPC_PARSE_ERROR = -32700,
	RPC_INVALID_REQUEST = -32600,
	RPC_METHOD_NOT_FOUND = -32601,
	RPC_INVALID_PARAMS = -32602,
	RPC_NOT_INITIALIZED = -32002,
};

/* ID may be NULL: of a message that has none. */
void answer_error(struct session *s, const struct ynode *id,
    enum rpc_error code, const char *text);

/* Shows TEXT to the user, as an error. */
void show_message(struct session *s, const char *text);

/* Members of an object: a place's "uri" and "range". */
void json_location(struct session *s, struct json *j, struct span at);

/* The object of an edit: BY instead of what is AT in TEXT. */
void json_text_edit(struct json *j, struct str text, struct span at,
    struct str by, bool utf8);

/* ---- the tree around a word (marked.c) ---- */

/*
 * Reads TEXT with MARK in the place of WORD; ALONE: nothing after the word, and
 * of what is before it only its own document.  Places up to the word stay.
 */
void marked_read(struct arena *a, struct str text, struct span word,
    const char *mark, bool alone, struct ydocs *ret);

/* ---- compiling (publish.c) ---- */

/* What is marked for D: its place, on the line where it begins. */
struct span session_mark(const struct session *s, const struct diag *d);

/* D, which is in a source, as the protocol has it. */
void json_diagnostic(struct session *s, struct json *j, const struct diag *d);

/* Compiles what is there now, and tells the client what is found. */
void session_refresh(struct session *s);

/* A place in an open text that a request is about. */
struct text_place {
	const struct text *text;
	uint32_t offset;
	uint32_t source; /* in s->unit; 0: it is not read */
};

/* The source of an open text in s->unit; 0: it is not read. */
uint32_t source_of(const struct session *s, const struct text *text);

/* What PARAMS of a request are about; false: nothing that is open. */
bool find_place(const struct session *s, const struct ynode *params,
    struct text_place *ret);

/* The open text that PARAMS are about; NULL: it is not open. */
struct text *text_of_params(const struct session *s,
    const struct ynode *params);

struct ytrail;

/* The steps in the trees to P. */
void trail_at(struct session *s, const struct text_place *p,
    struct ytrail *ret);

/* What the tables say of the end of TRAIL; false: nothing. */
bool schema_of_trail(const struct session *s, const struct ytrail *trail,
    struct schema_place *ret);

/* ---- requests: the value of "result" for PARAMS ---- */

typedef void request_fn(struct session *s, const struct ynode *params,
    struct json *result);

request_fn request_actions;
request_fn request_complete;
request_fn request_definition;
request_fn request_hover;
