/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The order of things makes it safe to be ended anywhere: what is attached is
 * in a list first, and leaves it last.
 */
#include "kernel/deploy.h"

#include <assert.h>
#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <bpf/bpf.h>

#include "kernel/hook.h"
#include "kernel/stage.h"

static int
refuse(struct deploy *d, const char *what, const char *problem)
{
	d->what = what;
	d->problem = problem;
	return EINVAL;
}

/* Opens the directory; a list of another namespace has other devices. */
int
deploy_open(struct deploy *d, bool make)
{
	struct stat st;
	int error;

	hook_quiet();
	d->what = d->path;
	error = pins_open(&d->pins, d->arena, d->path, make);
	if (error == ENOTSUP)
		return refuse(d, d->path, "it is not in a BPF file system");
	if (error)
		return error;
	if (stat("/proc/self/ns/net", &st) != 0)
		return errno;
	VEC_FOREACH (g, &d->pins.list) {
		if (g->listed && g->is.netns != st.st_ino)
			return refuse(d, d->path,
			    "it belongs to another network namespace");
	}
	return 0;
}

/* What is wrong with loading the policy of an endpoint, or NULL. */
static const char *
unfit(const struct bundle_endpoint *e)
{
	unsigned n[2] = {0};

	if (!e)
		return "the bundle has no such pod";
	if (!e->policy)
		return "the bundle has no policy for it";
	VEC_FOREACH (ip, &e->ips)
		n[ip->family - 1]++;
	if (n[0] > 1 || n[1] > 1)
		return "it has two addresses of one family";
	if (e->ns.n + 1 + e->name.n >= PINS_NAME)
		return "its name is too long";
	return NULL;
}

/* Whether no other program has the place at a device. */
static int
check_free(struct deploy *d, const char *device, uint32_t ifindex)
{
	for (int dir = 0; dir < 2; dir++) {
		uint32_t id;
		int error = hook_get((int)ifindex, (enum direction)dir, &id);

		d->what = device;
		if (error)
			return error;
		if (id &&
		    !pins_owner(&d->pins, ifindex, (enum direction)dir, id))
			return refuse(d, device,
			    "the first place of its tc filters is taken by a "
			    "program of somebody else");
	}
	return 0;
}

static int
add_endpoint(struct deploy *d, struct stage *s, const struct deploy_device *dev)
{
	const struct bundle_endpoint *e =
	    bundle_find_endpoint(s->bundle, dev->ns, dev->name);
	const char *problem = unfit(e);
	unsigned ifindex = if_nametoindex(dev->device);
	struct stage_endpoint *added;

	if (problem)
		return refuse(d,
		    arena_printf(d->arena, STR_FMT "/" STR_FMT,
			STR_ARG(dev->ns), STR_ARG(dev->name)),
		    problem);
	if (ifindex == 0)
		return refuse(d, dev->device, "there is no such device");
	VEC_FOREACH (other, &s->endpoints) {
		if (other->is.ifindex == ifindex || other->of == e)
			return refuse(d, dev->device,
			    "the device or its pod is there twice");
	}
	added = vec_push(&s->endpoints, d->arena);
	added->of = e;
	added->is.ifindex = ifindex;
	strncpy(added->is.device, dev->device, IF_NAMESIZE - 1);
	memcpy(added->is.name, e->ns.s, e->ns.n);
	added->is.name[e->ns.n] = '/';
	memcpy(added->is.name + e->ns.n + 1, e->name.s, e->name.n);
	VEC_FOREACH (g, &d->pins.list) {
		VEC_FOREACH (old, &g->endpoints) {
			if (old->is.ifindex == ifindex)
				added->is.made_qdisc |= old->is.made_qdisc;
		}
	}
	return check_free(d, dev->device, ifindex);
}

/* It is written that a qdisc is ours before it is there. */
static int
need_qdisc(struct stage *s, uint32_t i)
{
	struct pins_endpoint *e = &s->endpoints.v[i].is;
	uint32_t before = e->made_qdisc;
	int error;

	e->made_qdisc = 1;
	error = stage_put_endpoint(s, i);
	if (!error)
		error = hook_make_qdisc((int)e->ifindex);
	if (error != EEXIST)
		return error;
	e->made_qdisc = before;
	return stage_put_endpoint(s, i);
}

static int
attach(struct stage *s)
{
	int error = 0;

	for (uint32_t i = 0; i < s->endpoints.n && !error; i++) {
		const struct stage_endpoint *e = &s->endpoints.v[i];

		s->what = e->is.device;
		error = need_qdisc(s, i);
		for (int dir = 0; dir < 2 && !error; dir++)
			error = hook_put((int)e->is.ifindex,
			    (enum direction)dir, e->prog[dir]);
	}
	return error;
}

/* Detaches an endpoint's device from whatever of ours is there. */
static int
detach(struct deploy *d, const struct pins_endpoint *e)
{
	int error = 0;

	for (int dir = 0; dir < 2 && !error; dir++) {
		uint32_t id;

		error = hook_get((int)e->ifindex, (enum direction)dir, &id);
		if (!error && id &&
		    pins_owner(&d->pins, e->ifindex, (enum direction)dir, id))
			error =
			    hook_remove((int)e->ifindex, (enum direction)dir);
	}
	if (!error && e->made_qdisc)
		error = hook_remove_qdisc((int)e->ifindex);
	/* A device that is gone took all with it. */
	return error == ENODEV ? 0 : error;
}

