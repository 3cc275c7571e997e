/* SPDX-License-Identifier: Apache-2.0 */

/*
 * What NetworkPolicy and ClusterNetworkPolicy become, from their text: rules,
 * findings and verdicts.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "cilium/proto.h"
#include "driver/unit.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

#define NP_HEAD                                                   \
	"apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\n" \
	"metadata: {name: p, namespace: shop}\n"
#define NP(spec) NP_HEAD "spec: {" spec "}\n---\n"
#define FROM(peers) NP("ingress: [{from: [" peers "]}]")
#define TO(peers) NP("egress: [{to: [" peers "]}], policyTypes: [Egress]")
#define PORTS(ports) NP("ingress: [{ports: [" ports "]}]")

#define KCNP(tier, priority, subject, rest)                                 \
	"apiVersion: policy.networking.k8s.io/v1alpha2\n"                   \
	"kind: ClusterNetworkPolicy\nmetadata: {name: k}\n"                 \
	"spec: {tier: " tier ", priority: " priority ", subject: {" subject \
	"}, " rest "}\n---\n"
#define EVERY "namespaces: {}"
#define K_RULE(dir, action, peers, rest) \
	KCNP("Admin", "7", EVERY,        \
	    dir ": [{action: " action ", " peers rest "}]")
#define K_FROM(peers) K_RULE("ingress", "Accept", "from: [" peers "]", "")
#define K_TO(action, peers) K_RULE("egress", action, "to: [" peers "]", "")
#define K_PORTS(protocols)                               \
	K_RULE("ingress", "Deny", "from: [{" EVERY "}]", \
	    ", protocols: [" protocols "]")

/* The forerunners of ClusterNetworkPolicy. */
#define ANP(name, spec)                                            \
	"apiVersion: policy.networking.k8s.io/v1alpha1\n"          \
	"kind: " name "NetworkPolicy\nmetadata: {name: default}\n" \
	"spec: {subject: {" EVERY "}, " spec "}\n---\n"

/* What selectors hold besides that which is written. */
#define NS "k8s:io.kubernetes.pod.namespace"
#define SHOP NS "=shop"
#define LOCAL "k8s:io.cilium.k8s.policy.cluster=default"
#define LABEL(l) "k8s:io.cilium.k8s.namespace.labels." l

/* Rules of a NetworkPolicy, and of a ClusterNetworkPolicy. */
#define R(dir, rest) dir " 200/0 allow closes {" SHOP "}" rest "\n"
#define K(dir, verdict, rest) dir " 100/7000 " verdict " {" NS "}" rest "\n"

struct fixture {
	char path[40];
	bool admin; /* --admin-network-policy */
	struct unit u;
};

static int
set_up(void **state)
{
	struct fixture *f = test_calloc(1, sizeof(*f));
	int fd;

	strcpy(f->path, "/tmp/cnpc-lower-XXXXXX");
	fd = mkstemp(f->path);
	*state = f;
	return fd < 0 ? -1 : close(fd);
}

static int
tear_down(void **state)
{
	struct fixture *f = *state;
	int failed = unlink(f->path);

	unit_free(&f->u);
	test_free(f);
	return failed;
}

/* Runs the passes up to LAST, or all of them, over YAML. */
static void
run(struct fixture *f, const char *yaml, int last)
{
	const char *input = f->path;
	struct unit_options opt;

	unit_options_default(&opt);
	opt.inputs = &input;
	opt.ninputs = 1;
	opt.stop_after = last;
	opt.ir.admin_network_policy = f->admin;
	unit_free(&f->u);
	unit_init(&f->u, &opt);
	assert_int_equal(file_write(f->path, str_of(yaml)), 0);
	unit_run(&f->u, PASS_BIT(LINT));
}

static void
print_port(struct buf *b, const struct ir *ir, const struct ir_port *p)
{
	buf_printf(b, " %s", proto_name(p->proto));
	if (!atom_eq(p->name, ir->word.empty))
		buf_printf(b, "/" STR_FMT,
		    STR_ARG(atom_str(ir->atoms, p->name)));
	else if (p->port != 0)
		buf_printf(b, "/%u", p->port);
	if (p->end != 0)
		buf_printf(b, "-%u", p->end);
}

