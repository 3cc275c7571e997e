/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * A graph for Graphviz or for Mermaid: a node is a text, and edges are put one
 * by one.  Private to report/.
 *
 *     graph_begin(&g, out, "changes", false);
 *     graph_edge(&g, "shop/web-0", "data/db-0", "5432/tcp", false, NULL);
 *     graph_end(&g);
 */

#include "base/buf.h"
#include "base/map.h"

struct graph {
	struct buf *out;
	bool mermaid;
	struct map nodes; /* text -> its number */
};

void graph_begin(struct graph *g, struct buf *out, const char *name,
    bool mermaid);

/* COLOR is a name of Graphviz's, and not for Mermaid; NULL: none. */
void graph_edge(struct graph *g, const char *from, const char *to,
    const char *label, bool dashed, const char *color);

void graph_end(struct graph *g);
