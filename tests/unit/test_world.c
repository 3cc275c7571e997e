/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Who is there, from the text of a snapshot and policies: identities, the
 * addresses that lead to them, and whom a peer selects.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "compile.h"
#include "ident/labels.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* Resolves YAML as Cilium's model sees it; ipv6: dual stack. */
static void
build(struct unit *u, const char *yaml, bool ipv6)
{
	struct unit_options opt;

	unit_options_default(&opt);
	opt.ir.model = IR_MODEL_CILIUM;
	opt.ir.ipv6 = ipv6;
	opt.stop_after = PASS_IDENT;
	compile(u, &opt, yaml);
}

/*
 * Identities that are not reserved, as "256 k8s:app=web ...", without the
 * labels that every pod has; the ipcache, as "10.0.0.0/8 16777217"; what was
 * told.
 */
static const char *
print_world(struct unit *u)
{
	char text[CIDR_STRLEN];
	struct buf b;

	buf_init(&b, &u->perm);
	VEC_FOREACH (n, &u->world.idents) {
		if (n->id.id < SEC_ID_POD_FIRST)
			continue;
		buf_printf(&b, "%u", n->id.id);
		for (uint32_t i = 0; i < n->nlabels; i++) {
			struct str l =
			    label_print(&u->perm, u->ir.atoms, &n->labels[i]);

			if (!str_starts(l, STR("k8s:io.")))
				buf_printf(&b, " " STR_FMT, STR_ARG(l));
		}
		buf_putc(&b, '\n');
	}
	VEC_FOREACH (e, &u->world.ipcache)
		buf_printf(&b, "%s %u\n", cidr_print(&e->prefix, text),
		    world_identity(&u->world, e->ident)->id.id);
	VEC_FOREACH (d, &u->sink.v)
		buf_printf(&b, "CNP%u\n", (*d)->id);
	return buf_as_str(&b).s;
}

#define LABELED_POD(ns, name, labels, ip)                           \
	"---\napiVersion: v1\nkind: Pod\nmetadata: {namespace: " ns \
	", name: " name ", labels: {" labels "}}\nstatus: {podIP: " ip "}\n"
#define HOST_POD(name, ip)                                                    \
	"---\napiVersion: v1\nkind: Pod\nmetadata: {namespace: kube-system, " \
	"name: " name ", labels: {app: " name "}}\n"                          \
	"spec: {hostNetwork: true}\nstatus: {podIP: " ip "}\n"
#define NODE(name, addresses)                                     \
	"---\napiVersion: v1\nkind: Node\nmetadata: {name: " name \
	"}\nstatus: {addresses: [" addresses "]}\n"
#define ADDRESS(type, ip) "{type: " type ", address: " ip "}"
#define GROUP(name, labels, cidrs)                                         \
	"---\napiVersion: cilium.io/v2\nkind: CiliumCIDRGroup\nmetadata: " \
	"{name: " name ", labels: {" labels                                \
	"}}\nspec: {externalCIDRs: [" cidrs "]}\n"
#define CACHE(names)                                                     \
	"---\napiVersion: cnpc.io/v1alpha1\nkind: FQDNCache\nmetadata: " \
	"{name: dns}\nnames: {" names "}\n"
#define SERVICE(ns, name, labels, selector)                             \
	"---\napiVersion: v1\nkind: Service\nmetadata: {namespace: " ns \
	", name: " name ", labels: {" labels "}}\nspec: {" selector "}\n"
#define ENDPOINTS(ns, name, subset)                                       \
	"---\napiVersion: v1\nkind: Endpoints\nmetadata: {namespace: " ns \
	", name: " name "}\nsubsets: [{" subset "}]\n"
#define SLICE(ns, name, of, type, endpoints)                          \
	"---\napiVersion: discovery.k8s.io/v1\nkind: EndpointSlice\n" \
	"metadata: {namespace: " ns ", name: " name ", labels: "      \
	"{kubernetes.io/service-name: " of "}}\naddressType: " type   \
	"\nendpoints: [" endpoints "]\n"
#define CNP_NAMED(name, spec)                                        \
	"---\napiVersion: cilium.io/v2\nkind: CiliumNetworkPolicy\n" \
	"metadata: {namespace: shop, name: " name "}\nspec: "        \
	"{endpointSelector: {}, " spec "}\n"
#define CNP(spec) CNP_NAMED("p", spec)
#define TO(peers) CNP("egress: [{" peers "}]")
#define CIDRS(list) TO("toCIDR: [" list "]")

struct world_case {
	const char *yaml, *want;
};

static void
check(const struct world_case *cases, size_t n)
{
	struct unit u;

	for (size_t i = 0; i < n; i++) {
		build(&u, cases[i].yaml, false);
		assert_string_equal(print_world(&u), cases[i].want);
		unit_free(&u);
	}
}

#define G(name) "cidrgroup:io.cilium.policy.cidrgroupname/" name

