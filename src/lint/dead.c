/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A rule is dead if every direction that it is part of, computed without it,
 * decides every packet as before.  Rules are tried one by one, the last first,
 * and those found dead are gone for the others, so that all that are reported
 * can go together.  What one place of a manifest says in several rules, as
 * NetworkPolicy does, is one thing that can go.
 *
 * In a cluster's snapshot all pods are known, and a rule whose peers are there
 * is dead whatever makes it so.  Elsewhere, or for peers that nobody is, more
 * pods may come: a rule is reported only if another one covers it whoever
 * comes, in whom both are for, in peers and in ports.
 *
 * Of a rule that is told of, those that share a direction with it are tried as
 * well, and of each that is tried the later ones that do, since these may be
 * gone before.
 *
 * Rules that speak of requests are left alone: policy maps do not hold what a
 * proxy lets pass.
 *
 * Source: semantics.md 10, 11.
 */
#include "lint/dead.h"

#include <netinet/in.h>

#include "diag_gen.h"
#include "lint/alone.h"
#include "lint/lint.h"
#include "lint/who.h"
#include "pmap/compare.h"
#include "pmap/whatif.h"

enum { SHOWN = 3 }; /* rules that decide in place of one */

/* A direction that some rule is part of. */
struct dead_place {
	const struct pmap_class *class; /* the first that has it */
	enum direction dir;
	uint32_t wanted; /* its rules from this one on are to be tried */
};

struct dead_places {
	VEC(struct dead_place *) v;
};

struct dead {
	const struct pmaps *m;
	struct whatif whatif;
	struct arena outer;         /* of all of it */
	struct arena inner;         /* of one direction computed anew */
	struct bitset *wanted;      /* by rule: it is to be tried */
	struct bitset *dead;        /* by rule */
	struct dead_places *places; /* [rule] */
};

static bool
reqs_equal(const struct ir_req *a, const struct ir_req *b)
{
	if (a->op != b->op || a->any_source != b->any_source ||
	    a->is_cidr != b->is_cidr || a->by_key != b->by_key ||
	    a->any_key != b->any_key || !atom_eq(a->source, b->source) ||
	    !atom_eq(a->key, b->key) || a->nvalues != b->nvalues)
		return false;
	for (uint32_t i = 0; i < a->nvalues; i++) {
		if (!atom_eq(a->values[i], b->values[i]))
			return false;
	}
	return true;
}

/* Whether what meets B surely meets the requirement A. */
static bool
is_required(const struct ir_req *a, const struct ir_selector *b)
{
	for (uint32_t i = 0; i < b->nreq; i++) {
		const struct ir_req *q = &b->req[i];

		if (reqs_equal(a, q) ||
		    (a->is_cidr && q->is_cidr && a->op == IR_EXISTS &&
			q->op == IR_EXISTS && !a->any_key && !q->any_key &&
			cidr_contains(&a->cidr, &q->cidr)))
			return true;
	}
	return false;
}

/* Whether A selects whatever B selects. */
static bool
selects_all_of(const struct ir_selector *a, const struct ir_selector *b)
{
	for (uint32_t i = 0; a != b && i < a->nreq; i++) {
		if (!is_required(&a->req[i], b))
			return false;
	}
	return true;
}

static bool
has_peers_of(const struct ir_rule *a, const struct ir_rule *b)
{
	for (uint32_t i = 0; i < b->npeers; i++) {
		bool found = false;

		for (uint32_t k = 0; k < a->npeers && !found; k++)
			found = selects_all_of(a->peers[k].selector,
			    b->peers[i].selector);
		if (!found)
			return false;
	}
	return true;
}

/* Whether A decides as B, or before it, whatever B is for. */
static bool
covers(const struct ir_rule *a, const struct ir_rule *b)
{
	return a != b && a->policy && a->tier == b->tier &&
	    a->priority == b->priority &&
	    (a->verdict == b->verdict || a->verdict == IR_DENY) &&
	    a->dir == b->dir && a->auth == b->auth && a->nrequires == 0 &&
	    a->node == b->node && (a->default_deny || !b->default_deny) &&
	    selects_all_of(a->subject, b->subject) && has_peers_of(a, b) &&
	    who_has_ports_of(a, b);
}

