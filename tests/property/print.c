/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Manifests as people write them: blocks down to the element, its fields in
 * flow style.
 */
#include <string.h>

#include "world.h"

static const char *const enforcement_names[] = {"default", "always", "never"};
static const char *const op_names[] = {"In", "NotIn", "Exists", "DoesNotExist"};

/* The items of LIST with commas between them, each through PRINT(b, item). */
#define PRINT_ITEMS(b, list, print)                         \
	VEC_FOREACH (item, list) {                          \
		buf_puts(b, item == (list)->v ? "" : ", "); \
		print(b, item);                             \
	}

#define PRINT_LIST(b, list, print)          \
	do {                                \
		buf_putc(b, '[');           \
		PRINT_ITEMS(b, list, print) \
		buf_putc(b, ']');           \
	} while (0)

static void
print_word(struct buf *b, const char *const *s)
{
	buf_puts(b, *s);
}

static void
print_value(struct buf *b, const char *const *s)
{
	buf_printf(b, "'%s'", *s);
}

static void
print_label(struct buf *b, const struct toy_label *l)
{
	buf_printf(b, "\"%s\": \"%s\"", l->key, l->value);
}

static void
print_expr(struct buf *b, const struct toy_expr *e)
{
	buf_printf(b, "{key: \"%s\", operator: %s", e->key, op_names[e->op]);
	if (e->values.n > 0) {
		buf_puts(b, ", values: ");
		PRINT_LIST(b, &e->values, print_value);
	}
	buf_putc(b, '}');
}

static void
print_selector(struct buf *b, const struct toy_selector *s)
{
	buf_putc(b, '{');
	if (s->labels.n > 0) {
		buf_puts(b, "matchLabels: {");
		PRINT_ITEMS(b, &s->labels, print_label)
		buf_puts(b, s->exprs.n > 0 ? "}, " : "}");
	}
	if (s->exprs.n > 0) {
		buf_puts(b, "matchExpressions: ");
		PRINT_LIST(b, &s->exprs, print_expr);
	}
	buf_putc(b, '}');
}

static void
print_prefix(struct buf *b, const struct toy_prefix *p)
{
	buf_printf(b, "\"%s\"", toy_prefix_print(b->arena, p, false));
}

static void
print_cidr_rule(struct buf *b, const struct toy_cidr_rule *r)
{
	switch (r->kind) {
	case TOY_CIDR:
		buf_puts(b, "{cidr: ");
		print_prefix(b, &r->cidr);
		break;
	case TOY_GROUP_REF:
		buf_printf(b, "{cidrGroupRef: %s", r->group);
		break;
	case TOY_GROUP_SELECTOR:
		buf_puts(b, "{cidrGroupSelector: ");
		print_selector(b, &r->by_labels);
		break;
	}
	if (r->except.present) {
		buf_puts(b, ", except: ");
		PRINT_LIST(b, &r->except, print_prefix);
	}
	buf_putc(b, '}');
}

static void
print_port(struct buf *b, const struct toy_port *p)
{
	buf_printf(b, "{port: \"%s\"", p->port);
	if (p->end >= 0)
		buf_printf(b, ", endPort: %d", p->end);
	if (p->protocol)
		buf_printf(b, ", protocol: %s", p->protocol);
	buf_putc(b, '}');
}

static void
print_path(struct buf *b, const char *const *path)
{
	if (*path)
		buf_printf(b, "{path: \"%s\"}", *path);
	else
		buf_puts(b, "{}");
}

static void
print_fqdn(struct buf *b, const struct toy_fqdn *f)
{
	buf_printf(b, "{%s: \"%s\"}",
	    strchr(f->text, '*') ? "matchPattern" : "matchName", f->text);
}

static void
print_l7_rules(struct buf *b, const struct toy_port_rule *r)
{
	buf_puts(b, ", rules: {");
	if (r->http.present) {
		buf_puts(b, "http: ");
		PRINT_LIST(b, &r->http, print_path);
	} else {
		buf_puts(b, "dns: ");
		PRINT_LIST(b, &r->dns, print_fqdn);
	}
	buf_putc(b, '}');
}

