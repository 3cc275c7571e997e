/* SPDX-License-Identifier: Apache-2.0 */

/*
 * How many connections one core judges and explains in a second.
 *
 *     judge_bench INPUT
 *
 * compiles INPUT and draws connections, always the same ones: half from any
 * pod to any pod or prefix on any port, half such that the destination's policy
 * has an entry for it.  Prints "judge RATE" and "explain RATE", connections a
 * second, and how many are dropped, so that a wrong answer does not pass for a
 * fast one.
 */

#include <err.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "cilium/proto.h"
#include "driver/passes.h"
#include "driver/unit.h"
#include "flow/explain.h"

enum {
	FLOWS = 1 << 20,
	JUDGE_ROUNDS = 8,
	EXPLAINED = 1 << 12,
	OUTSIDE_OF = 8, /* one of so many goes out of the cluster */
};

/* Nanoseconds of the processor, whatever else the machine does. */
static uint64_t
now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

/* A number below N, by splitmix64. */
static uint32_t
draw(uint64_t *state, size_t n)
{
	uint64_t x = *state += 0x9e3779b97f4a7c15;

	x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9;
	x = (x ^ x >> 27) * 0x94d049bb133111eb;
	return (uint32_t)((x ^ x >> 31) % n);
}

static struct flow_end
draw_pod(uint64_t *state, const struct pmaps *m)
{
	const struct endpoint *e =
	    &m->world->endpoints.v[draw(state, m->world->endpoints.n)];

	return (struct flow_end){.ident = e->ident,
	    .class = pmap_class_of_endpoint(m, e),
	    .endpoint = e};
}

static struct flow_end
draw_prefix(uint64_t *state, const struct world *w)
{
	return (struct flow_end){
	    .ident = w->ipcache.v[draw(state, w->ipcache.n)].ident};
}

/* The I-th of the identities in SET, counted round. */
static ident_idx_t
member(const struct bitset *set, uint32_t from)
{
	uint32_t i = bitset_next(set, from % set->nbits);

	return (ident_idx_t){i < set->nbits ? i : bitset_next(set, 0)};
}

/*
 * Makes F one that the policy of its destination speaks of: on the port of one
 * of its entries, from one of the peers of the entry.
 */
static void
follow_entry(uint64_t *state, const struct pmaps *m, struct flow *f)
{
	const struct pmap_direction *d =
	    f->to.class ? f->to.class->direction[DIR_INGRESS] : NULL;
	const struct pmap_entry *entry;
	const struct pmap_key *key;

	if (!d || d->nkeys == 0)
		return;
	key = &d->keys[draw(state, d->nkeys)];
	entry = &key->entries[draw(state, key->nentries)];
	f->proto = key->proto != 0 ? key->proto : f->proto;
	f->port = key->port_bits != 0 ? key->port : f->port;
	if (entry->peers)
		f->from.ident =
		    member(entry->peers, draw(state, entry->peers->nbits));
	f->from.class = pmap_class_of(m, f->from.ident);
	f->from.endpoint = NULL;
}

/* Half of them at random, half such as policies are written for. */
static struct flow *
draw_flows(struct arena *a, const struct pmaps *m)
{
	struct flow *flows = ARENA_ARRAY(a, struct flow, FLOWS);
	uint64_t state = 1;

	for (size_t i = 0; i < FLOWS; i++) {
		struct flow *f = &flows[i];

		f->from = draw_pod(&state, m);
		f->to = draw(&state, OUTSIDE_OF) == 0
		    ? draw_prefix(&state, m->world)
		    : draw_pod(&state, m);
		f->proto = IPPROTO_TCP;
		f->port = (uint16_t)draw(&state, UINT16_MAX);
		if (i % 2 == 0)
			follow_entry(&state, m, f);
	}
	return flows;
}

static void
judge_all(const struct pmaps *m, const struct flow *flows)
{
	uint32_t dropped = 0;
	uint64_t start = now();

	for (unsigned round = 0; round < JUDGE_ROUNDS; round++) {
		for (size_t i = 0; i < FLOWS; i++)
			dropped +=
			    judge(m, &flows[i], NULL).verdict == FLOW_DROPPED;
	}
	printf("judge %.0f\ndropped %u of %u\n",
	    1e9 * JUDGE_ROUNDS * FLOWS / (double)(now() - start),
	    dropped / JUDGE_ROUNDS, FLOWS);
}

static void
explain_all(const struct pmaps *m, const struct flow *flows)
{
	struct arena arena = {0};
	uint64_t start = now();

	for (size_t i = 0; i < EXPLAINED; i++) {
		struct judgement j = judge(m, &flows[i], NULL);
		struct explanation x;

		for (int dir = DIR_INGRESS; dir <= DIR_EGRESS; dir++) {
			if (j.end[dir].state == JUDGE_ASKED)
				explain(&x, &arena, m, &flows[i], &j.end[dir],
				    NULL);
		}
		arena_reset(&arena);
	}
	printf("explain %.0f\n", 1e9 * EXPLAINED / (double)(now() - start));
	arena_free(&arena);
}

int
main(int argc, char **argv)
{
	const struct flow *flows;
	struct unit_options opt;
	struct unit u;

	if (argc != 2)
		errx(2, "usage: judge_bench INPUT");
	unit_options_default(&opt);
	opt.inputs = (const char *const *)&argv[1];
	opt.ninputs = 1;
	unit_init(&u, &opt);
	unit_run(&u, PASS_BIT(PMAP));
	if (!unit_ran(&u, PASS_PMAP) || u.world.endpoints.n == 0 ||
	    u.world.ipcache.n == 0)
		errx(1, "%s: no cluster to judge in", argv[1]);
	flows = draw_flows(&u.perm, &u.pmaps);
	judge_all(&u.pmaps, flows);
	explain_all(&u.pmaps, flows);
	unit_free(&u);
	return 0;
}
