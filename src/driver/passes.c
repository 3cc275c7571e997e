/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The whole compiler.  Each function below is one pass and says what it
 * requires of the unit and what it leaves there; the table at the end puts
 * them in order.
 */
#include "driver/passes.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "admit/admit.h"
#include "base/file.h"
#include "cilium/version.h"
#include "diag_gen.h"
#include "driver/detect.h"
#include "driver/git.h"
#include "driver/input.h"
#include "driver/open.h"
#include "driver/rights.h"
#include "driver/settings.h"
#include "driver/unit.h"
#include "ident/lock_text.h"
#include "lint/dead.h"
#include "lint/lint.h"
#include "schema/dump.h"

/*
 * The key that signs the bundle, if it is to be signed.  Requires its file's
 * name in opt; leaves key.
 */
static void
run_key(struct unit *u)
{
	if (u->opt.sign)
		sign_read_key(&u->sink, u->opt.sign, &u->key);
}

/*
 * The directory of the bundle is begun.  Requires the name of the output in
 * opt; leaves out open, or why it may not be written.
 */
static void
run_output(struct unit *u)
{
	const char *dir = u->opt.output;
	int error = bundle_open(&u->out, &u->perm, dir);

	if (error == EEXIST || error == ELOOP)
		diag_not_a_bundle(&u->sink, (struct span){0}, dir);
	else if (error)
		u->failure = (struct unit_failure){"write", dir, error};
}

/*
 * What reading, judging and writing do not need is given up.  Requires out, if
 * there is to be one.
 */
static void
run_sandbox(struct unit *u)
{
	rights_give_up(u);
	outdir_guard(&u->out);
}

/*
 * Bytes of the inputs to trees.  Requires the names of the inputs in opt;
 * leaves sources and docs.
 */
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

/* The objects in the manifests, in scratch. */
static void
unfold(struct unit *u, struct schema_items *items)
{
	VEC_FOREACH (m, &u->repo.v) {
		const struct schema_item doc = {m->node, .context = m->context,
		    .idle = m->idle, .assumed = m->assumed};

		schema_unfold(items, &u->scratch, &doc);
	}
}

/* Unless the command line has the version: what the inputs or the platform say.
 */
static void
find_version(struct unit *u, struct schema_items *items)
{
	const struct platform_kubernetes *k = u->opt.kubernetes;
	unsigned found;

	if (u->opt.given & 1u << SETTING_CILIUM)
		return;
	found = detect_cilium(&u->sink, &u->scratch, items);
	if (found)
		u->opt.ir.cilium.number = found;
	else if (k)
		diag_platform_version(&u->sink, (struct span){0},
		    platform_name(u->opt.platform), k->name,
		    arena_printf(&u->perm, VERSION_FMT,
			VERSION_ARG(k->cilium)));
}

/*
 * Files to what a cluster gets of them: folders are built as kustomize, Flux
 * and Argo CD do.  Requires docs; leaves repo.
 */
static void
run_repo(struct unit *u)
{
	const struct repo_options opt = {
	    .root = u->opt.root,
	    .default_ns = u->opt.schema.default_ns,
	    .vars = u->opt.vars,
	    .nvars = u->opt.nvars,
	    .allow_empty = u->opt.allow_empty,
	    .embedded = u->opt.embedded,
	    .ns_given = u->opt.ns_given,
	    .all = input_is_all(u),
	    .one_cluster = u->opt.one_cluster,
	    .files = u->opt.git ? &u->opt.git->files : NULL,
	};

	repo_build(&u->repo, &u->perm, &u->sink, &u->sources, &u->docs, &opt);
	u->opt.ir.whole = u->repo.whole;
}

static void
dump_repo(struct buf *out, struct unit *u)
{
	VEC_FOREACH (m, &u->repo.v) {
		buf_puts(out, "---\n");
		ynode_dump(out, &u->sources, m->node);
	}
}

/*
 * The version of Cilium.  Requires repo and the version that is asked for or
 * the default in opt; leaves one that is modelled there.
 */
