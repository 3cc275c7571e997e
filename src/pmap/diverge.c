/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The two maps of a direction are compared cell by cell.  A cell is a protocol
 * and a range of ports between two edges of the keys of either map: inside it
 * no lookup depends on the port.  In a cell, peers whose entries are in the
 * same entry are looked up once.
 *
 * Directions where no rule of a namespace can meet a cluster-wide one are told
 * by one pass over their rules, and need no second map.
 */
#include "pmap/diverge.h"

#include <assert.h>
#include <netinet/in.h>
#include <stdlib.h>

#include "base/map.h"
#include "base/search.h"
#include "cilium/proto.h"
#include "diag_gen.h"
#include "pmap/filter.h"
#include "pmap/match.h"
#include "pmap/key.h"
#include "pmap/ports.h"
#include "pmap/redirect.h"
#include "pmap/direction.h"

enum {
	NOTES_SHOWN = 8, /* rules named at one cluster-wide rule */
	PORTS = UINT16_MAX + 1,
	ICMP_TYPES = 256,
};

/* Ports from FIRST to before END. */
struct interval {
	uint32_t first, end;
};

typedef VEC(struct interval) interval_vec;

/* Ports that a rule of a set speaks of, or may, where they are not known. */
struct say {
	struct interval at;
	uint32_t rule; /* index in the set */
};

typedef VEC(struct say) say_vec;

/* The rules of one kind in a direction, and where they have a say. */
struct rule_set {
	VEC(const struct ir_rule *) v;
	/* By protocol; [0]: all protocols. */
	say_vec ports[UINT8_MAX + 1];
	interval_vec joined[UINT8_MAX + 1]; /* the same, sealed */
	struct bitset *peers;
	bool special; /* some rule has a proxy or authentication */
	/*
	 * While the cells of a protocol are gone through, in ascending order:
	 * what is said of it, by the first port, and how much of that has
	 * begun; of this, what has not ended.
	 */
	say_vec said, open;
	size_t begun;
	uint32_t *asked; /* [rule]: the last question that it was asked */
};

/* Peers whose packets to a cell have one fate. */
struct slice {
	struct bitset *peers;
	struct pmap_result result;
};

typedef VEC(struct slice) slice_vec;

struct comparison {
	struct divergences *out;
	struct arena *arena, *scratch;
	const struct pmaps *m;
	struct arena inner; /* of one direction at a time */
	struct arena cells; /* of one cell at a time */
	struct arena pairs;
	struct map seen; /* pairs of rule indices */
	const struct pmap_class *class;
	const struct pmap_direction *here;
	const struct pmap_direction *agent; /* the same rules in one tier */
	struct rule_set wide, narrow;
	struct bitset *suspects; /* peers that the models may candidate on */
	bool by_name; /* two rules may meet that share neither peer nor port */
	uint32_t questions; /* asked of rules so far, of one direction */
};

/* A cell, as one of its packets. */
struct cell {
	uint8_t proto;
	uint16_t port;
};

static bool
is_named(const struct comparison *c, const struct ir_port *p)
{
	return !atom_eq(p->name, c->m->world->ir->word.empty);
}

/* All that a port may stand for; a name, or a range from 0: any port. */
static struct interval
ports_of(const struct comparison *c, const struct ir_port *p)
{
	if (is_named(c, p) || p->port == 0)
		return (struct interval){0, PORTS};
	return (struct interval){p->port,
	    (uint32_t)(p->end > p->port ? p->end : p->port) + 1};
}

static int
compare_interval(const void *pa, const void *pb)
{
	const struct interval *a = pa, *b = pb;

	return (a->first > b->first) - (a->first < b->first);
}

/* Sorts and joins what overlaps. */
static void
intervals_seal(interval_vec *v)
{
	size_t n = 0;

	if (v->n > 1)
		qsort(v->v, v->n, sizeof(*v->v), compare_interval);
	for (size_t i = 0; i < v->n; i++) {
		if (n > 0 && v->v[i].first <= v->v[n - 1].end) {
			if (v->v[i].end > v->v[n - 1].end)
				v->v[n - 1].end = v->v[i].end;
		} else {
			v->v[n++] = v->v[i];
		}
	}
	v->n = n;
}

