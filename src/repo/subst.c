/* SPDX-License-Identifier: Apache-2.0 */
/* Filling in variables as Flux's envsubst does. */
#include "repo/subst.h"

#include "base/ascii.h"
#include "base/buf.h"
#include "base/num.h"
#include "base/variable.h"
#include "repo/inner.h"

/* One text being filled in. */
struct filling {
	const struct subst *subst;
	struct arena *arena;
	struct subst_report *report;
	struct buf out;
	bool changed, open;
};

void
subst_init(struct subst *s, struct arena *a)
{
	*s = (struct subst){0};
	map_init(&s->values, a);
}

void
subst_define(struct subst *s, struct str name, struct str value)
{
	struct str *v = ARENA_NEW(s->values.arena, struct str);

	*v = value;
	*map_put(&s->values, name.s, name.n) = v;
}

bool
subst_define_text(struct subst *s, const char *text)
{
	struct str all = str_of(text);
	size_t n = variable_name_length(all);

	if (n == 0 || n == all.n || text[n] != '=')
		return false;
	subst_define(s, (struct str){text, n},
	    (struct str){text + n + 1, all.n - n - 1});
	return true;
}

/* The text of a scalar, as Flux passes it on. */
static bool
scalar_text(struct arena *a, const struct ynode *n, struct str *ret_text)
{
	switch (n->kind) {
	case Y_STR:
		*ret_text = n->s;
		return true;
	case Y_INT:
		*ret_text = str_of(arena_printf(a, "%lld", (long long)n->i));
		return true;
	case Y_BOOL:
		*ret_text = n->b ? STR("true") : STR("false");
		return true;
	case Y_FLOAT:
		*ret_text = str_of(arena_printf(a, "%g", n->f));
		return true;
	case Y_NULL:
	case Y_SEQ:
	case Y_MAP:
		return false;
	}
	return false;
}

void
subst_define_all(struct subst *s, const struct ynode *map)
{
	struct str text;

	for (uint32_t i = 0; map && map->kind == Y_MAP && i < map->map.n; i++) {
		const struct ypair *p = &map->map.v[i];

		if (scalar_text(s->values.arena, p->value, &text))
			subst_define(s, p->key, text);
	}
}

/* Where the bracket that is open at I closes; the end when it does not. */
static size_t
closing(struct str text, size_t i)
{
	unsigned depth = 1;

	for (; i < text.n; i++) {
		if (text.s[i] == '}' && --depth == 0)
			return i;
		if (text.s[i] == '$' && i + 1 < text.n &&
		    text.s[i + 1] == '{') {
			depth++;
			i++;
		}
	}
	return text.n;
}

static void fill(struct filling *f, struct str text);

/* TEXT filled in, on its own. */
static struct str
filled(struct filling *f, struct str text)
{
	struct filling inner = {f->subst, f->arena, f->report, {0}, false,
	    false};

	buf_init(&inner.out, f->arena);
	fill(&inner, text);
	f->open |= inner.open;
	return buf_as_str(&inner.out);
}

/* VALUE after ":n" or ":n:l". */
static bool
cut(struct str value, struct str rest, struct str *ret_value)
{
	const char *colon = memchr(rest.s, ':', rest.n);
	size_t n = colon ? (size_t)(colon - rest.s) : rest.n;
	uint64_t from, length = UINT32_MAX;

	if (!num_u64((struct str){rest.s, n}, UINT32_MAX, &from) ||
	    (colon &&
		!num_u64((struct str){colon + 1, rest.n - n - 1}, UINT32_MAX,
		    &length)))
		return false;
	if (from > value.n)
		from = value.n;
	if (length > value.n - from)
		length = value.n - from;
	*ret_value = (struct str){value.s + from, (size_t)length};
	return true;
}

/* VALUE in capitals or in small letters: all of it, or its first letter. */
static struct str
change_case(struct arena *a, struct str value, struct str how)
{
	char *s = arena_dup(a, value.s, value.n);
	size_t n = how.n == 2 ? value.n : value.n > 0;

	for (size_t i = 0; i < n; i++) {
		if (how.s[0] == ',' ? ascii_is_upper((uint32_t)s[i])
				    : ascii_is_lower((uint32_t)s[i]))
			s[i] = (char)(s[i] ^ 0x20);
	}
	return (struct str){s, value.n};
}

/* What is between the brackets after the name. */
static bool
operate(struct filling *f, const struct str *value, struct str how,
    struct str *ret_value)
{
	bool has = value && value->n > 0;
	size_t op;

	op = how.n > 1 && how.s[0] == ':' && strchr("=-?+", how.s[1]) ? 2
	    : how.s[0] == '='                                         ? 1
								      : 0;
	if (op > 0) {
		*ret_value = has
		    ? *value
		    : filled(f, (struct str){how.s + op, how.n - op});
		return true;
	}
	if (how.s[0] == ':')
		return cut(value ? *value : STR(""),
		    (struct str){how.s + 1, how.n - 1}, ret_value);
	if ((str_is(how, "^") || str_is(how, "^^") || str_is(how, ",") ||
		str_is(how, ",,"))) {
		*ret_value =
		    change_case(f->arena, value ? *value : STR(""), how);
		return true;
	}
	return false;
}

/* Whether HOW gives a value even where the variable has none. */
static bool
has_default(struct str how)
{
	return (how.n > 1 && how.s[0] == ':' && strchr("=-?+", how.s[1])) ||
	    (how.n > 0 && how.s[0] == '=');
}

