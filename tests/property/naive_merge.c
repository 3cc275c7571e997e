/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What several rules say of one port and one selector: semantics.md 2.7, 10.5.
 */
#include <string.h>

#include "naive_parts.h"

int
naive_compare_level(const struct naive_entry *a, const struct naive_entry *b)
{
	if (a->tier != b->tier)
		return a->tier < b->tier ? -1 : 1;
	return (a->priority > b->priority) - (a->priority < b->priority);
}

bool
naive_same_filter(const struct naive_contribution *a,
    const struct naive_contribution *b)
{
	const struct naive_port *p = a->port, *q = b->port;

	if (a->entry->tier != b->entry->tier || p->proto != q->proto ||
	    (!p->name) != (!q->name))
		return false;
	return p->name ? naive_equal(p->name, q->name)
		       : p->port == q->port && p->end == q->end;
}

/* Whether B's level and verdict make A's rule as if it were not there. */
static bool
is_overruled(const struct naive_contribution *a,
    const struct naive_contribution *b)
{
	int order = naive_compare_level(b->entry, a->entry);

	if (order != 0)
		return order < 0;
	switch (a->entry->action) {
	case NAIVE_REFUSE:
		return false;
	case NAIVE_ACCEPT:
		return b->entry->action == NAIVE_REFUSE;
	case NAIVE_PASS:
		return b->entry->action != NAIVE_PASS;
	}
	return false;
}

/* Both redirect, and not as TLS and what it carries. */
static bool
parsers_conflict(enum naive_parser a, enum naive_parser b)
{
	return a != b && a != NAIVE_NONE && b != NAIVE_NONE &&
	    !(a == NAIVE_TLS && b == NAIVE_HTTP) &&
	    !(a == NAIVE_HTTP && b == NAIVE_TLS);
}

bool
naive_parsers_meet(const struct naive_merged *a, const struct naive_merged *b)
{
	return a->first->entry->action == NAIVE_ACCEPT &&
	    b->first->entry->action == NAIVE_ACCEPT &&
	    naive_same_filter(a->first, b->first) &&
	    parsers_conflict(a->l7.parser, b->l7.parser);
}

/* A listener in the subject's namespace, and the subject has none. */
static bool
lacks_namespace(const struct naive_direction *s, const struct naive_l7 *l7)
{
	return s->of_node && l7->by_kind;
}

static void
join(struct naive_merged *m, const struct naive_l7 *l7, enum naive_mode auth)
{
	struct naive_l7 *to = &m->l7;
	bool had_rules = to->rules;

	m->conflict = m->conflict || parsers_conflict(to->parser, l7->parser) ||
	    (to->parser == NAIVE_CRD && l7->parser == NAIVE_CRD &&
		to->priority == l7->priority &&
		!naive_equal(to->listener, l7->listener)) ||
	    (to->secret && l7->secret &&
		!naive_equal(to->secret, l7->secret)) ||
	    (m->auth != NAIVE_AUTH_UNSET && auth != NAIVE_AUTH_UNSET &&
		m->auth != auth);
	if (l7->parser != NAIVE_NONE &&
	    (to->parser == NAIVE_NONE || l7->priority < to->priority)) {
		to->parser = l7->parser;
		to->priority = l7->priority;
		to->listener = l7->listener;
		to->by_namespace = l7->by_namespace;
	}
	if (!to->secret)
		to->secret = l7->secret;
	to->rules = to->rules || l7->rules;
	to->server_names = to->server_names || l7->server_names;
	if (had_rules && to->server_names && !to->secret)
		m->conflict = true;
	if (m->auth == NAIVE_AUTH_UNSET)
		m->auth = auth;
}

bool
naive_merge(const struct naive_direction *s, size_t contribution,
    struct naive_merged *ret)
{
	const struct naive_contribution *c = &s->contributions.v[contribution];
	struct naive_merged m = {.first = c,
	    .l7 = c->port->l7,
	    .auth = c->entry->auth,
	    .conflict = lacks_namespace(s, &c->port->l7)};

	/* The entity none takes part in its filter, and is nobody. */
	if (strstr(c->selector->text, "reserved:none"))
		return false;
	for (size_t i = 0; i < s->contributions.n; i++) {
		const struct naive_contribution *other = &s->contributions.v[i];

		if (i == contribution || !naive_same_filter(c, other) ||
		    !naive_equal(c->selector->text, other->selector->text))
			continue;
		if (is_overruled(c, other))
			return false;
		if (is_overruled(other, c))
			continue;
		if (i < contribution)
			return false;
		if (lacks_namespace(s, &other->port->l7))
			m.conflict = true;
		if (c->entry->action == NAIVE_ACCEPT)
			join(&m, &other->port->l7, other->entry->auth);
	}
	*ret = m;
	return true;
}
