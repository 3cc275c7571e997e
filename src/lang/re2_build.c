/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the reader of patterns puts out: PCRE2's form of each expression, and
 * beside it what the expression costs.  Go refuses patterns by their cost, so
 * it is counted as Go counts it.
 */
#include <stdio.h>
#include <string.h>

#include "base/ascii.h"
#include "lang/re2_parse.h"

/*
 * Go's limits.  COPIES bounds the product of nested counted repetitions,
 * NODES the program size in instructions, HEIGHT that of the syntax tree.
 */
enum {
	MAX_COPIES = RE2_MAX_COUNT,
	MAX_HEIGHT = 1000,
	MAX_NODES = (128 << 20) / 40,
};

/* What an expression costs, by Go's counting. */
struct cost {
	uint64_t nodes;
	uint32_t copies;
	uint32_t height;
};

/* Something that a repetition operator can follow. */
struct atom {
	size_t out;    /* where it begins in the output */
	bool repeated; /* it already ends in an operator */
	bool single;   /* one character, or a class of them */
	struct cost cost;
};

/* An open parenthesis, or the whole pattern. */
struct re2_group {
	unsigned flags; /* of what follows the group */
	bool capture;
	size_t out;
	uint32_t nbranches; /* complete ones */
	struct cost branches;
	uint32_t natoms; /* complete ones of this branch */
	struct cost atoms;
	bool has_last;
	struct atom last; /* the newest atom, not yet complete */
};

static uint32_t
max_u32(uint32_t a, uint32_t b)
{
	return a > b ? a : b;
}

/* Adds an expression that comes before or after those of SUM. */
static void
cost_add(struct cost *sum, struct cost c)
{
	sum->nodes += c.nodes;
	sum->copies = max_u32(sum->copies, c.copies);
	sum->height = max_u32(sum->height, c.height);
}

static struct re2_group *
group_top(struct re2 *p)
{
	return &p->groups.v[p->groups.n - 1];
}

/* The newest atom can no longer be repeated. */
static void
atom_complete(struct re2_group *g)
{
	if (!g->has_last)
		return;
	cost_add(&g->atoms, g->last.cost);
	g->natoms++;
	g->has_last = false;
}

static bool
cost_check(struct re2 *p, struct cost c, size_t at)
{
	if (c.nodes > MAX_NODES)
		return re2_fail(p, at, "expression too large");
	if (c.height > MAX_HEIGHT)
		return re2_fail(p, at, "expression nests too deeply");
	return true;
}

/* What was put since OUT is an atom. */
static bool
atom_push(struct re2 *p, size_t out, struct cost cost)
{
	struct re2_group *g = group_top(p);

	atom_complete(g);
	g->has_last = true;
	g->last = (struct atom){.out = out, .cost = cost};
	return cost_check(p, g->atoms, p->at) && cost_check(p, cost, p->at);
}

bool
re2_atom(struct re2 *p, size_t out)
{
	bool ok = atom_push(p, out, (struct cost){1, 1, 1});

	group_top(p)->last.single = true;
	return ok;
}

bool
re2_put_folded(struct re2 *p, const char *text)
{
	size_t out = p->out->n;

	buf_printf(p->out, p->flags & RE2_FOLD ? "(?i:%s)" : "%s", text);
	return re2_atom(p, out);
}

bool
re2_put_assertion(struct re2 *p, const char *text)
{
	size_t out = p->out->n;

	buf_printf(p->out, "(?:%s)", text);
	return re2_atom(p, out);
}

bool
re2_put_literal(struct re2 *p, uint32_t c)
{
	char text[24];

	/* Half a surrogate pair is in no UTF-8 text. */
	if (re2_is_surrogate(c))
		return re2_put_folded(p, "[^\\x{0}-\\x{10ffff}]");
	snprintf(text, sizeof(text), ascii_is_alnum(c) ? "%c" : "\\x{%x}",
	    (int)c);
	return re2_put_folded(p, text);
}

void
re2_group_open(struct re2 *p, bool capture)
{
	struct re2_group *g;

	if (p->groups.n > 0)
		atom_complete(group_top(p));
	g = vec_push(&p->groups, p->out->arena);
	*g = (struct re2_group){
	    .flags = p->flags,
	    .capture = capture,
	    .out = p->out->n,
	};
	buf_puts(p->out, "(?:");
}

