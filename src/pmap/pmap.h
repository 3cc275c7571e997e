/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Policy maps: what the datapath looks up, computed for whole sets of peers.
 *
 * Subjects whose rules agree in a direction share one pmap_direction; the two
 * directions of a subject make its policy class, and a class is one map image.
 * A direction is a list of keys (protocol, port prefix), shortest prefix first,
 * each with entries (value, set of peers): the factored form of the map.  An
 * entry without a set is the wildcard identity's.  Single entries exist only
 * while pmap_iter_next() walks them.
 *
 * How a direction comes about, each step in files of its own:
 *
 *     rules        that select a subject, and what Cilium adds   direction.h
 *     levels       tier and priority as one number               levels.h
 *     filters      what all rules say about one port, merged     filter.h
 *     candidates   a value for a selector at a key               candidate.h
 *     keys         with the strongest candidates                 cover.h or
 *                                                                insert.h
 *     flat keys    where entries have no precedence              flatten.h
 *
 * Finished directions are looked up (pmap_lookup()), explained (pmap_why()),
 * compared (compare.h) and computed with other rules (whatif.h).
 *
 * Source: semantics.md 9, 10, 11.
 */

#include <stdbool.h>
#include <stdint.h>

#include "base/bitset.h"
#include "base/vec.h"
#include "base/work.h"
#include "cilium/direction.h"
#include "cilium/reason.h"
#include "ident/world.h"

/* What an entry says; equal values share an entry. */
struct pmap_value {
	uint32_t precedence; /* as in the map: higher wins; before Cilium
			      * 1.19: the proxy's, of a deny UINT32_MAX */
	uint16_t redirect;   /* index into pmaps.redirects; 0 = none */
	uint8_t auth;        /* as in the map: type, bit 7 explicit */
	bool deny;
};

struct pmap_entry {
	struct pmap_value value;
	const struct bitset *peers; /* NULL: any identity (sec_label 0); in
				     * others aggregates are members */
};

struct pmap_key {
	uint8_t proto;     /* 0: any protocol, then bits is 0 */
	uint8_t port_bits; /* prefix length of port, 0..16 */
	uint16_t port;     /* masked, host order */
	uint32_t nentries;
	const struct pmap_entry *entries; /* wildcard first, then by precedence
					   * descending, then redirect, auth */
};

/* A rule with the level that its tier and priority flatten to. */
struct pmap_rule {
	const struct ir_rule *rule;
	uint32_t level;      /* 0 is strongest */
	uint32_t tier_first; /* first level of the rule's tier */
	uint32_t tier_next;  /* and of the next tier */
};

/*
 * What a port's name means in one direction (semantics.md 10.3): the ports of
 * one number, or of several, each of which is for peers of its own.
 */
struct pmap_name {
	enum ir_tier tier; /* tier, protocol and name: as in rules */
	uint8_t proto;
	atom_t name;
	uint16_t port;
	uint16_t end;               /* 0 or <= port: only port */
	const struct bitset *peers; /* for whom; NULL: everybody */
};

/* One request that a selector policy lets pass, or all of them. */
struct pmap_l7_rule {
	const struct ir_rule *rule; /* whose it is */
	struct span at;
	const struct ast_http_rule *http;    /* at most one of the two; */
	const struct ast_fqdn_selector *dns; /* neither: every request */
	bool default_allow; /* added by Cilium: no policy denies by default */
};

struct pmap_server_name {
	const struct ast_str *name;
	const struct ir_rule *rule; /* whose it is */
};

/*
 * What the allow rules of one filter let pass for one selector, merged: what a
 * proxy is configured with (semantics.md 10.5).  A redirected connection passes
 * when any selector policy of the deciding level lets it pass, whose selector
 * and ports it matches.
 */
struct pmap_selector_policy {
	uint32_t level;
	const struct ir_selector *selector;
	const struct bitset *peers; /* of these only, by a port name; or NULL */
	uint8_t proto;              /* 0: any */
	uint16_t port; /* 0: every port, unless end says otherwise */
	uint16_t end;  /* 0 or <= port: only port */
	enum ir_parser parser;
	uint16_t redirect; /* index into pmaps.redirects; 0: not redirected */
	uint8_t listener_priority;
	const struct ast_tls_context *terminating, *originating;
	const struct pmap_server_name *names; /* none: whatever the SNI */
	uint32_t nnames;
	const struct pmap_l7_rule *rules; /* one at least */
	uint32_t nrules;
};

struct pmap_direction {
	enum direction dir;
	const struct aggregates *aggregates; /* of the world */
	bool enforced;
	bool default_deny;  /* some rule has switched it on */
	bool forced;        /* by --enforcement=always or a label "init" */
	bool by_precedence; /* entries have one; not before Cilium 1.19 */
	const struct pmap_rule *rules; /* by tier, priority, input order;
					* built-in ones last */
	uint32_t nrules;
	const struct pmap_name *names; /* of the port names in it */
	uint32_t nnames;
	/* On ports that some of them redirect, by tier and port. */
	const struct pmap_selector_policy *selector_policies;
	uint32_t nselector_policies;
	const struct pmap_key *keys; /* by protocol, prefix length, port */
	uint32_t nkeys;
	uint64_t nentries;
	/* By enum ir_verdict, but not IR_PASS: what rules require of the
	 * endpoints that rules name; NULL: nothing. */
	const struct bitset *required[2];
};

