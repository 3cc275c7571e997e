/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Every change of the table in cilium/version.c, seen from outside: what it
 * names is there in its versions and not in the others.  docs/versions.md is
 * what the table prints.
 *
 *     test_version versions.md
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <err.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "compile.h"
#include "bundle/record.h"
#include "flow/judge.h"
#include "flow/trace.h"
#include "ident/label_filter.h"
#include "cilium/version.h"
#include "pmap/levels.h"

static const char *document;

/* The cluster of all samples. */
#define PODS                                                           \
	"apiVersion: v1\n"                                             \
	"kind: Pod\n"                                                  \
	"metadata: {name: web, namespace: shop, labels: {app: web}}\n" \
	"spec: {containers: [{name: c, ports: [{name: http, "          \
	"containerPort: 80}]}]}\n"                                     \
	"---\n"                                                        \
	"apiVersion: v1\n"                                             \
	"kind: Pod\n"                                                  \
	"metadata: {name: db, namespace: shop, labels: {app: db, "     \
	"topology.kubernetes.io/zone: z}}\n"                           \
	"spec: {containers: [{name: c, ports: [{name: http, "          \
	"containerPort: 81}]}]}\n"                                     \
	"---\n"
#define POLICY                                   \
	"apiVersion: cilium.io/v2\n"             \
	"kind: CiliumNetworkPolicy\n"            \
	"metadata: {name: p, namespace: shop}\n" \
	"spec:\n"                                \
	"  endpointSelector: {matchLabels: {app: web}}\n"
#define WORLD_POLICY                             \
	"apiVersion: cilium.io/v2\n"             \
	"kind: CiliumNetworkPolicy\n"            \
	"metadata: {name: q, namespace: shop}\n" \
	"spec:\n"                                \
	"  endpointSelector: {}\n"               \
	"  egress: [{toEntities: [world]}]\n"
/* The agent's setting KEY. */
#define SETTING(key, value)                 \
	"apiVersion: v1\nkind: ConfigMap\n" \
	"metadata: {name: cilium-config}\n" \
	"data: {" key ": \"" value "\"}\n---\n"
#define NODE                                        \
	"apiVersion: v1\nkind: Node\n"              \
	"metadata: {name: n1, labels: {zone: z}}\n" \
	"status: {addresses: [{type: InternalIP, address: 192.0.2.1}]}\n---\n"
#define BLOCK                                                         \
	"apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\n"     \
	"metadata: {name: p, namespace: shop}\n"                      \
	"spec: {podSelector: {}, ingress: [{from: [{ipBlock: {cidr: " \
	"10.0.0.0/8}}]}]}\n"
#define SERVICE                                                         \
	"apiVersion: v1\nkind: Service\n"                               \
	"metadata: {name: db, namespace: shop, labels: {tier: back}}\n" \
	"spec: {selector: {app.kubernetes.io/name: db}}\n---\n"
#define GROUP                                        \
	"apiVersion: cilium.io/v2alpha1\n"           \
	"kind: CiliumCIDRGroup\n"                    \
	"metadata: {name: a, labels: {env: prod}}\n" \
	"spec: {externalCIDRs: [10.0.0.0/8]}\n"      \
	"---\n"

/* Runs a manifest up to a pass. */
static void
compile_pass(struct unit *u, unsigned cilium, enum pass_id pass,
    const char *manifest)
{
	struct unit_options opt;

	unit_options_default(&opt);
	opt.ir.cilium.number = opt.schema.cilium = cilium;
	opt.dump = (int)pass;
	compile(u, &opt, manifest);
}

/* Whether the dump of a pass has WHAT; then no object was refused. */
static bool
says(unsigned cilium, enum pass_id pass, const char *manifest, const char *what)
{
	struct unit u;
	bool found;

	compile_pass(&u, cilium, pass, manifest);
	found = !diag_failed(&u.sink) &&
	    memmem(u.dump.p, u.dump.n, what, strlen(what));
	unit_free(&u);
	return found;
}

static bool
includes_account(unsigned cilium)
{
	struct arena a = {0};
	bool takes = label_filter_takes(label_filter_new(&a, STR("app"),
					    version_plain(cilium)),
	    STR("k8s"), STR("io.cilium.k8s.policy.serviceaccount"));

	arena_free(&a);
	return takes;
}

