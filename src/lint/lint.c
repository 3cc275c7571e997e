/* SPDX-License-Identifier: Apache-2.0 */
#include "lint/lint.h"

#include "diag_gen.h"

/* What keeps an input from being read, rather than being wrong in itself. */
static bool
is_unread(const struct diag *d)
{
	enum diag_band band;

	if (d->level < DIAG_ERROR)
		return false;
	band = diag_lookup(d->id)->band;
	return band == DIAG_BAND_READING || band == DIAG_BAND_OPTIONS;
}

static bool
is_about_input(const struct diag *d, const void *arg)
{
	const struct source_set *set = arg;
	uint32_t source = d->at.source;

	return source == 0 || !set->v.v[source - 1].context || is_unread(d);
}

void
lint_select(struct diag_sink *sink, const struct source_set *set)
{
	diag_sink_filter(sink, is_about_input, set);
}

bool
lint_unread(const struct diag_sink *sink)
{
	VEC_FOREACH (d, &sink->v) {
		if (is_unread(*d))
			return true;
	}
	return false;
}

void
lint_summary(struct buf *out, const struct source_set *set,
    const struct diag_sink *sink)
{
	uint32_t files = 0;
	const char *gap = "";

	for (int level = DIAG_UNSUPPORTED; level >= DIAG_NOTE; level--) {
		uint32_t n = sink->count[level];

		if (n == 0)
			continue;
		buf_printf(out, "%s%u %s%s", gap, n,
		    diag_level_name((enum diag_level)level),
		    n == 1 || level == DIAG_STYLE || level == DIAG_UNSUPPORTED
			? ""
			: "s");
		gap = ", ";
	}
	VEC_FOREACH (s, &set->v)
		files += !s->context;
	buf_printf(out, "%s in %u file%s\n", *gap ? "" : "nothing found", files,
	    files == 1 ? "" : "s");
}
