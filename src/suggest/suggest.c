/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From connections to policies: one for each subject, in it a rule for each
 * peer and direction.
 */
#include "suggest/suggest.h"

#include <stdlib.h>

#include "base/ascii.h"
#include "cilium/proto.h"
#include "suggest/labels.h"

enum {
	NAME_MAX_LENGTH = 50,
};

void
suggest_init(struct suggestions *s, struct arena *a, const struct world *w)
{
	*s = (struct suggestions){.arena = a, .world = w};
}

static struct suggest_policy *
policy_of(struct suggestions *s, ident_idx_t subject)
{
	struct suggest_policy *p;

	VEC_FOREACH (known, &s->v) {
		if (known->subject.i == subject.i)
			return known;
	}
	p = vec_push(&s->v, s->arena);
	*p = (struct suggest_policy){.subject = subject,
	    .ns = labels_namespace(s->world, subject)};
	return p;
}

static int
compare_port(const struct suggest_port *a, const struct suggest_port *b)
{
	return a->proto != b->proto ? a->proto - b->proto : a->port - b->port;
}

static struct suggest_rule *
rule_of(struct suggestions *s, struct suggest_policy *p,
    const struct suggest_ask *ask)
{
	const struct suggest_port port = {ask->proto, ask->port};
	struct suggest_rule *r;

	VEC_FOREACH (known, &p->rules) {
		if (known->dir == ask->dir && known->peer.i == ask->peer.i &&
		    (known->ips.n == 0 ||
			compare_port(&known->ports.v[0], &port) == 0))
			return known;
	}
	r = vec_push(&p->rules, s->arena);
	*r = (struct suggest_rule){.dir = ask->dir, .peer = ask->peer};
	return r;
}

static void
add_port(struct suggestions *s, struct suggest_rule *r, struct suggest_port p)
{
	size_t i = 0;

	while (i < r->ports.n && compare_port(&r->ports.v[i], &p) < 0)
		i++;
	if (i < r->ports.n && compare_port(&r->ports.v[i], &p) == 0)
		return;
	*vec_push(&r->ports, s->arena) = p;
	for (size_t k = r->ports.n - 1; k > i; k--)
		r->ports.v[k] = r->ports.v[k - 1];
	r->ports.v[i] = p;
}

static void
add_ip(struct suggestions *s, struct suggest_rule *r, const struct ip *ip)
{
	VEC_FOREACH (known, &r->ips) {
		if (memcmp(known, ip, sizeof(*ip)) == 0)
			return;
	}
	*vec_push(&r->ips, s->arena) = *ip;
}

/* Whether the peer is known by its addresses. */
static bool
is_outside(const struct world *w, ident_idx_t peer)
{
	struct str reserved = labels_reserved(w, peer);

	return labels_namespace(w, peer).n == 0 &&
	    (reserved.n == 0 || str_starts(reserved, STR(RESERVED_WORLD)));
}

/* Why no policy of this form admits it; NULL: one does. */
static const char *
problem_of(const struct suggestions *s, const struct suggest_ask *ask)
{
	const struct world *w = s->world;
	struct chosen_labels labels;

	if (!proto_has_ports(ask->proto) && !proto_is_icmp(ask->proto))
		return "rules for its protocol are not suggested";
	if (ask->port == 0)
		return "a rule for the port or the type 0 means all of them";
	if (labels_namespace(w, ask->subject).n == 0)
		return "it is no pod that a policy would be for";
	if (!labels_choose(&labels, s->arena, w, ask->subject))
		return "no labels tell its pods from others";
	if (labels_namespace(w, ask->peer).n > 0)
		return labels_choose(&labels, s->arena, w, ask->peer)
		    ? NULL
		    : "no labels tell the peer's pods from others";
	if (is_outside(w, ask->peer) && ask->nips == 0)
		return "the addresses of the peer are not recorded";
	return NULL;
}

void
suggest_ask(struct suggestions *s, const struct suggest_ask *ask)
{
	const char *problem = problem_of(s, ask);
	struct suggest_rule *r;

	if (problem) {
		*vec_push(&s->refused, s->arena) = arena_printf(s->arena,
		    "%s of " STR_FMT ", peer " STR_FMT ": %s",
		    direction_name(ask->dir),
		    STR_ARG(identity_print(s->arena, s->world, ask->subject)),
		    STR_ARG(identity_print(s->arena, s->world, ask->peer)),
		    problem);
		return;
	}
	r = rule_of(s, policy_of(s, ask->subject), ask);
	add_port(s, r, (struct suggest_port){ask->proto, ask->port});
	for (size_t i = 0; i < ask->nips && is_outside(s->world, ask->peer);
	     i++)
		add_ip(s, r, &ask->ips[i]);
}

/* A name of Kubernetes: lower case, digits, dashes. */
static char *
plain_name(struct arena *a, const char *prefix, struct str text)
{
	char *name = arena_printf(a, "%s-" STR_FMT, prefix, STR_ARG(text));
	size_t n = 0;

	for (const char *p = name; *p && n < NAME_MAX_LENGTH; p++)
		name[n++] = ascii_is_alnum((uint8_t)*p) ? ascii_lower(*p) : '-';
	while (n > 0 && name[n - 1] == '-')
		n--;
	name[n] = '\0';
	return name;
}

static bool
is_taken(const struct suggestions *s, const struct object_list *objects,
    const struct suggest_policy *p, const char *name)
{
	OBJECT_FOREACH (o, objects, AST_CILIUM_NETWORK_POLICY) {
		if (str_eq(o->ns, p->ns) && str_is(o->name, name))
			return true;
	}
	VEC_FOREACH (other, &s->v) {
		if (other->name && str_eq(other->ns, p->ns) &&
		    strcmp(other->name, name) == 0)
			return true;
	}
	return false;
}

static int
compare_rule(const void *pa, const void *pb)
{
	const struct suggest_rule *a = pa, *b = pb;

	if (a->dir != b->dir)
		return a->dir < b->dir ? -1 : 1;
	if (a->peer.i != b->peer.i)
		return a->peer.i < b->peer.i ? -1 : 1;
	return compare_port(&a->ports.v[0], &b->ports.v[0]);
}

static int
compare_policy(const void *pa, const void *pb)
{
	const struct suggest_policy *a = pa, *b = pb;
	int c = str_compare(a->ns, b->ns);

	return c
	    ? c
	    : (a->subject.i > b->subject.i) - (a->subject.i < b->subject.i);
}

/* The order does not depend on that of the recording. */
static void
sort(struct suggestions *s)
{
	if (s->v.n > 1)
		qsort(s->v.v, s->v.n, sizeof(*s->v.v), compare_policy);
	VEC_FOREACH (p, &s->v) {
		if (p->rules.n > 1)
			qsort(p->rules.v, p->rules.n, sizeof(*p->rules.v),
			    compare_rule);
	}
}

void
suggest_name(struct suggestions *s, const struct object_list *objects,
    const char *prefix, bool isolates)
{
	sort(s);
	VEC_FOREACH (p, &s->v) {
		struct chosen_labels labels;
		struct str text = STR("pods");
		const char *name, *base;

		labels_choose(&labels, s->arena, s->world, p->subject);
		if (labels.equal.n > 0)
			text = atom_str(s->world->ir->atoms,
			    labels.equal.v[0]->value);
		name = base = plain_name(s->arena, prefix, text);
		for (unsigned i = 2; is_taken(s, objects, p, name); i++)
			name = arena_printf(s->arena, "%s-%u", base, i);
		p->name = name;
		p->isolates = isolates;
	}
}
