/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Folders and names of a BPF file system, where a file is a map or a program.
 */
#include "kernel/pins.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <linux/magic.h>

#include <bpf/bpf.h>

#include "base/num.h"
#include "cnpc_abi.h"

#define GENERATION_FMT "%010u"

/* More endpoints than a node can have. */
#define ENDPOINTS_MAX 65536

static const char *const programs[] = {
    [DIR_INGRESS] = CNPC_PROG_INGRESS,
    [DIR_EGRESS] = CNPC_PROG_EGRESS,
};

const char *
pins_program(enum direction dir)
{
	return programs[dir];
}

const char *
pins_shared_path(const struct pins *p, const char *name)
{
	return arena_printf(p->arena, "%s/%s", p->path, name);
}

const char *
pins_path(const struct pins *p, uint32_t generation, const char *name)
{
	return arena_printf(p->arena, "%s/" GENERATION_FMT "/%s", p->path,
	    generation, name);
}

const char *
pins_device_path(const struct pins *p, uint32_t generation, uint32_t ifindex,
    const char *name)
{
	return arena_printf(p->arena, "%s/" GENERATION_FMT "/%u/%s", p->path,
	    generation, ifindex, name);
}

/* The map pinned at PATH if its values have SIZE bytes; -1: errno. */
static int
open_map(const char *path, uint32_t size, struct bpf_map_info *ret_info)
{
	uint32_t n = sizeof(*ret_info);
	int fd = bpf_obj_get(path);

	*ret_info = (struct bpf_map_info){0};
	if (fd < 0)
		return -1;
	if (bpf_obj_get_info_by_fd(fd, ret_info, &n) == 0 &&
	    ret_info->type == BPF_MAP_TYPE_ARRAY &&
	    ret_info->value_size == size &&
	    ret_info->max_entries <= ENDPOINTS_MAX)
		return fd;
	close(fd);
	errno = EILSEQ;
	return -1;
}

/* The number of the program pinned at PATH; 0: none is. */
static int
program_id(const char *path, uint32_t *ret_id)
{
	struct bpf_prog_info info = {0};
	uint32_t size = sizeof(info);
	int fd = bpf_obj_get(path), error;

	*ret_id = 0;
	if (fd < 0)
		return errno == ENOENT ? 0 : errno;
	error = -bpf_obj_get_info_by_fd(fd, &info, &size);
	*ret_id = info.id;
	close(fd);
	return error;
}

static int
read_endpoints(const struct pins *p, struct pins_loaded *g)
{
	struct bpf_map_info info;
	int error = 0,
	    fd = open_map(pins_path(p, g->number, PINS_ENDPOINTS),
		sizeof(struct pins_endpoint), &info);

	/* A loader that was ended may have made the first list alone. */
	if (fd < 0)
		return errno == ENOENT ? 0 : errno;
	g->listed = true;
	for (uint32_t i = 0; i < info.max_entries && !error; i++) {
		struct pins_loaded_endpoint *e =
		    vec_push(&g->endpoints, p->arena);

		error = -bpf_map_lookup_elem(fd, &i, &e->is);
		e->is.device[IF_NAMESIZE - 1] = '\0';
		e->is.name[PINS_NAME - 1] = '\0';
		for (int dir = 0; dir < 2 && !error; dir++)
			error = program_id(pins_device_path(p, g->number,
					       e->is.ifindex, programs[dir]),
			    &e->id[dir]);
	}
	close(fd);
	return error;
}

static int
read_generation(const struct pins *p, struct pins_loaded *g)
{
	const uint32_t first = 0;
	struct bpf_map_info info;
	int error,
	    fd = open_map(pins_path(p, g->number, PINS_GENERATION),
		sizeof(g->is), &info);

	if (fd < 0)
		return errno == ENOENT ? 0 : errno;
	error = -bpf_map_lookup_elem(fd, &first, &g->is);
	close(fd);
	g->is.bundle[HASH_STRLEN - 1] = '\0';
	return error ? error : read_endpoints(p, g);
}

static int
compare_loaded(const void *a, const void *b)
{
	const struct pins_loaded *x = a, *y = b;

	return (x->number > y->number) - (x->number < y->number);
}

