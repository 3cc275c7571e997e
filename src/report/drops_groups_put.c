/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Groups of recorded connections as rows and as JSON.
 */
#include "report/drops_parts.h"

enum {
	PORTS_SHOWN = 5,
};

static const char *
ports_text(struct arena *a, const struct drops_group *g, size_t most)
{
	struct buf b;

	buf_init(&b, a);
	for (size_t i = 0; i < g->ports.n && i < most; i++)
		buf_printf(&b, "%s" STR_FMT, i > 0 ? ", " : "",
		    STR_ARG(g->ports.v[i]));
	if (g->ports.n > most)
		buf_printf(&b, " and %zu more", g->ports.n - most);
	return b.p;
}

const char *
drops_because(const struct summary_side *s)
{
	if (s->cause.n == 0)
		return drops_no_policy(s);
	if (s->code == 0)
		return "refused";
	if (str_is(s->cause, explain_cause_name(CAUSE_RULE)))
		return "denied";
	return str_is(s->cause, explain_cause_name(CAUSE_DEFAULT_DENY))
	    ? "default deny"
	    : drops_no_policy(s);
}

const char *
drops_because_of(struct arena *a, const struct summary_side *s)
{
	const char *policy = drops_policy(a, &s->rule);

	if (!*policy)
		return drops_because(s);
	return arena_printf(a, "%s %s %s", drops_because(s),
	    str_is(s->cause, explain_cause_name(CAUSE_DEFAULT_DENY)) ? "of"
								     : "by",
	    policy);
}

/* Why the first connection is dropped; POLICY: say whose rule it is. */
static const char *
because_text(struct arena *a, const struct drops_group *g, bool policy)
{
	const struct summary_side *s = g->because;
	struct buf b;

	if (!s)
		return "";
	buf_init(&b, a);
	buf_puts(&b, policy ? drops_because_of(a, s) : drops_because(s));
	if (s->rule.file.n > 0)
		buf_printf(&b, " " STR_FMT ":%u", STR_ARG(s->rule.file),
		    s->rule.line);
	return b.p;
}

static const char *
near_text(struct arena *a, const struct summary_side *s)
{
	return s
	    ? arena_printf(a, STR_FMT ":%u, but for " STR_FMT,
		  STR_ARG(s->near.file), s->near.line, STR_ARG(s->near_text))
	    : "";
}

const char *
drops_group_policy(struct arena *a, const struct drops_group *g)
{
	const char *name = drops_policy(a, &g->policy->rule);

	return *name ? name
		     : arena_printf(a, "(%s)", drops_no_policy(g->policy));
}

static void
put_name(struct table *t, const struct drops_groups *groups,
    const struct drops_group *g)
{
	if (groups->by == DROPS_BY_POLICY) {
		table_cell(t, "%s", drops_group_policy(t->arena, g));
		return;
	}
	table_str(t, g->from);
	table_str(t, g->to);
}

static void
put_classes(struct table *t, const struct drops_group *g)
{
	for (int i = 0; i < REPLAY_CLASSES; i++)
		table_cell(t, "%lu", g->class[i]);
}

#define CLASSES "new-drop|newly-allowed|same|unknown|"

void
drops_groups_fill(struct table *t, struct arena *a,
    const struct drops_groups *g)
{
	bool policy = g->by == DROPS_BY_POLICY;

	table_init(t, a, policy ? "rrrrllll" : "rrrrlllll");
	table_words(t,
	    policy ? CLASSES "policy|ports|because|near miss"
		   : CLASSES "from|to|ports|because|near miss");
	VEC_FOREACH (x, &g->v) {
		put_classes(t, x);
		put_name(t, g, x);
		table_cell(t, "%s", ports_text(a, x, PORTS_SHOWN));
		table_cell(t, "%s", because_text(a, x, !policy));
		table_cell(t, "%s", near_text(a, x->near));
	}
}

void
drops_groups_fill_csv(struct table *t, struct arena *a,
    const struct drops_groups *g)
{
	static const struct summary_side none;
	bool policy = g->by == DROPS_BY_POLICY;

	table_init(t, a, policy ? "rrrrllrllrrlrlrlll" : "rrrrlllrllrrlrlrlll");
	table_words(t, policy ? CLASSES "policy" : CLASSES "from|to");
	table_words(t,
	    "ports|connections|because|because_policy|bytes|example|"
	    "file|line|near_file|near_line|near|first|last");
	VEC_FOREACH (x, &g->v) {
		const struct summary_side *s = x->because ? x->because : &none;
		const struct summary_side *near = x->near ? x->near : &none;

		put_classes(t, x);
		put_name(t, g, x);
		table_cell(t, "%s", ports_text(a, x, SIZE_MAX));
		table_cell(t, "%lu", x->connections);
		table_cell(t, "%s", x->because ? drops_because(s) : "");
		table_cell(t, "%s", drops_policy(a, &s->rule));
		drops_put_number(t, x->bytes);
		drops_put_number(t, x->example);
		drops_put_place(t, &s->rule);
		drops_put_place(t, &near->near);
		table_str(t, near->near_text);
		table_str(t, x->first);
		table_str(t, x->last);
	}
}

void
drops_groups_put_json(struct json *out, const struct drops_groups *groups,
    const struct drops_group *g)
{
	json_object_line(out);
	if (groups->by == DROPS_BY_POLICY) {
		json_kv_cstr(out, "policy",
		    drops_group_policy(out->out->arena, g));
	} else {
		json_kv_str(out, "from", g->from);
		json_kv_str(out, "to", g->to);
	}
	json_key(out, "ports");
	json_array(out);
	VEC_FOREACH (p, &g->ports)
		json_str(out, *p);
	json_end_array(out);
	json_kv_u64(out, "connections", g->connections);
	for (int i = 0; i < REPLAY_CLASSES; i++)
		json_kv_u64(out, replay_class_name((enum replay_class)i),
		    g->class[i]);
	if (g->bytes > 0)
		json_kv_u64(out, "bytes", g->bytes);
	if (g->because)
		drops_put_side(out, g->dir, g->because);
	if (g->near)
		drops_put_near(out, g->near);
	json_kv_u64(out, "example", g->example);
	if (g->first.n > 0) {
		json_kv_str(out, "first", g->first);
		json_kv_str(out, "last", g->last);
	}
	json_end_object(out);
}