static void
test_groups(void **state)
{
	static const struct world_case cases[] = {
	    /* named by no policy, two prefixes, one of which has host
	     * bits, one identity */
	    {GROUP("corp", "env: prod, empty: ''",
		 "198.51.100.0/24, 192.0.2.7/24"),
		"16777217 cidrgroup:empty cidrgroup:empty+ "
		"cidrgroup:env+prod cidrgroup:env=prod " G(
		    "corp") " reserved:world\n"
			    "192.0.2.0/24 16777217\n"
			    "198.51.100.0/24 16777217\nCNP604\n"},
	    /* of two that list a prefix the first by name has the key, but
	     * no value is lost */
	    {GROUP("b", "env: dev", "192.0.2.0/24")
		    GROUP("a", "env: prod", "192.0.2.0/24"),
		"16777217 cidrgroup:env+dev cidrgroup:env+prod "
		"cidrgroup:env=prod " G("a") " " G("b") " reserved:world\n"
							"192.0.2.0/24 "
							"16777217\n"},
	    /* Cilium's own labels cannot be had */
	    {GROUP("a", "io.cilium.k8s.policy.cluster: x", "192.0.2.0/24"),
		"16777217 " G("a") " reserved:world\n192.0.2.0/24 16777217\n"},
	    /* /0 is the world, but what is in it is in the group */
	    {GROUP("all", "", "0.0.0.0/0") CIDRS("192.0.2.0/24"),
		"16777217 " G(
		    "all") " reserved:world\n"
			   "16777218 cidr:192.0.2.0/24 " G(
			       "all") " reserved:world\n"
				      "0.0.0.0/0 16777217\n192.0.2.0/24 "
				      "16777218\n"},
	    /* the API server takes it, the agent does not */
	    {GROUP("a", "", "192.0.2.0/24, 010.0.0.0/8"),
		"16777217 " G(
		    "a") " reserved:world\n192.0.2.0/24 16777217\nCNP306\n"},
	    /* the API server does not either */
	    {GROUP("a", "", "192.0.2.0/24, 192.0.2.1"), "CNP121\n"},
	    /* a policy's prefix in a group, one around it, and exceptions */
	    {GROUP("a", "", "10.1.0.0/16, 10.3.0.0/16")
		    TO("toCIDRSet: [{cidr: 10.0.0.0/8, "
		       "except: [10.1.2.0/24]}, "
		       "{cidrGroupRef: a, except: [10.1.3.0/24]}]"),
		"16777217 cidr:10.0.0.0/8 reserved:world\n"
		"16777218 cidr:10.0.0.0/8 " G(
		    "a") " reserved:world\n"
			 "16777219 cidr:10.1.2.0/24 " G(
			     "a") " reserved:world\n"
				  "16777220 cidr:10.1.3.0/24 " G(
				      "a") " reserved:world\n"
					   "10.0.0.0/8 16777217\n10.1.0.0/16 "
					   "16777218\n"
					   "10.1.2.0/24 16777219\n10.1.3.0/24 "
					   "16777220\n"
					   "10.3.0.0/16 16777218\n"},
	};

	check(cases, COUNT(cases));
}

static void
test_fqdns(void **state)
{
	static const struct world_case cases[] = {
	    /* all selectors that cover a name of the address; the others'
	     * addresses are nobody */
	    {CACHE("www.example.com: [192.0.2.1, 192.0.2.2], "
		   "example.com: [192.0.2.1], example.org: [192.0.2.3]")
		    TO("toFQDNs: [{matchPattern: '*.example.com'}, "
		       "{matchName: example.com}, {matchPattern: '*.com'}]"),
		"16777217 fqdn:*.com fqdn:*.example.com fqdn:example.com "
		"reserved:world\n"
		"16777218 fqdn:*.example.com reserved:world\n"
		"192.0.2.1/32 16777217\n192.0.2.2/32 16777218\n"},
	    /* the label is as written, the name in any case and form */
	    {CACHE("WWW.example.com.: [192.0.2.1]")
		    TO("toFQDNs: [{matchName: www.Example.com}, "
		       "{matchPattern: '**.COM.'}]"),
		"16777217 fqdn:**.COM. fqdn:www.Example.com "
		"reserved:world\n192.0.2.1/32 16777217\n"},
	    /* who is in a prefix is of it too */
	    {CACHE("a.b: [192.0.2.1, 198.51.100.1]")
		    GROUP("g", "", "192.0.2.0/28")
			TO("toFQDNs: [{matchName: a.b}]") CNP_NAMED("q",
			    "egress: [{toCIDR: ["
			    "192.0.0.0/16"
			    "]}]"),
		"16777217 cidr:192.0.0.0/16 reserved:world\n"
		"16777218 cidr:192.0.0.0/16 " G(
		    "g") " reserved:world\n"
			 "16777219 cidr:192.0.0.0/16 " G(
			     "g") " fqdn:a.b reserved:world\n"
				  "16777220 fqdn:a.b reserved:world\n"
				  "192.0.0.0/16 16777217\n"
				  "192.0.2.0/28 16777218\n"
				  "192.0.2.1/32 16777219\n"
				  "198.51.100.1/32 16777220\n"},
	    /* nothing learned, nothing asked for */
	    {TO("toFQDNs: [{matchName: a.b}]"), ""},
	    {CACHE("a.b: [192.0.2.1]"), ""},
	    {CACHE("a.b: [192.0.2.1/32]") TO("toFQDNs: [{matchName: a.b}]"),
		"CNP122\n"},
	};

	check(cases, COUNT(cases));
}

