/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Selectors: made from what policies and questions have, and asked about
 * labels one set at a time.  ident/index.c asks for all identities at once.
 */
#include "ir/selector.h"

#include <stdlib.h>

#include "cilium/labels.h"
#include "cilium/reserved.h"
#include "cilium/version.h"

static struct str
text_of(const struct selector *s, atom_t atom)
{
	return atom_str(s->ir->atoms, atom);
}

/*
 * A CIDR label's key has '-' for ':' (semantics.md 3.2); a user may write
 * such a key too, and then containment applies to it as well.
 */
static bool
parse_cidr_key(struct str key, struct cidr *ret_cidr)
{
	char text[CIDR_STRLEN];
	struct str fixed = {text, key.n};

	if (key.n >= sizeof(text))
		return false;
	memcpy(text, key.s, key.n);
	text[key.n] = '\0';
	for (size_t i = 0; i < key.n; i++) {
		if (text[i] == '-')
			text[i] = ':';
	}
	if (cidr_parse(fixed, ret_cidr))
		return true;
	/* "0--1/128" for "::1/128": drop the 0 put before or after it. */
	if (key.n > 3 && memcmp(text, "0::", 3) == 0)
		fixed = (struct str){text + 1, key.n - 1};
	return cidr_parse(fixed, ret_cidr);
}

static struct ir_req *
push(struct selector *s, enum ir_op op, atom_t source, struct str key)
{
	struct ir_req *r = vec_push(&s->req, &s->ir->selector_work);

	r->op = op;
	r->source = source;
	r->any_source = atom_eq(source, s->ir->word.any);
	r->key = atom_intern(s->ir->atoms, key);
	r->is_cidr =
	    atom_eq(source, s->ir->word.cidr) && parse_cidr_key(key, &r->cidr);
	return r;
}

/* R is about N of the keys at V, of which one is there. */
static void
set_keys(struct selector *s, struct ir_req *r, const char *const *v, uint32_t n)
{
	atom_t *values = ARENA_ARRAY(&s->ir->selector_work, atom_t, n);

	for (uint32_t i = 0; i < n; i++)
		values[i] = atom_intern(s->ir->atoms, str_of(v[i]));
	r->any_key = true;
	r->values = values;
	r->nvalues = n;
}

void
selector_cidr_peers(struct selector *s)
{
	static const char *const keys[] = {RESERVED_WORLD, RESERVED_WORLD_IPV4,
	    RESERVED_WORLD_IPV6, RESERVED_HOST, RESERVED_REMOTE_NODE};
	const struct ir_options *opt = &s->ir->opt;
	atom_t reserved = s->ir->word.reserved;

	if (!(opt->cidr_match & IR_CIDR_PODS))
		set_keys(s, push(s, IR_EXISTS, reserved, str_of(keys[0])), keys,
		    (opt->cidr_match & IR_CIDR_NODES) ? 5 : 3);
	else if (!(opt->cidr_match & IR_CIDR_NODES))
		set_keys(s, push(s, IR_NOT_EXISTS, reserved, str_of(keys[3])),
		    keys + 3, 2);
}

void
selector_world(struct selector *s, uint8_t family)
{
	const struct ir *ir = s->ir;
	struct str world = ir_world_label(&ir->opt, family);
	struct cidr zero = {.family = family};
	char text[CIDR_STRLEN];
	bool by_prefix = (ir->opt.cidr_match & IR_CIDR_PODS) ||
	    version_has(ir->opt.cilium, VERSION_ZERO_TAKES_NODES);
	struct ir_req *r;

	if (!by_prefix) {
		selector_exists(s, ir->word.reserved, world);
		return;
	}
	r = push(s, IR_EXISTS, ir->word.cidr, str_of(cidr_print(&zero, text)));
	r->source = ir->word.reserved;
	set_keys(s, r, &world.s, 1);
}

static int
compare_str(const void *a, const void *b)
{
	return str_compare(*(const struct str *)a, *(const struct str *)b);
}

static void
set_values(struct selector *s, struct ir_req *r, const struct ast_str *v,
    uint32_t n)
{
	struct arena *a = &s->ir->selector_work;
	struct str *sorted = ARENA_ARRAY(a, struct str, n);
	atom_t *values = ARENA_ARRAY(a, atom_t, n);
	uint32_t m = 0;

	for (uint32_t i = 0; i < n; i++)
		sorted[i] = v[i].v;
	if (n > 1)
		qsort(sorted, n, sizeof(*sorted), compare_str);
	for (uint32_t i = 0; i < n; i++) {
		if (i == 0 || !str_eq(sorted[i], sorted[i - 1]))
			values[m++] = atom_intern(s->ir->atoms, sorted[i]);
	}
	r->values = values;
	r->nvalues = m;
	r->by_key = m > 0 &&
	    version_has(s->ir->opt.cilium, VERSION_GROUP_VALUE_KEYS) &&
	    atom_eq(r->source, s->ir->word.cidrgroup);
}

