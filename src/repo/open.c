/* SPDX-License-Identifier: Apache-2.0 */
/* Scalars with variables of no known value, by their places. */
#include <stdlib.h>

#include "base/buf.h"
#include "base/map.h"
#include "base/search.h"
#include "base/variable.h"
#include "diag_gen.h"
#include "repo/repo.h"

static bool
is_within(struct span at, struct span whole)
{
	return at.source == whole.source && at.start >= whole.start &&
	    at.end <= whole.end;
}

static int
compare_spans(const void *va, const void *vb)
{
	const struct span *a = va, *b = vb;

	if (a->source != b->source)
		return a->source < b->source ? -1 : 1;
	return (a->start > b->start) - (a->start < b->start);
}

void
repo_sort_open(struct repo *r)
{
	if (r->open.n > 0)
		qsort(r->open.v, r->open.n, sizeof(*r->open.v), compare_spans);
}

/* The first open scalar that begins at AT or after it. */
static size_t
first_open(const struct repo *r, struct span at)
{
	size_t i;

	LOWER_BOUND(i, r->open.n, compare_spans(&r->open.v[i], &at) < 0);
	return i;
}

bool
repo_is_open(const struct repo *r, struct span at)
{
	size_t i = first_open(r, at);

	return (i < r->open.n && is_within(at, r->open.v[i])) ||
	    (i > 0 && is_within(at, r->open.v[i - 1]));
}

bool
repo_has_open(const struct repo *r, struct span at)
{
	size_t i = first_open(r, at);

	return i < r->open.n && is_within(r->open.v[i], at);
}

static bool
keep_finding(const struct diag *d, const void *arg)
{
	return d->id == DIAG_OPEN_VARIABLES ||
	    (!repo_is_open(arg, d->at) && !variable_in(str_of(d->text)));
}

void
repo_forgive(const struct repo *r, struct diag_sink *sink)
{
	if (r->open.n > 0)
		diag_sink_filter(sink, keep_finding, r);
}

/* How many names a note has. */
#define NAMES_MAX 5

void
repo_note_open(const struct repo *r, struct diag_sink *sink,
    const struct source_set *sources, uint32_t source)
{
	size_t i = first_open(r, (struct span){.source = source}), n = 0;
	struct span first = r->open.v[i];
	struct map names;
	struct buf b;

	map_init(&names, sink->arena);
	buf_init(&b, sink->arena);
	for (; i < r->open.n && r->open.v[i].source == source; i++) {
		struct str name =
		    variable_find(source_text(sources, r->open.v[i]));
		void **seen = map_put(&names, name.s, name.n);

		if (*seen || name.n == 0)
			continue;
		*seen = sink;
		if (n++ == NAMES_MAX)
			buf_puts(&b, ", ...");
		else if (n <= NAMES_MAX)
			buf_printf(&b, "%s" STR_FMT, n > 1 ? ", " : "",
			    STR_ARG(name));
	}
	diag_open_variables(sink, first, buf_as_str(&b));
}
