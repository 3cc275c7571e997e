/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cnpc trace: one connection, judged and explained.
 */
#include "cli/cli.h"
#include "cli/ends.h"
#include "cli/opt.h"
#include "diag_gen.h"
#include "flow/trace.h"
#include "report/trace.h"
#include "report/trace_json.h"

enum format {
	FORMAT_TEXT,
	FORMAT_JSON,
};

static const struct word formats[] = {{"text", FORMAT_TEXT},
    {"json", FORMAT_JSON}, {0}};

static const struct word families[] = {{"auto", 0}, {"4", IP_V4}, {"6", IP_V6},
    {0}};

/* The words of the question. */
struct words {
	struct ends_words ends;
	int family;
	struct str_list headers;
};

/* OPT_GO, or a usage error. */
static int
read_headers(struct cli *cli, const struct words *w, struct query *q)
{
	const char *problem;

	VEC_FOREACH (text, &w->headers.v) {
		struct request_header *h =
		    vec_push(&q->request.headers, &cli->arena);

		problem = query_parse_header(&cli->arena, str_of(*text), h);
		if (problem)
			return cli_usage(cli, "--header: %s", problem);
	}
	problem = query_check_request(q);
	return problem ? cli_usage(cli, "%s", problem) : OPT_GO;
}

/* The same, with what is not in Q yet. */
static int
read_query(struct cli *cli, struct words *w, struct str ns, struct query *q)
{
	const char *problem = NULL;
	int status;

	if (!w->ends.from.s || !w->ends.to.s)
		return cli_usage(cli, "--from and --to are needed");
	w->ends.ns = ns;
	status = ends_read(cli, &w->ends, q);
	if (status != OPT_GO)
		return status;
	if (!w->ends.port.s && !w->ends.proto.s)
		problem = query_parse_port(&cli->arena, w->ends.port,
		    w->ends.proto, q);
	if (problem)
		return cli_usage(cli, "--port: %s", problem);
	q->family = (uint8_t)w->family;
	return read_headers(cli, w, q);
}

/* OPT_GO, or the exit status to leave with. */
static int
read_question(struct cli *cli, struct query *q, int *format, struct options *o)
{
	struct request *r = &q->request;
	struct words w = {0};
	const struct opt own[] = {
	    {"from", 0, "END",
		"who connects: NS/POD, NS/LABELS, an address, world, host, "
		"...",
		OPT_STR, .str = &w.ends.from},
	    {"to", 0, "END", "to whom, in the same words", OPT_STR,
		.str = &w.ends.to},
	    {"port", 0, "PORT[/PROTO]", "443/tcp, 53/udp, 8/icmp (the type)",
		OPT_STR, .str = &w.ends.port},
	    {"proto", 0, "tcp|udp|sctp|icmp|icmpv6",
		"protocol (tcp); icmp needs no port: an echo request", OPT_STR,
		.str = &w.ends.proto},
	    {"method", 0, "METHOD", "of an HTTP request: GET", OPT_STR,
		.str = &r->method},
	    {"path", 0, "PATH", "of an HTTP request, with its query", OPT_STR,
		.str = &r->path},
	    {"host", 0, "HOST", "of an HTTP request", OPT_STR, .str = &r->host},
	    {"header", 0, "NAME: VALUE",
		"a header of an HTTP request; may be given again", OPT_LIST,
		.list = &w.headers},
	    {"dns", 0, "NAME", "the name that a DNS query asks for", OPT_STR,
		.str = &r->dns},
	    {"sni", 0, "NAME", "the server name of a TLS client", OPT_STR,
		.str = &r->sni},
	    {"family", 0, NULL, "IPv4 or IPv6 (auto)", OPT_WORD,
		.word = &w.family, .words = families},
	    {"explain-identity", 0, NULL,
		"say how each label of the two ends came about", OPT_FLAG,
		.flag = &q->explain_identity},
	    {"walk", 0, NULL,
		"say of each rule of the ends, tier by tier, what it says",
		OPT_FLAG, .flag = &q->walk},
	    {"all", 0, NULL,
		"of pairs of ends with one verdict for the same reasons, show "
		"one and count the others",
		OPT_FLAG, .flag = &q->grouped},
	    {"format", 0, NULL, "text for people, json for programs", OPT_WORD,
		.word = format, .words = formats},
	    {0},
	};
	int status = opt_parse(cli, own, o);

	if (status != OPT_GO)
		return status;
	return read_query(cli, &w, o->unit.schema.default_ns, q);
}

