/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What loaded programs know of connections and of datagrams in parts, put there
 * before a packet and taken out after it; and what they tell of it.
 *
 * Functions return 0 or an errno value.
 */

#include <stdbool.h>
#include <stdint.h>

#include "cnpc_abi.h"
#include "kernel/load.h"

/* The time as programs read it, in jiffies. */
int traces_now(const struct kernel_policy *k, uint32_t *ret_now);

int traces_put_flow(const struct kernel_policy *k,
    const struct cnpc_flow_key *key, const struct cnpc_flow *flow);
int traces_put_fragment(const struct kernel_policy *k,
    const struct cnpc_fragment_key *key, const struct cnpc_fragment *first);

/* Takes out what is there under a key; *ret_there: whether anything is. */
int traces_take_flow(const struct kernel_policy *k,
    const struct cnpc_flow_key *key, struct cnpc_flow *ret_flow,
    bool *ret_there);
int traces_take_fragment(const struct kernel_policy *k,
    const struct cnpc_fragment_key *key, struct cnpc_fragment *ret_first,
    bool *ret_there);

/* Takes out how often an entry decided. */
int traces_take_match(const struct kernel_policy *k,
    const struct cnpc_policy_key *key, uint64_t *ret_n, bool *ret_there);

/* What is wanted to be told, with every reason. */
int traces_watch(const struct kernel_policy *k, struct cnpc_watch watch);
int traces_watched(const struct kernel_policy *k, uint32_t reason,
    struct cnpc_watch *ret_watch);

/* Somebody who takes the events of a ring, in A. */
int traces_listen(struct arena *a, int ring, struct kernel_events **ret_events);
void traces_deafen(struct kernel_events *e);

/* How many events there were since the last time, and the last one of them. */
int traces_take_events(const struct kernel_policy *k,
    struct cnpc_event *ret_event, uint32_t *ret_n);

/* Takes out everything else; *ret_any: whether anything was there. */
int traces_clear(const struct kernel_policy *k, bool *ret_any);
