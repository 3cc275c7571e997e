/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Bundles that commands are given.
 */

#include "bundle/read.h"
#include "cli/cli.h"
#include "cli/opt.h"

/* The option --trusted, whose values go to a struct str_list. */
#define BUNDLE_TRUSTED(where)                                          \
	{                                                              \
		"trusted", 0, "KEYS",                                  \
		    "refuse what none of the public keys in this PEM " \
		    "file or directory signed",                        \
		    OPT_LIST, .list = (where)                          \
	}

/*
 * Reads the bundle in DIR, which one of the keys in the files of TRUSTED must
 * have signed if there are any.  What is wrong with it is told.  OPT_GO, or the
 * exit status to leave with.
 */
int cli_read_bundle(struct cli *cli, const char *dir,
    const struct str_list *trusted, struct bundle_content *ret);

/*
 * cli_compile() with the objects and settings of the bundle in DIR in place of
 * inputs; DIR may be NULL: with the inputs.
 */
bool cli_compile_bundle(struct cli *cli, const struct options *o,
    struct unit *u, const char *dir, const struct str_list *trusted,
    uint32_t wanted);

/*
 * What is left of it after cli_compile() that wanted nothing.  It keeps to U,
 * so that two units may run at once.
 */
bool cli_run_bundle(struct unit *u, const char *dir,
    const struct str_list *trusted, uint32_t wanted);
