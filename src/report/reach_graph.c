/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who may connect to whom, as a graph for Graphviz or for Mermaid: a node is a
 * set, and an edge the ports.
 */
#include <string.h>

#include "report/reach.h"

struct graph {
	struct buf *out;
	const struct reach_report *r;
	bool mermaid;
	struct map nodes; /* text of a set -> its number */
};

/* A text in quotation marks. */
static void
put_quoted(struct graph *g, const char *text)
{
	buf_putc(g->out, '"');
	for (; *text; text++) {
		if (*text == '"' && g->mermaid) {
			buf_puts(g->out, "#quot;");
			continue;
		}
		if ((*text == '"' || *text == '\\') && !g->mermaid)
			buf_putc(g->out, '\\');
		buf_putc(g->out, *text);
	}
	buf_putc(g->out, '"');
}

/* The number of the node of SET, which is put at its first use. */
static unsigned
node_of(struct graph *g, const struct bitset *set)
{
	const char *text = reach_set_text(g->r, set);
	void **slot = map_put(&g->nodes, text, strlen(text));

	if (!*slot) {
		*slot = (void *)(uintptr_t)g->nodes.n;
		buf_printf(g->out, "  n%u%s", g->nodes.n,
		    g->mermaid ? "[" : " [label=");
		put_quoted(g, text);
		buf_puts(g->out, g->mermaid ? "]\n" : "];\n");
	}
	return (unsigned)(uintptr_t)*slot;
}

static void
put_edge(struct graph *g, const struct reach *x)
{
	unsigned from = node_of(g, x->from), to = node_of(g, x->to);
	const char *way = reach_way_text(g->r, x->way, "; ");
	const char *label = arena_printf(g->r->names.arena, "%s%s%s",
	    reach_ports_text(g->r, x), *way ? ": " : "", way);

	if (g->mermaid) {
		buf_printf(g->out, "  n%u %s|", from,
		    x->way->unknown ? "-.->" : "-->");
		put_quoted(g, label);
		buf_printf(g->out, "| n%u\n", to);
	} else {
		buf_printf(g->out, "  n%u -> n%u [label=", from, to);
		put_quoted(g, label);
		buf_puts(g->out,
		    x->way->unknown ? ", style=dashed];\n" : "];\n");
	}
}

static void
put_edges(struct buf *out, const struct reach_report *r, bool mermaid)
{
	struct graph g = {.out = out, .r = r, .mermaid = mermaid};

	map_init(&g.nodes, r->names.arena);
	VEC_FOREACH (x, &r->reaches->v)
		put_edge(&g, x);
}

void
reach_put_dot(struct buf *out, const struct reach_report *r)
{
	buf_puts(out,
	    "digraph reach {\n"
	    "  rankdir=LR;\n"
	    "  node [shape=box];\n");
	put_edges(out, r, false);
	buf_puts(out, "}\n");
}

void
reach_put_mermaid(struct buf *out, const struct reach_report *r)
{
	buf_puts(out, "flowchart LR\n");
	put_edges(out, r, true);
}
