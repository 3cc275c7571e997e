/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Pieces that the parts of a trace's text share: verdicts, places, reasons.
 */
#include "report/trace_text.h"

#include "diag/printable.h"

enum {
	TEXT_MAX = 200, /* bytes of one piece of input */
};

const char *
text_safe(struct arena *a, struct str s)
{
	struct buf b;

	buf_init(&b, a);
	buf_puts(&b, "");
	printable_put(&b, s, TEXT_MAX);
	return b.p;
}

const char *
text_where(struct text *x, struct span at)
{
	return text_safe(x->arena, str_of(source_where(x->set, at)));
}

static void
put_colored(struct text *x, const char *color, const char *word)
{
	buf_printf(x->out, "%s%s%s", x->color ? color : "", word,
	    x->color ? "\033[0m" : "");
}

void
text_verdict(struct text *x, enum flow_verdict v)
{
	switch (v) {
	case FLOW_ALLOWED:
		put_colored(x, "\033[1;32m", "ALLOWED");
		return;
	case FLOW_UNKNOWN:
		put_colored(x, "\033[1;33m", "UNKNOWN");
		return;
	case FLOW_REFUSED:
		put_colored(x, "\033[1;31m", "REFUSED");
		return;
	case FLOW_DROPPED:
		put_colored(x, "\033[1;31m", "DROPPED");
		return;
	}
}

void
text_reason(struct text *x, enum drop_reason reason)
{
	buf_printf(x->out, "  %s (%u)", drop_reason_text(reason), reason);
}
