/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The maps of connections and fragments, entry by entry.
 */
#include "kernel/traces.h"

#include <errno.h>

#include <bpf/bpf.h>

#define KEY_MAX 64

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
	return error ? error : clear(k->fragments, ret_any);
}