static void
run_version(struct unit *u)
{
	struct schema_items items = {0};
	unsigned asked, taken;

	unfold(u, &items);
	find_version(u, &items);
	asked = u->opt.ir.cilium.number;
	taken = version_modelled(asked);

	if (taken != asked)
		diag_newer_cilium(&u->sink, (struct span){0},
		    arena_printf(&u->perm, VERSION_FMT, VERSION_ARG(asked)),
		    arena_printf(&u->perm, VERSION_FMT, VERSION_ARG(taken)));
	u->opt.ir.cilium.number = taken;
	u->opt.schema.cilium = u->opt.fields ? u->opt.fields : taken;
}

static void
dump_version(struct buf *out, struct unit *u)
{
	buf_printf(out, "Cilium " VERSION_FMT "\n",
	    VERSION_ARG(u->opt.ir.cilium.number));
}

/*
 * Trees to objects; what the API server would refuse is rejected.  Requires
 * repo; leaves objects.
 */
static void
run_ast(struct unit *u)
{
	const struct schema *schema = schema_new(&u->scratch, &u->opt.schema);
	struct schema_items items = {0};

	unfold(u, &items);
	schema_decode_items(schema, &u->pool, &u->perm, &u->scratch, &u->sink,
	    &items, &u->objects);
	open_explain(u);
	open_forgive(u);
}

static void
dump_ast(struct buf *out, struct unit *u)
{
	VEC_FOREACH (o, &u->objects.v)
		object_dump(out, &u->sources, *o);
}

/*
 * What the agent's ConfigMap says, to options.  Requires objects; leaves opt
 * as every later pass takes it.
 */
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

/*
 * What the agent or the platform refuses, or we do not model, is rejected.
 * Requires objects and the final opt; leaves the status of each policy.
 */
