/* SPDX-License-Identifier: Apache-2.0 */
/* Decoded objects as text: present fields, in the order of the tables. */
#include "schema/dump.h"

#include "base/json.h"
#include "schema/table.h"

struct dump {
	struct buf *out;
	struct source_set *set;
};

static void dump_value(struct dump *d, unsigned depth,
    const struct schema_type *t, const void *v);

/* " @line:col" and the end of the line. */
static void
put_at(struct dump *d, struct span at)
{
	struct place p = source_place(d->set, at);

	buf_printf(d->out, " @%u:%u\n", p.line, p.col);
}

static void
put_str(struct dump *d, struct str s, struct span at)
{
	struct json j;

	json_init(&j, d->out, false);
	json_str(&j, s);
	put_at(d, at);
}

static void
put_key(struct dump *d, unsigned depth, struct str key)
{
	buf_repeat(d->out, ' ', depth * 2);
	buf_str(d->out, key);
	buf_putc(d->out, ':');
}

static void
dump_struct(struct dump *d, unsigned depth, const struct schema_struct *st,
    const void *body)
{
	for (uint32_t i = 0; i < st->nfields; i++) {
		const struct schema_field *f = &st->fields[i];
		const void *v = (const char *)body + f->offset;
		bool again = i > 0 && str_eq(f->name, st->fields[i - 1].name);

		/* Variants of a field for other versions are the same member.
		 */
		if (again || !schema_is_present(f->type, v))
			continue;
		put_key(d, depth, f->name);
		dump_value(d, depth + 1, f->type, v);
	}
}

static void
dump_list(struct dump *d, unsigned depth, const struct schema_type *t,
    const struct any_list *l)
{
	buf_printf(d->out, " [%u]", l->n);
	put_at(d, l->at);
	for (uint32_t i = 0; i < l->n; i++) {
		const char *item =
		    (const char *)l->v + i * schema_item_size(t->item);

		buf_repeat(d->out, ' ', depth * 2);
		buf_putc(d->out, '-');
		if (t->item->form != SCHEMA_STRUCT) {
			dump_value(d, depth + 1, t->item, item);
			continue;
		}
		put_at(d, *(const struct span *)item);
		dump_struct(d, depth + 1, t->item->of, item);
	}
}

static void
dump_map(struct dump *d, unsigned depth, const struct schema_type *t,
    const void *v)
{
	const struct ast_str_map *m = v;
	const struct ast_list_map *l = v;

	put_at(d, m->at);
	if (t->item->form == SCHEMA_LIST) {
		for (uint32_t i = 0; i < l->n; i++) {
			put_key(d, depth, l->v[i].key);
			dump_value(d, depth + 1, t->item, &l->v[i].value);
		}
		return;
	}
	for (uint32_t i = 0; i < m->n; i++) {
		put_key(d, depth, m->v[i].key);
		buf_putc(d->out, ' ');
		put_str(d, m->v[i].value, m->v[i].value_at);
	}
}

static void
dump_value(struct dump *d, unsigned depth, const struct schema_type *t,
    const void *v)
{
	const struct ast_str *s = v;
	const struct ast_int *i = v;
	const struct ast_bool *b = v;
	const struct ast_int_or_str *e = v;

	switch (t->form) {
	case SCHEMA_STR:
		buf_putc(d->out, ' ');
		put_str(d, s->v, s->at);
		return;
	case SCHEMA_INT:
		buf_printf(d->out, " %lld", (long long)i->v);
		put_at(d, i->at);
		return;
	case SCHEMA_BOOL:
		buf_puts(d->out, b->v ? " true" : " false");
		put_at(d, b->at);
		return;
	case SCHEMA_INT_OR_STR:
		buf_putc(d->out, ' ');
		if (!e->is_int) {
			put_str(d, e->s, e->at);
			return;
		}
		buf_printf(d->out, "%lld", (long long)e->i);
		put_at(d, e->at);
		return;
	case SCHEMA_STRUCT:
		v = *(void *const *)v;
		put_at(d, *(const struct span *)v);
		dump_struct(d, depth, t->of, v);
		return;
	case SCHEMA_LIST:
		dump_list(d, depth, t, v);
		return;
	case SCHEMA_MAP:
		dump_map(d, depth, t, v);
		return;
	case SCHEMA_ANY:
		return;
	}
}

void
object_dump(struct buf *out, struct source_set *set, const struct object *o)
{
	struct dump d = {.out = out, .set = set};

	buf_printf(out, "%s %s: " STR_FMT "%s" STR_FMT, o->kind_name,
	    object_status_name(o->status), STR_ARG(o->ns),
	    o->ns.n > 0 ? "/" : "", STR_ARG(o->name));
	put_at(&d, o->at);
	dump_struct(&d, 1, schema_kind_of(o->kind)->body, o->body);
}
