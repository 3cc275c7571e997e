/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Directions less a rule, in toy worlds.  Computed by whatif, they are what
 * compiling without the rule makes, and with the rule again what they were.
 * The comparison with the whole direction finds every packet that the two
 * treat differently, once, and no other.
 *
 *     test_compare N                               N worlds
 *     CNPC_SEED=S CNPC_WORLDS=1 test_compare N     the world of one seed
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "pmap/compare.h"
#include "pmap/whatif.h"
#include "probes.h"
#include "worlds.h"

/* A compiled world, and the first fault found in it. */
struct run {
	struct arena *arena;
	struct arena inner, scratch; /* of one rule at a time */
	struct unit unit;
	probe_vec probes;
	const char *fault;
};

/* One direction of a class, and one of its rules. */
struct subject {
	const struct pmap_class *class;
	enum direction dir;
	const struct ir_rule *rule;
};

/* A direction, and what the numbers of its redirects mean. */
struct side {
	const struct pmap_direction *direction;
	const redirect_vec *redirects;
};

static bool __attribute__((format(printf, 3, 4)))
fault(struct run *r, const struct subject *s, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	r->fault = arena_printf(r->arena, "%s, direction %d, rule %u: %s",
	    s->class->subject->name.s, (int)s->dir, s->rule->index,
	    arena_vprintf(r->arena, fmt, ap));
	va_end(ap);
	return true;
}

/*
 * Whether the redirects that both have come in one order: which of two equally
 * strong ones counts depends on it.
 */
static bool
same_order(const redirect_vec *a, const redirect_vec *b)
{
	size_t last = 0;

	VEC_FOREACH (x, a) {
		for (size_t i = 0; i < b->n; i++) {
			if (b->v[i].dir != x->dir ||
			    !str_eq(b->v[i].name, x->name))
				continue;
			if (i < last)
				return false;
			last = i;
		}
	}
	return true;
}

/* Whether two directions that should be one treat a packet differently. */
static bool
is_another(struct run *r, const struct subject *s, const char *what,
    const struct side *x, const struct side *y)
{
	if (!same_order(x->redirects, y->redirects))
		return false;
	BITSET_FOREACH (i, r->unit.world.aggregates->peers) {
		VEC_FOREACH (q, &r->probes) {
			struct pmap_result a = pmap_lookup(x->direction,
			    (ident_idx_t){i}, q->proto, q->port);
			struct pmap_result b = pmap_lookup(y->direction,
			    (ident_idx_t){i}, q->proto, q->port);

			if (probe_results_differ(x->redirects, &a, y->redirects,
				&b))
				return fault(r, s,
				    "%s: peer %u, protocol %u, port %u", what,
				    i, q->proto, q->port);
		}
	}
	return false;
}

static bool
has_key_of(const struct pmap_direction *d, uint8_t proto)
{
	for (uint32_t i = 0; i < d->nkeys; i++) {
		if (d->keys[i].proto == proto)
			return true;
	}
	return false;
}

static bool
is_in_cell(const struct comparison *c, const struct cell *cell,
    const struct probe *q)
{
	if (cell->others ? has_key_of(c->direction[0], q->proto) ||
		    has_key_of(c->direction[1], q->proto)
			 : cell->proto != q->proto)
		return false;
	return q->port >= cell->ports.first && q->port < cell->ports.end;
}

/* How many of the differences a packet is in. */
static size_t
count_differences(const struct comparison *c, const difference_vec *all,
    uint32_t peer, const struct probe *q)
{
	size_t n = 0;

	VEC_FOREACH (d, all)
		n += bitset_test(d->peers, peer) && is_in_cell(c, &d->cell, q);
	return n;
}

static bool
packets_differ(const struct comparison *c, uint32_t peer, uint8_t proto,
    uint32_t port)
{
	struct pmap_result result[2];

	for (int i = 0; i < 2; i++)
		result[i] = pmap_lookup(c->direction[i], (ident_idx_t){peer},
		    proto, (uint16_t)port);
	return compare_results_differ(c, result);
}

/* Whether a difference is none at either end of its ports. */
static bool
is_no_difference(const struct comparison *c, const struct difference *d)
{
	BITSET_FOREACH (peer, d->peers) {
		if (!packets_differ(c, peer, d->cell.proto,
			d->cell.ports.first) ||
		    !packets_differ(c, peer, d->cell.proto,
			d->cell.ports.end - 1))
			return true;
	}
	return bitset_empty(d->peers) || !compare_results_differ(c, d->result);
}

