/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/cli.h"
#include "cli/opt.h"
#include "flow/trace.h"
#include "report/trace.h"

enum format {
	FORMAT_TEXT,
	FORMAT_JSON,
};

/* The words of the question, as given. */
struct words {
	const char *from, *to, *port, *proto;
	int family; /* of "auto|4|6" */
};

/* OPT_GO, or a usage error. */
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
	return OPT_GO;
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
		trace_put_text(&cli->out, &u->perm, &u->sources, &t,
		    cli->color_out);
		break;
	case FORMAT_JSON:
		json_init(&json, &cli->out, true);
		trace_put_json(&json, &u->perm, &u->sources, &t);
		buf_putc(&cli->out, '\n');
		break;
	}
	switch (t.verdict) {
	case TRACE_ALLOWED:
		return STATUS_OK;
	case TRACE_UNKNOWN:
		return STATUS_BAD_INPUT;
	case TRACE_DROPPED:
		return STATUS_FINDINGS;
	}
	return STATUS_SYSTEM;
}

/* Leaves what keeps the answer from being whole; counts the warnings. */
static unsigned
keep_errors(struct diag_sink *sink)
{
	unsigned hidden = 0;
	size_t n = 0;

	VEC_FOREACH (d, &sink->v) {
		if ((*d)->level >= DIAG_ERROR)
			sink->v.v[n++] = *d;
		else
			hidden += (*d)->level == DIAG_WARNING;
	}
	sink->v.n = n;
	return hidden;
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
	    {"family", 0, "auto|4|6", "IPv4 or IPv6 (auto)", OPT_CHOICE,
		.choice = &w.family},
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
	if (cli_compile(cli, &o, &u))
		status = answer(cli, &u, &q, (enum format)format);
	hidden = keep_errors(&u.sink);
	status = cli_finish(cli, &u, status);
	if (hidden > 0)
		buf_printf(&cli->err,
		    "cnpc trace: %u warning%s about the policies; "
		    "cnpc lint shows %s\n",
		    hidden, hidden == 1 ? "" : "s",
		    hidden == 1 ? "it" : "them");
	return status;
}