static bool
drops_topology(unsigned cilium)
{
	return !says(cilium, PASS_IDENT, PODS, "topology.kubernetes.io");
}

static bool
keeps_peers_local(unsigned cilium)
{
	return says(cilium, PASS_IR,
	    POLICY "  ingress: [{fromEndpoints: [{}]}]\n",
	    "peer {k8s:io.cilium.k8s.policy.cluster=default,");
}

static bool
reads_local_cluster(unsigned cilium)
{
	return says(cilium, PASS_IR,
	    "kind: ConfigMap\napiVersion: v1\n"
	    "metadata: {name: cilium-config, namespace: kube-system}\n"
	    "data: {policy-default-local-cluster: \"true\"}\n---\n" POLICY
	    "  ingress: [{fromEndpoints: [{}]}]\n",
	    "peer {k8s:io.cilium.k8s.policy.cluster=default,");
}

/* A requirement of one rule takes web out of another's peers. */
static bool requires(unsigned cilium)
{
	static const char manifest[] =
	    PODS POLICY "  ingress:\n"
			"  - fromEndpoints: [{}]\n"
			"  - fromRequires: [{matchLabels: {app: db}}]\n";

	return says(cilium, PASS_PMAP, manifest,
		   "id 256 proto 0 port 0/0 allow") &&
	    !says(cilium, PASS_PMAP, manifest, "id 257 proto 0 port 0/0 allow");
}

static bool
refuses_short_dashes(unsigned cilium)
{
	return !says(cilium, PASS_IR,
		   POLICY "  ingress: [{fromEndpoints: [{matchLabels: {\"-a\": "
			  "b}}]}]\n",
		   "any:-a=b") &&
	    says(cilium, PASS_IR,
		POLICY
		"  ingress: [{fromEndpoints: [{matchLabels: "
		"{a23456789b123456789c123456789d123456789e123456789f12345"
		"6789g: b}}]}]\n",
		"6789g=b");
}

static bool
refuses_node_rules(unsigned cilium)
{
	return !says(cilium, PASS_IR,
	    "apiVersion: cilium.io/v2\n"
	    "kind: CiliumNetworkPolicy\n"
	    "metadata: {name: p, namespace: shop}\n"
	    "specs:\n"
	    "- {nodeSelector: {}, ingress: [{}]}\n"
	    "- {endpointSelector: {}, ingress: [{}]}\n",
	    "rule 0");
}

static bool
refuses_lone_blocks(unsigned cilium)
{
	return !says(cilium, PASS_IR,
	    SETTING("policy-default-local-cluster", "true") BLOCK,
	    "peer {cidr:10.0.0.0/8}");
}

static bool
admits_namespace(unsigned cilium)
{
	return says(cilium, PASS_IR, BLOCK,
	    "peer {k8s:io.cilium.k8s.policy.cluster=default,"
	    "k8s:io.kubernetes.pod.namespace=shop}");
}

static bool
closes_empty_groups(unsigned cilium)
{
	static const char manifest[] =
	    POLICY "  egress: [{toGroups: [{aws: {region: eu}}], toPorts: "
		   "[{ports: [{port: \"443\", protocol: TCP}]}]}]\n";

	return says(cilium, PASS_IR, manifest, "peer {cidrgroup:extgrp.") ||
	    says(cilium, PASS_IR, manifest, "peer {reserved:none}");
}

static bool
finds_service_by_name(unsigned cilium)
{
	return says(cilium, PASS_IR,
	    SERVICE POLICY
	    "  egress: [{toServices: [{k8sService: {serviceName: db}}]}]\n",
	    "k8s:app.kubernetes.io/name=db");
}

static bool
finds_service_by_label(unsigned cilium)
{
	return says(cilium, PASS_IR,
	    SERVICE POLICY "  egress: [{toServices: [{k8sServiceSelector: "
			   "{selector: {matchLabels: {tier: back}}}}]}]\n",
	    "k8s:app.kubernetes.io/name=db");
}

static bool
names_every_service(unsigned cilium)
{
	return says(cilium, PASS_IR,
	    SERVICE POLICY "  egress: [{toServices: [{k8sServiceSelector: "
			   "{selector: {}}}]}]\n",
	    "peer {");
}

