/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cnpc diff: which connections two sets of policies judge differently.
 */
#include "bundle/ours.h"
#include "cli/bundle.h"
#include "cli/comparison.h"
#include "cli/flows.h"
#include "cli/picture.h"
#include "cli/revisions.h"
#include "driver/git.h"
#include "driver/input.h"
#include "report/changes.h"

static const struct word formats[] = {{"text", COMPARISON_TEXT},
    {"json", COMPARISON_JSON}, {"markdown", COMPARISON_MARKDOWN},
    {"dot", COMPARISON_DOT}, {"html", COMPARISON_HTML}, {"svg", COMPARISON_SVG},
    {0}};

/* What is asked for, besides the sides. */
struct diff_form {
	int format, fail_on;
	struct str_list flows;   /* recorded; none: changes are not weighed */
	struct str_list trusted; /* keys that bundles are signed with */
};

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
	case COMPARISON_DOT:
	case COMPARISON_SVG: /* it is drawn at the end */
		changes_put_dot(&cli->out.buf, r);
		return;
	case COMPARISON_HTML:
		changes_put_html(&cli->out.buf, r);
		return;
	}
}

/* What is compared: before and after. */
struct sides {
	struct options o[2];
	const char *name[2];
	const char *bundle[2]; /* in place of inputs; or NULL */
	const struct str_list *trusted;
	struct git_files git[2];
	struct unit u[2];
	bool ready[2]; /* all that is wanted of it is there */
};

/* ---- recorded flows ---- */

struct weighing {
	struct flows read;
	struct recording recording;
	struct replay replay;
	struct traffic traffic;
};

static bool
take_line(void *arg, const struct replay_result *r)
{
	struct weighing *w = arg;

	flows_tell(&w->read, r);
	traffic_add(&w->traffic, r);
	return true;
}

/* Weighs C by what was recorded: the ends are those of the first side.  False:
 * none was, or a file could not be read. */
static bool
weigh(struct weighing *w, struct cli *cli, struct sides *s,
    const struct changes *c, const struct str_list *flows)
{
	struct unit *before = &s->u[0];

	replay_init(&w->replay, &before->perm, &before->pmaps, &before->objects,
	    before->opt.schema.default_ns);
	w->replay.pairs = true;
	recording_init(&w->recording, &w->replay, &before->pool);
	w->recording.every = true;
	w->recording.fn = take_line;
	w->recording.arg = w;
	w->read = (struct flows){.cli = cli, .recording = &w->recording};
	traffic_init(&w->traffic, &before->perm, c);
	VEC_FOREACH (path, &flows->v)
		flows_read(&w->read, *path);
	traffic_settle(&w->traffic);
	recording_free(&w->recording);
	replay_free(&w->replay);
	if (w->replay.status[REPLAY_JUDGED] == 0 && !w->read.failed)
		cli_bad_input(cli, "--flows", "no connection is recorded");
	return w->replay.status[REPLAY_JUDGED] > 0 && !w->read.failed;
}

/* ---- two sides ---- */

static int
answer(struct cli *cli, struct sides *s, const struct diff_form *f)
{
	struct unit *u = s->u;
	struct changes c;
	struct change_side side[2];
	struct weighing w = {0};
	struct changes_report r = {
	    .changes = &c,
	    .names = {&c.actors, &c.protos, &u[1].perm, &u[1].scratch, false,
		false},
	};

	for (int i = 0; i < 2; i++) {
		side[i] = comparison_side(&u[i]);
		r.name[i] = s->name[i];
		r.source[i] = &u[i].sources;
	}
	changes_find(&c, &u[1].perm, &u[1].scratch, side, 2);
	if (f->flows.v.n > 0) {
		if (!weigh(&w, cli, s, &c, &f->flows))
			return STATUS_BAD_INPUT;
		r.traffic = &w.traffic;
	}
	put_changes(cli, &r, f->format);
	return comparison_status(&c, f->fail_on);
}

/* One side; they have nothing in common but the memory of the files. */
static void
compile_side(void *arg, struct worker *self, size_t i)
{
	struct sides *s = arg;

	(void)self;
	s->ready[i] =
	    cli_run_bundle(&s->u[i], s->bundle[i], s->trusted, PASS_BIT(PMAP));
}