static void
test_nodes(void **state)
{
	static const struct world_case cases[] = {
	    {NODE("n1",
		 ADDRESS("InternalIP", "172.18.0.2") "," ADDRESS("ExternalIP",
		     "198.51.100.2") "," ADDRESS("Hostname", "n1")),
		"172.18.0.2/32 6\n198.51.100.2/32 6\n"},
	    {"---\napiVersion: cilium.io/v2\nkind: CiliumNode\n"
	     "metadata: {name: n1}\nspec: {addresses: [{type: "
	     "CiliumInternalIP, ip: 10.0.0.1}, {type: InternalDNS, ip: n1}], "
	     "health: {ipv4: 10.0.0.2}, ingress: {ipv4: 10.0.0.3}}\n",
		"10.0.0.1/32 6\n10.0.0.2/32 4\n10.0.0.3/32 8\n"},
	    /* a pod on the host's network is its node */
	    {HOST_POD("proxy", "172.18.0.3"), "172.18.0.3/32 6\n"},
	    /* a CIDR rule gives a node's address no identity */
	    {NODE("n1", ADDRESS("InternalIP", "172.18.0.2"))
		    CIDRS("172.18.0.2/32, 172.18.0.0/16"),
		"16777217 cidr:172.18.0.0/16 reserved:world\n"
		"172.18.0.0/16 16777217\n172.18.0.2/32 6\n"},
	    {NODE("n1", ADDRESS("InternalIP", "172.18.0.300")), "CNP302\n"},
	    /* the API server: on a node, and outside */
	    {NODE("n1", ADDRESS("InternalIP", "172.18.0.2"))
		    ENDPOINTS("default", "kubernetes",
			"addresses: [{ip: 172.18.0.2}, {ip: 203.0.113.1}]")
			CIDRS("203.0.113.0/24"),
		"16777217 cidr:203.0.113.0/24 reserved:world\n"
		"16777218 cidr:203.0.113.0/24 reserved:kube-apiserver "
		"reserved:world\n"
		"172.18.0.2/32 7\n203.0.113.0/24 16777217\n"
		"203.0.113.1/32 16777218\n"},
	    {SLICE("default", "kubernetes", "kubernetes", "IPv4",
		 "{addresses: [203.0.113.1]}"),
		"16777217 reserved:kube-apiserver reserved:world\n"
		"203.0.113.1/32 16777217\n"},
	    /* other Services of that name are not it */
	    {ENDPOINTS("shop", "kubernetes", "addresses: [{ip: 203.0.113.1}]")
		    ENDPOINTS("default", "api",
			"addresses: [{ip: 203.0.113.2}]"),
		""},
	};

	check(cases, COUNT(cases));
}

static void
test_pods(void **state)
{
	static const struct world_case cases[] = {
	    /* label sets in the order of their text, each once; what the
	     * filter drops makes no difference */
	    {LABELED_POD("shop", "web-0", "app: web, pod-template-hash: a",
		 "10.0.0.1") LABELED_POD("shop", "web-1",
		 "pod-template-hash: b, app: web", "10.0.0.2")
		    LABELED_POD("shop", "db", "app: db", "10.0.0.3")
			LABELED_POD("data", "web", "app: web", "10.0.0.4"),
		"256 k8s:app=db\n257 k8s:app=web\n258 k8s:app=web\n"
		"10.0.0.1/32 258\n10.0.0.2/32 258\n10.0.0.3/32 256\n"
		"10.0.0.4/32 257\n"},
	    /* the order in which labels are written does not matter */
	    {LABELED_POD("shop", "a", "app: web, tier: x", "10.0.0.1")
		    LABELED_POD("shop", "b", "tier: x, app: web", "10.0.0.2"),
		"256 k8s:app=web k8s:tier=x\n10.0.0.1/32 256\n"
		"10.0.0.2/32 256\n"},
	    /* nor may two sets be taken for one */
	    {LABELED_POD("shop", "a", "ab: c", "10.0.0.1")
		    LABELED_POD("shop", "b", "a: bc", "10.0.0.2"),
		"256 k8s:a=bc\n257 k8s:ab=c\n10.0.0.1/32 257\n"
		"10.0.0.2/32 256\n"},
	    {LABELED_POD("shop", "a", "app: web", "10.0.0.1")
		    LABELED_POD("shop", "b", "app: web",
			"10.0.0.2}\nspec: {serviceAccountName: x"),
		"256 k8s:app=web\n257 k8s:app=web\n10.0.0.1/32 257\n"
		"10.0.0.2/32 256\n"},
	    /* labels of Cilium cannot be forged */
	    {LABELED_POD("shop", "a",
		 "app: web, io.kubernetes.pod.namespace: data, "
		 "io.cilium.k8s.namespace.labels.team: red",
		 "10.0.0.1") LABELED_POD("shop", "b", "app: web", "10.0.0.2"),
		"256 k8s:app=web\n10.0.0.1/32 256\n10.0.0.2/32 256\n"},
	    /* a pod's address is the pod, whatever a policy says of it */
	    {LABELED_POD("shop", "web", "app: web", "10.0.0.1")
		    CIDRS("10.0.0.1/32"),
		"256 k8s:app=web\n16777217 cidr:10.0.0.1/32 reserved:world\n"
		"10.0.0.1/32 256\n"},
	};

	check(cases, COUNT(cases));
}

