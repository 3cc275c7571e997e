/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The postings of identities' labels, and sets of identities from them.
 */
#include "ident/index.h"

#include <stdlib.h>

#include "base/search.h"
#include "ir/selector.h"

struct posting {
	atom_t key, value, source;
	uint32_t ident;
};

/* CIDR labels match by containment, so they have a list of their own. */
struct cidr_posting {
	struct cidr cidr;
	uint32_t ident;
};

struct ident_index {
	const struct world *world;
	const struct posting *posting;
	const uint32_t *key_start; /* [key atom]: first posting; one extra */
	uint32_t nkeys;
	VEC(struct cidr_posting) cidrs; /* by cidr_compare() */
	struct map dense; /* struct range -> struct bitset *: see add_dense() */
};

/* Of cidr postings, as of the others. */
struct cidr_range {
	const struct cidr_posting *v, *end;
};

/* The postings of a key, or of a value of it. */
struct range {
	const struct posting *v, *end;
};

static int
compare_cidr_posting(const void *pa, const void *pb)
{
	const struct cidr_posting *a = pa, *b = pb;
	int c = cidr_compare(&a->cidr, &b->cidr);

	return c ? c : (a->ident > b->ident) - (a->ident < b->ident);
}

static void
add_cidr(struct ident_index *x, struct arena *a, const struct label *l,
    uint32_t ident)
{
	struct cidr c;

	if (atom_eq(l->source, x->world->ir->word.cidr) &&
	    cidr_parse(atom_str(x->world->ir->atoms, l->key), &c))
		*vec_push(&x->cidrs, a) = (struct cidr_posting){c, ident};
}

/* Copies the N postings FROM, in order of their values or else of their keys;
 * those of one stay in order. */
static void
sort_postings(struct posting *to, const struct posting *from, size_t n,
    uint32_t natoms, bool by_value)
{
	struct arena scratch = {0};
	size_t *end = ARENA_ARRAY(&scratch, size_t, natoms);

	for (size_t i = 0; i < n; i++)
		end[by_value ? from[i].value.i : from[i].key.i]++;
	for (uint32_t i = 1; i < natoms; i++)
		end[i] += end[i - 1];
	for (size_t i = n; i-- > 0;)
		to[--end[by_value ? from[i].value.i : from[i].key.i]] = from[i];
	arena_free(&scratch);
}

/*
 * Ranges that hold more postings than a set has words are sets as well, if
 * all is of one source: walking them for each selector would cost the product
 * of selectors and identities.
 */
static void
add_dense(struct ident_index *x, struct arena *a, struct range r)
{
	struct bitset *set;

	if ((size_t)(r.end - r.v) <= x->world->idents.n / 64)
		return;
	for (const struct posting *p = r.v; p < r.end; p++) {
		if (!atom_eq(p->source, r.v->source))
			return;
	}
	set = bitset_new(a, (uint32_t)x->world->idents.n);
	for (const struct posting *p = r.v; p < r.end; p++)
		bitset_set(set, p->ident);
	*map_put(&x->dense, &r, sizeof(r)) = set;
}

static void
list_dense(struct ident_index *x, struct arena *a, size_t n)
{
	const struct posting *all = x->posting, *end = all + n;
	const struct posting *key = all, *value = all;

	map_init(&x->dense, a);
	for (const struct posting *p = all; p < end; p++) {
		bool last = p + 1 == end || !atom_eq(p[1].key, p->key);

		if (last || !atom_eq(p[1].value, p->value)) {
			add_dense(x, a, (struct range){value, p + 1});
			value = p + 1;
		}
		if (last) {
			add_dense(x, a, (struct range){key, p + 1});
			key = p + 1;
		}
	}
}

struct ident_index *
ident_index_new(struct arena *a, const struct world *w)
{
	struct ident_index *x = ARENA_NEW(a, struct ident_index);
	uint32_t nkeys = atom_count(w->ir->atoms);
	uint32_t *start = ARENA_ARRAY(a, uint32_t, nkeys + 1);
	struct posting *v, *by_value;
	struct arena scratch = {0};
	size_t n = 0, k = 0;

	x->world = w;
	VEC_FOREACH (id, &w->idents)
		n += id->nlabels;
	v = ARENA_ARRAY(a, struct posting, n);
	for (uint32_t i = 0; i < w->idents.n; i++) {
		const struct identity *id = &w->idents.v[i];

		for (uint32_t j = 0; j < id->nlabels; j++) {
			const struct label *l = &id->labels[j];

			v[k++] =
			    (struct posting){l->key, l->value, l->source, i};
			add_cidr(x, a, l, i);
		}
	}
	by_value = ARENA_ARRAY(&scratch, struct posting, n);
	sort_postings(by_value, v, n, nkeys, true);
	sort_postings(v, by_value, n, nkeys, false);
	arena_free(&scratch);
	k = 0;
	for (uint32_t key = 0; key < nkeys; key++) {
		start[key] = (uint32_t)k;
		while (k < n && v[k].key.i == key)
			k++;
	}
	start[nkeys] = (uint32_t)n;
	if (x->cidrs.n > 1)
		qsort(x->cidrs.v, x->cidrs.n, sizeof(*x->cidrs.v),
		    compare_cidr_posting);
	x->posting = v;
	x->key_start = start;
	x->nkeys = nkeys;
	list_dense(x, a, n);
	return x;
}

