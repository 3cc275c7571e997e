/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A lock has one line for each identity, by number.
 */
#include "ident/lock_text.h"

#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "ident/labels.h"

static const char head[] = "# Written by cnpc compile --identity-lock.\n"
			   "apiVersion: cnpc.io/v1alpha1\n"
			   "kind: IdentityLock\n"
			   "metadata: {name: identities}\n"
			   "identities:\n";

/* One line, in the writing. */
struct line {
	uint32_t id;
	const char *text;
};

typedef VEC(struct line) line_vec;

static int
compare_line(const void *pa, const void *pb)
{
	const struct line *a = pa, *b = pb;

	return (a->id > b->id) - (a->id < b->id);
}

/* "- {"id":256,"labels":["k8s:app"],"unused":true}" */
static void
add_line(line_vec *lines, struct arena *a, uint32_t id,
    const struct str *labels, uint32_t n, bool unused)
{
	struct buf b;
	struct json j;

	buf_init(&b, a);
	json_init(&j, &b, false);
	json_object(&j);
	json_kv_u64(&j, "id", id);
	json_key(&j, "labels");
	json_array(&j);
	for (uint32_t i = 0; i < n; i++)
		json_str(&j, labels[i]);
	json_end_array(&j);
	if (unused)
		json_kv_bool(&j, "unused", true);
	json_end_object(&j);
	*vec_push(lines, a) = (struct line){id, b.p};
}

static void
add_identity(line_vec *lines, struct arena *a, const struct world *w,
    const struct identity *id)
{
	struct str *labels = ARENA_ARRAY(a, struct str, id->nlabels);

	for (uint32_t i = 0; i < id->nlabels; i++)
		labels[i] = label_print(a, w->ir->atoms, &id->labels[i]);
	add_line(lines, a, id->id.id, labels, id->nlabels, false);
}

static void
add_unused(line_vec *lines, struct arena *a, const struct world *w,
    const struct ast_locked_identity *e)
{
	sec_id_t id = {(uint32_t)e->id.v};
	struct str *labels = ARENA_ARRAY(a, struct str, e->labels.n);
	ident_idx_t idx;

	if (world_find_id(w, id, &idx))
		return;
	for (uint32_t i = 0; i < e->labels.n; i++)
		labels[i] = e->labels.v[i].v;
	add_line(lines, a, id.id, labels, e->labels.n, true);
}

struct str
identity_lock_text(struct arena *a, const struct world *w,
    const struct object_list *objects)
{
	line_vec lines = {0};
	struct buf out;

	for (size_t i = 0; i < w->idents.n; i++) {
		if (w->idents.v[i].id.id >= SEC_ID_POD_FIRST)
			add_identity(&lines, a, w, &w->idents.v[i]);
	}
	OBJECT_FOREACH (o, objects, AST_IDENTITY_LOCK) {
		const struct ast_identity_lock *lock = o->body;

		for (uint32_t i = 0; i < lock->identities.n; i++)
			add_unused(&lines, a, w, &lock->identities.v[i]);
	}
	if (lines.n > 1)
		qsort(lines.v, lines.n, sizeof(*lines.v), compare_line);
	buf_init(&out, a);
	buf_puts(&out, head);
	for (size_t i = 0; i < lines.n; i++) {
		if (i == 0 || lines.v[i].id != lines.v[i - 1].id)
			buf_printf(&out, "- %s\n", lines.v[i].text);
	}
	if (lines.n == 0)
		buf_puts(&out, "  []\n");
	return buf_as_str(&out);
}

bool
identity_lock_read(const struct source_set *sources,
    const struct object_list *objects, const char *path)
{
	VEC_FOREACH (o, &objects->of_kind[AST_IDENTITY_LOCK]) {
		if (strcmp(sources->v.v[(*o)->at.source - 1].name, path) == 0)
			return true;
	}
	return false;
}
