/* SPDX-License-Identifier: Apache-2.0 */
/* Trees: looking up keys, names of kinds, dumps. */
#include "yaml/ytree.h"

#include <assert.h>
#include <inttypes.h>

#include "base/json.h"
#include "yaml/scalar.h"

const struct ynode *
ynode_get(const struct ynode *n, const char *key)
{
	struct str k = str_of(key);

	if (n->kind != Y_MAP)
		return NULL;
	for (uint32_t i = 0; i < n->map.n; i++)
		if (str_eq(n->map.v[i].key, k))
			return n->map.v[i].value;
	return NULL;
}

const char *
ynode_kind_name(enum ynode_kind kind)
{
	switch (kind) {
	case Y_NULL:
		return "null";
	case Y_BOOL:
		return "boolean";
	case Y_INT:
		return "integer";
	case Y_FLOAT:
		return "number";
	case Y_STR:
		return "string";
	case Y_SEQ:
		return "array";
	case Y_MAP:
		return "object";
	}
	assert(0 && "no such kind");
	return NULL;
}

static void
dump_scalar(struct buf *out, const struct ynode *n)
{
	char number[YFLOAT_LEN];
	struct json j;

	switch (n->kind) {
	case Y_NULL:
	case Y_SEQ:
	case Y_MAP:
		return;
	case Y_BOOL:
		buf_puts(out, n->b ? " true" : " false");
		return;
	case Y_INT:
		buf_printf(out, " %" PRId64, n->i);
		return;
	case Y_FLOAT:
		buf_putc(out, ' ');
		buf_puts(out, yfloat_print(n->f, false, number));
		return;
	case Y_STR:
		buf_putc(out, ' ');
		json_init(&j, out, false);
		json_str(&j, n->s);
		return;
	}
}

static void
dump(struct buf *out, struct source_set *set, const struct ynode *n,
    unsigned depth)
{
	struct place at = source_place(set, n->at);
	struct json j;

	buf_puts(out, ynode_kind_name(n->kind));
	dump_scalar(out, n);
	buf_printf(out, " @%" PRIu32 ":%" PRIu32 "\n", at.line, at.col);
	if (n->kind == Y_SEQ) {
		for (uint32_t i = 0; i < n->seq.n; i++) {
			buf_repeat(out, ' ', 2 * (size_t)depth);
			buf_puts(out, "- ");
			dump(out, set, n->seq.v[i], depth + 1);
		}
	} else if (n->kind == Y_MAP) {
		for (uint32_t i = 0; i < n->map.n; i++) {
			buf_repeat(out, ' ', 2 * (size_t)depth);
			json_init(&j, out, false);
			json_str(&j, n->map.v[i].key);
			buf_puts(out, ": ");
			dump(out, set, n->map.v[i].value, depth + 1);
		}
	}
}

void
ynode_dump(struct buf *out, struct source_set *set, const struct ynode *n)
{
	dump(out, set, n, 0);
}
