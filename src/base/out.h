/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * An output sink: a buffer before a file descriptor.  By default everything is
 * written once, by out_close(), so that a result that fails half way is not
 * there at all.  A command whose input has no end makes its sink stream: then
 * each record is written as soon as it is whole.  No failed write goes
 * unnoticed: the first error is kept, nothing is written after it, and
 * out_close() returns it.
 *
 *     out_init(&out, &arena, STDOUT_FILENO);
 *     out_stream(&out); // or not
 *     do
 *             buf_printf(&out.buf, "%s\n", text);
 *     while (out_record(&out) && more(&text));
 *     error = out_close(&out);
 *
 * A closed pipe is EPIPE where SIGPIPE is ignored.
 */

#include <stdbool.h>

#include "base/buf.h"

struct out {
	struct buf buf; /* what is not written yet */
	int fd;
	bool stream;  /* records are written one by one */
	bool written; /* something was, so that closing can fail, too */
	int error;    /* errno value of the first failure; 0: none */
};

/* A sink before FD, which out_close() closes; its buffer is in A. */
void out_init(struct out *o, struct arena *a, int fd);

/* From now on each record is written when it ends. */
void out_stream(struct out *o);

/* Ends a record.  False when a write has failed: no more is worth making. */
bool out_record(struct out *o);

/*
 * Writes what is left and, if there ever was anything to write, closes the
 * descriptor.  Returns 0 or the errno value of the first failure.
 */
int out_close(struct out *o);
