/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Maps are made here and not by libbpf, so that programs share them: the
 * ipcache and the connections all, a policy those that have it.
 */
#include "kernel/stage.h"

#include <assert.h>
#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "cnpc_abi.h"
#include "kernel/load.h"

#define LOG_SIZE 65536

struct shape {
	enum bpf_map_type type;
	uint32_t key_size, value_size, entries, flags;
};

/* A new map in *RET_FD, which is -1 when it fails. */
static int
make_map(const char *name, struct shape shape, int *ret_fd)
{
	LIBBPF_OPTS(bpf_map_create_opts, opts, .map_flags = shape.flags);
	int fd = bpf_map_create(shape.type, name, shape.key_size,
	    shape.value_size, shape.entries, &opts);

	*ret_fd = fd < 0 ? -1 : fd;
	return fd < 0 ? -fd : 0;
}

static int
pin(const struct stage *s, int fd, const char *path)
{
	return s->dry ? 0 : -bpf_obj_pin(fd, path);
}

static int
make_folder(const struct stage *s, const char *path)
{
	return !s->dry && mkdir(path, 0700) != 0 ? errno : 0;
}

/* A map that generations share: that of an earlier one, or a new one. */
static int
share_map(struct stage *s, const char *pin_name, const char *name,
    struct shape shape, int *ret_fd)
{
	const char *path = pins_shared_path(s->pins, pin_name);
	struct bpf_map_info info = {0};
	uint32_t size = sizeof(info);
	int error;

	s->what = path;
	*ret_fd = bpf_obj_get(path);
	if (*ret_fd < 0 && errno != ENOENT)
		return errno;
	if (*ret_fd < 0) {
		error = make_map(name, shape, ret_fd);
		return error ? error : pin(s, *ret_fd, path);
	}
	error = -bpf_obj_get_info_by_fd(*ret_fd, &info, &size);
	if (!error &&
	    (info.type != shape.type || info.key_size != shape.key_size ||
		info.value_size != shape.value_size))
		return EILSEQ;
	return error;
}

static int
share_maps(struct stage *s)
{
	struct shape flows = {BPF_MAP_TYPE_LRU_HASH,
	    sizeof(struct cnpc_flow_key), sizeof(struct cnpc_flow), CNPC_FLOWS,
	    0};
	struct shape fragments = {BPF_MAP_TYPE_LRU_HASH,
	    sizeof(struct cnpc_fragment_key), sizeof(struct cnpc_fragment),
	    CNPC_FRAGMENTS, 0};
	struct shape events = {BPF_MAP_TYPE_RINGBUF, 0, 0, CNPC_EVENTS_SIZE, 0};
	struct shape watch = {BPF_MAP_TYPE_ARRAY, sizeof(uint32_t),
	    sizeof(struct cnpc_watch), CNPC_REASONS, 0};
	int error = share_map(s, PINS_FLOWS, CNPC_MAP_FLOWS, flows, &s->flows);

	if (!error)
		error = share_map(s, PINS_FRAGMENTS, CNPC_MAP_FRAGMENTS,
		    fragments, &s->fragments);
	if (!error)
		error = share_map(s, PINS_EVENTS, CNPC_MAP_EVENTS, events,
		    &s->events);
	if (!error)
		error =
		    share_map(s, PINS_WATCH, CNPC_MAP_WATCH, watch, &s->watch);
	return error;
}

/* The network namespace that this process is in. */
static uint64_t
own_netns(void)
{
	struct stat st;

	return stat("/proc/self/ns/net", &st) == 0 ? st.st_ino : 0;
}

static int
put_generation(const struct stage *s, bool complete)
{
	const uint32_t first = 0;
	struct pins_generation g = {
	    .netns = own_netns(),
	    .complete = complete,
	};

	assert(s->bundle->digest.n < sizeof(g.bundle));
	memcpy(g.bundle, s->bundle->digest.s, s->bundle->digest.n);
	return -bpf_map_update_elem(s->lists[0], &first, &g, BPF_ANY);
}

int
stage_put_complete(const struct stage *s)
{
	return put_generation(s, true);
}

