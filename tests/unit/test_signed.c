/* SPDX-License-Identifier: Apache-2.0 */

/* Which bundles are read when a trusted key's signature is asked for. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "bundle/bundle.h"
#include "bundle/manifest.h"
#include "bundle/read.h"
#include "bundle/write.h"
#include "compile.h"
#include "folder.h"
#include "signing.h"

static const char shop[] = POD("shop", "web", "10.0.0.1")
    CILIUM_POLICY("shop", "web", "endpointSelector: {}, ingress: [{}]");

struct fixture {
	struct folder *folder;
	struct arena *a;
	struct pool pool;
	struct source_set sources;
	struct signing_key key;
	struct trusted_keys trusted;
	struct str manifest; /* as it was signed */
};

static void
make_bundle(struct fixture *f, const struct signing_key *key)
{
	struct bundle_options opt = {.version = "test", .key = key};
	struct bundle bundle;
	struct diag_sink sink;
	struct unit u;

	diag_sink_init(&sink, f->a);
	compile_clean(&u, NULL, shop);
	opt.sources = &u.sources;
	opt.objects = &u.objects;
	opt.schema = u.opt.schema;
	bundle_make(&bundle, &f->pool, f->a, &sink, &opt, &u.pmaps);
	unit_free(&u);
	assert_int_equal(compile_write(&bundle, f->a, "out"), 0);
	assert_int_equal(file_read(f->a, "out/" BUNDLE_MANIFEST, 1 << 20,
			     &f->manifest),
	    0);
}

static void
begin(struct fixture *f, void **state)
{
	*f = (struct fixture){.folder = *state};
	f->a = &f->folder->a;
	pool_init(&f->pool, 1);
	source_set_init(&f->sources, f->a);
	assert_null(sign_parse_key(STR(SIGNING_SECRET), &f->key));
	assert_null(
	    sign_parse_trusted(f->a, STR(SIGNING_PUBLIC), "k", &f->trusted));
	make_bundle(f, &f->key);
}

/* The first finding; NULL when the bundle is whole. */
static const char *
read_with(struct fixture *f, const struct trusted_keys *trusted)
{
	struct bundle_content c;
	struct diag_sink sink;

	diag_sink_init(&sink, f->a);
	assert_int_equal(bundle_read(&c, &f->pool, f->a, &sink, &f->sources,
			     "out", trusted),
	    0);
	assert_int_equal(c.whole, !diag_failed(&sink));
	assert_true(!c.whole || !trusted == !c.signer);
	return c.whole ? NULL : sink.v.v[0]->text;
}

static void
assert_refused(struct fixture *f, const char *problem)
{
	const char *text = read_with(f, &f->trusted);

	assert_non_null(text);
	if (!strstr(text, problem))
		fail_msg("\"%s\" instead of \"%s\"", text, problem);
}

/* TEXT with the first FROM, which must be there, replaced by TO. */
static struct str
replaced(struct fixture *f, struct str text, const char *from, const char *to)
{
	const char *at = strstr(text.s, from);

	assert_non_null(at);
	return str_of(arena_printf(f->a, "%.*s%s%s", (int)(at - text.s), text.s,
	    to, at + strlen(from)));
}

static void
put(struct fixture *f, const char *name, struct str text)
{
	assert_int_equal(file_write(arena_printf(f->a, "out/%s", name), text),
	    0);
}

static void
test_signed(void **state)
{
	struct trusted_keys nobody = {0};
	struct fixture f;

	begin(&f, state);
	assert_null(read_with(&f, &f.trusted));
	assert_null(read_with(&f, NULL));
	assert_non_null(read_with(&f, &nobody));
	/* A verifier's result changes nothing; where it is not one, it does. */
	put(&f, BUNDLE_MANIFEST,
	    replaced(&f, f.manifest, "\"status\": \"not run\"",
		"\"status\": \"accepted\""));
	assert_null(read_with(&f, &f.trusted));
	pool_free(&f.pool);
}

static void
test_not_signed(void **state)
{
	struct fixture f;

	begin(&f, state);
	assert_non_null(strstr(f.manifest.s, "\"sha256\": "));
	make_bundle(&f, NULL);
	assert_null(strstr(f.manifest.s, "sha256"));
	assert_int_equal(access("out/" BUNDLE_SIGNATURE, F_OK), -1);
	assert_refused(&f, "out is not signed");
	assert_null(read_with(&f, NULL));
	pool_free(&f.pool);
}

