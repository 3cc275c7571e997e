/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Upgrades as JSON: the document of schemas/cnpc-upgrade.schema.json.
 */
#include "ir/rule_json.h"
#include "report/changes_words.h"
#include "report/upgrade.h"

static void
json_ruling(struct json *out, const char *key, const struct ruling *r)
{
	json_key(out, key);
	json_object_line(out);
	json_kv_cstr(out, "status",
	    object_status_name(r ? r->status : OBJECT_UNREAD));
	if (r && r->why)
		json_kv_u64(out, "code", r->why);
	json_end_object(out);
}

static void
json_rulings(struct json *out, const struct changes_report *r)
{
	json_key(out, "objects");
	json_array(out);
	VEC_FOREACH (x, &r->upgrade->rulings) {
		json_object(out);
		rule_json_owner(out, x->object);
		rule_json_place(out,
		    source_place(r->source[x->ruling[1] ? 1 : 0],
			x->object->name_at));
		json_ruling(out, "before", x->ruling[0]);
		json_ruling(out, "after", x->ruling[1]);
		changes_json_because(out, r->upgrade, x->tried);
		json_end_object(out);
	}
	json_end_array(out);
}

static void
json_labels(struct json *out, const struct upgrade *u)
{
	json_key(out, "labels");
	json_array(out);
	VEC_FOREACH (x, &u->labels) {
		json_object(out);
		json_kv_cstr(out, "label", x->change.label);
		json_kv_bool(out, "after", x->change.after);
		json_kv_u64(out, "pods", x->change.pods);
		changes_json_because(out, u, x->tried);
		json_end_object(out);
	}
	json_end_array(out);
}

static void
json_cost(struct json *out, const char *key, const struct portrait *p)
{
	json_key(out, key);
	json_object_line(out);
	json_kv_u64(out, "identities", p->identities);
	json_kv_u64(out, "maps", p->maps);
	json_kv_u64(out, "entries", p->entries);
	json_kv_u64(out, "largest", p->largest);
	json_end_object(out);
}

static void
json_touch(struct json *out, const struct upgrade_cause *c)
{
	json_key(out, "touches");
	json_object_line(out);
	json_kv_u64(out, "objects", c->touch.objects);
	json_kv_u64(out, "pods", c->touch.pods);
	json_kv_u64(out, "prefixes", c->touch.prefixes);
	json_kv_u64(out, "maps", c->touch.maps);
	json_key(out, "entries");
	json_i64(out, c->touch.entries);
	json_kv_u64(out, "proxies", c->touch.proxies);
	json_kv_u64(out, "hosts", c->touch.hosts);
	json_kv_u64(out, "node_ports", c->touch.ports);
	json_kv_bool(out, "form", c->form);
	json_end_object(out);
}

static void
json_causes(struct json *out, const struct upgrade *u)
{
	json_key(out, "causes");
	json_array(out);
	VEC_FOREACH (c, &u->causes) {
		if (!upgrade_is_told(u, c))
			continue;
		json_object(out);
		json_kv_cstr(out, "name", c->name);
		json_kv_cstr(out, "before", c->before);
		json_kv_cstr(out, "after", c->after);
		if (c->since)
			json_kv_cstr(out, "since", c->since);
		if (c->section)
			json_kv_cstr(out, "facts", c->section);
		json_kv_bool(out, "changes_verdicts", c->blamed);
		json_touch(out, c);
		json_end_object(out);
	}
	json_end_array(out);
}

void
upgrade_put_json(struct json *out, const struct changes_report *r)
{
	const struct upgrade *u = r->upgrade;

	json_document(out, "cnpc-upgrade", 1);
	changes_json_members(out, r);
	json_rulings(out, r);
	json_labels(out, u);
	json_key(out, "cost");
	json_object(out);
	json_cost(out, "before", &u->portrait[0]);
	json_cost(out, "after", &u->portrait[1]);
	json_end_object(out);
	json_causes(out, u);
	json_end_object(out);
}
