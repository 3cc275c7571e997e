/* SPDX-License-Identifier: Apache-2.0 */
/* Whether labels meet the requirements of a selector. */
#include "ir/refs.h"
#include "ir/selector.h"

static bool
compares(const struct ir_req *q)
{
	return q->op != IR_EXISTS && q->op != IR_NOT_EXISTS;
}

static bool
has_value(const struct ir_req *q, atom_t value)
{
	for (uint32_t i = 0; i < q->nvalues; i++) {
		if (atom_eq(q->values[i], value))
			return true;
	}
	return false;
}

/* Whether a key is what ir_group_value() makes of Q's and one of its values. */
static bool
is_group_value(const struct ir *ir, const struct ir_req *q, struct str key)
{
	struct str head = atom_str(ir->atoms, q->key);

	if (key.n <= head.n || !str_starts(key, head) || key.s[head.n] != '+')
		return false;
	key = (struct str){key.s + head.n + 1, key.n - head.n - 1};
	for (uint32_t i = 0; i < q->nvalues; i++) {
		if (str_eq(key, atom_str(ir->atoms, q->values[i])))
			return true;
	}
	return false;
}

/* Whether the prefix of a label is within Q's. */
static bool
is_contained(const struct ir *ir, const struct ir_req *q, const struct label *l)
{
	struct cidr c;

	return cidr_parse(atom_str(ir->atoms, l->key), &c) &&
	    cidr_contains(&q->cidr, &c);
}

/* The same for a requirement whose key is not the key of its labels. */
static bool
finds_special(const struct ir *ir, const struct ir_req *q,
    const struct label *labels, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++) {
		const struct label *l = &labels[i];

		if (q->is_cidr && atom_eq(l->source, ir->word.cidr) &&
		    is_contained(ir, q, l) &&
		    (!compares(q) || has_value(q, l->value)))
			return true;
		if (!atom_eq(l->source, q->source))
			continue;
		if (q->any_key && has_value(q, l->key))
			return true;
		if (q->by_key &&
		    is_group_value(ir, q, atom_str(ir->atoms, l->key)))
			return true;
	}
	return false;
}

/* Whether one of the labels meets Q less its "not". */
static bool
finds(const struct ir *ir, const struct ir_req *q, const struct label *labels,
    uint32_t n)
{
	bool any_value = !compares(q);

	if (q->is_cidr || q->by_key || q->any_key)
		return finds_special(ir, q, labels, n);
	for (uint32_t i = 0; i < n; i++) {
		if (selector_req_names(q, &labels[i]) &&
		    (any_value || has_value(q, labels[i].value)))
			return true;
	}
	return false;
}

static bool
is_met(const struct ir *ir, const struct ir_req *q, const struct label *labels,
    uint32_t n)
{
	bool absent = q->op == IR_NOT_IN || q->op == IR_NOT_EXISTS;

	return finds(ir, q, labels, n) != absent;
}

bool
selector_met(const struct ir *ir, const struct ir_req *req, size_t nreq,
    const struct label *labels, uint32_t n)
{
	for (size_t i = 0; i < nreq; i++) {
		if (!is_met(ir, &req[i], labels, n))
			return false;
	}
	return true;
}

bool
selector_only_excludes(const struct ir_selector *s)
{
	for (uint32_t i = 0; i < s->nreq; i++) {
		if (s->req[i].op != IR_NOT_IN && s->req[i].op != IR_NOT_EXISTS)
			return false;
	}
	return s->nreq > 0;
}
