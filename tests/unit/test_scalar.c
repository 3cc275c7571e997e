/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>

#include "yaml/scalar.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define TAG "tag:yaml.org,2002:"

/* A value, for comparison with what a scalar resolves to. */
struct expected {
	const char *text;
	enum ynode_kind kind;
	int64_t i; /* also of booleans */
	double f;
};

static void
check(const struct expected *e)
{
	struct ynode n = {0};

	yscalar_resolve(str_of(e->text), &n);
	print_message("# \"%s\"\n", e->text);
	assert_string_equal(ynode_kind_name(n.kind), ynode_kind_name(e->kind));
	if (n.kind == Y_BOOL)
		assert_int_equal(n.b, e->i);
	else if (n.kind == Y_INT)
		assert_true(n.i == e->i);
	else if (n.kind == Y_FLOAT)
		assert_true(n.f == e->f || (isnan(n.f) && isnan(e->f)));
	else if (n.kind == Y_STR)
		assert_ptr_equal(n.s.s, e->text);
}

static void
test_words(void **state)
{
	static const struct expected table[] = {
	    {"y", Y_BOOL, 1, 0},
	    {"Y", Y_BOOL, 1, 0},
	    {"yes", Y_BOOL, 1, 0},
	    {"YES", Y_BOOL, 1, 0},
	    {"yEs", Y_STR, 0, 0},
	    {"on", Y_BOOL, 1, 0},
	    {"oN", Y_STR, 0, 0},
	    {"true", Y_BOOL, 1, 0},
	    {"True", Y_BOOL, 1, 0},
	    {"tRue", Y_STR, 0, 0},
	    {"n", Y_BOOL, 0, 0},
	    {"No", Y_BOOL, 0, 0},
	    {"OFF", Y_BOOL, 0, 0},
	    {"false", Y_BOOL, 0, 0},
	    {"", Y_NULL, 0, 0},
	    {"~", Y_NULL, 0, 0},
	    {"null", Y_NULL, 0, 0},
	    {"Null", Y_NULL, 0, 0},
	    {"NULL", Y_NULL, 0, 0},
	    {"nULL", Y_STR, 0, 0},
	    {"~~", Y_STR, 0, 0},
	    {"truex", Y_STR, 0, 0},
	    {"<<", Y_STR, 0, 0},
	    {"=", Y_STR, 0, 0},
	    {"TCP", Y_STR, 0, 0},
	    {".inf", Y_FLOAT, 0, INFINITY},
	    {"+.INF", Y_FLOAT, 0, INFINITY},
	    {"-.Inf", Y_FLOAT, 0, -INFINITY},
	    {".NaN", Y_FLOAT, 0, NAN},
	    {".iNF", Y_STR, 0, 0},
	    {"inf", Y_STR, 0, 0},
	    {"nan", Y_STR, 0, 0},
	};

	for (size_t i = 0; i < COUNT(table); i++)
		check(&table[i]);
}

static void
test_integers(void **state)
{
	static const struct expected table[] = {
	    {"0", Y_INT, 0, 0},
	    {"-0", Y_INT, 0, 0},
	    {"+12", Y_INT, 12, 0},
	    {"8080", Y_INT, 8080, 0},
	    {"017", Y_INT, 15, 0},
	    {"-017", Y_INT, -15, 0},
	    {"0o17", Y_INT, 15, 0},
	    {"0x1F", Y_INT, 31, 0},
	    {"-0X1f", Y_INT, -31, 0},
	    {"0b101", Y_INT, 5, 0},
	    {"-0b11", Y_INT, -3, 0},
	    {"1_000", Y_INT, 1000, 0},
	    {"1__0_", Y_INT, 10, 0},
	    {"0_7", Y_INT, 7, 0},
	    {"0x_1", Y_INT, 1, 0},
	    {"_1", Y_STR, 0, 0},
	    {"0b2", Y_STR, 0, 0},
	    {"0o8", Y_STR, 0, 0},
	    {"0x", Y_STR, 0, 0},
	    {"+-1", Y_STR, 0, 0},
	    {"-", Y_STR, 0, 0},
	    {"1a", Y_STR, 0, 0},
	    {" 1", Y_STR, 0, 0},
	    {"9223372036854775807", Y_INT, INT64_MAX, 0},
	    {"-9223372036854775808", Y_INT, INT64_MIN, 0},
	    {"9223372036854775808", Y_FLOAT, 0, 0x1p63},
	    {"0x8000000000000000", Y_FLOAT, 0, 0x1p63},
	    {"18446744073709551615", Y_FLOAT, 0, 0x1p64},
	    {"18446744073709551616", Y_FLOAT, 0, 0x1p64},
	    {"-9223372036854775809", Y_FLOAT, 0, -0x1p63},
	    /* Beyond 64 bits only decimal ones are still numbers. */
	    {"0xfffffffffffffffff", Y_STR, 0, 0},
	    {"+0x8000000000000000", Y_STR, 0, 0},
	};

	for (size_t i = 0; i < COUNT(table); i++)
		check(&table[i]);
}

