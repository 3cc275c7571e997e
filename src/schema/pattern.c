/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The patterns of the schema files, which are the CRDs' own.  They are matched
 * by PCRE2's DFA matcher, which never backtracks.  Nearly all values are label
 * values: these take a few comparisons instead.
 */
#include "schema/pattern.h"

#include <assert.h>

#include "base/ascii.h"
#include "schema/decode.h"

/* No value that a pattern accepts is longer. */
#define MATCH_BYTES 1024
#define DFA_WORKSPACE 1024

static void *
arena_malloc(size_t size, void *arena)
{
	return arena_alloc(arena, size);
}

static void
arena_nofree(void *p, void *arena)
{
}

int
pattern_index(const char *name)
{
	size_t i = 0;

	while (strcmp(schema_patterns[i].name, name) != 0) {
		i++;
		assert(i < schema_npatterns);
	}
	return (int)i;
}

pcre2_code **
patterns_compile(struct arena *a)
{
	pcre2_general_context *gc =
	    pcre2_general_context_create(arena_malloc, arena_nofree, a);
	pcre2_compile_context *cc = pcre2_compile_context_create(gc);
	pcre2_code **code = ARENA_ARRAY(a, pcre2_code *, schema_npatterns);

	for (size_t i = 0; i < schema_npatterns; i++) {
		const struct schema_pattern *p = &schema_patterns[i];
		int error;
		PCRE2_SIZE offset;

		code[i] =
		    pcre2_compile((PCRE2_SPTR)p->regex, PCRE2_ZERO_TERMINATED,
			PCRE2_UTF | PCRE2_DOLLAR_ENDONLY, &error, &offset, cc);
		assert(code[i]);
	}
	return code;
}

bool
label_value_valid(struct str v)
{
	if (v.n == 0)
		return true;
	for (size_t i = 0; i < v.n; i++)
		if (!ascii_is_alnum(v.s[i]) && v.s[i] != '-' && v.s[i] != '_' &&
		    v.s[i] != '.')
			return false;
	return ascii_is_alnum(v.s[0]) && ascii_is_alnum(v.s[v.n - 1]);
}

bool
pattern_matches(struct decoder *d, int pattern, struct str v)
{
	int workspace[DFA_WORKSPACE];

	if (pattern == d->schema->label_value)
		return label_value_valid(v);
	if (v.n > MATCH_BYTES)
		return false;
	if (!d->match)
		d->match = pcre2_match_data_create(1,
		    pcre2_general_context_create(arena_malloc, arena_nofree,
			d->arena));
	return pcre2_dfa_match(d->schema->patterns[pattern], (PCRE2_SPTR)v.s,
		   v.n, 0, PCRE2_DFA_SHORTEST, d->match, NULL, workspace,
		   DFA_WORKSPACE) >= 0;
}
