/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "prop.h"
#include "yaml/parts.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

struct fixture {
	struct arena a, strings;
	struct source_set set;
	struct diag_sink sink;
	struct ydocs docs;
	struct str text;
	size_t nparts; /* that it could be cut into */
	bool joined;   /* from these */
};

static int
setup(void **state)
{
	*state = test_calloc(1, sizeof(struct fixture));
	return 0;
}

static int
teardown(void **state)
{
	struct fixture *f = *state;

	arena_free(&f->a);
	arena_free(&f->strings);
	test_free(f);
	return 0;
}

/* "id@start-end" of each problem, and of its notes in parentheses. */
static const char *
problems(struct fixture *f)
{
	struct buf out;

	buf_init(&out, &f->a);
	VEC_FOREACH (d, &f->sink.v) {
		buf_printf(&out, "%s%u@%u-%u", out.n ? " " : "", (*d)->id,
		    (*d)->at.start, (*d)->at.end);
		VEC_FOREACH (note, &(*d)->notes)
			buf_printf(&out, "(%u-%u)", note->at.start,
			    note->at.end);
	}
	return buf_as_str(&out).s;
}

static const char *
dump_docs(struct fixture *f, const struct ydocs *docs)
{
	struct buf out;

	buf_init(&out, &f->a);
	VEC_FOREACH (n, &docs->v)
		ynode_dump(&out, &f->set, *n);
	return buf_as_str(&out).s;
}

/*
 * Cuts the text wherever it can be.  What was read as a whole must come out of
 * the parts.
 */
static void
check_parts(struct fixture *f, const struct ylimits *limits)
{
	struct fixture joined = {0};
	struct yparts parts;

	yaml_cut(&f->a, f->text, 1, limits, &parts);
	f->nparts = parts.v.n;
	f->joined = false;
	if (parts.v.n == 0)
		return;
	VEC_FOREACH (part, &parts.v)
		yaml_read_part(&f->a, &f->strings, f->text, 1, limits, part);
	diag_sink_init(&joined.sink, &joined.a);
	f->joined = yaml_join(&joined.a, &joined.sink, f->text, 1, limits,
	    &parts, &joined.docs);
	diag_sort(&joined.sink);
	assert_string_equal(problems(&joined), problems(f));
	assert_string_equal(dump_docs(f, &joined.docs), dump_docs(f, &f->docs));
	arena_free(&joined.a);
}

/* Reads the text, as a whole and in parts. */
static void
read_limited(struct fixture *f, struct str text, const struct ylimits *limits)
{
	uint32_t source;

	arena_free(&f->a);
	source_set_init(&f->set, &f->a);
	diag_sink_init(&f->sink, &f->a);
	f->text = text;
	source = source_add(&f->set, "t.yaml", text);
	yaml_read(&f->a, &f->sink, text, source, limits, &f->docs);
	diag_sort(&f->sink);
	check_parts(f, limits);
}

/* All documents as ynode_dump() shows them. */
static const char *
dump(struct fixture *f, struct str text)
{
	read_limited(f, text, &ylimits_default);
	return dump_docs(f, &f->docs);
}

