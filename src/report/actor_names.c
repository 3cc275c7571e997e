/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sets of actors, ports and what is left of them, in words.
 */
#include "report/actor_names.h"

#include <string.h>

#include "cilium/proto.h"
#include "diag/printable.h"

enum {
	NAMES_SHOWN = 6, /* of a list, before the rest is counted */
};

/* ---- names ---- */

const char *
names_safe(const struct actor_names *names, struct str text)
{
	struct buf b;

	buf_init(&b, names->arena);
	printable_put(&b, text, SIZE_MAX);
	buf_putc(&b, '\0');
	return b.p;
}

const char *
names_pod(const struct actor_names *names, const struct endpoint *e)
{
	if (e->host)
		return arena_printf(names->arena, "node/%s",
		    names_safe(names, e->name));
	return names_safe(names,
	    object_full_name(names->arena, e->ns,
		names->workloads ? endpoint_workload(e) : e->name));
}

struct str
names_label(const struct actor_names *names, const struct actor *x)
{
	const struct actors *all = names->all;
	const struct world *w = all->side[1].pmaps->world;
	struct str name;
	const char *comma;

	if (x->pods[1].n > 0 || actor_is_outside(all, x))
		return STR("");
	name = identity_print(names->arena, w, x->side[1].ident);
	if (!str_starts(name, STR("reserved:")))
		return name;
	name = (struct str){name.s + strlen("reserved:"),
	    name.n - strlen("reserved:")};
	/* An API server on a node has two. */
	comma = memchr(name.s, ',', name.n);
	return comma ? (struct str){name.s, (size_t)(comma - name.s)} : name;
}

const char *
names_end(const struct actor_names *names, uint32_t actor)
{
	const struct actor *x = &names->all->v.v[actor];
	char text[CIDR_STRLEN];

	if (x->pods[1].n > 0)
		return names_pod(names, x->pods[1].v[0]);
	if (x->ranges.n > 0)
		return arena_printf(names->arena, "%s",
		    ip_print(&x->ranges.v[0].first, text));
	return names_safe(names, names_label(names, x));
}

void
names_list_add(struct names_list *l, const char *name)
{
	if (l->all || l->n < NAMES_SHOWN)
		buf_printf(l->out, "%s%s", l->n > 0 ? ", " : "", name);
	l->n++;
}

void
names_list_end(const struct names_list *l)
{
	if (!l->all && l->n > NAMES_SHOWN)
		buf_printf(l->out, " and %zu more", l->n - NAMES_SHOWN);
}

/* What actors are to people. */
enum sort {
	SORT_POD,
	SORT_OUTSIDE,
	SORT_ENTITY,
};

static enum sort
sort_of(const struct actors *all, const struct actor *x)
{
	if (x->pods[1].n > 0)
		return SORT_POD;
	return actor_is_outside(all, x) ? SORT_OUTSIDE : SORT_ENTITY;
}

/* Whether all actors of a sort, of which there are some, are in SET. */
static bool
has_all(const struct actors *all, const struct bitset *set, enum sort sort)
{
	bool any = false;

	for (uint32_t i = 0; i < all->v.n; i++) {
		if (sort_of(all, &all->v.v[i]) != sort)
			continue;
		any = true;
		if (!bitset_test(set, i))
			return false;
	}
	return any;
}

/* The namespaces of which more pods than one are there, and all in SET, each
 * with NAMES for its value. */
static void
list_whole_namespaces(struct map *ret, const struct actor_names *names,
    const struct bitset *set)
{
	const struct actors *all = names->all;
	struct map left; /* namespace -> pods that are not met, plus one */

	map_init(ret, names->scratch);
	map_init(&left, names->scratch);
	BITSET_FOREACH (i, set) {
		VEC_FOREACH (e, &all->v.v[i].pods[1]) {
			struct str ns = (*e)->ns;
			size_t n = actors_count_pods(all, ns);
			void **slot = map_put(&left, ns.s, ns.n);

			if (!*slot)
				*slot = (void *)(n + 1);
			*slot = (void *)((uintptr_t)*slot - 1);
			if (*slot == (void *)1 && n > 1 && !(*e)->host)
				*map_put(ret, ns.s, ns.n) = (void *)names;
		}
	}
}

/* Whether a pod of the same workload was there, where these are told. */
static bool
is_twin(const struct actor_names *names, struct map *workloads,
    const struct endpoint *e)
{
	const char *name = names_pod(names, e);
	void **slot = map_put(workloads, name, strlen(name));
	bool twin = *slot;

	*slot = workloads;
	return names->workloads && twin;
}

/* Adds pods by name; where all of a namespace are there, its name and a star.
 */
static void
list_pods(struct names_list *l, const struct actor_names *names,
    const struct bitset *set)
{
	const struct actors *all = names->all;
	struct map whole, told, workloads;

	list_whole_namespaces(&whole, names, set);
	map_init(&told, names->scratch);
	map_init(&workloads, names->scratch);
	BITSET_FOREACH (i, set) {
		VEC_FOREACH (p, &all->v.v[i].pods[1]) {
			struct str ns = (*p)->ns;
			void **slot;

			if (!map_get(&whole, ns.s, ns.n)) {
				if (!is_twin(names, &workloads, *p))
					names_list_add(l, names_pod(names, *p));
				continue;
			}
			slot = map_put(&told, ns.s, ns.n);
			if (!*slot)
				names_list_add(l,
				    arena_printf(names->arena, "%s/*",
					names_safe(names, ns)));
			*slot = l;
		}
	}
	arena_reset(names->scratch);
}

