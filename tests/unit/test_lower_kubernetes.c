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

#include "cilium/proto.h"
#include "compile.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

#define CLUSTER_NETWORK_POLICY(spec)                            \
	"---\n{apiVersion: policy.networking.k8s.io/v1alpha2, " \
	"kind: ClusterNetworkPolicy, metadata: {name: k}, "     \
	"spec: {" spec "}}\n"
#define ADMIN "tier: Admin, priority: 7, subject: {namespaces: {}}, "
#define BASELINE "tier: Baseline, priority: 7, subject: {namespaces: {}}, "

/* The forerunners of ClusterNetworkPolicy. */
#define ADMIN_POLICY(kind, spec)                                \
	"---\n{apiVersion: policy.networking.k8s.io/v1alpha1, " \
	"kind: " kind ", metadata: {name: default}, "           \
	"spec: {subject: {namespaces: {}}, " spec "}}\n"

/* Forms of a manifest: a case says what comes in place of %s. */
static const char np[] = NETWORK_POLICY("shop", "p", "%s");
static const char np_text[] = "apiVersion: networking.k8s.io/v1\n"
			      "kind: NetworkPolicy\n"
			      "metadata: {name: p, namespace: shop}\n"
			      "%s";
static const char np_from[] =
    NETWORK_POLICY("shop", "p", "ingress: [{from: [%s]}]");
static const char np_to[] =
    NETWORK_POLICY("shop", "p", "egress: [{to: [%s]}], policyTypes: [Egress]");
static const char np_ports[] =
    NETWORK_POLICY("shop", "p", "ingress: [{ports: [%s]}]");
static const char k[] = CLUSTER_NETWORK_POLICY("%s");
static const char k_for[] = CLUSTER_NETWORK_POLICY(
    "tier: Admin, priority: 7, subject: {%s}, "
    "ingress: [{action: Deny, from: [{namespaces: {}}]}]");
static const char k_from[] =
    CLUSTER_NETWORK_POLICY(ADMIN "ingress: [{action: Accept, from: [%s]}]");
static const char k_to[] =
    CLUSTER_NETWORK_POLICY(ADMIN "egress: [{action: %s}]");
static const char k_ports[] = CLUSTER_NETWORK_POLICY(ADMIN
    "ingress: [{action: Deny, from: [{namespaces: {}}], protocols: [%s]}]");
static const char anp[] = ADMIN_POLICY("AdminNetworkPolicy", "%s");
static const char banp[] = ADMIN_POLICY("BaselineAdminNetworkPolicy", "%s");

