/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Changes in words: sets of actors, ports and what is left of them, reasons.
 */
#include "report/changes_words.h"

#include <string.h>

#include "cilium/proto.h"
#include "diag/printable.h"
#include "flow/query.h"

enum {
	NAMES_SHOWN = 6, /* of a list, before the rest is counted */
};

/* ---- names ---- */

static const char *
safe(const struct changes_report *r, struct str text)
{
	struct buf b;

	buf_init(&b, r->arena);
	printable_put(&b, text, SIZE_MAX);
	buf_putc(&b, '\0');
	return b.p;
}

const char *
changes_pod(const struct changes_report *r, const struct endpoint *e)
{
	if (e->host)
		return arena_printf(r->arena, "node/%s", safe(r, e->name));
	return safe(r, object_full_name(r->arena, e->ns, e->name));
}

struct str
changes_label(const struct changes_report *r, const struct actor *x)
{
	const struct actors *all = &r->changes->actors;
	const struct world *w = all->side[1].pmaps->world;
	struct str name;
	const char *comma;

	if (x->pods[1].n > 0 || actor_is_outside(all, x))
		return STR("");
	name = identity_print(r->arena, w, x->side[1].ident);
	if (!str_starts(name, STR("reserved:")))
		return name;
	name = (struct str){name.s + strlen("reserved:"),
	    name.n - strlen("reserved:")};
	/* An API server on a node has two. */
	comma = memchr(name.s, ',', name.n);
	return comma ? (struct str){name.s, (size_t)(comma - name.s)} : name;
}

const char *
changes_end(const struct changes_report *r, uint32_t actor)
{
	const struct actor *x = &r->changes->actors.v.v[actor];
	char text[CIDR_STRLEN];

	if (x->pods[1].n > 0)
		return changes_pod(r, x->pods[1].v[0]);
	if (x->ranges.n > 0)
		return arena_printf(r->arena, "%s",
		    ip_print(&x->ranges.v[0].first, text));
	return safe(r, changes_label(r, x));
}

void
changes_list_add(struct changes_list *l, const char *name)
{
	if (l->n < NAMES_SHOWN)
		buf_printf(l->out, "%s%s", l->n > 0 ? ", " : "", name);
	l->n++;
}

void
changes_list_end(const struct changes_list *l)
{
	if (l->n > NAMES_SHOWN)
		buf_printf(l->out, " and %zu more", l->n - NAMES_SHOWN);
}

/* Whether all actors that are outside, or else all with pods, are in SET. */
static bool
has_all(const struct actors *all, const struct bitset *set, bool outside)
{
	bool any = false;

	for (uint32_t i = 0; i < all->v.n; i++) {
		const struct actor *x = &all->v.v[i];

		if (outside ? !actor_is_outside(all, x) : x->pods[1].n == 0)
			continue;
		any = true;
		if (!bitset_test(set, i))
			return false;
	}
	return any;
}

/* Counts the pods of the namespace NS, in SET or all. */
static size_t
count_pods(const struct actors *all, const struct bitset *set, struct str ns)
{
	size_t n = 0;

	for (uint32_t i = 0; i < all->nsubjects; i++) {
		if (set && !bitset_test(set, i))
			continue;
		VEC_FOREACH (e, &all->v.v[i].pods[1])
			n += str_eq((*e)->ns, ns);
	}
	return n;
}

/* Whether all pods of the namespace are in SET, and it is more than one. */
static bool
is_whole_namespace(const struct actors *all, const struct bitset *set,
    struct str ns)
{
	size_t n = count_pods(all, NULL, ns);

	return n > 1 && count_pods(all, set, ns) == n;
}

/* Adds pods by name; where all of a namespace are there, its name and a star.
 */
