/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Regular expressions: whatever the check takes, PCRE2 takes as rewritten, or
 * finds too large; and a match ends.  The first line is the pattern, the rest
 * the text.
 */

#include <assert.h>
#include <stdint.h>

#include "lang/regex.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena a = {0};
	const char *all = arena_dup(&a, (const char *)data, size);
	const char *nl = memchr(all, '\n', size);
	size_t n = nl ? (size_t)(nl - all) : size;
	struct str pattern = {arena_dup(&a, all, n), n};
	struct str text = {all + n, size - n};
	char err[128];
	const struct lang_regex *re;

	if (lang_regex_check(pattern, err, sizeof(err))) {
		re = lang_regex_compile(&a, pattern, err, sizeof(err));
		if (re)
			lang_regex_match(re, &a, text);
	} else {
		assert(!lang_regex_compile(&a, pattern, err, sizeof(err)));
	}
	arena_free(&a);
	return 0;
}
