/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Changes as a graph: a node is a set, and an edge what opens or closes.
 */
#include "report/changes_words.h"
#include "report/graph.h"

/* "opened 443/tcp", and what was recorded of it. */
static const char *
label(const struct changes_report *r, const struct change *x)
{
	const char *text = arena_printf(r->names.arena, "%s %s",
	    change_kind_name(x->kind), changes_ports_text(r, x));

	return r->traffic ? arena_printf(r->names.arena, "%s, recorded %s",
				text, changes_recorded(r, x))
			  : text;
}

void
changes_put_dot(struct buf *out, const struct changes_report *r)
{
	static const char *const colors[CHANGE_KINDS] = {
	    [CHANGE_OPENED] = "darkgreen",
	    [CHANGE_CLOSED] = "red",
	    [CHANGE_PROXIED] = "blue",
	    [CHANGE_UNKNOWN] = "orange",
	};
	struct graph g;

	graph_begin(&g, out, "changes", false);
	VEC_FOREACH (x, &r->changes->v)
		graph_edge(&g, changes_set_text(r, x->from),
		    changes_set_text(r, x->to), label(r, x),
		    x->kind == CHANGE_CLOSED, colors[x->kind]);
	graph_end(&g);
}
