/* SPDX-License-Identifier: Apache-2.0 */
/*
 * YAML through libyaml's events.  libyaml types nothing, takes keys twice and
 * resolves no aliases.  Its parser does not recurse; we do, within the limit
 * on depth.
 */
#include "yaml/yaml_parse.h"

#include <assert.h>
#include <inttypes.h>
#include <math.h>

#include <yaml.h>

#include "base/map.h"
#include "diag_gen.h"
#include "yaml/scalar.h"
#include "yaml/yaml_merge.h"
#include "yaml/yaml_text.h"

#define MERGE_TAG "tag:yaml.org,2002:merge"
#define MAP_TAG "tag:yaml.org,2002:map"
#define SEQ_TAG "tag:yaml.org,2002:seq"

struct yread {
	struct ybuild *b;
	struct ytext text;
	uint32_t end;       /* after the value that was read last */
	uint32_t deepest;   /* level reached since the last reset */
	struct map anchors; /* name -> struct anchor, of this document */
	yaml_parser_t parser;
};

struct anchor {
	const struct ynode *node; /* NULL while its value is being read */
	uint32_t nodes, height;
};

/* From START to the end of what was read last. */
static struct span
span_from(const struct yread *r, uint32_t start)
{
	return ybuild_span(r->b, start, r->end > start ? r->end : start);
}

/* Tells why libyaml gave up. */
static void
report_syntax(struct yread *r)
{
	const yaml_parser_t *p = &r->parser;
	const char *problem = p->problem ? p->problem : "out of memory";
	uint32_t at, context;
	struct diag *d;

	r->b->broken = true;
	if (!ybuild_report(r->b))
		return;
	if (p->error == YAML_READER_ERROR)
		at = r->text.start + (uint32_t)p->problem_offset;
	else
		at = ytext_offset(&r->text, p->problem_mark.index);
	d = diag_yaml_syntax(r->b->sink, ybuild_span(r->b, at, at), problem);
	if (p->context && p->error != YAML_READER_ERROR) {
		context = ytext_offset(&r->text, p->context_mark.index);
		diag_note(r->b->sink, d, ybuild_span(r->b, context, context),
		    "%s", p->context);
	}
}

/* The next event, which the caller deletes. */
static bool
next(struct yread *r, yaml_event_t *ret_event)
{
	if (yaml_parser_parse(&r->parser, ret_event))
		return true;
	report_syntax(r);
	return false;
}

/* The span of a scalar's event; r->end is left after it. */
static struct span
scalar_span(struct yread *r, const yaml_event_t *ev)
{
	uint32_t start = ytext_offset(&r->text, ev->start_mark.index);
	uint32_t end = ytext_offset(&r->text, ev->end_mark.index);
	const char *s = r->text.source.s;

	if (start == end) {
		/* Nothing is there; the mark may be the next token's. */
		if (start > r->text.start && !strchr(":-?", s[start - 1]))
			start = end = r->end;
	} else if (ev->data.scalar.style == YAML_LITERAL_SCALAR_STYLE ||
	    ev->data.scalar.style == YAML_FOLDED_SCALAR_STYLE) {
		while (end > start + 1 &&
		    (is_blank(s[end - 1]) || s[end - 1] == '\n'))
			end--;
	}
	r->end = end;
	return ybuild_span(r->b, ytext_skip_properties(&r->text, start, end),
	    end);
}

