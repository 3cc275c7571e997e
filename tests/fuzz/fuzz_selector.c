/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Label selectors: any bytes give a selector or an error inside the text.
 */

#include <assert.h>
#include <stdint.h>

#include "lang/selector.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena a = {0};
	struct str text = {arena_dup(&a, (const char *)data, size), size};
	struct lang_selector s = {0};
	struct lang_error err;

	if (lang_selector_parse(&a, text, &s, &err)) {
		VEC_FOREACH (r, &s.reqs) {
			assert(r->key.n > 0);
			assert((r->op == LANG_IN || r->op == LANG_NOT_IN) ==
			    (r->values.n > 0));
		}
	} else {
		assert(err.start <= err.end && err.end <= size && err.text);
	}
	arena_free(&a);
	return 0;
}
