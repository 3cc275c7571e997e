/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Manifests as people write them: blocks down to the element, its fields in
 * flow style.
 */
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
	buf_puts(b, "{cidr: ");
	print_prefix(b, &r->cidr);
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
print_port_rule(struct buf *b, const struct toy_port_rule *r)
{
	buf_putc(b, '{');
	if (r->ports.present) {
		buf_puts(b, "ports: ");
		PRINT_LIST(b, &r->ports, print_port);
	}
	buf_putc(b, '}');
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

/* A block list's item: its first field stands behind "- ". */
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
	ITEM_LIST(&i, prefix, "CIDR", &e->cidrs, print_prefix);
	ITEM_LIST(&i, prefix, "CIDRSet", &e->cidr_sets, print_cidr_rule);
	if (e->empty) {
		item_field(&i, "", e->empty);
		buf_puts(b, "[]\n");
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
print_side(struct buf *b, const struct toy_side *s, const char *indent,
    enum toy_dir dir)
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
	if (in == NULL && out == NULL)
		return;
	buf_printf(b, "%senableDefaultDeny: {", indent);
	if (in)
		buf_printf(b, "ingress: %s", in);
	if (out)
		buf_printf(b, "%segress: %s", in ? ", " : "", out);
	buf_puts(b, "}\n");
}

/* The line of endpointSelector begins with LEAD, the others with two blanks. */
static void
print_rule(struct buf *b, const struct toy_rule *r, const char *lead)
{
	const char *indent = "  ";

	buf_printf(b, "%sendpointSelector: ", lead);
	print_selector(b, &r->subject);
	buf_putc(b, '\n');
	print_default_deny(b, indent, r->side[TOY_INGRESS].default_deny,
	    r->side[TOY_EGRESS].default_deny);
	print_side(b, &r->side[TOY_INGRESS], indent, TOY_INGRESS);
	print_side(b, &r->side[TOY_EGRESS], indent, TOY_EGRESS);
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
print_ip(struct buf *b, const struct toy_prefix *ip)
{
	const char *text = toy_prefix_print(b->arena, ip, false);

	buf_printf(b, "{ip: \"%.*s\"}", (int)strcspn(text, "/"), text);
}

static void
print_pod(struct buf *b, const struct toy_pod *p)
{
	buf_printf(b,
	    "---\napiVersion: v1\nkind: Pod\n"
	    "metadata: {name: %s, namespace: %s, labels: {",
	    p->name, p->ns);
	PRINT_ITEMS(b, &p->labels, print_label)
	buf_puts(b, "}}\n");
	if (p->host_network)
		buf_puts(b, "spec: {hostNetwork: true}\n");
	else if (p->account)
		buf_printf(b, "spec: {serviceAccountName: %s}\n", p->account);
	buf_puts(b, "status: {podIPs: ");
	PRINT_LIST(b, &p->ips, print_ip);
	buf_puts(b, "}\n");
}

void
toy_print(struct buf *out, const struct toy *t)
{
	buf_printf(out,
	    "# --ipv4=%s --ipv6=%s --enforcement=%s --allow-localhost=%s"
	    " --cluster-name=%s\n",
	    t->ipv4 ? "true" : "false", t->ipv6 ? "true" : "false",
	    enforcement_names[t->enforcement],
	    t->allow_localhost ? "always" : "policy", t->cluster_name);
	VEC_FOREACH (ns, &t->namespaces)
		print_namespace(out, ns);
	VEC_FOREACH (p, &t->pods)
		print_pod(out, p);
	VEC_FOREACH (p, &t->policies)
		print_policy(out, p);
}
