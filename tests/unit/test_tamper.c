/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Thousands of bundles with one thing changed, by somebody who mends the hashes
 * afterwards.  None is read that has another map, program, identity, endpoint
 * or verdict.
 *
 * Some mend what a file says of itself and what the manifest says of files;
 * then nothing at all may change but a verifier's results.  Others mend the
 * manifest's digest as well, and so can change words that nothing else in a
 * bundle depends on: names, labels, what a proxy looks for.  Against these only
 * a signature helps, or compiling again.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/bytes.h"
#include "base/hash.h"
#include "bundle/header.h"
#include "bundle/manifest.h"
#include "bundle/read.h"
#include "bundle/write.h"
#include "compile.h"
#include "folder.h"
#include "prop.h"

/* A part of every document: redirects, prefixes, denials, several policies. */
static const char shop[] = NAMESPACE("shop", "") POD("shop", "web", "10.0.0.1")
    POD("shop", "api", "10.0.0.2") POD("shop", "db", "10.0.0.3")
	CILIUM_POLICY("shop", "db",
	    "endpointSelector: {matchLabels: {app: db}}, ingress: ["
	    "{fromEndpoints: [{matchLabels: {app: api}}], "
	    "toPorts: [{ports: [{port: '5432', protocol: TCP}]}]}], "
	    "egressDeny: [{toCIDR: [192.0.2.0/24]}]")
	    CILIUM_POLICY("shop", "api",
		"endpointSelector: {matchLabels: {app: api}}, ingress: ["
		"{fromEndpoints: [{matchLabels: {app: web}}], "
		"toPorts: [{ports: [{port: '80', protocol: TCP}], "
		"rules: {http: [{method: GET, path: /public}]}}]}]");

#define OF_EACH 330 /* changes of each kind of file, of each mending */

enum mending {
	MEND_HASHES,
	MEND_DIGEST,
};

struct tampering {
	struct arena a; /* of all */
	struct arena b; /* of one bundle */
	struct bundle bundle;
	struct bundle_content want;
	uint64_t random;
	unsigned tried, accepted;
};

static const char *
path_of(struct arena *a, const char *name)
{
	return arena_printf(a, "out/%s", name);
}

/* Nothing is synced, which is what takes time, and which some file systems do
 * for a file that was emptied. */
static void
put(struct tampering *t, const char *name, struct str bytes)
{
	int fd = open(path_of(&t->b, name), O_WRONLY | O_CREAT, 0644);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, bytes.s, bytes.n), (ssize_t)bytes.n);
	assert_int_equal(ftruncate(fd, (off_t)bytes.n), 0);
	assert_int_equal(close(fd), 0);
}

static const struct bundle_file *
manifest_of(const struct tampering *t)
{
	return &t->bundle.files.v[t->bundle.files.n - 1];
}

/* TEXT with FROM, which must be there, replaced by TO. */
static struct str
replaced(struct arena *a, struct str text, const char *from, const char *to)
{
	const char *at = strstr(text.s, from);

	assert_non_null(at);
	return str_of(arena_printf(a, "%.*s%s%s", (int)(at - text.s), text.s,
	    to, at + strlen(from)));
}

/* What an image says of its own content. */
static void
mend_image(char *bytes, size_t n)
{
	if (n >= HEADER_SIZE && memcmp(bytes, "CNPC", 4) == 0)
		hash_put((uint8_t *)bytes + H_HASH, bytes + HEADER_SIZE,
		    n - HEADER_SIZE);
}

static const char *
entry_of(struct arena *a, const char *name, size_t size, const char *hash)
{
	return arena_printf(a,
	    "\"name\": \"%s\",\n      \"bytes\": %zu,\n      "
	    "\"xxh3_128\": \"%s\"",
	    name, size, hash);
}

static struct str
mend_digest(struct arena *a, struct str text)
{
	static const char member[] = ",\n  \"digest\": \"";
	const char *at = strstr(text.s, member);
	char hash[HASH_STRLEN];

	if (!at)
		return text;
	hash_text((struct str){text.s, (size_t)(at - text.s)}, hash);
	return str_of(arena_printf(a, "%.*s%s%s\"\n}\n", (int)(at - text.s),
	    text.s, member, hash));
}

