/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The pass that lowers policies to rules, its options and its dump.  Requires
 * admitted objects; leaves a struct ir that no later pass changes.
 */
#include "ir/ir.h"

#include <assert.h>
#include <stddef.h>

#include "cilium/labels.h"
#include "cilium/proto.h"
#include "cilium/reserved.h"
#include "cilium/version.h"
#include "diag_gen.h"
#include "ir/lower.h"
#include "ir/refs.h"
#include "ir/selector.h"

void
ir_init(struct ir *ir, struct arena *a, struct atom_table *atoms,
    const struct ir_options *opt)
{
	*ir = (struct ir){.arena = a, .atoms = atoms, .opt = *opt};
	ir->word = (struct ir_words){
	    .any = atom_intern(atoms, STR(SOURCE_ANY)),
	    .k8s = atom_intern(atoms, STR(SOURCE_K8S)),
	    .gen = atom_intern(atoms, STR(SOURCE_GENERATED)),
	    .reserved = atom_intern(atoms, STR(SOURCE_RESERVED)),
	    .cidr = atom_intern(atoms, STR(SOURCE_CIDR)),
	    .cidrgroup = atom_intern(atoms, STR(SOURCE_CIDR_GROUP)),
	    .fqdn = atom_intern(atoms, STR(SOURCE_FQDN)),
	    .node = atom_intern(atoms, STR(SOURCE_NODE)),
	    .pod_namespace = atom_intern(atoms, STR(LABEL_NAMESPACE)),
	    .cluster = atom_intern(atoms, STR(LABEL_CLUSTER)),
	    .empty = atom_intern(atoms, STR("")),
	};
	map_init(&ir->selector_by_text, a);
	map_init(&ir->fqdns, a);
	ir->wildcard = selector_wildcard(ir);
	ir->host = selector_label(ir, ir->word.reserved, STR(RESERVED_HOST));
	arena_free(&ir->selector_work);
}

void
ir_options_default(struct ir_options *opt)
{
	*opt = (struct ir_options){
	    .model = IR_MODEL_CLUSTERWIDE,
	    .cilium = {VERSION_LAST, 0},
	    .ipv4 = true,
	    .ipv6 = true,
	    .cluster_name = STR("default"),
	    .node = STR(""),
	    .reads_np = true,
	    .reads_cnp = true,
	    .reads_ccnp = true,
	    .reads_kcnp = true,
	    .l7_proxy = true,
	    .icmp_rules = true,
	    .sctp = true,
	    .extended_protocols = true,
	    .non_default_deny = true,
	    .label_filter = STR(""),
	    .node_label_filter = STR(""),
	};
}

/* What lowers each policy kind. */
static void (*const lower_kind[])(struct lowering *) = {
    [AST_CILIUM_NETWORK_POLICY] = lower_cilium,
    [AST_CILIUM_CLUSTERWIDE_NETWORK_POLICY] = lower_cilium,
    [AST_NETWORK_POLICY] = lower_network_policy,
    [AST_CLUSTER_NETWORK_POLICY] = lower_cluster_network_policy,
    [AST_ADMIN_NETWORK_POLICY] = lower_admin_network_policy,
    [AST_BASELINE_ADMIN_NETWORK_POLICY] = lower_baseline_admin_network_policy,
};

void
ir_lower(struct ir *ir, struct diag_sink *sink,
    const struct object_list *objects)
{
	ir->refs = refs_new(ir, sink, objects);
	for (size_t i = 0; i < objects->v.n; i++) {
		const struct object *o = objects->v.v[i];
		size_t kinds = sizeof(lower_kind) / sizeof(*lower_kind);
		struct ir_policy *p;

		if (o->status != OBJECT_OK || o->kind >= kinds ||
		    !lower_kind[o->kind])
			continue;
		p = ARENA_NEW(ir->arena, struct ir_policy);
		p->object = o;
		p->clusterwide =
		    o->kind == AST_CILIUM_CLUSTERWIDE_NETWORK_POLICY;
		*vec_push(&ir->policies, ir->arena) = p;
		lower_kind[o->kind](&(struct lowering){ir, sink, p, o->ns});
	}
	arena_free(&ir->selector_work);
}

