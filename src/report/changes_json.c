/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Changes as JSON: the document of schemas/cnpc-changes.schema.json.
 */
#include "ir/rule_json.h"
#include "report/changes_words.h"
#include "report/entry.h"

static void
json_pods(struct json *out, const struct changes_report *r,
    const struct actor *x)
{
	VEC_FOREACH (e, &x->pods[1])
		json_cstr(out, changes_pod(r, *e));
}

/* Members pods, addresses and entities: each a list, where it is not empty. */
static void
json_set(struct json *out, const char *key, const struct changes_report *r,
    const struct bitset *set)
{
	const struct actors *all = &r->changes->actors;
	char text[CIDR_STRLEN];

	json_key(out, key);
	json_object(out);
	json_key(out, "pods");
	json_array(out);
	BITSET_FOREACH (i, set)
		json_pods(out, r, &all->v.v[i]);
	json_end_array(out);
	json_key(out, "addresses");
	json_array(out);
	BITSET_FOREACH (i, set) {
		const struct actor *x = &all->v.v[i];

		VEC_FOREACH (range, &x->ranges) {
			if (!actor_is_outside(all, x))
				continue;
			json_object_line(out);
			json_kv_cstr(out, "cidr",
			    cidr_print(&range->prefix, text));
			json_kv_bool(out, "whole", !range->cut);
			json_end_object(out);
		}
	}
	json_end_array(out);
	json_key(out, "entities");
	json_array(out);
	BITSET_FOREACH (i, set) {
		struct str label = changes_label(r, &all->v.v[i]);

		if (label.n > 0)
			json_str(out, label);
	}
	json_end_array(out);
	json_end_object(out);
}

static void
json_ports(struct json *out, struct arena *a, const struct change *x)
{
	json_key(out, "ports");
	json_array(out);
	for (uint32_t i = 0; i < x->nports; i++) {
		const struct cell *c = &x->ports[i];

		json_object_line(out);
		json_kv_cstr(out, "protocol",
		    c->others ? "others" : entry_proto(a, c->proto));
		json_kv_u64(out, "first", c->ports.first);
		json_kv_u64(out, "last", c->ports.end - 1);
		json_end_object(out);
	}
	json_end_array(out);
}

/* The rule that decides at an end, or whose default deny it is. */
static const struct ir_rule *
rule_of(const struct explanation *why)
{
	if (why->cause == CAUSE_RULE)
		return why->decider->rule->rule;
	if (why->cause == CAUSE_DEFAULT_DENY)
		return why->why.default_deny->rule;
	return NULL;
}

static void
json_end_of(struct json *out, const struct changes_report *r, int side,
    const struct change_answer *x, enum direction dir)
{
	const struct judged_end *e = &x->judgement.end[dir];
	const struct ir_rule *rule;

	if (e->state != JUDGE_ASKED)
		return;
	rule = rule_of(&x->explanation[dir]);
	json_object_line(out);
	json_kv_cstr(out, "direction", direction_name(dir));
	json_kv_cstr(out, "verdict", pmap_verdict_name(e->result.verdict));
	if (e->reason != REASON_NONE)
		json_kv_u64(out, "drop_reason", e->reason);
	if (rule && rule->policy)
		rule_json(out, r->source[side], rule, rule->at);
	json_end_object(out);
}

static void
json_answer(struct json *out, const char *key, const struct changes_report *r,
    int side, const struct change_witness *w)
{
	static const char *const words[] = {[FLOW_ALLOWED] = "allowed",
	    [FLOW_UNKNOWN] = "unknown",
	    [FLOW_REFUSED] = "refused",
	    [FLOW_DROPPED] = "dropped"};
	struct change_answer x;

	change_explain(&x, r->arena, r->scratch, &r->changes->actors, side, w);
	json_key(out, key);
	json_object(out);
	json_kv_cstr(out, "verdict", words[x.verdict]);
	json_key(out, "ends");
	json_array(out);
	json_end_of(out, r, side, &x, DIR_EGRESS);
	json_end_of(out, r, side, &x, DIR_INGRESS);
	json_end_array(out);
	json_end_object(out);
}

/* Members from, to, protocol, port. */
static void
json_witness(struct json *out, const struct changes_report *r,
    const struct change_witness *w)
{
	json_kv_cstr(out, "from", changes_end(r, w->from));
	json_kv_cstr(out, "to", changes_end(r, w->to));
	json_kv_cstr(out, "protocol", entry_proto(r->arena, w->proto));
	json_kv_u64(out, "port", w->port);
}

static void
json_change(struct json *out, const struct changes_report *r,
    const struct change *x)
{
	json_object(out);
	json_kv_cstr(out, "kind", change_kind_name(x->kind));
	json_set(out, "from", r, x->from);
	json_set(out, "to", r, x->to);
	json_ports(out, r->arena, x);
	json_key(out, "witness");
	json_object(out);
	json_witness(out, r, &x->witness);
	json_answer(out, "before", r, 0, &x->witness);
	json_answer(out, "after", r, 1, &x->witness);
	json_end_object(out);
	json_end_object(out);
}

static void
json_subject(struct json *out, const struct changes_report *r, uint32_t actor,
    enum direction dir)
{
	json_key(out, "pods");
	json_array(out);
	json_pods(out, r, &r->changes->actors.v.v[actor]);
	json_end_array(out);
	json_kv_cstr(out, "direction", direction_name(dir));
}

static void
json_besides(struct json *out, const struct changes_report *r)
{
	static const char *const only[] = {"only_before", "only_after"};
	const struct changes *c = r->changes;

	json_key(out, "isolation");
	json_array(out);
	VEC_FOREACH (x, &c->isolation) {
		json_object(out);
		json_subject(out, r, x->actor, x->dir);
		json_kv_bool(out, "denied_by_default", x->after);
		json_end_object(out);
	}
	json_end_array(out);
	json_key(out, "without_effect");
	json_array(out);
	VEC_FOREACH (x, &c->idle) {
		json_object(out);
		json_subject(out, r, x->actor, x->dir);
		json_witness(out, r, &x->witness);
		json_end_object(out);
	}
	json_end_array(out);
	json_key(out, "unseen");
	json_array(out);
	VEC_FOREACH (x, &c->unseen) {
		json_object(out);
		rule_json_owner(out, x->object);
		rule_json_place(out,
		    source_place(r->source[x->side], x->object->name_at));
		json_kv_bool(out, "before", x->both || x->side == 0);
		json_kv_bool(out, "after", x->side == 1);
		json_end_object(out);
	}
	json_end_array(out);
	for (int side = 0; side < 2; side++) {
		json_key(out, only[side]);
		json_array(out);
		VEC_FOREACH (e, &c->actors.only[side])
			json_cstr(out, changes_pod(r, *e));
		json_end_array(out);
	}
}

void
changes_put_json(struct json *out, const struct changes_report *r)
{
	const struct changes *c = r->changes;

	json_document(out, "cnpc-changes", 1);
	json_kv_cstr(out, "before", r->name[0]);
	json_kv_cstr(out, "after", r->name[1]);
	for (int k = 0; k < CHANGE_KINDS; k++)
		json_kv_u64(out, change_kind_name((enum change_kind)k),
		    c->count[k]);
	json_key(out, "changes");
	json_array(out);
	VEC_FOREACH (x, &c->v)
		json_change(out, r, x);
	json_end_array(out);
	json_besides(out, r);
	json_end_object(out);
}
