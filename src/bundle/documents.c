/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The lists of identities and endpoints, an object a line.
 */
#include "bundle/documents.h"

#include "base/json.h"
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
		identity_json_labels(&j, a, w, id);
		json_end_object(&j);
	}
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
