/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The proof of a bundle, for the commands that give one.
 */

#include "bundle/read.h"
#include "cli/cli.h"

/*
 * Holds B against the rules and the world of U, puts what comes out into
 * cli->out, and returns the exit status.
 */
int cli_prove(struct cli *cli, struct unit *u, const struct bundle_content *b,
    bool as_json);
