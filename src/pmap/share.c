/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tiers and priorities in turn, deny before allow before pass (semantics.md
 * 11.6), for all peers of an entry at a time.  Requires a direction whose rules
 * have their levels.
 */
#include "pmap/share.h"

#include "pmap/match.h"

/* An entry that is being shared out. */
struct sharing {
	struct arena *arena;
	const struct world *world;
	const struct pmap_direction *direction;
	const struct pmap_key *key;
	const struct bitset *left; /* peers without a share; NULL: any
				    * identity */
	struct bitset *own;        /* LEFT, once it is not the entry's */
	uint32_t first;            /* no peer before this one is left */
	struct bitset *passed;     /* peers that a rule of the tier passes on */
	bool any_passed;           /* the same of any identity */
	bool reached; /* by the entry of what stands for a peer, too */
	const struct bitset *named; /* whom the current rule's port is for;
				     * NULL: everybody */
	share_vec *ret;
};

static void
add_share(struct sharing *s, const struct ir_rule *r, const struct bitset *set)
{
	*vec_push(s->ret, s->arena) = (struct pmap_share){r, set};
}

static void
pass_on(struct sharing *s, const struct bitset *set)
{
	struct bitset *passed = bitset_dup(s->arena, s->left);

	bitset_and(passed, set);
	if (s->named)
		bitset_and(passed, s->named);
	if (s->passed)
		bitset_or(passed, s->passed);
	s->passed = passed;
}

/* Those of the peers that are left that R takes by a selector with SET. */
static const struct bitset *
narrowed(const struct sharing *s, const struct bitset *set,
    const struct bitset *required)
{
	struct bitset *part = bitset_dup(s->arena, s->left);

	bitset_and(part, set);
	if (required)
		bitset_and(part, required);
	if (s->named)
		bitset_and(part, s->named);
	if (s->passed)
		bitset_andnot(part, s->passed);
	return part;
}

/* Takes a set away from what is left; whether nothing is. */
static bool
take(struct sharing *s, const struct bitset *set)
{
	if (!s->own) {
		if (bitset_subset(s->left, set))
			return true;
		s->left = s->own = bitset_dup(s->arena, s->left);
	}
	bitset_andnot(s->own, set);
	s->first = bitset_next(s->own, s->first);
	return s->first == s->own->nbits;
}

/* Gives R the peers that PEER selects; whether that is all. */
static bool
give(struct sharing *s, const struct ir_rule *r, const struct ir_peer *peer)
{
	const struct bitset *set = s->reached
	    ? world_reached(s->world, peer->selector)
	    : world_selected(s->world, peer->selector);
	const struct bitset *required =
	    r->verdict == IR_PASS || !peer->endpoints
	    ? NULL
	    : s->direction->required[r->verdict];
	bool all;

	if (!bitset_intersects(s->left, set))
		return false;
	if (r->verdict == IR_PASS) {
		pass_on(s, set);
		return false;
	}
	if (required || s->named || s->passed)
		set = narrowed(s, set, required);
	if (bitset_empty(set))
		return false;
	all = take(s, set);
	add_share(s, r, all ? NULL : set);
	return all;
}

/* The same for an entry of any identity. */
static bool
give_any(struct sharing *s, const struct ir_rule *r, const struct ir_peer *peer)
{
	if (peer->selector != s->world->ir->wildcard || s->named ||
	    s->any_passed)
		return false;
	if (r->verdict == IR_PASS) {
		s->any_passed = true;
		return false;
	}
	add_share(s, r, NULL);
	return true;
}

/* Shares out to the rules [i, end) with VERDICT; whether all is given. */
static bool
share_among(struct sharing *s, uint32_t i, uint32_t end,
    enum ir_verdict verdict)
{
	for (; i < end; i++) {
		const struct ir_rule *r = s->direction->rules[i].rule;

		if (r->verdict != verdict ||
		    !match_key(s->world, s->direction, r, s->key, s->arena,
			&s->named))
			continue;
		for (uint32_t k = 0; k < r->npeers; k++) {
			if (s->left ? give(s, r, &r->peers[k])
				    : give_any(s, r, &r->peers[k]))
				return true;
		}
	}
	return false;
}

/* Shares out to all rules; whether all is given. */
static bool
share_rules(struct sharing *s, enum ir_verdict verdict)
{
	const struct pmap_rule *rules = s->direction->rules;
	uint32_t end;

	s->passed = NULL;
	s->any_passed = false;
	for (uint32_t i = 0; i < s->direction->nrules; i = end) {
		for (end = i + 1; end < s->direction->nrules &&
		     rules[end].level == rules[i].level;
		     end++)
			continue;
		if (i > 0 && rules[i - 1].rule->tier != rules[i].rule->tier) {
			s->passed = NULL;
			s->any_passed = false;
		}
		/* A rule of the other verdict would have given another entry.
		 */
		if (share_among(s, i, end, verdict) ||
		    share_among(s, i, end, IR_PASS))
			return true;
	}
	return false;
}

void
pmap_shares(share_vec *ret_shares, struct arena *a, const struct world *w,
    const struct pmap_direction *direction, const struct pmap_key *key,
    const struct pmap_entry *entry)
{
	struct sharing s = {
	    .arena = a,
	    .world = w,
	    .direction = direction,
	    .key = key,
	    .left = entry->peers,
	    .ret = ret_shares,
	};
	enum ir_verdict verdict = entry->value.deny ? IR_DENY : IR_ALLOW;

	if (share_rules(&s, verdict))
		return;
	/* A pass gives peers an entry of what stands for them. */
	s.reached = true;
	if (!share_rules(&s, verdict))
		add_share(&s, NULL, NULL);
}
