/* SPDX-License-Identifier: Apache-2.0 */
/* Fixes of findings: from what a finding asks for to bytes and diffs. */
#include "diag/fix.h"

#include <stdlib.h>
#include <string.h>

#define CONTEXT 3 /* lines around a change, in a diff */

/* What may be in a key, quotes apart. */
#define KEY_BYTES                                              \
	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz" \
	"0123456789-._/"

struct edits {
	VEC(struct edit) v;
};

/* S without the quotes around it. */
static struct str
unquoted(struct str s)
{
	if (s.n >= 2 && (s.s[0] == '"' || s.s[0] == '\'') &&
	    s.s[s.n - 1] == s.s[0])
		return (struct str){s.s + 1, s.n - 2};
	return s;
}

/* Whether S is a number or a boolean as everybody writes it. */
static bool
is_plain(struct str s)
{
	size_t i = s.n > 0 && s.s[0] == '-';

	if (str_is(s, "true") || str_is(s, "false"))
		return true;
	if (i == s.n)
		return false;
	while (i < s.n && (strchr("0123456789.", s.s[i]) && s.s[i]))
		i++;
	return i == s.n;
}

/* The part of the text S, which is at AT. */
static struct span
span_of(struct span at, struct str s, const char *part, size_t n)
{
	uint32_t start = at.start + (uint32_t)(part - s.s);

	return (struct span){at.source, start, start + (uint32_t)n};
}

/* Whether KEY begins at P in S, whole, with a colon after it. */
static bool
is_key_at(struct str s, const char *p, struct str key)
{
	const char *end = s.s + s.n, *q = p + key.n;

	if (p > s.s && strchr(KEY_BYTES, p[-1]))
		return false;
	if (q < end && (*q == '"' || *q == '\''))
		q++;
	return q < end && *q == ':';
}

/* The one place of KEY in S; NULL when there is none, or more than one. */
static const char *
only_key(struct str s, struct str key)
{
	const char *found = NULL;

	for (size_t i = 0; i + key.n <= s.n; i++) {
		if (memcmp(s.s + i, key.s, key.n) != 0)
			continue;
		if (found || !is_key_at(s, s.s + i, key))
			return NULL;
		found = s.s + i;
	}
	return found;
}

static bool
holds(struct str s, struct str part)
{
	return part.n == 0 || memmem(s.s, s.n, part.s, part.n);
}

bool
fix_edit(struct arena *a, const struct source_set *set, const struct diag *d,
    struct edit *ret)
{
	const struct diag_fix *f = &d->fix;
	struct str there, bare;
	const char *key;

	if (f->kind == FIX_NONE || f->at.source == 0)
		return false;
	there = source_text(set, f->at);
	bare = unquoted(there);
	*ret = (struct edit){f->at, f->new};
	switch (f->kind) {
	case FIX_NONE:
		return false;
	case FIX_WORD:
		ret->at = span_of(f->at, there, bare.s, bare.n);
		return str_eq(bare, f->old);
	case FIX_KEY:
		key = holds(there, f->new) ? NULL : only_key(there, f->old);
		if (key)
			ret->at = span_of(f->at, there, key, f->old.n);
		return key;
	case FIX_QUOTE:
		ret->text =
		    str_of(arena_printf(a, "\"" STR_FMT "\"", STR_ARG(there)));
		return is_plain(there);
	case FIX_UNQUOTE:
		ret->text = bare;
		return bare.n < there.n && is_plain(bare);
	}
	return false;
}

static int
compare_edits(const void *va, const void *vb)
{
	const struct edit *a = va, *b = vb;

	if (a->at.source != b->at.source)
		return a->at.source < b->at.source ? -1 : 1;
	if (a->at.start != b->at.start)
		return a->at.start < b->at.start ? -1 : 1;
	return (a->at.end > b->at.end) - (a->at.end < b->at.end);
}

static bool
same_place(const struct edit *a, const struct edit *b)
{
	return compare_edits(a, b) == 0;
}