/* Whether X meets one of the sealed intervals V. */
static bool
intervals_meet(const interval_vec *v, struct interval x)
{
	size_t i;

	LOWER_BOUND(i, v->n, v->v[i].end <= x.first);
	return i < v->n && v->v[i].first < x.end;
}

static bool
is_special(const struct ir_rule *r)
{
	return r->auth != 0 || filters_have_proxy(r);
}

static void
add_peers(const struct comparison *c, struct bitset *set,
    const struct ir_rule *r)
{
	for (uint32_t i = 0; i < r->npeers; i++)
		bitset_or(set,
		    world_selected(c->m->world, r->peers[i].selector));
}

/*
 * Whether R can make the models candidate.  A cluster-wide deny wins in both,
 * but its port name may lose its number to a rule of the namespace.
 */
static bool
matters(const struct ir_rule *r)
{
	return r->npeers > 0 &&
	    (r->tier != IR_TIER_CLUSTERWIDE || r->verdict == IR_ALLOW ||
		(r->named_ports && r->dir == DIR_EGRESS));
}

/* The rules of TIER that matter. */
static void
collect(struct comparison *c, struct rule_set *set, enum ir_tier tier)
{
	memset(set, 0, sizeof(*set));
	set->peers = bitset_new(&c->inner, (uint32_t)c->m->world->idents.n);
	for (uint32_t i = 0; i < c->here->nrules; i++) {
		const struct ir_rule *r = c->here->rules[i].rule;

		if (r->tier != tier || !matters(r))
			continue;
		*vec_push(&set->v, &c->inner) = r;
		set->special |= is_special(r);
		add_peers(c, set->peers, r);
		for (uint32_t k = 0; k < r->nports; k++) {
			uint8_t proto = r->ports[k].proto;
			struct interval x = ports_of(c, &r->ports[k]);

			*vec_push(&set->ports[proto], &c->inner) =
			    (struct say){x, (uint32_t)set->v.n - 1};
			*vec_push(&set->joined[proto], &c->inner) = x;
		}
	}
	set->asked = ARENA_ARRAY(&c->inner, uint32_t, set->v.n);
	for (int proto = 0; proto <= UINT8_MAX; proto++)
		intervals_seal(&set->joined[proto]);
}

/* Whether some port of R is also one of a cluster-wide rule. */
static bool
shares_port(const struct comparison *c, const struct ir_rule *r)
{
	for (uint32_t i = 0; i < r->nports; i++) {
		const struct ir_port *p = &r->ports[i];

		if (c->wide.ports[0].n > 0 ||
		    intervals_meet(&c->wide.joined[p->proto], ports_of(c, p)))
			return true;
		for (int proto = 1; p->proto == 0 && proto <= UINT8_MAX;
		     proto++) {
			if (c->wide.ports[proto].n > 0)
				return true;
		}
	}
	return false;
}

/* Whether the rules name a port of one filter (semantics.md 10.5). */
static bool
share_name(const struct comparison *c, const struct ir_rule *a,
    const struct ir_rule *b)
{
	for (uint32_t i = 0; i < a->nports; i++) {
		const struct ir_port *p = &a->ports[i];

		for (uint32_t k = 0; k < b->nports && is_named(c, p); k++) {
			if (atom_eq(p->name, b->ports[k].name) &&
			    p->proto == b->ports[k].proto &&
			    p->end == b->ports[k].end)
				return true;
		}
	}
	return false;
}

/*
 * In egress a name is one number for all rules of a tier that say it, so two
 * rules that share none of their peers may yet change each other.
 */
static bool
any_shared_name(const struct comparison *c)
{
	VEC_FOREACH (w, &c->wide.v) {
		if (!(*w)->named_ports || (*w)->dir == DIR_INGRESS)
			continue;
		VEC_FOREACH (n, &c->narrow.v) {
			if ((*n)->named_ports && share_name(c, *w, *n))
				return true;
		}
	}
	return false;
}

/*
 * From the rules alone: whether the models may candidate, and on which peers.
 * May suspect too much, never too little.
 */