/* "in 200/0 allow closes {subject} from {peer} {peer}: tcp/80 udp/53-54" */
static const char *
print_rules(struct arena *a, const struct ir *ir)
{
	struct buf b;

	buf_init(&b, a);
	buf_puts(&b, "");
	VEC_FOREACH (rule, &ir->rules) {
		const struct ir_rule *r = *rule;

		buf_printf(&b, "%s %u/%u %s%s {" STR_FMT "}",
		    r->dir == DIR_INGRESS ? "in" : "out", r->tier, r->priority,
		    ir_verdict_name(r->verdict),
		    r->default_deny ? " closes" : "",
		    STR_ARG(r->subject->text));
		for (uint32_t i = 0; i < r->npeers; i++)
			buf_printf(&b, "%s {" STR_FMT "}",
			    i > 0                       ? ""
				: r->dir == DIR_INGRESS ? " from"
							: " to",
			    STR_ARG(r->peers[i].selector->text));
		for (uint32_t i = 0; i < r->nports; i++) {
			buf_puts(&b, i == 0 ? ":" : "");
			print_port(&b, ir, &r->ports[i]);
		}
		buf_putc(&b, '\n');
	}
	return b.p;
}

/* Policies and what they become. */
struct lowering_case {
	const char *yaml;
	const char *rules;
};

static void
check_rules(struct fixture *f, const struct lowering_case *cases, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const char *got;

		run(f, cases[i].yaml, PASS_IR);
		got = print_rules(&f->u.perm, &f->u.ir);
		if (strcmp(got, cases[i].rules) != 0 || diag_failed(&f->u.sink))
			print_error("of %s", cases[i].yaml);
		assert_string_equal(got, cases[i].rules);
		assert_false(diag_failed(&f->u.sink));
	}
}

static void
test_np_peers(void **state)
{
	static const struct lowering_case cases[] = {
	    /* nobody named is everybody */
	    {NP("ingress: [{}]"), R("in", " from {}: any")},
	    {NP("ingress: [{from: []}]"), R("in", " from {}: any")},
	    {NP("egress: [{to: []}], policyTypes: [Egress]"),
		R("out", " to {}: any")},
	    /* one rule a peer, each with all ports */
	    {NP("ingress: [{from: [{podSelector: {}}, {namespaceSelector: {}}],"
		" ports: [{port: 80}, {port: 81}]}]"),
		R("in", " from {" LOCAL "," SHOP "}: tcp/80 tcp/81")
		    R("in", " from {" LOCAL "," NS "}: tcp/80 tcp/81")},
	    /* scopes */
	    {FROM("{podSelector: {matchLabels: {app: db}}}"),
		R("in", " from {k8s:app=db," LOCAL "," SHOP "}: any")},
	    {TO("{podSelector: {matchExpressions: "
		"[{key: app, operator: NotIn, values: [b, a]}]}}"),
		R("out", " to {k8s:app notin (a,b)," LOCAL "," SHOP "}: any")},
	    {FROM("{namespaceSelector: {matchLabels: {team: red}}}"),
		R("in", " from {" LABEL("team=red") "," LOCAL "}: any")},
	    {FROM("{namespaceSelector: {matchExpressions: ["
		  "{key: env, operator: In, values: [qa, dev]}, "
		  "{key: old, operator: DoesNotExist}]}}"),
		R("in",
		    " from {!" LABEL("old") "," LABEL(
			"env in (dev,qa)") "," LOCAL "}: any")},
	    {FROM("{namespaceSelector: {}, podSelector: {matchLabels: "
		  "{app: db}}}"),
		R("in", " from {k8s:app=db," LOCAL "," NS "}: any")},
	    {FROM("{namespaceSelector: {matchLabels: {team: red}}, "
		  "podSelector: {}}"),
		R("in", " from {" LABEL("team=red") "," LOCAL "}: any")},
	    /* a written cluster label stands for the local one */
	    {FROM("{podSelector: {matchLabels: "
		  "{io.cilium.k8s.policy.cluster: far}}}"),
		R("in",
		    " from {k8s:io.cilium.k8s.policy.cluster=far," SHOP
		    "}: any")},
	    {FROM("{namespaceSelector: {matchLabels: "
		  "{io.cilium.k8s.policy.cluster: x}}}"),
		R("in",
		    " from {" LABEL(
			"io.cilium.k8s.policy.cluster=x") "," LOCAL "}: any")},
	    /* prefixes, and no pods of the policy's namespace beside them */
	    {FROM("{ipBlock: {cidr: 10.1.2.3/8, except: [10.1.0.0/16]}}"),
		R("in", " from {!cidr:10.1.0.0/16,cidr:10.0.0.0/8}: any")},
	    {TO("{ipBlock: {cidr: 0.0.0.0/0}}, {ipBlock: {cidr: '::/0'}}"),
		R("out", " to {reserved:world-ipv4}: any")
		    R("out", " to {reserved:world-ipv6}: any")},
	};

	check_rules(*state, cases, COUNT(cases));
}

