/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Policies for recorded connections: `cnpc drops --suggest` and `cnpc suggest`.
 * Private to cli/.
 */

#include "cli/opt.h"
#include "replay/replay.h"

/*
 * Puts out policies, as YAML, that admit what X, a replay against U that keeps
 * pairs, says would be dropped for want of a rule.  Or, where NS is not
 * absent, all that was recorded of the pods of this namespace, and nothing
 * else.  They are compiled with the rest, linted and judged before that.
 * What cannot be admitted so is told in comments.  An exit status.
 */
int cli_suggest(struct cli *cli, const struct options *o, struct unit *u,
    const struct replay *x, struct str ns);
