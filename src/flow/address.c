/* SPDX-License-Identifier: Apache-2.0 */
#include "flow/address.h"

#include <string.h>

bool
address_is(const struct ast_str *text, const struct ip *ip)
{
	struct ip have;

	return text->present && ip_parse(text->v, &have) &&
	    memcmp(&have, ip, sizeof have) == 0;
}

static bool
node_has(const struct object *o, const struct ip *ip)
{
	const struct ast_node *node = o->body;

	if (node->status == NULL)
		return false;
	for (uint32_t i = 0; i < node->status->addresses.n; i++) {
		if (address_is(&node->status->addresses.v[i].address, ip))
			return true;
	}
	return false;
}

static bool
cilium_node_has(const struct object *o, const struct ip *ip)
{
	const struct ast_cilium_node *node = o->body;

	if (node->spec == NULL)
		return false;
	for (uint32_t i = 0; i < node->spec->addresses.n; i++) {
		if (address_is(&node->spec->addresses.v[i].ip, ip))
			return true;
	}
	return false;
}

struct str
address_node(const struct object_list *objects, const struct ip *ip)
{
	VEC_FOREACH (p, &objects->v) {
		const struct object *o = *p;

		if (o->status != OBJECT_OK)
			continue;
		if ((o->kind == AST_NODE && node_has(o, ip)) ||
		    (o->kind == AST_CILIUM_NODE && cilium_node_has(o, ip)))
			return o->name;
	}
	return STR("");
}

const struct endpoint *
address_endpoint(const struct world *w, const struct ip *ip)
{
	VEC_FOREACH (e, &w->endpoints) {
		for (uint32_t i = 0; i < e->nips; i++) {
			if (memcmp(&e->ips[i], ip, sizeof *ip) == 0)
				return e;
		}
	}
	return NULL;
}