static enum ir_op
op_of(struct str name)
{
	if (str_is(name, "In"))
		return IR_IN;
	if (str_is(name, "NotIn"))
		return IR_NOT_IN;
	return str_is(name, "Exists") ? IR_EXISTS : IR_NOT_EXISTS;
}

static void
print_req(struct buf *b, const struct selector *s, const struct ir_req *r)
{
	char cidr[CIDR_STRLEN];
	struct str key = r->is_cidr ? str_of(cidr_print(&r->cidr, cidr))
				    : text_of(s, r->key);
	atom_t source = r->is_cidr ? s->ir->word.cidr : r->source;

	if (r->op == IR_NOT_EXISTS)
		buf_putc(b, '!');
	buf_str(b, text_of(s, source));
	buf_putc(b, ':');
	buf_str(b, key);
	for (uint32_t i = r->is_cidr ? 0 : 1; r->any_key && i < r->nvalues;
	     i++) {
		buf_putc(b, '|');
		buf_str(b, text_of(s, r->values[i]));
	}
	switch (r->op) {
	case IR_EXISTS:
	case IR_NOT_EXISTS:
		return;
	case IR_EQUALS:
		buf_putc(b, '=');
		buf_str(b, text_of(s, r->values[0]));
		return;
	case IR_IN:
		buf_puts(b, " in (");
		break;
	case IR_NOT_IN:
		buf_puts(b, " notin (");
		break;
	}
	for (uint32_t i = 0; i < r->nvalues; i++) {
		if (i > 0)
			buf_putc(b, ',');
		buf_str(b, text_of(s, r->values[i]));
	}
	buf_putc(b, ')');
}

void
selector_begin(struct selector *s, struct ir *ir)
{
	*s = (struct selector){.ir = ir};
	arena_reset(&ir->selector_work);
}

void
selector_split(struct str key, struct str *ret_source, struct str *ret_name)
{
	const char *colon = key.n ? memchr(key.s, ':', key.n) : NULL;
	size_t at = colon ? (size_t)(colon - key.s) : 0;
	const char *value;

	*ret_source = (struct str){colon ? key.s : "", at};
	*ret_name = colon ? (struct str){colon + 1, key.n - at - 1} : key;
	if (key.n > 0 && key.s[0] == '$') {
		*ret_source = STR("reserved");
		*ret_name = (struct str){key.s + 1, key.n - 1};
	}
	value = ret_name->n ? memchr(ret_name->s, '=', ret_name->n) : NULL;
	if (value)
		ret_name->n = (size_t)(value - ret_name->s);
}

void
selector_exists(struct selector *s, atom_t source, struct str key)
{
	push(s, IR_EXISTS, source, key);
}

void
selector_absent(struct selector *s, atom_t source, struct str key)
{
	push(s, IR_NOT_EXISTS, source, key);
}

void
selector_equals(struct selector *s, atom_t source, struct str key,
    struct str value)
{
	set_values(s, push(s, IR_EQUALS, source, key),
	    &(struct ast_str){.v = value}, 1);
}

void
selector_in_cidr(struct selector *s, const struct cidr *c)
{
	char text[CIDR_STRLEN];

	selector_exists(s, s->ir->word.cidr, str_of(cidr_print(c, text)));
}

void
selector_not_in_cidr(struct selector *s, const struct cidr *c)
{
	char text[CIDR_STRLEN];

	selector_absent(s, s->ir->word.cidr, str_of(cidr_print(c, text)));
}

static struct ir_req *
push_written(struct selector *s, enum ir_op op, struct str key, atom_t source,
    struct str prefix)
{
	struct str written, name;

	selector_split(key, &written, &name);
	if (written.n > 0)
		source = atom_intern(s->ir->atoms, written);
	if (prefix.n > 0)
		name = str_of(arena_printf(&s->ir->selector_work,
		    STR_FMT STR_FMT, STR_ARG(prefix), STR_ARG(name)));
	return push(s, op, source, name);
}

void
selector_add(struct selector *s, const struct ast_selector *written,
    atom_t source, struct str prefix)
{
	for (uint32_t i = 0; i < written->match_labels.n; i++) {
		const struct ast_str_pair *l = &written->match_labels.v[i];

		set_values(s,
		    push_written(s, IR_EQUALS, l->key, source, prefix),
		    &(struct ast_str){.v = l->value}, 1);
	}
	for (uint32_t i = 0; i < written->match_expressions.n; i++) {
		const struct ast_expression *e =
		    &written->match_expressions.v[i];

		set_values(s,
		    push_written(s, op_of(e->op.v), e->key.v, source, prefix),
		    e->values.v, e->values.n);
	}
}

void
selector_add_plain(struct selector *s, const struct ast_selector *written)
{
	selector_add(s, written, s->ir->word.any, STR(""));
	VEC_FOREACH (r, &s->req) {
		r->any_source = true;
		r->is_cidr = r->by_key = false;
	}
}