static void
list_pods(struct changes_list *l, const struct changes_report *r,
    const struct bitset *set)
{
	const struct actors *all = &r->changes->actors;
	struct map seen;

	map_init(&seen, r->scratch);
	BITSET_FOREACH (i, set) {
		VEC_FOREACH (p, &all->v.v[i].pods[1]) {
			struct str ns = (*p)->ns;
			void **known = map_put(&seen, ns.s, ns.n);

			if (*known == l)
				continue;
			if (!*known)
				*known = !(*p)->host &&
					is_whole_namespace(all, set, ns)
				    ? (void *)l
				    : (void *)r->arena;
			changes_list_add(l,
			    *known == l
				? arena_printf(r->arena, "%s/*", safe(r, ns))
				: changes_pod(r, *p));
		}
	}
	arena_reset(r->scratch);
}

static void
list_outside(struct changes_list *l, const struct changes_report *r,
    const struct bitset *set)
{
	const struct actors *all = &r->changes->actors;
	char text[CIDR_STRLEN];

	if (has_all(all, set, true)) {
		changes_list_add(l, "world");
		return;
	}
	BITSET_FOREACH (i, set) {
		const struct actor *x = &all->v.v[i];

		if (!actor_is_outside(all, x))
			continue;
		VEC_FOREACH (range, &x->ranges) {
			cidr_print(&range->prefix, text);
			changes_list_add(l,
			    !range->cut ? arena_printf(r->arena, "%s", text)
					: arena_printf(r->arena,
					      "the rest of %s", text));
		}
	}
}

