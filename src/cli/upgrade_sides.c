/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every difference between the sides is something that the options of the first
 * one can take over from the second one.
 */
#include "cli/upgrade_sides.h"

#include <errno.h>
#include <string.h>

#include "base/near.h"
#include "cli/comparison.h"
#include "cli/opt_compile.h"
#include "lint/lint.h"
#include "report/model.h"

/* ---- reading ---- */

/* TEXT of --set; OPT_GO, or the status of a mistake. */
static int
read_set(struct cli *cli, struct upgrade_question *q, const char *text)
{
	static const char *const sides[] = {"OLD.", "NEW."};
	const char *const *keys = setting_keys(&cli->arena);
	size_t n = strcspn(text, "=");
	struct setting_value set = {0};

	if (text[n] == '\0' || n <= 4 ||
	    (strncmp(text, sides[0], 4) != 0 &&
		strncmp(text, sides[1], 4) != 0))
		return cli_usage(cli,
		    "--set takes OLD.KEY=VALUE or NEW.KEY=VALUE, not \"%s\"",
		    text);
	set.key = str_of(arena_dup(&cli->arena, text + 4, n - 4));
	set.value = str_of(text + n + 1);
	for (size_t i = 0; keys[i]; i++) {
		if (str_is(set.key, keys[i]))
			n = 0;
	}
	if (n > 0 && !compile_is_word(set.key))
		return cli_usage(cli, "--set: no setting \"%s\"%s", set.key.s,
		    near_hint(&cli->arena, set.key, keys, "\""));
	*vec_push(&q->side[*text == 'N'], &cli->arena) = set;
	return OPT_GO;
}

int
upgrade_sides_read(struct upgrade_sides *ret, struct cli *cli,
    const struct options *both, struct upgrade_question *q)
{
	int status = OPT_GO;

	*ret = (struct upgrade_sides){.cli = cli, .q = q, .o = {*both, *both}};
	VEC_FOREACH (text, &q->set.v) {
		if (status == OPT_GO)
			status = read_set(cli, q, *text);
	}
	for (int i = 0; i < 2 && status == OPT_GO; i++) {
		struct unit_options *u = &ret->o[i].unit;

		if (q->version[i]) {
			u->ir.cilium.number = q->version[i];
			u->given |= 1u << SETTING_CILIUM;
		}
		u->set = q->side[i].v;
		u->nset = q->side[i].n;
		status = compile_side(cli, u, u->set, u->nset);
	}
	return status;
}

/* ---- compiling ---- */

/* The second side has the texts of all, as it is the last one to be finished.
 */
bool
upgrade_sides_compile(struct upgrade_sides *s)
{
	if (!cli_compile(s->cli, &s->o[1], &s->u[1], PASS_BIT(PMAP))) {
		unit_init(&s->u[0], &s->o[0].unit);
		return false;
	}
	unit_run_again(&s->u[0], &s->o[0].unit, &s->u[1], PASS_BIT(PMAP));
	return unit_ran(&s->u[0], PASS_PMAP);
}

/* ---- what is different ---- */

static const char *
version_text(struct cli *cli, const char *what, unsigned number)
{
	return arena_printf(&cli->arena, "%s" VERSION_FMT, what,
	    VERSION_ARG(number));
}

static void
add(struct upgrade_sides *s, struct upgrade *u, struct upgrade_difference d,
    struct upgrade_cause cause)
{
	*vec_push(&s->v, &s->cli->arena) = d;
	*vec_push(&u->causes, &s->cli->arena) = cause;
}

/* "from 1.18.7"; of a step back to an older version "until 1.18.7". */
static const char *
since_text(struct cli *cli, const unsigned number[2],
    enum version_change change)
{
	return version_text(cli, number[0] < number[1] ? "from " : "until ",
	    version_turning(number[0], number[1], change));
}

static void
list_changes(struct upgrade_sides *s, struct upgrade *u,
    const unsigned number[2])
{
	for (int i = VERSION_ALWAYS + 1; i < VERSION_CHANGES; i++) {
		enum version_change change = (enum version_change)i;
		const struct version_row *row = version_row(change);
		bool has = version_has(version_plain(number[1]), change);

		if (version_has(version_plain(number[0]), change) == has)
			continue;
		add(s, u,
		    (struct upgrade_difference){DIFFERENCE_CHANGE, change,
			STR("")},
		    (struct upgrade_cause){
			.name = row->name,
			.before = has ? row->before : row->text,
			.after = has ? row->text : row->before,
			.since = since_text(s->cli, number, change),
			.section = row->section,
			.form = row->form,
		    });
	}
	if (number[0] != number[1])
		add(s, u,
		    (struct upgrade_difference){.kind = DIFFERENCE_FIELDS},
		    (struct upgrade_cause){
			.name = "fields",
			.before = version_text(s->cli,
			    "objects have the fields and kinds of ", number[0]),
			.after = version_text(s->cli,
			    "objects have the fields and kinds of ", number[1]),
		    });
}

/* The value that a side has for a key; NULL: none of its own. */
static const struct setting_value *
value_of(const struct unit_options *u, struct str key)
{
	const struct setting_value *found = NULL;

	for (size_t i = 0; i < u->nset; i++) {
		if (str_eq(u->set[i].key, key))
			found = &u->set[i];
	}
	return found;
}

static const char *
value_text(struct cli *cli, const struct setting_value *v)
{
	return v ? arena_printf(&cli->arena, "\"%s\"", v->value.s)
		 : "as the cluster has it";
}

