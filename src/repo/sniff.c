/* SPDX-License-Identifier: Apache-2.0 */
/* Words of a document's text that tell what it is. */
#include "repo/sniff.h"

#include "base/ascii.h"
#include "schema/schema.h"

/* Kinds that say where objects come from. */
static const char *const builders[] = {"Kustomization", "Component",
    "HelmRelease", "Application", "ApplicationSet", "FluxInstance",
    "OCIRepository", "GitRepository", NULL};

/* Groups whose objects are all looked at, because a kind may be misspelt. */
static const char *const groups[] = {"cilium.io/", "networking.k8s.io/",
    "policy.networking.k8s.io/", "cnpc.io/", NULL};

/* A key of the text with a plain word as its value. */
struct pair {
	bool top; /* a member of the document itself; in brackets: perhaps */
	struct str value; /* "": written in some other way */
};

struct scan {
	struct str text;
	size_t at;     /* what is left begins here */
	size_t indent; /* of the members of the document itself */
	bool flow;     /* the document is in brackets */
};

static bool
is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static bool
is_word(char c)
{
	return ascii_is_alnum(c) || c == '.' || c == '/' || c == '-' ||
	    c == '_';
}

/* The first byte that is no comment, marker or space. */
static size_t
first_content(struct str text)
{
	size_t i = 0;

	while (i < text.n) {
		const char *end = memchr(text.s + i, '\n', text.n - i);
		size_t next = end ? (size_t)(end - text.s) + 1 : text.n;
		size_t p = i;

		while (p < next && is_space(text.s[p]))
			p++;
		if (p < next && text.s[p] != '#' &&
		    !str_starts((struct str){text.s + p, next - p},
			STR("---")) &&
		    text.s[p] != '%')
			return p;
		i = next;
	}
	return text.n;
}

static void
scan_begin(struct scan *s, struct str text)
{
	size_t first = first_content(text), line = first;

	while (line > 0 && text.s[line - 1] != '\n')
		line--;
	*s = (struct scan){
	    .text = text,
	    .indent = first - line,
	    .flow = first < text.n && text.s[first] == '{',
	};
}

/* Whether the key at I is a member of the document itself. */
static bool
is_top(const struct scan *s, size_t i)
{
	const char *t = s->text.s;
	size_t line;

	if (i > 0 && (t[i - 1] == '"' || t[i - 1] == '\''))
		i--;
	for (line = i; line > 0 && t[line - 1] == ' ';)
		line--;
	return (line == 0 || t[line - 1] == '\n') && i - line == s->indent;
}

/*
 * The word that is the value of the key that ends at I; "" when it is written
 * in some other way.  False when there is no key.
 */
static bool
value_at(struct str text, size_t i, struct str *ret_value)
{
	size_t start;

	if (i < text.n && (text.s[i] == '"' || text.s[i] == '\''))
		i++;
	while (i < text.n && is_space(text.s[i]))
		i++;
	if (i == text.n || text.s[i++] != ':')
		return false;
	while (i < text.n && (text.s[i] == ' ' || text.s[i] == '\t'))
		i++;
	if (i < text.n && (text.s[i] == '"' || text.s[i] == '\''))
		i++;
	for (start = i; i < text.n && is_word(text.s[i]);)
		i++;
	*ret_value = (struct str){text.s + start, i - start};
	return true;
}

/* The next value of KEY; false when there is none left. */
static bool
next_value(struct scan *s, struct str key, struct pair *ret_pair)
{
	struct str text = s->text;

	while (s->at < text.n) {
		const char *p =
		    memmem(text.s + s->at, text.n - s->at, key.s, key.n);
		size_t i = p ? (size_t)(p - text.s) : text.n;

		s->at = i < text.n ? i + key.n : text.n;
		if (i == text.n || (i > 0 && is_word(text.s[i - 1])) ||
		    !value_at(text, s->at, &ret_pair->value))
			continue;
		ret_pair->top = s->flow || is_top(s, i);
		return true;
	}
	return false;
}

static bool
ends_in(struct str s, struct str tail)
{
	return s.n >= tail.n && memcmp(s.s + s.n - tail.n, tail.s, tail.n) == 0;
}

static bool
is_builder(struct str kind)
{
	for (const char *const *b = builders; *b; b++) {
		if (str_is(kind, *b))
			return true;
	}
	return ends_in(kind, STR("Transformer"));
}

/* Whether it is "List" or "PodList". */
static bool
is_list(struct str kind)
{
	return ends_in(kind, STR("List"));
}

/* API: the document says an apiVersion, without which only policies count. */
static bool
is_ours(const struct pair *kind, bool api)
{
	if (schema_knows_kind(kind->value, true))
		return true;
	return api && kind->top &&
	    (kind->value.n == 0 || schema_knows_kind(kind->value, false) ||
		is_list(kind->value));
}

static bool
has_policy_group(struct scan s)
{
	struct pair api;

	while (next_value(&s, STR("apiVersion"), &api)) {
		for (const char *const *g = groups; api.top && *g; g++) {
			if (str_starts(api.value, str_of(*g)))
				return true;
		}
	}
	return false;
}

/* Whether some kind is ours; with TOP, that of the document itself. */
static bool
has_kind(struct scan s, bool top)
{
	bool api = memmem(s.text.s, s.text.n, "apiVersion", 10);
	struct pair kind;

	while (next_value(&s, STR("kind"), &kind)) {
		if ((kind.top || !top) && is_ours(&kind, api))
			return true;
		if (kind.top && !top && is_builder(kind.value))
			return true;
	}
	return false;
}

bool
sniff_is_wanted(struct str text)
{
	struct scan s;

	scan_begin(&s, text);
	return has_kind(s, false) || has_policy_group(s) ||
	    (memmem(text.s, text.n, "fqdn", 4) &&
		memmem(text.s, text.n, "ips", 3)) ||
	    (memmem(text.s, text.n, "repository", 10) &&
		memmem(text.s, text.n, "/cilium", 7));
}

bool
sniff_is_ours(struct str text)
{
	struct scan s;

	scan_begin(&s, text);
	return has_policy_group(s) || has_kind(s, true);
}

/* Whether a line, up to I, has an open quote or a comment. */
static bool
is_hidden(const char *line, size_t i)
{
	char quote = 0;

	for (size_t k = 0; k < i; k++) {
		if (quote)
			quote = line[k] == quote ? 0 : quote;
		else if (line[k] == '"' || line[k] == '\'')
			quote = line[k];
		else if (line[k] == '#' && (k == 0 || is_space(line[k - 1])))
			return true;
	}
	return quote != 0;
}

bool
sniff_is_template(struct str text)
{
	size_t line = 0;

	for (size_t i = 0; i + 1 < text.n; i++) {
		if (text.s[i] == '\n')
			line = i + 1;
		else if (text.s[i] == '{' &&
		    (text.s[i + 1] == '{' || text.s[i + 1] == '%') &&
		    !is_hidden(text.s + line, i - line))
			return true;
	}
	return false;
}
