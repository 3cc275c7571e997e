/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Chunks of a source: it is cut at the lines that begin with "---" or "...",
 * which YAML allows nowhere inside a document.  Text that begins like JSON
 * goes to the JSON reader, which reports nothing when it was not JSON; the
 * rest goes through libyaml.
 */
#include "yaml/chunk.h"

#include "diag_gen.h"
#include "yaml/json_value.h"
#include "yaml/yaml_parse.h"

/* The start of the line after the one that I is in. */
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

/* The first byte from I on that is neither space nor comment. */
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

size_t
chunk_body(struct str text, size_t start)
{
	size_t i = skip_comments(text, start);

	if ((i == start || text.s[i - 1] == '\n') && is_marker(text, i, '-'))
		i = skip_comments(text, i + 3);
	if ((i == start || text.s[i - 1] == '\n') && is_marker(text, i, '.'))
		i = skip_comments(text, i + 3);
	return i;
}

size_t
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

bool
chunk_first(struct str text, size_t *ret_start)
{
	if (str_starts(text, STR("\xff\xfe")) ||
	    str_starts(text, STR("\xfe\xff")))
		return false;
	*ret_start = str_starts(text, STR("\xef\xbb\xbf")) ? 3 : 0;
	return true;
}

/*
 * Reads one JSON value, or several in a row as kubectl writes them, up to
 * STOP.  False, with nothing reported or kept, when that is no JSON.
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
		if (b->tried_documents < b->documents - documents)
			b->tried_documents = b->documents - documents;
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

static void
read_chunk(struct ybuild *b, struct str text, size_t start, size_t stop)
{
	struct str upto = {text.s, stop};
	size_t body = chunk_body(upto, start);
	uint32_t reports = b->reports;

	if (body == stop)
		return;
	if (b->limits->wanted &&
	    !b->limits->wanted((struct str){text.s + start, stop - start})) {
		b->docs->skipped++;
		return;
	}
	if ((upto.s[body] != '{' && upto.s[body] != '[') ||
	    !read_json(b, text, body, stop))
		yaml_parse(b, text, (uint32_t)start, (uint32_t)stop);
	if (b->reports > reports)
		*vec_push(&b->docs->faulty, b->arena) =
		    ybuild_span(b, (uint32_t)start, (uint32_t)stop);
}

void
chunks_read(struct ybuild *b, struct str text, size_t start, size_t stop)
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
