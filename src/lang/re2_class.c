/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Classes of characters: Unicode properties and scripts, [:posix:] and \perl
 * classes, ranges.  Those of ASCII are put as ranges of their members.
 */
#include <string.h>

#include "base/ascii.h"
#include "lang/re2_parse.h"

/*
 * General categories: short and long name without case, _, - and blanks, and
 * what PCRE2 calls them.
 */
static const struct category {
	const char *name, *alias, *pcre2;
} categories[] = {
    {"any", "any", "Any"},
    {"ascii", "ascii", "ASCII"},
    {"assigned", "assigned", "^Cn"},
    {"c", "other", "C"},
    {"cc", "control", "Cc"},
    {"cc", "cntrl", "Cc"},
    {"cf", "format", "Cf"},
    {"cn", "unassigned", "Cn"},
    {"co", "privateuse", "Co"},
    {"cs", "surrogate", "Cs"},
    {"l", "letter", "L"},
    {"lc", "casedletter", "L&"},
    {"ll", "lowercaseletter", "Ll"},
    {"lm", "modifierletter", "Lm"},
    {"lo", "otherletter", "Lo"},
    {"lt", "titlecaseletter", "Lt"},
    {"lu", "uppercaseletter", "Lu"},
    {"m", "mark", "M"},
    {"m", "combiningmark", "M"},
    {"mc", "spacingmark", "Mc"},
    {"me", "enclosingmark", "Me"},
    {"mn", "nonspacingmark", "Mn"},
    {"n", "number", "N"},
    {"nd", "decimalnumber", "Nd"},
    {"nd", "digit", "Nd"},
    {"nl", "letternumber", "Nl"},
    {"no", "othernumber", "No"},
    {"p", "punctuation", "P"},
    {"p", "punct", "P"},
    {"pc", "connectorpunctuation", "Pc"},
    {"pd", "dashpunctuation", "Pd"},
    {"pe", "closepunctuation", "Pe"},
    {"pf", "finalpunctuation", "Pf"},
    {"pi", "initialpunctuation", "Pi"},
    {"po", "otherpunctuation", "Po"},
    {"ps", "openpunctuation", "Ps"},
    {"s", "symbol", "S"},
    {"sc", "currencysymbol", "Sc"},
    {"sk", "modifiersymbol", "Sk"},
    {"sm", "mathsymbol", "Sm"},
    {"so", "othersymbol", "So"},
    {"z", "separator", "Z"},
    {"zl", "lineseparator", "Zl"},
    {"zp", "paragraphseparator", "Zp"},
    {"zs", "spaceseparator", "Zs"},
};

/* NAME in lower case without blanks, _ and -; "" when it is no name. */
static void
normalise(struct str name, char *out, size_t size)
{
	size_t n = 0;

	for (size_t i = 0; i < name.n; i++) {
		char c = name.s[i];

		if (c == ' ' || c == '_' || c == '-')
			continue;
		if (!ascii_is_alnum(c) || n + 1 >= size) {
			n = 0;
			break;
		}
		out[n++] = ascii_lower(c);
	}
	out[n] = '\0';
}

/* Upper, lower and title case are one when case does not matter. */
static bool
has_case(const struct category *c)
{
	return str_is(STR("Lu"), c->pcre2) || str_is(STR("Ll"), c->pcre2) ||
	    str_is(STR("Lt"), c->pcre2);
}

/* Puts \p{...}, or \P{...} when NEGATED; false when there is none. */
static bool
put_property(struct re2 *p, struct str name, bool negated)
{
	char norm[40];
	char letter = negated ? 'P' : 'p';

	normalise(name, norm, sizeof(norm));
	if (norm[0] == '\0')
		return false;
	for (size_t i = 0; i < sizeof(categories) / sizeof(*categories); i++) {
		const struct category *c = &categories[i];

		if (strcmp(norm, c->name) != 0 && strcmp(norm, c->alias) != 0)
			continue;
		buf_printf(p->out, "\\%c{%s}", letter,
		    p->flags & RE2_FOLD && has_case(c) ? "L&" : c->pcre2);
		return true;
	}
	if (!re2_script_known(str_of(norm)))
		return false;
	buf_printf(p->out, "\\%c{sc:%s}", letter, norm);
	return true;
}

