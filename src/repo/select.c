/* SPDX-License-Identifier: Apache-2.0 */
/* Which objects a selector of kustomize takes. */
#include "repo/select.h"

#include "lang/regex.h"
#include "repo/edit.h"

/* Whether all of TEXT matches the PATTERN of a target; "" matches all. */
static bool
pattern_fits(struct kustomize *k, struct str pattern, struct str text)
{
	const struct lang_regex *re;
	char why[100];

	if (pattern.n == 0)
		return true;
	re = lang_regex_compile(k->arena, pattern, why, sizeof(why));
	return re && lang_regex_match(re, k->arena, text) == LANG_MATCH;
}

static struct str
text_at(const struct ynode *n, const char *path)
{
	return edit_text(edit_find(n, path));
}

/* The group and the version of an apiVersion. */
static void
split_api(struct str api, struct str *ret_group, struct str *ret_version)
{
	const char *slash = memchr(api.s, '/', api.n);
	size_t n = slash ? (size_t)(slash - api.s) : 0;

	*ret_group = (struct str){api.s, n};
	n += slash ? 1 : 0;
	*ret_version = (struct str){api.s + n, api.n - n};
}

/* Whether PATH of the object, as it was or as it is, is what TARGET wants. */
static bool
either_fits(struct kustomize *k, const struct ynode *target,
    const struct built *o, const char *path)
{
	const char *slash = strrchr(path, '/');
	const char *key = slash ? slash + 1 : path;
	struct str pattern = edit_text(ynode_get(target, key));

	return pattern_fits(k, pattern, text_at(o->node, path)) ||
	    pattern_fits(k, pattern, text_at(o->original, path));
}

/* Whether a selector "a=b,c" in TEXT takes MAP; other forms take nothing. */
static bool
selector_fits(struct str text, const struct ynode *map)
{
	while (text.n > 0) {
		const char *comma = memchr(text.s, ',', text.n);
		size_t n = comma ? (size_t)(comma - text.s) : text.n;
		const char *equals = memchr(text.s, '=', n);
		size_t key = equals ? (size_t)(equals - text.s) : n;
		size_t value = equals ? key + 1 : n;
		bool found = false;

		value += equals && value < n && text.s[value] == '=';
		for (uint32_t i = 0; map && i < map->map.n; i++) {
			const struct ypair *pair = &map->map.v[i];

			if (str_eq(pair->key, (struct str){text.s, key}))
				found = !equals ||
				    str_eq(edit_text(pair->value),
					(struct str){text.s + value,
					    n - value});
		}
		if (!found)
			return false;
		n += comma ? 1 : 0;
		text = (struct str){text.s + n, text.n - n};
	}
	return true;
}

bool
select_object(struct kustomize *k, const struct ynode *target,
    const struct built *o)
{
	struct str group, version;

	split_api(text_at(o->node, "apiVersion"), &group, &version);
	return pattern_fits(k, text_at(target, "group"), group) &&
	    pattern_fits(k, text_at(target, "version"), version) &&
	    either_fits(k, target, o, "kind") &&
	    either_fits(k, target, o, "metadata/name") &&
	    either_fits(k, target, o, "metadata/namespace") &&
	    selector_fits(text_at(target, "labelSelector"),
		edit_find(o->node, "metadata/labels")) &&
	    selector_fits(text_at(target, "annotationSelector"),
		edit_find(o->node, "metadata/annotations"));
}
