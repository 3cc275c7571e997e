/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The states are a table of all port keys and classes.  It is as large as the
 * whole map, but only directions with Pass rules or authentication need it.
 * Source: semantics.md 11.3.
 */
#include "pmap/key_state.h"

#include <stdlib.h>

#include "base/search.h"
#include "cilium/auth.h"

/* Port keys are in key order, so a broader one always comes first. */
static void
relate(struct key_states *s)
{
	for (uint32_t i = 0; i < s->nports; i++) {
		struct port_states *p = &s->ports[i];
		uint32_t *broader = ARENA_ARRAY(s->scratch, uint32_t, i + 1);
		uint32_t *narrower =
		    ARENA_ARRAY(s->scratch, uint32_t, s->nports - i);

		for (uint32_t j = i + 1; j-- > 0;) {
			if (port_key_covers(&s->ports[j].key, &p->key))
				broader[p->nbroader++] = j;
		}
		for (uint32_t j = i; j < s->nports; j++) {
			if (port_key_covers(&p->key, &s->ports[j].key))
				narrower[p->nnarrower++] = j;
		}
		p->broader = broader;
		p->narrower = narrower;
		p->of =
		    ARENA_ARRAY(s->scratch, struct key_state, s->classes.n + 1);
	}
}

void
key_states_init(struct key_states *s, struct arena *scratch,
    const candidate_vec *candidates, const struct aggregates *aggregates)
{
	size_t n = candidates->n;
	struct candidate *v = ARENA_ARRAY(scratch, struct candidate, n);

	*s = (struct key_states){.scratch = scratch};
	peer_classes_find(&s->classes, scratch, candidates, aggregates);
	if (n == 0)
		return;
	memcpy(v, candidates->v, n * sizeof(*v));
	qsort(v, n, sizeof(*v), candidate_compare);
	s->ports = ARENA_ARRAY(scratch, struct port_states, n);
	for (size_t i = 0; i < n; i += candidates_of_key(&v[i], n - i))
		s->ports[s->nports++].key = v[i].key;
	relate(s);
}

uint32_t
key_states_find(const struct key_states *s, const struct candidate *candidate)
{
	uint32_t i;

	LOWER_BOUND(i, s->nports,
	    port_key_compare(&s->ports[i].key, &candidate->key) < 0);
	return i;
}

void
key_state_prune(struct key_state *s, bool same_key, uint32_t precedence)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < s->npasses; i++) {
		const struct key_pass *p = &s->passes[i];

		if (!key_pass_in_tier(p, precedence) ||
		    p->precedence > precedence)
			s->passes[n++] = *p;
	}
	s->npasses = n;
	if (s->decided &&
	    (s->value.precedence < precedence ||
		(s->value.deny && s->value.precedence == precedence &&
		    !same_key)))
		s->decided = false;
}

void
key_states_prune(const struct key_states *s, struct key_at key,
    uint32_t precedence)
{
	const struct port_states *p = &s->ports[key.port];

	for (uint32_t i = 0; i < p->nnarrower; i++) {
		uint32_t port = p->narrower[i];

		for (uint32_t class = key.class; class <= s->classes.n;
		     class ++) {
			if (peer_class_covers(&s->classes, key.class, class))
				key_state_prune(key_state_at(s, port, class),
				    key_is(key, port, class), precedence);
		}
	}
}

static uint8_t
stronger_auth(uint8_t a, uint8_t b)
{
	if ((a ^ b) & AUTH_EXPLICIT)
		return a & AUTH_EXPLICIT ? a : b;
	return a > b ? a : b;
}

void
key_state_add(struct key_state *s, const struct pmap_value *v)
{
	struct pmap_value *have = &s->value;

	if (!s->decided) {
		s->decided = true;
		*have = *v;
		return;
	}
	if (have->precedence >> 8 != v->precedence >> 8 ||
	    have->deny != v->deny) {
		if (v->precedence > have->precedence)
			*have = *v;
		return;
	}
	have->auth = stronger_auth(have->auth, v->auth);
	if (v->precedence > have->precedence ||
	    (v->precedence == have->precedence && v->redirect != 0 &&
		v->redirect < have->redirect)) {
		have->precedence = v->precedence;
		have->redirect = v->redirect;
	}
}
