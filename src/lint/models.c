/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Requires maps of the model clusterwide.  Most directions need no second map:
 * one pass over their rules shows that no rule of a namespace can meet a
 * cluster-wide one.  For the others the direction is computed with all rules in
 * one tier, the two are compared cell by cell, and each difference is put down
 * to the pairs of rules that match it.
 */
#include "lint/models.h"

#include <assert.h>
#include <stdlib.h>

#include "base/map.h"
#include "cilium/proto.h"
#include "diag_gen.h"
#include "lint/tier_rules.h"
#include "pmap/compare.h"
#include "pmap/whatif.h"

enum {
	NOTES_SHOWN = 8, /* rules named at one cluster-wide rule */
};

struct models {
	struct model_differences *out;
	struct arena *arena; /* of the results */
	const struct pmaps *m;
	struct whatif whatif;
	struct arena inner; /* of one direction at a time */
	struct arena cells; /* of one cell at a time */
	struct arena pairs;
	struct map seen; /* pairs of rule indices */
	const struct pmap_class *class;
	enum direction dir;
	struct comparison comparison; /* directions by enum ir_model */
	struct tier_rules clusterwide, namespaced;
	struct bitset *suspects; /* peers that the models may differ on */
	bool by_name; /* two rules may meet that share neither peer nor port */
};

/* Peers in a cell that the models differ on, and what to put it down to. */
struct mismatch {
	const struct cell *cell;
	const struct bitset *peers;
	bool denied; /* in one tier: by a deny of the namespace */
};

/* Whether two rules that share none of their peers may change each other. */
static bool
any_shared_name(const struct models *c)
{
	VEC_FOREACH (w, &c->clusterwide.v) {
		if (!(*w)->named_ports)
			continue;
		VEC_FOREACH (n, &c->namespaced.v) {
			if ((*n)->named_ports &&
			    rules_share_name(c->m->world, *w, *n))
				return true;
		}
	}
	return false;
}

/*
 * From the rules alone: whether the models may differ, and on which peers.
 * May suspect too much, never too little.
 */
static bool
may_differ(struct models *c)
{
	const struct world *w = c->m->world;
	const struct pmap_direction *d = c->class->direction[c->dir];
	bool may_conflict;

	tier_rules_collect(&c->clusterwide, &c->inner, w, d,
	    IR_TIER_CLUSTERWIDE);
	if (c->clusterwide.v.n == 0)
		return false;
	tier_rules_collect(&c->namespaced, &c->inner, w, d, IR_TIER_NORMAL);
	c->suspects = bitset_new(&c->inner, (uint32_t)w->idents.n);
	c->by_name = any_shared_name(c);
	if (c->by_name) {
		bitset_copy(c->suspects, w->aggregates->peers);
		return true;
	}
	may_conflict = c->clusterwide.joins && c->namespaced.joins;
	VEC_FOREACH (r, &c->namespaced.v) {
		if ((*r)->verdict == IR_ALLOW && !rule_joins(*r) &&
		    !c->clusterwide.joins)
			continue;
		if (tier_rules_meet(&c->clusterwide, *r))
			rule_add_peers(w, c->suspects, *r);
	}
	bitset_and(c->suspects, c->clusterwide.peers);
	return may_conflict || !bitset_empty(c->suspects);
}

/* The direction as an agent computes it: cluster-wide rules in the one tier. */
static const struct pmap_direction *
in_one_tier(struct models *c)
{
	const struct pmap_direction *d = c->class->direction[c->dir];
	const struct ir_rule **rules =
	    ARENA_ARRAY(&c->inner, const struct ir_rule *, d->nrules);
	uint32_t n = 0;

	for (uint32_t i = 0; i < d->nrules; i++) {
		const struct ir_rule *r = d->rules[i].rule;
		struct ir_rule *copy;

		if (!r->policy)
			continue;
		copy = ARENA_NEW(&c->inner, struct ir_rule);
		*copy = *r;
		if (r->tier == IR_TIER_CLUSTERWIDE)
			copy->tier = IR_TIER_NORMAL;
		rules[n++] = copy;
	}
	return whatif_rules(&c->whatif, &c->inner, c->class, c->dir, rules, n);
}

/* Whether the pair is reported; it is from now on. */
static bool
is_known(struct models *c, const struct ir_rule *clusterwide,
    const struct ir_rule *namespaced)
{
	uint32_t key[2] = {clusterwide->index, namespaced->index};
	void **slot = map_put(&c->seen, key, sizeof(key));
	bool known = *slot;

	*slot = c;
	return known;
}

