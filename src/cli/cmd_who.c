/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cnpc who, matrix, graph and exposed: which connections pass, of an end, of
 * all, as a picture, or with the world.
 */
#include "change/reach_group.h"
#include "cli/cli.h"
#include "cli/ends.h"
#include "cli/opt.h"
#include "cli/picture.h"
#include "report/reach.h"

enum format {
	FORMAT_TEXT,
	FORMAT_JSON,
	FORMAT_CSV,
	FORMAT_MARKDOWN,
	FORMAT_DOT,
	FORMAT_MERMAID,
	FORMAT_SVG,
};

static const struct word groups[] = {{"identity", REACH_BY_IDENTITY},
    {"workload", REACH_BY_WORKLOAD}, {"namespace", REACH_BY_NAMESPACE}, {0}};

static const struct word formats[] = {{"text", FORMAT_TEXT},
    {"json", FORMAT_JSON}, {"csv", FORMAT_CSV}, {"markdown", FORMAT_MARKDOWN},
    {"dot", FORMAT_DOT}, {"mermaid", FORMAT_MERMAID}, {"svg", FORMAT_SVG}, {0}};

/* What is asked; an end that nobody named has no text. */
struct question {
	struct query query;
	bool has_from, has_to, has_port;
	bool exposed; /* with the world */
	int format, by;
};

/* The options that all of these commands have. */
#define BY_AND_FORMAT(q, usual)                                                \
	{"by", 0, NULL, "whose pods are told of together (identity)",          \
	    OPT_WORD, .word = &(q)->by, .words = groups},                      \
	{                                                                      \
		"format", 0, NULL, "form of the answer (" usual ")", OPT_WORD, \
		    .word = &(q)->format, .words = formats                     \
	}

static void
put(struct cli *cli, const struct reach_report *r, enum format format)
{
	struct buf *out = &cli->out.buf;
	struct json json;

	switch (format) {
	case FORMAT_TEXT:
		reach_put_text(out, r);
		return;
	case FORMAT_JSON:
		json_init(&json, out, true);
		reach_put_json(&json, r);
		buf_putc(out, '\n');
		return;
	case FORMAT_CSV:
		reach_put_csv(out, r);
		return;
	case FORMAT_MARKDOWN:
		reach_put_markdown(out, r);
		return;
	case FORMAT_DOT:
	case FORMAT_SVG: /* it is drawn at the end */
		reach_put_dot(out, r);
		return;
	case FORMAT_MERMAID:
		reach_put_mermaid(out, r);
		return;
	}
}

/* The actors of one end of the question; false: it has been told why not. */
static bool
find_end(struct cli *cli, struct unit *u, const struct question *q,
    const struct reaches *r, bool to, struct reach_question *ask)
{
	const struct bitset **set = to ? &ask->to : &ask->from;
	struct trace_party party;
	const char *problem = NULL;

	if (!trace_resolve(&party, &u->perm, &u->sink, &u->pmaps, &u->objects,
		&q->query, to))
		return false;
	*set = reaches_actors(r, &party);
	if (party.either || party.unlisted)
		problem = "which end that is, is not known";
	else if (bitset_empty(*set))
		problem = "nothing has this identity";
	VEC_FOREACH (end, &party.ends) {
		if (!to)
			continue;
		if (end != party.ends.v && end->port != ask->port)
			problem = "the backends have different ports; ask for "
				  "each by itself";
		ask->port = end->port;
	}
	if (problem)
		cli_usage(cli, STR_FMT ": %s", STR_ARG(party.asked->text),
		    problem);
	return !problem;
}

static void
find_exposed(struct reaches *r)
{
	const struct bitset *world = reaches_outside(r, true);
	const struct bitset *pods = reaches_outside(r, false);

	reaches_find(r, &(struct reach_question){.from = world, .to = pods});
	reaches_find(r, &(struct reach_question){.from = pods, .to = world});
}