static void
test_np_ports(void **state)
{
	static const struct lowering_case cases[] = {
	    {PORTS(""), R("in", " from {}: any")},
	    {PORTS("{}"), R("in", " from {}: tcp")},
	    {PORTS("{protocol: SCTP}"), R("in", " from {}: sctp")},
	    {PORTS("{port: 80}"), R("in", " from {}: tcp/80")},
	    {PORTS("{port: 53, protocol: UDP}, {port: 53}"),
		R("in", " from {}: udp/53 tcp/53")},
	    {PORTS("{port: 8000, endPort: 9000}"),
		R("in", " from {}: tcp/8000-9000")},
	    {PORTS("{port: metrics, protocol: UDP}"),
		R("in", " from {}: udp/metrics")},
	};

	check_rules(*state, cases, COUNT(cases));
}

/* Which directions are closed; types never mask what is written. */
static void
test_np_types(void **state)
{
#define TYPES(t) "policyTypes: [" t "]"
	static const struct lowering_case cases[] = {
	    {NP_HEAD, R("in", "")},
	    {NP(""), R("in", "")},
	    {NP("ingress: []"), R("in", "")},
	    {NP("egress: []"), R("in", "")},
	    {NP("egress: [{}]"), R("in", "") R("out", " to {}: any")},
	    {NP(TYPES("Ingress")), R("in", "")},
	    {NP(TYPES("Egress")), R("out", "")},
	    {NP(TYPES("Ingress, Egress")), R("in", "") R("out", "")},
	    {NP("ingress: [{}], " TYPES("Egress")),
		R("in", " from {}: any") R("out", "")},
	    {NP("ingress: [], " TYPES("Egress")), R("out", "")},
	    {NP("egress: [{}], " TYPES("Ingress")),
		R("in", "") R("out", " to {}: any")},
	    {NP("ingress: [{}], egress: [{}], " TYPES("Egress")),
		R("in", " from {}: any") R("out", " to {}: any")},
	};

	check_rules(*state, cases, COUNT(cases));
}

static void
test_np_subject(void **state)
{
#define SUBJECT(s) NP("podSelector: {" s "}")
#define ONLY(s) "in 200/0 allow closes {" s "}\n"
	static const struct lowering_case cases[] = {
	    {SUBJECT(""), ONLY(SHOP)},
	    {SUBJECT("matchLabels: {app: web}"), ONLY("k8s:app=web," SHOP)},
	    {SUBJECT("matchExpressions: [{key: app, operator: Exists}]"),
		ONLY("k8s:app," SHOP)},
	};

	check_rules(*state, cases, COUNT(cases));
}

