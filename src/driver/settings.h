/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The agent's settings.  They are taken from the ConfigMap `cilium-config` of
 * the input, each one under the key that the agent knows it by; an option of
 * the command line comes before it.  cnpc-settings(5) lists them.
 *
 * Source: semantics.md 2, 4.2, 5, 9, and the default of each in the agent.
 */

#include <stdbool.h>

#include "base/word.h"
#include "diag/diag.h"
#include "schema/object.h"

struct unit_options;

/* What allow-localhost and enable-policy can be. */
extern const struct word settings_localhost[], settings_enforcement[];

/* Those that are options of the command line, too: bits of opt->given. */
enum setting_id {
	SETTING_NONE, /* never given */
	SETTING_ALLOW_LOCALHOST,
	SETTING_CILIUM, /* of no ConfigMap */
	SETTING_CLUSTER_NAME,
	SETTING_ENFORCEMENT,
	SETTING_IPV4,
	SETTING_IPV6,
};

/* A setting, by its key in the ConfigMap, and its value. */
struct setting_value {
	struct str key, value;
};

/* The keys; NULL ends them. */
const char *const *setting_keys(struct arena *a);

/*
 * Takes the settings of opt->set, and those that OPT was not given (opt->given)
 * from the ConfigMap among OBJECTS, if there is one: then what it leaves out is
 * as the agent's own default.  A value that the agent would not start with is
 * an error, and the setting stays as it was.
 */
void settings_apply(struct unit_options *opt, struct arena *a,
    struct diag_sink *sink, const struct object_list *objects);

/* A line a setting, "key: value", for --dump=settings. */
void settings_dump(struct buf *out, const struct unit_options *opt);
