/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Objects to bytes: numbers in groups of seven bits, the lowest first; texts
 * and places by their numbers; of a struct which fields are there, then these.
 */
#include "schema/pack.h"

#include "schema/packed.h"

void
packer_init(struct packer *p, struct arena *a, struct source_set *sources,
    unsigned cilium)
{
	*p = (struct packer){.sources = sources, .cilium = cilium};
	buf_init(&p->out, a);
	buf_init(&p->place_bytes, a);
	map_init(&p->texts, a);
	map_init(&p->places, a);
	map_init(&p->shared, a);
}

static void
put_u64(struct buf *out, uint64_t v)
{
	for (; v >= 0x80; v >>= 7)
		buf_putc(out, (char)(v | 0x80));
	buf_putc(out, (char)v);
}

void
pack_u64(struct packer *p, uint64_t v)
{
	put_u64(&p->out, v);
}

/* The number of KEY in M, from 1; *RET_NEW: it was not there. */
static uint32_t
number_of(struct map *m, const void *key, size_t n, bool *ret_new)
{
	void **slot = map_put(m, key, n);

	*ret_new = !*slot;
	if (!*slot)
		*slot = (void *)(uintptr_t)m->n;
	return (uint32_t)(uintptr_t)*slot;
}

static uint32_t
text_number(struct packer *p, struct str s)
{
	bool new;

	return s.s ? number_of(&p->texts, s.s, s.n, &new) : 0;
}

void
pack_str(struct packer *p, struct str s)
{
	pack_u64(p, text_number(p, s));
}

static void
put_place(struct packer *p, struct span at)
{
	struct place place = source_place(p->sources, at);
	const struct source *source = &p->sources->v.v[at.source - 1];
	struct buf *out = &p->place_bytes;

	put_u64(out, text_number(p, str_of(source->name)));
	put_u64(out, source->context);
	put_u64(out, place.line);
	put_u64(out, place.col);
	put_u64(out, text_number(p, place.template));
}

static void
pack_at(struct packer *p, struct span at)
{
	const uint32_t key[] = {at.source, at.start};
	uint32_t number = 0;
	bool new;

	if (at.source > 0) {
		number = number_of(&p->places, key, sizeof(key), &new);
		if (new)
			put_place(p, at);
	}
	pack_u64(p, number);
}

/* The place of something in an object, if these are kept. */
static void
pack_inner(struct packer *p, struct span at)
{
	if (p->placed)
		pack_at(p, at);
}

static void pack_value(struct packer *p, const struct schema_type *t,
    const void *v);

static void
pack_struct(struct packer *p, const struct schema_struct *st, const void *body)
{
	uint64_t present = 0;

	for (uint32_t i = 0; i < st->nfields; i++) {
		const struct schema_field *f = &st->fields[i];

		if (schema_is_present(f->type,
			(const char *)body + f->offset) &&
		    packed_has(f, p->cilium))
			present |= UINT64_C(1) << i;
	}
	pack_inner(p, *(const struct span *)body);
	pack_u64(p, present);
	for (uint32_t i = 0; i < st->nfields; i++) {
		const struct schema_field *f = &st->fields[i];

		if (present >> i & 1)
			pack_value(p, f->type, (const char *)body + f->offset);
	}
}

/* An item of a list: of texts the place is kept, too, as they may be peers. */
static void
pack_item(struct packer *p, const struct schema_type *t, const void *v)
{
	if (t->form == SCHEMA_STRUCT) {
		pack_struct(p, t->of, v);
		return;
	}
	pack_u64(p, schema_is_present(t, v));
	pack_value(p, t, v);
	if (t->form == SCHEMA_STR)
		pack_inner(p, ((const struct ast_str *)v)->at);
}

static void
pack_list(struct packer *p, const struct schema_type *t,
    const struct any_list *l)
{
	size_t size = schema_item_size(t->item);

	pack_inner(p, l->at);
	pack_u64(p, l->n);
	for (uint32_t i = 0; i < l->n; i++)
		pack_item(p, t->item, (const char *)l->v + i * size);
}

