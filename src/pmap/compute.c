/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Policy classes: which subjects share their rules, in which direction.
 */
#include "pmap/pmap.h"

#include <stdlib.h>

#include "pmap/side.h"

typedef VEC(const struct ir_rule *) rule_vec;

struct computation {
	struct pmaps *m;
	struct arena *arena, *scratch;
	rule_vec *rules[2];  /* by direction: [ident index] */
	struct map side_of;  /* side key -> struct keyed_side * */
	struct map class_of; /* pair of sides -> class index, plus one */
};

/* A side and why there is none. */
struct keyed_side {
	const struct pmap_side *side;
	const char *error;
};

/* What makes two sides equal, followed by the indices of the rules. */
struct side_key {
	uint32_t dir;
	uint32_t off;
	uint32_t forced;
};

/* Hands every rule to the endpoints' identities that it selects. */
static void
distribute(struct computation *c)
{
	const struct world *w = c->m->world;
	uint32_t n = (uint32_t)w->idents.n;

	for (int dir = 0; dir < 2; dir++)
		c->rules[dir] = ARENA_ARRAY(c->arena, rule_vec, n);
	for (size_t i = 0; i < w->ir->rules.n; i++) {
		const struct ir_rule *r = w->ir->rules.v[i];
		const struct bitset *subjects = world_selected(w, r->subject);
		rule_vec *lists =
		    c->rules[r->ingress ? PMAP_INGRESS : PMAP_EGRESS];

		/* Host policies are judged at the host endpoint only. */
		if (r->node)
			continue;
		BITSET_FOREACH (idx, subjects) {
			if (w->idents.v[idx].nendpoints > 0)
				*vec_push(&lists[idx], c->arena) = r;
		}
	}
}

static const struct keyed_side *
side_of(struct computation *c, uint32_t idx, enum pmap_dir dir)
{
	const struct identity *id = &c->m->world->idents.v[idx];
	const rule_vec *rules = &c->rules[dir][idx];
	enum pmap_enforcement mode = c->m->opt.enforcement;
	struct side_input in = {
	    .dir = dir,
	    .off = id->unenforced || mode == PMAP_ENFORCE_NEVER,
	    .forced = id->always || mode == PMAP_ENFORCE_ALWAYS,
	    .rules = rules->v,
	    .nrules = (uint32_t)rules->n,
	};
	struct side_key head = {dir, in.off, in.forced};
	size_t words = sizeof head / sizeof(uint32_t);
	uint32_t *key = ARENA_ARRAY(c->scratch, uint32_t, words + rules->n);
	struct keyed_side *k;
	void **slot;

	memcpy(key, &head, sizeof head);
	for (size_t i = 0; i < rules->n; i++)
		key[words + i] = rules->v[i]->index;
	slot = map_put(&c->side_of, key, (words + rules->n) * sizeof *key);
	if (*slot != NULL)
		return *slot;
	*slot = k = ARENA_NEW(c->arena, struct keyed_side);
	k->side = side_compute(c->arena, c->scratch, c->m, &in, &k->error);
	if (k->side != NULL)
		*vec_push(&c->m->sides, c->arena) = k->side;
	arena_reset(c->scratch);
	return k;
}

/* The class of an identity, new if its pair of sides is. */
static uint32_t
class_of(struct computation *c, uint32_t idx)
{
	const struct keyed_side *pair[2] = {side_of(c, idx, PMAP_INGRESS),
	    side_of(c, idx, PMAP_EGRESS)};
	void **slot = map_put(&c->class_of, pair, sizeof pair);
	struct pmap_class *class;

	if (*slot == NULL) {
		class = vec_push(&c->m->classes, c->arena);
		class->index = (uint32_t)c->m->classes.n - 1;
		class->error = pair[0]->error ? pair[0]->error : pair[1]->error;
		for (int dir = 0; dir < 2 && class->error == NULL; dir++)
			class->side[dir] = pair[dir]->side;
		*slot = (void *)(uintptr_t)c->m->classes.n;
	}
	return (uint32_t)(uintptr_t)*slot - 1;
}