/* Reports the pair, unless it is, with the first of PEERS as the witness. */
static void
add_pair(struct models *c, const struct ir_rule *clusterwide,
    const struct ir_rule *namespaced, const struct cell *cell,
    const struct bitset *peers)
{
	struct model_difference *d;

	if (is_known(c, clusterwide, namespaced))
		return;
	d = vec_push(&c->out->pairs, c->arena);
	*d = (struct model_difference){.clusterwide = clusterwide,
	    .namespaced = namespaced,
	    .class = c->class,
	    .dir = c->dir,
	    .peer = {bitset_next(peers, 0)},
	    .proto = cell->proto,
	    .port = (uint16_t)cell->ports.first};
	for (int model = 0; model < 2; model++) {
		d->result[model] = pmap_lookup(c->comparison.direction[model],
		    d->peer, d->proto, d->port);
		/* The map of one tier is gone soon, and with it its keys. */
		d->result[model].key = NULL;
	}
	assert(compare_results_differ(&c->comparison, d->result));
}

/* Names every pair of rules that meet on some of the peers. */
static bool
name_meeting(struct models *c, const struct mismatch *x, bool from_zero)
{
	struct rule_question q = {x->cell, x->peers, IR_ALLOW, from_zero};
	rule_match_vec clusterwide = {0}, namespaced = {0};
	bool found = false;

	tier_rules_match(&c->clusterwide, &clusterwide, &c->cells, &q);
	q.verdict = x->denied ? IR_DENY : IR_ALLOW;
	tier_rules_match(&c->namespaced, &namespaced, &c->cells, &q);
	VEC_FOREACH (w, &clusterwide) {
		VEC_FOREACH (n, &namespaced) {
			struct bitset *both;

			if (!bitset_intersects(w->peers, n->peers) ||
			    (!x->denied && !rule_joins(w->rule) &&
				!rule_joins(n->rule)))
				continue;
			found = true;
			both = bitset_dup(&c->cells, w->peers);
			bitset_and(both, n->peers);
			add_pair(c, w->rule, n->rule, x->cell, both);
		}
	}
	return found;
}

/* Names the pairs that share a port name. */
static bool
name_port_names(struct models *c, const struct mismatch *x)
{
	bool found = false;

	VEC_FOREACH (w, &c->clusterwide.v) {
		VEC_FOREACH (n, &c->namespaced.v) {
			if (!rules_share_name(c->m->world, *w, *n))
				continue;
			found = true;
			add_pair(c, *w, *n, x->cell, x->peers);
		}
	}
	return found;
}

/* Finds the rules that cause a mismatch: the plainest reason that holds. */
static void
name_causes(struct models *c, const struct mismatch *x)
{
	bool found = bitset_empty(x->peers) || name_meeting(c, x, false) ||
	    name_meeting(c, x, true) || name_port_names(c, x);

	assert(found);
}

/* The suspects that rules of both tiers may match in the current cell. */
static const struct bitset *
suspects_in_cell(struct models *c)
{
	struct bitset *peers;

	if (c->by_name)
		return c->suspects;
	peers = bitset_dup(&c->cells, c->suspects);
	tier_rules_keep_peers(&c->clusterwide, peers, &c->cells);
	tier_rules_keep_peers(&c->namespaced, peers, &c->cells);
	return peers;
}

static void
check_cell(struct models *c, const struct cell *cell)
{
	const struct bitset *suspects = suspects_in_cell(c);
	struct bitset *denied, *other;
	difference_vec differences = {0};

	if (bitset_empty(suspects))
		return;
	compare_cell(&differences, &c->cells, &c->comparison, cell, suspects);
	denied = bitset_new(&c->cells, suspects->nbits);
	other = bitset_new(&c->cells, suspects->nbits);
	VEC_FOREACH (d, &differences)
		bitset_or(d->result[IR_MODEL_CILIUM].verdict == PMAP_DENIED
			? denied
			: other,
		    d->peers);
	name_causes(c, &(struct mismatch){cell, denied, true});
	name_causes(c, &(struct mismatch){cell, other, false});
}

/*
 * A rule whose entries a broader one hides has no key; but it is to be named
 * where it matches.  So the ports of all rules are edges.
 */
static void
list_cells(struct models *c, cell_vec *ret)
{
	const struct pmap_direction *d = c->class->direction[c->dir];
	cell_vec edges = {0};

	tier_rules_list_ports(&c->clusterwide, &edges, &c->inner);
	tier_rules_list_ports(&c->namespaced, &edges, &c->inner);
	for (uint32_t i = 0; i < d->nnames; i++) {
		const struct pmap_name *n = &d->names[i];

		*vec_push(&edges, &c->inner) = (struct cell){.proto = n->proto,
		    .ports = interval_of_ports(n->port, n->end)};
	}
	compare_list_cells(ret, &c->inner, &c->comparison, &edges);
}

static void
check_cells(struct models *c)
{
	cell_vec cells = {0};
	uint8_t proto = 0;

	list_cells(c, &cells);
	VEC_FOREACH (cell, &cells) {
		if (!tier_rules_have(&c->clusterwide, cell->proto) ||
		    !tier_rules_have(&c->namespaced, cell->proto))
			continue;
		if (cell->proto != proto) {
			proto = cell->proto;
			tier_rules_begin(&c->clusterwide, proto);
			tier_rules_begin(&c->namespaced, proto);
		}
		tier_rules_next(&c->clusterwide, cell->ports.first);
		tier_rules_next(&c->namespaced, cell->ports.first);
		check_cell(c, cell);
		arena_reset(&c->cells);
	}
}

