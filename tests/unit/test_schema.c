/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <pthread.h>
#include <stdlib.h>

#include "diag_gen.h"
#include "prop.h"
#include "cilium/version.h"
#include "schema/check.h"
#include "schema/decode.h"
#include "schema/dump.h"
#include "schema/icmp.h"
#include "schema/jsonschema.h"
#include "schema/schema.h"
#include "schema/table.h"
#include "yaml/yaml_read.h"

#define NEWEST CILIUM_1_20

struct fixture {
	struct arena a;
	struct source_set set;
	struct diag_sink sink;
	struct object_list list;
};

static int
setup(void **state)
{
	struct fixture *f = test_calloc(1, sizeof(*f));

	source_set_init(&f->set, &f->a);
	diag_sink_init(&f->sink, &f->a);
	*state = f;
	return 0;
}

static int
teardown(void **state)
{
	struct fixture *f = *state;

	arena_free(&f->a);
	test_free(f);
	return 0;
}

/* Reads TEXT into the fixture, forgetting what was there. */
static void
decode(struct fixture *f, unsigned cilium, const char *text)
{
	const struct schema_options opt = {.cilium = cilium};
	const struct schema *s = schema_new(&f->a, &opt);
	struct ydocs docs = {0};
	uint32_t source = source_add(&f->set, "t.yaml", str_of(text));

	diag_sink_init(&f->sink, &f->a);
	f->list = (struct object_list){0};
	yaml_read(&f->a, &f->sink, str_of(text), source, &ylimits_default,
	    &docs);
	assert_int_equal(f->sink.v.n, 0);
	VEC_FOREACH (doc, &docs.v)
		schema_decode(s, &f->a, &f->sink, *doc, false, &f->list);
	diag_sort(&f->sink);
}

static const struct object *
only_object(const struct fixture *f)
{
	assert_int_equal(f->list.v.n, 1);
	return f->list.v.v[0];
}

#define HEAD "metadata: {name: p}\napiVersion: "
#define CNP HEAD "cilium.io/v2\nkind: CiliumNetworkPolicy\n"
#define NP HEAD "networking.k8s.io/v1\nkind: NetworkPolicy\n"
#define KCNP \
	HEAD "policy.networking.k8s.io/v1alpha2\nkind: ClusterNetworkPolicy\n"
#define ANP HEAD "policy.networking.k8s.io/v1alpha1\nkind: AdminNetworkPolicy\n"
#define BANP(name, rest)                                  \
	"apiVersion: policy.networking.k8s.io/v1alpha1\n" \
	"kind: BaselineAdminNetworkPolicy\n"              \
	"metadata: {name: " name "}\n"                    \
	"spec: {subject: {namespaces: {}}" rest "}"
#define RULE(r) CNP "spec: {endpointSelector: {}, " r "}\n"
#define PORT(p) RULE("ingress: [{toPorts: [{ports: [" p "]}]}]")
#define L7(r) RULE("ingress: [{toPorts: [{rules: " r "}]}]")
#define ICMP(f) RULE("ingress: [{icmps: [{fields: [" f "]}]}]")
#define PEER(p) RULE("ingress: [{fromEndpoints: [" p "]}]")
#define CIDRS(c) RULE("egress: [{toCIDRSet: [" c "]}]")
#define NPRULE(r) NP "spec: {podSelector: {}, ingress: [" r "]}\n"
#define KCNPSPEC(s)                                                           \
	KCNP "spec: {tier: Admin, priority: 1, subject: {namespaces: {}}, " s \
	     "}"
#define KCNPTO(to) \
	KCNPSPEC("egress: [{action: Deny, to: [{namespaces: {}}], " to "}]")

/* A manifest and all that is said about it, joined by newlines. */
struct example {
	const char *yaml;
	const char *told;
};

static void
assert_told(struct fixture *f, unsigned cilium, const struct example *e)
{
	struct buf b;

	decode(f, cilium, e->yaml);
	buf_init(&b, &f->a);
	buf_puts(&b, "");
	VEC_FOREACH (d, &f->sink.v) {
		buf_puts(&b, b.n > 0 ? "\n" : "");
		buf_puts(&b, (*d)->text);
		VEC_FOREACH (note, &(*d)->notes)
			buf_printf(&b, " (%s)", note->text);
	}
	if (strcmp(b.p, e->told) != 0)
		print_error("of %s\n", e->yaml);
	assert_string_equal(b.p, e->told);
}

static void
test_tables(void **state)
{
	for (size_t i = 0; i < schema_nkinds; i++) {
		const struct schema_kind *k = &schema_kinds[i];
		const struct schema_struct *st = k->body;

		assert_true(k->since <= k->until);
		assert_true(k->metadata < st->size);
		for (uint32_t j = 0; j < st->nfields; j++) {
			const struct schema_field *f = &st->fields[j];

			assert_true(f->offset < st->size);
			assert_true(f->since <= f->until);
		}
		for (uint32_t j = 1; j < st->nfields; j++)
			assert_true(
			    str_compare(st->fields[st->by_name[j - 1]].name,
				st->fields[st->by_name[j]].name) <= 0);
	}
}

static void
test_policy(void **state)
{
	struct fixture *f = *state;
	const struct object *o;
	const struct ast_policy *p;
	const struct ast_direction_rule *in, *out;

	decode(f, NEWEST,
	    "apiVersion: cilium.io/v2\n"
	    "kind: CiliumNetworkPolicy\n"
	    "metadata:\n"
	    "  name: web\n"
	    "  namespace: shop\n"
	    "  labels: {team: a}\n"
	    "spec:\n"
	    "  endpointSelector:\n"
	    "    matchLabels: {app: web, tier: \"\"}\n"
	    "  enableDefaultDeny: {egress: false}\n"
	    "  ingress:\n"
	    "  - fromEndpoints:\n"
	    "    - matchExpressions:\n"
	    "      - {key: app, operator: In, values: [a, b]}\n"
	    "    toPorts:\n"
	    "    - ports:\n"
	    "      - {port: \"80\", endPort: 90, protocol: TCP}\n"
	    "      rules: {http: []}\n"
	    "  egress:\n"
	    "  - toCIDRSet: [{cidr: 10.0.0.0/8, except: [10.1.0.0/16]}]\n"
	    "    icmps: [{fields: [{type: 8}, {type: EchoReply}]}]\n");
	o = only_object(f);
	assert_int_equal(f->sink.v.n, 0);
	assert_int_equal(o->status, OBJECT_OK);
	assert_null(o->why);
	assert_int_equal(o->kind, AST_CILIUM_NETWORK_POLICY);
	assert_string_equal(o->kind_name, "CiliumNetworkPolicy");
	assert_string_equal(o->name.s, "web");
	assert_string_equal(o->ns.s, "shop");
	assert_int_equal(source_place(&f->set, o->name_at).line, 4);
	assert_false(o->context);
	p = o->body;
	assert_string_equal(p->metadata->labels.v[0].value.s, "a");
	assert_false(p->specs.present);
	assert_null(p->spec->node_selector);
	assert_int_equal(p->spec->endpoint_selector->match_labels.n, 2);
	assert_string_equal(p->spec->endpoint_selector->match_labels.v[1].key.s,
	    "tier");
	assert_true(p->spec->enable_default_deny->egress.present);
	assert_false(p->spec->enable_default_deny->egress.v);
	assert_false(p->spec->enable_default_deny->ingress.present);
	assert_false(p->spec->egress_deny.present);

	in = &p->spec->ingress.v[0];
	assert_int_equal(source_place(&f->set, in->at).line, 12);
	assert_int_equal(source_place(&f->set, in->at).col, 5);
	assert_string_equal(in->endpoints.v[0].match_expressions.v[0].op.v.s,
	    "In");
	assert_int_equal(in->endpoints.v[0].match_expressions.v[0].values.n, 2);
	assert_string_equal(in->ports.v[0].ports.v[0].port.v.s, "80");
	assert_int_equal(in->ports.v[0].ports.v[0].end_port.v, 90);
	assert_true(in->ports.v[0].rules->http.present);
	assert_int_equal(in->ports.v[0].rules->http.n, 0);
	assert_false(in->ports.v[0].rules->dns.present);

	out = &p->spec->egress.v[0];
	assert_false(out->endpoints.present);
	assert_string_equal(out->cidr_set.v[0].cidr.v.s, "10.0.0.0/8");
	assert_string_equal(out->cidr_set.v[0].except.v[0].v.s, "10.1.0.0/16");
	assert_true(out->icmps.v[0].fields.v[0].type.is_int);
	assert_int_equal(out->icmps.v[0].fields.v[0].type.i, 8);
	assert_false(out->icmps.v[0].fields.v[1].type.is_int);
	assert_string_equal(out->icmps.v[0].fields.v[1].type.s.s, "EchoReply");
}

