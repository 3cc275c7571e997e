/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cnpc compare: a bundle against what a node has in its kernel.
 */
#include <errno.h>
#include <string.h>

#include "base/file.h"
#include "base/sandbox.h"
#include "cli/bundle.h"
#include "cli/cli.h"
#include "cli/opt.h"
#include "node/compare.h"
#include "report/compare.h"

/* Where an agent pins its maps. */
#define PINS "/sys/fs/bpf/tc/globals"

#define DUMP_MAX ((size_t)1 << 31)

enum format {
	FORMAT_TEXT,
	FORMAT_JSON,
};

static const struct word formats[] = {{"text", FORMAT_TEXT},
    {"json", FORMAT_JSON}, {0}};

struct question {
	struct str_list dumps, trusted;
	bool live, all;
	struct str pins;
	int format;
	const char *dir;
};

/* OPT_GO, or the exit status to leave with. */
static int
read_question(struct cli *cli, struct question *q)
{
	const struct opt own[] = {
	    {"dump", 0, "FILE",
		"what bpftool or cilium-dbg printed as JSON; may be given "
		"again",
		OPT_LIST, .list = &q->dumps},
	    {"live", 0, NULL, "read the maps of this machine's agent", OPT_FLAG,
		.flag = &q->live},
	    {"pins", 0, "DIR", "where these are pinned (" PINS ")", OPT_STR,
		.str = &q->pins},
	    {"all", 0, NULL, "show all entries that differ", OPT_FLAG,
		.flag = &q->all},
	    BUNDLE_TRUSTED(&q->trusted),
	    {"format", 0, NULL, "text for people, json for programs", OPT_WORD,
		.word = &q->format, .words = formats},
	    {0},
	};
	struct options o;
	int status = opt_parse(cli, own, &o);

	if (status != OPT_GO)
		return status;
	q->dir = o.args[0];
	if (q->dumps.v.n == 0 && !q->live)
		return cli_usage(cli, "--dump or --live is needed");
	return OPT_GO;
}

/* Nothing but reading is left to do: OPT_GO, or the exit status. */
static int
confine(struct cli *cli, const struct question *q)
{
	struct sandbox in_force;
	int error;

	if (q->live)
		error = sandbox_enter_kernel(&in_force);
	else if (!(error =
			 sandbox_keep_capabilities(SANDBOX_FILE_CAPABILITIES)))
		error = sandbox_enter(NULL, 0, &in_force);
	return error ? cli_system(cli, error, "cannot give up rights") : OPT_GO;
}

/* The same of everything that is known of the node. */
static int
read_node(struct cli *cli, const struct question *q, struct node_state *node)
{
	const char *pins = q->pins.s ? q->pins.s : PINS, *problem = NULL;
	int error;

	VEC_FOREACH (path, &q->dumps.v) {
		struct str text;

		error = file_read(&cli->arena, *path, DUMP_MAX, &text);
		if (error)
			return cli_system(cli, error, "cannot read %s", *path);
		problem = node_read_dump(node, *path, text);
		if (problem)
			return cli_bad_input(cli, *path, problem);
	}
	if (q->live) {
		error = node_read_live(node, pins, &problem);
		if (error)
			return cli_system(cli, error,
			    "cannot read the maps "
			    "in %s",
			    pins);
		if (problem)
			return cli_bad_input(cli, pins, problem);
	}
	node_sort(node);
	if (node->maps.n == 0 && !node->has_ipcache)
		return cli_bad_input(cli, q->live ? pins : q->dumps.v.v[0],
		    "neither a policy map nor an ipcache is there");
	return OPT_GO;
}

/* Levels of precedence that no agent has are a reason to differ. */
static void
tell_model(struct cli *cli, const struct bundle_content *bundle)
{
	const struct ynode *options = ynode_get(bundle->manifest, "options");
	const struct ynode *model =
	    options ? ynode_get(options, "precedence") : NULL;

	if (model && str_is(model->s, "clusterwide"))
		buf_puts(&cli->err.buf,
		    "cnpc compare: the bundle has the model clusterwide, and "
		    "agents have that of --precedence=cilium\n");
}

int
cmd_compare(struct cli *cli)
{
	struct bundle_content bundle = {0};
	struct question q = {.format = FORMAT_TEXT};
	struct comparison c;
	struct node_state node;
	struct json json;
	int status = read_question(cli, &q);

	if (status == OPT_GO)
		status = confine(cli, &q);
	if (status == OPT_GO)
		status = cli_read_bundle(cli, q.dir, &q.trusted, &bundle);
	if (status != OPT_GO)
		return status;
	node_init(&node, &cli->arena, bundle.ipcache.layout);
	status = read_node(cli, &q, &node);
	if (status != OPT_GO)
		return status;
	comparison_make(&c, &cli->arena, &bundle, &node);
	if (q.format == FORMAT_TEXT) {
		compare_put_text(&cli->out.buf, &cli->arena, &c, q.all);
	} else {
		json_init(&json, &cli->out.buf, true);
		compare_put_json(&json, &cli->arena, &c);
		buf_putc(&cli->out.buf, '\n');
	}
	if (!comparison_differs(&c))
		return STATUS_OK;
	tell_model(cli, &bundle);
	return STATUS_FINDINGS;
}
