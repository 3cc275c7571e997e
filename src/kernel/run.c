/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Test runs of loaded programs (BPF_PROG_TEST_RUN): nothing is sent.
 */
#include "kernel/run.h"

#include <errno.h>
#include <string.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#define CPUS_MAX 4096

/* What a packet has before a program sees it, by field. */
static const struct __sk_buff before = {
    .mark = RUN_MARK,
    .priority = 0x5eed0001,
    .cb = {0x5eed0002, 0x5eed0003, 0x5eed0004, 0x5eed0005, 0x5eed0006},
    .tstamp = 0x5eed0007,
};

int
kernel_run(const struct kernel_policy *k, enum direction dir, struct str frame,
    struct kernel_seen *ret_seen)
{
	struct __sk_buff skb = before;
	char out[RUN_FRAME_MAX];
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = frame.s,
	    .data_size_in = (uint32_t)frame.n, .data_out = out,
	    .data_size_out = sizeof(out), .ctx_in = &before,
	    .ctx_size_in = sizeof(before), .ctx_out = &skb,
	    .ctx_size_out = sizeof(skb), .repeat = 1);
	int error;

	do {
		error = bpf_prog_test_run_opts(k->prog[dir], &opts);
	} while (error == -EINTR);
	if (error)
		return -error;
	*ret_seen = (struct kernel_seen){
	    .action = (int32_t)opts.retval,
	    .reason = skb.cb[CNPC_CB_REASON],
	    .remote = skb.cb[CNPC_CB_REMOTE],
	    .part = skb.cb[CNPC_CB_PART],
	    .proxy_port = skb.cb[CNPC_CB_PROXY],
	    .l4 = skb.cb[CNPC_CB_L4],
	    .mark = skb.mark,
	    .touched = opts.data_size_out != frame.n ||
		memcmp(out, frame.s, frame.n) != 0 ||
		skb.priority != before.priority || skb.tstamp != before.tstamp,
	};
	return 0;
}

static int
counters_of(const struct kernel_policy *k)
{
	return bpf_object__find_map_fd_by_name(k->object, CNPC_MAP_COUNTERS);
}

int
kernel_counts_get(const struct kernel_policy *k, kernel_counts ret_counts)
{
	int cpus = libbpf_num_possible_cpus(), error = 0;
	uint64_t cpu[CPUS_MAX];

	if (cpus < 0 || cpus > CPUS_MAX)
		return cpus < 0 ? -cpus : E2BIG;
	for (uint32_t i = 0; i < 2 * CNPC_REASONS && !error; i++) {
		uint64_t *sum = &ret_counts[i / CNPC_REASONS][i % CNPC_REASONS];

		error = -bpf_map_lookup_elem(counters_of(k), &i, cpu);
		*sum = 0;
		for (int c = 0; c < cpus && !error; c++)
			*sum += cpu[c];
	}
	return error;
}

int
kernel_counts_set(const struct kernel_policy *k, uint64_t n)
{
	uint64_t cpu[CPUS_MAX];
	int error = 0;

	for (int c = 0; c < CPUS_MAX; c++)
		cpu[c] = n;
	for (uint32_t i = 0; i < 2 * CNPC_REASONS && !error; i++)
		error = -bpf_map_update_elem(counters_of(k), &i, cpu, BPF_ANY);
	return error;
}
