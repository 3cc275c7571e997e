/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cnpc monitor: what loaded programs make of packets, as they come.
 */
#include "cli/bundle.h"
#include "cli/cli.h"
#include "cli/deployment.h"
#include "cli/opt.h"
#include "report/monitor.h"

enum format {
	FORMAT_TEXT,
	FORMAT_JSONL,
};

static const struct word formats[] = {{"text", FORMAT_TEXT},
    {"jsonl", FORMAT_JSONL}, {0}};

struct question {
	struct cli *cli;
	struct str_list trusted;
	struct str pin;
	int format;
	unsigned rate, sample, count;
	const char *dir;
	struct bundle_content bundle;
	struct arena line;
	unsigned told;
};

/* OPT_GO, or the exit status to leave with. */
static int
read_question(struct cli *cli, struct question *q)
{
	const struct opt own[] = {
	    DEPLOYMENT_PIN(&q->pin),
	    {"rate", 0, "N",
		"tell at most so many a second with each reason (100)",
		OPT_COUNT, .count = &q->rate},
	    {"sample", 0, "N", "tell one of so many (1)", OPT_COUNT,
		.count = &q->sample},
	    {"count", 0, "N", "end when so many were told", OPT_COUNT,
		.count = &q->count},
	    BUNDLE_TRUSTED(&q->trusted),
	    {"format", 0, NULL, "text for people, jsonl for programs", OPT_WORD,
		.word = &q->format, .words = formats},
	    {0},
	};
	struct options o;
	int status = opt_parse(cli, own, &o);

	if (status == OPT_GO)
		q->dir = o.args[0];
	return status;
}

static bool
take(void *arg, const struct monitored *m)
{
	struct question *q = arg;
	struct buf *out = &q->cli->out.buf;

	if (q->format == FORMAT_TEXT)
		monitor_put_text(out, &q->line, &q->bundle, m);
	else
		monitor_put_json(out, &q->line, &q->bundle, m);
	arena_reset(&q->line);
	return out_record(&q->cli->out) && ++q->told != q->count;
}

int
cmd_monitor(struct cli *cli)
{
	struct question q = {.cli = cli, .rate = 100, .sample = 1};
	struct monitor m;
	struct deploy d;
	int error, status = read_question(cli, &q);

	if (status == OPT_GO)
		status = deployment_begin(cli, &d, q.pin);
	if (status == OPT_GO)
		status = cli_read_bundle(cli, q.dir, &q.trusted, &q.bundle);
	if (status != OPT_GO)
		return status;
	out_stream(&cli->out);
	error = monitor_open(&m, &d, &q.bundle, take, &q);
	if (!error)
		error = monitor_run(&m, q.rate, q.sample);
	monitor_close(&m);
	arena_free(&q.line);
	return error ? deployment_failed(cli, &d, error) : STATUS_OK;
}
