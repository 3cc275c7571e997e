/* SPDX-License-Identifier: Apache-2.0 */

/*
 * usage: test_kernel_conformance CASES CATEGORY VERSION
 *
 * Compiles every conformance case of a category into a bundle for a version of
 * Cilium, as 1.20, in both models,
 * loads its programs, and compares what they do to packets with what
 * pmap_lookup() says: all policies, all peers, both directions and families,
 * the probes of the case and those that follow from the entries.
 */
#include <dirent.h>
#include <err.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "cnpc_abi.h"
#include "cilium/version.h"
#include "driver/unit.h"
#include "bundle/write.h"
#include "bundle/program.h"
#include "bundle/read.h"
#include "kernel/trial.h"
#include "compile.h"
#include "kernel_test.h"
#include "yaml/yaml_read.h"

#define FILE_MAX ((size_t)64 << 20)

/* One case in one model. */
struct run {
	struct arena arena;
	struct diag_sink sink; /* for our own reading: nothing may come */
	struct source_set sources;
	const char *dir; /* of the case */
	const char *bundle;
	struct unit unit;
	struct bundle_content content;
	const struct ynode *expected;
};

static const struct ynode *
read_json(struct run *r, const char *dir, const char *name)
{
	const char *path = arena_printf(&r->arena, "%s/%s", dir, name);
	const struct ynode *n;
	struct str text;
	int error = file_read(&r->arena, path, FILE_MAX, &text);

	if (error)
		errx(1, "%s: %s", path, strerrordesc_np(error));
	n = json_read(&r->arena, &r->sink, text,
	    source_add(&r->sources, path, text), 0, &ylimits_default);
	if (!n)
		errx(1, "%s: not JSON", path);
	return n;
}

static void
compile_case(struct run *r, enum ir_model model, unsigned cilium)
{
	const char *const inputs[] = {
	    arena_printf(&r->arena, "%s/cluster.yaml", r->dir),
	    arena_printf(&r->arena, "%s/policies.yaml", r->dir),
	};
	const struct ynode *options = read_json(r, r->dir, "options.json");
	const struct ynode *ipv6 = ynode_get(options, "ipv6");
	const struct ynode *enforcement = ynode_get(options, "enforcement");
	const struct ynode *localhost = ynode_get(options, "localhost");
	struct unit_options opt;

	unit_options_default(&opt);
	opt.ir.model = model;
	opt.ir.cilium.number = opt.schema.cilium = cilium;
	if (ipv6)
		opt.ir.ipv6 = ipv6->b;
	if (enforcement && str_is(enforcement->s, "always"))
		opt.pmap.enforcement = PMAP_ENFORCE_ALWAYS;
	if (localhost && str_is(localhost->s, "policy"))
		opt.pmap.allow_localhost = false;
	opt.inputs = inputs;
	opt.ninputs = 2;
	unit_init(&r->unit, &opt);
	unit_run(&r->unit, PASS_BIT(PMAP));
	if (!unit_ran(&r->unit, PASS_PMAP))
		errx(1, "%s: the compiler did not finish", r->dir);
}

static void
write_bundle(struct run *r)
{
	struct bundle_options opt = {
	    .version = "test",
	    .sources = &r->unit.sources,
	    .objects = &r->unit.objects,
	    .schema = r->unit.opt.schema,
	};
	struct bundle bundle;
	int error;

	bundle_make(&bundle, &r->unit.pool, &r->arena, &r->sink, &opt,
	    &r->unit.pmaps);
	if (r->sink.v.n > 0)
		errx(1, "%s: no bundle", r->dir);
	error = compile_write(&bundle, &r->arena, r->bundle);
	if (error)
		errx(1, "%s: no bundle: %s", r->dir, strerrordesc_np(error));
	error = bundle_read(&r->content, &r->unit.pool, &r->arena, &r->sink,
	    &r->sources, r->bundle, NULL);
	if (error || !r->content.whole)
		errx(1, "%s: the bundle is not read again", r->dir);
}

