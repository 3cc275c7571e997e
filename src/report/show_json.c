/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The document of `cnpc show`; show.h describes it.
 */
#include "cilium/auth.h"
#include "bundle/layout.h"
#include "cilium/version.h"
#include "ir/rule_json.h"
#include "report/entry.h"
#include "report/show.h"

/* Policies that are left out, by reason: keys of the document. */
enum group {
	REJECTED,
	UNSUPPORTED,
	UNREAD,
	GROUPS,
};

static const char *const group_key[GROUPS] = {"rejected", "unsupported",
    "unread"};

/* Whether O is of the group. */
static bool
is_in(const struct object *o, enum group g)
{
	switch (o->status) {
	case OBJECT_OK:
		return false;
	case OBJECT_REJECTED_SCHEMA:
	case OBJECT_REJECTED_PLATFORM:
	case OBJECT_REJECTED_SANITIZE:
		return g == REJECTED;
	case OBJECT_IDLE:
		return false;
	case OBJECT_OPEN:
	case OBJECT_UNSUPPORTED:
		return g == UNSUPPORTED;
	case OBJECT_UNREAD:
		return g == UNREAD;
	}
	return false;
}

static bool
is_empty(const struct object_list *l, enum group g)
{
	VEC_FOREACH (o, &l->v) {
		if (is_in(*o, g))
			return false;
	}
	return true;
}

static void
put_objects(struct json *out, const struct object_list *l, enum group g)
{
	json_array(out);
	VEC_FOREACH (p, &l->v) {
		const struct object *o = *p;

		if (!is_in(o, g))
			continue;
		json_object(out);
		rule_json_owner(out, o);
		if (g == REJECTED)
			json_kv_cstr(out, "stage",
			    object_status_name(o->status));
		json_kv_cstr(out, "reason", o->why ? o->why->text : "");
		json_end_object(out);
	}
	json_end_array(out);
}

/* For each identity its prefixes, separated by spaces; 0 bytes: none. */
static const struct buf *
identity_prefixes(struct arena *a, const struct world *w)
{
	struct buf *text = ARENA_ARRAY(a, struct buf, w->idents.n);
	char s[CIDR_STRLEN];

	VEC_FOREACH (e, &w->ipcache) {
		struct buf *b = &text[e->ident.i];

		if (!world_identity(w, e->ident)->has_prefix)
			continue;
		if (!b->arena)
			buf_init(b, a);
		else
			buf_putc(b, ' ');
		buf_puts(b, cidr_print(&e->prefix, s));
	}
	return text;
}

static void
put_identities(struct json *out, struct arena *a, const struct show *s)
{
	const struct world *w = s->world;
	const struct buf *prefixes = identity_prefixes(a, w);

	json_array(out);
	for (uint32_t i = 0; i < w->idents.n; i++) {
		const struct identity *id = &w->idents.v[i];

		if (s->one && s->ident.i != i)
			continue;
		json_object(out);
		json_kv_u64(out, "id", id->id.id);
		identity_json_labels(out, a, w, id);
		if (prefixes[i].n > 0)
			json_kv_str(out, "prefix", buf_as_str(&prefixes[i]));
		json_end_object(out);
	}
	json_end_array(out);
}

static void
put_endpoints(struct json *out, const struct show *s)
{
	char text[CIDR_STRLEN];

	json_array(out);
	VEC_FOREACH (e, &s->world->endpoints) {
		if (!show_has_endpoint(s, e))
			continue;
		json_object(out);
		json_kv_str(out, "namespace", e->ns);
		json_kv_str(out, "name", e->name);
		json_kv_u64(out, "identity",
		    world_identity(s->world, e->ident)->id.id);
		json_key(out, "ips");
		json_array(out);
		for (uint32_t i = 0; i < e->nips; i++)
			json_cstr(out, ip_print(&e->ips[i], text));
		json_end_array(out);
		if (e->assumed)
			json_kv_bool(out, "assumed", true);
		json_end_object(out);
	}
	json_end_array(out);
}

