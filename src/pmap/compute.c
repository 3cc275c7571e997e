/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Policy classes: which subjects share their rules, in which direction.  The
 * directions themselves are computed in parallel.
 *
 * Requires a world whose selectors are resolved, and rules in input order.
 */
#include "pmap/pmap.h"

#include <stdlib.h>

#include "cilium/version.h"
#include "diag_gen.h"
#include "pmap/direction.h"
#include "pmap/redirect.h"

/* The rules that select a subject, in one direction. */
struct rule_list {
	VEC(const struct ir_rule *) v;
	bool named_ports;  /* some ingress rule names a port of the subject */
	bool by_namespace; /* some listener depends on its namespace */
};

/* A direction that subjects share, or why there is none. */
struct shared_direction {
	struct direction_input in;
	struct direction_draft draft;
	const uint16_t *number; /* of each redirect of the draft */
	const struct pmap_direction *direction; /* NULL: see draft.error */
};

/* The directions of a class, by enum direction. */
struct direction_pair {
	struct shared_direction *of[2];
};

struct computation {
	struct pmaps *m;
	struct arena *arena, *scratch;
	/* By direction: those of pods [ident index], then those of nodes. */
	struct rule_list *rules[2];
	struct map
	    direction_of;    /* direction key -> struct shared_direction * */
	struct map class_of; /* pair of directions -> class index + 1 */
	VEC(struct shared_direction *) directions;  /* by first use */
	VEC(struct shared_direction *) redirecting; /* some of them */
	VEC(struct direction_pair) pairs;           /* [class index] */
};

static void
give(struct computation *c, const struct ir_rule *r, struct rule_list *list)
{
	*vec_push(&list->v, c->arena) = r;
	list->named_ports |= r->dir == DIR_INGRESS && r->named_ports;
	list->by_namespace |= r->by_namespace;
}

/*
 * Host policies are for host endpoints only, others never for them
 * (semantics.md 4.3).
 */
static void
distribute_rule(struct computation *c, const struct ir_rule *r,
    struct rule_list *lists)
{
	const struct world *w = c->m->world;
	const struct bitset *subjects;

	if (r->node) {
		for (size_t i = 0; i < w->nodes.n && w->ir->opt.host_firewall;
		     i++) {
			if (world_selects_host(w, r->subject, &w->nodes.v[i]))
				give(c, r, &lists[w->idents.n + i]);
		}
		return;
	}
	subjects = world_subjects(w, c->scratch, r->subject);
	BITSET_FOREACH (idx, subjects) {
		if (w->idents.v[idx].nendpoints > 0)
			give(c, r, &lists[idx]);
	}
	arena_reset(c->scratch);
}

/* Hands every rule to the subjects that it selects. */
static void
distribute(struct computation *c)
{
	const struct world *w = c->m->world;

	for (int dir = 0; dir < 2; dir++)
		c->rules[dir] = ARENA_ARRAY(c->arena, struct rule_list,
		    w->idents.n + w->nodes.n);
	VEC_FOREACH (r, &w->ir->rules)
		distribute_rule(c, *r, c->rules[(*r)->dir]);
}

/* The rules that select an endpoint. */
static const struct rule_list *
rules_of(const struct computation *c, const struct endpoint *e,
    enum direction dir)
{
	const struct world *w = c->m->world;
	size_t slot =
	    e->host ? w->idents.n + (size_t)(e->host - w->nodes.v) : e->ident.i;

	return &c->rules[dir][slot];
}

/* All that makes two directions differ, as bytes. */
static void
direction_key(struct buf *key, const struct direction_input *in,
    const struct rule_list *rules)
{
	const struct named_ports *ports = &in->subject->ports;

	buf_putc(key, (char)in->dir);
	buf_putc(key, in->off);
	buf_putc(key, in->forced);
	buf_putc(key, in->host);
	for (uint32_t i = 0; i < in->nrules; i++)
		buf_put(key, &in->rules[i]->index, sizeof(in->rules[i]->index));
	if (rules->by_namespace)
		buf_str(key, in->ns);
	for (uint32_t i = 0; rules->named_ports && i < ports->n; i++)
		buf_printf(key, ";%u/%u/%u", ports->v[i].name.i,
		    ports->v[i].proto, ports->v[i].port);
}

/* The direction of an endpoint, new and still to be computed if its key is. */
static struct shared_direction *
direction_of(struct computation *c, const struct endpoint *e,
    enum direction dir)
{
	const struct rule_list *rules = rules_of(c, e, dir);
	struct direction_input in = direction_input_of(c->m, e, dir);
	struct shared_direction *d;
	struct buf key;
	void **slot;

	in.rules = rules->v.v;
	in.nrules = (uint32_t)rules->v.n;
	buf_init(&key, c->scratch);
	direction_key(&key, &in, rules);
	slot = map_put(&c->direction_of, key.p, key.n);
	if (!*slot) {
		*slot = d = ARENA_NEW(c->arena, struct shared_direction);
		d->in = in;
		*vec_push(&c->directions, c->arena) = d;
	}
	arena_reset(c->scratch);
	return *slot;
}