static void
test_floats(void **state)
{
	static const struct expected table[] = {
	    {"1.5", Y_FLOAT, 0, 1.5},
	    {"-.5", Y_FLOAT, 0, -.5},
	    {".5", Y_FLOAT, 0, .5},
	    {"5.", Y_FLOAT, 0, 5},
	    {"1e3", Y_FLOAT, 0, 1000},
	    {"1E+3", Y_FLOAT, 0, 1000},
	    {"12e-1", Y_FLOAT, 0, 1.2},
	    {"08", Y_FLOAT, 0, 8}, /* no octal number, so a decimal one */
	    {"09.5", Y_FLOAT, 0, 9.5},
	    {"1_000.5", Y_FLOAT, 0, 1000.5},
	    {"1._5", Y_FLOAT, 0, 1.5},
	    {".5_0", Y_FLOAT, 0, .5},
	    {"._5", Y_STR, 0, 0},
	    {".5_", Y_STR, 0, 0},
	    {".5_e1", Y_STR, 0, 0},
	    {"1e-400", Y_FLOAT, 0, 0},
	    {"1e400", Y_STR, 0, 0},
	    {"-1e400", Y_STR, 0, 0},
	    {".", Y_STR, 0, 0},
	    {"..", Y_STR, 0, 0},
	    {".e1", Y_STR, 0, 0},
	    {"1e", Y_STR, 0, 0},
	    {"1e1.5", Y_STR, 0, 0},
	    {"0x1p3", Y_STR, 0, 0},
	    {"10.0.0.0", Y_STR, 0, 0},
	    {"10.0.0.0/8", Y_STR, 0, 0},
	    {"1:30", Y_STR, 0, 0},
	    {"2001-01-01", Y_STR, 0, 0},
	};

	for (size_t i = 0; i < COUNT(table); i++)
		check(&table[i]);
}

/* More digits than any number needs: a string, and no buffer overflows. */
static void
test_long(void **state)
{
	char text[5000];
	struct ynode n = {0};

	memset(text, '1', sizeof(text));
	for (size_t len = 1000; len < sizeof(text); len += 7) {
		yscalar_resolve((struct str){text, len}, &n);
		assert_int_equal(n.kind, Y_STR);
		assert_int_equal(n.s.n, len);
	}
}

