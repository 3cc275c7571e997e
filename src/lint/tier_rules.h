/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The rules of one tier in a direction, as far as they can make the two models
 * of precedence differ, and the ports and peers that they match.  Private to
 * the comparison of models.
 */

#include "pmap/compare.h"

/* Ports that a rule matches, or may, where they are not known. */
struct rule_ports {
	struct interval ports;
	uint32_t rule; /* index in the tier's */
};

typedef VEC(struct rule_ports) rule_ports_vec;

/* All of them of one protocol; 0: every protocol. */
struct proto_ports {
	uint8_t proto;
	rule_ports_vec of;
	interval_vec joined; /* the same, without the rules */
};

struct tier_rules {
	struct arena *arena;
	const struct world *world;
	const struct pmap_direction *direction;
	VEC(const struct ir_rule *) v;
	VEC(struct proto_ports) ports; /* few */
	struct bitset *peers;          /* of all of them */
	bool joins; /* some rule joins others: rule_joins() */
	/*
	 * While the cells of a protocol are gone through, in ascending order:
	 * the ports of that protocol, by the first, and how many of these have
	 * begun; of those, the ones that have not ended.
	 */
	rule_ports_vec sorted, open;
	size_t begun;
	uint32_t *asked;    /* [rule]: the last question that it was asked */
	uint32_t questions; /* so far */
};

/* A rule, and which of the peers in question it matches in a cell. */
struct rule_match {
	const struct ir_rule *rule;
	struct bitset *peers;
};

typedef VEC(struct rule_match) rule_match_vec;

/* Which rules are asked for. */
struct rule_question {
	const struct cell *cell;
	const struct bitset *peers;
	enum ir_verdict verdict;
	bool from_zero; /* ranges from port 0 are every port */
};

/* Gathers the rules of TIER; everything is in A. */
void tier_rules_collect(struct tier_rules *set, struct arena *a,
    const struct world *w, const struct pmap_direction *direction,
    enum ir_tier tier);

/* Whether some rule may match packets of PROTO. */
bool tier_rules_have(const struct tier_rules *set, uint8_t proto);

/* Whether some rule may match ports that R does. */
bool tier_rules_meet(const struct tier_rules *set, const struct ir_rule *r);

/* Adds the ports of all rules to LIST, in A. */
void tier_rules_list_ports(const struct tier_rules *set, cell_vec *list,
    struct arena *a);

/* Begins with the cells of PROTO; goes on to the one that has PORT. */
void tier_rules_begin(struct tier_rules *set, uint8_t proto);
void tier_rules_next(struct tier_rules *set, uint32_t port);

/* Leaves in PEERS those that rules may match in the current cell. */
void tier_rules_keep_peers(const struct tier_rules *set, struct bitset *peers,
    struct arena *scratch);

/* Adds the rules that match some of the peers in the current cell, in A. */
void tier_rules_match(struct tier_rules *set, rule_match_vec *ret,
    struct arena *a, const struct rule_question *q);

/*
 * Whether R changes other allow rules of its tier on the same port: it has a
 * proxy or authentication.
 */
bool rule_joins(const struct ir_rule *r);

/*
 * Whether A and B change each other by a port name of one filter (semantics.md
 * 10.3, 10.5), though they share no peer: all rules of a tier that have it
 * share an endPort, and before 1.20 in egress a number.
 */
bool rules_share_name(const struct world *w, const struct ir_rule *a,
    const struct ir_rule *b);

/* Adds to SET the identities that the peers of R select. */
void rule_add_peers(const struct world *w, struct bitset *set,
    const struct ir_rule *r);
