/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Both questions are about all policies of a pod at once: the rule for DNS is
 * mostly in another file.  Nothing is said where a policy is not known in full,
 * since it may be the one.
 *
 * Source: semantics.md 5.4, 6.1, 10.5, 13.3.
 */
#include "lint/dns.h"

#include <netinet/in.h>

#include "diag_gen.h"
#include "lint/who.h"

enum { DNS_PORT = 53 };

struct dns {
	struct diag_sink *sink;
	struct arena *scratch;
	const struct pmaps *m;
	struct bitset *servers;        /* identities of the cluster's DNS */
	const struct endpoint *server; /* the first; NULL: none is known */
	struct bitset *told;           /* by rule */
};

static bool
has_label(const struct ir *ir, const struct identity *id, const char *key,
    const char *value)
{
	for (uint32_t i = 0; i < id->nlabels; i++) {
		if (str_is(atom_str(ir->atoms, id->labels[i].key), key) &&
		    str_is(atom_str(ir->atoms, id->labels[i].value), value))
			return true;
	}
	return false;
}

static void
find_servers(struct dns *d)
{
	const struct world *w = d->m->world;

	VEC_FOREACH (e, &w->endpoints) {
		const struct identity *id = world_identity(w, e->ident);

		if (e->host || e->assumed ||
		    !(has_label(w->ir, id, "k8s-app", "kube-dns") ||
			has_label(w->ir, id, "app.kubernetes.io/name",
			    "coredns")))
			continue;
		bitset_set(d->servers, e->ident.i);
		if (!d->server)
			d->server = e;
	}
}

static bool
is_name(const struct ir *ir, const struct ir_peer *p)
{
	return p->selector->nreq == 1 &&
	    atom_eq(p->selector->req[0].source, ir->word.fqdn);
}

/* The first peer of a direction that is a name; NULL: none is. */
static const struct ir_peer *
first_name(const struct ir *ir, const struct pmap_direction *d,
    const struct ir_rule **ret_rule)
{
	for (uint32_t i = 0; i < d->nrules; i++) {
		const struct ir_rule *r = d->rules[i].rule;

		for (uint32_t k = 0; k < r->npeers; k++) {
			if (r->policy && is_name(ir, &r->peers[k])) {
				*ret_rule = r;
				return &r->peers[k];
			}
		}
	}
	return NULL;
}

static bool
sees_answers(const struct pmap_direction *d)
{
	for (uint32_t i = 0; i < d->nselector_policies; i++) {
		if (d->selector_policies[i].parser == IR_PARSER_DNS)
			return true;
	}
	return false;
}

/* True when it was told now or before. */
static bool
check_learned(struct dns *d, const struct pmap_class *c)
{
	const struct pmap_direction *egress = c->direction[DIR_EGRESS];
	const struct ir_rule *r;
	const struct ir_peer *name = first_name(d->m->world->ir, egress, &r);

	if (!name || sees_answers(egress))
		return false;
	if (!bitset_test(d->told, r->index))
		diag_names_not_learned(d->sink, name->at, c->subject->ns,
		    c->subject->name);
	bitset_set(d->told, r->index);
	return true;
}

static bool
names_dns_port(const struct ir_rule *r)
{
	for (uint32_t i = 0; i < r->nports; i++) {
		const struct ir_port *p = &r->ports[i];

		if (p->port == DNS_PORT ||
		    (p->port > 0 && p->port < DNS_PORT && p->end >= DNS_PORT))
			return true;
	}
	return false;
}

/* Whether the policies of a direction allow something, and none of it DNS. */
static bool
forgets_dns(const struct pmap_direction *egress)
{
	bool something = false;

	for (uint32_t i = 0; i < egress->nrules; i++) {
		const struct ir_rule *r = egress->rules[i].rule;

		if (!who_allows_something(r))
			continue;
		something = true;
		if (names_dns_port(r))
			return false;
	}
	return something;
}

static bool
reaches_dns(const struct dns *d, const struct pmap_direction *egress)
{
	BITSET_FOREACH (i, d->servers) {
		if (who_is_let_through(egress, (ident_idx_t){i}, IPPROTO_UDP,
			DNS_PORT))
			return true;
	}
	return false;
}