/* Whether R is one that is asked about. */
static bool
is_plain(const struct ir_rule *r)
{
	if (!r->policy || r->node || r->npeers == 0 || r->nports == 0 ||
	    r->nrequires > 0 || r->log.n > 0)
		return false;
	for (uint32_t i = 0; i < r->nports; i++) {
		if (r->ports[i].l7)
			return false;
	}
	return true;
}

/* Whether a proxy is told of R. */
static bool
is_proxied(const struct pmap_direction *d, const struct ir_rule *r)
{
	for (uint32_t i = 0; i < d->nselector_policies; i++) {
		const struct pmap_selector_policy *p = &d->selector_policies[i];

		for (uint32_t k = 0; k < p->nrules; k++) {
			if (p->rules[k].rule == r)
				return true;
		}
	}
	return false;
}

static const struct pmap_direction *
direction_at(const struct dead_place *at)
{
	return at->class->direction[at->dir];
}

/* The direction without R and the rules that are dead. */
static const struct pmap_direction *
without(struct dead *x, const struct dead_place *at, const struct ir_rule *r)
{
	const struct pmap_direction *d = direction_at(at);
	const struct ir_rule **v =
	    ARENA_ARRAY(&x->inner, const struct ir_rule *, d->nrules);
	uint32_t n = 0;

	for (uint32_t i = 0; i < d->nrules; i++) {
		const struct ir_rule *o = d->rules[i].rule;

		if (o->policy && o != r && !bitset_test(x->dead, o->index))
			v[n++] = o;
	}
	return whatif_rules(&x->whatif, &x->inner, at->class, at->dir, v, n);
}

/* How many rules of D are no policy's, but added by Cilium. */
static uint32_t
count_added(const struct pmap_direction *d)
{
	uint32_t n = 0;

	while (n < d->nrules && !d->rules[d->nrules - 1 - n].rule->policy)
		n++;
	return n;
}

/*
 * Whether what the directions decide otherwise are packets that the rule which
 * only NOW has speaks of.  What is denied to all others may hang on it where it
 * has switched on default deny, where a tier is asked after another, and where
 * Cilium adds other rules.
 */
static bool
is_apart(const struct pmap_direction *now, const struct pmap_direction *then)
{
	uint32_t nadded = count_added(now);

	for (uint32_t i = 0; i < now->nrules - nadded; i++) {
		const struct ir_rule *r = now->rules[i].rule;

		if (r->tier != now->rules[0].rule->tier ||
		    r->verdict == IR_PASS)
			return false;
	}
	return now->default_deny == then->default_deny &&
	    nadded == count_added(then) && then->nrules > nadded;
}

/* Whether R may speak of packets in CELL; a name may mean any. */
static bool
may_touch(const struct ir *ir, const struct ir_rule *r, const struct cell *cell)
{
	for (uint32_t i = 0; i < r->nports; i++) {
		const struct ir_port *p = &r->ports[i];
		struct interval ports = interval_of_ports(p->port, p->end);

		if (p->proto == 0 || !atom_eq(p->name, ir->word.empty))
			return true;
		if (p->proto == cell->proto &&
		    (p->port == 0 ||
			(cell->ports.first < ports.end &&
			    ports.first < cell->ports.end)))
			return true;
	}
	return false;
}

