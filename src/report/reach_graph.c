/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who may connect to whom, as a graph: a node is a set, and an edge the ports.
 */
#include "report/graph.h"
#include "report/reach.h"

static void
put_edge(struct graph *g, const struct reach_report *r, const struct reach *x)
{
	const char *way = reach_way_text(r, x->way, "; ");
	const char *label = arena_printf(r->names.arena, "%s%s%s",
	    reach_ports_text(r, x), *way ? ": " : "", way);

	graph_edge(g, reach_set_text(r, x->from), reach_set_text(r, x->to),
	    label, x->way->unknown, NULL);
}

static void
put_graph(struct buf *out, const struct reach_report *r, bool mermaid)
{
	struct graph g;

	graph_begin(&g, out, "reach", mermaid);
	VEC_FOREACH (x, &r->reaches->v)
		put_edge(&g, r, x);
	graph_end(&g);
}

void
reach_put_dot(struct buf *out, const struct reach_report *r)
{
	put_graph(out, r, false);
}

void
reach_put_mermaid(struct buf *out, const struct reach_report *r)
{
	put_graph(out, r, true);
}
