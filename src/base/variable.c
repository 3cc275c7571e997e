/* SPDX-License-Identifier: Apache-2.0 */
/* Variables in texts, by their brackets. */
#include "base/variable.h"

#include <stdint.h>

#include "base/ascii.h"

static bool
is_name(char c, bool first)
{
	return c == '_' ||
	    (first ? ascii_is_lower((uint32_t)c | 0x20)
		   : ascii_is_alnum((uint32_t)c));
}

size_t
variable_name_length(struct str text)
{
	size_t n = 0;

	while (n < text.n && is_name(text.s[n], n == 0))
		n++;
	return n;
}

/* How a variable begins, what may follow its name, and how it ends. */
static const struct form {
	const char *open, *after, *close;
} forms[] = {
    {"${", NULL, "}"},
    {"$(", ")", ")"},
    {"{{", NULL, "}}"},
};

/* Where OPEN, two characters, begins in TEXT; memmem() is slow for so few. */
static const char *
find_open(struct str text, const char *open)
{
	for (size_t i = 0; i + 2 <= text.n; i++) {
		const char *p = memchr(text.s + i, open[0], text.n - i - 1);

		if (!p)
			break;
		if (p[1] == open[1])
			return p;
		i = (size_t)(p - text.s);
	}
	return NULL;
}

/* The first variable of a form in TEXT; "" when there is none. */
static struct str
find_form(struct str text, const struct form *f)
{
	struct str left = text;
	const char *p;

	while ((p = find_open(left, f->open))) {
		struct str rest = {p + 2, (size_t)(text.s + text.n - p) - 2};
		size_t n = variable_name_length(rest);
		const char *close =
		    memmem(rest.s, rest.n, f->close, strlen(f->close));

		if (close &&
		    (!f->after || (n > 0 && strchr(f->after, rest.s[n]))))
			return (struct str){p,
			    (size_t)(close - p) + strlen(f->close)};
		left = rest;
	}
	return STR("");
}

struct str
variable_find(struct str text)
{
	struct str found = STR("");

	for (size_t i = 0; found.n == 0 && i < sizeof(forms) / sizeof(*forms);
	     i++)
		found = find_form(text, &forms[i]);
	return found;
}

bool
variable_in(struct str text)
{
	return variable_find(text).n > 0;
}
