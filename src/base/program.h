/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Programs that are run: before the sandbox, which forbids it.
 */

#include <sys/types.h>

/*
 * Starts ARGV[0], found in PATH, which reads IN and writes OUT.  Returns 0 or
 * an errno value; ENOENT when there is no such program.
 */
int program_start(char *const *argv, char *const *env, int in, int out,
    pid_t *ret_pid);

/* Its exit status, once it has ended; 128 and more: a signal ended it. */
unsigned program_wait(pid_t pid);
