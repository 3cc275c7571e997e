/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The page of recorded connections: what they come to, a form that chooses
 * among them, and who talks to whom as a matrix.
 */
#include "report/drops_html.h"

#include <stdlib.h>

#include "report/drops_parts.h"
#include "report/model.h"

enum {
	CELLS_MAX = 40000, /* of a matrix; over that it is of namespaces */
	TEXT_ROOM = 1024 * 1024, /* bytes of recorded lines */
};

/* What people call a class, of one connection and of more. */
static const char *const words[REPLAY_CLASSES][2] = {
    [REPLAY_NEW_DROP] = {"new drop", "new drops"},
    [REPLAY_NEWLY_ALLOWED] = {"newly allowed", "newly allowed"},
    [REPLAY_SAME] = {"the same", "the same"},
    [REPLAY_UNKNOWN] = {"unknown", "unknown"},
};

const char *drops_page_class(enum replay_class class)
{
	static const char *const names[] = {
	    [REPLAY_NEW_DROP] = "bad",
	    [REPLAY_NEWLY_ALLOWED] = "good",
	    [REPLAY_SAME] = "plain",
	    [REPLAY_UNKNOWN] = "doubt",
	};

	return names[class];
}

const char *
drops_page_count(struct drops_page *p, enum replay_class class, uint64_t n)
{
	return arena_printf(p->arena, "%lu %s", n, words[class][n != 1]);
}

const char *
drops_page_counts(struct drops_page *p, const struct drops_group *g)
{
	struct buf b;

	buf_init(&b, p->arena);
	for (int i = 0; i < REPLAY_CLASSES; i++) {
		if (g->class[i] > 0)
			buf_printf(&b, "%s%s", b.n > 0 ? ", " : "",
			    drops_page_count(p, (enum replay_class)i,
				g->class[i]));
	}
	return buf_as_str(&b).s;
}

/* ---- head ---- */

static void
put_cards(struct drops_page *p)
{
	struct html *h = &p->html;

	html_open(h, "ul", "class", "cards", NULL);
	for (int i = 0; i < REPLAY_CLASSES; i++) {
		uint64_t n = p->summary->class[i];

		html_open(h, "li", "class",
		    n > 0 ? drops_page_class((enum replay_class)i) : "plain",
		    NULL);
		html_open(h, "b", NULL);
		html_printf(h, "%lu", n);
		html_close(h);
		html_cstr(h, words[i][n != 1]);
		html_close(h);
	}
	html_close(h);
}

/* The form is of use with the script alone, which shows it. */
static void
put_filter(struct drops_page *p)
{
	struct html *h = &p->html;

	html_open(h, "form", "class", "filter", "hidden", "", "aria-label",
	    "Choose among the pairs", NULL);
	html_open(h, "label", NULL);
	html_cstr(h, "Text ");
	html_empty(h, "input", "type", "search", "name", "text", "placeholder",
	    "workload, port, policy", NULL);
	html_close(h);
	html_open(h, "fieldset", NULL);
	html_text(h, "legend", NULL, "Show");
	for (int i = 0; i < REPLAY_CLASSES; i++) {
		html_open(h, "label", NULL);
		html_empty(h, "input", "type", "checkbox", "name", "class",
		    "value", replay_class_name((enum replay_class)i), "checked",
		    "", NULL);
		html_printf(h, " %s", words[i][1]);
		html_close(h);
	}
	html_close(h);
	html_open(h, "button", "type", "reset", NULL);
	html_cstr(h, "Reset");
	html_close(h);
	html_text(h, "output", NULL, "");
	html_close(h);
}

/* ---- matrix ---- */

struct axis {
	VEC(struct str) v; /* distinct, in byte order */
};

static int
compare_str(const void *a, const void *b)
{
	return str_compare(*(const struct str *)a, *(const struct str *)b);
}

static void
make_axis(struct axis *x, struct arena *a, const struct drops_groups *g,
    bool to)
{
	size_t n = 0;

	VEC_FOREACH (p, &g->v)
		*vec_push(&x->v, a) = to ? p->to : p->from;
	if (x->v.n > 1)
		qsort(x->v.v, x->v.n, sizeof(*x->v.v), compare_str);
	for (size_t i = 0; i < x->v.n; i++) {
		if (n == 0 || !str_eq(x->v.v[n - 1], x->v.v[i]))
			x->v.v[n++] = x->v.v[i];
	}
	x->v.n = n;
}

static size_t
place_on(const struct axis *x, struct str name)
{
	const struct str *at =
	    bsearch(&name, x->v.v, x->v.n, sizeof(*x->v.v), compare_str);

	return (size_t)(at - x->v.v);
}

/* The worst class of a group, and a sign beside its color. */
static enum replay_class
worst(const struct drops_group *g)
{
	static const enum replay_class order[] = {REPLAY_NEW_DROP,
	    REPLAY_UNKNOWN, REPLAY_NEWLY_ALLOWED, REPLAY_SAME};

	for (size_t i = 0; i < REPLAY_CLASSES; i++) {
		if (g->class[order[i]] > 0)
			return order[i];
	}
	return REPLAY_SAME;
}

static const char *sign_of(enum replay_class class)
{
	static const char *const signs[] = {
	    [REPLAY_NEW_DROP] = "\xc3\x97",
	    [REPLAY_NEWLY_ALLOWED] = "+",
	    [REPLAY_SAME] = "=",
	    [REPLAY_UNKNOWN] = "?",
	};

	return signs[class];
}

