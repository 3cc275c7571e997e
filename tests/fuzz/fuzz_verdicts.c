/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Whole worlds, of which each byte is a choice: the policy maps must give the
 * verdicts of an oracle that reads the rules plainly (verdicts.h).
 */

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "verdicts.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena a = {0};
	const char *difference;
	struct toy t;

	toy_generate_from(&t, &a, (struct str){(const char *)data, size}, 1);
	difference = verdicts_difference(&a, &t);
	if (difference) {
		struct buf text;

		buf_init(&text, &a);
		toy_print(&text, &t);
		fprintf(stderr, "%s\n%s\n", text.p, difference);
		abort();
	}
	arena_free(&a);
	return 0;
}
