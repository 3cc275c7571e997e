/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Policies that are suggested admit what was asked, and nobody else: in a small
 * cluster for each connection that no rule allows and for each two of them, in
 * toy worlds for some of them at once.  Each end is looked up again for every
 * peer and every interesting port.
 *
 *     test_suggest N                              N worlds
 *     CNPC_SEED=S CNPC_WORLDS=1 test_suggest N    the world of one seed
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "compile.h"
#include "probes.h"
#include "suggest/labels.h"
#include "suggest/suggest.h"
#include "worlds.h"

enum {
	ASKS_MAX = 6,
};

struct peer {
	const struct endpoint *pod; /* or NULL: */
	struct ip ip;
};

struct trial {
	struct arena *arena;
	const struct toy *toy; /* NULL: the small cluster */
	struct unit *u;
	struct suggestions s;
	VEC(struct suggest_ask) asks;
	VEC(struct peer) peers;
	probe_vec probes;
	const char *fault;
};

static uint64_t admitted, refused;

/* ---- the small cluster ---- */

#define TWO_LABELS(ns, name, ip, a, b)                               \
	"---\n{apiVersion: v1, kind: Pod, metadata: {namespace: " ns \
	", name: " name ", labels: {" a b "}}, "                     \
	"spec: {containers: [{name: c}]}, status: {podIP: " ip "}}\n"

/* Labels of which one pod has some of another one's, and one has none. */
static const char small[] = TWO_LABELS("left", "a", "10.0.0.1", "app: x",
    "") TWO_LABELS("left", "b", "10.0.0.2", "app: x, ", "tier: t")
    TWO_LABELS("left", "c", "10.0.0.3", "", "tier: t") TWO_LABELS("right", "d",
	"10.0.0.4", "app: x",
	"") TWO_LABELS("right", "e", "10.0.0.5", "", "") CILIUM_POLICY("left",
	"deny", "endpointSelector: {}, ingress: [{}], egress: [{}]")
	CILIUM_POLICY("right", "some",
	    "endpointSelector: {}, ingress: [{fromEndpoints: [{matchLabels: "
	    "{app: x}}], toPorts: [{ports: [{port: '81', protocol: TCP}]}]}], "
	    "egress: [{}]");

static void
compile_both(struct trial *t, struct unit *u, const char *more)
{
	if (t->toy)
		toy_compile_with(u, t->toy, IR_MODEL_CILIUM, more);
	else
		compile(u, NULL, arena_printf(t->arena, "%s%s", small, more));
}

/* ---- who is asked about ---- */

static bool
lets_pass(const struct unit *u, const struct endpoint *e, enum direction dir,
    ident_idx_t peer, const struct probe *q)
{
	const struct pmap_class *class = pmap_class_of_endpoint(&u->pmaps, e);
	enum pmap_verdict v;

	if (!class || class->error)
		return false;
	v = pmap_lookup(class->direction[dir], peer, q->proto, q->port).verdict;
	return v == PMAP_ALLOWED || v == PMAP_REDIRECTED;
}

static bool
identity_of(const struct unit *u, const struct peer *p, ident_idx_t *ret)
{
	const struct endpoint *e;
	struct cidr prefix;

	if (!p->pod) {
		*ret = world_of_ip(&u->world, &p->ip, &prefix);
		return true;
	}
	e = world_find_endpoint(&u->world, p->pod->ns, p->pod->name);
	if (e)
		*ret = e->ident;
	return e;
}

static void
add_address(struct trial *t, struct ip ip)
{
	struct cidr prefix;
	ident_idx_t id = world_of_ip(&t->u->world, &ip, &prefix);

	/* What is inside is a peer by its labels. */
	if (world_identity(&t->u->world, id)->nendpoints == 0)
		*vec_push(&t->peers, t->arena) = (struct peer){NULL, ip};
}

static void
list_peers(struct trial *t)
{
	VEC_FOREACH (e, &t->u->world.endpoints) {
		if (!e->host)
			*vec_push(&t->peers, t->arena) =
			    (struct peer){.pod = e};
	}
	VEC_FOREACH (c, &t->u->world.ipcache) {
		struct ip ip = {.family = c->prefix.family};

		memcpy(ip.addr, c->prefix.addr, sizeof(ip.addr));
		add_address(t, ip);
		ip.addr[ip_width(ip.family) / 8 - 1] ^= 1;
		add_address(t, ip);
	}
	probes_of_rules(&t->probes, t->arena, t->u);
	probe_add(&t->probes, t->arena, 6, 80);
	probe_add(&t->probes, t->arena, 6, 81);
	probe_add(&t->probes, t->arena, 17, 80);
}

