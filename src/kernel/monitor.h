/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What the programs of a loaded bundle tell of packets, as it comes: of each
 * that is dropped, and of the first one of each connection that passes.
 *
 * Functions return 0 or an errno value, with words in the struct deploy, as
 * those of kernel/deploy.h do.
 */

#include <stdbool.h>
#include <stdint.h>

#include "bundle/decide.h"
#include "kernel/deploy.h"

struct ring_buffer;

/* An event, with what the bundle says of it. */
struct monitored {
	const struct cnpc_event *event;
	const char *endpoint; /* its name; NULL: it was not loaded at first */
	bool known; /* it is of the generation that was there at first: else
		     * the bundle says nothing of it */
	const struct bundle_rule *rule; /* that decided; NULL: none, or not
					 * known */
};

/* Takes an event; false ends the listening. */
typedef bool monitor_take(void *arg, const struct monitored *m);

struct monitor {
	struct deploy *deploy;
	const struct bundle_content *bundle;
	const struct pins_loaded *loaded;
	VEC(struct policy_table) tables; /* by endpoint of that */
	struct ring_buffer *ring;
	int lock, watch;
	monitor_take *take;
	void *arg;
};

/*
 * Begins to listen to what is loaded, which has to be BUNDLE; nobody else can
 * then.  monitor_close() is due in any case.
 */
int monitor_open(struct monitor *m, struct deploy *d,
    const struct bundle_content *bundle, monitor_take *take, void *arg);

/*
 * Gives what comes to TAKE until that has enough: in a second at most RATE
 * events with each reason, and of EVERY packets one.
 */
int monitor_run(struct monitor *m, uint32_t rate, uint32_t every);

void monitor_close(struct monitor *m);