/* The cluster of the rows that say whom a peer selects. */
#define CLUSTER                                                        \
	NAMESPACE("shop", "team: blue")                                \
	NAMESPACE("data", "team: red")                                 \
	LABELED_POD("shop", "web", "app: web", "10.0.0.1")             \
	LABELED_POD("data", "db", "app: db", "10.0.0.2")               \
	HOST_POD("proxy", "172.18.0.3")                                \
	NODE("n1", ADDRESS("InternalIP", "172.18.0.2"))                \
	ENDPOINTS("default", "kubernetes",                             \
	    "addresses: [{ip: 172.18.0.2}, {ip: 203.0.113.1}]")        \
	GROUP("corp", "env: prod, role: corp", "192.0.2.0/24")         \
	GROUP("lab", "env: dev", "192.0.2.128/25")                     \
	GROUP("all", "", "0.0.0.0/0")                                  \
	CACHE("www.example.com: [198.51.100.1]")                       \
	SERVICE("data", "db", "svc: db", "selector: {app: db}")        \
	SERVICE("shop", "db", "svc: other", "selector: {app: web}")    \
	SERVICE("data", "legacy", "svc: old", "")                      \
	ENDPOINTS("data", "legacy",                                    \
	    "addresses: [{ip: 192.0.2.7}, {ip: 10.0.0.2}], "           \
	    "notReadyAddresses: [{ip: 192.0.2.8}]")                    \
	SERVICE("data", "bare", "svc: bare", "")                       \
	SERVICE("data", "name", "svc: name",                           \
	    "type: ExternalName, externalName: example.org")           \
	SERVICE("data", "sliced", "svc: sliced", "")                   \
	SLICE("data", "sliced-1", "sliced", "IPv4",                    \
	    "{addresses: [203.0.113.5], conditions: {ready: true}}, "  \
	    "{addresses: [203.0.113.6], conditions: {ready: false}}, " \
	    "{addresses: [203.0.113.7], conditions: {ready: false, "   \
	    "serving: true, terminating: true}}")                      \
	SLICE("data", "sliced-2", "sliced", "FQDN",                    \
	    "{addresses: [example.org]}")

/* A short name: of a pod, of a prefix, of a reserved identity. */
static struct str
name_of(struct unit *u, uint32_t i)
{
	const struct identity *n = &u->world.idents.v[i];
	char text[CIDR_STRLEN];

	VEC_FOREACH (e, &u->world.endpoints) {
		if (e->ident.i == i)
			return e->name;
	}
	if (n->has_prefix)
		return str_of(
		    arena_printf(&u->perm, "%s", cidr_print(&n->prefix, text)));
	return atom_str(u->ir.atoms, n->labels[0].key);
}

static void
print_peers(struct buf *b, struct unit *u, const struct ir_rule *r)
{
	struct bitset *all = bitset_new(&u->perm, (uint32_t)u->world.idents.n);

	if (r->npeers > 0 && r->peers[0].selector == u->ir.wildcard) {
		buf_puts(b, "everybody");
		return;
	}
	for (uint32_t i = 0; i < r->npeers; i++)
		bitset_or(all, world_selected(&u->world, r->peers[i].selector));
	BITSET_FOREACH (i, all)
		buf_printf(b, "%s" STR_FMT, b->n > 0 ? " " : "",
		    STR_ARG(name_of(u, i)));
}

/* Whom the last rule's peers select, and what was told. */
static const char *
print_selected(struct unit *u)
{
	struct buf b;

	buf_init(&b, &u->perm);
	if (u->ir.rules.n > 0)
		print_peers(&b, u, u->ir.rules.v[u->ir.rules.n - 1]);
	else
		buf_puts(&b, "refused");
	VEC_FOREACH (d, &u->sink.v)
		buf_printf(&b, "%sCNP%u", b.n > 0 ? " " : "", (*d)->id);
	return buf_as_str(&b).s;
}

