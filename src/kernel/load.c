/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Programs and maps into the kernel, with libbpf.  Requires CAP_BPF and
 * CAP_NET_ADMIN; kernel_missing() says whether it can be done.
 *
 * What libbpf itself has to say it prints to standard error: a printer would be
 * for the whole process and not for one of its threads.
 */
#include "kernel/load.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "base/num.h"
#include "cnpc_abi.h"
#include "cilium/version.h"
#include "kernel/traces.h"

#define LOG_SIZE 65536
#define LOG_STATS 4 /* the verifier's figures and what it refuses */

/* Room for connections and fragments of programs that are only tried. */
#define TRACES_MAX 1024

static const char *const prog_names[] = {
    [DIR_INGRESS] = CNPC_PROG_INGRESS,
    [DIR_EGRESS] = CNPC_PROG_EGRESS,
};

const char *
kernel_release(struct arena *a)
{
	struct utsname u;
	int failed = uname(&u);

	assert(!failed);
	return arena_dup(a, u.release, strlen(u.release));
}

static const char *
why_not(int error)
{
	switch (error) {
	case EPERM:
		return "no permission: CAP_BPF and CAP_NET_ADMIN are needed";
	case ENOSYS:
		return "the kernel has no bpf() system call";
	}
	return "the kernel has no BPF maps or programs of the kinds needed";
}

int
kernel_ipcache_new(unsigned cilium, uint32_t max_entries, int *ret_fd)
{
	const struct map_layout *l = map_layout(cilium);
	LIBBPF_OPTS(bpf_map_create_opts, opts, .map_flags = l->map_flags);
	int fd = bpf_map_create(BPF_MAP_TYPE_LPM_TRIE, CNPC_MAP_IPCACHE,
	    IPCACHE_KEY_SIZE, l->ipcache_value_size, max_entries, &opts);

	if (fd < 0)
		return -fd;
	*ret_fd = fd;
	return 0;
}

int
kernel_map_fill(int fd, const struct image *img)
{
	LIBBPF_OPTS(bpf_map_batch_opts, opts);
	uint32_t n = img->nentries;
	int error = 0;

	if (n == 0 ||
	    bpf_map_update_batch(fd, img->keys, img->values, &n, &opts) == 0)
		return 0;
	/* Before 5.13 there were no batches for this type of map. */
	for (uint32_t i = 0; i < img->nentries && !error; i++)
		error = -bpf_map_update_elem(fd, image_key(img, i),
		    image_value(img, i), BPF_ANY);
	return error;
}

const char *
kernel_missing(void)
{
	static const struct bpf_insn pass[] = {
	    {.code = BPF_ALU64 | BPF_MOV | BPF_K}, /* r0 = 0 */
	    {.code = BPF_JMP | BPF_EXIT},
	};
	LIBBPF_OPTS(bpf_prog_load_opts, opts);
	int fd, error = kernel_ipcache_new(VERSION_LAST, 1, &fd);

	if (error)
		return why_not(error);
	close(fd);
	fd = bpf_prog_load(BPF_PROG_TYPE_SCHED_CLS, NULL, "Apache-2.0", pass,
	    sizeof(pass) / sizeof(*pass), &opts);
	if (fd < 0)
		return why_not(-fd);
	close(fd);
	return NULL;
}

/* The number after WORD in the verifier's log. */
static uint32_t
number_after(const char *log, const char *word)
{
	const char *at = strstr(log, word);
	struct str digits = {0};
	uint64_t n = 0;

	if (at) {
		digits.s = at + strlen(word);
		digits.n = strspn(digits.s, "0123456789");
		num_u64(digits, UINT32_MAX, &n);
	}
	return (uint32_t)n;
}

/* A program that returns the time in jiffies; its descriptor, or -errno. */
static int
load_clock(void)
{
	static const struct bpf_insn now[] = {
	    {.code = BPF_JMP | BPF_CALL, .imm = BPF_FUNC_jiffies64},
	    {.code = BPF_JMP | BPF_EXIT},
	};
	LIBBPF_OPTS(bpf_prog_load_opts, opts);

	return bpf_prog_load(BPF_PROG_TYPE_SCHED_CLS, NULL, "Apache-2.0", now,
	    sizeof(now) / sizeof(*now), &opts);
}

/* Takes both programs from a loaded object. */
static int
find_programs(struct kernel_policy *k, char *const log[static 2])
{
	for (int dir = 0; dir < 2; dir++) {
		struct bpf_program *prog =
		    bpf_object__find_program_by_name(k->object,
			prog_names[dir]);
		struct bpf_prog_info info = {0};
		uint32_t size = sizeof(info);
		int error;

		k->prog[dir] = bpf_program__fd(prog);
		error = bpf_obj_get_info_by_fd(k->prog[dir], &info, &size);
		if (error)
			return -error;
		k->figures[dir] = (struct kernel_figures){
		    .instructions = number_after(log[dir], "processed "),
		    .bytes = info.xlated_prog_len,
		};
	}
	return 0;
}