static bool
filters_cluster_of_nodes(unsigned cilium)
{
	static const char label[] = "k8s:io.cilium.k8s.policy.cluster=default "
				    "node:zone=z";

	return says(cilium, PASS_IDENT,
		   SETTING("enable-node-selector-labels", "true") NODE,
		   label) &&
	    !says(cilium, PASS_IDENT,
		SETTING("enable-node-selector-labels",
		    "true\", node-labels: \"zone") NODE,
		label);
}

static bool
keeps_except_within(unsigned cilium)
{
	return !says(cilium, PASS_IR,
	    POLICY "  egress: [{toCIDRSet: [{cidr: 10.0.0.0/8, "
		   "except: [10.0.0.0/7]}]}]\n",
	    "!cidr:10.0.0.0/7");
}

static bool
makes_group_keys(unsigned cilium)
{
	return says(cilium, PASS_IDENT, GROUP, "cidrgroup:env+prod") &&
	    !says(cilium, PASS_IR,
		GROUP POLICY "  egress: [{toCIDRSet: [{cidrGroupSelector: "
			     "{matchLabels: {env: prod}}}]}]\n",
		"nothing");
}

static bool
keeps_groups_outside(unsigned cilium)
{
	return says(cilium, PASS_IR,
	    POLICY "  egress: [{toCIDRSet: [{cidrGroupSelector: "
		   "{matchLabels: {a: b}}}]}]\n",
	    "reserved:world|");
}

static bool
reads_external_groups(unsigned cilium)
{
	return says(cilium, PASS_IR,
	    "apiVersion: cilium.io/v2\n"
	    "kind: CiliumCIDRGroup\n"
	    "metadata: {name: g, labels: {extgrp.cilium.io/"
	    "L2ZVZeIFk9EgjYuMbZWcUmdLRdztLeKKfKe2zA: "
	    "\"\"}}\n"
	    "spec: {externalCIDRs: [10.0.0.0/8]}\n"
	    "---\n" POLICY
	    "  egress: [{toGroups: [{aws: {labels: {foo: bar}}}]}]\n",
	    "peer {cidrgroup:extgrp.cilium.io/");
}

#define ZERO_GROUP                         \
	"apiVersion: cilium.io/v2alpha1\n" \
	"kind: CiliumCIDRGroup\n"          \
	"metadata: {name: g}\n"            \
	"spec: {externalCIDRs: [0.0.0.0/0]}\n---\n"

static bool
ignores_zero_of_groups(unsigned cilium)
{
	return !says(cilium, PASS_IDENT,
	    ZERO_GROUP POLICY "  egress: [{toCIDR: [10.0.0.0/8]}]\n",
	    "cidrgroup:io.cilium.policy.cidrgroupname/g");
}

static bool
gives_zero_an_identity(unsigned cilium)
{
	return says(cilium, PASS_IDENT,
	    ZERO_GROUP POLICY "  egress: [{toCIDR: [10.0.0.0/8]}]\n",
	    "ipcache 0.0.0.0/0 ");
}

static bool
labels_nodes_by_cluster(unsigned cilium)
{
	return says(cilium, PASS_IDENT,
	    SETTING("enable-node-selector-labels", "true") NODE,
	    "k8s:io.cilium.k8s.policy.cluster=default node:zone=z");
}

static bool
tells_worlds_by_family(unsigned cilium)
{
	struct unit_options opt;
	const struct identity *id;
	struct unit u;
	struct cidr c;
	struct ip ip;
	bool ok = false;

	unit_options_default(&opt);
	opt.ir.cilium.number = opt.schema.cilium = cilium;
	opt.ir.ipv6 = false;
	compile(&u, &opt, POLICY "  egress: [{toCIDR: ['fd00::/8']}]\n");
	assert_true(ip_parse(STR("fd00::1"), &ip));
	id = world_identity(&u.world, world_of_ip(&u.world, &ip, &c));
	for (uint32_t i = 0; i < id->nlabels; i++)
		ok |= str_is(atom_str(u.ir.atoms, id->labels[i].key),
		    RESERVED_WORLD_IPV6);
	unit_free(&u);
	return ok;
}

/* Whether the pod "web" may send a peer a packet. */
static bool
sends(unsigned cilium, const char *manifest, const char *peer)
{
	struct unit u;
	bool sent;

	compile_pass(&u, cilium, PASS_PMAP, manifest);
	sent = pmap_lookup(compile_direction(&u, "shop/web", DIR_EGRESS),
		   compile_ident(&u, peer), IPPROTO_TCP, 80)
		   .verdict == PMAP_ALLOWED;
	unit_free(&u);
	return sent;
}

