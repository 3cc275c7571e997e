/* SPDX-License-Identifier: Apache-2.0 */

/* A bundle that was written is read whole; one that was changed never is. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/hash.h"
#include "bundle/pack.h"
#include "bundle/read.h"
#include "bundle/write.h"
#include "compile.h"
#include "cilium/version.h"

/* db has a policy of its own; web and api have none, which is one as well. */
static const char shop[] = NAMESPACE("shop", "") POD("shop", "web", "10.0.0.1")
    POD("shop", "api", "10.0.0.2") POD("shop", "db", "10.0.0.3")
	CILIUM_POLICY("shop", "db",
	    "endpointSelector: {matchLabels: {app: db}}, ingress: ["
	    "{fromEndpoints: [{matchLabels: {app: api}}], "
	    "toPorts: [{ports: [{port: '5432', protocol: TCP}]}]}]");

/* Each test works in an empty directory of its own. */
struct fixture {
	char dir[32];
	struct arena arena;
	struct pool pool;
	struct diag_sink sink;
	struct source_set sources;
	struct bundle bundle; /* of SHOP */
	struct str manifest;  /* the same file as in the bundle */
};

static int
remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	return remove(path);
}

/* The bundle of some input, in "out". */
static int
make_bundle(struct fixture *f, const struct unit_options *options,
    const char *yaml)
{
	struct bundle_options opt = {.version = "test"};
	struct unit u;

	compile_clean(&u, options, yaml);
	opt.sources = &u.sources;
	opt.objects = &u.objects;
	opt.schema = u.opt.schema;
	bundle_make(&f->bundle, &f->pool, &f->arena, &f->sink, &opt, &u.pmaps);
	unit_free(&u);
	f->manifest = f->bundle.files.v[f->bundle.files.n - 1].bytes;
	return diag_failed(&f->sink) ||
	    compile_write(&f->bundle, &f->arena, "out") != 0;
}

static int
setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	pool_init(&f->pool, 2);
	diag_sink_init(&f->sink, &f->arena);
	source_set_init(&f->sources, &f->arena);
	strcpy(f->dir, P_tmpdir "/cnpc-test-XXXXXX");
	*state = f;
	if (!mkdtemp(f->dir) || chdir(f->dir) < 0)
		return -1;
	return make_bundle(f, NULL, shop);
}

static int
teardown(void **state)
{
	struct fixture *f = *state;

	pool_free(&f->pool);
	arena_free(&f->arena);
	if (chdir("/") < 0 ||
	    nftw(f->dir, remove_one, 16, FTW_DEPTH | FTW_PHYS) < 0)
		return -1;
	free(f);
	return 0;
}

static void
put_file(struct fixture *f, const char *name, struct str text)
{
	assert_int_equal(file_write(arena_printf(&f->arena, "out/%s", name),
			     text),
	    0);
}

/* TEXT with the first FROM, which must be there, replaced by TO. */
static struct str
replaced(struct fixture *f, struct str text, const char *from, const char *to)
{
	const char *at = strstr(text.s, from);

	assert_non_null(at);
	return str_of(arena_printf(&f->arena, "%.*s%s%s", (int)(at - text.s),
	    text.s, to, at + strlen(from)));
}

static const struct bundle_file *
file_of(struct fixture *f, const char *name)
{
	VEC_FOREACH (file, &f->bundle.files) {
		if (strcmp(file->name, name) == 0)
			return file;
	}
	fail_msg("no file %s", name);
	return NULL;
}

/* What the manifest says of a file's content. */
static const char *
content_of(struct fixture *f, size_t size, const char *hash)
{
	return arena_printf(&f->arena,
	    "\"bytes\": %zu,\n      \"xxh3_128\": \"%s\"", size, hash);
}

/* Puts other BYTES in the place of a file, and mends the manifest. */
static void
replace_file(struct fixture *f, const char *name, struct str bytes)
{
	char hash[HASH_STRLEN];

	hash_text(bytes, hash);
	put_file(f, name, bytes);
	put_file(f, BUNDLE_MANIFEST,
	    replaced(f, f->manifest,
		content_of(f, file_of(f, name)->bytes.n,
		    file_of(f, name)->hash),
		content_of(f, bytes.n, hash)));
}

/* Reads what is refused; the first thing that is said about it. */
static const char *
refusal(struct fixture *f)
{
	struct bundle_content c;
	struct diag_sink sink;

	diag_sink_init(&sink, &f->arena);
	assert_int_equal(bundle_read(&c, &f->pool, &f->arena, &sink,
			     &f->sources, "out", NULL),
	    0);
	assert_false(c.whole);
	assert_true(diag_failed(&sink));
	return sink.v.v[0]->text;
}

