/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who may connect to whom: as text, as rows and as graphs.
 */
#include "report/reach.h"

#include <string.h>

#include "report/request.h"
#include "report/table.h"

/* ---- how it passes ---- */

const char *
reach_grant_text(const struct reach_report *r, const struct reach_way *way,
    enum direction dir)
{
	const struct reach_grant *g = way->grant[dir];
	const char *parser;
	struct buf b;

	if (!g)
		return "";
	parser = pmap_parser_name(g->parser);
	buf_init(&b, r->names.arena);
	buf_printf(&b, "%s %s: ", direction_name(dir),
	    *parser ? parser : "proxy");
	for (size_t i = 0; i < g->ntries; i++)
		buf_printf(&b, "%s%s", i > 0 ? "; " : "",
		    names_safe(&r->names,
			str_of(
			    request_describe(r->names.arena, &g->tries[i]))));
	return b.p;
}

const char *
reach_unknown_text(const struct reach_report *r, const struct reach_way *way)
{
	if (way->uncertain)
		return arena_printf(r->names.arena, "%s is not known in full",
		    source_where(r->sources, way->uncertain->at));
	if (way->error)
		return names_safe(&r->names, str_of(way->error));
	return way->unknown ? "its verdict is not known" : NULL;
}

const char *
reach_way_text(const struct reach_report *r, const struct reach_way *way,
    const char *sep)
{
	const char *unknown = reach_unknown_text(r, way);
	struct buf b;

	if (unknown)
		return arena_printf(r->names.arena, "unknown: %s", unknown);
	buf_init(&b, r->names.arena);
	if (way->some)
		buf_puts(&b, "some: not each pair, or not on each port");
	if (way->some && (way->grant[DIR_EGRESS] || way->grant[DIR_INGRESS]))
		buf_puts(&b, sep);
	buf_puts(&b, reach_grant_text(r, way, DIR_EGRESS));
	if (way->grant[DIR_EGRESS] && way->grant[DIR_INGRESS])
		buf_puts(&b, sep);
	buf_puts(&b, reach_grant_text(r, way, DIR_INGRESS));
	return b.p ? b.p : "";
}

const char *
reach_set_text(const struct reach_report *r, const struct bitset *set)
{
	struct buf b;

	buf_init(&b, r->names.arena);
	names_put_set(&b, &r->names, set);
	return b.p ? b.p : "";
}

const char *
reach_ports_text(const struct reach_report *r, const struct reach *x)
{
	struct buf b;

	buf_init(&b, r->names.arena);
	names_put_ports(&b, &r->names, x->ports, x->nports);
	return b.p ? b.p : "";
}

/* ---- text ---- */

/* Pods that no file has. */
static void
put_assumed(struct buf *out, const struct reach_report *r)
{
	struct names_list l = {.out = out};
	const struct world *w = r->reaches->side[0].pmaps->world;

	VEC_FOREACH (e, &w->endpoints) {
		if (!e->assumed)
			continue;
		if (l.n == 0)
			buf_puts(out, "assumed, no file has them: ");
		names_list_add(&l, names_pod(&r->names, e));
	}
	names_list_end(&l);
	if (l.n > 0)
		buf_putc(out, '\n');
}

static void
put_count(struct buf *out, const struct reach_report *r)
{
	size_t passes = 0, unknown;

	VEC_FOREACH (x, &r->reaches->v)
		passes += !x->way->unknown;
	unknown = r->reaches->v.n - passes;
	if (passes == 0)
		buf_puts(out,
		    unknown > 0 ? "nothing surely passes" : "nothing passes");
	else
		buf_printf(out, "%zu set%s of connections pass%s", passes,
		    passes == 1 ? "" : "s", passes == 1 ? "es" : "");
	if (unknown > 0)
		buf_printf(out, ", of %zu it is not known", unknown);
	buf_puts(out,
	    passes > 0 || unknown > 0 ? "; all others are dropped\n" : "\n");
}

void
reach_put_text(struct buf *out, const struct reach_report *r)
{
	VEC_FOREACH (x, &r->reaches->v) {
		const char *way = reach_way_text(r, x->way, "\n    ");

		buf_printf(out, "%s -> %s  %s\n", reach_set_text(r, x->from),
		    reach_set_text(r, x->to), reach_ports_text(r, x));
		if (*way)
			buf_printf(out, "    %s\n", way);
	}
	put_assumed(out, r);
	put_count(out, r);
}

/* ---- rows ---- */

static void
put_reach(struct table *t, const struct reach_report *r, const struct reach *x)
{
	table_str(t, str_of(reach_set_text(r, x->from)));
	table_str(t, str_of(reach_set_text(r, x->to)));
	table_str(t, str_of(reach_ports_text(r, x)));
	table_str(t, str_of(reach_way_text(r, x->way, "; ")));
}

void
reach_put_csv(struct buf *out, const struct reach_report *r)
{
	struct table t;

	table_init(&t, r->names.arena, "lllll");
	table_words(&t, "verdict|from|to|ports|through");
	VEC_FOREACH (x, &r->reaches->v) {
		table_cell(&t, "%s", x->way->unknown ? "unknown" : "allowed");
		put_reach(&t, r, x);
	}
	table_put_csv(out, &t);
}

void
reach_put_markdown(struct buf *out, const struct reach_report *r)
{
	struct table t;

	table_init(&t, r->names.arena, "llll");
	table_words(&t, "from|to|ports|through");
	VEC_FOREACH (x, &r->reaches->v)
		put_reach(&t, r, x);
	if (table_rows(&t) > 1) {
		table_put_markdown(out, &t);
		buf_putc(out, '\n');
	}
	put_count(out, r);
}
