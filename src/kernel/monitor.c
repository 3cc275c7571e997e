/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Programs tell as much as they were granted, second by second: when nobody is
 * there to grant more they fall silent.
 */
#include "kernel/monitor.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#define SECOND 1000 /* in milliseconds */

/* Entry and rule of an event at an endpoint of the generation. */
static const struct bundle_rule *
rule_of(const struct monitor *m, size_t endpoint, const struct cnpc_event *e)
{
	const struct policy_record *entry = NULL;
	struct policy_record key = {0};

	if (e->entry.prefixlen > 0 &&
	    !policy_key_get((const uint8_t *)&e->entry, &key))
		entry = policy_table_find(&m->tables.v[endpoint], &key);
	return entry && entry->rule ? &m->bundle->rules.v[entry->rule - 1]
				    : NULL;
}

static int
take_event(void *arg, void *data, size_t size)
{
	const struct monitor *m = arg;
	const struct cnpc_event *e = data;
	struct monitored told = {.event = e};

	if (size < sizeof(*e))
		return 0;
	told.known = e->generation == m->loaded->number;
	for (size_t i = 0; i < m->loaded->endpoints.n; i++) {
		const struct pins_endpoint *is = &m->loaded->endpoints.v[i].is;

		if (is->ifindex != e->endpoint)
			continue;
		told.endpoint = is->name;
		if (told.known)
			told.rule = rule_of(m, i, e);
	}
	return m->take(m->arg, &told) ? 0 : -ECANCELED;
}

/* What nobody listened to. */
static int
forget(void *arg, void *data, size_t size)
{
	(void)arg;
	(void)data;
	(void)size;
	return 0;
}

static void
read_tables(struct monitor *m)
{
	struct arena *a = m->deploy->arena;

	VEC_FOREACH (e, &m->loaded->endpoints) {
		struct image img = bundle_endpoint_image(m->bundle, a,
		    deploy_endpoint_of(m->bundle, &e->is));

		policy_table_read(vec_push(&m->tables, a), a, &img);
	}
}

/* A ring has one reader. */
static int
lock(struct monitor *m)
{
	struct deploy *d = m->deploy;
	const char *path = pins_shared_path(&d->pins, PINS_MONITOR);

	d->what = path;
	if (mkdir(path, 0700) != 0 && errno != EEXIST)
		return errno;
	m->lock = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (m->lock < 0)
		return errno;
	if (flock(m->lock, LOCK_EX | LOCK_NB) == 0)
		return 0;
	if (errno == EWOULDBLOCK) {
		d->problem = "somebody else listens already";
		return EINVAL;
	}
	return errno;
}

static int
open_ring(struct monitor *m)
{
	struct deploy *d = m->deploy;
	const char *path = pins_shared_path(&d->pins, PINS_EVENTS);
	struct ring_buffer *old;
	int fd, error = 0;

	d->what = path;
	fd = bpf_obj_get(path);
	if (fd < 0)
		return errno;
	old = ring_buffer__new(fd, forget, NULL, NULL);
	if (old)
		ring_buffer__consume(old);
	ring_buffer__free(old);
	m->ring = ring_buffer__new(fd, take_event, m, NULL);
	if (!m->ring)
		error = errno;
	close(fd);
	d->what = pins_shared_path(&d->pins, PINS_WATCH);
	m->watch = bpf_obj_get(d->what);
	return error || m->watch >= 0 ? error : errno;
}

int
monitor_open(struct monitor *m, struct deploy *d,
    const struct bundle_content *bundle, monitor_take *take, void *arg)
{
	int error;

	*m = (struct monitor){d, bundle, .lock = -1, .watch = -1, .take = take,
	    .arg = arg};
	error = deploy_open(d, false);
	if (!error)
		m->loaded = deploy_newest(d);
	if (error == ENOENT || (!error && !m->loaded)) {
		d->what = d->path;
		d->problem = "nothing is loaded";
		error = EINVAL;
	}
	if (!error)
		error = deploy_check_bundle(d, m->loaded, bundle);
	if (!error)
		error = lock(m);
	if (!error)
		error = open_ring(m);
	if (!error)
		read_tables(m);
	pins_close(&d->pins);
	return error;
}

static int
grant(const struct monitor *m, uint32_t rate, uint32_t every)
{
	const struct cnpc_watch watch = {(int32_t)rate, every, 0};
	int error = 0;

	for (uint32_t i = 0; i < CNPC_REASONS && !error; i++) {
		/* Neighbours that look for each other are no news. */
		if (i != CNPC_NEIGHBOUR)
			error =
			    -bpf_map_update_elem(m->watch, &i, &watch, BPF_ANY);
	}
	return error;
}

static int64_t
now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * SECOND + t.tv_nsec / 1000000;
}

int
monitor_run(struct monitor *m, uint32_t rate, uint32_t every)
{
	int64_t granted = 0;
	int n = 0;

	while (n >= 0 || n == -EINTR) {
		int64_t t = now(), left = granted + SECOND - t;
		int error;

		if (granted == 0 || left <= 0) {
			error = grant(m, rate, every);
			if (error)
				return error;
			granted = t;
			left = SECOND;
		}
		n = ring_buffer__poll(m->ring, (int)left);
	}
	return n == -ECANCELED ? 0 : -n;
}

void
monitor_close(struct monitor *m)
{
	ring_buffer__free(m->ring);
	if (m->watch >= 0)
		close(m->watch);
	if (m->lock >= 0)
		close(m->lock);
}
