/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Findings about names without an object.  Lowering has looked them up; what
 * became of their rules is semantics.md 6.3 and 7.1.
 */
#include "lint/names.h"

#include "diag_gen.h"

static void
check_services(struct diag_sink *sink, const struct ir_lost_services *s)
{
	if (s->deny)
		diag_services_in_deny(sink, s->at,
		    s->has_ports ? "denies everybody on these ports"
				 : "denies nothing");
	else if (s->has_ports && s->sure)
		diag_services_without_peers(sink, s->at);
}

void
lint_check_names(struct diag_sink *sink, const struct ir *ir)
{
	VEC_FOREACH (g, &ir->missing_groups) {
		if (g->sure)
			diag_no_cidr_group(sink, g->at, g->name);
	}
	VEC_FOREACH (s, &ir->lost_services)
		check_services(sink, s);
}
