/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The lines of an IdentityLock.  A number stays reserved for its labels even
 * if nobody has them now.
 */
#include "ident/lock.h"

#include <stdlib.h>

#include "cilium/reserved.h"
#include "diag_gen.h"

static int
compare_str(const void *a, const void *b)
{
	return str_compare(*(const struct str *)a, *(const struct str *)b);
}

/* The labels as the text of a label set. */
static struct str
join_labels(struct arena *a, const struct ast_str_list *labels)
{
	struct str *v = ARENA_ARRAY(a, struct str, labels->n);
	struct buf text;

	for (uint32_t i = 0; i < labels->n; i++)
		v[i] = labels->v[i].v;
	qsort(v, labels->n, sizeof(*v), compare_str);
	buf_init(&text, a);
	for (uint32_t i = 0; i < labels->n; i++) {
		if (i > 0)
			buf_putc(&text, ';');
		buf_str(&text, v[i]);
	}
	return buf_as_str(&text);
}

static void
lock_number(struct numbering *n, const struct ast_locked_identity *e)
{
	uint32_t id = (uint32_t)e->id.v;
	struct str text = join_labels(n->arena, &e->labels);
	struct numbered_labels *labels = map_get(&n->by_text, text.s, text.n);
	void **slot = map_put(&n->locked, text.s, text.n);

	if (labels && id >= SEC_ID_CIDR_FIRST) {
		diag_locked_out_of_range(n->sink, e->id.at, id, text);
		return;
	}
	if (!labels)
		labels = *slot;
	if (!labels) {
		labels = ARENA_NEW(n->arena, struct numbered_labels);
		labels->text = text;
	}
	if (labels->id != 0 && labels->id != id) {
		struct diag *d = diag_locked_differently(n->sink, e->id.at,
		    text, id, labels->id);

		diag_note(n->sink, d, labels->at,
		    "the other number is from here");
		return;
	}
	*slot = labels;
	numbering_fix(n, labels, id, e->id.at);
}

void
lock_numbers(struct numbering *n, const struct object_list *objects)
{
	OBJECT_FOREACH (o, objects, AST_IDENTITY_LOCK) {
		const struct ast_identity_lock *lock = o->body;

		for (uint32_t i = 0; i < lock->identities.n; i++)
			lock_number(n, &lock->identities.v[i]);
	}
}
