/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A source in parts: where it can be cut, reading one part, and putting all of
 * them together as if the source had been read as a whole.
 */
#include "yaml/parts.h"

#include "yaml/chunk.h"
#include "yaml/json_value.h"

/* Where WHAT begins, from FROM on; the end when it does not. */
static size_t
find(struct str text, size_t from, struct str what)
{
	const char *p = from < text.n
	    ? memmem(text.s + from, text.n - from, what.s, what.n)
	    : NULL;

	return p ? (size_t)(p - text.s) : text.n;
}

/*
 * Cuts a List before items that begin like the first one, with as many spaces
 * in front.  No string of JSON holds the end of a line, so that is never
 * inside one; whether it was an item, reading tells.
 */
static void
cut_items(struct arena *a, struct str text, size_t start, size_t size,
    struct yparts *parts)
{
	const struct str key = STR("\"items\": [\n");
	size_t line = find(text, start, key) + key.n - 1, stop;
	struct str begin;

	parts->v.n = 0;
	if (line >= text.n)
		return;
	for (start = line + 1; start < text.n && text.s[start] == ' ';)
		start++;
	if (start == text.n || text.s[start] != '{')
		return;
	begin = (struct str){text.s + line, start + 1 - line};
	for (; start < text.n; start = stop) {
		stop = find(text, start + size, begin);
		if (stop < text.n)
			stop += begin.n - 1;
		*vec_push(&parts->v, a) =
		    (struct ypart){.start = start, .stop = stop, .items = true};
	}
}

void
yaml_cut(struct arena *a, struct str text, size_t size,
    const struct ylimits *limits, struct yparts *ret_parts)
{
	struct yparts parts = {0};
	size_t start, stop, body;

	*ret_parts = parts;
	if (text.n <= size || text.n > ylimits_bytes(limits) ||
	    !chunk_first(text, &start))
		return;
	body = chunk_body(text, start);
	for (; start < text.n; start = stop) {
		stop = start;
		do
			stop = chunk_end(text, stop);
		while (stop < text.n && stop - start < size);
		*vec_push(&parts.v, a) =
		    (struct ypart){.start = start, .stop = stop};
	}
	if (parts.v.n == 1 && body < text.n && text.s[body] == '{')
		cut_items(a, text, body, size, &parts);
	if (parts.v.n > 1)
		*ret_parts = parts;
}

/* Faulty items are no items: reading the whole source tells what they are. */
static void
read_items(struct ybuild *b, struct str text, struct ypart *part)
{
	struct str run = {text.s + part->start, part->stop - part->start};
	bool last = part->stop == text.n, comma;
	struct jread j;

	jread_init(&j, b, run, (uint32_t)part->start);
	b->stop |= !jread_items(&j, &part->docs, &comma) || comma == last ||
	    b->reports > 0;
	part->stop = jread_offset(&j);
	jread_fini(&j);
}

void
yaml_read_part(struct arena *a, struct arena *strings, struct str text,
    uint32_t source, const struct ylimits *limits, struct ypart *part)
{
	struct ybuild b;

	diag_sink_init(&part->sink, a);
	ybuild_init(&b, a, &part->sink, limits, source);
	b.strings = strings;
	b.docs = &part->docs;
	if (part->items)
		read_items(&b, text, part);
	else
		chunks_read(&b, text, part->start, part->stop);
	part->documents = b.documents;
	part->nodes = b.nodes;
	part->merged = b.merged;
	part->tried = b.tried;
	part->tried_documents = b.tried_documents;
	part->reports = b.reports;
	part->stopped = b.stop;
	ybuild_fini(&b);
}

/* Whether all parts together are within the limits. */
static bool
parts_fit(const struct yparts *parts, const struct ylimits *limits)
{
	uint64_t documents = 0, nodes = 0, merged = 0, reports = 0;
	uint32_t tried = 0, tried_documents = 0;

	VEC_FOREACH (p, &parts->v) {
		documents += p->documents;
		nodes += p->nodes;
		merged += p->merged;
		reports += p->reports;
		if (p->stopped)
			return false;
		if (p->tried > tried)
			tried = p->tried;
		if (p->tried_documents > tried_documents)
			tried_documents = p->tried_documents;
	}
	return documents + tried_documents <= limits->documents &&
	    nodes + tried <= limits->nodes && merged <= YMERGED_MAX &&
	    reports < YREPORTS_MAX;
}

/* Reads what is around items; false, and nothing reported, if it is faulty. */
static bool
read_around(struct ybuild *b, struct str text, const struct yparts *items)
{
	const struct ynode *n;
	size_t start, body;
	struct jread j;

	if (!chunk_first(text, &start))
		return false;
	body = chunk_body(text, start);
	jread_init_around(&j, b, (struct str){text.s + body, text.n - body},
	    (uint32_t)body, items);
	if (!ybuild_begin(b, (uint32_t)body))
		return false;
	n = jread_value(&j);
	if (!n || j.items || jread_more(&j) || b->reports > 0)
		return false;
	ybuild_end(b, n);
	return true;
}

static bool
join_items(struct arena *a, struct str text, uint32_t source,
    const struct ylimits *limits, const struct yparts *items,
    struct ydocs *ret_docs)
{
	struct diag_sink quiet;
	struct ybuild b;
	bool done;

	diag_sink_init(&quiet, a);
	ybuild_init(&b, a, &quiet, limits, source);
	b.docs = ret_docs;
	done = read_around(&b, text, items);
	ybuild_fini(&b);
	return done;
}

static void
join_documents(struct arena *a, struct diag_sink *sink,
    const struct yparts *parts, struct ydocs *ret_docs)
{
	VEC_FOREACH (part, &parts->v) {
		diag_merge(sink, &part->sink);
		ydocs_add(ret_docs, a, &part->docs);
	}
}

bool
yaml_join(struct arena *a, struct diag_sink *sink, struct str text,
    uint32_t source, const struct ylimits *limits, const struct yparts *parts,
    struct ydocs *ret_docs)
{
	bool fit = parts_fit(parts, limits);

	*ret_docs = (struct ydocs){0};
	if (fit && parts->v.v[0].items)
		fit = join_items(a, text, source, limits, parts, ret_docs);
	else if (fit)
		join_documents(a, sink, parts, ret_docs);
	if (!fit)
		yaml_read(a, sink, text, source, limits, ret_docs);
	return fit;
}