/* The manifest once a file has other bytes. */
static struct str
mended_manifest(struct tampering *t, const struct bundle_file *f,
    struct str bytes, enum mending mending)
{
	struct str text = manifest_of(t)->bytes;
	char hash[HASH_STRLEN];

	hash_text(bytes, hash);
	text =
	    replaced(&t->b, text, entry_of(&t->b, f->name, f->bytes.n, f->hash),
		entry_of(&t->b, f->name, bytes.n, hash));
	return mending == MEND_DIGEST ? mend_digest(&t->b, text) : text;
}

/* Whether two bundles decide alike, about the same endpoints. */
static bool
decide_alike(const struct bundle_content *x, const struct bundle_content *y)
{
	if (!str_eq(x->ipcache.bytes, y->ipcache.bytes) ||
	    !str_eq(x->peers_bytes, y->peers_bytes) ||
	    x->policies.n != y->policies.n || x->rules.n != y->rules.n ||
	    x->endpoints.n != y->endpoints.n ||
	    memcmp(x->family, y->family, sizeof(x->family)) != 0)
		return false;
	for (size_t i = 0; i < x->policies.n; i++) {
		if (!str_eq(x->policies.v[i].bytes, y->policies.v[i].bytes) ||
		    !str_eq(x->policies.v[i].object, y->policies.v[i].object))
			return false;
	}
	for (size_t i = 0; i < x->endpoints.n; i++) {
		const struct bundle_endpoint *e = &x->endpoints.v[i];
		const struct bundle_endpoint *f = &y->endpoints.v[i];

		if (e->identity != f->identity ||
		    !str_eq(e->policy->image, f->policy->image))
			return false;
	}
	return true;
}

static bool
is_same(struct tampering *t, const struct bundle_content *c, bool all)
{
	return decide_alike(c, &t->want) &&
	    (!all ||
		str_eq(manifest_print(&t->b, c->manifest, manifest_not_run,
			   NULL),
		    manifest_of(t)->bytes));
}

/* Reads what lies there; WHAT was done to it, in words. */
static void
try(struct tampering *t, enum mending mending, const char *what)
{
	struct source_set sources;
	struct bundle_content c;
	struct diag_sink sink;
	struct pool pool;

	diag_sink_init(&sink, &t->b);
	source_set_init(&sources, &t->b);
	pool_init(&pool, 1);
	assert_int_equal(bundle_read(&c, &pool, &t->b, &sink, &sources, "out",
			     NULL),
	    0);
	assert_int_equal(c.whole, !diag_failed(&sink));
	t->tried++;
	t->accepted += c.whole;
	if (c.whole && !is_same(t, &c, mending == MEND_HASHES))
		fail_msg("accepted: %s", what);
	pool_free(&pool);
}

/* One change of one file. */
static void
try_bytes(struct tampering *t, const struct bundle_file *f, struct str bytes,
    const char *what)
{
	char *copy = arena_dup(&t->b, bytes.s, bytes.n);
	bool is_manifest = f == manifest_of(t);

	mend_image(copy, bytes.n);
	bytes.s = copy;
	for (enum mending m = MEND_HASHES; m <= MEND_DIGEST; m++) {
		if (!is_manifest)
			put(t, BUNDLE_MANIFEST,
			    mended_manifest(t, f, bytes, m));
		else if (m == MEND_DIGEST)
			bytes = mend_digest(&t->b, bytes);
		put(t, f->name, bytes);
		try(t, m, arena_printf(&t->b, "%s: %s", f->name, what));
	}
	put(t, f->name, f->bytes);
	put(t, BUNDLE_MANIFEST, manifest_of(t)->bytes);
	arena_reset(&t->b);
}

