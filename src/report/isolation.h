/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Which pods policies are for, by direction, for `cnpc isolated`; the JSON
 * document is described by schemas/cnpc-isolation.schema.json.
 */

#include "base/buf.h"
#include "base/json.h"
#include "report/actor_names.h"

void isolation_put_text(struct buf *out, const struct actor_names *names);
void isolation_put_markdown(struct buf *out, const struct actor_names *names);
void isolation_put_json(struct json *out, const struct actor_names *names);
