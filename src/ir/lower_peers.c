/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The peers of an element of a Cilium policy: endpoints, nodes, entities,
 * prefixes, groups, names and Services.
 * Source: semantics.md 3.3, 4.4, 5.3, 6.3, 7.
 */
#include <assert.h>

#include "base/num.h"
#include "cilium/labels.h"
#include "cilium/reserved.h"
#include "cilium/version.h"
#include "ir/lower.h"
#include "ir/selector.h"

const struct ir_selector *
lower_peer_selector(struct lowering *l, const struct ast_selector *written,
    bool subject_is_init)
{
	const struct ir_words *w = &l->ir->word;
	struct selector s;

	selector_begin(&s, l->ir);
	selector_add(&s, written, w->any, STR(""));
	if (selector_has_source(&s, w->reserved))
		return selector_end(&s);
	if (!selector_has_key(&s, w->pod_namespace)) {
		struct str key = atom_str(l->ir->atoms, w->pod_namespace);

		if (!l->policy->clusterwide) {
			if (!selector_has_prefix(&s, STR(LABEL_OF_NAMESPACE)))
				selector_equals(&s, w->k8s, key, l->ns);
		} else if (!subject_is_init) {
			selector_exists(&s, w->k8s, key);
		}
	}
	lower_local_cluster(&s);
	return selector_end(&s);
}

/* Nodes by their labels; never the local host (semantics.md 4.4). */
static const struct ir_selector *
node_selector(struct lowering *l, const struct ast_selector *written)
{
	struct selector s;

	selector_begin(&s, l->ir);
	selector_add(&s, written, l->ir->word.any, STR(""));
	selector_exists(&s, l->ir->word.reserved, STR(RESERVED_REMOTE_NODE));
	lower_local_cluster(&s);
	if (l->ir->opt.node_label_filter.n > 0)
		lower_note(l, VERSION_NODE_FILTER_CLUSTER, written->at);
	return selector_end(&s);
}

static void
add_reserved(struct lowering *l, peer_vec *v, struct str label, struct span at)
{
	lower_add_peer(l, v, selector_label(l->ir, l->ir->word.reserved, label),
	    at);
}

static void
add_reserved_list(struct lowering *l, peer_vec *v, const char *const *list,
    struct span at)
{
	for (; list && *list; list++)
		add_reserved(l, v, str_of(*list), at);
}

static void
add_entity(struct lowering *l, peer_vec *v, const struct ast_str *name)
{
	const struct ir_words *w = &l->ir->word;
	struct str cluster = atom_str(l->ir->atoms, w->cluster);
	bool mesh = str_is(name->v, "cluster-mesh");
	const char *const *several = NULL;
	struct selector s;

	if (str_is(name->v, "all")) {
		lower_add_peer(l, v, l->ir->wildcard, name->at);
		return;
	}
	if (mesh || str_is(name->v, "cluster")) {
		several = reserved_of_cluster;
		selector_begin(&s, l->ir);
		if (mesh)
			selector_exists(&s, w->k8s, cluster);
		else
			selector_equals(&s, w->k8s, cluster,
			    l->ir->opt.cluster_name);
		lower_add_peer(l, v, selector_end(&s), name->at);
	} else if (str_is(name->v, RESERVED_WORLD)) {
		several = reserved_of_world;
	}
	if (!several)
		add_reserved(l, v, name->v, name->at);
	add_reserved_list(l, v, several, name->at);
	if (version_has(l->ir->opt.cilium, VERSION_AGGREGATES))
		add_reserved_list(l, v, reserved_aggregates(name->v), name->at);
}

/* toCIDR takes a bare address as well (the API server does not). */
static bool
parse_cidr_or_ip(struct str text, struct cidr *ret_cidr)
{
	struct ip ip;

	if (cidr_parse(text, ret_cidr))
		return true;
	if (!ip_parse(text, &ip))
		return false;
	*ret_cidr = cidr_of_ip(&ip);
	return true;
}

