/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Whose a rule is and where it is written, as members of a JSON object: every
 * document that names rules names them like this.
 */

#include "base/json.h"
#include "ir/ir.h"

/* kind, namespace, name; all "" for NULL, a rule that Cilium adds itself. */
void rule_json_owner(struct json *j, const struct object *o);

/* file, line; neither when there is no place. */
void rule_json_place(struct json *j, struct place at);

/* Both, for a rule and what is pointed at, itself or a part of it. */
void rule_json(struct json *j, struct source_set *set, const struct ir_rule *r,
    struct span at);
