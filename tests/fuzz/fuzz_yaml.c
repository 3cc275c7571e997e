/* SPDX-License-Identifier: Apache-2.0 */
#include <assert.h>

#include "yaml/parts.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct ylimits limits = {
    .bytes = 1 << 20,
    .depth = 40,
    .documents = 100,
    .nodes = 20000,
};

static void
check_span(struct span at, size_t size)
{
	assert(at.start <= at.end && at.end <= size);
}

/* What ytree.h promises of every node. */
static void
check_node(const struct ynode *n, size_t size, uint32_t depth)
{
	check_span(n->at, size);
	if (n->kind == Y_STR) {
		assert(n->s.s[n->s.n] == '\0');
	} else if (n->kind == Y_SEQ) {
		assert(depth < limits.depth);
		for (uint32_t i = 0; i < n->seq.n; i++)
			check_node(n->seq.v[i], size, depth + 1);
	} else if (n->kind == Y_MAP) {
		assert(depth < limits.depth);
		for (uint32_t i = 0; i < n->map.n; i++) {
			const struct ypair *p = &n->map.v[i];

			check_span(p->key_at, size);
			assert(p->key.s[p->key.n] == '\0');
			for (uint32_t j = i < 30 ? 0 : i - 30; j < i; j++)
				assert(!str_eq(n->map.v[j].key, p->key));
			check_node(p->value, size, depth + 1);
		}
	}
}

/* Wherever the text can be cut, the same comes of the parts. */
static void
check_parts(struct arena *a, struct str text, struct source_set *set,
    size_t nreports, const struct buf *whole)
{
	struct diag_sink sink;
	struct arena strings = {0};
	struct yparts parts;
	struct ydocs docs;
	struct buf dump;

	yaml_cut(a, text, 1, &limits, &parts);
	if (parts.v.n == 0)
		return;
	VEC_FOREACH (part, &parts.v)
		yaml_read_part(a, &strings, text, 1, &limits, part);
	diag_sink_init(&sink, a);
	yaml_join(a, &sink, text, 1, &limits, &parts, &docs);
	buf_init(&dump, a);
	VEC_FOREACH (root, &docs.v)
		ynode_dump(&dump, set, *root);
	assert(str_eq(buf_as_str(&dump), buf_as_str(whole)));
	assert(sink.v.n == nreports);
	arena_free(&strings);
}

/*
 * The tree keeps its promises, everything that is reported has a place, and it
 * is the same when the text is read in parts.
 */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena a = {0};
	struct str text = {arena_dup(&a, (const char *)data, size), size};
	struct source_set set;
	struct diag_sink sink;
	struct ydocs docs;
	struct buf dump;

	source_set_init(&set, &a);
	diag_sink_init(&sink, &a);
	buf_init(&dump, &a);
	yaml_read(&a, &sink, text, source_add(&set, "input", text), &limits,
	    &docs);
	assert(docs.v.n <= limits.documents);
	VEC_FOREACH (root, &docs.v) {
		assert((*root)->kind != Y_NULL);
		check_node(*root, size, 0);
		ynode_dump(&dump, &set, *root);
	}
	VEC_FOREACH (d, &sink.v) {
		check_span((*d)->at, size);
		VEC_FOREACH (note, &(*d)->notes)
			check_span(note->at, size);
	}
	check_parts(&a, text, &set, sink.v.n, &dump);
	arena_free(&a);
	return 0;
}
