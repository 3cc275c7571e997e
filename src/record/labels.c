/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Labels are most of a line, and nearly always those that the identity had
 * before: then they are compared, and not read; so is what comes before them.
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

enum {
	HEAD_MIN = 32, /* bytes that tell most heads apart */
};

/* Where the head that begins so is kept. */
static struct record_head *
head_at(struct record_reader *reader, const char *from)
{
	uint64_t hash = 0, word;

	for (size_t i = 0; i < HEAD_MIN; i += sizeof(word)) {
		memcpy(&word, from + i, sizeof(word));
		hash = (hash ^ word) * UINT64_C(0x9e3779b97f4a7c15);
		hash ^= hash >> 32;
	}
	return &reader->heads[hash % RECORD_HEADS];
}

const char *
record_read_head(struct record_reader *reader, struct scan *s,
    struct scan_list *ret_in, struct record_end *e)
{
	const char *from = s->p;
	const struct record_head *h;

	if (s->end - from < RECORD_HEAD_MAX) {
		*ret_in = scan_object(s);
		return NULL;
	}
	h = head_at(reader, from);
	if (h->n == 0 || memcmp(from, h->text, h->n) != 0 ||
	    !scan_past(s, ret_in, h->n, h->labels->text)) {
		*ret_in = scan_object(s);
		return from;
	}
	e->identity = h->identity;
	if (h->ns_size > 0)
		e->ns = (struct str){from + h->ns_at, h->ns_size};
	e->labels = h->labels;
	return from;
}

/* Only where nothing is said but what a head has. */
void
record_keep_head(struct record_reader *reader, const char *from, const char *to,
    const struct record_end *e)
{
	struct record_head head = {.identity = e->identity,
	    .labels = e->labels};
	size_t n, at;

	if (!from || !e->labels || !is_flat(e->labels->text) || e->pod.s ||
	    e->workloads.n > 0)
		return;
	n = (size_t)(to - from) - e->labels->text.n;
	at = e->ns.s ? (size_t)(e->ns.s - from) : 0;
	if (n > RECORD_HEAD_MAX || n < HEAD_MIN ||
	    (e->ns.s && (e->ns.n == 0 || at >= n)))
		return;
	memcpy(head.text, from, n);
	head.n = (uint8_t)n;
	head.ns_at = (uint8_t)at;
	head.ns_size = (uint8_t)e->ns.n;
	*head_at(reader, from) = head;
}
