/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Map keys under construction, for insertion key by key: what each one has so
 * far, and which other ones it covers.  A map key is a port key and a class of
 * peers.  Private to pmap/.
 */

#include "pmap/candidate.h"
#include "pmap/peer_class.h"

enum {
	MAX_TIERS = 8,
};

/* The Pass of one tier: what matches goes on to the next. */
struct key_pass {
	uint32_t precedence; /* of the Pass rule */
	uint32_t min;        /* lowest and highest precedence of its tier */
	uint32_t max;
};

/* What a map key has so far. */
struct key_state {
	bool decided; /* it has a value: */
	struct pmap_value value;
	struct key_pass passes[MAX_TIERS];
	uint32_t npasses;
};

/* A port key with the states of all classes. */
struct port_states {
	struct port_key key;
	struct key_state *of;    /* [class] */
	const uint32_t *broader; /* port keys that cover it, itself too, the */
	uint32_t nbroader;       /* most specific first */
	const uint32_t
	    *narrower;      /* port keys that it covers, itself too, the */
	uint32_t nnarrower; /* least specific first */
};

struct key_states {
	struct arena *scratch;
	struct peer_classes classes;
	struct port_states *ports; /* in key order */
	uint32_t nports;
};

/* A map key, by the numbers of its port key and class. */
struct key_at {
	uint32_t port;
	uint32_t class;
};

/* Empty states of all keys that CANDIDATES are for. */
void key_states_init(struct key_states *s, struct arena *scratch,
    const candidate_vec *candidates, const struct aggregates *aggregates);

/* The number of a candidate's port key. */
uint32_t key_states_find(const struct key_states *s,
    const struct candidate *candidate);

static inline struct key_state *
key_state_at(const struct key_states *s, uint32_t port, uint32_t class)
{
	return &s->ports[port].of[class];
}

/* Whether (PORT, CLASS) is KEY. */
static inline bool
key_is(struct key_at key, uint32_t port, uint32_t class)
{
	return key.port == port && key.class == class;
}

/* Whether a precedence is one of the tier that passes. */
static inline bool
key_pass_in_tier(const struct key_pass *p, uint32_t precedence)
{
	return precedence >= p->min && precedence <= p->max;
}

/*
 * Takes what is weaker than PRECEDENCE out of a state that a key with it
 * covers; SAME_KEY: out of its own.
 */
void key_state_prune(struct key_state *s, bool same_key, uint32_t precedence);

/* Does this to all states that KEY covers. */
void key_states_prune(const struct key_states *s, struct key_at key,
    uint32_t precedence);

/* Adds a value to what a state may have. */
void key_state_add(struct key_state *s, const struct pmap_value *v);
