/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Options.  A command describes its own in a table whose rows say where the
 * value goes; opt.c has those of every command, opt_compile.h those of every
 * command that compiles.  The same tables make the help.
 *
 *     struct str endpoint = {0};
 *     const struct opt own[] = {
 *         {"endpoint", 0, "NS/NAME", "show this one alone",
 *             OPT_STR, .str = &endpoint},
 *         {0}};
 *     struct options o;
 *     int status = opt_parse(cli, own, &o);
 *     if (status != OPT_GO)
 *             return status;
 */

#include <stdbool.h>
#include <stddef.h>

#include "base/vec.h"
#include "base/word.h"
#include "cli/cli.h"
#include "driver/settings.h"

/* Only flags and lists may be there twice. */
enum opt_type {
	OPT_FLAG,    /* takes no value */
	OPT_BOOL,    /* true or false */
	OPT_STR,     /* any text */
	OPT_COUNT,   /* a number from 1 to POOL_MAX */
	OPT_LIST,    /* any text; each one is added */
	OPT_WORD,    /* one of a table's words */
	OPT_VERSION, /* of Cilium */
};

struct str_list {
	VEC(const char *) v;
};

struct opt {
	const char *name; /* without the dashes; NULL ends a table */
	char letter;      /* 'o' for -o, or 0 */
	const char *arg;  /* what usage calls the value; NULL for OPT_FLAG, and
			   * for OPT_WORD, whose words it shows */
	const char *help;
	enum opt_type type;
	union {             /* where the value goes; untouched when not given */
		bool *flag; /* OPT_FLAG, OPT_BOOL */
		struct str *str;       /* OPT_STR; .s is NUL-terminated */
		unsigned *count;       /* OPT_COUNT */
		unsigned *version;     /* OPT_VERSION */
		struct str_list *list; /* OPT_LIST */
		int *word;             /* OPT_WORD: what the word means */
	};
	const struct word *words; /* OPT_WORD */
	enum setting_id setting;  /* that it is a value of, if any */
};

/* What opt_parse() leaves. */
struct options {
	const char **args; /* the command's own words: command->takes */
	size_t nargs;      /* how many of them there were */
	struct str_list inputs, cluster, vars;
	struct str root, config_file;
	const char
	    *revisions; /* that the inputs are of (revisions.h); or NULL */
	bool no_config;
	struct config *config;    /* what holds for the inputs; or NULL */
	struct unit_options unit; /* its lists point into the two above */
	bool time_passes, no_sandbox;
};

#define OPT_GO (-1) /* no exit status: go on */

/*
 * Reads cli->argv by the command's table row, OWN (NULL: none) and the common
 * options.  Returns OPT_GO, or the exit status to leave with: after --help,
 * or after a mistake, which has been told.  A command that compiles has at
 * least one input then, unless its row says that it may be bare.
 */
int opt_parse(struct cli *cli, const struct opt *own, struct options *ret);

/* Tells that an INPUT is missing; returns STATUS_USAGE. */
int opt_no_input(struct cli *cli);
