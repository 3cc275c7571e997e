/* SPDX-License-Identifier: Apache-2.0 */
/* Validation across fields that the schema language cannot say. */
#include "schema/rules.h"

#include "base/ascii.h"
#include "base/cidr.h"
#include "base/num.h"
#include "diag_gen.h"
#include "schema/check.h"
#include "schema/decode.h"
#include "schema/icmp.h"
#include "schema/pattern.h"

void
schema_check_icmp_type(struct decoder *d, const void *body)
{
	const struct ast_icmp_field *f = body;
	bool ipv6 = str_is(f->family.v, "IPv6");
	uint64_t number;
	uint8_t type;

	/* What the pattern does not take was reported already. */
	if (!f->type.present || f->type.is_int ||
	    num_u64(f->type.s, 255, &number) ||
	    icmp_type_number(ipv6, f->type.s, &type) ||
	    !pattern_matches(d, pattern_index("icmp-type"), f->type.s))
		return;
	decoder_reject(d,
	    diag_icmp_type_of_family(d->sink, f->type.at, path_print(d),
		ipv6 ? "IPv6" : "IPv4", f->type.s));
}

/*
 * [prefix/]name, as Kubernetes wants label keys; its CRDs take any text
 * (semantics.md 1.7).
 */
static bool
is_label_key(struct decoder *d, struct str key)
{
	const char *slash = memchr(key.s, '/', key.n);
	struct str name = key;

	if (!d->kind->native)
		return true;
	if (slash) {
		char *prefix =
		    arena_dup(d->arena, key.s, (size_t)(slash - key.s));
		const struct str p = str_of(prefix);

		if (p.n > 253 ||
		    !pattern_matches(d, pattern_index("object-name"), p))
			return false;
		name = (struct str){slash + 1, key.n - p.n - 1};
	}
	return name.n > 0 && name.n <= 63 && label_value_valid(name);
}

static void
malformed_selector(struct decoder *d, struct span at, struct str what,
    const char *problem)
{
	decoder_reject(d,
	    diag_malformed_selector(d->sink, at, path_print(d), what, problem));
}

static void
check_expression(struct decoder *d, const struct ast_expression *e)
{
	bool wants = str_is(e->op.v, "In") || str_is(e->op.v, "NotIn");
	const struct schema_type value = {
	    .max_len = 63,
	    .pattern = d->schema->label_value,
	};

	if (!e->key.present || !e->op.present)
		return;
	if (!is_label_key(d, e->key.v))
		malformed_selector(d, e->key.at, e->key.v, "is no label key");
	if (wants && e->values.n == 0)
		malformed_selector(d, e->at, e->op.v, "needs values");
	if (!wants && e->values.n > 0)
		malformed_selector(d, e->values.at, e->op.v, "takes no values");
	for (uint32_t i = 0; i < e->values.n; i++)
		if (e->values.v[i].present)
			check_str(d, &value, e->values.v[i].v,
			    e->values.v[i].at);
}

/* What the CRDs of Cilium leave to the agent, Kubernetes' own kinds check. */
void
schema_check_k8s_selector(struct decoder *d, const void *body)
{
	const struct ast_selector *s = body;

	for (uint32_t i = 0; i < s->match_labels.n; i++) {
		const struct ast_str_pair *l = &s->match_labels.v[i];

		if (!is_label_key(d, l->key))
			malformed_selector(d, l->key_at, l->key,
			    "is no label key");
	}
	for (uint32_t i = 0; i < s->match_expressions.n; i++)
		check_expression(d, &s->match_expressions.v[i]);
}

void
schema_check_banp_name(struct decoder *d, const void *body)
{
	const struct ast_cluster_network_policy *p = body;
	const struct ast_str *name;

	if (!p->metadata || !p->metadata->name.present)
		return;
	name = &p->metadata->name;
	if (!str_is(name->v, "default"))
		decoder_reject(d,
		    diag_unknown_value(d->sink, name->at, STR("metadata.name"),
			name->v, STR("default")));
}

void
schema_check_kcnp_named_port(struct decoder *d, const void *body)
{
	const struct ast_kcnp_rule *r = body;
	const struct ast_str *named = NULL;

	for (uint32_t i = 0; i < r->protocols.n && !named; i++)
		if (r->protocols.v[i].destination_named_port.present)
			named = &r->protocols.v[i].destination_named_port;
	for (uint32_t i = 0; i < r->ports.n && !named; i++)
		if (r->ports.v[i].named_port.present)
			named = &r->ports.v[i].named_port;
	for (uint32_t i = 0; i < r->peers.n && named; i++) {
		const struct ast_kcnp_peer *p = &r->peers.v[i];

		if (!p->nodes && !p->networks.present &&
		    !p->domain_names.present)
			continue;
		decoder_reject(d,
		    diag_named_port_without_pods(d->sink, named->at,
			path_print(d), named->v));
		return;
	}
}

void
schema_check_np_ip_block(struct decoder *d, const void *body)
{
	const struct ast_np_ip_block *b = body;
	struct cidr cidr, except;

	if (!b->cidr.present || !cidr_parse(b->cidr.v, &cidr))
		return;
	for (uint32_t i = 0; i < b->except.n; i++) {
		const struct ast_str *e = &b->except.v[i];

		if (!e->present || !cidr_parse(e->v, &except) ||
		    (cidr_contains(&cidr, &except) && except.bits > cidr.bits))
			continue;
		decoder_reject(d,
		    diag_except_not_within(d->sink, e->at, path_print(d), e->v,
			b->cidr.v));
	}
}

/* A container port's name: what Kubernetes calls an IANA service name. */
static bool
is_port_name(struct str s)
{
	bool letter = false;

	if (s.n == 0 || s.n > 15 || s.s[0] == '-' || s.s[s.n - 1] == '-')
		return false;
	for (size_t i = 0; i < s.n; i++) {
		bool lower = ascii_is_lower(s.s[i]);

		if (!lower && !ascii_is_digit(s.s[i]) && s.s[i] != '-')
			return false;
		if (s.s[i] == '-' && s.s[i + 1] == '-')
			return false;
		letter |= lower;
	}
	return letter;
}

void
schema_check_np_port(struct decoder *d, const void *body)
{
	const struct ast_np_port *p = body;
	const char *problem = NULL;
	struct span at = p->port.at;

	if (p->port.present && p->port.is_int &&
	    (p->port.i < 1 || p->port.i > 65535))
		problem = "a port is a number from 1 to 65535";
	else if (p->port.present && !p->port.is_int && !is_port_name(p->port.s))
		problem = "a port name has up to 15 lower-case letters, "
			  "digits and single hyphens";
	if (problem)
		decoder_reject(d,
		    diag_malformed_port(d->sink, at, path_print(d), problem));
	if (!p->end_port.present || problem)
		return;
	if (!p->port.present || !p->port.is_int)
		problem = "endPort needs a port number";
	else if (p->end_port.v < p->port.i)
		problem = "endPort is below port";
	if (problem)
		decoder_reject(d,
		    diag_malformed_port(d->sink, p->end_port.at, path_print(d),
			problem));
}

void
schema_check_port_range(struct decoder *d, const void *body)
{
	const struct ast_port_range *r = body;

	if (r->start.present && r->end.present && r->start.v >= r->end.v)
		decoder_reject(d,
		    diag_malformed_port(d->sink, r->at, path_print(d),
			"start must be below end"));
}