/* The class of an endpoint, new if its pair of directions is. */
static uint32_t
class_of(struct computation *c, const struct endpoint *e)
{
	struct direction_pair pair = {
	    {direction_of(c, e, DIR_INGRESS), direction_of(c, e, DIR_EGRESS)}};
	void **slot = map_put(&c->class_of, &pair, sizeof(pair));
	struct pmap_class *class;

	if (!*slot) {
		class = vec_push(&c->m->classes, c->arena);
		class->index = (uint32_t)c->m->classes.n - 1;
		class->subject = e;
		*vec_push(&c->pairs, c->arena) = pair;
		*slot = (void *)(uintptr_t)c->m->classes.n;
	}
	return (uint32_t)(uintptr_t)*slot - 1;
}

static void
classify(struct computation *c, uint32_t *of_endpoint, uint32_t *of_ident)
{
	const struct world *w = c->m->world;

	for (uint32_t i = 0; i < w->idents.n; i++)
		of_ident[i] = PMAP_NO_CLASS;
	for (uint32_t i = 0; i < w->endpoints.n; i++) {
		const struct endpoint *e = &w->endpoints.v[i];
		uint32_t *first = &of_ident[e->ident.i];

		if (*first == PMAP_NO_CLASS)
			of_endpoint[i] = *first = class_of(c, e);
		else if (!e->host && !rules_of(c, e, DIR_INGRESS)->named_ports)
			of_endpoint[i] = *first;
		else
			of_endpoint[i] = class_of(c, e);
	}
}

/* Resolves a direction, and builds it unless its redirects have no number. */
static void
resolve_direction(void *arg, struct worker *self, size_t i)
{
	struct computation *c = arg;
	struct shared_direction *d = c->directions.v[i];

	direction_resolve(&d->draft, &self->perm, &self->scratch, c->m, &d->in);
	if (d->draft.filters.redirects.n > 0)
		direction_keep(&d->draft, &self->perm);
	else
		d->direction = direction_build(&d->draft, &self->perm,
		    &self->scratch, c->m, NULL);
	arena_reset(&self->scratch);
}

static void
build_direction(void *arg, struct worker *self, size_t i)
{
	struct computation *c = arg;
	struct shared_direction *d = c->redirecting.v[i];

	d->direction = direction_build(&d->draft, &self->perm, &self->scratch,
	    c->m, d->number);
	arena_reset(&self->scratch);
}

/*
 * Computes all directions at once.  Which of two equally strong entries counts
 * depends on the numbers of their redirects, and these on all directions: they
 * are given out in the order of the directions before any key is built that
 * redirects.
 */
static void
compute_directions(struct computation *c, struct pool *pool)
{
	pool_run(pool, c->directions.n, resolve_direction, c);
	VEC_FOREACH (d, &c->directions) {
		const redirect_vec *own = &(*d)->draft.filters.redirects;

		if (own->n == 0)
			continue;
		(*d)->number = redirects_join(&c->m->redirects, c->arena, own);
		*vec_push(&c->redirecting, c->arena) = *d;
	}
	pool_run(pool, c->redirecting.n, build_direction, c);
	VEC_FOREACH (d, &c->directions) {
		if ((*d)->direction)
			*vec_push(&c->m->directions, c->arena) =
			    (*d)->direction;
	}
}

/* Gives each class its directions, or says why it has none. */
static void
complete_classes(struct computation *c)
{
	VEC_FOREACH (class, &c->m->classes) {
		struct shared_direction *const *of =
		    c->pairs.v[class->index].of;

		for (int dir = 0; dir < 2 && !class->error; dir++) {
			const struct direction_error *e = &of[dir]->draft.error;

			class->error = e->text;
			class->error_rule = e->rule;
			class->error_requires = e->requires;
		}
		for (int dir = 0; dir < 2 && !class->error; dir++)
			class->direction[dir] = of[dir]->direction;
	}
}

/* An endpoint's identity and its class. */
struct member {
	uint32_t class, ident;
};

static int
compare_member(const void *pa, const void *pb)
{
	const struct member *a = pa, *b = pb;

	if (a->class != b->class)
		return a->class < b->class ? -1 : 1;
	return (a->ident > b->ident) - (a->ident < b->ident);
}

