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

/* Tells what failed, and keeps it for cli_give_reasons(). */
static void
fail(struct cli *cli, const char *what, const char *why)
{
	cli->failure = arena_printf(&cli->arena, "%s: %s", what, why);
	put_name(cli);
	buf_printf(&cli->err.buf, "%s\n", cli->failure);
}

int
cli_bad_input(struct cli *cli, const char *what, const char *problem)
{
	fail(cli, what, problem);
	return STATUS_BAD_INPUT;
}

int
cli_system(struct cli *cli, int error, const char *fmt, ...)
{
	struct buf text;
	va_list ap;

	buf_init(&text, &cli->arena);
	va_start(ap, fmt);
	buf_vprintf(&text, fmt, ap);
	va_end(ap);
	fail(cli, buf_as_str(&text).s, strerrordesc_np(error));
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
	/* Nobody leaves the sandbox, so a second unit is in it. */
	unit_run(u,
	    cli->confined || o->no_sandbox ? wanted
					   : wanted | PASS_BIT(SANDBOX));
	cli->confined = true;
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

/* "1 policy", "4,020 policies". */
static void
put_count(struct buf *out, size_t n, const char *one, const char *many)
{
	if (n < 1000)
		buf_printf(out, "%zu", n);
	else if (n < 1000000)
		buf_printf(out, "%zu,%03zu", n / 1000, n % 1000);
	else
		buf_printf(out, "%zu,%03zu,%03zu", n / 1000000, n / 1000 % 1000,
		    n % 1000);
	buf_printf(out, " %s", n == 1 ? one : many);
}

void
cli_tell_read(struct cli *cli, const struct unit *u)
{
	struct buf *out = &cli->err.buf;
	size_t policies = 0, pods = 0, assumed = 0;

	VEC_FOREACH (o, &u->objects.v)
		policies += ast_kind_is_policy((*o)->kind);
	VEC_FOREACH (e, &u->world.endpoints) {
		pods += !e->host;
		assumed += e->assumed;
	}
	buf_puts(out, "read: ");
	put_count(out, policies, "policy", "policies");
	buf_puts(out, ", ");
	put_count(out, pods, "pod or workload", "pods or workloads");
	if (assumed > 0)
		buf_printf(out, " (%zu assumed)", assumed);
	buf_puts(out, "; ");
	put_count(out, (size_t)u->repo.skipped + u->objects.skipped,
	    "other object skipped\n", "other objects skipped\n");
}

/* The document of reasons, begun. */
static struct json *
reasons(struct cli *cli)
{
	if (!cli->reasons.arena) {
		buf_init(&cli->reasons, &cli->arena);
		json_init(&cli->reasons_to, &cli->reasons, true);
		diag_json_begin(&cli->reasons_to);
	}
	return &cli->reasons_to;
}

/* Whether nothing was put out. */
static bool
lacks_result(const struct cli *cli)
{
	return cli->out.buf.n == 0 && !cli->out.written;
}

void
cli_diagnose(struct cli *cli, struct source_set *sources,
    struct diag_sink *sink)
{
	diag_render_text(&cli->err.buf, sources, sink, cli->color_err);
	if (cli->wants_json && lacks_result(cli))
		diag_json_put(reasons(cli), sources, sink);
}

void
cli_give_reasons(struct cli *cli, int status)
{
	if (!cli->wants_json || !lacks_result(cli) ||
	    (status != STATUS_BAD_INPUT && status != STATUS_SYSTEM))
		return;
	diag_json_end(reasons(cli), cli->failure);
	buf_putc(&cli->reasons, '\n');
	buf_put(&cli->out.buf, cli->reasons.p, cli->reasons.n);
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
	if (cli->tells_read && u->failure.error == 0)
		cli_tell_read(cli, u);
	unit_free(u);
	return status;
}
