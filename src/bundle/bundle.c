/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the files of a bundle have in common.
 */
#include "bundle/bundle.h"

#include <assert.h>

#include "ir/ir.h"

const char *const bundle_kinds[BUNDLE_KINDS] = {
    BUNDLE_IDENTITIES,
    BUNDLE_ENDPOINTS,
    BUNDLE_L7,
    BUNDLE_RULES,
    BUNDLE_OBJECTS,
    BUNDLE_IPCACHE,
    BUNDLE_PEERS,
    BUNDLE_POLICIES,
    BUNDLE_ROW_RULES,
};

uint32_t
bundle_rule_number(const struct ir_rule *rule)
{
	return rule->policy ? rule->index + 1 : 0;
}

uint16_t
bundle_proxy_port(uint16_t redirect)
{
	assert(redirect <= UINT16_MAX - BUNDLE_PROXY_PORT);
	return redirect ? (uint16_t)(BUNDLE_PROXY_PORT + redirect) : 0;
}
