/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cnpc isolated: which pods policies are for, by direction.
 */
#include "change/reach.h"
#include "cli/cli.h"
#include "cli/opt.h"
#include "report/isolation.h"

enum format {
	FORMAT_TEXT,
	FORMAT_JSON,
	FORMAT_MARKDOWN,
};

static const struct word formats[] = {{"text", FORMAT_TEXT},
    {"json", FORMAT_JSON}, {"markdown", FORMAT_MARKDOWN}, {0}};

static void
put(struct cli *cli, struct unit *u, enum format format)
{
	const struct change_side side = {&u->pmaps, &u->objects, &u->sources};
	struct buf *out = &cli->out.buf;
	struct reaches r;
	const struct actor_names names = {&r.actors, &r.protos, &u->perm,
	    &u->scratch, format != FORMAT_TEXT, false};
	struct json json;

	reaches_init(&r, &u->perm, &u->scratch, &side);
	switch (format) {
	case FORMAT_TEXT:
		isolation_put_text(out, &names);
		return;
	case FORMAT_JSON:
		json_init(&json, out, true);
		isolation_put_json(&json, &names);
		buf_putc(out, '\n');
		return;
	case FORMAT_MARKDOWN:
		isolation_put_markdown(out, &names);
		return;
	}
}

int
cmd_isolated(struct cli *cli)
{
	int format = FORMAT_TEXT, status;
	const struct opt own[] = {
	    {"format", 0, NULL, "form of the answer (text)", OPT_WORD,
		.word = &format, .words = formats},
	    {0},
	};
	struct options o;
	struct unit u;

	status = opt_parse(cli, own, &o);
	if (status != OPT_GO)
		return status;
	o.unit.one_cluster = true;
	if (cli_compile(cli, &o, &u, PASS_BIT(PMAP)) && !u.repo.several) {
		cli->tells_read = format == FORMAT_TEXT;
		put(cli, &u, (enum format)format);
	}
	return cli_finish(cli, &u, STATUS_OK);
}
