/* SPDX-License-Identifier: Apache-2.0 */
#include "verdicts.h"

#include <stdarg.h>
#include <stdlib.h>

#include "ident/labels.h"
#include "naive.h"
#include "probes.h"
#include "worlds.h"

/* What the compiler makes of a world. */
struct product {
	struct unit unit;
	ident_idx_t *idents; /* [index into naive.identities] */
};

/* One world, and the first difference found in it. */
struct run {
	struct arena *arena;
	const struct toy *toy;
	struct naive naive;
	struct product straight, shuffled;
	probe_vec probes;
	const char *difference;
};

static const char *const dir_names[] = {"ingress", "egress"};
static const char *const naive_names[] = {"allow", "redirect", "deny",
    "no match", "authenticate"};

static bool __attribute__((format(printf, 2, 3)))
differs(struct run *r, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	r->difference = arena_vprintf(r->arena, fmt, ap);
	va_end(ap);
	return true;
}

static bool
objects_differ(struct run *r, const struct unit *u)
{
	VEC_FOREACH (o, &u->objects.v) {
		bool accepted = (*o)->status == OBJECT_OK, expected = true;

		VEC_FOREACH (p, &r->toy->policies) {
			if (str_is((*o)->name, p->name))
				expected = naive_accepts(r->toy, p);
		}
		VEC_FOREACH (p, &r->toy->network_policies) {
			if (str_is((*o)->name, p->name))
				expected = naive_accepts_network(r->toy, p);
		}
		VEC_FOREACH (p, &r->toy->cluster_policies) {
			if (str_is((*o)->name, p->name))
				expected = naive_accepts_cluster(r->toy, p);
		}
		if (accepted != expected)
			return differs(r, STR_FMT ": status %s",
			    STR_ARG((*o)->name),
			    object_status_name((*o)->status));
	}
	return false;
}

static const char *
identity_text(struct arena *a, const struct unit *u, const struct identity *id)
{
	struct buf b;

	buf_init(&b, a);
	for (uint32_t i = 0; i < id->nlabels; i++) {
		buf_puts(&b, i > 0 ? ";" : "");
		buf_str(&b, label_print(a, u->atoms, &id->labels[i]));
	}
	return b.p;
}

/* The oracle's identity of this text and, where it has one, this number. */
static bool
find_naive(const struct naive *n, const char *text, sec_id_t id, size_t *ret)
{
	for (size_t i = 0; i < n->identities.n; i++) {
		const struct naive_identity *known = &n->identities.v[i];

		if (strcmp(known->text, text) == 0 &&
		    (known->number == 0 || known->number == id.id)) {
			*ret = i;
			return true;
		}
	}
	return false;
}

/* Both know the same identities; fills in p->idents. */
static bool
identities_differ(struct run *r, struct product *p)
{
	const struct world *w = &p->unit.world;
	size_t n = r->naive.identities.n;
	bool *seen = ARENA_ARRAY(r->arena, bool, n);

	p->idents = ARENA_ARRAY(r->arena, ident_idx_t, n);
	for (uint32_t i = 0; i < w->idents.n; i++) {
		const char *text =
		    identity_text(r->arena, &p->unit, &w->idents.v[i]);
		size_t k;

		if (!find_naive(&r->naive, text, w->idents.v[i].id, &k) ||
		    seen[k])
			return differs(r, "identity not expected: %s", text);
		p->idents[k] = (ident_idx_t){i};
		seen[k] = true;
	}
	for (size_t k = 0; k < n; k++) {
		if (!seen[k])
			return differs(r, "identity missing: %s",
			    r->naive.identities.v[k].text);
	}
	return false;
}

static const struct endpoint *
find_endpoint(const struct product *p, const struct toy_pod *pod)
{
	return world_find_endpoint(&p->unit.world, str_of(pod->ns),
	    str_of(pod->name));
}

static bool
endpoints_differ(struct run *r, const struct product *p)
{
	VEC_FOREACH (pod, &r->toy->pods) {
		const struct endpoint *e = find_endpoint(p, pod);
		bool same;

		if (pod->host_network)
			same = !e;
		else
			same = e &&
			    e->ident.i ==
				p->idents[naive_of_pod(&r->naive, pod)].i;
		if (!same)
			return differs(r, "another identity: %s/%s", pod->ns,
			    pod->name);
	}
	return false;
}