/* Lists each class's identities, ascending. */
static void
list_members(struct computation *c, const uint32_t *class_of_ident)
{
	const struct world *w = c->m->world;
	uint32_t n = (uint32_t)w->idents.n, at = 0;
	ident_idx_t *members = ARENA_ARRAY(c->arena, ident_idx_t, n);

	for (uint32_t i = 0; i < n; i++) {
		if (class_of_ident[i] != PMAP_NO_CLASS)
			c->m->classes.v[class_of_ident[i]].nidents++;
	}
	VEC_FOREACH (class, &c->m->classes) {
		class->idents = members + at;
		at += class->nidents;
		class->nidents = 0;
	}
	for (uint32_t i = 0; i < n; i++) {
		struct pmap_class *class;

		if (class_of_ident[i] == PMAP_NO_CLASS)
			continue;
		class = &c->m->classes.v[class_of_ident[i]];
		members[class->idents - members + class->nidents++].i = i;
	}
}

void
pmap_compute(struct pmaps *m, struct arena *a, struct arena *scratch,
    struct diag_sink *sink, const struct world *w,
    const struct pmap_options *opt)
{
	struct computation c = {.m = m, .arena = a, .scratch = scratch};
	uint32_t n = (uint32_t)w->idents.n;
	uint32_t *classes = ARENA_ARRAY(a, uint32_t, n);

	*m = (struct pmaps){.arena = a, .world = w, .opt = *opt};
	*vec_push(&m->redirects, a) = STR("");
	map_init(&c.side_of, a);
	map_init(&c.class_of, a);
	distribute(&c);
	for (uint32_t i = 0; i < n; i++)
		classes[i] = w->idents.v[i].nendpoints > 0 ? class_of(&c, i)
							   : PMAP_NO_CLASS;
	list_members(&c, classes);
	m->class_of = classes;
}

const struct pmap_class *
pmap_class_of(const struct pmaps *m, ident_idx_t subject)
{
	uint32_t i = m->class_of[subject.i];

	return i == PMAP_NO_CLASS ? NULL : &m->classes.v[i];
}

static void
dump_side(struct buf *out, const struct pmaps *m, const struct pmap_side *s)
{
	struct pmap_iter it;
	struct pmap_entry e;

	buf_printf(out, "  %s%s%s\n",
	    s->dir == PMAP_INGRESS ? "ingress" : "egress",
	    s->enforced ? " enforced" : "",
	    s->default_deny ? " default-deny" : "");
	pmap_iter_init(&it, m->world, s);
	while (pmap_iter_next(&it, &e)) {
		buf_printf(out, "    id %u proto %u port %u/%u %s %#010x",
		    e.id.id, e.proto, e.port, e.port_bits,
		    e.value.deny ? "deny" : "allow", e.value.precedence);
		if (e.value.redirect != 0)
			buf_printf(out, " redirect " STR_FMT,
			    STR_ARG(m->redirects.v[e.value.redirect]));
		if (e.value.auth != 0)
			buf_printf(out, " auth %#x", e.value.auth);
		buf_putc(out, '\n');
	}
}

void
pmap_dump(struct buf *out, const struct pmaps *m)
{
	VEC_FOREACH (c, &m->classes) {
		buf_printf(out, "class %u identities", c->index);
		for (uint32_t i = 0; i < c->nidents; i++)
			buf_printf(out, " %u",
			    world_identity(m->world, c->idents[i])->id.id);
		buf_putc(out, '\n');
		if (c->error != NULL)
			buf_printf(out, "  error: %s\n", c->error);
		for (int dir = 0; dir < 2 && c->error == NULL; dir++)
			dump_side(out, m, c->side[dir]);
	}
}