/* The end of a branch: at | or at the end of the group. */
static void
branch_complete(struct re2_group *g)
{
	atom_complete(g);
	if (g->atoms.nodes == 0)
		g->atoms.nodes = 1;
	g->atoms.height += g->natoms == 1 ? 0 : 1;
	cost_add(&g->branches, g->atoms);
	g->nbranches++;
	g->natoms = 0;
	g->atoms = (struct cost){0};
}

/* The cost of all of a group's branches. */
static struct cost
group_cost(struct re2_group *g)
{
	struct cost c;

	branch_complete(g);
	c = g->branches;
	if (g->nbranches > 1) {
		c.nodes += g->nbranches - 1;
		c.height++;
	}
	if (g->capture) {
		c.nodes += 2;
		c.height++;
	}
	return c;
}

void
re2_group_bar(struct re2 *p)
{
	branch_complete(group_top(p));
	buf_putc(p->out, '|');
}

bool
re2_group_close(struct re2 *p)
{
	struct re2_group *g = group_top(p);
	struct cost cost = group_cost(g);
	size_t out = g->out;

	p->flags = g->flags;
	p->groups.n--;
	buf_putc(p->out, ')');
	return p->groups.n > 0 ? atom_push(p, out, cost)
			       : cost_check(p, cost, 0);
}

/* Puts S in front of what was put since OUT. */
static void
insert(struct buf *b, size_t out, const char *s)
{
	size_t n = strlen(s);

	buf_puts(b, s);
	memmove(b->p + out + n, b->p + out, b->n - n - out);
	memcpy(b->p + out, s, n);
}

/* The cost of what costs C, repeated. */
static struct cost
cost_repeat(struct cost c, const struct re2_repeat *r)
{
	bool endless = r->max == RE2_NO_MAX;
	uint32_t min = (uint32_t)r->min;
	uint32_t most = endless ? min : (uint32_t)r->max;

	c.height++;
	if (!r->counted) {
		c.nodes += 2;
		return c;
	}
	if (endless)
		c.nodes = min == 0 ? c.nodes + 2 : 1 + min * c.nodes;
	else
		c.nodes = most * c.nodes + most - min;
	if (c.nodes == 0)
		c.nodes = 1;
	if (r->max == 0)
		c.copies = 0;
	else if (most > 0)
		c.copies *= most;
	return c;
}

/*
 * The operator R after ATOM.  PCRE2's automaton counts how often a single
 * character was met, and takes each count for a state of its own.  Where that
 * has no end, x{n,} is put as x{n}x*, which needs no count beyond n.
 */
static void
put_operator(struct buf *out, const struct atom *atom,
    const struct re2_repeat *r)
{
	size_t n = out->n - atom->out;

	if (r->max != RE2_NO_MAX) {
		buf_printf(out, "{%d,%d}", r->min, r->max);
	} else if (r->min == 0) {
		buf_putc(out, '*');
	} else if (atom->single) {
		buf_printf(out, "{%d}", r->min);
		buf_repeat(out, ' ', n);
		memcpy(out->p + out->n - n, out->p + atom->out, n);
		buf_putc(out, '*');
	} else {
		buf_printf(out, "{%d,}", r->min);
	}
	if (r->lazy)
		buf_putc(out, '?');
}

bool
re2_put_repeat(struct re2 *p, const struct re2_repeat *r)
{
	struct re2_group *g = group_top(p);
	struct cost cost;

	if (!g->has_last)
		return re2_fail(p, r->at, "nothing to repeat");
	if (g->last.repeated) {
		insert(p->out, g->last.out, "(?:");
		buf_putc(p->out, ')');
	}
	put_operator(p->out, &g->last, r);
	cost = cost_repeat(g->last.cost, r);
	g->last.repeated = true;
	g->last.single = false;
	g->last.cost = cost;
	if (cost.copies > MAX_COPIES && (r->min >= 2 || r->max >= 2))
		return re2_fail(p, r->at,
		    "repetitions nest to more than 1000 copies");
	return cost_check(p, cost, r->at);
}
