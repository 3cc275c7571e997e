/* SPDX-License-Identifier: Apache-2.0 */

/* Keys as OpenSSL writes them, signatures, and SHA-256. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "bundle/sign.h"

/* Made with openssl for this test; the second is the first one's public key. */
static const char secret[] =
    "-----BEGIN PRIVATE KEY-----\n"
    "MC4CAQAwBQYDK2VwBCIEIP7DLOhGBZW/RayTUeArBEtbX8xDu9KL9EBcyQ1rbuOK\n"
    "-----END PRIVATE KEY-----\n";
#define PUBLIC                                                           \
	"-----BEGIN PUBLIC KEY-----\n"                                   \
	"MCowBQYDK2VwAyEAtf2BDtc9t8TYL1ENkQ9AX1LzON6KVJSH21Por3VbcVE=\n" \
	"-----END PUBLIC KEY-----\n"
#define OTHER                                                            \
	"-----BEGIN PUBLIC KEY-----\n"                                   \
	"MCowBQYDK2VwAyEAtf2BDtc9t8TYL1ENkQ9AX1LzON6KVJSH21Por3VbcVA=\n" \
	"-----END PUBLIC KEY-----\n"

static void
test_signature(void **state)
{
	struct arena a = {0};
	trusted_keys keys = {0}, others = {0}, both = {0};
	struct str text = STR("what is signed\n"), signature;
	struct signing_key key;

	assert_null(sign_read_key(str_of(secret), &key));
	assert_null(sign_read_trusted(&a, STR(PUBLIC), &keys));
	assert_null(sign_read_trusted(&a, STR(OTHER), &others));
	assert_null(sign_read_trusted(&a, STR("text\n" OTHER PUBLIC), &both));
	assert_int_equal(both.n, 2);
	signature = sign_make(&a, &key, text);
	assert_int_equal(signature.n, 89);
	assert_int_equal(signature.s[88], '\n');
	assert_true(sign_check(&keys, text, signature));
	assert_true(sign_check(&both, text, signature));
	assert_false(sign_check(&others, text, signature));
	assert_false(sign_check(&keys, STR("what is signed"), signature));
	/* One letter of it, wherever it is. */
	for (size_t i = 0; i < 86; i++) {
		char *forged = arena_dup(&a, signature.s, signature.n);

		forged[i] = forged[i] == 'A' ? 'B' : 'A';
		assert_false(sign_check(&keys, text, (struct str){forged, 89}));
	}
	assert_false(sign_check(&keys, text, STR("")));
	assert_false(sign_check(&keys, text, (struct str){signature.s, 84}));
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
	    {PUBLIC "-----BEGIN PUBLIC KEY-----\n-----END PUBLIC KEY-----\n",
		"not one of Ed25519"},
	};
	struct arena a = {0};
	struct signing_key key;

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		trusted_keys keys = {0};
		const char *problem =
		    sign_read_trusted(&a, str_of(cases[i].text), &keys);

		assert_non_null(problem);
		assert_non_null(strstr(problem, cases[i].problem));
	}
	assert_non_null(sign_read_key(STR(PUBLIC), &key));
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
