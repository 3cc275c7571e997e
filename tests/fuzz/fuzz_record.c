/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Lines of recordings: each is read, and the two ways to find the end of a
 * string agree.
 */

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "record/record.h"
#include "record/scan.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
read_line(struct record_reader *reader, const char *from, const char *to)
{
	struct record r;

	if (scan_quote(from, to) != scan_quote_plain(from, to))
		abort();
	record_read(&r, reader, (struct str){from, (size_t)(to - from)});
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
