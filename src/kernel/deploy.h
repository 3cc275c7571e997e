/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * A bundle in force: loaded for endpoints, at the devices that lead to them,
 * and pinned in a directory (kernel/pins.h).
 *
 * A load makes the next generation whole, then puts its programs in the place
 * of those of the last one, and then removes the last one.  A direction of an
 * endpoint is judged by one of the two at any time.  One that fails leaves the
 * last one in force; one that is ended in between leaves endpoints of both,
 * and the next load or unload finds them all.
 *
 * Functions return 0 or an errno value; then what[] says at what it was, and
 * problem[], unless it is NULL, why it is the caller's fault.
 */

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/vec.h"
#include "bundle/read.h"
#include "cnpc_abi.h"
#include "kernel/pins.h"

/* What leads to a pod. */
struct deploy_device {
	const char *device;
	struct str ns, name;
};

struct deploy {
	struct arena *arena;
	const char *path; /* of the directory */
	const char *what, *problem;
	const char *log; /* what the verifier said, or NULL */
	struct pins pins;
};

/*
 * Opens what is loaded, for the functions below, and for this network namespace
 * alone; the directory is made if MAKE.
 */
int deploy_open(struct deploy *d, bool make);

/* How many of what there is of a generation. */
struct deploy_sums {
	uint32_t generation;
	uint32_t endpoints;
	uint32_t policies; /* maps */
	uint64_t entries;  /* in these */
};

/* DRY: all is made, accepted by the verifier, and gone again. */
int deploy_load(struct deploy *d, const struct bundle_content *bundle,
    const struct deploy_device *devices, size_t n, bool dry,
    struct deploy_sums *ret);

/* Detaches and removes all.  What is not there is no failure. */
int deploy_unload(struct deploy *d);

/* What is at a direction of an endpoint's device. */
enum deploy_at {
	DEPLOY_IN_FORCE,
	DEPLOY_OLDER, /* the program of another generation */
	DEPLOY_NOTHING,
	DEPLOY_FOREIGN, /* another program */
	DEPLOY_GONE,    /* the device is */
};

struct deploy_endpoint {
	const struct pins_loaded_endpoint *is;
	enum deploy_at at[2];              /* by enum direction */
	bool counted;                      /* the rest is known */
	uint64_t passed[2], dropped[2];    /* packets */
	uint64_t packets[2][CNPC_REASONS]; /* by enum cnpc_reason */
};

/* A rule of the loaded bundle, over all endpoints of the generation. */
struct deploy_rule {
	const struct bundle_rule *is;
	uint64_t entries; /* in policies of endpoints that are loaded */
	uint64_t decided; /* connections that these decided about */
};

struct deploy_status {
	const struct pins_loaded *newest; /* NULL: nothing is loaded */
	size_t generations;               /* that are there */
	VEC(struct deploy_endpoint) endpoints;
	VEC(struct deploy_rule)
	rules; /* [number - 1], if they were asked for */
};

/*
 * With the rules of BUNDLE, unless that is NULL; it has to be the one that is
 * loaded.
 */
int deploy_status(struct deploy *d, const struct bundle_content *bundle,
    struct deploy_status *ret);

/* The newest generation that lists its endpoints, or NULL. */
const struct pins_loaded *deploy_newest(const struct deploy *d);

/* Whether it is of BUNDLE: EINVAL, with problem[], if not. */
int deploy_check_bundle(struct deploy *d, const struct pins_loaded *g,
    const struct bundle_content *bundle);

/* The bundle's endpoint that one of the generation is; it has a policy. */
const struct bundle_endpoint *
deploy_endpoint_of(const struct bundle_content *bundle,
    const struct pins_endpoint *e);

/* Whether the newest generation is in force everywhere, and nothing else. */
bool deploy_is_whole(const struct deploy_status *s);
