/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The table of what changed between versions of Cilium, and the only place
 * where versions are compared.
 */
#include "cilium/version.h"

#include <assert.h>

#include "base/ascii.h"

/* A minor version has no later patch than this. */
#define LAST_PATCH 99

/* From a patch on; up to the end of a minor version. */
#define FROM(minor, patch)                                     \
	{                                                      \
		VERSION(minor, patch), VERSION(20, LAST_PATCH) \
	}
#define UNTIL(minor)                                       \
	{                                                  \
		VERSION(17, 0), VERSION(minor, LAST_PATCH) \
	}
/* From a patch on, to the end of its minor version. */
#define LATE(minor, patch)                                        \
	{                                                         \
		VERSION(minor, patch), VERSION(minor, LAST_PATCH) \
	}

static const unsigned last_patches[] = {CILIUM_1_17, CILIUM_1_18, CILIUM_1_19,
    CILIUM_1_20};

#define NMINORS (sizeof(last_patches) / sizeof(*last_patches))

static const struct version_row rows[VERSION_CHANGES] = {
    [VERSION_ACCOUNT_LABEL] = {"account-label", {FROM(18, 0)},
	"the label of the service account is part of an identity whatever the "
	"setting `labels` says",
	"the label of the service account leaves an identity as soon as the "
	"setting `labels` includes another label",
	"4.2"},
    [VERSION_TOPOLOGY_LABEL] = {"topology-label", {FROM(18, 7)},
	"labels of topology.kubernetes.io are no part of an identity",
	"labels of topology.kubernetes.io are part of an identity, so pods "
	"that differ in them have different identities",
	"4.2"},
    [VERSION_LOCAL_CLUSTER_SETTING] = {"local-cluster-setting", {FROM(18, 0)},
	"policy-default-local-cluster says whether a peer selector without a "
	"cluster label takes the local cluster's pods only",
	"a peer selector without a cluster label takes the pods of every "
	"connected cluster, whatever policy-default-local-cluster says",
	"4.4"},
    [VERSION_LOCAL_CLUSTER_PEERS] = {"local-cluster-peers", {FROM(19, 0)},
	"a peer selector without a cluster label takes the local cluster's "
	"pods only",
	"a peer selector without a cluster label takes the pods of every "
	"connected cluster",
	"4.4"},
    [VERSION_REQUIRES] = {"requires", {UNTIL(18)},
	"fromRequires and toRequires of all rules of an endpoint narrow the "
	"endpoints that its rules name",
	"fromRequires and toRequires must be empty", "1.3"},
    [VERSION_KEY_ALONE] = {"key-alone", {FROM(20, 0)},
	"the key of a label is checked by itself",
	"the key of a label is checked as <source>.<key>, with `any` where "
	"there is no source",
	"2.5"},
    [VERSION_NODE_RULE_REFUSED] = {"node-rule-refused", {FROM(18, 2)},
	"a nodeSelector in specs of a CiliumNetworkPolicy is refused with its "
	"object",
	"a rule with a nodeSelector in specs of a CiliumNetworkPolicy is "
	"ignored, and the others are in force",
	"2.1"},
    [VERSION_EXCEPT_WITHIN] = {"except-within", {FROM(20, 0)},
	"an except must lie in its prefix whole",
	"the address of an except must lie in its prefix; a wider except "
	"leaves nothing of the prefix",
	"2.4"},
    [VERSION_IP_BLOCK_REFUSED] = {"ip-block-refused",
	{{VERSION(18, 0), VERSION(18, LAST_PATCH)}},
	"with policy-default-local-cluster a NetworkPolicy is refused that "
	"has an ingress peer of only an ipBlock",
	"with policy-default-local-cluster a NetworkPolicy is taken that has "
	"an ingress peer of only an ipBlock",
	"4.5"},
    [VERSION_IP_BLOCK_NAMESPACE] = {"ip-block-namespace",
	{{VERSION(19, 0), VERSION(19, 4)}},
	"an ingress peer of only an ipBlock admits the pods of the policy's "
	"namespace, too",
	"an ingress peer of only an ipBlock admits the block alone", "4.5"},
    [VERSION_GROUP_VALUE_KEYS] = {"group-value-keys",
	{LATE(19, 4), FROM(20, 0)},
	"of several CIDR groups around a prefix the values of one label all "
	"count",
	"of several CIDR groups around a prefix only one group's value of a "
	"label counts",
	"6.3"},
    [VERSION_GROUPS_OUTSIDE] = {"groups-outside", {FROM(20, 0)},
	"a cidrGroupSelector with requirements is for the world, and for nodes "
	"where the match mode says so",
	"`NotIn` in a cidrGroupSelector takes pods and hosts as well", "6.3"},
    [VERSION_EXTERNAL_GROUPS] = {"external-groups", {FROM(20, 0)},
	"the addresses of fromGroups and toGroups are in a CiliumCIDRGroup "
	"that a controller keeps",
	"the addresses of fromGroups and toGroups are in policies that the "
	"operator derives",
	"7.2"},
    [VERSION_EMPTY_GROUP_NOBODY] = {"empty-group-nobody",
	{LATE(17, 10), FROM(18, 4)},
	"fromGroups and toGroups without a known address are nobody",
	"fromGroups and toGroups without a known address are with ports "
	"everybody",
	"7.2"},
    [VERSION_SERVICE_KEY_DOTS] = {"service-key-dots",
	{LATE(17, 15), LATE(18, 9), FROM(19, 3)},
	"toServices finds the pods of a Service whose selector has a dot in a "
	"key",
	"toServices finds nobody where a Service's selector has a dot in a key",
	"7.1"},
    [VERSION_SERVICE_SELECTOR_DOTS] = {"service-selector-dots",
	{LATE(17, 15), LATE(18, 9), FROM(19, 6)},
	"a k8sServiceSelector finds the pods of a Service whose selector has a "
	"dot in a key",
	"a k8sServiceSelector finds nobody where a Service's selector has a "
	"dot "
	"in a key",
	"7.1"},
    [VERSION_SERVICE_SELECTOR_EMPTY] = {"service-selector-empty", {FROM(19, 0)},
	"a k8sServiceSelector with the selector `{}` names every Service",
	"a k8sServiceSelector with the selector `{}` names no Service", "7.1"},
    [VERSION_NODE_CLUSTER] = {"node-cluster", {FROM(18, 0)},
	"nodes with identities of their own have the cluster label",
	"nodes with identities of their own have only labels of their Node",
	"5.5"},
    [VERSION_NODE_FILTER_CLUSTER] = {"node-filter-cluster",
	{{VERSION(19, 0), VERSION(19, 4)}},
	"the filter node-labels is for the cluster label of nodes, too",
	"nodes have the cluster label whatever the filter", "4.2"},
    [VERSION_GROUP_ZERO_IGNORED] = {"group-zero-ignored",
	{{VERSION(19, 0), VERSION(19, LAST_PATCH)}},
	"a CIDR group that lists 0.0.0.0/0 or ::/0 says nothing by it",
	"prefixes inherit the labels of a group that lists /0", "6.2"},
    [VERSION_GROUP_ZERO_IDENTITY] = {"group-zero-identity", {FROM(20, 0)},
	"a CIDR group that lists 0.0.0.0/0 or ::/0 gives it an identity",
	"0.0.0.0/0 and ::/0 are the world's identity whatever names them",
	"6.2"},
    [VERSION_WORLD_BY_FAMILY] = {"world-by-family", {FROM(19, 0)},
	"an IPv6 prefix is labelled world-ipv6 in a cluster without IPv6",
	"an IPv6 prefix is labelled world in a cluster without IPv6", "6.7"},
    [VERSION_WORLD_IS_BOTH] = {"world-is-both",
	{{VERSION(17, 0), VERSION(17, LAST_PATCH)}},
	"with both families what is for identity 2 is for 9 and 10 as well",
	"what is for identity 2 is for 2 alone", "6.7"},
    [VERSION_CIDR_LISTS_ALIKE] = {"cidr-lists-alike", {FROM(19, 0)},
	"/0 in fromCIDR and toCIDR is the same as in fromCIDRSet and toCIDRSet",
	"/0 in fromCIDR and toCIDR of a family that the cluster does not have "
	"is the prefixes that policies name, and 0.0.0.0/0 beside ::/0 is "
	"identity 2 as well",
	"6.7"},
    [VERSION_ZERO_TAKES_NODES] = {"zero-takes-nodes",
	{LATE(17, 5), {VERSION(18, 0), VERSION(18, LAST_PATCH)}},
	"with policy-cidr-match-mode `nodes`, /0 selects nodes",
	"with policy-cidr-match-mode `nodes`, /0 selects the world alone",
	"6.3"},
    [VERSION_GROUP_EXCEPT_ZERO] = {"group-except-zero", {FROM(18, 0)},
	"an except of /0 beside a group excludes the world of its family",
	"an except of /0 beside a group excludes the prefixes that policies "
	"name",
	"6.3"},
    [VERSION_CIDR_MATCH_PODS] = {"cidr-match-pods", {FROM(20, 0)},
	"policy-cidr-match-mode may have `pods`: CIDR rules select pods by "
	"their addresses; with `nodes`, groups select nodes as well",
	"the agent does not start with `pods`, and groups select no nodes",
	"6.3"},
    [VERSION_FQDN_DEPTH] = {"fqdn-depth", {FROM(19, 0)},
	"`**` alone is every name, and `**.` at the start of a matchPattern is "
	"one or more labels",
	"stars in a row are one label, and only `*` alone is every name",
	"6.4"},
    [VERSION_SERVER_NAME_STARS] = {"server-name-stars", {FROM(18, 0)},
	"a star in serverNames matches as in a matchPattern, but for several "
	"in a row",
	"a star in serverNames is a character like any other", "2.3"},
    [VERSION_PORT_NAMES_OF_PEERS] = {"port-names-of-peers", {FROM(20, 0)},
	"a port name in an egress rule is on each peer the peer's own number",
	"a port name in an egress rule is one number, if all pods agree on it",
	"10.3"},
    [VERSION_PORT_NAMES_LABEL] = {"port-names-label", {FROM(20, 0)},
	"the named ports of a pod are a label of its identity",
	"the named ports of a pod are no part of its identity", "10.3"},
    [VERSION_RANGE_FROM_ZERO] = {"range-from-zero", {FROM(20, 0)},
	"a range from port 0 is every port of its protocol beside other rules "
	"as well",
	"a range from port 0 is where the datapath looks, and one entry of two "
	"stays there",
	"10.2"},
    [VERSION_PARSER_BY_SELECTOR] = {"parser-by-selector", {FROM(18, 0)},
	"each selector of a port has an L7 parser of its own",
	"all selectors of a port share one L7 parser, and two conflict", "2.7"},
    [VERSION_LOCALHOST_TIER] = {"localhost-tier", {FROM(20, 0)},
	"the host is let in after all other rules, and not at all where "
	"nothing else is",
	"the host is let in beside the other rules, with or without any",
	"9.2"},
    [VERSION_LOCALHOST_PASSES_PROXIES] = {"localhost-passes-proxies",
	{UNTIL(19)}, "a proxy lets all requests of a pod's own node pass",
	"whether a proxy lets a request of a pod's own node pass is unknown",
	"9.2"},
    [VERSION_DEFAULT_ALLOW_TIER] = {"default-allow-tier", {FROM(20, 0)},
	"where no rule turns on default deny, everybody is let through after "
	"all other rules",
	"everybody is let through beside the other rules", "9.3"},
    [VERSION_DEFAULT_ALLOW_L7] = {"default-allow-l7", {FROM(17, 4)},
	"where no rule turns on default deny, a proxy lets all requests pass",
	"a proxy lets only those pass that its rules name", "9.3"},
    [VERSION_NODE_PORT_AT_CLIENT] = {"node-port-at-client", {FROM(20, 0)},
	"a NodePort is translated at the client pod, with socket load "
	"balancing for hosts alone, too",
	"with socket load balancing for hosts alone, a NodePort is translated "
	"on the node that is addressed, whose identity and port the client's "
	"policy sees",
	"13.1"},
    [VERSION_SOLICITATION_PASSES] = {"solicitation-passes",
	{LATE(19, 6), LATE(20, 0)},
	"neighbour solicitation from a host skips its host policy",
	"host policy is asked about it", "13.4"},
    [VERSION_PASS] = {"pass", {FROM(20, 0)},
	"the engine knows ClusterNetworkPolicy and its verdict Pass",
	"the engine has no ClusterNetworkPolicy and no verdict Pass", "11.1"},
    [VERSION_LOW_BYTE] = {"low-byte", {FROM(19, 2)},
	"the low byte of a precedence leaves 0 to Pass, and a plain allow "
	"is 1",
	"the low byte of a precedence is 0 for a plain allow; proxies are 128 "
	"less their priority",
	"11.1"},
    [VERSION_PRECEDENCE] = {"precedence", {FROM(19, 0)},
	"a policy entry has a precedence, which decides between two entries; "
	"its value is 12 bytes",
	"between two policy entries a deny decides, then the proxy's priority; "
	"authentication is taken from either entry",
	"11.8"},
    [VERSION_MAP_WITHOUT_COUNTERS] = {"map-without-counters", {FROM(18, 0)},
	"packets and bytes are counted in a map of their own",
	"packets and bytes are counted in the policy entry, whose value is 24 "
	"bytes",
	"12.1", .form = true},
    [VERSION_MAP_READ_ONLY] = {"map-read-only", {FROM(19, 0)},
	"programs cannot write to the policy maps and the ipcache",
	"the policy maps and the ipcache have no flag that keeps programs from "
	"writing to them",
	"12.1", .form = true},
    [VERSION_IPCACHE_WIDE] = {"ipcache-wide", {FROM(18, 0)},
	"a value of the ipcache is 24 bytes, with an address of either family",
	"a value of the ipcache is 12 bytes", "12.3", .form = true},
    [VERSION_AGGREGATES] = {"aggregates", {FROM(20, 0)},
	"identities 11 to 14 stand for many in policy maps, whose name is "
	"cilium_policy_v3",
	"policy maps have no identities that stand for many, and their name is "
	"cilium_policy_v2",
	"11.10"},
    [VERSION_EXCLUDES_NOBODY] = {"excludes-nobody", {FROM(20, 0)},
	"a selector of only NotIn and DoesNotExist takes the aggregates, and "
	"by "
	"them pods and prefixes that it excludes",
	"a selector of only NotIn and DoesNotExist takes what matches it, as "
	"there are no aggregates",
	"5.6"},
};