static bool
address_differs(struct run *r, const struct product *p,
    const struct toy_prefix *addr)
{
	struct ip ip = {.family = addr->v6 ? IP_V6 : IP_V4};
	struct cidr prefix;
	size_t i = naive_of_address(&r->naive, addr);

	if (addr->v6 ? !r->toy->ipv6 : !r->toy->ipv4)
		return false; /* the cluster has no such addresses */
	memcpy(ip.addr, addr->addr, addr->v6 ? 16 : 4);
	if (world_of_ip(&p->unit.world, &ip, &prefix).i == p->idents[i].i)
		return false;
	return differs(r, "%s is not %s",
	    toy_prefix_print(r->arena, addr, false),
	    r->naive.identities.v[i].text);
}

/* Pods, the first and last address of each prefix, and one of nobody. */
static bool
addresses_differ(struct run *r, const struct product *p)
{
	struct toy_prefix a = {.bits = 32, .addr = {8, 8, 8, 8}};

	if (address_differs(r, p, &a))
		return true;
	VEC_FOREACH (pod, &r->toy->pods) {
		VEC_FOREACH (ip, &pod->ips) {
			if (address_differs(r, p, ip))
				return true;
		}
	}
	VEC_FOREACH (known, &r->naive.prefixes) {
		const struct toy_prefix *prefix = &known->prefix;

		a = *prefix;
		a.bits = a.v6 ? 128 : 32;
		for (int last = 0; last < 2; last++) {
			for (unsigned i = prefix->bits; i < a.bits; i++) {
				uint8_t mask = (uint8_t)(0x80 >> i % 8);

				a.addr[i / 8] &= (uint8_t)~mask;
				a.addr[i / 8] |= last ? mask : 0;
			}
			if (address_differs(r, p, &a))
				return true;
		}
	}
	return false;
}

/* What is asked: the edges of what is written, and what is not written. */

static void
add_probes_around(struct run *r, uint8_t proto, unsigned port)
{
	for (unsigned i = port - 1; i <= port + 1; i++)
		probe_add(&r->probes, r->arena, proto, i);
}

static void
choose_probes(struct run *r)
{
	enum {
		ICMP = 1,
		TCP = 6,
		UDP = 17,
		ICMPV6 = 58,
		OSPF = 89,
		SCTP = 132
	};
	static const uint8_t with_ports[] = {TCP, UDP, SCTP};

	for (size_t i = 0; i < sizeof(with_ports); i++) {
		probe_add(&r->probes, r->arena, with_ports[i], 0);
		probe_add(&r->probes, r->arena, with_ports[i], 443);
		probe_add(&r->probes, r->arena, with_ports[i], UINT16_MAX);
	}
	probe_add(&r->probes, r->arena, ICMP, 8);
	probe_add(&r->probes, r->arena, ICMPV6, 128);
	probe_add(&r->probes, r->arena, OSPF, 0);
	VEC_FOREACH (pod, &r->toy->pods) {
		VEC_FOREACH (p, &pod->ports) {
			probe_add(&r->probes, r->arena, TCP, p->number);
			probe_add(&r->probes, r->arena, UDP, p->number);
		}
	}
	VEC_FOREACH (e, &r->naive.entries) {
		VEC_FOREACH (p, &e->ports) {
			if (p->port > 0)
				add_probes_around(r, p->proto, p->port);
			if (p->end > p->port)
				add_probes_around(r, p->proto, p->end);
		}
	}
}

static enum pmap_verdict
expected(enum naive_verdict v)
{
	switch (v) {
	case NAIVE_ALLOW:
		return PMAP_ALLOWED;
	case NAIVE_REDIRECT:
		return PMAP_REDIRECTED;
	case NAIVE_DENY:
		return PMAP_DENIED;
	case NAIVE_NO_MATCH:
		return PMAP_NO_MATCH;
	case NAIVE_AUTH:
		return PMAP_AUTH;
	}
	abort();
}

/* What the rules say of it: who is let in, whatever comes on top. */
static enum pmap_verdict
expected_why(enum naive_verdict v)
{
	switch (v) {
	case NAIVE_ALLOW:
	case NAIVE_REDIRECT:
	case NAIVE_AUTH:
		return PMAP_ALLOWED;
	case NAIVE_DENY:
		return PMAP_DENIED;
	case NAIVE_NO_MATCH:
		return PMAP_NO_MATCH;
	}
	abort();
}

