/* SPDX-License-Identifier: Apache-2.0 */
#include <assert.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/file.h"
#include "base/uri.h"
#include "lsp/position.h"
#include "lsp/wire.h"
#include "yaml/yaml_read.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct ylimits limits = {
    .bytes = 1 << 20,
    .depth = 20,
    .documents = 1,
    .nodes = 20000,
};

/* A place is found again, however characters are counted. */
static void
check_places(struct str text)
{
	for (uint32_t at = 0; at <= text.n; at++) {
		for (int utf8 = 0; utf8 < 2; utf8++) {
			struct position p = position_of(text, at, utf8);
			uint32_t again = position_offset(text, p, utf8);
			struct position q = position_of(text, again, utf8);

			/* Or where the character begins that it is in. */
			assert(again <= at && at - again < 4);
			assert(p.line == q.line && p.character == q.character);
		}
	}
}

/* Every message is told from the next, and the end is found. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	int fd = memfd_create("messages", MFD_CLOEXEC);
	enum wire_result result;
	struct arena a = {0};
	struct wire *wire = ARENA_NEW(&a, struct wire);
	struct diag_sink sink;
	struct str body;

	assert(fd >= 0);
	assert(file_put(fd, (struct str){(const char *)data, size}) == 0);
	assert(lseek(fd, 0, SEEK_SET) == 0);
	wire_init(wire, fd);
	do {
		result = wire_read(wire, &a, &body);
		if (result == WIRE_MALFORMED)
			assert(body.n > 0);
		if (result != WIRE_MESSAGE)
			continue;
		assert(body.n < size && body.s[body.n] == '\0');
		diag_sink_init(&sink, &a);
		assert(json_read(&a, &sink, body, 1, 0, &limits) ||
		    diag_failed(&sink));
		if (body.n < 2000)
			check_places(body);
		uri_file(&a, body);
	} while (result != WIRE_END);
	close(fd);
	arena_free(&a);
	return 0;
}
