/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The two sides of an upgrade: which options each of them has, what is
 * different between them, and the input compiled with some of that.
 */

#include "change/upgrade.h"
#include "cli/cli.h"
#include "cli/opt.h"

typedef VEC(struct setting_value) setting_vec;

/* What is asked for, besides the options of both sides. */
struct upgrade_question {
	unsigned version[2]; /* --from, --to; 0: as of the input */
	struct str_list set; /* --set: "OLD.KEY=VALUE", "NEW.KEY=VALUE" */
	setting_vec side[2]; /* the same, read */
};

enum difference_kind {
	DIFFERENCE_CHANGE, /* a row of version.c */
	DIFFERENCE_FIELDS,
	DIFFERENCE_PROFILE,
	DIFFERENCE_PRECEDENCE,
	DIFFERENCE_SETTING,
};

struct upgrade_difference {
	enum difference_kind kind;
	enum version_change change;
	struct str key; /* of a setting */
};

struct upgrade_sides {
	struct cli *cli;
	const struct upgrade_question *q;
	struct options o[2];
	struct unit u[2];                 /* before and after, once compiled */
	VEC(struct upgrade_difference) v; /* as the causes are */
};

/*
 * Reads Q and BOTH, the options of both, into RET.  OPT_GO, or the exit status
 * to leave with.
 */
int upgrade_sides_read(struct upgrade_sides *ret, struct cli *cli,
    const struct options *both, struct upgrade_question *q);

/*
 * Compiles both; false: there is nothing to compare, but u[0] and u[1] are to
 * be finished.
 */
bool upgrade_sides_compile(struct upgrade_sides *s);

/* Fills U with what is different, and with how to try it. */
void upgrade_sides_list(struct upgrade_sides *s, struct upgrade *u);

/* "Cilium 1.18.6", "enable-sctp=true": a side as people know it. */
const char *upgrade_sides_name(const struct upgrade_sides *s, int side);