static bool
may_differ(struct comparison *c)
{
	bool suspicious;

	collect(c, &c->wide, IR_TIER_CLUSTERWIDE);
	if (c->wide.v.n == 0)
		return false;
	collect(c, &c->narrow, IR_TIER_NORMAL);
	c->suspects = bitset_new(&c->inner, (uint32_t)c->m->world->idents.n);
	c->by_name = any_shared_name(c);
	if (c->by_name) {
		bitset_fill(c->suspects);
		return true;
	}
	/* Two that ask for different things may not be resolved at all. */
	suspicious = c->wide.special && c->narrow.special;
	VEC_FOREACH (n, &c->narrow.v) {
		if ((*n)->verdict == IR_ALLOW && !is_special(*n) &&
		    !c->wide.special)
			continue;
		if (shares_port(c, *n))
			add_peers(c, c->suspects, *n);
	}
	bitset_and(c->suspects, c->wide.peers);
	return suspicious || !bitset_empty(c->suspects);
}

/* The direction as an agent computes it: cluster-wide rules in the one tier. */
static const struct pmap_direction *
agent_direction(struct comparison *c, const char **ret_error)
{
	const struct pmap_direction *s = c->here;
	const struct ir_rule **rules =
	    ARENA_ARRAY(&c->inner, const struct ir_rule *, s->nrules);
	struct direction_input in = {.dir = s->dir,
	    .forced = s->forced,
	    .host = c->class->subject->host,
	    .rules = rules,
	    .subject = c->class->subject,
	    .ns = c->class->subject->ns};
	const struct pmap_direction *direction;
	struct direction_draft draft;

	for (uint32_t i = 0; i < s->nrules; i++) {
		const struct ir_rule *r = s->rules[i].rule;
		struct ir_rule *copy;

		if (!r->policy)
			continue;
		copy = ARENA_NEW(&c->inner, struct ir_rule);
		*copy = *r;
		if (r->tier == IR_TIER_CLUSTERWIDE)
			copy->tier = IR_TIER_NORMAL;
		rules[in.nrules++] = copy;
	}
	direction_resolve(&draft, &c->inner, c->scratch, c->m, &in);
	direction = direction_build(&draft, &c->inner, c->scratch, c->m,
	    redirects_join(&c->out->redirects, c->arena,
		&draft.filters.redirects));
	if (!direction)
		*ret_error = draft.error.text;
	arena_reset(c->scratch);
	return direction;
}

bool
pmap_results_differ(const struct pmap_result *a, const struct pmap_result *b)
{
	return a->verdict != b->verdict || a->auth != b->auth ||
	    a->value.redirect != b->value.redirect;
}

/* Peers of a slice find the same entries, so one of them tells for all. */
static void
add_slice(struct comparison *c, slice_vec *out, const struct pmap_direction *s,
    const struct cell *cell, struct bitset *peers)
{
	struct pmap_result result = pmap_lookup(s,
	    (ident_idx_t){bitset_next(peers, 0)}, cell->proto, cell->port);

	VEC_FOREACH (x, out) {
		if (!pmap_results_differ(&x->result, &result)) {
			bitset_or(x->peers, peers);
			return;
		}
	}
	*vec_push(out, &c->cells) = (struct slice){peers, result};
}

/* Candidates the suspects by the entry that gives their own entry, and that by
 * what the datapath does with them. */
static void
slices_of(struct comparison *c, slice_vec *out, const struct pmap_direction *s,
    const struct cell *cell, const struct bitset *suspects)
{
	struct bitset *rest = bitset_dup(&c->cells, suspects);

	for (int bits = 16; bits >= -1; bits--) {
		const struct pmap_key *n = bits < 0
		    ? key_find(s->keys, s->nkeys, 0, 0, 0)
		    : key_find(s->keys, s->nkeys, cell->proto, (uint8_t)bits,
			  cell->port);

		for (uint32_t i = 0; n && i < n->nentries; i++) {
			const struct bitset *peers = n->entries[i].peers;
			struct bitset *candidate;

			if (!peers || !bitset_intersects(rest, peers))
				continue;
			candidate = bitset_dup(&c->cells, rest);
			bitset_and(candidate, peers);
			bitset_andnot(rest, candidate);
			add_slice(c, out, s, cell, candidate);
		}
	}
	if (!bitset_empty(rest))
		add_slice(c, out, s, cell, rest);
}