/* An egress rule's peers in CLUSTER, dual stack, and whom they select. */
struct selected_case {
	const char *yaml;
	const char *want;
};

#define IN(spec) CLUSTER CNP(spec)
#define PEERS(peers) CLUSTER TO(peers)
#define BESIDE(first, peers) CLUSTER CNP("egress: [{" first "}, {" peers "}]")
#define PORT ", toPorts: [{ports: [{port: '443'}]}]"
#define BY_NAME(name, ns) \
	"toServices: [{k8sService: {serviceName: " name ns "}}]"
#define BY_LABEL(selector, ns) \
	"toServices: [{k8sServiceSelector: {selector: {" selector "}" ns "}}]"
#define BY_GROUP(selector) "toCIDRSet: [{cidrGroupSelector: {" selector "}}]"
#define HAS(key, op) "matchExpressions: [{key: " key ", operator: " op "}]"
#define ONE_OF(key, op, values)                                \
	"matchExpressions: [{key: " key ", operator: " op ", " \
	"values: [" values "]}]"
#define NOT_WORLD \
	"host unmanaged health init remote-node kube-apiserver ingress "

static void
check_selected(const struct selected_case *cases, size_t n)
{
	struct unit u;

	for (size_t i = 0; i < n; i++) {
		build(&u, cases[i].yaml, true);
		if (strcmp(print_selected(&u), cases[i].want) != 0)
			print_error("row %zu\n", i);
		assert_string_equal(print_selected(&u), cases[i].want);
		unit_free(&u);
	}
}

static void
test_entities(void **state)
{
	static const struct selected_case cases[] = {
	    {PEERS("toEntities: [all]"), "everybody"},
	    {PEERS("toEntities: [none]"), ""},
	    {PEERS("toEntities: [host]"), "host"},
	    {PEERS("toEntities: [remote-node]"),
		"remote-node kube-apiserver aggregate-remote-node"},
	    {PEERS("toEntities: [kube-apiserver]"),
		"kube-apiserver 203.0.113.1/32"},
	    {PEERS("toEntities: [cluster]"),
		NOT_WORLD "aggregate-cluster db web 203.0.113.1/32"},
	    /* with groups, DNS names and the API server outside */
	    {BESIDE("toFQDNs: [{matchName: www.example.com}]",
		 "toEntities: [world]"),
		"world world-ipv4 world-ipv6 aggregate-world 0.0.0.0/0 "
		"192.0.2.0/24 192.0.2.128/25 198.51.100.1/32 203.0.113.1/32"},
	    /* only where there is one family is this everything outside */
	    {PEERS("toEndpoints: [{matchLabels: {'reserved:world': ''}}]"),
		"world"},
	    {PEERS("toEndpoints: [{}]"), "web"},
	    {PEERS("toEndpoints: [{matchLabels: "
		   "{io.cilium.k8s.namespace.labels.team: red}}]"),
		"db"},
	};

	check_selected(cases, COUNT(cases));
}

static void
test_cidrs(void **state)
{
	static const struct selected_case cases[] = {
	    /* never pods, never nodes */
	    {PEERS("toCIDR: [10.0.0.0/8]"), "10.0.0.0/8"},
	    {PEERS("toCIDR: [172.18.0.2/32]"), ""},
	    {PEERS("toCIDR: [172.18.0.0/16]"), "172.18.0.0/16"},
	    {PEERS("toCIDR: [0.0.0.0/0]"),
		"world-ipv4 0.0.0.0/0 192.0.2.0/24 192.0.2.128/25 "
		"203.0.113.1/32"},
	    {PEERS("toCIDR: ['::/0']"), "world-ipv6"},
	    /* another rule's prefix has an identity, and is still inside */
	    {BESIDE("toCIDR: [192.0.2.64/26]", "toCIDR: [192.0.2.0/24]"),
		"192.0.2.0/24 192.0.2.64/26 192.0.2.128/25"},
	    {PEERS("toCIDRSet: [{cidr: 192.0.2.0/24, "
		   "except: [192.0.2.128/25]}]"),
		"192.0.2.0/24"},
	    {PEERS("toCIDRSet: [{cidr: 192.0.2.0/24, "
		   "except: [192.0.2.0/24]}]"),
		""},
	    /* the API server outside is an address like others */
	    {PEERS("toCIDR: [203.0.113.0/24]"),
		"203.0.113.0/24 203.0.113.1/32"},
	};

	check_selected(cases, COUNT(cases));
}

