/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The directory of a BPF file system in which a loaded bundle is pinned: what
 * generations of it share, and a folder for each of these.
 *
 *     flows, fragments   maps of connections, that live through generations
 *     events, watch      what programs tell, and what is wanted of them
 *     monitor/           whoever listens has locked it
 *     0000000001/        a generation
 *         generation     struct pins_generation
 *         endpoints      an array of struct pins_endpoint
 *         ipcache        its map
 *         12/            of the device with this index:
 *             from_endpoint, to_endpoint, policy, counters, matches
 *
 * A generation's lists are pinned before anything of it is attached, and go
 * last: so whatever is attached can be found, whenever a loader was ended.
 *
 * Functions return 0 or an errno value.
 */

#include <stdbool.h>
#include <stdint.h>

#include <net/if.h>

#include "base/arena.h"
#include "base/hash.h"
#include "base/vec.h"
#include "cilium/direction.h"

#define PINS_FLOWS "flows"
#define PINS_FRAGMENTS "fragments"
#define PINS_EVENTS "events"
#define PINS_WATCH "watch"
#define PINS_MONITOR "monitor"
#define PINS_GENERATION "generation"
#define PINS_ENDPOINTS "endpoints"
#define PINS_IPCACHE "ipcache"
#define PINS_POLICY "policy"
#define PINS_COUNTERS "counters"
#define PINS_MATCHES "matches"

/* Room for a pod's namespace and name, or a node's name. */
#define PINS_NAME 320

struct pins_generation {
	uint64_t netns;           /* inode of the network namespace */
	char bundle[HASH_STRLEN]; /* digest of the manifest */
	uint8_t complete;         /* it is attached wherever it is to be */
	uint8_t pad[6];
};

struct pins_endpoint {
	uint32_t ifindex;
	uint32_t made_qdisc; /* this or an earlier generation did */
	char device[IF_NAMESIZE];
	char name[PINS_NAME];
};

struct pins_loaded_endpoint {
	struct pins_endpoint is;
	uint32_t id[2]; /* of its programs, by enum direction; 0: none */
};

struct pins_loaded {
	uint32_t number;
	bool listed; /* else it was begun, and nothing is attached */
	struct pins_generation is;
	VEC(struct pins_loaded_endpoint) endpoints;
};

struct pins {
	struct arena *arena;
	const char *path;
	int fd;                       /* holds the lock; -1: not open */
	VEC(struct pins_loaded) list; /* generations, the oldest first */
};

/*
 * Opens the directory, which is made if MAKE, locks it as soon as nobody else
 * has the lock, and reads what is there.  ENOTSUP: the place is not in a BPF
 * file system; ENOENT: it is not there.
 */
int pins_open(struct pins *p, struct arena *a, const char *path, bool make);
void pins_close(struct pins *p);

/* Reads again what is there, which pins_open() does first. */
int pins_read(struct pins *p);

/* The generation whose program at a device has the number ID, or NULL. */
const struct pins_loaded *pins_owner(const struct pins *p, uint32_t ifindex,
    enum direction dir, uint32_t id);

/* The path of what all generations share. */
const char *pins_shared_path(const struct pins *p, const char *name);

/* The path of what is in a generation, and in the folder of a device there. */
const char *pins_path(const struct pins *p, uint32_t generation,
    const char *name);
const char *pins_device_path(const struct pins *p, uint32_t generation,
    uint32_t ifindex, const char *name);

/* "from_endpoint", "to_endpoint". */
const char *pins_program(enum direction dir);

/* Removes a generation; what is not there is removed already. */
int pins_remove_generation(const struct pins *p, uint32_t generation);

/* Removes all that generations share, and the directory. */
int pins_remove(const struct pins *p);