/* Both sides at once, each with threads of its own, unless one is to do. */
static bool
compile_sides(struct cli *cli, struct sides *s)
{
	struct pool pool;
	bool ready = true;

	/* The first unit enters the sandbox for this process. */
	for (int i = 0; i < 2; i++)
		cli_compile(cli, &s->o[i], &s->u[i], 0);
	pool_init(&pool, s->u[0].pool.n < 2 ? 1 : 2);
	pool_run(&pool, 2, compile_side, s);
	pool_free(&pool);
	for (int i = 0; i < 2; i++)
		ready &= s->ready[i] && s->o[i].unit.dump == PASSES;
	return ready;
}

static int
compare_sides(struct cli *cli, struct sides *s, const struct diff_form *f)
{
	struct picture picture;
	int status = picture_begin(&picture, cli, f->format == COMPARISON_SVG);

	if (status != OPT_GO)
		return status;
	status = STATUS_OK;
	if (compile_sides(cli, s))
		status = answer(cli, s, f);
	status = comparison_finish(cli, s->u, 2, status);
	return picture_end(&picture, cli, status);
}

/* Two inputs or bundles. */
static int
compare_inputs(struct cli *cli, const struct options *o,
    const struct diff_form *f)
{
	struct sides s = {.o = {*o, *o}, .trusted = &f->trusted};

	if (o->unit.ninputs != 2)
		return cli_usage(cli, "needs OLD and NEW, or git revisions");
	for (int i = 0; i < 2; i++) {
		s.o[i].unit.inputs += i;
		s.o[i].unit.ninputs = 1;
		s.name[i] = s.o[i].unit.inputs[0];
		if (bundle_is_there(s.name[i]))
			s.bundle[i] = s.name[i];
		else if (f->trusted.v.n > 0)
			return cli_usage(cli, "--trusted: %s is no bundle",
			    s.name[i]);
	}
	return compare_sides(cli, &s, f);
}

/* The inputs of the side I: without those that only the other one has. */
static void
choose_inputs(struct cli *cli, struct sides *s, int i)
{
	const struct str_list *all = &s->o[i].inputs;
	const struct git_files *mine = s->o[i].unit.git;
	const struct git_files *other = s->o[!i].unit.git;
	VEC(const char *) there = {0};

	VEC_FOREACH (path, &all->v) {
		if (input_is_there(mine, &cli->arena, *path) ||
		    !input_is_there(other, &cli->arena, *path))
			*vec_push(&there, &cli->arena) = *path;
	}
	s->o[i].unit.inputs = there.v;
	s->o[i].unit.ninputs = there.n;
}

/* The files of the side I, which are those of the revision R.  OPT_GO, or the
 * status of a mistake. */
static int
read_revision(struct cli *cli, struct sides *s, int i, const struct revision *r)
{
	struct git_files *git = &s->git[i];
	struct source_set none = {0};
	int error;

	s->name[i] = r->shown;
	if (!r->name)
		return OPT_GO;
	s->o[i].unit.git = git;
	error = git_read_commit(git, &cli->arena, r->name, r->branch);
	if (error)
		return cli_system(cli, error, "cannot run git");
	if (!git->unknown)
		return OPT_GO;
	cli_diagnose(cli, &none, &git->sink);
	return STATUS_BAD_INPUT;
}

/* The same inputs in two revisions. */
static int
compare_revisions(struct cli *cli, const struct options *o,
    const struct diff_form *f)
{
	struct sides s = {.o = {*o, *o}};
	struct revision r[2];
	int status = revisions_read(cli, o->revisions, r);

	for (int i = 0; i < 2 && status == OPT_GO; i++)
		status = read_revision(cli, &s, i, &r[i]);
	if (status != OPT_GO)
		return status;
	for (int i = 0; i < 2; i++)
		choose_inputs(cli, &s, i);
	return compare_sides(cli, &s, f);
}

int
cmd_diff(struct cli *cli)
{
	struct diff_form f = {.format = COMPARISON_TEXT,
	    .fail_on = COMPARISON_FAIL_DEFAULT};
	const struct opt own[] = {
	    COMPARISON_OPTIONS(&f.format, formats, &f.fail_on),
	    {"flows", 0, "FILE",
		"recorded flows to weigh changes by, - for standard input; "
		"may be given again",
		OPT_LIST, .list = &f.flows},
	    BUNDLE_TRUSTED(&f.trusted),
	    {0},
	};
	struct options o;
	int status;

	cli->takes_revisions = true;
	status = opt_parse(cli, own, &o);
	if (status != OPT_GO)
		return status;
	if (!o.revisions)
		return compare_inputs(cli, &o, &f);
	if (f.trusted.v.n > 0)
		return cli_usage(cli, "--trusted is for bundles");
	return compare_revisions(cli, &o, &f);
}
