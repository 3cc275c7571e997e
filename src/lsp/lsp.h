/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The language server (Language Server Protocol 3.17): what `cnpc lint` finds,
 * in an editor while its user types, and what a place in a policy is about.
 *
 * The server is the compiler run again after each change, with what is open in
 * the editor in place of the files, so its findings are those of `cnpc lint
 * --context` by construction.  Trees of files that have not changed are kept.
 */

#include "base/out.h"
#include "driver/unit.h"
#include "lint/choice.h"

/* What the command line and the configuration say. */
struct lsp_settings {
	const struct unit_options *options; /* inputs: what is open is beside */
	const struct lint_rows *rows;
	const char *baseline; /* or NULL */
	bool sandbox;
};

struct lsp_host {
	void *arg;
	const char *version; /* of cnpc */
	/*
	 * The settings for the working directory, which live until the next
	 * ones are given.  When something is wrong with them, returns false,
	 * and why as text until the next call; what was in force stays so.
	 */
	bool (*configure)(void *arg, struct lsp_settings *ret,
	    const char **ret_why);
};

enum lsp_end {
	LSP_ENDED,   /* as the client asked */
	LSP_LEFT,    /* it left without asking for the end */
	LSP_REFUSED, /* the system refused something, which it was told */
};

/*
 * Reads messages from the descriptor IN and answers to OUT, which streams,
 * until the client ends it.  The workspace's root becomes the working
 * directory. START are the settings until the client has named one.
 */
enum lsp_end lsp_serve(const struct lsp_host *host,
    const struct lsp_settings *start, int in, struct out *out);