/* What the computed policy says. */
static struct verdict
expect_pmap(void *arg, enum direction dir, uint32_t peer, uint8_t proto,
    uint16_t port)
{
	static const uint8_t reasons[] = {
	    [PMAP_ALLOWED] = CNPC_ALLOWED,
	    [PMAP_REDIRECTED] = CNPC_REDIRECTED,
	    [PMAP_DENIED] = CNPC_DENIED,
	    [PMAP_NO_MATCH] = CNPC_NO_ENTRY,
	    [PMAP_AUTH] = CNPC_AUTH_NEEDED,
	};
	struct run *r = ((void **)arg)[0];
	const struct pmap_class *class = ((void **)arg)[1];
	struct pmap_result result;
	struct verdict v = {0};
	ident_idx_t idx;

	if (!world_find_id(&r->unit.world, (sec_id_t){peer}, &idx))
		errx(1, "%s: identity %u is not in the world", r->dir, peer);
	result = pmap_lookup(class->direction[dir], idx, proto, port);
	v.reason = reasons[result.verdict];
	if (result.verdict == PMAP_REDIRECTED)
		v.proxy_port = bundle_proxy_port(result.value.redirect);
	/* Which one decides is known of the image alone. */
	v.entry =
	    policy_decide(((void **)arg)[2], dir, peer, proto, port).entry;
	return v;
}

/* "6/80" of the case's own list. */
static void
add_case_probes(struct run *r, struct probes *probes)
{
	const struct ynode *list = ynode_get(r->expected, "probes");

	for (uint32_t i = 0; list && i < list->seq.n; i++) {
		unsigned proto, port;
		struct probe p;

		if (sscanf(list->seq.v[i]->s.s, "%u/%u", &proto, &port) != 2)
			errx(1, "%s: not a probe", r->dir);
		p = (struct probe){(uint8_t)proto, (uint16_t)port};
		probes_add(probes, &r->arena, &p, 1);
	}
}

/* Hosts share an identity and have policies of their own, so that of an
 * endpoint with the policy. */
static const struct pmap_class *
class_of(struct run *r, const struct bundle_policy *policy)
{
	const struct world *w = &r->unit.world;
	ident_idx_t idx;

	VEC_FOREACH (e, &r->content.endpoints) {
		if (e->policy == policy)
			return pmap_class_of_endpoint(&r->unit.pmaps,
			    world_find_endpoint(w, e->ns, e->name));
	}
	if (!world_find_id(w, (sec_id_t){policy->identity}, &idx))
		errx(1, "%s: a policy of nobody", r->dir);
	return pmap_class_of(&r->unit.pmaps, idx);
}

static void
try_hosts(struct run *r, const struct trial *t, const struct test_host *v,
    uint32_t n, const struct probes *probes, struct trial_tally *tally)
{
	for (uint32_t i = 0; i < n; i++) {
		for (int dir = 0; dir < 2; dir++) {
			int error = trial_host(tally, &r->arena, t,
			    (enum direction)dir, &v[i], probes);

			if (error)
				errx(1, "%s: %s", r->dir,
				    strerrordesc_np(error));
		}
	}
}

static void
try_policy(struct run *r, const struct bundle_policy *policy,
    struct testnet *net, struct trial_tally *tally)
{
	const struct pmap_class *class = class_of(r, policy);
	struct image img = bundle_policy_image(&r->content, &r->arena, policy);
	struct kernel_policy loaded;
	struct policy_table table;
	void *arg[] = {r, (void *)class, &table};
	struct probes probes = {0};
	struct program_params params;
	const char *log;
	int error = kernel_policy_open(&loaded, &r->arena, policy->object, &img,
	    net->fd, &log);

	if (error)
		errx(1, "%s: not loaded: %s\n%s", r->dir,
		    strerrordesc_np(error), log);
	program_params_of(&params, &r->arena, &img, 1, &r->content.traits);
	policy_table_read(&table, &r->arena, &img);
	probes_add_common(&probes, &r->arena);
	probes_add_entries(&probes, &r->arena, table.v, table.n);
	add_case_probes(r, &probes);
	/* A policy is its members' alike; the first one stands for all. */
	struct trial t = {
	    .policy = &loaded,
	    .local = testnet_host(net, policy->identity),
	    .config = &params.config,
	    .decide = expect_pmap,
	    .arg = arg,
	};
	if (trial_begin(tally, &t, 0) != 0)
		errx(1, "%s: no counters", r->dir);
	try_hosts(r, &t, net->v, net->n, &probes, tally);
	try_hosts(r, &t, net->unmapped, net->nunmapped, &probes, tally);
	if (trial_end(tally, &r->arena, &t) != 0)
		errx(1, "%s: no counters", r->dir);
	kernel_policy_close(&loaded);
}