/* A namespace label of a podSelector is overwritten, with a warning. */
static void
test_np_namespace_label(void **state)
{
#define OTHER "matchLabels: {io.kubernetes.pod.namespace: data}"
	static const struct {
		const char *yaml, *rules;
		uint32_t warnings;
	} cases[] = {
	    {NP("podSelector: {" OTHER "}"), R("in", ""), 1},
	    {FROM("{podSelector: {" OTHER "}}"),
		R("in", " from {" LOCAL "," SHOP "}: any"), 1},
	    {NP("podSelector: {matchLabels: "
		"{io.kubernetes.pod.namespace: shop}}"),
		R("in", ""), 0},
	    /* an expression is joined: nobody is in both */
	    {NP("podSelector: {matchExpressions: [{operator: In, "
		"key: io.kubernetes.pod.namespace, values: [data]}]}"),
		"in 200/0 allow closes {" NS " in (data)," SHOP "}\n", 0},
	    /* where the namespaces are selected, it is as written */
	    {FROM("{namespaceSelector: {}, podSelector: {" OTHER "}}"),
		R("in", " from {" LOCAL "," NS "," NS "=data}: any"), 0},
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < COUNT(cases); i++) {
		run(f, cases[i].yaml, PASS_IR);
		assert_string_equal(print_rules(&f->u.perm, &f->u.ir),
		    cases[i].rules);
		assert_int_equal(f->u.sink.v.n, cases[i].warnings);
		if (cases[i].warnings > 0)
			assert_string_equal(f->u.sink.v.v[0]->text,
			    "podSelector asks for namespace data; the "
			    "policy's own, shop, is used instead");
	}
}

/* Rules are where a reader looks for their reason. */
static void
test_np_places(void **state)
{
	static const struct {
		const char *yaml;
		unsigned line, column;
	} cases[] = {
	    {NP_HEAD "spec:\n  ingress:\n  - from:\n    - podSelector: {}\n", 7,
		7},
	    {NP_HEAD "spec:\n  ingress:\n  - ports: []\n", 6, 5},
	    {NP_HEAD "spec:\n  policyTypes:\n  - Egress\n", 6, 5},
	    {NP_HEAD "spec:\n  ingress: []\n", 5, 3},
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct place got;

		run(f, cases[i].yaml, PASS_IR);
		assert_int_equal(f->u.ir.rules.n, 1);
		got = source_place(&f->u.sources, f->u.ir.rules.v[0]->at);
		assert_int_equal(got.line, cases[i].line);
		assert_int_equal(got.col, cases[i].column);
	}
}

static void
test_kcnp_order(void **state)
{
#define ITEM(action) "{action: " action ", from: [{" EVERY "}]}"
#define ALL " {" NS "} from {" NS "}: any\n"
	static const struct lowering_case cases[] = {
	    {KCNP("Admin", "0", EVERY,
		 "ingress: [" ITEM("Accept") "," ITEM("Deny") "," ITEM(
		     "Pass") "]"),
		"in 100/0 allow" ALL "in 100/10 deny" ALL "in 100/20 pass" ALL},
	    {KCNP("Baseline", "1000", EVERY,
		 "ingress: [" ITEM("Deny") "," ITEM(
		     "Deny") "], "
			     "egress: [{action: Accept, to: [{" EVERY "}]}]"),
		"in 250/1000000 deny" ALL "in 250/1000010 deny" ALL
		"out 250/1000000 allow {" NS "} to {" NS "}: any\n"},
	    {KCNP("Admin", "3", EVERY, "ingress: []"), ""},
	};

	check_rules(*state, cases, COUNT(cases));
}

static void
test_kcnp_subject(void **state)
{
#define ABOUT(s) KCNP("Admin", "7", s, "ingress: [" ITEM("Deny") "]")
#define DENIES(s) "in 100/7000 deny {" s "} from {" NS "}: any\n"
	static const struct lowering_case cases[] = {
	    {ABOUT("namespaces: {}"), DENIES(NS)},
	    {ABOUT("namespaces: {matchLabels: {team: red}}"),
		DENIES(LABEL("team=red"))},
	    {ABOUT("pods: {podSelector: {}}"), DENIES(NS)},
	    {ABOUT("pods: {namespaceSelector: {}, podSelector: "
		   "{matchLabels: {app: web}}}"),
		DENIES("k8s:app=web," NS)},
	    {ABOUT("pods: {namespaceSelector: {matchExpressions: "
		   "[{key: team, operator: In, values: [red]}]}, "
		   "podSelector: {matchLabels: {app: web}}}"),
		DENIES("k8s:app=web," LABEL("team in (red)"))},
	};

	check_rules(*state, cases, COUNT(cases));
}

