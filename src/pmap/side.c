/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The rules of one direction become map entries, for whole sets of peers at a
 * time:
 *
 *   rules --sort, add Cilium's own, levels--> ranked rules
 *         --filters (filter.c)--> parts: node, value, peers
 *         --precedence, covering (nodes.c, keyed.c)--> rows at nodes
 *
 * A node is one map key without its identity: (protocol, port prefix).
 * Source: semantics.md 9.1, 10, 11.
 */
#include "pmap/side.h"

#include <stdlib.h>

#include "pmap/filter.h"
#include "pmap/levels.h"

struct side_work {
	struct arena *arena, *scratch;
	struct pmaps *m;
	struct pmap_side *side;
	struct pmap_rule *rules; /* becomes side->rules */
};

static int
compare_rule(const void *pa, const void *pb)
{
	const struct ir_rule *a = ((const struct pmap_rule *)pa)->rule;
	const struct ir_rule *b = ((const struct pmap_rule *)pb)->rule;

	if (a->tier != b->tier)
		return a->tier < b->tier ? -1 : 1;
	if (a->priority != b->priority)
		return a->priority < b->priority ? -1 : 1;
	return (a->index > b->index) - (a->index < b->index);
}

/* Sorts the rules and appends what Cilium itself adds (9.1). */
static void
collect_rules(struct side_work *w, const struct side_input *in)
{
	struct pmap_side *s = w->side;
	struct pmap_rule *rules =
	    ARENA_ARRAY(w->arena, struct pmap_rule, in->nrules + 2);
	uint32_t n = 0;
	bool pass = false;

	for (; n < in->nrules; n++) {
		rules[n].rule = in->rules[n];
		s->default_deny |= in->rules[n]->default_deny;
		pass |= in->rules[n]->verdict == IR_PASS;
	}
	s->default_deny |= in->forced;
	s->enforced = in->forced || n > 0;
	if (n > 1)
		qsort(rules, n, sizeof *rules, compare_rule);
	if (!s->enforced || (n > 0 && !s->default_deny)) {
		rules[n++].rule = w->m->allow_everyone;
	} else if (n > 0) {
		/* Forced without a rule: the host does not pass either. */
		if (in->dir == PMAP_INGRESS && !in->host &&
		    w->m->opt.allow_localhost)
			rules[n++].rule = w->m->allow_host;
		if (pass)
			rules[n++].rule = w->m->deny_everyone;
	}
	w->rules = rules;
	s->rules = rules;
	s->nrules = n;
}

static uint64_t
count_entries(const struct pmap_side *s)
{
	uint64_t n = 0;

	for (uint32_t i = 0; i < s->nnodes; i++) {
		for (uint32_t k = 0; k < s->nodes[i].nrows; k++) {
			const struct bitset *p = s->nodes[i].rows[k].peers;

			n += p ? bitset_count(p) : 1;
		}
	}
	return n;
}

/* Whether a side needs insertion key by key. */
static bool
needs_keys(const struct pmap_side *s)
{
	for (uint32_t i = 0; i < s->nrules; i++) {
		if (s->rules[i].rule->verdict == IR_PASS ||
		    s->rules[i].rule->auth != IR_AUTH_UNSET)
			return true;
	}
	return false;
}

const struct pmap_side *
side_compute(struct arena *a, struct arena *scratch, struct pmaps *m,
    const struct side_input *in, const char **ret_error)
{
	struct side_work w = {.arena = a,
	    .scratch = scratch,
	    .m = m,
	    .side = ARENA_NEW(a, struct pmap_side)};
	struct side_input rules = *in;
	struct filter_input filters = {.dir = in->dir,
	    .subject = in->subject,
	    .ns = in->ns};
	node_vec nodes = {0};
	struct filter_output out = {0};
	const char *error;

	if (in->off) {
		rules.nrules = 0;
		rules.forced = false;
	}
	w.side->dir = in->dir;
	w.side->forced = rules.forced;
	collect_rules(&w, &rules);
	filters.rules = w.rules;
	filters.nrules = w.side->nrules;
	filters.default_deny = w.side->default_deny;
	error = levels_assign(w.rules, w.side->nrules)
	    ? filters_resolve(&out, scratch, m, &filters)
	    : "more priority levels than 24 bits hold";
	if (error != NULL) {
		*ret_error = arena_dup(a, error, strlen(error));
		return NULL;
	}
	if (needs_keys(w.side))
		nodes_build_by_key(&nodes, a, scratch, &out.parts,
		    (uint32_t)m->world->idents.n);
	else
		nodes_build(&nodes, a, scratch, &out.parts);
	nodes_fold_port_zero(&nodes, a);
	w.side->names = out.names.v;
	w.side->nnames = (uint32_t)out.names.n;
	w.side->grants = out.grants.v;
	w.side->ngrants = (uint32_t)out.grants.n;
	w.side->nodes = nodes.v;
	w.side->nnodes = (uint32_t)nodes.n;
	w.side->nentries = count_entries(w.side);
	return w.side;
}