/* Whether the pair is reported; it is from now on. */
static bool
is_known(struct comparison *c, const struct ir_rule *wide,
    const struct ir_rule *narrow)
{
	uint32_t key[2] = {wide->index, narrow->index};
	void **slot = map_put(&c->seen, key, sizeof(key));
	bool known = *slot;

	*slot = c;
	return known;
}

/* Reports the pair, with the first of PEERS as the witness. */
static void
add_pair(struct comparison *c, const struct ir_rule *wide,
    const struct ir_rule *narrow, const struct cell *cell,
    const struct bitset *peers)
{
	ident_idx_t peer = {bitset_next(peers, 0)};
	struct divergence *d;

	d = vec_push(&c->out->v, c->arena);
	*d = (struct divergence){.wide = wide,
	    .narrow = narrow,
	    .class = c->class,
	    .dir = c->here->dir,
	    .peer = peer,
	    .proto = cell->proto,
	    .port = cell->port,
	    .here = pmap_lookup(c->here, peer, cell->proto, cell->port),
	    .agent = pmap_lookup(c->agent, peer, cell->proto, cell->port)};
	/* The agent's map is gone soon, and with it its keys. */
	d->here.key = d->agent.key = NULL;
	assert(pmap_results_differ(&d->here, &d->agent));
}

/* What is asked of the rules of a cell. */
struct blame {
	const struct cell *cell;
	const struct bitset *peers; /* whom the models candidate on */
	bool denied;                /* by the agent: a deny is to blame */
	bool wide;                  /* ranges from port 0 are every port */
};

/* A rule, and whom of the peers it speaks of in the cell. */
struct speaker {
	const struct ir_rule *rule;
	struct bitset *peers;
};

typedef VEC(struct speaker) speaker_vec;

static int
compare_say(const void *pa, const void *pb)
{
	return compare_interval(&((const struct say *)pa)->at,
	    &((const struct say *)pb)->at);
}

/* Lists what SET says of a protocol, before its first cell. */
static void
begin_cells(struct comparison *c, struct rule_set *set, uint8_t proto)
{
	const uint8_t protos[] = {0, proto};

	set->said.n = set->open.n = set->begun = 0;
	for (size_t i = 0; i < sizeof(protos); i++) {
		VEC_FOREACH (s, &set->ports[protos[i]])
			*vec_push(&set->said, &c->inner) = *s;
	}
	if (set->said.n > 1)
		qsort(set->said.v, set->said.n, sizeof(*set->said.v),
		    compare_say);
}

/* Goes on to the cell that PORT is in. */
static void
next_cell(struct comparison *c, struct rule_set *set, uint32_t port)
{
	size_t n = 0;

	while (set->begun < set->said.n &&
	    set->said.v[set->begun].at.first <= port)
		*vec_push(&set->open, &c->inner) = set->said.v[set->begun++];
	VEC_FOREACH (s, &set->open) {
		if (s->at.end > port)
			set->open.v[n++] = *s;
	}
	set->open.n = n;
}

/* The rules of SET that speak of the cell with VERDICT, to some of B's peers.
 */
static void
find_speakers(struct comparison *c, speaker_vec *out, const struct blame *b,
    struct rule_set *set, enum ir_verdict verdict)
{
	uint32_t question = ++c->questions;

	VEC_FOREACH (s, &set->open) {
		const struct ir_rule *r = set->v.v[s->rule];
		struct bitset *peers;

		if (set->asked[s->rule] == question)
			continue;
		set->asked[s->rule] = question;
		if (r->verdict != verdict ||
		    !match_port(c->m->world, c->here, r, b->cell->proto,
			b->cell->port, b->wide))
			continue;
		peers = bitset_new(&c->cells, b->peers->nbits);
		add_peers(c, peers, r);
		bitset_and(peers, b->peers);
		if (!bitset_empty(peers))
			*vec_push(out, &c->cells) = (struct speaker){r, peers};
	}
}

