/* SPDX-License-Identifier: Apache-2.0 */
/*
 * JSON by RFC 8259, strictly, in one pass.  By hand because no packaged C
 * library keeps the position of every value, and because pods and flow logs
 * come by the hundred megabytes.
 */
#include "yaml/json_value.h"

#include "base/ascii.h"
#include "yaml/json_scalar.h"

#define ITEMS_DEPTH 2 /* of a List's */

bool
jread_fail(struct jread *r, const char *problem)
{
	r->problem = problem;
	return false;
}

/* Whether the next byte after white space is C; it is skipped then. */
static bool
accept(struct jread *r, char c)
{
	if (!jread_more(r) || *r->p != c)
		return false;
	r->p++;
	return true;
}

static const struct ynode *value(struct jread *r, uint32_t depth);

/* Puts the items that were read already here, and goes on after them. */
static bool
put_items(struct jread *r)
{
	const struct yparts *items = r->items;
	const struct ypart *last = &items->v.v[items->v.n - 1];
	uint32_t at = jread_offset(r);

	VEC_FOREACH (part, &items->v) {
		if (!ybuild_count(r->b, part->nodes, ybuild_span(r->b, at, at)))
			return false;
		VEC_FOREACH (item, &part->docs.v)
			ybuild_push(r->b, (struct ypair){.value = *item});
	}
	r->p = r->text + (last->stop - r->base);
	r->end = r->after;
	r->items = NULL;
	return true;
}

/* Up to the closing bracket. */
static bool
elements(struct jread *r, uint32_t depth)
{
	const struct ynode *item;

	if (r->items && depth == ITEMS_DEPTH && !jread_more(r))
		return put_items(r);
	if (jread_more(r) && *r->p == ']')
		return true;
	do {
		item = value(r, depth);
		if (!item)
			return false;
		ybuild_push(r->b, (struct ypair){.value = item});
	} while (accept(r, ','));
	return true;
}

static bool
array(struct jread *r, struct ynode *n, uint32_t depth)
{
	size_t first = r->b->open.n;

	r->p++;
	if (!elements(r, depth))
		return false;
	if (!accept(r, ']'))
		return jread_fail(r, "expected ',' or ']'");
	ybuild_seq(r->b, n, first);
	return true;
}

static bool
member(struct jread *r, uint32_t depth)
{
	struct ypair pair;
	uint32_t start;

	if (!jread_more(r) || *r->p != '"')
		return jread_fail(r, "expected a key in double quotes");
	start = jread_offset(r);
	if (!jread_string(r, &pair.key))
		return false;
	pair.key_at = ybuild_span(r->b, start, jread_offset(r));
	if (!accept(r, ':'))
		return jread_fail(r, "expected ':' behind a key");
	pair.value = value(r, depth);
	if (!pair.value)
		return false;
	ybuild_push(r->b, pair);
	return true;
}

static bool
object(struct jread *r, struct ynode *n, uint32_t depth)
{
	size_t first = r->b->open.n;

	r->p++;
	if (!accept(r, '}')) {
		do {
			if (!member(r, depth))
				return false;
		} while (accept(r, ','));
		if (!accept(r, '}'))
			return jread_fail(r, "expected ',' or '}'");
	}
	ybuild_map(r->b, n, first, NULL);
	return true;
}

/* What the first byte announces, into N. */
static bool
content(struct jread *r, struct ynode *n, uint32_t depth)
{
	switch (*r->p) {
	case '{':
		return ybuild_enter(r->b, depth, 1, n->at) &&
		    object(r, n, depth + 1);
	case '[':
		return ybuild_enter(r->b, depth, 1, n->at) &&
		    array(r, n, depth + 1);
	case '"':
		n->kind = Y_STR;
		return jread_string(r, &n->s);
	case 't':
	case 'f':
		n->kind = Y_BOOL;
		n->b = *r->p == 't';
		return jread_literal(r, n->b ? STR("true") : STR("false"));
	case 'n':
		return jread_literal(r, STR("null"));
	}
	if (*r->p == '-' || ascii_is_digit(*r->p))
		return jread_number(r, n);
	return jread_fail(r, "expected a value");
}

static const struct ynode *
value(struct jread *r, uint32_t depth)
{
	struct ynode *n;
	uint32_t start;

	if (!jread_more(r)) {
		jread_fail(r, "unexpected end of the text");
		return NULL;
	}
	start = jread_offset(r);
	n = ARENA_NEW(r->b->arena, struct ynode);
	n->at = ybuild_span(r->b, start, start + 1);
	if (!ybuild_count(r->b, 1, n->at) || !content(r, n, depth))
		return NULL;
	n->at.end = jread_offset(r);
	return n;
}

/*
 * With room for the strings of POOL bytes of text, and for the one word that
 * is copied past the end of a string.
 */
static void
init(struct jread *r, struct ybuild *b, struct str text, uint32_t base,
    size_t pool)
{
	*r = (struct jread){
	    .b = b,
	    .p = text.s,
	    .end = text.s + text.n,
	    .text = text.s,
	    .base = base,
	    .pool_size = pool + sizeof(uint64_t),
	};
	r->pool_start = arena_alloc(b->strings, r->pool_size);
	r->pool = r->pool_start;
}

void
jread_init(struct jread *r, struct ybuild *b, struct str text, uint32_t base)
{
	init(r, b, text, base, text.n);
}

void
jread_init_around(struct jread *r, struct ybuild *b, struct str text,
    uint32_t base, const struct yparts *items)
{
	size_t first = items->v.v[0].start - base;
	size_t last = items->v.v[items->v.n - 1].stop - base;

	init(r, b, text, base, first + (text.n - last));
	r->items = items;
	r->after = r->end;
	r->end = text.s + first;
}

void
jread_fini(struct jread *r)
{
	arena_shrink(r->b->strings, r->pool_start, r->pool_size,
	    (size_t)(r->pool - r->pool_start));
}

bool
jread_items(struct jread *r, struct ydocs *to, bool *ret_comma)
{
	const struct ynode *item;

	do {
		item = value(r, ITEMS_DEPTH);
		if (!item)
			return false;
		*vec_push(&to->v, r->b->arena) = item;
		*ret_comma = accept(r, ',');
	} while (*ret_comma && jread_more(r));
	return true;
}

const struct ynode *
jread_value(struct jread *r)
{
	return value(r, 0);
}

bool
jread_more(struct jread *r)
{
	while (r->p < r->end &&
	    (*r->p == ' ' || *r->p == '\n' || *r->p == '\t' || *r->p == '\r'))
		r->p++;
	return r->p < r->end;
}

uint32_t
jread_offset(const struct jread *r)
{
	return r->base + (uint32_t)(r->p - r->text);
}
