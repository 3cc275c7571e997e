/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What to compile, as which cluster would take it, and how: three tables that
 * the help shows as one.
 */
#include "cli/opt_compile.h"

#include <unistd.h>

#include "base/variable.h"

typedef VEC(struct opt) opt_vec;

#define ADD_ROWS(v, a, rows) \
	add_rows((v), (a), (rows), sizeof(rows) / sizeof(*(rows)))

static const struct word models[] = {{"clusterwide", IR_MODEL_CLUSTERWIDE},
    {"cilium", IR_MODEL_CILIUM}, {0}};

/* The stages of the table of passes. */
static const struct word *
stage_words(struct arena *a)
{
	VEC(struct word) v = {0};

	for (int i = 0; i < PASSES; i++) {
		if (passes[i].dump)
			*vec_push(&v, a) = (struct word){passes[i].name, i};
	}
	*vec_push(&v, a) = (struct word){0};
	return v.v;
}

static void
add_rows(opt_vec *v, struct arena *a, const struct opt *rows, size_t n)
{
	for (size_t i = 0; i < n; i++)
		*vec_push(v, a) = rows[i];
}

static void
add_inputs(opt_vec *v, struct arena *a, struct options *o)
{
	const struct opt rows[] = {
	    {"file", 'f', "FILE", "another INPUT", OPT_LIST,
		.list = &o->inputs},
	    {"cluster", 0, "PATH", "cluster snapshot: read, never linted",
		OPT_LIST, .list = &o->cluster},
	    {"root", 0, "DIR", "the folder to build, of several clusters",
		OPT_STR, .str = &o->root},
	    {"var", 0, "NAME=VALUE",
		"value of a variable that nothing in the input gives; may be "
		"given again",
		OPT_LIST, .list = &o->vars},
	    {"embedded", 0, NULL,
		"policies inside of other objects are in force", OPT_FLAG,
		.flag = &o->unit.embedded},
	    {"config", 0, "FILE",
		"the configuration (.cnpc.yaml beside the inputs or above)",
		OPT_STR, .str = &o->config_file},
	    {"no-config", 0, NULL, "take no configuration", OPT_FLAG,
		.flag = &o->no_config},
	    {"allow-empty", 0, NULL, "a FILE without manifests is no mistake",
		OPT_FLAG, .flag = &o->unit.allow_empty},
	};

	ADD_ROWS(v, a, rows);
}

/* What a cluster is like. */
static void
add_cluster(opt_vec *v, struct arena *a, struct unit_options *u,
    struct compile_words *w)
{
	const struct opt rows[] = {
	    {"precedence", 0, NULL,
		"who decides: cluster-wide rules first, or all at once as in "
		"Cilium (clusterwide)",
		OPT_WORD, .word = &w->model, .words = models},
	    {"profile", 0, NULL,
		"what the platform takes of what Cilium can do (oss)", OPT_WORD,
		.word = &w->platform, .words = platform_words},
	    {"kubernetes", 0, "VERSION",
		"version of Kubernetes on the platform, as 1.35 (the newest)",
		OPT_STR, .str = &w->kubernetes},
	    {"cilium", 0, "VERSION",
		"version to model, as 1.20, whose last patch it means, or "
		"1.18.6 (that of the inputs, of the platform, or 1.20)",
		OPT_VERSION, .version = &w->cilium, .setting = SETTING_CILIUM},
	    {"ipv4", 0, "BOOL", "whether the cluster has IPv4 (true)", OPT_BOOL,
		.flag = &u->ir.ipv4, .setting = SETTING_IPV4},
	    {"ipv6", 0, "BOOL", "whether the cluster has IPv6 (true)", OPT_BOOL,
		.flag = &u->ir.ipv6, .setting = SETTING_IPV6},
	    {"admin-network-policy", 0, NULL,
		"judge AdminNetworkPolicy, too, which no agent reads", OPT_FLAG,
		.flag = &u->ir.admin_network_policy},
	    {"enforcement", 0, NULL, "the agent's enable-policy (default)",
		OPT_WORD, .word = &w->enforcement,
		.words = settings_enforcement, .setting = SETTING_ENFORCEMENT},
	    {"allow-localhost", 0, NULL, "the agent's allow-localhost (auto)",
		OPT_WORD, .word = &w->localhost, .words = settings_localhost,
		.setting = SETTING_ALLOW_LOCALHOST},
	    {"cluster-name", 0, "NAME", "name of the cluster (default)",
		OPT_STR, .str = &u->ir.cluster_name,
		.setting = SETTING_CLUSTER_NAME},
	    {"node", 0, "NAME",
		"the node whose view is taken: its addresses are the host",
		OPT_STR, .str = &u->ir.node},
	    {"namespace", 0, "NAME",
		"for manifests that leave it out (default)", OPT_STR,
		.str = &w->ns},
	};