static void
print_listener(struct buf *b, const struct toy_listener *l)
{
	buf_puts(b, ", listener: {envoyConfig: {");
	if (l->kind)
		buf_printf(b, "kind: %s, ", l->kind);
	buf_printf(b, "name: %s}, name: %s", l->name, l->name);
	if (l->priority > 0)
		buf_printf(b, ", priority: %u", l->priority);
	buf_putc(b, '}');
}

/* `ports: []` may be left out where it would be the only field. */
static void
print_port_rule(struct buf *b, const struct toy_port_rule *r)
{
	buf_putc(b, '{');
	if (r->ports.present || r->http.present || r->dns.present ||
	    r->listens || r->server_names.n > 0 || r->secret) {
		buf_puts(b, "ports: ");
		PRINT_LIST(b, &r->ports, print_port);
	}
	if (r->http.present || r->dns.present)
		print_l7_rules(b, r);
	if (r->server_names.n > 0) {
		buf_puts(b, ", serverNames: ");
		PRINT_LIST(b, &r->server_names, print_value);
	}
	if (r->secret)
		buf_printf(b, ", terminatingTLS: {secret: {name: %s}}",
		    r->secret);
	if (r->listens)
		print_listener(b, &r->listener);
	buf_putc(b, '}');
}

static void
print_service_ref(struct buf *b, const struct toy_service_ref *r)
{
	if (r->name) {
		buf_printf(b, "{k8sService: {serviceName: %s", r->name);
	} else {
		buf_puts(b, "{k8sServiceSelector: {selector: ");
		print_selector(b, &r->selector);
	}
	if (r->ns)
		buf_printf(b, ", namespace: %s", r->ns);
	buf_puts(b, "}}");
}

static void
print_icmp(struct buf *b, const struct toy_icmp *m)
{
	buf_putc(b, '{');
	if (m->family)
		buf_printf(b, "family: %s, ", m->family);
	buf_printf(b, "type: %s}", m->type);
}

static void
print_icmp_rule(struct buf *b, const struct toy_icmp_rule *r)
{
	buf_putc(b, '{');
	if (r->fields.present) {
		buf_puts(b, "fields: ");
		PRINT_LIST(b, &r->fields, print_icmp);
	}
	buf_putc(b, '}');
}

/* A block list's item: its first field comes after "- ". */
struct item {
	struct buf *b;
	const char *indent;
	bool begun;
};

static void
item_field(struct item *i, const char *prefix, const char *name)
{
	buf_printf(i->b, "%s%s%s%s: ", i->indent, i->begun ? "  " : "- ",
	    prefix, name);
	i->begun = true;
}

#define ITEM_LIST(i, prefix, name, list, print)  \
	do {                                     \
		if (!(list)->present)            \
			break;                   \
		item_field(i, prefix, name);     \
		PRINT_LIST((i)->b, list, print); \
		buf_putc((i)->b, '\n');          \
	} while (0)

static void
print_element(struct buf *b, const struct toy_element *e, const char *indent,
    const char *prefix)
{
	struct item i = {.b = b, .indent = indent};

	ITEM_LIST(&i, prefix, "Endpoints", &e->endpoints, print_selector);
	ITEM_LIST(&i, prefix, "Entities", &e->entities, print_word);
	ITEM_LIST(&i, prefix, "Nodes", &e->nodes, print_selector);
	ITEM_LIST(&i, prefix, "CIDR", &e->cidrs, print_prefix);
	ITEM_LIST(&i, prefix, "CIDRSet", &e->cidr_sets, print_cidr_rule);
	ITEM_LIST(&i, "", "toFQDNs", &e->fqdns, print_fqdn);
	ITEM_LIST(&i, "", "toServices", &e->services, print_service_ref);
	if (e->groups) {
		item_field(&i, prefix, "Groups");
		buf_puts(b, "[]\n");
	}
	if (e->auth) {
		item_field(&i, "", "authentication");
		buf_printf(b, "{mode: %s}\n", e->auth);
	}
	ITEM_LIST(&i, "", "toPorts", &e->ports, print_port_rule);
	ITEM_LIST(&i, "", "icmps", &e->icmps, print_icmp_rule);
	if (!i.begun)
		buf_printf(b, "%s- {}\n", indent);
}