static bool
takes_world_for_both(unsigned cilium)
{
	return sends(cilium,
	    PODS POLICY "  egress: [{toEndpoints: [{matchLabels: "
			"{'reserved:world': ''}}]}]\n",
	    "world-ipv4");
}

static bool
takes_lists_as_sets(unsigned cilium)
{
	return !sends(cilium,
	    PODS POLICY "  egress: [{toCIDR: ['0.0.0.0/0', '::/0']}]\n",
	    "world");
}

static bool
takes_nodes_for_zero(unsigned cilium)
{
	return sends(cilium,
	    PODS SETTING("policy-cidr-match-mode", "nodes") NODE POLICY
	    "  egress: [{toCIDRSet: [{cidr: 0.0.0.0/0}]}]\n",
	    "192.0.2.1");
}

static bool
excepts_world_of_groups(unsigned cilium)
{
	return says(cilium, PASS_IR,
	    GROUP POLICY "  egress: [{toCIDRSet: [{cidrGroupRef: a, "
			 "except: [0.0.0.0/0]}]}]\n",
	    "!reserved:world-ipv4");
}

static bool
matches_pods_by_prefix(unsigned cilium)
{
	return says(cilium, PASS_SETTINGS,
	    SETTING("policy-cidr-match-mode", "pods"),
	    "policy-cidr-match-mode: \"pods\"");
}

static bool
widens_ranges_from_zero(unsigned cilium)
{
	return !sends(cilium,
	    PODS POLICY "  egress: [{toPorts: [{ports: [{port: '80', "
			"protocol: TCP}]}]}]\n"
			"  egressDeny: [{toPorts: [{ports: [{port: '0', "
			"endPort: 9, protocol: TCP}]}]}]\n",
	    "shop/db");
}

static bool
matches_deep_names(unsigned cilium)
{
	return says(cilium, PASS_IDENT,
	    "apiVersion: cnpc.io/v1alpha1\n"
	    "kind: FQDNCache\n"
	    "metadata: {name: c}\n"
	    "names: {a.b.x.org: [1.2.3.4]}\n"
	    "---\n" POLICY
	    "  egress: [{toFQDNs: [{matchPattern: \"**.x.org\"}]}]\n",
	    "ipcache 1.2.3.4/32 ");
}

/* Two pods have the name, for other numbers; one of them is a peer. */
static bool
asks_peers_for_ports(unsigned cilium)
{
	return says(cilium, PASS_PMAP,
	    PODS POLICY "  egress: [{toEndpoints: [{matchLabels: {app: db}}], "
			"toPorts: [{ports: [{port: http, "
			"protocol: TCP}]}]}]\n",
	    "proto 6 port 81/16");
}

static bool
keeps_parsers_apart(unsigned cilium)
{
	bool found = true;
	struct unit u;

	compile_pass(&u, cilium, PASS_PMAP,
	    PODS POLICY
	    "  egress:\n"
	    "  - toCIDR: [192.0.2.0/24]\n"
	    "    toPorts: [{ports: [{port: \"80\", protocol: TCP}], rules: "
	    "{http: [{}]}}]\n"
	    "  - toCIDR: [198.51.100.0/24]\n"
	    "    toPorts: [{ports: [{port: \"80\", protocol: TCP}], listener: "
	    "{envoyConfig: {name: e}, name: l}}]\n");
	VEC_FOREACH (c, &u.pmaps.classes)
		found &= !c->error;
	unit_free(&u);
	return found;
}

static bool
lets_host_in_last(unsigned cilium)
{
	return !says(cilium, PASS_PMAP, PODS, "id 1 proto 0 port 0/0 allow");
}

/* Beside the rules both entries are of one level. */
static bool
allows_others_last(unsigned cilium)
{
	static const char manifest[] =
	    PODS POLICY "  enableDefaultDeny: {egress: false}\n"
			"  egress: [{toEntities: [world]}]\n";

	return says(cilium, PASS_PMAP, manifest,
	    "id 0 proto 0 port 0/0 allow 0xfffff5");
}

