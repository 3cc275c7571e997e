/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The maps and programs of a generation, made and filled before anything of it
 * is attached.
 */

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/vec.h"
#include "bundle/read.h"
#include "kernel/pins.h"

struct bpf_object;

/* An endpoint and its device. */
struct stage_endpoint {
	const struct bundle_endpoint *of;
	struct pins_endpoint is;
	struct bpf_object *object; /* its programs and their maps */
	int prog[2];               /* by enum direction */
};

/* The map of a policy, which endpoints share. */
struct stage_map {
	const struct bundle_policy *policy;
	int fd;
};

struct stage {
	struct arena *arena;
	const struct bundle_content *bundle;
	const struct pins *pins;
	uint32_t generation;
	bool dry;                            /* nothing is pinned */
	int ipcache;                         /* a map; -1: not open */
	int flows, fragments, events, watch; /* likewise, shared */
	int lists[2]; /* likewise: generation, endpoints */
	VEC(struct stage_endpoint) endpoints;
	VEC(struct stage_map) maps;
	const char *what; /* is being done, for who tells an error */
	const char *log;  /* what the verifier said of a program, or NULL */
};

/*
 * Makes all that the endpoints of S need, and pins it unless S is dry; the
 * members up to them are set.  Returns 0 or an errno value; stage_close() is
 * due in both cases.
 */
int stage_make(struct stage *s);
void stage_close(struct stage *s);

/* Writes what is so of the I-th endpoint, and of the generation. */
int stage_put_endpoint(const struct stage *s, uint32_t i);
int stage_put_complete(const struct stage *s);
