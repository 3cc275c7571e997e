/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * One input under two versions, settings or models, and what is to blame for
 * what changes: found by experiment.  Each cause is turned alone from what it
 * is before to what it is after, and what then is as after is put down to it.
 * What no cause alone explains is put down to a set of them from which none
 * can be left out.
 *
 *     struct upgrade u = {.maker = {make, drop, context}};
 *
 *     ... u.causes, u.world[0], u.world[1] ...
 *     upgrade_find(&u, arena);
 *
 * The worlds are the caller's; what is tried lives until upgrade_free().
 */

#include "change/change.h"
#include "change/portrait.h"

/* What is different, and can be tried alone. */
struct upgrade_cause {
	const char *name;           /* "topology-label", "enable-sctp" */
	const char *before, *after; /* what is so */
	const char *since;          /* "from 1.18.7", "until 1.18.7", or NULL */
	const char *section;        /* of semantics.md; or NULL */
	bool form; /* it is about the bytes of every map, and no more */
	/* What upgrade_find() learns. */
	struct touch touch; /* alone */
	bool blamed; /* for a verdict, or for what is denied by default */
	bool named;  /* for anything */
};

/* Some causes turned together, or one alone. */
struct upgrade_attempt {
	const struct bitset *causes;
	/* What it does. */
	struct rulings rulings;
	label_change_vec labels; /* against before */
	bool is_side;            /* it is one of changes.actors.side */
	uint32_t side;
	void *handle; /* of a side */
};

/* An object of which something else becomes. */
struct upgrade_ruling {
	const struct object *object;    /* of a side that has it */
	const struct ruling *ruling[2]; /* NULL: not read */
	const struct bitset *tried;     /* attempts */
};

struct upgrade_label {
	struct label_change change;
	const struct bitset *tried; /* attempts */
};

/* Who compiles the input with some of the causes turned. */
struct upgrade_maker {
	/* The world lives until it is dropped. */
	struct change_side (*make)(void *context, const struct bitset *causes,
	    void **ret_handle);
	void (*drop)(void *context, void *handle);
	void *context;
};

struct upgrade {
	struct upgrade_maker maker;
	VEC(struct upgrade_cause) causes;
	struct change_side world[2];
	/* What upgrade_find() makes. */
	struct arena *arena;
	struct portrait portrait[2];
	VEC(struct upgrade_attempt) attempts; /* [cause], then sets */
	VEC(struct change_side) sides;        /* the worlds, then attempts */
	struct changes changes;               /* .tried: attempts, in the end */
	VEC(struct upgrade_ruling) rulings;   /* in input order */
	VEC(struct upgrade_label) labels;
};

void upgrade_find(struct upgrade *u, struct arena *a);

/* Drops the attempts that are left. */
void upgrade_free(struct upgrade *u);

/* Whether something is otherwise with a cause alone. */
bool touch_is_any(const struct touch *t);

/* Whether a cause has something to do with the input. */
bool upgrade_is_told(const struct upgrade *u, const struct upgrade_cause *c);
