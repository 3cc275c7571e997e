/* SPDX-License-Identifier: Apache-2.0 */
#include <assert.h>
#include <stdint.h>

#include "flow/query.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Every word of a question is taken, or refused with a reason. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena a = {0};
	struct str text = {arena_dup(&a, (const char *)data, size), size};
	struct str none = {0};
	struct request_header header;
	struct query q = {0};
	const char *problem;

	problem = query_parse_end(&a, text, STR("default"), &q.from);
	assert(!problem || *problem);
	problem = query_parse_port(&a, text, none, &q);
	if (!problem)
		assert(*query_print_port(&a, q.proto, q.port));
	problem = query_parse_port(&a, none, text, &q);
	assert(!problem || *problem);
	problem = query_parse_header(&a, text, &header);
	if (!problem)
		assert(header.name.n > 0);
	query_near_entity(text);
	arena_free(&a);
	return 0;
}
