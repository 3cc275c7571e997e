/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Text for libyaml, which counts characters where we count bytes, and which
 * some texts would keep busy for too long.
 */
#include "yaml/yaml_text.h"

#include "base/utf8.h"
#include "diag_gen.h"

/* libyaml compares each %TAG directive of a document with every other. */
#define TAG_DIRECTIVES_MAX 1000

static bool
is_ascii(struct str s)
{
	uint64_t w, all = 0;
	size_t i;

	for (i = 0; s.n - i >= sizeof(w); i += sizeof(w)) {
		memcpy(&w, s.s + i, sizeof(w));
		all |= w;
	}
	for (; i < s.n; i++)
		all |= (unsigned char)s.s[i];
	return (all & UINT64_C(0x8080808080808080)) == 0;
}

void
ytext_init(struct ytext *t, struct str source, uint32_t start, uint32_t stop)
{
	*t = (struct ytext){
	    .source = source,
	    .start = start,
	    .stop = stop,
	    .at = start,
	};
	t->ascii = is_ascii(ytext_part(t));
}

static bool
check_utf8(const struct ytext *t, struct ybuild *b, struct str part)
{
	const char *nul = memchr(part.s, '\0', part.n);
	size_t valid = utf8_valid(part);
	struct span byte;
	uint32_t at;

	if (!nul && valid == part.n)
		return true;
	if (!ybuild_report(b))
		return false;
	if (nul && (size_t)(nul - part.s) < valid)
		valid = (size_t)(nul - part.s);
	at = t->start + (uint32_t)valid;
	byte = ybuild_span(b, at, at + 1);
	if (part.s[valid] == '\0')
		diag_nul_byte(b->sink, byte);
	else
		diag_invalid_utf8(b->sink, byte);
	return false;
}

static bool
check_directives(const struct ytext *t, struct ybuild *b, struct str part)
{
	const char *end = part.s + part.n, *p = part.s;
	unsigned tags = 0;
	uint32_t at;

	while ((p = memmem(p, (size_t)(end - p), "%TAG", 4))) {
		if (++tags > TAG_DIRECTIVES_MAX) {
			at = t->start + (uint32_t)(p - part.s);
			if (ybuild_report(b))
				diag_yaml_syntax(b->sink,
				    ybuild_span(b, at, at + 4),
				    "too many %TAG directives");
			return false;
		}
		p += 4;
	}
	return true;
}

bool
ytext_check(const struct ytext *t, struct ybuild *b)
{
	struct str part = ytext_part(t);

	return check_utf8(t, b, part) && check_directives(t, b, part);
}

static bool
is_continuation(char c)
{
	return ((unsigned char)c & 0xc0) == 0x80;
}

uint32_t
ytext_offset(struct ytext *t, size_t index)
{
	const char *s = t->source.s;

	if (t->ascii)
		return t->start + (uint32_t)index;
	for (; t->at_index < index && t->at < t->stop; t->at_index++)
		do
			t->at++;
		while (t->at < t->stop && is_continuation(s[t->at]));
	for (; t->at_index > index; t->at_index--)
		do
			t->at--;
		while (is_continuation(s[t->at]));
	return t->at;
}

uint32_t
ytext_skip_properties(const struct ytext *t, uint32_t start, uint32_t end)
{
	const char *s = t->source.s;
	uint32_t i = start;

	while (i < end && (s[i] == '&' || s[i] == '!')) {
		while (i < end && !is_blank(s[i]) && s[i] != '\n')
			i++;
		while (i < end && (is_blank(s[i]) || s[i] == '\n'))
			i++;
		while (i < end && s[i] == '#') {
			while (i < end && s[i] != '\n')
				i++;
			while (i < end && (is_blank(s[i]) || s[i] == '\n'))
				i++;
		}
	}
	return i;
}
