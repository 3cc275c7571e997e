/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * A program at the exam, and the frame that comes next.  A part of
 * kernel/exam.h.
 */

#include "base/buf.h"
#include "kernel/exam.h"

#define COUNT(array) (sizeof(array) / sizeof(*(array)))

/* A port that no entry names; its bytes differ from what is next to it. */
#define SOME_PORT 0x2c07

struct sitting {
	struct trial_tally *tally;
	struct arena *arena;
	const struct exam *exam;
	const struct trial *trial;
	bool brief;
	int error; /* of a run that failed: the last one */
	enum direction dir;
	const struct test_host *peer;
	struct buf frame;
};

/* Whether there is nothing more to find out. */
bool sitting_is_over(const struct sitting *x);

/* The next header; the addresses are those of endpoint and peer. */
void sitting_put_ipv4(struct sitting *x, unsigned first, unsigned frag,
    uint8_t proto);
void sitting_put_ipv6(struct sitting *x, uint8_t next);

/* Everything up to the transport header. */
void sitting_begin(struct sitting *x, uint8_t family, uint8_t proto);

/* The frame through the program; a plain one, made here. */
void sitting_run(struct sitting *x);
void sitting_run_port(struct sitting *x, uint8_t family, uint8_t proto,
    uint16_t port);

/* Connections in all states, with what belongs to them. */
void sitting_connections(struct sitting *x);

/* Later fragments whose first one was seen. */
void sitting_fragments(struct sitting *x);

/* What somebody wants to be told: after trial_end(), which looks at it. */
void sitting_watches(struct sitting *x);

/* Neighbour discovery, and addresses that are not the endpoint's. */
void sitting_neighbours(struct sitting *x);