static struct range
key_range(const struct ident_index *x, atom_t key)
{
	if (key.i >= x->nkeys)
		return (struct range){x->posting, x->posting};
	return (struct range){x->posting + x->key_start[key.i],
	    x->posting + x->key_start[key.i + 1]};
}

/* The set that a selector's requirements add to or take from. */
struct target {
	struct bitset *set;
	bool takes;
};

static void
put_ident(const struct target *t, uint32_t ident)
{
	if (t->takes)
		bitset_clear(t->set, ident);
	else
		bitset_set(t->set, ident);
}

static void
put_range(const struct ident_index *x, const struct ir_req *q, struct range r,
    const struct target *t)
{
	const struct bitset *set = map_get(&x->dense, &r, sizeof(r));

	if (set && !q->any_source && !atom_eq(r.v->source, q->source))
		return;
	if (set) {
		(t->takes ? bitset_andnot : bitset_or)(t->set, set);
		return;
	}
	for (const struct posting *p = r.v; p < r.end; p++) {
		if (q->any_source || atom_eq(p->source, q->source))
			put_ident(t, p->ident);
	}
}

/* The first posting of R whose value is not below VALUE. */
static const struct posting *
lower_bound(struct range r, uint64_t value)
{
	size_t i;

	LOWER_BOUND(i, (size_t)(r.end - r.v), r.v[i].value.i < value);
	return r.v + i;
}

static struct range
value_range(struct range r, atom_t value)
{
	return (struct range){lower_bound(r, value.i),
	    lower_bound(r, (uint64_t)value.i + 1)};
}

/* The cidr labels that lie in C: contiguous in the order. */
static struct cidr_range
contained(const struct ident_index *x, const struct cidr *c)
{
	const struct cidr_posting *v = x->cidrs.v;
	size_t first, end;

	if (x->cidrs.n == 0)
		return (struct cidr_range){0};
	LOWER_BOUND(first, x->cidrs.n, cidr_compare(&v[first].cidr, c) < 0);
	LOWER_BOUND(end, x->cidrs.n,
	    end < first || cidr_contains(c, &v[end].cidr));
	return (struct cidr_range){v + first, v + end};
}

/* The postings of a value of a requirement. */
static struct range
req_range(const struct ident_index *x, struct arena *a, const struct ir_req *q,
    atom_t value)
{
	const struct atom_table *atoms = x->world->ir->atoms;
	atom_t key = {UINT32_MAX};

	if (!q->by_key)
		return value_range(key_range(x, q->key), value);
	atom_find(atoms,
	    ir_group_value(a, atom_str(atoms, q->key), atom_str(atoms, value)),
	    &key);
	return key_range(x, key);
}

static bool
compares(const struct ir_req *q)
{
	return q->op != IR_EXISTS && q->op != IR_NOT_EXISTS;
}

static bool
is_not(const struct ir_req *q)
{
	return q->op == IR_NOT_IN || q->op == IR_NOT_EXISTS;
}

/* A cidr label's value is always empty. */
static bool
has_cidr_value(const struct ident_index *x, const struct ir_req *q)
{
	bool empty = !compares(q);

	for (uint32_t i = 0; i < q->nvalues; i++)
		empty |= atom_eq(q->values[i], x->world->ir->word.empty);
	return empty;
}

/* The identities with the label, and with one of the values if Q has any. */
static void
put_having(const struct ident_index *x, struct arena *a, const struct ir_req *q,
    const struct target *t)
{
	if (q->is_cidr) {
		struct cidr_range r = contained(x, &q->cidr);

		for (; has_cidr_value(x, q) && r.v < r.end; r.v++)
			put_ident(t, r.v->ident);
	}
	if (q->any_key) {
		for (uint32_t i = 0; i < q->nvalues; i++)
			put_range(x, q, key_range(x, q->values[i]), t);
	} else if (q->is_cidr) {
		return;
	} else if (!compares(q)) {
		put_range(x, q, key_range(x, q->key), t);
	} else {
		for (uint32_t i = 0; i < q->nvalues; i++)
			put_range(x, q, req_range(x, a, q, q->values[i]), t);
	}
}

static bool
lists_label(const struct label *v, size_t n, const struct label *want)
{
	for (size_t i = 0; i < n; i++) {
		if (atom_eq(v[i].key, want->key) &&
		    atom_eq(v[i].value, want->value) &&
		    atom_eq(v[i].source, want->source))
			return true;
	}
	return false;
}