static void
test_trees(void **state)
{
	static const struct {
		struct str text;
		const char *dump;
	} table[] = {
	    {STR("a: 1\nb: [x, 'y', \"z\"]\n"),
		"object @1:1\n"
		"\"a\": integer 1 @1:4\n"
		"\"b\": array @2:4\n"
		"  - string \"x\" @2:5\n"
		"  - string \"y\" @2:8\n"
		"  - string \"z\" @2:13\n"},
	    {STR("a:\n- b: yes\n  c:\n- d\n"),
		"object @1:1\n"
		"\"a\": array @2:1\n"
		"  - object @2:3\n"
		"    \"b\": boolean true @2:6\n"
		"    \"c\": null @3:5\n"
		"  - string \"d\" @4:3\n"},
	    /* Only plain scalars are typed. */
	    {STR("[\"1\", '~', yes, !!str no, ! 1, \"<<\"]"),
		"array @1:1\n"
		"- string \"1\" @1:2\n"
		"- string \"~\" @1:7\n"
		"- boolean true @1:12\n"
		"- string \"no\" @1:23\n"
		"- string \"1\" @1:29\n"
		"- string \"<<\" @1:32\n"},
	    {STR("!!map {a: !!seq [!!int \"7\", !!null '']}"),
		"object @1:7\n"
		"\"a\": array @1:17\n"
		"  - integer 7 @1:24\n"
		"  - null @1:36\n"},
	    {STR("a: |\n  x\n   y\n\n\n\nb: >-\n  x\n  y\nc: !!binary |\n  "
		 "aGk=\n"),
		"object @1:1\n"
		"\"a\": string \"x\\n y\\n\" @1:4\n"
		"\"b\": string \"x y\" @7:4\n"
		"\"c\": string \"hi\" @10:13\n"},
	    /* Keys become strings. */
	    {STR("{80: a, true: b, 0x10: c, 1.50: d, 1e20: e, 2001-01-01: f}"),
		"object @1:1\n"
		"\"80\": string \"a\" @1:6\n"
		"\"true\": string \"b\" @1:15\n"
		"\"16\": string \"c\" @1:24\n"
		"\"1.5\": string \"d\" @1:33\n"
		"\"1e+20\": string \"e\" @1:42\n"
		"\"2001-01-01\": string \"f\" @1:57\n"},
	    /* An alias is the node of its anchor; the last one counts. */
	    {STR("- &a x\n- *a\n- &a {b: 1}\n- *a\n- &c d\n- {*c : *c}\n"),
		"array @1:1\n"
		"- string \"x\" @1:6\n"
		"- string \"x\" @1:6\n"
		"- object @3:6\n"
		"  \"b\": integer 1 @3:10\n"
		"- object @3:6\n"
		"  \"b\": integer 1 @3:10\n"
		"- string \"d\" @5:6\n"
		"- object @6:3\n"
		"  \"d\": string \"d\" @5:6\n"},
	    {STR("? a\n? b\n: c\n"),
		"object @1:1\n"
		"\"a\": null @1:4\n"
		"\"b\": string \"c\" @3:3\n"},
	    {STR("[a: b, ? c]"),
		"array @1:1\n"
		"- object @1:2\n"
		"  \"a\": string \"b\" @1:5\n"
		"- object @1:8\n"
		"  \"c\": null @1:11\n"},
	    {STR("just text"), "string \"just text\" @1:1\n"},
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < COUNT(table); i++) {
		print_message("# row %zu\n", i);
		assert_string_equal(dump(f, table[i].text), table[i].dump);
		assert_string_equal(problems(f), "");
	}
}

static void
test_documents(void **state)
{
	static const struct {
		struct str text;
		const char *dump;
	} table[] = {
	    {STR(""), ""},
	    {STR("\n# nothing\n  \n"), ""},
	    {STR("---\n---\n# c\n---\n~\n--- # c\n...\n---\nnull\n"), ""},
	    {STR("--- 1\n--- 2\n...\n---\n3"),
		"integer 1 @1:5\ninteger 2 @2:5\ninteger 3 @5:1\n"},
	    {STR("1\n---\n2\n...\n...\n# c\n3\n"),
		"integer 1 @1:1\ninteger 2 @3:1\ninteger 3 @7:1\n"},
	    {STR("\xef\xbb\xbf"
		 "a: 1\n---\nb\n"),
		"object @1:2\n\"a\": integer 1 @1:5\nstring \"b\" @3:1\n"},
	    {STR("a: 1\r\nb: \"x\r\n  y\"\r\n---\r\nc\r\n"),
		"object @1:1\n"
		"\"a\": integer 1 @1:4\n"
		"\"b\": string \"x y\" @2:4\n"
		"string \"c\" @5:1\n"},
	    {STR("%YAML 1.1\n# c\n%TAG ! tag:yaml.org,2002:\n---\n!str 1\n"
		 "---\n2\n"),
		"string \"1\" @5:6\ninteger 2 @7:1\n"},
	    {STR("1\n...\n%YAML 1.1\n---\n2\n---\n3"),
		"integer 1 @1:1\ninteger 2 @5:1\ninteger 3 @7:1\n"},
	    /* What only looks like a separator. */
	    {STR("a: |\n  ---\n  x\n"),
		"object @1:1\n\"a\": string \"---\\nx\\n\" @1:4\n"},
	    {STR("- ---\n"), "array @1:1\n- string \"---\" @1:3\n"},
	    {STR("----\n"), "string \"----\" @1:1\n"},
	    {STR(" ---\n"), "string \"---\" @1:2\n"},
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < COUNT(table); i++) {
		print_message("# row %zu\n", i);
		assert_string_equal(dump(f, table[i].text), table[i].dump);
		assert_string_equal(problems(f), "");
	}
}