static void
assert_refused(struct fixture *f, const char *problem)
{
	const char *text = refusal(f);

	if (!strstr(text, problem))
		fail_msg("\"%s\" instead of \"%s\"", text, problem);
}

static void
test_whole(void **state)
{
	struct fixture *f = *state;
	struct bundle_content c;
	uint32_t entries = 0;

	assert_int_equal(bundle_read(&c, &f->pool, &f->arena, &f->sink,
			     &f->sources, "out", NULL),
	    0);
	assert_true(c.whole);
	assert_int_equal(f->sink.v.n, 0);
	assert_int_equal(c.nfiles, f->bundle.files.n - 1);
	assert_true(str_eq(c.text, f->manifest));
	assert_true(c.traits.family[0] && c.traits.family[1]);
	assert_int_equal(c.ipcache.nentries, f->bundle.summary.prefixes);
	assert_int_equal(c.policies.n, f->bundle.summary.images);
	VEC_FOREACH (p, &c.policies) {
		struct image img = bundle_policy_image(&c, &f->arena, p);

		assert_int_equal(img.nentries, p->nentries);
		assert_true(str_eq(p->object, file_of(f, p->program.s)->bytes));
		assert_int_equal(p->identity, 256 + (p - c.policies.v));
		entries += img.nentries;
	}
	assert_int_equal(entries, f->bundle.summary.entries);
}

/* A policy may name prefixes of a family that the cluster does not have. */
static void
test_one_family(void **state)
{
	static const char prefixes[] =
	    POD("shop", "db", "10.0.0.3") CILIUM_POLICY("shop", "db",
		"endpointSelector: {matchLabels: {app: db}}, "
		"ingress: [{fromCIDR: [10.1.0.0/16, 'fd00::/8']}]");
	struct fixture *f = *state;
	struct bundle_content c;
	struct unit_options opt;

	unit_options_default(&opt);
	opt.ir.ipv6 = false;
	assert_int_equal(make_bundle(f, &opt, prefixes), 0);
	assert_int_equal(bundle_read(&c, &f->pool, &f->arena, &f->sink,
			     &f->sources, "out", NULL),
	    0);
	assert_true(c.whole);
	assert_int_equal(f->sink.v.n, 0);
}

/* An error that was there before is not the bundle's. */
static void
test_other_errors(void **state)
{
	struct fixture *f = *state;
	struct bundle_content c;

	assert_int_equal(bundle_read(&c, &f->pool, &f->arena, &f->sink,
			     &f->sources, "nowhere", NULL),
	    0);
	assert_false(c.whole);
	assert_int_equal(f->sink.v.n, 1);
	assert_non_null(strstr(f->sink.v.v[0]->text, "there is no manifest"));
	assert_int_equal(bundle_read(&c, &f->pool, &f->arena, &f->sink,
			     &f->sources, "out", NULL),
	    0);
	assert_true(c.whole);
}

/* One place of the manifest is changed. */
static void
test_manifest(void **state)
{
	static const struct {
		const char *from, *to, *problem;
	} cases[] = {
	    {"{", "", "invalid JSON"},
	    {"\"outputs\"", "\"outlets\"", "\"outputs\" is to be of type"},
	    {"\"format\"", "\"form\"", "\"format\" is to be of type"},
	    {"\"format\": 7", "\"format\": \"4\"", "\"format\" is to be of"},
	    {"\"format\": 7", "\"format\": 3", "its format is not known"},
	    {"\"options\"", "\"opts\"", "\"options\" is to be of type"},
	    {"\"policies\"", "\"politics\"", "\"policies\" is to be of type"},
	    {"\"ipv4\": true", "\"ipv4\": 4", "\"ipv4\" is to be of type"},
	    {"\"ipv6\": true", "\"ipv6\": 6", "\"ipv6\" is to be of type"},
	    {"\"identities.json\"", "\"../identities.json\"",
		"a name that leads out of it"},
	    {"\"identities.json\"", "\"/etc/passwd\"",
		"a name that leads out of it"},
	    {"\"identities.json\"", "\"\"", "a name that leads out of it"},
	    {"\"identities.json\"", "\"maps\"", "maps: no regular file"},
	    {"\"identities.json\"", "\"ids\"", "ids: No such file"},
	    {"\"identities.json\"", "1", "\"name\" is to be of type"},
	    {"\"identities.json\"", "\"endpoints.json\"",
		"endpoints.json: not of the size that was written"},
	    {"\"maps/ipcache.img\"", "\"maps/../ipcache.img\"",
		"a name that leads out of it"},
	    {"\"image\": ", "\"image\": 1, \"\": ", "\"image\" is to be of"},
	    {"\"image\": \"", "\"image\": \"0", "not among its images"},
	    {"\"program\": ", "\"program\": 1, \"\": ",
		"\"program\" is to be of type"},
	    {"\"program\": \"", "\"program\": \"x", "xprograms/policy-"},
	    {"        256", "        -256", "nobody's policy"},
	    {"        256", "        0", "nobody's policy"},
	    {"        256", "        4294967296", "nobody's policy"},
	    {"        256", "        \"256\"", "nobody's policy"},
	    {"        256,\n        258\n", "", "nobody's policy"},
	    {"\"identities\": [", "\"identities\": 1, \"\": [",
		"\"identities\" is to be of type"},
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		put_file(f, BUNDLE_MANIFEST,
		    replaced(f, f->manifest, cases[i].from, cases[i].to));
		assert_refused(f, cases[i].problem);
	}
}