static void
try_bundle(struct run *r, struct trial_tally *tally)
{
	const struct world *w = &r->unit.world;
	uint32_t n = (uint32_t)w->idents.n;
	uint32_t *ids = ARENA_ARRAY(&r->arena, uint32_t, n);
	const bool family[2] = {r->unit.opt.ir.ipv4, r->unit.opt.ir.ipv6};
	uint32_t world[2];
	struct testnet net;
	int error;

	sec_id_worlds(family, world);
	for (uint32_t i = 0; i < n; i++)
		ids[i] = w->idents.v[i].id.id;
	error =
	    testnet_open(&net, &r->arena, &r->content.ipcache, ids, n, world);
	if (error)
		errx(1, "%s: %s", r->dir, strerrordesc_np(error));
	VEC_FOREACH (p, &r->content.policies)
		try_policy(r, p, &net, tally);
	testnet_close(&net);
}

/* Removes what write_bundle() wrote into TMP. */
static void
remove_bundle(struct run *r)
{
	const struct ynode *outputs = ynode_get(r->content.manifest, "outputs");
	static const char *const rest[] = {BUNDLE_MANIFEST, "maps", "programs",
	    ""};

	for (uint32_t i = 0; i < outputs->seq.n; i++)
		remove(arena_printf(&r->arena, "%s/%s", r->bundle,
		    ynode_get(outputs->seq.v[i], "name")->s.s));
	for (size_t i = 0; i < sizeof(rest) / sizeof(*rest); i++)
		remove(arena_printf(&r->arena, "%s/%s", r->bundle, rest[i]));
}

static void
run_case(const char *dir, const char *tmp, enum ir_model model, unsigned cilium,
    struct trial_tally *total)
{
	struct run r = {.dir = dir};
	struct trial_tally tally = {0};

	diag_sink_init(&r.sink, &r.arena);
	source_set_init(&r.sources, &r.arena);
	r.bundle = arena_printf(&r.arena, "%s/bundle", tmp);
	r.expected = read_json(&r, dir, "expected.json");
	compile_case(&r, model, cilium);
	write_bundle(&r);
	try_bundle(&r, &tally);
	remove_bundle(&r);
	if (tally.wrong > 0)
		printf("%s [%s]: %llu of %llu wrong; %s\n", dir,
		    model == IR_MODEL_CILIUM ? "cilium" : "clusterwide",
		    (unsigned long long)tally.wrong,
		    (unsigned long long)tally.runs, tally.first);
	total->runs += tally.runs;
	total->wrong += tally.wrong;
	unit_free(&r.unit);
	arena_free(&r.arena);
}

/* Whether NAME is "CATEGORY-NUMBER". */
static bool
is_case_of(const char *name, const char *category)
{
	const char *dash = strrchr(name, '-');

	return dash && strlen(category) == (size_t)(dash - name) &&
	    strncmp(name, category, (size_t)(dash - name)) == 0;
}

int
main(int argc, char **argv)
{
	char tmp[] = "/tmp/cnpc-kernel-XXXXXX";
	struct trial_tally total = {0};
	struct dirent **v;
	unsigned cases = 0, cilium;
	int n;

	if (argc != 4)
		errx(1,
		    "usage: test_kernel_conformance CASES CATEGORY VERSION");
	if (!version_parse(str_of(argv[3]), &cilium))
		errx(1, "%s: no version", argv[3]);
	need_kernel();
	n = scandir(argv[1], &v, NULL, alphasort);
	if (n < 0 || !mkdtemp(tmp))
		err(1, "%s", argv[1]);
	for (int i = 0; i < n; i++) {
		char dir[4096];

		snprintf(dir, sizeof(dir), "%s/%s", argv[1], v[i]->d_name);
		if (is_case_of(v[i]->d_name, argv[2])) {
			run_case(dir, tmp, IR_MODEL_CILIUM, cilium, &total);
			run_case(dir, tmp, IR_MODEL_CLUSTERWIDE, cilium,
			    &total);
			cases++;
		}
		free(v[i]);
	}
	free(v);
	rmdir(tmp);
	printf("%s: %u cases, %llu packets, %llu wrong\n", argv[2], cases,
	    (unsigned long long)total.runs, (unsigned long long)total.wrong);
	return cases == 0 || total.runs == 0 || total.wrong > 0;
}
