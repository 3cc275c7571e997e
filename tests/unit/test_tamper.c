/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Thousands of bundles with one thing changed, by somebody who mends the hashes
 * afterwards.  None is read that has another map, program, identity, endpoint
 * or verdict.
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
#include "compile.h"
#include "folder.h"
#include "prop.h"
#include "tampering.h"

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

struct test {
	struct tampering t;
	uint64_t random;
};

/* One change of one file; WHAT was done to it, in words. */
static void
try_bytes(struct test *t, const struct bundle_file *f, struct str bytes,
    const char *what)
{
	char text[64];

	snprintf(text, sizeof(text), "%s", what);
	if (!tampering_change(&t->t, f, bytes))
		fail_msg("accepted: %s: %s", f->name, text);
}

static void
try(struct test *t, const char *what)
{
	if (!tampering_try(&t->t, MEND_HASHES))
		fail_msg("accepted: %s", what);
}

static void
begin(struct test *t)
{
	t->random = prop_seed();
	tampering_begin(&t->t, shop);
}

/* Bytes of any file: a bit, some bytes gone, twice there, or of elsewhere. */
static void
change_bytes(struct test *t, const struct bundle_file *f)
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
	try_bytes(t, f, tampering_splice(&t->t.b, f->bytes, at, end, part),
	    arena_printf(&t->t.b, "kind %u at %zu", kind, at));
}

/* A word of an image: one more, one less, none, all. */
static void
change_word(struct test *t, const struct bundle_file *f)
{
	size_t at = 4 * prop_below(&t->random, (uint32_t)(f->bytes.n / 4));
	uint32_t kind = prop_below(&t->random, 4), word;
	char *copy = arena_dup(&t->t.b, f->bytes.s, f->bytes.n);

	word = le32_get(copy + at);
	word = kind == 0 ? word + 1
	    : kind == 1  ? word - 1
	    : kind == 2  ? 0
			 : ~0u;
	le32_put((uint8_t *)copy + at, word);
	try_bytes(t, f, (struct str){copy, f->bytes.n},
	    arena_printf(&t->t.b, "word %zu, kind %u", at, kind));
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
change_line(struct test *t, const struct bundle_file *f)
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
	try_bytes(t, f, tampering_splice(&t->t.b, text, at, end, part),
	    arena_printf(&t->t.b, "line at %zu, kind %u", at, kind));
}

static bool
begins(const struct bundle_file *f, const char *with)
{
	return strncmp(f->name, with, strlen(with)) == 0;
}

static void
test_changes(void **state)
{
	struct test t;

	begin(&t);
	VEC_FOREACH (f, &t.t.bundle.files) {
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
	print_message("# %u bundles, %u accepted\n", t.t.tried, t.t.accepted);
	assert_true(t.t.tried >= 5000);
	tampering_end(&t.t);
}

/* A file in the place of another one. */
static void
test_exchanged(void **state)
{
	struct test t;

	begin(&t);
	VEC_FOREACH (to, &t.t.bundle.files) {
		VEC_FOREACH (from, &t.t.bundle.files) {
			if (from != to && to != tampering_manifest(&t.t))
				try_bytes(&t, to, from->bytes, from->name);
		}
	}
	assert_int_equal(t.t.accepted, 0);
	tampering_end(&t.t);
}

/* What is no regular file is not waited for, and not followed. */
static void
test_kinds_of_file(void **state)
{
	struct test t;

	begin(&t);
	VEC_FOREACH (f, &t.t.bundle.files) {
		const char *path = arena_printf(&t.t.a, "out/%s", f->name);

		assert_int_equal(rename(path, "aside"), 0);
		if (f != tampering_manifest(&t.t))
			try(&t, "missing");
		assert_int_equal(symlink(begins(f, "m") && strchr(f->name, '/')
					 ? "../../aside"
					 : "../aside",
				     path),
		    0);
		try(&t, "a link");
		assert_int_equal(unlink(path), 0);
		assert_int_equal(mkfifo(path, 0600), 0);
		try(&t, "a FIFO");
		assert_int_equal(unlink(path), 0);
		assert_int_equal(mkdir(path, 0700), 0);
		try(&t, "a directory");
		assert_int_equal(rmdir(path), 0);
		assert_int_equal(rename("aside", path), 0);
		assert_int_equal(truncate(path, (off_t)1 << 36), 0);
		try(&t, "a size");
		tampering_put(&t.t, f->name, f->bytes);
		arena_reset(&t.t.b);
	}
	assert_int_equal(t.t.accepted, 0);
	try(&t, "nothing");
	assert_int_equal(t.t.accepted, 1);
	tampering_end(&t.t);
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
