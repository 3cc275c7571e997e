/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cnpc diff: which connections two sets of policies judge differently.
 */
#include "cli/comparison.h"
#include "report/changes.h"

static void
put_changes(struct cli *cli, const struct changes_report *r, int format)
{
	struct json json;

	switch ((enum comparison_format)format) {
	case COMPARISON_TEXT:
		changes_put_text(&cli->out.buf, r);
		return;
	case COMPARISON_JSON:
		json_init(&json, &cli->out.buf, true);
		changes_put_json(&json, r);
		buf_putc(&cli->out.buf, '\n');
		return;
	case COMPARISON_MARKDOWN:
		changes_put_markdown(&cli->out.buf, r);
		return;
	}
}

static int
answer(struct cli *cli, struct unit u[2], const struct options o[2], int format,
    int fail_on)
{
	struct changes c;
	struct change_side side[2];
	struct changes_report r = {
	    .changes = &c,
	    .names = {&c.actors, &c.protos, &u[1].perm, &u[1].scratch, false,
		false},
	};

	for (int i = 0; i < 2; i++) {
		side[i] = comparison_side(&u[i]);
		r.name[i] = o[i].unit.inputs[0];
		r.source[i] = &u[i].sources;
	}
	changes_find(&c, &u[1].perm, &u[1].scratch, side, 2);
	put_changes(cli, &r, format);
	return comparison_status(&c, fail_on);
}

static int
compare_inputs(struct cli *cli, const struct options *both, int format,
    int fail_on)
{
	struct options o[2] = {*both, *both};
	struct unit u[2];
	bool ready = true;
	int status = STATUS_OK;

	for (int i = 0; i < 2; i++) {
		o[i].unit.inputs += i;
		o[i].unit.ninputs = 1;
		ready &= cli_compile(cli, &o[i], &u[i], PASS_BIT(PMAP));
	}
	if (ready)
		status = answer(cli, u, o, format, fail_on);
	return comparison_finish(cli, u, status);
}

int
cmd_diff(struct cli *cli)
{
	int format = COMPARISON_TEXT, fail_on = COMPARISON_FAIL_DEFAULT, status;
	const struct opt own[] = {
	    COMPARISON_OPTIONS(&format, &fail_on),
	    {0},
	};
	struct options o;

	status = opt_parse(cli, own, &o);
	if (status != OPT_GO)
		return status;
	if (o.unit.ninputs != 2)
		return cli_usage(cli, "needs OLD and NEW");
	return compare_inputs(cli, &o, format, fail_on);
}
