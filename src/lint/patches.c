/* SPDX-License-Identifier: Apache-2.0 */
/* The first place of each change within a minor version. */
#include "lint/patches.h"

#include "diag_gen.h"
#include "ident/label_filter.h"

static void
report(struct diag_sink *sink, struct arena *scratch, struct span at,
    const struct version_edge *e)
{
	diag_by_patch(sink, at,
	    arena_printf(scratch, VERSION_FMT, VERSION_ARG(e->last)), e->until,
	    arena_printf(scratch, VERSION_FMT, VERSION_ARG(e->first)), e->from);
}

/* The filters of the patches on both sides of the change of topology labels. */
struct filters {
	const struct ir *ir;
	struct label_filter *last, *first;
};

/* Whether S asks for a label that one side's identities have. */
static bool
differs(const struct filters *f, const struct ir_selector *s)
{
	struct atom_table *atoms = f->ir->atoms;

	for (uint32_t i = 0; i < s->nreq; i++) {
		const struct ir_req *q = &s->req[i];
		struct str key = atom_str(atoms, q->key);

		/* Which only pods have. */
		if ((q->any_source || atom_eq(q->source, f->ir->word.k8s)) &&
		    label_filter_takes(f->last, STR("k8s"), key) !=
			label_filter_takes(f->first, STR("k8s"), key))
			return true;
	}
	return false;
}

/* Where a rule asks for such a label; NULL: nowhere. */
static const struct span *
find_filtered(const struct filters *f, const struct ir_rule *r)
{
	if (differs(f, r->subject))
		return &r->at;
	for (uint32_t i = 0; i < r->npeers; i++) {
		if (differs(f, r->peers[i].selector))
			return &r->peers[i].at;
	}
	return NULL;
}

static void
check_filter(struct diag_sink *sink, struct arena *scratch, const struct ir *ir)
{
	struct str patterns = ir->opt.label_filter;
	struct filters f = {.ir = ir};
	struct version_edge e;

	if (!version_by_patch(ir->opt.cilium.number, VERSION_TOPOLOGY_LABEL,
		&e))
		return;
	f.last = label_filter_new(scratch, patterns, version_plain(e.last));
	f.first = label_filter_new(scratch, patterns, version_plain(e.first));
	VEC_FOREACH (r, &ir->rules) {
		const struct span *at = find_filtered(&f, *r);

		if (at) {
			report(sink, scratch, *at, &e);
			return;
		}
	}
}

void
lint_check_patches(struct diag_sink *sink, struct arena *scratch,
    const struct ir *ir)
{
	bool told[VERSION_CHANGES] = {false};
	struct version_edge e;

	check_filter(sink, scratch, ir);
	VEC_FOREACH (p, &ir->by_patch) {
		if (!told[p->change] &&
		    version_by_patch(ir->opt.cilium.number, p->change, &e))
			report(sink, scratch, p->at, &e);
		told[p->change] = true;
	}
}
