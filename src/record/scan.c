/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The cursor over JSON.  Nearly all bytes of a line are in strings, so these
 * are what is made fast.
 */
#include "record/scan.h"

#include <string.h>

#include "base/ascii.h"
#include "base/num.h"
#include "base/utf8.h"

#ifdef __SSE2__
#include <emmintrin.h>
#endif

enum {
	DEPTH_MAX = 1000,
};

void
scan_init(struct scan *s, struct str text, struct arena *a)
{
	*s = (struct scan){text.s, text.s + text.n, a, 0, false};
}

static bool
is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* Where there is none, as programs write it, one look tells. */
static inline void
skip_space(struct scan *s)
{
	while (s->p < s->end && *s->p <= ' ' && is_space(*s->p))
		s->p++;
}

/* Whether the next byte is C, which is then read. */
static inline bool
take(struct scan *s, char c)
{
	skip_space(s);
	if (s->bad || s->p == s->end || *s->p != c)
		return false;
	s->p++;
	return true;
}

static bool
fail(struct scan *s)
{
	s->bad = true;
	return false;
}

const char *
scan_quote_plain(const char *p, const char *end)
{
	while (p < end && *p != '"' && *p != '\\')
		p++;
	return p;
}

static inline const char *
find_quote(const char *p, const char *end)
{
#ifdef __SSE2__
	const __m128i quote = _mm_set1_epi8('"');
	const __m128i slash = _mm_set1_epi8('\\');

	for (; end - p >= 16; p += 16) {
		__m128i v = _mm_loadu_si128((const __m128i *)p);
		__m128i hit = _mm_or_si128(_mm_cmpeq_epi8(v, quote),
		    _mm_cmpeq_epi8(v, slash));
		int mask = _mm_movemask_epi8(hit);

		if (mask != 0)
			return p + __builtin_ctz((unsigned)mask);
	}
#endif
	return scan_quote_plain(p, end);
}

const char *
scan_quote(const char *p, const char *end)
{
	return find_quote(p, end);
}

/* From a backslash on, or from where no quote follows. */
static bool
skip_escapes(struct scan *s)
{
	while (s->p < s->end && *s->p != '"') {
		if (s->end - s->p < 2)
			return fail(s);
		s->p = find_quote(s->p + 2, s->end);
	}
	return s->p < s->end || fail(s);
}

/* The text between two quotes, as it is written; the first one is read. */
static inline bool
take_raw(struct scan *s, struct str *ret, bool *ret_escaped)
{
	const char *from = s->p;

	s->p = find_quote(from, s->end);
	*ret_escaped = s->p == s->end || *s->p != '"';
	if (*ret_escaped && !skip_escapes(s))
		return false;
	*ret = (struct str){from, (size_t)(s->p - from)};
	s->p++;
	return true;
}

/* Four hexadecimal digits. */
static bool
hex4(const char *p, const char *end, uint32_t *ret)
{
	*ret = 0;
	if (end - p < 4)
		return false;
	for (int i = 0; i < 4; i++) {
		unsigned digit = ascii_digit((unsigned char)p[i]);

		if (digit >= 16)
			return false;
		*ret = *ret << 4 | digit;
	}
	return true;
}

/* What a sequence that begins with a backslash at P stands for; its length, or
 * 0. */
static size_t
unescape(const char *p, const char *end, uint32_t *ret)
{
	static const char plain[] = "\"\\/bfnrt", means[] = "\"\\/\b\f\n\r\t";
	const char *at = p + 1 < end ? strchr(plain, p[1]) : NULL;
	uint32_t low;

	if (at && *at) {
		*ret = (unsigned char)means[at - plain];
		return 2;
	}
	if (p + 1 >= end || p[1] != 'u' || !hex4(p + 2, end, ret))
		return 0;
	if (*ret >> 10 == 0xd800 >> 10 && end - p >= 12 && p[6] == '\\' &&
	    p[7] == 'u' && hex4(p + 8, end, &low) &&
	    low >> 10 == 0xdc00 >> 10) {
		*ret = 0x10000 + ((*ret & 0x3ff) << 10 | (low & 0x3ff));
		return 12;
	}
	if (*ret >> 11 == 0xd800 >> 11)
		*ret = 0xfffd;
	return 6;
}

/* RAW without its escapes; the result is never longer. */
static bool
plain_text(struct scan *s, struct str raw, struct str *ret)
{
	const char *p = raw.s, *end = raw.s + raw.n;
	char *out = arena_alloc(s->arena, raw.n + 1);
	size_t n = 0;

	while (p < end) {
		uint32_t c;
		size_t len;

		if (*p != '\\') {
			out[n++] = *p++;
			continue;
		}
		len = unescape(p, end, &c);
		if (len == 0)
			return fail(s);
		n += utf8_put(out + n, c);
		p += len;
	}
	out[n] = '\0';
	*ret = (struct str){out, n};
	return true;
}

static inline bool
take_text(struct scan *s, struct str *ret)
{
	bool escaped;

	if (!take(s, '"') || !take_raw(s, ret, &escaped))
		return false;
	return !escaped || plain_text(s, *ret, ret);
}

static struct scan_list
enter(struct scan *s, char c)
{
	if (!take(s, c)) {
		scan_skip(s);
		return (struct scan_list){0};
	}
	if (++s->depth > DEPTH_MAX)
		fail(s);
	return (struct scan_list){true, true};
}

/* Whether there is another one before CLOSE. */
static inline bool
next(struct scan *s, struct scan_list *in, char close)
{
	if (!in->open || s->bad)
		return false;
	if (take(s, close)) {
		in->open = false;
		s->depth--;
		return false;
	}
	if (!in->first && !take(s, ','))
		return fail(s);
	in->first = false;
	return true;
}

