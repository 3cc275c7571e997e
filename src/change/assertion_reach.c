/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Assertions about all of what an end reaches are held against the sets of
 * reach.h.  What breaks one is traced, so that each failure has its reason.
 */
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "change/assertion_parts.h"
#include "cilium/proto.h"
#include "cilium/reserved.h"

enum {
	TRACES_MAX = 3, /* of one assertion about all of what an end reaches */
};

/* ---- all that an end reaches ---- */

/* A port of X that people know: of TCP before all else. */
static void
choose_port(const struct reach *x, struct query *q)
{
	const struct cell *best = &x->ports[0];

	for (uint32_t i = 0; i < x->nports; i++) {
		if (x->ports[i].proto == IPPROTO_TCP)
			best = &x->ports[i];
	}
	q->proto = best->proto;
	q->port = (uint16_t)best->ports.first;
	if (proto_has_ports(best->proto) && q->port == 0 &&
	    best->ports.end > 443)
		q->port = 443;
}

/* ACTOR in words of a question; false: there are none. */
static bool
end_of_actor(const struct assertions *t, uint32_t actor, struct query_end *ret)
{
	const struct actor *x = &t->reaches.actors.v.v[actor];
	const struct world *w = t->reaches.side[0].pmaps->world;
	struct query_end end = {0};

	if (x->pods[0].n > 0) {
		const struct endpoint *e = x->pods[0].v[0];

		end = (struct query_end){.text = object_full_name(t->arena,
					     e->ns, e->name),
		    .who = QUERY_POD,
		    .ns = e->host ? STR("node") : e->ns,
		    .name = e->name};
	} else if (x->ranges.n > 0) {
		char text[CIDR_STRLEN];

		end.who = QUERY_ADDRESS;
		end.ip = x->ranges.v[0].first;
		end.text = str_of(
		    arena_printf(t->arena, "%s", ip_print(&end.ip, text)));
	} else {
		struct str name = identity_print(t->arena, w, x->side[0].ident);

		if (!str_starts(name, STR("reserved:")))
			return false;
		name.s += strlen("reserved:");
		name.n -= strlen("reserved:");
		end = (struct query_end){.text = name,
		    .who = QUERY_ENTITY,
		    .name = name};
	}
	*ret = end;
	return true;
}

/* X is a set that Q's ends have and should not: of FROM and TO one pair. */
static void
break_with(struct assertions *t, struct assertion_result *result,
    const struct reach *x, const struct query *asked, uint32_t from,
    uint32_t to)
{
	struct query q = *asked;
	const struct trace *trace;

	assertion_worsen(result,
	    x->way->unknown ? ASSERTION_UNKNOWN : ASSERTION_FAILS);
	if (result->traces.n == TRACES_MAX) {
		result->more++;
		return;
	}
	choose_port(x, &q);
	if ((!q.from.text.s && !end_of_actor(t, from, &q.from)) ||
	    (!q.to.text.s && !end_of_actor(t, to, &q.to)))
		return;
	trace = assertion_trace(t, &q);
	if (trace)
		*vec_push(&result->traces, t->arena) = trace;
}

/* The actors that an end of Q is; NULL: it is not known, as an error says. */
const struct bitset *
assertion_actors(struct assertions *t, const struct query *q, bool to)
{
	const struct change_side *side = &t->reaches.side[0];
	struct trace_party p;

	return trace_resolve(&p, t->arena, t->sink, side->pmaps, side->objects,
		   q, to)
	    ? reaches_actors(&t->reaches, &p)
	    : NULL;
}

/* Only the sets of one question. */
static void
find_reaches(struct assertions *t, const struct reach_question *q)
{
	t->reaches.v.n = 0;
	reaches_find(&t->reaches, q);
}

/* No connection passes, on any port. */
void
assertion_test_no_port(struct assertions *t, struct assertion_result *x,
    const struct query *q)
{
	const struct bitset *from = assertion_actors(t, q, false);
	const struct bitset *to = assertion_actors(t, q, true);

	if (!from || !to) {
		assertion_worsen(x, ASSERTION_BROKEN);
		return;
	}
	find_reaches(t, &(struct reach_question){.from = from, .to = to});
	VEC_FOREACH (r, &t->reaches.v)
		break_with(t, x, r, q, bitset_next(r->from, 0),
		    bitset_next(r->to, 0));
}

/* ---- the only ones ---- */

/* What an end may have to do with at most. */
struct allowed {
	struct query q;        /* its own end; the other one is empty */
	bool to;               /* the end is the destination */
	struct bitset *others; /* actors */
	cell_vec ports;        /* none: every one */
};