/* JSON, in its own right, in a stream, and what YAML makes of the rest. */
static void
test_json(void **state)
{
	static const struct {
		struct str text;
		const char *dump, *problems;
	} table[] = {
	    {STR("{\"a\": \"\\ud83d\\ude00\"}\n"),
		"object @1:1\n\"a\": string \"\xf0\x9f\x98\x80\" @1:7\n", ""},
	    {STR("---\n{\"a\":1}\n---\n[2]\n--- {\"b\":\t3}\n"),
		"object @2:1\n\"a\": integer 1 @2:6\n"
		"array @4:1\n- integer 2 @4:2\n"
		"object @5:5\n\"b\": integer 3 @5:11\n",
		""},
	    {STR("{\"a\":1}\n{\"b\":2} {\"c\":3}{}\n"),
		"object @1:1\n\"a\": integer 1 @1:6\n"
		"object @2:1\n\"b\": integer 2 @2:6\n"
		"object @2:9\n\"c\": integer 3 @2:14\n"
		"object @2:16\n",
		""},
	    {STR("{\"a\":1}\n...\n---\nb: 2\n"),
		"object @1:1\n\"a\": integer 1 @1:6\n"
		"object @4:1\n\"b\": integer 2 @4:4\n",
		""},
	    /* YAML that begins like JSON: nothing is reported twice. */
	    {STR("{\"a\": 1, \"a\": 2, b: 3}"),
		"object @1:1\n\"a\": integer 1 @1:7\n\"b\": integer 3 @1:21\n",
		"12@9-12(1-4)"},
	    {STR("{\"a\": 1} # c\n"), "object @1:1\n\"a\": integer 1 @1:7\n",
		""},
	    {STR("[1, 2,]"), "array @1:1\n- integer 1 @1:2\n- integer 2 @1:5\n",
		""},
	    {STR("[x]: 1"), "", "15@0-3"},
	    {STR("{} x"), "object @1:1\n", "10@3-3"},
	    /* In a sequence of objects the reader knows that it is JSON. */
	    {STR("{\"a\":1} {\"b\":2,}\n---\n{}\n"),
		"object @1:1\n\"a\": integer 1 @1:6\nobject @3:1\n",
		"11@15-15"},
	    {STR("{}{} x"), "object @1:1\nobject @1:3\n", "11@5-5"},
	    {STR("{\"a\":1e999}\n---\n1"), "integer 1 @3:1\n", "19@5-10"},
	    {STR("{\"a\":1,\"a\":2}"), "object @1:1\n\"a\": integer 1 @1:6\n",
		"12@7-10(1-4)"},
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < COUNT(table); i++) {
		print_message("# row %zu\n", i);
		assert_string_equal(dump(f, table[i].text), table[i].dump);
		assert_string_equal(problems(f), table[i].problems);
	}
}

static void
test_merge(void **state)
{
	static const struct {
		struct str text;
		const char *keys, *problems;
	} table[] = {
	    {STR("{<<: {a: 2, b: 3}, a: 1}"), "a=1 b=3", ""},
	    {STR("{<<: [{a: 2, b: 3}, {b: 4, c: 5}], a: 1}"), "a=1 b=3 c=5",
		""},
	    {STR("{<<: [], a: 1}"), "a=1", ""},
	    {STR("{a: 1, !!merge <<: {b: 2}}"), "a=1 b=2", ""},
	    {STR("{\"<<\": 1}"), "<<=1", ""},
	    /* As kubectl has it: what comes before "<<" is replaced. */
	    {STR("{a: 1, c: 3, <<: {a: 2, b: 3}}"), "a=2 c=3 b=3",
		"21@1-2(18-19)"},
	    {STR("{<<: {a: 1}, <<: {a: 2}}"), "a=1", "12@13-15(1-3)"},
	    {STR("{<<: {a: 2}, a: 1, a: 3}"), "a=1", "12@19-20(13-14)"},
	    {STR("{<<: 1, a: 1}"), NULL, "18@1-3"},
	    {STR("{<<: ~}"), NULL, "18@1-3"},
	    {STR("{<<: [{a: 1}, b]}"), NULL, "18@1-3"},
	    {STR("{<<: *x}"), NULL, "13@5-7"},
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < COUNT(table); i++) {
		struct buf out;

		print_message("# row %zu\n", i);
		read_limited(f, table[i].text, &ylimits_default);
		assert_string_equal(problems(f), table[i].problems);
		assert_int_equal(f->docs.v.n, table[i].keys ? 1 : 0);
		if (!table[i].keys)
			continue;
		buf_init(&out, &f->a);
		for (uint32_t k = 0; k < f->docs.v.v[0]->map.n; k++) {
			const struct ypair *p = &f->docs.v.v[0]->map.v[k];

			buf_printf(&out, "%s%s=%d", k ? " " : "", p->key.s,
			    (int)p->value->i);
		}
		assert_string_equal(buf_as_str(&out).s, table[i].keys);
	}
}

/* Through an alias, which is how it is used. */
static void
test_merge_alias(void **state)
{
	struct fixture *f = *state;

	assert_string_equal(
	    dump(f, STR("base: &b\n  x: 1\nuse:\n  <<: *b\n  z: 2\n")),
	    "object @1:1\n"
	    "\"base\": object @2:3\n"
	    "  \"x\": integer 1 @2:6\n"
	    "\"use\": object @4:3\n"
	    "  \"z\": integer 2 @5:6\n"
	    "  \"x\": integer 1 @2:6\n");
	assert_string_equal(problems(f), "");
}