/* Labels of an identity are distinct: N of them, all listed, are the list. */
static bool
has_labels(const struct identity *id, const struct label *v, size_t n)
{
	uint32_t i = 0;

	if (id->nlabels != n)
		return false;
	while (i < n && lists_label(v, n, &id->labels[i]))
		i++;
	return i == n;
}

bool
ident_index_find(const struct ident_index *x, const struct label *labels,
    size_t n, ident_idx_t *ret_idx)
{
	struct range rare = {x->posting, NULL};

	for (size_t i = 0; i < n; i++) {
		struct range r =
		    value_range(key_range(x, labels[i].key), labels[i].value);

		if (!rare.end || r.end - r.v < rare.end - rare.v)
			rare = r;
	}
	for (const struct posting *p = rare.v; rare.end && p < rare.end; p++) {
		if (has_labels(&x->world->idents.v[p->ident], labels, n)) {
			ret_idx->i = p->ident;
			return true;
		}
	}
	return false;
}

/* The number of labels that meet Q; SIZE_MAX when Q is a "not". */
static size_t
count_having(const struct ident_index *x, const struct ir_req *q)
{
	struct range key = key_range(x, q->key);
	size_t n = 0;

	/* Labels do not have the key of by_key, and may have several others. */
	if (is_not(q) || q->by_key || q->any_key)
		return SIZE_MAX;
	if (q->is_cidr) {
		struct cidr_range r = contained(x, &q->cidr);

		return (size_t)(r.end - r.v);
	}
	if (q->op == IR_EXISTS)
		return (size_t)(key.end - key.v);
	for (uint32_t i = 0; i < q->nvalues; i++) {
		struct range r = value_range(key, q->values[i]);

		n += (size_t)(r.end - r.v);
	}
	return n;
}

/*
 * The requirement that the fewest identities meet, if they are so few that
 * asking each of them is less work than a pass over all; else NULL.
 */
static const struct ir_req *
find_rare(const struct ident_index *x, const struct ir_selector *s)
{
	size_t least = x->world->idents.n / 16;
	const struct ir_req *rare = NULL;

	for (uint32_t i = 0; i < s->nreq; i++) {
		size_t n = count_having(x, &s->req[i]);

		if (n <= least) {
			least = n;
			rare = &s->req[i];
		}
	}
	/* Of these, a pass looks at the labels within and not at each other. */
	if (rare && least * s->nreq > x->world->idents.n)
		rare = NULL;
	return rare;
}

/* Identities that are asked for all of a selector. */
struct asked {
	const struct ident_index *index;
	const struct ir_selector *selector;
	struct arena *arena;
	VEC(uint32_t) met; /* by those */
};

static void
ask(struct asked *k, uint32_t ident)
{
	const struct identity *id = &k->index->world->idents.v[ident];

	if (selector_met(k->index->world->ir, k->selector->req,
		k->selector->nreq, id->labels, id->nlabels))
		*vec_push(&k->met, k->arena) = ident;
}

static void
ask_range(struct asked *k, struct range r)
{
	for (const struct posting *p = r.v; p < r.end; p++)
		ask(k, p->ident);
}

/* Asks the identities with the label of Q. */
static void
ask_having(struct asked *k, const struct ir_req *q)
{
	struct range key = key_range(k->index, q->key);

	if (q->is_cidr) {
		struct cidr_range r = contained(k->index, &q->cidr);

		for (; r.v < r.end; r.v++)
			ask(k, r.v->ident);
	} else if (q->op == IR_EXISTS) {
		ask_range(k, key);
	} else {
		for (uint32_t i = 0; i < q->nvalues; i++)
			ask_range(k, value_range(key, q->values[i]));
	}
}

/* The same for all identities at once. */
static struct bitset *
pass_over_all(const struct ident_index *x, struct arena *scratch,
    const struct ir_selector *s)
{
	uint32_t n = (uint32_t)x->world->idents.n;
	struct target out = {bitset_new(scratch, n), true};
	struct target have = {bitset_new(scratch, n), false};

	bitset_fill(out.set);
	for (uint32_t i = 0; i < s->nreq; i++) {
		if (is_not(&s->req[i])) {
			put_having(x, scratch, &s->req[i], &out);
			continue;
		}
		bitset_zero(have.set);
		put_having(x, scratch, &s->req[i], &have);
		bitset_and(out.set, have.set);
	}
	return out.set;
}

const struct bitset *
ident_index_select(const struct ident_index *x, struct arena *a,
    struct arena *scratch, const struct ir_selector *s)
{
	struct asked k = {.index = x, .selector = s, .arena = scratch};
	const struct ir_req *rare = find_rare(x, s);

	if (!rare)
		return bitset_pack(a, pass_over_all(x, scratch, s));
	ask_having(&k, rare);
	return bitset_of(a, (uint32_t)x->world->idents.n, k.met.v, k.met.n);
}
