/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The page of a change: what it comes to, who reaches whom before and after as
 * a matrix of what changes, and each set with its example.
 */
#include <string.h>

#include "report/changes_words.h"
#include "report/html.h"

enum {
	CELLS_MAX = 40000, /* of a matrix; over that there is none */
};

struct page {
	struct html html;
	const struct changes_report *r;
	const struct changes *c;
	struct arena *arena;
};

/* How a kind looks, and a connection before and after it. */
struct look {
	const char *class, *before_after;
};

static const struct look looks[CHANGE_KINDS] = {
    [CHANGE_OPENED] = {"good", "\xe2\x80\x93 \xe2\x86\x92 \xe2\x9c\x93"},
    [CHANGE_CLOSED] = {"bad", "\xe2\x9c\x93 \xe2\x86\x92 \xe2\x80\x93"},
    [CHANGE_PROXIED] = {"plain", "\xe2\x9c\x93 \xe2\x86\x92 \xe2\x9c\x93"},
    [CHANGE_UNKNOWN] = {"doubt", "?"},
};

/* ---- head ---- */

static void
put_head(struct page *p)
{
	struct html *h = &p->html;
	struct buf plan;

	buf_init(&plan, p->arena);
	changes_put_plan(&plan, p->r);
	html_text(h, "p", "note",
	    arena_printf(p->arena, "Before: %s. After: %s.", p->r->name[0],
		p->r->name[1]));
	html_text(h, "p", NULL, buf_as_str(&plan).s);
	html_open(h, "ul", "class", "cards", NULL);
	for (int k = 0; k < CHANGE_KINDS; k++) {
		uint64_t n = p->c->count[k];

		html_open(h, "li", "class", n > 0 ? looks[k].class : "plain",
		    NULL);
		html_text(h, "b", NULL, arena_printf(p->arena, "%lu", n));
		html_cstr(h, change_kind_name((enum change_kind)k));
		html_close(h);
	}
	html_close(h);
}

/* ---- matrix ---- */

/* Those of one side of a matrix, and the place of each actor among them. */
struct axis {
	VEC(uint32_t) v;
	uint32_t *place; /* [actor] */
};

static void
make_axis(struct axis *x, const struct page *p, bool to)
{
	uint32_t n = (uint32_t)p->c->actors.v.n;
	struct bitset *all = bitset_new(p->arena, n);

	*x = (struct axis){.place = ARENA_ARRAY(p->arena, uint32_t, n)};
	VEC_FOREACH (change, &p->c->v)
		bitset_or(all, to ? change->to : change->from);
	BITSET_FOREACH (i, all) {
		x->place[i] = (uint32_t)x->v.n;
		*vec_push(&x->v, p->arena) = i;
	}
}

struct cell_of {
	const struct change *first; /* NULL: nothing changes */
	unsigned kinds;
};

static struct cell_of *
make_cells(const struct page *p, const struct axis *from, const struct axis *to)
{
	struct cell_of *cells =
	    ARENA_ARRAY(p->arena, struct cell_of, from->v.n * to->v.n);

	VEC_FOREACH (change, &p->c->v) {
		BITSET_FOREACH (a, change->from) {
			BITSET_FOREACH (b, change->to) {
				struct cell_of *cell =
				    &cells[from->place[a] * to->v.n +
					to->place[b]];

				if (!cell->first)
					cell->first = change;
				cell->kinds |= 1u << change->kind;
			}
		}
	}
	return cells;
}

static const char *
actor_text(const struct page *p, uint32_t actor)
{
	struct bitset *one = bitset_new(p->arena, (uint32_t)p->c->actors.v.n);

	bitset_set(one, actor);
	return changes_set_text(p->r, one);
}

static void
put_cell(struct page *p, const struct cell_of *cell)
{
	struct html *h = &p->html;
	const char *sep = "";

	if (!cell->first) {
		html_text(h, "td", NULL, "");
		return;
	}
	html_open(h, "td", "class", looks[cell->first->kind].class, NULL);
	html_open(h, "a", "href",
	    arena_printf(p->arena, "#change-%zu",
		(size_t)(cell->first - p->c->v.v)),
	    NULL);
	for (int k = 0; k < CHANGE_KINDS; k++) {
		if (!(cell->kinds & 1u << k))
			continue;
		html_printf(h, "%s%s", sep, looks[k].before_after);
		sep = ", ";
	}
	html_close(h);
	html_close(h);
}