/* Lists each class's identities, ascending. */
static void
list_members(struct computation *c, const uint32_t *of_endpoint)
{
	const struct world *w = c->m->world;
	size_t n = w->endpoints.n;
	struct member *v = ARENA_ARRAY(c->scratch, struct member, n);
	ident_idx_t *idents = ARENA_ARRAY(c->arena, ident_idx_t, n);

	for (size_t i = 0; i < n; i++)
		v[i] =
		    (struct member){of_endpoint[i], w->endpoints.v[i].ident.i};
	if (n > 1)
		qsort(v, n, sizeof(*v), compare_member);
	for (size_t i = 0; i < n; i++) {
		struct pmap_class *class = &c->m->classes.v[v[i].class];

		if (i > 0 && compare_member(&v[i], &v[i - 1]) == 0)
			continue;
		if (class->nidents == 0)
			class->idents = idents;
		class->nidents++;
		*idents++ = (ident_idx_t){v[i].ident};
	}
}

static const struct ir_rule *
built_in(const struct pmaps *m, enum ir_tier tier, enum ir_verdict verdict,
    uint32_t priority, const struct ir_selector *peer)
{
	struct ir_rule *r = ARENA_NEW(m->arena, struct ir_rule);
	struct ir_peer *peers = ARENA_NEW(m->arena, struct ir_peer);
	struct ir_port *ports = ARENA_NEW(m->arena, struct ir_port);

	peers->selector = peer;
	ports->name = m->world->ir->word.empty;
	*r = (struct ir_rule){.tier = tier,
	    .index = UINT32_MAX,
	    .priority = priority,
	    .verdict = verdict,
	    .peers = peers,
	    .npeers = 1,
	    .ports = ports,
	    .nports = 1};
	return r;
}

/* The tier of what Cilium adds itself: the last one, or that of rules. */
static enum ir_tier
built_in_tier(const struct world *w, enum version_change change)
{
	return version_has(w->ir->opt.cilium, change) ? IR_TIER_DEFAULT
						      : IR_TIER_NORMAL;
}

/* A cluster-wide rule that cannot be told apart, once for all classes. */
struct untold {
	struct diag *first;
	uint32_t more; /* classes */
};

static void
tell_tier(struct map *rules, struct arena *scratch, struct diag_sink *sink,
    const struct world *w, const struct pmap_class *class)
{
	const struct ir_rule *rule = class->error_rule;
	void **slot = map_put(rules, &rule, sizeof(rule));
	struct untold *told = *slot;

	if (told) {
		told->more++;
		return;
	}
	*slot = told = ARENA_NEW(scratch, struct untold);
	told->first = diag_tier_not_expressible(sink, rule->at,
	    identity_print(scratch, w, class->idents[0]), class->error);
}

/* Tells why classes have no maps. */
static void
tell_errors(const struct pmaps *m, struct arena *scratch,
    struct diag_sink *sink)
{
	struct map rules; /* struct untold */

	map_init(&rules, scratch);
	VEC_FOREACH (class, &m->classes) {
		if (class->error_requires)
			diag_requires_with_proxy(sink, class->error_rule->at,
			    identity_print(scratch, m->world,
				class->idents[0]));
		else if (class->error_rule)
			tell_tier(&rules, scratch, sink, m->world, class);
		else if (class->error)
			diag_policy_conflict(sink,
			    class->subject->object->name_at, class->subject->ns,
			    class->subject->name, class->error);
	}
	for (uint32_t i = 0; i < rules.n; i++) {
		const struct untold *told = rules.entry[i].value;

		if (told->more > 0)
			diag_note(sink, told->first, told->first->at,
			    "nor above those of %u more group%s of pods",
			    told->more, told->more == 1 ? "" : "s");
		diag_note(sink, told->first, told->first->at,
		    "an agent of this version has one tier for both: that is "
		    "--precedence=cilium");
	}
}

void
pmap_compute(struct pmaps *m, struct pool *pool, struct arena *a,
    struct arena *scratch, struct diag_sink *sink, const struct world *w,
    const struct pmap_options *opt)
{
	struct computation c = {.m = m, .arena = a, .scratch = scratch};
	uint32_t *of_endpoint = ARENA_ARRAY(a, uint32_t, w->endpoints.n);
	uint32_t *of_ident = ARENA_ARRAY(a, uint32_t, w->idents.n);

	*m = (struct pmaps){.arena = a, .world = w, .opt = *opt};
	m->allow_everyone =
	    built_in(m, built_in_tier(w, VERSION_DEFAULT_ALLOW_TIER), IR_ALLOW,
		0, w->ir->wildcard);
	m->allow_host = built_in(m, built_in_tier(w, VERSION_LOCALHOST_TIER),
	    IR_ALLOW, 0, w->ir->host);
	m->deny_everyone =
	    built_in(m, IR_TIER_DEFAULT, IR_DENY, 1, w->ir->wildcard);
	*vec_push(&m->redirects, a) = (struct pmap_redirect){STR(""), 0};
	map_init(&c.direction_of, a);
	map_init(&c.class_of, a);
	distribute(&c);
	classify(&c, of_endpoint, of_ident);
	compute_directions(&c, pool);
	complete_classes(&c);
	list_members(&c, of_endpoint);
	m->class_of_endpoint = of_endpoint;
	m->class_of = of_ident;
	tell_errors(m, scratch, sink);
}