static void
pack_str_map(struct packer *p, const struct ast_str_map *m)
{
	pack_inner(p, m->at);
	pack_u64(p, m->n);
	for (uint32_t i = 0; i < m->n; i++) {
		pack_str(p, m->v[i].key);
		pack_str(p, m->v[i].value);
	}
}

static void
pack_list_map(struct packer *p, const struct schema_type *t,
    const struct ast_list_map *m)
{
	pack_inner(p, m->at);
	pack_u64(p, m->n);
	for (uint32_t i = 0; i < m->n; i++) {
		pack_str(p, m->v[i].key);
		pack_item(p, t->item, &m->v[i].value);
	}
}

static void
pack_many(struct packer *p, const struct schema_type *t, const void *v)
{
	if (t->form == SCHEMA_LIST)
		pack_list(p, t, v);
	else if (t->item->form == SCHEMA_LIST)
		pack_list_map(p, t, v);
	else
		pack_str_map(p, v);
}

/* A list or map: 0 and the value, or the number of an earlier one. */
static void
pack_shared(struct packer *p, const struct schema_type *t, const void *v)
{
	size_t before, start;
	uint32_t number;
	bool new;

	if (p->placed || p->sharing) {
		pack_many(p, t, v);
		return;
	}
	before = p->out.n;
	pack_u64(p, 0);
	start = p->out.n;
	p->sharing = true;
	/* Only values of one type are one. */
	buf_put(&p->out, &t, sizeof(t));
	pack_many(p, t, v);
	p->sharing = false;
	number =
	    number_of(&p->shared, p->out.p + start, p->out.n - start, &new);
	if (new) {
		memmove(p->out.p + start, p->out.p + start + sizeof(t),
		    p->out.n - start - sizeof(t));
		p->out.n -= sizeof(t);
	} else {
		p->out.n = before;
		pack_u64(p, number);
	}
}

static void
pack_value(struct packer *p, const struct schema_type *t, const void *v)
{
	const struct ast_int_or_str *e = v;

	switch (t->form) {
	case SCHEMA_STR:
		pack_str(p, ((const struct ast_str *)v)->v);
		return;
	case SCHEMA_INT:
		pack_u64(p, packed_signed(((const struct ast_int *)v)->v));
		return;
	case SCHEMA_BOOL:
		pack_u64(p, ((const struct ast_bool *)v)->v);
		return;
	case SCHEMA_INT_OR_STR:
		pack_u64(p, e->is_int);
		if (e->is_int)
			pack_u64(p, packed_signed(e->i));
		else
			pack_str(p, e->s);
		return;
	case SCHEMA_STRUCT:
		pack_struct(p, t->of, *(void *const *)v);
		return;
	case SCHEMA_LIST:
	case SCHEMA_MAP:
		pack_shared(p, t, v);
		return;
	case SCHEMA_ANY:
		return;
	}
}

void
pack_object(struct packer *p, const struct object *o)
{
	const struct schema_kind *kind = schema_kind_of(o->kind);

	p->placed = packed_places(kind);
	pack_str(p, str_of(kind->name));
	pack_str(p, str_of(kind->api));
	pack_at(p, o->at);
	pack_inner(p, o->name_at);
	pack_str(p, o->ns);
	pack_str(p, o->name);
	pack_u64(p, packed_flags(o));
	pack_u64(p, (uint64_t)o->status);
	pack_struct(p, kind->body, o->body);
}

void
packer_put(struct packer *p, struct buf *out)
{
	put_u64(out, p->texts.n);
	for (uint32_t i = 0; i < p->texts.n; i++) {
		put_u64(out, p->texts.entry[i].len);
		buf_put(out, p->texts.entry[i].key, p->texts.entry[i].len);
		buf_putc(out, '\0');
	}
	put_u64(out, p->places.n);
	buf_str(out, buf_as_str(&p->place_bytes));
	buf_str(out, buf_as_str(&p->out));
}
