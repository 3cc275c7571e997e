/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Peers by labels, held against the pods of the input.  Nothing is said where
 * the input has no pods that could tell.
 *
 * Source: semantics.md 4.2, 4.4, 4.5.
 */
#include "lint/peers.h"

#include <string.h>

#include "base/near.h"
#include "cilium/labels.h"
#include "cilium/version.h"
#include "diag_gen.h"
#include "ident/index.h"
#include "ident/label_filter.h"
#include "ir/selector.h"
#include "lint/who.h"

static bool
is_positive(const struct ir_req *q)
{
	return q->op == IR_EQUALS || q->op == IR_IN || q->op == IR_EXISTS;
}

/* The first label that S asks for and the filter drops; NULL: none. */
static const struct ir_req *
dropped(const struct ir *ir, struct label_filter *filter,
    const struct ir_selector *s)
{
	for (uint32_t i = 0; i < s->nreq; i++) {
		const struct ir_req *q = &s->req[i];

		if (is_positive(q) && !q->is_cidr && !q->any_key &&
		    (q->any_source || atom_eq(q->source, ir->word.k8s)) &&
		    !label_filter_takes(filter, STR(SOURCE_K8S),
			atom_str(ir->atoms, q->key)))
			return q;
	}
	return NULL;
}

/* What to write instead; "" where nothing is near. */
static const char *
hint_of(struct arena *a, struct str key)
{
	static const char *const known[] = {LABEL_NAMESPACE, NULL};

	if (str_is(key, LABEL_METADATA_NAME) || str_is(key, "namespace"))
		return "; the namespace of a peer is " LABEL_NAMESPACE;
	return near_hint(a, key, known, "\"");
}

static void
check_dropped(struct diag_sink *sink, struct arena *scratch,
    const struct ir *ir, struct label_filter *filter,
    const struct ir_selector *s, struct span at)
{
	const struct ir_req *q = dropped(ir, filter, s);
	const char *hint;
	struct diag *d;
	struct str key;

	if (!q)
		return;
	key = atom_str(ir->atoms, q->key);
	hint = hint_of(scratch, key);
	d = diag_dropped_label(sink, at, key, hint);
	if (*hint)
		diag_set_fix(sink, d,
		    (struct diag_fix){FIX_KEY, at, key, STR(LABEL_NAMESPACE)});
}

void
lint_check_dropped_labels(struct diag_sink *sink, struct arena *scratch,
    const struct ir *ir)
{
	struct label_filter *filter =
	    label_filter_new(scratch, ir->opt.label_filter, ir->opt.cilium);
	const struct ir_policy *last = NULL;

	VEC_FOREACH (at, &ir->rules) {
		const struct ir_rule *r = *at;

		if (!r->policy || r->node)
			continue;
		if (r->policy != last)
			check_dropped(sink, scratch, ir, filter, r->subject,
			    r->policy->object->name_at);
		last = r->policy;
		for (uint32_t i = 0; i < r->npeers; i++) {
			if (r->peers[i].endpoints)
				check_dropped(sink, scratch, ir, filter,
				    r->peers[i].selector, r->peers[i].at);
		}
	}
}

/* A pod, or a workload's pods, of the host network. */
struct host_pod {
	const struct object *object;
	const struct ast_str_map *labels;
};

struct peers {
	struct diag_sink *sink;
	struct arena *scratch;
	const struct world *world;
	const struct object_list *objects;
	VEC(struct host_pod) host_pods;
};

/* The requirement on a pod's namespace; NULL: none. */
static const struct ir_req *
namespace_of(const struct ir *ir, const struct ir_selector *s)
{
	for (uint32_t i = 0; i < s->nreq; i++) {
		if (s->req[i].op == IR_EQUALS &&
		    atom_eq(s->req[i].key, ir->word.pod_namespace))
			return &s->req[i];
	}
	return NULL;
}

/* Whether Q is about the namespace or the cluster. */
static bool
is_scope(const struct ir *ir, const struct ir_req *q)
{
	return atom_eq(q->key, ir->word.pod_namespace) ||
	    atom_eq(q->key, ir->word.cluster);
}

/* The requirements of S on the pod itself, in the scratch arena. */
static const struct ir_req *
own_reqs(const struct peers *p, const struct ir_selector *s, size_t *ret_n)
{
	struct ir_req *v = ARENA_ARRAY(p->scratch, struct ir_req, s->nreq);

	*ret_n = 0;
	for (uint32_t i = 0; i < s->nreq; i++) {
		if (!is_scope(p->world->ir, &s->req[i]))
			v[(*ret_n)++] = s->req[i];
	}
	return v;
}

static bool
has_namespace(const struct world *w, struct str ns)
{
	VEC_FOREACH (e, &w->endpoints) {
		if (!e->host && str_eq(e->ns, ns))
			return true;
	}
	return false;
}