/* Lowers the manifest FORM with WHAT in it; ADMIN: --admin-network-policy. */
static void
lower(struct unit *u, const char *form, const char *what, bool admin)
{
	struct unit_options opt;
	struct arena a = {0};

	unit_options_default(&opt);
	opt.stop_after = PASS_IR;
	opt.ir.admin_network_policy = admin;
	compile(u, &opt, arena_printf(&a, form, what));
	arena_free(&a);
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

/* A selector, in which the labels that Cilium adds have short names. */
static void
print_selector(struct buf *b, const struct ir_selector *selector)
{
	static const struct {
		const char *label, *name;
	} names[] = {
	    {"k8s:io.cilium.k8s.policy.cluster=default", "local"},
	    {"k8s:io.cilium.k8s.namespace.labels.", "ns."},
	    {"k8s:io.kubernetes.pod.namespace", "ns"},
	};
	const char *text = selector->text.s;

	buf_putc(b, '{');
	while (*text) {
		size_t i = 0;

		while (i < COUNT(names) &&
		    !str_starts(str_of(text), str_of(names[i].label)))
			i++;
		if (i < COUNT(names)) {
			buf_puts(b, names[i].name);
			text += strlen(names[i].label);
		} else {
			buf_putc(b, *text++);
		}
	}
	buf_putc(b, '}');
}

/* "in 200/0 allow closes {subject} from {peer} {peer}: tcp/80 udp/53-54" */
static const char *
print_rules(struct arena *a, const struct ir *ir)
{
	struct buf b;

	buf_init(&b, a);
	VEC_FOREACH (rule, &ir->rules) {
		const struct ir_rule *r = *rule;
		bool in = r->dir == DIR_INGRESS;

		buf_printf(&b, "%s %u/%u %s%s ", in ? "in" : "out", r->tier,
		    r->priority, ir_verdict_name(r->verdict),
		    r->default_deny ? " closes" : "");
		print_selector(&b, r->subject);
		if (r->npeers > 0)
			buf_puts(&b, in ? " from" : " to");
		for (uint32_t i = 0; i < r->npeers; i++) {
			buf_putc(&b, ' ');
			print_selector(&b, r->peers[i].selector);
		}
		for (uint32_t i = 0; i < r->nports; i++) {
			buf_puts(&b, i == 0 ? ":" : "");
			print_port(&b, ir, &r->ports[i]);
		}
		buf_putc(&b, '\n');
	}
	return buf_as_str(&b).s;
}

/* Policies and what they become. */
struct lowering_case {
	const char *form, *what;
	const char *rules;
};

static void
check_rules(const struct lowering_case *cases, size_t n, bool admin)
{
	for (size_t i = 0; i < n; i++) {
		const char *got;
		struct unit u;

		lower(&u, cases[i].form, cases[i].what, admin);
		got = print_rules(&u.perm, &u.ir);
		if (strcmp(got, cases[i].rules) != 0 || diag_failed(&u.sink))
			print_error("of %s", cases[i].what);
		assert_string_equal(got, cases[i].rules);
		assert_false(diag_failed(&u.sink));
		unit_free(&u);
	}
}

static void
test_np_peers(void **state)
{
	static const struct lowering_case cases[] = {
	    /* nobody named is everybody */
	    {np, "ingress: [{}]",
		"in 200/0 allow closes {ns=shop} from {}: any\n"},
	    {np, "ingress: [{from: []}]",
		"in 200/0 allow closes {ns=shop} from {}: any\n"},
	    {np, "egress: [{to: []}], policyTypes: [Egress]",
		"out 200/0 allow closes {ns=shop} to {}: any\n"},
	    /* one rule a peer, each with all ports */
	    {np,
		"ingress: [{from: [{podSelector: {}}, {namespaceSelector: "
		"{}}], ports: [{port: 80}, {port: 81}]}]",
		"in 200/0 allow closes {ns=shop} from {local,ns=shop}: tcp/80 "
		"tcp/81\n"
		"in 200/0 allow closes {ns=shop} from {local,ns}: tcp/80 "
		"tcp/81\n"},
	    /* scopes */
	    {np_from, "{podSelector: {matchLabels: {app: db}}}",
		"in 200/0 allow closes {ns=shop} from "
		"{k8s:app=db,local,ns=shop}: any\n"},
	    {np_to,
		"{podSelector: {matchExpressions: [{key: app, operator: NotIn, "
		"values: [b, a]}]}}",
		"out 200/0 allow closes {ns=shop} to {k8s:app notin "
		"(a,b),local,ns=shop}: any\n"},
	    {np_from, "{namespaceSelector: {matchLabels: {team: red}}}",
		"in 200/0 allow closes {ns=shop} from {ns.team=red,local}: "
		"any\n"},
	    {np_from,
		"{namespaceSelector: {matchExpressions: [{key: env, operator: "
		"In, values: [qa, dev]}, {key: old, operator: DoesNotExist}]}}",
		"in 200/0 allow closes {ns=shop} from {!ns.old,ns.env in "
		"(dev,qa),local}: any\n"},
	    {np_from,
		"{namespaceSelector: {}, podSelector: {matchLabels: {app: "
		"db}}}",
		"in 200/0 allow closes {ns=shop} from {k8s:app=db,local,ns}: "
		"any\n"},
	    {np_from,
		"{namespaceSelector: {matchLabels: {team: red}}, podSelector: "
		"{}}",
		"in 200/0 allow closes {ns=shop} from {ns.team=red,local}: "
		"any\n"},
	    /* a written cluster label takes the place of the local one */
	    {np_from,
		"{podSelector: {matchLabels: {io.cilium.k8s.policy.cluster: "
		"far}}}",
		"in 200/0 allow closes {ns=shop} from "
		"{k8s:io.cilium.k8s.policy.cluster=far,ns=shop}: any\n"},
	    {np_from,
		"{namespaceSelector: {matchLabels: "
		"{io.cilium.k8s.policy.cluster: x}}}",
		"in 200/0 allow closes {ns=shop} from "
		"{ns.io.cilium.k8s.policy.cluster=x,local}: any\n"},
	    /* prefixes, and no pods of the policy's namespace beside them */
	    {np_from, "{ipBlock: {cidr: 10.1.2.3/8, except: [10.1.0.0/16]}}",
		"in 200/0 allow closes {ns=shop} from "
		"{!cidr:10.1.0.0/16,cidr:10.0.0.0/8}: any\n"},
	    {np_to, "{ipBlock: {cidr: 0.0.0.0/0}}, {ipBlock: {cidr: '::/0'}}",
		"out 200/0 allow closes {ns=shop} to {reserved:world-ipv4}: "
		"any\n"
		"out 200/0 allow closes {ns=shop} to {reserved:world-ipv6}: "
		"any\n"},
	};

	check_rules(cases, COUNT(cases), false);
}

static void
test_np_ports(void **state)
{
	static const struct lowering_case cases[] = {
	    {np_ports, "", "in 200/0 allow closes {ns=shop} from {}: any\n"},
	    {np_ports, "{}", "in 200/0 allow closes {ns=shop} from {}: tcp\n"},
	    {np_ports, "{protocol: SCTP}",
		"in 200/0 allow closes {ns=shop} from {}: sctp\n"},
	    {np_ports, "{port: 80}",
		"in 200/0 allow closes {ns=shop} from {}: tcp/80\n"},
	    {np_ports, "{port: 53, protocol: UDP}, {port: 53}",
		"in 200/0 allow closes {ns=shop} from {}: udp/53 tcp/53\n"},
	    {np_ports, "{port: 8000, endPort: 9000}",
		"in 200/0 allow closes {ns=shop} from {}: tcp/8000-9000\n"},
	    {np_ports, "{port: metrics, protocol: UDP}",
		"in 200/0 allow closes {ns=shop} from {}: udp/metrics\n"},
	};

	check_rules(cases, COUNT(cases), false);
}

/* Which directions are closed; types never mask what is written. */
static void
test_np_types(void **state)
{
	static const struct lowering_case cases[] = {
	    {np_text, "", "in 200/0 allow closes {ns=shop}\n"},
	    {np, "", "in 200/0 allow closes {ns=shop}\n"},
	    {np, "ingress: []", "in 200/0 allow closes {ns=shop}\n"},
	    {np, "egress: []", "in 200/0 allow closes {ns=shop}\n"},
	    {np, "egress: [{}]",
		"in 200/0 allow closes {ns=shop}\n"
		"out 200/0 allow closes {ns=shop} to {}: any\n"},
	    {np, "policyTypes: [Ingress]", "in 200/0 allow closes {ns=shop}\n"},
	    {np, "policyTypes: [Egress]", "out 200/0 allow closes {ns=shop}\n"},
	    {np, "policyTypes: [Ingress, Egress]",
		"in 200/0 allow closes {ns=shop}\n"
		"out 200/0 allow closes {ns=shop}\n"},
	    {np, "ingress: [{}], policyTypes: [Egress]",
		"in 200/0 allow closes {ns=shop} from {}: any\n"
		"out 200/0 allow closes {ns=shop}\n"},
	    {np, "ingress: [], policyTypes: [Egress]",
		"out 200/0 allow closes {ns=shop}\n"},
	    {np, "egress: [{}], policyTypes: [Ingress]",
		"in 200/0 allow closes {ns=shop}\n"
		"out 200/0 allow closes {ns=shop} to {}: any\n"},
	    {np, "ingress: [{}], egress: [{}], policyTypes: [Egress]",
		"in 200/0 allow closes {ns=shop} from {}: any\n"
		"out 200/0 allow closes {ns=shop} to {}: any\n"},
	};

	check_rules(cases, COUNT(cases), false);
}

static void
test_np_subject(void **state)
{
	static const struct lowering_case cases[] = {
	    {np, "podSelector: {}", "in 200/0 allow closes {ns=shop}\n"},
	    {np, "podSelector: {matchLabels: {app: web}}",
		"in 200/0 allow closes {k8s:app=web,ns=shop}\n"},
	    {np,
		"podSelector: {matchExpressions: [{key: app, operator: "
		"Exists}]}",
		"in 200/0 allow closes {k8s:app,ns=shop}\n"},
	};

	check_rules(cases, COUNT(cases), false);
}

/* A namespace label of a podSelector is overwritten, with a warning. */
static void
test_np_namespace_label(void **state)
{
	static const struct {
		const char *form, *what, *rules;
		uint32_t warnings;
	} cases[] = {
	    {np,
		"podSelector: {matchLabels: {io.kubernetes.pod.namespace: "
		"data}}",
		"in 200/0 allow closes {ns=shop}\n", 1},
	    {np_from,
		"{podSelector: {matchLabels: {io.kubernetes.pod.namespace: "
		"data}}}",
		"in 200/0 allow closes {ns=shop} from {local,ns=shop}: any\n",
		1},
	    {np,
		"podSelector: {matchLabels: {io.kubernetes.pod.namespace: "
		"shop}}",
		"in 200/0 allow closes {ns=shop}\n", 0},
	    /* an expression is joined: nobody is in both */
	    {np,
		"podSelector: {matchExpressions: [{operator: In, key: "
		"io.kubernetes.pod.namespace, values: [data]}]}",
		"in 200/0 allow closes {ns in (data),ns=shop}\n", 0},
	    /* where the namespaces are selected, it is as written */
	    {np_from,
		"{namespaceSelector: {}, podSelector: {matchLabels: "
		"{io.kubernetes.pod.namespace: data}}}",
		"in 200/0 allow closes {ns=shop} from {local,ns,ns=data}: "
		"any\n",
		0},
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct unit u;

		lower(&u, cases[i].form, cases[i].what, false);
		assert_string_equal(print_rules(&u.perm, &u.ir),
		    cases[i].rules);
		assert_int_equal(u.sink.v.n, cases[i].warnings);
		if (cases[i].warnings > 0)
			assert_string_equal(u.sink.v.v[0]->text,
			    "podSelector asks for namespace data; the "
			    "policy's own, shop, is used instead");
		unit_free(&u);
	}
}

/* Rules are where a reader looks for their reason. */
static void
test_np_places(void **state)
{
	static const struct {
		const char *spec;
		unsigned line, column;
	} cases[] = {
	    {"spec:\n  ingress:\n  - from:\n    - podSelector: {}\n", 7, 7},
	    {"spec:\n  ingress:\n  - ports: []\n", 6, 5},
	    {"spec:\n  policyTypes:\n  - Egress\n", 6, 5},
	    {"spec:\n  ingress: []\n", 5, 3},
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct place got;
		struct unit u;

		lower(&u, np_text, cases[i].spec, false);
		assert_int_equal(u.ir.rules.n, 1);
		got = source_place(&u.sources, u.ir.rules.v[0]->at);
		assert_int_equal(got.line, cases[i].line);
		assert_int_equal(got.col, cases[i].column);
		unit_free(&u);
	}
}

static void
test_kcnp_order(void **state)
{
	static const struct lowering_case cases[] = {
	    {k,
		"tier: Admin, priority: 0, subject: {namespaces: {}}, ingress: "
		"[{action: Accept, from: [{namespaces: {}}]},{action: Deny, "
		"from: [{namespaces: {}}]},{action: Pass, from: [{namespaces: "
		"{}}]}]",
		"in 100/0 allow {ns} from {ns}: any\n"
		"in 100/10 deny {ns} from {ns}: any\n"
		"in 100/20 pass {ns} from {ns}: any\n"},
	    {k,
		"tier: Baseline, priority: 1000, subject: {namespaces: {}}, "
		"ingress: [{action: Deny, from: [{namespaces: {}}]},{action: "
		"Deny, from: [{namespaces: {}}]}], egress: [{action: Accept, "
		"to: [{namespaces: {}}]}]",
		"in 250/1000000 deny {ns} from {ns}: any\n"
		"in 250/1000010 deny {ns} from {ns}: any\n"
		"out 250/1000000 allow {ns} to {ns}: any\n"},
	    {k,
		"tier: Admin, priority: 3, subject: {namespaces: {}}, ingress: "
		"[]",
		""},
	};

	check_rules(cases, COUNT(cases), false);
}

static void
test_kcnp_subject(void **state)
{
	static const struct lowering_case cases[] = {
	    {k_for, "namespaces: {}", "in 100/7000 deny {ns} from {ns}: any\n"},
	    {k_for, "namespaces: {matchLabels: {team: red}}",
		"in 100/7000 deny {ns.team=red} from {ns}: any\n"},
	    {k_for, "pods: {podSelector: {}}",
		"in 100/7000 deny {ns} from {ns}: any\n"},
	    {k_for,
		"pods: {namespaceSelector: {}, podSelector: {matchLabels: "
		"{app: web}}}",
		"in 100/7000 deny {k8s:app=web,ns} from {ns}: any\n"},
	    {k_for,
		"pods: {namespaceSelector: {matchExpressions: [{key: team, "
		"operator: In, values: [red]}]}, podSelector: {matchLabels: "
		"{app: web}}}",
		"in 100/7000 deny {k8s:app=web,ns.team in (red)} from {ns}: "
		"any\n"},
	};

	check_rules(cases, COUNT(cases), false);
}

static void
test_kcnp_peers(void **state)
{
	static const struct lowering_case cases[] = {
	    /* the peers of a rule stay together */
	    {k_from,
		"{namespaces: {}}, {namespaces: {matchLabels: {team: red}}}",
		"in 100/7000 allow {ns} from {ns} {ns.team=red}: any\n"},
	    /* pods are local; namespaces need not be pods: trap 35 */
	    {k_from, "{pods: {podSelector: {matchLabels: {app: db}}}}",
		"in 100/7000 allow {ns} from {k8s:app=db,local,ns}: any\n"},
	    {k_from,
		"{pods: {namespaceSelector: {matchLabels: {team: red}}, "
		"podSelector: {matchLabels: {io.cilium.k8s.policy.cluster: "
		"far}}}}",
		"in 100/7000 allow {ns} from "
		"{ns.team=red,k8s:io.cilium.k8s.policy.cluster=far}: any\n"},
	    {k_from,
		"{namespaces: {matchExpressions: [{key: team, operator: NotIn, "
		"values: [red, blue]}]}}",
		"in 100/7000 allow {ns} from {ns.team notin (blue,red)}: "
		"any\n"},
	    {k_to, "Deny, to: [{networks: [10.0.0.0/8, 0.0.0.0/0, '::1/128']}]",
		"out 100/7000 deny {ns} to {cidr:10.0.0.0/8} "
		"{reserved:world-ipv4} {cidr:::1/128}: any\n"},
	};

	check_rules(cases, COUNT(cases), false);
}

static void
test_kcnp_protocols(void **state)
{
	static const struct lowering_case cases[] = {
	    {k_ports, "{tcp: {}}", "in 100/7000 deny {ns} from {ns}: tcp\n"},
	    {k_ports,
		"{tcp: {destinationPort: {number: 80}}}, {udp: "
		"{destinationPort: {number: 53}}}, {sctp: {destinationPort: "
		"{number: 9}}}",
		"in 100/7000 deny {ns} from {ns}: tcp/80 udp/53 sctp/9\n"},
	    {k_ports, "{udp: {destinationPort: {range: {start: 1, end: 9}}}}",
		"in 100/7000 deny {ns} from {ns}: udp/1-9\n"},
	    /* trap 14: the name stays as written */
	    {k_ports, "{destinationNamedPort: Http}",
		"in 100/7000 deny {ns} from {ns}: tcp/Http udp/Http "
		"sctp/Http\n"},
	};

	check_rules(cases, COUNT(cases), false);
}

/* What the agent refuses, and what is not modelled. */
static void
test_findings(void **state)
{
	static const struct {
		const char *form, *what, *told;
		enum object_status status;
	} cases[] = {
	    {np_from, "{ipBlock: {cidr: 010.0.0.0/8}}",
		"\"010.0.0.0/8\" is no CIDR to the agent",
		OBJECT_REJECTED_SANITIZE},
	    {np_to, "{ipBlock: {cidr: 10.0.0.0/8, except: [10.01.0.0/16]}}",
		"\"10.01.0.0/16\" is no CIDR to the agent",
		OBJECT_REJECTED_SANITIZE},
	    {k_to, "Accept, to: [{networks: [10.0.0.0/08]}]",
		"\"10.0.0.0/08\" is no CIDR to the agent",
		OBJECT_REJECTED_SANITIZE},
	    {k_to, "Accept, to: [{nodes: {}}]",
		"node selectors are off unless the agent's settings say "
		"otherwise, and these are not in the input",
		OBJECT_OPEN},
	    {k_to, "Deny, to: [{domainNames: [a.example]}]",
		"domainNames in a rule with action Deny; they need Accept",
		OBJECT_REJECTED_SANITIZE},
	    {k_to, "Pass, to: [{domainNames: [a.example]}]",
		"domainNames in a rule with action Pass; they need Accept",
		OBJECT_REJECTED_SANITIZE},
	    {k_ports, "{destinationNamedPort: '80'}",
		"a port name that no container port can have is not modelled "
		"by this version of cnpc",
		OBJECT_UNSUPPORTED},
	    {anp, "priority: 7",
		"no Cilium agent reads AdminNetworkPolicy: the object has no "
		"effect",
		OBJECT_UNREAD},
	    {banp, "",
		"no Cilium agent reads BaselineAdminNetworkPolicy: the object "
		"has no effect",
		OBJECT_UNREAD},
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		const struct object *o;
		struct unit u;

		lower(&u, cases[i].form, cases[i].what, false);
		assert_int_equal(u.objects.v.n, 1);
		o = u.objects.v.v[0];
		if (o->status != cases[i].status)
			print_error("of %s", cases[i].what);
		assert_int_equal(o->status, cases[i].status);
		assert_int_equal(u.sink.v.n, 1);
		assert_ptr_equal(o->why, u.sink.v.v[0]);
		assert_string_equal(o->why->text, cases[i].told);
		assert_int_equal(u.ir.rules.n, 0);
		unit_free(&u);
	}
}

/* Taken for the ClusterNetworkPolicy that says the same. */
static void
test_anp(void **state)
{
	static const struct lowering_case cases[] = {
	    {anp,
		"priority: 7, ingress: [{action: Allow, from: [{namespaces: "
		"{}}]},{action: Deny, from: [{namespaces: {}}]},{action: Pass, "
		"from: [{namespaces: {}}]}]",
		"in 100/7000 allow {ns} from {ns}: any\n"
		"in 100/7001 deny {ns} from {ns}: any\n"
		"in 100/7002 pass {ns} from {ns}: any\n"},
	    {banp,
		"ingress: [{action: Allow, from: [{namespaces: {}}]},{action: "
		"Deny, from: [{namespaces: {}}]}]",
		"in 250/0 allow {ns} from {ns}: any\n"
		"in 250/1 deny {ns} from {ns}: any\n"},
	    {anp,
		"priority: 0, ingress: [{action: Deny, from: [{namespaces: "
		"{}}], ports: [{portNumber: {port: 80}}, {portNumber: "
		"{protocol: UDP, port: 53}}, {portRange: {start: 1, end: 9}}, "
		"{portRange: {protocol: SCTP, start: 2, end: 8}}, {namedPort: "
		"web}]}]",
		"in 100/0 deny {ns} from {ns}: tcp/80 udp/53 tcp/1-9 sctp/2-8 "
		"tcp/web udp/web sctp/web\n"},
	    {anp,
		"priority: 1, egress: [{action: Deny, to: [{networks: "
		"[10.0.0.0/8]}, {pods: {namespaceSelector: {}, podSelector: "
		"{matchLabels: {app: db}}}}]}]",
		"out 100/1000 deny {ns} to {cidr:10.0.0.0/8} "
		"{k8s:app=db,local,ns}: any\n"},
	};

	check_rules(cases, COUNT(cases), true);
}

/* What would be refused of a ClusterNetworkPolicy. */
static void
test_anp_refused(void **state)
{
	struct unit u;

	lower(&u, anp,
	    "priority: 1, egress: [{action: Pass, to: "
	    "[{domainNames: [a.example]}]}]",
	    true);
	assert_int_equal(u.sink.v.n, 1);
	assert_string_equal(u.sink.v.v[0]->text,
	    "domainNames in a rule with action Pass; they need Allow");
	assert_int_equal(u.ir.rules.n, 0);
	unit_free(&u);
}

/*
 * Trap 48: a peer of unknown kind is skipped in an Accept and makes a Deny or
 * Pass a denial of everybody.  No manifest gets that far, so one is unmade.
 */
static void
test_kcnp_fails_closed(void **state)
{
	static const char form[] = CLUSTER_NETWORK_POLICY(
	    ADMIN "ingress: [{action: %s, from: [{namespaces: {matchLabels: "
		  "{a: b}}}, {namespaces: {}}], "
		  "protocols: [{tcp: {destinationPort: {number: 80}}}]}]");
	static const struct {
		const char *action, *rules;
	} cases[] = {
	    {"Accept", "in 100/7000 allow {ns} from {ns.a=b}: tcp/80\n"},
	    {"Deny", "in 100/7000 deny {ns} from {}: tcp/80\n"},
	    {"Pass", "in 100/7000 deny {ns} from {}: tcp/80\n"},
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		const struct ast_cluster_network_policy *p;
		struct unit u;
		struct ir ir;

		lower(&u, form, cases[i].action, false);
		p = u.objects.v.v[0]->body;
		p->spec->ingress.v[0].peers.v[1].namespaces = NULL;
		ir_init(&ir, &u.perm, u.atoms, &u.opt.ir);
		ir_lower(&ir, &u.sink, &u.objects);
		assert_string_equal(print_rules(&u.perm, &ir), cases[i].rules);
		unit_free(&u);
	}
}

/* Policies of the verdicts below. */
#define CLUSTER                                               \
	NAMESPACE("shop", "team: red")                        \
	POD("shop", "db", "10.2.0.2")                         \
	POD("data", "job", "10.2.0.3")                        \
	"---\n{apiVersion: v1, kind: Pod, metadata: "         \
	"{namespace: shop, "                                  \
	"name: web, labels: {app: web}}, spec: {containers: " \
	"[{name: c, "                                         \
	"ports: [{name: http, containerPort: 8080}]}]}, "     \
	"status: {podIP: 10.2.0.1}}\n"
#define DB "pods: {podSelector: {matchLabels: {app: db}}}"
#define NOT_RED                                                         \
	"namespaces: {matchExpressions: [{key: team, operator: NotIn, " \
	"values: [red]}]}"
#define RULE(action, peer) "ingress: [{action: " action ", from: [{" peer "}]}]"

static const char admin_accepts_db[] =
    CLUSTER_NETWORK_POLICY(ADMIN RULE("Accept", DB));
static const char admin_passes_db[] =
    CLUSTER_NETWORK_POLICY(ADMIN RULE("Pass", DB));
static const char admin_denies_others[] =
    CLUSTER_NETWORK_POLICY(ADMIN RULE("Deny", NOT_RED));
static const char admin_denies_http[] = CLUSTER_NETWORK_POLICY(
    ADMIN "ingress: [{action: Deny, from: [{namespaces: {}}], "
	  "protocols: [{destinationNamedPort: http}]}]");
static const char admin_denies_upper_case[] = CLUSTER_NETWORK_POLICY(
    ADMIN "ingress: [{action: Deny, from: [{namespaces: {}}], "
	  "protocols: [{destinationNamedPort: Http}]}]");
static const char baseline_accepts_db[] =
    CLUSTER_NETWORK_POLICY(BASELINE RULE("Accept", DB));
static const char cnp_denies_all[] = CILIUM_POLICY("shop", "c",
    "endpointSelector: {}, ingressDeny: [{fromEntities: [all]}]");
static const char np_allows_nobody[] = NETWORK_POLICY("shop", "p", "");
static const char np_allows_shop[] =
    NETWORK_POLICY("shop", "p", "ingress: [{from: [{podSelector: {}}]}]");
static const char np_allows_prefix[] = NETWORK_POLICY("shop", "p",
    "ingress: [{from: [{ipBlock: {cidr: 10.0.0.0/8}}]}]");
static const char np_allows_world[] = NETWORK_POLICY("shop", "p",
    "ingress: [{from: [{ipBlock: {cidr: 0.0.0.0/0}}]}]");
static const char np_egress[] =
    NETWORK_POLICY("shop", "p", "policyTypes: [Egress]");
static const char np_egress_and_port[] = NETWORK_POLICY("shop", "p",
    "ingress: [{ports: [{port: 80}]}], policyTypes: [Egress]");

/* TCP between shop/web and a peer, in a cluster of three pods. */
static void
test_verdicts(void **state)
{
	static const struct {
		const char *policies[2];
		const char *peer;
		enum direction dir;
		uint16_t port;
		enum pmap_verdict verdict;
	} cases[] = {
	    {{NULL}, "data/job", DIR_INGRESS, 80, PMAP_ALLOWED},
	    /* a prefix never admits pods, nor others: semantics.md 4.5 */
	    {{np_allows_prefix}, "shop/db", DIR_INGRESS, 80, PMAP_NO_MATCH},
	    {{np_allows_world}, "world-ipv4", DIR_INGRESS, 80, PMAP_ALLOWED},
	    /* trap 14: names that are not in lower case match nothing */
	    {{admin_denies_http}, "shop/db", DIR_INGRESS, 8080, PMAP_DENIED},
	    {{admin_denies_upper_case}, "shop/db", DIR_INGRESS, 8080,
		PMAP_ALLOWED},
	    /* trap 24: Admin before CNP, CNP before Baseline */
	    {{admin_accepts_db, cnp_denies_all}, "shop/db", DIR_INGRESS, 80,
		PMAP_ALLOWED},
	    {{admin_accepts_db, cnp_denies_all}, "data/job", DIR_INGRESS, 80,
		PMAP_DENIED},
	    {{baseline_accepts_db, cnp_denies_all}, "shop/db", DIR_INGRESS, 80,
		PMAP_DENIED},
	    /* trap 25: Baseline before the implicit default deny */
	    {{baseline_accepts_db, np_allows_nobody}, "shop/db", DIR_INGRESS,
		80, PMAP_ALLOWED},
	    {{baseline_accepts_db, np_allows_nobody}, "data/job", DIR_INGRESS,
		80, PMAP_NO_MATCH},
	    /* a ClusterNetworkPolicy closes nothing by itself */
	    {{admin_accepts_db}, "data/job", DIR_INGRESS, 80, PMAP_ALLOWED},
	    /* trap 26: with a Pass rule the default deny is a denial */
	    {{admin_passes_db, np_allows_nobody}, "data/job", DIR_INGRESS, 80,
		PMAP_DENIED},
	    {{admin_passes_db, np_allows_shop}, "shop/db", DIR_INGRESS, 80,
		PMAP_ALLOWED},
	    /* trap 27: types do not mask sections */
	    {{np_egress_and_port}, "shop/db", DIR_INGRESS, 80, PMAP_ALLOWED},
	    {{np_egress_and_port}, "shop/db", DIR_INGRESS, 81, PMAP_NO_MATCH},
	    {{np_egress}, "shop/db", DIR_INGRESS, 80, PMAP_ALLOWED},
	    {{np_egress}, "shop/db", DIR_EGRESS, 80, PMAP_NO_MATCH},
	    /* trap 35: NotIn of a namespaces peer holds for what is no pod,
	     * aggregates among them, and so for everybody */
	    {{admin_denies_others}, "world-ipv4", DIR_INGRESS, 80, PMAP_DENIED},
	    {{admin_denies_others}, "data/job", DIR_INGRESS, 80, PMAP_DENIED},
	    {{admin_denies_others}, "shop/db", DIR_INGRESS, 80, PMAP_DENIED},
	};
	struct arena a = {0};

	for (size_t i = 0; i < COUNT(cases); i++) {
		const char *const *p = cases[i].policies;
		struct pmap_result got;
		struct unit u;

		compile_clean(&u, NULL,
		    arena_printf(&a, "%s%s%s", CLUSTER, p[0] ? p[0] : "",
			p[1] ? p[1] : ""));
		got =
		    pmap_lookup(compile_direction(&u, "shop/web", cases[i].dir),
			compile_ident(&u, cases[i].peer), 6, cases[i].port);
		if (got.verdict != cases[i].verdict)
			print_error("of case %zu\n", i);
		assert_int_equal(got.verdict, cases[i].verdict);
		unit_free(&u);
	}
	arena_free(&a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_np_peers),
	    cmocka_unit_test(test_np_ports),
	    cmocka_unit_test(test_np_types),
	    cmocka_unit_test(test_np_subject),
	    cmocka_unit_test(test_np_namespace_label),
	    cmocka_unit_test(test_np_places),
	    cmocka_unit_test(test_kcnp_order),
	    cmocka_unit_test(test_kcnp_subject),
	    cmocka_unit_test(test_kcnp_peers),
	    cmocka_unit_test(test_kcnp_protocols),
	    cmocka_unit_test(test_findings),
	    cmocka_unit_test(test_anp),
	    cmocka_unit_test(test_anp_refused),
	    cmocka_unit_test(test_kcnp_fails_closed),
	    cmocka_unit_test(test_verdicts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
