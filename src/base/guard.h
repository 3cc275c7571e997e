/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * A thread that undoes half-made work when the process is told to end
 * (SIGINT, SIGTERM, SIGHUP, SIGQUIT), and then lets the signal end it.
 *
 * Only the thread that calls guard_start() and threads without these signals
 * may run meanwhile: see guard_signals().
 */

#include <pthread.h>
#include <signal.h>
#include <stdbool.h>

struct guard {
	pthread_t thread;
	pthread_mutex_t mutex;
	sigset_t awaited, before;
	bool running;
	void (*undo)(void *arg);
	void *arg;
};

/* The signals that a guard awaits; threads that work for others block them. */
void guard_signals(sigset_t *ret_set);

/*
 * From now on the signals wait for guard_start() or guard_stop().  UNDO will
 * run in the guard's thread while it holds the lock.
 */
void guard_init(struct guard *g, void (*undo)(void *arg), void *arg);

/*
 * From now on the signals are awaited.  When no thread can be made there is no
 * guard, and signals end the process as before.
 */
void guard_start(struct guard *g);

/* Around what UNDO must not meet half done. */
void guard_lock(struct guard *g);
void guard_unlock(struct guard *g);

/* Nothing is to be undone any more; ends what guard_init() began. */
void guard_stop(struct guard *g);
