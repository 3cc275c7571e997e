/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Counts of what was computed, against what a platform has room for.
 */
#include "lint/limits.h"

#include "diag_gen.h"

/* Identities that the cluster allocates, which are those of pods. */
static uint32_t
count_allocated(const struct world *w)
{
	uint32_t n = 0;

	VEC_FOREACH (id, &w->idents)
		n += id->id.id >= SEC_ID_POD_FIRST &&
		    id->id.id < SEC_ID_CIDR_FIRST;
	return n;
}

void
lint_check_limits(struct diag_sink *sink, const struct pmaps *m,
    const char *platform, const struct platform_limits *limits)
{
	uint32_t identities = count_allocated(m->world);

	if (identities > limits->identities)
		diag_platform_limit(sink, (struct span){0}, platform,
		    identities, "identities in the cluster",
		    limits->identities);
	VEC_FOREACH (c, &m->classes) {
		uint64_t entries;

		if (c->error)
			continue;
		entries = c->direction[DIR_INGRESS]->nentries +
		    c->direction[DIR_EGRESS]->nentries;
		if (entries > limits->map_entries)
			diag_platform_limit(sink, c->subject->object->name_at,
			    platform, entries,
			    "entries in this endpoint's policy map",
			    limits->map_entries);
	}
}
