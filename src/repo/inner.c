/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The text of a literal block is indented YAML where it is in its source, so
 * it is read there; any other string is read from its value.
 */
#include "repo/inner.h"

#include "repo/edit.h"

/* The lines of the literal block N; empty when it is none. */
static struct span
block_lines(struct str text, struct span at)
{
	const char *line;

	if (at.start >= text.n || text.s[at.start] != '|')
		return (struct span){0};
	line = memchr(text.s + at.start, '\n', at.end - at.start);
	if (!line)
		return (struct span){0};
	at.start = (uint32_t)(line - text.s) + 1;
	return at;
}

/* Puts all of N at AT. */
static const struct ynode *
move_to(struct arena *a, const struct ynode *n, struct span at)
{
	struct ynode *r = ARENA_NEW(a, struct ynode);

	*r = *n;
	r->at = at;
	if (n->kind == Y_SEQ) {
		const struct ynode **v =
		    ARENA_ARRAY(a, const struct ynode *, n->seq.n);

		for (uint32_t i = 0; i < n->seq.n; i++)
			v[i] = move_to(a, n->seq.v[i], at);
		r->seq.v = v;
	} else if (n->kind == Y_MAP) {
		struct ypair *v = ARENA_ARRAY(a, struct ypair, n->map.n);

		for (uint32_t i = 0; i < n->map.n; i++)
			v[i] = (struct ypair){n->map.v[i].key, at,
			    move_to(a, n->map.v[i].value, at)};
		r->map.v = v;
	}
	return r;
}

void
inner_read(struct arena *a, const struct source_set *set, const struct ynode *n,
    struct ydocs *ret_docs)
{
	struct str text = set->v.v[n->at.source - 1].text;
	struct span lines = block_lines(text, n->at);
	struct diag_sink quiet;

	diag_sink_init(&quiet, a);
	*ret_docs = (struct ydocs){0};
	if (lines.source != 0)
		yaml_read_lines(a, &quiet, text, lines, &ylimits_default,
		    ret_docs);
	if (lines.source != 0 && quiet.v.n == 0)
		return;
	diag_sink_init(&quiet, a);
	yaml_read(a, &quiet, n->s, n->at.source, &ylimits_default, ret_docs);
	if (quiet.v.n > 0)
		*ret_docs = (struct ydocs){0};
	VEC_FOREACH (doc, &ret_docs->v)
		*doc = move_to(a, *doc, n->at);
}

const struct ynode *
inner_value(struct arena *a, struct str text, struct span at)
{
	struct diag_sink quiet;
	struct ydocs docs;

	diag_sink_init(&quiet, a);
	yaml_read(a, &quiet, text, at.source, &ylimits_default, &docs);
	if (quiet.v.n > 0 || docs.v.n != 1)
		return edit_string(a, text, at);
	return move_to(a, docs.v.v[0], at);
}