/* A file that the manifest does not list is no part of the bundle. */
static void
test_unlisted(void **state)
{
	static const char *const names[] = {BUNDLE_IPCACHE, BUNDLE_PEERS,
	    BUNDLE_POLICIES, BUNDLE_RULES, BUNDLE_ENDPOINTS, BUNDLE_ROW_RULES};
	struct fixture *f = *state;

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		const char *other = arena_printf(&f->arena, "%s.old", names[i]);

		put_file(f, other, file_of(f, names[i])->bytes);
		put_file(f, BUNDLE_MANIFEST,
		    replaced(f, f->manifest, names[i], other));
		assert_refused(f,
		    arena_printf(&f->arena, "%s: not among its outputs",
			names[i]));
	}
}

/* A file with another byte, or with another one and the hash of it. */
static void
test_bytes(void **state)
{
	struct fixture *f = *state;

	VEC_FOREACH (file, &f->bundle.files) {
		char *copy = arena_dup(&f->arena, file->bytes.s, file->bytes.n);

		if (strcmp(file->name, BUNDLE_MANIFEST) == 0)
			break;
		copy[file->bytes.n - 1] ^= 1;
		put_file(f, file->name, (struct str){copy, file->bytes.n});
		assert_refused(f,
		    arena_printf(&f->arena,
			"%s: not the content that was written", file->name));
		if (strncmp(file->name, "maps/", 5) == 0) {
			replace_file(f, file->name,
			    (struct str){copy, file->bytes.n});
			assert_refused(f,
			    arena_printf(&f->arena,
				"out/%s is not an image of a map", file->name));
		}
		put_file(f, file->name, file->bytes);
		put_file(f, BUNDLE_MANIFEST, f->manifest);
	}
}

/* The entry of an endpoint's map leads to the rule that gave it. */
static void
test_rules(void **state)
{
	struct fixture *f = *state;
	struct bundle_content c;

	assert_int_equal(bundle_read(&c, &f->pool, &f->arena, &f->sink,
			     &f->sources, "out", NULL),
	    0);
	assert_true(c.whole);
	assert_int_equal(c.rules.n, 1);
	assert_int_equal(c.endpoints.n, 3);
	VEC_FOREACH (e, &c.endpoints) {
		struct image img = bundle_endpoint_image(&c, &f->arena, e);
		bool db = str_is(e->name, "db");

		assert_int_equal(img.nentries, e->policy->nentries);
		assert_true(str_is(e->ns, "shop"));
		for (uint32_t i = 0; i < img.nentries; i++) {
			struct policy_record r = image_policy(&img, i);

			/* api, by its port; Cilium itself gave the others. */
			assert_int_equal(r.rule, db && r.port == 5432);
		}
	}
	assert_true(str_is(c.rules.v[0].kind, "CiliumNetworkPolicy"));
	assert_true(str_is(c.rules.v[0].ns, "shop"));
	assert_true(str_is(c.rules.v[0].name, "db"));
	assert_true(str_is(c.rules.v[0].file, "in.yaml"));
	assert_int_equal(c.rules.v[0].dir, DIR_INGRESS);
	assert_int_equal(c.rules.v[0].line, 10);
	assert_in_range(c.rules.v[0].col, 100, 300);
}

