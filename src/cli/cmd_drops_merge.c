/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cnpc drops merge: the summary of a recording from those of its parts.
 */
#include "base/file.h"
#include "cli/drops_out.h"
#include "cli/opt.h"
#include "diag/render.h"
#include "driver/locate.h"

enum {
	PART_MAX = 1 << 30, /* bytes */
};

const struct word drops_formats[] = {{"text", DROPS_TEXT}, {"json", DROPS_JSON},
    {"jsonl", DROPS_JSONL}, {"csv", DROPS_CSV}, {"markdown", DROPS_MARKDOWN},
    {"sarif", DROPS_SARIF}, {0}};

const struct word drops_bys[] = {{"connection", DROPS_BY_CONNECTION},
    {"policy", DROPS_BY_POLICY}, {"namespace", DROPS_BY_NAMESPACE},
    {"workload", DROPS_BY_WORKLOAD}, {0}};

/* The new drops as findings at the rules. */
static void
put_sarif(struct json *json, struct cli *cli, const struct summary *s,
    struct unit *u)
{
	struct diag_sink sink;

	diag_sink_init(&sink, s->arena);
	drops_tell(&sink, s);
	unit_locate(u, &sink);
	diag_render_sarif(json, &u->sources, &sink, cli->version);
}

static void
put_form(struct cli *cli, const struct summary *s, const struct drops_form *f,
    struct unit *u)
{
	struct buf *out = &cli->out.buf;
	struct drops_groups g;
	struct json json;

	drops_group(&g, s->arena, s, (enum drops_by)f->by);
	json_init(&json, out, true);
	switch ((enum drops_format)f->format) {
	case DROPS_TEXT:
		drops_put_text(out, s->arena, s, &g);
		break;
	case DROPS_JSON:
		drops_put_json(&json, s, &g);
		buf_putc(out, '\n');
		break;
	case DROPS_JSONL:
		drops_put_jsonl(out, s, &g);
		break;
	case DROPS_CSV:
		drops_put_csv(out, s->arena, s, &g);
		break;
	case DROPS_MARKDOWN:
		drops_put_markdown(out, s->arena, s, &g);
		break;
	case DROPS_SARIF:
		put_sarif(&json, cli, s, u);
		buf_putc(out, '\n');
		break;
	}
}

int
cli_put_drops(struct cli *cli, struct summary *s, const struct drops_form *f,
    struct unit *u)
{
	summary_sort(s);
	if (f->only_new)
		summary_keep_new(s);
	put_form(cli, s, f, u);
	if (s->status[REPLAY_JUDGED] == 0)
		return STATUS_BAD_INPUT;
	return s->class[REPLAY_NEW_DROP] > 0 ? STATUS_FINDINGS : STATUS_OK;
}

/* STATUS_OK, or what is wrong with the part, which has been told. */
static int
read_part(struct cli *cli, struct summary *s, const char *path)
{
	const char *problem;
	struct str text;
	int error = file_read(&cli->arena, path, PART_MAX, &text);

	if (error != 0)
		return cli_system(cli, error, "cannot read %s", path);
	problem = summary_read(s, text);
	if (!problem)
		return STATUS_OK;
	return cli_bad_input(cli, path, problem);
}

int
cmd_drops_merge(struct cli *cli)
{
	struct drops_form form = {0};
	const struct opt own[] = {
	    DROPS_FORM_OPTS(&form),
	    {0},
	};
	struct command *merge = ARENA_NEW(&cli->arena, struct command);
	struct options o;
	struct summary s;
	int status;

	*merge = (struct command){.name = "drops merge",
	    .run = cmd_drops_merge,
	    .needs = 1,
	    .takes = (unsigned)cli->argc,
	    .args = "FILE...",
	    .summary = "Add up summaries of parts of a recording."};
	cli->command = merge;
	cli->argc--;
	cli->argv++;
	status = opt_parse(cli, own, &o);
	if (status != OPT_GO)
		return status;
	if (form.format == DROPS_SARIF)
		return cli_usage(cli,
		    "--format=sarif needs the policies: it is for `cnpc "
		    "drops`");
	summary_init(&s, &cli->arena);
	for (size_t i = 0; i < o.nargs; i++) {
		status = read_part(cli, &s, o.args[i]);
		if (status != STATUS_OK)
			return status;
	}
	return cli_put_drops(cli, &s, &form, NULL);
}