static int
find_traces(struct kernel_policy *k, struct arena *a)
{
	k->flows = bpf_object__find_map_fd_by_name(k->object, CNPC_MAP_FLOWS);
	k->fragments =
	    bpf_object__find_map_fd_by_name(k->object, CNPC_MAP_FRAGMENTS);
	k->matches =
	    bpf_object__find_map_fd_by_name(k->object, CNPC_MAP_MATCHES);
	k->watch = bpf_object__find_map_fd_by_name(k->object, CNPC_MAP_WATCH);
	k->clock = load_clock();
	if (k->clock < 0)
		return -k->clock;
	return traces_listen(a,
	    bpf_object__find_map_fd_by_name(k->object, CNPC_MAP_EVENTS),
	    &k->events);
}

/* Opens an object and gives its programs and maps what they need to load. */
static int
prepare(struct kernel_policy *k, struct str object, const struct image *img,
    int ipcache_fd, char *const log[static 2])
{
	LIBBPF_OPTS(bpf_object_open_opts, opts, .object_name = "cnpc");
	struct bpf_map *map;
	int error = 0;

	k->object = bpf_object__open_mem(object.s, object.n, &opts);
	if (!k->object)
		return errno;
	for (int dir = 0; dir < 2 && !error; dir++) {
		struct bpf_program *prog =
		    bpf_object__find_program_by_name(k->object,
			prog_names[dir]);

		if (!prog)
			return ENOENT;
		error = bpf_program__set_log_buf(prog, log[dir], LOG_SIZE);
		if (!error)
			error = bpf_program__set_log_level(prog, LOG_STATS);
	}
	map = bpf_object__find_map_by_name(k->object, CNPC_MAP_IPCACHE);
	if (!map)
		return ENOENT;
	if (!error)
		error = bpf_map__reuse_fd(map, ipcache_fd);
	map = bpf_object__find_map_by_name(k->object, CNPC_MAP_POLICY);
	if (!map || bpf_map__key_size(map) != POLICY_KEY_SIZE ||
	    bpf_map__value_size(map) != img->layout->policy_value_size ||
	    bpf_map__max_entries(map) < img->nentries)
		return ENOENT;
	return -error;
}

/* Makes the map of a kind small. */
static int
shrink(struct kernel_policy *k, const char *name)
{
	struct bpf_map *map = bpf_object__find_map_by_name(k->object, name);

	return map ? -bpf_map__set_max_entries(map, TRACES_MAX) : ENOENT;
}

static int
load(struct kernel_policy *k, struct arena *a, struct str object,
    const struct image *img, int ipcache_fd, char *const log[static 2])
{
	int error = prepare(k, object, img, ipcache_fd, log);

	if (!error)
		error = shrink(k, CNPC_MAP_FLOWS);
	if (!error)
		error = shrink(k, CNPC_MAP_FRAGMENTS);
	if (!error)
		error = -bpf_object__load(k->object);
	if (!error)
		error = find_programs(k, log);
	if (!error)
		error = find_traces(k, a);
	if (!error)
		error =
		    kernel_map_fill(bpf_object__find_map_fd_by_name(k->object,
					CNPC_MAP_POLICY),
			img);
	return error;
}

/* What the verifier said about the last program that it saw. */
static const char *
last_log(const struct bpf_object *object, char *const log[static 2])
{
	const char *said = "";
	struct bpf_program *prog;

	if (!object)
		return said;
	bpf_object__for_each_program(prog, object)
	{
		for (int dir = 0; dir < 2; dir++) {
			if (log[dir][0] &&
			    strcmp(bpf_program__name(prog), prog_names[dir]) ==
				0)
				said = log[dir];
		}
	}
	return said;
}

int
kernel_policy_open(struct kernel_policy *k, struct arena *a, struct str object,
    const struct image *img, int ipcache_fd, const char **ret_log)
{
	char *log[2] = {calloc(1, LOG_SIZE), calloc(1, LOG_SIZE)};
	struct kernel_policy opened = {.clock = -1};
	const char *said;
	int error;

	if (!log[0] || !log[1])
		arena_exhausted();
	error = load(&opened, a, object, img, ipcache_fd, log);
	if (error) {
		said = last_log(opened.object, log);
		*ret_log = arena_dup(a, said, strlen(said));
		kernel_policy_close(&opened);
	} else {
		*k = opened;
	}
	free(log[0]);
	free(log[1]);
	return error;
}

void
kernel_policy_close(struct kernel_policy *k)
{
	if (k->events)
		traces_deafen(k->events);
	bpf_object__close(k->object);
	if (k->clock >= 0)
		close(k->clock);
}
