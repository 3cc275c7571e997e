/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rules by their names, and what was chosen for them.
 */
#include "lint/choice.h"

#include <strings.h>

#include "base/glob.h"
#include "base/near.h"
#include "base/num.h"
#include "base/repository.h"
#include "lint/lint.h"

#define ALL "all"

/* How exactly a word says which rule is meant. */
enum {
	EXACT_NOT, /* it means another one */
	EXACT_ALL,
	EXACT_FAMILY,
	EXACT_RULE,
	EXACTS,
};

/* What a rule is, and how weighty the row is that said so. */
struct lint_choice {
	bool on;
	unsigned on_by;
	enum diag_level level;
	unsigned level_by;
};

/* Whether WORD is the id of INFO: "CNP101". */
static bool
is_id(struct str word, const struct diag_info *info)
{
	uint64_t id;

	return word.n == 6 && strncasecmp(word.s, "CNP", 3) == 0 &&
	    num_u64((struct str){word.s + 3, 3}, 999, &id) && id == info->id;
}

static unsigned
exactness(struct str word, const struct diag_info *info)
{
	if (str_is(word, info->name) || is_id(word, info))
		return EXACT_RULE;
	if (info->family && str_is(word, info->family))
		return EXACT_FAMILY;
	return str_is(word, ALL) ? EXACT_ALL : EXACT_NOT;
}

bool
lint_names(struct str word, const struct diag_info *info)
{
	return exactness(word, info) != EXACT_NOT;
}

bool
lint_is_name(struct str word)
{
	for (size_t i = 0; i < diag_table_len; i++) {
		if (lint_names(word, &diag_table[i]))
			return true;
	}
	return false;
}

const char *
lint_name_hint(struct arena *a, struct str word)
{
	VEC(const char *) names = {0};

	*vec_push(&names, a) = ALL;
	for (size_t i = 0; diag_families[i]; i++)
		*vec_push(&names, a) = diag_families[i];
	for (size_t i = 0; i < diag_table_len; i++)
		*vec_push(&names, a) = diag_table[i].name;
	*vec_push(&names, a) = NULL;
	return near_hint(a, word, names.v, "\"");
}

static void
set_level(struct lint_choice *c, enum diag_level level, unsigned weight)
{
	if (weight < c->level_by)
		return;
	c->level = level;
	c->level_by = weight;
}

/* What ROW says of the rule INFO, whose choice is C. */
static void
take_row(struct lint_choice *c, const struct lint_row *row,
    const struct diag_info *info)
{
	unsigned exact = exactness(row->word, info);
	unsigned weight = (unsigned)row->origin * EXACTS + exact;

	if (exact == EXACT_NOT)
		return;
	if (weight >= c->on_by) {
		c->on = row->verdict != LINT_OFF;
		c->on_by = weight;
	}
	switch (row->verdict) {
	case LINT_OFF:
	case LINT_ON:
		break;
	case LINT_NOTE:
		set_level(c, DIAG_NOTE, weight);
		break;
	case LINT_WARNING:
		set_level(c, DIAG_WARNING, weight);
		break;
	case LINT_ERROR:
		set_level(c, DIAG_ERROR, weight);
		break;
	}
}

void
lint_choices_make(struct lint_choices *c, struct arena *a,
    const struct lint_rows *rows, const struct source_set *set, uint32_t source)
{
	const char *file = NULL;

	if (source && rows->dir)
		file =
		    repository_below(a, set->v.v[source - 1].name, rows->dir);
	c->v = ARENA_ARRAY(a, struct lint_choice, diag_table_len);
	for (size_t i = 0; i < diag_table_len; i++) {
		const struct diag_info *info = &diag_table[i];

		c->v[i] =
		    (struct lint_choice){.on = true, .level = info->level};
		VEC_FOREACH (row, &rows->v) {
			if (!row->path || (file && glob_fits(row->path, file)))
				take_row(&c->v[i], row, info);
		}
	}
}

bool
lint_is_on(const struct lint_choices *c, unsigned id)
{
	return c->v[diag_lookup(id) - diag_table].on;
}

/* Whether rows are for some files alone. */
static bool
have_paths(const struct lint_rows *rows)
{
	VEC_FOREACH (row, &rows->v) {
		if (row->path)
			return true;
	}
	return false;
}

void
lint_choose(struct diag_sink *sink, const struct source_set *set,
    const struct lint_rows *rows)
{
	bool paths = have_paths(rows);
	struct lint_choices c;
	uint32_t source = 0;
	size_t n = 0;

	lint_choices_make(&c, sink->arena, rows, set, 0);
	VEC_FOREACH (p, &sink->v) {
		struct diag *d = *p;
		struct lint_choice *choice;

		if (paths && d->at.source != source) {
			source = d->at.source;
			lint_choices_make(&c, sink->arena, rows, set, source);
		}
		choice = &c.v[diag_lookup(d->id) - diag_table];
		sink->count[d->level]--;
		if (!lint_is_unread(d)) {
			if (!choice->on)
				continue;
			d->level = choice->level;
		}
		sink->count[d->level]++;
		sink->v.v[n++] = d;
	}
	sink->v.n = n;
}
