/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Constants and map sizes into a copy of the template.  That is our own, so
 * whatever is not where it should be is our fault and an assertion.
 */
#include "bundle/program.h"

#include <assert.h>
#include <stddef.h>
#include <string.h>

#include "base/bytes.h"
#include "base/hash.h"
#include "bundle/bundle.h"
#include "bundle/decide.h"
#include "bundle/layout.h"
#include "bundle/template.h"
#include "cilium/reserved.h"

#define NAME_DIGITS 16 /* of the hash, in a file's name */

/*
 * A map's size is the length of an array type, which makes it a word of the
 * BTF; the template has a number there that occurs nowhere else.
 */
static void
set_size(uint8_t *object, struct template_part btf, uint32_t mark,
    uint32_t size)
{
	uint8_t *found = NULL;

	for (size_t i = 0; i + 4 <= btf.size; i += 4) {
		if (le32_get(object + btf.offset + i) != mark)
			continue;
		assert(!found);
		found = object + btf.offset + i;
	}
	assert(found);
	le32_put(found, size);
}

static void
put_number(uint8_t *p, size_t size, uint64_t v)
{
	for (size_t i = 0; i < size; i++)
		p[i] = (uint8_t)(v >> 8 * i);
}

#define PUT_MEMBER(type, name, value)                                    \
	put_number(p + offsetof(struct cnpc_config, name), sizeof(type), \
	    c->name);

static void
set_config(uint8_t *object, struct template_part at,
    const struct cnpc_config *c)
{
	uint8_t *p = object + at.offset;

	assert(at.size == sizeof(*c));
	CNPC_CONFIG(PUT_MEMBER)
}

struct str
program_make(struct arena *a, const struct program_params *params)
{
	const struct program_template *t = map_layout(params->cilium)->template;
	char *copy = arena_dup(a, (const char *)t->bytes, t->size);
	uint8_t *object = (uint8_t *)copy;

	assert(params->policy_entries > 0 && params->ipcache_entries > 0);
	set_size(object, t->btf, CNPC_POLICY_SIZE_MARK, params->policy_entries);
	set_size(object, t->btf, CNPC_MATCHES_SIZE_MARK,
	    params->policy_entries);
	set_size(object, t->btf, CNPC_IPCACHE_SIZE_MARK,
	    params->ipcache_entries);
	set_config(object, t->config, &params->config);
	return (struct str){copy, t->size};
}

#define CONFIG_VALUE(type, name, value) .name = (value),

const struct cnpc_config program_config = {CNPC_CONFIG(CONFIG_VALUE)};

void
program_params_of(struct program_params *ret, struct arena *scratch,
    const struct image *policy, uint32_t ipcache_entries,
    const struct cluster_traits *traits)
{
	struct policy_table t;
	uint32_t world[2];

	/* Rows tell as well as entries: only any identity is number 0. */
	policy_table_read(&t, scratch, policy);
	sec_id_worlds(traits->family, world);
	*ret = (struct program_params){
	    .config = program_config,
	    .cilium = policy->cilium,
	    .policy_entries = policy->max_entries,
	    .ipcache_entries = ipcache_entries,
	};
	ret->config.world_ipv4 = world[0];
	ret->config.world_ipv6 = world[1];
	ret->config.ipv4 = traits->family[0];
	ret->config.ipv6 = traits->family[1];
	ret->config.sctp = traits->sctp;
	ret->config.extended = traits->other_transports;
	ret->config.ingress = !policy_open(&t, DIR_INGRESS);
	ret->config.egress = !policy_open(&t, DIR_EGRESS);
}

const char *
program_name(struct arena *a, struct str bytes)
{
	char hash[HASH_STRLEN];

	hash_text(bytes, hash);
	return arena_printf(a, BUNDLE_PROGRAM "%.*s.bpf.o", NAME_DIGITS, hash);
}