static void
test_cidr_groups(void **state)
{
	static const struct selected_case cases[] = {
	    {PEERS("toCIDRSet: [{cidrGroupRef: corp}]"),
		"192.0.2.0/24 192.0.2.128/25"},
	    {PEERS("toCIDRSet: [{cidrGroupRef: lab}]"), "192.0.2.128/25"},
	    {PEERS("toCIDRSet: [{cidrGroupRef: corp, "
		   "except: [192.0.2.192/26]}]"),
		"192.0.2.0/24 192.0.2.128/25"},
	    {PEERS("toCIDRSet: [{cidrGroupRef: corp, "
		   "except: [192.0.2.128/25]}]"),
		"192.0.2.0/24"},
	    {PEERS("toCIDRSet: [{cidrGroupRef: nobody}]"), "CNP303"},
	    {PEERS("toCIDRSet: [{cidrGroupRef: nobody}]" PORT), "CNP303"},
	    /* of all addresses that nothing else has, too */
	    {PEERS("toCIDRSet: [{cidrGroupRef: all}]"),
		"0.0.0.0/0 192.0.2.0/24 192.0.2.128/25 203.0.113.1/32"},
	    {PEERS(BY_GROUP("matchLabels: {env: dev}")), "192.0.2.128/25"},
	    /* of a label with two values both count */
	    {PEERS(BY_GROUP("matchLabels: {env: prod}")),
		"192.0.2.0/24 192.0.2.128/25"},
	    {PEERS(BY_GROUP("matchLabels: {env: prod, role: lab}")), ""},
	    {PEERS(BY_GROUP(ONE_OF("env", "In", "dev, qa"))), "192.0.2.128/25"},
	    {PEERS(BY_GROUP(ONE_OF("env", "In", "dev, prod"))),
		"192.0.2.0/24 192.0.2.128/25"},
	    {PEERS(BY_GROUP(HAS("role", "Exists"))),
		"192.0.2.0/24 192.0.2.128/25"},
	    {PEERS(BY_GROUP(
		 "matchLabels: {role: corp}, " ONE_OF("env", "NotIn", "dev"))),
		"192.0.2.0/24"},
	    /* these are not of groups only */
	    {PEERS(BY_GROUP("")), "everybody CNP626"},
	    {PEERS(BY_GROUP(ONE_OF("env", "NotIn", "prod"))),
		"world world-ipv4 world-ipv6 0.0.0.0/0 203.0.113.1/32 CNP626"},
	    {PEERS(BY_GROUP(HAS("env", "DoesNotExist"))),
		"world world-ipv4 world-ipv6 0.0.0.0/0 203.0.113.1/32 CNP626"},
	    {PEERS(BY_GROUP("matchLabels: {'k8s:env': dev}")), ""},
	    {PEERS(BY_GROUP(HAS("'cidrgroup:env'", "Exists"))),
		"192.0.2.0/24 192.0.2.128/25"},
	};

	check_selected(cases, COUNT(cases));
}

static void
test_names(void **state)
{
	static const struct selected_case cases[] = {
	    {PEERS("toFQDNs: [{matchName: www.example.com}]"),
		"198.51.100.1/32"},
	    {PEERS("toFQDNs: [{matchPattern: '*.example.com'}]" PORT),
		"198.51.100.1/32"},
	    /* another selector's address, of the same name */
	    {BESIDE("toFQDNs: [{matchName: www.example.com}]",
		 "toFQDNs: [{matchPattern: '*example.com'}]"),
		""},
	    {PEERS("toFQDNs: [{matchName: example.org}]" PORT), ""},
	    {PEERS("toFQDNs: []"), ""},
	    {PEERS("toFQDNs: []" PORT), "everybody CNP611"},
	    {PEERS("toFQDNs: [{}]"), "refused CNP124"},
	};

	check_selected(cases, COUNT(cases));
}