void
ir_verify(const struct ir *ir)
{
	for (size_t i = 0; i < ir->selectors.n; i++)
		assert(ir->selectors.v[i]->index == i);
	for (size_t i = 0; i < ir->rules.n; i++) {
		const struct ir_rule *r = ir->rules.v[i];

		assert(r->index == i);
		assert(r->policy && r->subject);
		assert(r->at.source != 0);
		for (uint32_t k = 0; k < r->nports; k++) {
			const struct ir_port *p = &r->ports[k];

			assert(p->proto != 0 || (p->port == 0 && p->end == 0));
		}
	}
}

struct str
ir_world_label(const struct ir_options *opt, uint8_t family)
{
	bool by_family = version_has(opt->cilium, VERSION_WORLD_BY_FAMILY);

	if (family == IP_V4)
		return opt->ipv6 ? STR(RESERVED_WORLD_IPV4)
				 : STR(RESERVED_WORLD);
	return opt->ipv4 && (opt->ipv6 || by_family) ? STR(RESERVED_WORLD_IPV6)
						     : STR(RESERVED_WORLD);
}

struct str
ir_group_name(struct arena *a, struct str name)
{
	return str_of(arena_printf(a, LABEL_CIDR_GROUP STR_FMT, STR_ARG(name)));
}

struct str
ir_group_value(struct arena *a, struct str key, struct str value)
{
	return str_of(
	    arena_printf(a, STR_FMT "+" STR_FMT, STR_ARG(key), STR_ARG(value)));
}

const char *
ir_verdict_name(enum ir_verdict v)
{
	switch (v) {
	case IR_ALLOW:
		return "allow";
	case IR_DENY:
		return "deny";
	case IR_PASS:
		return "pass";
	}
	return NULL;
}

static void
dump_port(struct buf *out, const struct ir *ir, const struct ir_port *p)
{
	const char *name = proto_name(p->proto);

	if (name)
		buf_printf(out, " %s", name);
	else
		buf_printf(out, " proto-%u", p->proto);
	if (!atom_eq(p->name, ir->word.empty))
		buf_printf(out, "/" STR_FMT,
		    STR_ARG(atom_str(ir->atoms, p->name)));
	else if (p->port != 0 || p->end != 0)
		buf_printf(out, "/%u", p->port);
	if (p->end != 0)
		buf_printf(out, "-%u", p->end);
}

void
ir_dump(struct buf *out, struct source_set *set, const struct ir *ir)
{
	for (size_t i = 0; i < ir->rules.n; i++) {
		const struct ir_rule *r = ir->rules.v[i];

		buf_printf(out, "rule %u %s tier %u priority %u %s %s%s%s\n",
		    r->index, source_where(set, r->at), r->tier, r->priority,
		    direction_name(r->dir), ir_verdict_name(r->verdict),
		    r->default_deny ? " default-deny" : "",
		    r->node ? " node" : "");
		buf_printf(out, "  subject {" STR_FMT "}\n",
		    STR_ARG(r->subject->text));
		for (uint32_t k = 0; k < r->npeers; k++)
			buf_printf(out, "  peer {" STR_FMT "}\n",
			    STR_ARG(r->peers[k].selector->text));
		if (r->nports == 0)
			continue;
		buf_puts(out, "  ports");
		for (uint32_t k = 0; k < r->nports; k++)
			dump_port(out, ir, &r->ports[k]);
		buf_putc(out, '\n');
	}
}

bool
ir_peers_are_local(const struct ir_options *opt)
{
	if (opt->local_cluster == IR_BY_VERSION)
		return version_has(opt->cilium, VERSION_LOCAL_CLUSTER_PEERS);
	return opt->local_cluster == IR_ON &&
	    version_has(opt->cilium, VERSION_LOCAL_CLUSTER_SETTING);
}

void
ir_check_prefix(struct diag_sink *sink, const struct ast_str *text)
{
	char printed[CIDR_STRLEN];
	struct cidr c;
	struct diag *d;

	if (!cidr_has_host_bits(text->v, &c))
		return;
	cidr_print(&c, printed);
	d = diag_host_bits(sink, text->at, text->v, printed);
	diag_set_fix(sink, d,
	    (struct diag_fix){FIX_WORD, text->at, text->v, str_of(printed)});
}
