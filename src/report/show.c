/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What `cnpc show` prints for people: tables of all that was computed.
 */
#include "report/show.h"

#include <stdlib.h>

#include "diag/printable.h"
#include "bundle/layout.h"
#include "cilium/version.h"
#include "report/entry.h"
#include "report/model.h"
#include "report/table.h"

enum {
	IDENTS_SHOWN = 4, /* identities of a class that are named */
	RANGES_SHOWN = 8, /* port ranges in a row */
};

/* The identity "N  name" as two cells. */
static void
put_ident(struct table *t, const struct show *s, ident_idx_t ident)
{
	table_cell(t, "%u", world_identity(s->world, ident)->id.id);
	table_str(t, identity_print(t->arena, s->world, ident));
}

static void
put_refused(struct buf *out, struct arena *a, const struct show *s)
{
	struct table t;

	table_init(&t, a, "llll");
	table_words(&t, "LEFT OUT|NAME|STAGE|REASON");
	VEC_FOREACH (p, &s->objects->v) {
		const struct object *o = *p;

		if (o->status == OBJECT_OK)
			continue;
		table_cell(&t, "%s", o->kind_name);
		table_str(&t, object_full_name(a, o->ns, o->name));
		table_cell(&t, "%s", object_status_name(o->status));
		table_cell(&t, "%s", o->why ? o->why->text : "");
	}
	if (table_rows(&t) > 1) {
		table_put(out, &t, 0);
		buf_putc(out, '\n');
	}
}

static void
put_identities(struct buf *out, struct arena *a, const struct show *s)
{
	struct table t;

	table_init(&t, a, "rrl");
	table_words(&t, "ENDPOINTS|IDENTITY|LABELS");
	for (uint32_t i = 0; i < s->world->idents.n; i++) {
		if (s->one && s->ident.i != i)
			continue;
		table_cell(&t, "%u", s->world->idents.v[i].nendpoints);
		put_ident(&t, s, (ident_idx_t){i});
	}
	table_put(out, &t, 0);
}

static void
put_endpoints(struct buf *out, struct arena *a, const struct show *s)
{
	struct table t;
	char text[CIDR_STRLEN];

	table_init(&t, a, "llrl");
	table_words(&t, "ENDPOINT|ADDRESSES|IDENTITY|LABELS");
	VEC_FOREACH (e, &s->world->endpoints) {
		struct buf ips;

		if (!show_has_endpoint(s, e))
			continue;
		buf_init(&ips, a);
		buf_puts(&ips, e->assumed ? "assumed" : "");
		for (uint32_t i = 0; i < e->nips; i++)
			buf_printf(&ips, "%s%s", i > 0 ? "," : "",
			    ip_print(&e->ips[i], text));
		table_str(&t, object_full_name(a, e->ns, e->name));
		table_str(&t, buf_as_str(&ips));
		put_ident(&t, s, e->ident);
	}
	table_put(out, &t, 0);
}

static void
put_ipcache(struct buf *out, struct arena *a, const struct show *s)
{
	struct table t;
	char text[CIDR_STRLEN];

	table_init(&t, a, "lrl");
	table_words(&t, "PREFIX|IDENTITY|LABELS");
	VEC_FOREACH (e, &s->world->ipcache) {
		if (s->one && s->ident.i != e->ident.i)
			continue;
		table_cell(&t, "%s", cidr_print(&e->prefix, text));
		put_ident(&t, s, e->ident);
	}
	table_put(out, &t, 0);
}

static int
compare_u32(uint32_t a, uint32_t b)
{
	return (a > b) - (a < b);
}

/* By identity, protocol, precedence, then port: entries that make one row come
 * together, their ports ascending. */
