/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Interned strings.  Equal strings have equal atoms within one table, so the
 * stages after reading compare and hash numbers.  Atom 0 is the empty string.
 * Atoms are numbered in order of first interning; nothing that is printed may
 * depend on that number.  A table is not safe for use by several threads.
 */

#include <stdint.h>

#include "base/arena.h"
#include "base/str.h"

typedef struct {
	uint32_t i;
} atom_t;

struct atom_table;

/* A table whose strings live in A. */
struct atom_table *atom_table_new(struct arena *a);

/* The atom of S; its bytes are copied on first sight. */
atom_t atom_intern(struct atom_table *t, struct str s);

/* The atom of S in lower case (ASCII letters); SCRATCH takes the copy. */
atom_t atom_intern_lower(struct atom_table *t, struct arena *scratch,
    struct str s);

/* Whether S was interned; *ret_atom only then. */
bool atom_find(const struct atom_table *t, struct str s, atom_t *ret_atom);

/* The string of an atom; valid as long as the arena. */
struct str atom_str(const struct atom_table *t, atom_t atom);

/* Number of atoms: every atom.i is below it. */
uint32_t atom_count(const struct atom_table *t);

static inline bool
atom_eq(atom_t a, atom_t b)
{
	return a.i == b.i;
}
