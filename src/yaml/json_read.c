/* SPDX-License-Identifier: Apache-2.0 */
/*
 * JSON by RFC 8259, strictly, in one pass.  By hand because no packaged C
 * library keeps the position of every value, and because pods and flow logs
 * come by the hundred megabytes.
 *
 * A string in the text takes at least two bytes more than its value, so one
 * pool of the text's size holds all values with the NUL behind each, and
 * eight bytes can be copied at a time without looking.
 */

#include "base/bytes.h"
#include "base/num.h"
#include "base/utf8.h"
#include "diag_gen.h"
#include "yaml/build.h"

#define ITEMS_DEPTH 2 /* of a List's */
#define WORD sizeof(uint64_t)
#define BYTES(c) (UINT64_C(0x0101010101010101) * (c))

static bool
fail(struct jread *r, const char *problem)
{
	r->problem = problem;
	return false;
}

/*
 * A mask whose lowest set bit lies in the first byte of W, as counted from
 * the lowest, that ends a run of plain characters: a control byte, a quote, a
 * backslash, or anything that is not ASCII.
 */
static uint64_t
special(uint64_t w)
{
	uint64_t quote = w ^ BYTES('"'), backslash = w ^ BYTES('\\');

	return ((w - BYTES(0x20)) | (quote - BYTES(1)) |
		   (backslash - BYTES(1)) | w) &
	    BYTES(0x80);
}

/* The value of four hexadecimal digits at P, or -1. */
static int32_t
hex4(const char *p, const char *end)
{
	int32_t v = 0;

	if (end - p < 4)
		return -1;
	for (int i = 0; i < 4; i++) {
		char c = p[i];

		if (c >= '0' && c <= '9')
			c = (char)(c - '0');
		else if ((c | 0x20) >= 'a' && (c | 0x20) <= 'f')
			c = (char)((c | 0x20) - 'a' + 10);
		else
			return -1;
		v = v * 16 + c;
	}
	return v;
}

static char *
put_utf8(char *out, uint32_t c)
{
	if (c < 0x80) {
		*out++ = (char)c;
		return out;
	}
	if (c < 0x800) {
		*out++ = (char)(0xc0 | c >> 6);
	} else {
		if (c < 0x10000) {
			*out++ = (char)(0xe0 | c >> 12);
		} else {
			*out++ = (char)(0xf0 | c >> 18);
			*out++ = (char)(0x80 | (c >> 12 & 0x3f));
		}
		*out++ = (char)(0x80 | (c >> 6 & 0x3f));
	}
	*out++ = (char)(0x80 | (c & 0x3f));
	return out;
}

/* Behind "\u".  A surrogate without its other half becomes U+FFFD, as in Go. */
static char *
unicode_escape(struct jread *r, char *out)
{
	int32_t c = hex4(r->p, r->end), low;

	if (c < 0) {
		fail(r, "\\u needs four hexadecimal digits");
		return NULL;
	}
	r->p += 4;
	if (c >= 0xd800 && c < 0xe000) {
		low = -1;
		if (c < 0xdc00 && r->end - r->p >= 6 && r->p[0] == '\\' &&
		    r->p[1] == 'u')
			low = hex4(r->p + 2, r->end);
		if (low >= 0xdc00 && low < 0xe000) {
			r->p += 6;
			c = 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
		} else {
			c = 0xfffd;
		}
	}
	return put_utf8(out, (uint32_t)c);
}

/* Behind a backslash; returns behind what it put to OUT, NULL on a fault. */
static char *
escape(struct jread *r, char *out)
{
	static const char names[] = "\"\\/bfnrt", values[] = "\"\\/\b\f\n\r\t";
	const char *which;

	if (r->p < r->end && *r->p == 'u') {
		r->p++;
		return unicode_escape(r, out);
	}
	which = r->p < r->end && *r->p ? strchr(names, *r->p) : NULL;
	if (!which) {
		fail(r, "unknown escape in a string");
		return NULL;
	}
	r->p++;
	*out++ = values[which - names];
	return out;
}

/* At a quote. */
static bool
string(struct jread *r, struct str *ret_value)
{
	char *out = r->pool;
	uint64_t w, mask;
	uint32_t cp;
	size_t len;

	r->p++;
	for (;;) {
		while ((size_t)(r->end - r->p) >= WORD) {
			w = le64_get(r->p);
			memcpy(out, r->p, WORD);
			mask = special(w);
			len = mask ? (size_t)__builtin_ctzll(mask) / 8 : WORD;
			r->p += len;
			out += len;
			if (mask)
				break;
		}
		if (r->p == r->end)
			return fail(r, "a string is not closed");
		if (*r->p == '"')
			break;
		if (*r->p == '\\') {
			r->p++;
			out = escape(r, out);
			if (!out)
				return false;
			continue;
		}
		if ((unsigned char)*r->p < 0x20)
			return fail(r, "control character in a string");
		len = utf8_decode((struct str){r->p, (size_t)(r->end - r->p)},
		    &cp);
		if (len == 0)
			return fail(r, "this byte is not valid UTF-8");
		memcpy(out, r->p, len);
		out += len;
		r->p += len;
	}
	r->p++;
	*ret_value = (struct str){r->pool, (size_t)(out - r->pool)};
	*out++ = '\0';
	r->pool = out;
	return true;
}

