/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What the commands share that have to do with loaded bundles.
 */

#include "cli/cli.h"
#include "cli/opt.h"
#include "kernel/deploy.h"

/* The option --pin, whose value goes to a struct str. */
#define DEPLOYMENT_PIN(where)                                           \
	{                                                               \
		"pin", 0, "PATH", "the directory that it is pinned in", \
		    OPT_STR, .str = (where)                             \
	}

/*
 * Gives up the rights that a command does not need.  OPT_GO, or the exit status
 * to leave with: also where there is no path.
 */
int deployment_begin(struct cli *cli, struct deploy *d, struct str path);

/* Tells why it failed; the exit status. */
int deployment_failed(struct cli *cli, const struct deploy *d, int error);
