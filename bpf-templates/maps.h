/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The maps of the template, and the constants of the program that it becomes.
 */

#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

#include "cnpc_abi.h"

/*
 * The template is compiled once for each layout of the maps: with CNPC_LAYOUT
 * the first version that has it.
 */
#if CNPC_LAYOUT >= 119
#define STRONGEST 0xffffffff /* precedence that no other beats */
#define MAP_FLAGS (BPF_F_NO_PREALLOC | BPF_F_RDONLY_PROG)
typedef struct cnpc_policy_value policy_value;
typedef struct cnpc_ipcache_value ipcache_value;
#elif CNPC_LAYOUT == 118
#define STRONGEST (CNPC_POLICY_DENY << 8)
#define MAP_FLAGS BPF_F_NO_PREALLOC
typedef struct cnpc_policy_value_118 policy_value;
typedef struct cnpc_ipcache_value ipcache_value;
#else
#define STRONGEST (CNPC_POLICY_DENY << 8)
#define MAP_FLAGS BPF_F_NO_PREALLOC
typedef struct cnpc_policy_value_117 policy_value;
typedef struct cnpc_ipcache_value_117 ipcache_value;
#endif

/*
 * Constants of one program.  The values are the template's own, for whoever
 * loads it as it is: a cluster with both families, and policies in both
 * directions.
 */
#define CONFIG_VALUE(type, name, value) .name = (value),

const volatile struct cnpc_config cnpc_config SEC(".rodata") = {
    CNPC_CONFIG(CONFIG_VALUE)};

struct {
	__uint(type, BPF_MAP_TYPE_LPM_TRIE);
	__uint(map_flags, MAP_FLAGS);
	__uint(max_entries, CNPC_POLICY_SIZE_MARK);
	__type(key, struct cnpc_policy_key);
	__type(value, policy_value);
} cnpc_policy SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_LPM_TRIE);
	__uint(map_flags, MAP_FLAGS);
	__uint(max_entries, CNPC_IPCACHE_SIZE_MARK);
	__type(key, struct cnpc_ipcache_key);
	__type(value, ipcache_value);
} cnpc_ipcache SEC(".maps");

/* Connections, and the ports of datagrams that came in parts. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, CNPC_FLOWS);
	__type(key, struct cnpc_flow_key);
	__type(value, struct cnpc_flow);
} cnpc_flows SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, CNPC_FRAGMENTS);
	__type(key, struct cnpc_fragment_key);
	__type(value, struct cnpc_fragment);
} cnpc_fragments SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 2 * CNPC_REASONS);
	__type(key, __u32);
	__type(value, __u64);
} cnpc_counters SEC(".maps");

/* How often each entry of the policy decided, by its key. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, CNPC_MATCHES_SIZE_MARK);
	__type(key, struct cnpc_policy_key);
	__type(value, __u64);
} cnpc_matches SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, CNPC_REASONS);
	__type(key, __u32);
	__type(value, struct cnpc_watch);
} cnpc_watch SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, CNPC_EVENTS_SIZE);
} cnpc_events SEC(".maps");
