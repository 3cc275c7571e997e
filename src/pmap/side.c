/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The rules of one direction become map entries, for whole sets of peers at a
 * time:
 *
 *   rules --sort, built-in rules, levels--> claims --filters, elision-->
 *   parts at nodes --covering, precedence--> rows
 *
 * A claim is one (port, selector) of one rule.  Claims of the same tier and
 * port form a filter, as in Cilium.  A node is one key without its identity:
 * (protocol, port prefix).  An entry stays only if no key that covers it has
 * a higher precedence, or for a deny, an equal one: nodes are handled with
 * the shorter prefixes first, so everything that may cover a node is final
 * when the node's turn comes.  Source: semantics.md 9.1, 10, 11.
 */
#include "pmap/side.h"

#include <stdlib.h>

#include "pmap/levels.h"
#include "pmap/node.h"
#include "pmap/ports.h"

static const struct ir_rule allow_everyone = {.tier = IR_TIER_DEFAULT,
    .verdict = IR_ALLOW};
static const struct ir_rule allow_host = {.tier = IR_TIER_DEFAULT,
    .verdict = IR_ALLOW};

/* One port and one selector of one rule. */
struct claim {
	enum ir_tier tier;
	struct ir_port port;
	const struct ir_selector *selector;
	struct pmap_value value;
	uint32_t order;
};

/* What a claim says at one node, the peers as a set; NULL: any identity. */
struct part {
	uint8_t proto;
	struct port_prefix prefix;
	struct pmap_value value;
	const struct bitset *peers;
	uint32_t order;
};

struct side_work {
	struct arena *arena, *scratch;
	const struct pmaps *m;
	struct pmap_side *side;
	struct pmap_rule *rules; /* becomes side->rules */
	VEC(struct claim) claims;
	VEC(struct part) parts;
	VEC(struct pmap_node) nodes;
	VEC(struct pmap_row) rows; /* of the node at hand */
};

/* Descending by precedence, then ascending by what else tells them apart. */
static int
compare_value(const struct pmap_value *a, const struct pmap_value *b)
{
	if (a->precedence != b->precedence)
		return a->precedence > b->precedence ? -1 : 1;
	if (a->redirect != b->redirect)
		return a->redirect < b->redirect ? -1 : 1;
	return (a->auth > b->auth) - (a->auth < b->auth);
}

/* Whether an entry with value OVER hides one with value V that it covers. */
static bool
hides(const struct pmap_value *over, const struct pmap_value *v)
{
	return over->precedence > v->precedence ||
	    (v->deny && over->precedence == v->precedence);
}

/* A covering node's rows, against the set SET with value V. */
static const struct bitset *
hide_under(struct side_work *w, const struct pmap_node *over,
    const struct pmap_value *v, const struct bitset *set)
{
	struct bitset *own = NULL;

	for (uint32_t i = 0; i < over->nrows && set != NULL; i++) {
		const struct pmap_row *r = &over->rows[i];

		if (!hides(&r->value, v))
			continue;
		if (r->peers == NULL)
			return NULL;
		if (!bitset_intersects(set, r->peers))
			continue;
		if (own == NULL)
			set = own = bitset_dup(w->scratch, set);
		bitset_andnot(own, r->peers);
	}
	return bitset_empty(set) ? NULL : set;
}

/* The nodes that cover (proto, prefix), itself left out, in any order. */
static unsigned
find_covering(const struct side_work *w, uint8_t proto, struct port_prefix p,
    const struct pmap_node *ret_nodes[static 17])
{
	const struct pmap_node *n;
	unsigned count = 0;

	if (proto == 0)
		return 0;
	n = node_find(w->nodes.v, w->nodes.n, 0, 0, 0);
	if (n != NULL)
		ret_nodes[count++] = n;
	for (uint8_t bits = 0; bits < p.bits; bits++) {
		n = node_find(w->nodes.v, w->nodes.n, proto, bits, p.port);
		if (n != NULL)
			ret_nodes[count++] = n;
	}
	return count;
}

