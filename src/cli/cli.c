/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the commands share: messages, and the frame of a compilation.
 */
#include "cli/cli.h"

#include <string.h>

#include "cli/opt.h"
#include "diag/render.h"

/* "cnpc COMMAND: " */
static void
put_name(struct cli *cli)
{
	buf_puts(&cli->err.buf, "cnpc");
	if (cli->command)
		buf_printf(&cli->err.buf, " %s", cli->command->name);
	buf_puts(&cli->err.buf, ": ");
}

int
cli_usage(struct cli *cli, const char *fmt, ...)
{
	va_list ap;

	put_name(cli);
	va_start(ap, fmt);
	buf_vprintf(&cli->err.buf, fmt, ap);
	va_end(ap);
	if (cli->command)
		buf_printf(&cli->err.buf, "\n`cnpc help %s` tells more\n",
		    cli->command->name);
	else
		buf_puts(&cli->err.buf, "\n`cnpc help` lists the commands\n");
	return STATUS_USAGE;
}

int
cli_system(struct cli *cli, int error, const char *fmt, ...)
{
	va_list ap;

	put_name(cli);
	va_start(ap, fmt);
	buf_vprintf(&cli->err.buf, fmt, ap);
	va_end(ap);
	buf_printf(&cli->err.buf, ": %s\n", strerrordesc_np(error));
	return STATUS_SYSTEM;
}

const char *
cli_placed(const struct cli *cli)
{
	return cli->placed ? "the bundle is in its place, but " : "";
}

bool
cli_compile(struct cli *cli, const struct options *o, struct unit *u,
    uint32_t wanted)
{
	unit_init(u, &o->unit);
	unit_run(u, wanted | PASS_BIT(SANDBOX));
	cli->time_passes = o->time_passes;
	buf_put(&cli->out.buf, u->dump.p, u->dump.n);
	return (u->ran & wanted) == wanted && o->unit.dump == PASSES;
}

void
cli_costs(struct cli *cli, const struct unit *u)
{
	if (!cli->time_passes)
		return;
	VEC_FOREACH (c, &u->cost)
		buf_printf(&cli->err.buf, "%-10s %8.2f ms %8.0f KiB\n", c->name,
		    (double)c->ns / 1e6, (double)c->bytes / 1024);
}

void
cli_diagnose(struct cli *cli, struct source_set *sources,
    struct diag_sink *sink)
{
	diag_render_text(&cli->err.buf, sources, sink, cli->color_err);
}

int
cli_finish(struct cli *cli, struct unit *u, int status)
{
	if (u->failure.error != 0)
		status = cli_system(cli, u->failure.error, "%scannot %s %s",
		    cli_placed(cli), u->failure.what, u->failure.path);
	if (diag_failed(&u->sink) && status != STATUS_SYSTEM)
		status = STATUS_BAD_INPUT;
	cli_costs(cli, u);
	cli_diagnose(cli, &u->sources, &u->sink);
	unit_free(u);
	return status;
}
