/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What the rules of one filter ask for the peers of one selector, merged as
 * Cilium merges it: proxy, TLS, authentication.  What cannot be merged makes
 * the policy unresolvable.  Source: semantics.md 10.5.  Private to pmap/.
 */

#include "pmap/pmap.h"

struct merged {
	const struct pmap_rule *rule; /* the first of the strongest */
	enum ir_parser parser;
	struct str listener; /* of IR_PARSER_CRD, qualified */
	uint8_t listener_priority;
	uint8_t auth; /* as in the map */
	const struct ast_tls_context *terminating, *originating;
	bool server_names, l7_rules;
};

struct merging {
	struct arena *scratch;
	struct str ns;     /* whose listeners are meant */
	const char *error; /* the first, in SCRATCH; NULL: none */
};

/* What RULE alone asks for at PORT. */
struct merged merged_of(struct merging *m, const struct pmap_rule *rule,
    const struct ir_port *port);

/* Who reads what TO and PARSER would both read. */
void merge_parser(struct merging *m, enum ir_parser *to, enum ir_parser parser);

/* Adds to TO what another rule asks for. */
void merge(struct merging *m, struct merged *to, const struct merged *from);
