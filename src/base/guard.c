/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Waits for signals in a thread, where undoing may take locks, allocate and
 * list directories, none of which a signal handler may do.
 */
#include "base/guard.h"

#include <stddef.h>

/*
 * Ends the wait of a guard that is not needed any more.  The C library has the
 * first real-time signals and valgrind the last one.
 */
#define SIGNAL_STOP (SIGRTMIN + 1)

static const int signals[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT};

void
guard_signals(sigset_t *ret_set)
{
	sigemptyset(ret_set);
	for (size_t i = 0; i < sizeof(signals) / sizeof(*signals); i++)
		sigaddset(ret_set, signals[i]);
}

/* Those of the guard's signals that would end the process. */
static void
deadly_signals(sigset_t *ret_set)
{
	sigemptyset(ret_set);
	for (size_t i = 0; i < sizeof(signals) / sizeof(*signals); i++) {
		struct sigaction action;

		if (sigaction(signals[i], NULL, &action) == 0 &&
		    action.sa_handler == SIG_DFL)
			sigaddset(ret_set, signals[i]);
	}
}

static void *
wait_for_end(void *arg)
{
	struct guard *g = arg;
	sigset_t only;
	int sig;

	if (sigwait(&g->awaited, &sig) != 0 || sig == SIGNAL_STOP)
		return NULL;
	/* The lock stays taken: nobody goes on with what is undone. */
	pthread_mutex_lock(&g->mutex);
	g->undo(g->arg);
	sigemptyset(&only);
	sigaddset(&only, sig);
	pthread_sigmask(SIG_UNBLOCK, &only, NULL);
	raise(sig);
	return NULL;
}

void
guard_init(struct guard *g, void (*undo)(void *arg), void *arg)
{
	*g = (struct guard){.undo = undo, .arg = arg};
	pthread_mutex_init(&g->mutex, NULL);
	deadly_signals(&g->awaited);
	sigaddset(&g->awaited, SIGNAL_STOP);
	pthread_sigmask(SIG_BLOCK, &g->awaited, &g->before);
}

void
guard_start(struct guard *g)
{
	g->running = pthread_create(&g->thread, NULL, wait_for_end, g) == 0;
	if (!g->running)
		pthread_sigmask(SIG_SETMASK, &g->before, NULL);
}

void
guard_lock(struct guard *g)
{
	pthread_mutex_lock(&g->mutex);
}

void
guard_unlock(struct guard *g)
{
	pthread_mutex_unlock(&g->mutex);
}

void
guard_stop(struct guard *g)
{
	if (g->running) {
		pthread_kill(g->thread, SIGNAL_STOP);
		pthread_join(g->thread, NULL);
		g->running = false;
	}
	pthread_mutex_destroy(&g->mutex);
	pthread_sigmask(SIG_SETMASK, &g->before, NULL);
}
