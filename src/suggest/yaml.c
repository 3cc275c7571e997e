/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Policies as YAML.  Values of labels are in quotes, since "true" and "1" would
 * be something else.
 */
#include <stdlib.h>

#include <netinet/in.h>

#include "base/ascii.h"
#include "cilium/labels.h"
#include "cilium/proto.h"
#include "suggest/labels.h"
#include "suggest/suggest.h"

static struct str
text_of(const struct suggestions *s, atom_t atom)
{
	return atom_str(s->world->ir->atoms, atom);
}

/* A selector, whose lines after the first are INDENT spaces in, of the
 * namespace NS unless that is empty. */
static void
put_selector(struct buf *out, const struct suggestions *s, int indent,
    struct str ns, ident_idx_t ident)
{
	struct chosen_labels labels;

	labels_choose(&labels, s->arena, s->world, ident);
	buf_puts(out, "matchLabels:");
	if (labels.equal.n == 0 && ns.n == 0)
		buf_puts(out, " {}");
	buf_putc(out, '\n');
	if (ns.n > 0)
		buf_printf(out, "%*s%s: \"" STR_FMT "\"\n", indent + 2, "",
		    LABEL_NAMESPACE, STR_ARG(ns));
	VEC_FOREACH (l, &labels.equal)
		buf_printf(out, "%*s" STR_FMT ": \"" STR_FMT "\"\n", indent + 2,
		    "", STR_ARG(text_of(s, (*l)->key)),
		    STR_ARG(text_of(s, (*l)->value)));
	if (labels.absent.n > 0)
		buf_printf(out, "%*smatchExpressions:\n", indent, "");
	VEC_FOREACH (key, &labels.absent)
		buf_printf(out,
		    "%*s- {key: " STR_FMT ", operator: DoesNotExist}\n", indent,
		    "", STR_ARG(text_of(s, *key)));
}

static int
compare_prefix(const void *a, const void *b)
{
	return cidr_compare(a, b);
}

/* Joins halves of one prefix, so that only what was seen is covered. */
static size_t
aggregate(struct cidr *v, size_t n)
{
	bool joined = n > 1;

	while (joined) {
		size_t kept = 0;

		joined = false;
		qsort(v, n, sizeof(*v), compare_prefix);
		for (size_t i = 0; i < n; i++) {
			struct ip ip = {.family = v[i].family};
			struct cidr both;

			memcpy(ip.addr, v[i].addr, sizeof(ip.addr));
			if (i + 1 < n && v[i].bits > 0 &&
			    v[i].family == v[i + 1].family &&
			    v[i].bits == v[i + 1].bits) {
				both = cidr_around(&ip, v[i].bits - 1u);
				if (cidr_contains(&both, &v[i + 1])) {
					v[kept++] = both;
					joined = true;
					i++;
					continue;
				}
			}
			v[kept++] = v[i];
		}
		n = kept;
	}
	return n;
}

static void
put_cidrs(struct buf *out, const struct suggestions *s,
    const struct suggest_rule *r, const char *word)
{
	struct cidr *v = ARENA_ARRAY(s->arena, struct cidr, r->ips.n);
	char text[CIDR_STRLEN];
	size_t n;

	for (size_t i = 0; i < r->ips.n; i++)
		v[i] = cidr_of_ip(&r->ips.v[i]);
	n = aggregate(v, r->ips.n);
	buf_printf(out, "  - %sCIDR:\n", word);
	for (size_t i = 0; i < n; i++)
		buf_printf(out, "    - \"%s\"\n", cidr_print(&v[i], text));
}

static void
put_peer(struct buf *out, const struct suggestions *s,
    const struct suggest_policy *p, const struct suggest_rule *r)
{
	const char *word = r->dir == DIR_INGRESS ? "from" : "to";
	struct str ns = labels_namespace(s->world, r->peer);

	if (ns.n > 0) {
		buf_printf(out, "  - %sEndpoints:\n    - ", word);
		put_selector(out, s, 6, str_eq(ns, p->ns) ? STR("") : ns,
		    r->peer);
	} else if (r->ips.n > 0) {
		put_cidrs(out, s, r, word);
	} else {
		buf_printf(out, "  - %sEntities: [" STR_FMT "]\n", word,
		    STR_ARG(labels_reserved(s->world, r->peer)));
	}
}

static void
put_ports(struct buf *out, const struct suggest_rule *r)
{
	const char *head = "    toPorts:\n    - ports:\n";

	VEC_FOREACH (p, &r->ports) {
		if (proto_is_icmp(p->proto))
			continue;
		buf_printf(out, "%s      - {port: \"%u\", protocol: ", head,
		    p->port);
		for (const char *c = proto_name(p->proto); *c; c++)
			buf_putc(out, ascii_upper(*c));
		buf_puts(out, "}\n");
		head = "";
	}
}

static void
put_icmps(struct buf *out, const struct suggest_rule *r)
{
	const char *head = "    icmps:\n    - fields:\n";

	VEC_FOREACH (p, &r->ports) {
		if (!proto_is_icmp(p->proto))
			continue;
		buf_printf(out, "%s      - {type: %u, family: %s}\n", head,
		    p->port, p->proto == IPPROTO_ICMP ? "IPv4" : "IPv6");
		head = "";
	}
}

/* Whether R has ports, or types of ICMP: one element holds not both. */
static bool
has_ports(const struct suggest_rule *r, bool icmp)
{
	VEC_FOREACH (p, &r->ports) {
		if (proto_is_icmp(p->proto) == icmp)
			return true;
	}
	return false;
}

static void
put_direction(struct buf *out, const struct suggestions *s,
    const struct suggest_policy *p, enum direction dir)
{
	bool any = false;

	VEC_FOREACH (r, &p->rules) {
		if (r->dir != dir || r->dropped)
			continue;
		if (!any)
			buf_printf(out, "  %s:\n", direction_name(dir));
		any = true;
		if (has_ports(r, false)) {
			put_peer(out, s, p, r);
			put_ports(out, r);
		}
		if (has_ports(r, true)) {
			put_peer(out, s, p, r);
			put_icmps(out, r);
		}
	}
	/* An empty element allows nobody, and denies by default. */
	if (!any && p->isolates)
		buf_printf(out, "  %s:\n  - {}\n", direction_name(dir));
}

static bool
has_rules(const struct suggest_policy *p)
{
	VEC_FOREACH (r, &p->rules) {
		if (!r->dropped)
			return true;
	}
	return false;
}

void
suggest_put(struct buf *out, const struct suggestions *s)
{
	VEC_FOREACH (p, &s->v) {
		if (!has_rules(p))
			continue;
		buf_printf(out,
		    "---\napiVersion: cilium.io/v2\n"
		    "kind: CiliumNetworkPolicy\nmetadata:\n  name: %s\n"
		    "  namespace: " STR_FMT
		    "\nspec:\n  endpointSelector:\n    ",
		    p->name, STR_ARG(p->ns));
		put_selector(out, s, 4, STR(""), p->subject);
		put_direction(out, s, p, DIR_INGRESS);
		put_direction(out, s, p, DIR_EGRESS);
	}
}
