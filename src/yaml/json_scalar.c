/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Strings and numbers of JSON.  A string in the text takes at least two bytes
 * more than its value, so one pool of the text's size holds all values with the
 * NUL after each, and eight bytes can be copied at a time without looking.
 */
#include "yaml/json_scalar.h"

#include "base/ascii.h"
#include "base/bytes.h"
#include "base/num.h"
#include "base/utf8.h"
#include "diag_gen.h"
#include "yaml/scalar.h"

#define WORD sizeof(uint64_t)
#define BYTES(c) (UINT64_C(0x0101010101010101) * (c))

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
		unsigned digit = ascii_digit(p[i]);

		if (digit >= 16)
			return -1;
		v = v * 16 + (int32_t)digit;
	}
	return v;
}

/* After "\u".  A surrogate without its other half becomes U+FFFD, as in Go. */
static char *
unicode_escape(struct jread *r, char *out)
{
	int32_t c = hex4(r->p, r->end), low;

	if (c < 0) {
		jread_fail(r, "\\u needs four hexadecimal digits");
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
	return out + utf8_put(out, (uint32_t)c);
}

/* What a backslash and C are, other than \u; 0 when they are nothing. */
static char
escaped(char c)
{
	switch (c) {
	case '"':
	case '\\':
	case '/':
		return c;
	case 'b':
		return '\b';
	case 'f':
		return '\f';
	case 'n':
		return '\n';
	case 'r':
		return '\r';
	case 't':
		return '\t';
	}
	return 0;
}

/* After a backslash; returns the end of what it put to OUT, NULL on a fault. */
static char *
escape(struct jread *r, char *out)
{
	if (r->p < r->end && *r->p == 'u') {
		r->p++;
		return unicode_escape(r, out);
	}
	*out = r->p < r->end ? escaped(*r->p) : 0;
	if (!*out) {
		jread_fail(r, "unknown escape in a string");
		return NULL;
	}
	r->p++;
	return out + 1;
}

bool
jread_string(struct jread *r, struct str *ret_value)
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
			return jread_fail(r, "a string is not closed");
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
			return jread_fail(r, "control character in a string");
		len = utf8_decode((struct str){r->p, (size_t)(r->end - r->p)},
		    &cp);
		if (len == 0)
			return jread_fail(r, "this byte is not valid UTF-8");
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

	while (r->p < r->end && ascii_is_digit(*r->p))
		r->p++;
	return r->p > start || jread_fail(r, "expected a digit");
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

bool
jread_number(struct jread *r, struct ynode *n)
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

bool
jread_literal(struct jread *r, struct str text)
{
	if (!str_starts((struct str){r->p, (size_t)(r->end - r->p)}, text))
		return jread_fail(r, "expected a value");
	r->p += text.n;
	return true;
}
