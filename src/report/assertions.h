/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The results of `cnpc test`: for people, as TAP and as JUnit.
 */

#include "base/buf.h"
#include "change/assertion.h"
#include "change/recorded.h"
#include "report/actor_names.h"

/* Of what was tested under the same circumstances. */
struct assertions_report {
	const struct assertions *tests;
	struct actor_names names;
	struct source_set *sources;
	bool color;
};

typedef VEC(struct assertions_report) assertions_reports;

void assertions_put_text(struct buf *out, const assertions_reports *all);
void assertions_put_tap(struct buf *out, const assertions_reports *all);
void assertions_put_junit(struct buf *out, const assertions_reports *all);

/* The file that says V, in YAML. */
void assertions_put_recorded(struct buf *out, const recorded_vec *v);

/* How many there are, and how many of them hold. */
size_t assertions_count(const assertions_reports *all, size_t *ret_hold);