static int
answer(struct cli *cli, struct unit *u, const struct query *q,
    enum format format)
{
	struct trace t;
	struct json json;

	if (!trace_run(&t, &u->perm, &u->sink, &u->pmaps, &u->objects, q))
		return STATUS_BAD_INPUT;
	cli->tells_read = format == FORMAT_TEXT;
	switch (format) {
	case FORMAT_TEXT:
		trace_put_text(&cli->out.buf, &u->perm, &u->sources, &t,
		    cli->color_out);
		break;
	case FORMAT_JSON:
		json_init(&json, &cli->out.buf, true);
		trace_put_json(&json, &u->perm, &u->sources, &t);
		buf_putc(&cli->out.buf, '\n');
		break;
	}
	switch (t.verdict) {
	case FLOW_ALLOWED:
		return STATUS_OK;
	case FLOW_UNKNOWN:
		return STATUS_BAD_INPUT;
	case FLOW_REFUSED:
	case FLOW_DROPPED:
		return STATUS_FINDINGS;
	}
	return STATUS_SYSTEM;
}

/* Whether D keeps the answer from being whole, or says what it is of. */
static bool
concerns_answer(const struct diag *d, const void *arg)
{
	(void)arg;
	return d->level >= DIAG_ERROR ||
	    diag_lookup(d->id)->band == DIAG_BAND_OPTIONS;
}

/* Whether a policy of the namespace NS may be for the end; an address may be a
 * pod's anywhere. */
static bool
may_be_for(const struct query_end *end, struct str ns)
{
	return end->who == QUERY_ADDRESS || str_eq(end->ns, ns);
}

/* Whether a cluster refuses the object O, and it is for neither end. */
static bool
is_unrelated(const struct object *o, const struct query *q)
{
	return (o->status == OBJECT_REJECTED_SCHEMA ||
		   o->status == OBJECT_REJECTED_SANITIZE) &&
	    o->ns.n > 0 && !may_be_for(&q->from, o->ns) &&
	    !may_be_for(&q->to, o->ns);
}

/* Whether D is within an object that is unrelated to the question. */
static bool
is_aside(const struct unit *u, const struct query *q, const struct diag *d)
{
	VEC_FOREACH (p, &u->objects.v) {
		const struct object *o = *p;

		if (d->at.source == o->at.source &&
		    d->at.start >= o->at.start && d->at.end <= o->at.end)
			return is_unrelated(o, q);
	}
	return false;
}

/* Whether the errors are all about what is not there, and not for the ends. */
static bool
all_aside(const struct unit *u, const struct query *q)
{
	VEC_FOREACH (d, &u->sink.v) {
		if ((*d)->level >= DIAG_ERROR && !is_aside(u, q, *d))
			return false;
	}
	return true;
}

int
cmd_trace(struct cli *cli)
{
	int format = FORMAT_TEXT, status, verdict;
	bool aside;
	struct query q = {0};
	struct options o;
	unsigned hidden;
	struct unit u;

	status = read_question(cli, &q, &format, &o);
	if (status != OPT_GO)
		return status;
	verdict = STATUS_OK;
	o.unit.one_cluster = true;
	ends_assume(&cli->arena, &q, &o.unit.ir);
	if (cli_compile(cli, &o, &u, PASS_BIT(PMAP) | PASS_BIT(LINT)) &&
	    !u.repo.several)
		verdict = answer(cli, &u, &q, (enum format)format);
	hidden = u.sink.count[DIAG_WARNING];
	diag_sink_filter(&u.sink, concerns_answer, NULL);
	hidden -= u.sink.count[DIAG_WARNING];
	aside = all_aside(&u, &q);
	status = cli_finish(cli, &u, verdict);
	if (aside && status == STATUS_BAD_INPUT)
		status = verdict;
	if (hidden > 0)
		buf_printf(&cli->err.buf,
		    "cnpc trace: %u warning%s about the policies; "
		    "cnpc lint shows %s\n",
		    hidden, hidden == 1 ? "" : "s",
		    hidden == 1 ? "it" : "them");
	return status;
}
