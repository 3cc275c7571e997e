/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A row for each endpoint, one for each reason that packets were dropped for,
 * and one for each rule.
 */
#include "report/status.h"

#include <inttypes.h>

#include "base/json.h"
#include "bundle/decide.h"
#include "report/table.h"

static const char *const states[] = {
    [DEPLOY_IN_FORCE] = "in force",
    [DEPLOY_OLDER] = "of another generation",
    [DEPLOY_NOTHING] = "nothing",
    [DEPLOY_FOREIGN] = "another program",
    [DEPLOY_GONE] = "no device",
};

static void
put_endpoints(struct buf *out, struct arena *a, const struct deploy_status *s)
{
	struct table t;

	table_init(&t, a, "lllrrlrr");
	table_words(&t,
	    "POD|DEVICE|INGRESS|PASSED|DROPPED|EGRESS|PASSED|DROPPED");
	VEC_FOREACH (e, &s->endpoints) {
		table_str(&t, str_of(e->is->is.name));
		table_str(&t, str_of(e->is->is.device));
		for (int dir = DIR_INGRESS; dir <= DIR_EGRESS; dir++) {
			table_words(&t, states[e->at[dir]]);
			if (!e->counted) {
				table_words(&t, "-|-");
				continue;
			}
			table_cell(&t, "%" PRIu64, e->passed[dir]);
			table_cell(&t, "%" PRIu64, e->dropped[dir]);
		}
	}
	table_put(out, &t, 0);
}

static void
put_drops(struct buf *out, struct arena *a, const struct deploy_status *s)
{
	struct table t;

	table_init(&t, a, "llrl");
	table_words(&t, "POD|DIRECTION|PACKETS|WHAT");
	VEC_FOREACH (e, &s->endpoints) {
		for (uint32_t i = 0; i < 2 * CNPC_REASONS; i++) {
			uint32_t dir = i / CNPC_REASONS;
			uint8_t reason = (uint8_t)i;

			if (reason < CNPC_DROPPED ||
			    e->packets[dir][reason] == 0)
				continue;
			table_str(&t, str_of(e->is->is.name));
			table_words(&t, direction_name((enum direction)dir));
			table_cell(&t, "%" PRIu64, e->packets[dir][reason]);
			table_words(&t, verdict_name(reason));
		}
	}
	if (table_rows(&t) == 1)
		return;
	buf_putc(out, '\n');
	table_put(out, &t, 0);
}

static void
put_rules(struct buf *out, struct arena *a, const struct deploy_status *s)
{
	size_t idle = 0, absent = 0;
	struct table t;

	table_init(&t, a, "lllrr");
	table_words(&t, "RULE|POLICY|DIRECTION|ENTRIES|DECIDED");
	VEC_FOREACH (r, &s->rules) {
		table_cell(&t, STR_FMT ":%u", STR_ARG(r->is->file),
		    r->is->line);
		table_cell(&t, STR_FMT " " STR_FMT "%s" STR_FMT,
		    STR_ARG(r->is->kind), STR_ARG(r->is->ns),
		    r->is->ns.n > 0 ? "/" : "", STR_ARG(r->is->name));
		table_words(&t, direction_name(r->is->dir));
		table_cell(&t, "%" PRIu64, r->entries);
		table_cell(&t, "%" PRIu64, r->decided);
		absent += r->entries == 0;
		idle += r->entries > 0 && r->decided == 0;
	}
	buf_putc(out, '\n');
	table_put(out, &t, 0);
	buf_printf(out,
	    "%zu of %zu rules never decided, and %zu have no entry of their "
	    "own at these pods\n",
	    idle, s->rules.n, absent);
}

static void
json_endpoint(struct json *j, const struct deploy_endpoint *e)
{
	json_object(j);
	json_kv_cstr(j, "name", e->is->is.name);
	json_kv_cstr(j, "device", e->is->is.device);
	for (int dir = DIR_INGRESS; dir <= DIR_EGRESS; dir++) {
		json_key(j, direction_name((enum direction)dir));
		json_object(j);
		json_kv_cstr(j, "attached", states[e->at[dir]]);
		json_key(j, "packets");
		json_array(j);
		for (uint32_t i = 0; e->counted && i < CNPC_REASONS; i++) {
			if (e->packets[dir][i] == 0)
				continue;
			json_object_line(j);
			json_kv_u64(j, "reason", i);
			json_kv_cstr(j, "why", verdict_name((uint8_t)i));
			json_kv_u64(j, "count", e->packets[dir][i]);
			json_end_object(j);
		}
		json_end_array(j);
		json_end_object(j);
	}
	json_end_object(j);
}

static void
json_rules(struct json *j, const struct deploy_status *s)
{
	json_key(j, "rules");
	json_array(j);
	VEC_FOREACH (r, &s->rules) {
		json_object_line(j);
		json_kv_str(j, "kind", r->is->kind);
		if (r->is->ns.n > 0)
			json_kv_str(j, "namespace", r->is->ns);
		json_kv_str(j, "name", r->is->name);
		json_kv_cstr(j, "direction", direction_name(r->is->dir));
		json_kv_str(j, "file", r->is->file);
		json_kv_u64(j, "line", r->is->line);
		json_kv_u64(j, "column", r->is->col);
		json_kv_u64(j, "entries", r->entries);
		json_kv_u64(j, "decided", r->decided);
		json_end_object(j);
	}
	json_end_array(j);
}

void
status_put_json(struct buf *out, const struct deploy_status *s)
{
	struct json j;

	json_init(&j, out, true);
	json_document(&j, "cnpc-status", 1);
	json_kv_bool(&j, "in_force", deploy_is_whole(s));
	json_kv_u64(&j, "generations", s->generations);
	if (s->newest) {
		json_kv_u64(&j, "generation", s->newest->number);
		json_kv_cstr(&j, "bundle", s->newest->is.bundle);
		json_kv_bool(&j, "complete", s->newest->is.complete);
	}
	json_key(&j, "endpoints");
	json_array(&j);
	VEC_FOREACH (e, &s->endpoints)
		json_endpoint(&j, e);
	json_end_array(&j);
	if (s->rules.n > 0)
		json_rules(&j, s);
	json_end_object(&j);
	buf_putc(out, '\n');
}

void
status_put_text(struct buf *out, struct arena *a, const struct deploy_status *s)
{
	if (!s->newest) {
		buf_puts(out, "nothing is loaded\n");
		return;
	}
	buf_printf(out, "generation %u of the bundle %s%s\n\n",
	    s->newest->number, s->newest->is.bundle,
	    s->newest->is.complete ? "" : ": its load was interrupted");
	put_endpoints(out, a, s);
	put_drops(out, a, s);
	if (s->rules.n > 0)
		put_rules(out, a, s);
	if (s->generations > 1)
		buf_printf(out,
		    "\n%zu other generations are left of interrupted loads\n",
		    s->generations - 1);
}
