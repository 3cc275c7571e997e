/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The types of YAML scalars, as kubectl sees them: it runs sigs.k8s.io/yaml,
 * which resolves plain scalars by the rules of go-yaml v2 (resolve.go), a
 * mixture of YAML 1.1 and of Go's own number syntax, and then writes JSON.
 * So yes, no, on, off, y and n are booleans in three spellings each; an
 * integer is what strconv.ParseInt takes with base 0 once its underscores are
 * gone (017 and 0o17 are 15, but 08 is a float); a float out of range, and an
 * integer over 64 bits that is not decimal, is a string; sexagesimal numbers
 * and timestamps are strings.  tests/unit/test_scalar.c holds the table that
 * kubectl 1.32 was asked for.
 */
#include "yaml/scalar.h"

#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/ascii.h"
#include "base/num.h"
#include "base/utf8.h"

/* Longer texts are strings: no number needs so many digits. */
#define NUMBER_MAX 1024

#define CORE_TAG STR("tag:yaml.org,2002:")

static const struct word {
	struct str text;
	enum ynode_kind kind;
	double value;
} words[] = {
    {STR("y"), Y_BOOL, 1},
    {STR("Y"), Y_BOOL, 1},
    {STR("yes"), Y_BOOL, 1},
    {STR("Yes"), Y_BOOL, 1},
    {STR("YES"), Y_BOOL, 1},
    {STR("true"), Y_BOOL, 1},
    {STR("True"), Y_BOOL, 1},
    {STR("TRUE"), Y_BOOL, 1},
    {STR("on"), Y_BOOL, 1},
    {STR("On"), Y_BOOL, 1},
    {STR("ON"), Y_BOOL, 1},
    {STR("n"), Y_BOOL, 0},
    {STR("N"), Y_BOOL, 0},
    {STR("no"), Y_BOOL, 0},
    {STR("No"), Y_BOOL, 0},
    {STR("NO"), Y_BOOL, 0},
    {STR("false"), Y_BOOL, 0},
    {STR("False"), Y_BOOL, 0},
    {STR("FALSE"), Y_BOOL, 0},
    {STR("off"), Y_BOOL, 0},
    {STR("Off"), Y_BOOL, 0},
    {STR("OFF"), Y_BOOL, 0},
    {STR(""), Y_NULL, 0},
    {STR("~"), Y_NULL, 0},
    {STR("null"), Y_NULL, 0},
    {STR("Null"), Y_NULL, 0},
    {STR("NULL"), Y_NULL, 0},
    {STR(".nan"), Y_FLOAT, NAN},
    {STR(".NaN"), Y_FLOAT, NAN},
    {STR(".NAN"), Y_FLOAT, NAN},
    {STR(".inf"), Y_FLOAT, INFINITY},
    {STR(".Inf"), Y_FLOAT, INFINITY},
    {STR(".INF"), Y_FLOAT, INFINITY},
    {STR("+.inf"), Y_FLOAT, INFINITY},
    {STR("+.Inf"), Y_FLOAT, INFINITY},
    {STR("+.INF"), Y_FLOAT, INFINITY},
    {STR("-.inf"), Y_FLOAT, -INFINITY},
    {STR("-.Inf"), Y_FLOAT, -INFINITY},
    {STR("-.INF"), Y_FLOAT, -INFINITY},
};

static bool
word(struct str text, struct ynode *n)
{
	const struct word *end = words + sizeof(words) / sizeof(words[0]);

	if (text.n > 5)
		return false;
	for (const struct word *w = words; w < end; w++) {
		if (!str_eq(w->text, text))
			continue;
		n->kind = w->kind;
		if (w->kind == Y_BOOL)
			n->b = w->value != 0;
		else if (w->kind == Y_FLOAT)
			n->f = w->value;
		return true;
	}
	return false;
}

/*
 * Copies TEXT to OUT without its underscores.  After a leading point they
 * may only separate digits, because Go's ParseFloat reads that text as it is.
 */
static bool
strip_underscores(struct str text, char out[static NUMBER_MAX],
    struct str *ret_plain)
{
	size_t n = 0;

