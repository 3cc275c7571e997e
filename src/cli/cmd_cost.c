/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cnpc cost: which policy maps are large, and by which rules.
 */
#include "admit/platform.h"
#include "base/num.h"
#include "cli/cli.h"
#include "cli/opt.h"
#include "report/cost.h"

enum format {
	FORMAT_TABLE,
	FORMAT_JSON,
};

static const struct word formats[] = {{"table", FORMAT_TABLE},
    {"json", FORMAT_JSON}, {0}};

/* The entries that a map has room for. */
static uint64_t
room_of(const struct unit_options *opt)
{
	const struct platform_limits *limits = platform_limits(opt->platform);

	return limits ? limits->map_entries : unit_policy_map_max(opt);
}

static int
answer(struct cli *cli, struct unit *u, struct cost_report *r, int format)
{
	struct json json;

	r->room = room_of(&u->opt);
	if (r->budget == 0)
		r->budget = r->room;
	cost_compute(&r->costs, &u->perm, &u->scratch, &u->pmaps);
	if (format == FORMAT_JSON) {
		json_init(&json, &cli->out.buf, true);
		cost_put_json(&json, &u->perm, &u->sources, r);
		buf_putc(&cli->out.buf, '\n');
	} else {
		cost_put_text(&cli->out.buf, &u->perm, &u->sources, r);
	}
	return cost_over(r) > 0 ? STATUS_FINDINGS : STATUS_OK;
}

/* OPT_GO, or a usage error. */
static int
read_number(struct cli *cli, const char *name, struct str text,
    uint64_t *ret_value)
{
	if (!text.s || num_u64(text, UINT32_MAX, ret_value))
		return OPT_GO;
	return cli_usage(cli, "--%s takes a number, not \"%s\"", name, text.s);
}

int
cmd_cost(struct cli *cli)
{
	struct cost_report r = {.shown = 10};
	struct str budget = {0}, top = {0};
	int format = FORMAT_TABLE, status;
	const struct opt own[] = {
	    {"budget", 0, "NUMBER",
		"entries that a policy map may have (all that it has room for)",
		OPT_STR, .str = &budget},
	    {"top", 0, "NUMBER", "rows of a table, 0 for all (10)", OPT_STR,
		.str = &top},
	    {"format", 0, NULL, "table for people, json for programs", OPT_WORD,
		.word = &format, .words = formats},
	    {0},
	};
	struct options o;
	struct unit u;

	status = opt_parse(cli, own, &o);
	if (status == OPT_GO)
		status = read_number(cli, "budget", budget, &r.budget);
	if (status == OPT_GO)
		status = read_number(cli, "top", top, &r.shown);
	if (status != OPT_GO)
		return status;
	status = STATUS_OK;
	if (cli_compile(cli, &o, &u, PASS_BIT(PMAP)))
		status = answer(cli, &u, &r, format);
	return cli_finish(cli, &u, status);
}
