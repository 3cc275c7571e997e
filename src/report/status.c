/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A row for each endpoint, and one for each reason that packets were dropped
 * for.
 */
#include "report/status.h"

#include <inttypes.h>

#include "bundle/decide.h"
#include "report/table.h"

static const char *const states[] = {
    [DEPLOY_IN_FORCE] = "in force",
    [DEPLOY_OLDER] = "of another generation",
    [DEPLOY_NOTHING] = "nothing",
    [DEPLOY_FOREIGN] = "another program",
    [DEPLOY_GONE] = "no device",
};

static void
put_endpoints(struct buf *out, struct arena *a, const struct deploy_status *s)
{
	struct table t;

	table_init(&t, a, "lllrrlrr");
	table_words(&t,
	    "POD|DEVICE|INGRESS|PASSED|DROPPED|EGRESS|PASSED|DROPPED");
	VEC_FOREACH (e, &s->endpoints) {
		table_str(&t, str_of(e->is->is.name));
		table_str(&t, str_of(e->is->is.device));
		for (int dir = DIR_INGRESS; dir <= DIR_EGRESS; dir++) {
			table_words(&t, states[e->at[dir]]);
			if (!e->counted) {
				table_words(&t, "-|-");
				continue;
			}
			table_cell(&t, "%" PRIu64, e->passed[dir]);
			table_cell(&t, "%" PRIu64, e->dropped[dir]);
		}
	}
	table_put(out, &t, 0);
}

static void
put_drops(struct buf *out, struct arena *a, const struct deploy_status *s)
{
	struct table t;

	table_init(&t, a, "llrl");
	table_words(&t, "POD|DIRECTION|PACKETS|WHAT");
	VEC_FOREACH (e, &s->endpoints) {
		for (uint32_t i = 0; i < 2 * CNPC_REASONS; i++) {
			uint32_t dir = i / CNPC_REASONS;
			uint8_t reason = (uint8_t)i;

			if (reason < CNPC_DROPPED ||
			    e->packets[dir][reason] == 0)
				continue;
			table_str(&t, str_of(e->is->is.name));
			table_words(&t, direction_name((enum direction)dir));
			table_cell(&t, "%" PRIu64, e->packets[dir][reason]);
			table_words(&t, verdict_name(reason));
		}
	}
	if (table_rows(&t) == 1)
		return;
	buf_putc(out, '\n');
	table_put(out, &t, 0);
}

void
status_put_text(struct buf *out, struct arena *a, const struct deploy_status *s)
{
	if (!s->newest) {
		buf_puts(out, "nothing is loaded\n");
		return;
	}
	buf_printf(out, "generation %u of the bundle %s%s\n\n",
	    s->newest->number, s->newest->is.bundle,
	    s->newest->is.complete ? "" : ": its load was interrupted");
	put_endpoints(out, a, s);
	put_drops(out, a, s);
	if (s->generations > 1)
		buf_printf(out,
		    "\n%zu other generations are left of interrupted loads\n",
		    s->generations - 1);
}
