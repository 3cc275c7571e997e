/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Which connections an edit of a toy world changes: every pod and interesting
 * address to every other one, on every interesting port, is judged before and
 * after.  What changes is in exactly one of the sets that are reported, of the
 * same kind; what does not is in none; each witness is one; and no two sets
 * could be one.
 *
 *     test_changes N                               N worlds
 *     CNPC_SEED=S CNPC_WORLDS=1 test_changes N     the world of one seed
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "change/change.h"
#include "probes.h"
#include "worlds.h"

/* Who connects: on each side, and as which actor. */
struct end {
	struct flow_end side[2];
	const struct endpoint *pod; /* after the edit; or NULL */
	struct ip ip;
	uint32_t actor;
};

struct run {
	struct arena *arena;
	struct unit u[2];
	struct changes changes;
	VEC(struct end) ends;
	probe_vec probes;
	const char *fault;
};

static bool __attribute__((format(printf, 2, 3)))
fault(struct run *r, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	r->fault = arena_vprintf(r->arena, fmt, ap);
	va_end(ap);
	return true;
}

/* The actor of a pod, or with the longest prefix that holds the address. */
static uint32_t
actor_of(const struct run *r, const struct end *e)
{
	const struct actors *all = &r->changes.actors;
	uint32_t found = UINT32_MAX;
	int best = -1;

	for (uint32_t i = 0; i < all->v.n; i++) {
		VEC_FOREACH (p, &all->v.v[i].pods[1]) {
			if (*p == e->pod)
				return i;
		}
		VEC_FOREACH (range, &all->v.v[i].ranges) {
			struct cidr one = cidr_of_ip(&e->ip);

			if (e->pod || range->prefix.bits <= best ||
			    !cidr_contains(&range->prefix, &one))
				continue;
			best = range->prefix.bits;
			found = i;
		}
	}
	return found;
}

/* What others see of an endpoint: a node by its address. */
static ident_idx_t
as_peer(const struct world *w, const struct endpoint *e)
{
	struct cidr prefix;

	return e->host && e->host->ips.n > 0
	    ? world_of_ip(w, &e->host->ips.v[0], &prefix)
	    : e->ident;
}

static void
add_pods(struct run *r)
{
	VEC_FOREACH (after, &r->u[1].world.endpoints) {
		const struct endpoint *pod[2] =
		    {world_find_endpoint(&r->u[0].world, after->ns,
			 after->name),
			after};
		struct end *e;

		if (!pod[0])
			continue;
		e = vec_push(&r->ends, r->arena);
		e->pod = after;
		for (int s = 0; s < 2; s++)
			e->side[s] = (struct flow_end){
			    .ident = as_peer(&r->u[s].world, pod[s]),
			    .class =
				pmap_class_of_endpoint(&r->u[s].pmaps, pod[s]),
			    .endpoint = pod[s],
			};
	}
}

/* Whether the address is one that an end of a node has. */
static bool
is_of_node(const struct run *r, const struct ip *ip)
{
	VEC_FOREACH (e, &r->ends) {
		for (int s = 0; s < 2 && e->pod; s++) {
			const struct endpoint *node = e->side[s].endpoint;

			if (!node->host)
				continue;
			VEC_FOREACH (own, &node->host->ips) {
				if (memcmp(own, ip, sizeof(*ip)) == 0)
					return true;
			}
		}
	}
	return false;
}

/* An address, unless it is a pod's or node's in some of the worlds. */
static void
add_address(struct run *r, const struct ip *ip)
{
	struct end e = {.ip = *ip};

	if (is_of_node(r, ip))
		return;
	for (int s = 0; s < 2; s++) {
		const struct world *w = &r->u[s].world;
		struct cidr prefix;

		e.side[s].ident = world_of_ip(w, ip, &prefix);
		e.side[s].unmapped = prefix.bits == 0;
		if (world_identity(w, e.side[s].ident)->nendpoints > 0)
			return;
	}
	*vec_push(&r->ends, r->arena) = e;
}