/* One place of a document is changed, and the manifest with it. */
static void
test_documents(void **state)
{
	static const struct {
		const char *file, *from, *to, *problem;
	} cases[] = {
	    {BUNDLE_RULES, "[", "", "invalid JSON"},
	    {BUNDLE_RULES, "[\n", "{\"a\":[\n", "invalid JSON"},
	    {BUNDLE_RULES, "{\"kind\"", "{\"king\"", "\"kind\" is to be"},
	    {BUNDLE_RULES, "\"namespace\"", "\"ns\"",
		"\"namespace\" is to be of type"},
	    {BUNDLE_RULES, "\"name\": ", "\"name\": 1, \"\": ",
		"\"name\" is to be of type"},
	    {BUNDLE_RULES, "\"input\": 0", "\"input\": \"0\"",
		"\"input\" is to be of type"},
	    {BUNDLE_RULES, "\"input\": 0", "\"input\": 1",
		"rules.json: not the number of an input"},
	    {BUNDLE_RULES, "\"input\": 0", "\"input\": -1",
		"rules.json: not the number of an input"},
	    {BUNDLE_RULES, "[[1,", "[[2,", "rules.json: not the next rule"},
	    {BUNDLE_RULES, "[[1,", "[[1, 1,", "rules.json: not the next rule"},
	    {BUNDLE_RULES, "\"ingress\"", "\"sideways\"",
		"rules.json: not the next rule"},
	    {BUNDLE_RULES, ", 10,", ", 0,", "rules.json: not the next rule"},
	    {BUNDLE_RULES, "[[1,", "[], [[1,", "invalid JSON"},
	    {BUNDLE_ENDPOINTS, "\"identity\": 256", "\"identity\": 0",
		"endpoints.json: not an identity"},
	    {BUNDLE_ENDPOINTS, "\"identity\"", "\"id\"",
		"\"identity\" is to be of type"},
	    {BUNDLE_ENDPOINTS, "\"name\"", "\"nom\"",
		"\"name\" is to be of type"},
	    {BUNDLE_ENDPOINTS, "\"image\": \"", "\"image\": \"0",
		"endpoints.json: not the image of a policy"},
	    {BUNDLE_ENDPOINTS, "\"image\": ", "\"image\": 1, \"\": ",
		"\"image\" is to be of type string"},
	    {BUNDLE_ENDPOINTS,
		"\"image\": ", "\"\": ", "\"\" is not to be there"},
	    {BUNDLE_ENDPOINTS, "\"image\": ", "\"error\": ",
		"an endpoint without a policy has rules"},
	    {BUNDLE_ENDPOINTS, "\"web\"", "\"api\"", "not the next endpoint"},
	    {BUNDLE_ENDPOINTS, "\"identity\": 256", "\"identity\": 255",
		"endpoints.json: not an identity"},
	    {BUNDLE_ENDPOINTS, "10.0.0.1", "10.0.0.9",
		"an endpoint's address is not its own"},
	    {BUNDLE_ENDPOINTS, "10.0.0.1", "10.0.0.01",
		"endpoints.json: not an address"},
	    {BUNDLE_ENDPOINTS, "\"10.0.0.1\"", "",
		"ipcache.img: a pod has an address that no endpoint has"},
	    {BUNDLE_IDENTITIES, "\"id\": 256", "\"id\": 255",
		"not the scope of this number"},
	    {BUNDLE_IDENTITIES, "\"id\": 257", "\"id\": 256",
		"not the next identity"},
	    {BUNDLE_IDENTITIES, "\"id\": 258", "\"id\": 300",
		"identity 258 is not among the identities"},
	    {BUNDLE_IDENTITIES, "\"labels\"", "\"label\"",
		"\"labels\" is to be of type array"},
	    {BUNDLE_IDENTITIES, "[\"", "[1, \"",
		"an item is to be of type string"},
	    {BUNDLE_L7, "\"rules\": []", "\"rules\": [1]",
		"an item is to be of type object"},
	    {BUNDLE_L7, "\"directions\": []", "\"directions\": [], \"more\": 1",
		"\"more\" is not to be there"},
	    {BUNDLE_L7, "\"selectors\": []",
		"\"selectors\": [{\"selector\": \"\", \"any\": true}]",
		"a rule or a selector belongs to no grant"},
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		const struct bundle_file *file = file_of(f, cases[i].file);

		replace_file(f, file->name,
		    replaced(f, file->bytes, cases[i].from, cases[i].to));
		assert_refused(f, cases[i].problem);
		put_file(f, file->name, file->bytes);
	}
}

