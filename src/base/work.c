/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sharing of work: threads that take the next item from an atomic counter,
 * started for one call and joined at its end.
 */
#include "base/work.h"

#include <pthread.h>
#include <stdatomic.h>
#include <unistd.h>

#include "base/guard.h"

struct run {
	work_fn *fn;
	void *arg;
	size_t n;
	atomic_size_t next;
};

struct thread {
	struct run *run;
	struct worker *self;
	pthread_t id;
};

static void
work(struct run *r, struct worker *self)
{
	size_t i;

	while ((i = atomic_fetch_add(&r->next, 1)) < r->n)
		r->fn(r->arg, self, i);
}

static void *
thread_main(void *arg)
{
	struct thread *t = arg;

	work(t->run, t->self);
	return NULL;
}

static unsigned
processors(void)
{
	long n = sysconf(_SC_NPROCESSORS_ONLN);

	return n > 0 ? (unsigned)n : 1;
}

void
pool_init(struct pool *c, unsigned jobs)
{
	if (jobs == 0)
		jobs = processors();
	*c = (struct pool){.n = jobs < POOL_MAX ? jobs : POOL_MAX};
	c->v = ARENA_ARRAY(&c->arena, struct worker, c->n);
}

void
pool_free(struct pool *c)
{
	for (unsigned i = 0; i < c->n; i++) {
		arena_free(&c->v[i].perm);
		arena_free(&c->v[i].strings);
		arena_free(&c->v[i].scratch);
	}
	arena_free(&c->arena);
	*c = (struct pool){0};
}

void
pool_run(struct pool *c, size_t n, work_fn *fn, void *arg)
{
	struct run r = {.fn = fn, .arg = arg, .n = n};
	struct thread threads[POOL_MAX];
	unsigned started = 0;
	sigset_t guarded, before;

	/* Signals are for the thread that may have something to undo. */
	guard_signals(&guarded);
	pthread_sigmask(SIG_BLOCK, &guarded, &before);
	while (started + 1 < c->n && started + 1 < n) {
		struct thread *t = &threads[started];

		*t = (struct thread){.run = &r, .self = &c->v[started + 1]};
		if (pthread_create(&t->id, NULL, thread_main, t) != 0)
			break;
		started++;
	}
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	work(&r, &c->v[0]);
	for (unsigned i = 0; i < started; i++)
		pthread_join(threads[i].id, NULL);
}

void
pool_reset(struct pool *c)
{
	for (unsigned i = 0; i < c->n; i++)
		arena_reset(&c->v[i].scratch);
}

size_t
pool_used(const struct pool *c)
{
	size_t used = 0;

	for (unsigned i = 0; i < c->n; i++)
		used += c->v[i].perm.used + c->v[i].strings.used;
	return used;
}
