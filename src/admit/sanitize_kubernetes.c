/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the Cilium agent refuses in a NetworkPolicy or ClusterNetworkPolicy
 * that the API server has taken, and would refuse in a forerunner of the
 * latter.  It is little: the API server checks these kinds itself.
 * Source: semantics.md 2.6.
 */
#include "diag_gen.h"
#include "ir/port_text.h"
#include "admit/check.h"
#include "cilium/version.h"

static void
check_cidrs(struct check *c, const struct ast_str_list *l)
{
	for (uint32_t i = 0; i < l->n; i++)
		check_cidr(c, &l->v[i], false);
}

static void
check_np_items(struct check *c, const struct ast_np_rule *v, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++) {
		for (uint32_t k = 0; k < v[i].peers.n; k++) {
			const struct ast_np_ip_block *b =
			    v[i].peers.v[k].ip_block;

			if (!b)
				continue;
			check_cidr(c, &b->cidr, false);
			check_cidrs(c, &b->except);
		}
	}
}

/* A bug of some versions: semantics.md 4.5. */
static void
check_lone_blocks(struct check *c, const struct ast_np_spec *spec)
{
	if (!ir_peers_are_local(c->opt) ||
	    !version_has(c->opt->cilium, VERSION_IP_BLOCK_REFUSED))
		return;
	for (uint32_t i = 0; i < spec->ingress.n; i++) {
		const struct ast_np_rule *r = &spec->ingress.v[i];

		for (uint32_t k = 0; k < r->peers.n; k++) {
			if (r->peers.v[k].ip_block)
				check_reject(c,
				    diag_ip_block_refused(c->sink,
					r->peers.v[k].at));
		}
	}
}

void
sanitize_network_policy(struct check *c)
{
	const struct ast_network_policy *p = c->object->body;

	if (!p->spec)
		return;
	check_lone_blocks(c, p->spec);
	check_np_items(c, p->spec->ingress.v, p->spec->ingress.n);
	check_np_items(c, p->spec->egress.v, p->spec->egress.n);
}

static void
check_kcnp_peer(struct check *c, const struct ast_kcnp_peer *p,
    struct str action)
{
	const char *accept =
	    c->object->kind == AST_CLUSTER_NETWORK_POLICY ? "Accept" : "Allow";

	if (p->nodes)
		check_selects_nodes(c, p->nodes->at);
	check_cidrs(c, &p->networks);
	if (p->domain_names.present && !str_is(action, accept))
		check_reject(c,
		    diag_domain_names_need_accept(c->sink, p->domain_names.at,
			action, accept));
	/* Their addresses are learned by the proxy. */
	if (p->domain_names.present && !c->opt->l7_proxy)
		check_reject(c, diag_l7_disabled(c->sink, p->domain_names.at));
}

static void
check_port_name(struct check *c, const struct ast_str *name)
{
	struct port_text port;

	if (name->present && !(port_parse(name->v, &port) && port.named))
		check_unsupported(c, name->at,
		    STR("a port name that no container port can have"));
}

static void
check_kcnp_items(struct check *c, const struct ast_kcnp_rule *v, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++) {
		for (uint32_t k = 0; k < v[i].peers.n; k++)
			check_kcnp_peer(c, &v[i].peers.v[k], v[i].action.v);
		for (uint32_t k = 0; k < v[i].protocols.n; k++)
			check_port_name(c,
			    &v[i].protocols.v[k].destination_named_port);
		for (uint32_t k = 0; k < v[i].ports.n; k++)
			check_port_name(c, &v[i].ports.v[k].named_port);
	}
}

void
sanitize_cluster_network_policy(struct check *c)
{
	const struct ast_cluster_network_policy *p = c->object->body;

	/* Only the extension comes here for an older version. */
	if (!version_has(c->opt->cilium, VERSION_PASS))
		check_unsupported(c, c->object->at,
		    STR("this kind beside an older Cilium than 1.20"));
	check_kcnp_items(c, p->spec->ingress.v, p->spec->ingress.n);
	check_kcnp_items(c, p->spec->egress.v, p->spec->egress.n);
}
