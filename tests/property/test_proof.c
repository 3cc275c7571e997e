/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Random worlds, whose bundles are proved in every version: `cnpc prove` and
 * the compiler read the rules alike.
 *
 *     test_proof N                                  N worlds
 *     CNPC_SEED=S CNPC_WORLDS=1 test_proof N        the world of one seed
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bundle/decide.h"
#include "bundle/read.h"
#include "folder.h"
#include "prove/prove.h"
#include "worlds.h"

static const char *
describe(struct arena *a, const struct unit *u, const struct counterexample *x)
{
	const struct endpoint *e = x->endpoint;

	if (x->problem)
		return arena_printf(a, STR_FMT ": %s",
		    STR_ARG(e ? e->name : STR("")), x->problem);
	return arena_printf(a,
	    STR_FMT "/" STR_FMT " %s, peer %u, protocol %u ports %u to %u:\n"
		    "rules %s " STR_FMT " auth %u (rule %d), maps %s " STR_FMT
		    " auth %u",
	    STR_ARG(e->ns), STR_ARG(e->name), direction_name(x->dir),
	    u->world.idents.v[x->peer].id.id, x->proto, x->first, x->last,
	    verdict_name(x->says.reason), STR_ARG(x->says.redirect),
	    x->says.auth, x->rule ? (int)x->rule->index : -1,
	    verdict_name(x->gives.reason), STR_ARG(x->gives.redirect),
	    x->gives.auth);
}

static const char *
path_of(struct arena *a, const struct bundle_file *f)
{
	return arena_printf(a, "out/%s", f->name);
}

/* Writes a bundle, and does not wait for the disk, as bundle_write() does. */
static void
put(const struct bundle *b, struct arena *a)
{
	mkdir("out", 0700);
	mkdir("out/maps", 0700);
	mkdir("out/programs", 0700);
	VEC_FOREACH (f, &b->files) {
		FILE *to = fopen(path_of(a, f), "w");

		assert_non_null(to);
		assert_int_equal(fwrite(f->bytes.s, 1, f->bytes.n, to),
		    f->bytes.n);
		assert_int_equal(fclose(to), 0);
	}
}

static void
take_away(const struct bundle *b, struct arena *a)
{
	VEC_FOREACH (f, &b->files)
		assert_int_equal(unlink(path_of(a, f)), 0);
}

/* The first fault in the bundle of one version. */
static const char *
fault_of(struct arena *a, const struct toy *t)
{
	struct bundle_options opt = {.version = "test"};
	struct bundle_content content;
	const char *fault = NULL;
	struct diag_sink sink; /* the bundle's: policies may be refused */
	struct bundle bundle;
	struct proof proof;
	struct unit u;

	toy_compile(&u, t,
	    t->clusterwide ? IR_MODEL_CLUSTERWIDE : IR_MODEL_CILIUM);
	opt.sources = &u.sources;
	opt.objects = &u.objects;
	opt.schema = u.opt.schema;
	diag_sink_init(&sink, &u.perm);
	bundle_make(&bundle, &u.pool, &u.perm, &sink, &opt, &u.pmaps);
	put(&bundle, &u.perm);
	assert_int_equal(bundle_read(&content, &u.pool, &u.perm, &sink,
			     &u.sources, "out", NULL),
	    0);
	assert_true(content.whole);
	assert_null(proof_mismatch(&u.perm, &u.world, &content));
	proof_make(&proof, &u.pool, &u.perm, &u.world, &content);
	take_away(&bundle, &u.perm);
	if (proof.examples.n > 0)
		fault = arena_printf(a, "Cilium " VERSION_FMT ": %s",
		    VERSION_ARG(u.world.ir->opt.cilium.number),
		    describe(a, &u, &proof.examples.v[0]));
	unit_free(&u);
	return fault;
}

static const char *
first_fault(struct arena *a, const struct toy *t)
{
	static const unsigned versions[] = {CILIUM_1_20, CILIUM_1_19,
	    CILIUM_1_18, CILIUM_1_17};
	const char *fault = NULL;

	for (size_t i = 0; i < sizeof(versions) / sizeof(*versions) && !fault;
	     i++) {
		struct toy version = *t;

		version.cilium = versions[i];
		fault = fault_of(a, &version);
	}
	return fault;
}

/* *STATE is a folder, so that the number of worlds is in the environment. */
static void
test_worlds(void **state)
{
	worlds_run(NULL, first_fault);
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
	    FOLDER_TEST(test_worlds),
	};

	setenv("CNPC_WORLDS", argv[argc - 1], 0);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
