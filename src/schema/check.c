/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the API server validates by the schema alone: values against their
 * types, and whole structs against what is required of their fields.
 */
#include "schema/check.h"

#include "base/cidr.h"
#include "base/map.h"
#include "base/near.h"
#include "base/utf8.h"
#include "diag_gen.h"
#include "schema/decode.h"
#include "schema/pattern.h"
#include "schema/unknown.h"

static bool
is_one_of(const struct str *values, struct str v)
{
	for (; values->s; values++)
		if (str_eq(*values, v))
			return true;
	return false;
}

/* "A, B, C" of a list that ends in a zero str. */
static struct str
join(struct arena *a, const struct str *values)
{
	struct buf b;

	buf_init(&b, a);
	for (; values->s; values++) {
		if (b.n > 0)
			buf_puts(&b, ", ");
		buf_str(&b, *values);
	}
	return buf_as_str(&b);
}

static const struct diag *
unknown_value(struct decoder *d, const struct schema_type *t, struct str v,
    struct span at)
{
	const struct span no_place = {0};
	struct diag *di = diag_unknown_value(d->sink, at, path_print(d), v,
	    join(d->arena, t->values));
	unsigned distance;
	struct str guess;

	if (!guess_value(t->values, v, &guess))
		return di;
	diag_note(d->sink, di, no_place, "did you mean \"%s\"?", guess.s);
	if (near_miss(v, guess, &distance) && distance == 0)
		diag_set_fix(d->sink, di,
		    (struct diag_fix){FIX_WORD, at, v, guess});
	return di;
}

/* What is wrong with a string, reported; NULL when it is right. */
static const struct diag *
judge_str(struct decoder *d, const struct schema_type *t, struct str v,
    struct span at)
{
	size_t n = utf8_count(v);
	struct ip ip;

	if (t->values && !is_one_of(t->values, v))
		return unknown_value(d, t, v, at);
	if (t->format == SCHEMA_CIDR && !cidr_format_valid(v))
		return diag_malformed_cidr(d->sink, at, path_print(d), v);
	if (t->format == SCHEMA_IP && !ip_parse(v, &ip))
		return diag_malformed_ip(d->sink, at, path_print(d), v);
	if (n > t->max_len)
		return diag_too_long(d->sink, at, path_print(d), n, t->max_len);
	if (n < t->min_len)
		return diag_too_short(d->sink, at, path_print(d), n,
		    t->min_len);
	if (t->pattern != SCHEMA_NO_PATTERN &&
	    !pattern_matches(d, t->pattern, v))
		return diag_malformed_value(d->sink, at, path_print(d), v,
		    schema_patterns[t->pattern].what);
	return NULL;
}

void
check_str(struct decoder *d, const struct schema_type *t, struct str v,
    struct span at)
{
	const struct diag *di = judge_str(d, t, v, at);

	if (di)
		decoder_reject(d, di);
}

void
check_int(struct decoder *d, const struct schema_type *t, int64_t v,
    struct span at)
{
	if (v < t->min || v > t->max)
		decoder_reject(d,
		    diag_out_of_range(d->sink, at, path_print(d), v, t->min,
			t->max));
}

static void
check_set(struct decoder *d, const struct ynode *n)
{
	struct map seen;

	map_init(&seen, d->arena);
	for (uint32_t i = 0; i < n->seq.n; i++) {
		const struct ynode *item = n->seq.v[i];
		void **first;

		if (item->kind != Y_STR)
			continue;
		first = map_put(&seen, item->s.s, item->s.n);
		if (*first) {
			struct diag *di = diag_duplicate_item(d->sink, item->at,
			    path_print(d), item->s);

			diag_note(d->sink, di,
			    ((const struct ynode *)*first)->at, "first here");
			decoder_reject(d, di);
		} else {
			*first = (void *)(uintptr_t)item;
		}
	}
}

void
check_list(struct decoder *d, const struct schema_type *t,
    const struct ynode *n)
{
	if (n->seq.n > t->max_items && d->stored)
		diag_stored_otherwise(d->sink, n->at, path_print(d));
	else if (n->seq.n > t->max_items)
		decoder_reject(d,
		    diag_too_many_items(d->sink, n->at, path_print(d), n->seq.n,
			t->max_items));
	if (n->seq.n < t->min_items)
		decoder_reject(d,
		    diag_too_few_items(d->sink, n->at, path_print(d), n->seq.n,
			t->min_items));
	if (t->set)
		check_set(d, n);
}

static void
missing_field(struct decoder *d, const struct schema_field *f, struct span at)
{
	struct path path = {.up = d->path, .key = f->name};

	d->path = &path;
	decoder_reject(d, diag_missing_field(d->sink, at, path_print(d)));
	d->path = path.up;
}

/* The names of the fields in MASK that the version of Cilium has. */
static struct str
field_names(const struct decoder *d, const struct schema_struct *st,
    uint64_t mask)
{
	struct str names[65] = {0};
	uint32_t n = 0;

	for (uint32_t i = 0; i < st->nfields; i++) {
		const struct schema_field *f = &st->fields[i];

		if (mask >> i & 1 && field_in_version(f, d->schema->opt.cilium))
			names[n++] = f->name;
	}
	return join(d->arena, names);
}

static void
check_rule(struct decoder *d, const struct schema_struct *st,
    const struct schema_rule *r, uint64_t present, struct span at)
{
	int n = __builtin_popcountll(present & r->fields);
	bool too_few = n == 0 && r->kind != SCHEMA_AT_MOST_ONE;
	bool too_many = n > 1 && r->kind != SCHEMA_ANY_OF;

	/* What an older version took is not looked at again. */
	if (d->stored && r->since > 0) {
		if (too_few)
			diag_stored_otherwise(d->sink, at, path_print(d));
		return;
	}
	if (too_few)
		decoder_reject(d,
		    diag_none_of(d->sink, at, path_print(d),
			field_names(d, st, r->fields)));
	if (too_many)
		decoder_reject(d,
		    diag_more_than_one_of(d->sink, at, path_print(d),
			field_names(d, st, present & r->fields)));
}

void
check_struct(struct decoder *d, const struct schema_struct *st,
    uint64_t present, struct span at, const void *body)
{
	for (uint32_t i = 0; i < st->nfields; i++) {
		const struct schema_field *f = &st->fields[i];

		if (f->required && !(present >> i & 1) &&
		    field_in_version(f, d->schema->opt.cilium))
			missing_field(d, f, at);
	}
	for (uint32_t i = 0; i < st->nrules; i++) {
		const struct schema_rule *r = &st->rules[i];

		if (version_within(d->schema->opt.cilium, r->since, r->until))
			check_rule(d, st, r, present, at);
	}
	if (st->check)
		st->check(d, body);
}
