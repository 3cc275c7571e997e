/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Where the two models of precedence differ, in toy worlds: the world is
 * compiled in both, and every pod, peer and interesting port is looked up in
 * both maps.  Every pair of rules that causes a difference is reported, nothing
 * is reported where there is none, and each witness is one.
 *
 *     test_models N                               N worlds
 *     CNPC_SEED=S CNPC_WORLDS=1 test_models N     the world of one seed
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "probes.h"
#include "worlds.h"

/* A world in both models, and the first fault found in it. */
struct run {
	struct arena *arena;
	struct unit clusterwide, cilium;
	probe_vec probes;
	const char *fault;
};

static bool __attribute__((format(printf, 2, 3)))
fault(struct run *r, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	r->fault = arena_vprintf(r->arena, fmt, ap);
	va_end(ap);
	return true;
}

/* Redirects are numbered as they come up in a unit; names are the same. */
static bool
packets_differ(const struct run *r, const struct pmap_result *a,
    const struct pmap_result *b)
{
	return a->verdict != b->verdict || a->auth != b->auth ||
	    !str_eq(r->clusterwide.pmaps.redirects.v[a->value.redirect].name,
		r->cilium.pmaps.redirects.v[b->value.redirect].name);
}

/*
 * All that differs is what the proxy of TLS is called: after HTTP where another
 * rule of the port reads it, for whomever.  It is the same proxy.
 */
static bool
only_name_differs(const struct run *r, const struct pmap_result *a,
    const struct pmap_result *b)
{
	struct str x = r->clusterwide.pmaps.redirects.v[a->value.redirect].name;
	struct str y = r->cilium.pmaps.redirects.v[b->value.redirect].name;

	return a->verdict == b->verdict && a->auth == b->auth &&
	    str_is(x, "tls") && str_is(y, "http");
}

static bool
is_reported(const struct run *r, const struct ir_rule *wide,
    const struct ir_rule *narrow)
{
	VEC_FOREACH (d, &r->clusterwide.models.pairs) {
		if (d->clusterwide->index == wide->index &&
		    d->namespaced->index == narrow->index)
			return true;
	}
	return false;
}

/* What the models say of one pod's direction. */
struct subject {
	const struct endpoint *pod;
	const struct pmap_direction *wide, *cilium;
	struct arena *scratch;
};

/* Every cluster-wide allow is reported with every deny that beats it. */
static bool
pair_missing(struct run *r, const struct subject *s, ident_idx_t peer,
    const struct probe *q)
{
	struct pmap_why why;

	pmap_why(&why, s->scratch, &r->cilium.world, s->cilium, peer, q->proto,
	    q->port);
	VEC_FOREACH (w, &why.matches) {
		if (!w->rule->rule->policy ||
		    !w->rule->rule->policy->clusterwide ||
		    w->rule->rule->verdict != IR_ALLOW)
			continue;
		VEC_FOREACH (n, &why.matches) {
			if (n->rule->rule->policy &&
			    !n->rule->rule->policy->clusterwide &&
			    n->rule->rule->tier == IR_TIER_NORMAL &&
			    n->rule->rule->verdict == IR_DENY &&
			    !is_reported(r, w->rule->rule, n->rule->rule))
				return fault(r,
				    "%s, peer %u, protocol %u port %u: rules "
				    "%u and %u are not reported",
				    s->pod->name.s, peer.i, q->proto, q->port,
				    w->rule->rule->index, n->rule->rule->index);
		}
	}
	return false;
}

/* Packets that the models differ on. */
struct count {
	size_t all;
	size_t reported; /* those of them that are worth a report */
};

static bool
subject_faulty(struct run *r, const struct subject *s, struct count *count)
{
	BITSET_FOREACH (i, r->clusterwide.world.aggregates->peers) {
		ident_idx_t peer = {i};

		VEC_FOREACH (q, &r->probes) {
			struct pmap_result w =
			    pmap_lookup(s->wide, peer, q->proto, q->port);
			struct pmap_result c =
			    pmap_lookup(s->cilium, peer, q->proto, q->port);

			if (!packets_differ(r, &w, &c))
				continue;
			count->all++;
			count->reported += !only_name_differs(r, &w, &c);
			if (c.verdict == PMAP_DENIED &&
			    pair_missing(r, s, peer, q))
				return true;
		}
		arena_reset(s->scratch);
	}
	return false;
}