/* ---- the trial ---- */

static bool
is_outside(const struct trial *t, ident_idx_t id)
{
	struct str reserved = labels_reserved(&t->u->world, id);

	return labels_namespace(&t->u->world, id).n == 0 &&
	    (reserved.n == 0 || str_starts(reserved, STR("world")));
}

static bool
is_in(const struct trial *t, const struct endpoint *e, enum direction dir,
    const struct peer *peer, const struct probe *q)
{
	ident_idx_t id;

	if (!identity_of(t->u, peer, &id))
		return false;
	VEC_FOREACH (a, &t->asks) {
		bool same = a->subject.i == e->ident.i && a->dir == dir &&
		    a->peer.i == id.i && a->proto == q->proto &&
		    a->port == q->port;

		/* An entity is all its addresses. */
		if (same && is_outside(t, id))
			same = memcmp(&a->ips[0], &peer->ip,
				   sizeof(struct ip)) == 0;
		if (same)
			return true;
	}
	return false;
}

/* Whether a rule that is put out is for A. */
static bool
is_kept(const struct trial *t, const struct suggest_ask *a)
{
	VEC_FOREACH (p, &t->s.v) {
		if (p->subject.i != a->subject.i)
			continue;
		VEC_FOREACH (r, &p->rules) {
			if (r->dropped || r->dir != a->dir ||
			    r->peer.i != a->peer.i)
				continue;
			VEC_FOREACH (port, &r->ports) {
				if (port->proto == a->proto &&
				    port->port == a->port)
					return true;
			}
		}
	}
	return false;
}

static void
check_pair(struct trial *t, const struct unit *after, const struct endpoint *e,
    const struct peer *peer, enum direction dir)
{
	const struct endpoint *then =
	    world_find_endpoint(&after->world, e->ns, e->name);
	ident_idx_t id[2];

	if (!then || !identity_of(t->u, peer, &id[0]) ||
	    !identity_of(after, peer, &id[1]))
		return;
	/* No policy is asked between a node and its own pods. */
	if (str_is(labels_reserved(&t->u->world, id[0]), "host"))
		return;
	VEC_FOREACH (q, &t->probes) {
		bool before = lets_pass(t->u, e, dir, id[0], q);
		bool now = lets_pass(after, then, dir, id[1], q);

		if (before == now || (now && is_in(t, e, dir, peer, q)))
			continue;
		t->fault = arena_printf(t->arena,
		    "%s of " STR_FMT "/" STR_FMT ", peer " STR_FMT
		    ", protocol %u port %u: %s",
		    direction_name(dir), STR_ARG(e->ns), STR_ARG(e->name),
		    STR_ARG(identity_print(t->arena, &t->u->world, id[0])),
		    q->proto, q->port, now ? "opened" : "closed");
	}
}

static void
check_asks(struct trial *t, const struct unit *after)
{
	VEC_FOREACH (a, &t->asks) {
		if (!is_kept(t, a)) {
			refused++;
			continue;
		}
		admitted++;
		VEC_FOREACH (e, &t->u->world.endpoints) {
			const struct endpoint *then =
			    world_find_endpoint(&after->world, e->ns, e->name);
			const struct probe q = {a->proto, a->port};

			VEC_FOREACH (peer, &t->peers) {
				ident_idx_t id;

				if (e->ident.i != a->subject.i || e->host ||
				    !is_in(t, e, a->dir, peer, &q) ||
				    !identity_of(after, peer, &id))
					continue;
				if (!lets_pass(after, then, a->dir, id, &q))
					t->fault = "what is asked is denied";
			}
		}
	}
}

