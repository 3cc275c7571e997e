/* SPDX-License-Identifier: Apache-2.0 */
/* The merge key "<<", which go-yaml v2 resolves before kubectl writes JSON. */
#include "yaml/yaml_merge.h"

#include "diag_gen.h"

/* Pushes the members of FROM, the value of a "<<" or an item of it. */
static bool
merge_map(struct ybuild *b, const struct ynode *from)
{
	if (from->map.n > YMERGED_MAX - b->merged) {
		diag_too_many_nodes(b->sink, from->at, YMERGED_MAX);
		b->stop = true;
		return false;
	}
	b->merged += from->map.n;
	for (uint32_t i = 0; i < from->map.n; i++)
		ybuild_push(b, from->map.v[i]);
	return true;
}

static bool
is_map_or_maps(const struct ynode *n)
{
	if (n->kind != Y_SEQ)
		return n->kind == Y_MAP;
	for (uint32_t i = 0; i < n->seq.n; i++)
		if (n->seq.v[i]->kind != Y_MAP)
			return false;
	return true;
}

bool
yaml_merge(struct ybuild *b, const struct ynode *from, struct span key_at)
{
	if (!is_map_or_maps(from)) {
		/* A broken alias was reported as such. */
		if (!b->broken && ybuild_report(b))
			diag_bad_merge(b->sink, key_at);
		b->broken = true;
		return true;
	}
	if (from->kind == Y_MAP)
		return merge_map(b, from);
	for (uint32_t i = 0; i < from->seq.n; i++)
		if (!merge_map(b, from->seq.v[i]))
			return false;
	return true;
}
