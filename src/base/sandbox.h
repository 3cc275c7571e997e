/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Gives up for good what reading and judging files never needs, so that a
 * fault in a parser cannot be used for more than a wrong answer.
 *
 * After sandbox_enter() this process, its threads and its children cannot open
 * a socket, run a program, trace or signal another process, load anything into
 * the kernel, or write to, make or remove any file but at the places that it
 * names.  Open descriptors stay usable; reading stays possible everywhere.
 *
 * System calls are limited by seccomp, places by Landlock.  A kernel without
 * one of them leaves that half out, a build with sanitizers both.
 */

#include <linux/capability.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Closes every descriptor but the standard ones: for a command that is given no
 * open file by its caller.
 */
void sandbox_close_others(void);

/* What may be done below a directory. */
enum sandbox_right {
	SANDBOX_WRITE = 1 << 0, /* make, write and remove files, make folders */
	SANDBOX_REPLACE = 1 << 1, /* make, rename and remove folders */
	SANDBOX_REMOVE = 1 << 2,  /* remove files and folders */
};

struct sandbox_place {
	int fd;          /* of a directory; the caller closes it */
	unsigned rights; /* of enum sandbox_right */
};

/* What is in force afterwards. */
struct sandbox {
	bool calls;  /* system calls are limited */
	bool places; /* places are limited */
};

/*
 * Call these before there are threads: Landlock and capabilities hold for the
 * calling thread and those that it makes.  They return 0 or an errno value; a
 * half that the kernel does not have is no failure.
 */
int sandbox_enter(const struct sandbox_place *places, size_t n,
    struct sandbox *ret_in_force);

/* The same without any place, for who may use bpf(2) all the same. */
int sandbox_enter_kernel(struct sandbox *ret_in_force);

/*
 * Gives up every capability but those of KEEP, whose bit N is capability N of
 * linux/capability.h, and all that programs that are run could bring back.
 */
int sandbox_keep_capabilities(uint64_t keep);

/* What root needs for files that are not its own. */
#define SANDBOX_FILE_CAPABILITIES                                     \
	(UINT64_C(1) << CAP_CHOWN | UINT64_C(1) << CAP_DAC_OVERRIDE | \
	    UINT64_C(1) << CAP_DAC_READ_SEARCH | UINT64_C(1) << CAP_FOWNER)

/*
 * Root becomes who owns the file FD, as far as it may: what is read there can
 * then do no more than its owner could.
 */
void sandbox_become_owner(int fd);