/* Lists of rules that are right by themselves, but not for the endpoints. */
static void
test_lists(void **state)
{
	static const struct row_share none = {0, NULL};
	static const struct {
		struct endpoint_rules v[3];
		uint32_t n;
		const char *problem;
	} cases[] = {
	    {{{{1, 1}}}, 2, "it is for another number of endpoints"},
	    {{{{0, 1}}}, 3, "an endpoint with a policy has no rules"},
	    {{{{1, 1}}, {{1, 1}}, {{1, 1}}}, 3,
		"an endpoint's rules are not those of its image"},
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct rule_lists l;

		rule_lists_init(&l, &f->arena);
		rule_lists_add(&l, &none, 1);
		replace_file(f, BUNDLE_ROW_RULES,
		    rule_lists_put(&l, &f->arena, cases[i].v, cases[i].n));
		assert_refused(f, cases[i].problem);
	}
}

/* Files that are right by themselves, and not together. */
static void
test_together(void **state)
{
	static const struct ipcache_record prefix = {{IP_V4, 8, {10}}, 256};
	struct fixture *f = *state;
	struct peer_sets none;
	struct image old;

	peer_sets_init(&none, &f->arena);
	replace_file(f, BUNDLE_PEERS, peer_sets_put(&none, &f->arena));
	assert_refused(f, "a set of peers is not there");
	put_file(f, BUNDLE_PEERS, file_of(f, BUNDLE_PEERS)->bytes);

	image_put_ipcache(&old, &f->arena, CILIUM_1_18, &prefix, 1,
	    IPCACHE_MAP_ENTRIES);
	replace_file(f, BUNDLE_IPCACHE, old.bytes);
	assert_refused(f, "it is for another version than the ipcache");
	put_file(f, BUNDLE_IPCACHE, file_of(f, BUNDLE_IPCACHE)->bytes);

	replace_file(f, BUNDLE_POLICIES, pack_put(&f->arena, NULL, 0));
	assert_refused(f, "not among its images");
}

/* A program with one other byte, the hashes mended, is none of ours. */
static void
test_programs(void **state)
{
	struct fixture *f = *state;
	uint32_t programs = 0;

	VEC_FOREACH (file, &f->bundle.files) {
		if (strncmp(file->name, "programs/", 9) != 0)
			continue;
		programs++;
		for (size_t at = 0; at < file->bytes.n;
		     at += file->bytes.n / 50 + 1) {
			char *copy =
			    arena_dup(&f->arena, file->bytes.s, file->bytes.n);

			copy[at] ^= 1;
			replace_file(f, file->name,
			    (struct str){copy, file->bytes.n});
			assert_refused(f, "its program is not the one");
		}
		put_file(f, file->name, file->bytes);
	}
	assert_true(programs > 1);
}

/* What is there besides, or is no file, or is longer than it may be. */
static void
test_files(void **state)
{
	struct fixture *f = *state;
	struct bundle_content c;

	put_file(f, "maps/own.img", STR("mine"));
	assert_refused(f, "a file that the manifest does not list");
	assert_int_equal(unlink("out/maps/own.img"), 0);

	assert_int_equal(rename("out/l7.json", "l7.json"), 0);
	assert_int_equal(symlink("../l7.json", "out/l7.json"), 0);
	assert_refused(f, "l7.json: Too many levels of symbolic links");
	assert_int_equal(unlink("out/l7.json"), 0);
	assert_int_equal(mkfifo("out/l7.json", 0644), 0);
	assert_refused(f, "l7.json: no regular file");
	assert_int_equal(unlink("out/l7.json"), 0);
	assert_int_equal(rename("l7.json", "out/l7.json"), 0);

	assert_int_equal(rename("out/maps", "maps"), 0);
	assert_int_equal(symlink("../maps", "out/maps"), 0);
	assert_refused(f, "maps/ipcache.img: Not a directory");
	assert_int_equal(unlink("out/maps"), 0);
	assert_int_equal(rename("maps", "out/maps"), 0);

	assert_int_equal(truncate("out/l7.json", (off_t)1 << 35), 0);
	assert_refused(f, "l7.json: not of the size that was written");
	put_file(f, "l7.json", file_of(f, "l7.json")->bytes);
	assert_int_equal(bundle_read(&c, &f->pool, &f->arena, &f->sink,
			     &f->sources, "out", NULL),
	    0);
	assert_true(c.whole);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(test_whole, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_one_family, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_other_errors, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_manifest, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_unlisted, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_bytes, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_together, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_rules, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_documents, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_lists, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_programs, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_files, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
