/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rules in JSON: the members that all documents share.
 */
#include "ir/rule_json.h"

void
rule_json_owner(struct json *j, const struct object *o)
{
	json_kv_cstr(j, "kind", o ? o->kind_name : "");
	json_kv_str(j, "namespace", o ? o->ns : STR(""));
	json_kv_str(j, "name", o ? o->name : STR(""));
}

void
rule_json_place(struct json *j, struct place at)
{
	if (!at.file)
		return;
	json_kv_cstr(j, "file", at.file);
	json_kv_u64(j, "line", at.line);
}

void
rule_json(struct json *j, struct source_set *set, const struct ir_rule *r,
    struct span at)
{
	rule_json_owner(j, r->policy ? r->policy->object : NULL);
	rule_json_place(j, source_place(set, at));
}