/* Absent, null and empty are three things; only absent and null are one. */
static void
test_presence(void **state)
{
	struct fixture *f = *state;
	const struct ast_rule *r;

	decode(f, NEWEST,
	    CNP "spec:\n"
		"  endpointSelector: {}\n"
		"  ingress: []\n"
		"  egress: null\n"
		"  ingressDeny:\n"
		"  egressDeny:\n"
		"  - toEntities: []\n"
		"    toCIDR:\n");
	r = ((const struct ast_policy *)only_object(f)->body)->spec;
	assert_int_equal(only_object(f)->status, OBJECT_OK);
	assert_non_null(r->endpoint_selector);
	assert_false(r->endpoint_selector->match_labels.present);
	assert_true(r->ingress.present);
	assert_int_equal(r->ingress.n, 0);
	assert_false(r->egress.present);
	assert_false(r->ingress_deny.present);
	assert_true(r->egress_deny.v[0].entities.present);
	assert_int_equal(r->egress_deny.v[0].entities.n, 0);
	assert_false(r->egress_deny.v[0].cidr.present);
}

#define ENTITIES                                                              \
	"all, world, cluster, cluster-mesh, host, init, ingress, unmanaged, " \
	"remote-node, "                                                       \
	"health, none, kube-apiserver"

static const struct example violations[] = {
    /* what must be there */
    {"apiVersion: cilium.io/v2\nkind: CiliumNetworkPolicy\nspecs: []",
	"metadata is required"},
    {"apiVersion: cilium.io/v2\nkind: CiliumNetworkPolicy\n"
     "metadata: {namespace: a}",
	"metadata.name is required"},
    {CNP "spec: {}",
	"spec: one of endpointSelector, nodeSelector is required\n"
	"spec: one of ingress, ingressDeny, egress, egressDeny is required"},
    {CNP "specs: [{endpointSelector: {}, ingress: []}, {nodeSelector: {}}]",
	"specs[1]: one of ingress, ingressDeny, egress, egressDeny is "
	"required"},
    {CNP "spec: {endpointSelector: null, ingress: [{}]}",
	"spec: one of endpointSelector, nodeSelector is required"},
    {CNP "spec: {endpointSelector: {}, nodeSelector: {}, egress: [{}]}",
	"spec: only one of endpointSelector, nodeSelector may be present"},
    {PEER("{matchExpressions: [{}]}"),
	"spec.ingress[0].fromEndpoints[0].matchExpressions[0].key is "
	"required\n"
	"spec.ingress[0].fromEndpoints[0].matchExpressions[0].operator is "
	"required"},
    {RULE("egress: [{toServices: [{k8sServiceSelector: {}}]}]"),
	"spec.egress[0].toServices[0].k8sServiceSelector.selector is "
	"required"},
    {RULE("ingress: [{}], labels: [{value: b}]"),
	"spec.labels[0].key is required"},
    /* types; one does not hide the next */
    {CNP "spec: 5", "spec: must be of type object, not integer"},
    {RULE("ingress: {fromEndpoints: [{}]}, description: 5"),
	"spec.ingress: must be of type array, not object\n"
	"spec.description: must be a string, not of type integer: put it in "
	"quotes"},
    {RULE("ingress: [null]"),
	"spec.ingress[0]: must be of type object, not null"},
    {RULE("ingress: [[]]"),
	"spec.ingress[0]: must be of type object, not array"},
    {RULE("egress: [{toCIDR: [null]}]"),
	"spec.egress[0].toCIDR[0]: must be of type string, not null"},
    {RULE("ingress: [{}], enableDefaultDeny: {ingress: 'no'}"),
	"spec.enableDefaultDeny.ingress: must be of type boolean, not string"},
    {PEER("{matchLabels: {app: true}}"),
	"spec.ingress[0].fromEndpoints[0].matchLabels.app: must be a string, "
	"not of type boolean: put it in quotes"},
    {PEER("{matchLabels: [app]}"),
	"spec.ingress[0].fromEndpoints[0].matchLabels: must be of type "
	"object, not array"},
    {PORT("{port: 80}"),
	"spec.ingress[0].toPorts[0].ports[0].port: must be a string, not of "
	"type integer: put it in quotes"},
    {PORT("{port: '80', endPort: '90'}"),
	"spec.ingress[0].toPorts[0].ports[0].endPort: must be of type "
	"integer, not string"},
    {PORT("{port: '80', endPort: 90.5}"),
	"spec.ingress[0].toPorts[0].ports[0].endPort: must be of type "
	"integer, not number"},
    {ICMP("{type: true}"),
	"spec.ingress[0].icmps[0].fields[0].type: must be of type integer or "
	"string, not boolean"},
    {HEAD "cnpc.io/v1alpha1\nkind: FQDNCache\nnames: {a: 192.0.2.1}",
	"names.a: must be of type array, not string"},
    /* enumerations */
    {RULE("ingress: [{fromEntities: [everyone]}]"),
	"spec.ingress[0].fromEntities[0]: \"everyone\" is not one "
	"of " ENTITIES},
    {RULE("ingress: [{fromEntities: [World]}]"),
	"spec.ingress[0].fromEntities[0]: \"World\" is not one of " ENTITIES
	" (did you mean \"world\"?)"},
    {ICMP("{type: 8, family: ipv4}"),
	"spec.ingress[0].icmps[0].fields[0].family: \"ipv4\" is not one of "
	"IPv4, IPv6 (did you mean \"IPv4\"?)"},
    {PORT("{port: '80', protocol: ICMP}"),
	"spec.ingress[0].toPorts[0].ports[0].protocol: \"ICMP\" is not one of "
	"TCP, UDP, SCTP, VRRP, IGMP, GRE, IPIP, IPV6, ESP, AH, ANY"},
    /* ranges and lengths; characters are counted, not bytes */
    {PORT("{port: '80', endPort: 65536}, {port: '80', endPort: -1}"),
	"spec.ingress[0].toPorts[0].ports[0].endPort: 65536 is not within 0 "
	"to 65535\n"
	"spec.ingress[0].toPorts[0].ports[1].endPort: -1 is not within 0 to "
	"65535"},
    {RULE("ingress: [{}], "
	  "log: {value: \"123456789012345678901234567890123\"}"),
	"spec.log.value: too long: 33 characters, the most is 32"},
    {L7("{http: [{headerMatches: [{name: ''}]}]}"),
	"spec.ingress[0].toPorts[0].rules.http[0].headerMatches[0].name: "
	"too short: 0 characters, the least is 1"},
    {RULE("ingress: [{toPorts: [{serverNames: []}]}]"),
	"spec.ingress[0].toPorts[0].serverNames: too few items: 0, the least "
	"is 1"},
    {RULE("ingress: [{toPorts: [{serverNames: [a.b, c, a.b]}]}]"),
	"spec.ingress[0].toPorts[0].serverNames: \"a.b\" stands in the list "
	"twice (first here)"},
    {RULE("ingress: [{fromRequires: [{}]}]"),
	"spec.ingress[0].fromRequires: too many items: 1, the most is 0"},
    /* formats and patterns */
    {RULE("egress: [{toCIDR: [10.0.0.1, '', 10.0.0.0/33]}]"),
	"spec.egress[0].toCIDR[0]: \"10.0.0.1\" is not a prefix such as "
	"10.0.0.0/8\n"
	"spec.egress[0].toCIDR[1]: \"\" is not a prefix such as 10.0.0.0/8\n"
	"spec.egress[0].toCIDR[2]: \"10.0.0.0/33\" is not a prefix such as "
	"10.0.0.0/8"},
    {PORT("{port: ''}, {port: '-1'}"),
	"spec.ingress[0].toPorts[0].ports[0].port: \"\" is not a port number "
	"or a port name\n"
	"spec.ingress[0].toPorts[0].ports[1].port: \"-1\" is not a port "
	"number or a port name"},
    {PEER("{matchLabels: {a: sp ace, b: -x, c: x-}}"),
	"spec.ingress[0].fromEndpoints[0].matchLabels.a: \"sp ace\" is not a "
	"label value: letters, digits, \"-\", \"_\" and \".\", the first and "
	"last a letter or digit\n"
	"spec.ingress[0].fromEndpoints[0].matchLabels.b: \"-x\" is not a "
	"label value: letters, digits, \"-\", \"_\" and \".\", the first and "
	"last a letter or digit\n"
	"spec.ingress[0].fromEndpoints[0].matchLabels.c: \"x-\" is not a "
	"label value: letters, digits, \"-\", \"_\" and \".\", the first and "
	"last a letter or digit"},
    {RULE("egress: [{toFQDNs: [{matchName: '*.a'}, {matchPattern: a..b}]}]"),
	"spec.egress[0].toFQDNs[0].matchName: \"*.a\" is not a DNS name; "
	"wildcards belong in matchPattern\n"
	"spec.egress[0].toFQDNs[1].matchPattern: \"a..b\" is not a DNS name "
	"in which \"*\" stands for any characters"},
    {RULE("ingress: [{}], log: {value: \"a\\nb\"}"),
	"spec.log.value: \"a\\nb\" is not printable text without control "
	"characters"},
    {RULE("ingress: [{}], log: {value: \"a\\n\"}"),
	"spec.log.value: \"a\\n\" is not printable text without control "
	"characters"},
    {"apiVersion: cilium.io/v2\nkind: CiliumNetworkPolicy\n"
     "metadata: {name: A_b}\nspecs: []",
	"metadata.name: \"A_b\" is not an object name: lower-case letters, "
	"digits, \"-\" and \".\""},
    {HEAD "cnpc.io/v1alpha1\nkind: FQDNCache\nnames: {a: [192.0.2.256]}",
	"names.a[0]: \"192.0.2.256\" is not an IP address"},
    /* across fields */
    {CIDRS("{}, {cidr: 10.0.0.0/8, cidrGroupRef: x}"),
	"spec.egress[0].toCIDRSet[0]: one of cidr, cidrGroupRef, "
	"cidrGroupSelector is required\n"
	"spec.egress[0].toCIDRSet[1]: only one of cidr, cidrGroupRef may be "
	"present"},
    {L7("{}"),
	"spec.ingress[0].toPorts[0].rules: one of http, dns is required"},
    {L7("{http: [], dns: []}"),
	"spec.ingress[0].toPorts[0].rules: only one of http, dns may be "
	"present"},
    {ICMP("{type: PacketTooBig}, {type: Redirect, family: IPv6}"),
	"spec.ingress[0].icmps[0].fields[0]: IPv4 has no ICMP type "
	"\"PacketTooBig\"\n"
	"spec.ingress[0].icmps[0].fields[1]: IPv6 has no ICMP type "
	"\"Redirect\""},
    {ICMP("{type: 'ExtendedEcho Reply'}, {type: ExtendedEchoReply}"),
	"spec.ingress[0].icmps[0].fields[0]: IPv4 has no ICMP type "
	"\"ExtendedEcho Reply\"\n"
	"spec.ingress[0].icmps[0].fields[1].type: \"ExtendedEchoReply\" is "
	"not an ICMP type: 0 to 255, or a name such as EchoRequest"},
    /* Kubernetes' own */
    {NPRULE("{from: [{}]}"),
	"spec.ingress[0].from[0]: one of podSelector, namespaceSelector, "
	"ipBlock is required"},
    {NPRULE("{from: [{podSelector: {}, ipBlock: {cidr: 10.0.0.0/8}}]}"),
	"spec.ingress[0].from[0]: only one of podSelector, ipBlock may be "
	"present"},
    {NPRULE("{from: [{ipBlock: {cidr: 10.0.0.0/8, "
	    "except: [10.0.0.0/8, 11.0.0.0/16, 10.1.0.0/16]}}]}"),
	"spec.ingress[0].from[0].ipBlock: \"10.0.0.0/8\" is no smaller prefix "
	"within 10.0.0.0/8\n"
	"spec.ingress[0].from[0].ipBlock: \"11.0.0.0/16\" is no smaller "
	"prefix within 10.0.0.0/8"},
    {NPRULE("{ports: [{port: 0}, {port: 65536}, {port: Web}, {port: a--b}]}"),
	"spec.ingress[0].ports[0]: a port is a number from 1 to 65535\n"
	"spec.ingress[0].ports[1]: a port is a number from 1 to 65535\n"
	"spec.ingress[0].ports[2]: a port name has up to 15 lower-case "
	"letters, digits and single hyphens\n"
	"spec.ingress[0].ports[3]: a port name has up to 15 lower-case "
	"letters, digits and single hyphens"},
    {NPRULE("{ports: [{endPort: 9}, {port: a, endPort: 9}, "
	    "{port: 9, endPort: 8}, {port: 9, endPort: 9}]}"),
	"spec.ingress[0].ports[0]: endPort needs a port number\n"
	"spec.ingress[0].ports[1]: endPort needs a port number\n"
	"spec.ingress[0].ports[2]: endPort is below port"},
    {NP "spec: {podSelector: {matchLabels: {a b: c, x/y/z: d, X_/y: e}}}",
	"spec.podSelector: \"a b\" is no label key\n"
	"spec.podSelector: \"x/y/z\" is no label key\n"
	"spec.podSelector: \"X_/y\" is no label key"},
    {NP "spec: {podSelector: {matchExpressions: "
	"[{key: a, operator: In}, {key: b, operator: Exists, values: [c]}, "
	"{key: c, operator: NotIn, values: [-]}]}}",
	"spec.podSelector: \"In\" needs values\n"
	"spec.podSelector: \"Exists\" takes no values\n"
	"spec.podSelector: \"-\" is not a label value: letters, digits, "
	"\"-\", \"_\" and \".\", the first and last a letter or digit"},
    {NP "spec: {policyTypes: [Ingres]}",
	"spec.policyTypes[0]: \"Ingres\" is not one of Ingress, Egress (did "
	"you mean \"Ingress\"?)"},
    {KCNP "spec: {}",
	"spec.priority is required\n"
	"spec.subject is required\n"
	"spec.tier is required"},
    {KCNPSPEC("ingress: [{action: Allow, from: []}]"),
	"spec.ingress[0].action: \"Allow\" is not one of Accept, Deny, Pass\n"
	"spec.ingress[0].from: too few items: 0, the least is 1"},
    {KCNPTO("protocols: [{}, {tcp: {}, udp: {}}]"),
	"spec.egress[0].protocols[0]: one of tcp, udp, sctp, "
	"destinationNamedPort is required\n"
	"spec.egress[0].protocols[1]: only one of tcp, udp may be present"},
    {KCNPTO("protocols: [{tcp: {destinationPort: "
	    "{range: {start: 9, end: 9}}}}]"),
	"spec.egress[0].protocols[0].tcp.destinationPort.range: start must be "
	"below end"},
    {KCNPSPEC("egress: [{action: Deny, to: [{networks: [10.0.0.0/8]}], "
	      "protocols: [{destinationNamedPort: web}]}]"),
	"spec.egress[0]: the port name \"web\" needs peers that are pods"},
    {ANP "spec: {priority: 1001, subject: {pods: {namespaceSelector: {}, "
	 "podSelector: {}}}, "
	 "egress: [{action: Pass, to: [{nodes: {}}], "
	 "ports: [{namedPort: web}]}]}",
	"spec.priority: 1001 is not within 0 to 1000\n"
	"spec.egress[0]: the port name \"web\" needs peers that are pods"},
    {ANP "spec: {priority: 1, subject: {pods: {podSelector: {}}}}",
	"spec.subject.pods.namespaceSelector is required"},
    {BANP("other", ""), "metadata.name: \"other\" is not one of default"},
    {BANP("default", ", egress: [{action: Allow, to: [{domainNames: [a.b]}]}]"),
	"spec.egress[0].to[0]: one of namespaces, pods, nodes, networks is "
	"required\n"
	"unknown field \"domainNames\" in to: the API server drops it"},
    {HEAD "cilium.io/v2\nkind: CiliumCIDRGroup\nspec: {}",
	"spec.externalCIDRs is required"},
    {HEAD "cilium.io/v2alpha1\nkind: CiliumCIDRGroup\n"
	  "spec: {externalCIDRs: [10.0.0.0]}",
	"spec.externalCIDRs[0]: \"10.0.0.0\" is not a prefix such as "
	"10.0.0.0/8"},
};

