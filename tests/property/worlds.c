/* SPDX-License-Identifier: Apache-2.0 */
#include "worlds.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "compile.h"
#include "prop.h"

struct search {
	world_fault *fault;
};

static bool
still_faulty(const struct toy *t, void *arg)
{
	const struct search *s = arg;
	struct arena a = {0};
	bool found = s->fault(&a, t);

	arena_free(&a);
	return found;
}

/* Shows the smallest world like this one that is still faulty. */
static void
report(struct search *s, uint64_t seed, struct toy *t, struct arena *a)
{
	struct buf text;

	toy_shrink(t, still_faulty, s);
	buf_init(&text, a);
	toy_print(&text, t);
	fprintf(stderr, "CNPC_SEED=%" PRIu64 " CNPC_WORLDS=1\n%s\n%s\n", seed,
	    text.p, s->fault(a, t));
}

void
worlds_run(const char *n, world_fault *fault)
{
	const char *wanted = getenv("CNPC_WORLDS");
	uint64_t count = strtoull(wanted ? wanted : n, NULL, 0);
	uint64_t seed = prop_seed();
	struct search s = {fault};
	struct arena a = {0};
	struct toy t;

	assert_true(count > 0);
	for (uint64_t i = 0; i < count; i++) {
		toy_generate(&t, &a, seed + i);
		if (fault(&a, &t)) {
			report(&s, seed + i, &t, &a);
			fail();
		}
		arena_reset(&a);
	}
	arena_free(&a);
}

/* What worlds_main() runs. */
struct worlds {
	const char *n;
	world_fault *fault;
};

static void
test_worlds(void **state)
{
	const struct worlds *w = *state;

	worlds_run(w->n, w->fault);
}

int
worlds_main(int argc, char **argv, world_fault *fault)
{
	struct worlds w = {argv[argc - 1], fault};
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_prestate(test_worlds, &w),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

void
toy_compile(struct unit *u, const struct toy *t, enum ir_model model)
{
	toy_compile_with(u, t, model, "");
}

void
toy_compile_with(struct unit *u, const struct toy *t, enum ir_model model,
    const char *more)
{
	struct unit_options opt;
	struct arena a = {0};
	struct buf text;

	buf_init(&text, &a);
	toy_print(&text, t);
	buf_puts(&text, more);
	unit_options_default(&opt);
	opt.ir.model = model;
	if (t->cilium)
		opt.ir.cilium = version_plain(t->cilium);
	opt.ir.ipv4 = t->ipv4;
	opt.ir.ipv6 = t->ipv6;
	opt.ir.cluster_name = str_of(t->cluster_name);
	if (t->local_node)
		opt.ir.node = str_of(t->local_node);
	opt.pmap.allow_localhost = t->allow_localhost;
	opt.pmap.enforcement = (enum pmap_enforcement)t->enforcement;
	compile(u, &opt, text.p);
	arena_free(&a);
	assert_true(unit_ran(u, PASS_PMAP));
}

void
toy_compute_less(struct toy_less *ret, struct unit *u,
    const struct bitset *gone, struct arena *a)
{
	struct arena scratch = {0};
	struct diag_sink sink;

	ret->ir = u->ir;
	memset(&ret->ir.rules, 0, sizeof(ret->ir.rules));
	VEC_FOREACH (r, &u->ir.rules) {
		if (!bitset_test(gone, (*r)->index))
			*vec_push(&ret->ir.rules, a) = *r;
	}
	ret->world = u->world;
	ret->world.ir = &ret->ir;
	diag_sink_init(&sink, a);
	pmap_compute(&ret->pmaps, &u->pool, a, &scratch, &sink, &ret->world,
	    &u->opt.pmap);
	arena_free(&scratch);
}