	if (text.n >= NUMBER_MAX)
		return false;
	for (size_t i = 0; i < text.n; i++) {
		if (text.s[i] != '_')
			out[n++] = text.s[i];
		else if (text.s[0] == '.' &&
		    (!ascii_is_digit(text.s[i - 1]) || i + 1 == text.n ||
			!ascii_is_digit(text.s[i + 1])))
			return false;
	}
	out[n] = '\0';
	*ret_plain = (struct str){out, n};
	return true;
}

static bool
integer(struct str plain, struct ynode *n)
{
	bool sign = plain.s[0] == '-' || plain.s[0] == '+';
	bool negative = plain.s[0] == '-';
	uint64_t max = sign ? (uint64_t)INT64_MAX + negative : UINT64_MAX;
	uint64_t v;

	if (!num_go_uint((struct str){plain.s + sign, plain.n - sign}, max, &v))
		return false;
	if (v > (uint64_t)INT64_MAX + negative) {
		n->kind = Y_FLOAT;
		n->f = (double)v;
	} else {
		n->kind = Y_INT;
		n->i = (int64_t)(negative ? -v : v);
	}
	return true;
}

static size_t
digits(const char *p)
{
	size_t n = 0;

	while (ascii_is_digit(p[n]))
		n++;
	return n;
}

/* [-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)? */
static bool
looks_like_float(struct str plain)
{
	const char *p = plain.s;
	size_t whole, part = 0;

	p += *p == '-' || *p == '+';
	whole = digits(p);
	p += whole;
	if (*p == '.') {
		part = digits(++p);
		p += part;
	}
	if (whole + part == 0)
		return false;
	if (*p == 'e' || *p == 'E') {
		p++;
		p += *p == '-' || *p == '+';
		if (digits(p) == 0)
			return false;
		p += digits(p);
	}
	return p == plain.s + plain.n;
}

/* Whether TEXT is written as an integer is what counts for the tag !!int. */
static void
resolve(struct str text, struct ynode *n, bool *ret_integer)
{
	char first = text.n ? text.s[0] : '~';
	char buf[NUMBER_MAX];
	struct str plain;
	double f;

	*ret_integer = false;
	n->kind = Y_STR;
	n->s = text;
	if (strchr("yYnNtTfFoO~.+-", first) && word(text, n))
		return;
	if (!ascii_is_digit(first) && first != '.' && first != '+' &&
	    first != '-')
		return;
	if (!strip_underscores(text, buf, &plain))
		return;
	if (first != '.' && integer(plain, n)) {
		*ret_integer = true;
	} else if (looks_like_float(plain) && yfloat_parse(plain, &f)) {
		n->kind = Y_FLOAT;
		n->f = f;
	}
}

static int
base64_digit(char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	return c == '+' ? 62 : c == '/' ? 63 : -1;
}

/* Padded base64 with line breaks; OUT has room for the text. */
static bool
base64(struct str text, char *out, size_t *ret_n)
{
	uint32_t bits = 0, count = 0, padding = 0;
	size_t n = 0;
	int d;

	for (size_t i = 0; i < text.n; i++) {
		if (text.s[i] == '\n' || text.s[i] == '\r')
			continue;
		d = base64_digit(text.s[i]);
		if (text.s[i] == '=' && padding < 2) {
			padding++;
			d = 0;
		} else if (d < 0 || padding > 0) {
			return false;
		}
		bits = bits << 6 | (uint32_t)d;
		if (++count % 4 == 0) {
			out[n++] = (char)(bits >> 16 & 0xff);
			out[n++] = (char)(bits >> 8 & 0xff);
			out[n++] = (char)(bits & 0xff);
		}
	}
	if (count % 4 != 0)
		return false;
	*ret_n = n - padding;
	return true;
}

static bool
binary(struct arena *a, struct str text, struct ynode *n)
{
	char *out = arena_alloc(a, text.n + 1);
	struct str bytes = {.s = out};

	/* JSON has no form for bytes that are not text. */
	if (!base64(text, out, &bytes.n) || utf8_valid(bytes) < bytes.n)
		return false;
	out[bytes.n] = '\0';
	n->kind = Y_STR;
	n->s = bytes;
	return true;
}