/* The wildcard's row at a node: the strongest of its parts, if not hidden. */
static void
add_wildcard_row(struct side_work *w, const struct part *parts, size_t n,
    const struct pmap_node *const *over, unsigned nover)
{
	const struct part *best = NULL;

	for (size_t i = 0; i < n; i++) {
		if (parts[i].peers == NULL &&
		    (best == NULL ||
			compare_value(&parts[i].value, &best->value) < 0))
			best = &parts[i];
	}
	if (best == NULL)
		return;
	for (unsigned i = 0; i < nover; i++) {
		const struct pmap_row *first = over[i]->rows;

		/* The wildcard's row stands first. */
		if (over[i]->nrows > 0 && first->peers == NULL &&
		    hides(&first->value, &best->value))
			return;
	}
	*vec_push(&w->rows, w->scratch) = (struct pmap_row){best->value, NULL};
}

/* Parts [i, j) have one value: the union of their peers, less TAKEN. */
static const struct bitset *
join_parts(struct side_work *w, const struct part *parts, size_t i, size_t j,
    struct bitset *taken)
{
	const struct bitset *set = parts[i].peers;
	struct bitset *own = NULL;

	for (size_t k = i + 1; k < j; k++) {
		if (parts[k].peers == set)
			continue;
		if (own == NULL)
			set = own = bitset_dup(w->scratch, set);
		bitset_or(own, parts[k].peers);
	}
	if (bitset_intersects(set, taken)) {
		if (own == NULL)
			set = own = bitset_dup(w->scratch, set);
		bitset_andnot(own, taken);
	}
	return bitset_empty(set) ? NULL : set;
}

/* Rows of single identities, strongest first: each identity gets one. */
static void
add_peer_rows(struct side_work *w, const struct part *parts, size_t n,
    const struct pmap_node *const *over, unsigned nover)
{
	struct pmap_node here = {.rows = w->rows.v,
	    .nrows = (uint32_t)w->rows.n};
	struct pmap_row wildcard;
	struct bitset *taken = NULL;
	size_t j;

	/* The wildcard's row at this very node covers as well. */
	if (here.nrows > 0) {
		wildcard = w->rows.v[0];
		here.rows = &wildcard;
	}
	for (size_t i = 0; i < n; i = j) {
		const struct bitset *set;

		for (j = i + 1; j < n &&
		     compare_value(&parts[i].value, &parts[j].value) == 0;
		     j++)
			continue;
		if (taken == NULL)
			taken = bitset_new(w->scratch, parts[i].peers->nbits);
		set = join_parts(w, parts, i, j, taken);
		if (set != NULL && j < n)
			bitset_or(taken, set);
		if (set != NULL)
			set = hide_under(w, &here, &parts[i].value, set);
		for (unsigned k = 0; k < nover && set != NULL; k++)
			set = hide_under(w, over[k], &parts[i].value, set);
		if (set == NULL)
			continue;
		/* A selector's own set is shared, any other is kept. */
		if (set != parts[i].peers)
			set = bitset_dup(w->arena, set);
		*vec_push(&w->rows, w->scratch) =
		    (struct pmap_row){parts[i].value, set};
	}
}

static int
compare_part(const void *pa, const void *pb)
{
	const struct part *a = pa, *b = pb;
	int c;

	if (a->proto != b->proto)
		return a->proto < b->proto ? -1 : 1;
	if (a->prefix.bits != b->prefix.bits)
		return a->prefix.bits < b->prefix.bits ? -1 : 1;
	if (a->prefix.port != b->prefix.port)
		return a->prefix.port < b->prefix.port ? -1 : 1;
	if ((a->peers == NULL) != (b->peers == NULL))
		return a->peers == NULL ? -1 : 1;
	c = compare_value(&a->value, &b->value);
	return c ? c : (a->order > b->order) - (a->order < b->order);
}

