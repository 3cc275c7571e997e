/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What the user is told.
 *
 *     struct diag *d = diag_duplicate_key(&unit->sink, at, key);
 *
 *     diag_note(&unit->sink, d, first, "first here");
 *
 * Every message is declared in grammar/diagnostics.def.  tools/diagc.py makes
 * of it the table and a typed function, as above, in diag_gen.h, so the code
 * has no message and no format of its own.  What a function is given may be
 * hostile input: it is made printable and cut.
 *
 * Reporting never stops anything: a pass goes on and tells all that it finds.
 * Whoever works in several threads gives each item a sink, and merges them in
 * the order of the input.  diag/render.h sorts and prints what a sink holds.
 */

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/vec.h"
#include "diag/source.h"

/* In order of severity. UNSUPPORTED: valid for Cilium, not modelled here. */
enum diag_level {
	DIAG_NOTE,
	DIAG_STYLE,
	DIAG_WARNING,
	DIAG_ERROR,
	DIAG_UNSUPPORTED,
};

/* A note: more about a diagnostic, with a place of its own. */
struct diag_sub {
	struct span at; /* no place: where the diagnostic itself is */
	const char *text;
};

/* The object that a finding is in, as it is written there. */
struct diag_object {
	struct str kind, ns, name; /* ns, name: "" where there is none */
	struct str ignored;        /* its annotation cnpc.io/ignore */
	const char *path; /* in it: "spec.ingress[0].toPorts[1]", or "" */
	struct span at;
};

/* How a place is to be changed, so that the finding goes. */
enum diag_fix_kind {
	FIX_NONE,
	FIX_WORD,    /* a scalar that is OLD, in quotes or not: NEW instead */
	FIX_KEY,     /* a map that has the key OLD once: NEW instead */
	FIX_QUOTE,   /* a number, true or false: the same in quotes */
	FIX_UNQUOTE, /* one in quotes: the same without */
};

/* A change that is safe: who wrote the text meant no other. */
struct diag_fix {
	enum diag_fix_kind kind;
	struct span at;
	struct str old, new; /* FIX_WORD, FIX_KEY */
};

struct diag {
	uint16_t id; /* enum diag_id, the NNN of CNPNNN */
	enum diag_level level;
	struct span at;
	const char *text;
	VEC(struct diag_sub) notes;
	const struct diag_object *object; /* NULL: none, or not looked up */
	const char *fingerprint;          /* diag_fingerprint(); or NULL */
	struct diag_fix fix;              /* diag/fix.h does it */
};

/* One row of the generated table; strings are static. */
struct diag_info {
	uint16_t id;
	enum diag_level level;
	uint16_t band;    /* enum diag_band */
	const char *name; /* "unknown-field" */
	/* Of a lint rule what it is about, one of diag_families; or NULL. */
	const char *family;
	const char *since; /* the release of cnpc that had it first */
	const char *text;  /* with {placeholders}, as in the .def */
	const char *explain;
	const char *bad;  /* example manifest that provokes it, or NULL */
	const char *good; /* the same, mended; or NULL */
};

/* What was reported, in the order of reporting until diag_sort(). */
struct diag_sink {
	struct arena *arena;
	VEC(struct diag *) v;
	uint32_t count[DIAG_UNSUPPORTED + 1]; /* by level */
};

extern const struct diag_info diag_table[]; /* ascending ids */
extern const size_t diag_table_len;

extern const char *const diag_families[]; /* NULL-terminated */

void diag_sink_init(struct diag_sink *sink, struct arena *a);

/*
 * Used by the generated functions only: ARGS fill the placeholders of the
 * id's text in their order.  Strings are made printable and cut when long.
 */
struct diag_arg {
	enum {
		DIAG_ARG_STR,
		DIAG_ARG_INT,
		DIAG_ARG_UINT,
	} kind;
	union {
		struct str s;
		int64_t i;
		uint64_t u;
	};
};

struct diag *diag_add(struct diag_sink *sink, uint16_t id, struct span at,
    const struct diag_arg *args);

/*
 * Attaches a note with a place of its own, e.g. "first defined here".  The
 * text is made printable, and cut when very long.
 */
void diag_note(struct diag_sink *sink, struct diag *d, struct span at,
    const char *fmt, ...) __attribute__((format(printf, 4, 5)));

/* FIX mends D; its texts are copied. */
void diag_set_fix(struct diag_sink *sink, struct diag *d, struct diag_fix fix);

/* Appends all of FROM to TO (same arena lifetime required). */
void diag_merge(struct diag_sink *to, const struct diag_sink *from);

/* The same with copies, so that FROM's stay as they are. */
void diag_copy(struct diag_sink *to, const struct diag_sink *from);

/* Takes out every diagnostic for which KEEP, called with ARG, is false. */
void diag_sink_filter(struct diag_sink *sink,
    bool (*keep)(const struct diag *d, const void *arg), const void *arg);

/*
 * Sorts by source, start, end, id and text: the order in which diag/render.h
 * shows them.  What is told twice, because a file is part of two builds, stays
 * once.
 */
void diag_sort(struct diag_sink *sink);

/*
 * Sorts, and gives each diagnostic that has none its fingerprint: a hash of its
 * id, the file by its name in the repository, the object and the path in that;
 * what is alike in all of these is counted.  No line is in it, and no text.
 */
void diag_fingerprint(struct source_set *set, struct diag_sink *sink);

/* Whether an error or unsupported was reported. */
bool diag_failed(const struct diag_sink *sink);

/* NULL when there is no such id. */
const struct diag_info *diag_lookup(unsigned id);

const char *diag_level_name(enum diag_level level);
