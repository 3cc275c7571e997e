/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What the kernel tests share.  A test that this machine cannot run is skipped,
 * which is a failure when CNPC_REQUIRE_KERNEL=1 says that it must run.
 */

#include <stdint.h>

#include "kernel/load.h"

/* Ends the program as skipped. */
void skip_test(const char *why) __attribute__((noreturn));

/* Go on only where the kernel's BPF can be used. */
void need_kernel(void);

/*
 * Keeps what loading a bundle's programs needs, CAP_BPF and CAP_NET_ADMIN: the
 * verifier lets programs of others add to pointers and read memory that nobody
 * has written.
 */
void drop_capabilities(void);

/* Takes CAP_PERFMON again, without which old kernels refuse the programs. */
void take_perfmon(void);

/* Go on only in new namespaces, CLONE_NEW* of unshare(2). */
void need_namespaces(int flags);

/* How many packets a program counted under a reason. */
uint64_t packet_count(const struct kernel_policy *k, enum direction dir,
    uint32_t reason);