static void
test_violations(void **state)
{
	struct fixture *f = *state;

	for (size_t i = 0; i < sizeof(violations) / sizeof(*violations); i++) {
		const struct object *o;

		assert_told(f, NEWEST, &violations[i]);
		o = only_object(f);
		assert_int_equal(o->status, OBJECT_REJECTED_SCHEMA);
		assert_non_null(o->why);
		assert_int_equal(o->why->level, DIAG_ERROR);
	}
}

static const char *const accepted[] = {
    CNP "specs: []",
    CNP,
    CNP "status: {conditions: [{type: Valid}]}\nspecs: []",
    CNP "spec: {endpointSelector: {}, ingress: []}",
    RULE("ingress: [{}]"),
    RULE("ingress: [{}], log: {value: "
	 "\"\\u00e4234567890\\u00f6234567890\\u00fc23456789012\"}"),
    PORT("{port: '0x50', endPort: 0}, {port: '1024-2048'}, {port: a--b}"),
    PORT("{port: '80', endPort: 9e1}, {protocol: VRRP}, {}"),
    PEER("{matchLabels: {'k8s:a b': c, e: ''}}"),
    L7("{http: [{headers: ['X-A: b'], path: '/(x'}]}"),
    L7("{dns: []}"),
    ICMP("{type: 300}, {type: -1}, {type: '8'}, {type: Echo, family: IPv4}"),
    CIDRS("{cidrGroupRef: a.b, except: [010.0.0.0/8]}"),
    NP,
    NP "spec: {podSelector: {matchLabels: {x.y/z: w}}, policyTypes: [Egress]}",
    NPRULE("{}, {from: [], ports: []}, {ports: [{port: dns-tcp}]}"),
    NPRULE("{from: [{podSelector: {}, namespaceSelector: {}}]}"),
    KCNPTO("protocols: [{tcp: {}}]"),
    KCNPTO("protocols: [{destinationNamedPort: web}]"),
    KCNPSPEC("egress: [{action: Accept, name: r, "
	     "to: [{domainNames: ['*.a.b', c.d]}]}]"),
    BANP("default", ""),
    HEAD "cilium.io/v2\nkind: CiliumCIDRGroup\nspec: {externalCIDRs: []}",
    HEAD "cnpc.io/v1alpha1\nkind: FQDNCache\nnames: {a: ['::1', 192.0.2.1]}",
    /* a snapshot's objects: what is not read is not looked at */
    HEAD "v1\nkind: Pod\nspec: {containers: [{image: 5, env: x}], foo: {}}",
    "apiVersion: batch/v1\nkind: Job\nmetadata: {generateName: j-}",
};