struct pmap_class {
	uint32_t index;
	const struct pmap_direction *direction[2]; /* by enum direction */
	const struct endpoint *subject; /* the first of its endpoints */
	const ident_idx_t *idents;      /* ascending */
	uint32_t nidents;
	const char *error; /* Cilium can't resolve this policy: no directions */
	const struct ir_rule *error_rule; /* that causes it, or NULL */
	bool error_requires;              /* for what it requires */
};

enum pmap_enforcement {
	PMAP_ENFORCE_DEFAULT,
	PMAP_ENFORCE_ALWAYS,
	PMAP_ENFORCE_NEVER,
};

struct pmap_options {
	enum pmap_enforcement enforcement;
	bool allow_localhost; /* auto and always: true; policy: false */
};

/* A proxy that entries of a direction hand connections to. */
struct pmap_redirect {
	struct str name; /* "http", "crd:shop/config/listener" */
	enum direction dir;
};

typedef VEC(struct pmap_redirect) redirect_vec;

struct pmaps {
	struct arena *arena;
	const struct world *world;
	struct pmap_options opt;
	/* The rules that Cilium adds itself; they have no policy. */
	const struct ir_rule *allow_everyone, *allow_host, *deny_everyone;
	VEC(struct pmap_class) classes;    /* by first endpoint */
	const uint32_t *class_of_endpoint; /* [index in world.endpoints] */
	const uint32_t *class_of;          /* [ident index]: of its first
					    * endpoint, or PMAP_NO_CLASS */
	VEC(const struct pmap_direction *) directions;
	redirect_vec redirects; /* [0] is none */
};

#define PMAP_NO_CLASS UINT32_MAX /* identity of no endpoint */

/* A peer without an identity: only entries for any identity are found. */
#define PMAP_NOBODY ((ident_idx_t){UINT32_MAX})

/*
 * Computes the classes of all identities that endpoints have.  POOL computes
 * the directions, in parallel; they live as long as it.
 */
void pmap_compute(struct pmaps *m, struct pool *pool, struct arena *a,
    struct arena *scratch, struct diag_sink *sink, const struct world *w,
    const struct pmap_options *opt);

/*
 * The class of an endpoint.  Endpoints of one identity share it, unless a rule
 * names an ingress port that their containers number differently, or they are
 * nodes, each of which has host policies of its own.
 */
const struct pmap_class *pmap_class_of_endpoint(const struct pmaps *m,
    const struct endpoint *e);

/* The class of an identity's first endpoint; NULL when it has none. */
const struct pmap_class *pmap_class_of(const struct pmaps *m,
    ident_idx_t subject);

enum pmap_verdict {
	PMAP_ALLOWED,
	PMAP_REDIRECTED,
	PMAP_DENIED,   /* by a deny entry */
	PMAP_NO_MATCH, /* no entry */
	PMAP_AUTH,     /* dropped until authenticated */
};

struct pmap_result {
	enum pmap_verdict verdict;
	struct pmap_value value;    /* of the chosen entry; zero on NO_MATCH */
	uint8_t auth;               /* effective type */
	bool wildcard;              /* chosen entry is not the peer's own */
	const struct pmap_key *key; /* chosen entry's key, NULL on miss */
};

/*
 * The datapath's decision (semantics.md 11.8): longest-prefix lookups for the
 * peer and for what stands for it, of which the higher precedence wins.  PORT
 * in host order; ICMP: the type.
 */
struct pmap_result pmap_lookup(const struct pmap_direction *direction,
    ident_idx_t peer, uint8_t proto, uint16_t port);

/* One map entry. */
struct pmap_record {
	enum direction dir;
	sec_id_t id; /* 0 = any */
	uint8_t proto;
	uint8_t port_bits;
	uint16_t port; /* host order */
	struct pmap_value value;
};

/*
 * Walks a direction's entries in record order: by protocol, prefix length,
 * port, then numeric identity.
 */
struct pmap_iter {
	const struct world *world;
	const struct pmap_direction *direction;
	uint32_t key;
	uint32_t ident; /* next index to look at, after the wildcard */
	bool wildcard_done;
};

void pmap_iter_init(struct pmap_iter *it, const struct world *w,
    const struct pmap_direction *direction);
bool pmap_iter_next(struct pmap_iter *it, struct pmap_record *ret_record);

/*
 * Why: the rules of a direction that match a packet, strongest first, judged
 * from the rules alone (semantics.md 11.6), not from the entries.
 */
struct pmap_match {
	const struct pmap_rule *rule;
	const struct ir_peer *peer; /* the peer that matched */
	const struct ir_port *port; /* the port that matched */
	bool decides;               /* gives the verdict */
};

struct pmap_why {
	enum pmap_verdict verdict;
	VEC(struct pmap_match) matches;
	const struct pmap_rule *default_deny; /* first rule that switched the
					       * direction to default deny */
};

void pmap_why(struct pmap_why *why, struct arena *a, const struct world *w,
    const struct pmap_direction *direction, ident_idx_t peer, uint8_t proto,
    uint16_t port);

/* Whether a selector policy is for a port; ICMP has none. */
bool pmap_selector_policy_covers(const struct pmap_selector_policy *p,
    uint8_t proto, uint16_t port);

/* "tls", "http", "dns", "crd"; "" for none. */
const char *pmap_parser_name(enum ir_parser parser);

/* Checks the invariants stated above; asserts.  Run between passes. */
void pmap_verify(const struct pmaps *m);

/* For --dump=pmap. */
void pmap_dump(struct buf *out, const struct pmaps *m);

/* Why the datapath drops it. */
enum drop_reason pmap_drop_reason(enum pmap_verdict v);

/* "allow", "redirect", "deny", "drop", "auth". */
const char *pmap_verdict_name(enum pmap_verdict v);