/* HTTP is read, and nothing turns on default deny. */
static bool
watches_only(unsigned cilium)
{
	bool found = false;
	struct unit u;

	compile_pass(&u, cilium, PASS_PMAP,
	    PODS POLICY "  enableDefaultDeny: {ingress: false}\n"
			"  ingress: [{toPorts: [{ports: [{port: \"80\", "
			"protocol: TCP}], rules: {http: [{path: /}]}}]}]\n");
	VEC_FOREACH (direction, &u.pmaps.directions) {
		for (uint32_t i = 0; i < (*direction)->nselector_policies;
		     i++) {
			const struct pmap_selector_policy *g =
			    &(*direction)->selector_policies[i];

			for (uint32_t k = 0; k < g->nrules; k++)
				found |= g->rules[k].default_allow;
		}
	}
	unit_free(&u);
	return found;
}

/* What the proxy of web's port makes of a request from PEER. */
static struct request_result
proxy_result(struct unit *u, struct arena *a, const char *peer,
    const struct request *request)
{
	const struct endpoint *e =
	    world_find_endpoint(&u->world, STR("shop"), STR("web"));
	struct flow f = {
	    .from = {.ident = compile_ident(u, peer)},
	    .to = {.ident = e->ident,
		.class = pmap_class_of_endpoint(&u->pmaps, e),
		.endpoint = e},
	    .proto = IPPROTO_TCP,
	    .port = 80,
	    .request = request,
	};
	struct arena scratch = {0};
	struct request_result r;
	struct matcher x;

	matcher_init(&x, a, &scratch);
	r = judge(&u->pmaps, &f, &x).end[DIR_INGRESS].request;
	arena_free(&scratch);
	return r;
}

static bool
matches_name_stars(unsigned cilium)
{
	struct request request = {.sni = STR("a.x.org")};
	struct arena a = {0};
	struct request_result r;
	struct unit u;

	compile_pass(&u, cilium, PASS_PMAP,
	    PODS POLICY "  ingress: [{toPorts: [{ports: [{port: \"80\", "
			"protocol: TCP}], serverNames: [\"*.x.org\"]}]}]\n");
	r = proxy_result(&u, &a, "shop/db", &request);
	arena_free(&a);
	unit_free(&u);
	return r.answer == REQUEST_PASSES;
}

static bool
lets_host_pass_proxies(unsigned cilium)
{
	struct request request = {.path = STR("/other")};
	struct arena a = {0};
	struct request_result r;
	struct unit u;

	compile_pass(&u, cilium, PASS_PMAP,
	    PODS POLICY "  ingress: [{fromEntities: [host], toPorts: [{ports: "
			"[{port: \"80\", protocol: TCP}], rules: {http: "
			"[{path: /}]}}]}]\n");
	r = proxy_result(&u, &a, "host", &request);
	arena_free(&a);
	unit_free(&u);
	return r.answer == REQUEST_PASSES;
}

static bool
knows_pass(unsigned cilium)
{
	struct unit u;
	bool ok;

	compile_pass(&u, cilium, PASS_IR,
	    SETTING("enable-k8s-cluster-network-policy",
		"true") "apiVersion: policy.networking.k8s.io/v1alpha2\n"
			"kind: ClusterNetworkPolicy\n"
			"metadata: {name: p}\n"
			"spec: {tier: Admin, priority: 1, subject: "
			"{namespaces: {}}, "
			"ingress: [{action: Pass, from: [{namespaces: "
			"{}}]}]}\n");
	ok = u.ir.rules.n == 1 && u.ir.rules.v[0]->verdict == IR_PASS;
	unit_free(&u);
	return ok;
}

static bool
leaves_zero_to_pass(unsigned cilium)
{
	return precedence_allow(version_plain(cilium), 0) == 0xffffff01 &&
	    precedence_redirect(version_plain(cilium), 0, 101) == 0xffffff9a;
}

static bool
compares_precedence(unsigned cilium)
{
	return says(cilium, PASS_PMAP, PODS, "allow 0xffffff0") &&
	    map_layout(cilium)->precedence &&
	    map_layout(cilium)->policy_value_size == 12;
}

static bool
counts_elsewhere(unsigned cilium)
{
	return map_layout(cilium)->policy_value_size < 24;
}

static bool
makes_maps_read_only(unsigned cilium)
{
	return map_layout(cilium)->map_flags & 0x80;
}

