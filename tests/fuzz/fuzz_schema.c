/* SPDX-License-Identifier: Apache-2.0 */
#include <assert.h>
#include <stdint.h>

#include "cilium/version.h"
#include "schema/dump.h"
#include "schema/schema.h"
#include "yaml/yaml_read.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Whatever is read decodes, or is reported, and can be dumped. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena a = {0};
	const struct schema_options opt = {
	    .cilium = version_of_minor(117 + (size > 0 ? data[0] % 4u : 0))};
	const struct schema *s = schema_new(&a, &opt);
	struct str text = {arena_dup(&a, (const char *)data, size), size};
	struct source_set set;
	struct diag_sink sink;
	struct ydocs docs = {0};
	struct object_list list = {0};
	struct buf dump;

	source_set_init(&set, &a);
	diag_sink_init(&sink, &a);
	buf_init(&dump, &a);
	yaml_read(&a, &sink, text, source_add(&set, "input", text),
	    &ylimits_default, &docs);
	VEC_FOREACH (doc, &docs.v)
		schema_decode(s, &a, &sink, *doc, false, &list);
	VEC_FOREACH (p, &list.v) {
		const struct object *o = *p;

		assert((o->status == OBJECT_OK) == !o->why);
		assert(o->at.start <= o->at.end && o->at.end <= size);
		object_dump(&dump, &set, o);
	}
	diag_sort(&sink);
	arena_free(&a);
	return 0;
}
