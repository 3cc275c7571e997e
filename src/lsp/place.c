/* SPDX-License-Identifier: Apache-2.0 */
/* What requests are about, as text, tree and tables have it. */
#include "lsp/session.h"
#include "yaml/locate.h"

struct str
get_text(const struct ynode *n, const char *key)
{
	const struct ynode *value = n ? ynode_get(n, key) : NULL;

	return value && value->kind == Y_STR ? value->s : STR("");
}

bool
get_u32(const struct ynode *n, const char *key, uint32_t *ret)
{
	const struct ynode *value = n ? ynode_get(n, key) : NULL;

	if (!value || value->kind != Y_INT || value->i < 0)
		return false;
	*ret = value->i < UINT32_MAX ? (uint32_t)value->i : UINT32_MAX;
	return true;
}

bool
get_position(const struct ynode *n, const char *key, struct position *ret)
{
	const struct ynode *at = n ? ynode_get(n, key) : NULL;
	struct position p;

	if (!get_u32(at, "line", &p.line) ||
	    !get_u32(at, "character", &p.character))
		return false;
	*ret = p;
	return true;
}

uint32_t
source_of(const struct session *s, const struct text *text)
{
	const struct source_set *set = &s->unit.sources;

	for (uint32_t i = 1; s->compiled && text->path && i <= set->v.n; i++) {
		if (strcmp(set->v.v[i - 1].name, text->path) == 0)
			return i;
	}
	return 0;
}

struct text *
text_of_params(const struct session *s, const struct ynode *params)
{
	return texts_find(&s->texts,
	    get_text(ynode_get(params, "textDocument"), "uri"));
}

bool
find_place(const struct session *s, const struct ynode *params,
    struct text_place *ret)
{
	const struct text *text = text_of_params(s, params);
	struct position at;

	if (!text || !get_position(params, "position", &at))
		return false;
	*ret = (struct text_place){
	    .text = text,
	    .offset = position_offset(text->text, at, s->utf8),
	    .source = source_of(s, text),
	};
	return true;
}

void
trail_at(struct session *s, const struct text_place *p, struct ytrail *ret)
{
	yaml_trail(&s->message, &s->unit.docs,
	    (struct span){p->source, p->offset, p->offset}, ret);
}

/* Follows STEP; false: the tables end here. */
static bool
follow(struct schema_place *p, const struct ystep *step)
{
	return step->pair ? schema_place_enter(p, step->pair->key)
			  : schema_place_item(p);
}

bool
schema_of_trail(const struct session *s, const struct ytrail *trail,
    struct schema_place *ret)
{
	unsigned cilium = s->unit.opt.schema.cilium;
	bool known = false;

	VEC_FOREACH (step, &trail->v) {
		if (schema_place_object(ret, step->from, cilium))
			known = true;
		if (known)
			known = follow(ret, step);
	}
	return known;
}