static void
put_matrix_head(struct page *p, const struct axis *to)
{
	struct html *h = &p->html;

	html_text(h, "caption", NULL, "From rows to columns");
	html_open(h, "thead", NULL);
	html_open(h, "tr", NULL);
	html_text(h, "td", NULL, "");
	VEC_FOREACH (actor, &to->v) {
		html_open(h, "th", "scope", "col", NULL);
		html_text(h, "span", NULL, actor_text(p, *actor));
		html_close(h);
	}
	html_close(h);
	html_close(h);
}

static void
put_matrix(struct page *p)
{
	struct html *h = &p->html;
	struct axis from, to;
	const struct cell_of *cell;

	make_axis(&from, p, false);
	make_axis(&to, p, true);
	if (from.v.n == 0 || from.v.n * to.v.n > CELLS_MAX)
		return;
	cell = make_cells(p, &from, &to);
	html_text(h, "h2", NULL, "Before and after");
	html_text(h, "p", "note",
	    "On some ports, of those that change: \xe2\x9c\x93 passes, "
	    "\xe2\x80\x93 is dropped, ? is not known. A cell leads to the "
	    "ports.");
	html_open(h, "div", "class", "wide", NULL);
	html_open(h, "table", "class", "matrix", NULL);
	put_matrix_head(p, &to);
	html_open(h, "tbody", NULL);
	VEC_FOREACH (actor, &from.v) {
		html_open(h, "tr", NULL);
		html_open(h, "th", "scope", "row", NULL);
		html_cstr(h, actor_text(p, *actor));
		html_close(h);
		for (size_t i = 0; i < to.v.n; i++)
			put_cell(p, cell++);
		html_close(h);
	}
	html_close(h);
	html_close(h);
	html_close(h);
}

/* ---- lists ---- */

static void
put_answer(struct page *p, const struct change *x, int side)
{
	static const char *const when[] = {"before", "after"};
	struct change_answer answer;
	struct buf b;

	buf_init(&b, p->arena);
	buf_printf(&b, "%s: ", when[side]);
	change_explain(&answer, p->arena, p->r->names.scratch, &p->c->actors,
	    side, &x->witness);
	changes_put_answer(&b, p->r, side, &answer);
	html_text(&p->html, "p", NULL, buf_as_str(&b).s);
}

static void
put_change(struct page *p, const struct change *x)
{
	struct html *h = &p->html;
	struct buf b;

	html_open(h, "details", "class", "item", "open", "", NULL);
	html_open(h, "summary", "id",
	    arena_printf(p->arena, "change-%zu", (size_t)(x - p->c->v.v)),
	    NULL);
	html_printf(h, "%s \xe2\x86\x92 %s  %s",
	    changes_set_text(p->r, x->from), changes_set_text(p->r, x->to),
	    changes_ports_text(p->r, x));
	html_text(h, "span",
	    arena_printf(p->arena, "tag %s", looks[x->kind].class),
	    change_kind_name(x->kind));
	html_close(h);
	buf_init(&b, p->arena);
	buf_puts(&b, "for example ");
	changes_put_witness(&b, p->r, &x->witness);
	html_text(h, "p", NULL, buf_as_str(&b).s);
	if (p->r->traffic)
		html_text(h, "p", NULL,
		    arena_printf(p->arena, "recorded %s",
			changes_recorded(p->r, x)));
	put_answer(p, x, 0);
	put_answer(p, x, 1);
	html_close(h);
}

static void
put_besides(struct page *p)
{
	struct html *h = &p->html;
	struct buf b;
	const char *line, *end;

	buf_init(&b, p->arena);
	changes_put_besides(&b, p->r);
	if (b.n == 0)
		return;
	html_text(h, "h2", NULL, "Besides");
	html_open(h, "ul", NULL);
	for (line = buf_as_str(&b).s; (end = strchr(line, '\n'));
	     line = end + 1)
		html_text(h, "li", NULL,
		    arena_dup(p->arena, line, (size_t)(end - line)));
	html_close(h);
}

void
changes_put_html(struct buf *out, const struct changes_report *r)
{
	struct page p = {.r = r, .c = r->changes, .arena = r->names.arena};

	html_page(&p.html, out, "What the change opens and closes");
	put_head(&p);
	put_matrix(&p);
	if (p.c->v.n > 0)
		html_text(&p.html, "h2", NULL, "Connections");
	VEC_FOREACH (x, &p.c->v)
		put_change(&p, x);
	put_besides(&p);
	html_end_page(&p.html);
}