/* \pN or \p{Name}, from the backslash on; puts only the property. */
static bool
parse_property(struct re2 *p)
{
	size_t at = p->at;
	bool negated = re2_peek(p, 1) == 'P';
	struct str name;
	uint32_t c;

	p->at += 2;
	if (re2_at_end(p))
		return re2_fail(p, at, "unknown Unicode class");
	if (!re2_rune(p, &c))
		return false;
	name = (struct str){p->s.s + at + 2, p->at - at - 2};
	if (c == '{') {
		const char *end = memchr(p->s.s + p->at, '}', p->s.n - p->at);

		if (!end)
			return re2_fail(p, at, "unknown Unicode class");
		name.s = p->s.s + p->at;
		name.n = (size_t)(end - name.s);
		p->at += name.n + 1;
	}
	if (name.n > 0 && name.s[0] == '^') {
		negated = !negated;
		name.s++;
		name.n--;
	}
	if (!put_property(p, name, negated))
		return re2_fail(p, at, "unknown Unicode class");
	return true;
}

/* Puts a range less the surrogates, which no text holds. */
static void
put_range(struct buf *out, uint32_t lo, uint32_t hi)
{
	if (re2_is_surrogate(lo))
		lo = 0xe000;
	if (re2_is_surrogate(hi))
		hi = 0xd7ff;
	if (lo == hi)
		buf_printf(out, "\\x{%x}", lo);
	else if (lo < hi)
		buf_printf(out, "\\x{%x}-\\x{%x}", lo, hi);
}

/* ASCII classes, as [:name:] and \letter; as many ranges as are not {0}. */
static const struct ascii_class {
	const char *name;
	char letter;
	uint8_t range[4][2];
} ascii_classes[] = {
    {"alnum", 0, {{'0', '9'}, {'A', 'Z'}, {'a', 'z'}}},
    {"alpha", 0, {{'A', 'Z'}, {'a', 'z'}}},
    {"ascii", 0, {{0, 0x7f}}},
    {"blank", 0, {{'\t', '\t'}, {' ', ' '}}},
    {"cntrl", 0, {{0, 0x1f}, {0x7f, 0x7f}}},
    {"digit", 'd', {{'0', '9'}}},
    {"graph", 0, {{'!', '~'}}},
    {"lower", 0, {{'a', 'z'}}},
    {"print", 0, {{' ', '~'}}},
    {"punct", 0, {{'!', '/'}, {':', '@'}, {'[', '`'}, {'{', '~'}}},
    {"space", 0, {{'\t', '\r'}, {' ', ' '}}},
    {"", 's', {{'\t', '\n'}, {'\f', '\r'}, {' ', ' '}}},
    {"upper", 0, {{'A', 'Z'}}},
    {"word", 'w', {{'0', '9'}, {'A', 'Z'}, {'_', '_'}, {'a', 'z'}}},
    {"xdigit", 0, {{'0', '9'}, {'A', 'F'}, {'a', 'f'}}},
};

/* The characters beyond ASCII that are case variants of s and k. */
enum {
	LONG_S = 0x17f,
	KELVIN = 0x212a,
};

/* Whether C is in the class, or in RE2_FOLD a case variant of it is. */
static bool
in_ascii_class(const struct ascii_class *k, uint32_t c, bool fold)
{
	uint32_t other = c;

	if (fold && c == LONG_S)
		c = other = 's';
	else if (fold && c == KELVIN)
		c = other = 'k';
	if (fold && ascii_is_alnum(c) && c > '9')
		other = c ^ 0x20;
	for (size_t i = 0; i < 4 && k->range[i][1] > 0; i++) {
		const uint8_t *r = k->range[i];

		if ((c >= r[0] && c <= r[1]) ||
		    (other >= r[0] && other <= r[1]))
			return true;
	}
	return false;
}

/*
 * Puts the class, or all characters but it, as ranges: PCRE2's own negated
 * classes go wrong inside other negated ones, and fold otherwise.
 */
static void
put_ascii_class(struct re2 *p, const struct ascii_class *k, bool negated)
{
	static const uint32_t probe[] = {0x80, LONG_S, LONG_S + 1, KELVIN,
	    KELVIN + 1, RE2_MAX_RUNE + 1};
	bool fold = p->flags & RE2_FOLD;
	uint32_t start = 0;
	bool in = false;

	for (size_t i = 0; i < 128 + sizeof(probe) / sizeof(*probe); i++) {
		uint32_t c = i < 128 ? (uint32_t)i : probe[i - 128];
		bool now =
		    c <= RE2_MAX_RUNE && in_ascii_class(k, c, fold) != negated;

		if (now && !in)
			start = c;
		if (in && !now)
			put_range(p->out, start, c - 1);
		in = now;
	}
}

