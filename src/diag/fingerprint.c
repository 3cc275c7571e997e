/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a finding is known by from one run to the next.
 */
#include <string.h>

#include "base/hash.h"
#include "base/map.h"
#include "diag/diag.h"

/* What the fingerprint of D is made from, but for the count. */
static struct str
essence(struct arena *a, struct source_set *set, const struct diag *d)
{
	const struct diag_object *o = d->object;
	struct buf b;

	buf_init(&b, a);
	buf_printf(&b, "CNP%03u\n%s\n", d->id,
	    d->at.source ? source_file(set, d->at.source) : "");
	if (o)
		buf_printf(&b, STR_FMT "\n" STR_FMT "\n" STR_FMT "\n%s",
		    STR_ARG(o->kind), STR_ARG(o->ns), STR_ARG(o->name),
		    o->path);
	return buf_as_str(&b);
}

void
diag_fingerprint(struct source_set *set, struct diag_sink *sink)
{
	struct arena *a = sink->arena;
	struct map seen;

	map_init(&seen, a);
	diag_sort(sink);
	VEC_FOREACH (p, &sink->v) {
		struct diag *d = *p;
		struct str what = essence(a, set, d);
		void **count = map_put(&seen, what.s, what.n);
		char *text = arena_alloc(a, HASH_STRLEN);

		*count = (void *)((uintptr_t)*count + 1);
		if (d->fingerprint)
			continue;
		hash_text(str_of(arena_printf(a, STR_FMT "\n%zu", STR_ARG(what),
			      (size_t)(uintptr_t)*count)),
		    text);
		d->fingerprint = text;
	}
}