/* Names every pair of rules that meet on some of the peers. */
static bool
blame_meeting(struct comparison *c, const struct blame *b)
{
	speaker_vec wide = {0}, narrow = {0};
	bool found = false;

	find_speakers(c, &wide, b, &c->wide, IR_ALLOW);
	find_speakers(c, &narrow, b, &c->narrow,
	    b->denied ? IR_DENY : IR_ALLOW);
	VEC_FOREACH (w, &wide) {
		VEC_FOREACH (n, &narrow) {
			struct bitset *both;

			if (!bitset_intersects(w->peers, n->peers) ||
			    (!b->denied && !is_special(w->rule) &&
				!is_special(n->rule)))
				continue;
			found = true;
			if (is_known(c, w->rule, n->rule))
				continue;
			both = bitset_dup(&c->cells, w->peers);
			bitset_and(both, n->peers);
			add_pair(c, w->rule, n->rule, b->cell, both);
		}
	}
	return found;
}

/* Names the pairs that share a port name. */
static bool
blame_names(struct comparison *c, const struct blame *b)
{
	bool found = false;

	VEC_FOREACH (w, &c->wide.v) {
		VEC_FOREACH (n, &c->narrow.v) {
			if (!share_name(c, *w, *n))
				continue;
			found = true;
			if (!is_known(c, *w, *n))
				add_pair(c, *w, *n, b->cell, b->peers);
		}
	}
	return found;
}

/* Finds the rules behind a difference: the plainest reason that holds. */
static void
assign_blame(struct comparison *c, const struct cell *cell,
    const struct bitset *peers, bool denied)
{
	struct blame b = {.cell = cell, .peers = peers, .denied = denied};
	bool found;

	if (bitset_empty(peers))
		return;
	found = blame_meeting(c, &b);
	if (!found) {
		b.wide = true;
		found = blame_meeting(c, &b);
	}
	if (!found)
		found = blame_names(c, &b);
	assert(found);
}

/* Leaves in PEERS those that rules of SET may speak of in the cell. */
static void
keep_spoken_of(struct comparison *c, struct bitset *peers,
    const struct rule_set *set)
{
	struct bitset *all = bitset_new(&c->cells, peers->nbits);

	VEC_FOREACH (s, &set->open)
		add_peers(c, all, set->v.v[s->rule]);
	bitset_and(peers, all);
}

/* The suspects in the cell that rules begun and not ended leave. */
static const struct bitset *
suspects_in_cell(struct comparison *c)
{
	struct bitset *peers;

	if (c->by_name)
		return c->suspects;
	peers = bitset_dup(&c->cells, c->suspects);
	keep_spoken_of(c, peers, &c->wide);
	keep_spoken_of(c, peers, &c->narrow);
	return peers;
}

static void
compare_slices(struct comparison *c, const struct cell *cell,
    const struct bitset *suspects)
{
	slice_vec here = {0}, agent = {0};
	struct bitset *denied = bitset_new(&c->cells, suspects->nbits);
	struct bitset *other = bitset_new(&c->cells, suspects->nbits);

	slices_of(c, &here, c->here, cell, suspects);
	slices_of(c, &agent, c->agent, cell, suspects);
	VEC_FOREACH (h, &here) {
		VEC_FOREACH (a, &agent) {
			struct bitset *both;

			if (!pmap_results_differ(&h->result, &a->result) ||
			    !bitset_intersects(h->peers, a->peers))
				continue;
			both = bitset_dup(&c->cells, h->peers);
			bitset_and(both, a->peers);
			bitset_or(a->result.verdict == PMAP_DENIED ? denied
								   : other,
			    both);
		}
	}
	assign_blame(c, cell, denied, true);
	assign_blame(c, cell, other, false);
}

static void
compare_cell(struct comparison *c, const struct cell *cell)
{
	const struct bitset *suspects = suspects_in_cell(c);

	if (!bitset_empty(suspects))
		compare_slices(c, cell, suspects);
	arena_reset(&c->cells);
}

/* How many values the port of a packet of PROTO can have. */
static uint32_t
port_values(uint8_t proto)
{
	if (proto_has_ports(proto))
		return PORTS;
	return proto_is_icmp(proto) ? ICMP_TYPES : 1;
}

