/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cnpc upgrade: what another version, setting or model changes for one input,
 * and what is to blame.
 */
#include "cli/comparison.h"
#include "cli/upgrade_sides.h"
#include "report/upgrade.h"

static const struct word formats[] = {{"text", COMPARISON_TEXT},
    {"json", COMPARISON_JSON}, {"markdown", COMPARISON_MARKDOWN}, {0}};

static void
put_upgrade(struct cli *cli, const struct changes_report *r, int format)
{
	struct json json;

	switch ((enum comparison_format)format) {
	case COMPARISON_TEXT:
		upgrade_put_text(&cli->out.buf, r);
		return;
	case COMPARISON_JSON:
		json_init(&json, &cli->out.buf, true);
		upgrade_put_json(&json, r);
		buf_putc(&cli->out.buf, '\n');
		return;
	case COMPARISON_MARKDOWN:
		upgrade_put_markdown(&cli->out.buf, r);
		return;
	case COMPARISON_DOT:
	case COMPARISON_HTML:
	case COMPARISON_SVG:
		return; /* none of its words */
	}
}

static int
answer(struct cli *cli, struct upgrade_sides *s, int format, int fail_on)
{
	struct unit *after = &s->u[1];
	struct upgrade u = {0};
	const struct changes_report r = {
	    .changes = &u.changes,
	    .name = {upgrade_sides_name(s, 0), upgrade_sides_name(s, 1)},
	    .source = {&s->u[0].sources, &after->sources},
	    .names = {&u.changes.actors, &u.changes.protos, &after->perm,
		&after->scratch, false, false},
	    .upgrade = &u,
	};
	int status;

	upgrade_sides_list(s, &u);
	upgrade_find(&u, &after->perm);
	if (after->failure.error == 0)
		put_upgrade(cli, &r, format);
	status = comparison_status(&u.changes, fail_on);
	upgrade_free(&u);
	return status;
}

int
cmd_upgrade(struct cli *cli)
{
	int format = COMPARISON_TEXT, fail_on = COMPARISON_FAIL_DEFAULT, status;
	struct upgrade_question q = {0};
	struct upgrade_sides s;
	const struct opt own[] = {
	    {"from", 0, "VERSION",
		"version of Cilium before (that of --cilium, of the inputs or "
		"of the platform)",
		OPT_VERSION, .version = &q.version[0]},
	    {"to", 0, "VERSION", "and after (likewise)", OPT_VERSION,
		.version = &q.version[1]},
	    {"set", 0, "SIDE.KEY=VALUE",
		"a key of cilium-config, or precedence, profile, kubernetes; "
		"SIDE is OLD or NEW; may be given again",
		OPT_LIST, .list = &q.set},
	    COMPARISON_OPTIONS(&format, formats, &fail_on),
	    {0},
	};
	struct options both;

	status = opt_parse(cli, own, &both);
	if (status != OPT_GO)
		return status;
	if (!q.version[0] && !q.version[1] && q.set.v.n == 0)
		return cli_usage(cli,
		    "both sides are the same: needs --from, --to or --set");
	status = upgrade_sides_read(&s, cli, &both, &q);
	if (status != OPT_GO)
		return status;
	status = STATUS_OK;
	if (upgrade_sides_compile(&s))
		status = answer(cli, &s, format, fail_on);
	return comparison_finish(cli, s.u, 2, status);
}