/* What a span covers; the node is the value of "k" in the first document. */
static void
test_spans(void **state)
{
	static const struct {
		const char *text, *covered;
	} table[] = {
	    {"k: v # c", "v"},
	    {"k: a b  \n  c # x\nl: 1", "a b  \n  c"},
	    {"k: \"a\\\"b\"\nl: 1", "\"a\\\"b\""},
	    {"k: 'it''s'\n", "'it''s'"},
	    {"k: |\n  x\n  y\n\n# c\nl: 1", "|\n  x\n  y"},
	    {"k: |+\n  x\n\n\nl: 1", "|+\n  x"},
	    {"k: >2-\n  x\n", ">2-\n  x"},
	    {"k: |\nl: 1\n", "|"},
	    {"k: [a, {b: c}] # c\n", "[a, {b: c}]"},
	    {"k: {}\n", "{}"},
	    {"k: &x !!str v\n", "v"},
	    {"k: !!str &x 'v'\n", "'v'"},
	    {"k: &x [a]\n", "[a]"},
	    {"k: &x # c\n  a: 1\n  b: 2\n\n# c\nl: 1", "a: 1\n  b: 2"},
	    {"k: !!map\n  a: 1\n", "a: 1"},
	    {"k:\n- a\n- b: 1\n  c: *x\n# c\nl: 1", NULL},
	    {"x: &x y\nk:\n- a\n- b: 1\n  c: *x\n# c\nl: 1",
		"- a\n- b: 1\n  c: *x"},
	    {"k:\n  a:\n    b:\n# c\n\nl: 1", "a:\n    b:"},
	    {"k:\n- a\n-\n\n# c\n", "- a\n-"},
	    {"k:\n  ? a\n\n# c\nl: 1", "? a"},
	    {"k:   # c\nl: 1", ""},
	    {"k: &x\nl: 1", ""},
	    {"k: \xc3\xa9\xe2\x82\xac # c", "\xc3\xa9\xe2\x82\xac"},
	    {"\xc3\xa4: \xf0\x9f\x98\x80\nk: [\xc3\xb6, \"\xc3\xbc\"]\r\n",
		"[\xc3\xb6, \"\xc3\xbc\"]"},
	    {"\xc3\xa4: 1\r\nk: x\r\n", "x"},
	    {"{a: b, k: {c: [d]}, e: f}", "{c: [d]}"},
	    {"{\"a\": 1, \"k\": \"\xc3\xa9\"}", "\"\xc3\xa9\""},
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < COUNT(table); i++) {
		const struct ynode *n;
		struct str covered;

		print_message("# row %zu\n", i);
		read_limited(f, str_of(table[i].text), &ylimits_default);
		assert_int_equal(f->docs.v.n, table[i].covered ? 1 : 0);
		if (!table[i].covered)
			continue;
		n = ynode_get(f->docs.v.v[0], "k");
		assert_non_null(n);
		covered.s = f->text.s + n->at.start;
		covered.n = n->at.end - n->at.start;
		assert_true(str_is(covered, table[i].covered));
	}
}

/* Keys: the span of each is its text. */
static void
test_key_spans(void **state)
{
	struct fixture *f = *state;
	const char *text = "\xc3\xa9: 1\n'b c' : 2\n&x d: 3\n? !!str e\n: *x\n"
			   "*x : 5\n";
	static const char *const keys[] = {"\xc3\xa9", "'b c'", "d", "e"};
	const struct ynode *n;

	read_limited(f, str_of(text), &ylimits_default);
	assert_string_equal(problems(f), "12@39-41(19-20)");
	n = f->docs.v.v[0];
	assert_int_equal(n->map.n, COUNT(keys));
	for (uint32_t i = 0; i < n->map.n; i++) {
		struct span at = n->map.v[i].key_at;
		struct str covered = {text + at.start, at.end - at.start};

		assert_true(str_is(covered, keys[i]));
	}
}