static void
scalar(struct yread *r, const yaml_event_t *ev, struct ynode *n)
{
	struct ybuild *b = r->b;
	const char *tag = (const char *)ev->data.scalar.tag;
	struct str text = {(const char *)ev->data.scalar.value,
	    ev->data.scalar.length};
	enum ytag_result result = YTAG_OK;
	struct span tag_at;

	n->at = scalar_span(r, ev);
	text.s = arena_dup(b->arena, text.s, text.n);
	if (tag) {
		result = yscalar_tagged(b->arena, str_of(tag), text, n);
	} else if (ev->data.scalar.plain_implicit) {
		yscalar_resolve(text, n);
	} else {
		n->kind = Y_STR;
		n->s = text;
	}
	if (n->kind == Y_FLOAT && !isfinite(n->f)) {
		b->broken = true;
		if (ybuild_report(b))
			diag_number_out_of_range(b->sink, n->at, text);
	}
	if (result == YTAG_OK)
		return;
	b->broken = true;
	if (!ybuild_report(b))
		return;
	tag = ytag_short(b->arena, str_of(tag)).s;
	tag_at = span_from(r, ytext_offset(&r->text, ev->start_mark.index));
	if (result == YTAG_MISMATCH)
		diag_tag_mismatch(b->sink, tag_at, text, str_of(tag));
	else
		diag_unsupported_tag(b->sink, tag_at, str_of(tag));
}

static const struct ynode *
alias(struct yread *r, const yaml_event_t *ev, uint32_t depth)
{
	struct str name = str_of((const char *)ev->data.alias.anchor);
	const struct anchor *anchor = map_get(&r->anchors, name.s, name.n);
	uint32_t start = ytext_offset(&r->text, ev->start_mark.index);
	struct ybuild *b = r->b;
	struct span at;

	r->end = ytext_offset(&r->text, ev->end_mark.index);
	at = span_from(r, start);
	if (anchor && anchor->node) {
		if (!ybuild_count(b, anchor->nodes, at) ||
		    !ybuild_enter(b, depth, anchor->height, at))
			return NULL;
		if (r->deepest < depth + anchor->height)
			r->deepest = depth + anchor->height;
		return anchor->node;
	}
	b->broken = true;
	if (ybuild_report(b)) {
		if (anchor)
			diag_recursive_alias(b->sink, at, name);
		else
			diag_unknown_anchor(b->sink, at, name);
	}
	return ARENA_NEW(b->arena, struct ynode);
}

static const struct ynode *node(struct yread *r, const yaml_event_t *ev,
    uint32_t depth);

/* Consumes EV, the end of a collection. */
static void
close_collection(struct yread *r, yaml_event_t *ev, struct ynode *n)
{
	/* Only a bracket has a width: block collections end with a child. */
	if (ev->end_mark.index > ev->start_mark.index)
		r->end = ytext_offset(&r->text, ev->end_mark.index);
	n->at = span_from(r, n->at.start);
	yaml_event_delete(ev);
}

static bool
sequence(struct yread *r, struct ynode *n, uint32_t depth)
{
	size_t first = r->b->open.n;
	const struct ynode *item;
	yaml_event_t ev;

	for (;;) {
		if (!next(r, &ev))
			return false;
		if (ev.type == YAML_SEQUENCE_END_EVENT)
			break;
		item = node(r, &ev, depth);
		yaml_event_delete(&ev);
		if (!item)
			return false;
		ybuild_push(r->b, (struct ypair){.value = item});
	}
	close_collection(r, &ev, n);
	ybuild_seq(r->b, n, first);
	return true;
}

static bool
is_merge(const yaml_event_t *ev)
{
	const char *tag;

	if (ev->type != YAML_SCALAR_EVENT ||
	    strcmp((const char *)ev->data.scalar.value, "<<") != 0)
		return false;
	tag = (const char *)ev->data.scalar.tag;
	return tag ? strcmp(tag, MERGE_TAG) == 0
		   : ev->data.scalar.plain_implicit;
}

/* The string that a key becomes in JSON. */
static struct str
key_string(struct yread *r, const struct ynode *n, struct span at)
{
	struct arena *a = r->b->arena;
	char *number;

	switch (n->kind) {
	case Y_STR:
		return n->s;
	case Y_BOOL:
		return n->b ? STR("true") : STR("false");
	case Y_INT:
		return str_of(arena_printf(a, "%" PRId64, n->i));
	case Y_FLOAT:
		number = arena_alloc(a, YFLOAT_LEN);
		return str_of(yfloat_print(n->f, true, number));
	case Y_NULL:
	case Y_SEQ:
	case Y_MAP:
		break;
	}
	if (!r->b->broken && ybuild_report(r->b))
		diag_complex_key(r->b->sink, at, ynode_kind_name(n->kind));
	r->b->broken = true;
	return STR("");
}

