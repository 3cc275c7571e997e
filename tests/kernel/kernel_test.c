/* SPDX-License-Identifier: Apache-2.0 */
#include "kernel_test.h"

#include <err.h>
#include <errno.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include <linux/capability.h>

#include "cnpc_abi.h"

#define SKIPPED 77
#define CPUS_MAX 4096

void
skip_test(const char *why)
{
	const char *require = getenv("CNPC_REQUIRE_KERNEL");

	printf("not run: %s\n", why);
	exit(require && strcmp(require, "1") == 0 ? 1 : SKIPPED);
}

void
need_kernel(void)
{
	const char *missing = kernel_missing();

	if (missing)
		skip_test(missing);
}

void
need_namespaces(int flags)
{
	if (unshare(flags) == 0)
		return;
	if (errno != EPERM)
		err(1, "unshare");
	skip_test("no permission: CAP_SYS_ADMIN is needed for namespaces");
}

/* Has these capabilities, and may have one more. */
static void
keep_capabilities(bool perfmon)
{
	static const int kept[] = {CAP_BPF, CAP_NET_ADMIN, CAP_PERFMON};
	struct __user_cap_header_struct header = {
	    .version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = {0};

	for (size_t i = 0; i < sizeof(kept) / sizeof(*kept); i++) {
		struct __user_cap_data_struct *d = data + CAP_TO_INDEX(kept[i]);

		d->permitted |= CAP_TO_MASK(kept[i]);
		if (kept[i] != CAP_PERFMON || perfmon)
			d->effective |= CAP_TO_MASK(kept[i]);
	}
	if (syscall(SYS_capset, &header, data) != 0)
		err(1, "capset");
}

void
drop_capabilities(void)
{
	keep_capabilities(false);
}

void
take_perfmon(void)
{
	keep_capabilities(true);
}

uint64_t
packet_count(const struct kernel_policy *k, enum direction dir, uint32_t reason)
{
	uint32_t slot = (uint32_t)dir * CNPC_REASONS + reason;
	uint64_t cpu[CPUS_MAX] = {0}, sum = 0;
	int fd = bpf_object__find_map_fd_by_name(k->object, CNPC_MAP_COUNTERS);

	if (libbpf_num_possible_cpus() > CPUS_MAX ||
	    bpf_map_lookup_elem(fd, &slot, cpu) != 0)
		errx(1, "no counter %u", slot);
	for (int i = 0; i < libbpf_num_possible_cpus(); i++)
		sum += cpu[i];
	return sum;
}