static bool
result_is(const struct run *r, const struct pmap_result *got,
    const struct naive_answer *want)
{
	struct str redirect =
	    r->straight.unit.pmaps.redirects.v[got->value.redirect].name;

	if (want->auth_open) {
		if (got->verdict == PMAP_DENIED ||
		    got->verdict == PMAP_NO_MATCH)
			return got->verdict == expected(want->verdict);
	} else if (got->verdict != expected(want->verdict) ||
	    got->auth != want->auth) {
		return false;
	}
	return str_is(redirect, want->redirect) ||
	    (want->tied && str_starts(redirect, STR("crd:")));
}

/* A pod or node in a direction, as each of the two worlds has it. */
struct subject {
	const char *name;
	enum toy_dir dir;
	const struct naive_direction *naive;
	const struct pmap_direction *straight, *shuffled;
};

static int
compare_key(const struct pmap_record *a, const struct pmap_record *b)
{
	if (a->proto != b->proto)
		return a->proto < b->proto ? -1 : 1;
	if (a->port_bits != b->port_bits)
		return a->port_bits < b->port_bits ? -1 : 1;
	if (a->port != b->port)
		return a->port < b->port ? -1 : 1;
	return (a->id.id > b->id.id) - (a->id.id < b->id.id);
}

/*
 * The entries one by one: as many as promised, in order, no key twice, and
 * the same ones in both worlds.
 */
static bool
entries_differ(struct run *r, const struct subject *s)
{
	struct pmap_record before, a, b;
	struct pmap_iter straight, shuffled;
	uint64_t n = 0;

	pmap_iter_init(&straight, &r->straight.unit.world, s->straight);
	pmap_iter_init(&shuffled, &r->shuffled.unit.world, s->shuffled);
	for (; pmap_iter_next(&straight, &a); before = a) {
		if (n++ > 0 && compare_key(&before, &a) >= 0)
			return differs(r, "%s %s: entries out of order",
			    s->name, dir_names[s->dir]);
		if (!pmap_iter_next(&shuffled, &b) ||
		    compare_key(&a, &b) != 0 ||
		    a.value.precedence != b.value.precedence)
			return differs(r, "%s %s: another order, another map",
			    s->name, dir_names[s->dir]);
	}
	if (n == s->straight->nentries && n == s->shuffled->nentries)
		return false;
	return differs(r, "%s %s: entries miscounted", s->name,
	    dir_names[s->dir]);
}

static bool
verdict_differs(struct run *r, const struct subject *s,
    const struct naive_pair *pair, ident_idx_t peer, const struct probe *q,
    struct arena *scratch)
{
	struct naive_answer want = naive_decide(pair, q->proto, q->port);
	struct pmap_result got =
	    pmap_lookup(s->straight, peer, q->proto, q->port);
	struct pmap_why why;

	pmap_why(&why, scratch, &r->straight.unit.world, s->straight, peer,
	    q->proto, q->port);
	if (result_is(r, &got, &want) &&
	    why.verdict == expected_why(want.verdict))
		return false;
	return differs(r,
	    "%s %s, peer %s, protocol %u port %u:\n"
	    "rules %s %s auth %u, pmap_lookup %s " STR_FMT
	    " auth %u, pmap_why %s",
	    s->name, dir_names[s->dir], pair->peer->text, q->proto, q->port,
	    naive_names[want.verdict], want.redirect, want.auth,
	    pmap_verdict_name(got.verdict),
	    STR_ARG(
		r->straight.unit.pmaps.redirects.v[got.value.redirect].name),
	    got.auth, pmap_verdict_name(why.verdict));
}

/* An aggregate stands for whoever nobody knows yet. */
static bool
subject_differs(struct run *r, const struct subject *s)
{
	struct arena scratch = {0};
	bool found = false;

	for (size_t peer = 0; peer < r->naive.identities.n && !found; peer++) {
		struct naive_pair pair;

		naive_pair(&pair, s->naive, peer);
		VEC_FOREACH (q, &r->probes)
			found = found ||
			    verdict_differs(r, s, &pair,
				r->straight.idents[peer], q, &scratch);
		arena_reset(&scratch);
	}
	arena_free(&scratch);
	return found;
}