static bool
same_node(const struct part *a, const struct part *b)
{
	return a->proto == b->proto && a->prefix.bits == b->prefix.bits &&
	    a->prefix.port == b->prefix.port;
}

/* Parts [0, n) are of one node; those before it are done. */
static void
build_node(struct side_work *w, const struct part *parts, size_t n)
{
	const struct pmap_node *over[17];
	unsigned nover = find_covering(w, parts->proto, parts->prefix, over);
	size_t wild = 0;
	struct pmap_row *rows;

	while (wild < n && parts[wild].peers == NULL)
		wild++;
	w->rows.n = 0;
	add_wildcard_row(w, parts, wild, over, nover);
	add_peer_rows(w, parts + wild, n - wild, over, nover);
	if (w->rows.n == 0)
		return;
	rows = ARENA_ARRAY(w->arena, struct pmap_row, w->rows.n);
	memcpy(rows, w->rows.v, w->rows.n * sizeof *rows);
	*vec_push(&w->nodes, w->arena) = (struct pmap_node){
	    .proto = parts->proto,
	    .port = parts->prefix.port,
	    .port_bits = parts->prefix.bits,
	    .rows = rows,
	    .nrows = (uint32_t)w->rows.n,
	};
}

static void
build_nodes(struct side_work *w)
{
	size_t j;

	if (w->parts.n > 1)
		qsort(w->parts.v, w->parts.n, sizeof *w->parts.v, compare_part);
	for (size_t i = 0; i < w->parts.n; i = j) {
		for (j = i + 1; j < w->parts.n &&
		     same_node(&w->parts.v[i], &w->parts.v[j]);
		     j++)
			continue;
		build_node(w, &w->parts.v[i], j - i);
	}
}

static void
add_parts(struct side_work *w, const struct claim *c)
{
	const struct world *world = w->m->world;
	const struct bitset *peers = NULL;
	struct port_prefix cover[PORT_COVER_MAX];
	unsigned n;

	if (c->selector->nreq > 0) {
		peers = world_selected(world, c->selector);
		if (bitset_empty(peers))
			return;
	}
	n = port_cover(c->port.port, c->port.end, cover);
	for (unsigned i = 0; i < n; i++)
		*vec_push(&w->parts, w->scratch) = (struct part){
		    .proto = c->port.proto,
		    .prefix = cover[i],
		    .value = c->value,
		    .peers = peers,
		    .order = (uint32_t)w->parts.n,
		};
}

static int
compare_claim(const void *pa, const void *pb)
{
	const struct claim *a = pa, *b = pb;
	int c;

	if (a->tier != b->tier)
		return a->tier < b->tier ? -1 : 1;
	if (a->port.proto != b->port.proto)
		return a->port.proto < b->port.proto ? -1 : 1;
	if (a->port.port != b->port.port)
		return a->port.port < b->port.port ? -1 : 1;
	if (a->port.end != b->port.end)
		return a->port.end < b->port.end ? -1 : 1;
	if (a->selector->index != b->selector->index) {
		/* The wildcard first: others compare with it. */
		bool wa = a->selector->nreq == 0, wb = b->selector->nreq == 0;

		if (wa != wb)
			return wa ? -1 : 1;
		return a->selector->index < b->selector->index ? -1 : 1;
	}
	c = compare_value(&a->value, &b->value);
	return c ? c : (a->order > b->order) - (a->order < b->order);
}

static bool
same_filter(const struct claim *a, const struct claim *b)
{
	return a->tier == b->tier && a->port.proto == b->port.proto &&
	    a->port.port == b->port.port && a->port.end == b->port.end;
}

/*
 * One filter: each selector keeps its strongest claim, and where a port is
 * named, claims that say the same as the wildcard's are left out (10.7).
 */