static bool
has_wide_ipcache(unsigned cilium)
{
	return map_layout(cilium)->ipcache_value_size == 24;
}

static bool
has_aggregates(unsigned cilium)
{
	return says(cilium, PASS_IDENT, PODS,
	    "identity 11 reserved:aggregate-cluster\n");
}

/* web lets in pods of no cluster, which are none. */
static bool
lets_excluded_in(unsigned cilium)
{
	struct unit u;
	bool found;

	compile_pass(&u, cilium, PASS_PMAP,
	    PODS "apiVersion: cilium.io/v2\n"
		 "kind: CiliumClusterwideNetworkPolicy\n"
		 "metadata: {name: p}\n"
		 "spec:\n"
		 "  endpointSelector: {matchLabels: {app: web}}\n"
		 "  ingress: [{fromEndpoints: [{matchExpressions: "
		 "[{key: io.kubernetes.pod.namespace, operator: DoesNotExist}, "
		 "{key: io.cilium.k8s.policy.cluster, operator: "
		 "DoesNotExist}]}]}]\n");
	found = pmap_lookup(compile_direction(&u, "shop/web", DIR_INGRESS),
		    compile_ident(&u, "shop/db"), IPPROTO_TCP, 80)
		    .verdict == PMAP_ALLOWED;
	unit_free(&u);
	return found;
}

static bool
labels_named_ports(unsigned cilium)
{
	return says(cilium, PASS_IDENT,
	    "apiVersion: v1\n"
	    "kind: Pod\n"
	    "metadata: {name: web, namespace: shop}\n"
	    "spec: {containers: [{ports: [{name: http, containerPort: "
	    "80}]}]}\n",
	    " gen:io.cilium.k8s.named-ports=http.TCP.80 ");
}

/* A question about a cluster of two nodes with host policy. */
struct question {
	struct unit u;
	struct query q;
	struct trace t;
};

static void
ask(struct question *x, unsigned cilium, const char *from, const char *to,
    uint8_t proto, uint16_t port)
{
	static const char cluster[] =
	    "---\n{apiVersion: v1, kind: ConfigMap, metadata: {name: "
	    "cilium-config}, data: {bpf-lb-sock-hostns-only: 'true', "
	    "enable-host-firewall: 'true'}}\n"
	    "---\n{apiVersion: v1, kind: Node, metadata: {name: a}, status: "
	    "{addresses: [{type: InternalIP, address: 'fd00::1'}, {type: "
	    "InternalIP, address: 192.0.2.1}]}}\n"
	    "---\n{apiVersion: v1, kind: Node, metadata: {name: b}, status: "
	    "{addresses: [{type: InternalIP, address: 'fd00::2'}, {type: "
	    "InternalIP, address: 192.0.2.2}]}}\n"
	    "---\n{apiVersion: v1, kind: Service, metadata: {namespace: shop, "
	    "name: web}, spec: {type: NodePort, clusterIP: 10.96.0.1, "
	    "selector: {app: db}, ports: [{port: 80, nodePort: "
	    "30080}]}}\n" CLUSTERWIDE_POLICY("host",
		"nodeSelector: {}, egress: [{toPorts: "
		"[{ports: [{port: '80'}]}]}]") POD("shop", "web", "10.0.0.1")
		POD("shop", "db", "10.0.0.2");
	struct unit *u = &x->u;

	compile_pass(u, cilium, PASS_PMAP, cluster);
	x->q = (struct query){.proto = proto, .port = port};
	assert_null(query_parse_end(&u->perm, str_of(from), STR("default"),
	    &x->q.from));
	assert_null(
	    query_parse_end(&u->perm, str_of(to), STR("default"), &x->q.to));
	assert_true(!!trace_run(&x->t, &u->perm, &u->sink, &u->pmaps,
	    &u->objects, &x->q));
}

static bool
translates_at_client(unsigned cilium)
{
	struct question x;
	bool ok;

	ask(&x, cilium, "shop/web", "192.0.2.2", IPPROTO_TCP, 30080);
	ok = x.t.via.ends.n == 0;
	unit_free(&x.u);
	return ok;
}

static bool
lets_solicitation_pass(unsigned cilium)
{
	struct question x;
	bool ok;

	ask(&x, cilium, "node/a", "fd00::2", IPPROTO_ICMPV6, 135);
	ok = x.t.pairs.v[0].judgement.end[DIR_EGRESS].state == JUDGE_NEIGHBOUR;
	unit_free(&x.u);
	return ok;
}

