/* SPDX-License-Identifier: Apache-2.0 */
/* The table of what platforms take, and the check of objects against it. */
#include "admit/platform.h"

#include "base/cidr.h"
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
		  "; a pattern for every name is taken since 2026-07-31.",
	.instead = "list the prefixes in toCIDRSet and keep them up to date, "
		   "or turn on " ACNS},
    [PLATFORM_DNS_RULES] = {.name = "rules.dns",
	.answer = ON(REFUSED, ALLOWED),
	.why = "names need " ACNS,
	.since = "Kubernetes 1.29",
	.source =
	    "FQDN filtering, which looks at DNS queries, is part of " ACNS ".",
	.instead = "allow port 53 without rules, or turn on " ACNS},
    [PLATFORM_NODE_DNS] = {.name = "toFQDNs with a DNS cache on the node",
	.answer = ON(ALLOWED, NOTED),
	.why = "egress to 169.254.10.0/24 and to the entity host must be open "
	       "on port 53",
	.source = "Since 2026-05-12 FQDN filtering works with a DNS cache on "
		  "the node, if egress is open to 169.254.10.0/24 and to the "
		  "entity host on port 53.",
	.instead = "allow both, if the cluster has such a cache"},
    [PLATFORM_SERVICE_NAMES] = {.name = "the name of a Service in toFQDNs",
	.answer = ON(ALLOWED, IGNORED),
	.why = "names of Kubernetes Services are not supported",
	.source = "Names of Kubernetes Services are not supported in FQDN "
		  "rules.",
	.instead = "select the pods of the Service in toEndpoints"},
    [PLATFORM_HTTP_RULES] = {.name = "rules.http",
	.answer = ON(REFUSED, NOTED),
	.why = "L7 rules need " ACNS " with its option L7",
	.source = "L7 policies for HTTP and gRPC are part of " ACNS
		  ", with the option L7 of advancedNetworkPolicies.",
	.instead = "allow the port without rules, or turn on " ACNS
		   " with the option L7"},
    [PLATFORM_CLUSTERWIDE_HTTP] =
	{.name = "rules.http in a CiliumClusterwideNetworkPolicy",
	    .answer = ON(REFUSED, REFUSED),
	    .why = "L7 rules are for policies of a namespace",
	    .source = "L7 policies are not supported in a "
		      "CiliumClusterwideNetworkPolicy.",
	    .instead = "write a CiliumNetworkPolicy for each namespace"},
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
	.answer = ON(NOTED, NOTED),
	.why = "whether it is who connects through the API server's tunnel is "
	       "not documented",
	.source = "No page says whether the entity kube-apiserver matches on "
		  "ingress; verdicts take it as in Cilium.",
	.instead = "select the pods at the tunnel's end"},
    [PLATFORM_HOST_POLICY] = {.name = "nodeSelector",
	.answer = ON(IGNORED, IGNORED),
	.why = "the host firewall is off and cannot be turned on",
	.source = "Of the agent's options only the exclusion of labels can be "
		  "set.",
	.instead = "use network security groups"},
    [PLATFORM_MTLS_NAMESPACE] = {.name =
				     "a policy for io.cilium/mtls-enabled=true",
	.answer = ON(ALLOWED, IGNORED),
	.why = "L4 and L7 policy is not enforced in namespaces with that label",
	.source = "In namespaces labelled io.cilium/mtls-enabled=true, a "
		  "preview, L4 and L7 policy is not enforced.",
	.instead = "do not rely on policies there, or take the label away"},
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

const struct platform_kubernetes *
platform_kubernetes(enum platform p)
{
	static const struct platform_kubernetes aks[] = {
	    {"1.36", VERSION(19, 5), NULL},
	    {"1.35", VERSION(18, 11), NULL},
	    {"1.34", VERSION(18, 11), NULL},
	    {"1.33", VERSION(17, 17), NULL},
	    {"1.32", VERSION(17, 17), NULL},
	    {"1.31", 0, "1.16.19"},
	    {0},
	};

	return p == PLATFORM_OSS ? NULL : aks;
}

