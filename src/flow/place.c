/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Looks addresses up in the same tables as resolve_address.c does.
 */
#include "flow/place.h"

#include "flow/address.h"
#include "flow/service.h"

bool
place_is_known(const struct world *w, const struct object_list *objects,
    const struct ip *ip)
{
	return address_endpoint(w, ip) || address_node(w, ip) ||
	    service_at(w, objects, ip, 0, 0);
}

bool
place_is_node_port(const struct world *w, const struct object_list *objects,
    const struct ip *ip, uint8_t proto, uint16_t port)
{
	return address_node(w, ip) && service_at(w, objects, ip, proto, port);
}
