/* SPDX-License-Identifier: Apache-2.0 */
#include "ir/ir.h"

#include <assert.h>
#include <stddef.h>
#include <strings.h>

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
	    .any = atom_intern(atoms, STR("any")),
	    .k8s = atom_intern(atoms, STR("k8s")),
	    .reserved = atom_intern(atoms, STR("reserved")),
	    .cidr = atom_intern(atoms, STR("cidr")),
	    .cidrgroup = atom_intern(atoms, STR("cidrgroup")),
	    .fqdn = atom_intern(atoms, STR("fqdn")),
	    .node = atom_intern(atoms, STR("node")),
	    .pod_namespace =
		atom_intern(atoms, STR("io.kubernetes.pod.namespace")),
	    .cluster = atom_intern(atoms, STR("io.cilium.k8s.policy.cluster")),
	    .empty = atom_intern(atoms, STR("")),
	};
	map_init(&ir->selector_by_text, a);
	map_init(&ir->fqdns, a);
	ir->wildcard = selector_wildcard(ir);
	ir->host = selector_label(ir, ir->word.reserved, STR("host"));
}

void
ir_options_default(struct ir_options *opt)
{
	*opt = (struct ir_options){
	    .model = IR_MODEL_CLUSTERWIDE,
	    .cilium = 120,
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

/* What checks and lowers each policy kind. */
static const struct policy_kind {
	void (*sanitize)(struct check *);
	void (*lower)(struct lowering *);
	size_t
	    watched; /* the option that says so, and its name in the agent; */
	const char *setting; /* NULL: no agent reads the kind, ever */
} policy_kinds[] = {
    [AST_CILIUM_NETWORK_POLICY] = {sanitize_cilium, lower_cilium,
	offsetof(struct ir_options, reads_cnp), "enable-cilium-network-policy"},
    [AST_CILIUM_CLUSTERWIDE_NETWORK_POLICY] = {sanitize_cilium, lower_cilium,
	offsetof(struct ir_options, reads_ccnp),
	"enable-cilium-clusterwide-network-policy"},
    [AST_NETWORK_POLICY] = {sanitize_network_policy, lower_network_policy,
	offsetof(struct ir_options, reads_np), "enable-k8s-networkpolicy"},
    [AST_CLUSTER_NETWORK_POLICY] = {sanitize_cluster_network_policy,
	lower_cluster_network_policy, offsetof(struct ir_options, reads_kcnp),
	"enable-k8s-cluster-network-policy"},
    [AST_ADMIN_NETWORK_POLICY] = {sanitize_cluster_network_policy,
	lower_admin_network_policy,
	offsetof(struct ir_options, admin_network_policy), NULL},
    [AST_BASELINE_ADMIN_NETWORK_POLICY] = {sanitize_cluster_network_policy,
	lower_baseline_admin_network_policy,
	offsetof(struct ir_options, admin_network_policy), NULL},
};

/* NULL for what is no policy. */
static const struct policy_kind *
policy_kind(enum ast_kind kind)
{
	size_t n = sizeof(policy_kinds) / sizeof(*policy_kinds);

	return kind < n && policy_kinds[kind].lower ? &policy_kinds[kind]
						    : NULL;
}

static bool
is_watched(const struct policy_kind *k, const struct ir_options *opt)
{
	return *(const bool *)((const char *)opt + k->watched);
}

static void
sanitize_unwatched(struct check *c, const struct policy_kind *k)
{
	struct object *o = c->object;

	o->status = OBJECT_UNREAD;
	o->why = k->setting
	    ? diag_kind_not_watched(c->sink, o->name_at, o->kind_name,
		  k->setting)
	    : diag_kind_of_no_agent(c->sink, o->name_at, o->kind_name);
}

/* How many policies are worth a thread. */
#define BATCH 64

struct sanitizing {
	const struct ir_options *opt;
	struct map external_groups;
	VEC(struct object *) policies;
	struct diag_sink *sinks; /* [batch] */
};

static void
sanitize_batch(void *arg, struct worker *self, size_t i)
{
	struct sanitizing *s = arg;
	size_t end = (i + 1) * BATCH;
	struct diag_sink sink;

	diag_sink_init(&sink, &self->perm);
	for (size_t k = i * BATCH; k < end && k < s->policies.n; k++) {
		struct object *o = s->policies.v[k];
		const struct policy_kind *kind = policy_kind(o->kind);
		struct check c = {&self->perm, &sink, s->opt, o,
		    &s->external_groups};

		if (is_watched(kind, s->opt))
			kind->sanitize(&c);
		else
			sanitize_unwatched(&c, kind);
	}
	s->sinks[i] = sink;
}

void
ir_sanitize(struct pool *pool, struct arena *scratch, struct diag_sink *sink,
    const struct ir_options *opt, struct object_list *objects)
{
	struct sanitizing s = {.opt = opt};
	size_t n;

	external_groups_find(&s.external_groups, scratch, objects);
	for (enum ast_kind kind = 0; kind < AST_KINDS; kind++) {
		if (!policy_kind(kind))
			continue;
		OBJECT_FOREACH (o, objects, kind)
			*vec_push(&s.policies, scratch) = o;
	}
	n = (s.policies.n + BATCH - 1) / BATCH;
	s.sinks = ARENA_ARRAY(scratch, struct diag_sink, n);
	pool_run(pool, n, sanitize_batch, &s);
	for (size_t i = 0; i < n; i++)
		diag_merge(sink, &s.sinks[i]);
}

void
ir_lower(struct ir *ir, struct diag_sink *sink,
    const struct object_list *objects)
{
	ir->refs = refs_new(ir->arena, sink, objects);
	for (size_t i = 0; i < objects->v.n; i++) {
		const struct object *o = objects->v.v[i];
		const struct policy_kind *k = policy_kind(o->kind);
		struct ir_policy *p;

		if (o->status != OBJECT_OK || !k)
			continue;
		p = ARENA_NEW(ir->arena, struct ir_policy);
		p->object = o;
		p->clusterwide =
		    o->kind == AST_CILIUM_CLUSTERWIDE_NETWORK_POLICY;
		*vec_push(&ir->policies, ir->arena) = p;
		k->lower(&(struct lowering){ir, sink, p, o->ns});
	}
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

static const struct proto {
	const char *name;
	uint8_t number;
} protos[] = {
    {"any", 0},
    {"icmp", 1},
    {"igmp", 2},
    {"ipip", 4},
    {"tcp", 6},
    {"udp", 17},
    {"ipv6", 41},
    {"gre", 47},
    {"esp", 50},
    {"ah", 51},
    {"icmpv6", 58},
    {"vrrp", 112},
    {"sctp", 132},
};

const char *
ir_proto_name(uint8_t proto)
{
	for (size_t i = 0; i < sizeof(protos) / sizeof(*protos); i++) {
		if (protos[i].number == proto)
			return protos[i].name;
	}
	return NULL;
}

bool
ir_proto_parse(struct str name, uint8_t *ret_proto)
{
	for (size_t i = 0; i < sizeof(protos) / sizeof(*protos); i++) {
		if (strlen(protos[i].name) == name.n &&
		    strncasecmp(protos[i].name, name.s, name.n) == 0) {
			*ret_proto = protos[i].number;
			return true;
		}
	}
	return false;
}

struct str
ir_world_label(const struct ir_options *opt, uint8_t family)
{
	if (family == IP_V4)
		return opt->ipv6 ? STR("world-ipv4") : STR("world");
	return opt->ipv4 ? STR("world-ipv6") : STR("world");
}

struct str
ir_group_name(struct arena *a, struct str name)
{
	return str_of(arena_printf(a, "io.cilium.policy.cidrgroupname/" STR_FMT,
	    STR_ARG(name)));
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
	const char *name = ir_proto_name(p->proto);

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
		    r->ingress ? "ingress" : "egress",
		    ir_verdict_name(r->verdict),
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