/* An endpoint with an identity; NULL: it is a node's. */
static const struct endpoint *
endpoint_with(const struct world *w, uint32_t ident)
{
	VEC_FOREACH (e, &w->endpoints) {
		if (e->ident.i == ident && !e->host)
			return e;
	}
	return NULL;
}

/* An endpoint of another namespace than NS that meets N requirements. */
static const struct endpoint *
elsewhere(const struct peers *p, struct str ns, const struct ir_req *v,
    size_t n)
{
	const struct world *w = p->world;
	const struct ir_selector s = {.req = v, .nreq = (uint32_t)n};
	const struct bitset *met =
	    ident_index_select(w->index, p->scratch, p->scratch, &s);

	BITSET_FOREACH (i, met) {
		const struct endpoint *e =
		    w->idents.v[i].nendpoints > 0 ? endpoint_with(w, i) : NULL;

		if (e && !str_eq(e->ns, ns))
			return e;
	}
	return NULL;
}

/* Whether the labels are those of the cluster's DNS. */
static bool
is_dns(const struct ir *ir, const struct ir_req *v, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct str value = v[i].nvalues == 1
		    ? atom_str(ir->atoms, v[i].values[0])
		    : STR("");

		if (v[i].op == IR_EQUALS &&
		    str_is(atom_str(ir->atoms, v[i].key), "k8s-app") &&
		    str_is(value, "kube-dns"))
			return true;
	}
	return false;
}

static bool
check_elsewhere(const struct peers *p, const struct ir_peer *peer)
{
	const struct world *w = p->world;
	const struct ir_req *q = namespace_of(w->ir, peer->selector);
	const struct endpoint *e;
	const struct ir_req *v;
	struct str ns;
	size_t n;

	if (!q)
		return false;
	ns = atom_str(w->ir->atoms, q->values[0]);
	v = own_reqs(p, peer->selector, &n);
	if (n == 0)
		return false;
	e = elsewhere(p, ns, v, n);
	if (e && (has_namespace(w, ns) || is_dns(w->ir, v, n))) {
		diag_peer_elsewhere(p->sink, peer->at, ns,
		    arena_printf(p->scratch, STR_FMT "/" STR_FMT,
			STR_ARG(e->ns), STR_ARG(e->name)));
		return true;
	}
	if (!e && is_dns(w->ir, v, n) && !str_is(ns, "kube-system")) {
		diag_peer_elsewhere(p->sink, peer->at, ns,
		    "the cluster's DNS in kube-system");
		return true;
	}
	return false;
}

static struct label
label_of_texts(const struct ir *ir, atom_t source, struct str key,
    struct str value)
{
	struct label l = {source, {UINT32_MAX}, {UINT32_MAX}};

	atom_find(ir->atoms, key, &l.key);
	atom_find(ir->atoms, value, &l.value);
	return l;
}

/* Whether a pod with these labels would be selected, had it an identity. */
static bool
would_be_selected(const struct peers *p, const struct ir_selector *s,
    struct str ns, const struct ast_str_map *labels)
{
	const struct ir *ir = p->world->ir;
	const struct object *o =
	    object_find(p->objects, AST_NAMESPACE, STR(""), ns);
	const struct ast_namespace *body = o ? o->body : NULL;
	VEC(struct label) v = {0};

	for (uint32_t i = 0; i < labels->n; i++)
		*vec_push(&v, p->scratch) = label_of_texts(ir, ir->word.k8s,
		    labels->v[i].key, labels->v[i].value);
	*vec_push(&v, p->scratch) =
	    label_of_texts(ir, ir->word.k8s, STR(LABEL_NAMESPACE), ns);
	*vec_push(&v, p->scratch) = label_of_texts(ir, ir->word.k8s,
	    STR(LABEL_OF_NAMESPACE LABEL_METADATA_NAME), ns);
	*vec_push(&v, p->scratch) = label_of_texts(ir, ir->word.k8s,
	    atom_str(ir->atoms, ir->word.cluster), ir->opt.cluster_name);
	for (uint32_t i = 0; body && i < body->metadata->labels.n; i++) {
		const struct ast_str_pair *l = &body->metadata->labels.v[i];

		*vec_push(&v, p->scratch) = label_of_texts(ir, ir->word.k8s,
		    str_of(arena_printf(p->scratch, LABEL_OF_NAMESPACE STR_FMT,
			STR_ARG(l->key))),
		    l->value);
	}
	return selector_met(ir, s->req, s->nreq, v.v, (uint32_t)v.n);
}

static void
list_host_pods(struct peers *p)
{
	OBJECT_FOREACH (o, p->objects, AST_POD) {
		const struct ast_pod *pod = o->body;

		if (pod->spec && pod->spec->host_network.v)
			*vec_push(&p->host_pods, p->scratch) =
			    (struct host_pod){o, &pod->metadata->labels};
	}
	for (enum ast_kind kind = 0; kind < AST_KINDS; kind++) {
		if (!ast_kind_is_workload(kind) || kind == AST_CRON_JOB)
			continue;
		OBJECT_FOREACH (o, p->objects, kind) {
			const struct ast_workload *w = o->body;
			const struct ast_pod_template *t =
			    w->spec ? w->spec->template : NULL;

			if (t && t->spec && t->spec->host_network.v &&
			    t->metadata)
				*vec_push(&p->host_pods, p->scratch) =
				    (struct host_pod){o, &t->metadata->labels};
		}
	}
}