static bool
is_listed(const struct upgrade_sides *s, struct str key)
{
	VEC_FOREACH (d, &s->v) {
		if (d->kind == DIFFERENCE_SETTING && str_eq(d->key, key))
			return true;
	}
	return false;
}

static void
list_settings(struct upgrade_sides *s, struct upgrade *u)
{
	for (int i = 0; i < 2; i++) {
		VEC_FOREACH (set, &s->q->side[i]) {
			const struct setting_value *v[2];

			for (int k = 0; k < 2; k++)
				v[k] = value_of(&s->o[k].unit, set->key);
			if (compile_is_word(set->key) ||
			    is_listed(s, set->key) ||
			    (v[0] && v[1] && str_eq(v[0]->value, v[1]->value)))
				continue;
			add(s, u,
			    (struct upgrade_difference){DIFFERENCE_SETTING,
				VERSION_ALWAYS, set->key},
			    (struct upgrade_cause){
				.name = set->key.s,
				.before = value_text(s->cli, v[0]),
				.after = value_text(s->cli, v[1]),
			    });
		}
	}
}

/* ---- trying ---- */

static void
take(struct unit_options *opt, const struct upgrade_sides *s,
    const struct upgrade_difference *d)
{
	switch (d->kind) {
	case DIFFERENCE_CHANGE:
		opt->ir.cilium.turned |= UINT64_C(1) << d->change;
		return;
	case DIFFERENCE_FIELDS:
		opt->fields = s->u[1].opt.ir.cilium.number;
		return;
	case DIFFERENCE_PROFILE:
		opt->platform = s->o[1].unit.platform;
		opt->kubernetes = s->o[1].unit.kubernetes;
		return;
	case DIFFERENCE_PRECEDENCE:
		opt->ir.model = s->o[1].unit.ir.model;
		return;
	case DIFFERENCE_SETTING:
		return; /* set_values() */
	}
}

/* The settings of the first side, and of the second those in CAUSES. */
static void
set_values(struct unit_options *opt, const struct upgrade_sides *s,
    struct arena *a, const struct bitset *causes)
{
	const struct unit_options *side[2] = {&s->o[0].unit, &s->o[1].unit};
	setting_vec v = {0};

	for (size_t i = 0; i < side[0]->nset; i++) {
		if (!is_listed(s, side[0]->set[i].key))
			*vec_push(&v, a) = side[0]->set[i];
	}
	for (uint32_t i = 0; i < s->v.n; i++) {
		const struct setting_value *value =
		    value_of(side[bitset_test(causes, i)], s->v.v[i].key);

		if (s->v.v[i].kind == DIFFERENCE_SETTING && value)
			*vec_push(&v, a) = *value;
	}
	opt->set = v.v;
	opt->nset = v.n;
}

/* The sides were read, so what cannot be read now is the system's failure. */
static void
check_read(struct unit *tried, struct unit *side)
{
	if (tried->failure.error != 0)
		side->failure = tried->failure;
	else if (lint_unread(&tried->sink) && !lint_unread(&side->sink))
		side->failure =
		    (struct unit_failure){"read", "the input again", EIO};
}

static struct change_side
make(void *context, const struct bitset *causes, void **ret_handle)
{
	struct upgrade_sides *s = context;
	struct unit_options opt = s->o[0].unit;
	struct unit *u = ARENA_NEW(&s->cli->arena, struct unit);

	opt.ir.cilium.number = s->u[0].opt.ir.cilium.number;
	opt.fields = opt.ir.cilium.number;
	opt.given |= 1u << SETTING_CILIUM;
	BITSET_FOREACH (i, causes)
		take(&opt, s, &s->v.v[i]);
	set_values(&opt, s, &s->cli->arena, causes);
	unit_run_again(u, &opt, &s->u[1], PASS_BIT(PMAP));
	check_read(u, &s->u[1]);
	*ret_handle = u;
	return comparison_side(u);
}

static void
drop(void *context, void *handle)
{
	unit_free(handle);
}

void
upgrade_sides_list(struct upgrade_sides *s, struct upgrade *u)
{
	const struct unit_options *o[2] = {&s->o[0].unit, &s->o[1].unit};
	unsigned number[2];

	for (int i = 0; i < 2; i++) {
		number[i] = s->u[i].opt.ir.cilium.number;
		u->world[i] = comparison_side(&s->u[i]);
	}
	list_changes(s, u, number);
	if (o[0]->platform != o[1]->platform)
		add(s, u,
		    (struct upgrade_difference){.kind = DIFFERENCE_PROFILE},
		    (struct upgrade_cause){
			.name = "--profile",
			.before = platform_name(o[0]->platform),
			.after = platform_name(o[1]->platform),
		    });
	if (o[0]->ir.model != o[1]->ir.model)
		add(s, u,
		    (struct upgrade_difference){.kind = DIFFERENCE_PRECEDENCE},
		    (struct upgrade_cause){
			.name = "--precedence",
			.before = model_text(o[0]->ir.model),
			.after = model_text(o[1]->ir.model),
		    });
	list_settings(s, u);
	u->maker = (struct upgrade_maker){make, drop, s};
}

const char *
upgrade_sides_name(const struct upgrade_sides *s, int side)
{
	struct buf b;

	buf_init(&b, &s->cli->arena);
	buf_printf(&b, "Cilium " VERSION_FMT,
	    VERSION_ARG(s->u[side].opt.ir.cilium.number));
	VEC_FOREACH (set, &s->q->side[side])
		buf_printf(&b, ", %s=%s", set->key.s, set->value.s);
	return buf_as_str(&b).s;
}