static void
list_outside(struct names_list *l, const struct actor_names *names,
    const struct bitset *set)
{
	const struct actors *all = names->all;
	char text[CIDR_STRLEN];

	if (has_all(all, set, SORT_OUTSIDE)) {
		names_list_add(l, "world");
		return;
	}
	BITSET_FOREACH (i, set) {
		const struct actor *x = &all->v.v[i];

		if (!actor_is_outside(all, x))
			continue;
		VEC_FOREACH (range, &x->ranges) {
			cidr_print(&range->prefix, text);
			names_list_add(l,
			    !range->cut ? arena_printf(names->arena, "%s", text)
					: arena_printf(names->arena,
					      "the rest of %s", text));
		}
	}
}

void
names_put_set(struct buf *out, const struct actor_names *names,
    const struct bitset *set)
{
	const struct actors *all = names->all;
	struct names_list l = {.out = out, .all = names->all_names};

	if (has_all(all, set, SORT_OUTSIDE) && has_all(all, set, SORT_POD) &&
	    has_all(all, set, SORT_ENTITY)) {
		buf_puts(out, "everybody");
		return;
	}
	if (has_all(all, set, SORT_POD) && all->nsubjects > NAMES_SHOWN)
		names_list_add(&l, "every pod");
	else
		list_pods(&l, names, set);
	list_outside(&l, names, set);
	BITSET_FOREACH (i, set) {
		struct str label = names_label(names, &all->v.v[i]);

		if (label.n > 0)
			names_list_add(&l, names_safe(names, label));
	}
	names_list_end(&l);
}

/* Past the last port, or type, of a protocol. */
static uint32_t
end_of(uint8_t proto)
{
	if (proto_has_ports(proto))
		return PORT_VALUES;
	return proto_is_icmp(proto) ? 256 : 1;
}

static void
list_port(struct names_list *l, struct arena *a, const struct cell *c)
{
	const char *name = proto_name(c->proto);
	uint32_t last = c->ports.end - 1;

	if (!name)
		name = arena_printf(a, "protocol %u", c->proto);
	if (c->others)
		name = "other protocols";
	if (c->ports.first == 0 && c->ports.end == end_of(c->proto))
		names_list_add(l, name);
	else if (c->ports.first == last)
		names_list_add(l, arena_printf(a, "%u/%s", last, name));
	else
		names_list_add(l,
		    arena_printf(a, "%u-%u/%s", c->ports.first, last, name));
}

/* Adds the ports of a protocol that the change is not about. */
static void
add_gaps(cell_vec *gaps, struct arena *a, const struct cell *ports,
    size_t nports, uint8_t proto)
{
	uint32_t at = 0;

	for (uint32_t i = 0; i < nports; i++) {
		const struct cell *c = &ports[i];

		if (c->others || c->proto != proto)
			continue;
		if (c->ports.first > at)
			*vec_push(gaps, a) = (struct cell){.proto = proto,
			    .ports = {at, c->ports.first}};
		at = c->ports.end;
	}
	if (at < end_of(proto))
		*vec_push(gaps, a) =
		    (struct cell){.proto = proto, .ports = {at, end_of(proto)}};
}

/* Whether SCTP is dropped by the datapath itself, on both sides. */
static bool
passes_no_sctp(const struct actor_names *names)
{
	const struct change_side *side = names->all->side;

	return !side[0].pmaps->world->ir->opt.sctp &&
	    !side[1].pmaps->world->ir->opt.sctp;
}

/* Puts what the change is not about; false: it is about too little. */
static bool
put_complement(struct buf *out, const struct actor_names *names,
    const struct cell *ports, size_t nports)
{
	struct names_list l = {.out = out, .all = names->all_names};
	cell_vec gaps = {0};
	bool others = false;

	for (uint32_t i = 0; i < nports; i++)
		others |= ports[i].others;
	if (!others)
		return false;
	VEC_FOREACH (p, names->protos) {
		if (p->proto != IPPROTO_SCTP || !passes_no_sctp(names))
			add_gaps(&gaps, names->arena, ports, nports, p->proto);
	}
	buf_puts(out, gaps.n > 0 ? "every port but " : "every port");
	VEC_FOREACH (c, &gaps)
		list_port(&l, names->arena, c);
	names_list_end(&l);
	return true;
}

void
names_put_ports(struct buf *out, const struct actor_names *names,
    const struct cell *ports, size_t nports)
{
	struct names_list l = {.out = out, .all = names->all_names};

	if (put_complement(out, names, ports, nports))
		return;
	for (uint32_t i = 0; i < nports; i++)
		list_port(&l, names->arena, &ports[i]);
	names_list_end(&l);
}