/* The class of \d \D \s \S \w \W; NULL for another letter. */
static const struct ascii_class *
perl_class(char letter)
{
	for (size_t i = 0; i < sizeof(ascii_classes) / sizeof(*ascii_classes);
	     i++) {
		const struct ascii_class *k = &ascii_classes[i];

		if (k->letter != 0 && k->letter == (letter | 0x20))
			return k;
	}
	return NULL;
}

/* \d and its like, from the backslash on, if there is one. */
static bool
parse_perl(struct re2 *p)
{
	const struct ascii_class *k =
	    re2_peek(p, 0) == '\\' ? perl_class(re2_peek(p, 1)) : NULL;

	if (!k)
		return false;
	put_ascii_class(p, k, k->letter != re2_peek(p, 1));
	p->at += 2;
	return true;
}

/* [:name:] at the parser's place, if there is one. */
static bool
posix_class(const struct re2 *p, struct str *ret_name)
{
	struct str rest = {p->s.s + p->at, p->s.n - p->at};
	const char *end;

	if (!str_starts(rest, STR("[:")))
		return false;
	end = memmem(rest.s + 2, rest.n - 2, ":]", 2);
	if (!end)
		return false;
	*ret_name = (struct str){rest.s, (size_t)(end - rest.s) + 2};
	return true;
}

static bool
parse_posix(struct re2 *p, struct str text)
{
	struct str name = {text.s + 2, text.n - 4};
	bool negated = name.n > 0 && name.s[0] == '^';

	if (negated) {
		name.s++;
		name.n--;
	}
	for (size_t i = 0; i < sizeof(ascii_classes) / sizeof(*ascii_classes);
	     i++) {
		const struct ascii_class *k = &ascii_classes[i];

		if (name.n > 0 && str_is(name, k->name)) {
			put_ascii_class(p, k, negated);
			p->at += text.n;
			return true;
		}
	}
	return re2_fail(p, p->at, "unknown character class");
}

/* One character of a class, after which a range may go on. */
static bool
parse_class_char(struct re2 *p, size_t class_at, uint32_t *ret_rune)
{
	if (re2_at_end(p))
		return re2_fail(p, class_at, "missing ]");
	if (re2_peek(p, 0) == '\\')
		return re2_escape(p, ret_rune);
	return re2_rune(p, ret_rune);
}

/* A character or a range of them. */
static bool
parse_range(struct re2 *p, size_t class_at)
{
	size_t at = p->at;
	uint32_t lo, hi;

	if (!parse_class_char(p, class_at, &lo))
		return false;
	hi = lo;
	if (re2_peek(p, 0) == '-' && p->s.n - p->at >= 2 &&
	    re2_peek(p, 1) != ']') {
		p->at++;
		if (!parse_class_char(p, class_at, &hi))
			return false;
		if (hi < lo)
			return re2_fail(p, at, "character range out of order");
	}
	put_range(p->out, lo, hi);
	return true;
}

/* One item of a class. */
static bool
parse_class_item(struct re2 *p, size_t class_at)
{
	struct str name;

	if (posix_class(p, &name))
		return parse_posix(p, name);
	if (re2_peek(p, 0) == '\\' &&
	    (re2_peek(p, 1) == 'p' || re2_peek(p, 1) == 'P'))
		return parse_property(p);
	return parse_perl(p) || parse_range(p, class_at);
}

bool
re2_class(struct re2 *p)
{
	size_t at = p->at++, items;
	bool negated = re2_peek(p, 0) == '^';
	bool first = true;

	if (negated)
		p->at++;
	buf_puts(p->out, p->flags & RE2_FOLD ? "(?i:" : "(?:");
	buf_puts(p->out, negated ? "[^" : "[");
	items = p->out->n;
	while (re2_at_end(p) || re2_peek(p, 0) != ']' || first) {
		first = false;
		if (!parse_class_item(p, at))
			return false;
	}
	p->at++;
	if (p->out->n == items) { /* nothing but surrogates */
		p->out->n = items - (negated ? 2 : 1);
		buf_puts(p->out, negated ? "[" : "[^");
		buf_puts(p->out, "\\x{0}-\\x{10ffff}");
	}
	buf_puts(p->out, "])");
	return true;
}

bool
re2_bare_class(struct re2 *p)
{
	buf_puts(p->out, p->flags & RE2_FOLD ? "(?i:[" : "(?:[");
	if (!parse_perl(p) && !parse_property(p))
		return false;
	buf_puts(p->out, "])");
	return true;
}

bool
re2_is_perl(char c)
{
	return perl_class(c);
}
