/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Costs as tables and as JSON.
 */
#include "report/cost.h"

#include "ir/rule_json.h"
#include "report/table.h"

size_t
cost_over(const struct cost_report *r)
{
	size_t n = 0;

	VEC_FOREACH (m, &r->costs.maps)
		n += map_cost_total(m) > r->budget;
	return n;
}

static struct str
name_of(struct arena *a, const struct pmap_class *c)
{
	return object_full_name(a, c->subject->ns, c->subject->name);
}

static size_t
rows_of(const struct cost_report *r, size_t n)
{
	return r->shown > 0 && n > r->shown ? r->shown : n;
}

static void
put_rest(struct buf *out, size_t rest, const char *what)
{
	if (rest > 0)
		buf_printf(out, "  and %zu more %s; --top=0 shows all\n", rest,
		    what);
}

static void
put_maps(struct buf *out, struct arena *a, const struct cost_report *r)
{
	size_t n = rows_of(r, r->costs.maps.n);
	struct table t;

	table_init(&t, a, "rrrrrl");
	table_words(&t, "ENTRIES|OF ROOM|INGRESS|EGRESS|ENDPOINTS|FIRST");
	for (size_t i = 0; i < n; i++) {
		const struct map_cost *m = &r->costs.maps.v[i];
		uint64_t total = map_cost_total(m);

		table_cell(&t, "%ju", (uintmax_t)total);
		table_cell(&t, "%.1f %%",
		    100.0 * (double)total / (double)r->room);
		table_cell(&t, "%ju", (uintmax_t)m->entries[DIR_INGRESS]);
		table_cell(&t, "%ju", (uintmax_t)m->entries[DIR_EGRESS]);
		table_cell(&t, "%u", m->endpoints);
		table_str(&t, name_of(a, m->class));
	}
	table_put(out, &t, 2);
	put_rest(out, r->costs.maps.n - n, "maps");
}

static void
put_rules(struct buf *out, struct arena *a, struct source_set *set,
    const struct cost_report *r)
{
	size_t n = rows_of(r, r->costs.rules.n);
	struct table t;

	table_init(&t, a, "rrrrlll");
	table_words(&t, "ENTRIES|PEERS|KEYS|ENDPOINTS|DIRECTION|POLICY|RULE");
	for (size_t i = 0; i < n; i++) {
		const struct rule_cost *c = &r->costs.rules.v[i];
		const struct object *o = c->rule->policy->object;

		table_cell(&t, "%ju", (uintmax_t)c->entries);
		table_cell(&t, "%ju", (uintmax_t)c->peers);
		table_cell(&t, "%ju", (uintmax_t)c->keys);
		table_cell(&t, "%u", c->endpoints);
		table_cell(&t, "%s", direction_name(c->rule->dir));
		table_str(&t, object_full_name(a, o->ns, o->name));
		table_cell(&t, "%s", source_where(set, c->rule->at));
	}
	table_put(out, &t, 2);
	put_rest(out, r->costs.rules.n - n, "rules");
}

void
cost_put_text(struct buf *out, struct arena *a, struct source_set *set,
    const struct cost_report *r)
{
	size_t over = cost_over(r);

	buf_printf(out, "policy maps, with room for %ju entries each\n",
	    (uintmax_t)r->room);
	put_maps(out, a, r);
	buf_puts(out, "\nrules, by the entries that a map has for one alone\n");
	put_rules(out, a, set, r);
	buf_printf(out, "\n%zu of %zu maps have more than %ju entries\n", over,
	    r->costs.maps.n, (uintmax_t)r->budget);
}

static void
json_maps(struct json *j, struct arena *a, const struct cost_report *r)
{
	json_key(j, "maps");
	json_array(j);
	VEC_FOREACH (m, &r->costs.maps) {
		json_object(j);
		json_kv_str(j, "endpoint", name_of(a, m->class));
		json_kv_u64(j, "endpoints", m->endpoints);
		json_kv_u64(j, "ingress", m->entries[DIR_INGRESS]);
		json_kv_u64(j, "egress", m->entries[DIR_EGRESS]);
		json_kv_u64(j, "entries", map_cost_total(m));
		json_end_object(j);
	}
	json_end_array(j);
}

static void
json_rules(struct json *j, struct arena *a, struct source_set *set,
    const struct cost_report *r)
{
	json_key(j, "rules");
	json_array(j);
	VEC_FOREACH (c, &r->costs.rules) {
		json_object(j);
		rule_json(j, set, c->rule, c->rule->at);
		json_kv_cstr(j, "verdict", ir_verdict_name(c->rule->verdict));
		json_kv_cstr(j, "direction", direction_name(c->rule->dir));
		json_kv_u64(j, "entries", c->entries);
		json_kv_str(j, "endpoint", name_of(a, c->class));
		json_kv_u64(j, "endpoints", c->endpoints);
		json_kv_u64(j, "peers", c->peers);
		json_kv_u64(j, "keys", c->keys);
		json_end_object(j);
	}
	json_end_array(j);
}

void
cost_put_json(struct json *out, struct arena *a, struct source_set *set,
    const struct cost_report *r)
{
	json_document(out, "cnpc-cost", 1);
	json_kv_u64(out, "room", r->room);
	json_kv_u64(out, "budget", r->budget);
	json_kv_u64(out, "over", cost_over(r));
	json_maps(out, a, r);
	json_rules(out, a, set, r);
	json_end_object(out);
}