static void
test_faults(void **state)
{
	static const struct {
		struct str text;
		const char *problems;
	} table[] = {
	    {STR("a: [1, 2\nb: 3"), "10@10-10(3-3)"},
	    {STR("a: b: c"), "10@4-4"},
	    {STR("\ta: b"), "10@0-0(0-0)"},
	    {STR("\xc3\xa9: @x"), "10@4-4(4-4)"},
	    {STR("a: \"\xc3\xa9\n"), "10@7-7(3-3)"},
	    {STR("\xc3\xa9: \"\x01\""), "10@5-5"},
	    {STR("%FOO\n---\na"), "10@4-4(0-0)"},
	    {STR("a\0b"), "6@1-2"},
	    {STR("a: \xff"), "5@3-4"},
	    {STR("a: \xc3"), "5@3-4"},
	    {STR("\xff\xfe"
		 "a\0"),
		"4@0-2"},
	    {STR("\xfe\xff\0a"), "4@0-2"},
	    {STR("a: *x"), "13@3-5"},
	    {STR("a: &x [*x]"), "14@7-9"},
	    {STR("a: &x\n  b: *x"), "14@11-13"},
	    {STR("*x : 1"), "13@0-2"},
	    {STR("{[a]: 1}"), "15@1-4"},
	    {STR("{{a: b}: 1}"), "15@1-7"},
	    {STR("{~: 1}"), "15@1-2"},
	    {STR("{{ name }}"), "15@1-9"},
	    {STR("a: !foo 1\nb: !bar [c]\nc: !<x> {d: e}"),
		"16@3-9 16@13-19 16@25-31"},
	    {STR("!!set {a}"), "16@0-7"},
	    {STR("- !!int x\n- &a !!bool 1"), "17@2-9 17@12-23"},
	    {STR("!!binary \"?\""), "17@0-12"},
	    {STR("{!!int x: 1}"), "17@1-8"},
	    {STR("[.inf, -.INF, .nan]"), "19@1-5 19@7-12 19@14-18"},
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < COUNT(table); i++) {
		print_message("# row %zu\n", i);
		read_limited(f, table[i].text, &ylimits_default);
		assert_string_equal(problems(f), table[i].problems);
		assert_int_equal(f->docs.v.n, 0);
	}
}

/* The documents around a broken one are still read. */
static void
test_recovery(void **state)
{
	struct fixture *f = *state;

	assert_string_equal(
	    dump(f,
		STR("--- 1\n--- [\n--- 2\n--- \"\n--- 3\n--- *x\n---\n4\n"
		    "--- \xff\n--- 5\n--- {\"a\":\n--- 6\n...\n]\n...\n7\n")),
	    "integer 1 @1:5\ninteger 2 @3:5\ninteger 3 @5:5\ninteger 4 @8:1\n"
	    "integer 5 @10:5\ninteger 6 @12:5\ninteger 7 @16:1\n");
	assert_int_equal(f->sink.v.n, 6);
}

/* Duplicate keys are told with the place of the first, which is kept. */
static void
test_duplicate_keys(void **state)
{
	struct fixture *f = *state;

	assert_string_equal(dump(f, STR("a: 1\nb: 2\na: 3\n\"a\": 4\n")),
	    "object @1:1\n\"a\": integer 1 @1:4\n\"b\": integer 2 @2:4\n");
	assert_string_equal(problems(f), "12@10-11(0-1) 12@15-18(0-1)");
	assert_string_equal(dump(f, STR("{80: 1, \"80\": 2}")),
	    "object @1:1\n\"80\": integer 1 @1:6\n");
	assert_string_equal(problems(f), "12@8-12(1-3)");
}

static void
test_limits(void **state)
{
	static const struct {
		struct str text;
		size_t documents;
		const char *problems;
	} table[] = {
	    {STR("[[[1]]]"), 1, ""},
	    {STR("[[[[1]]]]\n---\n1"), 1, "30@3-4"},
	    {STR("a: [[[b]]]\n---\n1"), 1, "30@5-6"},
	    {STR("- - - - 1\n---\n1"), 1, "30@6-6"},
	    /* An alias is as deep as its anchor. */
	    {STR("- &a [[b]]\n- *a"), 1, ""},
	    {STR("- &a [[b]]\n- [*a]"), 0, "30@14-16"},
	    {STR("- &a [x]\n- &b [*a]\n- &c [*b]"), 0, "30@25-27"},
	    {STR("1\n---\n2\n---\n3\n---\n4"), 3, "32@14-14"},
	    {STR("{}{}{}{}"), 3, "32@6-6"},
	    {STR("{\"a\":1}\n{\"a\":1}\n{\"a\":1}\n{\"a\":1}"), 3, "32@24-24"},
	    {STR("[1,2,3,4,5,6,7,8,9]"), 1, ""},
	    {STR("[1,2,3,4,5,6,7,8,9,0]\n---\n1"), 0, "31@19-20"},
	    {STR("[a,b,c,d,e,f,g,h,i,j]\n---\n1"), 0, "31@18-18"},
	    /* An alias counts as what it stands for. */
	    {STR("- &a [1,2,3]\n- *a\n"), 1, ""},
	    {STR("- &a [1,2,3]\n- [x,*a]\n"), 0, "31@18-20"},
	    {STR("                                        "), 0, ""},
	    {STR("                                         "), 0, "3@0-0"},
	};
	const struct ylimits limits = {.bytes = 40,
	    .depth = 3,
	    .documents = 3,
	    .nodes = 10};
	struct fixture *f = *state;

	for (size_t i = 0; i < COUNT(table); i++) {
		print_message("# row %zu\n", i);
		read_limited(f, table[i].text, &limits);
		assert_string_equal(problems(f), table[i].problems);
		assert_int_equal(f->docs.v.n, table[i].documents);
	}
}