/* Reads a number of one or two digits off the front of TEXT. */
static bool
take_number(struct str *text, unsigned *ret)
{
	unsigned n = 0;
	size_t i = 0;

	for (; i < text->n && i < 2 && ascii_is_digit((uint8_t)text->s[i]); i++)
		n = 10 * n + (unsigned)(text->s[i] - '0');
	*text = (struct str){text->s + i, text->n - i};
	*ret = n;
	return i > 0;
}

static bool
take(struct str *text, struct str what)
{
	if (!str_starts(*text, what))
		return false;
	*text = (struct str){text->s + what.n, text->n - what.n};
	return true;
}

bool
version_parse(struct str text, unsigned *ret)
{
	unsigned minor, patch, v;

	take(&text, STR("v"));
	if (!take(&text, STR("1.")) || !take_number(&text, &minor))
		return false;
	v = VERSION(minor, 0);
	if (text.n == 0)
		patch = version_of_minor(version_minor(v)) % 100;
	else if (!take(&text, STR(".")) || !take_number(&text, &patch))
		return false;
	v += patch;
	if (text.n > 0 || v < VERSION_FIRST)
		return false;
	*ret = v;
	return true;
}

unsigned
version_modelled(unsigned cilium)
{
	size_t i = NMINORS - 1;

	while (i > 0 && version_minor(last_patches[i]) > version_minor(cilium))
		i--;
	return cilium < last_patches[i] ? cilium : last_patches[i];
}

