/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The running kernel's verifier: a bundle's programs are loaded with their
 * maps, which are filled from images.  Nothing is attached or pinned.
 *
 * Functions that can fail return 0 or an errno value.
 */

#include <stdint.h>

#include "base/arena.h"
#include "base/str.h"
#include "bundle/image.h"
#include "pmap/pmap.h"

/* Why this process cannot use the kernel's BPF, or NULL when it can. */
const char *kernel_missing(void);

/* The running kernel's release, as uname(1) gives it. */
const char *kernel_release(struct arena *a);

/* A map of the ipcache's kind, and a map's entries all at once. */
int kernel_ipcache_new(unsigned cilium, uint32_t max_entries, int *ret_fd);
int kernel_map_fill(int fd, const struct image *img);

/* A bundle's program with its maps, loaded. */
struct kernel_policy {
	struct bpf_object *object;
	int prog[2];                          /* by enum direction */
	int flows, fragments, matches, watch; /* maps */
	struct kernel_events *events;         /* kernel/traces.h; or NULL */
	int clock; /* a program that returns the time in jiffies */
	struct kernel_figures {
		uint32_t instructions; /* that the verifier processed */
		uint32_t bytes;        /* of the translated program */
	} figures[2];
};

/*
 * Loads OBJECT with the policy of IMG and the ipcache of another map.  On
 * failure *ret_log has what the verifier said: "" when it was not reached.  It
 * lives no longer than A.
 */
int kernel_policy_open(struct kernel_policy *k, struct arena *a,
    struct str object, const struct image *img, int ipcache_fd,
    const char **ret_log);
void kernel_policy_close(struct kernel_policy *k);
