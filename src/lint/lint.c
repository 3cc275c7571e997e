/* SPDX-License-Identifier: Apache-2.0 */
#include "lint/lint.h"

/* Bands of diagnostics.def. */
enum {
	READING_LAST = 99,
	OPTIONS_FIRST = 801,
};

/* What stands in the way of reading, rather than being wrong in itself. */
static bool
is_unread(const struct diag *d)
{
	return d->level >= DIAG_ERROR &&
	    (d->id <= READING_LAST || d->id >= OPTIONS_FIRST);
}

void
lint_select(struct diag_sink *ret_sink, struct arena *a,
    const struct source_set *set, const struct diag_sink *sink)
{
	diag_sink_init(ret_sink, a);
	VEC_FOREACH (d, &sink->v) {
		uint32_t source = (*d)->at.source;

		if (source != 0 && set->v.v[source - 1].context &&
		    !is_unread(*d))
			continue;
		*vec_push(&ret_sink->v, a) = *d;
		ret_sink->count[(*d)->level]++;
	}
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
