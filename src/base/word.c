/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tables of words, searched and listed in their order.
 */
#include "base/word.h"

#include "base/vec.h"

const struct word *
word_find(const struct word *table, struct str text)
{
	for (; table->text; table++) {
		if (str_is(text, table->text))
			return table;
	}
	return NULL;
}

const char *
word_of(const struct word *table, int value)
{
	while (table->text && table->value != value)
		table++;
	return table->text;
}

const char *const *
word_texts(struct arena *a, const struct word *table)
{
	VEC(const char *) v = {0};

	for (; table->text; table++)
		*vec_push(&v, a) = table->text;
	*vec_push(&v, a) = NULL;
	return v.v;
}

const char *
word_list(struct arena *a, const struct word *table, const char *quote,
    const char *gap)
{
	struct buf b;

	buf_init(&b, a);
	for (; table->text; table++)
		buf_printf(&b, "%s%s%s%s", b.n > 0 ? gap : "", quote,
		    table->text, quote);
	return buf_as_str(&b).s;
}
