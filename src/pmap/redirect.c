/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Redirects are told apart by name and direction.  As in Cilium, a parser has
 * a proxy port for each direction, and a listener has its own.
 */
#include "pmap/redirect.h"

uint16_t
redirect_number(redirect_vec *list, struct arena *a,
    const struct pmap_redirect *redirect)
{
	struct str name = redirect->name;
	size_t i = 1;

	if (list->n == 0)
		*vec_push(list, a) = (struct pmap_redirect){.name = STR("")};
	while (i < list->n &&
	    (list->v[i].dir != redirect->dir || !str_eq(list->v[i].name, name)))
		i++;
	if (i == list->n)
		*vec_push(list, a) =
		    (struct pmap_redirect){{arena_dup(a, name.s, name.n),
					       name.n},
			redirect->dir};
	return (uint16_t)i;
}

const uint16_t *
redirects_join(redirect_vec *list, struct arena *a, const redirect_vec *from)
{
	uint16_t *number = ARENA_ARRAY(a, uint16_t, from->n);

	for (size_t i = 1; i < from->n; i++)
		number[i] = redirect_number(list, a, &from->v[i]);
	return number;
}