static void
test_kcnp_peers(void **state)
{
	static const struct lowering_case cases[] = {
	    /* the peers of a rule stay together */
	    {K_FROM("{namespaces: {}}, {namespaces: {matchLabels: "
		    "{team: red}}}"),
		K("in", "allow",
		    " from {" NS "} {" LABEL("team=red") "}: any")},
	    /* pods are local; namespaces need not be pods: trap 35 */
	    {K_FROM("{pods: {podSelector: {matchLabels: {app: db}}}}"),
		K("in", "allow", " from {k8s:app=db," LOCAL "," NS "}: any")},
	    {K_FROM("{pods: {namespaceSelector: {matchLabels: {team: red}}, "
		    "podSelector: {matchLabels: "
		    "{io.cilium.k8s.policy.cluster: far}}}}"),
		K("in", "allow",
		    " from {" LABEL("team=red") ",k8s:io.cilium.k8s.policy."
						"cluster=far}: any")},
	    {K_FROM("{namespaces: {matchExpressions: "
		    "[{key: team, operator: NotIn, values: [red, blue]}]}}"),
		K("in", "allow",
		    " from {" LABEL("team notin (blue,red)") "}: any")},
	    {K_TO("Deny", "{networks: [10.0.0.0/8, 0.0.0.0/0, '::1/128']}"),
		K("out", "deny",
		    " to {cidr:10.0.0.0/8} {reserved:world-ipv4} "
		    "{cidr:::1/128}: any")},
	};

	check_rules(*state, cases, COUNT(cases));
}

static void
test_kcnp_protocols(void **state)
{
#define PORT(p) "{destinationPort: {" p "}}"
#define DENIED(p) K("in", "deny", " from {" NS "}: " p)
	static const struct lowering_case cases[] = {
	    {K_PORTS("{tcp: {}}"), DENIED("tcp")},
	    {K_PORTS("{tcp: " PORT("number: 80") "}, {udp: " PORT(
		 "number: 53") "}, {sctp: " PORT("number: 9") "}"),
		DENIED("tcp/80 udp/53 sctp/9")},
	    {K_PORTS("{udp: " PORT("range: {start: 1, end: 9}") "}"),
		DENIED("udp/1-9")},
	    /* trap 14: the name stays as written */
	    {K_PORTS("{destinationNamedPort: Http}"),
		DENIED("tcp/Http udp/Http sctp/Http")},
	};

	check_rules(*state, cases, COUNT(cases));
}

/* What the agent refuses, and what is not modelled. */
static void
test_findings(void **state)
{
	static const struct {
		const char *yaml, *told;
		enum object_status status;
	} cases[] = {
	    {FROM("{ipBlock: {cidr: 010.0.0.0/8}}"),
		"\"010.0.0.0/8\" is no CIDR to the agent",
		OBJECT_REJECTED_SANITIZE},
	    {TO("{ipBlock: {cidr: 10.0.0.0/8, except: [10.01.0.0/16]}}"),
		"\"10.01.0.0/16\" is no CIDR to the agent",
		OBJECT_REJECTED_SANITIZE},
	    {K_TO("Accept", "{networks: [10.0.0.0/08]}"),
		"\"10.0.0.0/08\" is no CIDR to the agent",
		OBJECT_REJECTED_SANITIZE},
	    {K_TO("Accept", "{nodes: {}}"),
		"node selectors are off in the agent's settings",
		OBJECT_REJECTED_SANITIZE},
	    {K_TO("Deny", "{domainNames: [a.example]}"),
		"domainNames in a rule with action Deny; they need Accept",
		OBJECT_REJECTED_SANITIZE},
	    {K_TO("Pass", "{domainNames: [a.example]}"),
		"domainNames in a rule with action Pass; they need Accept",
		OBJECT_REJECTED_SANITIZE},
	    {K_PORTS("{destinationNamedPort: '80'}"),
		"a port name that no container port can have is not modelled "
		"by this version of cnpc",
		OBJECT_UNSUPPORTED},
	    {ANP("Admin", "priority: 7"),
		"no Cilium agent reads AdminNetworkPolicy: the object has no "
		"effect",
		OBJECT_UNREAD},
	    {ANP("BaselineAdmin", ""),
		"no Cilium agent reads BaselineAdminNetworkPolicy: the object "
		"has no effect",
		OBJECT_UNREAD},
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < COUNT(cases); i++) {
		const struct object *o;

		run(f, cases[i].yaml, PASS_IR);
		assert_int_equal(f->u.objects.v.n, 1);
		o = f->u.objects.v.v[0];
		if (o->status != cases[i].status)
			print_error("of %s", cases[i].yaml);
		assert_int_equal(o->status, cases[i].status);
		assert_int_equal(f->u.sink.v.n, 1);
		assert_ptr_equal(o->why, f->u.sink.v.v[0]);
		assert_string_equal(o->why->text, cases[i].told);
		assert_int_equal(f->u.ir.rules.n, 0);
	}
}