static void
add_edge(struct comparison *c, interval_vec *edges, uint32_t first,
    uint32_t end)
{
	*vec_push(edges, &c->inner) = (struct interval){first, first};
	*vec_push(edges, &c->inner) = (struct interval){end, end};
}

static void
add_key_edges(struct comparison *c, interval_vec *edges,
    const struct pmap_direction *s, uint8_t proto)
{
	for (uint32_t i = 0; i < s->nkeys; i++) {
		const struct pmap_key *n = &s->keys[i];

		if (n->proto == proto)
			add_edge(c, edges, n->port,
			    n->port + (1u << (16 - n->port_bits)));
	}
}

/*
 * A rule whose entries a broader one hides has no key; but it is to be named
 * where it speaks.
 */
static void
add_rule_edges(struct comparison *c, interval_vec *edges,
    const struct rule_set *set, uint8_t proto)
{
	const struct pmap_direction *s = c->here;

	for (size_t i = 0; i < set->ports[proto].n; i++)
		add_edge(c, edges, set->ports[proto].v[i].at.first,
		    set->ports[proto].v[i].at.end);
	for (uint32_t i = 0; i < s->nnames; i++) {
		const struct pmap_name *n = &s->names[i];

		if (n->proto == proto)
			add_edge(c, edges, n->port,
			    (uint32_t)(n->end > n->port ? n->end : n->port) +
				1);
	}
}

static void
compare_proto(struct comparison *c, uint8_t proto)
{
	interval_vec edges = {0};
	uint32_t next = 0;

	add_edge(c, &edges, 0, PORTS);
	add_key_edges(c, &edges, c->here, proto);
	add_key_edges(c, &edges, c->agent, proto);
	add_rule_edges(c, &edges, &c->wide, proto);
	add_rule_edges(c, &edges, &c->narrow, proto);
	qsort(edges.v, edges.n, sizeof(*edges.v), compare_interval);
	begin_cells(c, &c->wide, proto);
	begin_cells(c, &c->narrow, proto);
	for (size_t i = 0; i < edges.n; i++) {
		uint32_t first = edges.v[i].first;
		struct cell cell = {proto, (uint16_t)first};

		if (first < next || first >= port_values(proto))
			continue;
		next = first + 1;
		next_cell(c, &c->wide, first);
		next_cell(c, &c->narrow, first);
		compare_cell(c, &cell);
	}
}

static bool
speaks_of(const struct rule_set *set, int proto)
{
	return set->ports[0].n > 0 || set->ports[proto].n > 0;
}

/* The protocols that a key or a rule is of, and one for all others. */
static void
compare_direction(struct comparison *c)
{
	static const uint8_t likely[] = {IPPROTO_TCP, IPPROTO_UDP, IPPROTO_SCTP,
	    IPPROTO_ICMP, IPPROTO_ICMPV6, IPPROTO_GRE};
	bool present[UINT8_MAX + 1] = {0};

	for (uint32_t i = 0; i < c->here->nkeys; i++)
		present[c->here->keys[i].proto] = true;
	for (uint32_t i = 0; i < c->agent->nkeys; i++)
		present[c->agent->keys[i].proto] = true;
	for (int proto = 0; proto <= UINT8_MAX; proto++)
		present[proto] |=
		    c->wide.ports[proto].n + c->narrow.ports[proto].n > 0;
	for (size_t i = 0; i < sizeof(likely); i++) {
		if (present[likely[i]])
			continue;
		present[likely[i]] = true;
		break;
	}
	for (int proto = 1; proto <= UINT8_MAX; proto++) {
		if (present[proto] && speaks_of(&c->wide, proto) &&
		    speaks_of(&c->narrow, proto))
			compare_proto(c, (uint8_t)proto);
	}
}

static void
diverge_direction(struct comparison *c)
{
	const char *error;

	c->questions = 0;
	if (!may_differ(c))
		return;
	c->agent = agent_direction(c, &error);
	if (c->agent)
		compare_direction(c);
	else
		*vec_push(&c->out->errors, c->arena) =
		    (struct divergence_error){c->class, c->here->dir,
			arena_dup(c->arena, error, strlen(error))};
}

