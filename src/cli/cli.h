/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What the commands share.  A command is a function that reads its arguments,
 * fills cli->out (results) and cli->err (everything else) and returns its exit
 * status; main() closes both, which writes them at once, so that a result is
 * never half there.  A command without end makes cli->out stream (base/out.h).
 * No failed write goes unnoticed.
 */

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/json.h"
#include "base/out.h"
#include "driver/unit.h"

/* Exit status, the same for every command. */
enum status {
	STATUS_OK = 0,
	STATUS_FINDINGS = 1,  /* findings, drops, differences */
	STATUS_BAD_INPUT = 2, /* an error or unsupported diagnostic */
	STATUS_USAGE = 3,
	STATUS_SYSTEM = 4, /* the system failed, or we did */
};

struct cli;

/* A row of main.c's table. */
struct command {
	const char *name;
	int (*run)(struct cli *cli);
	unsigned needs;      /* so many words of its own first, */
	unsigned takes;      /* at most so many, */
	bool inputs;         /* then INPUT... and the options for compiling */
	bool bare;           /* INPUT may be missing: it looks itself */
	const char *args;    /* its words and needed options, for the help */
	const char *summary; /* "What it does." */
};

struct cli {
	const char *version;
	const struct command *command; /* NULL until one is found */
	int argc;
	char **argv; /* argv[0] is the command's name */
	struct arena arena;
	struct out out, err;       /* standard output and error */
	bool color_out, color_err; /* set by opt_parse() */
	bool time_passes;          /* set by cli_compile() */
	bool confined;             /* likewise */
	bool tells_read;           /* cli_finish() tells what was read */
	bool takes_revisions; /* for opt_parse(): a word may be (revisions.h) */
	bool placed;        /* a bundle is in its place, whatever fails later */
	bool wants_json;    /* --format=json */
	struct buf reasons; /* why there is no result, as a JSON document */
	struct json reasons_to; /* writes it; its list of findings is open */
	const char *failure;    /* what was told last, but by cli_diagnose() */
};

int cmd_compare(struct cli *cli);
int cmd_compile(struct cli *cli);
int cmd_cost(struct cli *cli);
int cmd_diff(struct cli *cli);
int cmd_drops(struct cli *cli);
int cmd_exposed(struct cli *cli);
int cmd_explain(struct cli *cli);
int cmd_isolated(struct cli *cli);
int cmd_lint(struct cli *cli);
int cmd_load(struct cli *cli);
int cmd_lsp(struct cli *cli);
int cmd_matrix(struct cli *cli);
int cmd_graph(struct cli *cli);
int cmd_monitor(struct cli *cli);
int cmd_prove(struct cli *cli);
int cmd_schema(struct cli *cli);
int cmd_show(struct cli *cli);
int cmd_status(struct cli *cli);
int cmd_suggest(struct cli *cli);
int cmd_test(struct cli *cli);
int cmd_trace(struct cli *cli);
int cmd_unload(struct cli *cli);
int cmd_upgrade(struct cli *cli);
int cmd_verify(struct cli *cli);
int cmd_who(struct cli *cli);

/* "cnpc COMMAND: text" into cli->err; returns STATUS_USAGE. */
int cli_usage(struct cli *cli, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* "cnpc COMMAND: WHAT: PROBLEM"; returns STATUS_BAD_INPUT. */
int cli_bad_input(struct cli *cli, const char *what, const char *problem);

/* "cnpc COMMAND: text: what ERROR means"; returns STATUS_SYSTEM. */
int cli_system(struct cli *cli, int error, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* "the bundle is in its place, but " where that is so, or "". */
const char *cli_placed(const struct cli *cli);

struct options;

/*
 * Sets up U and runs the passes WANTED (driver/passes.h): diagnostics stay in
 * its sink; what --dump asks for is put out.  False when not all of them ran,
 * or only for --dump, so that there is no result to print.  The caller goes on
 * to cli_finish() in both cases.
 */
bool cli_compile(struct cli *cli, const struct options *o, struct unit *u,
    uint32_t wanted);

/* Puts what --time-passes asks for, if it does, into cli->err. */
void cli_costs(struct cli *cli, const struct unit *u);

/* Puts into cli->err what of the input counted, and how much did not. */
void cli_tell_read(struct cli *cli, const struct unit *u);

/*
 * With --format=json, a command that fails without a result puts a document
 * "cnpc-findings" out: what the functions above and cli_diagnose() told.
 * Nothing else is done; a wrong command line is told as text alone.
 */
void cli_give_reasons(struct cli *cli, int status);

/* Puts diagnostics into cli->err, in order. */
void cli_diagnose(struct cli *cli, struct source_set *sources,
    struct diag_sink *sink);

/*
 * Puts U's costs and diagnostics into cli->err and frees U.  Returns
 * STATUS_SYSTEM when the system refused something, which is told, else
 * STATUS_BAD_INPUT when a diagnostic is an error, else STATUS.
 */
int cli_finish(struct cli *cli, struct unit *u, int status);