/* The fewest digits that read back as F, and the exponent of the first. */
static int
shortest_digits(double f, bool single, char digits_out[static 20], int *ret_n)
{
	char text[32], *e;
	int precision, n = 0;

	for (precision = 0; precision < 17; precision++) {
		snprintf(text, sizeof(text), "%.*e", precision, f);
		if (single ? strtof(text, NULL) == (float)f
			   : strtod(text, NULL) == f)
			break;
	}
	/* Whatever the locale puts between the digits is left out. */
	e = strchr(text, 'e');
	for (const char *p = text; p < e; p++)
		if (ascii_is_digit(*p))
			digits_out[n++] = *p;
	*ret_n = n;
	return atoi(e + 1);
}

void
yscalar_resolve(struct str text, struct ynode *ret_node)
{
	bool integer_text;

	resolve(text, ret_node, &integer_text);
}

enum ytag_result
yscalar_tagged(struct arena *a, struct str tag, struct str text,
    struct ynode *ret_node)
{
	struct ynode n = *ret_node;
	struct str type = tag;
	bool ok, integer_text;

	if (str_starts(tag, CORE_TAG)) {
		type.s += CORE_TAG.n;
		type.n -= CORE_TAG.n;
	} else if (!str_is(tag, "!")) {
		return YTAG_UNSUPPORTED;
	}
	resolve(text, &n, &integer_text);
	if (str_is(type, "int")) {
		ok = integer_text;
	} else if (str_is(type, "float")) {
		ok = n.kind == Y_FLOAT || n.kind == Y_INT;
		if (n.kind == Y_INT) {
			n.kind = Y_FLOAT;
			n.f = (double)n.i;
		}
	} else if (str_is(type, "bool")) {
		ok = n.kind == Y_BOOL;
	} else if (str_is(type, "null")) {
		ok = n.kind == Y_NULL;
	} else if (str_is(type, "binary")) {
		ok = binary(a, text, &n);
	} else if (str_is(type, "str") || str_is(type, "timestamp") ||
	    str_is(type, "!")) {
		n.kind = Y_STR;
		n.s = text;
		ok = true;
	} else {
		return YTAG_UNSUPPORTED;
	}
	if (!ok)
		return YTAG_MISMATCH;
	*ret_node = n;
	return YTAG_OK;
}

struct str
ytag_short(struct arena *a, struct str tag)
{
	if (!str_starts(tag, CORE_TAG))
		return tag;
	return str_of(arena_printf(a, "!!%s", tag.s + CORE_TAG.n));
}

bool
yfloat_parse(struct str s, double *ret_value)
{
	/* The C locale is a constant object: this allocates nothing. */
	double f = strtod_l(s.s, NULL, newlocale(LC_ALL_MASK, "C", NULL));

	if (isinf(f))
		return false;
	*ret_value = f;
	return true;
}

const char *
yfloat_print(double f, bool key, char out[static YFLOAT_LEN])
{
	char d[20];
	int n, exponent, low = key ? -4 : -6, high = key ? 6 : 21;
	char *p = out;

	if (key)
		f = (float)f;
	if (!isfinite(f))
		return isnan(f) ? ".nan" : f < 0 ? "-.inf" : ".inf";
	exponent = shortest_digits(f, key, d, &n);
	if (signbit(f))
		*p++ = '-';
	if (exponent < low || exponent >= high) {
		*p++ = d[0];
		if (n > 1)
			*p++ = '.';
		for (int i = 1; i < n; i++)
			*p++ = d[i];
		snprintf(p, 8, key ? "e%+03d" : "e%+d", exponent);
		return out;
	}
	if (exponent < 0)
		*p++ = '0';
	for (int i = exponent < 0 ? exponent + 1 : 0; i < n || i <= exponent;
	     i++) {
		if (i == exponent + 1)
			*p++ = '.';
		*p++ = i >= 0 && i < n ? d[i] : '0';
	}
	*p = '\0';
	return out;
}
