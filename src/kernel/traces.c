/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The maps of connections, fragments and matches, entry by entry, and events.
 */
#include "kernel/traces.h"

#include <errno.h>
#include <string.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#define KEY_MAX 64

struct kernel_events {
	struct ring_buffer *ring;
	struct cnpc_event last;
	uint32_t n;
};

int
traces_now(const struct kernel_policy *k, uint32_t *ret_now)
{
	static const char frame[64];
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = frame,
	    .data_size_in = sizeof(frame), .repeat = 1);
	int error;

	do {
		error = bpf_prog_test_run_opts(k->clock, &opts);
	} while (error == -EINTR);
	if (!error)
		*ret_now = opts.retval;
	return -error;
}

int
traces_put_flow(const struct kernel_policy *k, const struct cnpc_flow_key *key,
    const struct cnpc_flow *flow)
{
	return -bpf_map_update_elem(k->flows, key, flow, BPF_ANY);
}

int
traces_put_fragment(const struct kernel_policy *k,
    const struct cnpc_fragment_key *key, const struct cnpc_fragment *first)
{
	return -bpf_map_update_elem(k->fragments, key, first, BPF_ANY);
}

static int
take(int fd, const void *key, void *ret_value, bool *ret_there)
{
	int error = -bpf_map_lookup_elem(fd, key, ret_value);

	*ret_there = !error;
	if (!error)
		error = -bpf_map_delete_elem(fd, key);
	return error == ENOENT ? 0 : error;
}

int
traces_take_flow(const struct kernel_policy *k, const struct cnpc_flow_key *key,
    struct cnpc_flow *ret_flow, bool *ret_there)
{
	return take(k->flows, key, ret_flow, ret_there);
}

int
traces_take_fragment(const struct kernel_policy *k,
    const struct cnpc_fragment_key *key, struct cnpc_fragment *ret_first,
    bool *ret_there)
{
	return take(k->fragments, key, ret_first, ret_there);
}

int
traces_take_match(const struct kernel_policy *k,
    const struct cnpc_policy_key *key, uint64_t *ret_n, bool *ret_there)
{
	return take(k->matches, key, ret_n, ret_there);
}

int
traces_watch(const struct kernel_policy *k, struct cnpc_watch watch)
{
	int error = 0;

	for (uint32_t i = 0; i < CNPC_REASONS && !error; i++)
		error = -bpf_map_update_elem(k->watch, &i, &watch, BPF_ANY);
	return error;
}

int
traces_watched(const struct kernel_policy *k, uint32_t reason,
    struct cnpc_watch *ret_watch)
{
	return -bpf_map_lookup_elem(k->watch, &reason, ret_watch);
}

static int
keep_event(void *arg, void *data, size_t size)
{
	struct kernel_events *e = arg;

	if (size >= sizeof(e->last))
		memcpy(&e->last, data, sizeof(e->last));
	e->n++;
	return 0;
}

int
traces_listen(struct arena *a, int ring, struct kernel_events **ret_events)
{
	struct kernel_events *e = ARENA_ARRAY(a, struct kernel_events, 1);

	*e = (struct kernel_events){0};
	e->ring = ring_buffer__new(ring, keep_event, e, NULL);
	if (!e->ring)
		return errno;
	*ret_events = e;
	return 0;
}

void
traces_deafen(struct kernel_events *e)
{
	ring_buffer__free(e->ring);
}

int
traces_take_events(const struct kernel_policy *k, struct cnpc_event *ret_event,
    uint32_t *ret_n)
{
	int n;

	k->events->n = 0;
	n = ring_buffer__consume(k->events->ring);
	*ret_event = k->events->last;
	*ret_n = k->events->n;
	return n < 0 ? -n : 0;
}

static int
clear(int fd, bool *any)
{
	char key[KEY_MAX];
	int error;

	while (!(error = -bpf_map_get_next_key(fd, NULL, key))) {
		*any = true;
		error = -bpf_map_delete_elem(fd, key);
		if (error && error != ENOENT)
			return error;
	}
	return error == ENOENT ? 0 : error;
}

int
traces_clear(const struct kernel_policy *k, bool *ret_any)
{
	int error;

	*ret_any = false;
	error = clear(k->flows, ret_any);
	if (!error)
		error = clear(k->fragments, ret_any);
	return error ? error : clear(k->matches, ret_any);
}
