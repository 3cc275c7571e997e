/* SPDX-License-Identifier: Apache-2.0 */
/* Makes text from input safe to show, character by character. */
#include "diag/printable.h"

#include <stdbool.h>
#include <stdint.h>

#include "base/utf8.h"

/* Control characters, and what is invisible or turns the direction. */
static bool
is_hidden(uint32_t cp)
{
	static const struct {
		uint32_t first, last;
	} hidden[] = {
	    {0x00, 0x1f},       /* C0 */
	    {0x7f, 0x9f},       /* DEL, C1 */
	    {0xad, 0xad},       /* soft hyphen */
	    {0x61c, 0x61c},     /* Arabic letter mark */
	    {0x200b, 0x200f},   /* zero width, direction marks */
	    {0x2028, 0x202e},   /* separators, embeddings and overrides */
	    {0x2060, 0x206f},   /* joiner, invisible operators, isolates */
	    {0xfeff, 0xfeff},   /* byte order mark */
	    {0xfff9, 0xfffb},   /* interlinear annotation */
	    {0xe0000, 0xe0fff}, /* tags, variation selectors */
	};

	for (size_t i = 0; i < sizeof(hidden) / sizeof(hidden[0]); i++) {
		if (cp >= hidden[i].first && cp <= hidden[i].last)
			return true;
	}
	return false;
}

size_t
printable_char(struct buf *out, struct str s, unsigned *ret_columns)
{
	size_t before = out->n;
	uint32_t cp = 0;
	size_t n = utf8_decode(s, &cp);

	if (n > 0 && !is_hidden(cp)) {
		buf_put(out, s.s, n);
		*ret_columns = 1;
		return n;
	}
	if (n == 0)
		buf_printf(out, "\\x%02x", (unsigned char)s.s[0]);
	else if (cp == '\n')
		buf_puts(out, "\\n");
	else if (cp == '\t')
		buf_puts(out, "\\t");
	else if (cp == '\r')
		buf_puts(out, "\\r");
	else if (cp < 0x80)
		buf_printf(out, "\\x%02x", cp);
	else if (cp < 0x10000)
		buf_printf(out, "\\u%04x", cp);
	else
		buf_printf(out, "\\U%08x", cp);
	*ret_columns = (unsigned)(out->n - before);
	return n > 0 ? n : 1;
}

void
printable_put(struct buf *out, struct str s, size_t max)
{
	unsigned columns;
	size_t i, n;

	for (i = 0; i < s.n && i < max; i += n) {
		n = printable_char(out, (struct str){s.s + i, s.n - i},
		    &columns);
	}
	if (i < s.n)
		buf_puts(out, "...");
}