static bool
is_host(const struct assertions *t, uint32_t actor)
{
	const struct actor *x = &t->reaches.actors.v.v[actor];
	const struct world *w = t->reaches.side[0].pmaps->world;

	return x->pods[0].n == 0 &&
	    world_identity(w, x->side[0].ident)->id.id == SEC_ID_HOST;
}

/* What of the ports of X is none of the allowed ones. */
static void
list_others(cell_vec *ret, struct assertions *t, const struct reach *x,
    const cell_vec *ports)
{
	for (uint32_t i = 0; i < x->nports; i++) {
		struct cell rest = x->ports[i];

		VEC_FOREACH (p, ports) {
			if (rest.others || p->proto != rest.proto ||
			    p->ports.first < rest.ports.first ||
			    p->ports.first >= rest.ports.end)
				continue;
			if (p->ports.first > rest.ports.first) {
				struct cell *before = vec_push(ret, t->arena);

				*before = rest;
				before->ports.end = p->ports.first;
			}
			rest.ports.first = p->ports.end;
		}
		if (rest.ports.first < rest.ports.end)
			*vec_push(ret, t->arena) = rest;
	}
}

/* One of the other ends of X that breaks what is allowed; nbits: none does. */
static uint32_t
find_stranger(const struct assertions *t, const struct allowed *only,
    const struct reach *x, bool by_port)
{
	const struct bitset *others = only->to ? x->from : x->to;
	const struct bitset *own = only->to ? x->to : x->from;

	BITSET_FOREACH (i, others) {
		const struct actor *actor = &t->reaches.actors.v.v[i];
		bool itself = actor->pods[0].n == 1 && bitset_test(own, i) &&
		    bitset_count(own) == 1;

		if (itself || (only->to && is_host(t, i)))
			continue;
		if (by_port || !bitset_test(only->others, i))
			return i;
	}
	return others->nbits;
}

static void
check_reach(struct assertions *t, struct assertion_result *result,
    const struct allowed *only, const struct reach *x)
{
	uint32_t own = bitset_next(only->to ? x->to : x->from, 0);
	uint32_t stranger = find_stranger(t, only, x, false);
	cell_vec others = {0};
	struct reach rest = *x;

	if (stranger == x->from->nbits && only->ports.n > 0) {
		list_others(&others, t, x, &only->ports);
		if (others.n == 0)
			return;
		rest.ports = others.v;
		rest.nports = (uint32_t)others.n;
		stranger = find_stranger(t, only, x, true);
	}
	if (stranger < x->from->nbits)
		break_with(t, result, &rest, &only->q,
		    only->to ? stranger : own, only->to ? own : stranger);
}

static int
compare_cell_first(const void *pa, const void *pb)
{
	const struct cell *a = pa, *b = pb;

	return (a->ports.first > b->ports.first) -
	    (a->ports.first < b->ports.first);
}

/* Reads who else and which ports; false: a mistake was reported. */
static bool
read_allowed(struct assertions *t, struct allowed *only,
    const struct ast_str_list *others, const struct ast_str_list *ports)
{
	only->others = bitset_new(t->arena, (uint32_t)t->reaches.actors.v.n);
	for (uint32_t i = 0; i < others->n; i++) {
		struct query q = {.proto = IPPROTO_TCP};
		struct query_end *end = only->to ? &q.from : &q.to;
		const struct bitset *set;

		if (!assertion_read_end(t, &others->v[i], end))
			return false;
		set = assertion_actors(t, &q, !only->to);
		if (!set)
			return false;
		bitset_or(only->others, set);
	}
	for (uint32_t i = 0; i < ports->n; i++) {
		struct query q = {0};

		if (!assertion_read_port(t, &ports->v[i], &q))
			return false;
		*vec_push(&only->ports, t->arena) = (struct cell){
		    .proto = q.proto,
		    .ports = {q.port, (uint32_t)q.port + 1},
		};
	}
	if (only->ports.n > 1)
		qsort(only->ports.v, only->ports.n, sizeof(*only->ports.v),
		    compare_cell_first);
	return true;
}

void
assertion_test_only(struct assertions *t, struct assertion_result *x, bool to,
    const struct ast_str *end, const struct ast_str_list *others,
    const struct ast_str_list *ports)
{
	struct allowed only = {.to = to, .q = {.proto = IPPROTO_TCP}};
	const struct bitset *own = NULL;

	if (assertion_read_end(t, end, to ? &only.q.to : &only.q.from) &&
	    read_allowed(t, &only, others, ports))
		own = assertion_actors(t, &only.q, to);
	if (!own) {
		assertion_worsen(x, ASSERTION_BROKEN);
		return;
	}
	find_reaches(t,
	    to ? &(struct reach_question){.to = own}
	       : &(struct reach_question){.from = own});
	VEC_FOREACH (r, &t->reaches.v)
		check_reach(t, x, &only, r);
}
