/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which fields and places are kept, and what tables they are told by.
 */
#include "schema/packed.h"

#include "base/bytes.h"
#include "base/hash.h"

bool
packed_has(const struct schema_field *f, unsigned cilium)
{
	return f->type->form != SCHEMA_ANY && field_in_version(f, cilium) &&
	    !str_is(f->name, "annotations");
}

bool
packed_places(const struct schema_kind *kind)
{
	return kind->role != SCHEMA_CONTEXT;
}

unsigned
packed_flags(const struct object *o)
{
	return (o->context ? PACKED_CONTEXT : 0U) |
	    (o->stored ? PACKED_STORED : 0U) | (o->idle ? PACKED_IDLE : 0U) |
	    (o->assumed ? PACKED_ASSUMED : 0U);
}

static void
describe(struct buf *out, const struct schema_struct *st)
{
	for (uint32_t i = 0; i < st->nfields; i++) {
		const struct schema_field *f = &st->fields[i];
		const struct schema_type *t = f->type;

		buf_printf(out, STR_FMT " %u %u\n", STR_ARG(f->name), f->since,
		    f->until);
		for (; t; t = t->item) {
			buf_printf(out, "%d\n", t->form);
			if (t->form == SCHEMA_STRUCT)
				describe(out, t->of);
		}
	}
	buf_putc(out, '\n');
}

uint64_t
pack_tables(void)
{
	struct arena scratch = {0};
	uint8_t hash[HASH_SIZE];
	struct buf out;

	buf_init(&out, &scratch);
	for (size_t i = 0; i < schema_nkinds; i++) {
		buf_puts(&out, schema_kinds[i].name);
		describe(&out, schema_kinds[i].body);
	}
	hash_put(hash, out.p, out.n);
	arena_free(&scratch);
	return le64_get(hash);
}
