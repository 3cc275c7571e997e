/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Rules that are in force and say something else than their author is likely
 * to have meant.
 */

#include "pmap/pmap.h"

/* Ports without peers: those of the peers in the rule before, and those that
 * are open to everybody. */
void lint_check_split_rules(struct diag_sink *sink, const struct ir *ir);

/* Lists of ICMP types in which none is named. */
void lint_check_empty_icmps(struct diag_sink *sink, const struct ir *ir);

/*
 * Denials that leave a pod nothing, because default deny comes with them and no
 * rule allows anything in that direction.  Each rule is reported once, with the
 * first pod that it is the cause for.
 */
void lint_check_deny_only(struct diag_sink *sink, struct arena *scratch,
    const struct pmaps *m);