/* Taken for the ClusterNetworkPolicy that says the same. */
static void
test_anp(void **state)
{
#define A(prio, verdict, rest) \
	"in " prio " " verdict " {" NS "} from {" NS "}: " rest "\n"
#define A_ITEM(action, rest) "{action: " action ", from: [{" EVERY "}]" rest "}"
	static const struct lowering_case cases[] = {
	    {ANP("Admin",
		 "priority: 7, ingress: [" A_ITEM("Allow",
		     "") "," A_ITEM("Deny", "") "," A_ITEM("Pass", "") "]"),
		A("100/7000", "allow", "any") A("100/7001", "deny", "any")
		    A("100/7002", "pass", "any")},
	    {ANP("BaselineAdmin",
		 "ingress: [" A_ITEM("Allow", "") "," A_ITEM("Deny", "") "]"),
		A("250/0", "allow", "any") A("250/1", "deny", "any")},
	    {ANP("Admin",
		 "priority: 0, ingress: [" A_ITEM("Deny",
		     ", ports: [{portNumber: {port: 80}}, "
		     "{portNumber: {protocol: UDP, port: 53}}, "
		     "{portRange: {start: 1, end: 9}}, "
		     "{portRange: {protocol: SCTP, start: 2, end: 8}}, "
		     "{namedPort: web}]") "]"),
		A("100/0", "deny",
		    "tcp/80 udp/53 tcp/1-9 sctp/2-8 tcp/web udp/web "
		    "sctp/web")},
	    {ANP("Admin",
		 "priority: 1, egress: [{action: Deny, to: "
		 "[{networks: [10.0.0.0/8]}, {pods: {namespaceSelector: {}, "
		 "podSelector: {matchLabels: {app: db}}}}]}]"),
		"out 100/1000 deny {" NS
		"} to {cidr:10.0.0.0/8} {k8s:app=db," LOCAL "," NS "}: any\n"},
	};
	struct fixture *f = *state;

	f->admin = true;
	check_rules(f, cases, COUNT(cases));
}

/* What would be refused of a ClusterNetworkPolicy. */
static void
test_anp_refused(void **state)
{
	struct fixture *f = *state;

	f->admin = true;
	run(f,
	    ANP("Admin",
		"priority: 1, egress: [{action: Pass, to: "
		"[{domainNames: [a.example]}]}]"),
	    PASS_IR);
	assert_int_equal(f->u.sink.v.n, 1);
	assert_string_equal(f->u.sink.v.v[0]->text,
	    "domainNames in a rule with action Pass; they need Allow");
	assert_int_equal(f->u.ir.rules.n, 0);
}

/*
 * Trap 48: a peer of unknown kind is skipped in an Accept and makes a Deny or
 * Pass a denial of everybody.  No manifest gets that far, so one is unmade.
 */
