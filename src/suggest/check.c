/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whether the policies open what was asked, and nothing else.
 */
#include "suggest/suggest.h"

#include <string.h>

struct checking {
	struct suggestions *s;
	const struct changes *c;
	bool again; /* a policy was dropped */
};

static const struct world *
world_after(const struct checking *x)
{
	return x->c->actors.side[1].pmaps->world;
}

static void
drop(struct checking *x, const struct suggest_policy *p, struct suggest_rule *r,
    const char *why)
{
	struct arena *a = x->s->arena;

	if (r->dropped)
		return;
	r->dropped = true;
	x->again = true;
	*vec_push(&x->s->refused, a) =
	    arena_printf(a, "%s of " STR_FMT "/%s, peer " STR_FMT ": %s",
		direction_name(r->dir), STR_ARG(p->ns), p->name,
		STR_ARG(identity_print(a, x->s->world, r->peer)), why);
}

void
suggest_drop(struct suggestions *s, const char *why)
{
	struct checking x = {.s = s};

	VEC_FOREACH (p, &s->v) {
		VEC_FOREACH (r, &p->rules)
			drop(&x, p, r, why);
	}
}

/* ---- nothing else ---- */

/* Whether a rule is for the port, which the cell has and no other one. */
static bool
has_port(const struct suggest_rule *r, const struct cell *cell)
{
	if (cell->others || cell->ports.end != cell->ports.first + 1)
		return false;
	VEC_FOREACH (p, &r->ports) {
		if (p->proto == cell->proto && p->port == cell->ports.first)
			return true;
	}
	return false;
}

static bool
has_ip(const struct suggest_rule *r, const struct cidr *one)
{
	VEC_FOREACH (ip, &r->ips) {
		struct cidr c = cidr_of_ip(ip);

		if (cidr_contains(one, &c) && cidr_contains(&c, one))
			return true;
	}
	return false;
}

/* Whether all of PREFIX is among the addresses of the rule. */
static bool
covers(const struct suggest_rule *r, const struct cidr *prefix)
{
	unsigned width = ip_width(prefix->family);
	struct ip first = {.family = prefix->family};
	struct cidr half[2];

	if (has_ip(r, prefix))
		return true;
	if (prefix->bits == width || width - prefix->bits > 8)
		return false;
	memcpy(first.addr, prefix->addr, sizeof(first.addr));
	half[0] = cidr_around(&first, prefix->bits + 1u);
	first.addr[prefix->bits / 8] |= (uint8_t)(0x80 >> prefix->bits % 8);
	half[1] = cidr_around(&first, prefix->bits + 1u);
	return covers(r, &half[0]) && covers(r, &half[1]);
}

static bool
has_peer(const struct suggest_rule *r, const struct actor *peer)
{
	if (peer->side[0].ident.i != r->peer.i)
		return false;
	if (r->ips.n == 0)
		return true;
	VEC_FOREACH (range, &peer->ranges) {
		if (!covers(r, &range->prefix))
			return false;
	}
	return peer->ranges.n > 0;
}

/* Whether a policy asks for the connection at the end of SUBJECT. */
static bool
is_asked(const struct checking *x, const struct actor *subject,
    const struct actor *peer, enum direction dir, const struct cell *cell)
{
	VEC_FOREACH (p, &x->s->v) {
		if (p->subject.i != subject->side[0].ident.i)
			continue;
		VEC_FOREACH (r, &p->rules) {
			if (!r->dropped && r->dir == dir && has_peer(r, peer) &&
			    has_port(r, cell))
				return true;
		}
	}
	return false;
}

/* Drops the rules of an end that may open a connection nobody asked for;
 * whether there were any. */
static bool
blame(struct checking *x, const struct actor *subject, enum direction dir,
    const struct cell *cell)
{
	bool any = false;

	VEC_FOREACH (p, &x->s->v) {
		if (p->subject.i != subject->side[0].ident.i)
			continue;
		VEC_FOREACH (r, &p->rules) {
			if (r->dropped || r->dir != dir || !has_port(r, cell))
				continue;
			drop(x, p, r, "it would open more than was asked");
			any = true;
		}
	}
	return any;
}

/*
 * Drops the rules that name addresses: these get identities of their own, which
 * is a change to all other rules.
 */
