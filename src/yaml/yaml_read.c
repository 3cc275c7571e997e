/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sources into documents.  A source is first cut into chunks at the lines
 * that begin with "---" or "...": YAML allows these nowhere inside a document,
 * so a chunk holds one document, a broken one does not hide those behind it,
 * and each can take the reader that suits it.  Text that begins like JSON
 * goes to the JSON reader, which tells nobody when it was not JSON; the rest
 * goes through libyaml.
 */
#include "diag_gen.h"
#include "yaml/build.h"

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

/*
 * Reads one JSON value, or several behind each other as kubectl does, up to
 * STOP.  False, with nothing told or kept, when that is no JSON.
 */
static bool
read_json(struct ybuild *b, struct str source, size_t start, size_t stop)
{
	struct str text = {source.s + start, stop - start};
	struct diag_sink quiet, *sink = b->sink;
	uint32_t nodes = b->nodes, reports = b->reports;
	uint32_t documents = b->documents;
	size_t docs = b->docs->v.n;
	const struct ynode *n = NULL;
	bool several = false;
	struct span at;
	struct jread j;

	diag_sink_init(&quiet, sink->arena);
	b->sink = &quiet;
	jread_init(&j, b, text, (uint32_t)start);
	for (; ybuild_begin(b, jread_offset(&j)); several = true) {
		n = jread_value(&j);
		if (!n)
			break;
		ybuild_end(b, n);
		if (!jread_more(&j) || *j.p != '{')
			break;
	}
	b->sink = sink;
	jread_fini(&j);
	if (n && !b->stop && jread_more(&j))
		j.problem = "expected a JSON object or \"---\"";
	if (j.problem && !several) {
		if (b->tried < b->nodes - nodes)
			b->tried = b->nodes - nodes;
		b->nodes = nodes;
		b->reports = reports;
		b->documents = documents;
		b->docs->v.n = docs;
		return false;
	}
	diag_merge(sink, &quiet);
	if (j.problem && ybuild_report(b)) {
		at = ybuild_span(b, jread_offset(&j), jread_offset(&j));
		diag_json_syntax(sink, at, j.problem);
	}
	return true;
}

/* Behind the line that I stands in. */
static size_t
next_line(struct str text, size_t i)
{
	const char *p = memchr(text.s + i, '\n', text.n - i);

	return p ? (size_t)(p - text.s) + 1 : text.n;
}

/* Whether the line at I begins with "---" (or "..."), alone or before text. */
static bool
is_marker(struct str text, size_t i, char c)
{
	const char *s = text.s + i;
	size_t n = text.n - i;

	return n >= 3 && s[0] == c && s[1] == c && s[2] == c &&
	    (n == 3 || is_blank(s[3]) || s[3] == '\n');
}

/* The first byte at or behind I that is neither space nor comment. */
static size_t
skip_comments(struct str text, size_t i)
{
	while (i < text.n) {
		if (text.s[i] == '#')
			i = next_line(text, i);
		else if (is_blank(text.s[i]) || text.s[i] == '\n')
			i++;
		else
			break;
	}
	return i;
}

/* Where the content of the chunk at START begins, behind its markers. */
static size_t
skip_markers(struct str text, size_t start)
{
	size_t i = skip_comments(text, start);

	if ((i == start || text.s[i - 1] == '\n') && is_marker(text, i, '-'))
		i = skip_comments(text, i + 3);
	if ((i == start || text.s[i - 1] == '\n') && is_marker(text, i, '.'))
		i = skip_comments(text, i + 3);
	return i;
}

/* Where the chunk at START ends: at the next "---", or behind a "...". */
static size_t
chunk_end(struct str text, size_t start)
{
	bool directives = text.s[skip_comments(text, start)] == '%';

	for (size_t i = start; i < text.n; i = next_line(text, i)) {
		if (is_marker(text, i, '.'))
			return next_line(text, i);
		if (i == start || !is_marker(text, i, '-'))
			continue;
		if (!directives)
			return i;
		/* This one belongs to the directives before it. */
		directives = false;
	}
	return text.n;
}

