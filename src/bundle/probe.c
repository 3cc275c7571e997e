/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lists of probes, sorted and distinct.
 */
#include "bundle/probe.h"

#include <netinet/in.h>
#include <stdlib.h>

#define UNLISTED_PROTO 253 /* for experiments: RFC 3692 */

static const struct probe common[] = {
    {IPPROTO_TCP, 0},
    {IPPROTO_TCP, 1},
    {IPPROTO_TCP, UINT16_MAX},
    {IPPROTO_UDP, 0},
    {IPPROTO_UDP, 1},
    {IPPROTO_UDP, UINT16_MAX},
    {IPPROTO_SCTP, 0},
    {IPPROTO_SCTP, 1},
    {IPPROTO_SCTP, UINT16_MAX},
    {IPPROTO_ICMP, 0}, /* echo reply */
    {IPPROTO_ICMP, 3}, /* destination unreachable */
    {IPPROTO_ICMP, 8}, /* echo request */
    {IPPROTO_ICMP, UINT8_MAX},
    {IPPROTO_ICMPV6, 0},
    {IPPROTO_ICMPV6, 1},   /* destination unreachable */
    {IPPROTO_ICMPV6, 128}, /* echo request */
    {IPPROTO_ICMPV6, UINT8_MAX},
    {IPPROTO_GRE, 0},
    {UNLISTED_PROTO, 0},
};

static int
compare_probe(const void *a, const void *b)
{
	const struct probe *x = a, *y = b;

	return x->proto != y->proto ? x->proto - y->proto : x->port - y->port;
}

void
probes_add(struct probes *p, struct arena *a, const struct probe *v, size_t n)
{
	struct probe *all;
	size_t kept = 0;

	for (size_t i = 0; i < n; i++)
		*vec_push(&p->list, a) = v[i];
	all = p->list.v;
	qsort(all, p->list.n, sizeof(*all), compare_probe);
	for (size_t i = 0; i < p->list.n; i++) {
		if (kept == 0 || compare_probe(&all[kept - 1], &all[i]) != 0)
			all[kept++] = all[i];
	}
	p->list.n = kept;
}

void
probes_add_common(struct probes *p, struct arena *a)
{
	probes_add(p, a, common, sizeof(common) / sizeof(*common));
}

void
probes_add_entries(struct probes *p, struct arena *a,
    const struct policy_record *v, uint32_t n)
{
	VEC(struct probe) found = {0};

	*vec_push(&found, a) = (struct probe){UNLISTED_PROTO, 0};
	for (uint32_t i = 0; i < n; i++) {
		const struct policy_record *r = &v[i];
		int first = r->port;
		int last = first + (UINT16_MAX >> r->port_bits);
		const int ports[] = {first - 1, first, last, last + 1};

		/* In a table the entries of one prefix are neighbours. */
		if (r->proto == 0 ||
		    (i > 0 && r[-1].proto == r->proto && r[-1].port == first &&
			r[-1].port_bits == r->port_bits))
			continue;
		for (size_t k = 0; k < sizeof(ports) / sizeof(*ports); k++) {
			if (ports[k] >= 0 && ports[k] <= UINT16_MAX)
				*vec_push(&found, a) = (struct probe){r->proto,
				    (uint16_t)ports[k]};
		}
	}
	probes_add(p, a, found.v, found.n);
}

bool
probe_fits(struct probe probe, uint8_t family)
{
	switch (probe.proto) {
	case IPPROTO_TCP:
	case IPPROTO_UDP:
	case IPPROTO_SCTP:
		return true;
	case IPPROTO_ICMP:
		return probe.port <= (family == IP_V4 ? UINT8_MAX : 0);
	case IPPROTO_ICMPV6:
		return probe.port <= (family == IP_V6 ? UINT8_MAX : 0);
	case IPPROTO_HOPOPTS:
	case IPPROTO_ROUTING:
	case IPPROTO_FRAGMENT:
	case IPPROTO_AH:
	case IPPROTO_DSTOPTS:
		return family == IP_V4 && probe.port == 0;
	}
	return probe.port == 0;
}
