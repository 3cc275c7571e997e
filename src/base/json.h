/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * A streaming JSON writer into a buf.  Commas, indentation and escapes are
 * its business; the caller opens, closes and names, JSON_DEPTH levels at most;
 * a call that does not fit where it is made fails an assertion.  Bytes that are
 * not UTF-8 come out as U+FFFD and control characters as escapes, so the output
 * is always valid JSON and safe to show on a terminal.
 */

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"

/* So deep may JSON be that is written or read. */
#define JSON_DEPTH 128

struct json {
	struct buf *out;
	uint64_t objects[JSON_DEPTH / 64]; /* bit d: depth d + 1 is an object */
	unsigned depth;
	unsigned line; /* depth of the enclosing one-line object; 0: none */
	bool pretty;   /* two spaces a level; else no white space at all */
	bool first;    /* nothing written yet on this level */
	bool named;    /* a key was written, its value is due */
};

void json_init(struct json *j, struct buf *out, bool pretty);

void json_object(struct json *j);
void json_end_object(struct json *j);

/*
 * The object that a document is, up to what names it: "format" and "version"
 * (cnpc-json(7)).  A version goes up when a reader of the last one would break.
 */
void json_document(struct json *j, const char *format, unsigned version);

/* An object on one line, with all that is in it. */
void json_object_line(struct json *j);

void json_array(struct json *j);
void json_end_array(struct json *j);
void json_key(struct json *j, const char *key);

void json_str(struct json *j, struct str s);
void json_cstr(struct json *j, const char *s);
void json_u64(struct json *j, uint64_t v);
void json_i64(struct json *j, int64_t v);
void json_bool(struct json *j, bool v);
void json_null(struct json *j);

/* Key and value at once. */
void json_kv_str(struct json *j, const char *key, struct str s);
void json_kv_cstr(struct json *j, const char *key, const char *s);
void json_kv_u64(struct json *j, const char *key, uint64_t v);
void json_kv_bool(struct json *j, const char *key, bool v);
