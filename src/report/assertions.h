/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The results of `cnpc test`: for people, as TAP and as JUnit.
 */

#include "base/buf.h"
#include "change/assertion.h"
#include "change/recorded.h"
#include "report/actor_names.h"

struct assertions_report {
	const struct assertions *tests;
	struct actor_names names;
	struct source_set *sources;
	bool color;
};

void assertions_put_text(struct buf *out, const struct assertions_report *r);
void assertions_put_tap(struct buf *out, const struct assertions_report *r);
void assertions_put_junit(struct buf *out, const struct assertions_report *r);

/* The file that says V, in YAML. */
void assertions_put_recorded(struct buf *out, const recorded_vec *v);

/* How many of them are in a state. */
size_t assertions_count(const struct assertions *t, enum assertion_state state);