static void
check_direction(struct models *c)
{
	const struct pmap_direction *one_tier;

	if (!may_differ(c))
		return;
	one_tier = in_one_tier(c);
	if (!one_tier) {
		*vec_push(&c->out->conflicts, c->arena) =
		    (struct model_conflict){c->class, c->dir,
			arena_dup(c->arena, c->whatif.error,
			    strlen(c->whatif.error))};
		return;
	}
	c->comparison = (struct comparison){
	    .direction = {[IR_MODEL_CLUSTERWIDE] = c->class->direction[c->dir],
		[IR_MODEL_CILIUM] = one_tier},
	    .redirects = {&c->whatif.redirects, &c->whatif.redirects},
	    .peers = c->m->world->aggregates->peers,
	};
	check_cells(c);
}

static int
compare_pair(const void *pa, const void *pb)
{
	const struct model_difference *a = pa, *b = pb;

	if (a->clusterwide->index != b->clusterwide->index)
		return a->clusterwide->index < b->clusterwide->index ? -1 : 1;
	return (a->namespaced->index > b->namespaced->index) -
	    (a->namespaced->index < b->namespaced->index);
}

/* Checks each direction once, for its first class. */
static void
check_classes(struct models *c)
{
	struct map checked;

	map_init(&c->seen, &c->pairs);
	map_init(&checked, &c->pairs);
	VEC_FOREACH (class, &c->m->classes) {
		c->class = class;
		for (int dir = 0; dir < 2 && !class->error; dir++) {
			void **slot = map_put(&checked, &class->direction[dir],
			    sizeof(void *));

			if (*slot)
				continue;
			*slot = c;
			c->dir = (enum direction)dir;
			check_direction(c);
			arena_reset(&c->inner);
		}
	}
}

void
models_compare(struct model_differences *ret, struct arena *a,
    struct arena *scratch, const struct pmaps *m)
{
	struct models c = {.out = ret, .arena = a, .m = m};

	*ret = (struct model_differences){0};
	if (m->world->ir->opt.model != IR_MODEL_CLUSTERWIDE)
		return;
	whatif_init(&c.whatif, a, scratch, m);
	check_classes(&c);
	ret->redirects = c.whatif.redirects;
	if (ret->pairs.n > 1)
		qsort(ret->pairs.v, ret->pairs.n, sizeof(*ret->pairs.v),
		    compare_pair);
	arena_free(&c.inner);
	arena_free(&c.cells);
	arena_free(&c.pairs);
}

static bool
is_deny(const struct model_difference *d)
{
	return d->namespaced->verdict == IR_DENY;
}

static struct diag *
warn_of_pair(struct diag_sink *sink, struct arena *scratch,
    const struct pmaps *m, const struct model_difference *d)
{
	const char *proto = proto_name(d->proto);
	struct str peer = identity_print(scratch, m->world, d->peer);

	if (!proto)
		proto = "protocol";
	return is_deny(d)
	    ? diag_models_differ(sink, d->clusterwide->at, proto, d->port, peer)
	    : diag_models_join(sink, d->clusterwide->at, proto, d->port, peer);
}

/*
 * The differences [0, n) are of one cluster-wide rule.  Warns of those that
 * are of one kind with the first.
 */
static void
warn_of_rule(struct diag_sink *sink, struct arena *scratch,
    const struct pmaps *m, const struct model_difference *d, size_t n)
{
	bool deny = is_deny(d);
	struct diag *diag = warn_of_pair(sink, scratch, m, d);
	size_t same = 0;

	for (size_t i = 0; i < n; i++) {
		if (is_deny(&d[i]) != deny || ++same > NOTES_SHOWN)
			continue;
		diag_note(sink, diag, d[i].namespaced->at,
		    deny ? "this deny in the namespace loses here, and wins in "
			   "a cluster"
			 : "this rule in the namespace has no say here, and "
			   "has one in a cluster");
	}
	if (same > NOTES_SHOWN)
		diag_note(sink, diag, diag->at, "and %zu more %s like these",
		    same - NOTES_SHOWN, deny ? "denies" : "rules");
}

void
lint_check_models(struct diag_sink *sink, struct arena *scratch,
    const struct pmaps *m, const struct model_differences *d)
{
	const struct model_difference *v = d->pairs.v;
	size_t end;

	for (size_t i = 0; i < d->pairs.n; i = end) {
		size_t other = i;

		for (end = i + 1;
		     end < d->pairs.n && v[end].clusterwide == v[i].clusterwide;
		     end++)
			continue;
		warn_of_rule(sink, scratch, m, &v[i], end - i);
		while (other < end && is_deny(&v[other]) == is_deny(&v[i]))
			other++;
		if (other < end)
			warn_of_rule(sink, scratch, m, &v[other], end - other);
	}
	VEC_FOREACH (x, &d->conflicts)
		diag_models_conflict(sink, x->class->subject->object->name_at,
		    x->class->subject->ns, x->class->subject->name, x->error);
}