static void
test_accepted(void **state)
{
	struct fixture *f = *state;

	for (size_t i = 0; i < sizeof(accepted) / sizeof(*accepted); i++) {
		assert_told(f, NEWEST, &(struct example){accepted[i], ""});
		assert_int_equal(only_object(f)->status, OBJECT_OK);
		assert_null(only_object(f)->why);
	}
}

static const struct example unknown[] = {
    {RULE("ingress: [{}], foo: 1"),
	"unknown field \"foo\" in spec: the API server drops it"},
    {CNP "specs: []\nfoo: null",
	"unknown field \"foo\" in CiliumNetworkPolicy: the API server drops "
	"it"},
    {RULE("ingress: [{fromEndpoint: [{}]}]"),
	"unknown field \"fromEndpoint\" in ingress, dropped by the API "
	"server: did you mean \"fromEndpoints\"?"},
    {RULE("ingress: [{toports: []}]"),
	"unknown field \"toports\" in ingress, dropped by the API server: did "
	"you mean \"toPorts\"?"},
    {PORT("{port: '80', endport: 90}"),
	"unknown field \"endport\" in ports, dropped by the API server: did "
	"you mean \"endPort\"?"},
    {RULE("ingress: [{toEndpoints: [{}]}]"),
	"\"toEndpoints\" is no field of ingress, and the API server drops it: "
	"it belongs in egress"},
    {RULE("ingress: [{}], toPorts: []"),
	"\"toPorts\" is no field of spec, and the API server drops it: it "
	"belongs in ingress"},
    {RULE("ingress: [{toPorts: [{port: '80'}]}]"),
	"\"port\" is no field of toPorts, and the API server drops it: it "
	"belongs in ports"},
    {PORT("{port: '80', rules: {http: []}}"),
	"\"rules\" is no field of ports, and the API server drops it: it "
	"belongs in toPorts"},
    {CNP "specs: []\nlabels: {}",
	"\"labels\" is no field of CiliumNetworkPolicy, and the API server "
	"drops it: it belongs in metadata"},
    {PEER("{namespaceSelector: {}}"),
	"unknown field \"namespaceSelector\" in fromEndpoints, dropped by the "
	"API server: write the label k8s:io.kubernetes.pod.namespace or "
	"k8s:io.cilium.k8s.namespace.labels.KEY in matchLabels"},
    {RULE("ingressDeny: [{from: []}]"),
	"unknown field \"from\" in ingressDeny, dropped by the API server: "
	"write fromEndpoints, fromCIDR or fromEntities"},
    {NP "spec: {endpointSelector: {}}",
	"unknown field \"endpointSelector\" in spec, dropped by the API "
	"server: write podSelector"},
    {PEER("{matchLabels: {app: null}}"),
	"spec.ingress[0].fromEndpoints[0].matchLabels.app has no value: the "
	"API server drops the key"},
};

