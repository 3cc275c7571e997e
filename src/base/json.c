/* SPDX-License-Identifier: Apache-2.0 */
/* The JSON writer: nesting, commas, indentation and escapes. */
#include "base/json.h"

#include <assert.h>
#include <inttypes.h>

#include "base/utf8.h"

/* The kind of the level that is open; false outside of any. */
static bool
in_object(const struct json *j)
{
	unsigned level = j->depth - 1;

	return j->depth > 0 && j->objects[level / 64] >> level % 64 & 1;
}

/* A new line, where lines are begun. */
static void
put_newline(struct json *j)
{
	if (j->pretty && j->line == 0) {
		buf_putc(j->out, '\n');
		buf_repeat(j->out, ' ', 2 * (size_t)j->depth);
	}
}

/* What comes before a key, or before a value in an array. */
static void
next_item(struct json *j)
{
	if (!j->first)
		buf_puts(j->out, j->line > 0 ? ", " : ",");
	j->first = false;
	if (j->depth > 0)
		put_newline(j);
}

static void
begin_value(struct json *j)
{
	assert(j->named == in_object(j)); /* a key before each, or none */
	assert(j->depth > 0 || j->first); /* one value on the top level */
	if (!j->named)
		next_item(j);
	j->named = false;
}

static void
open_level(struct json *j, bool object)
{
	uint64_t *word = &j->objects[j->depth / 64];

	begin_value(j);
	assert(j->depth < JSON_DEPTH);
	buf_putc(j->out, object ? '{' : '[');
	*word &= ~(UINT64_C(1) << j->depth % 64);
	*word |= (uint64_t)object << j->depth % 64;
	j->depth++;
	j->first = true;
}

static void
close_level(struct json *j, bool object)
{
	assert(j->depth > 0 && !j->named && in_object(j) == object);
	j->depth--;
	if (!j->first)
		put_newline(j);
	buf_putc(j->out, object ? '}' : ']');
	if (j->line > j->depth)
		j->line = 0;
	j->first = false;
}

/* A character that cannot stand for itself. */
static void
put_escape(struct buf *out, uint32_t cp)
{
	switch (cp) {
	case '"':
		buf_puts(out, "\\\"");
		break;
	case '\\':
		buf_puts(out, "\\\\");
		break;
	case '\n':
		buf_puts(out, "\\n");
		break;
	case '\r':
		buf_puts(out, "\\r");
		break;
	case '\t':
		buf_puts(out, "\\t");
		break;
	default:
		buf_printf(out, "\\u%04x", cp);
		break;
	}
}

/* DEL and the controls of Latin-1 too: they act on terminals. */
static bool
needs_escape(uint32_t cp)
{
	return cp < ' ' || cp == '"' || cp == '\\' ||
	    (cp >= 0x7f && cp <= 0x9f);
}

/* Bytes from I on that are characters and stand for themselves. */
static size_t
plain_run(struct str s, size_t i)
{
	size_t n = i;

	while (n < s.n && s.s[n] >= ' ' && s.s[n] != '"' && s.s[n] != '\\' &&
	    s.s[n] < 0x7f)
		n++;
	return n - i;
}

static void
put_string(struct buf *out, struct str s)
{
	size_t i, len, done = 0;
	uint32_t cp;

	buf_putc(out, '"');
	for (i = plain_run(s, 0); i < s.n; i += len + plain_run(s, i + len)) {
		len = utf8_decode((struct str){s.s + i, s.n - i}, &cp);
		if (len > 0 && !needs_escape(cp))
			continue;
		buf_put(out, s.s + done, i - done);
		if (len > 0) {
			put_escape(out, cp);
		} else {
			buf_puts(out, "\xef\xbf\xbd"); /* U+FFFD a byte */
			len = 1;
		}
		done = i + len;
	}
	if (done < s.n)
		buf_put(out, s.s + done, s.n - done);
	buf_putc(out, '"');
}

void
json_init(struct json *j, struct buf *out, bool pretty)
{
	*j = (struct json){.out = out, .pretty = pretty, .first = true};
}

void
json_object(struct json *j)
{
	open_level(j, true);
}

void
json_document(struct json *j, const char *format, unsigned version)
{
	json_object(j);
	json_kv_cstr(j, "format", format);
	json_kv_u64(j, "version", version);
}

void
json_object_line(struct json *j)
{
	open_level(j, true);
	if (j->pretty && j->line == 0)
		j->line = j->depth;
}

void
json_end_object(struct json *j)
{
	close_level(j, true);
}

void
json_array(struct json *j)
{
	open_level(j, false);
}

void
json_end_array(struct json *j)
{
	close_level(j, false);
}

void
json_key(struct json *j, const char *key)
{
	assert(in_object(j) && !j->named);
	next_item(j);
	put_string(j->out, str_of(key));
	buf_puts(j->out, j->pretty ? ": " : ":");
	j->named = true;
}

void
json_str(struct json *j, struct str s)
{
	begin_value(j);
	put_string(j->out, s);
}

void
json_cstr(struct json *j, const char *s)
{
	json_str(j, str_of(s));
}

void
json_u64(struct json *j, uint64_t v)
{
	char digits[20];
	size_t at = sizeof(digits);

	begin_value(j);
	do {
		digits[--at] = (char)('0' + v % 10);
		v /= 10;
	} while (v > 0);
	buf_put(j->out, digits + at, sizeof(digits) - at);
}

void
json_i64(struct json *j, int64_t v)
{
	begin_value(j);
	buf_printf(j->out, "%" PRId64, v);
}

void
json_bool(struct json *j, bool v)
{
	begin_value(j);
	buf_puts(j->out, v ? "true" : "false");
}

void
json_null(struct json *j)
{
	begin_value(j);
	buf_puts(j->out, "null");
}

void
json_kv_str(struct json *j, const char *key, struct str s)
{
	json_key(j, key);
	json_str(j, s);
}

void
json_kv_cstr(struct json *j, const char *key, const char *s)
{
	json_key(j, key);
	json_cstr(j, s);
}

void
json_kv_u64(struct json *j, const char *key, uint64_t v)
{
	json_key(j, key);
	json_u64(j, v);
}

void
json_kv_bool(struct json *j, const char *key, bool v)
{
	json_key(j, key);
	json_bool(j, v);
}
