/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which assertions hold, and of those that do not, the trace of what breaks
 * them.
 */
#include "report/assertions.h"

#include <string.h>

#include "base/json.h"
#include "report/trace.h"

size_t
assertions_count(const assertions_reports *all, size_t *ret_hold)
{
	size_t n = 0;

	*ret_hold = 0;
	VEC_FOREACH (r, all) {
		n += r->tests->v.n;
		VEC_FOREACH (x, &r->tests->v)
			*ret_hold += x->state == ASSERTION_HOLDS;
	}
	return n;
}

static const char *
list_text(const struct assertions_report *r, const struct ast_str_list *list,
    const char *sep)
{
	struct buf b;

	buf_init(&b, r->names.arena);
	buf_puts(&b, "");
	for (uint32_t i = 0; i < list->n; i++)
		buf_printf(&b, "%s%s", i > 0 ? sep : "",
		    names_safe(&r->names, list->v[i].v));
	return b.p ? b.p : "";
}

/* "shop/web -> data/db 5432/tcp" */
static const char *
connection_text(const struct assertions_report *r, const char *word,
    const struct ast_connection *c)
{
	return arena_printf(r->names.arena, "%s %s -> %s %s%s", word,
	    names_safe(&r->names, c->from.v), names_safe(&r->names, c->to.v),
	    c->ports.n > 0 ? list_text(r, &c->ports, ", ") : "every port",
	    c->some.v ? " of some" : "");
}

/* Its name, or else what it says. */
static const char *
words(const struct assertions_report *r, const struct ast_assertion *a)
{
	struct arena *arena = r->names.arena;

	if (a->name.present)
		return names_safe(&r->names, a->name.v);
	if (a->permits)
		return connection_text(r, "permits", a->permits);
	if (a->forbids)
		return connection_text(r, "forbids", a->forbids);
	if (a->reaches_only)
		return arena_printf(arena, "%s reaches only %s",
		    names_safe(&r->names, a->reaches_only->from.v),
		    list_text(r, &a->reaches_only->to, ", "));
	if (a->reached_only_by)
		return arena_printf(arena, "%s is reached only by %s",
		    names_safe(&r->names, a->reached_only_by->to.v),
		    list_text(r, &a->reached_only_by->from, ", "));
	return arena_printf(arena, "%s is isolated",
	    names_safe(&r->names, a->isolated->pods.v));
}

/* Adds a member of the circumstances, if it is present. */
static void
put_circumstance(struct buf *out, const struct assertions_report *r,
    const char *name, const struct ast_str *value)
{
	if (value->present)
		buf_printf(out, "%s%s %s", out->n > 0 ? ", " : "", name,
		    names_safe(&r->names, value->v));
}

/* "permits ... (cilium 1.17, precedence cilium)" */
static const char *
title(const struct assertions_report *r, const struct ast_assertion *a)
{
	const struct ast_circumstances *under = r->tests->under;
	const char *text = words(r, a);
	struct buf b;

	buf_init(&b, r->names.arena);
	put_circumstance(&b, r, "cilium", &under->cilium);
	put_circumstance(&b, r, "profile", &under->profile);
	put_circumstance(&b, r, "precedence", &under->precedence);
	return b.n > 0 ? arena_printf(r->names.arena, "%s (" STR_FMT ")", text,
			     STR_ARG(buf_as_str(&b)))
		       : text;
}

static const char *
place(const struct assertions_report *r, const struct assertion_result *x)
{
	return arena_printf(r->names.arena, "%s",
	    source_where(r->sources, x->assertion->at));
}

static const char *
state_word(enum assertion_state state)
{
	switch (state) {
	case ASSERTION_HOLDS:
		return "holds";
	case ASSERTION_FAILS:
		return "fails";
	case ASSERTION_UNKNOWN:
		return "is not known to hold";
	case ASSERTION_BROKEN:
		return "cannot be told";
	}
	return "";
}

/* What breaks X: lines, each after INDENT. */
static void
put_reasons(struct buf *out, const struct assertions_report *r,
    const struct assertion_result *x, const char *indent, bool color)
{
	struct buf lines;
	const char *line, *end;

	buf_init(&lines, r->names.arena);
	buf_puts(&lines, "");
	VEC_FOREACH (t, &x->traces)
		trace_put_text(&lines, r->names.arena, r->sources, *t, color);
	if (x->more > 0)
		buf_printf(&lines, "and %u more sets of connections\n",
		    x->more);
	for (int dir = DIR_INGRESS; dir <= DIR_EGRESS; dir++) {
		if (!x->open[dir] || bitset_empty(x->open[dir]))
			continue;
		buf_printf(&lines, "%s is not denied by default of ",
		    direction_name((enum direction)dir));
		names_put_set(&lines, &r->names, x->open[dir]);
		buf_putc(&lines, '\n');
	}
	for (line = lines.p; line && *line; line = end + 1) {
		end = strchr(line, '\n');
		if (end > line || *indent == '#')
			buf_puts(out, indent);
		buf_put(out, line, (size_t)(end - line));
		buf_putc(out, '\n');
	}
}

