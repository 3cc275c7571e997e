/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cnpc lsp: the findings, and more about a place, for an editor.
 */
#include <unistd.h>

#include "cli/cli.h"
#include "cli/opt.h"
#include "driver/config.h"
#include "lsp/lsp.h"

/* The command line, read with the configuration of the working directory. */
struct words {
	struct options o;
	struct str baseline;
	struct lint_rows no_rows;
};

/* The settings that are in force, and room for the next ones. */
struct host {
	struct cli *cli;
	struct reading {
		struct cli cli; /* with memory of its own */
		struct words words;
	} reading[2];
	unsigned current;
};

static int
read_words(struct cli *cli, struct words *w, struct lsp_settings *ret)
{
	const struct opt own[] = {
	    {"baseline", 0, "FILE",
		"leave out the findings in it, that lint --format=baseline "
		"wrote",
		OPT_STR, .str = &w->baseline},
	    {0},
	};
	int status = opt_parse(cli, own, &w->o);

	if (status == OPT_GO)
		*ret = (struct lsp_settings){
		    .options = &w->o.unit,
		    .rows = w->o.config ? &w->o.config->rows : &w->no_rows,
		    .baseline = w->baseline.s,
		    .sandbox = !w->o.no_sandbox,
		};
	return status;
}

static bool
configure(void *arg, struct lsp_settings *ret, const char **ret_why)
{
	struct host *h = arg;
	struct reading *next = &h->reading[!h->current];

	arena_free(&next->cli.arena);
	*next = (struct reading){.cli = {.version = h->cli->version,
				     .command = h->cli->command,
				     .argc = h->cli->argc,
				     .argv = h->cli->argv}};
	out_init(&next->cli.out, &next->cli.arena, STDOUT_FILENO);
	out_init(&next->cli.err, &next->cli.arena, STDERR_FILENO);
	if (read_words(&next->cli, &next->words, ret) != OPT_GO) {
		*ret_why = buf_as_str(&next->cli.err.buf).s;
		return false;
	}
	h->current = !h->current;
	return true;
}

int
cmd_lsp(struct cli *cli)
{
	struct host h = {.cli = cli};
	const struct lsp_host host = {&h, cli->version, configure};
	struct words first = {0};
	struct lsp_settings start;
	enum lsp_end end;
	int status = read_words(cli, &first, &start);

	if (status != OPT_GO)
		return status;
	end = lsp_serve(&host, &start, STDIN_FILENO, &cli->out);
	for (size_t i = 0; i < 2; i++)
		arena_free(&h.reading[i].cli.arena);
	switch (end) {
	case LSP_ENDED:
		return STATUS_OK;
	case LSP_LEFT:
		return STATUS_FINDINGS;
	case LSP_REFUSED:
		return STATUS_SYSTEM;
	}
	return STATUS_SYSTEM;
}
