/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What people want to stay true of their policies (cnpc-assertions(5)), and
 * whether it is so.
 *
 *     assertions_run(&t, arena, scratch, sink, &side, under, default_ns);
 *     VEC_FOREACH (x, &t.v)
 *             ... x->assertion, x->state, x->traces ...
 */

#include "change/reach.h"

enum assertion_state {
	ASSERTION_HOLDS,
	ASSERTION_FAILS,
	ASSERTION_UNKNOWN, /* the policies that decide are not known in full */
	ASSERTION_BROKEN,  /* it cannot be told, as an error says */
};

struct assertion_result {
	const struct ast_assertion *assertion;
	enum assertion_state state;
	/* Connections that are not as they should, or not known. */
	VEC(const struct trace *) traces;
	uint32_t more; /* sets of them that are not traced */
	/* Of `isolated`: pods that are not, by direction; NULL elsewhere. */
	const struct bitset *open[2];
};

struct assertions {
	const struct ast_circumstances *under; /* that they are tested for */
	struct arena *arena, *scratch;
	struct diag_sink *sink;
	struct str ns; /* of ends without one */
	bool told;     /* why this one cannot be read */
	struct reaches reaches;
	VEC(struct assertion_result) v; /* in input order */
};

/*
 * Tests the assertions among the objects of SIDE that are to hold UNDER what it
 * was compiled for; mistakes go to SINK.
 */
void assertions_run(struct assertions *t, struct arena *a,
    struct arena *scratch, struct diag_sink *sink,
    const struct change_side *side, const struct ast_circumstances *under,
    struct str default_ns);

typedef VEC(const struct ast_circumstances *) circumstances_vec;

/* Adds what assertions are to hold under, each once: no member of it is present
 * where it is as the options say. */
void assertions_list_circumstances(circumstances_vec *ret, struct arena *a,
    const struct object_list *objects);

typedef VEC(struct query_end) query_end_vec;

/* Adds the ends that assertions name by labels, which need not be there. */
void assertions_list_ends(query_end_vec *ret, struct arena *a,
    const struct object_list *objects, struct str default_ns);
