/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Requires CAP_BPF, and the right to read the pin.
 */
#include "kernel/pinned.h"

#include <errno.h>
#include <unistd.h>

#include <bpf/bpf.h>

#define ENTRY_MAX 64 /* of a key, and of a value */

/* A whole walk; an entry that goes meanwhile is left out. */
static int
walk(int fd, pinned_entry *take, void *arg)
{
	uint8_t key[ENTRY_MAX], next[ENTRY_MAX], value[ENTRY_MAX];
	int error = -bpf_map_get_next_key(fd, NULL, next);
	bool more = true;

	while (!error && more) {
		for (int i = 0; i < ENTRY_MAX; i++)
			key[i] = next[i];
		error = -bpf_map_lookup_elem(fd, key, value);
		if (!error)
			more = take(arg, key, value);
		if (!error || error == ENOENT)
			error = -bpf_map_get_next_key(fd, key, next);
	}
	return error == ENOENT ? 0 : error;
}

int
pinned_read(const char *path, struct pinned_shape shape, pinned_entry *take,
    void *arg, const char **ret_problem)
{
	struct bpf_map_info info = {0};
	uint32_t size = sizeof(info);
	int fd = bpf_obj_get(path), error;

	if (fd < 0)
		return -fd;
	error = -bpf_obj_get_info_by_fd(fd, &info, &size);
	if (!error &&
	    (info.key_size != shape.key_size ||
		info.value_size != shape.value_size))
		*ret_problem = "the map is of another version of Cilium than "
			       "the bundle";
	else if (!error)
		error = walk(fd, take, arg);
	close(fd);
	return error;
}