static void
print_elements(struct buf *b, const struct toy_element *v, size_t n,
    bool present, const char *indent, const char *name, const char *prefix)
{
	if (!present)
		return;
	buf_printf(b, "%s%s:%s\n", indent, name, n == 0 ? " []" : "");
	for (size_t i = 0; i < n; i++)
		print_element(b, &v[i], indent, prefix);
}

static void
print_direction(struct buf *b, const struct toy_direction *s,
    const char *indent, enum toy_dir dir)
{
	bool in = dir == TOY_INGRESS;
	const char *prefix = in ? "from" : "to";

	print_elements(b, s->allow.v, s->allow.n, s->allow.present, indent,
	    in ? "ingress" : "egress", prefix);
	print_elements(b, s->deny.v, s->deny.n, s->deny.present, indent,
	    in ? "ingressDeny" : "egressDeny", prefix);
}

static void
print_default_deny(struct buf *b, const char *indent, const char *in,
    const char *out)
{
	if (!in && !out)
		return;
	buf_printf(b, "%senableDefaultDeny: {", indent);
	if (in)
		buf_printf(b, "ingress: %s", in);
	if (out)
		buf_printf(b, "%segress: %s", in ? ", " : "", out);
	buf_puts(b, "}\n");
}

/* The line of the subject begins with LEAD, the others with two blanks. */
static void
print_rule(struct buf *b, const struct toy_rule *r, const char *lead)
{
	const char *indent = "  ";

	buf_printf(b, "%s%sSelector: ", lead,
	    r->of_nodes ? "node" : "endpoint");
	print_selector(b, &r->subject);
	buf_putc(b, '\n');
	print_default_deny(b, indent, r->direction[TOY_INGRESS].default_deny,
	    r->direction[TOY_EGRESS].default_deny);
	print_direction(b, &r->direction[TOY_INGRESS], indent, TOY_INGRESS);
	print_direction(b, &r->direction[TOY_EGRESS], indent, TOY_EGRESS);
}

static void
print_policy(struct buf *b, const struct toy_policy *p)
{
	buf_printf(b, "---\napiVersion: cilium.io/v2\nkind: %s\n",
	    p->ns ? "CiliumNetworkPolicy" : "CiliumClusterwideNetworkPolicy");
	buf_printf(b, "metadata: {name: %s", p->name);
	if (p->ns)
		buf_printf(b, ", namespace: %s", p->ns);
	buf_puts(b, "}\n");
	VEC_FOREACH (r, &p->spec) {
		buf_puts(b, "spec:\n");
		print_rule(b, r, "  ");
	}
	if (p->specs.present)
		buf_printf(b, "specs:%s\n", p->specs.n == 0 ? " []" : "");
	VEC_FOREACH (r, &p->specs)
		print_rule(b, r, "- ");
}

static void
print_namespace(struct buf *b, const struct toy_namespace *ns)
{
	buf_printf(b,
	    "---\napiVersion: v1\nkind: Namespace\n"
	    "metadata: {name: %s, labels: {",
	    ns->name);
	PRINT_ITEMS(b, &ns->labels, print_label)
	buf_puts(b, "}}\n");
}

static void
print_address(struct buf *b, const struct toy_prefix *ip)
{
	const char *text = toy_prefix_print(b->arena, ip, false);

	buf_printf(b, "\"%.*s\"", (int)strcspn(text, "/"), text);
}

static void
print_ip(struct buf *b, const struct toy_prefix *ip)
{
	buf_puts(b, "{ip: ");
	print_address(b, ip);
	buf_putc(b, '}');
}

static void
print_pod_port(struct buf *b, const struct toy_pod_port *p)
{
	buf_printf(b, "{name: %s, containerPort: %u", p->name, p->number);
	if (p->protocol)
		buf_printf(b, ", protocol: %s", p->protocol);
	buf_putc(b, '}');
}