unsigned
version_minor(unsigned cilium)
{
	return cilium / 100;
}

unsigned
version_of_minor(uint32_t minor)
{
	for (size_t i = 0; i < NMINORS; i++) {
		if (version_minor(last_patches[i]) == minor)
			return last_patches[i];
	}
	return 0;
}

const struct version_row *
version_row(enum version_change change)
{
	assert(change > VERSION_ALWAYS && change < VERSION_CHANGES);
	return &rows[change];
}

bool
version_has(struct version v, enum version_change change)
{
	const struct version_row *r = &rows[change];
	bool has = change == VERSION_ALWAYS;

	for (size_t i = 0; i < VERSION_SPANS; i++)
		has |= version_within(v.number, r->when[i].since,
		    r->when[i].until);
	return has != (v.turned >> change & 1);
}

unsigned
version_turning(unsigned a, unsigned b, enum version_change change)
{
	unsigned from = a < b ? a : b, v = a < b ? b : a;
	bool has = version_has(version_plain(v), change);

	while (v - 1 > from && version_has(version_plain(v - 1), change) == has)
		v--;
	return v;
}

bool
version_by_patch(unsigned cilium, enum version_change change,
    struct version_edge *ret)
{
	const struct version_row *r = version_row(change);

	for (size_t i = 0; i < VERSION_SPANS; i++) {
		const struct version_span *s = &r->when[i];

		if (version_minor(s->since) == version_minor(cilium) &&
		    s->since % 100 > 0) {
			*ret = (struct version_edge){s->since - 1, s->since,
			    r->before, r->text};
			return true;
		}
		if (version_minor(s->until) == version_minor(cilium) &&
		    s->until % 100 < LAST_PATCH) {
			*ret = (struct version_edge){s->until, s->until + 1,
			    r->text, r->before};
			return true;
		}
	}
	return false;
}