/* Where a deny wins in one tier, both rules are about the witness. */
static bool
is_about(const struct run *r, const struct model_difference *d,
    const struct pmap_direction *cilium)
{
	struct pmap_why why;
	bool wide = false, narrow = false;

	if (d->result[IR_MODEL_CILIUM].verdict != PMAP_DENIED)
		return true;
	pmap_why(&why, r->arena, &r->cilium.world, cilium, d->peer, d->proto,
	    d->port);
	VEC_FOREACH (m, &why.matches) {
		if (!m->rule->rule->policy)
			continue; /* Cilium's own have no number */
		wide |= m->rule->rule->index == d->clusterwide->index;
		narrow |= m->rule->rule->index == d->namespaced->index;
	}
	/* A cluster-wide deny is in both, but what its port name means
	 * may come from the namespace's rule. */
	return wide && narrow &&
	    (d->clusterwide->verdict == IR_DENY ||
		d->namespaced->verdict == IR_DENY);
}

static bool
witness_faulty(struct run *r)
{
	VEC_FOREACH (d, &r->clusterwide.models.pairs) {
		const struct endpoint *e = world_find_endpoint(&r->cilium.world,
		    d->class->subject->ns, d->class->subject->name);
		const struct pmap_direction *wide = d->class->direction[d->dir];
		const struct pmap_direction *cilium =
		    pmap_class_of_endpoint(&r->cilium.pmaps, e)
			->direction[d->dir];
		struct pmap_result w, c;

		w = pmap_lookup(wide, d->peer, d->proto, d->port);
		c = pmap_lookup(cilium, d->peer, d->proto, d->port);
		if (!packets_differ(r, &w, &c) ||
		    w.verdict != d->result[IR_MODEL_CLUSTERWIDE].verdict ||
		    c.verdict != d->result[IR_MODEL_CILIUM].verdict ||
		    !is_about(r, d, cilium))
			return fault(r, "rules %u and %u: the witness is none",
			    d->clusterwide->index, d->namespaced->index);
	}
	return false;
}

static bool
pods_faulty(struct run *r, struct arena *scratch)
{
	struct count count = {0};
	size_t errors = 0;

	VEC_FOREACH (e, &r->clusterwide.world.endpoints) {
		const struct endpoint *other =
		    &r->cilium.world.endpoints
			 .v[e - r->clusterwide.world.endpoints.v];
		const struct pmap_class *w =
		    pmap_class_of_endpoint(&r->clusterwide.pmaps, e);
		const struct pmap_class *c =
		    pmap_class_of_endpoint(&r->cilium.pmaps, other);

		errors += !w->error && c->error;
		for (int dir = 0; dir < 2 && !w->error && !c->error; dir++) {
			struct subject s = {e, w->direction[dir],
			    c->direction[dir], scratch};

			if (subject_faulty(r, &s, &count))
				return true;
		}
	}
	if ((errors > 0) != (r->clusterwide.models.conflicts.n > 0))
		return fault(r, "%zu conflicts, %zu reported", errors,
		    r->clusterwide.models.conflicts.n);
	if (errors == 0 &&
	    (r->clusterwide.models.pairs.n > 0 ? count.all == 0
					       : count.reported > 0))
		return fault(r, "%zu packets differ, %zu pairs reported",
		    count.all, r->clusterwide.models.pairs.n);
	return errors == 0 && witness_faulty(r);
}

/* The first fault, in A, that a world shows; NULL when there is none. */
static const char *
first_fault(struct arena *a, const struct toy *t)
{
	struct run r = {.arena = a};
	struct arena scratch = {0};

	toy_compile(&r.clusterwide, t, IR_MODEL_CLUSTERWIDE);
	toy_compile(&r.cilium, t, IR_MODEL_CILIUM);
	assert_int_equal(r.clusterwide.world.idents.n, r.cilium.world.idents.n);
	assert_int_equal(r.cilium.models.pairs.n, 0);
	probes_of_rules(&r.probes, a, &r.clusterwide);
	pods_faulty(&r, &scratch);
	unit_free(&r.clusterwide);
	unit_free(&r.cilium);
	arena_free(&scratch);
	return r.fault;
}

int
main(int argc, char **argv)
{
	return worlds_main(argc, argv, first_fault);
}