/* The variable whose brackets hold INSIDE; WHOLE has the brackets, too. */
static void
fill_one(struct filling *f, struct str inside, struct str whole)
{
	size_t n = variable_name_length(inside);
	struct str name = {inside.s, n}, how = {inside.s + n, inside.n - n};
	const struct str *known = map_get(&f->subst->values, name.s, name.n);
	struct str value = known ? *known : STR("");

	if (n == 0 || (how.n > 0 && !strchr(":=^,#%/", how.s[0]))) {
		f->report->malformed = "Flux cannot read this variable";
		buf_str(&f->out, whole);
		return;
	}
	if ((!known && !f->subst->complete && !has_default(how)) ||
	    (how.n > 0 && !operate(f, known, how, &value))) {
		f->open = true;
		buf_str(&f->out, whole);
		return;
	}
	f->changed = true;
	buf_str(&f->out, value);
}

/*
 * The same for "$(NAME)" at the start of TEXT, which Flux knows nothing of;
 * how much of TEXT it is.
 */
static size_t
fill_other(struct filling *f, struct str text)
{
	struct str rest = {text.s + 2, text.n - 2};
	size_t n = variable_name_length(rest);
	bool is_one = n > 0 && n < rest.n && rest.s[n] == ')';
	const struct str *known =
	    is_one ? map_get(&f->subst->values, rest.s, n) : NULL;

	if (!known) {
		buf_putc(&f->out, '$');
		return 1;
	}
	f->changed = true;
	buf_str(&f->out, *known);
	return n + 3;
}

static void
fill(struct filling *f, struct str text)
{
	for (size_t i = 0; i < text.n;) {
		const char *s = text.s + i;
		bool more = i + 1 < text.n;
		size_t end;

		if (s[0] == '$' && more && s[1] == '$' && f->subst->flux) {
			buf_putc(&f->out, '$');
			f->changed = true;
			i += 2;
		} else if (s[0] == '$' && more && s[1] == '{') {
			end = closing(text, i + 2);
			fill_one(f, (struct str){s + 2, end - i - 2},
			    (struct str){s, end - i + (end < text.n)});
			i = end + (end < text.n);
		} else if (s[0] == '$' && more && s[1] == '(' &&
		    !f->subst->flux) {
			i += fill_other(f, (struct str){s, text.n - i});
		} else {
			buf_putc(&f->out, s[0]);
			i++;
		}
	}
}

/* Whether YAML writes the string TEXT without quotes. */
static bool
is_plain(struct str text)
{
	if (text.n == 0 || strchr("-?:,[]{}#&*!|>'\"%@` ", text.s[0]) ||
	    text.s[text.n - 1] == ' ' || text.s[text.n - 1] == ':')
		return false;
	return !memchr(text.s, '\n', text.n) &&
	    !memmem(text.s, text.n, ": ", 2) &&
	    !memmem(text.s, text.n, " #", 2);
}

/* Whether the string N is written in its source without quotes. */
static bool
is_bare(const struct subst *s, const struct ynode *n)
{
	return s->sources &&
	    !strchr("'\"|>",
		s->sources->v.v[n->at.source - 1].text.s[n->at.start]);
}

static const struct ynode *
apply_string(const struct subst *s, struct arena *a, const struct ynode *n,
    struct subst_report *report)
{
	struct filling f = {s, a, report, {0}, false, false};
	const char *was = report->malformed;
	struct str text;

	if (!memchr(n->s.s, '$', n->s.n) || (!s->flux && !variable_in(n->s)))
		return n;
	buf_init(&f.out, a);
	fill(&f, n->s);
	report->open |= f.open;
	if (report->malformed && !was)
		report->at = n->at;
	if (!f.changed)
		return n;
	text = buf_as_str(&f.out);
	if (f.open || !(s->flux ? is_plain(n->s) : is_bare(s, n)))
		return edit_string(a, text, n->at);
	return inner_value(a, text, n->at);
}

/* The same for keys, which stay strings. */
static struct str
apply_key(const struct subst *s, struct arena *a, const struct ypair *pair,
    struct subst_report *report)
{
	struct ynode key = {.kind = Y_STR, .at = pair->key_at, .s = pair->key};
	struct subst strings = *s;

	strings.sources = NULL;
	strings.flux = false;
	return apply_string(&strings, a, &key, report)->s;
}

static const struct ynode *
apply_map(const struct subst *s, struct arena *a, const struct ynode *n,
    struct subst_report *report)
{
	struct ypair *v = ARENA_ARRAY(a, struct ypair, n->map.n);
	struct ynode *r = ARENA_NEW(a, struct ynode);
	bool changed = false;

	for (uint32_t i = 0; i < n->map.n; i++) {
		const struct ypair *p = &n->map.v[i];

		v[i] = (struct ypair){apply_key(s, a, p, report), p->key_at,
		    subst_apply(s, a, p->value, report)};
		changed |= v[i].value != p->value || v[i].key.s != p->key.s;
	}
	if (!changed)
		return n;
	*r = *n;
	r->map.v = v;
	return r;
}

const struct ynode *
subst_apply(const struct subst *s, struct arena *a, const struct ynode *n,
    struct subst_report *report)
{
	if (n->kind == Y_STR)
		return apply_string(s, a, n, report);
	if (n->kind == Y_MAP)
		return apply_map(s, a, n, report);
	if (n->kind == Y_SEQ) {
		for (uint32_t i = 0; i < n->seq.n; i++) {
			const struct ynode *old = n->seq.v[i];
			const struct ynode *item =
			    subst_apply(s, a, old, report);

			if (item != old)
				n = edit_item(a, n, i, item);
		}
	}
	return n;
}