static bool
changes_something(struct dead *x, const struct dead_place *at,
    const struct ir_rule *r)
{
	const struct pmap_direction *now = direction_at(at);
	const struct pmap_direction *then = without(x, at, r);
	struct comparison cmp = {.direction = {now, then},
	    .redirects = {&x->m->redirects, &x->whatif.redirects},
	    .peers = x->m->world->aggregates->peers};
	const struct bitset *among;
	bool apart;
	difference_vec found = {0};
	cell_vec cells = {0}, edges = {0};

	if (!then || now->enforced != then->enforced)
		return true;
	apart = is_apart(now, then);
	among = apart ? who_is_reached(&x->inner, x->m->world, r) : cmp.peers;
	compare_list_cells(&cells, &x->inner, &cmp, &edges);
	VEC_FOREACH (cell, &cells) {
		if (!apart || may_touch(x->m->world->ir, r, cell))
			compare_cell(&found, &x->inner, &cmp, cell, among);
		if (found.n > 0)
			return true;
	}
	return false;
}

static const struct ir_rule *
find_cover(const struct dead *x, const struct ir_rule *r)
{
	const struct pmap_direction *d = direction_at(*x->places[r->index].v.v);

	for (uint32_t i = 0; i < d->nrules; i++) {
		const struct ir_rule *o = d->rules[i].rule;

		if (o->policy && !bitset_test(x->dead, o->index) &&
		    covers(o, r))
			return o;
	}
	return NULL;
}

/* Whether the input has somebody for each peer of R. */
static bool
has_everybody(const struct world *w, const struct ir_rule *r)
{
	for (uint32_t i = 0; i < r->npeers; i++) {
		if (!bitset_intersects(w->aggregates->peers,
			world_selected(w, r->peers[i].selector)))
			return false;
	}
	return true;
}

static bool
is_dead(struct dead *x, const struct ir_rule *r)
{
	const struct world *w = x->m->world;

	if (x->places[r->index].v.n == 0 || !is_plain(r) ||
	    (!find_cover(x, r) &&
		!(w->ir->opt.snapshot && has_everybody(w, r))))
		return false;
	VEC_FOREACH (at, &x->places[r->index].v) {
		bool changes = is_proxied(direction_at(*at), r) ||
		    alone_decides(x->m->world, direction_at(*at), r, x->dead,
			&x->inner) ||
		    changes_something(x, *at, r);

		arena_reset(&x->inner);
		if (changes)
			return false;
	}
	return true;
}

/* Where the rules begin that are of one place, the last of which is before END.
 */
static size_t
first_of_place(const struct ir *ir, size_t end)
{
	size_t first = end - 1;

	while (first > 0 &&
	    span_same(ir->rules.v[first - 1]->at, ir->rules.v[end - 1]->at))
		first--;
	return first;
}

/* Finds out whether the rules [FIRST, END), of one place, are dead. */
static void
try_place(struct dead *x, const struct ir *ir, size_t first, size_t end)
{
	bool dead = true;

	for (size_t i = first; i < end; i++)
		bitset_set(x->dead, (uint32_t)i);
	for (size_t i = first; i < end && dead; i++)
		dead = is_dead(x, ir->rules.v[i]);
	for (size_t i = first; i < end && !dead; i++)
		bitset_clear(x->dead, (uint32_t)i);
}

/* The rules that decide in place of R, in RET; at most SHOWN. */
static size_t
find_others(struct dead *x, const struct ir_rule *r,
    const struct ir_rule *ret[static SHOWN])
{
	const struct pmap_direction *d = direction_at(*x->places[r->index].v.v);
	const struct world *w = x->m->world;
	size_t n = 0;

	for (uint32_t i = 0; i < r->npeers * r->nports && n < SHOWN; i++) {
		const struct ir_port *port = &r->ports[i % r->nports];
		const struct bitset *peers =
		    world_selected(w, r->peers[i / r->nports].selector);
		ident_idx_t peer = {bitset_next(peers, 0)};
		struct pmap_why why = {0};

		if (peer.i == peers->nbits)
			continue;
		pmap_why(&why, &x->inner, w, d, peer,
		    port->proto ? port->proto : IPPROTO_TCP, port->port);
		VEC_FOREACH (match, &why.matches) {
			const struct ir_rule *o = match->rule->rule;
			bool known = o == r || !o->policy ||
			    bitset_test(x->dead, o->index);

			for (size_t k = 0; k < n && !known; k++)
				known = ret[k] == o;
			if (known)
				continue;
			ret[n++] = o;
			break;
		}
	}
	return n;
}

