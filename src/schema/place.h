/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What the tables say of a place in an object: which fields and values it may
 * have, and what these mean.  For an editor.
 *
 *     struct schema_place p;
 *
 *     if (schema_place_object(&p, object, cilium) &&
 *         schema_place_enter(&p, STR("spec")) && ...)
 *             puts(schema_place_doc(&p));
 */

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "yaml/ytree.h"

struct schema_field;
struct schema_struct;
struct schema_type;

struct schema_place {
	unsigned cilium;                  /* number of the version */
	const struct schema_field *field; /* the last one on the way; or NULL */
	const struct schema_type *type;   /* NULL: it is the object */
	const struct schema_struct *of;   /* whose fields it has; or NULL */
};

/* The object N itself; false: its kind is not read. */
bool schema_place_object(struct schema_place *p, const struct ynode *n,
    unsigned cilium);

/* From an object or a map to the value of KEY; false: it has no such field. */
bool schema_place_enter(struct schema_place *p, struct str key);

/* From a list to its items; false: it is none. */
bool schema_place_item(struct schema_place *p);

/* "" or what the last field on the way is called and means. */
struct str schema_place_name(const struct schema_place *p);
const char *schema_place_doc(const struct schema_place *p);

/* What may be there, as "list of string"; in A. */
const char *schema_place_type(struct arena *a, const struct schema_place *p);

/* Whether the keys are anybody's choice. */
bool schema_place_is_map(const struct schema_place *p);

/* One of what may be there. */
struct schema_choice {
	struct str text;
	const char *doc; /* or "" */
	bool nested;     /* its value is an object, a map or a list */
	bool list;
};

/*
 * The I-th field that may be there, or the I-th value of a closed set; false
 * after the last.
 */
bool schema_place_field(const struct schema_place *p, uint32_t i,
    struct schema_choice *ret);
bool schema_place_value(const struct schema_place *p, uint32_t i,
    struct schema_choice *ret);
