/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What the forms of a summary share.  Private to report/.
 */

#include "base/json.h"
#include "report/drops_groups.h"
#include "report/table.h"

/* "12 lines: 12 judged, ...": what the lines are. */
void drops_put_lines(struct buf *out, const struct summary *x);

/* What S does: "default deny", "denied", "refused"; the same with the policy:
 * "default deny of CiliumNetworkPolicy data/database". */
const char *drops_because(const struct summary_side *s);
const char *drops_because_of(struct arena *a, const struct summary_side *s);

/* A number, empty for 0; a file and a line, both empty for no place. */
void drops_put_number(struct table *t, uint64_t n);
void drops_put_place(struct table *t, const struct summary_rule *r);

/* A member of its name, if S is bad; the member "near_miss", if there is one.
 */
void drops_put_side(struct json *out, enum direction dir,
    const struct summary_side *s);
void drops_put_near(struct json *out, const struct summary_side *s);

/* What a group by policy is called. */
const char *drops_group_policy(struct arena *a, const struct drops_group *g);

/* A row for each group, for people and for programs. */
void drops_groups_fill(struct table *t, struct arena *a,
    const struct drops_groups *g);
void drops_groups_fill_csv(struct table *t, struct arena *a,
    const struct drops_groups *g);
void drops_groups_put_json(struct json *out, const struct drops_groups *groups,
    const struct drops_group *g);
