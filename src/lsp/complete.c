/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What may be written at a place.  A mark takes the place of the word there;
 * where the mark is in the tree says what the word is going to be.
 */
#include <string.h>

#include "base/ascii.h"
#include "lsp/seen.h"
#include "yaml/locate.h"

/* Stands for the word: a name that nobody has. */
#define MARK "cnpc-completes-this"

/* The protocol's kinds of what is offered. */
enum kind {
	KIND_FIELD = 5,
	KIND_VALUE = 12,
	KIND_MEMBER = 20,
};

/* What is completed. */
struct completion {
	struct session *s;
	struct json *json;
	const struct text *text;
	struct span word;
	bool keyed;                /* a colon follows the word */
	bool quoted;               /* it is in quotes */
	bool is_key;               /* it is, or is to be, the key of a pair */
	struct ytrail trail;       /* to the word, or to what it is a key of */
	const struct ynode *in;    /* the map or list that it is in */
	struct schema_place place; /* of the end of TRAIL */
};

/* Whether C can be part of a word. */
static bool
is_word(char c)
{
	return c != '\0' && !strchr(" \t\r\n{}[],\"'#&*!|>%@`", c);
}

/* The word that the byte AT is in, or which ends there. */
static void
find_word(struct completion *c, uint32_t at)
{
	struct str text = c->text->text;
	uint32_t start = at, end = at;

	while (start > 0 && is_word(text.s[start - 1]))
		start--;
	while (end < text.n && is_word(text.s[end]))
		end++;
	c->keyed = end > at && text.s[end - 1] == ':';
	c->word = (struct span){1, start, end - c->keyed};
	c->quoted = start > 0 && strchr("\"'", text.s[start - 1]);
	if (c->quoted)
		c->keyed = end + 1 < text.n && text.s[end + 1] == ':';
}

/* Whether the word is after the key of a pair on its line. */
static bool
is_value(const struct completion *c)
{
	const char *s = c->text->text.s;
	uint32_t at = c->word.start - c->quoted;

	while (at > 0 && (s[at - 1] == ' ' || s[at - 1] == '\t'))
		at--;
	return at > 0 && s[at - 1] == ':';
}

/* What is in the word's place; ALONE: what comes after it is not there. */
static const char *
mark_of(struct completion *c, bool alone)
{
	bool pair = c->keyed ? alone : !c->quoted && !is_value(c);

	return arena_printf(&c->s->message, "%s%.*s%s", MARK,
	    alone && c->quoted, c->text->text.s + c->word.start - 1,
	    pair ? ": " : "");
}

/* Finds the word in the tree and the tables; false: nothing is known there. */
static bool
find_in_tree(struct completion *c)
{
	struct arena *a = &c->s->message;
	const struct span at = {1, c->word.start, c->word.start};
	const struct ystep *last;
	struct ydocs docs;

	for (int alone = 0; alone < 2 && c->trail.v.n == 0; alone++) {
		marked_read(a, c->text->text, c->word, mark_of(c, alone), alone,
		    &docs);
		yaml_trail(a, &docs, at, &c->trail);
	}
	if (c->trail.v.n == 0)
		return false;
	last = &c->trail.v.v[c->trail.v.n - 1];
	c->in = last->from;
	c->is_key = last->pair && str_is(last->pair->key, MARK);
	c->trail.v.n -= c->is_key;
	return schema_of_trail(c->s, &c->trail, &c->place) ||
	    schema_place_object(&c->place, c->in, c->s->unit.opt.schema.cilium);
}

/* ---- what is offered ---- */

static void
offer(struct completion *c, enum kind kind, struct str label, const char *doc,
    struct str text)
{
	struct json *j = c->json;

	json_object(j);
	json_kv_str(j, "label", label);
	json_kv_u64(j, "kind", kind);
	if (*doc) {
		json_key(j, "documentation");
		json_object(j);
		json_kv_cstr(j, "kind", "markdown");
		json_kv_cstr(j, "value", doc);
		json_end_object(j);
	}
	json_key(j, "textEdit");
	json_text_edit(j, c->text->text, c->word, text, c->s->utf8);
	json_end_object(j);
}

/* NAME as it is written as a key. */
static struct str
as_key(struct completion *c, struct str name, const char *after)
{
	if (c->keyed || c->quoted)
		return name;
	return str_of(
	    arena_printf(&c->s->message, STR_FMT "%s", STR_ARG(name), after));
}

