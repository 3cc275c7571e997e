/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "diag_gen.h"

static const struct span nowhere = {0};

/* A sink in an arena of its own, made and freed around each test. */
struct fixture {
	struct arena a;
	struct diag_sink sink;
};

static int
setup(void **state)
{
	struct fixture *f = test_calloc(1, sizeof(*f));

	diag_sink_init(&f->sink, &f->a);
	*state = f;
	return 0;
}

static int
teardown(void **state)
{
	struct fixture *f = *state;

	arena_free(&f->a);
	test_free(f);
	return 0;
}

static void
test_table(void **state)
{
	unsigned last = 0;

	assert_true(diag_table_len > 0);
	for (size_t i = 0; i < diag_table_len; i++) {
		const struct diag_info *info = &diag_table[i];

		assert_true(info->id > last);
		last = info->id;
		assert_ptr_equal(diag_lookup(info->id), info);
		assert_true(strlen(info->name) > 0);
		assert_true(strlen(info->text) > 0);
		assert_true(strlen(info->explain) > 0);
		assert_non_null(diag_level_name(info->level));
	}
	assert_null(diag_lookup(0));
	assert_null(diag_lookup(last + 1));
	assert_null(diag_lookup(UINT32_MAX));
	assert_string_equal(diag_lookup(DIAG_DUPLICATE_KEY)->name,
	    "duplicate-key");
}

static void
test_add(void **state)
{
	struct fixture *f = *state;
	struct span at = {1, 5, 9};
	struct diag *d = diag_duplicate_key(&f->sink, at, STR("ingress"));

	assert_int_equal(d->id, DIAG_DUPLICATE_KEY);
	assert_int_equal(d->level, DIAG_ERROR);
	assert_memory_equal(&d->at, &at, sizeof(at));
	assert_string_equal(d->text,
	    "the key \"ingress\" appears twice in this object");
	assert_int_equal(d->notes.n, 0);
	assert_int_equal(f->sink.v.n, 1);
	assert_ptr_equal(f->sink.v.v[0], d);
}

static void
test_arguments(void **state)
{
	struct fixture *f = *state;
	struct diag_sink *s = &f->sink;
	char key[200];

	assert_string_equal(diag_nul_byte(s, nowhere)->text,
	    "NUL byte in the text");
	assert_string_equal(diag_too_deep(s, nowhere, UINT64_MAX)->text,
	    "nested deeper than 18446744073709551615 levels");
	assert_string_equal(diag_tag_mismatch(s, nowhere, STR("x"),
				STR("!!int"))
				->text,
	    "\"x\" is not a valid !!int");
	assert_string_equal(diag_cannot_read_file(s, nowhere, "a\nb", "{error}")
				->text,
	    "cannot read a\\nb: {error}");
	assert_string_equal(diag_cannot_read_file(s, nowhere, NULL, "")->text,
	    "cannot read : ");
	assert_string_equal(diag_duplicate_key(s, nowhere,
				STR("\x1b]0;x\a\xff\0"))
				->text,
	    "the key \"\\x1b]0;x\\x07\\xff\\x00\" appears twice in this "
	    "object");

	memset(key, 'k', sizeof(key));
	assert_int_equal(strlen(diag_duplicate_key(s, nowhere,
			     (struct str){key, sizeof(key)})
				    ->text),
	    strlen("the key \"...\" appears twice in this object") + 120);
}

/* No message that exists uses it, and the next one may. */
static void
test_signed_argument(void **state)
{
	struct fixture *f = *state;
	struct diag_arg arg = {DIAG_ARG_INT, {.i = INT64_MIN}};

	assert_string_equal(diag_add(&f->sink, DIAG_TOO_DEEP, nowhere, &arg)
				->text,
	    "nested deeper than -9223372036854775808 levels");
}

static void
test_notes(void **state)
{
	struct fixture *f = *state;
	struct diag *d = diag_nul_byte(&f->sink, nowhere);
	char many[1000];

	memset(many, 'm', sizeof(many) - 1);
	many[sizeof(many) - 1] = '\0';
	diag_note(&f->sink, d, (struct span){1, 2, 3}, "first %s %d",
	    "here\x1b", 7);
	diag_note(&f->sink, d, nowhere, "%s", "");
	diag_note(&f->sink, d, nowhere, "%s", many);
	assert_int_equal(d->notes.n, 3);
	assert_string_equal(d->notes.v[0].text, "first here\\x1b 7");
	assert_int_equal(d->notes.v[0].at.start, 2);
	assert_string_equal(d->notes.v[1].text, "");
	assert_int_equal(strlen(d->notes.v[2].text), 480 + strlen("..."));
	assert_int_equal(f->sink.v.n, 1);
	assert_int_equal(f->sink.count[DIAG_NOTE], 0);
}