static void
print_pod(struct buf *b, const struct toy_pod *p)
{
	buf_printf(b,
	    "---\napiVersion: v1\nkind: Pod\n"
	    "metadata: {name: %s, namespace: %s, labels: {",
	    p->name, p->ns);
	PRINT_ITEMS(b, &p->labels, print_label)
	buf_puts(b, "}}\nspec:\n  containers: [{name: c, ports: ");
	PRINT_LIST(b, &p->ports, print_pod_port);
	buf_puts(b, "}]\n");
	if (p->host_network)
		buf_puts(b, "  hostNetwork: true\n");
	if (p->account)
		buf_printf(b, "  serviceAccountName: %s\n", p->account);
	buf_puts(b, "status: {podIPs: ");
	PRINT_LIST(b, &p->ips, print_ip);
	buf_puts(b, "}\n");
}

static void
print_identity_label(struct buf *b, const struct toy_label *l)
{
	buf_printf(b, "\"k8s:%s\": \"%s\"", l->key, l->value);
}

static void
print_identity(struct buf *b, const struct toy_identity *id)
{
	buf_printf(b,
	    "---\napiVersion: cilium.io/v2\nkind: CiliumIdentity\n"
	    "metadata: {name: \"%u\"}\nsecurity-labels: {",
	    id->number);
	PRINT_ITEMS(b, &id->labels, print_identity_label)
	buf_puts(b, "}\n");
}

static void
print_node_address(struct buf *b, const struct toy_prefix *ip)
{
	buf_puts(b, "{type: InternalIP, address: ");
	print_address(b, ip);
	buf_putc(b, '}');
}

static void
print_cilium_address(struct buf *b, const struct toy_prefix *ip)
{
	buf_puts(b, "{type: InternalIP, ip: ");
	print_address(b, ip);
	buf_putc(b, '}');
}

static void
print_node(struct buf *b, const struct toy_node *n)
{
	buf_printf(b, "---\napiVersion: %s\nmetadata: {name: %s, labels: {",
	    n->cilium ? "cilium.io/v2\nkind: CiliumNode" : "v1\nkind: Node",
	    n->name);
	PRINT_ITEMS(b, &n->labels, print_label)
	buf_printf(b, "}}\n%s: {addresses: ", n->cilium ? "spec" : "status");
	if (n->cilium)
		PRINT_LIST(b, &n->ips, print_cilium_address);
	else
		PRINT_LIST(b, &n->ips, print_node_address);
	buf_puts(b, "}\n");
}

static void
print_group(struct buf *b, const struct toy_cidr_group *g, const char *api)
{
	buf_printf(b,
	    "---\napiVersion: cilium.io/%s\nkind: CiliumCIDRGroup\n"
	    "metadata: {name: %s, labels: {",
	    api, g->name);
	PRINT_ITEMS(b, &g->labels, print_label)
	buf_puts(b, "}}\nspec: {externalCIDRs: ");
	PRINT_LIST(b, &g->cidrs, print_prefix);
	buf_puts(b, "}\n");
}

/* The Endpoints of a Service without a selector come after it. */
static void
print_service(struct buf *b, const struct toy_service *s)
{
	buf_printf(b,
	    "---\napiVersion: v1\nkind: Service\n"
	    "metadata: {name: %s, namespace: %s, labels: {",
	    s->name, s->ns);
	PRINT_ITEMS(b, &s->labels, print_label)
	buf_puts(b, "}}\nspec: {selector: {");
	PRINT_ITEMS(b, &s->selector, print_label)
	buf_puts(b, "}}\n");
	if (s->backends.n == 0)
		return;
	buf_printf(b,
	    "---\napiVersion: v1\nkind: Endpoints\n"
	    "metadata: {name: %s, namespace: %s}\nsubsets: [{addresses: ",
	    s->name, s->ns);
	PRINT_LIST(b, &s->backends, print_ip);
	buf_puts(b, "}]\n");
}

static void
print_answer(struct buf *b, const struct toy_answer *a)
{
	buf_printf(b, "\"%s\": ", a->name);
	PRINT_LIST(b, &a->ips, print_address);
}

static void
print_answers(struct buf *b, const struct toy *t)
{
	if (t->answers.n == 0)
		return;
	buf_puts(b,
	    "---\napiVersion: cnpc.io/v1alpha1\nkind: FQDNCache\n"
	    "metadata: {name: answers}\nnames: {");
	PRINT_ITEMS(b, &t->answers, print_answer)
	buf_puts(b, "}\n");
}

