/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * A recording, which the workers of a pool share.  While they judge the lines
 * of one block, one of them counts what the block before came to and reads the
 * next one, so that what comes out is the same however many they are.
 */

#include "base/work.h"
#include "record/lines.h"
#include "replay/replay.h"

enum {
	RECORDING_MALFORMED_MAX = 5, /* that are told of, of each file */
};

/* Told in order of each line that is counted; false: no more is wanted. */
typedef bool recording_fn(void *arg, const struct replay_result *r);

struct recording {
	struct replay *replay;
	struct pool *pool;
	/* All lines are told of, and not only some that cannot be read. */
	bool every;
	struct follow *follow; /* the file, if it is followed; or NULL */
	recording_fn *fn;
	void *arg;
	struct replay_worker *worker; /* [pool->n], since recording_init() */
};

/* X and POOL outlive R; FN, ARG and EVERY are the caller's to set. */
void recording_init(struct recording *r, struct replay *x, struct pool *pool);
void recording_free(struct recording *r);

enum recording_end {
	RECORDING_END,
	RECORDING_FAILED,  /* as the text says */
	RECORDING_STOPPED, /* by FN */
};

/*
 * Reads FD to its end; *RET_LINES is how many lines that were, and *RET_ERROR,
 * if it is RECORDING_FAILED, why not all of them.
 */
enum recording_end recording_read(struct recording *r, int fd,
    uint64_t *ret_lines, const char **ret_error);
