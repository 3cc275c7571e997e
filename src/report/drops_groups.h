/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Recorded connections put together: by the policy that drops them, by the
 * namespaces or by the workloads of their ends.
 */

#include "base/vec.h"
#include "replay/summary.h"

enum drops_by {
	DROPS_BY_CONNECTION, /* no groups */
	DROPS_BY_POLICY,
	DROPS_BY_NAMESPACE,
	DROPS_BY_WORKLOAD,
};

struct drops_group {
	/* By policy: its rule of most connections, or without kind why they
	 * are dropped; else the two ends. */
	const struct summary_side *policy;
	struct str from, to;
	VEC(const struct summary_row *) rows; /* in their order */
	VEC(struct str) ports;                /* likewise, distinct */
	/* What drops the first one, or is near to allowing most of them; NULL:
	 * nothing. */
	const struct summary_side *because, *near;
	enum direction dir; /* of BECAUSE */
	uint64_t connections, class[REPLAY_CLASSES], bytes, example;
	struct str first, last; /* times, or empty */
};

struct drops_groups {
	enum drops_by by;
	VEC(struct drops_group) v; /* most new drops first */
};

/*
 * Groups the rows of S, which live as long.  By policy a connection that both
 * ends drop is in two groups, and one that passes in none.
 */
void drops_group(struct drops_groups *ret, struct arena *a,
    const struct summary *s, enum drops_by by);

/* "CiliumNetworkPolicy data/database"; "" where the rule is nobody's. */
const char *drops_policy(struct arena *a, const struct summary_rule *r);

/* What drops a connection at an end where no policy does. */
const char *drops_no_policy(const struct summary_side *s);