static void
test_services(void **state)
{
	static const struct selected_case cases[] = {
	    /* by name: of one namespace, or of any */
	    {PEERS(BY_NAME("db", ", namespace: data")), "db"},
	    {PEERS(BY_NAME("db", "") PORT), "db web"},
	    {PEERS(BY_NAME("db", ", namespace: kube-system")), ""},
	    /* by labels */
	    {PEERS(BY_LABEL("matchLabels: {svc: db}", "")), "db"},
	    {PEERS(BY_LABEL("matchLabels: {'any:svc': other}", "")), "web"},
	    {PEERS(BY_LABEL("matchLabels: {svc: db}", ", namespace: shop")),
		""},
	    {PEERS(BY_LABEL("matchLabels: {svc: db, tier: x}", "")), ""},
	    {PEERS(BY_LABEL(ONE_OF("svc", "In", "db, other"), "")), "db web"},
	    {PEERS(BY_LABEL(ONE_OF("svc", "NotIn", "old, sliced"), "")),
		"db web"},
	    {PEERS(BY_LABEL(HAS("svc", "Exists"), ", namespace: shop")), "web"},
	    {PEERS(BY_LABEL(HAS("svc", "DoesNotExist"), "")), ""},
	    {PEERS(BY_LABEL("", ", namespace: shop")), "web"},
	    /* both: the labels decide */
	    {PEERS("toServices: [{k8sService: {serviceName: db, namespace: "
		   "data}, k8sServiceSelector: {selector: {matchLabels: "
		   "{svc: other}}}}]"),
		"web"},
	    /* without selector: addresses, but not the pod's */
	    {PEERS(BY_NAME("legacy", "")), "10.0.0.2/32 192.0.2.7/32"},
	    {PEERS(BY_NAME("sliced", "")), "203.0.113.5/32 203.0.113.7/32"},
	    /* nothing found is everybody, if there are ports */
	    {PEERS(BY_NAME("nobody", "")), ""},
	    {PEERS(BY_NAME("nobody", "") PORT), "everybody CNP304"},
	    {PEERS(BY_NAME("bare", "")), ""},
	    {PEERS(BY_NAME("bare", "") PORT), "everybody CNP304"},
	    {PEERS(BY_NAME("name", "") PORT), "everybody CNP304"},
	    {PEERS("toServices: [{}]" PORT), "everybody CNP304"},
	    {PEERS("toServices: []"), ""},
	    {PEERS("toServices: []" PORT), "everybody CNP611"},
	    /* a denial does not look */
	    {IN("egressDeny: [{" BY_NAME("db", "") "}]"), "CNP305"},
	    {IN("egressDeny: [{" BY_NAME("db", "") PORT "}]"),
		"everybody CNP305"},
	    {IN("egressDeny: [{toServices: []" PORT "}]"), "everybody"},
	};

	check_selected(cases, COUNT(cases));
}

/* Pods of this cluster only, as when their labels are written. */
static void
test_service_scope(void **state)
{
	struct unit u;

	build(&u, PEERS(BY_NAME("db", ", namespace: data")), true);
	assert_int_equal(u.ir.rules.v[0]->npeers, 1);
	assert_string_equal(u.ir.rules.v[0]->peers[0].selector->text.s,
	    "k8s:app=db,k8s:io.cilium.k8s.policy.cluster=default,"
	    "k8s:io.kubernetes.pod.namespace=data");
	unit_free(&u);
}

/* Labels that many have and labels that few have are found differently. */
static void
test_many(void **state)
{
	static const struct {
		const char *peer;
		uint32_t n;
	} cases[] = {
	    {"matchLabels: {app: a7}", 2},
	    {"matchLabels: {app: a7, tier: t1}", 2},
	    {"matchLabels: {app: a7, tier: t2}", 0},
	    {"matchLabels: {tier: t1}", 100},
	    {"matchLabels: {'k8s:tier': t1}", 100},
	    {"matchLabels: {'container:tier': t1}", 0},
	    {"matchLabels: {'container:app': a7}", 0},
	    {HAS("app", "Exists"), 300},
	    {HAS("rare", "Exists"), 1},
	    {HAS("rare", "DoesNotExist"), 299},
	    {ONE_OF("app", "In", "a1, a2, none"), 4},
	    {ONE_OF("tier", "In", "t0, t1"), 200},
	    {ONE_OF("tier", "NotIn", "t0, t1"), 100},
	    {ONE_OF("app", "NotIn", "a1"), 298},
	};
	struct unit u;
	struct arena a = {0};
	struct buf b;

	buf_init(&b, &a);
	for (int i = 0; i < 300; i++)
		buf_printf(&b,
		    LABELED_POD("shop", "p%d",
			"app: a%d, tier: t%d, n: 'x%d'%s", "10.0.0.1"),
		    i, i % 150, i % 3, i, i == 5 ? ", rare: x" : "");
	for (size_t i = 0; i < COUNT(cases); i++)
		buf_printf(&b,
		    CNP_NAMED("p%zu", "egress: [{toEndpoints: [{%s}]}]"), i,
		    cases[i].peer);
	build(&u, buf_as_str(&b).s, false);
	assert_int_equal(u.ir.rules.n, COUNT(cases));
	for (size_t i = 0; i < COUNT(cases); i++) {
		const struct ir_peer *peer = &u.ir.rules.v[i]->peers[0];

		assert_int_equal(bitset_count(
				     world_selected(&u.world, peer->selector)),
		    cases[i].n);
	}
	arena_free(&a);
	unit_free(&u);
}