	ADD_ROWS(v, a, rows);
}

/* How the compiler runs. */
static void
add_run(opt_vec *v, struct arena *a, struct options *o, struct compile_words *w)
{
	const struct word *stages = stage_words(a);
	const struct opt rows[] = {
	    {"identity-lock", 0, "FILE",
		"numbers of identities to keep; compile brings it up to date",
		OPT_STR, .str = &w->identity_lock},
	    {"stop-after", 0, NULL, "run no pass behind this one", OPT_WORD,
		.word = &o->unit.stop_after, .words = stages},
	    {"dump", 0, NULL, "print what this pass made, and stop", OPT_WORD,
		.word = &o->unit.dump, .words = stages},
	    {"jobs", 'j', "N",
		"threads to work with (as many as there are processors)",
		OPT_COUNT, .count = &o->unit.jobs},
	    {"time-passes", 0, NULL, "tell what each pass cost", OPT_FLAG,
		.flag = &o->time_passes},
	    {"no-sandbox", 0, NULL,
		"keep the rights that reading and judging do not need",
		OPT_FLAG, .flag = &o->no_sandbox},
	    {0},
	};

	ADD_ROWS(v, a, rows);
}

void
compile_words_init(struct compile_words *w, const struct unit_options *u)
{
	*w = (struct compile_words){
	    .model = (int)u->ir.model,
	    .platform = (int)u->platform,
	    .enforcement = (int)u->pmap.enforcement,
	    .localhost = u->pmap.allow_localhost,
	};
}

const struct opt *
compile_table(struct arena *a, struct options *o, struct compile_words *w)
{
	opt_vec v = {0};

	add_inputs(&v, a, o);
	add_cluster(&v, a, &o->unit, w);
	add_run(&v, a, o, w);
	return v.v;
}

/* What the platform runs on, into O; OPT_GO, or the status of a mistake. */
static int
set_kubernetes(struct cli *cli, const struct compile_words *w,
    struct unit_options *u)
{
	const struct platform_kubernetes *k = platform_kubernetes(u->platform);
	const char *name = platform_name(u->platform);

	if (!k && w->kubernetes.n > 0)
		return cli_usage(cli,
		    "--kubernetes goes with a platform: "
		    "--profile=aks");
	while (k && k->name && w->kubernetes.n > 0 &&
	    !str_is(w->kubernetes, k->name))
		k++;
	if (k && !k->name)
		return cli_usage(cli,
		    "of Kubernetes %s it is not known which "
		    "Cilium %s runs",
		    w->kubernetes.s, name);
	if (k && k->cilium == 0 && !(u->given & 1u << SETTING_CILIUM))
		return cli_usage(cli,
		    "%s with Kubernetes %s runs Cilium %s, which is not "
		    "modelled",
		    name, k->name, k->old);
	u->kubernetes = k;
	return OPT_GO;
}

