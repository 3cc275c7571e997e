/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sets of actors and of ports as JSON.
 */
#include "report/actor_names.h"
#include "report/entry.h"

void
names_json_pods(struct json *out, const struct actor_names *names,
    const struct actor *x)
{
	VEC_FOREACH (e, &x->pods[1])
		json_cstr(out, names_pod(names, *e));
}

void
names_json_set(struct json *out, const struct actor_names *names,
    const struct bitset *set)
{
	const struct actors *all = names->all;
	char text[CIDR_STRLEN];

	json_object(out);
	json_key(out, "pods");
	json_array(out);
	BITSET_FOREACH (i, set)
		names_json_pods(out, names, &all->v.v[i]);
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
		struct str label = names_label(names, &all->v.v[i]);

		if (label.n > 0)
			json_str(out, label);
	}
	json_end_array(out);
	json_end_object(out);
}

void
names_json_ports(struct json *out, const struct actor_names *names,
    const struct cell *ports, size_t nports)
{
	json_array(out);
	for (size_t i = 0; i < nports; i++) {
		const struct cell *c = &ports[i];

		json_object_line(out);
		json_kv_cstr(out, "protocol",
		    c->others ? "others" : entry_proto(names->arena, c->proto));
		json_kv_u64(out, "first", c->ports.first);
		json_kv_u64(out, "last", c->ports.end - 1);
		json_end_object(out);
	}
	json_end_array(out);
}