/* The pair that a cell leads to: that of its first connection. */
static const char *
link_of(struct drops_page *p, const struct drops_group *g)
{
	const void *row = g->rows.v[0];
	uintptr_t pair = (uintptr_t)map_get(&p->pair_of, &row, sizeof(row));

	return arena_printf(p->arena, "#pair-%lu", (unsigned long)pair);
}

static void
put_cell(struct drops_page *p, const struct drops_group *g)
{
	struct html *h = &p->html;
	enum replay_class class;

	if (!g) {
		html_text(h, "td", NULL, "");
		return;
	}
	class = worst(g);
	html_open(h, "td", "class", drops_page_class(class), NULL);
	html_open(h, "a", "href", link_of(p, g), "aria-label",
	    arena_printf(p->arena, STR_FMT " to " STR_FMT ": %s",
		STR_ARG(g->from), STR_ARG(g->to), drops_page_counts(p, g)),
	    NULL);
	html_printf(h, "%s\xc2\xa0%lu", sign_of(class), g->class[class]);
	html_close(h);
	html_close(h);
}

static void
put_matrix_head(struct html *h, const struct axis *to)
{
	html_open(h, "thead", NULL);
	html_open(h, "tr", NULL);
	html_text(h, "td", NULL, "");
	VEC_FOREACH (name, &to->v) {
		html_open(h, "th", "scope", "col", NULL);
		html_open(h, "span", NULL);
		html_str(h, *name);
		html_close(h);
		html_close(h);
	}
	html_close(h);
	html_close(h);
}

static void
put_matrix_rows(struct drops_page *p, const struct drops_groups *g,
    const struct axis *from, const struct axis *to)
{
	const struct drops_group **cell = ARENA_ARRAY(p->arena,
	    const struct drops_group *, from->v.n * to->v.n);
	struct html *h = &p->html;

	VEC_FOREACH (x, &g->v)
		cell[place_on(from, x->from) * to->v.n + place_on(to, x->to)] =
		    x;
	html_open(h, "tbody", NULL);
	for (size_t y = 0; y < from->v.n; y++) {
		html_open(h, "tr", NULL);
		html_open(h, "th", "scope", "row", NULL);
		html_str(h, from->v.v[y]);
		html_close(h);
		for (size_t x = 0; x < to->v.n; x++)
			put_cell(p, cell[y * to->v.n + x]);
		html_close(h);
	}
	html_close(h);
}

static void
put_matrix(struct drops_page *p)
{
	const struct drops_groups *g = &p->pairs;
	struct drops_groups wide;
	struct axis from = {0}, to = {0};
	struct html *h = &p->html;

	make_axis(&from, p->arena, g, false);
	make_axis(&to, p->arena, g, true);
	if (from.v.n * to.v.n > CELLS_MAX) {
		drops_group(&wide, p->arena, p->summary, DROPS_BY_NAMESPACE);
		g = &wide;
		from = to = (struct axis){0};
		make_axis(&from, p->arena, g, false);
		make_axis(&to, p->arena, g, true);
	}
	html_text(h, "h2", NULL, "Who connects to whom");
	html_open(h, "p", "class", "note", NULL);
	html_printf(h,
	    "%s new drops, ? unknown, + newly allowed, = the same; a cell "
	    "counts the worst of these that it has, and leads to all. ",
	    sign_of(REPLAY_NEW_DROP));
	html_open(h, "a", "class", "skip", "href", "#pairs", NULL);
	html_cstr(h, "Skip the matrix");
	html_close(h);
	html_close(h);
	html_open(h, "div", "class", "wide", NULL);
	html_open(h, "table", "class", "matrix", NULL);
	html_text(h, "caption", NULL,
	    g == &p->pairs ? "From workloads to workloads"
			   : "From namespaces to namespaces");
	put_matrix_head(h, &to);
	put_matrix_rows(p, g, &from, &to);
	html_close(h);
	html_close(h);
}

static void
init_page(struct drops_page *p, struct arena *a, const struct summary *s,
    struct source_set *sources)
{
	*p = (struct drops_page){.arena = a,
	    .summary = s,
	    .sources = sources,
	    .text_room = TEXT_ROOM};
	map_init(&p->rules, a);
	map_init(&p->pair_of, a);
	drops_group(&p->pairs, a, s, DROPS_BY_WORKLOAD);
	for (size_t i = 0; i < p->pairs.v.n; i++) {
		VEC_FOREACH (row, &p->pairs.v.v[i].rows)
			*map_put(&p->pair_of, row, sizeof(*row)) =
			    (void *)(uintptr_t)(i + 1);
	}
}

void
drops_put_html(struct buf *out, struct arena *a, const struct summary *s,
    struct source_set *sources, const struct ir_options *opt)
{
	struct drops_page p;
	struct buf totals;

	init_page(&p, a, s, sources);
	buf_init(&totals, a);
	drops_put_lines(&totals, s);
	html_page(&p.html, out, "What would be dropped");
	html_text(&p.html, "p", "note", buf_as_str(&totals).s);
	html_text(&p.html, "p", "note",
	    arena_printf(a, "Cilium " VERSION_FMT ", precedence %s",
		VERSION_ARG(opt->cilium.number), model_text(opt->model)));
	put_cards(&p);
	put_filter(&p);
	if (p.pairs.v.n > 0)
		put_matrix(&p);
	drops_page_pairs(&p);
	drops_page_policies(&p);
	drops_page_rules(&p);
	html_end_page(&p.html);
}