static bool
key(struct yread *r, const yaml_event_t *ev, uint32_t depth,
    struct ypair *ret_pair)
{
	struct ynode local = {0};
	const struct ynode *n = &local;

	/* Most keys need no node of their own. */
	if (ev->type == YAML_SCALAR_EVENT && !ev->data.scalar.anchor) {
		scalar(r, ev, &local);
		ret_pair->key_at = local.at;
	} else {
		n = node(r, ev, depth);
		if (!n)
			return false;
		ret_pair->key_at = span_from(r,
		    ytext_skip_properties(&r->text,
			ytext_offset(&r->text, ev->start_mark.index), r->end));
	}
	ret_pair->key = key_string(r, n, ret_pair->key_at);
	return true;
}

/* The next member of a mapping, whose key begins with EV. */
static bool
member(struct yread *r, const yaml_event_t *ev, uint32_t depth,
    struct ypair *ret_pair)
{
	yaml_event_t value;

	if (is_merge(ev)) {
		ret_pair->key = STR("<<");
		ret_pair->key_at = scalar_span(r, ev);
	} else if (!key(r, ev, depth, ret_pair)) {
		return false;
	}
	if (!next(r, &value))
		return false;
	ret_pair->value = node(r, &value, depth);
	yaml_event_delete(&value);
	return ret_pair->value;
}

static bool
mapping(struct yread *r, struct ynode *n, uint32_t depth)
{
	struct ybuild *b = r->b;
	size_t first = b->open.n;
	struct ymerge merge = {0};
	struct ypair pair, merged = {0}; /* the "<<" */
	yaml_event_t ev;
	struct diag *d;
	bool ok, is_merged;

	for (;;) {
		if (!next(r, &ev))
			return false;
		if (ev.type == YAML_MAPPING_END_EVENT)
			break;
		is_merged = is_merge(&ev);
		ok = member(r, &ev, depth, &pair);
		yaml_event_delete(&ev);
		if (!ok)
			return false;
		if (!is_merged) {
			ybuild_push(b, pair);
		} else if (!merged.value) {
			merged = pair;
			merge.before = b->open.n;
		} else if (ybuild_report(b)) {
			d = diag_duplicate_key(b->sink, pair.key_at, pair.key);
			diag_note(b->sink, d, merged.key_at,
			    "first defined here");
		}
	}
	close_collection(r, &ev, n);
	merge.from = b->open.n;
	if (merged.value && !yaml_merge(b, merged.value, merged.key_at))
		return false;
	ybuild_map(b, n, first, merged.value ? &merge : NULL);
	return true;
}

/* Of a sequence or mapping at EV; OWN is the tag that changes nothing. */
static void
check_tag(struct yread *r, const yaml_event_t *ev, const char *tag,
    const char *own)
{
	uint32_t start = ytext_offset(&r->text, ev->start_mark.index);
	struct ybuild *b = r->b;

	if (!tag || strcmp(tag, own) == 0 || strcmp(tag, "!") == 0)
		return;
	b->broken = true;
	if (ybuild_report(b))
		diag_unsupported_tag(b->sink, span_from(r, start),
		    ytag_short(b->arena, str_of(tag)));
}

