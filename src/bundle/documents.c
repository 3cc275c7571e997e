/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The lists of identities and endpoints, an object a line.
 */
#include "bundle/documents.h"

#include "base/json.h"
#include "bundle/bundle.h"
#include "ir/ir.h"
#include "cilium/reserved.h"

static struct buf *
new_document(struct arena *a, struct json *ret_json)
{
	struct buf *out = ARENA_NEW(a, struct buf);

	buf_init(out, a);
	json_init(ret_json, out, true);
	return out;
}

struct str
identities_json(struct arena *a, const struct world *w)
{
	struct json j;
	struct buf *out = new_document(a, &j);
	struct arena scratch = {0};
	char prefix[CIDR_STRLEN];

	json_array(&j);
	VEC_FOREACH (id, &w->idents) {
		json_object_line(&j);
		json_kv_u64(&j, "id", id->id.id);
		json_kv_cstr(&j, "scope",
		    sec_id_scope_name(sec_id_scope(id->id.id)));
		if (id->has_prefix)
			json_kv_cstr(&j, "prefix",
			    cidr_print(&id->prefix, prefix));
		identity_json_labels(&j, &scratch, w, id);
		json_end_object(&j);
		arena_reset(&scratch);
	}
	arena_free(&scratch);
	json_end_array(&j);
	buf_putc(out, '\n');
	return buf_as_str(out);
}

struct str
endpoints_json(struct arena *a, const struct pmaps *m,
    const struct policies *policies, const struct l7 *l7)
{
	struct json j;
	struct buf *out = new_document(a, &j);
	char ip[CIDR_STRLEN];

	json_array(&j);
	VEC_FOREACH (e, &m->world->endpoints) {
		const struct pmap_class *c = pmap_class_of_endpoint(m, e);
		const struct policy *p = policies->of_class[c->index];

		json_object_line(&j);
		json_kv_str(&j, "namespace", e->ns);
		json_kv_str(&j, "name", e->name);
		json_kv_u64(&j, "identity",
		    world_identity(m->world, e->ident)->id.id);
		json_key(&j, "ips");
		json_array(&j);
		for (uint32_t i = 0; i < e->nips; i++)
			json_cstr(&j, ip_print(&e->ips[i], ip));
		json_end_array(&j);
		if (p) {
			json_kv_cstr(&j, "image", p->name);
			l7_put_refs(&j, l7, c);
		} else if (c->error) {
			json_kv_cstr(&j, "error", c->error);
		}
		json_end_object(&j);
	}
	json_end_array(&j);
	buf_putc(out, '\n');
	return buf_as_str(out);
}

/* The rules of one policy: the first of the N at V, and how many there are. */
static size_t
put_policy_rules(struct json *j, struct source_set *sources,
    const struct ir_rule *const *v, size_t n)
{
	const struct ir_policy *policy = v[0]->policy;
	const struct object *o = policy->object;
	size_t i = 0;

	json_object_line(j);
	json_kv_cstr(j, "kind", o->kind_name);
	json_kv_str(j, "namespace", o->ns);
	json_kv_str(j, "name", o->name);
	json_kv_u64(j, "input", v[0]->at.source - 1);
	json_key(j, "rules");
	json_array(j);
	for (; i < n && v[i]->policy == policy; i++) {
		struct place at = source_place(sources, v[i]->at);

		json_array(j);
		json_u64(j, bundle_rule_number(v[i]));
		json_cstr(j, direction_name(v[i]->dir));
		json_u64(j, at.line);
		json_u64(j, at.col);
		json_end_array(j);
	}
	json_end_array(j);
	json_end_object(j);
	return i;
}

struct str
rules_json(struct arena *a, struct source_set *sources, const struct ir *ir)
{
	struct json j;
	struct buf *out = new_document(a, &j);

	json_array(&j);
	for (size_t i = 0; i < ir->rules.n;)
		i += put_policy_rules(&j, sources, &ir->rules.v[i],
		    ir->rules.n - i);
	json_end_array(&j);
	buf_putc(out, '\n');
	return buf_as_str(out);
}
