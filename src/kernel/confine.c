/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is left to each of the two processes.  Requires that what needs more was
 * done before: keys are read, pipes are open.
 */
#include "kernel/confine.h"

#include <fcntl.h>
#include <linux/capability.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/sandbox.h"

#define CAPABILITY(name) ((uint64_t)1 << (name))

int
confine_reader(const char *dir)
{
	struct sandbox_place place = {
	    .fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC),
	    .rights = SANDBOX_WRITE,
	};
	struct sandbox in_force;
	size_t n = place.fd >= 0;
	int error;

	if (n > 0)
		sandbox_become_owner(place.fd);
	error = sandbox_keep_capabilities(0);
	if (!error)
		error = sandbox_enter(&place, n, &in_force);
	if (n > 0)
		close(place.fd);
	return error;
}

int
confine_loader(void)
{
	static const struct rlimit all = {RLIM_INFINITY, RLIM_INFINITY};

	/* Before 5.11 maps are counted as locked memory; later kernels, and
	 * whoever may not do this, have no need of it. */
	setrlimit(RLIMIT_MEMLOCK, &all);
	/* Without the last one the verifier of older kernels refuses writes
	 * beside what was spilled. */
	return sandbox_keep_capabilities(CAPABILITY(CAP_BPF) |
	    CAPABILITY(CAP_NET_ADMIN) | CAPABILITY(CAP_PERFMON));
}

int
confine_asker(void)
{
	struct sandbox in_force;
	int error = confine_loader();

	return error ? error : sandbox_enter_kernel(&in_force);
}
