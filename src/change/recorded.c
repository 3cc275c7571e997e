/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is recorded is asked in the words in which it is written, since labels
 * may select more pods than those that they are of.
 */
#include "change/recorded.h"

#include <netinet/in.h>
#include <string.h>

#include "cilium/proto.h"
#include "cilium/reserved.h"

struct recording {
	recorded_vec *out;
	struct arena *arena;
	struct reaches reaches;
	struct str *name;      /* [actor]: in words; "" where there are none */
	struct diag_sink sink; /* of questions that nobody asked */
};

/* An actor in the words of a question. */
static struct str
name_of(const struct recording *r, uint32_t actor)
{
	const struct actor *x = &r->reaches.actors.v.v[actor];
	const struct world *w = r->reaches.side[0].pmaps->world;
	char text[CIDR_STRLEN];
	struct str name;
	const char *comma;

	if (x->pods[0].n > 0 && x->pods[0].v[0]->host)
		return STR("");
	if (x->ranges.n > 0 && x->side[0].unmapped &&
	    world_identity(w, x->side[0].ident)->id.id < SEC_ID_CIDR_FIRST)
		return STR(RESERVED_WORLD);
	if (x->ranges.n > 0)
		return str_of(arena_printf(r->arena, "%s",
		    ip_print(&x->ranges.v[0].first, text)));
	name = identity_print(r->arena, w, x->side[0].ident);
	if (!str_starts(name, STR("reserved:")))
		return x->pods[0].n > 0 ? name : STR("");
	name.s += strlen("reserved:");
	name.n -= strlen("reserved:");
	comma = memchr(name.s, ',', name.n);
	return comma ? (struct str){name.s, (size_t)(comma - name.s)} : name;
}

static bool
is_host(const struct recording *r, uint32_t actor)
{
	return str_is(r->name[actor], RESERVED_HOST);
}

/* Reads the name of an end; false: it is not to be had in words. */
static bool
read_end(struct recording *r, uint32_t actor, struct query_end *ret)
{
	return r->name[actor].n > 0 &&
	    !query_parse_end(r->arena, r->name[actor], STR("default"), ret);
}

static void
add_name(struct recording *r, struct recorded *x, struct map *seen,
    struct str name)
{
	void **slot = map_put(seen, name.s, name.n);

	if (!*slot)
		*vec_push(&x->others, r->arena) = name;
	*slot = r;
}

/* Who reaches the actors SET alone; false: everybody, or it is not known. */
static bool
list_reaching(struct recording *r, struct recorded *x, const struct bitset *set)
{
	struct bitset *from = bitset_new(r->reaches.scratch, set->nbits);
	struct map seen;
	bool all = true;

	VEC_FOREACH (reach, &r->reaches.v) {
		if (!bitset_intersects(reach->to, set))
			continue;
		if (reach->way->unknown)
			return false;
		bitset_or(from, reach->from);
	}
	map_init(&seen, r->reaches.scratch);
	for (uint32_t i = 0; i < set->nbits; i++) {
		if (is_host(r, i))
			continue;
		all &= bitset_test(from, i);
		if (bitset_test(from, i) && r->name[i].n == 0)
			return false;
		if (bitset_test(from, i))
			add_name(r, x, &seen, r->name[i]);
	}
	return !all;
}

/* Whether all that the words of the two ends mean passes. */
static bool
passes(struct recording *r, uint32_t from, const struct query_end *to,
    const struct cell *c)
{
	const struct change_side *side = &r->reaches.side[0];
	struct query q = {.to = *to,
	    .proto = c->proto,
	    .port = (uint16_t)c->ports.first};
	struct trace t;

	return read_end(r, from, &q.from) &&
	    trace_run(&t, r->reaches.scratch, &r->sink, side->pmaps,
		side->objects, &q) &&
	    t.verdict == FLOW_ALLOWED && t.pairs.n > 0;
}

static bool
is_single(const struct cell *c)
{
	return !c->others && c->ports.end == c->ports.first + 1 &&
	    c->ports.first > 0 && proto_has_ports(c->proto);
}

/* The single ports of REACH on which pods like FROM connect. */
static void
record_permits(struct recording *r, const struct reach *reach, uint32_t from,
    struct str name, const struct query_end *to)
{
	struct recorded x = {.permits = true, .to = name};

	for (uint32_t i = 0; i < reach->nports; i++) {
		const struct cell *c = &reach->ports[i];

		if (is_single(c) && passes(r, from, to, c))
			*vec_push(&x.ports, r->arena) =
			    query_print_port(r->arena, c->proto,
				(uint16_t)c->ports.first);
	}
	*vec_push(&x.others, r->arena) = r->name[from];
	if (x.ports.n > 0)
		*vec_push(r->out, r->arena) = x;
}

static void
record_end(struct recording *r, uint32_t actor)
{
	const struct change_side *side = &r->reaches.side[0];
	struct recorded only = {.to = r->name[actor]};
	struct query q = {.proto = IPPROTO_TCP};
	const struct bitset *set;
	struct trace_party party;

	if (!read_end(r, actor, &q.to) ||
	    !trace_resolve(&party, r->arena, &r->sink, side->pmaps,
		side->objects, &q, true))
		return;
	set = reaches_actors(&r->reaches, &party);
	if (list_reaching(r, &only, set))
		*vec_push(r->out, r->arena) = only;
	VEC_FOREACH (reach, &r->reaches.v) {
		if (!bitset_test(reach->to, actor) || reach->way->unknown ||
		    reach->way->grant[0] || reach->way->grant[1])
			continue;
		BITSET_FOREACH (from, reach->from) {
			if (from < r->reaches.actors.nsubjects)
				record_permits(r, reach, from, only.to, &q.to);
		}
	}
	arena_reset(r->reaches.scratch);
}

void
assertions_record(recorded_vec *ret, struct arena *a, struct arena *scratch,
    const struct change_side *side)
{
	struct recording r = {.out = ret, .arena = a};
	struct map seen;

	diag_sink_init(&r.sink, a);
	reaches_init(&r.reaches, a, scratch, side);
	reaches_find(&r.reaches, &(struct reach_question){0});
	r.name = ARENA_ARRAY(a, struct str, r.reaches.actors.v.n);
	for (uint32_t i = 0; i < r.reaches.actors.v.n; i++)
		r.name[i] = name_of(&r, i);
	map_init(&seen, a);
	for (uint32_t i = 0; i < r.reaches.actors.nsubjects; i++) {
		void **slot = map_put(&seen, r.name[i].s, r.name[i].n);

		if (!*slot && r.name[i].n > 0)
			record_end(&r, i);
		*slot = ret;
	}
}
