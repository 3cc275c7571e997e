/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Where the two models of precedence differ (architecture.md 10).  Both maps
 * of a direction are computed and compared as wholes, so nothing is missed and
 * nothing is reported that is not so; the rules only say where to look, and
 * which of them to name.
 *
 * The models differ where a cluster-wide rule decides alone in the model
 * clusterwide, and in Cilium's one tier a rule of a namespace counts, too: its
 * deny wins, its proxy or authentication is joined, or its peers decide what
 * the cluster-wide rule's port name means.  What proxies let pass is not
 * compared.
 */

#include "diag/diag.h"
#include "pmap/pmap.h"

/* A pair of rules, and a packet that the models judge differently for it. */
struct model_difference {
	const struct ir_rule *clusterwide;
	const struct ir_rule *namespaced;
	const struct pmap_class *class;
	enum direction dir;
	ident_idx_t peer;
	uint8_t proto;
	uint16_t port;
	struct pmap_result result[2]; /* by enum ir_model; without key */
};

/* A direction that cannot be resolved when all its rules are in one tier. */
struct model_conflict {
	const struct pmap_class *class;
	enum direction dir;
	const char *error;
};

struct model_differences {
	/* Those of the maps, with their numbers, then what only the results of
	 * one tier redirect to. */
	redirect_vec redirects;
	VEC(struct model_difference) pairs;   /* each once, by clusterwide,
					       * namespaced */
	VEC(struct model_conflict) conflicts; /* by class, direction */
};

/*
 * Finds all of them, in A, in maps of the model clusterwide.  In maps of the
 * other model there are none.
 */
void models_compare(struct model_differences *ret, struct arena *a,
    struct arena *scratch, const struct pmaps *m);

/*
 * One warning for each cluster-wide rule, with the first few rules of
 * namespaces that contradict it, and one for each conflict.
 */
void lint_check_models(struct diag_sink *sink, struct arena *scratch,
    const struct pmaps *m, const struct model_differences *d);
