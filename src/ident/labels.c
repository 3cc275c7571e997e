/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Label sets, and labels as text.
 */
#include "ident/labels.h"

#include <stdlib.h>

struct label
label_of(struct atom_table *atoms, atom_t source, struct str key,
    struct str value)
{
	return (struct label){source, atom_intern(atoms, key),
	    atom_intern(atoms, value)};
}

static struct label *
find(struct label_set *set, atom_t key)
{
	VEC_FOREACH (l, &set->v) {
		if (atom_eq(l->key, key))
			return l;
	}
	return NULL;
}

void
label_set_put(struct label_set *set, struct arena *a, struct label l)
{
	struct label *have = find(set, l.key);

	if (have)
		*have = l;
	else
		*vec_push(&set->v, a) = l;
}

bool
label_set_add(struct label_set *set, struct arena *a, struct label l)
{
	if (find(set, l.key))
		return false;
	*vec_push(&set->v, a) = l;
	return true;
}

bool
label_set_has(const struct label_set *set, const struct atom_table *atoms,
    atom_t source, const char *key)
{
	VEC_FOREACH (l, &set->v) {
		if (atom_eq(l->source, source) &&
		    str_is(atom_str(atoms, l->key), key))
			return true;
	}
	return false;
}

struct str
label_print(struct arena *a, const struct atom_table *atoms,
    const struct label *l)
{
	struct str source = atom_str(atoms, l->source);
	struct str key = atom_str(atoms, l->key);
	struct str value = atom_str(atoms, l->value);
	size_t n = source.n + 1 + key.n + (value.n > 0 ? 1 + value.n : 0);
	char *text = arena_alloc(a, n + 1), *p = text;

	p = mempcpy(p, source.s, source.n);
	*p++ = ':';
	p = mempcpy(p, key.s, key.n);
	if (value.n > 0) {
		*p++ = '=';
		memcpy(p, value.s, value.n);
	}
	return (struct str){text, n};
}

struct printed_label {
	struct str text;
	struct label label;
};

static int
compare_printed(const void *a, const void *b)
{
	return str_compare(((const struct printed_label *)a)->text,
	    ((const struct printed_label *)b)->text);
}

struct str
label_set_seal(struct label_set *set, struct arena *a,
    const struct atom_table *atoms)
{
	struct printed_label *p =
	    ARENA_ARRAY(a, struct printed_label, set->v.n);
	struct buf joined;

	for (size_t i = 0; i < set->v.n; i++)
		p[i] =
		    (struct printed_label){label_print(a, atoms, &set->v.v[i]),
			set->v.v[i]};
	if (set->v.n > 1)
		qsort(p, set->v.n, sizeof(*p), compare_printed);
	buf_init(&joined, a);
	for (size_t i = 0; i < set->v.n; i++) {
		set->v.v[i] = p[i].label;
		if (i > 0)
			buf_putc(&joined, ';');
		buf_str(&joined, p[i].text);
	}
	return buf_as_str(&joined);
}

void
label_split(struct str text, struct str *ret_source, struct str *ret_key,
    struct str *ret_value)
{
	const char *equals = text.n ? memchr(text.s, '=', text.n) : NULL;
	struct str head = text;
	const char *colon;

	*ret_value = STR("");
	*ret_source = STR("");
	if (equals) {
		head.n = (size_t)(equals - text.s);
		*ret_value = (struct str){equals + 1, text.n - head.n - 1};
	}
	colon = head.n ? memchr(head.s, ':', head.n) : NULL;
	*ret_key = head;
	if (colon) {
		*ret_source = (struct str){head.s, (size_t)(colon - head.s)};
		*ret_key = (struct str){colon + 1, head.n - ret_source->n - 1};
	}
}
