/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Numbers that earlier runs gave, kept by an IdentityLock.  A number whose
 * labels nobody has now stays reserved for them.
 */
#include <stdlib.h>

#include "diag_gen.h"
#include "ident/build.h"

static int
compare_str(const void *a, const void *b)
{
	return str_compare(*(const struct str *)a, *(const struct str *)b);
}

/* The labels as the text of a group. */
static struct str
join_labels(struct builder *b, const struct ast_str_list *labels)
{
	struct str *v = ARENA_ARRAY(&b->scratch, struct str, labels->n);
	struct buf text;

	for (uint32_t i = 0; i < labels->n; i++)
		v[i] = labels->v[i].v;
	qsort(v, labels->n, sizeof(*v), compare_str);
	buf_init(&text, &b->scratch);
	for (uint32_t i = 0; i < labels->n; i++) {
		if (i > 0)
			buf_putc(&text, ';');
		buf_str(&text, v[i]);
	}
	return buf_as_str(&text);
}

static void
lock_number(struct builder *b, const struct ast_locked_identity *e)
{
	uint32_t id = (uint32_t)e->id.v;
	struct str text = join_labels(b, &e->labels);
	struct group *g = map_get(&b->group_of, text.s, text.n);
	void **slot = map_put(&b->locked, text.s, text.n);

	if (g && id >= SEC_ID_CIDR_FIRST) {
		diag_locked_out_of_range(b->sink, e->id.at, id, text);
		return;
	}
	if (!g)
		g = *slot;
	if (!g) {
		g = ARENA_NEW(&b->scratch, struct group);
		g->text = text;
	}
	if (g->id != 0 && g->id != id) {
		struct diag *d =
		    diag_locked_differently(b->sink, e->id.at, text, id, g->id);

		diag_note(b->sink, d, g->at, "the other number is from here");
		return;
	}
	*slot = g;
	build_fix_number(b, g, id, e->id.at);
}

void
build_lock_numbers(struct builder *b)
{
	OBJECT_FOREACH (o, b->objects, AST_IDENTITY_LOCK) {
		const struct ast_identity_lock *lock = o->body;

		for (uint32_t i = 0; i < lock->identities.n; i++)
			lock_number(b, &lock->identities.v[i]);
	}
}

bool
build_locked_number(struct builder *b, const struct group *g, uint32_t first,
    uint32_t *ret_id)
{
	const struct group *locked = map_get(&b->locked, g->text.s, g->text.n);

	/* A line that contradicts another one fixes nothing. */
	if (!locked || locked->id == 0)
		return false;
	if (locked->id >> 24 != first >> 24) {
		diag_locked_out_of_range(b->sink, locked->at, locked->id,
		    g->text);
		return false;
	}
	*ret_id = locked->id;
	return true;
}
