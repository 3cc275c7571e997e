/* SPDX-License-Identifier: Apache-2.0 */
/* The table of what platforms take, and the check of objects against it. */
#include "admit/platform.h"

#include "cilium/reserved.h"
#include "diag_gen.h"
#include "cilium/version.h"

const struct word platform_words[] = {{"oss", PLATFORM_OSS},
    {"aks", PLATFORM_AKS}, {"aks-acns", PLATFORM_AKS_ACNS}, {0}};

#define ON(aks, acns)                                  \
	{                                              \
		[PLATFORM_OSS] = PLATFORM_ALLOWED,     \
		[PLATFORM_AKS] = PLATFORM_##aks,       \
		[PLATFORM_AKS_ACNS] = PLATFORM_##acns, \
	}
#define ACNS "Advanced Container Networking Services"

const struct platform_row platform_rows[PLATFORM_FEATURES] = {
    [PLATFORM_FQDNS] = {.name = "toFQDNs",
	.answer = ON(REFUSED, ALLOWED),
	.why = "names need " ACNS,
	.since = "Kubernetes 1.29",
	.source = "FQDN filtering is part of " ACNS
		  " and does not work with a DNS cache on the node.",
	.instead = "list the prefixes in toCIDRSet and keep them up to date, "
		   "or turn on " ACNS},
    [PLATFORM_DNS_RULES] = {.name = "rules.dns",
	.answer = ON(REFUSED, ALLOWED),
	.why = "names need " ACNS,
	.since = "Kubernetes 1.29",
	.source =
	    "FQDN filtering, which looks at DNS queries, is part of " ACNS ".",
	.instead = "allow port 53 without rules, or turn on " ACNS},
    [PLATFORM_DNS_EVERY_NAME] = {.name = "matchPattern \"*\" in rules.dns",
	.answer = ON(REFUSED, REFUSED),
	.why = "a pattern for every name is not supported",
	.source = "The pattern \"*\" is not supported in DNS rules.",
	.instead = "name the domains that are looked up"},
    [PLATFORM_HTTP_RULES] = {.name = "rules.http",
	.answer = ON(REFUSED, ALLOWED),
	.why = "L7 rules need " ACNS,
	.source = "L7 policies for HTTP and gRPC are part of " ACNS ".",
	.instead = "allow the port without rules, or turn on " ACNS},
    [PLATFORM_KAFKA_RULES] = {.name = "rules.kafka",
	.answer = ON(REFUSED, ALLOWED),
	.why = "L7 rules need " ACNS,
	.source =
	    "L7 policies for Kafka are part of " ACNS ", up to Cilium 1.19.",
	.instead = "allow the port without rules, or turn on " ACNS},
    [PLATFORM_AUTHENTICATION] = {.name = "authentication",
	.answer = ON(REFUSED, IGNORED),
	.why = "a policy does not turn on mutual authentication",
	.source = "Mutual TLS, a preview of " ACNS
		  ", goes by the namespace label io.cilium/mtls-enabled=true.",
	.instead = "leave the field out; with " ACNS
		   ", label the namespace io.cilium/mtls-enabled=true"},
    [PLATFORM_INGRESS_ENTITY] = {.name = "the entity ingress",
	.answer = ON(IGNORED, IGNORED),
	.why = "nobody is it: there is no Ingress or Gateway of Cilium's",
	.source = "Cilium's own Ingress and Gateway are not offered.",
	.instead = "select the pods of the ingress controller"},
    [PLATFORM_API_SERVER_INGRESS] = {.name = "kube-apiserver as a source",
	.answer = ON(IGNORED, IGNORED),
	.why = "it does not match what comes through the API server's tunnel",
	.source = "The entity kube-apiserver does not match on ingress.",
	.instead = "select the pods at the tunnel's end"},
    [PLATFORM_HOST_POLICY] = {.name = "nodeSelector",
	.answer = ON(IGNORED, IGNORED),
	.why = "the host firewall is off and cannot be turned on",
	.source = "Of the agent's options only the exclusion of labels can be "
		  "set.",
	.instead = "use network security groups"},
    [PLATFORM_HOST_NETWORK] = {.name = "hostNetwork",
	.answer = ON(NOTED, NOTED),
	.why = "no policy applies to a pod in the host's network",
	.source = "Pods with hostNetwork are not subject to policy."},
    [PLATFORM_ENCRYPTION] = {.name = "encryption",
	.answer = ON(NOTED, ALLOWED),
	.why = "connections between nodes are not encrypted",
	.source = "Encryption by WireGuard is part of " ACNS "."},
};

const char *
platform_name(enum platform p)
{
	return word_of(platform_words, (int)p);
}

unsigned
platform_cilium(enum platform p)
{
	/* Kubernetes 1.34 and 1.35 come with 1.18. */
	return p == PLATFORM_OSS ? CILIUM_1_20 : CILIUM_1_18;
}

const struct platform_limits *
platform_limits(enum platform p)
{
	static const struct platform_limits aks = {.map_entries = 16384,
	    .identities = 65535};

	return p == PLATFORM_OSS ? NULL : &aks;
}

const char *
platform_answer_name(enum platform_answer a)
{
	switch (a) {
	case PLATFORM_ALLOWED:
		return "allowed";
	case PLATFORM_REFUSED:
		return "refused";
	case PLATFORM_IGNORED:
		return "ignored";
	case PLATFORM_NOTED:
		return "noted";
	}
	return NULL;
}

