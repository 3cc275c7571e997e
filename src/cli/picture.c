/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Graphviz reads all of its input before it draws, so a graph is written whole
 * and then its picture read.
 */
#include "cli/picture.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/file.h"
#include "base/program.h"
#include "cli/opt.h"

#define PICTURE_MAX ((size_t)1 << 30)

/* Two pipes, or an errno value. */
static int
open_pipes(int in[2], int out[2])
{
	int error;

	if (pipe2(in, O_CLOEXEC) < 0)
		return errno;
	if (pipe2(out, O_CLOEXEC) == 0)
		return 0;
	error = errno;
	close(in[0]);
	close(in[1]);
	return error;
}

int
picture_begin(struct picture *p, struct cli *cli, bool wanted)
{
	char dot[] = "dot", format[] = "-Tsvg";
	char *const argv[] = {dot, format, NULL};
	int in[2], out[2], error;

	*p = (struct picture){.begun = wanted};
	if (!wanted)
		return OPT_GO;
	error = open_pipes(in, out);
	if (error)
		return cli_system(cli, error, "cannot run dot");
	error = program_start(argv, environ, in[0], out[1], &p->dot);
	close(in[0]);
	close(out[1]);
	p->to = in[1];
	p->from = out[0];
	if (!error)
		return OPT_GO;
	close(p->to);
	close(p->from);
	return error == ENOENT
	    ? cli_system(cli, error,
		  "cannot run dot, which the package graphviz has")
	    : cli_system(cli, error, "cannot run dot");
}

int
picture_end(struct picture *p, struct cli *cli, int status)
{
	struct str picture = {0};
	struct out graph;
	unsigned failed;
	int error;

	if (!p->begun)
		return status;
	out_init(&graph, &cli->arena, p->to);
	buf_put(&graph.buf, cli->out.buf.p, cli->out.buf.n);
	if (graph.buf.n == 0)
		close(p->to);
	error = out_close(&graph);
	cli->out.buf.n = 0;
	if (!error)
		error =
		    file_read_open(&cli->arena, p->from, PICTURE_MAX, &picture);
	close(p->from);
	failed = program_wait(p->dot);
	if (error)
		return cli_system(cli, error, "dot draws no picture");
	if (failed != 0)
		return cli_system(cli, EPIPE,
		    "dot draws no picture and ends with status %u", failed);
	buf_put(&cli->out.buf, picture.s, picture.n);
	return status;
}
