/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Graphs: nodes have numbers, and are put where they are first needed.
 */
#include "report/graph.h"

#include <string.h>

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

/* The number of the node TEXT, which is put at its first use. */
static unsigned
node_of(struct graph *g, const char *text)
{
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

void
graph_begin(struct graph *g, struct buf *out, const char *name, bool mermaid)
{
	*g = (struct graph){.out = out, .mermaid = mermaid};
	map_init(&g->nodes, out->arena);
	if (mermaid)
		buf_puts(out, "flowchart LR\n");
	else
		buf_printf(out,
		    "digraph %s {\n"
		    "  rankdir=LR;\n"
		    "  node [shape=box];\n",
		    name);
}

void
graph_edge(struct graph *g, const char *from, const char *to, const char *label,
    bool dashed, const char *color)
{
	unsigned a = node_of(g, from), b = node_of(g, to);

	if (g->mermaid) {
		buf_printf(g->out, "  n%u %s|", a, dashed ? "-.->" : "-->");
		put_quoted(g, label);
		buf_printf(g->out, "| n%u\n", b);
		return;
	}
	buf_printf(g->out, "  n%u -> n%u [label=", a, b);
	put_quoted(g, label);
	if (color)
		buf_printf(g->out, ", color=%s", color);
	buf_puts(g->out, dashed ? ", style=dashed];\n" : "];\n");
}

void
graph_end(struct graph *g)
{
	if (!g->mermaid)
		buf_puts(g->out, "}\n");
}