static bool (*const probes[VERSION_CHANGES])(unsigned cilium) = {
    [VERSION_NODE_PORT_AT_CLIENT] = translates_at_client,
    [VERSION_SOLICITATION_PASSES] = lets_solicitation_pass,
    [VERSION_ACCOUNT_LABEL] = includes_account,
    [VERSION_TOPOLOGY_LABEL] = drops_topology,
    [VERSION_LOCAL_CLUSTER_SETTING] = reads_local_cluster,
    [VERSION_LOCAL_CLUSTER_PEERS] = keeps_peers_local,
    [VERSION_REQUIRES] = requires,
    [VERSION_KEY_ALONE] = refuses_short_dashes,
    [VERSION_NODE_RULE_REFUSED] = refuses_node_rules,
    [VERSION_EXCEPT_WITHIN] = keeps_except_within,
    [VERSION_IP_BLOCK_REFUSED] = refuses_lone_blocks,
    [VERSION_IP_BLOCK_NAMESPACE] = admits_namespace,
    [VERSION_GROUP_VALUE_KEYS] = makes_group_keys,
    [VERSION_GROUPS_OUTSIDE] = keeps_groups_outside,
    [VERSION_EXTERNAL_GROUPS] = reads_external_groups,
    [VERSION_EMPTY_GROUP_NOBODY] = closes_empty_groups,
    [VERSION_SERVICE_KEY_DOTS] = finds_service_by_name,
    [VERSION_SERVICE_SELECTOR_DOTS] = finds_service_by_label,
    [VERSION_SERVICE_SELECTOR_EMPTY] = names_every_service,
    [VERSION_NODE_FILTER_CLUSTER] = filters_cluster_of_nodes,
    [VERSION_GROUP_ZERO_IGNORED] = ignores_zero_of_groups,
    [VERSION_GROUP_ZERO_IDENTITY] = gives_zero_an_identity,
    [VERSION_NODE_CLUSTER] = labels_nodes_by_cluster,
    [VERSION_WORLD_BY_FAMILY] = tells_worlds_by_family,
    [VERSION_WORLD_IS_BOTH] = takes_world_for_both,
    [VERSION_CIDR_LISTS_ALIKE] = takes_lists_as_sets,
    [VERSION_ZERO_TAKES_NODES] = takes_nodes_for_zero,
    [VERSION_GROUP_EXCEPT_ZERO] = excepts_world_of_groups,
    [VERSION_CIDR_MATCH_PODS] = matches_pods_by_prefix,
    [VERSION_RANGE_FROM_ZERO] = widens_ranges_from_zero,
    [VERSION_FQDN_DEPTH] = matches_deep_names,
    [VERSION_SERVER_NAME_STARS] = matches_name_stars,
    [VERSION_PORT_NAMES_OF_PEERS] = asks_peers_for_ports,
    [VERSION_PORT_NAMES_LABEL] = labels_named_ports,
    [VERSION_PARSER_BY_SELECTOR] = keeps_parsers_apart,
    [VERSION_LOCALHOST_TIER] = lets_host_in_last,
    [VERSION_LOCALHOST_PASSES_PROXIES] = lets_host_pass_proxies,
    [VERSION_DEFAULT_ALLOW_TIER] = allows_others_last,
    [VERSION_DEFAULT_ALLOW_L7] = watches_only,
    [VERSION_PASS] = knows_pass,
    [VERSION_LOW_BYTE] = leaves_zero_to_pass,
    [VERSION_PRECEDENCE] = compares_precedence,
    [VERSION_MAP_WITHOUT_COUNTERS] = counts_elsewhere,
    [VERSION_MAP_READ_ONLY] = makes_maps_read_only,
    [VERSION_IPCACHE_WIDE] = has_wide_ipcache,
    [VERSION_AGGREGATES] = has_aggregates,
    [VERSION_EXCLUDES_NOBODY] = lets_excluded_in,
};

/* Whether a probe finds a change in a version or not, as its row says. */
static void
check_change(enum version_change change, unsigned cilium)
{
	if (probes[change](cilium) !=
	    version_has(version_plain(cilium), change))
		fail_msg("%s: not so in " VERSION_FMT,
		    version_row(change)->name, VERSION_ARG(cilium));
}

