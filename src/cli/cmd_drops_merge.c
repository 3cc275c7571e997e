/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cnpc drops merge: the summary of a recording from those of its parts.
 */
#include "base/file.h"
#include "cli/drops_out.h"
#include "cli/opt.h"

enum {
	PART_MAX = 1 << 30, /* bytes */
};

const struct word drops_formats[] = {{"text", DROPS_TEXT}, {"json", DROPS_JSON},
    {"jsonl", DROPS_JSONL}, {"csv", DROPS_CSV}, {"markdown", DROPS_MARKDOWN},
    {0}};

void
cli_put_drops(struct cli *cli, struct summary *s, enum drops_format format,
    bool only_new)
{
	struct buf *out = &cli->out.buf;
	struct json json;

	summary_sort(s);
	switch (format) {
	case DROPS_TEXT:
		drops_put_text(out, s->arena, s, only_new);
		break;
	case DROPS_JSON:
		json_init(&json, out, true);
		drops_put_json(&json, s, only_new);
		buf_putc(out, '\n');
		break;
	case DROPS_JSONL:
		drops_put_jsonl(out, s, only_new);
		break;
	case DROPS_CSV:
		drops_put_csv(out, s->arena, s, only_new);
		break;
	case DROPS_MARKDOWN:
		drops_put_markdown(out, s->arena, s, only_new);
		break;
	}
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

static int
status_of(const struct summary *s)
{
	if (s->status[REPLAY_JUDGED] == 0)
		return STATUS_BAD_INPUT;
	VEC_FOREACH (r, &s->v) {
		if ((*r)->class == REPLAY_NEW_DROP)
			return STATUS_FINDINGS;
	}
	return STATUS_OK;
}

int
cmd_drops_merge(struct cli *cli)
{
	int format = DROPS_TEXT, status;
	bool only_new = false;
	const struct opt own[] = {
	    {"new", 0, NULL, "only what passed then and would drop now",
		OPT_FLAG, .flag = &only_new},
	    {"format", 0, NULL, DROPS_FORMAT_HELP, OPT_WORD, .word = &format,
		.words = drops_formats},
	    {0},
	};
	struct command *merge = ARENA_NEW(&cli->arena, struct command);
	struct options o;
	struct summary s;

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
	summary_init(&s, &cli->arena);
	for (size_t i = 0; i < o.nargs; i++) {
		status = read_part(cli, &s, o.args[i]);
		if (status != STATUS_OK)
			return status;
	}
	cli_put_drops(cli, &s, (enum drops_format)format, only_new);
	return status_of(&s);
}