/* Whether another pod of the namespace has DNS. */
static bool
others_have_dns(const struct dns *d, const struct endpoint *subject)
{
	const struct world *w = d->m->world;

	VEC_FOREACH (e, &w->endpoints) {
		const struct pmap_class *c;

		if (e->host || e->assumed || !str_eq(e->ns, subject->ns))
			continue;
		c = pmap_class_of_endpoint(d->m, e);
		if (!c->error && reaches_dns(d, c->direction[DIR_EGRESS]))
			return true;
	}
	return false;
}

static void
check_lost(struct dns *d, const struct pmap_class *c)
{
	const struct pmap_direction *egress = c->direction[DIR_EGRESS];
	const struct ir_rule *r = who_denies_by_default(egress);

	if (!r || bitset_test(d->told, r->index) ||
	    bitset_test(d->servers, c->subject->ident.i) ||
	    !forgets_dns(egress) || reaches_dns(d, egress) ||
	    !others_have_dns(d, c->subject))
		return;
	bitset_set(d->told, r->index);
	diag_no_dns(d->sink, r->at, c->subject->ns, c->subject->name,
	    who_name(d->scratch, d->server));
}

void
lint_check_dns(struct diag_sink *sink, struct arena *scratch,
    const struct pmaps *m, const struct object_list *objects)
{
	const struct world *w = m->world;
	struct dns d = {sink, scratch, m,
	    bitset_new(scratch, (uint32_t)w->idents.n), NULL,
	    bitset_new(scratch, (uint32_t)w->ir->rules.n)};

	if (!who_knows_policies(objects))
		return;
	find_servers(&d);
	VEC_FOREACH (c, &m->classes) {
		if (c->error || c->subject->host || c->subject->assumed)
			continue;
		if (!check_learned(&d, c) && d.server)
			check_lost(&d, c);
	}
}

/*
 * The prefix that a CIDR rule names, if it lies in what nodes give to caches.
 * 169.254.169.0/24 is what clouds answer on, no address of the node.
 */
static bool
is_cache(const struct ir *ir, const struct ir_selector *s, struct cidr *ret)
{
	static const struct cidr local = {IP_V4, 16, {169, 254}};
	static const struct cidr cloud = {IP_V4, 24, {169, 254, 169}};

	for (uint32_t i = 0; i < s->nreq; i++) {
		const struct ir_req *q = &s->req[i];

		if (q->op != IR_EXISTS || !q->is_cidr ||
		    !atom_eq(q->source, ir->word.cidr))
			continue;
		*ret = q->cidr;
		return cidr_contains(&local, &q->cidr) &&
		    !cidr_contains(&cloud, &q->cidr);
	}
	return false;
}

/* Whether a rule for R's pods, or for all, opens DNS on the node by its entity.
 */
static bool
opens_node(const struct ir *ir, const struct ir_rule *r)
{
	VEC_FOREACH (at, &ir->rules) {
		const struct ir_rule *o = *at;

		if ((o->subject != r->subject && o->subject->nreq > 0) ||
		    o->dir != DIR_EGRESS || o->verdict != IR_ALLOW ||
		    !names_dns_port(o))
			continue;
		for (uint32_t i = 0; i < o->npeers; i++) {
			if (o->peers[i].selector == ir->host)
				return true;
		}
	}
	return false;
}

void
lint_check_node_dns(struct diag_sink *sink, struct arena *scratch,
    const struct ir *ir)
{
	if (ir->opt.cidr_match & IR_CIDR_NODES)
		return;
	VEC_FOREACH (at, &ir->rules) {
		const struct ir_rule *r = *at;
		char text[CIDR_STRLEN];
		struct cidr c;

		if (r->dir != DIR_EGRESS || r->verdict != IR_ALLOW ||
		    !names_dns_port(r))
			continue;
		for (uint32_t i = 0; i < r->npeers; i++) {
			if (is_cache(ir, r->peers[i].selector, &c) &&
			    !opens_node(ir, r))
				diag_dns_of_the_node(sink, r->peers[i].at,
				    arena_printf(scratch, "%s",
					cidr_print(&c, text)));
		}
	}
}
