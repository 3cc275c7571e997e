/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What the rules say, read plainly: of a subject in a direction each port and
 * each peer of each rule is a clause, and a packet is judged by the clauses
 * that match it, the strongest tier and priority first (semantics.md 11.6).
 * Nothing here knows of maps.  Private to prove/.
 */

#include "base/vec.h"
#include "cnpc_abi.h"
#include "ident/world.h"
#include "prove/premises.h"

/* One port and one peer of one rule. */
struct clause {
	const struct ir_rule *rule;
	const struct ir_port *port;
	const struct ir_peer *peer;
	uint8_t listener; /* its proxy's priority, lower is stronger, or 0 */
	const struct port_number *number; /* its port is each peer's own */
	uint32_t first, last; /* else it is these; none if FIRST is above */
};

typedef VEC(const struct clause *) clause_vec;

/* The clauses of one filter and selector, made one (semantics.md 10.5). */
struct merged {
	const struct clause *first;
	enum ir_parser parser;
	uint8_t listener;
	struct str name; /* of the listener */
	uint8_t auth;
	bool requests, server_names;
	const struct ast_tls_context *terminating, *originating;
	const char *conflict; /* why Cilium refuses them, or NULL */
};

/* A subject in a direction. */
struct rules {
	const struct premises *premises;
	struct arena *arena;
	const struct endpoint *subject;
	enum direction dir;
	VEC(const struct ir_rule *) list; /* as the agent sorts them */
	VEC(struct clause) clauses;       /* in the order of these */
	VEC(struct merged) merged;        /* where something has to be merged */
	bool default_deny;
	bool pass, auth, proxy; /* some rule has it */
	bool from_zero;         /* some range of ports begins with port 0 */
	const char *conflict;   /* why Cilium refuses the rules, or NULL */
};

/* The verdict, and the clause that gives it; NULL: no rule. */
struct saying {
	uint8_t reason;      /* enum cnpc_reason of cnpc_abi.h */
	struct str redirect; /* name of the proxy, or "" */
	uint8_t auth;        /* type */
	bool auth_open;      /* Cilium leaves the type open */
	bool tied;           /* another listener is as strong */
	const struct clause *clause;
};

/* Reads the rules of LIST, of which each selects the subject, in order. */
void rules_read(struct rules *r, struct arena *a, const struct premises *p,
    const struct endpoint *subject, enum direction dir,
    const struct ir_rule *const *list, size_t n);

/* Whether a rule is for an endpoint. */
bool rules_select(const struct premises *p, const struct ir_rule *rule,
    const struct endpoint *e);

/* The clauses that are for a peer, whatever the port. */
void rules_of_peer(const struct rules *r, struct arena *a, uint32_t peer,
    clause_vec *ret);

/* Whether a clause's peers have PEER; RET gets its ports if so. */
bool clause_has_peer(const struct rules *r, const struct clause *c,
    uint32_t peer);
void clause_ports(const struct clause *c, uint32_t peer, uint32_t *ret_first,
    uint32_t *ret_last);

/* All but the authentication, judged by what rules_of_peer() gave. */
struct saying rules_say(const struct rules *r, const clause_vec *of_peer,
    uint32_t peer, uint8_t proto, uint16_t port);

/* rules_merge.c */
void rules_merge(struct rules *r);
bool clause_same_filter(const struct clause *a, const struct clause *b);

/* Negative, 0 or positive: which tier and priority comes first. */
int clause_compare_level(const struct clause *a, const struct clause *b);
