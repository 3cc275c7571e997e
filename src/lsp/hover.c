/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a place is about: the field's text, and who a selector selects now.
 */
#include "lsp/session.h"
#include "schema/place.h"
#include "yaml/locate.h"

/* So many of those that are selected are named. */
#define NAMED 10

static void
put_field(struct session *s, struct buf *b, const struct schema_place *p)
{
	const char *doc = schema_place_doc(p);
	struct schema_choice value;

	buf_printf(b, "**" STR_FMT "** (%s)", STR_ARG(schema_place_name(p)),
	    schema_place_type(&s->message, p));
	if (*doc)
		buf_printf(b, "\n\n%s", doc);
	for (uint32_t i = 0; schema_place_value(p, i, &value); i++)
		buf_printf(b, "%s`" STR_FMT "`", i > 0 ? ", " : "\n\nOne of ",
		    STR_ARG(value.text));
}

/* Those that are selected, each by its name, once. */
struct selected {
	struct map seen;
	bool pods; /* there are names of pods or workloads among them */
};

static void
add_name(struct selected *to, struct str name)
{
	*map_put(&to->seen, name.s, name.n) = to;
}

/* The identities of SET by their endpoints, and the others by themselves. */
static void
add_identities(struct session *s, struct selected *to, const struct bitset *set)
{
	const struct world *w = &s->unit.world;

	VEC_FOREACH (e, &w->endpoints) {
		if (!e->assumed && !e->host && bitset_test(set, e->ident.i)) {
			add_name(to,
			    object_full_name(&s->message, e->ns, e->name));
			to->pods = true;
		}
	}
	BITSET_FOREACH (i, set) {
		if (w->idents.v[i].nendpoints == 0)
			add_name(to,
			    identity_print(&s->message, w, (ident_idx_t){i}));
	}
}

static void
add_nodes(struct session *s, struct selected *to, const struct ir_selector *by)
{
	VEC_FOREACH (node, &s->unit.world.nodes) {
		if (world_selects_host(&s->unit.world, by, node))
			add_name(to, node->name);
	}
}

static bool
is_within(struct span at, struct span outer)
{
	return at.source == outer.source && at.start >= outer.start &&
	    at.end <= outer.end;
}

/* Whether a field of that name says who a policy is for. */
static bool
is_subject(const struct ystep *step)
{
	return step->pair &&
	    (str_is(step->pair->key, "endpointSelector") ||
		str_is(step->pair->key, "nodeSelector") ||
		str_is(step->pair->key, "podSelector"));
}

/* What the node that STEP leads to selects, by each rule that it is part of. */
static bool
find_selected(struct session *s, struct selected *to, const struct ystep *step)
{
	const struct world *w = &s->unit.world;
	bool found = false;

	VEC_FOREACH (p, &s->unit.ir.rules) {
		const struct ir_rule *r = *p;

		if (is_subject(step) && is_within(r->at, step->from->at)) {
			if (r->node)
				add_nodes(s, to, r->subject);
			else
				add_identities(s, to,
				    world_subjects(w, &s->message, r->subject));
			found = true;
		}
		for (uint32_t i = 0; i < r->npeers; i++) {
			const struct ir_peer *peer = &r->peers[i];

			if (!span_same(peer->at, step->to->at))
				continue;
			add_identities(s, to,
			    world_selected(w, peer->selector));
			found = true;
		}
	}
	return found;
}

/* "selects 3 pods: shop/web-0, ..." */
static void
put_selected(struct buf *b, const struct selected *selected)
{
	uint32_t n = selected->seen.n;

	buf_puts(b, "\n\nselects ");
	if (n == 0) {
		buf_puts(b, "nobody that is known here");
		return;
	}
	buf_printf(b, "%u%s: ", n,
	    !selected->pods ? ""
		: n == 1    ? " pod"
			    : " pods");
	for (uint32_t i = 0; i < n && i < NAMED; i++)
		buf_printf(b, "%s%.*s", i > 0 ? ", " : "",
		    (int)selected->seen.entry[i].len,
		    (const char *)selected->seen.entry[i].key);
	if (n > NAMED)
		buf_printf(b, " and %u more", n - NAMED);
}

static void
put_selector(struct session *s, struct buf *b, const struct ytrail *trail)
{
	struct selected selected = {0};

	if (!unit_ran(&s->unit, PASS_IDENT))
		return;
	map_init(&selected.seen, &s->message);
	for (size_t i = trail->v.n; i-- > 0;) {
		if (find_selected(s, &selected, &trail->v.v[i])) {
			put_selected(b, &selected);
			return;
		}
	}
}

void
request_hover(struct session *s, const struct ynode *params,
    struct json *result)
{
	struct text_place place;
	struct schema_place field;
	struct ytrail trail;
	struct buf b;

	if (!find_place(s, params, &place) || place.source == 0) {
		json_null(result);
		return;
	}
	trail_at(s, &place, &trail);
	if (!schema_of_trail(s, &trail, &field)) {
		json_null(result);
		return;
	}
	buf_init(&b, &s->message);
	put_field(s, &b, &field);
	put_selector(s, &b, &trail);
	json_object(result);
	json_key(result, "contents");
	json_object(result);
	json_kv_cstr(result, "kind", "markdown");
	json_kv_str(result, "value", buf_as_str(&b));
	json_end_object(result);
	json_end_object(result);
}
