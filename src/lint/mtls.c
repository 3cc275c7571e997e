/* SPDX-License-Identifier: Apache-2.0 */
/* Subjects among the pods of namespaces with mutual TLS. */
#include "lint/mtls.h"

#include "cilium/labels.h"
#include "ir/selector.h"

#define LABEL_MTLS LABEL_OF_NAMESPACE "io.cilium/mtls-enabled"

static bool
is_mtls(const struct ir *ir, const struct identity *id)
{
	for (uint32_t i = 0; i < id->nlabels; i++) {
		const struct label *l = &id->labels[i];

		if (str_is(atom_str(ir->atoms, l->key), LABEL_MTLS) &&
		    str_is(atom_str(ir->atoms, l->value), "true"))
			return true;
	}
	return false;
}

static bool
selects_one(const struct world *w, const struct ir_selector *s)
{
	VEC_FOREACH (id, &w->idents) {
		if (is_mtls(w->ir, id) &&
		    selector_met(w->ir, s->req, s->nreq, id->labels,
			id->nlabels))
			return true;
	}
	return false;
}

void
lint_check_mtls(struct diag_sink *sink, const struct pmaps *m, enum platform p)
{
	const struct ir_policy *told = NULL;

	if (platform_rows[PLATFORM_MTLS_NAMESPACE].answer[p] ==
	    PLATFORM_ALLOWED)
		return;
	VEC_FOREACH (at, &m->world->ir->rules) {
		const struct ir_rule *r = *at;

		/* The rules of a policy follow each other. */
		if (r->policy == told || !selects_one(m->world, r->subject))
			continue;
		told = r->policy;
		platform_report(sink, p, PLATFORM_MTLS_NAMESPACE,
		    told->object->name_at);
	}
}
