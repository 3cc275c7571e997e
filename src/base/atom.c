/* SPDX-License-Identifier: Apache-2.0 */
/* Interned strings: a map from string to number, and back. */
#include "base/atom.h"

#include <assert.h>

#include "base/ascii.h"
#include "base/map.h"

/*
 * A map whose keys are the strings; a key's place in insertion order is its
 * atom, and its value is that number plus one.
 */
struct atom_table {
	struct map map;
};

static atom_t
atom_of(const void *value)
{
	return (atom_t){(uint32_t)((uintptr_t)value - 1)};
}

struct atom_table *
atom_table_new(struct arena *a)
{
	struct atom_table *t = ARENA_NEW(a, struct atom_table);

	map_init(&t->map, a);
	atom_intern(t, STR(""));
	return t;
}

atom_t
atom_intern(struct atom_table *t, struct str s)
{
	void **value = map_put(&t->map, s.s, s.n);

	if (!*value)
		*value = (void *)(uintptr_t)t->map.n;
	return atom_of(*value);
}

atom_t
atom_intern_lower(struct atom_table *t, struct arena *scratch, struct str s)
{
	char *low = arena_dup(scratch, s.s, s.n);

	for (size_t i = 0; i < s.n; i++)
		low[i] = ascii_lower(low[i]);
	return atom_intern(t, (struct str){low, s.n});
}

bool
atom_find(const struct atom_table *t, struct str s, atom_t *ret_atom)
{
	void *value = map_get(&t->map, s.s, s.n);

	if (!value)
		return false;
	*ret_atom = atom_of(value);
	return true;
}

struct str
atom_str(const struct atom_table *t, atom_t atom)
{
	assert(atom.i < t->map.n);
	return (struct str){t->map.entry[atom.i].key, t->map.entry[atom.i].len};
}

uint32_t
atom_count(const struct atom_table *t)
{
	return t->map.n;
}
