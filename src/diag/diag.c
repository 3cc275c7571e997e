/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The sink: adding diagnostics with their arguments filled in, notes, merging,
 * filtering and sorting.
 */
#include "diag/diag.h"

#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>

#include "base/search.h"
#include "diag/printable.h"

/* How many bytes of one argument and of one note are shown. */
#define MAX_ARG 120
#define MAX_NOTE 480

struct sort_entry {
	struct diag *d;
	size_t i; /* as reported, so that equal ones keep their order */
};

static int
compare_u32(uint32_t a, uint32_t b)
{
	return (a > b) - (a < b);
}

static int
compare_diags(const struct diag *x, const struct diag *y)
{
	int c;

	if ((c = compare_u32(x->at.source, y->at.source)) != 0 ||
	    (c = compare_u32(x->at.start, y->at.start)) != 0 ||
	    (c = compare_u32(x->at.end, y->at.end)) != 0 ||
	    (c = compare_u32(x->id, y->id)) != 0)
		return c;
	return strcmp(x->text, y->text);
}

static int
compare_entries(const void *va, const void *vb)
{
	const struct sort_entry *a = va, *b = vb;
	int c = compare_diags(a->d, b->d);

	return c ? c : (a->i > b->i) - (a->i < b->i);
}

static void
put_arg(struct buf *b, const struct diag_arg *arg)
{
	switch (arg->kind) {
	case DIAG_ARG_STR:
		printable_put(b, arg->s, MAX_ARG);
		break;
	case DIAG_ARG_INT:
		buf_printf(b, "%" PRId64, arg->i);
		break;
	case DIAG_ARG_UINT:
		buf_printf(b, "%" PRIu64, arg->u);
		break;
	}
}

/* TEMPLATE with each {placeholder} replaced by the next argument. */
static const char *
fill(struct arena *a, const char *template, const struct diag_arg *args)
{
	struct buf b;
	const char *hole;

	buf_init(&b, a);
	while ((hole = strchr(template, '{'))) {
		buf_put(&b, template, (size_t)(hole - template));
		put_arg(&b, args++);
		template = strchr(hole, '}') + 1;
	}
	buf_puts(&b, template);
	return b.p;
}

void
diag_sink_init(struct diag_sink *sink, struct arena *a)
{
	*sink = (struct diag_sink){.arena = a};
}

struct diag *
diag_add(struct diag_sink *sink, uint16_t id, struct span at,
    const struct diag_arg *args)
{
	const struct diag_info *info = diag_lookup(id);
	struct diag *d = ARENA_NEW(sink->arena, struct diag);

	assert(info);
	*d = (struct diag){
	    .id = id,
	    .level = info->level,
	    .at = at,
	    .text = fill(sink->arena, info->text, args),
	};
	*vec_push(&sink->v, sink->arena) = d;
	sink->count[d->level]++;
	return d;
}

void
diag_note(struct diag_sink *sink, struct diag *d, struct span at,
    const char *fmt, ...)
{
	struct buf b;
	va_list ap;
	const char *raw;

	va_start(ap, fmt);
	raw = arena_vprintf(sink->arena, fmt, ap);
	va_end(ap);
	buf_init(&b, sink->arena);
	printable_put(&b, str_of(raw), MAX_NOTE);
	*vec_push(&d->notes, sink->arena) =
	    (struct diag_sub){at, buf_as_str(&b).s};
}

void
diag_set_fix(struct diag_sink *sink, struct diag *d, struct diag_fix fix)
{
	d->fix = fix;
	if (fix.old.n > 0)
		d->fix.old.s = arena_dup(sink->arena, fix.old.s, fix.old.n);
	if (fix.new.n > 0)
		d->fix.new.s = arena_dup(sink->arena, fix.new.s, fix.new.n);
}

void
diag_merge(struct diag_sink *to, const struct diag_sink *from)
{
	VEC_FOREACH (d, &from->v)
		*vec_push(&to->v, to->arena) = *d;
	for (size_t i = 0; i <= DIAG_UNSUPPORTED; i++)
		to->count[i] += from->count[i];
}

void
diag_copy(struct diag_sink *to, const struct diag_sink *from)
{
	size_t first = to->v.n;

	diag_merge(to, from);
	for (size_t i = first; i < to->v.n; i++) {
		struct diag *d = ARENA_NEW(to->arena, struct diag);

		*d = *to->v.v[i];
		d->notes.v = NULL;
		d->notes.n = d->notes.cap = 0;
		VEC_FOREACH (note, &to->v.v[i]->notes)
			*vec_push(&d->notes, to->arena) = *note;
		to->v.v[i] = d;
	}
}

void
diag_sink_filter(struct diag_sink *sink,
    bool (*keep)(const struct diag *d, const void *arg), const void *arg)
{
	size_t n = 0;

	VEC_FOREACH (d, &sink->v) {
		if (keep(*d, arg))
			sink->v.v[n++] = *d;
		else
			sink->count[(*d)->level]--;
	}
	sink->v.n = n;
}

void
diag_sort(struct diag_sink *sink)
{
	size_t n = sink->v.n;
	struct sort_entry *e = ARENA_ARRAY(sink->arena, struct sort_entry, n);

	for (size_t i = 0; i < n; i++)
		e[i] = (struct sort_entry){sink->v.v[i], i};
	qsort(e, n, sizeof(*e), compare_entries);
	sink->v.n = 0;
	for (size_t i = 0; i < n; i++) {
		if (i > 0 && compare_diags(e[i - 1].d, e[i].d) == 0)
			sink->count[e[i].d->level]--;
		else
			sink->v.v[sink->v.n++] = e[i].d;
	}
}

bool
diag_failed(const struct diag_sink *sink)
{
	return sink->count[DIAG_ERROR] + sink->count[DIAG_UNSUPPORTED] > 0;
}

const struct diag_info *
diag_lookup(unsigned id)
{
	size_t i;

	LOWER_BOUND(i, diag_table_len, diag_table[i].id < id);
	return i < diag_table_len && diag_table[i].id == id ? &diag_table[i]
							    : NULL;
}

const char *
diag_level_name(enum diag_level level)
{
	switch (level) {
	case DIAG_NOTE:
		return "note";
	case DIAG_STYLE:
		return "style";
	case DIAG_WARNING:
		return "warning";
	case DIAG_ERROR:
		return "error";
	case DIAG_UNSUPPORTED:
		return "unsupported";
	}
	return NULL;
}