/* One of the host network with the labels; NULL: none. */
static const struct object *
host_network_pod(const struct peers *p, const struct ir_selector *s)
{
	VEC_FOREACH (h, &p->host_pods) {
		if (would_be_selected(p, s, h->object->ns, h->labels))
			return h->object;
	}
	return NULL;
}

/* Whether a rule beside R selects the nodes. */
static bool
has_nodes_beside(const struct peers *p, const struct ir_rule *r)
{
	ident_idx_t nodes;

	return world_find_reserved(p->world, STR(RESERVED_REMOTE_NODE),
		   &nodes) &&
	    bitset_test(who_is_selected_beside(p->scratch, p->world, r),
		nodes.i);
}

static bool
check_host_network(const struct peers *p, const struct ir_rule *r,
    const struct ir_peer *peer)
{
	const struct object *o = host_network_pod(p, peer->selector);

	if (o && !has_nodes_beside(p, r))
		diag_host_network_peer(p->sink, peer->at,
		    arena_printf(p->scratch, STR_FMT "/" STR_FMT,
			STR_ARG(o->ns), STR_ARG(o->name)));
	return o;
}

/* Whether all pods of the peer are among those that R is for, and others are in
 * other namespaces. */
static bool
is_alone(const struct peers *p, const struct ir_rule *r,
    const struct bitset *selected, struct str ns)
{
	const struct bitset *subjects =
	    world_subjects(p->world, p->scratch, r->subject);
	bool others = false;

	VEC_FOREACH (e, &p->world->endpoints) {
		if (e->host)
			continue;
		if (bitset_test(selected, e->ident.i) &&
		    !bitset_test(subjects, e->ident.i))
			return false;
		others = others || !str_eq(e->ns, ns);
	}
	return others;
}

/* Whether the name of R's policy speaks of more than a namespace. */
static bool
is_called_for_all(const struct ir_rule *r)
{
	static const char *const words[] = {"all", "any", "every", "cluster",
	    "scrape", "metric", "prometheus", "monitor"};
	struct str name = r->policy->object->name;

	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++) {
		size_t n = strlen(words[i]);

		if (name.n >= n && memmem(name.s, name.n, words[i], n))
			return true;
	}
	return false;
}

/* Whether R looks for somebody: on some ports, or by its policy's name. */
static bool
is_meant_for_others(const struct ir_rule *r)
{
	return (r->dir == DIR_EGRESS && r->nports > 0 &&
		   r->ports[0].proto != 0) ||
	    is_called_for_all(r);
}

static void
check_empty(const struct peers *p, const struct ir_rule *r,
    const struct ir_peer *peer, const struct bitset *selected)
{
	const struct ir *ir = p->world->ir;
	const struct ir_req *q = namespace_of(ir, peer->selector);
	bool narrower = false;
	struct str ns;

	if (!q || r->policy->object->kind != AST_CILIUM_NETWORK_POLICY)
		return;
	for (uint32_t i = 0; i < peer->selector->nreq; i++) {
		if (!is_scope(ir, &peer->selector->req[i]))
			return;
	}
	for (uint32_t i = 0; i < r->subject->nreq; i++)
		narrower = narrower || !is_scope(ir, &r->subject->req[i]);
	ns = atom_str(ir->atoms, q->values[0]);
	if (narrower && str_eq(ns, r->policy->object->ns) &&
	    is_meant_for_others(r) && is_alone(p, r, selected, ns))
		diag_only_own_namespace(p->sink, peer->at, ns);
}

static void
check_peer(const struct peers *p, const struct ir_rule *r,
    const struct ir_peer *peer)
{
	const struct bitset *selected =
	    world_selected(p->world, peer->selector);

	if (who_has_endpoints(p->world, selected))
		check_empty(p, r, peer, selected);
	else if (!check_host_network(p, r, peer))
		check_elsewhere(p, peer);
}

void
lint_check_peers(struct diag_sink *sink, struct arena *scratch,
    const struct world *w, const struct object_list *objects)
{
	struct peers p = {.sink = sink,
	    .scratch = scratch,
	    .world = w,
	    .objects = objects};

	list_host_pods(&p);
	VEC_FOREACH (at, &w->ir->rules) {
		const struct ir_rule *r = *at;

		for (uint32_t i = 0; r->policy && i < r->npeers; i++) {
			if (r->peers[i].endpoints &&
			    r->peers[i].selector->nreq > 0)
				check_peer(&p, r, &r->peers[i]);
		}
	}
}
