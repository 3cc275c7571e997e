/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * One object, one truth: manifests of the same kind, namespace and name.
 */

#include "repo/repo.h"

/*
 * Settles the twins among R, whose manifests are single objects; those without
 * a namespace are in that of OPT.  An object of the input is applied to that of
 * the cluster: a policy replaces it, of other kinds what the cluster added
 * stays.  Equal ones of the input are one; those that differ are an error, and
 * the first counts.  In other roots they are other clusters' objects: those
 * of the first root count, and the others are idle; where OPT asks for one
 * cluster that is an error.  Loose ones in several folders that say no
 * namespace may be meant for several, and stay.
 */
void twins_settle(struct repo *r, struct arena *a, struct diag_sink *sink,
    const struct source_set *sources, const struct repo_options *opt);
