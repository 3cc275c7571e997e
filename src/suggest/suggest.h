/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Policies that admit connections which no rule allows, and nothing else.
 *
 *     suggest_init(&s, arena, world);
 *     suggest_ask(&s, &ask);      // for each connection, at each end
 *     suggest_make(&s, "allow");
 *     suggest_put(&text, &s);     // the policies, as YAML
 *     ... compile them with the rest, find what changes ...
 *     while (suggest_check(&s, &changes)) ... again, with fewer ...
 *
 * A policy is for one identity.  Labels are chosen that select it and nobody
 * else in the snapshot, and so are those of its peers; ports are single ones,
 * addresses those that were seen.
 */

#include "change/change.h"
#include "ident/world.h"

/* A connection to admit at the end SUBJECT, an identity of pods. */
struct suggest_ask {
	ident_idx_t subject, peer;
	enum direction dir;
	uint8_t proto; /* IANA number */
	uint16_t port; /* ICMP: the type */
	/* Of a peer outside: who it was; none: not known. */
	const struct ip *ips;
	size_t nips;
};

struct suggest_port {
	uint8_t proto;
	uint16_t port;
};

/* One element of a policy's list: a peer and its ports, or the addresses of a
 * peer outside and one port. */
struct suggest_rule {
	enum direction dir;
	ident_idx_t peer;
	VEC(struct suggest_port) ports; /* distinct, by protocol and number */
	VEC(struct ip) ips;             /* of a peer outside, distinct */
	bool dropped; /* it did not do as it should: it is not put out */
};

struct suggest_policy {
	ident_idx_t subject;
	struct str ns;
	const char *name;
	VEC(struct suggest_rule) rules; /* by direction and peer */
	bool isolates; /* what is not allowed is denied, in both directions */
};

typedef VEC(const char *) suggest_texts;

struct suggestions {
	struct arena *arena;
	const struct world *world;
	VEC(struct suggest_policy) v; /* by namespace and subject */
	suggest_texts refused;        /* what cannot be admitted so, and why */
};

void suggest_init(struct suggestions *s, struct arena *a,
    const struct world *w);

/* Adds ASK; what no policy of this form can admit goes to s->refused. */
void suggest_ask(struct suggestions *s, const struct suggest_ask *ask);

/*
 * Sorts the policies and names them, PREFIX and something of their subject,
 * none like one of OBJECTS; ISOLATES: they deny by default in both directions.
 */
void suggest_name(struct suggestions *s, const struct object_list *objects,
    const char *prefix, bool isolates);

/* Drops all rules, which is told with WHY. */
void suggest_drop(struct suggestions *s, const char *why);

/* The policies as YAML documents, but for rules that were dropped. */
void suggest_put(struct buf *out, const struct suggestions *s);

/*
 * Holds what the policies open, C, against what was asked, and whether that is
 * admitted.  What does otherwise is dropped and told in s->refused; whether
 * there was any, so that the rest is to be held against what is asked again.
 */
bool suggest_check(struct suggestions *s, const struct changes *c);