static void
test_tags(void **state)
{
	static const struct {
		const char *tag, *text;
		enum ytag_result result;
		enum ynode_kind kind;
		const char *value;
	} table[] = {
	    {TAG "str", "12", YTAG_OK, Y_STR, "12"},
	    {TAG "str", "", YTAG_OK, Y_STR, ""},
	    {"!", "12", YTAG_OK, Y_STR, "12"},
	    {TAG "timestamp", "2001-01-01", YTAG_OK, Y_STR, "2001-01-01"},
	    {TAG "int", "0x1F", YTAG_OK, Y_INT, NULL},
	    {TAG "int", "18446744073709551615", YTAG_OK, Y_FLOAT, NULL},
	    {TAG "int", "18446744073709551616", YTAG_MISMATCH, Y_NULL, NULL},
	    {TAG "int", "1.5", YTAG_MISMATCH, Y_NULL, NULL},
	    {TAG "int", "", YTAG_MISMATCH, Y_NULL, NULL},
	    {TAG "int", " 1", YTAG_MISMATCH, Y_NULL, NULL},
	    {TAG "float", "1", YTAG_OK, Y_FLOAT, NULL},
	    {TAG "float", ".5", YTAG_OK, Y_FLOAT, NULL},
	    {TAG "float", "abc", YTAG_MISMATCH, Y_NULL, NULL},
	    {TAG "bool", "yes", YTAG_OK, Y_BOOL, NULL},
	    {TAG "bool", "1", YTAG_MISMATCH, Y_NULL, NULL},
	    {TAG "null", "", YTAG_OK, Y_NULL, NULL},
	    {TAG "null", "foo", YTAG_MISMATCH, Y_NULL, NULL},
	    {TAG "binary", "aGVsbG8=", YTAG_OK, Y_STR, "hello"},
	    {TAG "binary", "aGVs\nbG8=\n", YTAG_OK, Y_STR, "hello"},
	    {TAG "binary", "aA==", YTAG_OK, Y_STR, "h"},
	    {TAG "binary", "", YTAG_OK, Y_STR, ""},
	    {TAG "binary", "aGk", YTAG_MISMATCH, Y_NULL, NULL},
	    {TAG "binary", "a===", YTAG_MISMATCH, Y_NULL, NULL},
	    {TAG "binary", "aA=h", YTAG_MISMATCH, Y_NULL, NULL},
	    {TAG "binary", "aG k", YTAG_MISMATCH, Y_NULL, NULL},
	    {TAG "binary", "/w==", YTAG_MISMATCH, Y_NULL, NULL},
	    {TAG "set", "a", YTAG_UNSUPPORTED, Y_NULL, NULL},
	    {TAG "strx", "a", YTAG_UNSUPPORTED, Y_NULL, NULL},
	    {"!vault", "a", YTAG_UNSUPPORTED, Y_NULL, NULL},
	};
	struct arena a = {0};

	for (size_t i = 0; i < COUNT(table); i++) {
		struct ynode n = {0};
		struct str tag = str_of(table[i].tag);

		print_message("# row %zu\n", i);
		assert_int_equal(yscalar_tagged(&a, tag, str_of(table[i].text),
				     &n),
		    table[i].result);
		assert_int_equal(n.kind, table[i].kind);
		if (table[i].value) {
			assert_true(str_is(n.s, table[i].value));
			assert_int_equal(n.s.s[n.s.n], '\0');
		}
	}
	assert_true(str_is(ytag_short(&a, STR(TAG "int")), "!!int"));
	assert_true(str_is(ytag_short(&a, STR("!x")), "!x"));
	arena_free(&a);
}

static void
test_print(void **state)
{
	static const struct {
		double f;
		const char *json, *key;
	} table[] = {
	    {0, "0", "0"},
	    {-0.0, "-0", "-0"},
	    {1000, "1000", "1000"},
	    {1.5, "1.5", "1.5"},
	    {-0.1, "-0.1", "-0.1"},
	    {0.00001, "0.00001", "1e-05"},
	    {-1.5e-7, "-1.5e-7", "-1.5e-07"},
	    {100000, "100000", "100000"},
	    {1234567, "1234567", "1.234567e+06"},
	    {123456789.5, "123456789.5", "1.2345679e+08"},
	    {16777217, "16777217", "1.6777216e+07"},
	    {0x1p64, "18446744073709552000", "1.8446744e+19"},
	    {1e20, "100000000000000000000", "1e+20"},
	    {1e21, "1e+21", "1e+21"},
	    {1.7976931348623157e308, "1.7976931348623157e+308", ".inf"},
	    {5e-324, "5e-324", "0"},
	    {INFINITY, ".inf", ".inf"},
	    {-INFINITY, "-.inf", "-.inf"},
	    {NAN, ".nan", ".nan"},
	};
	char out[YFLOAT_LEN];

	for (size_t i = 0; i < COUNT(table); i++) {
		assert_string_equal(yfloat_print(table[i].f, false, out),
		    table[i].json);
		assert_string_equal(yfloat_print(table[i].f, true, out),
		    table[i].key);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_words),
	    cmocka_unit_test(test_integers),
	    cmocka_unit_test(test_floats),
	    cmocka_unit_test(test_long),
	    cmocka_unit_test(test_tags),
	    cmocka_unit_test(test_print),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
