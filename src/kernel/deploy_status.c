/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is loaded, held against what the devices have.
 */
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "cnpc_abi.h"
#include "kernel/deploy.h"
#include "kernel/deploy_rules.h"
#include "kernel/hook.h"

/* Adds up a counter over all processors. */
static int
read_counter(int fd, uint32_t slot, uint64_t *cpus, int ncpus, uint64_t *ret)
{
	int error = -bpf_map_lookup_elem(fd, &slot, cpus);

	*ret = 0;
	for (int i = 0; i < ncpus && !error; i++)
		*ret += cpus[i];
	return error;
}

static int
read_counters(struct deploy *d, uint32_t generation, struct deploy_endpoint *e)
{
	int fd = bpf_obj_get(pins_device_path(&d->pins, generation,
	    e->is->is.ifindex, PINS_COUNTERS));
	int ncpus = libbpf_num_possible_cpus(), error = 0;
	uint64_t *cpus;

	/* A loader was ended before it made them. */
	if (fd < 0)
		return errno == ENOENT ? 0 : errno;
	if (ncpus < 0) {
		close(fd);
		return -ncpus;
	}
	cpus = ARENA_ARRAY(d->arena, uint64_t, (size_t)ncpus);
	for (uint32_t i = 0; i < 2 * CNPC_REASONS && !error; i++) {
		uint32_t dir = i / CNPC_REASONS, reason = i % CNPC_REASONS;
		uint64_t *n = &e->packets[dir][reason];

		error = read_counter(fd, i, cpus, ncpus, n);
		if (reason < CNPC_DROPPED)
			e->passed[dir] += *n;
		else
			e->dropped[dir] += *n;
	}
	e->counted = !error;
	close(fd);
	return error;
}

/* What is at a direction of the device. */
static int
look_at(const struct deploy *d, const struct pins_loaded_endpoint *e, int dir,
    enum deploy_at *ret)
{
	uint32_t id;
	int error = hook_get((int)e->is.ifindex, (enum direction)dir, &id);

	if (error == ENODEV) {
		*ret = DEPLOY_GONE;
		return 0;
	}
	*ret = !id             ? DEPLOY_NOTHING
	    : id == e->id[dir] ? DEPLOY_IN_FORCE
	    : pins_owner(&d->pins, e->is.ifindex, (enum direction)dir, id)
	    ? DEPLOY_OLDER
	    : DEPLOY_FOREIGN;
	return error;
}

const struct pins_loaded *
deploy_newest(const struct deploy *d)
{
	const struct pins_loaded *newest = NULL;

	VEC_FOREACH (g, &d->pins.list) {
		if (g->listed)
			newest = g;
	}
	return newest;
}

int
deploy_status(struct deploy *d, const struct bundle_content *bundle,
    struct deploy_status *ret)
{
	int error = deploy_open(d, false);

	*ret = (struct deploy_status){0};
	if (error == ENOENT)
		return 0;
	ret->newest = deploy_newest(d);
	ret->generations = d->pins.list.n;
	for (size_t i = 0; ret->newest && i < ret->newest->endpoints.n; i++) {
		struct deploy_endpoint *e = vec_push(&ret->endpoints, d->arena);

		e->is = &ret->newest->endpoints.v[i];
		for (int dir = 0; dir < 2 && !error; dir++)
			error = look_at(d, e->is, dir, &e->at[dir]);
		if (!error)
			error = read_counters(d, ret->newest->number, e);
	}
	if (!error && ret->newest && bundle)
		error = deploy_read_rules(d, bundle, ret);
	pins_close(&d->pins);
	return error;
}

bool
deploy_is_whole(const struct deploy_status *s)
{
	if (!s->newest || !s->newest->is.complete || s->generations != 1)
		return false;
	VEC_FOREACH (e, &s->endpoints) {
		for (int dir = 0; dir < 2; dir++) {
			if (e->at[dir] != DEPLOY_IN_FORCE)
				return false;
		}
	}
	return true;
}
