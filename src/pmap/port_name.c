/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Requires the world's known ports, which are those of all containers, sorted
 * by name.
 */
#include "pmap/port_name.h"

#include "cilium/version.h"

static void
add(name_vec *out, struct arena *a, const struct pmap_name *name, uint16_t port)
{
	struct pmap_name *n = vec_push(out, a);

	*n = *name;
	n->port = port;
}

/* What it means on the subject itself. */
static void
resolve_own(name_vec *out, struct arena *a, const struct endpoint *subject,
    const struct pmap_name *name)
{
	for (uint32_t i = 0; i < subject->ports.n; i++) {
		const struct named_port *own = &subject->ports.v[i];

		if (atom_eq(own->name, name->name) && own->proto == name->proto)
			add(out, a, name, own->port);
	}
}

static bool
is_of_name(const struct known_port *k, const struct pmap_name *name)
{
	return atom_eq(k->port.name, name->name) &&
	    k->port.proto == name->proto;
}

/* On each peer its own number, or one number that all pods have. */
static void
resolve_peers(name_vec *out, struct arena *a, const struct world *w,
    const struct pmap_name *name)
{
	bool each = version_has(w->ir->opt.cilium, VERSION_PORT_NAMES_OF_PEERS);
	struct pmap_name one = *name;
	size_t before = out->n;

	if (each)
		one.end = 0;
	for (size_t i = world_known_port(w, name->name); i < w->known_ports.n &&
	     atom_eq(w->known_ports.v[i].port.name, name->name);
	     i++) {
		const struct known_port *k = &w->known_ports.v[i];

		if (!is_of_name(k, name))
			continue;
		one.peers = each ? k->idents : NULL;
		add(out, a, &one, k->port.port);
	}
	if (!each && out->n - before > 1)
		out->n = before;
}

void
port_name_resolve(name_vec *out, struct arena *a, const struct world *w,
    const struct endpoint *subject, const struct pmap_name *name)
{
	if (subject)
		resolve_own(out, a, subject, name);
	else
		resolve_peers(out, a, w, name);
}