static bool
is_staged(const struct stage *s, uint32_t ifindex)
{
	if (!s)
		return false;
	VEC_FOREACH (e, &s->endpoints) {
		if (e->is.ifindex == ifindex)
			return true;
	}
	return false;
}

/* Removes the generations before that of S, or all of them. */
static int
remove_old(struct deploy *d, const struct stage *s)
{
	int error = 0;

	VEC_FOREACH (g, &d->pins.list) {
		VEC_FOREACH (e, &g->endpoints) {
			d->what = e->is.device;
			if (!error && !is_staged(s, e->is.ifindex))
				error = detach(d, &e->is);
		}
	}
	VEC_FOREACH (g, &d->pins.list) {
		d->what = pins_path(&d->pins, g->number, "");
		if (!error)
			error = pins_remove_generation(&d->pins, g->number);
	}
	return error;
}

/* Puts the program of a generation at a device. */
static void
put_back(const struct deploy *d, uint32_t generation, uint32_t ifindex, int dir)
{
	int fd = bpf_obj_get(pins_device_path(&d->pins, generation, ifindex,
	    pins_program((enum direction)dir)));

	if (fd < 0)
		return;
	hook_put((int)ifindex, (enum direction)dir, fd);
	close(fd);
}

/* The generation that is to be in force, or NULL. */
static const struct pins_loaded *
last_complete(const struct deploy *d)
{
	const struct pins_loaded *last = NULL;

	VEC_FOREACH (g, &d->pins.list) {
		if (g->is.complete)
			last = g;
	}
	return last;
}

/* A load failed: what was before is in force again, as far as it can be. */
static void
roll_back(struct deploy *d, const struct stage *s)
{
	const struct pins_loaded *last;

	/* Its own programs are now among those of ours. */
	if (pins_read(&d->pins) != 0)
		return;
	last = last_complete(d);
	VEC_FOREACH (e, &s->endpoints) {
		bool had = false;

		for (size_t i = 0; last && i < last->endpoints.n; i++)
			had |= last->endpoints.v[i].is.ifindex == e->is.ifindex;
		for (int dir = 0; dir < 2 && had; dir++)
			put_back(d, last->number, e->is.ifindex, dir);
		if (!had)
			detach(d, &e->is);
	}
	pins_remove_generation(&d->pins, s->generation);
}

/* Nothing is left of a load that was to be the first. */
static void
remove_if_empty(struct deploy *d)
{
	if (d->pins.fd >= 0 && pins_read(&d->pins) == 0 && d->pins.list.n == 0)
		pins_remove(&d->pins);
}

static uint32_t
next_generation(const struct pins *p)
{
	uint32_t last = p->list.n ? p->list.v[p->list.n - 1].number : 0;

	assert(last < UINT32_MAX);
	return last + 1;
}

static void
add_up(struct deploy_sums *ret, const struct stage *s)
{
	*ret = (struct deploy_sums){
	    .generation = s->generation,
	    .endpoints = (uint32_t)s->endpoints.n,
	    .policies = (uint32_t)s->maps.n,
	};
	VEC_FOREACH (map, &s->maps)
		ret->entries += map->policy->nentries;
}

/* All that can be done before anything is attached; see kernel/pins.h. */
static int
make(struct deploy *d, struct stage *s, const struct deploy_device *devices,
    size_t n)
{
	int error = deploy_open(d, !s->dry);

	if (error == ENOENT && s->dry)
		error = 0;
	for (size_t i = 0; i < n && !error; i++)
		error = add_endpoint(d, s, &devices[i]);
	if (error)
		return error;
	s->generation = next_generation(&d->pins);
	error = stage_make(s);
	d->what = s->what;
	d->log = s->log;
	return error;
}

/* Puts what was made in force. */
static int
enforce(struct deploy *d, struct stage *s)
{
	int error = attach(s);

	d->what = s->what;
	return error ? error : stage_put_complete(s);
}

int
deploy_load(struct deploy *d, const struct bundle_content *bundle,
    const struct deploy_device *devices, size_t n, bool dry,
    struct deploy_sums *ret)
{
	struct stage s = {
	    .arena = d->arena,
	    .bundle = bundle,
	    .pins = &d->pins,
	    .dry = dry,
	    .ipcache = -1,
	    .flows = -1,
	    .fragments = -1,
	    .events = -1,
	    .watch = -1,
	    .lists = {-1, -1},
	};
	int error = make(d, &s, devices, n);

	if (!error && !dry)
		error = enforce(d, &s);
	if (error && !dry) {
		if (s.generation > 0)
			roll_back(d, &s);
		remove_if_empty(d);
	} else if (!dry) {
		error = remove_old(d, &s);
	}
	add_up(ret, &s);
	stage_close(&s);
	pins_close(&d->pins);
	return error;
}

int
deploy_unload(struct deploy *d)
{
	int error = deploy_open(d, false);

	if (error == ENOENT)
		return 0;
	if (!error)
		error = remove_old(d, NULL);
	d->what = d->path;
	if (!error)
		error = pins_remove(&d->pins);
	pins_close(&d->pins);
	return error;
}
