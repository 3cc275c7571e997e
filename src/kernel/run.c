/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Test runs of loaded programs (BPF_PROG_TEST_RUN): nothing is sent.
 */
#include "kernel/run.h"

#include <errno.h>

#include <bpf/bpf.h>

#include <linux/pkt_cls.h>

#include "cnpc_abi.h"

int
kernel_run(const struct kernel_policy *k, enum direction dir, struct str frame,
    struct kernel_seen *ret_seen)
{
	struct __sk_buff skb;
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = frame.s,
	    .data_size_in = (uint32_t)frame.n, .ctx_out = &skb,
	    .ctx_size_out = sizeof(skb), .repeat = 1);
	int error;

	do {
		error = bpf_prog_test_run_opts(k->prog[dir], &opts);
	} while (error == -EINTR);
	if (error)
		return -error;
	*ret_seen = (struct kernel_seen){
	    .passed = opts.retval == (uint32_t)TC_ACT_UNSPEC,
	    .reason = skb.cb[CNPC_CB_REASON],
	    .remote = skb.cb[CNPC_CB_REMOTE],
	    .local = skb.cb[CNPC_CB_LOCAL],
	    .proxy_port = skb.cb[CNPC_CB_PROXY],
	    .l4 = skb.cb[CNPC_CB_L4],
	    .mark = skb.mark,
	};
	if (!ret_seen->passed && opts.retval != TC_ACT_SHOT)
		return EPROTO;
	return 0;
}