/* Every change of the manifest that is not in a result. */
static void
test_changed_manifest(void **state)
{
	static const struct {
		const char *from, *to;
	} cases[] = {
	    {"\"format\": 7", "\"format\": 4"},
	    {"\"format\": 7", "\"format\":  4"},
	    {"\"format\": 7", "\"format\": 6.0"},
	    {"\"format\": 7", "\"format\": 6,\n  \"more\": null"},
	    {"\"format\": 7", "\"format\": 6,\n  \"verifier\": {}"},
	    {"\"ipv6\": true", "\"ipv6\": false"},
	    {"\"cnpc\": \"test\"", "\"cnpc\": \"t\\u0065st\""},
	    {"\"bytes\": ", "\"bytes\": 1"},
	    {"\"sha256\": \"", "\"sha256\": \"0"},
	    {"\"policies\": [", "\"policies\": [\n    1,"},
	    {"\"entries\": ", "\"entries\": 1"},
	    {"\n}\n", "\n}"},
	    {"\"verifier\"", "\"verified\""},
	};
	struct fixture f;

	begin(&f, state);
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		put(&f, BUNDLE_MANIFEST,
		    replaced(&f, f.manifest, cases[i].from, cases[i].to));
		assert_refused(&f, "is not what a trusted key signed");
	}
	put(&f, BUNDLE_MANIFEST, f.manifest);
	assert_null(read_with(&f, &f.trusted));
	pool_free(&f.pool);
}

static void
test_bad_signature(void **state)
{
	struct fixture f;
	struct str good;

	begin(&f, state);
	assert_int_equal(file_read(f.a, "out/" BUNDLE_SIGNATURE, 1024, &good),
	    0);
	put(&f, BUNDLE_SIGNATURE, STR(""));
	assert_refused(&f, "is not what a trusted key signed");
	put(&f, BUNDLE_SIGNATURE,
	    sign_make(f.a, &f.key, STR("something else")));
	assert_refused(&f, "is not what a trusted key signed");
	assert_int_equal(truncate("out/" BUNDLE_SIGNATURE, (off_t)1 << 35), 0);
	assert_refused(&f, "is not what a trusted key signed");
	assert_int_equal(unlink("out/" BUNDLE_SIGNATURE), 0);
	put(&f, "../signature", good);
	assert_int_equal(symlink("../signature", "out/" BUNDLE_SIGNATURE), 0);
	assert_refused(&f, "is not what a trusted key signed");
	pool_free(&f.pool);
}

/* Puts CHANGED in the manifest's place, and signs it. */
static void
sign_again(struct fixture *f, struct str changed)
{
	put(f, BUNDLE_MANIFEST, changed);
	put(f, BUNDLE_SIGNATURE, sign_make(f->a, &f->key, changed));
}

/* Who signs has to give every file its SHA-256. */
static void
test_sha256(void **state)
{
	const char *member, *end;
	struct fixture f;

	begin(&f, state);
	sign_again(&f,
	    replaced(&f, f.manifest, "\"sha256\": \"", "\"sha256\": \"0"));
	assert_refused(&f, "identities.json: not the content that was signed");
	assert_non_null(read_with(&f, NULL));
	member = strstr(f.manifest.s, ",\n      \"sha256\"");
	assert_non_null(member);
	end = strchr(member + 1, '\n');
	end = strchr(end + 1, '\n');
	sign_again(&f,
	    replaced(&f, f.manifest,
		arena_printf(f.a, "%.*s", (int)(end - member), member), ""));
	assert_refused(&f, "identities.json: without the SHA-256");
	assert_non_null(read_with(&f, NULL));
	pool_free(&f.pool);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
	    FOLDER_TEST(test_signed),
	    FOLDER_TEST(test_not_signed),
	    FOLDER_TEST(test_changed_manifest),
	    FOLDER_TEST(test_bad_signature),
	    FOLDER_TEST(test_sha256),
	};

	return cmocka_run_group_tests_name("signed", tests, NULL, NULL);
}