static void
test_kcnp_fails_closed(void **state)
{
#define TWO(action)                                                     \
	K_RULE("ingress", action,                                       \
	    "from: [{namespaces: {matchLabels: {a: b}}}, {" EVERY "}]", \
	    ", protocols: [{tcp: " PORT("number: 80") "}]")
	static const struct lowering_case cases[] = {
	    {TWO("Accept"),
		K("in", "allow", " from {" LABEL("a=b") "}: tcp/80")},
	    {TWO("Deny"), K("in", "deny", " from {}: tcp/80")},
	    {TWO("Pass"), K("in", "deny", " from {}: tcp/80")},
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < COUNT(cases); i++) {
		const struct ast_cluster_network_policy *p;
		struct ir ir;

		run(f, cases[i].yaml, PASS_SANITIZE);
		p = f->u.objects.v.v[0]->body;
		p->spec->ingress.v[0].peers.v[1].namespaces = NULL;
		ir_init(&ir, &f->u.perm, f->u.atoms, &f->u.opt.ir);
		ir_lower(&ir, &f->u.sink, &f->u.objects);
		assert_string_equal(print_rules(&f->u.perm, &ir),
		    cases[i].rules);
	}
}

#define POD(ns, name, ip, port)                                             \
	"apiVersion: v1\nkind: Pod\n"                                       \
	"metadata: {name: " name ", namespace: " ns ", labels: {app: " name \
	"}}\nspec: {containers: [{name: c, ports: [{name: http, "           \
	"containerPort: " port "}]}]}\nstatus: {podIP: " ip "}\n---\n"
#define CLUSTER                                                              \
	"apiVersion: v1\nkind: Namespace\n"                                  \
	"metadata: {name: shop, labels: {team: red}}\n---\n" POD("shop",     \
	    "web", "10.2.0.1", "8080") POD("shop", "db", "10.2.0.2", "8080") \
	    POD("data", "job", "10.2.0.3", "8080")
#define CNP(rules)                                              \
	"apiVersion: cilium.io/v2\nkind: CiliumNetworkPolicy\n" \
	"metadata: {name: c, namespace: shop}\n"                \
	"spec: {endpointSelector: {}, " rules "}\n---\n"

/* The identity of a pod "ns/name" or of a reserved label. */
static ident_idx_t
find_party(const struct world *w, const char *name)
{
	const char *slash = strchr(name, '/');
	ident_idx_t idx;

	if (slash) {
		struct str ns = {name, (size_t)(slash - name)};
		const struct endpoint *e =
		    world_find_endpoint(w, ns, str_of(slash + 1));

		assert_non_null(e);
		return e->ident;
	}
	assert_true(world_find_reserved(w, str_of(name), &idx));
	return idx;
}