void
changes_put_set(struct buf *out, const struct changes_report *r,
    const struct bitset *set)
{
	const struct actors *all = &r->changes->actors;
	struct changes_list l = {.out = out};

	if (has_all(all, set, true) && has_all(all, set, false)) {
		buf_puts(out, "everybody");
		return;
	}
	if (has_all(all, set, false) && all->nsubjects > NAMES_SHOWN)
		changes_list_add(&l, "every pod");
	else
		list_pods(&l, r, set);
	list_outside(&l, r, set);
	BITSET_FOREACH (i, set) {
		struct str label = changes_label(r, &all->v.v[i]);

		if (label.n > 0)
			changes_list_add(&l, safe(r, label));
	}
	changes_list_end(&l);
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
list_port(struct changes_list *l, struct arena *a, const struct cell *c)
{
	const char *name = proto_name(c->proto);
	uint32_t last = c->ports.end - 1;

	if (!name)
		name = arena_printf(a, "protocol %u", c->proto);
	if (c->others)
		name = "other protocols";
	if (c->ports.first == 0 && c->ports.end == end_of(c->proto))
		changes_list_add(l, name);
	else if (c->ports.first == last)
		changes_list_add(l, arena_printf(a, "%u/%s", last, name));
	else
		changes_list_add(l,
		    arena_printf(a, "%u-%u/%s", c->ports.first, last, name));
}

/* Adds the ports of a protocol that the change is not about. */
static void
add_gaps(cell_vec *gaps, struct arena *a, const struct change *x, uint8_t proto)
{
	uint32_t at = 0;

	for (uint32_t i = 0; i < x->nports; i++) {
		const struct cell *c = &x->ports[i];

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
passes_no_sctp(const struct changes_report *r)
{
	const struct change_side *side = r->changes->actors.side;

	return !side[0].pmaps->world->ir->opt.sctp &&
	    !side[1].pmaps->world->ir->opt.sctp;
}

/* Puts what the change is not about; false: it is about too little. */
static bool
put_complement(struct buf *out, const struct changes_report *r,
    const struct change *x)
{
	struct changes_list l = {.out = out};
	cell_vec gaps = {0};
	bool others = false;

	for (uint32_t i = 0; i < x->nports; i++)
		others |= x->ports[i].others;
	if (!others)
		return false;
	VEC_FOREACH (p, &r->changes->protos) {
		if (p->proto != IPPROTO_SCTP || !passes_no_sctp(r))
			add_gaps(&gaps, r->arena, x, p->proto);
	}
	buf_puts(out, gaps.n > 0 ? "every port but " : "every port");
	VEC_FOREACH (c, &gaps)
		list_port(&l, r->arena, c);
	changes_list_end(&l);
	return true;
}

void
changes_put_ports(struct buf *out, const struct changes_report *r,
    const struct change *x)
{
	struct changes_list l = {.out = out};

	if (put_complement(out, r, x))
		return;
	for (uint32_t i = 0; i < x->nports; i++)
		list_port(&l, r->arena, &x->ports[i]);
	changes_list_end(&l);
}

/* ---- reasons ---- */

static const char *
rule_text(const struct changes_report *r, int side, const struct ir_rule *rule)
{
	const struct object *o = rule->policy->object;

	return arena_printf(r->arena, "%s %s %s",
	    source_where(r->source[side], rule->at), o->kind_name,
	    safe(r, object_full_name(r->arena, o->ns, o->name)));
}

static void
put_cause(struct buf *out, const struct changes_report *r, int side,
    const struct judged_end *e, const struct explanation *why)
{
	const struct pmap_rule *d = why->why.default_deny;

	switch (why->cause) {
	case CAUSE_RULE:
		buf_printf(out, "%s %s",
		    e->result.value.deny ? "denied by" : "by",
		    rule_text(r, side, why->decider->rule->rule));
		return;
	case CAUSE_NO_POLICY:
		buf_puts(out, "no policy is for it");
		return;
	case CAUSE_DEFAULT_ALLOW:
		buf_puts(out, "no policy asks for default deny");
		return;
	case CAUSE_LOCAL_HOST:
		buf_puts(out, "a pod's own node is let in");
		return;
	case CAUSE_DEFAULT_DENY:
		buf_printf(out, "no rule allows it, default deny of %s",
		    rule_text(r, side, d->rule));
		return;
	case CAUSE_FORCE:
		buf_puts(out, "no rule allows it, default deny is forced");
		return;
	}
}

static void
put_proxy(struct buf *out, const struct changes_report *r, int side,
    const struct judged_end *e)
{
	const struct pmaps *m = r->changes->actors.side[side].pmaps;
	struct str name = m->redirects.v[e->result.value.redirect].name;

	if (name.n > 0 && e->result.verdict == PMAP_REDIRECTED)
		buf_printf(out, " through the %s proxy", safe(r, name));
}

/* What decides on one side: who drops it, or all that let it through. */
void
changes_put_answer(struct buf *out, const struct changes_report *r, int side,
    const struct change_answer *x)
{
	static const char *const words[] = {[FLOW_ALLOWED] = "allowed",
	    [FLOW_UNKNOWN] = "unknown",
	    [FLOW_REFUSED] = "refused",
	    [FLOW_DROPPED] = "dropped"};
	const char *sep = " at ";

	buf_puts(out, words[x->verdict]);
	if (x->uncertain)
		buf_printf(out, ": %s is not known in full",
		    source_where(r->source[side], x->uncertain->at));
	for (int i = 0; i < 2; i++) {
		enum direction dir = i == 0 ? DIR_EGRESS : DIR_INGRESS;
		const struct judged_end *e = &x->judgement.end[dir];

		if (e->state != JUDGE_ASKED || x->verdict == FLOW_UNKNOWN ||
		    e->verdict != x->verdict ||
		    (x->verdict == FLOW_ALLOWED &&
			x->explanation[dir].cause != CAUSE_RULE))
			continue;
		buf_printf(out, "%s%s: ", sep, direction_name(dir));
		put_cause(out, r, side, e, &x->explanation[dir]);
		put_proxy(out, r, side, e);
		sep = ", at ";
	}
}

void
changes_put_witness(struct buf *out, const struct changes_report *r,
    const struct change_witness *w)
{
	buf_printf(out, "%s -> %s %s", changes_end(r, w->from),
	    changes_end(r, w->to),
	    query_print_port(r->arena, w->proto, w->port));
}
