/* SPDX-License-Identifier: Apache-2.0 */
#include "probes.h"

#include "cilium/proto.h"

bool
probe_is_in(const struct probe *q, const struct cell *cells, uint32_t n,
    const cell_vec *protos)
{
	bool known = false;

	VEC_FOREACH (p, protos)
		known = known || p->proto == q->proto;
	for (uint32_t i = 0; i < n; i++) {
		const struct cell *c = &cells[i];

		if (c->others ? !known
			      : c->proto == q->proto &&
			    c->ports.first <= q->port && q->port < c->ports.end)
			return true;
	}
	return false;
}

void
probe_add(probe_vec *probes, struct arena *a, uint8_t proto, uint32_t port)
{
	uint32_t last = proto_has_ports(proto) ? UINT16_MAX
	    : proto_is_icmp(proto)             ? UINT8_MAX
					       : 0;

	if (port > last)
		return;
	VEC_FOREACH (p, probes) {
		if (p->proto == proto && p->port == port)
			return;
	}
	*vec_push(probes, a) = (struct probe){proto, (uint16_t)port};
}

void
probes_of_rules(probe_vec *probes, struct arena *a, const struct unit *u)
{
	static const uint8_t protos[] = {6, 17, 132, 1, 58, 89};

	for (size_t i = 0; i < sizeof(protos); i++)
		probe_add(probes, a, protos[i], 0);
	VEC_FOREACH (rule, &u->ir.rules) {
		for (uint32_t i = 0; i < (*rule)->nports; i++) {
			const struct ir_port *p = &(*rule)->ports[i];
			uint32_t last = p->end > p->port ? p->end : p->port;

			if (p->proto == 0)
				continue;
			probe_add(probes, a, p->proto, p->port);
			probe_add(probes, a, p->proto, last);
			probe_add(probes, a, p->proto, last + 1);
		}
	}
	VEC_FOREACH (k, &u->world.known_ports)
		probe_add(probes, a, k->port.proto, k->port.port);
}

bool
probe_results_differ(const redirect_vec *x, const struct pmap_result *a,
    const redirect_vec *y, const struct pmap_result *b)
{
	return a->verdict != b->verdict || a->auth != b->auth ||
	    !str_eq(x->v[a->value.redirect].name, y->v[b->value.redirect].name);
}
