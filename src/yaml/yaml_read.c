/* SPDX-License-Identifier: Apache-2.0 */
/* Sources into documents, and text into one value of JSON. */
#include "yaml/yaml_read.h"

#include "base/json.h"
#include "diag_gen.h"
#include "yaml/chunk.h"
#include "yaml/json_value.h"

/*
 * Far beyond real inputs (a node's whole pod list is a few ten megabytes,
 * manifests nest less than 30 deep), yet what fits into them also fits into
 * the memory of a CI runner and is read within seconds.  Spans hold 32 bits.
 */
const struct ylimits ylimits_default = {
    .bytes = (size_t)1 << 30,
    .depth = JSON_DEPTH,
    .documents = 4000000,
    .nodes = 200000000,
};

void
ydocs_add(struct ydocs *to, struct arena *a, const struct ydocs *from)
{
	VEC_FOREACH (doc, &from->v)
		*vec_push(&to->v, a) = *doc;
	VEC_FOREACH (at, &from->faulty)
		*vec_push(&to->faulty, a) = *at;
	to->skipped += from->skipped;
}

void
yaml_read(struct arena *a, struct diag_sink *sink, struct str text,
    uint32_t source, const struct ylimits *limits, struct ydocs *ret_docs)
{
	size_t max = ylimits_bytes(limits), start;
	struct ybuild b;

	*ret_docs = (struct ydocs){0};
	ybuild_init(&b, a, sink, limits, source);
	b.docs = ret_docs;
	if (text.n > max) {
		diag_too_large(sink, ybuild_span(&b, 0, 0), "this input", max);
		return;
	}
	if (!chunk_first(text, &start)) {
		diag_wrong_encoding(sink, ybuild_span(&b, 0, 2), "UTF-16");
		return;
	}
	chunks_read(&b, text, start, text.n);
	ybuild_fini(&b);
}

void
yaml_read_lines(struct arena *a, struct diag_sink *sink, struct str text,
    struct span lines, const struct ylimits *limits, struct ydocs *ret_docs)
{
	struct ybuild b;

	*ret_docs = (struct ydocs){0};
	ybuild_init(&b, a, sink, limits, lines.source);
	b.docs = ret_docs;
	chunks_read(&b, (struct str){text.s, lines.end}, lines.start,
	    lines.end);
	ybuild_fini(&b);
}

const struct ynode *
json_read(struct arena *a, struct diag_sink *sink, struct str text,
    uint32_t source, uint32_t offset, const struct ylimits *limits)
{
	const struct ynode *n;
	struct ybuild b;
	struct jread r;
	struct span at;

	ybuild_init(&b, a, sink, limits, source);
	if (text.n > limits->bytes || text.n >= UINT32_MAX - offset) {
		diag_too_large(sink, ybuild_span(&b, offset, offset),
		    "this input", limits->bytes);
		return NULL;
	}
	jread_init(&r, &b, text, offset);
	n = jread_value(&r);
	if (n && jread_more(&r)) {
		jread_fail(&r, "there is more behind the value");
		n = NULL;
	}
	if (!n && r.problem) {
		at = ybuild_span(&b, jread_offset(&r), jread_offset(&r));
		diag_json_syntax(sink, at, r.problem);
	}
	ybuild_fini(&b);
	return b.broken ? NULL : n;
}
