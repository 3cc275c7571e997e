/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Where the two models of precedence differ (architecture.md 10).  Both maps of
 * a direction are computed and compared as wholes, so nothing is missed and
 * nothing is told that is not so; the rules only say where to look, and whom to
 * name.
 *
 * The models differ where a cluster-wide rule decides under clusterwide and
 * in Cilium's one tier a rule of the namespace has its say, too: its deny
 * wins, its proxy or authentication is joined, or its peers settle or unsettle
 * what the cluster-wide rule's port name means.  What proxies let pass is not
 * compared.
 */

#include "diag/diag.h"
#include "pmap/pmap.h"

/* A pair of rules, and a packet that the models judge differently for it. */
struct divergence {
	const struct ir_rule *wide;   /* cluster-wide */
	const struct ir_rule *narrow; /* of a namespace */
	const struct pmap_class *class;
	enum direction dir;
	ident_idx_t peer;
	uint8_t proto;
	uint16_t port;
	struct pmap_result here;  /* under clusterwide */
	struct pmap_result agent; /* in one tier */
};

/* A direction that can be resolved only while the tiers are apart. */
struct divergence_error {
	const struct pmap_class *class;
	enum direction dir;
	const char *error;
};

struct divergences {
	/* Those of the maps, with their numbers, then what only the results of
	 * one tier redirect to. */
	redirect_vec redirects;
	VEC(struct divergence) v; /* each pair of rules once, by wide, narrow */
	VEC(struct divergence_error) errors; /* by class, direction */
};

/*
 * Finds all of them, in A, in maps of the clusterwide model.  Of the other
 * model there are none.
 */
void pmap_diverge(struct divergences *out, struct arena *a,
    struct arena *scratch, const struct pmaps *m);

/*
 * One warning for each cluster-wide rule, with the first few rules of
 * namespaces that contradict it, and one for each error.
 */
void pmap_warn_divergence(struct diag_sink *sink, struct arena *scratch,
    const struct pmaps *m, const struct divergences *d);

/* Whether the models do different things to a packet. */
bool pmap_results_differ(const struct pmap_result *a,
    const struct pmap_result *b);
