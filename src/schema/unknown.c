/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What somebody probably meant by a field or a value that the schema does not
 * know: other versions, other kinds, other places and near spellings are tried.
 */
#include "schema/unknown.h"

#include <limits.h>

#include "base/near.h"
#include "diag_gen.h"
#include "schema/decode.h"

/*
 * Short words are close to many: ICMP is no slip for IGMP.  They are matched
 * up to case alone.
 */
#define SHORT_VALUE 4

bool
guess_value(const struct str *values, struct str v, struct str *ret_value)
{
	unsigned best = UINT_MAX, n;

	for (; values->s; values++) {
		if (!near_miss(v, *values, &n) || n >= best ||
		    (n > 0 && v.n <= SHORT_VALUE))
			continue;
		best = n;
		*ret_value = *values;
	}
	return best != UINT_MAX;
}

/* The field of this version of Cilium that NAME is closest to, or NULL. */
static const struct schema_field *
closest_field(const struct decoder *d, const struct schema_struct *st,
    struct str name)
{
	const struct schema_field *found = NULL;
	unsigned best = UINT_MAX, n;

	for (uint32_t i = 0; i < st->nfields; i++) {
		const struct schema_field *f = &st->fields[i];

		if (field_in_version(f, d->schema->opt.cilium) &&
		    near_miss(name, f->name, &n) && n < best) {
			best = n;
			found = f;
		}
	}
	return found;
}

/* The struct that a field's value, items or entries are of; or NULL. */
static const struct schema_struct *
field_struct(const struct schema_field *f)
{
	const struct schema_type *t = f->type;

	while (t->item)
		t = t->item;
	return t->of;
}

/* The field of ST whose struct has a field NAME; or NULL. */
static const struct schema_field *
child_with(const struct decoder *d, const struct schema_struct *st,
    struct str name)
{
	for (uint32_t i = 0; i < st->nfields; i++) {
		const struct schema_field *f = &st->fields[i];
		const struct schema_struct *of = field_struct(f);

		if (of && field_in_version(f, d->schema->opt.cilium) &&
		    schema_find_field(of, name, d->schema->opt.cilium))
			return f;
	}
	return NULL;
}

/*
 * The struct of the place P.  *RET_AROUND becomes the innermost field around it
 * whose struct has a field NAME.
 */
static const struct schema_struct *
struct_at(const struct decoder *d, const struct path *p, struct str name,
    const struct schema_field **ret_around)
{
	unsigned version = d->schema->opt.cilium;
	const struct schema_struct *st;
	const struct schema_field *f;

	if (!p)
		return d->kind->body;
	st = struct_at(d, p->up, name, ret_around);
	if (!st || !p->key.s)
		return st;
	f = schema_find_field(st, p->key, version);
	st = f ? field_struct(f) : NULL;
	if (st && schema_find_field(st, name, version))
		*ret_around = f;
	return st;
}

static const struct schema_field *
around_with(const struct decoder *d, struct str name)
{
	const struct schema_field *found = NULL;

	struct_at(d, d->path, name, &found);
	return found;
}

/*
 * The same anywhere below the kind, nearest to its root first.  Every struct
 * of a kind is visited once, so the queue is bounded by the schema.
 */
static const struct schema_field *
place_of(const struct decoder *d, struct str name)
{
	VEC(const struct schema_struct *) queue = {0};

	*vec_push(&queue, d->arena) = d->kind->body;
	for (size_t i = 0; i < queue.n; i++) {
		const struct schema_struct *st = queue.v[i];
		const struct schema_field *found = child_with(d, st, name);

		if (found)
			return found;
		for (uint32_t j = 0; j < st->nfields; j++) {
			const struct schema_struct *of =
			    field_struct(&st->fields[j]);
			bool seen = !of;

			for (size_t k = 0; k < queue.n && !seen; k++)
				seen = queue.v[k] == of;
			if (!seen)
				*vec_push(&queue, d->arena) = of;
		}
	}
	return NULL;
}

static const char *
hint_for(const struct schema_struct *st, struct str name)
{
	for (const struct schema_hint *h = st->hints; h->field; h++)
		if (str_is(name, h->field))
			return h->text;
	return NULL;
}

static bool
in_other_version(const struct schema_struct *st, struct str name)
{
	for (uint32_t i = 0; i < st->nfields; i++)
		if (str_eq(st->fields[i].name, name))
			return true;
	return false;
}

/* apiVersion and kind are known without being fields of the tables. */
static bool
is_type_meta(const struct decoder *d, struct str name)
{
	return !d->path && (str_is(name, "apiVersion") || str_is(name, "kind"));
}

/* Whether F is the one field that NAME is close to, and not there in N. */
static bool
is_meant(const struct decoder *d, const struct schema_struct *st,
    const struct ynode *n, struct str name, const struct schema_field *f)
{
	unsigned distance, near = 0, alike = 0;

	for (uint32_t i = 0; i < st->nfields; i++)
		near +=
		    field_in_version(&st->fields[i], d->schema->opt.cilium) &&
		    near_miss(name, st->fields[i].name, &distance);
	for (uint32_t i = 0; i < n->map.n; i++)
		alike += near_miss(n->map.v[i].key, f->name, &distance);
	return near == 1 && alike == 1;
}

static void
misspelt_field(struct decoder *d, const struct schema_struct *st,
    const struct ynode *n, const struct ypair *pair,
    const struct schema_field *f)
{
	struct diag *di = diag_misspelt_field(d->sink, pair->key_at, pair->key,
	    path_container(d), f->name);

	if (is_meant(d, st, n, pair->key, f))
		diag_set_fix(d->sink, di,
		    (struct diag_fix){FIX_WORD, pair->key_at, pair->key,
			f->name});
}

void
unknown_field(struct decoder *d, const struct schema_struct *st,
    const struct ynode *n, const struct ypair *pair)
{
	struct str name = pair->key, in = path_container(d);
	const char *hint = hint_for(st, name);
	const struct schema_field *f;

	if (is_type_meta(d, name))
		return;
	if (in_other_version(st, name)) {
		diag_field_not_in_version(d->sink, pair->key_at,
		    d->schema->version, name, in);
		return;
	}
	if (hint) {
		diag_foreign_field(d->sink, pair->key_at, name, in, hint);
		return;
	}
	if (d->kind->bare) {
		f = closest_field(d, st, name);
		diag_unknown_setting(d->sink, pair->key_at, name,
		    f ? arena_printf(d->arena,
			    "; did you mean \"" STR_FMT "\"?", STR_ARG(f->name))
		      : "");
		return;
	}
	f = child_with(d, st, name);
	if (!f)
		f = around_with(d, name);
	if (!f)
		f = place_of(d, name);
	if (f) {
		diag_misplaced_field(d->sink, pair->key_at, name, in, f->name);
		return;
	}
	f = closest_field(d, st, name);
	if (f)
		misspelt_field(d, st, n, pair, f);
	else
		diag_unknown_field(d->sink, pair->key_at, name, in);
}