/* NetworkPolicy. */

static void
print_np_peer(struct buf *b, const struct toy_np_peer *p)
{
	if (!p->by_pods && !p->by_namespaces) {
		buf_puts(b, "{ipBlock: ");
		print_cidr_rule(b, &p->block);
		buf_putc(b, '}');
		return;
	}
	buf_putc(b, '{');
	if (p->by_pods) {
		buf_puts(b, "podSelector: ");
		print_selector(b, &p->pods);
		buf_puts(b, p->by_namespaces ? ", " : "");
	}
	if (p->by_namespaces) {
		buf_puts(b, "namespaceSelector: ");
		print_selector(b, &p->namespaces);
	}
	buf_putc(b, '}');
}

static void
print_np_port(struct buf *b, const struct toy_np_port *p)
{
	buf_putc(b, '{');
	if (p->port)
		buf_printf(b, "port: %s", p->port);
	if (p->end >= 0)
		buf_printf(b, ", endPort: %d", p->end);
	if (p->protocol)
		buf_printf(b, "%sprotocol: %s", p->port ? ", " : "",
		    p->protocol);
	buf_putc(b, '}');
}

static void
print_np_rules(struct buf *b, const struct toy_network_policy *p,
    enum toy_dir dir)
{
	if (!p->rules[dir].present)
		return;
	buf_printf(b, "  %s:%s\n", dir == TOY_INGRESS ? "ingress" : "egress",
	    p->rules[dir].n == 0 ? " []" : "");
	VEC_FOREACH (r, &p->rules[dir]) {
		struct item i = {.b = b, .indent = "  "};

		ITEM_LIST(&i, "", dir == TOY_INGRESS ? "from" : "to", &r->peers,
		    print_np_peer);
		ITEM_LIST(&i, "", "ports", &r->ports, print_np_port);
		if (!i.begun)
			buf_puts(b, "  - {}\n");
	}
}

static void
print_network_policy(struct buf *b, const struct toy_network_policy *p)
{
	buf_printf(b,
	    "---\napiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\n"
	    "metadata: {name: %s, namespace: %s}\nspec:\n  podSelector: ",
	    p->name, p->ns);
	print_selector(b, &p->subject);
	buf_putc(b, '\n');
	if (p->types.present) {
		buf_puts(b, "  policyTypes: ");
		PRINT_LIST(b, &p->types, print_word);
		buf_putc(b, '\n');
	}
	print_np_rules(b, p, TOY_INGRESS);
	print_np_rules(b, p, TOY_EGRESS);
}

/* ClusterNetworkPolicy. */

static void
print_cluster_peer(struct buf *b, const struct toy_cluster_peer *p)
{
	if (p->networks.present) {
		buf_puts(b, "{networks: ");
		PRINT_LIST(b, &p->networks, print_prefix);
	} else if (p->by_nodes) {
		buf_puts(b, "{nodes: ");
		print_selector(b, &p->nodes);
	} else if (p->by_pods) {
		buf_puts(b, "{pods: {namespaceSelector: ");
		print_selector(b, &p->namespaces);
		buf_puts(b, ", podSelector: ");
		print_selector(b, &p->pods);
		buf_putc(b, '}');
	} else {
		buf_puts(b, "{namespaces: ");
		print_selector(b, &p->namespaces);
	}
	buf_putc(b, '}');
}

static void
print_protocol(struct buf *b, const struct toy_protocol *p)
{
	if (p->name) {
		buf_printf(b, "{destinationNamedPort: %s}", p->name);
		return;
	}
	buf_printf(b, "{%s: {", p->protocol);
	if (p->end > 0)
		buf_printf(b, "destinationPort: {range: {start: %u, end: %u}}",
		    p->port, p->end);
	else if (p->port > 0)
		buf_printf(b, "destinationPort: {number: %u}", p->port);
	buf_puts(b, "}}");
}