/* TEXT without the bytes from AT to END, and with those of MIDDLE instead. */
static struct str
spliced(struct arena *a, struct str text, size_t at, size_t end,
    struct str middle)
{
	size_t n = text.n - (end - at) + middle.n;
	char *p = arena_alloc(a, n + 1);

	memcpy(p, text.s, at);
	memcpy(p + at, middle.s, middle.n);
	memcpy(p + at + middle.n, text.s + end, text.n - end);
	p[n] = '\0';
	return (struct str){p, n};
}

/* Bytes of any file: a bit, some bytes gone, twice there, or of elsewhere. */
static void
change_bytes(struct tampering *t, const struct bundle_file *f)
{
	size_t at = prop_below(&t->random, (uint32_t)f->bytes.n);
	size_t end = at + 1 + prop_below(&t->random, 8);
	size_t from = prop_below(&t->random, (uint32_t)f->bytes.n);
	uint32_t kind = prop_below(&t->random, 4);
	char bit = (char)(f->bytes.s[at] ^ 1 << prop_below(&t->random, 8));
	struct str part;

	if (end > f->bytes.n)
		end = f->bytes.n;
	part = (struct str){f->bytes.s + from, 1};
	if (kind == 0)
		part = (struct str){&bit, 1};
	else if (kind == 1)
		part.n = 0;
	else if (kind == 2)
		part = (struct str){f->bytes.s + at, 2 * (end - at)};
	if (kind == 0 || kind == 3)
		end = at + 1;
	if (at + part.n > f->bytes.n)
		part.n = 0;
	try_bytes(t, f, spliced(&t->b, f->bytes, at, end, part),
	    arena_printf(&t->b, "kind %u at %zu", kind, at));
}

/* A word of an image: one more, one less, none, all. */
static void
change_word(struct tampering *t, const struct bundle_file *f)
{
	size_t at = 4 * prop_below(&t->random, (uint32_t)(f->bytes.n / 4));
	uint32_t kind = prop_below(&t->random, 4), word;
	char *copy = arena_dup(&t->b, f->bytes.s, f->bytes.n);

	word = le32_get(copy + at);
	word = kind == 0 ? word + 1
	    : kind == 1  ? word - 1
	    : kind == 2  ? 0
			 : ~0u;
	le32_put((uint8_t *)copy + at, word);
	try_bytes(t, f, (struct str){copy, f->bytes.n},
	    arena_printf(&t->b, "word %zu, kind %u", at, kind));
}

/* The line of TEXT that AT is in, with its end. */
static void
line_at(struct str text, size_t at, size_t *ret_begin, size_t *ret_end)
{
	size_t begin = at, end = at;

	while (begin > 0 && text.s[begin - 1] != '\n')
		begin--;
	while (end + 1 < text.n && text.s[end] != '\n')
		end++;
	*ret_begin = begin;
	*ret_end = end + 1;
}

/* A line of a document: gone, twice, another one, or its number or type. */
static void
change_line(struct tampering *t, const struct bundle_file *f)
{
	struct str text = f->bytes, part;
	size_t at, end, other, other_end, digit;
	uint32_t kind = prop_below(&t->random, 5);

	line_at(text, prop_below(&t->random, (uint32_t)text.n), &at, &end);
	line_at(text, prop_below(&t->random, (uint32_t)text.n), &other,
	    &other_end);
	part = (struct str){text.s + other, other_end - other};
	if (kind == 0)
		part.n = 0;
	if (kind == 1)
		end = at; /* the other line as well */
	if (kind >= 3) {
		digit = at + strcspn(text.s + at, "0123456789\n");
		part = kind == 3 ? STR("1") : STR("\"0\"");
		at = digit;
		end = kind == 3 ? digit : digit + 1;
	}
	if (end > text.n)
		end = text.n;
	try_bytes(t, f, spliced(&t->b, text, at, end, part),
	    arena_printf(&t->b, "line at %zu, kind %u", at, kind));
}

