/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Both ends of a question: each by what it is named by, then the family of
 * addresses that they have in common, then what depends on the other end.
 */
#include "flow/resolve.h"

#include "cilium/proto.h"
#include "cilium/reserved.h"
#include "diag_gen.h"
#include "flow/resolver.h"

/* A backend of the other family takes no part. */
static void
drop_other_family(struct trace *t)
{
	struct trace_party *p = &t->to;
	size_t n = 0;

	VEC_FOREACH (end, &p->ends) {
		if (end->endpoint || end->ip.family == 0 ||
		    end->ip.family == t->family)
			p->ends.v[n++] = *end;
	}
	p->ends.n = n;
}

/* A node is the host to its own pods, whatever it is to others. */
static void
resolve_own_node(struct resolver *r, struct trace_party *p,
    const struct trace_party *peer)
{
	if (resolve_is_own_node(peer, p->node)) {
		p->ends.n = 0;
		resolver_add_reserved(r, p, STR(RESERVED_HOST));
	}
}

static bool
resolve_early(struct resolver *r, struct trace_party *p)
{
	switch (p->asked->who) {
	case QUERY_POD:
		return resolve_pod(r, p);
	case QUERY_WORKLOAD:
		if (resolve_workload(r, p))
			return true;
		diag_no_workload(r->sink, resolver_no_place, p->asked->kind,
		    object_full_name(r->arena, p->asked->ns, p->asked->name));
		return false;
	case QUERY_LABELS:
		return resolve_labels(r, p);
	case QUERY_ADDRESS:
		return resolve_address(r, p);
	case QUERY_SERVICE:
		if (p == &r->t->to)
			return resolve_named_service(r, p);
		diag_service_connects(r->sink, resolver_no_place,
		    p->asked->text);
		return false;
	case QUERY_IDENTITIES:
		VEC_FOREACH (i, &p->asked->identities->v)
			resolver_add(r, p, i->ident, i->endpoint)->nendpoints =
			    i->count;
		p->either = p->asked->identities->either;
		return true;
	case QUERY_ENTITY:
		return true; /* "world" needs the family first */
	}
	return false;
}

/* Whether some end is a pod. */
static bool
has_pod(const struct trace_party *p)
{
	VEC_FOREACH (end, &p->ends) {
		if (end->endpoint && !end->endpoint->host)
			return true;
	}
	return false;
}

/*
 * The host is the node whose view is taken, which for pods is their own: no
 * host policy is asked between these.
 */
static void
resolve_entity(struct resolver *r, struct trace_party *p,
    const struct trace_party *peer)
{
	struct str name = p->asked->name;

	if (p->asked->who != QUERY_ENTITY)
		return;
	if (str_is(name, RESERVED_HOST) && !has_pod(peer) &&
	    resolve_node(r, p,
		world_find_node(r->world, r->world->ir->opt.node)))
		return;
	if (str_is(name, RESERVED_WORLD))
		name = ir_world_label(&r->world->ir->opt, r->t->family);
	resolver_add_reserved(r, p, name);
}

/* Whether the party can take part in FAMILY, as far as is known. */
static bool
has_family(const struct trace_party *p, uint8_t family)
{
	if (p->asked->who == QUERY_ADDRESS)
		return p->asked->ip.family == family;
	if (p->service && p->ends.n == 0)
		return true;
	VEC_FOREACH (end, &p->ends) {
		const struct endpoint *e = end->endpoint;

		if (!e && end->ip.family == family)
			return true;
		if (!e)
			continue;
		if (e->nips == 0)
			return true;
		for (uint32_t i = 0; i < e->nips; i++) {
			if (e->ips[i].family == family)
				return true;
		}
	}
	return p->asked->who == QUERY_ENTITY ||
	    p->asked->who == QUERY_IDENTITIES;
}

/* What the protocol or --family leaves of the families; 0: both. */
static uint8_t
family_asked(const struct query *q, bool *ret_clash)
{
	uint8_t icmp = q->proto == IPPROTO_ICMP ? IP_V4
	    : q->proto == IPPROTO_ICMPV6        ? IP_V6
						: 0;

	*ret_clash = q->family != 0 && icmp != 0 && q->family != icmp;
	return q->family != 0 ? q->family : icmp;
}

static bool
resolve_family(struct resolver *r)
{
	const struct ir_options *opt = &r->world->ir->opt;
	struct trace *t = r->t;
	bool clash;
	uint8_t asked = family_asked(t->query, &clash);
	struct diag *d;

	for (uint8_t f = IP_V4; f <= IP_V6 && !clash; f++) {
		if (ir_has_family(opt, f) && (asked == 0 || asked == f) &&
		    has_family(&t->from, f) && has_family(&t->to, f)) {
			t->family = f;
			return true;
		}
	}
	d = diag_no_common_family(r->sink, resolver_no_place,
	    t->from.asked->text, t->to.asked->text);
	if (asked != 0)
		diag_note(r->sink, d, resolver_no_place, "asked for IPv%c",
		    asked == IP_V4 ? '4' : '6');
	if (!opt->ipv4 || !opt->ipv6)
		diag_note(r->sink, d, resolver_no_place,
		    "the cluster has no IPv%c", opt->ipv4 ? '6' : '4');
	return false;
}

static bool
has_endpoint(const struct trace_party *p)
{
	VEC_FOREACH (end, &p->ends) {
		if (end->endpoint)
			return true;
	}
	return false;
}

bool
resolve_parties(struct trace *t, struct arena *a, struct diag_sink *sink,
    const struct object_list *objects)
{
	struct resolver r = {.t = t,
	    .arena = a,
	    .sink = sink,
	    .world = t->pmaps->world,
	    .objects = objects};
	bool from, to;

	t->from.asked = &t->query->from;
	t->to.asked = &t->query->to;
	from = resolve_early(&r, &t->from);
	to = resolve_early(&r, &t->to);
	if (!from || !to || !resolve_family(&r))
		return false;
	drop_other_family(t);
	resolve_client(&r);
	resolve_entity(&r, &t->from, &t->to);
	resolve_entity(&r, &t->to, &t->from);
	resolve_own_node(&r, &t->from, &t->to);
	resolve_own_node(&r, &t->to, &t->from);
	if (!has_endpoint(&t->from) && !has_endpoint(&t->to)) {
		diag_nothing_to_judge(sink, resolver_no_place,
		    t->from.asked->text, t->to.asked->text);
		return false;
	}
	return true;
}

bool
trace_resolve(struct trace_party *ret_party, struct arena *a,
    struct diag_sink *sink, const struct pmaps *m,
    const struct object_list *objects, const struct query *q, bool to)
{
	struct trace t = {.query = q, .pmaps = m, .objects = objects};
	struct resolver r = {.t = &t,
	    .arena = a,
	    .sink = sink,
	    .world = m->world,
	    .objects = objects};
	struct trace_party *p = to ? &t.to : &t.from;
	ident_idx_t ident;

	p->asked = to ? &q->to : &q->from;
	if (!resolve_early(&r, p))
		return false;
	if (p->asked->who == QUERY_ENTITY &&
	    world_find_reserved(m->world, p->asked->name, &ident))
		resolver_add(&r, p, ident, NULL);
	*ret_party = *p;
	return true;
}