static int
answer(struct cli *cli, struct unit *u, const struct question *q)
{
	const struct change_side side = {&u->pmaps, &u->objects, &u->sources};
	struct reach_question ask = {0};
	struct reaches r;
	struct reach_report report = {
	    .reaches = &r,
	    .names = {&r.actors, &r.protos, &u->perm, &u->scratch,
		q->format != FORMAT_TEXT, q->by == REACH_BY_WORKLOAD},
	    .sources = &u->sources,
	};

	reaches_init(&r, &u->perm, &u->scratch, &side);
	if (q->has_port) {
		ask.proto = q->query.proto;
		ask.port = q->query.port;
	}
	if ((q->has_from && !find_end(cli, u, q, &r, false, &ask)) ||
	    (q->has_to && !find_end(cli, u, q, &r, true, &ask)))
		return STATUS_BAD_INPUT;
	if (q->exposed)
		find_exposed(&r);
	else
		reaches_find(&r, &ask);
	reaches_group(&r, (enum reach_by)q->by, &ask);
	cli->tells_read = q->format == FORMAT_TEXT;
	put(cli, &report, (enum format)q->format);
	return STATUS_OK;
}

static int
run(struct cli *cli, struct question *q, struct options *o)
{
	struct picture picture;
	struct unit u;
	int status = picture_begin(&picture, cli, q->format == FORMAT_SVG);

	if (status != OPT_GO)
		return status;
	status = STATUS_OK;
	o->unit.one_cluster = true;
	ends_assume(&cli->arena, &q->query, &o->unit.ir);
	if (cli_compile(cli, o, &u, PASS_BIT(PMAP)) && !u.repo.several)
		status = answer(cli, &u, q);
	return picture_end(&picture, cli, cli_finish(cli, &u, status));
}

int
cmd_who(struct cli *cli)
{
	struct question q = {0};
	struct ends_words w = {0};
	const struct opt own[] = {
	    {"from", 0, "END", "who connects: as in cnpc trace", OPT_STR,
		.str = &w.from},
	    {"to", 0, "END[:PORT/PROTO]", "to whom, on every port or one",
		OPT_STR, .str = &w.to},
	    BY_AND_FORMAT(&q, "text"),
	    {0},
	};
	struct options o;
	int status = opt_parse(cli, own, &o);

	if (status != OPT_GO)
		return status;
	if (!w.from.s && !w.to.s)
		return cli_usage(cli,
		    "--from or --to is needed; cnpc matrix "
		    "tells of all");
	w.ns = o.unit.schema.default_ns;
	status = ends_read(cli, &w, &q.query);
	if (status != OPT_GO)
		return status;
	q.has_from = w.from.s;
	q.has_to = w.to.s;
	q.has_port = w.port.s;
	if (q.query.to.who == QUERY_SERVICE && !q.has_port)
		return cli_usage(cli,
		    "--to: which port of the Service? For "
		    "example svc/shop/api:80/tcp");
	return run(cli, &q, &o);
}

/* The commands without ends, with the options OWN, whose values go to Q. */
static int
tell_all(struct cli *cli, struct question *q, const struct opt *own)
{
	struct options o;
	int status = opt_parse(cli, own, &o);

	return status == OPT_GO ? run(cli, q, &o) : status;
}

int
cmd_matrix(struct cli *cli)
{
	struct question q = {0};
	const struct opt own[] = {BY_AND_FORMAT(&q, "text"), {0}};

	return tell_all(cli, &q, own);
}

int
cmd_graph(struct cli *cli)
{
	struct question q = {.format = FORMAT_SVG};
	const struct opt own[] = {BY_AND_FORMAT(&q, "svg"), {0}};

	return tell_all(cli, &q, own);
}

int
cmd_exposed(struct cli *cli)
{
	struct question q = {.exposed = true};
	const struct opt own[] = {BY_AND_FORMAT(&q, "text"), {0}};

	return tell_all(cli, &q, own);
}