int
stage_put_endpoint(const struct stage *s, uint32_t i)
{
	return -bpf_map_update_elem(s->lists[1], &i, &s->endpoints.v[i].is,
	    BPF_ANY);
}

/* What says who is attached, before anybody is. */
static int
make_lists(struct stage *s)
{
	struct shape generation = {BPF_MAP_TYPE_ARRAY, sizeof(uint32_t),
	    sizeof(struct pins_generation), 1, 0};
	struct shape endpoints = {BPF_MAP_TYPE_ARRAY, sizeof(uint32_t),
	    sizeof(struct pins_endpoint), (uint32_t)s->endpoints.n, 0};
	int error;

	s->what = pins_path(s->pins, s->generation, "");
	error = make_folder(s, s->what);
	if (!error)
		error = make_map("cnpc_generation", generation, &s->lists[0]);
	if (!error)
		error = make_map("cnpc_endpoints", endpoints, &s->lists[1]);
	if (!error)
		error = put_generation(s, false);
	for (uint32_t i = 0; i < s->endpoints.n && !error; i++)
		error = stage_put_endpoint(s, i);
	if (!error)
		error = pin(s, s->lists[0],
		    pins_path(s->pins, s->generation, PINS_GENERATION));
	if (!error)
		error = pin(s, s->lists[1],
		    pins_path(s->pins, s->generation, PINS_ENDPOINTS));
	return error;
}

static int
make_ipcache(struct stage *s)
{
	const struct image *img = &s->bundle->ipcache;
	int error;

	s->what = pins_path(s->pins, s->generation, PINS_IPCACHE);
	error = kernel_ipcache_new(img->cilium, img->max_entries, &s->ipcache);
	if (!error)
		error = kernel_map_fill(s->ipcache, img);
	return error ? error : pin(s, s->ipcache, s->what);
}

/* The map of a policy, filled; one that is there already is taken. */
static int
policy_map(struct stage *s, const struct bundle_policy *policy,
    const struct image *img, int *ret_fd)
{
	struct shape shape = {BPF_MAP_TYPE_LPM_TRIE, POLICY_KEY_SIZE,
	    img->layout->policy_value_size, img->max_entries,
	    img->layout->map_flags};
	int error;

	VEC_FOREACH (map, &s->maps) {
		if (map->policy == policy) {
			*ret_fd = map->fd;
			return 0;
		}
	}
	error = make_map(CNPC_MAP_POLICY, shape, ret_fd);
	if (error)
		return error;
	*vec_push(&s->maps, s->arena) = (struct stage_map){policy, *ret_fd};
	return kernel_map_fill(*ret_fd, img);
}

/* Jiffies in a second: the coarse clock goes by them. */
static uint32_t
jiffies_per_second(void)
{
	struct timespec tick;
	long second = 1000000000;

	if (clock_getres(CLOCK_MONOTONIC_COARSE, &tick) != 0 ||
	    tick.tv_nsec <= 0)
		return program_config.hz;
	return (uint32_t)((second + tick.tv_nsec / 2) / tick.tv_nsec);
}

/* The constants that make a policy's program that of an endpoint. */
static void
set_config(struct cnpc_config *config, const struct stage *s,
    const struct stage_endpoint *e)
{
	config->endpoint = e->is.ifindex;
	config->generation = s->generation;
	config->hz = jiffies_per_second();
	config->sources = 1;
	VEC_FOREACH (ip, &e->of->ips) {
		uint32_t words[4];

		memcpy(words, ip->addr, sizeof(words));
		if (ip->family == IP_V4) {
			config->address_v4 = words[0];
		} else {
			config->address_v6_0 = words[0];
			config->address_v6_1 = words[1];
			config->address_v6_2 = words[2];
			config->address_v6_3 = words[3];
		}
	}
}

static int
reuse(struct bpf_object *object, const char *name, int fd)
{
	struct bpf_map *map = bpf_object__find_map_by_name(object, name);

	return map ? -bpf_map__reuse_fd(map, fd) : ENOENT;
}

