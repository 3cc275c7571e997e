/* SPDX-License-Identifier: Apache-2.0 */
#include "driver/unit.h"

#include <string.h>
#include <time.h>

#include "driver/passes.h"
#include "cilium/version.h"

static uint64_t
now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

static bool
is_named(const struct pass *p, const char *name)
{
	return name && strcmp(p->name, name) == 0;
}

/* Bytes of permanent memory. */
static size_t
used_perm(const struct unit *u)
{
	return u->perm.used + pool_used(&u->pool);
}

void
unit_step_begin(struct unit *u, const char *name)
{
	struct unit_cost *c = vec_push(&u->cost, &u->perm);

	/* The end takes these from what is there then. */
	*c = (struct unit_cost){name, now_ns(), used_perm(u)};
}

void
unit_step_end(struct unit *u)
{
	struct unit_cost *c = &u->cost.v[u->cost.n - 1];

	arena_reset(&u->scratch);
	pool_reset(&u->pool);
	c->ns = now_ns() - c->ns;
	c->bytes = used_perm(u) - c->bytes;
}

static void
run_pass(struct unit *u, const struct pass *p)
{
	unit_step_begin(u, p->name);
	p->run(u);
	unit_step_end(u);
	if (p->verify)
		p->verify(u);
	if (is_named(p, u->opt.dump))
		p->dump(&u->dump, u);
}

void
unit_options_default(struct unit_options *opt)
{
	*opt = (struct unit_options){
	    .pmap = {.enforcement = PMAP_ENFORCE_DEFAULT,
		.allow_localhost = true},
	    .schema = {.cilium = VERSION_LAST, .default_ns = STR("default")},
	};
	ir_options_default(&opt->ir);
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
unit_run(struct unit *u)
{
	for (const struct pass *p = passes; p->name; p++) {
		run_pass(u, p);
		u->complete = !p[1].name;
		if (is_named(p, u->opt.stop_after) || is_named(p, u->opt.dump))
			break;
	}
}

const char *
unit_pass_name(size_t i)
{
	return passes[i].name;
}