/* Both ends of every minor version. */
static const unsigned ends[] = {VERSION(17, 0), CILIUM_1_17, VERSION(18, 0),
    CILIUM_1_18, VERSION(19, 0), CILIUM_1_19, VERSION(20, 0), CILIUM_1_20};

/* A patch within its minor version, and its neighbour. */
static void
check_edge(enum version_change change, unsigned a, unsigned b)
{
	if (version_minor(a) != version_minor(b) || version_modelled(b) != b)
		return;
	check_change(change, a);
	check_change(change, b);
}

/* Each change is in the versions that its row names, and in no other. */
static void
test_changes(void **state)
{
	(void)state;
	for (int i = VERSION_ALWAYS + 1; i < VERSION_CHANGES; i++) {
		enum version_change change = (enum version_change)i;
		const struct version_row *row = version_row(change);

		assert_non_null(row->name);
		if (!probes[i])
			fail_msg("nothing probes %s", row->name);
		/* A change that is everywhere is none. */
		assert_true(row->when[0].since > VERSION_FIRST ||
		    row->when[0].until < VERSION_LAST);
		for (size_t k = 0; k < sizeof(ends) / sizeof(*ends); k++)
			check_change(change, ends[k]);
		for (size_t k = 0; k < VERSION_SPANS && row->when[k].since;
		     k++) {
			const struct version_span *s = &row->when[k];

			check_edge(change, s->since - 1, s->since);
			check_edge(change, s->until, s->until + 1);
		}
	}
}

static void
test_parse(void **state)
{
	static const struct {
		const char *text;
		unsigned cilium; /* 0: is refused */
		unsigned modelled;
	} rows[] = {
	    {"1.17", CILIUM_1_17, CILIUM_1_17},
	    {"1.18", CILIUM_1_18, CILIUM_1_18},
	    {"1.19", CILIUM_1_19, CILIUM_1_19},
	    {"1.20", CILIUM_1_20, CILIUM_1_20},
	    {"1.17.0", VERSION(17, 0), VERSION(17, 0)},
	    {"1.18.6", VERSION(18, 6), VERSION(18, 6)},
	    {"v1.18.10", VERSION(18, 10), VERSION(18, 10)},
	    {"1.18.40", VERSION(18, 40), CILIUM_1_18},
	    {"1.20.2", VERSION(20, 2), CILIUM_1_20},
	    {"1.21", VERSION(21, 0), CILIUM_1_20},
	    {"1.21.3", VERSION(21, 3), CILIUM_1_20},
	    {"", 0, 0},
	    {"1", 0, 0},
	    {"1.", 0, 0},
	    {"1.16", 0, 0},
	    {"1.16.19", 0, 0},
	    {"2.18", 0, 0},
	    {"1.18.", 0, 0},
	    {"1.18.6.1", 0, 0},
	    {"1.18.6-rc.0", 0, 0},
	    {"1.18.100", 0, 0},
	    {"1.180", 0, 0},
	    {" 1.18", 0, 0},
	    {"vv1.18", 0, 0},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		unsigned cilium = 0;
		bool ok = version_parse(str_of(rows[i].text), &cilium);

		assert_int_equal(cilium, rows[i].cilium);
		assert_int_equal(ok, rows[i].cilium != 0);
		if (ok)
			assert_int_equal(version_modelled(cilium),
			    rows[i].modelled);
	}
	assert_int_equal(version_of_minor(118), CILIUM_1_18);
	assert_int_equal(version_of_minor(121), 0);
}

static void
test_document(void **state)
{
	struct arena a = {0};
	struct buf want;
	struct str have;

	(void)state;
	buf_init(&want, &a);
	version_print(&want);
	assert_int_equal(file_read(&a, document, 1 << 20, &have), 0);
	/* What it should be is what to put there. */
	if (!str_eq(have, buf_as_str(&want)))
		fputs(want.p, stderr);
	assert_true(str_eq(have, buf_as_str(&want)));
	arena_free(&a);
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_changes),
	    cmocka_unit_test(test_parse),
	    cmocka_unit_test(test_document),
	};

	if (argc != 2)
		errx(1, "usage: test_version versions.md");
	document = argv[1];
	return cmocka_run_group_tests(tests, NULL, NULL);
}
