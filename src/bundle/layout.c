/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The table of layouts.  Offsets and sizes are those of the structs that the
 * programs read (cnpc_abi.h).
 */
#include "bundle/layout.h"

#include <linux/bpf.h>

#include "base/bytes.h"
#include "bundle/record.h"
#include "cnpc_abi.h"
#include "bundle/template.h"

_Static_assert(sizeof(struct cnpc_policy_key) == POLICY_KEY_SIZE &&
	sizeof(struct cnpc_ipcache_key) == IPCACHE_KEY_SIZE &&
	sizeof(struct cnpc_policy_value_117) == MAP_VALUE_MAX &&
	sizeof(struct cnpc_ipcache_value) == MAP_VALUE_MAX,
    "cnpc_abi.h has another layout");

static void
put_precedence(uint8_t *value, const struct policy_record *r)
{
	le32_put(value + offsetof(struct cnpc_policy_value, precedence),
	    r->precedence);
}

static size_t
get_precedence(const uint8_t *value, struct policy_record *r)
{
	r->precedence =
	    le32_get(value + offsetof(struct cnpc_policy_value, precedence));
	return offsetof(struct cnpc_policy_value, cookie);
}

/* A deny needs no priority: it is stronger than any. */
#define PRIORITY offsetof(struct cnpc_policy_value_118, proxy_priority)

_Static_assert(PRIORITY ==
	offsetof(struct cnpc_policy_value_117, proxy_priority),
    "the priority is in different places");

static void
put_priority(uint8_t *value, const struct policy_record *r)
{
	if (!r->deny)
		value[PRIORITY] = (uint8_t)r->precedence;
}

static size_t
get_priority(const uint8_t *value, struct policy_record *r)
{
	r->precedence = r->deny ? UINT32_MAX : value[PRIORITY];
	return r->deny ? PRIORITY : PRIORITY + 1;
}

/* The newest first: a version has the first one whose change it has. */
static const struct map_layout layouts[] = {
    {
	.change = VERSION_AGGREGATES,
	.policy_value_size = sizeof(struct cnpc_policy_value),
	.ipcache_value_size = sizeof(struct cnpc_ipcache_value),
	.map_flags = BPF_F_NO_PREALLOC | BPF_F_RDONLY_PROG,
	.precedence = true,
	.aggregates = true,
	.policy_name = "cilium_policy_v3",
	.ipcache_name = "cilium_ipcache_v2",
	.put_strength = put_precedence,
	.get_strength = get_precedence,
	.template = &template_120,
    },
    {
	.change = VERSION_PRECEDENCE,
	.policy_value_size = sizeof(struct cnpc_policy_value),
	.ipcache_value_size = sizeof(struct cnpc_ipcache_value),
	.map_flags = BPF_F_NO_PREALLOC | BPF_F_RDONLY_PROG,
	.precedence = true,
	.policy_name = "cilium_policy_v2",
	.ipcache_name = "cilium_ipcache_v2",
	.put_strength = put_precedence,
	.get_strength = get_precedence,
	.template = &template_119,
    },
    {
	.change = VERSION_MAP_WITHOUT_COUNTERS,
	.policy_value_size = sizeof(struct cnpc_policy_value_118),
	.ipcache_value_size = sizeof(struct cnpc_ipcache_value),
	.map_flags = BPF_F_NO_PREALLOC,
	.policy_name = "cilium_policy_v2",
	.ipcache_name = "cilium_ipcache_v2",
	.put_strength = put_priority,
	.get_strength = get_priority,
	.template = &template_118,
    },
    {
	.change = VERSION_ALWAYS,
	.policy_value_size = sizeof(struct cnpc_policy_value_117),
	.ipcache_value_size = sizeof(struct cnpc_ipcache_value_117),
	.map_flags = BPF_F_NO_PREALLOC,
	.policy_name = "cilium_policy_v2",
	.ipcache_name = "cilium_ipcache",
	.put_strength = put_priority,
	.get_strength = get_priority,
	.template = &template_117,
    },
};

void
map_layout_json(struct json *j, const struct map_layout *l)
{
	json_kv_cstr(j, "policy", l->policy_name);
	json_kv_cstr(j, "ipcache", l->ipcache_name);
}

const struct map_layout *
map_layout(unsigned cilium)
{
	const struct map_layout *l = layouts;

	while (!version_has(version_plain(cilium), l->change))
		l++;
	return l;
}
