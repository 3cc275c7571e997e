/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A selector without pods is no mistake: they may be made by a chart.  It is
 * one when a pod of that very namespace has the label under one of the keys
 * that programs are named by, or one or two letters away.
 *
 * Source: semantics.md 4.1, 4.2.
 */
#include "lint/nearly.h"

#include "base/ascii.h"
#include "base/near.h"
#include "cilium/labels.h"
#include "diag_gen.h"
#include "ir/selector.h"
#include "lint/who.h"

struct nearly {
	struct diag_sink *sink;
	struct arena *scratch;
	const struct world *world;
	struct bitset *seen; /* by selector: who meets it was looked for */
};

/* Keys that have a program's name. */
static bool
is_name_key(struct str key)
{
	static const char *const keys[] = {"app", "k8s-app", "name", "run",
	    "app.kubernetes.io/name", "app.kubernetes.io/instance"};

	for (size_t i = 0; i < sizeof(keys) / sizeof(*keys); i++) {
		if (str_is(key, keys[i]))
			return true;
	}
	return false;
}

/* The next digit at or after *I; 0 at the end. */
static char
next_digit(struct str s, size_t *i)
{
	while (*i < s.n && !ascii_is_digit((unsigned char)s.s[*i]))
		(*i)++;
	return *i < s.n ? s.s[(*i)++] : 0;
}

/* Whether two words differ in letters alone: web-1 is no slip for web-2. */
static bool
has_same_digits(struct str a, struct str b)
{
	size_t i = 0, k = 0;
	char x, y;

	do {
		x = next_digit(a, &i);
		y = next_digit(b, &k);
	} while (x == y && x);
	return x == y;
}

static bool
is_slip(struct str a, struct str b)
{
	unsigned n;

	return a.n > 3 && has_same_digits(a, b) && near_miss(a, b, &n);
}

/* Whether L may be what Q asks for. */
static bool
is_meant(const struct ir *ir, const struct ir_req *q, const struct label *l)
{
	struct str key = atom_str(ir->atoms, q->key);
	struct str other = atom_str(ir->atoms, l->key);
	struct str value = atom_str(ir->atoms, q->values[0]);

	if (label_is_derived(other) || !atom_eq(l->source, ir->word.k8s))
		return false;
	if (atom_eq(l->key, q->key))
		return is_slip(value, atom_str(ir->atoms, l->value));
	return atom_eq(l->value, q->values[0]) &&
	    ((is_name_key(key) && is_name_key(other)) || is_slip(key, other));
}

/* The label of ID that is meant where it meets all of S but the I-th; NULL. */
static const struct label *
label_meant(const struct ir *ir, const struct ir_selector *s, uint32_t i,
    const struct identity *id)
{
	if (!selector_met(ir, s->req, i, id->labels, id->nlabels) ||
	    !selector_met(ir, s->req + i + 1, s->nreq - i - 1, id->labels,
		id->nlabels))
		return NULL;
	for (uint32_t k = 0; k < id->nlabels; k++) {
		if (is_meant(ir, &s->req[i], &id->labels[k]))
			return &id->labels[k];
	}
	return NULL;
}

static bool
is_about_pods(const struct ir *ir, const struct ir_req *q)
{
	return q->op == IR_EQUALS && !q->is_cidr && !q->any_key &&
	    !label_is_derived(atom_str(ir->atoms, q->key));
}

static const struct endpoint *
endpoint_with(const struct world *w, uint32_t ident)
{
	VEC_FOREACH (e, &w->endpoints) {
		if (e->ident.i == ident && !e->host && !e->assumed)
			return e;
	}
	return NULL;
}

/* True when it was told. */
static bool
tell(const struct nearly *x, struct span at, const struct ir_selector *s,
    uint32_t i, uint32_t ident)
{
	const struct ir *ir = x->world->ir;
	const struct label *l =
	    label_meant(ir, s, i, &x->world->idents.v[ident]);
	const struct endpoint *e = l ? endpoint_with(x->world, ident) : NULL;

	if (!e)
		return false;
	diag_nearly_selected(x->sink, at, atom_str(ir->atoms, s->req[i].key),
	    atom_str(ir->atoms, s->req[i].values[0]), who_name(x->scratch, e),
	    atom_str(ir->atoms, l->key), atom_str(ir->atoms, l->value));
	return true;
}

/* S selects nobody; it is of a namespace. */
static void
check_selector(const struct nearly *x, const struct ir_selector *s,
    struct span at)
{
	const struct world *w = x->world;
	bool scoped = false;

	if (bitset_test(x->seen, s->index))
		return;
	bitset_set(x->seen, s->index);
	for (uint32_t i = 0; i < s->nreq; i++)
		scoped = scoped ||
		    (s->req[i].op == IR_EQUALS &&
			atom_eq(s->req[i].key, w->ir->word.pod_namespace));
	for (uint32_t i = 0; scoped && i < s->nreq; i++) {
		if (!is_about_pods(w->ir, &s->req[i]))
			continue;
		for (uint32_t k = 0; k < w->idents.n; k++) {
			if (w->idents.v[k].nendpoints > 0 &&
			    tell(x, at, s, i, k))
				return;
		}
	}
}

void
lint_check_nearly(struct diag_sink *sink, struct arena *scratch,
    const struct world *w)
{
	struct nearly x = {sink, scratch, w,
	    bitset_new(scratch, (uint32_t)w->ir->selectors.n)};
	const struct ir_policy *last = NULL;

	VEC_FOREACH (at, &w->ir->rules) {
		const struct ir_rule *r = *at;

		if (!r->policy || r->node)
			continue;
		if (r->policy != last &&
		    !who_has_endpoints(w,
			world_subjects(w, scratch, r->subject)))
			check_selector(&x, r->subject,
			    r->policy->object->name_at);
		last = r->policy;
		for (uint32_t i = 0; i < r->npeers; i++) {
			const struct ir_peer *p = &r->peers[i];

			if (p->endpoints &&
			    !who_has_endpoints(w,
				world_selected(w, p->selector)))
				check_selector(&x, p->selector, p->at);
		}
	}
}
