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

/* Whether U says the same of the same place as D, which is of OTHER: of what
 * both read. */
static bool
says_same(const struct unit *u, const struct unit *other, const struct diag *d)
{
	VEC_FOREACH (x, &u->sink.v) {
		if ((*x)->id == d->id && strcmp((*x)->text, d->text) == 0 &&
		    (*x)->at.start == d->at.start &&
		    strcmp(source_name(u, (*x)->at),
			source_name(other, d->at)) == 0)
			return true;
	}
	return false;
}

/* Units, of which all but the last one were told. */
struct telling {
	const struct unit *u;
	size_t n;
};

static bool
is_news(const struct diag *d, const void *arg)
{
	const struct telling *t = arg;
	bool told = false;

	for (size_t i = 0; i + 1 < t->n && !told; i++)
		told = says_same(&t->u[i], &t->u[t->n - 1], d);
	return !told;
}

int
comparison_finish(struct cli *cli, struct unit *u, size_t n, int status)
{
	for (size_t i = n; i-- > 1;)
		diag_sink_filter(&u[i].sink, is_news,
		    &(struct telling){u, i + 1});
	for (size_t i = 0; i < n; i++) {
		int other = cli_finish(cli, &u[i], i == 0 ? status : STATUS_OK);

		if (i == 0 || other > status)
			status = other;
	}
	return status;
}
