/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The summary of `cnpc compile`.
 */
#include "report/compile.h"

#include <inttypes.h>

#include "report/model.h"

void
compile_summary(struct buf *out, const char *dir, enum ir_model model,
    const struct bundle_summary *s, uint32_t skipped)
{
	buf_printf(out, "bundle      %s\n", dir);
	buf_printf(out, "model       %s\n", model_text(model));
	buf_printf(out, "identities  %u\n", s->identities);
	buf_printf(out, "endpoints   %u\n", s->endpoints);
	buf_printf(out, "prefixes    %u\n", s->prefixes);
	buf_printf(out, "policies    %u, in %u distinct map%s\n", s->classes,
	    s->images, s->images == 1 ? "" : "s");
	buf_printf(out, "programs    %u\n", s->programs);
	buf_printf(out, "entries     %" PRIu64 ", at most %u in one map\n",
	    s->entries, s->largest);
	if (s->unresolved > 0)
		buf_printf(out,
		    "unresolved  %u, which an agent cannot resolve either\n",
		    s->unresolved);
	if (skipped > 0)
		buf_printf(out,
		    "skipped     %u object%s of kinds that cnpc does not "
		    "read\n",
		    skipped, skipped == 1 ? "" : "s");
}
