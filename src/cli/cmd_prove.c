/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cnpc prove: a bundle against the policies that it is to be made of.
 */
#include "cli/bundle.h"
#include "cli/cli.h"
#include "cli/opt.h"
#include "cli/prove.h"
#include "report/prove.h"

enum format {
	FORMAT_TEXT,
	FORMAT_JSON,
};

static const struct word formats[] = {{"text", FORMAT_TEXT},
    {"json", FORMAT_JSON}, {0}};

int
cli_prove(struct cli *cli, struct unit *u, const struct bundle_content *b,
    bool as_json)
{
	const char *mismatch = proof_mismatch(&u->perm, &u->world, b);
	struct proof proof;
	const struct prove_report report = {&u->perm, &u->sources, &u->world,
	    &proof};
	struct json json;

	if (mismatch)
		return cli_bad_input(cli, "the bundle", mismatch);
	proof_make(&proof, &u->pool, &u->perm, &u->world, b);
	if (as_json) {
		json_init(&json, &cli->out.buf, true);
		prove_put_json(&json, &report);
		buf_putc(&cli->out.buf, '\n');
	} else {
		prove_put_text(&cli->out.buf, &report);
	}
	return proof.wrong > 0 ? STATUS_FINDINGS : STATUS_OK;
}

int
cmd_prove(struct cli *cli)
{
	struct bundle_content bundle = {0};
	struct str_list trusted = {0};
	int format = FORMAT_TEXT;
	const struct opt own[] = {
	    BUNDLE_TRUSTED(&trusted),
	    {"format", 0, NULL, "text for people, json for programs", OPT_WORD,
		.word = &format, .words = formats},
	    {0},
	};
	struct options o;
	struct unit u;
	int status = opt_parse(cli, own, &o);

	if (status == OPT_GO)
		status = cli_read_bundle(cli, o.args[0], &trusted, &bundle);
	if (status != OPT_GO)
		return status;
	o.unit.one_cluster = true;
	status = STATUS_OK;
	if (cli_compile(cli, &o, &u, PASS_BIT(IDENT)) && !diag_failed(&u.sink))
		status = cli_prove(cli, &u, &bundle, format == FORMAT_JSON);
	return cli_finish(cli, &u, status);
}
