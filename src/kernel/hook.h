/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Programs at network devices: one for each direction of an endpoint, at a
 * fixed handle and priority of the device's clsact qdisc, where one call puts a
 * program in the place of another, so that no packet passes between the two.
 * What leaves the endpoint comes in at the device.
 *
 * Requires CAP_NET_ADMIN.  Functions return 0 or an errno value.
 */

#include <stdbool.h>
#include <stdint.h>

#include "cilium/direction.h"

/* A program that is not of BPF, or of which no number is known. */
#define HOOK_UNKNOWN UINT32_MAX

/*
 * Keeps libbpf from printing what failed, in the whole process: for who tells
 * it himself.
 */
void hook_quiet(void);

/* The number of the program that judges DIR; 0: there is none. */
int hook_get(int ifindex, enum direction dir, uint32_t *ret_id);

/* Puts a program in the place of the one that is there, or where none is. */
int hook_put(int ifindex, enum direction dir, int prog);

int hook_remove(int ifindex, enum direction dir);

/* Makes the qdisc; EEXIST: it is there. */
int hook_make_qdisc(int ifindex);

/* Removes it, unless others have filters there. */
int hook_remove_qdisc(int ifindex);
