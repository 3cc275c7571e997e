/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cnpc status: what is loaded, whether it is in force, and what it counted.
 */
#include "cli/bundle.h"
#include "cli/cli.h"
#include "cli/deployment.h"
#include "cli/opt.h"
#include "report/status.h"

enum format {
	FORMAT_TEXT,
	FORMAT_JSON,
};

static const struct word formats[] = {{"text", FORMAT_TEXT},
    {"json", FORMAT_JSON}, {0}};

struct question {
	struct str_list trusted;
	struct str pin, rules;
	int format;
};

/* OPT_GO, or the exit status to leave with. */
static int
read_question(struct cli *cli, struct question *q)
{
	const struct opt own[] = {
	    DEPLOYMENT_PIN(&q->pin),
	    {"rules", 0, "DIR",
		"tell how often each rule of the bundle that is loaded decided",
		OPT_STR, .str = &q->rules},
	    BUNDLE_TRUSTED(&q->trusted),
	    {"format", 0, NULL, "text for people, json for programs", OPT_WORD,
		.word = &q->format, .words = formats},
	    {0},
	};
	struct options o;

	return opt_parse(cli, own, &o);
}

int
cmd_status(struct cli *cli)
{
	struct bundle_content bundle = {0};
	struct question q = {.format = FORMAT_TEXT};
	struct deploy_status s;
	struct deploy d;
	int error, status = read_question(cli, &q);

	if (status == OPT_GO)
		status = deployment_begin(cli, &d, q.pin);
	if (status == OPT_GO && q.rules.s)
		status = cli_read_bundle(cli, q.rules.s, &q.trusted, &bundle);
	if (status != OPT_GO)
		return status;
	error = deploy_status(&d, q.rules.s ? &bundle : NULL, &s);
	if (error)
		return deployment_failed(cli, &d, error);
	if (q.format == FORMAT_TEXT)
		status_put_text(&cli->out.buf, &cli->arena, &s);
	else
		status_put_json(&cli->out.buf, &s);
	return deploy_is_whole(&s) ? STATUS_OK : STATUS_FINDINGS;
}
