/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What differs between the versions of Cilium that --cilium names, other than
 * which fields exist: for those see since= and until= in grammar/.  Code asks
 * for a change by name and never for a version; docs/versions.md is printed
 * from the table.  Source: semantics.md 14.
 */

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"

/* The versions that are modelled, as 100 * major + minor. */
enum {
	VERSION_FIRST = 117,
	VERSION_LAST = 120,
};

/* printf("Cilium " VERSION_FMT, VERSION_ARG(VERSION_LAST)): "Cilium 1.20" */
#define VERSION_FMT "%u.%u"
#define VERSION_ARG(v) (v) / 100, (v) % 100

/* Whether it is one of those. */
bool version_is_modelled(unsigned cilium);

enum version_change {
	VERSION_ALWAYS, /* no change: so in every version */
	VERSION_ACCOUNT_LABEL,
	VERSION_TOPOLOGY_LABEL,
	VERSION_LOCAL_CLUSTER_PEERS,
	VERSION_REQUIRES,
	VERSION_ELEMENT_NEEDED,
	VERSION_DENY_PORTS_LIMIT,
	VERSION_EXCEPT_WITHIN,
	VERSION_GROUP_VALUE_KEYS,
	VERSION_EXTERNAL_GROUPS,
	VERSION_WORLD_FOR_ZERO,
	VERSION_FQDN_DEPTH,
	VERSION_SERVER_NAME_STARS,
	VERSION_PORT_NAMES_OF_PEERS,
	VERSION_LOCALHOST_TIER,
	VERSION_LOCALHOST_PASSES_PROXIES,
	VERSION_DEFAULT_ALLOW_TIER,
	VERSION_DEFAULT_ALLOW_L7,
	VERSION_PASS,
	VERSION_PRECEDENCE,
	VERSION_MAP_WITHOUT_COUNTERS,
	VERSION_MAP_READ_ONLY,
	VERSION_IPCACHE_WIDE,
	VERSION_AGGREGATES,
	VERSION_CHANGES,
};

/* One change: present from SINCE to UNTIL, both included. */
struct version_row {
	const char *name;
	unsigned since, until;
	const char *text;    /* what is so in these versions */
	const char *before;  /* what is so in the others */
	const char *section; /* of semantics.md */
};

/* Whether CILIUM is one of the versions SINCE to UNTIL, both included. */
static inline bool
version_within(unsigned cilium, unsigned since, unsigned until)
{
	return cilium >= since && cilium <= until;
}

/* The row of a change other than VERSION_ALWAYS. */
const struct version_row *version_row(enum version_change change);

/* Whether a version has a change; CILIUM as in ir_options. */
bool version_has(unsigned cilium, enum version_change change);

/* The table as docs/versions.md holds it. */
void version_print(struct buf *out);