static bool
collection(struct yread *r, const yaml_event_t *ev, struct ynode *n,
    uint32_t depth)
{
	uint32_t start = ytext_offset(&r->text, ev->start_mark.index);
	uint32_t end = ytext_offset(&r->text, ev->end_mark.index);
	const char *tag;

	n->at =
	    ybuild_span(r->b, ytext_skip_properties(&r->text, start, end), end);
	r->end = end;
	if (!ybuild_enter(r->b, depth++, 1, n->at))
		return false;
	if (r->deepest < depth)
		r->deepest = depth;
	if (ev->type == YAML_SEQUENCE_START_EVENT) {
		tag = (const char *)ev->data.sequence_start.tag;
		check_tag(r, ev, tag, SEQ_TAG);
		return sequence(r, n, depth);
	}
	assert(ev->type == YAML_MAPPING_START_EVENT);
	tag = (const char *)ev->data.mapping_start.tag;
	check_tag(r, ev, tag, MAP_TAG);
	return mapping(r, n, depth);
}

static const char *
anchor_name(const yaml_event_t *ev)
{
	if (ev->type == YAML_SCALAR_EVENT)
		return (const char *)ev->data.scalar.anchor;
	if (ev->type == YAML_SEQUENCE_START_EVENT)
		return (const char *)ev->data.sequence_start.anchor;
	return (const char *)ev->data.mapping_start.anchor;
}

/* The node that begins with EV; NULL, and reported, to give up. */
static const struct ynode *
node(struct yread *r, const yaml_event_t *ev, uint32_t depth)
{
	uint32_t nodes = r->b->nodes, deepest = r->deepest;
	struct anchor *anchor = NULL;
	const char *name;
	struct ynode *n;
	void **place;

	if (ev->type == YAML_ALIAS_EVENT)
		return alias(r, ev, depth);
	if (!ybuild_count(r->b, 1, span_from(r, r->end)))
		return NULL;
	name = anchor_name(ev);
	if (name) {
		anchor = ARENA_NEW(r->b->arena, struct anchor);
		place = map_put(&r->anchors, name, strlen(name));
		*place = anchor;
		r->deepest = depth;
	}
	n = ARENA_NEW(r->b->arena, struct ynode);
	if (ev->type == YAML_SCALAR_EVENT)
		scalar(r, ev, n);
	else if (!collection(r, ev, n, depth))
		return NULL;
	if (anchor) {
		anchor->node = n;
		anchor->nodes = r->b->nodes - nodes;
		anchor->height = r->deepest - depth;
		if (r->deepest < deepest)
			r->deepest = deepest;
	}
	return n;
}

static bool
document(struct yread *r, const yaml_event_t *start)
{
	uint32_t at = ytext_offset(&r->text, start->start_mark.index);
	const struct ynode *root;
	yaml_event_t ev;

	if (!ybuild_begin(r->b, at) || !next(r, &ev))
		return false;
	map_init(&r->anchors, r->b->arena);
	r->end = at;
	r->deepest = 0;
	root = node(r, &ev, 0);
	yaml_event_delete(&ev);
	if (!root || !next(r, &ev))
		return false;
	yaml_event_delete(&ev); /* the document's end */
	ybuild_end(r->b, root);
	return true;
}

static void
documents(struct yread *r)
{
	yaml_event_t ev;
	bool more = true;

	while (more && next(r, &ev)) {
		if (ev.type == YAML_DOCUMENT_START_EVENT)
			more = document(r, &ev);
		else
			more = ev.type != YAML_STREAM_END_EVENT;
		yaml_event_delete(&ev);
	}
}

void
yaml_parse(struct ybuild *b, struct str text, uint32_t start, uint32_t stop)
{
	struct yread r = {.b = b};
	struct str part;

	ytext_init(&r.text, text, start, stop);
	if (!ytext_check(&r.text, b))
		return;
	if (!yaml_parser_initialize(&r.parser)) {
		report_syntax(&r);
		return;
	}
	part = ytext_part(&r.text);
	yaml_parser_set_encoding(&r.parser, YAML_UTF8_ENCODING);
	yaml_parser_set_input_string(&r.parser, (const unsigned char *)part.s,
	    part.n);
	documents(&r);
	yaml_parser_delete(&r.parser);
}