static void
tell(struct dead *x, struct diag_sink *sink, const struct ir_rule *r)
{
	const struct ir_rule *cover = find_cover(x, r);
	const struct ir_rule *others[SHOWN];
	size_t n = cover ? 1 : find_others(x, r, others);
	struct diag *d;

	if (cover)
		others[0] = cover;
	if (cover && cover->verdict != r->verdict)
		d = diag_beaten_rule(sink, r->at);
	else
		d = diag_dead_rule(sink, r->at);
	for (size_t i = 0; i < n; i++)
		diag_note(sink, d, others[i]->at, "decides in its place");
	arena_reset(&x->inner);
}

/* Which directions each rule is part of. */
static void
list_places(struct dead *x)
{
	struct map seen;

	map_init(&seen, &x->outer);
	VEC_FOREACH (c, &x->m->classes) {
		for (int dir = 0; dir < 2 && !c->error; dir++) {
			const struct pmap_direction *d = c->direction[dir];
			void **slot = map_put(&seen, &d, sizeof(d));
			struct dead_place *place;

			if (*slot)
				continue;
			*slot = place = ARENA_NEW(&x->outer, struct dead_place);
			*place = (struct dead_place){c, (enum direction)dir,
			    UINT32_MAX};
			for (uint32_t i = 0; i < d->nrules; i++) {
				const struct ir_rule *r = d->rules[i].rule;

				if (r->policy)
					*vec_push(&x->places[r->index].v,
					    &x->outer) = place;
			}
		}
	}
}

/* Wants the rules from FIRST on that share a direction with R. */
static void
want_beside(struct dead *x, const struct ir_rule *r, uint32_t first)
{
	VEC_FOREACH (at, &x->places[r->index].v) {
		const struct pmap_direction *d = direction_at(*at);

		if ((*at)->wanted <= first)
			continue;
		(*at)->wanted = first;
		for (uint32_t i = 0; i < d->nrules; i++) {
			const struct ir_rule *o = d->rules[i].rule;

			if (o->policy && o->index >= first)
				bitset_set(x->wanted, o->index);
		}
	}
}

/* Which rules are to be tried, so that those in SET's sources are told of. */
static void
list_wanted(struct dead *x, const struct ir *ir, const struct source_set *set,
    bool asked)
{
	x->wanted = bitset_new(&x->outer, (uint32_t)ir->rules.n);
	VEC_FOREACH (r, &ir->rules) {
		if (lint_is_told(set, (*r)->at, asked))
			want_beside(x, *r, 0);
	}
	/* Each adds later ones only, which are still to come. */
	BITSET_FOREACH (i, x->wanted)
		want_beside(x, ir->rules.v[i], i);
}

void
lint_check_dead_rules(struct diag_sink *sink, struct arena *scratch,
    const struct pmaps *m, const struct source_set *set, bool asked)
{
	const struct ir *ir = m->world->ir;
	struct dead x = {.m = m};

	x.dead = bitset_new(&x.outer, (uint32_t)ir->rules.n);
	x.places = ARENA_ARRAY(&x.outer, struct dead_places, ir->rules.n);
	list_places(&x);
	list_wanted(&x, ir, set, asked);
	whatif_init(&x.whatif, &x.outer, scratch, m);
	for (size_t end = ir->rules.n, first; end > 0; end = first) {
		first = first_of_place(ir, end);
		if (bitset_test(x.wanted, (uint32_t)first))
			try_place(&x, ir, first, end);
	}
	BITSET_FOREACH (i, x.dead) {
		if (first_of_place(ir, i + 1) == i &&
		    lint_is_told(set, ir->rules.v[i]->at, asked))
			tell(&x, sink, ir->rules.v[i]);
	}
	arena_free(&x.inner);
	arena_free(&x.outer);
}