/* Through the verifier; LOG has room for what it says. */
static int
load_object(struct stage *s, struct stage_endpoint *e, int policy, char *log)
{
	struct bpf_program *prog;
	int error = reuse(e->object, CNPC_MAP_POLICY, policy);

	if (!error)
		error = reuse(e->object, CNPC_MAP_IPCACHE, s->ipcache);
	if (!error)
		error = reuse(e->object, CNPC_MAP_FLOWS, s->flows);
	if (!error)
		error = reuse(e->object, CNPC_MAP_FRAGMENTS, s->fragments);
	if (!error)
		error = reuse(e->object, CNPC_MAP_EVENTS, s->events);
	if (!error)
		error = reuse(e->object, CNPC_MAP_WATCH, s->watch);
	bpf_object__for_each_program(prog, e->object)
	{
		if (!error)
			error = -bpf_program__set_log_buf(prog, log, LOG_SIZE);
	}
	if (!error)
		error = -bpf_object__load(e->object);
	for (int dir = 0; dir < 2 && !error; dir++) {
		prog = bpf_object__find_program_by_name(e->object,
		    pins_program((enum direction)dir));
		e->prog[dir] = prog ? bpf_program__fd(prog) : -1;
		error = prog ? 0 : ENOENT;
	}
	return error;
}

static int
pin_endpoint(struct stage *s, const struct stage_endpoint *e, int policy)
{
	uint32_t ifindex = e->is.ifindex, g = s->generation;
	int counters =
	    bpf_object__find_map_fd_by_name(e->object, CNPC_MAP_COUNTERS);
	int matches =
	    bpf_object__find_map_fd_by_name(e->object, CNPC_MAP_MATCHES);
	int error = make_folder(s, pins_device_path(s->pins, g, ifindex, ""));

	if (!error)
		error = pin(s, policy,
		    pins_device_path(s->pins, g, ifindex, PINS_POLICY));
	if (!error)
		error = pin(s, counters,
		    pins_device_path(s->pins, g, ifindex, PINS_COUNTERS));
	if (!error)
		error = pin(s, matches,
		    pins_device_path(s->pins, g, ifindex, PINS_MATCHES));
	for (int dir = 0; dir < 2 && !error; dir++)
		error = pin(s, e->prog[dir],
		    pins_device_path(s->pins, g, ifindex,
			pins_program((enum direction)dir)));
	return error;
}

static int
make_endpoint(struct stage *s, struct stage_endpoint *e)
{
	LIBBPF_OPTS(bpf_object_open_opts, opts, .object_name = "cnpc");
	struct arena scratch = {0};
	struct program_params params;
	struct image img =
	    bundle_policy_image(s->bundle, &scratch, e->of->policy);
	char *log = arena_alloc(&scratch, LOG_SIZE);
	struct str object;
	int policy, error;

	s->what = arena_printf(s->arena, "the program of %s", e->is.name);
	program_params_of(&params, &scratch, &img,
	    s->bundle->ipcache.max_entries, &s->bundle->traits);
	set_config(&params.config, s, e);
	object = program_make(&scratch, &params);
	error = policy_map(s, e->of->policy, &img, &policy);
	if (!error) {
		e->object = bpf_object__open_mem(object.s, object.n, &opts);
		error = e->object ? load_object(s, e, policy, log) : errno;
	}
	if (error && log[0])
		s->log = arena_dup(s->arena, log, strlen(log));
	if (!error)
		error = pin_endpoint(s, e, policy);
	arena_free(&scratch);
	return error;
}

int
stage_make(struct stage *s)
{
	int error;

	assert(s->endpoints.n > 0);
	error = share_maps(s);
	if (!error)
		error = make_lists(s);
	if (!error)
		error = make_ipcache(s);
	VEC_FOREACH (e, &s->endpoints) {
		if (!error)
			error = make_endpoint(s, e);
	}
	return error;
}

static void
close_fd(int fd)
{
	if (fd >= 0)
		close(fd);
}

void
stage_close(struct stage *s)
{
	VEC_FOREACH (e, &s->endpoints)
		bpf_object__close(e->object);
	VEC_FOREACH (map, &s->maps)
		close_fd(map->fd);
	close_fd(s->ipcache);
	close_fd(s->flows);
	close_fd(s->fragments);
	close_fd(s->events);
	close_fd(s->watch);
	close_fd(s->lists[0]);
	close_fd(s->lists[1]);
}
