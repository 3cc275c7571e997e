/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Frames for each probe of each host.
 */
#include <stdlib.h>
#include <string.h>

#include <linux/if_ether.h>

#include "cilium/proto.h"
#include "kernel/frame.h"
#include "kernel/trial.h"

/* The frame of a probe, which fits the family. */
static void
make_frame(struct buf *b, struct probe p, const struct ip *from,
    const struct ip *to)
{
	if (from->family == IP_V4) {
		frame_ethernet(b, ETH_P_IP);
		frame_ipv4(b, 0x45, 0, p.proto, from, to);
	} else {
		frame_ethernet(b, ETH_P_IPV6);
		frame_ipv6(b, p.proto, from, to);
	}
	if (proto_is_icmp(p.proto))
		frame_icmp(b, p.port, 0);
	else
		frame_ports(b, p.port);
}

static int
try_family(struct trial_tally *tally, struct arena *a, const struct trial *t,
    enum direction dir, uint8_t family, const struct test_host *remote,
    const struct probes *probes)
{
	/* Nothing is looked at, so one packet shows as much as all. */
	const struct cnpc_config *c = t->config;
	bool once = !(dir == DIR_EGRESS ? c->egress : c->ingress) ||
	    !(family == IP_V4 ? c->ipv4 : c->ipv6);
	const struct ip *ends[] = {&t->local->addr[family - 1],
	    &remote->addr[family - 1]};
	struct buf frame;
	int error = 0;

	if (ends[1]->family == 0)
		return 0;
	buf_init(&frame, a);
	VEC_FOREACH (p, &probes->list) {
		if (!probe_fits(*p, family))
			continue;
		make_frame(&frame, *p, ends[dir == DIR_INGRESS],
		    ends[dir == DIR_EGRESS]);
		error =
		    trial_frame(tally, a, t, dir, remote, buf_as_str(&frame));
		if (error || once)
			break;
	}
	return error;
}

int
trial_host(struct trial_tally *tally, struct arena *a, const struct trial *t,
    enum direction dir, const struct test_host *remote,
    const struct probes *probes)
{
	int error = 0;

	for (uint8_t family = IP_V4; family <= IP_V6 && !error; family++)
		error = try_family(tally, a, t, dir, family, remote, probes);
	return error;
}

/* By direction, then identity, then as in the table. */
static int
compare_owner(const void *a, const void *b)
{
	const struct policy_record *x = a, *y = b;

	if (x->dir != y->dir)
		return x->dir < y->dir ? -1 : 1;
	if (x->id != y->id)
		return x->id < y->id ? -1 : 1;
	return policy_record_compare(x, y);
}

/* How many of the N entries from V on belong to one identity. */
static uint32_t
count_own(const struct policy_record *v, uint32_t n, uint32_t id)
{
	uint32_t own = 0;

	while (own < n && v[own].id == id)
		own++;
	return own;
}

/* What trial_table() is given. */
struct table_trial {
	struct trial_tally *tally;
	struct arena *arena;
	const struct trial *trial;
	const struct testnet *net;
	const uint32_t *others;
	uint32_t nothers;
};

/* A direction's N entries, sorted by identity. */
static int
try_direction(const struct table_trial *x, enum direction dir,
    const struct policy_record *v, uint32_t n)
{
	const struct testnet *net = x->net;
	uint32_t any = count_own(v, n, 0), own;
	struct probes probes = {0};
	int error = 0;

	probes_add_common(&probes, x->arena);
	probes_add_entries(&probes, x->arena, v, any);
	for (uint32_t i = 0; i < x->nothers && !error; i++)
		error = trial_host(x->tally, x->arena, x->trial, dir,
		    testnet_host(net, x->others[i]), &probes);
	for (uint32_t i = 0; i < net->nunmapped && !error; i++)
		error = trial_host(x->tally, x->arena, x->trial, dir,
		    &net->unmapped[i], &probes);
	for (uint32_t i = any; i < n && !error; i += own) {
		own = count_own(v + i, n - i, v[i].id);
		probes.list.n = 0;
		probes_add_entries(&probes, x->arena, v, any);
		probes_add_entries(&probes, x->arena, v + i, own);
		error = trial_host(x->tally, x->arena, x->trial, dir,
		    testnet_host(net, v[i].id), &probes);
	}
	return error;
}

int
trial_table(struct trial_tally *tally, struct arena *a, const struct trial *t,
    const struct testnet *net, const struct policy_table *table,
    const uint32_t *others, uint32_t nothers)
{
	const struct table_trial x = {tally, a, t, net, others, nothers};
	struct policy_record *v =
	    ARENA_ARRAY(a, struct policy_record, table->n);
	uint32_t ingress = 0;
	int error;

	if (table->n > 0)
		memcpy(v, table->v, table->n * sizeof(*v));
	qsort(v, table->n, sizeof(*v), compare_owner);
	while (ingress < table->n && v[ingress].dir == DIR_INGRESS)
		ingress++;
	error = trial_begin(tally, t, 0);
	if (!error)
		error = try_direction(&x, DIR_INGRESS, v, ingress);
	if (!error)
		error = try_direction(&x, DIR_EGRESS, v + ingress,
		    table->n - ingress);
	return error ? error : trial_end(tally, a, t);
}