/* Each line stands for ten of the line before it. */
static void
test_billion_laughs(void **state)
{
	struct fixture *f = *state;
	struct arena a = {0};
	struct buf b;

	buf_init(&b, &a);
	buf_puts(&b, "a0: &a0 x\n");
	for (int i = 1; i < 40; i++) {
		buf_printf(&b, "a%d: &a%d [", i, i);
		for (int j = 0; j < 10; j++)
			buf_printf(&b, "%s*a%d", j ? "," : "", i - 1);
		buf_puts(&b, "]\n");
	}
	read_limited(f, buf_as_str(&b), &ylimits_default);
	assert_int_equal(f->docs.v.n, 0);
	assert_int_equal(f->sink.v.n, 1);
	assert_int_equal(f->sink.v.v[0]->id, 31);
	arena_free(&a);
}

/* Merging copies: a small text must not fill the memory. */
static void
test_merge_bomb(void **state)
{
	struct fixture *f = *state;
	struct arena a = {0};
	struct buf b;

	buf_init(&b, &a);
	buf_puts(&b, "b: &b {x: 1");
	for (int i = 0; i < 9000; i++)
		buf_printf(&b, ", k%d: 1", i);
	buf_puts(&b, "}\n");
	for (int i = 0; i < 9000; i++)
		buf_printf(&b, "m%d: {<<: *b}\n", i);
	read_limited(f, buf_as_str(&b), &ylimits_default);
	assert_int_equal(f->docs.v.n, 0);
	assert_int_equal(f->sink.v.n, 1);
	assert_int_equal(f->sink.v.v[0]->id, 31);
	arena_free(&a);
}

/* A run of one piece of text; what is reported, and how often. */
static void
test_floods(void **state)
{
	static const struct {
		const char *head, *piece;
		unsigned times;
		size_t problems, documents;
		unsigned id;
	} table[] = {
	    {"", "[", 1000000, 1, 0, 30},
	    {"", "{", 1000000, 1, 0, 30},
	    {"", "{\"a\":", 1000000, 1, 0, 30},
	    {"a: ", "[", 1000000, 1, 0, 30},
	    {"", "- ", 1000000, 1, 0, 30},
	    {"", "? ", 1000000, 1, 0, 30},
	    {"", "--- [\n", 5000, 1000, 0, 10},
	    {"", "--- {\"a\":1,\"a\":2}\n", 5000, 1000, 1000, 12},
	    {"x: 0\n", "a: 1\n", 5000, 1000, 1, 12},
	    {"", "%TAG !a! b\n", 5000, 1, 0, 10},
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < COUNT(table); i++) {
		struct arena a = {0};
		struct buf b;

		print_message("# row %zu\n", i);
		buf_init(&b, &a);
		buf_puts(&b, table[i].head);
		for (unsigned j = 0; j < table[i].times; j++)
			buf_puts(&b, table[i].piece);
		read_limited(f, buf_as_str(&b), &ylimits_default);
		assert_int_equal(f->sink.v.n, table[i].problems);
		assert_int_equal(f->sink.v.v[0]->id, table[i].id);
		assert_int_equal(f->docs.v.n, table[i].documents);
		arena_free(&a);
	}
}

/* A scalar that reads back as it is, with characters of every length. */
static void
put_word(struct buf *b, uint64_t *seed)
{
	static const char *const letters[] = {"a", "Z", "_", "\xc3\xa9",
	    "\xe2\x82\xac", "\xf0\x9f\x98\x80"};

	buf_putc(b, 'w');
	for (uint32_t n = prop_below(seed, 6); n > 0; n--)
		buf_puts(b, letters[prop_below(seed, COUNT(letters))]);
}

static void
put_value(struct buf *b, uint64_t *seed, unsigned indent)
{
	uint32_t n = 1 + prop_below(seed, 4);

	switch (indent < 12 ? prop_below(seed, 5) : 4) {
	case 0:
		for (uint32_t i = 0; i < n; i++) {
			buf_puts(b,
			    prop_below(seed, 3) ? "\n" : " # \xc3\xa9\n");
			buf_repeat(b, ' ', indent);
			buf_printf(b, "k%u: ", i);
			put_value(b, seed, indent + 2);
		}
		return;
	case 1:
		for (uint32_t i = 0; i < n; i++) {
			buf_puts(b, prop_below(seed, 3) ? "\n" : "\r\n");
			buf_repeat(b, ' ', indent);
			buf_puts(b, "- ");
			put_value(b, seed, indent + 2);
		}
		return;
	case 2:
		buf_puts(b, "[");
		for (uint32_t i = 0; i < n; i++) {
			buf_puts(b, i ? ", " : "");
			put_word(b, seed);
		}
		buf_puts(b, "]");
		return;
	case 3:
		buf_puts(b, "{a : ");
		put_word(b, seed);
		buf_puts(b, "}");
		return;
	}
	put_word(b, seed);
}