/* Skips digits; false when there is none. */
static bool
digits(struct jread *r)
{
	const char *start = r->p;

	while (r->p < r->end && *r->p >= '0' && *r->p <= '9')
		r->p++;
	return r->p > start || fail(r, "expected a digit");
}

static bool
fraction(struct jread *r, const char *start, struct ynode *n)
{
	struct str text = {r->pool, (size_t)(r->p - start)};
	struct ybuild *b = r->b;

	/* strtod needs an end; the next string overwrites this. */
	memcpy(r->pool, start, text.n);
	r->pool[text.n] = '\0';
	n->kind = Y_FLOAT;
	if (!yfloat_parse(text, &n->f)) {
		b->broken = true;
		if (ybuild_report(b))
			diag_number_out_of_range(b->sink,
			    ybuild_span(b, n->at.start, jread_offset(r)), text);
	}
	return true;
}

static bool
number(struct jread *r, struct ynode *n)
{
	const char *start = r->p;
	bool negative = *start == '-', whole = true;
	struct str abs;
	uint64_t v;

	r->p += negative;
	if (r->p < r->end && *r->p == '0')
		r->p++;
	else if (!digits(r))
		return false;
	abs.s = start + negative;
	abs.n = (size_t)(r->p - abs.s);
	if (r->p < r->end && *r->p == '.') {
		r->p++;
		whole = false;
		if (!digits(r))
			return false;
	}
	if (r->p < r->end && (*r->p | 0x20) == 'e') {
		r->p++;
		r->p += r->p < r->end && (*r->p == '+' || *r->p == '-');
		whole = false;
		if (!digits(r))
			return false;
	}
	if (!whole || !num_u64(abs, (uint64_t)INT64_MAX + negative, &v))
		return fraction(r, start, n);
	n->kind = Y_INT;
	n->i = (int64_t)(negative ? -v : v);
	return true;
}

static bool
literal(struct jread *r, struct str text)
{
	if (!str_starts((struct str){r->p, (size_t)(r->end - r->p)}, text))
		return fail(r, "expected a value");
	r->p += text.n;
	return true;
}

/* Whether the next byte behind white space is C; it is skipped then. */
static bool
accept(struct jread *r, char c)
{
	if (!jread_more(r) || *r->p != c)
		return false;
	r->p++;
	return true;
}

static const struct ynode *value(struct jread *r, uint32_t depth);

/* Puts the items that were read already here, and goes on behind them. */
static bool
put_items(struct jread *r)
{
	const struct yparts *items = r->items;
	const struct ypart *last = &items->v.v[items->v.n - 1];
	uint32_t at = jread_offset(r);

	VEC_FOREACH (part, &items->v) {
		if (!ybuild_count(r->b, part->nodes, ybuild_span(r->b, at, at)))
			return false;
		VEC_FOREACH (item, &part->docs.v)
			ybuild_push(r->b, (struct ypair){.value = *item});
	}
	r->p = r->text + (last->stop - r->base);
	r->end = r->behind;
	r->items = NULL;
	return true;
}

/* Up to the closing bracket. */
static bool
elements(struct jread *r, uint32_t depth)
{
	const struct ynode *item;

	if (r->items && depth == ITEMS_DEPTH && !jread_more(r))
		return put_items(r);
	if (jread_more(r) && *r->p == ']')
		return true;
	do {
		item = value(r, depth);
		if (!item)
			return false;
		ybuild_push(r->b, (struct ypair){.value = item});
	} while (accept(r, ','));
	return true;
}

static bool
array(struct jread *r, struct ynode *n, uint32_t depth)
{
	size_t first = r->b->open.n;

	r->p++;
	if (!elements(r, depth))
		return false;
	if (!accept(r, ']'))
		return fail(r, "expected ',' or ']'");
	ybuild_seq(r->b, n, first);
	return true;
}

static bool
member(struct jread *r, uint32_t depth)
{
	struct ypair pair;
	uint32_t start;

	if (!jread_more(r) || *r->p != '"')
		return fail(r, "expected a key in double quotes");
	start = jread_offset(r);
	if (!string(r, &pair.key))
		return false;
	pair.key_at = ybuild_span(r->b, start, jread_offset(r));
	if (!accept(r, ':'))
		return fail(r, "expected ':' behind a key");
	pair.value = value(r, depth);
	if (!pair.value)
		return false;
	ybuild_push(r->b, pair);
	return true;
}