static void
put_text(struct buf *out, const struct assertions_report *r)
{
	VEC_FOREACH (x, &r->tests->v) {
		if (x->state == ASSERTION_HOLDS)
			continue;
		buf_printf(out, "%s: %s: %s\n", place(r, x),
		    state_word(x->state), title(r, x->assertion));
		put_reasons(out, r, x, "    ", r->color);
	}
}

void
assertions_put_text(struct buf *out, const assertions_reports *all)
{
	size_t hold, fail = assertions_count(all, &hold);

	fail -= hold;
	VEC_FOREACH (r, all)
		put_text(out, r);
	buf_printf(out, "%zu hold%s, %zu do%s not\n", hold,
	    hold == 1 ? "s" : "", fail, fail == 1 ? "es" : "");
}

/* Its lines; the last one before was of NUMBER. */
static void
put_tap(struct buf *out, const struct assertions_report *r, size_t number)
{
	VEC_FOREACH (x, &r->tests->v) {
		const char *name = title(r, x->assertion);

		buf_printf(out, "%sok %zu - ",
		    x->state == ASSERTION_HOLDS ? "" : "not ", ++number);
		for (; *name; name++)
			buf_printf(out, "%s%c", *name == '#' ? "\\" : "",
			    *name);
		buf_putc(out, '\n');
		if (x->state == ASSERTION_HOLDS)
			continue;
		buf_printf(out, "# %s: %s\n", place(r, x),
		    state_word(x->state));
		put_reasons(out, r, x, "# ", false);
	}
}

void
assertions_put_tap(struct buf *out, const assertions_reports *all)
{
	size_t hold, number = 0;

	buf_printf(out, "TAP version 13\n1..%zu\n",
	    assertions_count(all, &hold));
	VEC_FOREACH (r, all) {
		put_tap(out, r, number);
		number += r->tests->v.n;
	}
}

static void
put_xml(struct buf *out, const char *text)
{
	for (; *text; text++) {
		if (*text == '&')
			buf_puts(out, "&amp;");
		else if (*text == '<')
			buf_puts(out, "&lt;");
		else if (*text == '>')
			buf_puts(out, "&gt;");
		else if (*text == '"')
			buf_puts(out, "&quot;");
		else
			buf_putc(out, *text);
	}
}

static void
put_case(struct buf *out, const struct assertions_report *r,
    const struct assertion_result *x)
{
	struct buf reasons;

	buf_puts(out, "  <testcase classname=\"cnpc\" name=\"");
	put_xml(out, title(r, x->assertion));
	if (x->state == ASSERTION_HOLDS) {
		buf_puts(out, "\"/>\n");
		return;
	}
	buf_puts(out, "\">\n    <failure message=\"");
	put_xml(out, place(r, x));
	buf_printf(out, ": %s\">", state_word(x->state));
	buf_init(&reasons, r->names.arena);
	buf_puts(&reasons, "");
	put_reasons(&reasons, r, x, "", false);
	put_xml(out, reasons.p ? reasons.p : "");
	buf_puts(out, "</failure>\n  </testcase>\n");
}

void
assertions_put_junit(struct buf *out, const assertions_reports *all)
{
	size_t hold, n = assertions_count(all, &hold);

	buf_printf(out,
	    "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
	    "<testsuite name=\"cnpc test\" tests=\"%zu\" failures=\"%zu\">\n",
	    n, n - hold);
	VEC_FOREACH (r, all) {
		VEC_FOREACH (x, &r->tests->v)
			put_case(out, r, x);
	}
	buf_puts(out, "</testsuite>\n");
}

/* ---- written ---- */

static void
put_recorded(struct buf *out, const struct recorded *x)
{
	struct json j;

	buf_puts(out, "- ");
	json_init(&j, out, false);
	json_object(&j);
	json_key(&j, x->permits ? "permits" : "reachedOnlyBy");
	json_object(&j);
	if (x->permits)
		json_kv_str(&j, "from", x->others.v[0]);
	json_kv_str(&j, "to", x->to);
	json_key(&j, x->permits ? "ports" : "from");
	json_array(&j);
	VEC_FOREACH (port, &x->ports)
		json_cstr(&j, *port);
	for (size_t i = 0; i < x->others.n && !x->permits; i++)
		json_str(&j, x->others.v[i]);
	json_end_array(&j);
	json_end_object(&j);
	json_end_object(&j);
	buf_putc(out, '\n');
}

void
assertions_put_recorded(struct buf *out, const recorded_vec *v)
{
	buf_puts(out,
	    "apiVersion: cnpc.io/v1alpha1\n"
	    "kind: Assertions\n"
	    "metadata: {name: recorded}\n"
	    "tests:\n");
	VEC_FOREACH (x, v)
		put_recorded(out, x);
}
