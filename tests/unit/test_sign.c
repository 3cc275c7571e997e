/* SPDX-License-Identifier: Apache-2.0 */

/* Keys as OpenSSL writes them, signatures, and SHA-256. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "bundle/sign.h"
#include "signing.h"

static void
test_signature(void **state)
{
	struct arena a = {0};
	struct trusted_keys keys = {0}, others = {0}, both = {0};
	struct str text = STR("what is signed\n"), signature;
	struct signing_key key;

	assert_null(sign_parse_key(STR(SIGNING_SECRET), &key));
	assert_null(sign_parse_trusted(&a, STR(SIGNING_PUBLIC), "k", &keys));
	assert_null(sign_parse_trusted(&a, STR(SIGNING_OTHER), "k", &others));
	assert_null(sign_parse_trusted(&a,
	    STR("text\n" SIGNING_OTHER SIGNING_PUBLIC), "k", &both));
	assert_int_equal(both.v.n, 2);
	signature = sign_make(&a, &key, text);
	assert_int_equal(signature.n, 89);
	assert_int_equal(signature.s[88], '\n');
	assert_non_null(sign_check(&keys, text, signature));
	assert_non_null(sign_check(&both, text, signature));
	assert_null(sign_check(&others, text, signature));
	assert_null(sign_check(&keys, STR("what is signed"), signature));
	/* One letter of it, wherever it is. */
	for (size_t i = 0; i < 86; i++) {
		char *forged = arena_dup(&a, signature.s, signature.n);

		forged[i] = forged[i] == 'A' ? 'B' : 'A';
		assert_null(sign_check(&keys, text, (struct str){forged, 89}));
	}
	assert_null(sign_check(&keys, text, STR("")));
	assert_null(sign_check(&keys, text, (struct str){signature.s, 84}));
	sign_forget(&key);
	for (size_t i = 0; i < sizeof(key); i++)
		assert_int_equal(key.bytes[i], 0);
	arena_free(&a);
}

static void
test_bad_keys(void **state)
{
	static const struct {
		const char *text, *problem;
	} cases[] = {
	    {"", "no PEM block"},
	    {"-----BEGIN PUBLIC KEY-----\nMCow", "no PEM block"},
	    {"-----BEGIN PUBLIC KEY-----\n!\n-----END PUBLIC KEY-----\n",
		"not base64"},
	    {"-----BEGIN PUBLIC KEY-----\nMCow\n-----END PUBLIC KEY-----\n",
		"not one of Ed25519"},
	    {SIGNING_PUBLIC
		"-----BEGIN PUBLIC KEY-----\n-----END PUBLIC KEY-----\n",
		"not one of Ed25519"},
	};
	struct arena a = {0};
	struct signing_key key;

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct trusted_keys keys = {0};
		const char *problem =
		    sign_parse_trusted(&a, str_of(cases[i].text), "k", &keys);

		assert_non_null(problem);
		assert_non_null(strstr(problem, cases[i].problem));
	}
	assert_non_null(sign_parse_key(STR(SIGNING_PUBLIC), &key));
	arena_free(&a);
}

/* The examples of FIPS 180-2. */
static void
test_sha256(void **state)
{
	char out[SHA256_STRLEN];

	sha256_print(STR("abc"), out);
	assert_string_equal(out,
	    "ba7816bf8f01cfea414140de5dae2223"
	    "b00361a396177a9cb410ff61f20015ad");
	sha256_print(STR(""), out);
	assert_string_equal(out,
	    "e3b0c44298fc1c149afbf4c8996fb924"
	    "27ae41e4649b934ca495991b7852b855");
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_signature),
	    cmocka_unit_test(test_bad_keys),
	    cmocka_unit_test(test_sha256),
	};

	return cmocka_run_group_tests_name("sign", tests, NULL, NULL);
}
