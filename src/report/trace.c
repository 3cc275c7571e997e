/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The answer of `cnpc trace` as text: what was asked, the pairs of ends, notes.
 */
#include "report/trace.h"

#include "ident/labels.h"
#include "report/model.h"
#include "report/trace_notes.h"
#include "report/trace_text.h"

/* "shop/web-0", "shop/web-0 and 2 more", "world". */
static const char *
end_name(struct arena *a, const struct trace_party *p,
    const struct trace_end *e)
{
	const char *name;
	char ip[CIDR_STRLEN];
	bool pod = e->endpoint && !e->endpoint->host;

	if (p->service && !pod)
		return arena_printf(a, "%s", ip_print(&e->ip, ip));
	if (!p->service && (!pod || p->asked->who == QUERY_ADDRESS))
		return text_safe(a, p->asked->text);
	name = arena_printf(a, "%s/%s", text_safe(a, e->endpoint->ns),
	    text_safe(a, e->endpoint->name));
	if (e->nendpoints > 1)
		name =
		    arena_printf(a, "%s and %u more", name, e->nendpoints - 1);
	return name;
}

/* How each label of an identity came about. */
static void
put_origins(struct text *x, const label_origins *origins)
{
	const struct atom_table *atoms = x->t->pmaps->world->ir->atoms;

	VEC_FOREACH (o, origins) {
		struct str label = label_print(x->arena, atoms, o->label);

		buf_printf(x->out, "           %s: %s",
		    text_safe(x->arena, label),
		    text_safe(x->arena, str_of(o->text)));
		if (o->at.source != 0)
			buf_printf(x->out, ", %s", text_where(x, o->at));
		buf_putc(x->out, '\n');
	}
}

static void
put_assumed(struct text *x, const struct object *o)
{
	if (o->at.source == 0)
		buf_puts(x->out,
		    "           assumed: no file has such a pod or workload\n");
	else
		buf_printf(x->out,
		    "           assumed: what its chart makes of %s\n",
		    text_where(x, o->at));
}

static void
put_end(struct text *x, const char *word, const struct trace_party *p,
    const struct trace_end *e)
{
	const struct world *w = x->t->pmaps->world;
	char prefix[CIDR_STRLEN];

	buf_printf(x->out, "  %-7s  %s\n", word, end_name(x->arena, p, e));
	if (e->endpoint && e->endpoint->assumed)
		put_assumed(x, e->endpoint->object);
	buf_printf(x->out,
	    "           identity %u: ", world_identity(w, e->ident)->id.id);
	buf_puts(x->out,
	    text_safe(x->arena, identity_print(x->arena, w, e->ident)));
	if (p->asked->who == QUERY_ADDRESS && !p->service && p->node.n == 0 &&
	    !e->endpoint) {
		if (p->prefix.bits > 0)
			buf_printf(x->out, "; ipcache prefix %s",
			    cidr_print(&p->prefix, prefix));
		else
			buf_puts(x->out, "; in no prefix of the ipcache");
	}
	buf_putc(x->out, '\n');
	put_origins(x, &e->origins);
}

static void
put_pair(struct text *x, const struct trace_pair *p)
{
	const struct trace *t = x->t;

	text_verdict(x, p->judgement.verdict);
	buf_printf(x->out, "  %s -> %s  %s\n",
	    end_name(x->arena, &t->from, p->from),
	    end_name(x->arena, &t->to, p->to),
	    query_print_port(x->arena, t->query->proto, p->to->port));
	put_end(x, "from", &t->from, p->from);
	put_end(x, "to", &t->to, p->to);
	text_direction(x, p, DIR_EGRESS);
	text_direction(x, p, DIR_INGRESS);
}

/* What Service was asked for, and what becomes of its port. */
static void
put_service(struct text *x)
{
	const struct trace_party *p = &x->t->to;
	const struct object *o = p->service;
	const struct query *q = x->t->query;
	const char *port = query_print_port(x->arena, q->proto, q->port);
	const char *name =
	    arena_printf(x->arena, "%s/%s, %s", text_safe(x->arena, o->ns),
		text_safe(x->arena, o->name), text_where(x, o->name_at));

	if (trace_no_backend(x->t)) {
		text_verdict(x, x->t->verdict);
		buf_printf(x->out, "  %s -> %s  %s",
		    text_safe(x->arena, x->t->from.asked->text),
		    text_safe(x->arena, p->asked->text), port);
		if (!p->unlisted)
			text_reason(x, REASON_NO_BACKEND);
		buf_putc(x->out, '\n');
	}
	buf_printf(x->out, "Service %s: %s\n\n", name,
	    trace_no_backend(x->t) && p->unlisted
		? "its backends are not in the input; \"kubectl get "
		  "endpointslices -A -o yaml\" tells them"
		: trace_no_backend(x->t)
		? "it has no backend, so no policy is asked"
		: !p->service_port
		? "headless, clients connect to its pods"
		: arena_printf(x->arena,
		      "before any policy is asked, %s becomes a backend's port",
		      port));
}

/* How many of several pairs get which verdict. */
static void
put_counts(struct text *x)
{
	static const char *const word[] = {"allowed", "unknown", "refused",
	    "dropped"};
	uint32_t count[4] = {0};
	const char *sep = ": ";

	VEC_FOREACH (p, &x->t->pairs)
		count[p->judgement.verdict]++;
	buf_printf(x->out, "%zu pairs", x->t->pairs.n);
	for (int i = 0; i < 4; i++) {
		if (count[i] == 0)
			continue;
		buf_printf(x->out, "%s%u %s", sep, count[i], word[i]);
		sep = ", ";
	}
	buf_puts(x->out, "\n\n");
}

/* How many pairs the next one is an example of. */
static void
put_group(struct text *x, const struct trace_group *g)
{
	if (g->npairs > 1)
		buf_printf(x->out, "%u pairs as this one:\n", g->npairs);
}

void
trace_put_text(struct buf *out, struct arena *a, struct source_set *set,
    const struct trace *t, bool color)
{
	struct text x = {out, a, set, t, color};
	struct trace_notes notes;
	trace_groups groups = {0};

	if (t->to.service)
		put_service(&x);
	if (t->pairs.n > 1)
		put_counts(&x);
	trace_group_pairs(&groups, a, t);
	VEC_FOREACH (g, &groups) {
		put_group(&x, g);
		put_pair(&x, g->witness);
		buf_putc(out, '\n');
	}
	trace_collect_notes(&notes, a, t);
	VEC_FOREACH (n, &notes.v)
		buf_printf(out, "note: %s\n", *n);
	buf_printf(out, "model: %s\n", model_text(trace_model(t)));
}
