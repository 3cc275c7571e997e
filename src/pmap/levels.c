/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Counts the levels that each tier needs, weakest first, since a Pass rule
 * leaves room for all weaker tiers; and packs a level into a precedence.
 */
#include "pmap/levels.h"

#include "cilium/version.h"

enum {
	TIERS = 256,
	LEVEL_MAX = (1 << 24) - 1,
};

/* The priorities of one tier. */
struct tier {
	uint32_t priorities; /* distinct ones */
	uint32_t passing;    /* of these, how many hold a Pass rule */
	uint64_t span;       /* levels for it and all weaker tiers */
	uint64_t base;       /* its first level */
	uint64_t next;       /* the next level to give */
};

static uint64_t
roundup10(uint64_t n)
{
	return (n + 9) / 10 * 10;
}

/* One past the last rule of the same tier and priority as rules[i]. */
static uint32_t
same_priority(const struct pmap_rule *rules, uint32_t i, uint32_t n,
    bool *ret_pass)
{
	const struct ir_rule *first = rules[i].rule;

	*ret_pass = false;
	for (; i < n && rules[i].rule->tier == first->tier &&
	     rules[i].rule->priority == first->priority;
	     i++)
		*ret_pass |= rules[i].rule->verdict == IR_PASS;
	return i;
}

bool
levels_assign(struct pmap_rule *rules, uint32_t n)
{
	struct tier tiers[TIERS] = {0};
	uint32_t last, end;
	bool pass;

	if (n == 0)
		return true;
	last = rules[n - 1].rule->tier;
	for (uint32_t i = 0; i < n; i = end) {
		struct tier *t = &tiers[rules[i].rule->tier];

		end = same_priority(rules, i, n, &pass);
		t->priorities++;
		t->passing += pass;
	}
	tiers[last].span = roundup10(tiers[last].priorities);
	for (uint32_t t = last; t-- > 0;)
		tiers[t].span = roundup10(roundup10(tiers[t].priorities) +
		    (tiers[t].passing + 1) * tiers[t + 1].span);
	if (tiers[0].span > LEVEL_MAX)
		return false;
	for (uint32_t t = 1; t <= last; t++)
		tiers[t].base =
		    tiers[t - 1].base + tiers[t - 1].span - tiers[t].span;
	for (uint32_t t = 0; t <= last; t++)
		tiers[t].next = tiers[t].base;
	for (uint32_t i = 0; i < n; i = end) {
		uint32_t t = rules[i].rule->tier;

		end = same_priority(rules, i, n, &pass);
		for (uint32_t k = i; k < end; k++) {
			rules[k].level = (uint32_t)tiers[t].next;
			rules[k].tier_first = (uint32_t)tiers[t].base;
			rules[k].tier_next =
			    t < last ? (uint32_t)tiers[t + 1].base : LEVEL_MAX;
		}
		tiers[t].next++;
		/* Room for what passes on from this level. */
		if (pass && t < last)
			tiers[t].next += tiers[t + 1].span;
	}
	return true;
}

static uint32_t
precedence(uint32_t level, uint32_t low)
{
	return (LEVEL_MAX - level) << 8 | low;
}

uint32_t
precedence_pass(uint32_t level)
{
	return precedence(level, 0);
}

uint32_t
precedence_deny(uint32_t level)
{
	return precedence(level, 255);
}

uint32_t
precedence_allow(struct version cilium, uint32_t level)
{
	return precedence(level, version_has(cilium, VERSION_LOW_BYTE));
}

uint32_t
precedence_redirect(struct version cilium, uint32_t level,
    unsigned listener_priority)
{
	unsigned most = version_has(cilium, VERSION_LOW_BYTE) ? 255 : 128;

	if (listener_priority == 0)
		return precedence_allow(cilium, level) + 1;
	return precedence(level, most - listener_priority);
}

uint32_t
precedence_without_level(uint32_t precedence)
{
	uint32_t low = precedence & 0xff;

	return low == 0xff ? UINT32_MAX : low;
}

int
verdict_rank(enum ir_verdict v)
{
	switch (v) {
	case IR_DENY:
		return 0;
	case IR_ALLOW:
		return 1;
	case IR_PASS:
		return 2;
	}
	return 3;
}
