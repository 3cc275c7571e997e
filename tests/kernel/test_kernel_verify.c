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
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
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
	made.objects = &u.objects;
	made.schema = u.opt.schema;
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

/* BEFORE is called with the process that asks the kernel, which then goes on.
 */
static void
verify(struct fixture *f, void (*before)(struct asker *k),
    struct verify_report *ret_report)
{
	struct asker asker;

	assert_int_equal(asker_start(&asker, 2), 0);
	if (before)
		before(&asker);
	assert_int_equal(verify_bundle(&f->pool, &f->arena, &f->sink,
			     &f->sources, &asker, "out", NULL, ret_report),
	    0);
	asker_end(&asker);
}

static void
test_accepted(void **state)
{
	struct fixture *f = *state;
	struct verify_report r;
	struct str before = manifest(f), after;

	verify(f, NULL, &r);
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
	verify(f, NULL, &r);
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
	verify(f, NULL, &r);
	/* No kernel sees a program that is not made for its image. */
	assert_true(diag_failed(&f->sink));
	assert_int_equal(r.programs.n, 0);
}

/* What says nothing of the programs is not kept. */
static void
assert_no_answer(struct fixture *f, const struct verify_report *r,
    struct str before, const char *why)
{
	assert_true(r->failed);
	assert_int_equal(f->sink.v.n, 1);
	if (!strstr(f->sink.v.v[0]->text, why))
		fail_msg("\"%s\" instead of \"%s\"", f->sink.v.v[0]->text, why);
	VEC_FOREACH (p, &r->programs)
		assert_int_not_equal(p->status, VERIFY_REJECTED);
	assert_true(str_eq(before, manifest(f)));
}

static void
end_it(struct asker *k)
{
	assert_int_equal(kill(k->pid, SIGKILL), 0);
}

/* The process ended before it said anything. */
static void
test_ended(void **state)
{
	struct fixture *f = *state;
	struct str before = manifest(f);
	struct verify_report r;

	verify(f, end_it, &r);
	assert_no_answer(f, &r, before, "was ended: Killed");
}

/* The system has no room for another file, sooner or later. */
static void
test_no_room(void **state)
{
	struct fixture *f = *state;
	struct str before = manifest(f);
	struct verify_report r;
	int next = dup(0);

	assert_true(next >= 0);
	close(next);
	/* Five are pipes and words, and two what shows that BPF is there.  The
	 * last test: not everybody may raise a limit again. */
	for (rlim_t more = 40; more >= 7; more--) {
		const struct rlimit few = {(rlim_t)next + more,
		    (rlim_t)next + more};

		diag_sink_init(&f->sink, &f->arena);
		assert_int_equal(setrlimit(RLIMIT_NOFILE, &few), 0);
		verify(f, NULL, &r);
		assert_no_answer(f, &r, before, "Too many open files");
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(test_accepted, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_swapped, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_ended, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_no_room, setup, teardown),
	};

	need_kernel();
	signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