static void
read_chunk(struct ybuild *b, struct str text, size_t start, size_t stop)
{
	struct str upto = {text.s, stop};
	size_t body = skip_markers(upto, start);

	if (body == stop)
		return;
	if ((upto.s[body] == '{' || upto.s[body] == '[') &&
	    read_json(b, text, body, stop))
		return;
	yaml_parse(b, text, (uint32_t)start, (uint32_t)stop);
}

/* Where the text begins behind a byte order mark; false: it is UTF-16. */
static bool
text_start(struct str text, size_t *ret_start)
{
	if (str_starts(text, STR("\xff\xfe")) ||
	    str_starts(text, STR("\xfe\xff")))
		return false;
	*ret_start = str_starts(text, STR("\xef\xbb\xbf")) ? 3 : 0;
	return true;
}

/* The most bytes that a source may have. */
static size_t
max_bytes(const struct ylimits *limits)
{
	return limits->bytes < UINT32_MAX ? limits->bytes : UINT32_MAX - 1;
}

static void
read_chunks(struct ybuild *b, struct str text, size_t start, size_t stop)
{
	struct diag_sink *sink = b->sink;
	struct span nowhere = {0};
	size_t end;

	for (; start < stop && !b->stop; start = end) {
		end = chunk_end(text, start);
		read_chunk(b, text, start, end);
		if (b->reports >= YREPORTS_MAX) {
			diag_note(sink, sink->v.v[sink->v.n - 1], nowhere,
			    "reading of this input stops after %d problems",
			    YREPORTS_MAX);
			break;
		}
	}
}

void
yaml_read(struct arena *a, struct diag_sink *sink, struct str text,
    uint32_t source, const struct ylimits *limits, struct ydocs *ret_docs)
{
	size_t max = max_bytes(limits), start;
	struct ybuild b;

	*ret_docs = (struct ydocs){0};
	ybuild_init(&b, a, sink, limits, source);
	b.docs = ret_docs;
	if (text.n > max) {
		diag_too_large(sink, ybuild_span(&b, 0, 0), "this input", max);
		return;
	}
	if (!text_start(text, &start)) {
		diag_wrong_encoding(sink, ybuild_span(&b, 0, 2), "UTF-16");
		return;
	}
	read_chunks(&b, text, start, text.n);
	ybuild_fini(&b);
}

/* Where WHAT begins at or behind FROM; the end when it does not. */
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
	if (text.n <= size || text.n > max_bytes(limits) ||
	    !text_start(text, &start))
		return;
	body = skip_markers(text, start);
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

/* Faulty items are no items: read as a whole they tell where they stand. */
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
		read_chunks(&b, text, part->start, part->stop);
	part->documents = b.documents;
	part->nodes = b.nodes;
	part->merged = b.merged;
	part->tried = b.tried;
	part->reports = b.reports;
	part->stopped = b.stop;
	ybuild_fini(&b);
}

/* Whether all parts together are within the limits. */
static bool
parts_fit(const struct yparts *parts, const struct ylimits *limits)
{
	uint64_t documents = 0, nodes = 0, merged = 0, reports = 0;
	uint32_t tried = 0;

	VEC_FOREACH (p, &parts->v) {
		documents += p->documents;
		nodes += p->nodes;
		merged += p->merged;
		reports += p->reports;
		if (p->stopped)
			return false;
		if (p->tried > tried)
			tried = p->tried;
	}
	return documents <= limits->documents &&
	    nodes + tried <= limits->nodes && merged <= YMERGED_MAX &&
	    reports < YREPORTS_MAX;
}

/* Reads what is around items; false, with nothing told, if it is faulty. */
static bool
read_around(struct ybuild *b, struct str text, const struct yparts *items)
{
	const struct ynode *n;
	size_t start, body;
	struct jread j;

	if (!text_start(text, &start))
		return false;
	body = skip_markers(text, start);
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
		VEC_FOREACH (doc, &part->docs.v)
			*vec_push(&ret_docs->v, a) = *doc;
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
