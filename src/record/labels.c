/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Labels are most of a line, and nearly always those that the identity had
 * before: then they are compared, and not read.
 */
#include <string.h>

#include "record/parts.h"

void
record_labels(record_label_vec *out, struct arena *a,
    const struct record_labels *labels)
{
	struct scan_list in;
	struct scan s;
	struct str text;

	scan_init(&s, labels->text, a);
	for (in = scan_array(&s); scan_item(&s, &in);) {
		if (scan_str(&s, &text))
			*vec_push(out, a) = text;
	}
}

/* Whether no list is in the list, whose depth would count where it is read. */
static bool
is_flat(struct str text)
{
	return text.n > 1 && *text.s == '[' &&
	    !memchr(text.s + 1, '[', text.n - 1) &&
	    !memchr(text.s + 1, '{', text.n - 1);
}

struct record_labels *
record_read_labels(struct record_reader *reader, struct scan *s,
    uint32_t identity)
{
	struct record_labels **last = &reader->last[identity % RECORD_LAST];
	struct record_labels **same, *labels = *last;
	struct str text;

	if (labels && scan_same(s, labels->text))
		return labels;
	text = scan_raw(s);
	if (s->bad)
		return NULL;
	same =
	    (struct record_labels **)map_put(&reader->labels, text.s, text.n);
	if (!*same) {
		*same = labels = ARENA_NEW(reader->kept, struct record_labels);
		labels->text.s = arena_dup(reader->kept, text.s, text.n);
		labels->text.n = text.n;
	}
	if (is_flat(text))
		*last = *same;
	return *same;
}