/* One object being checked. */
struct admission {
	struct diag_sink *sink;
	enum platform platform;
	struct object *object;
};

/* The object uses FEATURE; whether the platform takes that. */
static bool
meets(const struct admission *a, enum platform_feature feature, struct span at)
{
	const struct platform_row *row = &platform_rows[feature];
	const char *name = platform_name(a->platform);
	struct diag *d = NULL;

	switch (row->answer[a->platform]) {
	case PLATFORM_ALLOWED:
		return true;
	case PLATFORM_REFUSED:
		d = diag_platform_refuses(a->sink, at, name, row->name,
		    row->why);
		if (a->object->status == OBJECT_OK) {
			a->object->status = OBJECT_REJECTED_PLATFORM;
			a->object->why = d;
		}
		break;
	case PLATFORM_IGNORED:
		d = diag_platform_ignores(a->sink, at, name, row->name,
		    row->why);
		break;
	case PLATFORM_NOTED:
		d = diag_platform_differs(a->sink, at, name, row->name,
		    row->why);
		break;
	}
	if (row->instead)
		diag_note(a->sink, d, (struct span){0}, "%s", row->instead);
	return false;
}

static void
check_dns(const struct admission *a, const struct ast_l7_rules *l7)
{
	if (l7->dns.n == 0 || !meets(a, PLATFORM_DNS_RULES, l7->dns.at))
		return;
	for (uint32_t i = 0; i < l7->dns.n; i++) {
		const struct ast_str *p = &l7->dns.v[i].match_pattern;

		if (p->present && str_is(p->v, "*"))
			meets(a, PLATFORM_DNS_EVERY_NAME, p->at);
	}
}

static void
check_element(const struct admission *a, const struct ast_direction_rule *e,
    bool ingress)
{
	const struct ast_authentication *auth = e->authentication;

	if (e->fqdns.n > 0)
		meets(a, PLATFORM_FQDNS, e->fqdns.at);
	if (auth && !str_is(auth->mode.v, "disabled"))
		meets(a, PLATFORM_AUTHENTICATION, auth->at);
	for (uint32_t i = 0; i < e->entities.n; i++) {
		const struct ast_str *entity = &e->entities.v[i];

		if (str_is(entity->v, RESERVED_INGRESS))
			meets(a, PLATFORM_INGRESS_ENTITY, entity->at);
		if (str_is(entity->v, RESERVED_KUBE_APISERVER) && ingress)
			meets(a, PLATFORM_API_SERVER_INGRESS, entity->at);
	}
	for (uint32_t i = 0; i < e->ports.n; i++) {
		const struct ast_l7_rules *l7 = e->ports.v[i].rules;

		if (!l7)
			continue;
		check_dns(a, l7);
		if (l7->http.n > 0)
			meets(a, PLATFORM_HTTP_RULES, l7->http.at);
		if (l7->kafka.n > 0)
			meets(a, PLATFORM_KAFKA_RULES, l7->kafka.at);
	}
}

static void
check_rule(const struct admission *a, const struct ast_rule *r)
{
	if (r->node_selector)
		meets(a, PLATFORM_HOST_POLICY, r->node_selector->at);
	for (uint32_t i = 0; i < r->ingress.n; i++)
		check_element(a, &r->ingress.v[i], true);
	for (uint32_t i = 0; i < r->ingress_deny.n; i++)
		check_element(a, &r->ingress_deny.v[i], true);
	for (uint32_t i = 0; i < r->egress.n; i++)
		check_element(a, &r->egress.v[i], false);
	for (uint32_t i = 0; i < r->egress_deny.n; i++)
		check_element(a, &r->egress_deny.v[i], false);
}

static void
check_cilium(const struct admission *a)
{
	const struct ast_policy *p = a->object->body;

	if (p->spec)
		check_rule(a, p->spec);
	for (uint32_t i = 0; i < p->specs.n; i++)
		check_rule(a, &p->specs.v[i]);
}

static void
check_pod(const struct admission *a)
{
	const struct ast_pod *pod = a->object->body;

	/* Pods of the snapshot are facts, not something to comment on. */
	if (!a->object->context && pod->spec && pod->spec->host_network.v)
		meets(a, PLATFORM_HOST_NETWORK, pod->spec->host_network.at);
}

/* Settings that ask for encryption between nodes. */
static void
check_config(const struct admission *a)
{
	const struct ast_config_map *c = a->object->body;

	if (!str_is(a->object->name, "cilium-config"))
		return;
	for (uint32_t i = 0; i < c->data.n; i++) {
		struct str key = c->data.v[i].key;

		if ((str_is(key, "enable-wireguard") ||
			str_is(key, "enable-ipsec")) &&
		    str_is(c->data.v[i].value, "true"))
			meets(a, PLATFORM_ENCRYPTION, c->data.v[i].value_at);
	}
}

/* What is looked at. */
static const struct {
	enum ast_kind kind;
	void (*check)(const struct admission *a);
} checks[] = {
    {AST_CILIUM_NETWORK_POLICY, check_cilium},
    {AST_CILIUM_CLUSTERWIDE_NETWORK_POLICY, check_cilium},
    {AST_POD, check_pod},
    {AST_CONFIG_MAP, check_config},
};

void
platform_check(struct diag_sink *sink, enum platform p,
    struct object_list *objects)
{
	for (size_t i = 0; i < sizeof(checks) / sizeof(*checks); i++) {
		OBJECT_FOREACH (o, objects, checks[i].kind)
			checks[i].check(&(struct admission){sink, p, o});
	}
}
