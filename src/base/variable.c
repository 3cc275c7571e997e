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

/* The first variable of a form in TEXT; "" when there is none. */
static struct str
find_form(struct str text, const struct form *f)
{
	const char *p = text.s, *end = text.s + text.n;

	while (p && (p = memmem(p, (size_t)(end - p), f->open, 2))) {
		struct str rest = {p + 2, (size_t)(end - p) - 2};
		size_t n = variable_name_length(rest);
		const char *close =
		    memmem(rest.s, rest.n, f->close, strlen(f->close));

		if (close &&
		    (!f->after || (n > 0 && strchr(f->after, rest.s[n]))))
			return (struct str){p,
			    (size_t)(close - p) + strlen(f->close)};
		p += 2;
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
