/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The limits and features of a platform as text.
 */
#include "report/platform.h"

#include "cilium/version.h"

static void
put_row(struct buf *out, enum platform p, const struct platform_row *row)
{
	enum platform_answer answer = row->answer[p];

	buf_printf(out, "\n%s: %s", row->name, platform_answer_name(answer));
	if (answer == PLATFORM_ALLOWED && row->since)
		buf_printf(out, ", since %s", row->since);
	buf_printf(out, "\n    %s\n", row->source);
	if (answer != PLATFORM_ALLOWED && row->instead)
		buf_printf(out, "    Instead: %s.\n", row->instead);
}

void
platform_put(struct buf *out, enum platform p)
{
	const struct platform_limits *limits = platform_limits(p);

	buf_printf(out, "%s: Cilium " VERSION_FMT, platform_name(p),
	    VERSION_ARG(platform_cilium(p)));
	if (!limits) {
		buf_puts(out, ", with all that Cilium itself can do\n");
		return;
	}
	buf_printf(out,
	    "; at most %u entries in an endpoint's policy map, %u "
	    "identities\n",
	    limits->map_entries, limits->identities);
	for (size_t i = 0; i < PLATFORM_FEATURES; i++)
		put_row(out, p, &platform_rows[i]);
}
