/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Differences between the two models as text and as JSON.
 */
#include "report/models.h"

#include "cilium/proto.h"
#include "diag/printable.h"
#include "ir/rule_json.h"
#include "report/entry.h"

static void
put_outcome(struct buf *out, const struct model_differences *d,
    const char *model, const struct pmap_result *r)
{
	enum drop_reason reason = pmap_drop_reason(r->verdict);

	buf_printf(out, "    %-11s  %s", model, pmap_verdict_name(r->verdict));
	if (r->value.redirect != 0)
		buf_printf(out, " to " STR_FMT,
		    STR_ARG(d->redirects.v[r->value.redirect].name));
	if (reason != REASON_NONE)
		buf_printf(out, " (%u)", reason);
	buf_putc(out, '\n');
}

static void
put_rule(struct buf *out, struct arena *a, struct source_set *set,
    const struct ir_rule *r)
{
	const struct object *o = r->policy->object;

	buf_printf(out, "%s: %s of %s ", source_where(set, r->at),
	    ir_verdict_name(r->verdict), o->kind_name);
	printable_put(out, object_full_name(a, o->ns, o->name), SIZE_MAX);
	buf_putc(out, '\n');
}

static void
put_witness(struct buf *out, struct arena *a, const struct pmaps *m,
    const struct model_differences *all, const struct model_difference *d)
{
	const struct endpoint *e = d->class->subject;

	buf_printf(out, "    %s of ", direction_name(d->dir));
	printable_put(out, object_full_name(a, e->ns, e->name), SIZE_MAX);
	buf_puts(out, d->dir == DIR_INGRESS ? " from " : " to ");
	printable_put(out, identity_print(a, m->world, d->peer), SIZE_MAX);
	buf_printf(out, ", %s %u\n", entry_proto(a, d->proto), d->port);
	put_outcome(out, all, "clusterwide", &d->result[IR_MODEL_CLUSTERWIDE]);
	put_outcome(out, all, "cilium", &d->result[IR_MODEL_CILIUM]);
}

void
models_put_text(struct buf *out, struct arena *a, struct source_set *set,
    const struct pmaps *m, const struct model_differences *d)
{
	VEC_FOREACH (x, &d->pairs) {
		put_rule(out, a, set, x->clusterwide);
		put_rule(out, a, set, x->namespaced);
		put_witness(out, a, m, d, x);
		buf_putc(out, '\n');
	}
	VEC_FOREACH (e, &d->conflicts) {
		const struct endpoint *s = e->class->subject;

		buf_printf(out, "%s: ", source_where(set, s->object->name_at));
		printable_put(out, object_full_name(a, s->ns, s->name),
		    SIZE_MAX);
		buf_printf(out,
		    "\n    %s\n    clusterwide  resolved\n"
		    "    cilium       %s\n\n",
		    direction_name(e->dir), e->error);
	}
	if (d->pairs.n + d->conflicts.n == 0)
		buf_puts(out, "the models agree on every packet\n");
	else
		buf_printf(out, "%zu pair%s of rules, %zu conflict%s\n",
		    d->pairs.n, d->pairs.n == 1 ? "" : "s", d->conflicts.n,
		    d->conflicts.n == 1 ? "" : "s");
}

static void
json_rule(struct json *out, const char *key, struct source_set *set,
    const struct ir_rule *r)
{
	struct place place = source_place(set, r->at);

	json_key(out, key);
	json_object(out);
	rule_json_owner(out, r->policy->object);
	json_kv_cstr(out, "verdict", ir_verdict_name(r->verdict));
	rule_json_place(out, place);
	json_kv_u64(out, "column", place.col);
	json_end_object(out);
}

static void
json_result(struct json *out, const char *model,
    const struct model_differences *d, const struct pmap_result *r)
{
	enum drop_reason reason = pmap_drop_reason(r->verdict);

	json_key(out, model);
	json_object(out);
	json_kv_cstr(out, "verdict", pmap_verdict_name(r->verdict));
	if (reason != REASON_NONE)
		json_kv_u64(out, "drop_reason", reason);
	if (r->value.redirect != 0)
		json_kv_str(out, "proxy",
		    d->redirects.v[r->value.redirect].name);
	json_end_object(out);
}

static void
json_peer(struct json *out, struct arena *a, const struct pmaps *m,
    ident_idx_t peer)
{
	const struct identity *id = world_identity(m->world, peer);

	json_key(out, "peer");
	json_object(out);
	json_kv_u64(out, "identity", id->id.id);
	identity_json_labels(out, a, m->world, id);
	json_end_object(out);
}

static void
json_subject(struct json *out, struct arena *a, const struct pmap_class *c,
    enum direction dir)
{
	json_kv_str(out, "subject",
	    object_full_name(a, c->subject->ns, c->subject->name));
	json_kv_cstr(out, "direction", direction_name(dir));
}

static void
json_difference(struct json *out, struct arena *a, struct source_set *set,
    const struct pmaps *m, const struct model_differences *all,
    const struct model_difference *d)
{
	const char *proto = proto_name(d->proto);

	json_object(out);
	json_rule(out, "clusterwide_rule", set, d->clusterwide);
	json_rule(out, "namespace_rule", set, d->namespaced);
	json_key(out, "witness");
	json_object(out);
	json_subject(out, a, d->class, d->dir);
	json_peer(out, a, m, d->peer);
	json_kv_cstr(out, "protocol",
	    proto ? proto : arena_printf(a, "%u", d->proto));
	json_kv_u64(out, "port", d->port);
	json_result(out, "clusterwide", all, &d->result[IR_MODEL_CLUSTERWIDE]);
	json_result(out, "cilium", all, &d->result[IR_MODEL_CILIUM]);
	json_end_object(out);
	json_end_object(out);
}

void
models_put_json(struct json *out, struct arena *a, struct source_set *set,
    const struct pmaps *m, const struct model_differences *d)
{
	json_document(out, "cnpc-models", 1);
	json_key(out, "models");
	json_array(out);
	json_cstr(out, "clusterwide");
	json_cstr(out, "cilium");
	json_end_array(out);
	json_key(out, "differences");
	json_array(out);
	VEC_FOREACH (x, &d->pairs)
		json_difference(out, a, set, m, d, x);
	json_end_array(out);
	json_key(out, "conflicts");
	json_array(out);
	VEC_FOREACH (e, &d->conflicts) {
		json_object(out);
		json_subject(out, a, e->class, e->dir);
		json_kv_cstr(out, "error", e->error);
		json_end_object(out);
	}
	json_end_array(out);
	json_end_object(out);
}