static int
entry_compare(const void *pa, const void *pb)
{
	const struct pmap_record *a = pa, *b = pb;
	const struct pmap_value *x = &a->value, *y = &b->value;
	int c = compare_u32(a->id.id, b->id.id);

	c = c ? c : compare_u32(a->proto, b->proto);
	c = c ? c : compare_u32(y->precedence, x->precedence);
	c = c ? c : compare_u32(y->deny, x->deny);
	c = c ? c : compare_u32(x->redirect, y->redirect);
	c = c ? c : compare_u32(x->auth, y->auth);
	c = c ? c : compare_u32(a->port, b->port);
	return c ? c : compare_u32(a->port_bits, b->port_bits);
}

static bool
same_row(const struct pmap_record *a, const struct pmap_record *b)
{
	return a->id.id == b->id.id && a->proto == b->proto &&
	    a->value.precedence == b->value.precedence &&
	    a->value.deny == b->value.deny &&
	    a->value.redirect == b->value.redirect &&
	    a->value.auth == b->value.auth;
}

/* Rows for N entries that differ in their ports alone. */
static void
put_rows(struct table *t, const struct show *s, const struct pmap_record *e,
    size_t n)
{
	struct port_ranges ports = {0};
	bool icmp = e->proto == 1 || e->proto == 58;
	ident_idx_t ident;

	for (size_t i = 0; i < n; i++)
		ports_add(&ports, t->arena, e[i].port, e[i].port_bits);
	for (size_t i = 0; i < ports.v.n; i += RANGES_SHOWN) {
		size_t some = ports.v.n - i;
		struct buf b;

		if (some > RANGES_SHOWN)
			some = RANGES_SHOWN;
		buf_init(&b, t->arena);
		buf_puts(&b, entry_proto(t->arena, e->proto));
		if (e->proto != 0) {
			buf_puts(&b, icmp ? " type " : " ");
			ports_put(&b, &ports.v.v[i], some);
		}
		table_cell(t, "%s", direction_name(e->dir));
		table_str(t, buf_as_str(&b));
		table_cell(t, "%s",
		    entry_verdict(t->arena, s->pmaps, &e->value));
		if (version_has(s->world->ir->opt.cilium, VERSION_PRECEDENCE))
			table_cell(t, "%u", entry_level(e->value.precedence));
		else
			table_words(t, "-");
		if (e->id.id != 0 && world_find_id(s->world, e->id, &ident))
			put_ident(t, s, ident);
		else
			table_words(t, "any|any peer");
	}
}

static void
put_direction(struct table *t, const struct show *s,
    const struct pmap_direction *direction)
{
	VEC(struct pmap_record) v = {0};
	struct pmap_iter it;
	struct pmap_record e;

	if (!direction->enforced)
		return;
	pmap_iter_init(&it, s->world, direction);
	while (pmap_iter_next(&it, &e))
		*vec_push(&v, t->arena) = e;
	if (v.n > 0)
		qsort(v.v, v.n, sizeof(*v.v), entry_compare);
	for (size_t i = 0, n; i < v.n; i += n) {
		for (n = 1; i + n < v.n && same_row(&v.v[i], &v.v[i + n]);)
			n++;
		put_rows(t, s, &v.v[i], n);
	}
}

static const char *
direction_state(const struct pmap_direction *direction)
{
	if (!direction->enforced)
		return "not enforced: everything is allowed";
	if (direction->default_deny || direction->forced)
		return "default deny";
	return "no default deny: what no rule denies is allowed";
}

/* The text of an endpoint or label, safe to show. */
static void
put_str(struct buf *out, struct str s)
{
	printable_put(out, s, s.n);
}

/* Whom a class is for, of those that are shown. */
struct subjects {
	const struct endpoint *first;
	uint32_t more; /* endpoints of the class, shown or not */
};

/* For each class, in one walk over the endpoints. */
static const struct subjects *
find_subjects(struct arena *a, const struct show *s)
{
	struct subjects *all =
	    ARENA_ARRAY(a, struct subjects, s->pmaps->classes.n);

	VEC_FOREACH (e, &s->world->endpoints) {
		const struct pmap_class *c =
		    pmap_class_of_endpoint(s->pmaps, e);
		struct subjects *to = &all[c->index];

		if (!to->first && show_has_endpoint(s, e))
			to->first = e;
		else
			to->more++;
	}
	return all;
}