/* "1.18", "1.18 to 1.20", "1.18.7 to 1.20.x" or "1.19.0 to 1.19.4". */
static void
print_span(struct buf *out, const struct version_span *s)
{
	unsigned first = s->since % 100, last = s->until % 100;
	bool whole = first == 0 && last == LAST_PATCH;

	buf_printf(out, "1.%u", s->since / 100 % 100);
	if (!whole)
		buf_printf(out, ".%u", first);
	if (whole && version_minor(s->since) == version_minor(s->until))
		return;
	buf_printf(out, " to 1.%u", s->until / 100 % 100);
	if (last != LAST_PATCH)
		buf_printf(out, ".%u", last);
	else if (!whole)
		buf_puts(out, ".x");
}

void
version_print(struct buf *out)
{
	buf_puts(out,
	    "# Versions of Cilium\n\n"
	    "What `--cilium` changes besides the fields that exist. Printed "
	    "from\n`src/cilium/version.c`; do not edit. A minor version alone "
	    "means its last patch:\n");
	for (size_t i = 0; i < NMINORS; i++)
		buf_printf(out, "%s" VERSION_FMT, i > 0 ? ", " : "",
		    VERSION_ARG(last_patches[i]));
	buf_puts(out,
	    ".\n\n| change | versions | there | elsewhere | facts |\n"
	    "| --- | --- | --- | --- | --- |\n");
	for (int i = VERSION_ALWAYS + 1; i < VERSION_CHANGES; i++) {
		const struct version_row *r = &rows[i];

		buf_printf(out, "| %s | ", r->name);
		for (size_t k = 0; k < VERSION_SPANS && r->when[k].since; k++) {
			buf_puts(out, k > 0 ? "; " : "");
			print_span(out, &r->when[k]);
		}
		buf_printf(out, " | %s | %s | semantics.md %s |\n", r->text,
		    r->before, r->section);
	}
}
