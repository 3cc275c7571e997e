/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Objects as bytes, and back, by the tables of the schema: much faster than
 * reading manifests, for who wants the same objects again.  cnpc-image(5)
 * describes the bytes.
 *
 * Equal texts and places are written once.  Of the objects of a snapshot, which
 * nothing is told about, only the place of the whole is kept, and equal lists
 * and maps are one.  Left out are annotations, which nobody asks for, and why
 * an object is not used.
 */

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/map.h"
#include "base/str.h"
#include "base/vec.h"
#include "diag/source.h"
#include "schema/object.h"
#include "schema/schema.h"

/* Being written. */
struct packer {
	struct source_set *sources; /* that places are in */
	unsigned cilium;            /* version whose fields are kept */
	struct buf out;             /* objects and what else is put */
	struct map texts, places;   /* -> their numbers, from 1 */
	struct map shared;          /* bytes of a value -> the same */
	struct buf place_bytes;     /* of all places, in their order */
	bool sharing;               /* inside of a value that may be shared */
	bool placed;                /* the object's places are kept */
};

/* All else that is given must live as long as P. */
void packer_init(struct packer *p, struct arena *a, struct source_set *sources,
    unsigned cilium);

void pack_u64(struct packer *p, uint64_t v);
void pack_str(struct packer *p, struct str s);
void pack_object(struct packer *p, const struct object *o);

/* All of it: texts and places come first. */
void packer_put(struct packer *p, struct buf *out);

struct schema_type;
struct shared_value;

/* Being read.  Once something is wrong every function returns zeros. */
struct unpacker {
	struct arena *arena;
	const uint8_t *p, *end;
	bool bad;
	struct str *texts;                /* [ntexts] */
	const struct schema_type **right; /* [ntexts]: which one has it */
	struct span *places;              /* [nplaces] */
	uint32_t ntexts, nplaces;
	struct source_set *sources;
	VEC(struct shared_value) shared;
	const struct schema *schema;
	struct decoder *decoder; /* of the current object */
	bool sharing, placed;
};

/*
 * Begins to read BYTES, which texts are part of.  Places are in sources that
 * are added to SOURCES and have no text (diag/source.h).
 */
void unpacker_init(struct unpacker *u, struct arena *a,
    struct source_set *sources, struct str bytes);

/* A number of at most MAX. */
uint64_t unpack_u64(struct unpacker *u, uint64_t max);

/* A text with a NUL after it; .s is NULL where that was packed. */
struct str unpack_str(struct unpacker *u);

/* What objects are then checked by; before the first one. */
void unpacker_set_schema(struct unpacker *u, const struct schema *schema);

/* The next object; NULL, and U is bad: it is none that the schema takes. */
struct object *unpack_object(struct unpacker *u);

/* Whether nothing was wrong, and all was read. */
bool unpacker_end(const struct unpacker *u);

/* A number for the tables of the schema: what is packed by others cannot be
 * read. */
uint64_t pack_tables(void);