/* The suggestions for the asks, as they are put out in the end. */
static const char *
try_asks(struct trial *t)
{
	struct change_side side[2];
	struct unit after;
	struct changes c;
	struct buf text;
	bool again = true;

	suggest_init(&t->s, t->arena, &t->u->world);
	VEC_FOREACH (a, &t->asks)
		suggest_ask(&t->s, a);
	suggest_name(&t->s, &t->u->objects, "allow", false);
	while (again) {
		buf_init(&text, t->arena);
		buf_puts(&text, "");
		suggest_put(&text, &t->s);
		compile_both(t, &after, text.p);
		side[0] = (struct change_side){&t->u->pmaps, &t->u->objects,
		    &t->u->sources};
		side[1] = (struct change_side){&after.pmaps, &after.objects,
		    &after.sources};
		changes_find(&c, &after.perm, &after.scratch, side, 2);
		again = suggest_check(&t->s, &c);
		if (again)
			unit_free(&after);
	}
	VEC_FOREACH (e, &t->u->world.endpoints) {
		VEC_FOREACH (peer, &t->peers) {
			for (int dir = 0; dir < 2 && !e->host; dir++)
				check_pair(t, &after, e, peer,
				    (enum direction)dir);
		}
	}
	check_asks(t, &after);
	unit_free(&after);
	return t->fault ? arena_printf(t->arena, "%s\n%s", t->fault, text.p)
			: NULL;
}

static bool
lacks(const struct trial *t, const struct endpoint *e, enum direction dir,
    const struct peer *peer, const struct probe *q, struct suggest_ask *ret)
{
	const struct pmap_class *class =
	    pmap_class_of_endpoint(&t->u->pmaps, e);

	*ret = (struct suggest_ask){.subject = e->ident,
	    .dir = dir,
	    .proto = q->proto,
	    .port = q->port,
	    .ips = &peer->ip,
	    .nips = !peer->pod};
	return class && !class->error && identity_of(t->u, peer, &ret->peer) &&
	    pmap_lookup(class->direction[dir], ret->peer, q->proto, q->port)
		.verdict == PMAP_NO_MATCH;
}

/* ---- tests ---- */

static const char *
world_of(struct arena *a, const struct toy *toy)
{
	struct trial t = {.arena = a, .toy = toy};
	struct unit u;
	const char *fault;
	size_t step = 0;

	toy_compile(&u, toy, IR_MODEL_CILIUM);
	t.u = &u;
	list_peers(&t);
	/* Of all that lacks a rule some, which differ from world to world. */
	VEC_FOREACH (e, &u.world.endpoints) {
		VEC_FOREACH (peer, &t.peers) {
			VEC_FOREACH (q, &t.probes) {
				struct suggest_ask ask;
				enum direction dir =
				    step++ % 2 ? DIR_INGRESS : DIR_EGRESS;

				if (e->host || step % 37 != 5 ||
				    t.asks.n >= ASKS_MAX ||
				    !lacks(&t, e, dir, peer, q, &ask))
					continue;
				*vec_push(&t.asks, a) = ask;
			}
		}
	}
	fault = t.asks.n > 0 ? try_asks(&t) : NULL;
	unit_free(&u);
	return fault;
}

static void
test_worlds(void **state)
{
	admitted = refused = 0;
	worlds_run(*state, world_of);
	print_message("%lu admitted, %lu refused\n", admitted, refused);
	assert_true(admitted > refused);
}

/* Each single ask of the small cluster, and each two. */
static void
test_small(void **state)
{
	static const struct probe q = {6, 80};
	struct arena a = {0};
	struct trial all = {.arena = &a};
	struct unit u;

	(void)state;
	admitted = refused = 0;
	compile_clean(&u, NULL, small);
	all.u = &u;
	list_peers(&all);
	VEC_FOREACH (e, &u.world.endpoints) {
		VEC_FOREACH (peer, &all.peers) {
			for (int dir = 0; dir < 2; dir++) {
				struct suggest_ask ask;

				if (peer->pod != e &&
				    lacks(&all, e, (enum direction)dir, peer,
					&q, &ask))
					*vec_push(&all.asks, &a) = ask;
			}
		}
	}
	assert_true(all.asks.n >= 40);
	for (size_t i = 0; i < all.asks.n; i++) {
		for (size_t k = i; k < all.asks.n; k++) {
			struct arena one = {0};
			struct trial t = all;
			const char *fault;

			t.arena = &one;
			memset(&t.asks, 0, sizeof(t.asks));
			*vec_push(&t.asks, &one) = all.asks.v[i];
			if (k > i)
				*vec_push(&t.asks, &one) = all.asks.v[k];
			fault = try_asks(&t);
			if (fault)
				fail_msg("%s", fault);
			arena_free(&one);
		}
	}
	assert_int_equal(refused, 0);
	assert_true(admitted > all.asks.n);
	unit_free(&u);
	arena_free(&a);
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_small),
	    cmocka_unit_test_prestate(test_worlds, argv[argc - 1]),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