static bool
comparison_faulty(struct run *r, const struct subject *s, const struct side *x,
    const struct side *y)
{
	const struct bitset *peers = r->unit.world.aggregates->peers;
	const struct comparison c = {{x->direction, y->direction},
	    {x->redirects, y->redirects}, peers};
	difference_vec all = {0};

	compare_directions(&all, &r->inner, &c);
	VEC_FOREACH (d, &all) {
		if (is_no_difference(&c, d))
			return fault(r, s, "no difference: protocol %u, %u-%u",
			    d->cell.proto, d->cell.ports.first,
			    d->cell.ports.end);
	}
	BITSET_FOREACH (i, peers) {
		VEC_FOREACH (q, &r->probes) {
			bool differ = packets_differ(&c, i, q->proto, q->port);
			size_t n = count_differences(&c, &all, i, q);

			if (n != differ)
				return fault(r, s,
				    "peer %u, protocol %u, port %u: in %zu "
				    "differences",
				    i, q->proto, q->port, n);
		}
	}
	return false;
}

/* Adding the rule to the maps without it must make the direction again. */
static bool
adding_faulty(struct run *r, const struct subject *s, const struct pmaps *m,
    const struct pmap_class *class, const struct side *whole)
{
	struct whatif w;
	struct side again = {.redirects = &w.redirects};

	if (class->subject != s->class->subject &&
	    (s->rule->named_ports || s->rule->by_namespace))
		return false;
	whatif_init(&w, &r->inner, &r->scratch, m);
	again.direction = whatif_with(&w, &r->inner, class, s->dir, s->rule);
	if (!again.direction)
		return fault(r, s, "with it: %s", w.error);
	return is_another(r, s, "with it", &again, whole);
}

static bool
subject_faulty(struct run *r, const struct subject *s)
{
	const struct side whole = {s->class->direction[s->dir],
	    &r->unit.pmaps.redirects};
	const struct pmap_class *class;
	struct whatif w;
	struct side less = {.redirects = &w.redirects}, want;
	struct toy_less m;
	struct bitset *gone =
	    bitset_new(&r->inner, (uint32_t)r->unit.ir.rules.n);

	whatif_init(&w, &r->inner, &r->scratch, &r->unit.pmaps);
	less.direction =
	    whatif_without(&w, &r->inner, s->class, s->dir, s->rule);
	bitset_set(gone, s->rule->index);
	toy_compute_less(&m, &r->unit, gone, &r->inner);
	class = pmap_class_of_endpoint(&m.pmaps, s->class->subject);
	if (!less.direction)
		return !class->error && fault(r, s, "without it: %s", w.error);
	if (comparison_faulty(r, s, &whole, &less))
		return true;
	if (class->error)
		return false; /* perhaps of the other direction */
	want = (struct side){class->direction[s->dir], &m.pmaps.redirects};
	return is_another(r, s, "without it", &less, &want) ||
	    adding_faulty(r, s, &m.pmaps, class, &whole);
}

/* One of the rules of a direction: another for each class. */
static const struct ir_rule *
choose_rule(const struct pmap_class *class, enum direction dir)
{
	const struct pmap_direction *d = class->direction[dir];
	uint32_t n = d->nrules;

	while (n > 0 && !d->rules[n - 1].rule->policy)
		n--; /* Cilium's own come last */
	return n > 0 ? d->rules[class->index % n].rule : NULL;
}

/* The first fault, in A, that a world shows; NULL when there is none. */
static const char *
first_fault(struct arena *a, const struct toy *t)
{
	struct run r = {.arena = a};

	toy_compile(&r.unit, t,
	    t->clusterwide ? IR_MODEL_CLUSTERWIDE : IR_MODEL_CILIUM);
	probes_of_rules(&r.probes, a, &r.unit);
	VEC_FOREACH (class, &r.unit.pmaps.classes) {
		for (int dir = 0; dir < 2 && !class->error; dir++) {
			struct subject s = {class, (enum direction)dir,
			    choose_rule(class, (enum direction)dir)};

			if (s.rule && !r.fault)
				subject_faulty(&r, &s);
			arena_reset(&r.inner);
		}
	}
	arena_free(&r.inner);
	arena_free(&r.scratch);
	unit_free(&r.unit);
	return r.fault;
}

int
main(int argc, char **argv)
{
	return worlds_main(argc, argv, first_fault);
}