static int
compare_pair(const void *pa, const void *pb)
{
	const struct divergence *a = pa, *b = pb;

	if (a->wide->index != b->wide->index)
		return a->wide->index < b->wide->index ? -1 : 1;
	return (a->narrow->index > b->narrow->index) -
	    (a->narrow->index < b->narrow->index);
}

void
pmap_diverge(struct divergences *out, struct arena *a, struct arena *scratch,
    const struct pmaps *m)
{
	struct comparison c = {.out = out,
	    .arena = a,
	    .scratch = scratch,
	    .m = m};
	struct map directions; /* each is compared once, for its first class */

	*out = (struct divergences){0};
	if (m->world->ir->opt.model != IR_MODEL_CLUSTERWIDE)
		return;
	VEC_FOREACH (redirect, &m->redirects)
		*vec_push(&out->redirects, a) = *redirect;
	map_init(&c.seen, &c.pairs);
	map_init(&directions, &c.pairs);
	VEC_FOREACH (class, &m->classes) {
		c.class = class;
		for (int dir = 0; dir < 2 && !class->error; dir++) {
			void **slot = map_put(&directions,
			    &class->direction[dir], sizeof(void *));

			if (*slot)
				continue;
			*slot = &c;
			c.here = class->direction[dir];
			diverge_direction(&c);
			arena_reset(&c.inner);
		}
	}
	if (out->v.n > 1)
		qsort(out->v.v, out->v.n, sizeof(*out->v.v), compare_pair);
	arena_free(&c.inner);
	arena_free(&c.cells);
	arena_free(&c.pairs);
}

static struct diag *
warn(struct diag_sink *sink, struct arena *scratch, const struct pmaps *m,
    const struct divergence *d)
{
	const char *proto = proto_name(d->proto);
	struct str peer = identity_print(scratch, m->world, d->peer);

	if (!proto)
		proto = "protocol";
	return d->narrow->verdict == IR_DENY
	    ? diag_models_differ(sink, d->wide->at, proto, d->port, peer)
	    : diag_models_join(sink, d->wide->at, proto, d->port, peer);
}

/* The divergences [0, n) are of one cluster-wide rule. */
static void
warn_of_rule(struct diag_sink *sink, struct arena *scratch,
    const struct pmaps *m, const struct divergence *d, size_t n)
{
	bool deny = d->narrow->verdict == IR_DENY;
	struct diag *diag = warn(sink, scratch, m, d);
	size_t shown = 0, same = 0;

	for (size_t i = 0; i < n; i++) {
		if ((d[i].narrow->verdict == IR_DENY) != deny ||
		    ++same > NOTES_SHOWN)
			continue;
		diag_note(sink, diag, d[i].narrow->at,
		    deny ? "this deny in the namespace loses here, and wins in "
			   "a cluster"
			 : "this rule in the namespace has no say here, and "
			   "has one in a cluster");
		shown++;
	}
	if (same > shown)
		diag_note(sink, diag, diag->at, "and %zu more %s like these",
		    same - shown, deny ? "denies" : "rules");
}

void
pmap_warn_divergence(struct diag_sink *sink, struct arena *scratch,
    const struct pmaps *m, const struct divergences *d)
{
	size_t end;

	for (size_t i = 0; i < d->v.n; i = end) {
		size_t other = i;

		for (end = i + 1;
		     end < d->v.n && d->v.v[end].wide == d->v.v[i].wide; end++)
			continue;
		warn_of_rule(sink, scratch, m, &d->v.v[i], end - i);
		/* The first of the other kind. */
		while (other < end &&
		    (d->v.v[other].narrow->verdict == IR_DENY) ==
			(d->v.v[i].narrow->verdict == IR_DENY))
			other++;
		if (other < end)
			warn_of_rule(sink, scratch, m, &d->v.v[other],
			    end - other);
	}
	VEC_FOREACH (e, &d->errors)
		diag_models_conflict(sink, e->class->subject->object->name_at,
		    e->class->subject->ns, e->class->subject->name, e->error);
}