int
pins_read(struct pins *p)
{
	int error = 0,
	    fd = openat(p->fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *d = fd < 0 ? NULL : fdopendir(fd);
	const struct dirent *entry;

	if (!d)
		return errno;
	p->list.n = 0;
	while ((entry = readdir(d)) && !error) {
		struct pins_loaded g = {0};
		uint64_t number;

		if (!num_u64(str_of(entry->d_name), UINT32_MAX, &number))
			continue;
		g.number = (uint32_t)number;
		error = read_generation(p, &g);
		*vec_push(&p->list, p->arena) = g;
	}
	closedir(d);
	if (p->list.n > 0)
		qsort(p->list.v, p->list.n, sizeof(*p->list.v), compare_loaded);
	return error;
}

/* Opens and locks; ESTALE: what was locked has been removed meanwhile. */
static int
open_locked(struct pins *p, bool make)
{
	bool made = make && mkdir(p->path, 0700) == 0;
	struct statfs fs;
	struct stat st;

	if (make && !made && errno != EEXIST)
		return errno;
	p->fd = open(p->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (p->fd < 0)
		return errno;
	if (fstatfs(p->fd, &fs) != 0)
		return errno;
	if (fs.f_type != BPF_FS_MAGIC) {
		if (made)
			rmdir(p->path);
		return ENOTSUP;
	}
	if (flock(p->fd, LOCK_EX) != 0 || fstat(p->fd, &st) != 0)
		return errno;
	return st.st_nlink == 0 ? ESTALE : 0;
}

int
pins_open(struct pins *p, struct arena *a, const char *path, bool make)
{
	int error;

	*p = (struct pins){.arena = a, .path = path, .fd = -1};
	while ((error = open_locked(p, make)) == ESTALE)
		pins_close(p);
	if (!error)
		error = pins_read(p);
	if (error)
		pins_close(p);
	return error;
}

const struct pins_loaded *
pins_owner(const struct pins *p, uint32_t ifindex, enum direction dir,
    uint32_t id)
{
	VEC_FOREACH (g, &p->list) {
		VEC_FOREACH (e, &g->endpoints) {
			if (e->is.ifindex == ifindex && e->id[dir] == id)
				return g;
		}
	}
	return NULL;
}

void
pins_close(struct pins *p)
{
	if (p->fd >= 0)
		close(p->fd);
	p->fd = -1;
}

/* Keeps the first error; what is not there is no error. */
static void
keep(int *error, int failed)
{
	if (failed && errno != ENOENT && !*error)
		*error = errno;
}

/* Removes the files of a folder, those of folders in it first. */
static int
remove_files(struct arena *a, const char *path, bool lists)
{
	DIR *d = opendir(path);
	const struct dirent *entry;
	int error = 0;

	if (!d)
		return errno == ENOENT ? 0 : errno;
	while ((entry = readdir(d)) && !error) {
		const char *name = entry->d_name;
		const char *inner = arena_printf(a, "%s/%s", path, name);
		bool is_list = strcmp(name, PINS_GENERATION) == 0 ||
		    strcmp(name, PINS_ENDPOINTS) == 0;

		if (name[0] == '.' || (is_list && !lists))
			continue;
		if (entry->d_type == DT_DIR) {
			error = remove_files(a, inner, true);
			if (!error)
				keep(&error, rmdir(inner));
		} else {
			keep(&error, unlink(inner));
		}
	}
	closedir(d);
	return error;
}

int
pins_remove_generation(const struct pins *p, uint32_t generation)
{
	const char *path =
	    arena_printf(p->arena, "%s/" GENERATION_FMT, p->path, generation);
	int error = remove_files(p->arena, path, false);

	if (!error)
		error = remove_files(p->arena, path, true);
	if (!error)
		keep(&error, rmdir(path));
	return error;
}

int
pins_remove(const struct pins *p)
{
	static const char *const shared[] = {PINS_FLOWS, PINS_FRAGMENTS,
	    PINS_EVENTS, PINS_WATCH};
	int error = 0;

	for (size_t i = 0; i < sizeof(shared) / sizeof(*shared); i++)
		keep(&error, unlinkat(p->fd, shared[i], 0));
	keep(&error, unlinkat(p->fd, PINS_MONITOR, AT_REMOVEDIR));
	if (!error)
		keep(&error, rmdir(p->path));
	return error;
}