/* The text of a scalar that is to be the string VALUE. */
static struct str
as_string(struct completion *c, struct str value)
{
	static const char *const others[] = {"true", "false", "yes", "no", "on",
	    "off", "null", "y", "n", NULL};
	bool plain = value.n > 0 && ascii_is_lower(value.s[0] | 0x20);

	for (const char *const *o = others; *o; o++)
		plain = plain &&
		    (value.n != strlen(*o) ||
			strncasecmp(value.s, *o, value.n) != 0);
	if (plain || c->quoted)
		return value;
	return str_of(
	    arena_printf(&c->s->message, "\"" STR_FMT "\"", STR_ARG(value)));
}

/* The fields that the object of the word has not. */
static void
offer_fields(struct completion *c)
{
	struct schema_choice f;

	for (uint32_t i = 0; schema_place_field(&c->place, i, &f); i++) {
		if (!ynode_get(c->in, f.text.s))
			offer(c, KIND_FIELD, f.text, f.doc,
			    as_key(c, f.text, f.nested ? ":" : ": "));
	}
}

static void
offer_values(struct completion *c)
{
	struct schema_choice v;

	for (uint32_t i = 0; schema_place_value(&c->place, i, &v); i++)
		offer(c, KIND_MEMBER, v.text, "", v.text);
}

/* Whether some step on the way is the value of KEY. */
static bool
is_below(const struct completion *c, const char *key)
{
	VEC_FOREACH (step, &c->trail.v) {
		if (step->pair && str_is(step->pair->key, key))
			return true;
	}
	return false;
}

/* "k8s:", if that is what the word or a key begins with; else "". */
static struct str
source_of_key(struct str key)
{
	const char *colon = key.n > 0 ? memchr(key.s, ':', key.n) : NULL;

	return (struct str){key.s, colon ? (size_t)(colon - key.s) + 1 : 0};
}

static void
offer_seen(struct completion *c, const struct seen *seen)
{
	VEC_FOREACH (name, &seen->v)
		offer(c, KIND_VALUE, *name, "", as_string(c, *name));
}

/* Keys of labels, as keys of a map or as values. */
static void
offer_keys(struct completion *c)
{
	struct str source =
	    source_of_key((struct str){c->text->text.s + c->word.start,
		c->word.end - c->word.start});
	struct seen seen = {0};

	seen_keys(c->s, &seen, is_below(c, "namespaceSelector"));
	VEC_FOREACH (name, &seen.v) {
		struct str key = str_of(arena_printf(&c->s->message,
		    STR_FMT STR_FMT, STR_ARG(source), STR_ARG(*name)));

		offer(c, KIND_VALUE, key, "",
		    c->is_key ? as_key(c, key, ": ") : key);
	}
}

/* Values of the label KEY. */
static void
offer_label(struct completion *c, struct str key)
{
	struct seen seen = {0};
	size_t n = source_of_key(key).n;

	seen_values(c->s, &seen, (struct str){key.s + n, key.n - n},
	    is_below(c, "namespaceSelector"));
	offer_seen(c, &seen);
}

/* What the repository has for a field of that name. */
static void
offer_known(struct completion *c)
{
	const struct ystep *steps = c->trail.v.v;
	size_t n = c->trail.v.n;
	struct str name = schema_place_name(&c->place);
	const struct ynode *key;
	struct seen seen = {0};

	if (str_is(name, "matchLabels") && n > 0 && steps[n - 1].pair) {
		offer_label(c, steps[n - 1].pair->key);
	} else if (str_is(name, "namespace")) {
		seen_namespaces(c->s, &seen, source_of(c->s, c->text));
	} else if (str_is(name, "cidrGroupRef")) {
		seen_groups(c->s, &seen);
	} else if (str_is(name, "key") && is_below(c, "matchExpressions")) {
		offer_keys(c);
	} else if (str_is(name, "values") && n > 1) {
		key = ynode_get(steps[n - 2].from, "key");
		if (key && key->kind == Y_STR)
			offer_label(c, key->s);
	}
	offer_seen(c, &seen);
}

static void
offer_all(struct completion *c)
{
	bool is_map = schema_place_is_map(&c->place);

	if (c->is_key && is_map &&
	    str_is(schema_place_name(&c->place), "matchLabels")) {
		offer_keys(c);
	} else if (c->is_key && c->place.of) {
		offer_fields(c);
	} else if (!is_map) {
		offer_values(c);
		offer_known(c);
	}
}

void
request_complete(struct session *s, const struct ynode *params, struct json *j)
{
	struct completion c = {.s = s, .json = j};
	struct text_place place;

	json_array(j);
	if (find_place(s, params, &place)) {
		c.text = place.text;
		find_word(&c, place.offset);
		if (find_in_tree(&c))
			offer_all(&c);
	}
	json_end_array(j);
}
