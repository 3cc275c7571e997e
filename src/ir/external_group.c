/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fromGroups and toGroups: what a cloud provider knows.  A controller keeps
 * the addresses of each such group in a CiliumCIDRGroup with a label whose key
 * is made of the group's text: the URL-safe base64 of its SHA-224, without
 * padding (semantics.md 7.2).
 */
#include <assert.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "ir/external_group.h"
#include "ir/lower.h"
#include "ir/selector.h"

#define KEY_PREFIX "extgrp.cilium.io/"

enum {
	SHA_224_SIZE = 28,
	KEY_CHARS = 38, /* of base64 */
};

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

/* SHA-224 is SHA-256 from another beginning, cut short (FIPS 180-4, 5.3.2). */
static void
sha_224(unsigned char out[static crypto_hash_sha256_BYTES], struct str s)
{
	static const uint32_t start[8] = {0xc1059ed8, 0x367cd507, 0x3070dd17,
	    0xf70e5939, 0xffc00b31, 0x68581511, 0x64f98fa7, 0xbefa4fa4};
	crypto_hash_sha256_state state;

	crypto_hash_sha256_init(&state);
	memcpy(state.state, start, sizeof(start));
	crypto_hash_sha256_update(&state, (const unsigned char *)s.s, s.n);
	crypto_hash_sha256_final(&state, out);
}

bool
external_group_key(struct arena *a, const struct ast_group_peer *g,
    struct str *ret_key)
{
	unsigned char hash[crypto_hash_sha256_BYTES];
	char text[KEY_CHARS + 1];
	struct buf json;

	buf_init(&json, a);
	if (!put_group(&json, a, g))
		return false;
	sha_224(hash, buf_as_str(&json));
	sodium_bin2base64(text, sizeof(text), hash, SHA_224_SIZE,
	    sodium_base64_VARIANT_URLSAFE_NO_PADDING);
	*ret_key = str_of(arena_printf(a, KEY_PREFIX "%s", text));
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
