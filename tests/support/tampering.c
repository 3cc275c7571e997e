/* SPDX-License-Identifier: Apache-2.0 */
#include "tampering.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/hash.h"
#include "bundle/header.h"
#include "bundle/manifest.h"
#include "cilium/reserved.h"
#include "compile.h"

const char *
tampering_path(struct tampering *t, const char *name)
{
	return arena_printf(&t->b, "out/%s", name);
}

/* Not emptied first: some file systems sync a file that was, which takes
 * time. */
void
tampering_put(struct tampering *t, const char *name, struct str bytes)
{
	int fd = open(tampering_path(t, name), O_WRONLY | O_CREAT, 0644);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, bytes.s, bytes.n), (ssize_t)bytes.n);
	assert_int_equal(ftruncate(fd, (off_t)bytes.n), 0);
	assert_int_equal(close(fd), 0);
}

const struct bundle_file *
tampering_manifest(const struct tampering *t)
{
	return &t->bundle.files.v[t->bundle.files.n - 1];
}

struct str
tampering_splice(struct arena *a, struct str text, size_t at, size_t end,
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
	struct str text = tampering_manifest(t)->bytes;
	char hash[HASH_STRLEN];

	hash_text(bytes, hash);
	text =
	    replaced(&t->b, text, entry_of(&t->b, f->name, f->bytes.n, f->hash),
		entry_of(&t->b, f->name, bytes.n, hash));
	return mending == MEND_DIGEST ? mend_digest(&t->b, text) : text;
}

/* Alike, but for addresses of Y's pods that are a node's, too, in X. */
static bool
ipcaches_alike(const struct image *x, const struct image *y)
{
	bool alike = x->nentries == y->nentries;

	for (uint32_t i = 0; alike && i < x->nentries; i++) {
		struct ipcache_record f = image_ipcache(x, i);
		struct ipcache_record g = image_ipcache(y, i);

		alike = cidr_compare(&f.prefix, &g.prefix) == 0 &&
		    (f.id == g.id ||
			(sec_id_scope(f.id) == SCOPE_RESERVED &&
			    sec_id_scope(g.id) == SCOPE_CLUSTER));
	}
	return alike;
}

/* Whether two bundles decide alike, about the same endpoints. */
static bool
decide_alike(const struct bundle_content *x, const struct bundle_content *y)
{
	if (!ipcaches_alike(&x->ipcache, &y->ipcache) ||
	    !str_eq(x->peers_bytes, y->peers_bytes) ||
	    x->policies.n != y->policies.n || x->rules.n != y->rules.n ||
	    x->endpoints.n != y->endpoints.n ||
	    memcmp(&x->traits, &y->traits, sizeof(x->traits)) != 0)
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
		    tampering_manifest(t)->bytes));
}

bool
tampering_try(struct tampering *t, enum mending mending)
{
	struct source_set sources;
	struct bundle_content c;
	struct diag_sink sink;
	struct pool pool;
	bool fine;

	diag_sink_init(&sink, &t->b);
	source_set_init(&sources, &t->b);
	pool_init(&pool, 1);
	assert_int_equal(bundle_read(&c, &pool, &t->b, &sink, &sources, "out",
			     NULL),
	    0);
	assert_int_equal(c.whole, !diag_failed(&sink));
	t->tried++;
	t->accepted += c.whole;
	fine = !c.whole || is_same(t, &c, mending == MEND_HASHES);
	pool_free(&pool);
	return fine;
}

bool
tampering_change(struct tampering *t, const struct bundle_file *f,
    struct str bytes)
{
	char *copy = arena_dup(&t->b, bytes.s, bytes.n);
	bool is_manifest = f == tampering_manifest(t), fine = true;

	mend_image(copy, bytes.n);
	bytes.s = copy;
	for (enum mending m = MEND_HASHES; m <= MEND_DIGEST; m++) {
		if (!is_manifest)
			tampering_put(t, BUNDLE_MANIFEST,
			    mended_manifest(t, f, bytes, m));
		else if (m == MEND_DIGEST)
			bytes = mend_digest(&t->b, bytes);
		tampering_put(t, f->name, bytes);
		fine = tampering_try(t, m) && fine;
	}
	tampering_put(t, f->name, f->bytes);
	tampering_put(t, BUNDLE_MANIFEST, tampering_manifest(t)->bytes);
	arena_reset(&t->b);
	return fine;
}

void
tampering_begin(struct tampering *t, const char *yaml)
{
	struct bundle_options opt = {.version = "test"};
	struct source_set sources;
	struct diag_sink sink;
	struct pool pool;
	struct unit u;

	*t = (struct tampering){0};
	diag_sink_init(&sink, &t->a);
	source_set_init(&sources, &t->a);
	pool_init(&pool, 1);
	compile_clean(&u, NULL, yaml);
	opt.sources = &u.sources;
	opt.objects = &u.objects;
	opt.schema = u.opt.schema;
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

void
tampering_end(struct tampering *t)
{
	arena_free(&t->a);
	arena_free(&t->b);
}