/* The first and the last address of a prefix, and the ones around it. */
static void
add_addresses_of(struct run *r, const struct cidr *p)
{
	static const int steps[] = {-1, 0};

	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		struct ip first = {.family = p->family}, last;
		unsigned width = ip_width(p->family) / 8;

		memcpy(first.addr, p->addr, sizeof(first.addr));
		last = first;
		for (unsigned bit = p->bits; bit < 8 * width; bit++)
			last.addr[bit / 8] |= (uint8_t)(0x80 >> bit % 8);
		/* One before the first, one after the last. */
		for (unsigned b = width; steps[i] && b-- > 0;) {
			if (first.addr[b]-- != 0)
				break;
		}
		for (unsigned b = width; steps[i] && b-- > 0;) {
			if (++last.addr[b] != 0)
				break;
		}
		add_address(r, &first);
		add_address(r, &last);
	}
}

static void
find_ends(struct run *r)
{
	add_pods(r);
	for (int s = 0; s < 2; s++) {
		VEC_FOREACH (e, &r->u[s].world.ipcache)
			add_addresses_of(r, &e->prefix);
	}
	VEC_FOREACH (e, &r->ends)
		e->actor = actor_of(r, e);
}

static struct str
proxy_of(const struct run *r, int s, const struct judged_end *e)
{
	return r->u[s].pmaps.redirects.v[e->result.value.redirect].name;
}

/* How a connection changes; CHANGE_KINDS: not at all. */
static enum change_kind
kind_of(const struct run *r, const struct end *from, const struct end *to,
    const struct probe *q)
{
	struct judgement j[2];

	for (int s = 0; s < 2; s++) {
		const struct flow f = {.from = from->side[s],
		    .to = to->side[s],
		    .proto = q->proto,
		    .port = q->port};

		j[s] = judge(&r->u[s].pmaps, &f, NULL);
	}
	if (j[0].verdict != j[1].verdict) {
		if (j[0].verdict == FLOW_UNKNOWN ||
		    j[1].verdict == FLOW_UNKNOWN)
			return CHANGE_UNKNOWN;
		return j[1].verdict == FLOW_ALLOWED ? CHANGE_OPENED
						    : CHANGE_CLOSED;
	}
	for (int dir = 0; dir < 2 && j[0].verdict == FLOW_ALLOWED; dir++) {
		if (!str_eq(proxy_of(r, 0, &j[0].end[dir]),
			proxy_of(r, 1, &j[1].end[dir])))
			return CHANGE_PROXIED;
	}
	return CHANGE_KINDS;
}

/* Whether what is reported of a connection is not KIND, once. */
static bool
connection_faulty(struct run *r, const struct end *from, const struct end *to,
    const struct probe *q, enum change_kind kind)
{
	unsigned hits = 0, wrong = 0;

	VEC_FOREACH (x, &r->changes.v) {
		if (!bitset_test(x->from, from->actor) ||
		    !bitset_test(x->to, to->actor) ||
		    !probe_is_in(q, x->ports, x->nports, &r->changes.protos))
			continue;
		hits++;
		wrong += x->kind != kind;
	}
	if (wrong == 0 && hits == (kind != CHANGE_KINDS))
		return false;
	return fault(r,
	    "actor %u to %u, protocol %u port %u: kind %d, reported %u times, "
	    "%u of them wrong",
	    from->actor, to->actor, q->proto, q->port, kind, hits, wrong);
}

static bool
connections_faulty(struct run *r)
{
	VEC_FOREACH (from, &r->ends) {
		if (from->actor == UINT32_MAX)
			return fault(r, "an end is no actor");
		VEC_FOREACH (to, &r->ends) {
			/* No policy is asked between a pod and itself. */
			if (from == to || (!from->pod && !to->pod))
				continue;
			VEC_FOREACH (q, &r->probes) {
				if (connection_faulty(r, from, to, q,
					kind_of(r, from, to, q)))
					return true;
			}
		}
	}
	return false;
}