static void
run_sanitize(struct unit *u)
{
	admit_policies(&u->pool, &u->scratch, &u->sink, &u->opt.ir,
	    &u->objects);
	platform_check(&u->sink, u->opt.platform, &u->objects);
	open_forgive(u);
	open_settle(u);
	object_list_settle(&u->objects, &u->perm);
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

/*
 * Accepted policies to rules.  Requires objects with their status; leaves ir.
 */
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

/*
 * Snapshot and rules to identities, and selectors to sets of them.  Requires
 * objects and ir; leaves world.
 */
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

/* Rules and identities to policy maps.  Requires world; leaves pmaps. */
static void
run_pmap(struct unit *u)
{
	pmap_compute(&u->pmaps, &u->pool, &u->perm, &u->scratch, &u->sink,
	    &u->world, &u->opt.pmap);
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

/*
 * Where the two models of precedence differ.  Requires pmaps of the model
 * clusterwide (of the other there is no difference); leaves models.
 */
static void
run_models(struct unit *u)
{
	models_compare(&u->models, &u->perm, &u->scratch, &u->pmaps);
}

/*
 * The checks of lint/.  Requires nothing: each check says what it needs, and
 * is left out where that was not made; leaves findings.
 */
static void
run_lint(struct unit *u)
{
	struct lint l = {
	    .sink = &u->sink,
	    .scratch = &u->scratch,
	    .platform = u->opt.platform,
	    .objects = &u->objects,
	    .policy_map_max = unit_policy_map_max(&u->opt),
	};

	if (unit_ran(u, PASS_IR))
		l.ir = &u->ir;
	if (unit_ran(u, PASS_PMAP))
		l.pmaps = &u->pmaps;
	if (unit_ran(u, PASS_MODELS))
		l.models = &u->models;
	lint_run(&l);
}

/* Findings about rules that could go, each tried.  Uses pmaps. */
static void
run_dead_rules(struct unit *u)
{
	if (unit_ran(u, PASS_PMAP))
		lint_check_dead_rules(&u->sink, &u->scratch, &u->pmaps,
		    &u->sources, u->opt.ncontext > 0);
}

/*
 * The lock of identities as it is to become, if there is to be one.  Requires
 * objects and world; leaves lock, or an error where the file is no lock.
 */
static void
run_lock(struct unit *u)
{
	const char *path = u->opt.identity_lock;

	if (!path)
		return;
	if (access(path, F_OK) == 0 &&
	    !identity_lock_read(&u->sources, &u->objects, path))
		diag_not_a_lock(&u->sink, (struct span){0}, path);
	else
		u->lock = identity_lock_text(&u->perm, &u->world, &u->objects);
}

/* Policy maps to files and programs.  Requires pmaps and the key; leaves
 * bundle. */
static void
run_bundle(struct unit *u)
{
	const struct bundle_options opt = {.version = u->opt.version,
	    .sources = &u->sources,
	    .objects = &u->objects,
	    .schema = u->opt.schema,
	    .key = u->opt.sign ? &u->key : NULL};

	bundle_make(&u->bundle, &u->pool, &u->perm, &u->sink, &opt, &u->pmaps);
}

/*
 * The bundle to its directory.  Requires out, bundle and a lock that may be
 * written; leaves written, or why it is not.
 */
static void
run_write(struct unit *u)
{
	const char *dir = u->opt.output, *held = input_below(u, dir);
	int error;

	if (held) {
		diag_output_holds_input(&u->sink, (struct span){0}, dir, held);
		return;
	}
	error = bundle_write(&u->bundle, &u->out);
	u->written = u->out.placed;
	if (error == EEXIST && !u->written)
		diag_not_a_bundle(&u->sink, (struct span){0}, dir);
	else if (error)
		u->failure =
		    (struct unit_failure){u->written ? "sync" : "write", dir,
			error};
	else if (u->out.leftover)
		diag_old_bundle_left(&u->sink, (struct span){0}, dir,
		    strerrordesc_np(u->out.leftover));
}

/* The lock to its file.  Requires lock, and that the bundle is written. */
static void
run_write_lock(struct unit *u)
{
	const char *path = u->opt.identity_lock;
	int error = path ? file_write(path, u->lock) : 0;

	if (error != 0)
		u->failure = (struct unit_failure){"write", path, error};
}

const struct pass passes[PASSES] = {
    [PASS_KEY] = {"key", .run = run_key},
    [PASS_OUTPUT] = {"output", .run = run_output},
    [PASS_SANDBOX] = {"sandbox", .run = run_sandbox},
    [PASS_YAML] = {"yaml", .run = run_yaml, .dump = dump_yaml},
    [PASS_REPO] = {"repo", PASS_BIT(YAML), .run = run_repo, .dump = dump_repo},
    [PASS_VERSION] = {"version", PASS_BIT(REPO), .run = run_version,
	.dump = dump_version},
    [PASS_AST] = {"ast", PASS_BIT(VERSION), .run = run_ast, .dump = dump_ast},
    [PASS_SETTINGS] = {"settings", PASS_BIT(AST), .run = run_settings,
	.dump = dump_settings},
    [PASS_SANITIZE] = {"sanitize", PASS_BIT(SETTINGS), .run = run_sanitize,
	.dump = dump_sanitize},
    [PASS_IR] = {"ir", PASS_BIT(SANITIZE), .run = run_ir, .dump = dump_ir,
	.verify = verify_ir},
    [PASS_IDENT] = {"ident", PASS_BIT(IR), .run = run_ident, .dump = dump_ident,
	.verify = verify_ident},
    [PASS_PMAP] = {"pmap", PASS_BIT(IDENT), .run = run_pmap, .dump = dump_pmap,
	.verify = verify_pmap},
    [PASS_MODELS] = {"models", PASS_BIT(PMAP), .run = run_models},
    [PASS_LINT] = {"lint",
	.uses = PASS_BIT(IR) | PASS_BIT(PMAP) | PASS_BIT(MODELS),
	.run = run_lint},
    [PASS_DEAD_RULES] = {"dead-rules", .uses = PASS_BIT(PMAP),
	.run = run_dead_rules},
    [PASS_LOCK] = {"lock", PASS_BIT(IDENT), .clean = true, .run = run_lock},
    [PASS_BUNDLE] = {"bundle", PASS_BIT(KEY) | PASS_BIT(PMAP), .clean = true,
	.run = run_bundle},
    [PASS_WRITE] = {"write",
	PASS_BIT(OUTPUT) | PASS_BIT(BUNDLE) | PASS_BIT(LOCK), .clean = true,
	.run = run_write},
    [PASS_WRITE_LOCK] = {"write-lock", PASS_BIT(WRITE), .clean = true,
	.run = run_write_lock},
};
