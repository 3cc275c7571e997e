/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Names for hints: each once, sorted, not too many.
 */
#include "flow/names.h"

#include <stdlib.h>

#include "base/buf.h"

enum {
	HINTS_SHOWN = 8, /* names in one hint */
};

void
names_init(struct names *n, struct arena *a)
{
	*n = (struct names){0};
	map_init(&n->seen, a);
}

void
names_add(struct names *n, struct str name)
{
	void **slot = map_put(&n->seen, name.s, name.n);

	if (!*slot) {
		*slot = n;
		*vec_push(&n->v, n->seen.arena) = name;
	}
}

static int
compare_str(const void *a, const void *b)
{
	return str_compare(*(const struct str *)a, *(const struct str *)b);
}

const char *
names_print(struct names *n)
{
	struct buf b;

	buf_init(&b, n->seen.arena);
	if (n->v.n > 1)
		qsort(n->v.v, n->v.n, sizeof(*n->v.v), compare_str);
	for (size_t i = 0; i < n->v.n && i < HINTS_SHOWN; i++)
		buf_printf(&b, "%s" STR_FMT, i > 0 ? ", " : "",
		    STR_ARG(n->v.v[i]));
	if (n->v.n > HINTS_SHOWN)
		buf_printf(&b, " and %zu more", n->v.n - HINTS_SHOWN);
	return b.p;
}
