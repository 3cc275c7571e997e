/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The reason for a verdict, from the rules themselves: tiers and priorities
 * in turn, deny before allow before pass (semantics.md 11.6).
 */
#include "pmap/pmap.h"

#include <assert.h>

#include "pmap/levels.h"
#include "pmap/match.h"

static bool
rule_matches(const struct match_packet *q, const struct pmap_rule *r,
    struct pmap_match *ret)
{
	struct pmap_match m = {.rule = r};

	m.peer = match_peer(q, r->rule);
	if (!m.peer)
		return false;
	m.port = match_port(q, r->rule);
	if (!m.port)
		return false;
	*ret = m;
	return true;
}

/* The strongest match of the level that begins at *AT; moves *AT past it. */
static struct pmap_match *
best_of_level(struct pmap_why *why, size_t *at)
{
	struct pmap_match *best = &why->matches.v[*at];

	for (; *at < why->matches.n; ++*at) {
		struct pmap_match *m = &why->matches.v[*at];

		if (m->rule->level != best->rule->level)
			break;
		if (verdict_rank(m->rule->rule->verdict) <
		    verdict_rank(best->rule->rule->verdict))
			best = m;
	}
	return best;
}

/* Level by level; a pass skips the rest of its tier. */
static void
decide(struct pmap_why *why)
{
	const struct ir_rule *pass = NULL;
	struct pmap_match *best;

	why->verdict = PMAP_NO_MATCH;
	for (size_t at = 0; at < why->matches.n;) {
		best = best_of_level(why, &at);
		if (pass && best->rule->rule->tier == pass->tier)
			continue;
		if (best->rule->rule->verdict == IR_PASS) {
			pass = best->rule->rule;
			continue;
		}
		best->decides = true;
		why->verdict = best->rule->rule->verdict == IR_DENY
		    ? PMAP_DENIED
		    : PMAP_ALLOWED;
		return;
	}
}

/* The kind of a verdict: redirects and authentication allow, too. */
static enum pmap_verdict
plain(enum pmap_verdict v)
{
	return v == PMAP_DENIED || v == PMAP_NO_MATCH ? v : PMAP_ALLOWED;
}

static bool
judge(struct pmap_why *why, struct arena *a, const struct match_packet *q,
    enum pmap_verdict expected)
{
	struct pmap_match match;

	why->matches.n = 0;
	for (uint32_t i = 0; i < q->direction->nrules; i++) {
		if (rule_matches(q, &q->direction->rules[i], &match))
			*vec_push(&why->matches, a) = match;
	}
	decide(why);
	return plain(why->verdict) == plain(expected);
}

/* Whether some rule has a range of ports that starts at 0. */
static bool
has_range_from_zero(const struct pmap_direction *direction)
{
	for (uint32_t i = 0; i < direction->nrules; i++) {
		const struct ir_rule *r = direction->rules[i].rule;

		for (uint32_t k = 0; k < r->nports; k++) {
			if (r->ports[k].port == 0 && r->ports[k].end != 0)
				return true;
		}
	}
	return false;
}

void
pmap_why(struct pmap_why *why, struct arena *a, const struct world *w,
    const struct pmap_direction *direction, ident_idx_t peer, uint8_t proto,
    uint16_t port)
{
	struct match_packet q = {w, direction, peer, proto, port, false};
	enum pmap_verdict expected =
	    pmap_lookup(direction, peer, proto, port).verdict;

	*why = (struct pmap_why){0};
	for (uint32_t i = 0; i < direction->nrules && !why->default_deny; i++) {
		if (direction->rules[i].rule->default_deny)
			why->default_deny = &direction->rules[i];
	}
	if (judge(why, a, &q, expected))
		return;
	/*
	 * Only a range from port 0 makes the map differ from the rules.  It
	 * hides less than it matches, so even taken as every port it may not
	 * explain the verdict; then no rule is named.
	 */
	assert(has_range_from_zero(direction));
	q.from_zero = true;
	if (judge(why, a, &q, expected))
		return;
	why->matches.n = 0;
	why->verdict = expected;
}