static bool
object(struct jread *r, struct ynode *n, uint32_t depth)
{
	size_t first = r->b->open.n;

	r->p++;
	if (!accept(r, '}')) {
		do {
			if (!member(r, depth))
				return false;
		} while (accept(r, ','));
		if (!accept(r, '}'))
			return fail(r, "expected ',' or '}'");
	}
	ybuild_map(r->b, n, first, NULL);
	return true;
}

/* What the first byte announces, into N. */
static bool
content(struct jread *r, struct ynode *n, uint32_t depth)
{
	switch (*r->p) {
	case '{':
		return ybuild_enter(r->b, depth, 1, n->at) &&
		    object(r, n, depth + 1);
	case '[':
		return ybuild_enter(r->b, depth, 1, n->at) &&
		    array(r, n, depth + 1);
	case '"':
		n->kind = Y_STR;
		return string(r, &n->s);
	case 't':
	case 'f':
		n->kind = Y_BOOL;
		n->b = *r->p == 't';
		return literal(r, n->b ? STR("true") : STR("false"));
	case 'n':
		return literal(r, STR("null"));
	}
	if (*r->p == '-' || (*r->p >= '0' && *r->p <= '9'))
		return number(r, n);
	return fail(r, "expected a value");
}

static const struct ynode *
value(struct jread *r, uint32_t depth)
{
	struct ynode *n;
	uint32_t start;

	if (!jread_more(r)) {
		fail(r, "unexpected end of the text");
		return NULL;
	}
	start = jread_offset(r);
	n = ARENA_NEW(r->b->arena, struct ynode);
	n->at = ybuild_span(r->b, start, start + 1);
	if (!ybuild_count(r->b, 1, n->at) || !content(r, n, depth))
		return NULL;
	n->at.end = jread_offset(r);
	return n;
}

/* With room for the strings of POOL bytes of text. */
static void
init(struct jread *r, struct ybuild *b, struct str text, uint32_t base,
    size_t pool)
{
	*r = (struct jread){
	    .b = b,
	    .p = text.s,
	    .end = text.s + text.n,
	    .text = text.s,
	    .base = base,
	    .pool_size = pool + WORD,
	};
	r->pool_start = arena_alloc(b->strings, r->pool_size);
	r->pool = r->pool_start;
}

void
jread_init(struct jread *r, struct ybuild *b, struct str text, uint32_t base)
{
	init(r, b, text, base, text.n);
}

void
jread_init_around(struct jread *r, struct ybuild *b, struct str text,
    uint32_t base, const struct yparts *items)
{
	size_t first = items->v.v[0].start - base;
	size_t last = items->v.v[items->v.n - 1].stop - base;

	init(r, b, text, base, first + (text.n - last));
	r->items = items;
	r->behind = r->end;
	r->end = text.s + first;
}

void
jread_fini(struct jread *r)
{
	arena_shrink(r->b->strings, r->pool_start, r->pool_size,
	    (size_t)(r->pool - r->pool_start));
}

bool
jread_items(struct jread *r, struct ydocs *to, bool *ret_comma)
{
	const struct ynode *item;

	do {
		item = value(r, ITEMS_DEPTH);
		if (!item)
			return false;
		*vec_push(&to->v, r->b->arena) = item;
		*ret_comma = accept(r, ',');
	} while (*ret_comma && jread_more(r));
	return true;
}

const struct ynode *
jread_value(struct jread *r)
{
	return value(r, 0);
}

bool
jread_more(struct jread *r)
{
	while (r->p < r->end &&
	    (*r->p == ' ' || *r->p == '\n' || *r->p == '\t' || *r->p == '\r'))
		r->p++;
	return r->p < r->end;
}

uint32_t
jread_offset(const struct jread *r)
{
	return r->base + (uint32_t)(r->p - r->text);
}

const struct ynode *
json_read(struct arena *a, struct diag_sink *sink, struct str text,
    uint32_t source, uint32_t offset, const struct ylimits *limits)
{
	const struct ynode *n;
	struct ybuild b;
	struct jread r;
	struct span at;

	ybuild_init(&b, a, sink, limits, source);
	if (text.n > limits->bytes || text.n >= UINT32_MAX - offset) {
		diag_too_large(sink, ybuild_span(&b, offset, offset),
		    "this input", limits->bytes);
		return NULL;
	}
	jread_init(&r, &b, text, offset);
	n = jread_value(&r);
	if (n && jread_more(&r)) {
		fail(&r, "there is more behind the value");
		n = NULL;
	}
	if (!n && r.problem) {
		at = ybuild_span(&b, jread_offset(&r), jread_offset(&r));
		diag_json_syntax(sink, at, r.problem);
	}
	ybuild_fini(&b);
	return b.broken ? NULL : n;
}
