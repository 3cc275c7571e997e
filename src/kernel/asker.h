/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The process that asks the kernel, for one that may not (kernel/confine.h).
 * It is started before a byte of a bundle is read, and is sent nothing but what
 * kernel/judge.h takes, through a pipe: it checks that again and makes the
 * programs itself.
 */

#include <sys/types.h>

#include "kernel/judge.h"

struct asker {
	pid_t pid;
	int to, from; /* pipes */
	int said;     /* what libbpf and assertions print */
	int error;    /* of what it said first: nothing after it can be read */
};

/*
 * Starts it, to work with so many threads.  Call it before there are threads.
 * Returns 0 or an errno value.
 */
int asker_start(struct asker *k, unsigned jobs);

/* Why the kernel cannot be asked, in A, or NULL when it can, as far as that is
 * known: asker_ask() tells of a process that has ended.  Once, first. */
const char *asker_missing(struct asker *k, struct arena *a);

/*
 * Has the policies judged; fills PROGRAMS as judge_policies() does, in A.
 * Returns NULL, or why there is no answer, in words.
 */
const char *asker_ask(struct asker *k, struct arena *a,
    const struct judge_request *request, struct verify_program *programs);

/* Ends it. */
void asker_end(struct asker *k);
