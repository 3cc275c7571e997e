/* SPDX-License-Identifier: Apache-2.0 */

/*
 * In random small worlds the rule that pmap_shares() names for an entry is the
 * one that a walk over the rules finds for its peer alone.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "pmap/levels.h"
#include "pmap/match.h"
#include "pmap/share.h"
#include "worlds.h"

/* One world in one model. */
struct run {
	struct arena *arena;
	struct unit unit;
	const char *fault;
};

/* The rules [i, *END) are of one level. */
static uint32_t
end_of_level(const struct pmap_direction *d, uint32_t i)
{
	uint32_t end = i + 1;

	while (end < d->nrules && d->rules[end].level == d->rules[i].level)
		end++;
	return end;
}

/* By a selector, and not by the entry of what stands for it. */
static bool
selects_peer(const struct match_packet *p, const struct ir_rule *rule)
{
	for (uint32_t i = 0; i < rule->npeers; i++) {
		const struct ir_selector *by = rule->peers[i].selector;

		if (p->peer.i == PMAP_NOBODY.i
			? by == p->w->ir->wildcard
			: bitset_test(world_selected(p->w, by), p->peer.i))
			return true;
	}
	return false;
}

static bool
reaches_peer(const struct match_packet *p, const struct ir_rule *rule)
{
	return match_peer(p, rule);
}

static bool
matches_key(const struct match_packet *p, const struct ir_rule *rule,
    const struct pmap_key *key, struct arena *a)
{
	const struct bitset *peers;

	return match_key(p->w, p->direction, rule, key, a, &peers) &&
	    (!peers ||
		(p->peer.i != PMAP_NOBODY.i && bitset_test(peers, p->peer.i)));
}

/*
 * The strongest rule with VERDICT that matches a peer and all ports of a key,
 * or NULL: level by level, and before a pass, which skips its tier.  A rule of
 * the other verdict gave another entry, which may hide this one in every
 * look-up.
 */
static const struct ir_rule *
strongest(const struct run *r, const struct pmap_direction *d,
    const struct pmap_key *key, ident_idx_t peer, enum ir_verdict verdict,
    bool (*matches)(const struct match_packet *, const struct ir_rule *))
{
	const struct world *w = &r->unit.world;
	const struct match_packet p = {.w = w, .direction = d, .peer = peer};
	const struct ir_rule *passed = NULL;
	uint32_t end;

	for (uint32_t i = 0; i < d->nrules; i = end) {
		const struct ir_rule *best = NULL;

		end = end_of_level(d, i);
		for (uint32_t k = i; k < end; k++) {
			const struct ir_rule *rule = d->rules[k].rule;

			if ((rule->verdict == verdict ||
				rule->verdict == IR_PASS) &&
			    matches(&p, rule) &&
			    matches_key(&p, rule, key, r->arena) &&
			    (!best ||
				verdict_rank(rule->verdict) <
				    verdict_rank(best->verdict)))
				best = rule;
		}
		if (!best || (passed && passed->tier == best->tier))
			continue;
		if (best->verdict != IR_PASS)
			return best;
		passed = best;
	}
	return NULL;
}

static const struct ir_rule *
named(const share_vec *shares, ident_idx_t peer)
{
	const struct pmap_share *s = shares->v;

	while (s->peers && !bitset_test(s->peers, peer.i))
		s++;
	return s->rule;
}

/* Whether some range of ports starts at 0, which the map widens. */
static bool
is_widened(const struct pmap_direction *d)
{
	for (uint32_t i = 0; i < d->nrules; i++) {
		for (uint32_t k = 0; k < d->rules[i].rule->nports; k++) {
			const struct ir_port *p = &d->rules[i].rule->ports[k];

			if (p->port == 0 && p->end != 0)
				return true;
		}
	}
	return false;
}

static void
check_peer(struct run *r, const struct pmap_direction *d,
    const struct pmap_key *key, const struct pmap_entry *e, ident_idx_t peer,
    const share_vec *shares)
{
	enum ir_verdict verdict = e->value.deny ? IR_DENY : IR_ALLOW;
	const struct ir_rule *want =
	    strongest(r, d, key, peer, verdict, selects_peer);
	const struct ir_rule *got = named(shares, peer);

	if (!want)
		want = strongest(r, d, key, peer, verdict, reaches_peer);
	if (got != want && !is_widened(d))
		r->fault = arena_printf(r->arena,
		    "protocol %u port %u/%u peer %u: rule %d instead of %d",
		    key->proto, key->port, key->port_bits, peer.i,
		    got ? (int)got->index : -1, want ? (int)want->index : -1);
	else if (!want && !is_widened(d))
		r->fault = "an entry that no rule gave";
}

static void
check_entry(struct run *r, const struct pmap_direction *d,
    const struct pmap_key *key, const struct pmap_entry *e)
{
	struct arena scratch = {0};
	share_vec shares = {0};

	pmap_shares(&shares, &scratch, &r->unit.world, d, key, e);
	for (size_t i = 0; i < shares.n; i++) {
		if (!shares.v[i].peers != (i == shares.n - 1))
			r->fault = "only the last share has all others";
	}
	if (!e->peers)
		check_peer(r, d, key, e, PMAP_NOBODY, &shares);
	for (uint32_t i = 0; e->peers && i < e->peers->nbits; i++) {
		if (bitset_test(e->peers, i))
			check_peer(r, d, key, e, (ident_idx_t){i}, &shares);
	}
	arena_free(&scratch);
}

static const char *
fault_in_model(struct arena *a, const struct toy *t, enum ir_model model)
{
	struct run r = {.arena = a};

	toy_compile(&r.unit, t, model);
	VEC_FOREACH (at, &r.unit.pmaps.directions) {
		const struct pmap_direction *d = *at;

		for (uint32_t i = 0; i < d->nkeys; i++) {
			for (uint32_t k = 0; k < d->keys[i].nentries; k++)
				check_entry(&r, d, &d->keys[i],
				    &d->keys[i].entries[k]);
		}
	}
	unit_free(&r.unit);
	return r.fault;
}

static const char *
find_fault(struct arena *a, const struct toy *t)
{
	const char *fault = fault_in_model(a, t, IR_MODEL_CLUSTERWIDE);

	return fault ? fault : fault_in_model(a, t, IR_MODEL_CILIUM);
}

int
main(int argc, char **argv)
{
	return worlds_main(argc, argv, find_fault);
}
