/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Identities by their labels, rules by their places.
 */
#include "report/identity.h"

#include <string.h>

#include "base/buf.h"

const char *
identity_words(struct arena *a, const struct bundle_content *b, uint32_t id)
{
	const struct bundle_identity *known = bundle_find_identity(b, id);
	struct buf text;

	if (id == 0)
		return "anybody";
	if (!known)
		return arena_printf(a, "%u (not in the bundle)", id);
	buf_init(&text, a);
	buf_printf(&text, "%u (", id);
	for (uint32_t i = 0; i < known->labels->seq.n; i++) {
		struct str label = known->labels->seq.v[i]->s;

		/* All pods of a cluster have these. */
		if (memmem(label.s, label.n, "io.cilium.k8s.", 14))
			continue;
		buf_printf(&text, "%s" STR_FMT,
		    text.p[text.n - 1] == '(' ? "" : " ", STR_ARG(label));
	}
	buf_putc(&text, ')');
	return buf_as_str(&text).s;
}

const char *
rule_place(struct arena *a, const struct bundle_content *b, uint32_t number)
{
	const struct bundle_rule *r;

	if (number == 0)
		return "";
	r = &b->rules.v[number - 1];
	return arena_printf(a, STR_FMT ":%u", STR_ARG(r->file), r->line);
}
