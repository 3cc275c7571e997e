/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Changes in words: sets of actors, ports and what is left of them, reasons.
 */
#include "report/changes_words.h"

#include <string.h>

#include "cilium/proto.h"
#include "flow/query.h"

/* ---- reasons ---- */

static const char *
rule_text(const struct changes_report *r, int side, const struct ir_rule *rule)
{
	const struct object *o = rule->policy->object;

	return arena_printf(r->names.arena, "%s %s %s",
	    source_where(r->source[side], rule->at), o->kind_name,
	    names_safe(&r->names,
		object_full_name(r->names.arena, o->ns, o->name)));
}

static void
put_cause(struct buf *out, const struct changes_report *r, int side,
    const struct judged_end *e, const struct explanation *why)
{
	const struct pmap_rule *d = why->why.default_deny;

	switch (why->cause) {
	case CAUSE_RULE:
		buf_printf(out, "%s %s",
		    e->result.value.deny ? "denied by" : "by",
		    rule_text(r, side, why->decider->rule->rule));
		return;
	case CAUSE_NO_POLICY:
		buf_puts(out, "no policy is for it");
		return;
	case CAUSE_DEFAULT_ALLOW:
		buf_puts(out, "no policy asks for default deny");
		return;
	case CAUSE_LOCAL_HOST:
		buf_puts(out, "a pod's own node is let in");
		return;
	case CAUSE_DEFAULT_DENY:
		buf_printf(out, "no rule allows it, default deny of %s",
		    rule_text(r, side, d->rule));
		return;
	case CAUSE_FORCE:
		buf_puts(out, "no rule allows it, default deny is forced");
		return;
	}
}

static void
put_proxy(struct buf *out, const struct changes_report *r, int side,
    const struct judged_end *e)
{
	const struct pmaps *m = r->changes->actors.side[side].pmaps;
	struct str name = m->redirects.v[e->result.value.redirect].name;

	if (name.n > 0 && e->result.verdict == PMAP_REDIRECTED)
		buf_printf(out, " through the %s proxy",
		    names_safe(&r->names, name));
}

/* What decides on one side: who drops it, or all that let it through. */
void
changes_put_answer(struct buf *out, const struct changes_report *r, int side,
    const struct change_answer *x)
{
	static const char *const words[] = {[FLOW_ALLOWED] = "allowed",
	    [FLOW_UNKNOWN] = "unknown",
	    [FLOW_REFUSED] = "refused",
	    [FLOW_DROPPED] = "dropped"};
	const char *sep = " at ";

	buf_puts(out, words[x->verdict]);
	if (x->uncertain)
		buf_printf(out, ": %s is not known in full",
		    source_where(r->source[side], x->uncertain->at));
	for (int i = 0; i < 2; i++) {
		enum direction dir = i == 0 ? DIR_EGRESS : DIR_INGRESS;
		const struct judged_end *e = &x->judgement.end[dir];

		if (e->state == JUDGE_BROKEN) {
			const struct flow_end *of =
			    dir == DIR_EGRESS ? &x->flow.from : &x->flow.to;

			buf_printf(out, "%s%s: %s", sep, direction_name(dir),
			    names_safe(&r->names, str_of(of->class->error)));
			sep = ", at ";
		}
		if (e->state != JUDGE_ASKED || x->verdict == FLOW_UNKNOWN ||
		    e->verdict != x->verdict ||
		    (x->verdict == FLOW_ALLOWED &&
			x->explanation[dir].cause != CAUSE_RULE))
			continue;
		buf_printf(out, "%s%s: ", sep, direction_name(dir));
		put_cause(out, r, side, e, &x->explanation[dir]);
		put_proxy(out, r, side, e);
		sep = ", at ";
	}
}

void
changes_put_because(struct buf *out, const struct upgrade *u,
    const struct bitset *attempts)
{
	const char * or = "";

	if (bitset_empty(attempts))
		buf_puts(out, "several causes together, not told apart");
	BITSET_FOREACH (i, attempts) {
		const struct bitset *causes = u->attempts.v[i].causes;
		const char *and = or ;

		BITSET_FOREACH (c, causes) {
			buf_printf(out, "%s%s", and, u->causes.v[c].name);
			and = " and ";
		}
		if (bitset_count(causes) > 1)
			buf_puts(out, " together");
		or = ", or alone ";
	}
}

void
changes_json_because(struct json *out, const struct upgrade *u,
    const struct bitset *attempts)
{
	json_key(out, "because");
	json_array(out);
	BITSET_FOREACH (i, attempts) {
		json_array(out);
		BITSET_FOREACH (c, u->attempts.v[i].causes)
			json_cstr(out, u->causes.v[c].name);
		json_end_array(out);
	}
	json_end_array(out);
}

void
changes_put_witness(struct buf *out, const struct changes_report *r,
    const struct change_witness *w)
{
	buf_printf(out, "%s -> %s %s", names_end(&r->names, w->from),
	    names_end(&r->names, w->to),
	    query_print_port(r->names.arena, w->proto, w->port));
}

const char *
changes_recorded(const struct changes_report *r, const struct change *x)
{
	size_t i = (size_t)(x - r->changes->v.v);
	const struct traffic_sum *in = &r->traffic->in[i];
	const struct traffic_sum *perhaps = &r->traffic->perhaps[i];
	struct buf b;

	buf_init(&b, r->names.arena);
	buf_printf(&b, "%lu connection%s", in->connections,
	    in->connections == 1 ? "" : "s");
	if (in->bytes > 0)
		buf_printf(&b, " of %lu bytes", in->bytes);
	if (perhaps->connections > 0)
		buf_printf(&b, ", perhaps %lu more", perhaps->connections);
	return buf_as_str(&b).s;
}

const char *
changes_set_text(const struct changes_report *r, const struct bitset *set)
{
	struct buf b;

	buf_init(&b, r->names.arena);
	names_put_set(&b, &r->names, set);
	return buf_as_str(&b).s;
}

const char *
changes_ports_text(const struct changes_report *r, const struct change *x)
{
	struct buf b;

	buf_init(&b, r->names.arena);
	names_put_ports(&b, &r->names, x->ports, x->nports);
	return buf_as_str(&b).s;
}
