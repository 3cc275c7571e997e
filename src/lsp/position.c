/* SPDX-License-Identifier: Apache-2.0 */
/* Counting lines and characters. */
#include "lsp/position.h"

#include "base/utf8.h"

/* Where the line that has the byte AT ends: at its first byte that is no part
 * of it any more. */
static size_t
line_end(struct str text, size_t at)
{
	while (at < text.n && text.s[at] != '\n' && text.s[at] != '\r')
		at++;
	return at;
}

/* Where the line after the one that ends at END begins. */
static size_t
line_after(struct str text, size_t end)
{
	if (end + 1 < text.n && text.s[end] == '\r' && text.s[end + 1] == '\n')
		end++;
	return end + 1;
}

/* The character at AT: how many bytes and units it has. */
static size_t
character(struct str text, size_t at, bool utf8, uint32_t *ret_units)
{
	struct str rest = {text.s + at, text.n - at};
	uint32_t c;
	size_t n = utf8_decode(rest, &c);

	if (n == 0)
		n = 1;
	*ret_units = utf8 ? (uint32_t)n : n == 4 ? 2 : 1;
	return n;
}

struct position
position_of(struct str text, uint32_t offset, bool utf8)
{
	struct position p = {0};
	size_t start = 0, end;
	uint32_t units;

	if (offset > text.n)
		offset = (uint32_t)text.n;
	while ((end = line_end(text, start)) < offset &&
	    line_after(text, end) <= offset) {
		start = line_after(text, end);
		p.line++;
	}
	/* Between "\r" and "\n" the line has ended. */
	if (offset > end)
		offset = (uint32_t)end;
	while (start < offset) {
		start += character(text, start, utf8, &units);
		p.character += start <= offset ? units : 0;
	}
	return p;
}

uint32_t
position_offset(struct str text, struct position at, bool utf8)
{
	size_t start = 0, end = line_end(text, 0);
	uint32_t units = 0;

	for (uint32_t line = 0; line < at.line; line++) {
		if (end == text.n)
			return (uint32_t)text.n;
		start = line_after(text, end);
		end = line_end(text, start);
	}
	while (start < end) {
		size_t n = character(text, start, utf8, &units);

		if (at.character < units)
			break;
		at.character -= units;
		start += n;
	}
	return (uint32_t)start;
}

static void
put(struct json *j, const char *key, struct position p)
{
	json_key(j, key);
	json_object(j);
	json_kv_u64(j, "line", p.line);
	json_kv_u64(j, "character", p.character);
	json_end_object(j);
}

void
position_json_range(struct json *j, struct str text, uint32_t start,
    uint32_t end, bool utf8)
{
	json_object(j);
	put(j, "start", position_of(text, start, utf8));
	put(j, "end", position_of(text, end, utf8));
	json_end_object(j);
}
