/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Requires the world's known ports, which are those of all containers, sorted
 * by name.
 */
#include "pmap/port_name.h"

#include "cilium/version.h"

bool
port_name_of_subject(const struct endpoint *subject, const struct ir_port *port,
    uint16_t *ret_port)
{
	for (uint32_t i = 0; i < subject->ports.n; i++) {
		const struct named_port *own = &subject->ports.v[i];

		if (atom_eq(own->name, port->name) &&
		    own->proto == port->proto) {
			*ret_port = own->port;
			return true;
		}
	}
	return false;
}

bool
port_name_of_peers(const struct world *w, const struct bitset *peers,
    const struct ir_port *port, uint16_t *ret_port)
{
	bool among_peers =
	    version_has(w->ir->opt.cilium, VERSION_PORT_NAMES_OF_PEERS);
	uint16_t number = 0;

	for (size_t i = world_known_port(w, port->name); i < w->known_ports.n;
	     i++) {
		const struct known_port *k = &w->known_ports.v[i];

		if (!atom_eq(k->port.name, port->name))
			break;
		if (k->port.proto != port->proto ||
		    (among_peers && !bitset_test(peers, k->ident.i)))
			continue;
		if (number != 0 && number != k->port.port)
			return false;
		number = k->port.port;
	}
	if (number == 0)
		return false;
	*ret_port = number;
	return true;
}
