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
	struct cli *cli;
	struct options o;
	struct str baseline;
	struct lint_rows no_rows;
};

static int
read_words(struct words *w, struct lsp_settings *ret)
{
	const struct opt own[] = {
	    {"baseline", 0, "FILE",
		"leave out the findings in it, that lint --format=baseline "
		"wrote",
		OPT_STR, .str = &w->baseline},
	    {0},
	};
	int status = opt_parse(w->cli, own, &w->o);

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
	const struct words *now = arg;
	struct words *w = ARENA_NEW(&now->cli->arena, struct words);
	struct buf *err = &now->cli->err.buf;
	size_t told = err->n;

	w->cli = now->cli;
	if (read_words(w, ret) == OPT_GO)
		return true;
	*ret_why = arena_dup(&w->cli->arena, err->p + told, err->n - told);
	return false;
}

int
cmd_lsp(struct cli *cli)
{
	struct words w = {.cli = cli};
	const struct lsp_host host = {&w, cli->version, configure};
	struct lsp_settings start;
	int status = read_words(&w, &start);

	if (status != OPT_GO)
		return status;
	switch (lsp_serve(&host, &start, STDIN_FILENO, &cli->out)) {
	case LSP_ENDED:
		return STATUS_OK;
	case LSP_LEFT:
		return STATUS_FINDINGS;
	case LSP_REFUSED:
		return STATUS_SYSTEM;
	}
	return STATUS_SYSTEM;
}
