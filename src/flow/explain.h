/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Why one end of a connection was judged as it was: the rules that match, what
 * became of each, and what a proxy goes by.  From the rules alone, so that it
 * never says the contrary of the map.
 */

#include "flow/judge.h"
#include "flow/near.h"

/* What gave the verdict. */
enum explain_cause {
	CAUSE_RULE,
	CAUSE_NO_POLICY,     /* none selects the endpoint: allowed */
	CAUSE_DEFAULT_ALLOW, /* no rule denies, nor asks for default deny */
	CAUSE_LOCAL_HOST,    /* no rule denies, and the host gets in */
	CAUSE_DEFAULT_DENY,
	CAUSE_FORCE, /* default deny by --enforcement or a label "init" */
};

/* What became of a rule that matched. */
enum explain_role {
	ROLE_DECIDES,
	ROLE_AGREES,         /* says the same, needlessly */
	ROLE_PASSES,         /* a pass that left it to the next tier */
	ROLE_PASSED_OVER,    /* a pass in its tier came before it */
	ROLE_LOSES_TIER,     /* a stronger tier had decided */
	ROLE_LOSES_RANK,     /* a stronger priority of its tier had decided */
	ROLE_LOSES_TO_DENY,  /* deny comes before allow and pass */
	ROLE_LOSES_TO_ALLOW, /* allow comes before pass */
};

/* A rule that the proxy has for the connection. */
struct request_try {
	const struct pmap_selector_policy *selector_policy;
	const struct pmap_l7_rule *rule;
	struct request_match match; /* if something is said of a request */
};

struct explanation {
	struct pmap_why why;
	enum explain_role *role; /* [why.matches.n] */
	enum explain_cause cause;
	const struct pmap_match *decider; /* of CAUSE_RULE; or NULL */
	struct near_rule near; /* where no rule allows it: the nearest one */
	/* When redirected: the proxy, and its rules by port, selector and
	 * input order. */
	enum ir_parser parser;
	VEC(struct request_try) tries;
};

/* Explains E, an end of F that was ASKED, in A. */
void explain(struct explanation *ret, struct arena *a, const struct pmaps *m,
    const struct flow *f, const struct judged_end *e, struct matcher *x);

/* What became of RULE, one of the direction; NULL: it does not match. */
const enum explain_role *explain_role_of(const struct explanation *why,
    const struct pmap_rule *rule);

/* The next rule of DIRECTION from I on that a policy has, or how many there
 * are. */
uint32_t explain_next_rule(const struct pmap_direction *direction, uint32_t i);

/* "rule", "default-deny". */
const char *explain_cause_name(enum explain_cause c);