/* Spans lie inside each other in order, and a scalar's holds its value. */
static void
check_spans(const struct fixture *f, const struct ynode *n)
{
	const char *s = f->text.s;
	uint32_t last = n->at.start;

	assert_true(n->at.end <= f->text.n && n->at.start < n->at.end);
	if (n->kind == Y_STR) {
		assert_int_equal(n->at.end - n->at.start, n->s.n);
		assert_memory_equal(s + n->at.start, n->s.s, n->s.n);
	} else if (n->kind == Y_SEQ) {
		for (uint32_t i = 0; i < n->seq.n; i++) {
			assert_true(n->seq.v[i]->at.start >= last);
			check_spans(f, n->seq.v[i]);
			last = n->seq.v[i]->at.end;
		}
		assert_int_equal(n->at.end, last + (s[last] == ']'));
	} else {
		assert_int_equal(n->kind, Y_MAP);
		for (uint32_t i = 0; i < n->map.n; i++) {
			const struct ypair *p = &n->map.v[i];

			assert_true(p->key_at.start >= last);
			assert_memory_equal(s + p->key_at.start, p->key.s,
			    p->key.n);
			assert_true(p->value->at.start > p->key_at.end);
			check_spans(f, p->value);
			last = p->value->at.end;
		}
		assert_int_equal(n->at.end, last + (s[last] == '}'));
	}
}

static void
test_random_spans(void **state)
{
	struct fixture *f = *state;
	uint64_t seed = prop_seed();

	for (int i = 0; i < 500; i++) {
		struct arena a = {0};
		struct buf b;

		buf_init(&b, &a);
		put_value(&b, &seed, 0);
		read_limited(f, buf_as_str(&b), &ylimits_default);
		assert_string_equal(problems(f), "");
		assert_int_equal(f->docs.v.n, 1);
		check_spans(f, f->docs.v.v[0]);
		arena_free(&a);
	}
}

/* Limits count over all parts of a source. */
static void
test_parts(void **state)
{
	static const struct {
		struct str text;
		struct ylimits limits;
		size_t parts;
		bool joined;
	} table[] = {
	    {STR("a: 1\n"), {99, 9, 9, 9, NULL}, 0, false},
	    {STR("a: 1\n---\nb: 1\n...\n{}\n"), {99, 9, 9, 9, NULL}, 3, true},
	    {STR("%YAML 1.1\n---\na: 1\n---\nb: 1\n"), {99, 9, 9, 9, NULL}, 2,
		true},
	    {STR("\xef\xbb\xbf{}\n---\n{}\n"), {99, 9, 9, 9, NULL}, 2, true},
	    {STR("\xff\xfe\n---\n"), {99, 9, 9, 9, NULL}, 0, false},
	    {STR("a: 1\n---\nb: 1\n"), {9, 9, 9, 9, NULL}, 0, false},
	    /* documents */
	    {STR("a: 1\n---\nb: 1\n"), {99, 9, 2, 9, NULL}, 2, true},
	    {STR("a: 1\n---\nb: 1\n"), {99, 9, 1, 9, NULL}, 2, false},
	    /* nodes: two each, or more than one part may have */
	    {STR("a: 1\n---\nb: 1\n"), {99, 9, 9, 6, NULL}, 2, true},
	    {STR("a: 1\n---\nb: 1\n"), {99, 9, 9, 3, NULL}, 2, false},
	    {STR("[1, 2, 3, 4]\n---\nb: 1\n"), {99, 9, 9, 3, NULL}, 2, false},
	    /* what begins like JSON is counted before it proves to be none */
	    {STR("a: 1\n---\n[1, 2, {'b': 3}]\n"), {99, 9, 9, 8, NULL}, 2,
		false},
	};

	for (size_t i = 0; i < COUNT(table); i++) {
		struct fixture *f = *state;

		read_limited(f, table[i].text, &table[i].limits);
		assert_int_equal(f->nparts, table[i].parts);
		assert_int_equal(f->joined, table[i].joined);
	}
}

