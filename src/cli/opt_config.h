/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The configuration that is for a command line's inputs.
 */

#include "cli/opt.h"
#include "driver/config.h"

/*
 * Finds and reads what O's inputs, --config and --no-config say, into O.
 * OPT_GO, or the status to leave with after telling what is wrong.
 */
int opt_read_config(struct cli *cli, struct options *o);