const struct platform_limits *
platform_limits(enum platform p)
{
	static const struct platform_limits aks = {.map_entries = 16384,
	    .identities = 65535,
	    .date = "2026-08-21"};

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

struct diag *
platform_report(struct diag_sink *sink, enum platform p,
    enum platform_feature feature, struct span at)
{
	const struct platform_row *row = &platform_rows[feature];
	const char *name = platform_name(p);
	struct diag *d = NULL;

	switch (row->answer[p]) {
	case PLATFORM_ALLOWED:
		return NULL;
	case PLATFORM_REFUSED:
		d = diag_platform_refuses(sink, at, name, row->name, row->why);
		break;
	case PLATFORM_IGNORED:
		d = diag_platform_ignores(sink, at, name, row->name, row->why);
		break;
	case PLATFORM_NOTED:
		d = diag_platform_differs(sink, at, name, row->name, row->why);
		break;
	}
	if (row->instead)
		diag_note(sink, d, (struct span){0}, "%s", row->instead);
	return d;
}

/* The object uses FEATURE, which may cost it its place. */
static void
meets(const struct admission *a, enum platform_feature feature, struct span at)
{
	struct diag *d = platform_report(a->sink, a->platform, feature, at);

	if (!d ||
	    platform_rows[feature].answer[a->platform] != PLATFORM_REFUSED ||
	    a->object->status != OBJECT_OK)
		return;
	a->object->status = OBJECT_REJECTED_PLATFORM;
	a->object->why = d;
}

/* What only resolves inside a cluster. */
static bool
is_service_name(struct str name)
{
	static const struct str tails[] = {{".svc", 4},
	    {".svc.cluster.local", 18}};

	if (name.n > 0 && name.s[name.n - 1] == '.')
		name.n--;
	for (size_t i = 0; i < sizeof(tails) / sizeof(*tails); i++) {
		const struct str *t = &tails[i];

		if (name.n > t->n &&
		    memcmp(name.s + name.n - t->n, t->s, t->n) == 0)
			return true;
	}
	return false;
}

static void
check_names(const struct admission *a, const struct ast_direction_rule *e)
{
	if (e->fqdns.n > 0)
		meets(a, PLATFORM_FQDNS, e->fqdns.at);
	for (uint32_t i = 0; i < e->fqdns.n; i++) {
		const struct ast_fqdn_selector *f = &e->fqdns.v[i];
		const struct ast_str *name =
		    f->match_name.present ? &f->match_name : &f->match_pattern;

		if (is_service_name(name->v))
			meets(a, PLATFORM_SERVICE_NAMES, name->at);
	}
}

static void
check_element(const struct admission *a, const struct ast_direction_rule *e,
    bool ingress)
{
	const struct ast_authentication *auth = e->authentication;
	bool clusterwide =
	    a->object->kind == AST_CILIUM_CLUSTERWIDE_NETWORK_POLICY;

	check_names(a, e);
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
		if (l7->dns.n > 0)
			meets(a, PLATFORM_DNS_RULES, l7->dns.at);
		if (l7->http.n > 0)
			meets(a,
			    clusterwide ? PLATFORM_CLUSTERWIDE_HTTP
					: PLATFORM_HTTP_RULES,
			    l7->http.at);
		if (l7->kafka.n > 0)
			meets(a, PLATFORM_KAFKA_RULES, l7->kafka.at);
	}
}

/* Whether an element of egress reaches a DNS cache on the node, by its host. */
static bool
opens_host(const struct ast_direction_rule *e)
{
	for (uint32_t i = 0; i < e->entities.n; i++) {
		if (str_is(e->entities.v[i].v, RESERVED_HOST))
			return true;
	}
	return false;
}

/* The same, by the cache's prefix. */
static bool
opens_cache(const struct ast_direction_rule *e)
{
	struct cidr cache, c;
	bool found = false;

	cidr_parse(STR("169.254.10.0/24"), &cache);
	for (uint32_t i = 0; i < e->cidr.n; i++)
		found |= cidr_parse(e->cidr.v[i].v, &c) &&
		    (cidr_contains(&c, &cache) || cidr_contains(&cache, &c));
	for (uint32_t i = 0; i < e->cidr_set.n; i++)
		found |= cidr_parse(e->cidr_set.v[i].cidr.v, &c) &&
		    cidr_contains(&c, &cache);
	return found;
}

/* Names, and only one of the two ways to a cache, or none. */
static void
check_node_dns(const struct admission *a, const struct ast_rule *r)
{
	const struct ast_direction_rule *named = NULL;
	bool host = false, cache = false;

	for (uint32_t i = 0; i < r->egress.n; i++) {
		const struct ast_direction_rule *e = &r->egress.v[i];

		if (!named && e->fqdns.n > 0)
			named = e;
		host |= opens_host(e);
		cache |= opens_cache(e);
	}
	if (named && !(host && cache))
		meets(a, PLATFORM_NODE_DNS, named->fqdns.at);
}

static void
check_rule(const struct admission *a, const struct ast_rule *r)
{
	if (r->node_selector)
		meets(a, PLATFORM_HOST_POLICY, r->node_selector->at);
	check_node_dns(a, r);
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
