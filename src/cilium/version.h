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
#include <stdint.h>

#include "base/buf.h"
#include "base/str.h"

/* A version is one number: VERSION(18, 6), or 11806, is 1.18.6. */
#define VERSION(minor, patch) (10000 + 100 * (minor) + (patch))

enum {
	/* What a minor version alone means: its last patch. */
	CILIUM_1_17 = VERSION(17, 17),
	CILIUM_1_18 = VERSION(18, 11),
	CILIUM_1_19 = VERSION(19, 8),
	CILIUM_1_20 = VERSION(20, 1),
	/* Those that are modelled. */
	VERSION_FIRST = VERSION(17, 0),
	VERSION_LAST = CILIUM_1_20,
};

/* printf("Cilium " VERSION_FMT, VERSION_ARG(CILIUM_1_18)): "Cilium 1.18.11" */
#define VERSION_FMT "%u.%u.%u"
#define VERSION_ARG(v) (v) / 10000, (v) / 100 % 100, (v) % 100

/*
 * Reads "1.18", which is its last patch, "1.18.6" or "v1.18.6".  False: it is
 * none of these, or older than all that is modelled.  What is newer is read;
 * version_modelled() has what it is taken for.
 */
bool version_parse(struct str text, unsigned *ret);

/* The version to take CILIUM for: itself, or the last one before it. */
unsigned version_modelled(unsigned cilium);

/*
 * The minor version, as 100 * major + minor: what map images name.  And back:
 * its last patch, or 0 where there is none.
 */
unsigned version_minor(unsigned cilium);
unsigned version_of_minor(uint32_t minor);

enum version_change {
	VERSION_ALWAYS, /* no change: so in every version */
	VERSION_ACCOUNT_LABEL,
	VERSION_TOPOLOGY_LABEL,
	VERSION_LOCAL_CLUSTER_SETTING,
	VERSION_LOCAL_CLUSTER_PEERS,
	VERSION_REQUIRES,
	VERSION_KEY_ALONE,
	VERSION_NODE_RULE_REFUSED,
	VERSION_EXCEPT_WITHIN,
	VERSION_IP_BLOCK_REFUSED,
	VERSION_IP_BLOCK_NAMESPACE,
	VERSION_GROUP_VALUE_KEYS,
	VERSION_GROUPS_OUTSIDE,
	VERSION_EXTERNAL_GROUPS,
	VERSION_EMPTY_GROUP_NOBODY,
	VERSION_SERVICE_KEY_DOTS,
	VERSION_SERVICE_SELECTOR_DOTS,
	VERSION_SERVICE_SELECTOR_EMPTY,
	VERSION_NODE_CLUSTER,
	VERSION_NODE_FILTER_CLUSTER,
	VERSION_GROUP_ZERO_IGNORED,
	VERSION_GROUP_ZERO_IDENTITY,
	VERSION_WORLD_BY_FAMILY,
	VERSION_WORLD_IS_BOTH,
	VERSION_CIDR_LISTS_ALIKE,
	VERSION_ZERO_TAKES_NODES,
	VERSION_GROUP_EXCEPT_ZERO,
	VERSION_CIDR_MATCH_PODS,
	VERSION_FQDN_DEPTH,
	VERSION_SERVER_NAME_STARS,
	VERSION_PORT_NAMES_OF_PEERS,
	VERSION_PORT_NAMES_LABEL,
	VERSION_RANGE_FROM_ZERO,
	VERSION_PARSER_BY_SELECTOR,
	VERSION_LOCALHOST_TIER,
	VERSION_LOCALHOST_PASSES_PROXIES,
	VERSION_DEFAULT_ALLOW_TIER,
	VERSION_DEFAULT_ALLOW_L7,
	VERSION_NODE_PORT_AT_CLIENT,
	VERSION_SOLICITATION_PASSES,
	VERSION_PASS,
	VERSION_LOW_BYTE,
	VERSION_PRECEDENCE,
	VERSION_MAP_WITHOUT_COUNTERS,
	VERSION_MAP_READ_ONLY,
	VERSION_IPCACHE_WIDE,
	VERSION_AGGREGATES,
	VERSION_EXCLUDES_NOBODY,
	VERSION_CHANGES,
};

/* A run of versions, both ends included. */
struct version_span {
	unsigned since, until;
};

#define VERSION_SPANS 4 /* a minor version has one at most */

/* One change. */
struct version_row {
	const char *name;
	struct version_span when[VERSION_SPANS]; /* ascending; then zeros */
	const char *text;    /* what is so in these versions */
	const char *before;  /* what is so in the others; reads alone */
	const char *section; /* of semantics.md */
	bool form;           /* it is the form of every map, and nothing else */
};

/*
 * A version with all that it does: what its number says, but for the changes
 * in TURNED, bits of enum version_change, which are the other way round.  So
 * one change can be tried alone.
 */
struct version {
	unsigned number;
	uint64_t turned;
};

_Static_assert(VERSION_CHANGES <= 64, "turned is too small");

static inline struct version
version_plain(unsigned number)
{
	return (struct version){number, 0};
}

/* Whether CILIUM is one of the versions SINCE to UNTIL, both included. */
static inline bool
version_within(unsigned cilium, unsigned since, unsigned until)
{
	return cilium >= since && cilium <= until;
}

/* The row of a change other than VERSION_ALWAYS. */
const struct version_row *version_row(enum version_change change);

/* Whether a version has a change. */
bool version_has(struct version v, enum version_change change);

/* Two patches, one after the other, of which one has a change. */
struct version_edge {
	unsigned last, first;
	const char *until, *from; /* what is so up to LAST, and from FIRST on */
};

/*
 * Of two versions of which one has a change and the other does not: the first
 * one that is as the newer of them, and so are all up to it.
 */
unsigned version_turning(unsigned a, unsigned b, enum version_change change);

/* Whether a change is in some patches only of CILIUM's minor version. */
bool version_by_patch(unsigned cilium, enum version_change change,
    struct version_edge *ret);

/* The table as docs/versions.md holds it. */
void version_print(struct buf *out);
