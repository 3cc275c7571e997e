/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Tiers and priorities as one 24-bit level, 0 strongest, and levels as the
 * precedence that a map entry carries.  Source: semantics.md 11.1, 11.2.
 */

#include "pmap/pmap.h"

enum {
	LISTENER_PRIORITY_HTTP = 101,
	LISTENER_PRIORITY_TLS = 116,
	LISTENER_PRIORITY_DNS = 121,
	LISTENER_PRIORITY_CRD = 126,
};

/*
 * Sets the levels of N rules that are sorted by tier and priority.  False
 * when more levels than 24 bits hold are needed.
 */
bool levels_assign(struct pmap_rule *rules, uint32_t n);

uint32_t precedence_pass(uint32_t level);
uint32_t precedence_deny(uint32_t level);
uint32_t precedence_allow(struct version cilium, uint32_t level);
uint32_t precedence_redirect(struct version cilium, uint32_t level,
    unsigned listener_priority);

/*
 * A precedence as entries say it that have none (semantics.md 11.7): deny comes
 * first, then the higher priority of the proxy, and levels do not count.
 */
uint32_t precedence_without_level(uint32_t precedence);

/* On one level deny comes before allow, allow before pass: 0, 1, 2. */
int verdict_rank(enum ir_verdict v);
