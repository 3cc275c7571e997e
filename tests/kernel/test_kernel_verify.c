/* SPDX-License-Identifier: Apache-2.0 */

/*
 * `cnpc verify` on a bundle that is right and on one whose program and image
 * do not belong together.
 */
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
#include "base/vec.h"
#include "compile.h"
#include "bundle/write.h"
#include "kernel/verify.h"
#include "kernel_test.h"

#define FILE_MAX ((size_t)16 << 20)

static const char world[] =
    "apiVersion: v1\n"
    "kind: Pod\n"
    "metadata: {name: web, namespace: shop, labels: {app: web}}\n"
    "spec: {containers: [{name: c}]}\n"
    "status: {podIP: 10.0.0.1}\n"
    "---\n"
    "apiVersion: v1\n"
    "kind: Pod\n"
    "metadata: {name: db, namespace: shop, labels: {app: db}}\n"
    "spec: {containers: [{name: c}]}\n"
    "status: {podIP: 10.0.0.2}\n"
    "---\n"
    "apiVersion: cilium.io/v2\n"
    "kind: CiliumNetworkPolicy\n"
    "metadata: {name: db, namespace: shop}\n"
    "spec:\n"
    "  endpointSelector: {matchLabels: {app: db}}\n"
    "  ingress:\n"
    "  - fromEndpoints: [{matchLabels: {app: web}}]\n"
    "    toPorts: [{ports: [{port: '5432', protocol: TCP}]}]\n"
    "  egressDeny:\n"
    "  - toCIDR: [192.0.2.0/24]\n";

struct fixture {
	char dir[32];
	struct arena arena;
	struct pool pool;
	struct diag_sink sink;
	struct source_set sources;
};

static int
remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	return remove(path);
}

static void
write_bundle(struct fixture *f)
{
	struct bundle_options made = {.version = "test"};
	struct bundle bundle;
	struct unit u;

	compile_clean(&u, NULL, world);
	made.sources = &u.sources;
	bundle_make(&bundle, &u.pool, &f->arena, &f->sink, &made, &u.pmaps);
	assert_int_equal(f->sink.v.n, 0);
	assert_int_equal(bundle.summary.images, 2);
	assert_int_equal(compile_write(&bundle, &f->arena, "out"), 0);
	unit_free(&u);
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
	write_bundle(f);
	return 0;
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

static struct str
manifest(struct fixture *f)
{
	struct str text = {0};

	assert_int_equal(file_read(&f->arena, "out/" BUNDLE_MANIFEST, FILE_MAX,
			     &text),
	    0);
	return text;
}

static void
test_accepted(void **state)
{
	struct fixture *f = *state;
	struct verify_report r;
	struct str before = manifest(f), after;

	assert_int_equal(verify_bundle(&f->pool, &f->arena, &f->sink,
			     &f->sources, "out", NULL, &r),
	    0);
	assert_int_equal(f->sink.v.n, 0);
	assert_null(r.missing);
	assert_int_equal(r.programs.n, 2);
	VEC_FOREACH (p, &r.programs) {
		assert_int_equal(p->status, VERIFY_ACCEPTED);
		assert_true(p->figures[DIR_INGRESS].instructions > 0);
		assert_true(p->figures[DIR_EGRESS].bytes > 0);
		assert_true(p->runs > 0);
		assert_int_equal(p->wrong, 0);
	}
	after = manifest(f);
	assert_false(str_eq(before, after));
	assert_non_null(strstr(after.s, "\"status\": \"accepted\""));
	assert_non_null(strstr(after.s, r.kernel));
	assert_null(strstr(after.s, "not run"));

	/* A second time changes nothing, so the manifest stays as it is. */
	assert_int_equal(verify_bundle(&f->pool, &f->arena, &f->sink,
			     &f->sources, "out", NULL, &r),
	    0);
	assert_true(str_eq(after, manifest(f)));
}

/* Makes the manifest say that A's program is B's and the other way round. */
static void
swap_programs(struct fixture *f)
{
	struct str m = manifest(f);
	char *text = arena_dup(&f->arena, m.s, m.n);
	char *policies = strstr(text, "\"policies\"");
	char *a = strstr(policies, "\"program\": \""), *b;
	char name[sizeof("programs/policy-0123456789abcdef.bpf.o")];

	b = strstr(a + 1, "\"program\": \"");
	a += sizeof("\"program\": \"") - 1;
	b += sizeof("\"program\": \"") - 1;
	memcpy(name, a, sizeof(name) - 1);
	memcpy(a, b, sizeof(name) - 1);
	memcpy(b, name, sizeof(name) - 1);
	assert_int_equal(file_write("out/" BUNDLE_MANIFEST, str_of(text)), 0);
}

static void
test_swapped(void **state)
{
	struct fixture *f = *state;
	struct verify_report r;

	swap_programs(f);
	assert_int_equal(verify_bundle(&f->pool, &f->arena, &f->sink,
			     &f->sources, "out", NULL, &r),
	    0);
	/* No kernel sees a program that is not made for its image. */
	assert_true(diag_failed(&f->sink));
	assert_int_equal(r.programs.n, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(test_accepted, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_swapped, setup, teardown),
	};

	need_kernel();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
