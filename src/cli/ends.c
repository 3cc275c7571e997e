/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Words of a command line to the ends of a question.
 */
#include "cli/ends.h"

#include "cli/opt.h"

int
ends_read(struct cli *cli, struct ends_words *w, struct query *q)
{
	struct arena *a = &cli->arena;
	const char *problem = NULL;
	struct str port;

	if (w->to.s && query_split_port(&w->to, &port)) {
		if (w->port.s)
			return cli_usage(cli, "--to and --port: two ports");
		w->port = port;
	}
	if (w->from.s)
		problem = query_parse_end(a, w->from, w->ns, &q->from);
	if (problem)
		return cli_usage(cli, "--from: %s", problem);
	if (w->to.s)
		problem = query_parse_end(a, w->to, w->ns, &q->to);
	if (problem)
		return cli_usage(cli, "--to: %s", problem);
	if (w->port.s || w->proto.s)
		problem = query_parse_port(a, w->port, w->proto, q);
	return problem ? cli_usage(cli, "--port: %s", problem) : OPT_GO;
}

void
ends_assume(struct arena *a, const struct query *q, struct ir_options *opt)
{
	const struct query_end *ends[] = {&q->from, &q->to};
	struct ir_assumed *v = ARENA_ARRAY(a, struct ir_assumed, 2);

	for (size_t i = 0; i < 2; i++) {
		if (ends[i]->who == QUERY_LABELS && ends[i]->labels.reqs.n > 0)
			v[opt->nassumed++] = (struct ir_assumed){ends[i]->ns,
			    ends[i]->name, ends[i]->labels};
	}
	opt->assumed = v;
}
