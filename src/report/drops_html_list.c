/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The lists of the page of recorded connections: pairs, policies, rules.
 */
#include "report/drops_html.h"
#include "report/drops_parts.h"

enum {
	RULE_LINES = 40, /* of a rule that are shown */
};

/* ---- rules ---- */

static uint32_t
rule_number(struct drops_page *p, const struct summary_rule *r)
{
	const char *key =
	    arena_printf(p->arena, STR_FMT ":%u", STR_ARG(r->file), r->line);
	struct page_rule **slot =
	    (struct page_rule **)map_put(&p->rules, key, strlen(key));

	if (!*slot) {
		*slot = ARENA_NEW(p->arena, struct page_rule);
		**slot = (struct page_rule){r, p->rules.n};
	}
	return (*slot)->number;
}

/* "file:12", which leads to the rule's text. */
static void
put_rule_link(struct drops_page *p, const struct summary_rule *r)
{
	struct html *h = &p->html;

	if (r->file.n == 0)
		return;
	html_open(h, "a", "href",
	    arena_printf(p->arena, "#rule-%u", rule_number(p, r)), NULL);
	html_printf(h, STR_FMT ":%u", STR_ARG(r->file), r->line);
	html_close(h);
}

static void
put_excerpt(struct drops_page *p, struct span at)
{
	struct span end = {at.source, at.end, at.end};
	uint32_t first = source_place(p->sources, at).line;
	uint32_t last = source_place(p->sources, end).line;
	struct html *h = &p->html;
	struct str line;

	html_open(h, "pre", "tabindex", "0", NULL);
	for (uint32_t n = first; n <= last && n < first + RULE_LINES; n++) {
		line = source_line(p->sources, at.source, n);
		if (n == last && n > first && line.n == 0)
			break;
		html_text(h, "span", "no", arena_printf(p->arena, "%5u  ", n));
		html_str(h, line);
		buf_putc(h->out, '\n');
	}
	if (last >= first + RULE_LINES)
		html_cstr(h, "       ...");
	html_close(h);
}

void
drops_page_rules(struct drops_page *p)
{
	struct html *h = &p->html;

	if (p->rules.n == 0)
		return;
	html_text(h, "h2", NULL, "Rules");
	for (uint32_t i = 0; i < p->rules.n; i++) {
		const struct page_rule *r = p->rules.entry[i].value;

		html_open(h, "section", "id",
		    arena_printf(p->arena, "rule-%u", r->number), NULL);
		html_open(h, "h3", NULL);
		html_printf(h, STR_FMT ":%u  %s", STR_ARG(r->rule->file),
		    r->rule->line, drops_policy(p->arena, r->rule));
		html_close(h);
		if (r->rule->at.source != 0)
			put_excerpt(p, r->rule->at);
		html_close(h);
	}
}

/* ---- pairs ---- */

static void
put_near(struct drops_page *p, const struct summary_side *s)
{
	struct html *h = &p->html;

	if (s->near_text.n == 0)
		return;
	html_empty(h, "br", NULL);
	html_cstr(h, "near miss: ");
	put_rule_link(p, &s->near);
	html_printf(h, ", but for " STR_FMT, STR_ARG(s->near_text));
}

/* What becomes of R now, and by which rules. */
static void
put_now(struct drops_page *p, const struct summary_row *r)
{
	struct html *h = &p->html;

	html_printf(h, "now %s", summary_verdict_name(r->verdict));
	if (r->no_backend)
		html_cstr(h, ": the Service has no backend");
	if (r->why.n > 0)
		html_printf(h, ": " STR_FMT, STR_ARG(r->why));
	for (int dir = DIR_EGRESS; dir >= DIR_INGRESS; dir--) {
		const struct summary_side *s = r->side[dir];

		if (!s->bad)
			continue;
		html_empty(h, "br", NULL);
		html_printf(h, "%s: %s ", direction_name((enum direction)dir),
		    drops_because_of(p->arena, s));
		put_rule_link(p, &s->rule);
		put_near(p, s);
	}
	html_empty(h, "br", NULL);
}

/* How often it was recorded with which verdict, by the end that saw it. */
static void
put_then(struct drops_page *p, const struct summary_row *r)
{
	static const char *const ends[] =
	    {[DIR_INGRESS] = " at ingress", [DIR_EGRESS] = " at egress", ""};
	struct html *h = &p->html;
	const char *sep = "recorded ";

	for (int i = 0; i < 3; i++) {
		for (int t = 0; t <= REPLAY_THEN_DROPPED; t++) {
			if (r->count[i].then[t] == 0)
				continue;
			html_printf(h, "%s%lu %s%s", sep, r->count[i].then[t],
			    t == REPLAY_THEN_NONE
				? "without verdict"
				: replay_then_name((enum replay_then)t),
			    ends[i]);
			sep = ", ";
		}
	}
	if (r->first.n > 0)
		html_printf(h, ", " STR_FMT, STR_ARG(r->first));
	if (!str_eq(r->first, r->last))
		html_printf(h, " to " STR_FMT, STR_ARG(r->last));
	html_printf(h, ", first in line %lu", r->example);
}

