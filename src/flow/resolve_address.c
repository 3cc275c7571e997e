/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An address: a pod's, a node's, a Service's, or one of the ipcache's prefixes.
 */
#include "flow/address.h"
#include "flow/resolver.h"

#include "cilium/reserved.h"
#include "diag_gen.h"

static bool
is_link_local(const struct ip *ip)
{
	if (ip->family == IP_V4)
		return ip->addr[0] == 169 && ip->addr[1] == 254;
	return ip->addr[0] == 0xfe && (ip->addr[1] & 0xc0) == 0x80;
}

bool
resolve_address(struct resolver *r, struct trace_party *p)
{
	const struct ip *ip = &p->asked->ip;
	const struct query *q = r->t->query;
	const struct endpoint *e = address_endpoint(r->world, ip);
	const struct node *node = address_node(r->world, ip);
	bool is_target = p == &r->t->to;
	/* An address of a node is a Service's to those who connect to it. */
	const struct object *service = e
	    ? NULL
	    : service_at(r->world, r->objects, ip, is_target ? q->proto : 0,
		  q->port);
	ident_idx_t ident = world_of_ip(r->world, ip, &p->prefix);

	if (service && is_target)
		return resolve_service(r, p, service, ip);
	if (service) {
		diag_service_connects(r->sink, service->name_at,
		    p->asked->text);
		return false;
	}
	if (!e && node) {
		p->node = node->name;
		e = address_host(r->world, node);
	}
	resolver_add(r, p, ident, e);
	/* A node's own link-local addresses are in no object. */
	if (is_target && !e && !node && is_link_local(ip)) {
		resolver_add_reserved(r, p, STR(RESERVED_HOST));
		p->either = true;
	}
	return true;
}