/* What is told is at the place where it is written. */
static void
test_places(void **state)
{
#define BLOCK                                                   \
	"apiVersion: cilium.io/v2\nkind: CiliumNetworkPolicy\n" \
	"metadata: {name: p}\nspec:\n  endpointSelector: {}\n"
	static const struct {
		const char *yaml;
		uint32_t line, col;
		const char *text;
	} cases[] = {
	    {BLOCK "  ingress:\n  - fromCIDRSet:\n    - cidrGroupRef: x\n", 8,
		21, "there is no CiliumCIDRGroup \"x\": this selects nothing"},
	    {BLOCK "  egress:\n  - toServices:\n    - {}\n    toPorts: "
		   "[{ports: [{port: '1'}]}]\n",
		8, 5,
		"toServices leads to no peer: with toPorts this allows "
		"everybody on these ports"},
	    {BLOCK "  ingress:\n  - fromGroups: [{}]\n", 7, 18,
		"nothing has the addresses of this group: it is nobody"},
	    {BLOCK "  ingress:\n  - fromGroups: [{aws: {region: <}}]\n", 7, 18,
		"fromGroups is not modelled by this version of cnpc"},
	    {GROUP("a", "", "10.0.0.0/8, 010.0.0.0/8"), 5, 36,
		"the agent cannot parse \"010.0.0.0/8\": the group goes "
		"without it"},
	};
	struct unit u;
	struct place place;

	for (size_t i = 0; i < COUNT(cases); i++) {
		build(&u, cases[i].yaml, true);
		assert_int_equal(u.sink.v.n, 1);
		assert_string_equal(u.sink.v.v[0]->text, cases[i].text);
		place = source_place(&u.sources, u.sink.v.v[0]->at);
		assert_int_equal(place.line, cases[i].line);
		assert_int_equal(place.col, cases[i].col);
		unit_free(&u);
	}
}

/* The identity of labels as flows are recorded with, which are all it has. */
static void
test_find_labels(void **state)
{
#define SHOP(app)                                               \
	"k8s:app=" app, "k8s:io.kubernetes.pod.namespace=shop", \
	    "k8s:io.cilium.k8s.policy.cluster=default",         \
	    "k8s:io.cilium.k8s.namespace.labels.kubernetes.io/" \
	    "metadata.name=shop"
	static const struct {
		const char *labels[6];
		uint32_t id; /* 0: nobody has these */
	} cases[] = {
	    {{SHOP("web")}, 257},
	    {{"k8s:io.kubernetes.pod.namespace=shop",
		 "k8s:io.cilium.k8s.namespace.labels.kubernetes.io/"
		 "metadata.name=shop",
		 "k8s:io.cilium.k8s.policy.cluster=default", "k8s:app=web"},
		257},
	    {{SHOP("api")}, 256},
	    {{SHOP("web"), "k8s:tier=front"}, 258},
	    {{SHOP("web"), "k8s:tier"}, 0},
	    {{SHOP("db")}, 0},
	    /* Less than all, one twice, another source. */
	    {{"k8s:app=web"}, 0},
	    {{"k8s:app=web", "k8s:app=web",
		 "k8s:io.kubernetes.pod.namespace=shop",
		 "k8s:io.cilium.k8s.policy.cluster=default"},
		0},
	    {{"any:app=web", "k8s:io.kubernetes.pod.namespace=shop",
		 "k8s:io.cilium.k8s.policy.cluster=default",
		 "k8s:io.cilium.k8s.namespace.labels.kubernetes.io/"
		 "metadata.name=shop"},
		0},
	    {{NULL}, 0},
	    {{"reserved:host"}, 1},
	    {{"reserved:remote-node"}, 6},
	    {{"reserved:remote-node", "reserved:kube-apiserver"}, 7},
	    {{"reserved:nobody"}, 0},
	    {{"cidr:192.0.2.0/24", "reserved:world-ipv4"}, 16777217},
	    {{"cidr:192.0.2.0/24"}, 0},
	};
	struct unit u;

	(void)state;
	build(&u,
	    LABELED_POD("shop", "web", "app: web", "10.0.0.1")
		LABELED_POD("shop", "api", "app: api", "10.0.0.2")
		    LABELED_POD("shop", "front", "app: web, tier: front",
			"10.0.0.3") CIDRS("192.0.2.0/24"),
	    true);
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct str labels[6];
		ident_idx_t idx;
		uint32_t id = 0;
		size_t n = 0;

		for (; n < 6 && cases[i].labels[n]; n++)
			labels[n] = str_of(cases[i].labels[n]);
		if (world_find_labels(&u.world, &u.perm, labels, n, &idx))
			id = world_identity(&u.world, idx)->id.id;
		if (id != cases[i].id)
			fail_msg("case %zu: %u", i, id);
	}
	unit_free(&u);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_groups),
	    cmocka_unit_test(test_fqdns),
	    cmocka_unit_test(test_nodes),
	    cmocka_unit_test(test_pods),
	    cmocka_unit_test(test_entities),
	    cmocka_unit_test(test_cidrs),
	    cmocka_unit_test(test_cidr_groups),
	    cmocka_unit_test(test_names),
	    cmocka_unit_test(test_services),
	    cmocka_unit_test(test_service_scope),
	    cmocka_unit_test(test_many),
	    cmocka_unit_test(test_places),
	    cmocka_unit_test(test_find_labels),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
