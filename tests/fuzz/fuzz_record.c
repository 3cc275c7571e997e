/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Lines of recordings: each is read, also by a reader that has met its labels
 * before, and the two ways to find the end of a string agree.
 */

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "record/record.h"
#include "record/scan.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check_same(const struct record_labels *a, const struct record_labels *b)
{
	if (!a != !b ||
	    (a &&
		(a->text.n != b->text.n ||
		    memcmp(a->text.s, b->text.s, a->text.n) != 0)))
		abort();
}

static void
check_end(const struct record_end *a, const struct record_end *b)
{
	check_same(a->labels, b->labels);
	if (a->identity != b->identity || !str_eq(a->ns, b->ns) ||
	    !str_eq(a->pod, b->pod) || a->workloads.n != b->workloads.n)
		abort();
}

static void
read_line(struct record_reader *reader, const char *from, const char *to)
{
	struct record r, again;
	struct record_columns columns = reader->columns;

	if (scan_quote(from, to) != scan_quote_plain(from, to))
		abort();
	record_read(&r, reader, (struct str){from, (size_t)(to - from)});
	reader->columns = columns;
	record_read(&again, reader, (struct str){from, (size_t)(to - from)});
	if (r.kind != again.kind)
		abort();
	check_end(&r.from, &again.from);
	check_end(&r.to, &again.to);
	if (r.kind == RECORD_FLOW && r.has_port && r.proto == 0 &&
	    r.from.text.n > 0)
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct record_reader reader;
	struct arena a = {0};
	char *text = malloc(size + 1);
	const char *at = text, *end = text + size, *feed;

	memcpy(text, data, size);
	text[size] = '\0';
	record_reader_init(&reader, &a, &a);
	while ((feed = memchr(at, '\n', (size_t)(end - at)))) {
		read_line(&reader, at, feed);
		at = feed + 1;
	}
	read_line(&reader, at, end);
	arena_free(&a);
	free(text);
	return 0;
}
