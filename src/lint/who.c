/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Short answers that checks share.
 */
#include "lint/who.h"

bool
who_has_endpoints(const struct world *w, const struct bitset *set)
{
	BITSET_FOREACH (i, set) {
		if (w->idents.v[i].nendpoints > 0)
			return true;
	}
	return false;
}

const char *
who_name(struct arena *a, const struct endpoint *e)
{
	if (e->ns.n == 0)
		return arena_printf(a, STR_FMT, STR_ARG(e->name));
	return arena_printf(a, STR_FMT "/" STR_FMT, STR_ARG(e->ns),
	    STR_ARG(e->name));
}

bool
who_knows_policies(const struct object_list *objects)
{
	VEC_FOREACH (at, &objects->v) {
		const struct object *o = *at;

		if (ast_kind_is_policy(o->kind) &&
		    (o->status == OBJECT_OPEN ||
			o->status == OBJECT_UNSUPPORTED))
			return false;
	}
	return true;
}

bool
who_allows_something(const struct ir_rule *r)
{
	return r->policy && r->verdict == IR_ALLOW && r->npeers > 0 &&
	    r->nports > 0;
}

const struct ir_rule *
who_denies_by_default(const struct pmap_direction *d)
{
	const struct ir_rule *first = NULL;

	if (!d->default_deny || d->forced)
		return NULL;
	for (uint32_t i = 0; i < d->nrules; i++) {
		const struct ir_rule *r = d->rules[i].rule;

		if (r->policy && r->default_deny &&
		    (!first || r->index < first->index))
			first = r;
	}
	return first;
}

bool
who_is_let_through(const struct pmap_direction *d, ident_idx_t peer,
    uint8_t proto, uint16_t port)
{
	enum pmap_verdict v = pmap_lookup(d, peer, proto, port).verdict;

	return v == PMAP_ALLOWED || v == PMAP_REDIRECTED || v == PMAP_AUTH;
}
