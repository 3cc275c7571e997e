/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Decoding one object.  The walk over its tree is shared out: decode.c goes
 * through the fields, check.c and rules.c judge values and whole structs,
 * unknown.c explains what the schema does not know.  Each violation is
 * reported, and the walk goes on.  Private to schema/.
 */

#include "base/arena.h"
#include "diag/diag.h"
#include "schema/object.h"
#include "schema/pattern.h"
#include "schema/schema.h"
#include "schema/table.h"
#include "yaml/ytree.h"

struct schema {
	struct schema_options opt;
	const char *version;   /* "1.20" */
	pcre2_code **patterns; /* [schema_npatterns] */
	int label_value;       /* index of that pattern */
};

/* From the current value up to the object; printed only in messages. */
struct path {
	const struct path *up;
	struct str key; /* .s is NULL in a list */
	uint32_t index;
};

/* The state of one object's decoding. */
struct decoder {
	const struct schema *schema;
	struct arena *arena;
	struct diag_sink *sink;
	const struct schema_kind *kind;
	struct object *object;
	const struct path *path;
	bool stored; /* it is in a cluster: some version has taken it */
	pcre2_match_data *match; /* NULL until a pattern is matched */
};

/* Decodes N, of the decoder's kind, into the decoder's object. */
void decode_object(struct decoder *d, const struct ynode *n);

/* Marks the object as refused by the API server, for the reason DI. */
void decoder_reject(struct decoder *d, const struct diag *di);

/* "spec.ingress[0].toPorts", in the arena. */
struct str path_print(const struct decoder *d);

/* The innermost key of the path, or the kind: what a field belongs to. */
struct str path_container(const struct decoder *d);