/* Takes out what cannot be done together; E is sorted. */
static void
settle(struct edits *e)
{
	size_t n = 0, next;

	for (size_t i = 0; i < e->v.n; i = next) {
		bool agree = true;

		for (next = i + 1;
		     next < e->v.n && same_place(&e->v.v[i], &e->v.v[next]);
		     next++)
			agree &= str_eq(e->v.v[i].text, e->v.v[next].text);
		if (!agree ||
		    (n > 0 && e->v.v[n - 1].at.source == e->v.v[i].at.source &&
			e->v.v[n - 1].at.end > e->v.v[i].at.start))
			continue;
		e->v.v[n++] = e->v.v[i];
	}
	e->v.n = n;
}

/* The text of one source after the N edits of it at E. */
static struct str
edited(struct arena *a, struct str before, const struct edit *e, size_t n)
{
	struct buf out;
	uint32_t done = 0;

	buf_init(&out, a);
	for (size_t i = 0; i < n; i++) {
		buf_put(&out, before.s + done, e[i].at.start - done);
		buf_str(&out, e[i].text);
		done = e[i].at.end;
	}
	buf_put(&out, before.s + done, before.n - done);
	return buf_as_str(&out);
}

void
fix_texts(struct arena *a, const struct source_set *set,
    const struct diag_sink *sink, struct fixed_texts *ret)
{
	struct edits e = {0};
	struct edit edit;
	size_t n;

	*ret = (struct fixed_texts){0};
	VEC_FOREACH (d, &sink->v) {
		if (fix_edit(a, set, *d, &edit))
			*vec_push(&e.v, a) = edit;
	}
	if (e.v.n > 1)
		qsort(e.v.v, e.v.n, sizeof(*e.v.v), compare_edits);
	settle(&e);
	for (size_t i = 0; i < e.v.n; i += n) {
		uint32_t source = e.v.v[i].at.source;
		struct str before = set->v.v[source - 1].text;

		for (n = 1; i + n < e.v.n && e.v.v[i + n].at.source == source;
		     n++)
			;
		*vec_push(&ret->v, a) = (struct fixed_text){source, before,
		    edited(a, before, &e.v.v[i], n), n};
	}
}

/* The lines of a text, each with its newline. */
struct lines {
	VEC(struct str) v;
};

static void
cut_lines(struct arena *a, struct str s, struct lines *ret)
{
	*ret = (struct lines){0};
	while (s.n > 0) {
		const char *nl = memchr(s.s, '\n', s.n);
		size_t n = nl ? (size_t)(nl - s.s) + 1 : s.n;

		*vec_push(&ret->v, a) = (struct str){s.s, n};
		s = (struct str){s.s + n, s.n - n};
	}
}

static void
put_line(struct buf *out, char mark, struct str line)
{
	buf_putc(out, mark);
	buf_str(out, line);
	if (line.n == 0 || line.s[line.n - 1] != '\n')
		buf_puts(out, "\n\\ No newline at end of file\n");
}

static bool
line_differs(const struct lines *a, const struct lines *b, size_t i)
{
	return !str_eq(a->v.v[i], b->v.v[i]);
}

/* The hunk of the lines from FIRST to before END. */
static void
put_hunk(struct buf *out, const struct lines *a, const struct lines *b,
    size_t first, size_t end)
{
	size_t i = first, last;

	buf_printf(out, "@@ -%zu,%zu +%zu,%zu @@\n", first + 1, end - first,
	    first + 1, end - first);
	while (i < end) {
		for (last = i; last < end && line_differs(a, b, last); last++)
			put_line(out, '-', a->v.v[last]);
		for (; i < last; i++)
			put_line(out, '+', b->v.v[i]);
		if (i < end)
			put_line(out, ' ', a->v.v[i++]);
	}
}

void
fix_put_diff(struct buf *out, const char *name, struct str before,
    struct str after)
{
	struct lines a, b;
	size_t end, n;

	cut_lines(out->arena, before, &a);
	cut_lines(out->arena, after, &b);
	n = a.v.n;
	buf_printf(out, "--- a/%s\n+++ b/%s\n", name, name);
	for (size_t i = 0; i < n; i = end) {
		size_t first = i > CONTEXT ? i - CONTEXT : 0;

		end = i + 1;
		if (!line_differs(&a, &b, i))
			continue;
		/* It goes on while the next change is near. */
		for (size_t k = i; k < n && k <= end + CONTEXT; k++) {
			if (line_differs(&a, &b, k))
				end = k + 1 + CONTEXT < n ? k + 1 + CONTEXT : n;
		}
		put_hunk(out, &a, &b, first, end);
	}
}
