/* SPDX-License-Identifier: Apache-2.0 */
/* Makes regular expressions of the DNS names and patterns of rules. */
#include "lang/fqdn.h"

#include "base/ascii.h"
#include "base/buf.h"

#define LABEL "[-a-zA-Z0-9_]"

/* Number of stars at the start of S. */
static size_t
stars(struct str s)
{
	size_t n = 0;

	while (n < s.n && s.s[n] == '*')
		n++;
	return n;
}

/* "*", "*.", with DOUBLE_STAR also "**": every name, and the root. */
static bool
is_any(struct str s, bool double_star)
{
	size_t n = stars(s);

	return (n == 1 || (n > 1 && double_star)) &&
	    (n == s.n || (n + 1 == s.n && s.s[n] == '.'));
}

static void
put_char(struct buf *b, char c)
{
	if (ascii_is_alnum(c) || c == '-' || c == '_')
		buf_putc(b, ascii_lower(c));
	else
		buf_printf(b, c == '.' ? "[.]" : "\\x{%x}", (unsigned char)c);
}

struct str
lang_fqdn_regex(struct arena *a, struct str pattern, bool is_name,
    bool double_star)
{
	struct buf b;
	size_t i = 0;

	if (!is_name && is_any(pattern, double_star))
		return STR("(^(" LABEL "+[.])+$)|(^[.]$)");
	buf_init(&b, a);
	buf_putc(&b, '^');
	if (!is_name && double_star && stars(pattern) >= 2 &&
	    pattern.s[stars(pattern)] == '.') {
		buf_puts(&b, "(" LABEL "+([.]" LABEL "+){0,})[.]");
		i = stars(pattern) + 1;
	}
	while (i < pattern.n) {
		struct str rest = {pattern.s + i, pattern.n - i};

		if (!is_name && stars(rest) > 0) {
			buf_puts(&b, LABEL "*");
			i += stars(rest);
		} else {
			put_char(&b, pattern.s[i++]);
		}
	}
	if (pattern.n == 0 || pattern.s[pattern.n - 1] != '.')
		buf_puts(&b, "[.]");
	buf_putc(&b, '$');
	return buf_as_str(&b);
}

struct str
lang_fqdn_normal(struct arena *a, struct str name)
{
	struct buf b;

	buf_init(&b, a);
	for (size_t i = 0; i < name.n; i++)
		buf_putc(&b, ascii_lower(name.s[i]));
	if (name.n == 0 || name.s[name.n - 1] != '.')
		buf_putc(&b, '.');
	return buf_as_str(&b);
}
