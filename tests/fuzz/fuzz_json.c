/* SPDX-License-Identifier: Apache-2.0 */
#include <assert.h>
#include <string.h>

#include "record/scan.h"
#include "yaml/yaml_read.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct ylimits limits = {
    .bytes = 1 << 20,
    .depth = 20,
    .documents = 1,
    .nodes = 20000,
};

/* Equal in every value and every span. */
static bool
equal(const struct ynode *a, const struct ynode *b)
{
	if (a->kind != b->kind || a->at.start != b->at.start ||
	    a->at.end != b->at.end)
		return false;
	switch (a->kind) {
	case Y_NULL:
		return true;
	case Y_BOOL:
		return a->b == b->b;
	case Y_INT:
		return a->i == b->i;
	case Y_FLOAT:
		return a->f == b->f;
	case Y_STR:
		return str_eq(a->s, b->s) && a->s.s[a->s.n] == '\0';
	case Y_SEQ:
		if (a->seq.n != b->seq.n)
			return false;
		for (uint32_t i = 0; i < a->seq.n; i++)
			if (!equal(a->seq.v[i], b->seq.v[i]))
				return false;
		return true;
	case Y_MAP:
		if (a->map.n != b->map.n)
			return false;
		for (uint32_t i = 0; i < a->map.n; i++)
			if (!str_eq(a->map.v[i].key, b->map.v[i].key) ||
			    !equal(a->map.v[i].value, b->map.v[i].value))
				return false;
		return true;
	}
	return false;
}

static const struct ynode *
read_part(struct arena *a, struct str text, struct span at)
{
	struct str part = {text.s + at.start, at.end - at.start};
	struct diag_sink sink;
	const struct ynode *n;

	diag_sink_init(&sink, a);
	n = json_read(a, &sink, part, 1, at.start, &limits);
	assert(n || diag_failed(&sink));
	VEC_FOREACH (d, &sink.v)
		assert((*d)->at.start >= at.start && (*d)->at.end <= at.end);
	return n;
}

/* The text of every value, read by itself, is that value again. */
static void
check_parts(struct arena *a, struct str text, const struct ynode *n)
{
	const struct ynode *again = read_part(a, text, n->at);

	assert(again && equal(n, again));
	if (n->kind == Y_SEQ)
		for (uint32_t i = 0; i < n->seq.n; i++)
			check_parts(a, text, n->seq.v[i]);
	else if (n->kind == Y_MAP)
		for (uint32_t i = 0; i < n->map.n; i++)
			check_parts(a, text, n->map.v[i].value);
}

static void check_scan(struct scan *s, const char *base, const struct ynode *n);

/* Of members with one key the tree has one. */
static void
check_members(struct scan *s, const char *base, const struct ynode *n)
{
	struct scan_list in = scan_object(s);
	struct str key;
	uint32_t i = 0;

	while (scan_member(s, &in, &key)) {
		const struct ypair *p = i < n->map.n ? &n->map.v[i] : NULL;

		while (s->p < s->end && strchr(" \t\r\n", *s->p))
			s->p++;
		if (p && s->p - base == p->value->at.start) {
			assert(str_eq(key, p->key));
			check_scan(s, base, p->value);
			i++;
		} else {
			scan_skip(s);
		}
	}
	assert(i == n->map.n);
}

/* The reader of recordings finds the same at the value N. */
static void
check_scan(struct scan *s, const char *base, const struct ynode *n)
{
	struct scan_list in;
	struct str text;
	uint64_t number;
	bool yes;

	switch (n->kind) {
	case Y_NULL:
	case Y_FLOAT:
		scan_skip(s);
		break;
	case Y_BOOL:
		assert(scan_bool(s, &yes) && yes == n->b);
		break;
	case Y_INT:
		if (scan_u64(s, &number))
			assert(number == (uint64_t)n->i);
		break;
	case Y_STR:
		assert(scan_str(s, &text) && str_eq(text, n->s));
		break;
	case Y_SEQ:
		in = scan_array(s);
		for (uint32_t i = 0; i < n->seq.n; i++) {
			assert(scan_item(s, &in));
			check_scan(s, base, n->seq.v[i]);
		}
		assert(!scan_item(s, &in));
		break;
	case Y_MAP:
		check_members(s, base, n);
		break;
	}
}

/* With and without the instructions that the machine may have. */
static void
check_quotes(struct str text)
{
	const char *end = text.s + text.n;

	for (const char *p = text.s; p < end; p = scan_quote_plain(p, end) + 1)
		assert(scan_quote(p, end) == scan_quote_plain(p, end));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena a = {0};
	struct str text = {(const char *)data, size};
	const struct ynode *n =
	    read_part(&a, text, (struct span){1, 0, (uint32_t)size});

	if (n) {
		struct scan s;

		check_parts(&a, text, n);
		scan_init(&s, text, &a);
		check_scan(&s, text.s, n);
		assert(scan_end(&s));
	}
	check_quotes(text);
	arena_free(&a);
	return 0;
}