static void
put_subjects(struct buf *out, struct arena *a, const struct show *s,
    const struct pmap_class *c, const struct subjects *to)
{
	const struct world *w = s->world;
	uint32_t shown = 0;

	buf_puts(out, "policy of ");
	put_str(out, object_full_name(a, to->first->ns, to->first->name));
	if (to->more > 0)
		buf_printf(out, " and %u more", to->more);
	buf_putc(out, '\n');
	for (uint32_t i = 0; i < c->nidents && shown < IDENTS_SHOWN; i++) {
		ident_idx_t ident = c->idents[i];

		if (s->one && s->ident.i != ident.i)
			continue;
		buf_printf(out, "  %-9s %u ", shown++ == 0 ? "identity" : "",
		    world_identity(w, ident)->id.id);
		put_str(out, identity_print(a, w, ident));
		buf_putc(out, '\n');
	}
	if (!s->one && c->nidents > shown)
		buf_printf(out, "  %-9s and %u more\n", "", c->nidents - shown);
}

static void
put_class(struct buf *out, struct arena *a, const struct show *s,
    const struct pmap_class *c, const struct subjects *to)
{
	struct table t;

	put_subjects(out, a, s, c, to);
	if (c->error) {
		buf_printf(out, "  error     %s\n", c->error);
		return;
	}
	buf_printf(out, "  ingress   %s\n",
	    direction_state(c->direction[DIR_INGRESS]));
	buf_printf(out, "  egress    %s\n",
	    direction_state(c->direction[DIR_EGRESS]));
	table_init(&t, a, "lllrrl");
	table_words(&t, "DIRECTION|PORTS|VERDICT|LEVEL|IDENTITY|PEER");
	put_direction(&t, s, c->direction[DIR_INGRESS]);
	put_direction(&t, s, c->direction[DIR_EGRESS]);
	if (table_rows(&t) > 1) {
		buf_putc(out, '\n');
		table_put(out, &t, 2);
	}
}

static void
put_policies(struct buf *out, struct arena *a, const struct show *s)
{
	const struct subjects *to = find_subjects(a, s);
	struct arena scratch = {0}; /* one class at a time: there are many */
	bool any = false;

	VEC_FOREACH (c, &s->pmaps->classes) {
		if (!to[c->index].first)
			continue;
		if (any)
			buf_putc(out, '\n');
		put_class(out, &scratch, s, c, &to[c->index]);
		arena_reset(&scratch);
		any = true;
	}
	arena_free(&scratch);
	if (!any)
		buf_puts(out, "no endpoint, and so no policy\n");
}

static void
put_model(struct buf *out, const struct ir_options *opt)
{
	const struct map_layout *l = map_layout(opt->cilium.number);

	buf_printf(out, "model: %s\n", model_text(opt->model));
	buf_printf(out, "maps:  %s_NNNNN, NNNNN an endpoint's number; %s\n\n",
	    l->policy_name, l->ipcache_name);
}

bool
show_has_endpoint(const struct show *s, const struct endpoint *e)
{
	if (s->endpoint)
		return e == s->endpoint;
	return !s->one || e->ident.i == s->ident.i;
}

void
show_table(struct buf *out, struct arena *a, const struct show *s,
    enum show_part part)
{
	bool all = part == SHOW_ALL;

	if (all || part == SHOW_POLICIES)
		put_model(out, &s->world->ir->opt);
	if (all)
		put_refused(out, a, s);
	if (all || part == SHOW_IDENTITIES)
		put_identities(out, a, s);
	if (all)
		buf_putc(out, '\n');
	if (all || part == SHOW_ENDPOINTS)
		put_endpoints(out, a, s);
	if (all)
		buf_putc(out, '\n');
	if (part == SHOW_IPCACHE)
		put_ipcache(out, a, s);
	if (all || part == SHOW_POLICIES)
		put_policies(out, a, s);
}
