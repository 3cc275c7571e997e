/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The label filter: the agent's default rows and those of the settings.
 */
#include "ident/label_filter.h"

#include <assert.h>
#include <stdlib.h>

#include "base/vec.h"
#include "cilium/labels.h"
#include "cilium/version.h"
#include "diag_gen.h"
#include "lang/regex.h"

/*
 * A row of the default label filter.  Cilium writes these as regular
 * expressions that must match at the start of the key; all but one are plain
 * prefixes.
 */
struct prefix_row {
	struct str text;
	enum version_change change; /* of Cilium that added it */
	bool to_the_end;            /* ends in ".*" */
	bool anywhere;              /* starts with ".*" */
};

static const struct prefix_row include[] = {
    {.text = STR(LABEL_NAMESPACE)},
    {.text = STR("io.cilium.k8s.namespace.labels")},
    {.text = STR("app.kubernetes.io")},
    {.text = STR(LABEL_CLUSTER)},
    {.text = STR(LABEL_ACCOUNT), .change = VERSION_ACCOUNT_LABEL},
    {.text = {NULL, 0}},
};

static const struct prefix_row ignore[] = {
    {.text = STR("io.kubernetes")},
    {.text = STR("kubernetes.io")},
    {.text = STR("statefulset.kubernetes.io/pod-name")},
    {.text = STR("apps.kubernetes.io/pod-index")},
    {.text = STR("batch.kubernetes.io/job-completion-index")},
    {.text = STR("batch.kubernetes.io/controller-uid")},
    {.text = STR("beta.kubernetes.io"), .anywhere = true},
    {.text = STR("k8s.io")},
    {.text = STR("pod-template-generation")},
    {.text = STR("pod-template-hash")},
    {.text = STR("controller-revision-hash")},
    {.text = STR("controller-uid")},
    {.text = STR("annotation"), .to_the_end = true},
    {.text = STR("etcd_node")},
    {.text = STR("topology.kubernetes.io"), .change = VERSION_TOPOLOGY_LABEL},
    {.text = {NULL, 0}},
};

/* A pattern that the user adds. */
struct pattern {
	struct str source; /* "": any */
	bool ignores;
	const struct lang_regex *regex;
};

struct label_filter {
	struct version cilium; /* number 0: without the default filter */
	bool whitelist;        /* only what an include takes */
	bool gave_up;          /* on the match of a pattern */
	VEC(struct pattern) patterns;
};

/* Where the match that starts at 0 ends; 0 for none. */
static size_t
row_end(const struct prefix_row *f, struct str key)
{
	struct str text = f->text;

	if (f->anywhere) {
		/* ".*" is greedy: the last occurrence counts. */
		for (size_t at = key.n; at >= text.n; at--) {
			const char *p = key.s + at - text.n;

			if (*p == *text.s && memcmp(p, text.s, text.n) == 0)
				return at;
		}
		return 0;
	}
	/* For most keys the first letter decides. */
	if (key.n < text.n || *key.s != *text.s || !str_starts(key, text))
		return 0;
	return f->to_the_end ? key.n : text.n;
}

/* The longest include, and the shortest ignore, that match; 0: none. */
struct extent {
	size_t include, ignore;
};

static void
extend(struct extent *e, bool ignores, size_t end)
{
	if (!ignores && end > e->include)
		e->include = end;
	if (ignores && end > 0 && (e->ignore == 0 || end < e->ignore))
		e->ignore = end;
}

static void
add_rows(struct extent *e, const struct prefix_row *r, struct version cilium,
    bool ignores, struct str key)
{
	for (; r->text.s; r++) {
		size_t end = row_end(r, key);

		if (end > 0 && version_has(cilium, r->change))
			extend(e, ignores, end);
	}
}

bool
label_filter_takes(struct label_filter *f, struct str source, struct str key)
{
	struct extent e = {0};
	enum lang_match m;
	size_t end;

	if (f->cilium.number != 0) {
		add_rows(&e, include, f->cilium, false, key);
		add_rows(&e, ignore, f->cilium, true, key);
	}
	VEC_FOREACH (p, &f->patterns) {
		if (p->source.n > 0 && !str_eq(p->source, source))
			continue;
		m = lang_regex_at_start(p->regex, key, &end);
		f->gave_up |= m == LANG_MATCH_UNKNOWN;
		if (m == LANG_MATCH)
			extend(&e, p->ignores, end);
	}
	return (!f->whitelist && e.ignore == 0) || e.include > e.ignore;
}

void
label_filter_report(const struct label_filter *f, struct diag_sink *sink)
{
	if (f->gave_up)
		diag_unsupported_feature(sink, (struct span){0},
		    STR("so slow a pattern of a label filter"));
}

/* One word of the patterns; false: it is no regular expression. */
static bool
add_pattern(struct label_filter *f, struct arena *a, struct str word, char *err,
    size_t errlen)
{
	const char *colon = memchr(word.s, ':', word.n);
	struct pattern p = {.source = STR("")};

	if (colon) {
		p.source = (struct str){word.s, (size_t)(colon - word.s)};
		word = (struct str){colon + 1, word.n - p.source.n - 1};
	}
	/* Not earlier: a '!' before the source is part of the source. */
	p.ignores = str_starts(word, STR("!"));
	if (p.ignores)
		word = (struct str){word.s + 1, word.n - 1};
	p.regex = lang_regex_search(a, word, err, errlen);
	if (!p.regex)
		return false;
	f->whitelist |= !p.ignores;
	*vec_push(&f->patterns, a) = p;
	return true;
}

static struct label_filter *
new_filter(struct arena *a, struct str patterns, struct version cilium,
    char *err, size_t errlen)
{
	static const char space[] = " \t\r\n\v\f";
	struct label_filter *f = ARENA_NEW(a, struct label_filter);
	const char *p = patterns.s;
	size_t n;

	f->cilium = cilium;
	for (p += strspn(p, space); *p != '\0'; p += n + strspn(p + n, space)) {
		n = strcspn(p, space);
		if (!add_pattern(f, a, (struct str){arena_dup(a, p, n), n}, err,
			errlen))
			return NULL;
	}
	return f;
}

struct label_filter *
label_filter_new(struct arena *a, struct str patterns, struct version cilium)
{
	char problem[128];
	struct label_filter *f =
	    new_filter(a, patterns, cilium, problem, sizeof(problem));

	assert(f);
	return f;
}

struct label_filter *
label_filter_of_nodes(struct arena *a, struct str patterns)
{
	return label_filter_new(a, patterns, version_plain(0));
}

bool
label_filter_check(struct str patterns, char *err, size_t errlen)
{
	struct arena a = {0};
	bool ok = new_filter(&a, patterns, version_plain(0), err, errlen);

	arena_free(&a);
	return ok;
}
