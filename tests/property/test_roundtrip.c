/* SPDX-License-Identifier: Apache-2.0 */

/*
 * What is read from YAML, written as JSON and read again is the same tree.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/json.h"
#include "prop.h"
#include "world.h"
#include "yaml/yaml_read.h"

static void
write_node(struct json *j, const struct ynode *n)
{
	switch (n->kind) {
	case Y_NULL:
		json_null(j);
		break;
	case Y_BOOL:
		json_bool(j, n->b);
		break;
	case Y_INT:
		json_i64(j, n->i);
		break;
	case Y_FLOAT:
		fail_msg("a toy world holds no float");
		break;
	case Y_STR:
		json_str(j, n->s);
		break;
	case Y_SEQ:
		json_array(j);
		for (uint32_t i = 0; i < n->seq.n; i++)
			write_node(j, n->seq.v[i]);
		json_end_array(j);
		break;
	case Y_MAP:
		json_object(j);
		for (uint32_t i = 0; i < n->map.n; i++) {
			json_key(j, n->map.v[i].key.s);
			write_node(j, n->map.v[i].value);
		}
		json_end_object(j);
		break;
	}
}

static void
assert_same(const struct ynode *a, const struct ynode *b)
{
	assert_int_equal(a->kind, b->kind);
	switch (a->kind) {
	case Y_NULL:
		break;
	case Y_BOOL:
		assert_int_equal(a->b, b->b);
		break;
	case Y_INT:
		assert_int_equal(a->i, b->i);
		break;
	case Y_FLOAT:
		fail_msg("a toy world holds no float");
		break;
	case Y_STR:
		assert_true(str_eq(a->s, b->s));
		break;
	case Y_SEQ:
		assert_int_equal(a->seq.n, b->seq.n);
		for (uint32_t i = 0; i < a->seq.n; i++)
			assert_same(a->seq.v[i], b->seq.v[i]);
		break;
	case Y_MAP:
		assert_int_equal(a->map.n, b->map.n);
		for (uint32_t i = 0; i < a->map.n; i++) {
			assert_true(str_eq(a->map.v[i].key, b->map.v[i].key));
			assert_same(a->map.v[i].value, b->map.v[i].value);
		}
		break;
	}
}

/* Reads a whole text; nothing in it may be wrong. */
static void
read_text(struct arena *a, const struct buf *text, struct ydocs *ret)
{
	struct source_set set;
	struct diag_sink sink;

	source_set_init(&set, a);
	diag_sink_init(&sink, a);
	yaml_read(a, &sink, buf_as_str(text),
	    source_add(&set, "world", buf_as_str(text)), &ylimits_default, ret);
	assert_int_equal(sink.v.n, 0);
}

/* The documents one after the other, as kubectl prints them. */
static void
write_docs(struct buf *out, const struct ydocs *docs, bool pretty)
{
	VEC_FOREACH (doc, &docs->v) {
		struct json j;

		json_init(&j, out, pretty);
		write_node(&j, *doc);
		buf_putc(out, '\n');
	}
}

static void
check_world(struct arena *a, uint64_t seed)
{
	struct toy t;
	struct ydocs from_yaml = {0}, from_json = {0};
	struct buf yaml, json;

	toy_generate(&t, a, seed);
	buf_init(&yaml, a);
	toy_print(&yaml, &t);
	read_text(a, &yaml, &from_yaml);
	assert_true(from_yaml.v.n >= t.namespaces.n + t.pods.n + t.policies.n);
	buf_init(&json, a);
	write_docs(&json, &from_yaml, seed % 2 == 0);
	read_text(a, &json, &from_json);
	assert_int_equal(from_json.v.n, from_yaml.v.n);
	for (size_t i = 0; i < from_yaml.v.n; i++)
		assert_same(from_yaml.v.v[i], from_json.v.v[i]);
}

static void
test_yaml_to_json(void **state)
{
	uint64_t seed = prop_seed();
	struct arena a = {0};

	for (uint64_t i = 0; i < 1000; i++) {
		check_world(&a, seed + i);
		arena_reset(&a);
	}
	arena_free(&a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_yaml_to_json),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
