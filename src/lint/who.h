/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What several checks ask about endpoints and policies.  Private to lint/.
 */

#include "pmap/pmap.h"
#include "schema/object.h"

/* Whether some endpoint has one of the identities. */
bool who_has_endpoints(const struct world *w, const struct bitset *set);

/* "ns/name" in A; a node's name alone. */
const char *who_name(struct arena *a, const struct endpoint *e);

/* Whether every policy of the input is known in full, so that what no policy
 * says is said by none. */
bool who_knows_policies(const struct object_list *objects);

/* Whether R has an allow that is not for nobody. */
bool who_allows_something(const struct ir_rule *r);

/* The first rule that switched D to default deny; NULL: it is not a policy's.
 */
const struct ir_rule *who_denies_by_default(const struct pmap_direction *d);

/* Whether D's policy lets a connection pass, or a proxy look at it. */
bool who_is_let_through(const struct pmap_direction *d, ident_idx_t peer,
    uint8_t proto, uint16_t port);

/* Whether A is for all ports that B is for. */
bool who_has_ports_of(const struct ir_rule *a, const struct ir_rule *b);

/* Whether R is for a port, by its number. */
bool who_names_port(const struct ir_rule *r, uint8_t proto, uint16_t port);

/* The identities with packets that the entries of R are found for, in A. */
struct bitset *who_is_reached(struct arena *a, const struct world *w,
    const struct ir_rule *r);

/* The identities that rules like R select, for the same pods and all ports of
 * R; itself among them.  In A. */
const struct bitset *who_is_selected_beside(struct arena *a,
    const struct world *w, const struct ir_rule *r);