static void
add_filter(struct side_work *w, const struct claim *c, size_t n)
{
	const struct claim *wildcard = c->selector->nreq == 0 ? c : NULL;

	for (size_t i = 0; i < n; i++) {
		if (i > 0 && c[i].selector == c[i - 1].selector)
			continue;
		if (wildcard != NULL && i > 0 && c->port.port != 0 &&
		    compare_value(&c[i].value, &wildcard->value) == 0)
			continue;
		add_parts(w, &c[i]);
	}
}

static void
add_filters(struct side_work *w)
{
	size_t j;

	if (w->claims.n > 1)
		qsort(w->claims.v, w->claims.n, sizeof *w->claims.v,
		    compare_claim);
	for (size_t i = 0; i < w->claims.n; i = j) {
		for (j = i + 1; j < w->claims.n &&
		     same_filter(&w->claims.v[i], &w->claims.v[j]);
		     j++)
			continue;
		add_filter(w, &w->claims.v[i], j - i);
	}
}

static void
add_claim(struct side_work *w, const struct pmap_rule *r,
    const struct ir_port *port, const struct ir_selector *selector)
{
	bool deny = r->rule->verdict == IR_DENY;

	*vec_push(&w->claims, w->scratch) = (struct claim){
	    .tier = r->rule->tier,
	    .port = *port,
	    .selector = selector,
	    .value = {.deny = deny,
		.precedence = deny ? precedence_deny(r->level)
				   : precedence_allow(r->level)},
	    .order = (uint32_t)w->claims.n,
	};
}

static void
add_claims(struct side_work *w, const struct pmap_rule *r)
{
	static const struct ir_port any = {0};
	const struct ir *ir = w->m->world->ir;

	if (r->rule == &allow_everyone || r->rule == &allow_host) {
		add_claim(w, r, &any,
		    r->rule == &allow_host ? ir->host : ir->wildcard);
		return;
	}
	for (uint32_t i = 0; i < r->rule->nports; i++) {
		for (uint32_t k = 0; k < r->rule->npeers; k++)
			add_claim(w, r, &r->rule->ports[i],
			    r->rule->peers[k].selector);
	}
}

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
	    ARENA_ARRAY(w->arena, struct pmap_rule, in->nrules + 1);
	uint32_t n = 0;

	for (; n < in->nrules; n++) {
		rules[n].rule = in->rules[n];
		s->default_deny |= in->rules[n]->default_deny;
	}
	s->default_deny |= in->forced;
	s->enforced = in->forced || n > 0;
	if (n > 1)
		qsort(rules, n, sizeof *rules, compare_rule);
	/* Forced without a rule: nothing passes, the host neither. */
	if (!s->enforced || (n > 0 && !s->default_deny))
		rules[n++].rule = &allow_everyone;
	else if (n > 0 && in->dir == PMAP_INGRESS && w->m->opt.allow_localhost)
		rules[n++].rule = &allow_host;
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

const struct pmap_side *
side_compute(struct arena *a, struct arena *scratch, const struct pmaps *m,
    const struct side_input *in, const char **ret_error)
{
	struct side_work w = {.arena = a,
	    .scratch = scratch,
	    .m = m,
	    .side = ARENA_NEW(a, struct pmap_side)};
	struct side_input rules = *in;

	if (in->off) {
		rules.nrules = 0;
		rules.forced = false;
	}
	w.side->dir = in->dir;
	w.side->forced = rules.forced;
	collect_rules(&w, &rules);
	if (!levels_assign(w.rules, w.side->nrules)) {
		*ret_error = "more priority levels than 24 bits hold";
		return NULL;
	}
	for (uint32_t i = 0; i < w.side->nrules; i++)
		add_claims(&w, &w.side->rules[i]);
	add_filters(&w);
	build_nodes(&w);
	w.side->nodes = w.nodes.v;
	w.side->nnodes = (uint32_t)w.nodes.n;
	w.side->nentries = count_entries(w.side);
	return w.side;
}
