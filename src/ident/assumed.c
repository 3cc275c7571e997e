/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An endpoint with exactly the labels that a question names, if none has them.
 */
#include "ident/assumed.h"

#include "ir/selector.h"

/* Whether an endpoint that is there is one that is asked about. */
static bool
is_there(const struct builder *b, const struct ir_assumed *asked)
{
	const struct ir *ir = b->w->ir;
	const struct ir_req *reqs =
	    selector_of_question(ir, b->w->arena, &asked->labels);

	for (size_t i = 0; i < b->w->endpoints.n; i++) {
		const struct label_set *set = &b->endpoint_labels.v[i]->set;

		if (str_eq(b->w->endpoints.v[i].ns, asked->ns) &&
		    selector_met(ir, reqs, asked->labels.reqs.n, set->v.v,
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

/* A pod of the question's name and labels. */
static const struct object *
make_pod(struct arena *a, const struct ir_assumed *asked,
    const struct ast_str_map *labels)
{
	struct ast_object_meta *meta = ARENA_NEW(a, struct ast_object_meta);
	struct ast_pod *pod = ARENA_NEW(a, struct ast_pod);
	struct object *o = ARENA_NEW(a, struct object);

	*meta = (struct ast_object_meta){.labels = *labels};
	*pod = (struct ast_pod){.metadata = meta};
	*o = (struct object){.kind = AST_POD,
	    .kind_name = "Pod",
	    .ns = asked->ns,
	    .name = asked->text,
	    .body = pod};
	return o;
}

void
assumed_add(struct endpoints *p)
{
	const struct ir_options *opt = &p->b->w->ir->opt;

	for (size_t i = 0; i < opt->nassumed && !opt->snapshot; i++) {
		const struct ir_assumed *asked = &opt->assumed[i];
		struct arena *a = p->b->w->arena;
		/* They are told apart by their place. */
		struct ast_str_map *labels = ARENA_NEW(a, struct ast_str_map);
		struct pod_description d = {.ns = asked->ns,
		    .labels = labels,
		    .account = STR("default")};

		if (is_there(p->b, asked) ||
		    !labels_of(a, &asked->labels, labels))
			continue;
		endpoints_add(p, make_pod(a, asked, labels),
		    pod_labels_find(&p->labels, &d), (struct named_ports){0})
		    ->assumed = true;
	}
}
