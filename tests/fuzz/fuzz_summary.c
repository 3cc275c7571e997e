/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Summaries of recordings: what is read and put out again is read as the same.
 */
#include <assert.h>

#include "report/drops.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *
read_and_put(struct str *ret, struct arena *a, struct str text)
{
	struct drops_groups g;
	struct summary s;
	struct json json;
	struct buf out;
	const char *problem;

	summary_init(&s, a);
	problem = summary_read(&s, text);
	if (problem)
		return problem;
	summary_sort(&s);
	drops_group(&g, a, &s, DROPS_BY_CONNECTION);
	buf_init(&out, a);
	json_init(&json, &out, true);
	drops_put_json(&json, &s, &g);
	*ret = buf_as_str(&out);
	return NULL;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena a = {0};
	struct str once, twice;

	if (!read_and_put(&once, &a, (struct str){(const char *)data, size})) {
		assert(!read_and_put(&twice, &a, once));
		assert(str_eq(once, twice));
	}
	arena_free(&a);
	return 0;
}
