/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What the kernel says of policies: each one's program is made here, goes
 * through the verifier, and then packets go through it: for each identity that
 * the image names at the boundaries of its entries, and for some that it does
 * not name, which all look alike to it, in turns.  Each distinct program also
 * sits the exam (kernel/exam.h), once.
 */

#include <stdint.h>

#include "base/arena.h"
#include "base/str.h"
#include "base/vec.h"
#include "base/work.h"
#include "bundle/program.h"
#include "kernel/load.h"

enum verify_status {
	VERIFY_NOT_RUN,
	VERIFY_REJECTED, /* by the kernel's verifier */
	VERIFY_ACCEPTED,
};

struct verify_program {
	struct str program; /* its name inside the bundle */
	uint32_t entries;
	enum verify_status status;
	const char *reason; /* of NOT_RUN; of REJECTED: the verifier's log */
	struct kernel_figures figures[2]; /* by enum direction */
	uint64_t runs;                    /* packets tried */
	uint64_t wrong; /* of those: another verdict than the image's */
	const char *first_wrong; /* of these, in words */
	int error;               /* of the system while it was tried, or 0 */
};

/* All that there is to know of a bundle to judge it. */
struct judge_request {
	struct cluster_traits traits;
	struct str ipcache, peers; /* the files */
	VEC(struct judge_policy {
		uint32_t identity; /* that has the policy */
		struct str image;  /* factored */
	}) policies;
};

/*
 * Judges the policies, several at a time, and fills PROGRAMS, one for each, but
 * for names and entries; what it points to lives as long as A and POOL.
 * Whatever the request says is checked first.  Returns 0 or an errno value:
 * EBADMSG when it is not what a reader takes from a bundle that is whole.
 */
int judge_policies(struct pool *pool, struct arena *a,
    const struct judge_request *request, struct verify_program *programs);
