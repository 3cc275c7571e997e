/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The tables that tools/schemac.py makes of the schema files: every kind, the
 * structs that its objects are made of, their fields and types.  They are read
 * for decoding, for dumps and for JSON Schema.  Private to schema/.
 */

#include <stddef.h>

#include "ast.h"
#include "base/str.h"
#include "cilium/version.h"

enum schema_form {
	SCHEMA_STR,        /* struct ast_str */
	SCHEMA_INT,        /* struct ast_int */
	SCHEMA_BOOL,       /* struct ast_bool */
	SCHEMA_INT_OR_STR, /* struct ast_int_or_str */
	SCHEMA_STRUCT,     /* the struct itself in lists, else a pointer */
	SCHEMA_LIST,       /* struct ast_str_list or AST_LIST() */
	SCHEMA_MAP, /* struct ast_str_map, of lists struct ast_list_map */
	SCHEMA_ANY, /* known, but not read: no member */
};

enum schema_format {
	SCHEMA_TEXT,
	SCHEMA_CIDR,
	SCHEMA_IP,
};

#define SCHEMA_NO_LIMIT UINT32_MAX
#define SCHEMA_NO_PATTERN (-1)

struct schema_pattern {
	const char *name;
	const char *regex;
	const char *what; /* "a label value: ...", for messages */
};

struct schema_type {
	enum schema_form form;
	enum schema_format format;
	const struct schema_type *item; /* of LIST and MAP */
	const struct schema_struct *of; /* of STRUCT */
	const struct str *values;       /* enum: up to a zero str; or NULL */
	int pattern;      /* index into schema_patterns, or SCHEMA_NO_PATTERN */
	int64_t min, max; /* of INT */
	uint32_t min_len, max_len;     /* of STR, in code points */
	uint32_t min_items, max_items; /* of LIST */
	bool set;                      /* LIST: no item twice */
};

/* One line of a .schema; a name may have one for each range of versions. */
struct schema_field {
	struct str name;
	const struct schema_type *type;
	uint32_t offset;       /* of the member */
	uint16_t since, until; /* as of cilium/version.h */
	bool required;
	const char *doc;
};

enum schema_rule_kind {
	SCHEMA_ONE_OF,
	SCHEMA_AT_MOST_ONE,
	SCHEMA_ANY_OF,
};

struct schema_rule {
	enum schema_rule_kind kind;
	uint16_t since, until;
	uint64_t fields; /* bit i: fields[i] */
};

struct schema_hint {
	const char *field;
	const char *text;
};

struct decoder;

/* A rule that is written in C: reports through decoder_reject(). */
typedef void schema_check(struct decoder *d, const void *body);

struct schema_struct {
	const char *name;
	size_t size;
	const struct schema_field *fields; /* at most 64, as declared */
	uint32_t nfields;
	const uint8_t *by_name; /* indices into fields, in byte order */
	const struct schema_rule *rules;
	uint32_t nrules;
	const struct schema_hint *hints; /* up to a NULL field */
	schema_check *check;             /* or NULL */
	const char *doc;
};

enum schema_role {
	SCHEMA_POLICY,
	SCHEMA_CONFIG,  /* no policy, but written by hand: fully checked */
	SCHEMA_CONTEXT, /* a snapshot's: unknown fields are passed over */
};

struct schema_kind {
	enum ast_kind id;
	enum schema_role role;
	const char *name;
	const char *api; /* "cilium.io/v2" */
	bool namespaced;
	bool native;   /* decoded by Go types: null is the zero value */
	bool workload; /* has a template for pods */
	bool bare;     /* ours: the name of the file says what it is */
	uint16_t since, until;
	const struct schema_struct *body;
	size_t metadata; /* offset of its struct ast_object_meta * */
	const char *doc;
};

extern const struct schema_kind schema_kinds[];
extern const size_t schema_nkinds;
extern const struct schema_pattern schema_patterns[];
extern const size_t schema_npatterns;

/*
 * The layout of every AST_LIST(), and of struct ast_str_list.  The decoder
 * fills them all through this one type.
 */
struct any_list {
	bool present;
	struct span at;
	void *v;
	uint32_t n;
};

_Static_assert(offsetof(struct any_list, at) ==
	    offsetof(struct ast_str_list, at) &&
	offsetof(struct any_list, v) == offsetof(struct ast_str_list, v) &&
	offsetof(struct any_list, n) == offsetof(struct ast_str_list, n),
    "struct ast_str_list is laid out like any other list");

static inline bool
field_in_version(const struct schema_field *f, unsigned cilium)
{
	return version_within(cilium, f->since, f->until);
}

/* The field of that name that a version of Cilium has, or NULL. */
const struct schema_field *schema_find_field(const struct schema_struct *st,
    struct str name, unsigned cilium);

/* The bytes that an item of this type takes in a list. */
size_t schema_item_size(const struct schema_type *item);

/* Whether the member V of a struct, or item of a list, is there. */
bool schema_is_present(const struct schema_type *t, const void *v);

/* The first of a kind's rows. */
const struct schema_kind *schema_kind_of(enum ast_kind kind);
