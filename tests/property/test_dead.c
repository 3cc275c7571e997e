/* SPDX-License-Identifier: Apache-2.0 */

/*
 * In toy worlds the rules that lint calls dead can go, all of them together:
 * every packet at every pod is decided as before.
 *
 *     test_dead N                               N worlds
 *     CNPC_SEED=S CNPC_WORLDS=1 test_dead N     the world of one seed
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "diag_gen.h"
#include "lint/dead.h"
#include "probes.h"
#include "worlds.h"

/* A compiled world, whole and without what is dead. */
struct run {
	struct arena *arena;
	struct unit unit;
	struct bitset *dead; /* by rule */
	struct toy_less less;
	probe_vec probes;
	const char *fault;
};

/* Marks the rules that lint tells of; returns how many these are. */
static size_t
find_dead(struct run *r)
{
	struct unit *u = &r->unit;
	struct arena scratch = {0};
	struct diag_sink sink;

	r->dead = bitset_new(r->arena, (uint32_t)u->ir.rules.n);
	diag_sink_init(&sink, r->arena);
	lint_check_dead_rules(&sink, &scratch, &u->pmaps, &u->sources, false);
	arena_free(&scratch);
	VEC_FOREACH (d, &sink.v) {
		uint32_t found = 0;

		VEC_FOREACH (rule, &u->ir.rules) {
			if (!span_same((*rule)->at, (*d)->at))
				continue;
			bitset_set(r->dead, (*rule)->index);
			found++;
		}
		assert_true(found > 0);
	}
	return sink.v.n;
}

/* Holds what a pod decides in a direction, before and after. */
static void
check_direction(struct run *r, const struct endpoint *e, enum direction dir,
    const struct pmap_direction *before, const struct pmap_direction *after)
{
	BITSET_FOREACH (i, r->unit.world.aggregates->peers) {
		VEC_FOREACH (q, &r->probes) {
			struct pmap_result a = pmap_lookup(before,
			    (ident_idx_t){i}, q->proto, q->port);
			struct pmap_result b = pmap_lookup(after,
			    (ident_idx_t){i}, q->proto, q->port);

			if (!probe_results_differ(&r->unit.pmaps.redirects, &a,
				&r->less.pmaps.redirects, &b))
				continue;
			r->fault = arena_printf(r->arena,
			    STR_FMT ", direction %d, peer %u, protocol %u, "
				    "port %u: %s, and %s without dead rules",
			    STR_ARG(e->name), (int)dir, i, q->proto, q->port,
			    pmap_verdict_name(a.verdict),
			    pmap_verdict_name(b.verdict));
		}
	}
}

static const char *
fault_in_model(struct arena *a, const struct toy *t, enum ir_model model)
{
	struct run r = {.arena = a};

	toy_compile(&r.unit, t, model);
	if (find_dead(&r) > 0) {
		probes_of_rules(&r.probes, a, &r.unit);
		toy_compute_less(&r.less, &r.unit, r.dead, a);
		VEC_FOREACH (e, &r.unit.world.endpoints) {
			const struct pmap_class
			    *before = pmap_class_of_endpoint(&r.unit.pmaps, e),
			    *after = pmap_class_of_endpoint(&r.less.pmaps, e);

			for (int dir = 0; dir < 2 && !before->error; dir++)
				check_direction(&r, e, (enum direction)dir,
				    before->direction[dir],
				    after->direction[dir]);
		}
	}
	unit_free(&r.unit);
	return r.fault;
}

static const char *
first_fault(struct arena *a, const struct toy *t)
{
	const char *fault = fault_in_model(a, t, IR_MODEL_CLUSTERWIDE);

	return fault ? fault : fault_in_model(a, t, IR_MODEL_CILIUM);
}

int
main(int argc, char **argv)
{
	return worlds_main(argc, argv, first_fault);
}
