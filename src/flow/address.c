/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Looks addresses up among nodes and endpoints, one by one: a question has few.
 */
#include "flow/address.h"

#include <string.h>

bool
address_is(const struct ast_str *text, const struct ip *ip)
{
	struct ip have;

	return text->present && ip_parse(text->v, &have) &&
	    memcmp(&have, ip, sizeof(have)) == 0;
}

const struct node *
address_node(const struct world *w, const struct ip *ip)
{
	VEC_FOREACH (n, &w->nodes) {
		VEC_FOREACH (have, &n->ips) {
			if (memcmp(have, ip, sizeof(*ip)) == 0)
				return n;
		}
	}
	return NULL;
}

const struct endpoint *
address_host(const struct world *w, const struct node *node)
{
	return node ? world_find_endpoint(w, STR(""), node->name) : NULL;
}

const struct endpoint *
address_endpoint(const struct world *w, const struct ip *ip)
{
	VEC_FOREACH (e, &w->endpoints) {
		for (uint32_t i = 0; i < e->nips && !e->host; i++) {
			if (memcmp(&e->ips[i], ip, sizeof(*ip)) == 0)
				return e;
		}
	}
	return NULL;
}
