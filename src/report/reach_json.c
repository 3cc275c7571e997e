/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who may connect to whom, as JSON: the document of
 * schemas/cnpc-reach.schema.json.
 */
#include "report/reach.h"
#include "report/request.h"

static void
json_grant(struct json *out, const struct reach_report *r,
    const struct reach_way *way, enum direction dir)
{
	const struct reach_grant *g = way->grant[dir];

	if (!g)
		return;
	json_object(out);
	json_kv_cstr(out, "direction", direction_name(dir));
	json_kv_cstr(out, "parser", pmap_parser_name(g->parser));
	json_key(out, "rules");
	json_array(out);
	for (size_t i = 0; i < g->ntries; i++)
		json_cstr(out, request_describe(r->names.arena, &g->tries[i]));
	json_end_array(out);
	json_end_object(out);
}

static void
json_set(struct json *out, const struct reach_report *r, const struct reach *x)
{
	const char *unknown = reach_unknown_text(r, x->way);

	json_object(out);
	json_kv_cstr(out, "verdict", unknown ? "unknown" : "allowed");
	if (unknown)
		json_kv_cstr(out, "because", unknown);
	json_kv_bool(out, "some", x->way->some);
	json_key(out, "from");
	names_json_set(out, &r->names, x->from);
	json_key(out, "to");
	names_json_set(out, &r->names, x->to);
	json_key(out, "ports");
	names_json_ports(out, &r->names, x->ports, x->nports);
	json_key(out, "proxies");
	json_array(out);
	json_grant(out, r, x->way, DIR_EGRESS);
	json_grant(out, r, x->way, DIR_INGRESS);
	json_end_array(out);
	json_end_object(out);
}

void
reach_put_json(struct json *out, const struct reach_report *r)
{
	json_document(out, "cnpc-reach", 1);
	json_key(out, "sets");
	json_array(out);
	VEC_FOREACH (x, &r->reaches->v)
		json_set(out, r, x);
	json_end_array(out);
	json_key(out, "assumed");
	json_array(out);
	VEC_FOREACH (e, &r->reaches->side[0].pmaps->world->endpoints) {
		if (e->assumed)
			json_cstr(out, names_pod(&r->names, e));
	}
	json_end_array(out);
	json_end_object(out);
}
