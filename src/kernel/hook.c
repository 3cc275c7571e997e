/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tc, by libbpf; what that has not, the list of a qdisc's filters, by netlink.
 */
#include "kernel/hook.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>

#include <bpf/libbpf.h>

enum {
	HANDLE = 1,
	PRIORITY = 1, /* before all others */
	ANSWER_MAX = 32768,
};

static const enum bpf_tc_attach_point points[] = {
    [DIR_INGRESS] = BPF_TC_EGRESS,
    [DIR_EGRESS] = BPF_TC_INGRESS,
};

void
hook_quiet(void)
{
	libbpf_set_print(NULL);
}

int
hook_get(int ifindex, enum direction dir, uint32_t *ret_id)
{
	LIBBPF_OPTS(bpf_tc_hook, hook, .ifindex = ifindex,
	    .attach_point = points[dir]);
	LIBBPF_OPTS(bpf_tc_opts, opts, .handle = HANDLE, .priority = PRIORITY);
	int error = -bpf_tc_query(&hook, &opts);

	/* Of a device without the qdisc the kernel says EINVAL. */
	if (error == ENOENT || error == EINVAL)
		*ret_id = 0;
	else if (error)
		return error;
	else
		*ret_id = opts.prog_id ? opts.prog_id : HOOK_UNKNOWN;
	return 0;
}

int
hook_put(int ifindex, enum direction dir, int prog)
{
	LIBBPF_OPTS(bpf_tc_hook, hook, .ifindex = ifindex,
	    .attach_point = points[dir]);
	LIBBPF_OPTS(bpf_tc_opts, opts, .handle = HANDLE, .priority = PRIORITY,
	    .prog_fd = prog, .flags = BPF_TC_F_REPLACE);

	return -bpf_tc_attach(&hook, &opts);
}

int
hook_remove(int ifindex, enum direction dir)
{
	LIBBPF_OPTS(bpf_tc_hook, hook, .ifindex = ifindex,
	    .attach_point = points[dir]);
	LIBBPF_OPTS(bpf_tc_opts, opts, .handle = HANDLE, .priority = PRIORITY);

	return -bpf_tc_detach(&hook, &opts);
}

int
hook_make_qdisc(int ifindex)
{
	LIBBPF_OPTS(bpf_tc_hook, hook, .ifindex = ifindex,
	    .attach_point = BPF_TC_INGRESS | BPF_TC_EGRESS);

	return -bpf_tc_hook_create(&hook);
}

/* Whether one of the messages is a filter; *ret_done: no others follow. */
static bool
has_filter(const struct nlmsghdr *h, size_t n, bool *ret_done)
{
	bool found = false;

	*ret_done = false;
	for (; NLMSG_OK(h, n); h = NLMSG_NEXT(h, n)) {
		*ret_done |=
		    h->nlmsg_type == NLMSG_DONE || h->nlmsg_type == NLMSG_ERROR;
		found |= h->nlmsg_type == RTM_NEWTFILTER;
	}
	return found;
}

/* Asks for the filters at PARENT. */
static int
list_filters(int fd, int ifindex, uint32_t parent, bool *ret_any)
{
	struct {
		struct nlmsghdr h;
		struct tcmsg t;
	} request = {
	    .h = {sizeof(request), RTM_GETTFILTER, NLM_F_REQUEST | NLM_F_DUMP,
		1, 0},
	    .t = {.tcm_ifindex = ifindex, .tcm_parent = parent},
	};
	union {
		struct nlmsghdr h;
		uint8_t bytes[ANSWER_MAX];
	} answer;
	bool done = false;
	ssize_t n;

	if (send(fd, &request, sizeof(request), 0) < 0)
		return errno;
	while (!done) {
		n = recv(fd, &answer, sizeof(answer), 0);
		if (n <= 0)
			return n ? errno : EPROTO;
		*ret_any |= has_filter(&answer.h, (size_t)n, &done);
	}
	return 0;
}

/* Whether somebody has a filter in the device's qdisc. */
static int
any_filter(int ifindex, bool *ret_any)
{
	static const uint32_t minors[] = {TC_H_MIN_INGRESS, TC_H_MIN_EGRESS};
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
	int error = fd < 0 ? errno : 0;

	*ret_any = false;
	for (size_t i = 0; i < 2 && !error; i++)
		error = list_filters(fd, ifindex,
		    TC_H_MAKE(TC_H_CLSACT, minors[i]), ret_any);
	if (fd >= 0)
		close(fd);
	return error;
}

int
hook_remove_qdisc(int ifindex)
{
	LIBBPF_OPTS(bpf_tc_hook, hook, .ifindex = ifindex,
	    .attach_point = BPF_TC_INGRESS | BPF_TC_EGRESS);
	bool any;
	int error = any_filter(ifindex, &any);

	if (error || any)
		return error;
	error = -bpf_tc_hook_destroy(&hook);
	/* Nothing is there to be removed. */
	return error == EINVAL || error == ENOENT ? 0 : error;
}