static void
test_failed(void **state)
{
	static const struct {
		enum diag_level level;
		const char *name;
		bool failed;
	} cases[] = {
	    {DIAG_NOTE, "note", false},
	    {DIAG_STYLE, "style", false},
	    {DIAG_WARNING, "warning", false},
	    {DIAG_ERROR, "error", true},
	    {DIAG_UNSUPPORTED, "unsupported", true},
	};
	struct fixture *f = *state;

	assert_false(diag_failed(&f->sink));
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct diag_sink s = {0};

		s.count[cases[i].level] = 1;
		assert_int_equal(diag_failed(&s), cases[i].failed);
		assert_string_equal(diag_level_name(cases[i].level),
		    cases[i].name);
	}
	diag_nul_byte(&f->sink, nowhere);
	assert_true(diag_failed(&f->sink));
}

static void
test_merge(void **state)
{
	struct fixture *f = *state;
	struct diag_sink other;
	struct diag *first = diag_nul_byte(&f->sink, nowhere), *second;

	diag_sink_init(&other, &f->a);
	diag_merge(&f->sink, &other);
	assert_int_equal(f->sink.v.n, 1);
	second = diag_invalid_utf8(&other, nowhere);
	diag_merge(&f->sink, &other);
	assert_int_equal(f->sink.v.n, 2);
	assert_ptr_equal(f->sink.v.v[0], first);
	assert_ptr_equal(f->sink.v.v[1], second);
	assert_int_equal(f->sink.count[DIAG_ERROR], 2);
	assert_int_equal(other.v.n, 1);
}

static bool
is_id(const struct diag *d, const void *arg)
{
	return d->id == *(const uint16_t *)arg;
}

static void
test_filter(void **state)
{
	static const uint16_t anchor = DIAG_UNKNOWN_ANCHOR, none = 0;
	struct fixture *f = *state;
	struct diag_sink *s = &f->sink;
	struct diag *first, *second;

	diag_duplicate_key(s, nowhere, STR("a"));
	first = diag_unknown_anchor(s, nowhere, STR("b"));
	diag_merge_order(s, nowhere, STR("c"));
	second = diag_unknown_anchor(s, nowhere, STR("d"));

	diag_sink_filter(s, is_id, &anchor);
	assert_int_equal(s->v.n, 2);
	assert_ptr_equal(s->v.v[0], first);
	assert_ptr_equal(s->v.v[1], second);
	assert_int_equal(s->count[DIAG_ERROR], 2);
	assert_int_equal(s->count[DIAG_WARNING], 0);

	diag_sink_filter(s, is_id, &none);
	assert_int_equal(s->v.n, 0);
	assert_false(diag_failed(s));
}

/* Each differs from the one before in one thing, the last two in none. */
static void
test_sort(void **state)
{
	struct fixture *f = *state;
	struct diag *order[8];
	const size_t n = sizeof(order) / sizeof(order[0]);
	struct diag_sink *s = &f->sink;
	uint32_t r = 1;

	diag_sort(s);
	assert_int_equal(s->v.n, 0);

	order[0] = diag_unknown_anchor(s, nowhere, STR("z"));
	order[1] = diag_unknown_anchor(s, (struct span){1, 4, 9}, STR("y"));
	order[2] = diag_unknown_anchor(s, (struct span){1, 5, 6}, STR("y"));
	order[3] = diag_duplicate_key(s, (struct span){1, 5, 7}, STR("y"));
	order[4] = diag_unknown_anchor(s, (struct span){1, 5, 7}, STR("x"));
	order[5] = diag_unknown_anchor(s, (struct span){1, 5, 7}, STR("y"));
	order[6] = diag_unknown_anchor(s, (struct span){2, 0, 1}, STR("a"));
	order[7] = diag_unknown_anchor(s, (struct span){2, 0, 1}, STR("b"));
	for (unsigned round = 0; round < 200; round++) {
		for (size_t i = n - 1; i > 0; i--) {
			struct diag *d = s->v.v[i];
			size_t k;

			r = r * 1664525 + 1013904223;
			k = (r >> 8) % (i + 1);
			s->v.v[i] = s->v.v[k];
			s->v.v[k] = d;
		}
		diag_sort(s);
		for (size_t i = 0; i < n; i++)
			assert_ptr_equal(s->v.v[i], order[i]);
	}
	/* What is told twice stays once: the first of the two. */
	diag_unknown_anchor(s, (struct span){1, 5, 7}, STR("x"));
	assert_int_equal(s->count[DIAG_ERROR], n + 1);
	diag_sort(s);
	assert_int_equal(s->v.n, n);
	assert_int_equal(s->count[DIAG_ERROR], n);
	assert_ptr_equal(s->v.v[4], order[4]);
}

#define TEST(t) cmocka_unit_test_setup_teardown(t, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(test_table),
	    TEST(test_add),
	    TEST(test_arguments),
	    TEST(test_signed_argument),
	    TEST(test_notes),
	    TEST(test_failed),
	    TEST(test_merge),
	    TEST(test_filter),
	    TEST(test_sort),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