static bool
k8s_or_any(const struct selector *s, const struct ir_req *r)
{
	return r->any_source || atom_eq(r->source, s->ir->word.k8s);
}

bool
selector_has_key(const struct selector *s, atom_t key)
{
	VEC_FOREACH (r, &s->req) {
		if (atom_eq(r->key, key) && k8s_or_any(s, r))
			return true;
	}
	return false;
}

bool
selector_has_prefix(const struct selector *s, struct str prefix)
{
	VEC_FOREACH (r, &s->req) {
		if (str_starts(text_of(s, r->key), prefix) && k8s_or_any(s, r))
			return true;
	}
	return false;
}

bool
selector_has_source(const struct selector *s, atom_t source)
{
	VEC_FOREACH (r, &s->req) {
		if (atom_eq(r->source, source))
			return true;
	}
	return false;
}

struct printed_req {
	struct str text;
	struct ir_req req;
};

/* A new selector with these requirements, whose text is the newest key. */
static struct ir_selector *
keep(struct ir *ir, const struct ir_req *req, uint32_t n)
{
	const struct map_entry *text =
	    &ir->selector_by_text.entry[ir->selector_by_text.n - 1];
	struct ir_selector *sel = ARENA_NEW(ir->arena, struct ir_selector);
	struct ir_req *copy = ARENA_ARRAY(ir->arena, struct ir_req, n);

	for (uint32_t i = 0; i < n; i++) {
		size_t size = req[i].nvalues * sizeof(*req[i].values);

		copy[i] = req[i];
		copy[i].values = size > 0
		    ? memcpy(arena_alloc(ir->arena, size), req[i].values, size)
		    : NULL;
	}
	*sel = (struct ir_selector){
	    .index = (uint32_t)ir->selectors.n,
	    .text = {text->key, text->len},
	    .req = copy,
	    .nreq = n,
	};
	*vec_push(&ir->selectors, ir->arena) = sel;
	return sel;
}

const struct ir_selector *
selector_end(struct selector *s)
{
	struct ir *ir = s->ir;
	struct arena *a = &ir->selector_work;
	struct printed_req *p = ARENA_ARRAY(a, struct printed_req, s->req.n);
	struct buf text;
	void **slot;
	uint32_t n = 0;

	for (size_t i = 0; i < s->req.n; i++) {
		buf_init(&text, a);
		print_req(&text, s, &s->req.v[i]);
		p[i] = (struct printed_req){buf_as_str(&text), s->req.v[i]};
	}
	if (s->req.n > 1)
		qsort(p, s->req.n, sizeof(*p), compare_str);
	buf_init(&text, a);
	for (size_t i = 0; i < s->req.n; i++) {
		if (i > 0 && str_eq(p[i].text, p[i - 1].text))
			continue;
		if (n > 0)
			buf_putc(&text, ',');
		buf_str(&text, p[i].text);
		s->req.v[n++] = p[i].req;
	}
	slot = map_put(&ir->selector_by_text, buf_as_str(&text).s, text.n);
	if (!*slot)
		*slot = keep(ir, s->req.v, n);
	return *slot;
}

const struct ir_selector *
selector_label(struct ir *ir, atom_t source, struct str key)
{
	struct selector s;

	selector_begin(&s, ir);
	selector_exists(&s, source, key);
	return selector_end(&s);
}

const struct ir_selector *
selector_wildcard(struct ir *ir)
{
	struct selector s;

	selector_begin(&s, ir);
	return selector_end(&s);
}

static atom_t
find_atom(const struct ir *ir, struct str text)
{
	atom_t atom = {UINT32_MAX};

	atom_find(ir->atoms, text, &atom);
	return atom;
}

const struct ir_req *
selector_of_question(const struct ir *ir, struct arena *a,
    const struct lang_selector *asked)
{
	static const enum ir_op ops[] = {
	    [LANG_IN] = IR_IN,
	    [LANG_NOT_IN] = IR_NOT_IN,
	    [LANG_EXISTS] = IR_EXISTS,
	    [LANG_NOT_EXISTS] = IR_NOT_EXISTS,
	};
	struct ir_req *v = ARENA_ARRAY(a, struct ir_req, asked->reqs.n);

	for (size_t i = 0; i < asked->reqs.n; i++) {
		const struct lang_req *from = &asked->reqs.v[i];
		uint32_t n = (uint32_t)from->values.n;
		atom_t *values = ARENA_ARRAY(a, atom_t, n);

		for (uint32_t k = 0; k < n; k++)
			values[k] = find_atom(ir, from->values.v[k]);
		v[i] = (struct ir_req){
		    .op = ops[from->op],
		    .any_source =
			from->source.n == 0 || str_is(from->source, SOURCE_ANY),
		    .source = find_atom(ir, from->source),
		    .key = find_atom(ir, from->key),
		    .values = values,
		    .nvalues = n,
		};
	}
	return v;
}
