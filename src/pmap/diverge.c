/* SPDX-License-Identifier: Apache-2.0 */
#include "pmap/diverge.h"

#include <netinet/in.h>

#include "base/map.h"
#include "diag_gen.h"
#include "pmap/side.h"

enum {
	NOTES_SHOWN = 8, /* denies named at one allow */
};

/* What was said of one cluster-wide allow. */
struct warning {
	struct diag *diag;
	uint32_t denies;
};

struct divergence {
	struct diag_sink *sink;
	struct pmaps *m;
	struct arena *arena;
	struct arena inner;  /* of one side at a time */
	struct arena pairs;  /* of the maps */
	struct map tried;    /* pair of rule indices */
	struct map warnings; /* index of the allow -> struct warning * */
	const struct pmap_side *here;
	const struct pmap_side *agent; /* the same rules in one tier */
};

/* What a pair of rules both speak of. */
struct overlap {
	const struct ir_rule *allow, *deny;
	const struct bitset *peers;
	uint8_t proto;
	uint16_t first, last;
};

static struct bitset *
peers_of(struct divergence *d, const struct ir_rule *r)
{
	const struct world *w = d->m->world;
	struct bitset *set = bitset_new(&d->inner, (uint32_t)w->idents.n);

	for (uint32_t i = 0; i < r->npeers; i++)
		bitset_or(set, world_selected(w, r->peers[i].selector));
	return set;
}

static void
warn(struct divergence *d, const struct overlap *o, uint32_t peer,
    uint8_t proto, uint16_t port)
{
	const char *name = ir_proto_name(proto);
	void **slot =
	    map_put(&d->warnings, &o->allow->index, sizeof o->allow->index);
	struct warning *w = *slot;

	if (w == NULL) {
		*slot = w = ARENA_NEW(d->arena, struct warning);
		w->diag = diag_models_differ(d->sink, o->allow->at,
		    name ? name : "protocol", port,
		    identity_print(d->arena, d->m->world, (ident_idx_t){peer}));
	}
	if (w->denies++ < NOTES_SHOWN)
		diag_note(d->sink, w->diag, o->deny->at,
		    "this deny in the namespace loses here, and wins in a "
		    "cluster");
}

static void
count_rest(struct divergence *d)
{
	for (uint32_t i = 0; i < d->warnings.n; i++) {
		const struct warning *w = d->warnings.entry[i].value;

		if (w->denies > NOTES_SHOWN)
			diag_note(d->sink, w->diag, w->diag->at,
			    "and %u more denies like these",
			    w->denies - NOTES_SHOWN);
	}
}

/* Whether one packet gets the two verdicts; warns if so. */
static bool
try_packet(struct divergence *d, const struct overlap *o, uint8_t proto,
    uint16_t port)
{
	BITSET_FOREACH (peer, o->peers) {
		ident_idx_t idx = {peer};

		if (pmap_lookup(d->here, idx, proto, port).verdict ==
			PMAP_DENIED ||
		    pmap_lookup(d->agent, idx, proto, port).verdict !=
			PMAP_DENIED)
			continue;
		warn(d, o, peer, proto, port);
		return true;
	}
	return false;
}

/*
 * Tries the ports at which some rule of the side begins or has ended: between
 * them no verdict changes.
 */
static bool
try_ports(struct divergence *d, const struct overlap *o, uint8_t proto)
{
	if (try_packet(d, o, proto, o->first))
		return true;
	for (uint32_t i = 0; i < d->here->nrules; i++) {
		const struct ir_rule *r = d->here->rules[i].rule;

		for (uint32_t k = 0; k < r->nports; k++) {
			const struct ir_port *p = &r->ports[k];
			uint32_t last = p->end > p->port ? p->end : p->port;

			if (p->proto != proto)
				continue;
			if (p->port > o->first && p->port <= o->last &&
			    try_packet(d, o, proto, p->port))
				return true;
			if (last >= o->first && last < o->last &&
			    try_packet(d, o, proto, (uint16_t)(last + 1)))
				return true;
		}
	}
	return false;
}

static bool
try_overlap(struct divergence *d, const struct overlap *o)
{
	static const uint8_t protos[] = {IPPROTO_TCP, IPPROTO_UDP, IPPROTO_SCTP,
	    IPPROTO_ICMP, IPPROTO_ICMPV6};

	if (o->proto != 0)
		return try_ports(d, o, o->proto);
	for (size_t i = 0; i < sizeof protos; i++) {
		if (try_ports(d, o, protos[i]))
			return true;
	}
	return false;
}

static uint16_t
last_port(const struct ir_port *p)
{
	if (p->port == 0)
		return UINT16_MAX;
	return p->end > p->port ? p->end : p->port;
}