static void
put_entry(struct json *out, const struct pmaps *m, const struct pmap_record *e)
{
	struct str redirect = m->redirects.v[e->value.redirect].name;
	const char *auth = auth_print(e->value.auth);

	json_object(out);
	json_kv_cstr(out, "dir", direction_name(e->dir));
	if (e->id.id != 0)
		json_kv_u64(out, "identity", e->id.id);
	if (e->proto != 0)
		json_kv_u64(out, "proto", e->proto);
	if (e->port != 0)
		json_kv_u64(out, "port", e->port);
	if (e->port_bits != 0)
		json_kv_u64(out, "port_prefix_len", e->port_bits);
	if (e->value.deny)
		json_kv_bool(out, "deny", true);
	if (redirect.n > 0)
		json_kv_str(out, "redirect", redirect);
	if (*auth)
		json_kv_cstr(out, "auth", auth);
	if (version_has(m->world->ir->opt.cilium, VERSION_PRECEDENCE))
		json_kv_u64(out, "precedence", e->value.precedence);
	else if (!e->value.deny && e->value.precedence != 0)
		json_kv_u64(out, "proxy_priority", e->value.precedence);
	json_end_object(out);
}

static void
put_class(struct json *out, const struct show *s, const struct pmap_class *c)
{
	json_kv_bool(out, "ingress_enforced",
	    c->direction[DIR_INGRESS]->enforced);
	json_kv_bool(out, "egress_enforced",
	    c->direction[DIR_EGRESS]->enforced);
	json_key(out, "entries");
	json_array(out);
	for (int dir = DIR_INGRESS; dir <= DIR_EGRESS; dir++) {
		struct pmap_iter it;
		struct pmap_record e;

		pmap_iter_init(&it, s->world, c->direction[dir]);
		while (pmap_iter_next(&it, &e))
			put_entry(out, s->pmaps, &e);
	}
	json_end_array(out);
}

/* [ident index]: the first endpoint with it, or NULL. */
static const struct endpoint *const *
first_endpoints(struct arena *a, const struct world *w)
{
	const struct endpoint **first =
	    ARENA_ARRAY(a, const struct endpoint *, w->idents.n);

	VEC_FOREACH (e, &w->endpoints) {
		if (!first[e->ident.i])
			first[e->ident.i] = e;
	}
	return first;
}

static void
put_policies(struct json *out, struct arena *a, const struct show *s)
{
	const struct world *w = s->world;
	const struct endpoint *const *first = first_endpoints(a, w);

	json_array(out);
	for (uint32_t i = 0; i < w->idents.n; i++) {
		const struct pmap_class *c =
		    pmap_class_of(s->pmaps, (ident_idx_t){i});

		if (!c || !first[i] || (s->one && s->ident.i != i))
			continue;
		json_object(out);
		json_kv_u64(out, "identity", w->idents.v[i].id.id);
		json_key(out, "endpoint");
		json_cstr(out,
		    arena_printf(a, STR_FMT "/" STR_FMT, STR_ARG(first[i]->ns),
			STR_ARG(first[i]->name)));
		if (c->error)
			json_kv_cstr(out, "error", c->error);
		else
			put_class(out, s, c);
		json_end_object(out);
	}
	json_end_array(out);
}

static void
put_ipcache(struct json *out, const struct show *s)
{
	char text[CIDR_STRLEN];

	json_array(out);
	VEC_FOREACH (e, &s->world->ipcache) {
		if (s->one && s->ident.i != e->ident.i)
			continue;
		json_object(out);
		json_kv_cstr(out, "prefix", cidr_print(&e->prefix, text));
		json_kv_u64(out, "identity",
		    world_identity(s->world, e->ident)->id.id);
		json_end_object(out);
	}
	json_end_array(out);
}

void
show_json(struct json *out, struct arena *a, const struct show *s,
    enum show_part part)
{
	bool all = part == SHOW_ALL;

	json_document(out, "cnpc-show", 1);
	for (enum group g = REJECTED; all && g < GROUPS; g++) {
		/* The first one is always there. */
		if (g != REJECTED && is_empty(s->objects, g))
			continue;
		json_key(out, group_key[g]);
		put_objects(out, s->objects, g);
	}
	if (all || part == SHOW_IDENTITIES) {
		json_key(out, "identities");
		put_identities(out, a, s);
	}
	if (all || part == SHOW_ENDPOINTS) {
		json_key(out, "endpoints");
		put_endpoints(out, s);
	}
	if (all || part == SHOW_POLICIES) {
		json_key(out, "maps");
		json_object(out);
		map_layout_json(out,
		    map_layout(s->world->ir->opt.cilium.number));
		json_end_object(out);
		json_key(out, "policies");
		put_policies(out, a, s);
	}
	if (part == SHOW_IPCACHE) {
		json_key(out, "ipcache");
		put_ipcache(out, s);
	}
	json_end_object(out);
	buf_putc(out->out, '\n');
}
