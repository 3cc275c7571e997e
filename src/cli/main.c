/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cnpc: the Cilium network policy compiler.  This is its table of commands;
 * each one is a cmd_*.c.
 */
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "base/near.h"
#include "cli/cli.h"

static int cmd_help(struct cli *cli);

static const struct command commands[] = {
    {"compile", cmd_compile, 0, 0, true, false, "-o DIR",
	"Compile policies to map images and BPF programs."},
    {"lint", cmd_lint, 0, 0, true, true, "",
	"Report what is wrong with policies."},
    {"show", cmd_show, 1, 1, true, false,
	"all|identities|endpoints|policies|ipcache",
	"Print what the compiler computed."},
    {"cost", cmd_cost, 0, 0, true, false, "",
	"Tell which policy maps are large, and by which rules."},
    {"diff", cmd_diff, 0, 0, true, false, "[REVISIONS [--]]",
	"Tell which connections a change opens and closes."},
    {"upgrade", cmd_upgrade, 0, 0, true, false, "",
	"Tell what another version or setting changes, and what is to blame."},
    {"trace", cmd_trace, 0, 0, true, false,
	"--from END --to END --port PORT/PROTO",
	"Judge one connection, and tell by which rule."},
    {"who", cmd_who, 0, 0, true, false, "--from END|--to END[:PORT/PROTO]",
	"Tell who may connect to an end, or where it may connect to."},
    {"matrix", cmd_matrix, 0, 0, true, false, "",
	"Tell of all ends who may connect to whom."},
    {"graph", cmd_graph, 0, 0, true, false, "",
	"Draw who may connect to whom, as a picture (SVG)."},
    {"exposed", cmd_exposed, 0, 0, true, false, "",
	"Tell what the world reaches, and what reaches the world."},
    {"isolated", cmd_isolated, 0, 0, true, false, "",
	"Tell which pods policies are for, and which they leave open."},
    {"test", cmd_test, 0, 0, true, false, "",
	"Test assertions: what is to stay true of policies."},
    {"drops", cmd_drops, 0, 0, true, true, "--flows FILE",
	"Judge recorded connections: what would be dropped, and by which "
	"rule."},
    {"prove", cmd_prove, 1, 1, true, false, "DIR",
	"Prove that a bundle's maps give what the policies say."},
    {"suggest", cmd_suggest, 1, 1, true, true, "NAMESPACE --flows FILE",
	"Write first policies for a namespace from recorded connections."},
#if CNPC_KERNEL
    {"verify", cmd_verify, 1, 1, false, false, "DIR",
	"Let the kernel verify and run a bundle's programs."},
#endif
    {"compare", cmd_compare, 1, 1, false, false, "DIR --dump FILE|--live",
	"Hold a bundle against the maps of a node."},
#if CNPC_KERNEL
    {"load", cmd_load, 1, 1, false, false, "DIR --pin PATH --dev IF=NS/POD",
	"Put a bundle in force at the devices of pods."},
    {"status", cmd_status, 0, 0, false, false, "--pin PATH",
	"Tell what is loaded, and what it let pass and dropped."},
    {"monitor", cmd_monitor, 1, 1, false, false, "DIR --pin PATH",
	"Tell what becomes of packets, and by which rule, as they come."},
    {"unload", cmd_unload, 0, 0, false, false, "--pin PATH",
	"Remove what was loaded."},
#endif
    {"lsp", cmd_lsp, 0, 0, true, true, "",
	"Serve an editor: findings while you type, and more (LSP)."},
    {"explain", cmd_explain, 0, 1, false, false, "[CNP###|PLATFORM]",
	"Explain a diagnostic or a platform, or list the diagnostics."},
    {"schema", cmd_schema, 0, 1, false, false, "[KIND]",
	"Print the JSON Schema of an input kind, or list the kinds."},
    {"help", cmd_help, 0, 1, false, false, "[COMMAND]",
	"Tell how a command is used."},
    {0},
};

static bool
asks_help(const char *word)
{
	return strcmp(word, "help") == 0 || strcmp(word, "--help") == 0 ||
	    strcmp(word, "-h") == 0;
}

static const struct command *
find_command(struct cli *cli, const char *name)
{
	VEC(const char *) names = {0};

	if (asks_help(name))
		name = "help";
	for (const struct command *c = commands; c->name; c++) {
		if (strcmp(c->name, name) == 0)
			return c;
		*vec_push(&names, &cli->arena) = c->name;
	}
	*vec_push(&names, &cli->arena) = NULL;
	cli_usage(cli, "no command \"%s\"%s", name,
	    near_hint(&cli->arena, str_of(name), names.v, ""));
	return NULL;
}

static void
put_usage(struct buf *out)
{
	buf_puts(out,
	    "usage: cnpc COMMAND [OPTION...] [ARGUMENT...]\n\n"
	    "The Cilium network policy compiler, offline: no cluster, no "
	    "root, no network.\n\n");
	for (const struct command *c = commands; c->name; c++)
		buf_printf(out, "  %-8s  %s\n", c->name, c->summary);
	buf_puts(out,
	    "\n`cnpc help COMMAND` and cnpc-COMMAND(1) tell more.\n"
	    "Exit status: 0 ok, 1 findings, 2 bad input, 3 usage, 4 system "
	    "error.\n");
}

static int
run_command(struct cli *cli, int argc, char **argv)
{
	cli->command = find_command(cli, argv[0]);
	if (!cli->command)
		return STATUS_USAGE;
	cli->argc = argc;
	cli->argv = argv;
	return cli->command->run(cli);
}

/* `cnpc help X` is `cnpc X --help`. */
static int
cmd_help(struct cli *cli)
{
	char option[] = "--help";
	char *argv[] = {cli->argv[1], option, NULL};

	if (cli->argc > 2)
		return cli_usage(cli, "one argument too many: %s",
		    cli->argv[2]);
	if (cli->argc == 2 && !asks_help(argv[0])) {
		cli->command = NULL;
		return run_command(cli, 2, argv);
	}
	put_usage(&cli->out.buf);
	return STATUS_OK;
}

static int
run(struct cli *cli, int argc, char **argv)
{
	if (argc < 2)
		return cli_usage(cli, "no command");
	if (strcmp(argv[1], "--version") == 0) {
		buf_printf(&cli->out.buf, "cnpc %s\n", cli->version);
		return STATUS_OK;
	}
	return run_command(cli, argc - 1, argv + 1);
}

int
main(int argc, char **argv)
{
	struct cli cli = {.version = CNPC_VERSION};
	int error, status;

	/* A closed pipe and a file that grows too large are failed writes. */
	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN);
	out_init(&cli.out, &cli.arena, STDOUT_FILENO);
	out_init(&cli.err, &cli.arena, STDERR_FILENO);
	status = run(&cli, argc, argv);
	cli_give_reasons(&cli, status);
	error = out_close(&cli.out);
	if (error != 0) {
		buf_printf(&cli.err.buf,
		    "cnpc: %scannot write the result: %s\n", cli_placed(&cli),
		    strerrordesc_np(error));
		status = STATUS_SYSTEM;
	}
	out_close(&cli.err);
	arena_free(&cli.arena);
	return status;
}