/* A List is cut between its items, if that is what they are. */
static void
test_items(void **state)
{
#define ITEMS(text) "{\n \"items\": [\n  " text
	static const struct {
		struct str text;
		size_t parts;
		bool joined;
		uint32_t nodes; /* that are allowed */
	} table[] = {
	    {STR(ITEMS("{\"a\": 1},\n  {\"b\": [1]}\n ],\n \"k\": 2\n}\n")), 2,
		true, 99},
	    {STR("---\n# one\n" ITEMS("{\n  },\n  {},\n  {}]}")), 3, true, 99},
	    /* one alone, none, or not on lines of their own */
	    {STR(ITEMS("{}\n ]\n}\n")), 0, false, 99},
	    {STR("{\n \"items\": [\n ]\n}\n"), 0, false, 99},
	    {STR(ITEMS("{}, {}, {}\n ]\n}\n")), 0, false, 99},
	    {STR(ITEMS("1,\n  {}]}")), 0, false, 99},
	    /* what looks like items is deeper, or shallower */
	    {STR("[" ITEMS("{},\n  {}]}]")), 0, false, 99},
	    {STR("{\"a\": " ITEMS("{},\n  {}]}}")), 2, false, 99},
	    {STR(ITEMS("{\"c\": [\n  {},\n  {}\n ]},\n  {}\n ]\n}\n")), 4,
		false, 99},
	    /* the key in a string, its end of line escaped */
	    {STR("{\"a\": \"\\\"items\\\": [\\n  {\", \"b\": 1}"), 0, false,
		99},
	    /* faults inside, between, before, after */
	    {STR(ITEMS("{},\n  {\"a\": 1, \"a\": 2}]}")), 2, false, 99},
	    {STR(ITEMS("{},\n  {\"a\": 1e999}]}")), 2, false, 99},
	    {STR(ITEMS("{\"a\": tru},\n  {}]}")), 2, false, 99},
	    {STR(ITEMS("{}\n  {}]}")), 2, false, 99},
	    {STR(ITEMS("{},\n  {},]}")), 2, false, 99},
	    {STR(ITEMS("{},,\n  {}]}")), 2, false, 99},
	    {STR(ITEMS("{},\n  {}")), 2, false, 99},
	    {STR(ITEMS("{},\n  {}}")), 2, false, 99},
	    {STR(ITEMS("{},\n  {}],}")), 2, false, 99},
	    {STR("{\"a\" 1, \n\"items\": [\n  {},\n  {}]}"), 2, false, 99},
	    {STR(ITEMS("{},\n  {}], \"items\": 1}")), 2, false, 99},
	    {STR(ITEMS("{},\n  {}]} x")), 2, false, 99},
	    {STR(ITEMS("{},\n  {}]}\n{}")), 2, false, 99},
	    {STR(ITEMS("{},\n  {\"a\": [[[[[[[]]]]]]]}]}")), 2, false, 99},
	    {STR(ITEMS("{},\n  {\"a\": [[[[[[]]]]]]}]}")), 2, true, 99},
	    /* six nodes, of which two are items */
	    {STR(ITEMS("{},\n  {}], \"a\": [1]}")), 2, true, 6},
	    {STR(ITEMS("{},\n  {}], \"a\": [1]}")), 2, false, 5},
	    {STR(ITEMS("{},\n  {}], \"a\": [1]}")), 2, false, 3},
	    {STR(ITEMS("{},\n  {}], \"a\": [1]}")), 2, false, 1},
	};
#undef ITEMS

	for (size_t i = 0; i < COUNT(table); i++) {
		const struct ylimits limits = {.bytes = 999,
		    .depth = 9,
		    .documents = 9,
		    .nodes = table[i].nodes};
		struct fixture *f = *state;

		read_limited(f, table[i].text, &limits);
		if (f->nparts != table[i].parts || f->joined != table[i].joined)
			fail_msg("row %zu: %zu parts, %sjoined", i, f->nparts,
			    f->joined ? "" : "not ");
	}
}

static void
test_kind_names(void **state)
{
	assert_string_equal(ynode_kind_name(Y_NULL), "null");
	assert_string_equal(ynode_kind_name(Y_BOOL), "boolean");
	assert_string_equal(ynode_kind_name(Y_INT), "integer");
	assert_string_equal(ynode_kind_name(Y_FLOAT), "number");
	assert_string_equal(ynode_kind_name(Y_STR), "string");
	assert_string_equal(ynode_kind_name(Y_SEQ), "array");
	assert_string_equal(ynode_kind_name(Y_MAP), "object");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(test_trees),
	    TEST(test_documents),
	    TEST(test_json),
	    TEST(test_merge),
	    TEST(test_merge_alias),
	    TEST(test_spans),
	    TEST(test_key_spans),
	    TEST(test_faults),
	    TEST(test_recovery),
	    TEST(test_duplicate_keys),
	    TEST(test_limits),
	    TEST(test_billion_laughs),
	    TEST(test_merge_bomb),
	    TEST(test_floods),
	    TEST(test_random_spans),
	    TEST(test_parts),
	    TEST(test_items),
	    TEST(test_kind_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
