/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/cli.h"
#include "cli/opt.h"
#include "flow/trace.h"
#include "report/trace.h"
#include "report/trace_json.h"

enum format {
	FORMAT_TEXT,
	FORMAT_JSON,
};

/* The words of the question, as given. */
struct words {
	const char *from, *to, *port, *proto;
	int family; /* of "auto|4|6" */
	const char *method, *path, *host, *dns, *sni;
	struct str_list headers;
	bool explain_identity;
};

/* OPT_GO, or a usage error. */
static int
read_request(struct cli *cli, const struct words *w, struct query *q)
{
	struct request *r = &q->request;
	const char *problem;

	r->method = str_of(w->method);
	r->path = str_of(w->path);
	r->host = str_of(w->host);
	r->dns = str_of(w->dns);
	r->sni = str_of(w->sni);
	VEC_FOREACH (text, &w->headers.v) {
		struct request_header *h = vec_push(&r->headers, &cli->arena);

		problem = query_parse_header(&cli->arena, str_of(*text), h);
		if (problem)
			return cli_usage(cli, "--header: %s", problem);
	}
	problem = query_check_request(q);
	return problem ? cli_usage(cli, "%s", problem) : OPT_GO;
}

static int
read_query(struct cli *cli, const struct words *w, struct str ns,
    struct query *q)
{
	struct arena *a = &cli->arena;
	const char *problem;

	if (!w->from || !w->to)
		return cli_usage(cli, "--from and --to are needed");
	problem = query_parse_end(a, str_of(w->from), ns, &q->from);
	if (problem)
		return cli_usage(cli, "--from: %s", problem);
	problem = query_parse_end(a, str_of(w->to), ns, &q->to);
	if (problem)
		return cli_usage(cli, "--to: %s", problem);
	problem = query_parse_port(a, str_of(w->port), str_of(w->proto), q);
	if (problem)
		return cli_usage(cli, "--port: %s", problem);
	q->family = (uint8_t[]){0, IP_V4, IP_V6}[w->family];
	q->explain_identity = w->explain_identity;
	return read_request(cli, w, q);
}

static int
answer(struct cli *cli, struct unit *u, const struct query *q,
    enum format format)
{
	struct trace t;
	struct json json;

	if (!trace_run(&t, &u->perm, &u->sink, &u->pmaps, &u->objects, q))
		return STATUS_BAD_INPUT;
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

/* Whether D keeps the answer from being whole. */
static bool
is_error(const struct diag *d, const void *arg)
{
	(void)arg;
	return d->level >= DIAG_ERROR;
}

int
cmd_trace(struct cli *cli)
{
	struct words w = {0};
	int format = FORMAT_TEXT, status;
	const struct opt own[] = {
	    {"from", 0, "END",
		"who connects: NS/POD, NS/LABELS, an address, world, host, "
		"...",
		OPT_STR, .str = &w.from},
	    {"to", 0, "END", "to whom, in the same words", OPT_STR,
		.str = &w.to},
	    {"port", 0, "PORT[/PROTO]", "443/tcp, 53/udp, 8/icmp (the type)",
		OPT_STR, .str = &w.port},
	    {"proto", 0, "tcp|udp|sctp|icmp|icmpv6",
		"protocol (tcp); icmp needs no port: an echo request", OPT_STR,
		.str = &w.proto},
	    {"method", 0, "METHOD", "of an HTTP request: GET", OPT_STR,
		.str = &w.method},
	    {"path", 0, "PATH", "of an HTTP request, with its query", OPT_STR,
		.str = &w.path},
	    {"host", 0, "HOST", "of an HTTP request", OPT_STR, .str = &w.host},
	    {"header", 0, "NAME: VALUE",
		"a header of an HTTP request; may be given again", OPT_LIST,
		.list = &w.headers},
	    {"dns", 0, "NAME", "the name that a DNS query asks for", OPT_STR,
		.str = &w.dns},
	    {"sni", 0, "NAME", "the server name of a TLS client", OPT_STR,
		.str = &w.sni},
	    {"family", 0, "auto|4|6", "IPv4 or IPv6 (auto)", OPT_CHOICE,
		.choice = &w.family},
	    {"explain-identity", 0, NULL,
		"say how each label of the two ends came about", OPT_FLAG,
		.flag = &w.explain_identity},
	    {"format", 0, "text|json", "text for people, json for programs",
		OPT_CHOICE, .choice = &format},
	    {0},
	};
	struct options o;
	struct query q = {0};
	unsigned hidden;
	struct unit u;

	status = opt_parse(cli, own, &o);
	if (status != OPT_GO)
		return status;
	status = read_query(cli, &w, o.unit.schema.default_ns, &q);
	if (status != OPT_GO)
		return status;
	status = STATUS_OK;
	if (cli_compile(cli, &o, &u, PASS_BIT(PMAP) | PASS_BIT(LINT)))
		status = answer(cli, &u, &q, (enum format)format);
	hidden = u.sink.count[DIAG_WARNING];
	diag_sink_filter(&u.sink, is_error, NULL);
	status = cli_finish(cli, &u, status);
	if (hidden > 0)
		buf_printf(&cli->err.buf,
		    "cnpc trace: %u warning%s about the policies; "
		    "cnpc lint shows %s\n",
		    hidden, hidden == 1 ? "" : "s",
		    hidden == 1 ? "it" : "them");
	return status;
}