static void
add_cidr_rule(struct lowering *l, peer_vec *v, const struct ast_cidr_rule *r)
{
	struct cidr c;
	bool ok;

	if (!r->cidr.present) {
		lower_add_peer(l, v, lower_group(l, r), r->at);
		return;
	}
	ok = cidr_parse(r->cidr.v, &c);
	assert(ok);
	ir_check_prefix(l->sink, &r->cidr);
	lower_add_peer(l, v,
	    lower_cidr(l, &c, r->cidr.at, r->except.v, r->except.n), r->at);
}

/*
 * In some versions /0 in such a list is what has a prefix of its family as
 * well, and nothing else where the cluster does not have the family; and of
 * both families it is the world identity of clusters with one family, too.
 */
static void
add_cidrs(struct lowering *l, peer_vec *v, const struct ast_str_list *list)
{
	const struct ir_options *opt = &l->ir->opt;
	bool alike = version_has(opt->cilium, VERSION_CIDR_LISTS_ALIKE);
	bool zero[IP_V6 + 1] = {false};

	for (uint32_t i = 0; i < list->n; i++) {
		const struct ast_str *text = &list->v[i];
		struct cidr c;
		bool ok = parse_cidr_or_ip(text->v, &c);

		assert(ok);
		ir_check_prefix(l->sink, text);
		if (c.bits == 0 && !alike)
			lower_add_peer(l, v,
			    selector_label(l->ir, l->ir->word.cidr, text->v),
			    text->at);
		if (c.bits > 0 || alike || ir_has_family(opt, c.family))
			lower_add_peer(l, v,
			    lower_cidr(l, &c, text->at, NULL, 0), text->at);
		zero[c.family] |= c.bits == 0;
	}
	if (zero[IP_V4] && zero[IP_V6] && !alike)
		add_reserved(l, v, STR(RESERVED_WORLD), list->at);
}

/*
 * A cloud provider's group.  Before 1.20 its addresses are in other policies,
 * and here it is nobody, or everybody (semantics.md 7.2).
 */
static void
add_external_group(struct lowering *l, peer_vec *v,
    const struct ast_group_peer *g)
{
	if (version_has(l->ir->opt.cilium, VERSION_EXTERNAL_GROUPS))
		lower_add_peer(l, v, lower_external_group(l, g), g->at);
	else if (lower_has(l, VERSION_EMPTY_GROUP_NOBODY, g->at))
		add_reserved(l, v, STR(RESERVED_NONE), g->at);
}

static struct str
fqdn_text(const struct ast_fqdn_selector *f)
{
	return f->match_name.present ? f->match_name.v : f->match_pattern.v;
}

bool
lower_peers(struct lowering *l, const struct ast_direction_rule *e, bool allow,
    bool subject_is_init, peer_vec *v)
{
	/* Only these make a rule select nothing when empty: 3.3. */
	bool none = (e->endpoints.present && e->endpoints.n == 0) ||
	    (e->cidr.present && e->cidr.n == 0) ||
	    (e->cidr_set.present && e->cidr_set.n == 0) ||
	    (e->entities.present && e->entities.n == 0) ||
	    (e->nodes.present && e->nodes.n == 0);

	for (uint32_t i = 0; i < e->endpoints.n; i++)
		lower_add_endpoints(l, v,
		    lower_peer_selector(l, &e->endpoints.v[i], subject_is_init),
		    e->endpoints.v[i].at);
	for (uint32_t i = 0; i < e->nodes.n; i++)
		lower_add_peer(l, v, node_selector(l, &e->nodes.v[i]),
		    e->nodes.v[i].at);
	for (uint32_t i = 0; i < e->entities.n; i++)
		add_entity(l, v, &e->entities.v[i]);
	add_cidrs(l, v, &e->cidr);
	for (uint32_t i = 0; i < e->cidr_set.n; i++)
		add_cidr_rule(l, v, &e->cidr_set.v[i]);
	for (uint32_t i = 0; i < e->groups.n; i++)
		add_external_group(l, v, &e->groups.v[i]);
	for (uint32_t i = 0; i < e->fqdns.n; i++)
		lower_add_peer(l, v, lower_fqdn(l, fqdn_text(&e->fqdns.v[i])),
		    e->fqdns.v[i].at);
	if (allow)
		lower_services(l, e, v);
	return !none;
}
