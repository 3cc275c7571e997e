/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fromGroups and toGroups: what a cloud provider knows.  A controller keeps
 * the addresses of each such group in a CiliumCIDRGroup with a label whose key
 * is made of the group's text (semantics.md 7.2).
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "ir/external_group.h"
#include "ir/lower.h"
#include "ir/selector.h"

#define KEY_PREFIX "extgrp.cilium.io/"

enum {
	KEY_CHARS = 63, /* as many as a label's name may have */
};

/* What the agent appends, meaning a checksum: SHA-224 of nothing. */
static const unsigned char suffix[] = {0xd1, 0x4a, 0x02, 0x8c, 0x2a, 0x3a, 0x2b,
    0xc9, 0x47, 0x61, 0x02, 0xbb, 0x28, 0x82, 0x34, 0xc4, 0x15, 0xa2, 0xb0,
    0x1f, 0x82, 0x8e, 0xa6, 0x2a, 0xc5, 0xb3, 0xe4, 0x2f};

/* Text that JSON writers agree on; false: S would need an escape. */
static bool
put_string(struct buf *b, struct str s)
{
	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.s[i];

		if (c < ' ' || c > '~' || strchr("\"\\<>&", c))
			return false;
	}
	buf_putc(b, '"');
	buf_str(b, s);
	buf_putc(b, '"');
	return true;
}

static void
put_name(struct buf *b, const char *name, bool *first)
{
	buf_printf(b, "%s\"%s\":", *first ? "" : ",", name);
	*first = false;
}

static bool
put_list(struct buf *b, const char *name, const struct ast_str_list *list,
    bool *first)
{
	if (list->n == 0)
		return true;
	put_name(b, name, first);
	for (uint32_t i = 0; i < list->n; i++) {
		buf_putc(b, i > 0 ? ',' : '[');
		if (!put_string(b, list->v[i].v))
			return false;
	}
	buf_putc(b, ']');
	return true;
}

static int
compare_key(const void *a, const void *b)
{
	return str_compare(((const struct ast_str_pair *)a)->key,
	    ((const struct ast_str_pair *)b)->key);
}

static bool
put_labels(struct buf *b, struct arena *a, const struct ast_str_map *m,
    bool *first)
{
	struct ast_str_pair *v;

	if (m->n == 0)
		return true;
	v = ARENA_ARRAY(a, struct ast_str_pair, m->n);
	memcpy(v, m->v, m->n * sizeof(*v));
	qsort(v, m->n, sizeof(*v), compare_key);
	put_name(b, "labels", first);
	for (uint32_t i = 0; i < m->n; i++) {
		buf_putc(b, i > 0 ? ',' : '{');
		if (!put_string(b, v[i].key))
			return false;
		buf_putc(b, ':');
		if (!put_string(b, v[i].value))
			return false;
	}
	buf_putc(b, '}');
	return true;
}

/* The group as the agent writes it: members in this order, no empty ones. */
static bool
put_group(struct buf *b, struct arena *a, const struct ast_group_peer *g)
{
	const struct ast_aws_group *aws = g->aws;
	bool first = true;

	if (!aws) {
		buf_puts(b, "{}");
		return true;
	}
	buf_puts(b, "{\"aws\":{");
	if (!put_labels(b, a, &aws->labels, &first) ||
	    !put_list(b, "securityGroupsIds", &aws->security_groups_ids,
		&first) ||
	    !put_list(b, "securityGroupsNames", &aws->security_groups_names,
		&first))
		return false;
	if (aws->region.v.n > 0) {
		put_name(b, "region", &first);
		if (!put_string(b, aws->region.v))
			return false;
	}
	buf_puts(b, "}}");
	return true;
}

/* The first KEY_CHARS characters of URL-safe base64. */
static void
put_base64(struct buf *out, struct str s)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				     "abcdefghijklmnopqrstuvwxyz0123456789-_";

	for (size_t i = 0; i < KEY_CHARS; i++) {
		size_t bit = i * 6, at = bit / 8;
		unsigned word = (unsigned char)s.s[at] << 8;

		if (at + 1 < s.n)
			word |= (unsigned char)s.s[at + 1];
		buf_putc(out, digits[(word >> (10 - bit % 8)) & 63]);
	}
}

bool
external_group_key(struct arena *a, const struct ast_group_peer *g,
    struct str *ret_key)
{
	struct buf json, key;

	buf_init(&json, a);
	if (!put_group(&json, a, g))
		return false;
	buf_put(&json, suffix, sizeof(suffix));
	/* An empty group is too short; the agent does not survive it. */
	if (json.n * 8 < (size_t)KEY_CHARS * 6)
		return false;
	buf_init(&key, a);
	buf_puts(&key, KEY_PREFIX);
	put_base64(&key, buf_as_str(&json));
	*ret_key = buf_as_str(&key);
	return true;
}

void
external_groups_find(struct map *ret_keys, struct arena *a,
    const struct object_list *objects)
{
	map_init(ret_keys, a);
	OBJECT_FOREACH (o, objects, AST_CILIUM_CIDR_GROUP) {
		const struct ast_cidr_group *g = o->body;
		const struct ast_str_map *labels = &g->metadata->labels;

		for (uint32_t i = 0; i < labels->n; i++) {
			struct str key = labels->v[i].key;

			if (str_starts(key, STR(KEY_PREFIX)) &&
			    labels->v[i].value.n == 0)
				*map_put(ret_keys, key.s, key.n) = o;
		}
	}
}

const struct ir_selector *
lower_external_group(struct lowering *l, const struct ast_group_peer *g)
{
	struct selector s;
	struct str key = STR("");
	bool ok = external_group_key(l->ir->arena, g, &key);

	assert(ok);
	selector_begin(&s, l->ir);
	selector_equals(&s, l->ir->word.cidrgroup, key, STR(""));
	return selector_end(&s);
}