static bool
witnesses_faulty(struct run *r)
{
	struct arena scratch = {0};
	bool faulty = false;

	VEC_FOREACH (x, &r->changes.v) {
		struct change_answer answer[2];

		for (int s = 0; s < 2; s++)
			change_explain(&answer[s], r->arena, &scratch,
			    &r->changes.actors, s, &x->witness);
		if (!bitset_test(x->from, x->witness.from) ||
		    !bitset_test(x->to, x->witness.to) ||
		    (answer[0].verdict == answer[1].verdict &&
			x->kind != CHANGE_PROXIED))
			faulty = fault(r, "a witness is none");
	}
	arena_free(&scratch);
	return faulty;
}

static bool
same_ports(const struct change *a, const struct change *b)
{
	if (a->nports != b->nports)
		return false;
	for (uint32_t i = 0; i < a->nports; i++) {
		const struct cell *x = &a->ports[i], *y = &b->ports[i];

		if (x->proto != y->proto || x->others != y->others ||
		    x->ports.first != y->ports.first ||
		    x->ports.end != y->ports.end)
			return false;
	}
	return true;
}

/* Whether two ranges of ports of a set are one. */
static bool
ports_touch(const struct change *x)
{
	for (uint32_t i = 1; i < x->nports; i++) {
		if (x->ports[i - 1].proto == x->ports[i].proto &&
		    x->ports[i - 1].ports.end >= x->ports[i].ports.first)
			return true;
	}
	return false;
}

/* Whether two sets of a kind are the same but for one of from, to and ports:
 * then they are one set. */
static bool
sets_faulty(struct run *r)
{
	for (size_t i = 0; i < r->changes.v.n; i++) {
		const struct change *a = &r->changes.v.v[i];

		if (ports_touch(a))
			return fault(r, "set %zu has a range twice", i);
		for (size_t k = 0; k < i; k++) {
			const struct change *b = &r->changes.v.v[k];

			if (a->kind == b->kind &&
			    bitset_eq(a->from, b->from) +
				    bitset_eq(a->to, b->to) +
				    same_ports(a, b) >=
				2)
				return fault(r, "sets %zu and %zu are one", k,
				    i);
		}
	}
	return false;
}

/* The first fault, in A, that an edit of a world shows; or NULL. */
static const char *
first_fault(struct arena *a, const struct toy *t)
{
	struct run r = {.arena = a};
	struct arena scratch = {0};
	struct change_side side[2];
	uint64_t choice = t->policies.n + 7 * t->pods.n;
	struct toy after = *t, other;

	/* One item less, or the policies of another world. */
	if (choice % 3 > 0) {
		toy_edit(&after, a, t, choice);
	} else {
		toy_generate(&other, a, choice);
		after.policies.v = other.policies.v;
		after.policies.n = other.policies.n;
	}
	toy_compile(&r.u[choice % 2], t, IR_MODEL_CLUSTERWIDE);
	toy_compile(&r.u[1 - choice % 2], &after, IR_MODEL_CLUSTERWIDE);
	for (int s = 0; s < 2; s++) {
		side[s] = (struct change_side){&r.u[s].pmaps, &r.u[s].objects,
		    &r.u[s].sources};
		probes_of_rules(&r.probes, a, &r.u[s]);
	}
	changes_find(&r.changes, a, &scratch, side, 2);
	find_ends(&r);
	if (!connections_faulty(&r) && !witnesses_faulty(&r))
		sets_faulty(&r);
	unit_free(&r.u[0]);
	unit_free(&r.u[1]);
	arena_free(&scratch);
	return r.fault;
}

int
main(int argc, char **argv)
{
	return worlds_main(argc, argv, first_fault);
}