/* Named ports have no number of their own here: every port is tried. */
static bool
overlap_ports(const struct ir *ir, const struct ir_port *a,
    const struct ir_port *b, struct overlap *o)
{
	bool a_all = !atom_eq(a->name, ir->word.empty) || a->proto == 0;
	bool b_all = !atom_eq(b->name, ir->word.empty) || b->proto == 0;
	uint16_t a_last = a_all ? UINT16_MAX : last_port(a);
	uint16_t b_last = b_all ? UINT16_MAX : last_port(b);
	uint16_t a_first = a_all ? 0 : a->port, b_first = b_all ? 0 : b->port;

	if (a->proto != 0 && b->proto != 0 && a->proto != b->proto)
		return false;
	o->proto = a->proto ? a->proto : b->proto;
	o->first = a_first > b_first ? a_first : b_first;
	o->last = a_last < b_last ? a_last : b_last;
	return o->first <= o->last;
}

static void
try_pair(struct divergence *d, struct overlap *o)
{
	uint32_t key[2] = {o->allow->index, o->deny->index};
	const struct ir *ir = d->m->world->ir;

	if (map_get(&d->tried, key, sizeof key) != NULL)
		return;
	for (uint32_t i = 0; i < o->allow->nports; i++) {
		for (uint32_t k = 0; k < o->deny->nports; k++) {
			if (!overlap_ports(ir, &o->allow->ports[i],
				&o->deny->ports[k], o) ||
			    !try_overlap(d, o))
				continue;
			*map_put(&d->tried, key, sizeof key) = d;
			return;
		}
	}
}

static bool
is_clusterwide_allow(const struct ir_rule *r)
{
	return r->tier == IR_TIER_CLUSTERWIDE && r->verdict == IR_ALLOW;
}

static bool
is_namespace_deny(const struct ir_rule *r)
{
	return r->tier == IR_TIER_NORMAL && r->verdict == IR_DENY;
}

/* The side as an agent computes it: cluster-wide rules in the one tier. */
static const struct pmap_side *
agent_side(struct divergence *d, const struct pmap_class *c, enum pmap_dir dir,
    struct arena *scratch)
{
	const struct pmap_side *s = c->side[dir];
	const struct ir_rule **rules =
	    ARENA_ARRAY(&d->inner, const struct ir_rule *, s->nrules);
	struct side_input in = {.dir = dir,
	    .forced = s->forced,
	    .host = c->subject->host != NULL,
	    .rules = rules};
	const char *error;

	for (uint32_t i = 0; i < s->nrules; i++) {
		const struct ir_rule *r = s->rules[i].rule;
		struct ir_rule *copy;

		if (r->policy == NULL)
			continue;
		copy = ARENA_NEW(&d->inner, struct ir_rule);
		*copy = *r;
		if (r->tier == IR_TIER_CLUSTERWIDE)
			copy->tier = IR_TIER_NORMAL;
		rules[in.nrules++] = copy;
	}
	in.subject = c->subject;
	in.ns = c->subject->ns;
	return side_compute(&d->inner, scratch, d->m, &in, &error);
}

static void
compare_side(struct divergence *d, const struct pmap_class *c,
    enum pmap_dir dir, struct arena *scratch)
{
	const struct pmap_side *s = c->side[dir];
	bool allow = false, deny = false;

	for (uint32_t i = 0; i < s->nrules; i++) {
		allow |= is_clusterwide_allow(s->rules[i].rule);
		deny |= is_namespace_deny(s->rules[i].rule);
	}
	if (!allow || !deny)
		return;
	d->here = s;
	d->agent = agent_side(d, c, dir, scratch);
	for (uint32_t i = 0; d->agent != NULL && i < s->nrules; i++) {
		struct overlap o = {.allow = s->rules[i].rule};
		struct bitset *allowed, *both;

		if (!is_clusterwide_allow(o.allow))
			continue;
		allowed = peers_of(d, o.allow);
		for (uint32_t k = 0; k < s->nrules; k++) {
			o.deny = s->rules[k].rule;
			if (!is_namespace_deny(o.deny))
				continue;
			both = peers_of(d, o.deny);
			bitset_and(both, allowed);
			o.peers = both;
			try_pair(d, &o);
		}
	}
}

void
pmap_warn_divergence(struct diag_sink *sink, struct pmaps *m,
    struct arena *scratch)
{
	struct divergence d = {.sink = sink, .m = m, .arena = m->arena};

	if (m->world->ir->opt.model != IR_MODEL_CLUSTERWIDE)
		return;
	map_init(&d.tried, &d.pairs);
	map_init(&d.warnings, &d.pairs);
	VEC_FOREACH (c, &m->classes) {
		for (int dir = 0; dir < 2 && c->error == NULL; dir++) {
			compare_side(&d, c, (enum pmap_dir)dir, scratch);
			arena_reset(&d.inner);
			arena_reset(scratch);
		}
	}
	count_rest(&d);
	arena_free(&d.inner);
	arena_free(&d.pairs);
}