/* TCP between shop/web and a peer, in a cluster of three pods. */
static void
test_verdicts(void **state)
{
#define ADMIN(rules) KCNP("Admin", "7", EVERY, rules)
#define BASELINE(rules) KCNP("Baseline", "7", EVERY, rules)
#define IN(action, peer) "ingress: [{action: " action ", from: [{" peer "}]}]"
#define DB "pods: {podSelector: {matchLabels: {app: db}}}"
#define NOT_RED                                                         \
	"namespaces: {matchExpressions: [{key: team, operator: NotIn, " \
	"values: [red]}]}"
	static const struct {
		const char *policies, *peer;
		enum direction dir;
		uint16_t port;
		enum pmap_verdict verdict;
	} cases[] = {
	    {"", "data/job", DIR_INGRESS, 80, PMAP_ALLOWED},
	    /* a prefix never admits pods, nor others: semantics.md 4.5 */
	    {FROM("{ipBlock: {cidr: 10.0.0.0/8}}"), "shop/db", DIR_INGRESS, 80,
		PMAP_NO_MATCH},
	    {FROM("{ipBlock: {cidr: 0.0.0.0/0}}"), "world-ipv4", DIR_INGRESS,
		80, PMAP_ALLOWED},
	    /* trap 14: names that are not in lower case match nothing */
	    {ADMIN("ingress: [{action: Deny, from: [{" EVERY "}], "
		   "protocols: [{destinationNamedPort: http}]}]"),
		"shop/db", DIR_INGRESS, 8080, PMAP_DENIED},
	    {ADMIN("ingress: [{action: Deny, from: [{" EVERY "}], "
		   "protocols: [{destinationNamedPort: Http}]}]"),
		"shop/db", DIR_INGRESS, 8080, PMAP_ALLOWED},
	    /* trap 24: Admin before CNP, CNP before Baseline */
	    {ADMIN(IN("Accept", DB))
		    CNP("ingressDeny: [{fromEntities: [all]}]"),
		"shop/db", DIR_INGRESS, 80, PMAP_ALLOWED},
	    {ADMIN(IN("Accept", DB))
		    CNP("ingressDeny: [{fromEntities: [all]}]"),
		"data/job", DIR_INGRESS, 80, PMAP_DENIED},
	    {BASELINE(IN("Accept", DB))
		    CNP("ingressDeny: [{fromEntities: [all]}]"),
		"shop/db", DIR_INGRESS, 80, PMAP_DENIED},
	    /* trap 25: Baseline before the implicit default deny */
	    {BASELINE(IN("Accept", DB)) NP(""), "shop/db", DIR_INGRESS, 80,
		PMAP_ALLOWED},
	    {BASELINE(IN("Accept", DB)) NP(""), "data/job", DIR_INGRESS, 80,
		PMAP_NO_MATCH},
	    /* a ClusterNetworkPolicy closes nothing by itself */
	    {ADMIN(IN("Accept", DB)), "data/job", DIR_INGRESS, 80,
		PMAP_ALLOWED},
	    /* trap 26: with a Pass rule the default deny is a denial */
	    {ADMIN(IN("Pass", DB)) NP(""), "data/job", DIR_INGRESS, 80,
		PMAP_DENIED},
	    {ADMIN(IN("Pass", DB)) FROM("{podSelector: {}}"), "shop/db",
		DIR_INGRESS, 80, PMAP_ALLOWED},
	    /* trap 27: types do not mask sections */
	    {NP("ingress: [{ports: [{port: 80}]}], policyTypes: [Egress]"),
		"shop/db", DIR_INGRESS, 80, PMAP_ALLOWED},
	    {NP("ingress: [{ports: [{port: 80}]}], policyTypes: [Egress]"),
		"shop/db", DIR_INGRESS, 81, PMAP_NO_MATCH},
	    {NP("policyTypes: [Egress]"), "shop/db", DIR_INGRESS, 80,
		PMAP_ALLOWED},
	    {NP("policyTypes: [Egress]"), "shop/db", DIR_EGRESS, 80,
		PMAP_NO_MATCH},
	    /* trap 35: NotIn of a namespaces peer holds for what is no pod */
	    {ADMIN(IN("Deny", NOT_RED)), "world-ipv4", DIR_INGRESS, 80,
		PMAP_DENIED},
	    {ADMIN(IN("Deny", NOT_RED)), "data/job", DIR_INGRESS, 80,
		PMAP_DENIED},
	    {ADMIN(IN("Deny", NOT_RED)), "shop/db", DIR_INGRESS, 80,
		PMAP_ALLOWED},
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < COUNT(cases); i++) {
		const struct world *w = &f->u.world;
		const struct pmap_direction *direction;
		struct pmap_result got;
		char yaml[4096];

		snprintf(yaml, sizeof(yaml), "%s%s", CLUSTER,
		    cases[i].policies);
		run(f, yaml, PASSES);
		assert_true(unit_ran(&f->u, PASS_PMAP));
		assert_false(diag_failed(&f->u.sink));
		direction =
		    pmap_class_of(&f->u.pmaps, find_party(w, "shop/web"))
			->direction[cases[i].dir];
		got = pmap_lookup(direction, find_party(w, cases[i].peer), 6,
		    cases[i].port);
		if (got.verdict != cases[i].verdict)
			print_error("of case %zu\n%s", i, cases[i].policies);
		assert_int_equal(got.verdict, cases[i].verdict);
	}
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
	    TEST(test_np_peers),
	    TEST(test_np_ports),
	    TEST(test_np_types),
	    TEST(test_np_subject),
	    TEST(test_np_namespace_label),
	    TEST(test_np_places),
	    TEST(test_kcnp_order),
	    TEST(test_kcnp_subject),
	    TEST(test_kcnp_peers),
	    TEST(test_kcnp_protocols),
	    TEST(test_findings),
	    TEST(test_anp),
	    TEST(test_anp_refused),
	    TEST(test_kcnp_fails_closed),
	    TEST(test_verdicts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