struct scan_list
scan_object(struct scan *s)
{
	return enter(s, '{');
}

struct scan_list
scan_array(struct scan *s)
{
	return enter(s, '[');
}

bool
scan_member(struct scan *s, struct scan_list *in, struct str *ret_key)
{
	if (!next(s, in, '}'))
		return false;
	return (take_text(s, ret_key) && take(s, ':')) || fail(s);
}

bool
scan_item(struct scan *s, struct scan_list *in)
{
	return next(s, in, ']');
}

/* A number, true, false or null as it is written. */
static bool
take_bare(struct scan *s, struct str *ret)
{
	const char *from;

	skip_space(s);
	from = s->p;
	while (s->p < s->end &&
	    (ascii_is_alnum((unsigned char)*s->p) || *s->p == '+' ||
		*s->p == '-' || *s->p == '.'))
		s->p++;
	*ret = (struct str){from, (size_t)(s->p - from)};
	return ret->n > 0 || fail(s);
}

static bool
is_literal(struct str s)
{
	return str_is(s, "true") || str_is(s, "false") || str_is(s, "null");
}

/* Whether S is a number of JSON. */
static bool
is_number(struct str s)
{
	const char *p = s.s, *end = s.s + s.n, *digits;

	p += p < end && *p == '-';
	digits = p;
	while (p < end && ascii_is_digit((unsigned char)*p))
		p++;
	if (p == digits || (*digits == '0' && p - digits > 1))
		return false;
	if (p < end && *p == '.') {
		digits = ++p;
		while (p < end && ascii_is_digit((unsigned char)*p))
			p++;
		if (p == digits)
			return false;
	}
	if (p < end && (*p == 'e' || *p == 'E')) {
		p++;
		p += p < end && (*p == '+' || *p == '-');
		digits = p;
		while (p < end && ascii_is_digit((unsigned char)*p))
			p++;
		if (p == digits)
			return false;
	}
	return p == end;
}

void
scan_skip(struct scan *s)
{
	struct scan_list in;
	struct str text;
	bool escaped;

	skip_space(s);
	if (s->bad || s->p == s->end) {
		fail(s);
	} else if (*s->p == '"') {
		s->p++;
		take_raw(s, &text, &escaped);
	} else if (*s->p == '{') {
		for (in = scan_object(s); scan_member(s, &in, &text);)
			scan_skip(s);
	} else if (*s->p == '[') {
		for (in = scan_array(s); scan_item(s, &in);)
			scan_skip(s);
	} else if (take_bare(s, &text) && !is_literal(text) &&
	    !is_number(text)) {
		fail(s);
	}
}

struct str
scan_raw(struct scan *s)
{
	const char *from;

	skip_space(s);
	from = s->p;
	scan_skip(s);
	return (struct str){from, (size_t)(s->p - from)};
}

bool
scan_same(struct scan *s, struct str text)
{
	skip_space(s);
	if (s->bad || (size_t)(s->end - s->p) < text.n ||
	    memcmp(s->p, text.s, text.n) != 0)
		return false;
	s->p += text.n;
	return true;
}

bool
scan_past(struct scan *s, struct scan_list *ret_in, size_t n, struct str text)
{
	struct scan after = *s;

	after.p += n;
	if (!scan_same(&after, text))
		return false;
	*s = after;
	s->depth++;
	*ret_in = (struct scan_list){.open = true};
	return true;
}

/* Whether the next value is a string or none of a list. */
static bool
is_scalar(struct scan *s)
{
	skip_space(s);
	if (s->bad || s->p == s->end || *s->p == '{' || *s->p == '[') {
		scan_skip(s);
		return false;
	}
	return true;
}

bool
scan_str(struct scan *s, struct str *ret)
{
	if (!is_scalar(s))
		return false;
	if (*s->p == '"')
		return take_text(s, ret);
	scan_skip(s);
	return false;
}

bool
scan_word(struct scan *s, struct str *ret)
{
	if (!is_scalar(s))
		return false;
	if (*s->p == '"')
		return take_text(s, ret);
	if (!take_bare(s, ret))
		return false;
	if (is_literal(*ret))
		return false;
	return is_number(*ret) || fail(s);
}

/* A number of few digits, of which most are; else false, and nothing is read.
 */
static bool
take_small(struct scan *s, uint64_t *ret)
{
	const char *p = s->p;
	uint64_t n = 0;

	if (p < s->end && *p == '0')
		return false;
	while (p < s->end && p - s->p < 18 && ascii_is_digit((unsigned char)*p))
		n = n * 10 + (uint64_t)(*p++ - '0');
	if (p == s->p || p == s->end || (*p != ',' && *p != '}' && *p != ']'))
		return false;
	s->p = p;
	*ret = n;
	return true;
}

bool
scan_u64(struct scan *s, uint64_t *ret)
{
	struct str text;

	skip_space(s);
	if (!s->bad && take_small(s, ret))
		return true;
	return scan_word(s, &text) && num_u64(text, UINT64_MAX, ret);
}

bool
scan_bool(struct scan *s, bool *ret)
{
	struct str text;

	if (!is_scalar(s))
		return false;
	if (*s->p == '"' ? !take_text(s, &text) : !take_bare(s, &text))
		return false;
	*ret = str_is(text, "true");
	return *ret || str_is(text, "false");
}

bool
scan_end(struct scan *s)
{
	skip_space(s);
	return !s->bad && s->p == s->end;
}
