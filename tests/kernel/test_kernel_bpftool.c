/* SPDX-License-Identifier: Apache-2.0 */

/*
 * usage: test_kernel_bpftool BPFTOOL
 *
 * A program as cnpc writes it is an ordinary BPF object: bpftool, which knows
 * nothing of cnpc, loads and pins it.
 */
#include <err.h>
#include <errno.h>
#include <sched.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <bpf/bpf.h>

#include "base/file.h"
#include "cnpc_abi.h"
#include "bundle/program.h"
#include "kernel_test.h"
#include "cilium/version.h"

extern char **environ;

static const struct program_params params = {
    .cilium = CILIUM_1_20,
    .config = {.ipv4 = 1, .ipv6 = 1, .ingress = 1, .egress = 1},
    .policy_entries = 1000,
    .ipcache_entries = 2000,
};

/* A mount namespace with a BPF file system of our own at DIR. */
static void
mount_bpffs(const char *dir)
{
	need_namespaces(CLONE_NEWNS);
	if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
	    mount("bpf", dir, "bpf", 0, NULL) < 0)
		err(1, "%s", dir);
}

static void
run(const char *const argv[])
{
	pid_t pid;
	int status,
	    error = posix_spawn(&pid, argv[0], NULL, NULL, (char *const *)argv,
		environ);

	if (error)
		errx(1, "%s: %s", argv[0], strerrordesc_np(error));
	if (waitpid(pid, &status, 0) < 0 || status != 0)
		errx(1, "%s %s %s failed", argv[0], argv[1], argv[2]);
}

static struct bpf_prog_info
pinned_program(const char *path)
{
	struct bpf_prog_info info = {0};
	uint32_t size = sizeof(info);
	int fd = bpf_obj_get(path);

	if (fd < 0 || bpf_obj_get_info_by_fd(fd, &info, &size) != 0)
		err(1, "%s", path);
	close(fd);
	return info;
}

static struct bpf_map_info
pinned_map(const char *path)
{
	struct bpf_map_info info = {0};
	uint32_t size = sizeof(info);
	int fd = bpf_obj_get(path);

	if (fd < 0 || bpf_obj_get_info_by_fd(fd, &info, &size) != 0)
		err(1, "%s", path);
	close(fd);
	return info;
}

static void
check_map(struct arena *a, const char *dir, const char *name, uint32_t key_size,
    uint32_t value_size, uint32_t max_entries)
{
	struct bpf_map_info info =
	    pinned_map(arena_printf(a, "%s/maps/%s", dir, name));

	if (info.type != BPF_MAP_TYPE_LPM_TRIE ||
	    info.map_flags != (BPF_F_NO_PREALLOC | BPF_F_RDONLY_PROG) ||
	    info.key_size != key_size || info.value_size != value_size ||
	    info.max_entries != max_entries)
		errx(1, "%s is another map than was asked for", name);
}

int
main(int argc, char **argv)
{
	static const char *const progs[] = {CNPC_PROG_EGRESS,
	    CNPC_PROG_INGRESS};
	char dir[] = "/tmp/cnpc-bpftool-XXXXXX";
	struct arena a = {0};
	int error;

	if (argc != 2)
		errx(1, "usage: test_kernel_bpftool BPFTOOL");
	need_kernel();
	if (!mkdtemp(dir))
		err(1, "mkdtemp");
	const char *object = arena_printf(&a, "%s.bpf.o", dir);
	const char *pins = arena_printf(&a, "%s/progs", dir);
	const char *maps = arena_printf(&a, "%s/maps", dir);

	mount_bpffs(dir);
	error = file_write(object, program_make(&a, &params));
	if (error)
		errx(1, "%s: %s", object, strerrordesc_np(error));
	if (mkdir(maps, 0700) < 0)
		err(1, "%s", maps);
	run((const char *const[]){argv[1], "prog", "loadall", object, pins,
	    "pinmaps", maps, NULL});
	for (size_t i = 0; i < sizeof(progs) / sizeof(*progs); i++) {
		struct bpf_prog_info info =
		    pinned_program(arena_printf(&a, "%s/%s", pins, progs[i]));

		if (info.type != BPF_PROG_TYPE_SCHED_CLS)
			errx(1, "%s has another type", progs[i]);
	}
	check_map(&a, dir, CNPC_MAP_POLICY, POLICY_KEY_SIZE, 12,
	    params.policy_entries);
	check_map(&a, dir, CNPC_MAP_IPCACHE, IPCACHE_KEY_SIZE, 24,
	    params.ipcache_entries);
	unlink(object);
	umount2(dir, MNT_DETACH);
	rmdir(dir);
	arena_free(&a);
	return 0;
}
