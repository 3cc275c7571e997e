/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An endpoint with exactly the labels that a question or a selector names, if
 * none has them.
 */
#include "ident/assumed.h"

#include "base/bitset.h"
#include "base/buf.h"
#include "ir/selector.h"

/* Whether an endpoint, one that was assumed included, meets all of REQS; NS is
 * its namespace; .s NULL: any. */
static bool
is_there(const struct builder *b, struct str ns, const struct ir_req *reqs,
    size_t nreqs)
{
	for (size_t i = 0; i < b->w->endpoints.n; i++) {
		const struct label_set *set = &b->endpoint_labels.v[i]->set;

		if ((!ns.s || str_eq(b->w->endpoints.v[i].ns, ns)) &&
		    selector_met(b->w->ir, reqs, nreqs, set->v.v,
			(uint32_t)set->v.n))
			return true;
	}
	return false;
}

/* The labels that meet the question; false: several would. */
static bool
labels_of(struct arena *a, const struct lang_selector *asked,
    struct ast_str_map *ret_labels)
{
	struct ast_str_map m = {
	    .v = ARENA_ARRAY(a, struct ast_str_pair, asked->reqs.n)};

	VEC_FOREACH (q, &asked->reqs) {
		bool own = q->source.n == 0 || str_is(q->source, "k8s");

		if (q->op == LANG_NOT_IN || q->op == LANG_NOT_EXISTS)
			continue;
		if (!own || q->op != LANG_IN || q->values.n != 1)
			return false;
		m.v[m.n++] = (struct ast_str_pair){.key = q->key,
		    .value = q->values.v[0]};
	}
	*ret_labels = m;
	return m.n > 0;
}

/* A pod of these labels, and of their text for a name. */
static const struct object *
make_pod(struct arena *a, struct str ns, struct str text,
    const struct ast_str_map *labels)
{
	struct ast_object_meta *meta = ARENA_NEW(a, struct ast_object_meta);
	struct ast_pod *pod = ARENA_NEW(a, struct ast_pod);
	struct object *o = ARENA_NEW(a, struct object);

	*meta = (struct ast_object_meta){.labels = *labels};
	*pod = (struct ast_pod){.metadata = meta};
	*o = (struct object){.kind = AST_POD,
	    .kind_name = "Pod",
	    .ns = ns,
	    .name = text,
	    .body = pod};
	return o;
}

static void
assume(struct endpoints *p, struct str ns, struct str text,
    const struct ast_str_map *labels)
{
	struct arena *a = p->b->w->arena;
	/* They are told apart by their place. */
	struct ast_str_map *kept = ARENA_NEW(a, struct ast_str_map);
	struct pod_description d = {.ns = ns,
	    .labels = kept,
	    .account = STR("default")};

	*kept = *labels;
	endpoints_add(p, make_pod(a, ns, text, kept),
	    pod_labels_find(&p->labels, &d), (struct named_ports){0})
	    ->assumed = true;
}

static void
assume_asked(struct endpoints *p)
{
	const struct ir_options *opt = &p->b->w->ir->opt;

	for (size_t i = 0; i < opt->nassumed; i++) {
		const struct ir_assumed *asked = &opt->assumed[i];
		struct ast_str_map labels;

		if (!is_there(p->b, asked->ns,
			selector_of_question(p->b->w->ir, p->b->w->arena,
			    &asked->labels),
			asked->labels.reqs.n) &&
		    labels_of(p->b->w->arena, &asked->labels, &labels))
			assume(p, asked->ns, asked->text, &labels);
	}
}

/*
 * The namespace and the labels of the one pod that a selector describes; false:
 * it describes several, or none that a workload could have.
 */
static bool
described_pod(const struct ir *ir, struct arena *a, const struct ir_selector *s,
    struct str *ret_ns, struct ast_str_map *ret_labels)
{
	struct ast_str_map m = {
	    .v = ARENA_ARRAY(a, struct ast_str_pair, s->nreq)};
	struct str ns = {0};

	for (uint32_t i = 0; i < s->nreq; i++) {
		const struct ir_req *q = &s->req[i];
		bool own = q->any_source || atom_eq(q->source, ir->word.k8s);
		struct str key = atom_str(ir->atoms, q->key), value;

		if (q->op == IR_NOT_IN || q->op == IR_NOT_EXISTS ||
		    atom_eq(q->key, ir->word.cluster))
			continue;
		if (!own || q->is_cidr || q->any_key || q->nvalues != 1)
			return false;
		value = atom_str(ir->atoms, q->values[0]);
		if (atom_eq(q->key, ir->word.pod_namespace))
			ns = value;
		else if (str_starts(key, STR("io.cilium.k8s.")))
			return false;
		else
			m.v[m.n++] =
			    (struct ast_str_pair){.key = key, .value = value};
	}
	*ret_ns = ns;
	*ret_labels = m;
	return ns.n > 0 && m.n > 0;
}

/* "app=api,tier=back" */
static struct str
labels_text(struct arena *a, const struct ast_str_map *labels)
{
	struct buf b;

	buf_init(&b, a);
	for (uint32_t i = 0; i < labels->n; i++)
		buf_printf(&b, "%s" STR_FMT "=" STR_FMT, i > 0 ? "," : "",
		    STR_ARG(labels->v[i].key), STR_ARG(labels->v[i].value));
	return buf_as_str(&b);
}

/* SEEN has the indices of selectors that were looked at. */
static void
assume_described(struct endpoints *p, const struct ir_selector *s,
    struct bitset *seen)
{
	struct arena *a = p->b->w->arena;
	struct ast_str_map labels;
	struct str ns;

	if (bitset_test(seen, s->index))
		return;
	bitset_set(seen, s->index);
	if (described_pod(p->b->w->ir, a, s, &ns, &labels) &&
	    !is_there(p->b, (struct str){0}, s->req, s->nreq))
		assume(p, ns, labels_text(a, &labels), &labels);
}

void
assumed_add(struct endpoints *p)
{
	const struct ir *ir = p->b->w->ir;
	struct bitset *seen;

	if (ir->opt.snapshot)
		return;
	assume_asked(p);
	if (!ir->opt.assume_described)
		return;
	seen = bitset_new(p->b->w->arena, (uint32_t)ir->selectors.n);
	VEC_FOREACH (r, &ir->rules)
		assume_described(p, (*r)->subject, seen);
	VEC_FOREACH (r, &ir->rules) {
		for (uint32_t i = 0; i < (*r)->npeers; i++) {
			if ((*r)->peers[i].endpoints)
				assume_described(p, (*r)->peers[i].selector,
				    seen);
		}
	}
}
