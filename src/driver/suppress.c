/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Comments and annotations that say what is meant.  Requires sources, docs and
 * findings; leaves the findings that are not ignored.
 */
#include "driver/suppress.h"

#include <string.h>

#include "diag_gen.h"
#include "driver/locate.h"
#include "lint/lint.h"
#include "yaml/locate.h"

#define COMMENT "# cnpc: ignore"
#define ANNOTATION "cnpc.io/ignore"

/* One name that is ignored, for findings that begin in a part of a source. */
struct ignored {
	struct str name;
	struct span at; /* where it is said */
	struct span in;
	bool used;
};

struct suppression {
	struct unit *u;
	VEC(struct ignored) v; /* by source */
};

/* The names at the start of TEXT, which AT is the place of. */
static void
add_names(struct suppression *s, struct str text, struct span at,
    struct span in, bool exact)
{
	size_t i = 0;

	while (i < text.n) {
		size_t from = i;
		struct span name = at;

		while (i < text.n && !strchr(", \t\r\n", text.s[i]))
			i++;
		if (exact) {
			name.start = at.start + (uint32_t)from;
			name.end = at.start + (uint32_t)i;
		}
		*vec_push(&s->v, &s->u->perm) =
		    (struct ignored){{text.s + from, i - from}, name, in,
			false};
		if (i == text.n || text.s[i++] != ',')
			break;
	}
}

/* The end of the line that the offset AT is in. */
static uint32_t
line_end(struct str text, uint32_t at)
{
	const char *end = memchr(text.s + at, '\n', text.n - at);

	return end ? (uint32_t)(end - text.s) : (uint32_t)text.n;
}

/* Whether the line from START to END has nothing, or a comment alone. */
static bool
is_idle(struct str text, uint32_t start, uint32_t end)
{
	while (start < end && strchr(" \t\r", text.s[start]))
		start++;
	return start == end || text.s[start] == '#';
}

/* The line that a comment at the offset AT is for: its own, or the next one
 * that says something. */
static struct span
meant_line(uint32_t source, struct str text, uint32_t at)
{
	uint32_t start = at, end;

	while (start > 0 && text.s[start - 1] != '\n')
		start--;
	end = line_end(text, at);
	while (is_idle(text, start, end) && end < text.n) {
		start = end + 1;
		end = line_end(text, start);
	}
	return (struct span){source, start, end};
}

/* What the comment at the offset AT, of LEN bytes up to "ignore", says. */
static void
read_comment(struct suppression *s, uint32_t source, struct str text,
    uint32_t at)
{
	const struct str file = STR("-file=");
	uint32_t from = at + (uint32_t)strlen(COMMENT);
	uint32_t end = line_end(text, at);
	struct str rest = {text.s + from, end - from};
	struct span in = {source, 0, (uint32_t)text.n};

	if (str_starts(rest, file)) {
		from += (uint32_t)file.n;
	} else if (str_starts(rest, STR("="))) {
		from++;
		in = meant_line(source, text, at);
	} else {
		return;
	}
	add_names(s, (struct str){text.s + from, end - from},
	    (struct span){source, from, end}, in, true);
}

static void
read_comments(struct suppression *s, uint32_t source, struct str text)
{
	const struct str head = STR(COMMENT);
	const char *p = text.s, *end = text.s + text.n;

	for (; (p = memmem(p, (size_t)(end - p), head.s, head.n));
	     p += head.n) {
		uint32_t at = (uint32_t)(p - text.s);

		if ((at == 0 || strchr(" \t\n", p[-1])) &&
		    !yaml_in_string(&s->u->docs, (struct span){source, at, at}))
			read_comment(s, source, text, at);
	}
}

/* The annotations of N, and of the objects in it. */
static void
read_objects(struct suppression *s, const struct ynode *n)
{
	const struct ynode *metadata, *said;

	if (n->kind == Y_SEQ) {
		for (uint32_t i = 0; i < n->seq.n; i++)
			read_objects(s, n->seq.v[i]);
		return;
	}
	if (n->kind != Y_MAP)
		return;
	metadata = ynode_get(n, "metadata");
	said = metadata ? ynode_get(metadata, "annotations") : NULL;
	said = said ? ynode_get(said, ANNOTATION) : NULL;
	if (said && said->kind == Y_STR)
		add_names(s, said->s, said->at, n->at, false);
	for (uint32_t i = 0; i < n->map.n; i++)
		read_objects(s, n->map.v[i].value);
}

/* Whether something is told of the source NUMBER, and it has TEXT in it. */
static bool
says(const struct unit *u, uint32_t number, const char *text)
{
	const struct source *s = &u->sources.v.v[number - 1];

	return !s->context && (s->asked || u->opt.ncontext == 0) &&
	    memmem(s->text.s, s->text.n, text, strlen(text));
}

/* The names that are ignored anywhere. */
static void
collect(struct suppression *s)
{
	struct unit *u = s->u;
	uint32_t source = 0;
	bool some = false;

	for (uint32_t i = 1; i <= u->sources.v.n; i++) {
		if (says(u, i, COMMENT))
			read_comments(s, i, u->sources.v.v[i - 1].text);
	}
	VEC_FOREACH (doc, &u->docs.v) {
		if ((*doc)->at.source != source) {
			source = (*doc)->at.source;
			some = says(u, source, ANNOTATION);
		}
		if (some)
			read_objects(s, *doc);
	}
}

/* Whether D is not ignored. */
static bool
is_meant(const struct diag *d, const void *arg)
{
	const struct suppression *s = arg;
	bool ignored = false;

	if (lint_is_unread(d))
		return true;
	VEC_FOREACH (i, &s->v) {
		if (i->in.source != d->at.source || d->at.start < i->in.start ||
		    d->at.start > i->in.end ||
		    !lint_names(i->name, diag_lookup(d->id)))
			continue;
		i->used = true;
		ignored = true;
	}
	return !ignored;
}

/* Whether a rule that NAME names is on. */
static bool
is_on(const struct lint_choices *c, struct str name)
{
	for (size_t i = 0; i < diag_table_len; i++) {
		if (lint_names(name, &diag_table[i]) &&
		    lint_is_on(c, diag_table[i].id))
			return true;
	}
	return false;
}

/* Tells of names that are none, and of those that ignored nothing. */
static void
tell_unused(struct suppression *s, const struct lint_rows *rows)
{
	struct unit *u = s->u;

	VEC_FOREACH (i, &s->v) {
		struct lint_choices c;

		if (i->used)
			continue;
		lint_choices_make(&c, &u->scratch, rows, &u->sources,
		    i->at.source);
		if (!lint_is_name(i->name))
			diag_unknown_suppression(&u->sink, i->at, i->name,
			    lint_name_hint(&u->perm, i->name));
		else if (is_on(&c, i->name))
			diag_unused_suppression(&u->sink, i->at, i->name);
	}
	unit_locate(u, &u->sink);
}

void
unit_suppress(struct unit *u, const struct lint_rows *rows)
{
	struct suppression s = {.u = u};

	collect(&s);
	if (s.v.n == 0)
		return;
	diag_sink_filter(&u->sink, is_meant, &s);
	tell_unused(&s, rows);
}
