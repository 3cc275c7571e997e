/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Names that the repository has, each once, in byte order.
 */

#include "lsp/session.h"

struct seen {
	VEC(struct str) v;
};

/*
 * The keys of the labels that pods have, or their values for KEY.  Of
 * namespaces the labels are those that their pods have for them.
 */
void seen_keys(struct session *s, struct seen *to, bool namespaces);
void seen_values(struct session *s, struct seen *to, struct str key,
    bool namespaces);

/* Those of every source but one, where the word itself is. */
void seen_namespaces(struct session *s, struct seen *to, uint32_t but);

void seen_groups(struct session *s, struct seen *to);
