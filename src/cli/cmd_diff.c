/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cnpc diff: where the two models of precedence differ.
 */
#include "cli/cli.h"
#include "cli/opt.h"
#include "report/models.h"

enum format {
	FORMAT_TEXT,
	FORMAT_JSON,
};

static const struct word formats[] = {{"text", FORMAT_TEXT},
    {"json", FORMAT_JSON}, {0}};

static int
answer(struct cli *cli, struct unit *u, enum format format)
{
	const struct model_differences *d = &u->models;
	struct json json;

	switch (format) {
	case FORMAT_TEXT:
		models_put_text(&cli->out.buf, &u->perm, &u->sources, &u->pmaps,
		    d);
		break;
	case FORMAT_JSON:
		json_init(&json, &cli->out.buf, true);
		models_put_json(&json, &u->perm, &u->sources, &u->pmaps, d);
		buf_putc(&cli->out.buf, '\n');
		break;
	}
	return d->pairs.n + d->conflicts.n > 0 ? STATUS_FINDINGS : STATUS_OK;
}

int
cmd_diff(struct cli *cli)
{
	bool models = false;
	int format = FORMAT_TEXT, status;
	const struct opt own[] = {
	    {"models", 0, NULL,
		"between the models of precedence, clusterwide and cilium",
		OPT_FLAG, .flag = &models},
	    {"format", 0, NULL, "form of the differences (text)", OPT_WORD,
		.word = &format, .words = formats},
	    {0},
	};
	struct options o;
	struct unit u;

	status = opt_parse(cli, own, &o);
	if (status != OPT_GO)
		return status;
	if (!models)
		return cli_usage(cli, "needs --models");
	if (o.unit.ir.model != IR_MODEL_CLUSTERWIDE)
		return cli_usage(cli,
		    "--models compares with --precedence=cilium already");
	status = STATUS_OK;
	if (cli_compile(cli, &o, &u, PASS_BIT(MODELS) | PASS_BIT(LINT)))
		status = answer(cli, &u, (enum format)format);
	return cli_finish(cli, &u, status);
}