static void
print_cluster_rules(struct buf *b, const struct toy_cluster_policy *p,
    enum toy_dir dir)
{
	if (!p->rules[dir].present)
		return;
	buf_printf(b, "  %s:%s\n", dir == TOY_INGRESS ? "ingress" : "egress",
	    p->rules[dir].n == 0 ? " []" : "");
	VEC_FOREACH (r, &p->rules[dir]) {
		struct item i = {.b = b, .indent = "  "};

		item_field(&i, "", "action");
		buf_printf(b, "%s\n", r->action);
		item_field(&i, "", dir == TOY_INGRESS ? "from" : "to");
		PRINT_LIST(b, &r->peers, print_cluster_peer);
		buf_putc(b, '\n');
		ITEM_LIST(&i, "", "protocols", &r->protocols, print_protocol);
	}
}

static void
print_cluster_policy(struct buf *b, const struct toy_cluster_policy *p)
{
	buf_printf(b,
	    "---\napiVersion: policy.networking.k8s.io/v1alpha2\n"
	    "kind: ClusterNetworkPolicy\nmetadata: {name: %s}\n"
	    "spec:\n  tier: %s\n  priority: %u\n  subject: ",
	    p->name, p->tier, p->priority);
	print_cluster_peer(b, &p->subject);
	buf_putc(b, '\n');
	print_cluster_rules(b, p, TOY_INGRESS);
	print_cluster_rules(b, p, TOY_EGRESS);
}

/* With one, what it leaves out is as an agent has it without a setting. */
static void
print_settings(struct buf *b, const struct toy *t)
{
	buf_puts(b,
	    "---\napiVersion: v1\nkind: ConfigMap\n"
	    "metadata: {name: cilium-config, namespace: kube-system}\ndata:\n"
	    "  enable-extended-ip-protocols: \"true\"\n"
	    "  enable-k8s-cluster-network-policy: \"true\"\n"
	    "  enable-sctp: \"true\"\n"
	    "  enable-well-known-identities: \"false\"\n");
	if (t->host_firewall)
		buf_puts(b, "  enable-host-firewall: \"true\"\n");
	if (t->node_labels)
		buf_puts(b, "  enable-node-selector-labels: \"true\"\n");
	if (t->cidr_nodes || t->cidr_pods)
		buf_printf(b, "  policy-cidr-match-mode: \"%s%s%s\"\n",
		    t->cidr_nodes ? "nodes" : "",
		    t->cidr_nodes && t->cidr_pods ? "," : "",
		    t->cidr_pods ? "pods" : "");
	if (t->local_cluster != TOY_BY_VERSION)
		buf_printf(b, "  policy-default-local-cluster: \"%s\"\n",
		    t->local_cluster == TOY_ON ? "true" : "false");
}

void
toy_print(struct buf *out, const struct toy *t)
{
	bool old = t->cilium != 0 && t->cilium < 11800;

	buf_printf(out,
	    "# --ipv4=%s --ipv6=%s --enforcement=%s --allow-localhost=%s"
	    " --cluster-name=%s --precedence=%s%s%s\n",
	    t->ipv4 ? "true" : "false", t->ipv6 ? "true" : "false",
	    enforcement_names[t->enforcement],
	    t->allow_localhost ? "always" : "policy", t->cluster_name,
	    t->clusterwide ? "clusterwide" : "cilium",
	    t->local_node ? " --node=" : "",
	    t->local_node ? t->local_node : "");
	if (t->cilium)
		buf_printf(out, "# --cilium=%u.%u.%u\n", t->cilium / 10000,
		    t->cilium / 100 % 100, t->cilium % 100);
	print_settings(out, t);
	VEC_FOREACH (ns, &t->namespaces)
		print_namespace(out, ns);
	VEC_FOREACH (p, &t->pods)
		print_pod(out, p);
	VEC_FOREACH (id, &t->identities)
		print_identity(out, id);
	VEC_FOREACH (n, &t->nodes)
		print_node(out, n);
	VEC_FOREACH (g, &t->groups)
		print_group(out, g, old ? "v2alpha1" : "v2");
	VEC_FOREACH (s, &t->services)
		print_service(out, s);
	print_answers(out, t);
	VEC_FOREACH (p, &t->policies)
		print_policy(out, p);
	VEC_FOREACH (p, &t->network_policies)
		print_network_policy(out, p);
	VEC_FOREACH (p, &t->cluster_policies)
		print_cluster_policy(out, p);
}