static void
begin(struct tampering *t)
{
	struct bundle_options opt = {.version = "test"};
	struct source_set sources;
	struct diag_sink sink;
	struct pool pool;
	struct unit u;

	*t = (struct tampering){.random = prop_seed()};
	diag_sink_init(&sink, &t->a);
	source_set_init(&sources, &t->a);
	pool_init(&pool, 1);
	compile_clean(&u, NULL, shop);
	opt.sources = &u.sources;
	bundle_make(&t->bundle, &pool, &t->a, &sink, &opt, &u.pmaps);
	/* What workers made is theirs. */
	VEC_FOREACH (f, &t->bundle.files) {
		f->name = arena_dup(&t->a, f->name, strlen(f->name));
		f->bytes.s = arena_dup(&t->a, f->bytes.s, f->bytes.n);
	}
	unit_free(&u);
	pool_free(&pool);
	assert_int_equal(compile_write(&t->bundle, &t->a, "out"), 0);
	pool_init(&pool, 1);
	assert_int_equal(bundle_read(&t->want, &pool, &t->a, &sink, &sources,
			     "out", NULL),
	    0);
	assert_true(t->want.whole);
	pool_free(&pool);
}

static bool
begins(const struct bundle_file *f, const char *with)
{
	return strncmp(f->name, with, strlen(with)) == 0;
}

static void
test_changes(void **state)
{
	struct tampering t;

	begin(&t);
	VEC_FOREACH (f, &t.bundle.files) {
		bool image = begins(f, "maps/");
		bool program = begins(f, "programs/");

		for (unsigned i = 0; i < OF_EACH / (program ? 3 : 1); i++) {
			if (i % 2 == 0 || program)
				change_bytes(&t, f);
			else if (image)
				change_word(&t, f);
			else
				change_line(&t, f);
		}
	}
	print_message("# %u bundles, %u accepted\n", t.tried, t.accepted);
	assert_true(t.tried >= 5000);
	arena_free(&t.a);
	arena_free(&t.b);
}

/* A file in the place of another one. */
static void
test_exchanged(void **state)
{
	struct tampering t;

	begin(&t);
	VEC_FOREACH (to, &t.bundle.files) {
		VEC_FOREACH (from, &t.bundle.files) {
			if (from != to && to != manifest_of(&t))
				try_bytes(&t, to, from->bytes, from->name);
		}
	}
	assert_int_equal(t.accepted, 0);
	arena_free(&t.a);
	arena_free(&t.b);
}

/* What is no regular file is not waited for, and not followed. */
static void
test_kinds_of_file(void **state)
{
	struct tampering t;

	begin(&t);
	VEC_FOREACH (f, &t.bundle.files) {
		const char *path = path_of(&t.a, f->name);

		assert_int_equal(rename(path, "aside"), 0);
		if (f != manifest_of(&t))
			try(&t, MEND_HASHES, "missing");
		assert_int_equal(symlink(begins(f, "m") && strchr(f->name, '/')
					 ? "../../aside"
					 : "../aside",
				     path),
		    0);
		try(&t, MEND_HASHES, "a link");
		assert_int_equal(unlink(path), 0);
		assert_int_equal(mkfifo(path, 0600), 0);
		try(&t, MEND_HASHES, "a FIFO");
		assert_int_equal(unlink(path), 0);
		assert_int_equal(mkdir(path, 0700), 0);
		try(&t, MEND_HASHES, "a directory");
		assert_int_equal(rmdir(path), 0);
		assert_int_equal(rename("aside", path), 0);
		assert_int_equal(truncate(path, (off_t)1 << 36), 0);
		try(&t, MEND_HASHES, "a size");
		put(&t, f->name, f->bytes);
		arena_reset(&t.b);
	}
	assert_int_equal(t.accepted, 0);
	try(&t, MEND_HASHES, "nothing");
	assert_int_equal(t.accepted, 1);
	arena_free(&t.a);
	arena_free(&t.b);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
	    FOLDER_TEST(test_changes),
	    FOLDER_TEST(test_exchanged),
	    FOLDER_TEST(test_kinds_of_file),
	};

	return cmocka_run_group_tests_name("tamper", tests, NULL, NULL);
}
