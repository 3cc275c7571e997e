/* SPDX-License-Identifier: Apache-2.0 */
#include "driver/passes.h"

#include "admit/admit.h"
#include "driver/input.h"
#include "driver/settings.h"
#include "lint/limits.h"
#include "schema/dump.h"

/* Bytes of the inputs to document trees. */
static void
run_yaml(struct unit *u)
{
	input_read(u);
}

static void
dump_yaml(struct buf *out, struct unit *u)
{
	VEC_FOREACH (doc, &u->docs.v) {
		buf_puts(out, "---\n");
		ynode_dump(out, &u->sources, *doc);
	}
}

/* Trees to objects; what the API server would refuse is rejected. */
static void
run_ast(struct unit *u)
{
	const struct schema *schema = schema_new(&u->scratch, &u->opt.schema);
	struct schema_items items = {0};

	VEC_FOREACH (doc, &u->docs.v) {
		const struct source *s = &u->sources.v.v[(*doc)->at.source - 1];

		schema_unfold(&items, &u->scratch, *doc, s->context);
	}
	schema_decode_items(schema, &u->pool, &u->perm, &u->scratch, &u->sink,
	    &items, &u->objects);
}

static void
dump_ast(struct buf *out, struct unit *u)
{
	VEC_FOREACH (o, &u->objects.v)
		object_dump(out, &u->sources, *o);
}

/* What the agent's ConfigMap says, to options. */
static void
run_settings(struct unit *u)
{
	settings_apply(&u->opt, &u->scratch, &u->sink, &u->objects);
}

static void
dump_settings(struct buf *out, struct unit *u)
{
	settings_dump(out, &u->opt);
}

/* What the agent or the platform refuses, or we do not model, is rejected. */
static void
run_sanitize(struct unit *u)
{
	admit_policies(&u->pool, &u->scratch, &u->sink, &u->opt.ir,
	    &u->objects);
	platform_check(&u->sink, u->opt.platform, &u->objects);
}

static void
dump_sanitize(struct buf *out, struct unit *u)
{
	VEC_FOREACH (p, &u->objects.v) {
		const struct object *o = *p;

		buf_printf(out, "%s: %s " STR_FMT "%s" STR_FMT ": %s",
		    source_where(&u->sources, o->at), o->kind_name,
		    STR_ARG(o->ns), o->ns.n > 0 ? "/" : "", STR_ARG(o->name),
		    object_status_name(o->status));
		if (o->why)
			buf_printf(out, " CNP%03u", o->why->id);
		buf_putc(out, '\n');
	}
}

/* Accepted policies to rules. */
static void
run_ir(struct unit *u)
{
	ir_init(&u->ir, &u->perm, u->atoms, &u->opt.ir);
	ir_lower(&u->ir, &u->sink, &u->objects);
}

static void
dump_ir(struct buf *out, struct unit *u)
{
	ir_dump(out, &u->sources, &u->ir);
}

static void
verify_ir(const struct unit *u)
{
	ir_verify(&u->ir);
}

/* Snapshot and rules to identities, and selectors to sets of them. */
static void
run_ident(struct unit *u)
{
	world_build(&u->world, &u->perm, &u->sink, &u->ir, &u->objects);
	world_resolve(&u->world);
}

static void
verify_ident(const struct unit *u)
{
	world_verify(&u->world);
}

static void
dump_ident(struct buf *out, struct unit *u)
{
	world_dump(out, &u->world);
}

/* Rules and identities to policy maps. */
static void
run_pmap(struct unit *u)
{
	const struct platform_limits *limits = platform_limits(u->opt.platform);

	pmap_compute(&u->pmaps, &u->pool, &u->perm, &u->scratch, &u->sink,
	    &u->world, &u->opt.pmap);
	pmap_diverge(&u->divergences, &u->perm, &u->scratch, &u->pmaps);
	pmap_warn_divergence(&u->sink, &u->scratch, &u->pmaps, &u->divergences);
	if (limits)
		pmap_check_limits(&u->sink, &u->pmaps,
		    platform_names[u->opt.platform], limits);
}

static void
verify_pmap(const struct unit *u)
{
	pmap_verify(&u->pmaps);
}

static void
dump_pmap(struct buf *out, struct unit *u)
{
	pmap_dump(out, &u->pmaps);
}

const struct pass passes[] = {
    {"yaml", run_yaml, dump_yaml, NULL},
    {"ast", run_ast, dump_ast, NULL},
    {"settings", run_settings, dump_settings, NULL},
    {"sanitize", run_sanitize, dump_sanitize, NULL},
    {"ir", run_ir, dump_ir, verify_ir},
    {"ident", run_ident, dump_ident, verify_ident},
    {"pmap", run_pmap, dump_pmap, verify_pmap},
    {0},
};
