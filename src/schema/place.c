/* SPDX-License-Identifier: Apache-2.0 */
/* Going down the tables along the keys of an object. */
#include "schema/place.h"

#include "base/buf.h"
#include "schema/table.h"

static bool
is_text(const struct ynode *n, const char *text)
{
	return n && n->kind == Y_STR && str_is(n->s, text);
}

bool
schema_place_object(struct schema_place *p, const struct ynode *n,
    unsigned cilium)
{
	const struct ynode *kind = ynode_get(n, "kind");
	const struct ynode *api = ynode_get(n, "apiVersion");
	const struct schema_kind *found = NULL;

	for (size_t i = 0; i < schema_nkinds; i++) {
		const struct schema_kind *k = &schema_kinds[i];

		if (is_text(kind, k->name) && is_text(api, k->api) &&
		    version_within(cilium, k->since, k->until))
			found = k;
	}
	if (found)
		*p = (struct schema_place){.cilium = cilium, .of = found->body};
	return found;
}

/* Enters what has TYPE. */
static void
set_type(struct schema_place *p, const struct schema_type *type)
{
	p->type = type;
	p->of = type->form == SCHEMA_STRUCT ? type->of : NULL;
}

bool
schema_place_enter(struct schema_place *p, struct str key)
{
	const struct schema_field *f;

	if (schema_place_is_map(p)) {
		set_type(p, p->type->item);
		return true;
	}
	f = p->of ? schema_find_field(p->of, key, p->cilium) : NULL;
	if (!f)
		return false;
	p->field = f;
	set_type(p, f->type);
	return true;
}

bool
schema_place_item(struct schema_place *p)
{
	if (!p->type || p->type->form != SCHEMA_LIST)
		return false;
	set_type(p, p->type->item);
	return true;
}

struct str
schema_place_name(const struct schema_place *p)
{
	return p->field ? p->field->name : STR("");
}

const char *
schema_place_doc(const struct schema_place *p)
{
	return p->field ? p->field->doc : "";
}

static void
put_type(struct buf *b, const struct schema_type *t)
{
	switch (t->form) {
	case SCHEMA_STR:
		buf_puts(b, "string");
		return;
	case SCHEMA_INT:
		buf_puts(b, "integer");
		return;
	case SCHEMA_BOOL:
		buf_puts(b, "boolean");
		return;
	case SCHEMA_INT_OR_STR:
		buf_puts(b, "integer or string");
		return;
	case SCHEMA_STRUCT:
		buf_puts(b, "object");
		return;
	case SCHEMA_LIST:
		buf_puts(b, "list of ");
		put_type(b, t->item);
		return;
	case SCHEMA_MAP:
		buf_puts(b, "map to ");
		put_type(b, t->item);
		return;
	case SCHEMA_ANY:
		buf_puts(b, "anything");
		return;
	}
}

const char *
schema_place_type(struct arena *a, const struct schema_place *p)
{
	struct buf b;

	buf_init(&b, a);
	if (p->type)
		put_type(&b, p->type);
	else
		buf_puts(&b, "object");
	return buf_as_str(&b).s;
}

bool
schema_place_is_map(const struct schema_place *p)
{
	return p->type && p->type->form == SCHEMA_MAP;
}

bool
schema_place_field(const struct schema_place *p, uint32_t i,
    struct schema_choice *ret)
{
	for (uint32_t k = 0; p->of && k < p->of->nfields; k++) {
		const struct schema_field *f = &p->of->fields[k];

		if (!field_in_version(f, p->cilium) || i-- > 0)
			continue;
		*ret = (struct schema_choice){f->name, f->doc,
		    f->type->form == SCHEMA_STRUCT ||
			f->type->form == SCHEMA_MAP,
		    f->type->form == SCHEMA_LIST};
		return true;
	}
	return false;
}

bool
schema_place_value(const struct schema_place *p, uint32_t i,
    struct schema_choice *ret)
{
	static const struct str truths[] = {STR("true"), STR("false"), {0}};
	const struct str *v = NULL;

	if (p->type)
		v = p->type->form == SCHEMA_BOOL ? truths : p->type->values;
	for (; v && v->s && i > 0; i--)
		v++;
	if (!v || !v->s)
		return false;
	*ret = (struct schema_choice){.text = *v, .doc = ""};
	return true;
}
