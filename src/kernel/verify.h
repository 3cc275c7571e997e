/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * `cnpc verify`: is a bundle what its manifest says, does the running kernel
 * accept its programs, and do these decide as the images say?
 *
 * Every file is checked against its hash and every image entry by entry.  Each
 * program goes through the verifier, and then packets go through it
 * (kernel/judge.h).  The result of each program then replaces what the manifest
 * said before; where the kernel cannot be asked the manifest stays as it is.
 */

#include <stdint.h>

#include "base/arena.h"
#include "base/vec.h"
#include "base/work.h"
#include "bundle/sign.h"
#include "diag/diag.h"
#include "diag/source.h"
#include "kernel/asker.h"

struct verify_report {
	const char *kernel;  /* its release */
	const char *missing; /* why no program was run, or NULL */
	bool failed;         /* the system did while programs were run */
	const char *signer;  /* file of the key that signed it, or NULL */
	uint32_t files;      /* whose hash is right */
	VEC(struct verify_program) programs;
	uint64_t runs, wrong;
};

/*
 * Checks the bundle in DIR, several policies at a time, and has ASKER ask the
 * kernel; its manifest becomes a source of SET.  TRUSTED is as for
 * bundle_read().  What is wrong with the bundle or its programs is an error in
 * SINK.  Returns 0, with *ret_report, which lives as long as A and POOL, filled
 * as far as it went, or the errno value of what failed.
 */
int verify_bundle(struct pool *pool, struct arena *a, struct diag_sink *sink,
    struct source_set *set, struct asker *asker, const char *dir,
    const struct trusted_keys *trusted, struct verify_report *ret_report);

/* "not run", "rejected", "accepted": as in the manifest. */
const char *verify_status_name(enum verify_status status);
