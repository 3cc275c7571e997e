/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Candidates and keys of toy directions, for tests of what builds keys: levels
 * 0 to 9 are one tier, 10 to 19 the next, and peers are a few small numbers.
 */

#include "base/buf.h"
#include "ident/aggregates.h"
#include "pmap/candidate.h"
#include "pmap/key.h"

enum {
	KEYS_NIDENTS = 6,
};

enum keys_verdict {
	KEYS_ALLOW,
	KEYS_DENY,
	KEYS_PASS,
	KEYS_REDIRECT, /* to redirect 1, of a parser for HTTP */
};

struct keys_rule {
	uint8_t proto;
	uint16_t port;
	uint8_t bits;
	enum keys_verdict verdict;
	uint32_t level;
	const char *peers; /* "1 2"; "*": any identity */
	uint8_t auth;
};

/*
 * The parts of the peers: all one, or with aggregates 4 for 1 and 2, 5 for 3,
 * and none for 0.
 */
const struct aggregates *keys_aggregates(struct arena *a, bool some);

/* Adds the candidates of a rule to V, in A. */
void keys_add(candidate_vec *v, struct arena *a, const struct keys_rule *r,
    const struct aggregates *aggregates);

/*
 * "tcp 80/16: * allow@0, 1 2 deny@10; ", a key after the other, and with
 * authentication "allow@0+81".  Entries without precedence have no level, but
 * for a deny, which is like one of level 0.
 */
const char *keys_print(struct arena *a, const struct pmap_key *keys, size_t n);
