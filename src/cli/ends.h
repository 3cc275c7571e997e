/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The ends and the port of a question, as the commands that ask one have them:
 * --from END, --to END[:PORT/PROTO], --port, --proto.
 */

#include "cli/cli.h"
#include "flow/query.h"
#include "driver/settings.h"

/* As written, .s NULL where not given. */
struct ends_words {
	struct str from, to, port, proto;
	struct str ns; /* of pods without one */
};

/*
 * Reads what is given into Q; a port of the end TO goes to W->port.  OPT_GO, or
 * a usage error.
 */
int ends_read(struct cli *cli, struct ends_words *w, struct query *q);

/* Pods that Q names by their labels need not be in the input. */
void ends_assume(struct arena *a, const struct query *q,
    struct ir_options *opt);
