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
	const struct platform_kubernetes *k = platform_kubernetes(p);

	if (!limits) {
		buf_printf(out, "%s: all that Cilium itself can do\n",
		    platform_name(p));
		return;
	}
	buf_printf(out,
	    "%s: at most %u entries in an endpoint's policy map, %u "
	    "identities\nas documented on %s\n",
	    platform_name(p), limits->map_entries, limits->identities,
	    limits->date);
	for (; k->name; k++) {
		buf_printf(out, "Kubernetes %s: Cilium ", k->name);
		if (k->old)
			buf_printf(out, "%s, which is not modelled\n", k->old);
		else
			buf_printf(out, VERSION_FMT "\n",
			    VERSION_ARG(k->cilium));
	}
	for (size_t i = 0; i < PLATFORM_FEATURES; i++)
		put_row(out, p, &platform_rows[i]);
}