static const struct pmap_class *
class_of(const struct product *p, const struct toy_pod *pod)
{
	return pmap_class_of_endpoint(&p->unit.pmaps, find_endpoint(p, pod));
}

/* Whether a pod before this one has the same map. */
static bool
seen_before(const struct run *r, const struct toy_pod *pod)
{
	VEC_FOREACH (p, &r->toy->pods) {
		if (p == pod)
			return false;
		if (!p->host_network &&
		    naive_of_pod(&r->naive, p) ==
			naive_of_pod(&r->naive, pod) &&
		    class_of(&r->straight, p) == class_of(&r->straight, pod))
			return true;
	}
	return false;
}

/* What both worlds have for a subject, against what its rules say. */
static bool
maps_differ(struct run *r, const char *name,
    const struct naive_direction naive[2], const struct pmap_class *straight,
    const struct pmap_class *shuffled)
{
	bool broken = naive[TOY_INGRESS].broken || naive[TOY_EGRESS].broken;

	if (broken != !!straight->error || broken != !!shuffled->error)
		return differs(r, "%s: rules %s, error: %s", name,
		    broken ? "conflict" : "agree",
		    straight->error ? straight->error : "none");
	for (int dir = 0; dir < 2 && !broken; dir++) {
		struct subject s = {.name = name,
		    .dir = (enum toy_dir)dir,
		    .naive = &naive[dir],
		    .straight = straight->direction[dir],
		    .shuffled = shuffled->direction[dir]};

		if (entries_differ(r, &s) || subject_differs(r, &s))
			return true;
	}
	return false;
}

static bool
pod_differs(struct run *r, const struct toy_pod *pod)
{
	struct naive_direction naive[2];

	for (int dir = 0; dir < 2; dir++)
		naive_direction(&naive[dir], &r->naive, pod, (enum toy_dir)dir);
	return maps_differ(r,
	    arena_printf(r->arena, "%s/%s", pod->ns, pod->name), naive,
	    class_of(&r->straight, pod), class_of(&r->shuffled, pod));
}

static const struct pmap_class *
class_of_node(const struct product *p, const struct toy_node *node)
{
	const struct endpoint *e =
	    world_find_endpoint(&p->unit.world, STR(""), str_of(node->name));

	return e ? pmap_class_of_endpoint(&p->unit.pmaps, e) : NULL;
}

static bool
node_differs(struct run *r, const struct toy_node *node)
{
	const struct pmap_class *straight = class_of_node(&r->straight, node);
	const struct pmap_class *shuffled = class_of_node(&r->shuffled, node);
	struct naive_direction naive[2];

	if (!straight != !r->toy->host_firewall || !straight != !shuffled)
		return differs(r, "node %s: no endpoint, or one too many",
		    node->name);
	for (int dir = 0; dir < 2; dir++)
		naive_node_direction(&naive[dir], &r->naive, node,
		    (enum toy_dir)dir);
	return straight &&
	    maps_differ(r, node->name, naive, straight, shuffled);
}

static bool
verdicts_differ(struct run *r)
{
	VEC_FOREACH (pod, &r->toy->pods) {
		if (!pod->host_network && !seen_before(r, pod) &&
		    pod_differs(r, pod))
			return true;
	}
	VEC_FOREACH (node, &r->toy->nodes) {
		if (node_differs(r, node))
			return true;
	}
	return false;
}

static bool
product_differs(struct run *r, struct product *p)
{
	return objects_differ(r, &p->unit) || identities_differ(r, p) ||
	    endpoints_differ(r, p) || addresses_differ(r, p);
}

const char *
verdicts_difference(struct arena *a, const struct toy *t)
{
	struct run r = {.arena = a, .toy = t};
	enum ir_model model;
	struct toy shuffled;
	bool found;

	naive_build(&r.naive, a, t);
	choose_probes(&r);
	toy_shuffle(&shuffled, a, t, t->policies.n);
	model = t->clusterwide ? IR_MODEL_CLUSTERWIDE : IR_MODEL_CILIUM;
	toy_compile(&r.straight.unit, t, model);
	toy_compile(&r.shuffled.unit, &shuffled, model);
	found = product_differs(&r, &r.straight) ||
	    product_differs(&r, &r.shuffled) || verdicts_differ(&r);
	unit_free(&r.straight.unit);
	unit_free(&r.shuffled.unit);
	return found ? r.difference : NULL;
}
