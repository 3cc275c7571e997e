/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Two compilations and one result.
 */
#include "cli/comparison.h"

#include <string.h>

enum fail_on {
	FAIL_ON_NEVER = 0,
	FAIL_ON_OPENED = 1 << CHANGE_OPENED | 1 << CHANGE_UNKNOWN,
	FAIL_ON_CLOSED = 1 << CHANGE_CLOSED | 1 << CHANGE_UNKNOWN,
};

const struct word comparison_fail_words[] = {{"any", COMPARISON_FAIL_DEFAULT},
    {"opened", FAIL_ON_OPENED}, {"closed", FAIL_ON_CLOSED},
    {"never", FAIL_ON_NEVER}, {0}};

struct change_side
comparison_side(const struct unit *u)
{
	return (struct change_side){&u->pmaps, &u->objects, &u->sources};
}

int
comparison_status(const struct changes *c, int fail_on)
{
	int found = 0;

	for (int k = 0; k < CHANGE_KINDS; k++)
		found |= (c->count[k] > 0) << k;
	found |= (c->unseen.n > 0) << CHANGE_UNKNOWN;
	return found & fail_on ? STATUS_FINDINGS : STATUS_OK;
}

static const char *
source_name(const struct unit *u, struct span at)
{
	return at.source == 0 ? "" : u->sources.v.v[at.source - 1].name;
}

/* Whether the first of two units says the same of the same place as D, which is
 * of the second: of what both read. */
static bool
is_said_twice(const struct unit u[2], const struct diag *d)
{
	VEC_FOREACH (first, &u[0].sink.v) {
		if ((*first)->id == d->id &&
		    strcmp((*first)->text, d->text) == 0 &&
		    (*first)->at.start == d->at.start &&
		    strcmp(source_name(&u[0], (*first)->at),
			source_name(&u[1], d->at)) == 0)
			return true;
	}
	return false;
}

static bool
is_news(const struct diag *d, const void *units)
{
	return !is_said_twice(units, d);
}

int
comparison_finish(struct cli *cli, struct unit u[2], int status)
{
	int other;

	diag_sink_filter(&u[1].sink, is_news, u);
	status = cli_finish(cli, &u[0], status);
	other = cli_finish(cli, &u[1], STATUS_OK);
	return other > status ? other : status;
}
