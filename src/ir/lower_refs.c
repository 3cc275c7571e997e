/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Peers that a policy only names: CIDR groups, DNS names and Services.
 * Source: semantics.md 6.3, 6.4, 7.1.
 */
#include "diag_gen.h"
#include "ir/lower.h"
#include "ir/refs.h"
#include "ir/selector.h"

/* An except of /0 is the world of its family, which has no prefix. */
static void
except_world(struct lowering *l, struct selector *s,
    const struct ast_cidr_rule *r)
{
	struct cidr e;

	if (!version_has(l->ir->opt.cilium, VERSION_GROUP_EXCEPT_ZERO))
		return;
	for (uint32_t i = 0; i < r->except.n; i++) {
		if (cidr_parse(r->except.v[i].v, &e) && e.bits == 0)
			selector_absent(s, l->ir->word.reserved,
			    ir_world_label(&l->ir->opt, e.family));
	}
}

/* Reports a selector of groups that takes in more, since it only excludes. */
static void
check_group_selector(struct lowering *l, const struct selector *s,
    const struct ast_cidr_rule *r)
{
	bool outside = version_has(l->ir->opt.cilium, VERSION_GROUPS_OUTSIDE);

	VEC_FOREACH (q, &s->req) {
		if (q->op != IR_NOT_IN && q->op != IR_NOT_EXISTS)
			return;
	}
	diag_groups_take_all(l->sink, r->at,
	    s->req.n == 0 ? "everybody"
		: outside ? "the rest of the world"
			  : "pods, nodes and the world");
}

/* Where groups differ in a label, not all of its values count. */
static void
note_group_values(struct lowering *l, const struct selector *s, struct span at)
{
	VEC_FOREACH (q, &s->req) {
		if (q->nvalues > 0 &&
		    refs_groups_differ(l->ir->refs,
			atom_str(l->ir->atoms, q->key)))
			lower_note(l, VERSION_GROUP_VALUE_KEYS, at);
	}
}

const struct ir_selector *
lower_group(struct lowering *l, const struct ast_cidr_rule *r)
{
	struct ir *ir = l->ir;
	const struct ast_str *name = &r->cidr_group_ref;
	struct selector s;

	selector_begin(&s, ir);
	if (r->cidr_group_selector) {
		selector_add(&s, r->cidr_group_selector, ir->word.cidrgroup,
		    STR(""));
		/* Nothing asked for at all is the wildcard [V]. */
		check_group_selector(l, &s, r);
		note_group_values(l, &s, r->at);
		if ((s.req.n > 0 || r->except.n > 0) &&
		    version_has(ir->opt.cilium, VERSION_GROUPS_OUTSIDE))
			selector_cidr_peers(&s);
	} else {
		if (!refs_has_group(ir->refs, name->v))
			*vec_push(&ir->missing_groups, ir->arena) =
			    (struct ir_missing_group){name->at, name->v,
				refs_knows_groups(ir->refs)};
		selector_exists(&s, ir->word.cidrgroup,
		    ir_group_name(ir->arena, name->v));
	}
	lower_except(l, &s, r->except.v, r->except.n);
	except_world(l, &s, r);
	return selector_end(&s);
}

const struct ir_selector *
lower_fqdn(struct lowering *l, struct str text)
{
	map_put(&l->ir->fqdns, text.s, text.n);
	return selector_label(l->ir, l->ir->word.fqdn, text);
}

/*
 * A requirement on the pods of a Service.  In some patches the agent takes what
 * is before the first dot of a key for its source, which no label has.
 */
static void
require(struct lowering *l, struct selector *s,
    const struct ast_str_pair *label, enum version_change dots, struct span at)
{
	struct str key = label->key;
	const char *dot = memchr(key.s, '.', key.n);
	size_t n = dot ? (size_t)(dot - key.s) : 0;

	if (!dot || lower_has(l, dots, at))
		selector_equals(s, l->ir->word.k8s, key, label->value);
	else
		selector_equals(s,
		    atom_intern(l->ir->atoms, (struct str){key.s, n}),
		    (struct str){dot + 1, key.n - n - 1}, label->value);
}

static void
add_selected(struct lowering *l, const struct ref_service *service,
    enum version_change dots, struct span at, peer_vec *v)
{
	const struct ast_str_map *labels = &service->service->spec->selector;
	const struct ir_words *w = &l->ir->word;
	struct selector s;

	selector_begin(&s, l->ir);
	for (uint32_t i = 0; i < labels->n; i++)
		require(l, &s, &labels->v[i], dots, at);
	selector_equals(&s, w->k8s, atom_str(l->ir->atoms, w->pod_namespace),
	    service->ns);
	lower_local_cluster(&s);
	lower_add_endpoints(l, v, selector_end(&s), at);
}

static void
add_service(struct lowering *l, const struct ref_service *s,
    const struct ast_service_peer *item, peer_vec *v)
{
	enum version_change dots = item->k8s_service_selector
	    ? VERSION_SERVICE_SELECTOR_DOTS
	    : VERSION_SERVICE_KEY_DOTS;
	struct span at = item->at;
	const struct ast_service_spec *spec = s->service->spec;

	if (spec && spec->selector.n > 0) {
		add_selected(l, s, dots, at, v);
		return;
	}
	VEC_FOREACH (b, &s->backends) {
		struct cidr c = cidr_of_ip(&b->ip);

		lower_add_peer(l, v, lower_cidr(l, &c, at, NULL, 0), at);
	}
}

/* Whether an item names Services at all. */
static bool
names_services(struct lowering *l, const struct ast_service_peer *item)
{
	const struct ast_service_selector *by_label =
	    item->k8s_service_selector;

	return !by_label || by_label->selector->match_labels.present ||
	    by_label->selector->match_expressions.present ||
	    lower_has(l, VERSION_SERVICE_SELECTOR_EMPTY, item->at);
}

void
lower_services(struct lowering *l, const struct ast_direction_rule *e,
    peer_vec *v)
{
	struct ref_services found = {0};

	for (uint32_t i = 0; i < e->services.n; i++) {
		found.v.n = 0;
		if (!names_services(l, &e->services.v[i]))
			continue;
		refs_match(l->ir, &e->services.v[i], &found);
		VEC_FOREACH (s, &found.v)
			add_service(l, *s, &e->services.v[i], v);
	}
}
