/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A compilation's life, and the one loop that runs passes.
 */
#include "driver/unit.h"

#include <time.h>

#include "base/num.h"
#include "bundle/image.h"
#include "cilium/version.h"

static uint64_t
now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

/* Bytes of permanent memory. */
static size_t
used_perm(const struct unit *u)
{
	return u->perm.used + pool_used(&u->pool);
}

static void
run_pass(struct unit *u, const struct pass *p)
{
	uint64_t start = now_ns();
	size_t before = used_perm(u);

	p->run(u);
	repo_forgive(&u->repo, &u->sink);
	arena_reset(&u->scratch);
	pool_reset(&u->pool);
	*vec_push(&u->cost, &u->perm) = (struct unit_cost){
	    .name = p->name,
	    .ns = now_ns() - start,
	    .bytes = used_perm(u) - before,
	};
	if (p->verify)
		p->verify(u);
}

/* WANTED and every pass that these need or use. */
static uint32_t
with_needs(uint32_t wanted)
{
	for (int i = PASSES - 1; i >= 0; i--) {
		if (wanted & 1u << i)
			wanted |= passes[i].needs | passes[i].uses;
	}
	return wanted;
}

static bool
may_run(const struct unit *u, const struct pass *p)
{
	return (u->ran & p->needs) == p->needs && u->failure.error == 0 &&
	    !(p->clean && diag_failed(&u->sink));
}

void
unit_options_default(struct unit_options *opt)
{
	*opt = (struct unit_options){
	    .pmap = {.enforcement = PMAP_ENFORCE_DEFAULT,
		.allow_localhost = true},
	    .schema = {.cilium = VERSION_LAST, .default_ns = STR("default")},
	    .policy_map_max = STR("16384"),
	    .stop_after = PASSES,
	    .dump = PASSES,
	};
	ir_options_default(&opt->ir);
}

uint32_t
unit_policy_map_max(const struct unit_options *opt)
{
	uint64_t room;

	return num_u64(opt->policy_map_max, POLICY_MAP_ENTRIES_MAX, &room)
	    ? (uint32_t)room
	    : POLICY_MAP_ENTRIES;
}

void
unit_init(struct unit *u, const struct unit_options *opt)
{
	*u = (struct unit){.opt = *opt};
	pool_init(&u->pool, opt->jobs);
	source_set_init(&u->sources, &u->perm);
	diag_sink_init(&u->sink, &u->perm);
	buf_init(&u->dump, &u->perm);
	u->atoms = atom_table_new(&u->perm);
}

void
unit_free(struct unit *u)
{
	sign_forget(&u->key);
	outdir_close(&u->out);
	pool_free(&u->pool);
	arena_free(&u->scratch);
	arena_free(&u->perm);
}

void
unit_add_source(struct unit *u, const char *name, struct str text)
{
	source_add(&u->sources, name, text);
}

void
unit_run(struct unit *u, uint32_t wanted)
{
	int dumped = u->opt.dump, last = u->opt.stop_after;

	if (dumped < last)
		last = dumped;
	if (dumped < PASSES)
		wanted = 1u << dumped | PASS_BIT(LINT) |
		    (wanted & PASS_BIT(SANDBOX));
	wanted = with_needs(wanted) & ~u->ran;
	for (int i = 0; i < PASSES; i++) {
		const struct pass *p = &passes[i];

		if (!(wanted & 1u << i) || (p->dump && i > last) ||
		    !may_run(u, p))
			continue;
		run_pass(u, p);
		u->ran |= 1u << i;
		if (i == dumped)
			p->dump(&u->dump, u);
	}
}

/* The texts that OF has read. */
static void
add_sources_of(struct unit *u, const struct unit *of)
{
	VEC_FOREACH (s, &of->sources.v) {
		struct source *copy;

		unit_add_source(u, s->name, s->text);
		copy = &u->sources.v.v[u->sources.v.n - 1];
		copy->context = s->context;
		copy->named = s->named;
		copy->asked = s->asked;
	}
}

void
unit_run_again(struct unit *u, const struct unit_options *opt,
    const struct unit *of, uint32_t wanted)
{
	unit_init(u, opt);
	add_sources_of(u, of);
	unit_run(u, wanted);
}

bool
unit_ran(const struct unit *u, enum pass_id pass)
{
	return u->ran & 1u << pass;
}
