/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Changes as JSON: the document of schemas/cnpc-changes.schema.json.
 */
#include "ir/rule_json.h"
#include "report/changes_words.h"
#include "report/entry.h"

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

	change_explain(&x, r->names.arena, r->names.scratch,
	    &r->changes->actors, side, w);
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
	json_kv_cstr(out, "from", names_end(&r->names, w->from));
	json_kv_cstr(out, "to", names_end(&r->names, w->to));
	json_kv_cstr(out, "protocol", entry_proto(r->names.arena, w->proto));
	json_kv_u64(out, "port", w->port);
}

static void
json_because(struct json *out, const struct changes_report *r,
    const struct bitset *tried)
{
	if (r->upgrade)
		changes_json_because(out, r->upgrade, tried);
}

/* What was recorded of X. */
static void
json_recorded(struct json *out, const struct changes_report *r,
    const struct change *x)
{
	size_t i = (size_t)(x - r->changes->v.v);

	if (!r->traffic)
		return;
	json_key(out, "recorded");
	json_object_line(out);
	json_kv_u64(out, "connections", r->traffic->in[i].connections);
	json_kv_u64(out, "bytes", r->traffic->in[i].bytes);
	json_kv_u64(out, "perhaps", r->traffic->perhaps[i].connections);
	json_end_object(out);
}

/* All that was. */
static void
json_traffic(struct json *out, const struct traffic *t)
{
	if (!t)
		return;
	json_key(out, "recorded");
	json_object_line(out);
	json_kv_u64(out, "connections", t->all.connections);
	json_kv_u64(out, "bytes", t->all.bytes);
	json_kv_u64(out, "not_compared", t->unplaced.connections);
	json_end_object(out);
}

static void
json_change(struct json *out, const struct changes_report *r,
    const struct change *x)
{
	json_object(out);
	json_kv_cstr(out, "kind", change_kind_name(x->kind));
	json_key(out, "from");
	names_json_set(out, &r->names, x->from);
	json_key(out, "to");
	names_json_set(out, &r->names, x->to);
	json_key(out, "ports");
	names_json_ports(out, &r->names, x->ports, x->nports);
	json_key(out, "witness");
	json_object(out);
	json_witness(out, r, &x->witness);
	json_answer(out, "before", r, 0, &x->witness);
	json_answer(out, "after", r, 1, &x->witness);
	json_end_object(out);
	json_recorded(out, r, x);
	json_because(out, r, x->tried);
	json_end_object(out);
}

static void
json_subject(struct json *out, const struct changes_report *r, uint32_t actor,
    enum direction dir)
{
	json_key(out, "pods");
	json_array(out);
	names_json_pods(out, &r->names, &r->changes->actors.v.v[actor]);
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
		json_because(out, r, x->tried);
		json_end_object(out);
	}
	json_end_array(out);
	json_key(out, "without_effect");
	json_array(out);
	VEC_FOREACH (x, &c->idle) {
		json_object(out);
		json_subject(out, r, x->actor, x->dir);
		json_witness(out, r, &x->witness);
		json_because(out, r, x->tried);
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
			json_cstr(out, names_pod(&r->names, *e));
		json_end_array(out);
	}
}

void
changes_json_members(struct json *out, const struct changes_report *r)
{
	const struct changes *c = r->changes;

	json_kv_cstr(out, "before", r->name[0]);
	json_kv_cstr(out, "after", r->name[1]);
	for (int k = 0; k < CHANGE_KINDS; k++)
		json_kv_u64(out, change_kind_name((enum change_kind)k),
		    c->count[k]);
	json_traffic(out, r->traffic);
	json_key(out, "changes");
	json_array(out);
	VEC_FOREACH (x, &c->v)
		json_change(out, r, x);
	json_end_array(out);
	json_besides(out, r);
}

void
changes_put_json(struct json *out, const struct changes_report *r)
{
	json_document(out, "cnpc-changes", 1);
	changes_json_members(out, r);
	json_end_object(out);
}