static void
blame_addresses(struct checking *x)
{
	VEC_FOREACH (p, &x->s->v) {
		VEC_FOREACH (r, &p->rules) {
			if (r->ips.n > 0)
				drop(x, p, r, "it would change other rules");
		}
	}
}

static void
check_pair(struct checking *x, const struct change *change, uint32_t from,
    uint32_t to)
{
	const struct actor *a = &x->c->actors.v.v[from];
	const struct actor *b = &x->c->actors.v.v[to];

	for (uint32_t i = 0; i < change->nports; i++) {
		const struct cell *cell = &change->ports[i];

		if (is_asked(x, a, b, DIR_EGRESS, cell) ||
		    is_asked(x, b, a, DIR_INGRESS, cell))
			continue;
		if (!(blame(x, a, DIR_EGRESS, cell) |
			blame(x, b, DIR_INGRESS, cell)))
			blame_addresses(x);
	}
}

static void
check_change(struct checking *x, const struct change *change)
{
	bool isolates = x->s->v.n > 0 && x->s->v.v[0].isolates;

	if (change->kind == CHANGE_CLOSED && isolates)
		return;
	BITSET_FOREACH (from, change->from) {
		BITSET_FOREACH (to, change->to)
			check_pair(x, change, from, to);
	}
}

/* ---- what was asked ---- */

static bool
lets_pass(const struct pmap_direction *direction, ident_idx_t peer,
    const struct suggest_port *p)
{
	enum pmap_verdict v =
	    pmap_lookup(direction, peer, p->proto, p->port).verdict;

	return v == PMAP_ALLOWED || v == PMAP_REDIRECTED;
}

/* Whether the direction lets pass what R is for. */
static bool
admits(const struct checking *x, const struct pmap_direction *direction,
    const struct suggest_rule *r, const struct suggest_port *port)
{
	struct cidr prefix;

	VEC_FOREACH (ip, &r->ips) {
		if (!lets_pass(direction,
			world_of_ip(world_after(x), ip, &prefix), port))
			return false;
	}
	if (r->ips.n > 0)
		return true;
	VEC_FOREACH (peer, &x->c->actors.v) {
		if (peer->side[0].ident.i == r->peer.i &&
		    !lets_pass(direction, peer->side[1].ident, port))
			return false;
	}
	return true;
}

/* Whether the end lets somebody pass now, and nobody has asked for that. */
static bool
opens_more(const struct checking *x, const struct actor *subject,
    const struct suggest_rule *r, const struct suggest_port *port)
{
	const struct cell cell = {.proto = port->proto,
	    .ports = {port->port, port->port + 1u}};
	const struct pmap_direction *d[2];

	for (int side = 0; side < 2; side++)
		d[side] = subject->side[side].class->direction[r->dir];
	VEC_FOREACH (peer, &x->c->actors.v) {
		if (lets_pass(d[1], peer->side[1].ident, port) &&
		    !lets_pass(d[0], peer->side[0].ident, port) &&
		    !is_asked(x, subject, peer, r->dir, &cell))
			return true;
	}
	return false;
}

static void
check_rule(struct checking *x, const struct suggest_policy *p,
    struct suggest_rule *r, const struct actor *subject)
{
	const struct flow_end *end = subject->side;
	const struct pmap_direction *after =
	    end[1].class->error ? NULL : end[1].class->direction[r->dir];

	VEC_FOREACH (port, &r->ports) {
		if (!after || !admits(x, after, r, port))
			drop(x, p, r, "a rule that comes first denies it");
		else if (!end[0].class->error &&
		    opens_more(x, subject, r, port))
			drop(x, p, r, "it would open more than was asked");
	}
}

static void
check_policy(struct checking *x, const struct suggest_policy *p)
{
	for (uint32_t i = 0; i < x->c->actors.nsubjects; i++) {
		const struct actor *subject = &x->c->actors.v.v[i];

		if (subject->side[0].ident.i != p->subject.i ||
		    !subject->side[0].class || !subject->side[1].class)
			continue;
		VEC_FOREACH (r, &p->rules)
			check_rule(x, p, r, subject);
	}
}

bool
suggest_check(struct suggestions *s, const struct changes *c)
{
	struct checking x = {.s = s, .c = c};

	VEC_FOREACH (p, &s->v)
		check_policy(&x, p);
	VEC_FOREACH (change, &c->v)
		check_change(&x, change);
	return x.again;
}