static void
test_unknown(void **state)
{
	struct fixture *f = *state;

	for (size_t i = 0; i < sizeof(unknown) / sizeof(*unknown); i++) {
		assert_told(f, NEWEST, &unknown[i]);
		assert_int_equal(f->sink.v.v[0]->level, DIAG_WARNING);
		assert_int_equal(only_object(f)->status, OBJECT_OK);
	}
}

/* Pruning goes before validation: what is dropped cannot fulfil a rule. */
static void
test_prune_then_validate(void **state)
{
	struct fixture *f = *state;

	assert_told(f, NEWEST,
	    &(struct example){CNP "spec: {endpointselector: {}, ingress: []}",
		"spec: one of endpointSelector, nodeSelector is required\n"
		"unknown field \"endpointselector\" in spec, dropped by the "
		"API server: did you mean \"endpointSelector\"?"});
	assert_int_equal(only_object(f)->status, OBJECT_REJECTED_SCHEMA);
	assert_int_equal(only_object(f)->why->id, DIAG_NONE_OF);
}

static void
test_versions(void **state)
{
	static const struct {
		const char *yaml;
		const char *told[4]; /* by 1.17, 1.18, 1.19, 1.20 */
	} cases[] = {
	    {PORT("{}"),
		{"spec.ingress[0].toPorts[0].ports[0].port is required",
		    "spec.ingress[0].toPorts[0].ports[0].port is required", "",
		    ""}},
	    {PORT("{port: '0', protocol: VRRP}"),
		{"spec.ingress[0].toPorts[0].ports[0].protocol: \"VRRP\" is "
		 "not one of TCP, UDP, SCTP, ANY",
		    "spec.ingress[0].toPorts[0].ports[0].protocol: \"VRRP\" is "
		    "not one of TCP, UDP, SCTP, ANY",
		    "", ""}},
	    {PORT("{port: '0', protocol: AH}"),
		{"spec.ingress[0].toPorts[0].ports[0].protocol: \"AH\" is not "
		 "one of TCP, UDP, SCTP, ANY",
		    "spec.ingress[0].toPorts[0].ports[0].protocol: \"AH\" is "
		    "not one of TCP, UDP, SCTP, ANY",
		    "spec.ingress[0].toPorts[0].ports[0].protocol: \"AH\" is "
		    "not one of TCP, UDP, SCTP, VRRP, IGMP, ANY",
		    ""}},
	    {L7("{kafka: [{role: produce}]}"),
		{"", "", "",
		    "spec.ingress[0].toPorts[0].rules: one of http, dns is "
		    "required\n"
		    "Cilium 1.20.1 has no field \"kafka\" in rules: the API "
		    "server drops it"}},
	    {L7("{http: [], l7proto: x, l7: [{a: b}]}"),
		{"spec.ingress[0].toPorts[0].rules: only one of http, l7proto "
		 "may be present",
		    "spec.ingress[0].toPorts[0].rules: only one of http, "
		    "l7proto may be present",
		    "spec.ingress[0].toPorts[0].rules: only one of http, "
		    "l7proto may be present",
		    "Cilium 1.20.1 has no field \"l7proto\" in rules: the API "
		    "server drops it\n"
		    "Cilium 1.20.1 has no field \"l7\" in rules: the API "
		    "server "
		    "drops it"}},
	    {RULE("ingress: [{fromRequires: [{}]}]"),
		{"", "",
		    "spec.ingress[0].fromRequires: too many items: 1, the most "
		    "is 0",
		    "spec.ingress[0].fromRequires: too many items: 1, the most "
		    "is 0"}},
	    {RULE("ingress: [{}], log: {value: x}"),
		{"Cilium 1.17.17 has no field \"log\" in spec: the API server "
		 "drops it",
		    "", "", ""}},
	    {HEAD "cilium.io/v2\nkind: CiliumCIDRGroup\n"
		  "spec: {externalCIDRs: []}",
		{"Cilium 1.17.17 serves CiliumCIDRGroup as "
		 "cilium.io/v2alpha1, not as cilium.io/v2: it is read as that",
		    "", "", ""}},
	    {KCNPTO("name: r"),
		{"Cilium 1.17.17 does not read ClusterNetworkPolicy of "
		 "policy.networking.k8s.io/v1alpha2: it has no effect",
		    "Cilium 1.18.11 does not read ClusterNetworkPolicy of "
		    "policy.networking.k8s.io/v1alpha2: it has no effect",
		    "Cilium 1.19.8 does not read ClusterNetworkPolicy of "
		    "policy.networking.k8s.io/v1alpha2: it has no effect",
		    ""}},
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
		for (unsigned v = 0; v < 4; v++)
			assert_told(f, version_of_minor(117 + v),
			    &(struct example){cases[i].yaml, cases[i].told[v]});
}

/* Which documents are objects, which are somebody else's. */
static void
test_kinds(void **state)
{
	static const struct {
		const char *yaml;
		unsigned objects, skipped;
		const char *told;
	} cases[] = {
	    {"a: 1", 0, 1, ""},
	    {"kind: Pod2\napiVersion: v1", 0, 1, ""},
	    {"kind: 5\napiVersion: v1", 0, 1, ""},
	    {"kind: CiliumEnvoyConfig\napiVersion: cilium.io/v2", 0, 1, ""},
	    {"kind: Service\napiVersion: serving.knative.dev/v1", 0, 1, ""},
	    {"kind: NetworkPolicy\napiVersion: projectcalico.org/v3", 0, 1, ""},
	    {"- 1", 0, 0, "a manifest is an object, not a value of type array"},
	    {"x", 0, 0, "a manifest is an object, not a value of type string"},
	    {"kind: CiliumNetworkPolicy\napiVersion: cilium.io/v1", 0, 0,
		"CiliumNetworkPolicy has no apiVersion \"cilium.io/v1\", use "
		"cilium.io/v2"},
	    {"kind: CiliumNetworkPolicy\napiVersion: v2", 0, 0,
		"CiliumNetworkPolicy has no apiVersion \"v2\", use "
		"cilium.io/v2"},
	    {"kind: NetworkPolicy", 0, 0,
		"NetworkPolicy has no apiVersion \"\", use "
		"networking.k8s.io/v1"},
	    {"kind: CronJob\napiVersion: batch/v1beta1", 0, 0,
		"CronJob of apiVersion \"batch/v1beta1\" is not read, only "
		"batch/v1"},
	    {"kind: Pod\napiVersion: v1\nmetadata: {name: a}", 1, 0, ""},
	    {"kind: List\napiVersion: v1\nitems: []", 0, 0, ""},
	    {"kind: List\napiVersion: v1", 0, 1, ""},
	    {"kind: List\napiVersion: v1\nitems:\n"
	     "- {kind: Pod, apiVersion: v1, metadata: {name: a}}\n"
	     "- {kind: Secret, apiVersion: v1}\n"
	     "- {metadata: {name: c}}\n"
	     "- {kind: List, items: [{kind: Pod, apiVersion: v1, "
	     "metadata: {name: d}}]}",
		2, 2, ""},
	    {"kind: PodList\napiVersion: v1\nitems:\n"
	     "- {metadata: {name: a}}\n- {metadata: {name: b}}",
		2, 0, ""},
	    {"kind: PodList\napiVersion: v1\nitems: [null]", 0, 0,
		"a manifest is an object, not a value of type null"},
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		assert_told(f, NEWEST,
		    &(struct example){cases[i].yaml, cases[i].told});
		assert_int_equal(f->list.v.n, cases[i].objects);
		assert_int_equal(f->list.skipped, cases[i].skipped);
	}
}

static void
test_is_policy(void **state)
{
	assert_true(ast_kind_is_policy(AST_CILIUM_NETWORK_POLICY));
	assert_true(ast_kind_is_policy(AST_CILIUM_CLUSTERWIDE_NETWORK_POLICY));
	assert_true(ast_kind_is_policy(AST_NETWORK_POLICY));
	assert_true(ast_kind_is_policy(AST_CLUSTER_NETWORK_POLICY));
	assert_true(ast_kind_is_policy(AST_ADMIN_NETWORK_POLICY));
	assert_false(ast_kind_is_policy(AST_CILIUM_CIDR_GROUP));
	assert_false(ast_kind_is_policy(AST_FQDN_CACHE));
	assert_false(ast_kind_is_policy(AST_POD));
	assert_true(ast_kind_is_workload(AST_DEPLOYMENT));
	assert_true(ast_kind_is_workload(AST_REPLICA_SET));
	assert_true(ast_kind_is_workload(AST_CRON_JOB));
	assert_false(ast_kind_is_workload(AST_POD));
	assert_false(ast_kind_is_workload(AST_NETWORK_POLICY));
}

static void
test_namespaces(void **state)
{
	static const struct {
		const char *yaml;
		const char *default_ns;
		const char *ns;
	} cases[] = {
	    {CNP, "", "default"},
	    {CNP, "shop", "shop"},
	    {"apiVersion: v1\nkind: Pod\nmetadata: {name: p, namespace: a}",
		"shop", "a"},
	    {HEAD "v1\nkind: Namespace", "shop", ""},
	    {"apiVersion: cilium.io/v2\nkind: CiliumClusterwideNetworkPolicy\n"
	     "metadata: {name: p, namespace: a}",
		"shop", ""},
	    {"apiVersion: v1\nkind: Pod\nmetadata: 5", "shop", "shop"},
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		const struct schema_options opt = {
		    .cilium = NEWEST,
		    .default_ns = str_of(cases[i].default_ns),
		};
		const struct schema *s = schema_new(&f->a, &opt);
		struct ydocs docs = {0};

		f->list = (struct object_list){0};
		yaml_read(&f->a, &f->sink, str_of(cases[i].yaml), 1,
		    &ylimits_default, &docs);
		schema_decode(s, &f->a, &f->sink, docs.v.v[0], true, &f->list);
		assert_string_equal(only_object(f)->ns.s, cases[i].ns);
		assert_true(only_object(f)->context);
	}
}

/* Go decodes a null item into a zero value; a CRD refuses or drops it. */
static void
test_null_items(void **state)
{
	struct fixture *f = *state;
	const struct ast_network_policy *np;
	const struct ast_policy *cnp;

	decode(f, NEWEST,
	    NP "spec: {podSelector: {matchLabels: {a: }}, ingress: [null]}");
	np = only_object(f)->body;
	assert_int_equal(f->sink.v.n, 0);
	assert_int_equal(np->spec->ingress.n, 1);
	assert_false(np->spec->ingress.v[0].peers.present);
	assert_int_equal(np->spec->pod_selector->match_labels.n, 1);
	assert_string_equal(np->spec->pod_selector->match_labels.v[0].value.s,
	    "");

	decode(f, NEWEST,
	    CNP "spec: {endpointSelector: {matchLabels: {a: , b: c}}, "
		"ingress: []}");
	cnp = only_object(f)->body;
	assert_int_equal(cnp->spec->endpoint_selector->match_labels.n, 1);
	assert_string_equal(cnp->spec->endpoint_selector->match_labels.v[0]
				.key.s,
	    "b");
}

static void
test_cluster(void **state)
{
	struct fixture *f = *state;
	const struct ast_pod *pod;
	const struct ast_cron_job *job;
	const struct ast_fqdn_cache *cache;
	const struct ast_cilium_identity *identity;

	decode(f, NEWEST,
	    HEAD "v1\nkind: Pod\n"
		 "spec:\n"
		 "  hostNetwork: true\n"
		 "  nodeName: n1\n"
		 "  containers:\n"
		 "  - name: c\n"
		 "    ports: [{name: http, containerPort: 80, hostPort: 81}]\n"
		 "status:\n"
		 "  podIPs: [{ip: 192.0.2.1}, {ip: '::1'}]\n");
	pod = only_object(f)->body;
	assert_true(pod->spec->host_network.v);
	assert_string_equal(pod->spec->node_name.v.s, "n1");
	assert_int_equal(pod->spec->containers.v[0].ports.v[0].container_port.v,
	    80);
	assert_int_equal(pod->spec->containers.v[0].ports.v[0].host_port.v, 81);
	assert_string_equal(pod->status->pod_ips.v[1].ip.v.s, "::1");

	decode(f, NEWEST,
	    HEAD "batch/v1\nkind: CronJob\n"
		 "spec: {jobTemplate: {spec: {template: {metadata: {labels: "
		 "{a: b}}, spec: {serviceAccountName: s}}}}}");
	job = only_object(f)->body;
	assert_string_equal(job->spec->job_template->spec->template->metadata
				->labels.v[0]
				.value.s,
	    "b");
	assert_string_equal(job->spec->job_template->spec->template->spec
				->service_account_name.v.s,
	    "s");

	decode(f, NEWEST,
	    HEAD "cnpc.io/v1alpha1\nkind: FQDNCache\n"
		 "names: {b.c: [192.0.2.1, '::1'], a.b: []}");
	cache = only_object(f)->body;
	assert_int_equal(cache->names.n, 2);
	assert_string_equal(cache->names.v[0].key.s, "b.c");
	assert_int_equal(cache->names.v[0].value.n, 2);
	assert_string_equal(cache->names.v[0].value.v[1].v.s, "::1");

	decode(f, NEWEST,
	    HEAD "cilium.io/v2\nkind: CiliumIdentity\n"
		 "security-labels: {'k8s:app': web}");
	identity = only_object(f)->body;
	assert_string_equal(identity->security_labels.v[0].key.s, "k8s:app");
}

/* The kinds with tiers decode into the same structs. */
static void
test_shared_structs(void **state)
{
	struct fixture *f = *state;
	const struct ast_cluster_network_policy *p;

	decode(f, NEWEST,
	    KCNPSPEC("ingress: [{action: Pass, from: [{pods: {podSelector: "
		     "{}}}], protocols: [{tcp: {destinationPort: "
		     "{number: 80}}}]}]"));
	p = only_object(f)->body;
	assert_string_equal(p->spec->tier.v.s, "Admin");
	assert_non_null(p->spec->ingress.v[0].peers.v[0].pods->pod_selector);
	assert_null(p->spec->ingress.v[0].peers.v[0].namespaces);
	assert_int_equal(p->spec->ingress.v[0]
			     .protocols.v[0]
			     .tcp->destination_port->number.v,
	    80);
	decode(f, NEWEST,
	    ANP "spec: {priority: 7, subject: {namespaces: {}}, egress: "
		"[{action: Deny, to: [{networks: [10.0.0.0/8]}], "
		"ports: [{portRange: {start: 1, end: 2}}]}]}");
	p = only_object(f)->body;
	assert_int_equal(p->spec->priority.v, 7);
	assert_string_equal(p->spec->egress.v[0].peers.v[0].networks.v[0].v.s,
	    "10.0.0.0/8");
	assert_int_equal(p->spec->egress.v[0].ports.v[0].port_range->end.v, 2);
}

static void
test_dump(void **state)
{
	struct fixture *f = *state;
	struct buf b;

	decode(f, NEWEST,
	    "apiVersion: cilium.io/v2\n"
	    "kind: CiliumNetworkPolicy\n"
	    "metadata: {name: p, namespace: shop}\n"
	    "spec:\n"
	    "  nodeSelector: {matchLabels: {a: b}}\n"
	    "  enableDefaultDeny: {ingress: false}\n"
	    "  egressDeny:\n"
	    "  - toEntities: [world]\n"
	    "  - icmps: [{fields: [{type: 8}, {type: Echo}]}]\n"
	    "    toPorts: [{ports: [{endPort: 9, protocol: TCP}]}]\n");
	buf_init(&b, &f->a);
	object_dump(&b, &f->set, only_object(f));
	assert_string_equal(b.p,
	    "CiliumNetworkPolicy ok: shop/p @1:1\n"
	    "  metadata: @3:11\n"
	    "    name: \"p\" @3:18\n"
	    "    namespace: \"shop\" @3:32\n"
	    "  spec: @5:3\n"
	    "    nodeSelector: @5:17\n"
	    "      matchLabels: @5:31\n"
	    "        a: \"b\" @5:35\n"
	    "    egressDeny: [2] @8:3\n"
	    "      - @8:5\n"
	    "        toEntities: [1] @8:17\n"
	    "          - \"world\" @8:18\n"
	    "      - @9:5\n"
	    "        toPorts: [1] @10:14\n"
	    "          - @10:15\n"
	    "            ports: [1] @10:23\n"
	    "              - @10:24\n"
	    "                endPort: 9 @10:34\n"
	    "                protocol: \"TCP\" @10:47\n"
	    "        icmps: [1] @9:12\n"
	    "          - @9:13\n"
	    "            fields: [2] @9:22\n"
	    "              - @9:23\n"
	    "                type: 8 @9:30\n"
	    "              - @9:34\n"
	    "                type: \"Echo\" @9:41\n"
	    "    enableDefaultDeny: @6:22\n"
	    "      ingress: false @6:32\n");

	decode(f, NEWEST,
	    "apiVersion: cnpc.io/v1alpha1\n"
	    "kind: FQDNCache\n"
	    "metadata: {name: p}\n"
	    "names: {a.b: [192.0.2.1, x]}\n");
	buf_init(&b, &f->a);
	object_dump(&b, &f->set, only_object(f));
	assert_string_equal(b.p,
	    "FQDNCache schema: p @1:1\n"
	    "  metadata: @3:11\n"
	    "    name: \"p\" @3:18\n"
	    "  names: @4:8\n"
	    "    a.b: [2] @4:14\n"
	    "      - \"192.0.2.1\" @4:15\n"
	    "      - \"x\" @4:26\n");
}

/* The JSON Schema of KIND, read back; NULL when there is none. */
static const struct ynode *
json_schema(struct fixture *f, const char *kind, unsigned cilium)
{
	struct buf b;
	struct json j;

	buf_init(&b, &f->a);
	json_init(&j, &b, true);
	if (!schema_json(&j, str_of(kind), cilium))
		return NULL;
	return json_read(&f->a, &f->sink, buf_as_str(&b), 1, 0,
	    &ylimits_default);
}

static const struct ynode *
at(const struct ynode *n, const char *const *keys)
{
	for (; *keys; keys++)
		n = ynode_get(n, *keys);
	return n;
}

#define AT(n, ...) at((n), (const char *const[]){__VA_ARGS__, NULL})

/* Every $ref below N leads to one of DEFS. */
static void
assert_refs(const struct ynode *n, const struct ynode *defs)
{
	const struct ynode *ref = ynode_get(n, "$ref");

	if (ref)
		assert_non_null(ynode_get(defs, ref->s.s + strlen("#/$defs/")));
	for (uint32_t i = 0; n->kind == Y_MAP && i < n->map.n; i++)
		assert_refs(n->map.v[i].value, defs);
	for (uint32_t i = 0; n->kind == Y_SEQ && i < n->seq.n; i++)
		assert_refs(n->seq.v[i], defs);
}

static void
test_json_schema(void **state)
{
	struct fixture *f = *state;
	const struct ynode *n, *protocol;

	for (size_t i = 0; i < schema_nkinds; i++) {
		n = json_schema(f, schema_kinds[i].name, NEWEST);
		assert_non_null(n);
		assert_string_equal(AT(n, "properties", "kind", "const")->s.s,
		    schema_kinds[i].name);
		assert_refs(n, ynode_get(n, "$defs"));
	}
	assert_int_equal(f->sink.v.n, 0);

	n = json_schema(f, "ciliumnetworkPOLICY", NEWEST);
	protocol = AT(n, "$defs", "port_protocol", "properties", "protocol");
	assert_int_equal(ynode_get(protocol, "enum")->seq.n, 11);
	assert_false(AT(n, "$defs", "rule", "additionalProperties")->b);
	assert_int_equal(AT(n, "$defs", "listener", "properties", "priority",
			     "maximum")
			     ->i,
	    100);
	assert_int_equal(AT(n, "$defs", "port_rule", "properties", "ports",
			     "maxItems")
			     ->i,
	    40);
	assert_int_equal(AT(n, "$defs", "rule", "allOf")->seq.n, 2);
	assert_null(AT(n, "$defs", "l7_rules", "properties", "kafka"));
	n = json_schema(f, "CiliumNetworkPolicy", CILIUM_1_17);
	protocol = AT(n, "$defs", "port_protocol", "properties", "protocol");
	assert_int_equal(ynode_get(protocol, "enum")->seq.n, 4);
	assert_non_null(AT(n, "$defs", "l7_rules", "properties", "kafka"));

	assert_int_equal(AT(json_schema(f, "CiliumCIDRGroup", NEWEST),
			     "properties", "apiVersion", "enum")
			     ->seq.n,
	    2);
	assert_null(AT(json_schema(f, "Pod", NEWEST), "additionalProperties"));
	assert_null(json_schema(f, "ClusterNetworkPolicy", CILIUM_1_19));
	assert_null(json_schema(f, "CiliumNetworkPolic", NEWEST));
	assert_null(json_schema(f, "", NEWEST));
}

static void
test_icmp(void **state)
{
	uint8_t type = 99;

	assert_true(icmp_type_number(false, STR("EchoReply"), &type));
	assert_int_equal(type, 0);
	assert_true(icmp_type_number(true, STR("EchoReply"), &type));
	assert_int_equal(type, 129);
	assert_false(icmp_type_number(false, STR("echoreply"), &type));
	assert_false(icmp_type_number(false, STR("PacketTooBig"), &type));
	assert_int_equal(type, 129);
}

/* The short cut for label values agrees with their pattern. */
static void
test_label_values(void **state)
{
	static const char alphabet[] = "aZ09-_.~ :/\n\303\244";
	const struct schema_pattern *p = schema_patterns;
	struct fixture *f = *state;
	const struct schema_options opt = {.cilium = NEWEST};
	const struct schema *s = schema_new(&f->a, &opt);
	uint64_t seed = prop_seed();
	pcre2_match_data *md = pcre2_match_data_create(1, NULL);
	struct object o;
	struct decoder d = {
	    .schema = s,
	    .arena = &f->a,
	    .sink = &f->sink,
	    .kind = schema_kinds,
	    .object = &o,
	};
	struct schema_type type = {.max_len = SCHEMA_NO_LIMIT};

	while (strcmp(p->name, "label-value") != 0)
		p++;
	type.pattern = (int)(p - schema_patterns);
	for (int i = 0; i < 20000; i++) {
		char text[8] = {0};
		struct str v = {text, prop_below(&seed, 6)};
		int rc;

		for (size_t j = 0; j < v.n; j++)
			text[j] =
			    alphabet[prop_below(&seed, sizeof(alphabet) - 1)];
		o = (struct object){0};
		check_str(&d, &type, v, (struct span){0});
		rc = pcre2_match(s->patterns[type.pattern], (PCRE2_SPTR)v.s,
		    v.n, 0, 0, md, NULL);
		assert_int_equal(o.status == OBJECT_OK, rc >= 0);
	}
	pcre2_match_data_free(md);
}

/* A value that would make a backtracking matcher run for ever. */
static void
test_hostile_pattern(void **state)
{
	struct fixture *f = *state;
	struct buf b;
	char name[256];

	memset(name, 'a', sizeof(name) - 1);
	name[sizeof(name) - 2] = '!';
	name[sizeof(name) - 1] = '\0';
	buf_init(&b, &f->a);
	buf_printf(&b,
	    CNP "spec: {endpointSelector: {}, egress: [{toFQDNs: "
		"[{matchName: '%s'}]}]}",
	    name);
	decode(f, NEWEST, b.p);
	assert_int_equal(only_object(f)->why->id, DIAG_MALFORMED_VALUE);

	/* a port name is not bounded by the CRD, the matcher is */
	buf_init(&b, &f->a);
	buf_puts(&b,
	    CNP "spec: {endpointSelector: {}, egress: [{toPorts: "
		"[{ports: [{port: '");
	buf_repeat(&b, '-', 1000000);
	buf_puts(&b, "'}]}]}]}");
	decode(f, NEWEST, b.p);
	assert_int_equal(only_object(f)->why->id, DIAG_MALFORMED_VALUE);
}

/* One schema, several threads, each with an arena and a sink of its own. */
struct job {
	const struct schema *schema;
	const struct ynode *doc;
	size_t objects, reports;
};

static void *
run_job(void *arg)
{
	struct job *job = arg;
	struct arena a = {0};
	struct diag_sink sink;
	struct object_list list = {0};

	diag_sink_init(&sink, &a);
	for (int i = 0; i < 200; i++)
		schema_decode(job->schema, &a, &sink, job->doc, false, &list);
	job->objects = list.v.n;
	job->reports = sink.v.n;
	arena_free(&a);
	return NULL;
}

static void
test_threads(void **state)
{
	struct fixture *f = *state;
	const struct schema_options opt = {.cilium = NEWEST};
	const struct schema *s = schema_new(&f->a, &opt);
	const char *text = PORT("{port: '-'}, {port: http}, {prt: '1'}");
	struct ydocs docs = {0};
	struct job jobs[4];
	pthread_t threads[4];

	yaml_read(&f->a, &f->sink, str_of(text), 1, &ylimits_default, &docs);
	for (int i = 0; i < 4; i++) {
		jobs[i] = (struct job){.schema = s, .doc = docs.v.v[0]};
		assert_int_equal(pthread_create(&threads[i], NULL, run_job,
				     &jobs[i]),
		    0);
	}
	for (int i = 0; i < 4; i++) {
		assert_int_equal(pthread_join(threads[i], NULL), 0);
		assert_int_equal(jobs[i].objects, 200);
		assert_int_equal(jobs[i].reports, 400);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_tables),
	    cmocka_unit_test_setup_teardown(test_policy, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_presence, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_violations, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_accepted, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_unknown, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_prune_then_validate, setup,
		teardown),
	    cmocka_unit_test_setup_teardown(test_versions, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_kinds, setup, teardown),
	    cmocka_unit_test(test_is_policy),
	    cmocka_unit_test_setup_teardown(test_namespaces, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_null_items, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_cluster, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_shared_structs, setup,
		teardown),
	    cmocka_unit_test_setup_teardown(test_dump, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_json_schema, setup, teardown),
	    cmocka_unit_test(test_icmp),
	    cmocka_unit_test_setup_teardown(test_label_values, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_hostile_pattern, setup,
		teardown),
	    cmocka_unit_test_setup_teardown(test_threads, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
