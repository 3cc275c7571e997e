/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The tables that tools/schemac.py makes of the schema files, and what the
 * files of this module share.  Private to schema/.
 *
 * An object is decoded in one walk over its tree: decode.c goes through the
 * fields, check.c judges values and whole structs, unknown.c explains what
 * the schema does not know.  Each violation is reported and the walk goes on.
 */

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include "schema/object.h"

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

/* One line of a .schema; a name stands once for each range of versions. */
struct schema_field {
	struct str name;
	const struct schema_type *type;
	uint32_t offset;       /* of the member */
	uint16_t since, until; /* Cilium versions, as 117 */
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
	uint16_t since, until;
	const struct schema_struct *body;
	size_t metadata; /* offset of its struct ast_object_meta * */
	const char *doc;
};

extern const struct schema_kind schema_kinds[];
extern const size_t schema_nkinds;
extern const struct schema_pattern schema_patterns[];
extern const size_t schema_npatterns;

struct schema {
	struct schema_options opt;
	const char *version;   /* "1.20" */
	pcre2_code **patterns; /* [schema_npatterns] */
	int label_value;       /* index of that pattern */
};

/* Where the decoder stands, innermost first; printed only in messages. */
struct path {
	const struct path *up;
	struct str key; /* .s is NULL in a list */
	uint32_t index;
};

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

/* The state of one object's decoding. */
struct decoder {
	const struct schema *schema;
	struct arena *arena;
	struct diag_sink *sink;
	const struct schema_kind *kind;
	struct object *object;
	const struct path *path;
	pcre2_match_data *match; /* NULL until a pattern is matched */
};

static inline bool
schema_in_version(const struct schema *s, uint16_t since, uint16_t until)
{
	return s->opt.cilium >= since && s->opt.cilium <= until;
}

/* The field of that name in the version at hand, or NULL. */
const struct schema_field *schema_find_field(const struct schema *s,
    const struct schema_struct *st, struct str name);

/* The bytes that an item of this type takes in a list. */
size_t schema_item_size(const struct schema_type *item);

/* "spec.ingress[0].toPorts", in the arena. */
struct str path_print(const struct decoder *d);

/* The innermost key of the path, or the kind: what a field stands in. */
struct str path_container(const struct decoder *d);

/* Marks the object as refused by the API server, for the reason DI. */
void decoder_reject(struct decoder *d, const struct diag *di);

/* Checks a string against everything that its type says. */
void check_str(struct decoder *d, const struct schema_type *t, struct str v,
    struct span at);

/* Checks an integer's range. */
void check_int(struct decoder *d, const struct schema_type *t, int64_t v,
    struct span at);

/* Checks a list's length and, for a set, that no string is in it twice. */
void check_list(struct decoder *d, const struct schema_type *t,
    const struct ynode *n);

/* Checks which fields are PRESENT (bit i: fields[i]) against what is required
 * and the struct's rules, then runs its own check. */
void check_struct(struct decoder *d, const struct schema_struct *st,
    uint64_t present, struct span at, const void *body);

/* Reports a field that the version at hand does not know, with the likeliest
 * reason. */
void unknown_field(struct decoder *d, const struct schema_struct *st,
    const struct ypair *pair);

/* The one of VALUES (up to a zero str) that V was probably meant to be. */
bool guess_value(const struct str *values, struct str v, struct str *ret_value);

/* What the schema files name as `check`. */
schema_check schema_check_banp_name;
schema_check schema_check_icmp_type;
schema_check schema_check_k8s_selector;
schema_check schema_check_kcnp_named_port;
schema_check schema_check_np_ip_block;
schema_check schema_check_np_port;
schema_check schema_check_port_range;
