/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The table of `cnpc verify`, and the sums under it.
 */
#include "report/verify.h"

#include <inttypes.h>

#include "report/table.h"

static void
put_program(struct table *t, const struct verify_program *p)
{
	bool accepted = p->status == VERIFY_ACCEPTED;

	table_str(t, p->program);
	table_cell(t, "%u", p->entries);
	table_cell(t, "%s", verify_status_name(p->status));
	for (int dir = DIR_INGRESS; dir <= DIR_EGRESS; dir++) {
		if (accepted)
			table_cell(t, "%u", p->figures[dir].instructions);
		else
			table_words(t, "-");
	}
	table_cell(t, "%" PRIu64, p->runs);
	table_cell(t, "%" PRIu64, p->wrong);
}

void
verify_table(struct buf *out, struct arena *a, const struct verify_report *r)
{
	struct table t;
	uint32_t accepted = 0;

	table_init(&t, a, "lrlrrrr");
	table_words(&t,
	    "PROGRAM|ENTRIES|VERIFIER|INGRESS INSNS|EGRESS INSNS|"
	    "PACKETS|WRONG");
	VEC_FOREACH (p, &r->programs) {
		put_program(&t, p);
		accepted += p->status == VERIFY_ACCEPTED;
	}
	table_put(out, &t, 0);
	buf_printf(out, "\n%u files as the manifest says\n", r->files);
	if (r->signer)
		buf_printf(out, "signed with the key of %s\n", r->signer);
	if (r->missing)
		buf_printf(out, "programs not run: %s\n", r->missing);
	else
		buf_printf(out,
		    "%u of %zu programs accepted by Linux %s\n"
		    "%" PRIu64 " packets judged, %" PRIu64
		    " not as the maps say\n",
		    accepted, r->programs.n, r->kernel, r->runs, r->wrong);
}
