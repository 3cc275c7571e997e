/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The table of what changed between versions of Cilium, and the only place
 * where versions are compared.
 */
#include "cilium/version.h"

#include <assert.h>

static const struct version_row rows[VERSION_CHANGES] = {
    [VERSION_ACCOUNT_LABEL] = {"account-label", 118, 120,
	"the label of the service account is part of an identity whatever the "
	"setting `labels` says",
	"it is left out as soon as the setting includes another label", "4.2"},
    [VERSION_TOPOLOGY_LABEL] = {"topology-label", 120, 120,
	"labels topology.kubernetes.io/* are no part of an identity",
	"they are, so pods that differ in them have different identities",
	"4.2"},
    [VERSION_LOCAL_CLUSTER_PEERS] = {"local-cluster-peers", 119, 120,
	"a peer selector without a cluster label takes the local cluster's "
	"pods only",
	"it takes the pods of every connected cluster", "4.4"},
    [VERSION_REQUIRES] = {"requires", 117, 118,
	"fromRequires and toRequires of all rules of an endpoint narrow the "
	"endpoints that its rules name",
	"the lists must be empty", "1.3"},
    [VERSION_ELEMENT_NEEDED] = {"element-needed", 118, 120,
	"a rule without any element is refused with its object",
	"it is taken and has no effect", "2.1"},
    [VERSION_DENY_PORTS_LIMIT] = {"deny-ports-limit", 118, 120,
	"more than 40 ports in a deny rule are refused",
	"only those of allow rules are counted", "2.3"},
    [VERSION_EXCEPT_WITHIN] = {"except-within", 120, 120,
	"an except must lie in its prefix whole",
	"its address must; a wider one leaves nothing of the prefix", "2.4"},
    [VERSION_GROUP_VALUE_KEYS] = {"group-value-keys", 120, 120,
	"of several CIDR groups around a prefix the values of one label all "
	"count",
	"only one group's value of a label counts", "6.3"},
    [VERSION_EXTERNAL_GROUPS] = {"external-groups", 120, 120,
	"the addresses of fromGroups and toGroups are in a CiliumCIDRGroup "
	"that a controller keeps",
	"they are in policies that the operator derives", "7.2"},
    [VERSION_WORLD_FOR_ZERO] = {"world-for-zero", 119, 120,
	"0.0.0.0/0 and ::/0 are the world's identity, whatever names them",
	"a policy or a CIDR group that names them gives them an identity of "
	"their own",
	"6.2"},
    [VERSION_FQDN_DEPTH] = {"fqdn-depth", 119, 120,
	"`**.` at the start of a matchPattern is one or more labels",
	"`**` is the same as `*`", "6.4"},
    [VERSION_SERVER_NAME_STARS] = {"server-name-stars", 119, 120,
	"a star in serverNames matches as in a matchPattern, but for several "
	"in a row",
	"what a star in serverNames matches is unknown", "14"},
    [VERSION_PORT_NAMES_OF_PEERS] = {"port-names-of-peers", 120, 120,
	"a port name in an egress rule is looked up among the peers of the "
	"rules that use it",
	"it is looked up among all pods", "10.3"},
    [VERSION_LOCALHOST_TIER] = {"localhost-tier", 120, 120,
	"the host is let in after all other rules, and not at all where "
	"nothing else is",
	"the host is let in beside the other rules, with or without any",
	"9.2"},
    [VERSION_LOCALHOST_PASSES_PROXIES] = {"localhost-passes-proxies", 117, 119,
	"a proxy lets all requests of a pod's own node pass",
	"whether it does is unknown", "9.2"},
    [VERSION_DEFAULT_ALLOW_TIER] = {"default-allow-tier", 120, 120,
	"where no rule turns on default deny, everybody is let through after "
	"all other rules",
	"everybody is let through beside the other rules", "9.3"},
    [VERSION_DEFAULT_ALLOW_L7] = {"default-allow-l7", 118, 120,
	"where no rule turns on default deny, a proxy lets all requests pass",
	"a proxy lets only those pass that its rules name", "9.3"},
    [VERSION_PASS] = {"pass", 120, 120,
	"the low byte of a precedence leaves 0 to Pass, and a plain allow "
	"is 1",
	"a plain allow is 0; proxies are 128 less their priority", "11.1"},
    [VERSION_PRECEDENCE] = {"precedence", 119, 120,
	"a policy entry has a precedence, which decides between two entries; "
	"its value is 12 bytes",
	"a deny decides, then the proxy's priority; authentication is taken "
	"from either entry",
	"11.8"},
    [VERSION_MAP_WITHOUT_COUNTERS] = {"map-without-counters", 118, 120,
	"packets and bytes are counted in a map of their own",
	"they are counted in the policy entry, whose value is 24 bytes",
	"12.1"},
    [VERSION_MAP_READ_ONLY] = {"map-read-only", 119, 120,
	"programs cannot write to the policy maps and the ipcache",
	"their maps have no such flag", "12.1"},
    [VERSION_IPCACHE_WIDE] = {"ipcache-wide", 118, 120,
	"a value of the ipcache is 24 bytes, with an address of either family",
	"it is 12 bytes", "12.3"},
    [VERSION_AGGREGATES] = {"aggregates", 120, 120,
	"identities 11 to 14 stand for many in policy maps, whose name is "
	"cilium_policy_v3",
	"there are none, and the name is cilium_policy_v2", "11.10"},
};

bool
version_is_modelled(unsigned cilium)
{
	return version_within(cilium, VERSION_FIRST, VERSION_LAST);
}

const struct version_row *
version_row(enum version_change change)
{
	assert(change > VERSION_ALWAYS && change < VERSION_CHANGES);
	return &rows[change];
}

bool
version_has(unsigned cilium, enum version_change change)
{
	return change == VERSION_ALWAYS ||
	    version_within(cilium, rows[change].since, rows[change].until);
}

void
version_print(struct buf *out)
{
	buf_puts(out,
	    "# Versions of Cilium\n\n"
	    "What `--cilium` changes besides the fields that exist. Printed "
	    "from\n`src/cilium/version.c`; do not edit.\n\n"
	    "| change | versions | there | elsewhere | facts |\n"
	    "| --- | --- | --- | --- | --- |\n");
	for (int i = VERSION_ALWAYS + 1; i < VERSION_CHANGES; i++) {
		const struct version_row *r = &rows[i];

		buf_printf(out, "| %s | " VERSION_FMT, r->name,
		    VERSION_ARG(r->since));
		if (r->until != r->since)
			buf_printf(out, " to " VERSION_FMT,
			    VERSION_ARG(r->until));
		buf_printf(out, " | %s | %s | semantics.md %s |\n", r->text,
		    r->before, r->section);
	}
}