/* OPT_GO, or the status of a mistake. */
static int
check_vars(struct cli *cli, const struct options *o)
{
	VEC_FOREACH (text, &o->vars.v) {
		size_t n = variable_name_length(str_of(*text));

		if (n == 0 || (*text)[n] != '=')
			return cli_usage(cli,
			    "--var takes NAME=VALUE, not \"%s\"", *text);
	}
	return OPT_GO;
}

/* Model, platform and version of U; OPT_GO, or the status of a mistake. */
static int
settle(struct cli *cli, const struct compile_words *w, struct unit_options *u)
{
	int status;

	u->ir.model = (enum ir_model)w->model;
	u->platform = (enum platform)w->platform;
	status = set_kubernetes(cli, w, u);
	if (u->given & 1u << SETTING_CILIUM)
		u->ir.cilium.number = w->cilium;
	else
		u->ir.cilium.number =
		    u->kubernetes ? u->kubernetes->cilium : VERSION_LAST;
	u->schema.cilium = u->ir.cilium.number;
	return status;
}

/* The words that have a table. */
static const struct {
	const char *key;
	const struct word *words;
} side_words[] = {{"precedence", models}, {"profile", platform_words},
    {"kubernetes", NULL}};

bool
compile_is_word(struct str key)
{
	for (size_t i = 0; i < sizeof(side_words) / sizeof(*side_words); i++) {
		if (str_is(key, side_words[i].key))
			return true;
	}
	return false;
}

/* The value of SET, if it is of KEY, into RET; OPT_GO, or a mistake. */
static int
side_word(struct cli *cli, const struct setting_value *set, size_t key,
    int *ret)
{
	const struct word *w;

	if (!str_is(set->key, side_words[key].key))
		return OPT_GO;
	w = word_find(side_words[key].words, set->value);
	if (!w)
		return cli_usage(cli, "--set: %s takes %s, not \"%s\"",
		    side_words[key].key,
		    word_list(&cli->arena, side_words[key].words, "", ", "),
		    set->value.s);
	*ret = w->value;
	return OPT_GO;
}

int
compile_side(struct cli *cli, struct unit_options *u,
    const struct setting_value *set, size_t n)
{
	int platform = (int)u->platform, status = OPT_GO;
	struct compile_words w;

	compile_words_init(&w, u);
	w.cilium = u->ir.cilium.number;
	for (size_t i = 0; i < n && status == OPT_GO; i++) {
		status = side_word(cli, &set[i], 0, &w.model);
		if (status == OPT_GO)
			status = side_word(cli, &set[i], 1, &w.platform);
	}
	if (u->kubernetes && w.platform == platform)
		w.kubernetes = str_of(u->kubernetes->name);
	for (size_t i = 0; i < n; i++) {
		if (str_is(set[i].key, side_words[2].key))
			w.kubernetes = set[i].value;
	}
	return status == OPT_GO ? settle(cli, &w, u) : status;
}

int
compile_finish(struct cli *cli, const struct compile_words *w,
    struct options *o)
{
	struct unit_options *u = &o->unit;
	int status;

	status = settle(cli, w, u);
	if (status == OPT_GO)
		status = check_vars(cli, o);
	u->pmap.enforcement = (enum pmap_enforcement)w->enforcement;
	u->pmap.allow_localhost = w->localhost;
	u->version = cli->version;
	u->inputs = o->inputs.v.v;
	u->ninputs = o->inputs.v.n;
	u->root = o->root.s;
	u->ns_given = w->ns.s;
	if (w->ns.s)
		u->schema.default_ns = w->ns;
	u->identity_lock = w->identity_lock.s;
	/* Before the first run there is none. */
	if (u->identity_lock && access(u->identity_lock, F_OK) == 0)
		*vec_push(&o->cluster.v, &cli->arena) = u->identity_lock;
	u->vars = o->vars.v.v;
	u->nvars = o->vars.v.n;
	u->cluster = o->cluster.v.v;
	u->ncluster = o->cluster.v.n;
	return status;
}