/* The line that it was seen in first, as long as there is room. */
static void
put_example(struct drops_page *p, const struct summary_row *r)
{
	struct html *h = &p->html;

	if (r->text.n == 0 || r->text.n > p->text_room)
		return;
	p->text_room -= r->text.n;
	html_open(h, "pre", NULL);
	html_str(h, r->text);
	html_close(h);
}

/* "2 new drops", colored. */
static void
put_tag(struct drops_page *p, enum replay_class class, uint64_t n)
{
	html_text(&p->html, "span",
	    arena_printf(p->arena, "tag %s", drops_page_class(class)),
	    drops_page_count(p, class, n));
}

static void
put_connection(struct drops_page *p, const struct summary_row *r)
{
	struct html *h = &p->html;

	html_open(h, "li", NULL);
	html_open(h, "b", NULL);
	html_str(h, r->port);
	html_close(h);
	put_tag(p, r->class, summary_connections(r));
	html_open(h, "p", NULL);
	put_now(p, r);
	put_then(p, r);
	html_close(h);
	put_example(p, r);
	html_close(h);
}

static const char *
classes_of(struct drops_page *p, const struct drops_group *g)
{
	struct buf b;

	buf_init(&b, p->arena);
	for (int i = 0; i < REPLAY_CLASSES; i++) {
		if (g->class[i] > 0)
			buf_printf(&b, "%s%s", b.n > 0 ? " " : "",
			    replay_class_name((enum replay_class)i));
	}
	return buf_as_str(&b).s;
}

static void
put_pair(struct drops_page *p, const struct drops_group *g, size_t number)
{
	struct html *h = &p->html;

	html_open(h, "details", "class", "item", "data-class", classes_of(p, g),
	    NULL);
	html_open(h, "summary", NULL);
	html_printf(h, STR_FMT " \xe2\x86\x92 " STR_FMT, STR_ARG(g->from),
	    STR_ARG(g->to));
	for (int i = 0; i < REPLAY_CLASSES; i++) {
		if (g->class[i] > 0)
			put_tag(p, (enum replay_class)i, g->class[i]);
	}
	html_close(h);
	/* A link to what is inside opens it. */
	html_open(h, "ul", "id", arena_printf(p->arena, "pair-%zu", number),
	    NULL);
	VEC_FOREACH (r, &g->rows)
		put_connection(p, *r);
	html_close(h);
	html_close(h);
}

void
drops_page_pairs(struct drops_page *p)
{
	struct html *h = &p->html;

	html_open(h, "h2", "id", "pairs", NULL);
	html_cstr(h, "Connections");
	html_close(h);
	if (p->pairs.v.n == 0)
		html_text(h, "p", "note", "There are none.");
	for (size_t i = 0; i < p->pairs.v.n; i++)
		put_pair(p, &p->pairs.v.v[i], i + 1);
}

/* ---- policies ---- */

static void
put_heads(struct html *h, const char *const *names)
{
	html_open(h, "thead", NULL);
	html_open(h, "tr", NULL);
	for (; *names; names++) {
		html_open(h, "th", "scope", "col", NULL);
		html_cstr(h, *names);
		html_close(h);
	}
	html_close(h);
	html_close(h);
}

static void
put_policy(struct drops_page *p, const struct drops_group *g)
{
	struct html *h = &p->html;

	html_open(h, "tr", NULL);
	html_open(h, "th", "scope", "row", NULL);
	html_cstr(h, drops_group_policy(p->arena, g));
	html_close(h);
	html_text(h, "td", NULL, drops_page_counts(p, g));
	html_open(h, "td", NULL);
	html_printf(h, "%s ", drops_because(g->because));
	put_rule_link(p, &g->because->rule);
	if (g->near)
		put_near(p, g->near);
	html_close(h);
	html_close(h);
}

void
drops_page_policies(struct drops_page *p)
{
	static const char *const heads[] = {"policy", "connections", "because",
	    NULL};
	struct html *h = &p->html;
	struct drops_groups g;

	drops_group(&g, p->arena, p->summary, DROPS_BY_POLICY);
	if (g.v.n == 0)
		return;
	html_text(h, "h2", NULL, "Policies that drop");
	html_open(h, "div", "class", "wide", "tabindex", "0", NULL);
	html_open(h, "table", NULL);
	put_heads(h, heads);
	html_open(h, "tbody", NULL);
	VEC_FOREACH (x, &g.v)
		put_policy(p, x);
	html_close(h);
	html_close(h);
	html_close(h);
}
