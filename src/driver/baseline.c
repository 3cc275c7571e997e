/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Findings held against earlier ones.  Requires findings with fingerprints;
 * leaves those that are new.
 */
#include "driver/baseline.h"

#include <string.h>

#include "base/file.h"
#include "base/map.h"
#include "diag/render.h"
#include "diag_gen.h"
#include "lint/lint.h"
#include "yaml/yaml_read.h"

/* The text of KEY in N; "" where it is none. */
static struct str
text_of(const struct ynode *n, const char *key)
{
	const struct ynode *value = ynode_get(n, key);

	return value && value->kind == Y_STR ? value->s : STR("");
}

/* The findings of ROOT; NULL, and reported, when it is no baseline. */
static const struct ynode *
findings_of(struct unit *u, const struct ynode *root, struct span all)
{
	const struct ynode *version, *findings;

	if (!root || !str_is(text_of(root, "format"), BASELINE_FORMAT)) {
		diag_not_a_baseline(&u->sink, all);
		return NULL;
	}
	version = ynode_get(root, "version");
	if (!version || version->kind != Y_INT ||
	    version->i != BASELINE_VERSION) {
		diag_other_baseline(&u->sink, version ? version->at : all,
		    BASELINE_VERSION);
		return NULL;
	}
	findings = ynode_get(root, "findings");
	if (findings && findings->kind == Y_SEQ)
		return findings;
	diag_not_a_baseline(&u->sink, all);
	return NULL;
}

/* Whether D is not among the fingerprints ARG. */
static bool
is_new(const struct diag *d, const void *arg)
{
	const struct map *known = arg;

	return lint_is_unread(d) || !d->fingerprint ||
	    !map_get(known, d->fingerprint, strlen(d->fingerprint));
}

size_t
unit_baseline(struct unit *u, const char *path)
{
	const struct ynode *findings;
	struct ydocs docs = {0};
	size_t before = u->sink.v.n;
	struct map known;
	struct str text;
	uint32_t source;
	int error = file_read(&u->perm, path, ylimits_default.bytes, &text);

	if (error) {
		diag_cannot_read_file(&u->sink, (struct span){0}, path,
		    strerrordesc_np(error));
		return 0;
	}
	source = source_add(&u->sources, path, text);
	u->sources.v.v[source - 1].context = true;
	yaml_read(&u->perm, &u->sink, text, source, &ylimits_default, &docs);
	findings = findings_of(u, docs.v.n > 0 ? docs.v.v[0] : NULL,
	    (struct span){source, 0, 0});
	if (!findings)
		return 0;
	map_init(&known, &u->perm);
	for (uint32_t i = 0; i < findings->seq.n; i++) {
		struct str f = text_of(findings->seq.v[i], "fingerprint");

		*map_put(&known, f.s, f.n) = u;
	}
	diag_sink_filter(&u->sink, is_new, &known);
	return before - u->sink.v.n;
}

/* The findings of SINK by their fingerprints. */
static void
note_findings(struct map *m, struct arena *a, const struct diag_sink *sink)
{
	map_init(m, a);
	VEC_FOREACH (d, &sink->v) {
		if ((*d)->fingerprint)
			*map_put(m, (*d)->fingerprint,
			    strlen((*d)->fingerprint)) = *d;
	}
}

/* Whether one of M has D's fingerprint, and its level. */
static bool
is_known(const struct map *m, const struct diag *d)
{
	const struct diag *other = d->fingerprint
	    ? map_get(m, d->fingerprint, strlen(d->fingerprint))
	    : NULL;

	return other && other->level == d->level;
}

static bool
is_not_known(const struct diag *d, const void *arg)
{
	return lint_is_unread(d) || !is_known(arg, d);
}

size_t
unit_leave_new(struct unit *u, const struct unit *before, size_t *ret_gone)
{
	size_t n = u->sink.v.n;
	struct map were, are;

	note_findings(&were, &u->perm, &before->sink);
	note_findings(&are, &u->perm, &u->sink);
	*ret_gone = 0;
	VEC_FOREACH (d, &before->sink.v)
		*ret_gone += !is_known(&are, *d);
	diag_sink_filter(&u->sink, is_not_known, &were);
	return n - u->sink.v.n;
}
