/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * One request against what a proxy lets pass: an HTTP request, a DNS query or
 * the server name of a TLS client.  What the question leaves open, and what
 * the policies keep elsewhere, such as secrets, stays unknown: a rule matches,
 * does not, or may.  Source: semantics.md 6.5, 6.6, 10.5.
 */

#include "flow/query.h"
#include "lang/regex.h"
#include "pmap/pmap.h"

enum request_answer {
	REQUEST_PASSES,
	REQUEST_UNKNOWN,
	REQUEST_REFUSED,
};

/* A rule that the proxy has for the connection. */
struct request_try {
	const struct pmap_selector_policy *selector_policy;
	const struct pmap_l7_rule *rule;
	enum lang_match match; /* UNKNOWN also when nothing was asked */
	const char *why;       /* what does not match or is not known */
};

struct request_result {
	enum ir_parser parser; /* of the proxy */
	enum request_answer answer;
	const char *why;               /* where no single rule tells; or NULL */
	VEC(struct request_try) tries; /* by port, selector, input order */
};

/* Whether Q says anything of a request. */
bool request_is_asked(const struct query *q);

/*
 * Judges the request of Q, in A, at a direction that redirects its connection
 * with PEER on PORT to REDIRECT, by the selector_policies of LEVEL, the one
 * that decided.
 */
void request_judge(struct request_result *ret, struct arena *a,
    const struct query *q, const struct world *w,
    const struct pmap_direction *direction, ident_idx_t peer, uint16_t port,
    uint32_t level, uint16_t redirect);

/* What a rule lets pass: "GET /items.*", "name *.example.com". */
const char *request_describe(struct arena *a, const struct request_try *t);
