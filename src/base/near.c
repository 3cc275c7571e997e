/* SPDX-License-Identifier: Apache-2.0 */
/* "Did you mean": the distance of words, and the hint made of it. */
#include "base/near.h"

#include <stdint.h>

#include "base/ascii.h"

/* Longer words are not compared: nobody mistypes so much. */
#define LONGEST 48

static unsigned
least(unsigned a, unsigned b)
{
	return a < b ? a : b;
}

/* Distance of Levenshtein, an exchange of neighbours being one step. */
static unsigned
distance(struct str s, struct str t)
{
	/* d[i % 3][j]: from the first i of S to the first j of T */
	unsigned d[3][LONGEST + 1];

	for (unsigned j = 0; j <= t.n; j++)
		d[0][j] = j;
	for (unsigned i = 1; i <= s.n; i++) {
		unsigned *row = d[i % 3], *up = d[(i + 2) % 3];
		char c = ascii_lower(s.s[i - 1]);

		row[0] = i;
		for (unsigned j = 1; j <= t.n; j++) {
			char e = ascii_lower(t.s[j - 1]);

			row[j] = least(up[j], row[j - 1]) + 1;
			row[j] = least(row[j], up[j - 1] + (c != e));
			if (i > 1 && j > 1 && c == ascii_lower(t.s[j - 2]) &&
			    e == ascii_lower(s.s[i - 2]))
				row[j] =
				    least(row[j], d[(i + 1) % 3][j - 2] + 1);
		}
	}
	return d[s.n % 3][t.n];
}

bool
near_miss(struct str given, struct str name, unsigned *ret_distance)
{
	unsigned n;

	if (given.n > LONGEST || name.n > LONGEST)
		return false;
	n = distance(given, name);
	if (n > 1 + name.n / 6 || n >= name.n)
		return false;
	*ret_distance = n;
	return true;
}

const char *
near_guess(struct str word, const char *const *names)
{
	unsigned best = UINT32_MAX, n;
	const char *guess = NULL;

	for (; *names; names++) {
		if (near_miss(word, str_of(*names), &n) && n < best) {
			best = n;
			guess = *names;
		}
	}
	return guess;
}

const char *
near_hint(struct arena *a, struct str word, const char *const *names,
    const char *quote)
{
	const char *name = near_guess(word, names);

	return name
	    ? arena_printf(a, "; did you mean %s%s%s?", quote, name, quote)
	    : "";
}
