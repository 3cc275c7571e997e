/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The orders of values, entries and candidates, in one place because building
 * keys and telling what they say must agree on which value is stronger.
 */
#include "pmap/candidate.h"

int
value_compare(const struct pmap_value *a, const struct pmap_value *b)
{
	if (a->precedence != b->precedence)
		return a->precedence > b->precedence ? -1 : 1;
	if (a->redirect != b->redirect)
		return a->redirect < b->redirect ? -1 : 1;
	return (a->auth > b->auth) - (a->auth < b->auth);
}

int
entry_compare(const void *pa, const void *pb)
{
	const struct pmap_entry *a = pa, *b = pb;

	if ((!a->peers) != (!b->peers))
		return !a->peers ? -1 : 1;
	return value_compare(&a->value, &b->value);
}

int
candidate_compare(const void *pa, const void *pb)
{
	const struct candidate *a = pa, *b = pb;

	return port_key_compare(&a->key, &b->key);
}

size_t
candidates_of_key(const struct candidate *v, size_t n)
{
	size_t end = 1;

	while (end < n && candidate_compare(&v[0], &v[end]) == 0)
		end++;
	return end;
}
