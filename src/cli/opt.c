/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/opt.h"

#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/near.h"
#include "base/num.h"
#include "base/work.h"

/* Values of common options on their way to struct options. */
struct common {
	bool help;
	int color, precedence, enforcement, localhost; /* choices */
	int cilium; /* -1: not given, as on the platform */
	int platform;
	const char *cluster_name, *node, *ns;
};

enum color {
	COLOR_AUTO,
	COLOR_ALWAYS,
	COLOR_NEVER,
};

enum localhost {
	LOCALHOST_AUTO, /* on Kubernetes the same as always */
	LOCALHOST_ALWAYS,
	LOCALHOST_POLICY,
};

/* Cilium versions in the order of the words of --cilium. */
static const unsigned cilium_versions[] = {120, 119, 118, 117};

/* Every table that applies to a command, in the order of the help. */
enum {
	TABLE_OWN,
	TABLE_COMPILE,
	TABLE_COMMON,
	TABLES,
};

struct tables {
	const struct opt *t[TABLES]; /* NULL: does not apply */
};

static const char *const titles[TABLES] = {"options:", "reading and compiling:",
    "common options:"};

/* The words of "a|b|c", NULL-terminated. */
static const char *const *
words(struct arena *a, const char *list)
{
	char *copy = arena_dup(a, list, strlen(list));
	VEC(const char *) v = {0};

	for (char *w; (w = strsep(&copy, "|"));)
		*vec_push(&v, a) = w;
	*vec_push(&v, a) = NULL;
	return v.v;
}

static const char *
stage_words(struct arena *a)
{
	struct buf b;

	buf_init(&b, a);
	for (int i = 0; i < PASSES; i++) {
		if (passes[i].dump)
			buf_printf(&b, "%s%s", b.n > 0 ? "|" : "",
			    passes[i].name);
	}
	return b.p;
}

/* Index of WORD in LIST; -1 when it is not there. */
static int
find_word(const char *const *list, const char *word)
{
	for (int i = 0; list[i]; i++) {
		if (strcmp(list[i], word) == 0)
			return i;
	}
	return -1;
}

/* "--name=ARG" as usage shows it. */
static void
put_syntax(struct buf *out, const struct opt *o)
{
	if (o->letter)
		buf_printf(out, "-%c, ", o->letter);
	buf_printf(out, "--%s%s%s", o->name, o->arg ? "=" : "",
	    o->arg ? o->arg : "");
}

static void
put_help(struct cli *cli, const struct tables *tables)
{
	const struct command *c = cli->command;
	struct buf *out = &cli->out.buf;

	buf_printf(out, "usage: cnpc %s%s%s [OPTION...]%s\n\n%s\n", c->name,
	    *c->args ? " " : "", c->args, c->inputs ? " INPUT..." : "",
	    c->summary);
	for (size_t i = 0; i < TABLES; i++) {
		const struct opt *o = tables->t[i];

		if (!o || !o->name)
			continue;
		buf_printf(out, "\n%s\n", titles[i]);
		for (; o->name; o++) {
			buf_puts(out, "  ");
			put_syntax(out, o);
			buf_printf(out, "\n        %s\n", o->help);
		}
	}
	if (c->inputs)
		buf_puts(out,
		    "\nINPUT is a file, a directory (every .yaml, .yml and "
		    ".json below it) or -.\n");
	buf_printf(out, "\nMore in cnpc-%s(1) and cnpc(1).\n", c->name);
}

/* What getopt_long() wants: both forms of every option. */
static const struct option *
long_options(struct arena *a, const struct tables *tables)
{
	VEC(struct option) v = {0};

	for (size_t i = 0; i < TABLES; i++) {
		for (const struct opt *o = tables->t[i]; o && o->name; o++)
			*vec_push(&v, a) = (struct option){.name = o->name,
			    .has_arg = !!o->arg};
	}
	*vec_push(&v, a) = (struct option){0};
	return v.v;
}

static const char *
short_options(struct arena *a, const struct tables *tables)
{
	struct buf b;

	buf_init(&b, a);
	/* '-': words come in their place; ':': tell a missing value apart */
	buf_puts(&b, "-:");
	for (size_t i = 0; i < TABLES; i++) {
		for (const struct opt *o = tables->t[i]; o && o->name; o++) {
			if (o->letter)
				buf_putc(&b, o->letter);
			if (o->letter && o->arg)
				buf_putc(&b, ':');
		}
	}
	return b.p;
}

/* The option of index INDEX in long_options(), or with LETTER. */
static const struct opt *
find_opt(const struct tables *tables, int index, int letter)
{
	for (size_t i = 0; i < TABLES; i++) {
		for (const struct opt *o = tables->t[i]; o && o->name; o++) {
			if (letter != 0 ? o->letter == letter : index-- == 0)
				return o;
		}
	}
	return NULL;
}

/* Puts a number in its place; false after telling that it is none. */
static bool
set_count(struct cli *cli, const struct opt *o, const char *value)
{
	uint64_t n;

	if (!num_u64(str_of(value), POOL_MAX, &n) || n == 0) {
		cli_usage(cli, "--%s takes a number from 1 to %d, not \"%s\"",
		    o->name, POOL_MAX, value);
		return false;
	}
	*o->count = (unsigned)n;
	return true;
}

/* Puts a value in its place; false after telling that it does not fit. */
static bool
set_value(struct cli *cli, const struct opt *o, const char *value)
{
	const char *const *list;
	int i;

	switch (o->type) {
	case OPT_FLAG:
		*o->flag = true;
		return true;
	case OPT_STR:
		*o->str = value;
		return true;
	case OPT_LIST:
		*vec_push(&o->list->v, &cli->arena) = value;
		return true;
	case OPT_COUNT:
		return set_count(cli, o, value);
	case OPT_BOOL:
	case OPT_WORD:
	case OPT_CHOICE:
		break;
	}
	list = words(&cli->arena, o->type == OPT_BOOL ? "false|true" : o->arg);
	i = find_word(list, value);
	if (i < 0) {
		cli_usage(cli, "--%s takes %s, not \"%s\"%s", o->name,
		    o->type == OPT_BOOL ? "true or false" : o->arg, value,
		    near_hint(&cli->arena, str_of(value), list, "\""));
		return false;
	}
	if (o->type == OPT_BOOL)
		*o->flag = i == 1;
	else if (o->type == OPT_WORD)
		*o->str = list[i];
	else
		*o->choice = i;
	return true;
}

/* What getopt_long() stumbled over: a letter, or the word before optind. */
static const char *
culprit(struct cli *cli)
{
	const char *word = cli->argv[optind - 1];

	if (optopt != 0)
		return arena_printf(&cli->arena, "-%c", optopt);
	return arena_dup(&cli->arena, word, strcspn(word, "="));
}

static int
bad_option(struct cli *cli, const struct option *longs)
{
	VEC(const char *) names = {0};
	const char *word = culprit(cli);

	for (; longs->name; longs++)
		*vec_push(&names, &cli->arena) =
		    arena_printf(&cli->arena, "--%s", longs->name);
	*vec_push(&names, &cli->arena) = NULL;
	if (find_word(names.v, word) >= 0)
		return cli_usage(cli, "%s takes no value", word);
	return cli_usage(cli, "unknown option %s%s", word,
	    near_hint(&cli->arena, str_of(word), names.v, ""));
}

/* One of the words that are no options. */
static int
add_word(struct cli *cli, struct options *o, const char *word)
{
	if (o->nargs < cli->command->takes)
		o->args[o->nargs++] = word;
	else if (cli->command->inputs)
		*vec_push(&o->inputs.v, &cli->arena) = word;
	else
		return cli_usage(cli, "one argument too many: %s", word);
	return OPT_GO;
}

/* Option OPT with the value optarg. */
static int
use_opt(struct cli *cli, const struct opt *opt, struct options *o)
{
	if (!set_value(cli, opt, optarg))
		return STATUS_USAGE;
	if (opt->setting != SETTING_NONE)
		o->unit.given |= 1u << opt->setting;
	return OPT_GO;
}

static int
read_words(struct cli *cli, const struct tables *tables, struct options *o)
{
	const struct option *longs = long_options(&cli->arena, tables);
	const char *shorts = short_options(&cli->arena, tables);
	int c, index = 0, status = OPT_GO;

	opterr = 0;
	optind = 0; /* glibc: begin anew */
	while (status == OPT_GO &&
	    (c = getopt_long(cli->argc, cli->argv, shorts, longs, &index)) !=
		-1) {
		if (c == 1)
			status = add_word(cli, o, optarg);
		else if (c == ':')
			status =
			    cli_usage(cli, "%s needs a value", culprit(cli));
		else if (c == '?')
			status = bad_option(cli, longs);
		else
			status = use_opt(cli, find_opt(tables, index, c), o);
	}
	while (status == OPT_GO && optind < cli->argc)
		status = add_word(cli, o, cli->argv[optind++]);
	return status;
}

static bool
want_color(enum color c, int fd)
{
	const char *no = getenv("NO_COLOR");

	return c == COLOR_ALWAYS ||
	    (c == COLOR_AUTO && isatty(fd) && !(no && *no));
}

/* The options of every command that compiles. */
static const struct opt *
compile_table(struct arena *a, struct common *c, struct options *o)
{
	struct unit_options *u = &o->unit;
	const char *stages = stage_words(a);
	const struct opt table[] = {
	    {"file", 'f', "FILE", "another INPUT", OPT_LIST,
		.list = &o->inputs},
	    {"cluster", 0, "PATH", "cluster snapshot: read, never linted",
		OPT_LIST, .list = &o->cluster},
	    {"precedence", 0, "clusterwide|cilium",
		"who decides: cluster-wide rules first, or all at once as in "
		"Cilium (clusterwide)",
		OPT_CHOICE, .choice = &c->precedence},
	    {"profile", 0, "oss|aks|aks-acns",
		"what the platform takes of what Cilium can do (oss)",
		OPT_CHOICE, .choice = &c->platform},
	    {"cilium", 0, "1.20|1.19|1.18|1.17",
		"version to model (1.20; on AKS 1.18)", OPT_CHOICE,
		.choice = &c->cilium},
	    {"ipv4", 0, "BOOL", "whether the cluster has IPv4 (true)", OPT_BOOL,
		.flag = &u->ir.ipv4, .setting = SETTING_IPV4},
	    {"ipv6", 0, "BOOL", "whether the cluster has IPv6 (true)", OPT_BOOL,
		.flag = &u->ir.ipv6, .setting = SETTING_IPV6},
	    {"admin-network-policy", 0, NULL,
		"judge AdminNetworkPolicy, too, which no agent reads", OPT_FLAG,
		.flag = &u->ir.admin_network_policy},
	    {"enforcement", 0, "default|always|never",
		"the agent's enable-policy (default)", OPT_CHOICE,
		.choice = &c->enforcement, .setting = SETTING_ENFORCEMENT},
	    {"allow-localhost", 0, "auto|always|policy",
		"the agent's allow-localhost (auto)", OPT_CHOICE,
		.choice = &c->localhost, .setting = SETTING_ALLOW_LOCALHOST},
	    {"cluster-name", 0, "NAME", "name of the cluster (default)",
		OPT_STR, .str = &c->cluster_name,
		.setting = SETTING_CLUSTER_NAME},
	    {"node", 0, "NAME",
		"the node whose view is taken: its addresses are the host",
		OPT_STR, .str = &c->node},
	    {"namespace", 0, "NAME",
		"for manifests that leave it out (default)", OPT_STR,
		.str = &c->ns},
	    {"identity-lock", 0, "FILE",
		"numbers of identities to keep; compile brings it up to date",
		OPT_STR, .str = &u->identity_lock},
	    {"stop-after", 0, stages, "run no pass behind this one", OPT_WORD,
		.str = &u->stop_after},
	    {"dump", 0, stages, "print what this pass made, and stop", OPT_WORD,
		.str = &u->dump},
	    {"jobs", 'j', "N",
		"threads to work with (as many as there are processors)",
		OPT_COUNT, .count = &u->jobs},
	    {"time-passes", 0, NULL, "tell what each pass cost", OPT_FLAG,
		.flag = &o->time_passes},
	    {0},
	};

	return memcpy(arena_alloc(a, sizeof(table)), table, sizeof(table));
}

/* The rest of struct options, from the values of compile_table(). */
static void
fill_unit(struct cli *cli, const struct common *c, struct options *o)
{
	struct unit_options *u = &o->unit;

	u->ir.model =
	    c->precedence == 0 ? IR_MODEL_CLUSTERWIDE : IR_MODEL_CILIUM;
	u->platform = (enum platform)c->platform;
	u->ir.cilium = u->schema.cilium = c->cilium < 0
	    ? platform_cilium(u->platform)
	    : cilium_versions[c->cilium];
	if (c->cluster_name)
		u->ir.cluster_name = str_of(c->cluster_name);
	if (c->node)
		u->ir.node = str_of(c->node);
	if (c->ns)
		u->schema.default_ns = str_of(c->ns);
	u->pmap.enforcement = (enum pmap_enforcement)c->enforcement;
	u->pmap.allow_localhost = c->localhost != LOCALHOST_POLICY;
	u->version = cli->version;
	u->inputs = o->inputs.v.v;
	u->ninputs = o->inputs.v.n;
	/* Before the first run there is none. */
	if (u->identity_lock && access(u->identity_lock, F_OK) == 0)
		*vec_push(&o->cluster.v, &cli->arena) = u->identity_lock;
	u->cluster = o->cluster.v.v;
	u->ncluster = o->cluster.v.n;
}

int
opt_parse(struct cli *cli, const struct opt *own, struct options *ret)
{
	bool compiles = cli->command->inputs;
	struct common c = {.cilium = -1};
	const struct opt common[] = {
	    {"color", 0, "auto|always|never",
		"colours (auto: on a terminal, unless NO_COLOR is set)",
		OPT_CHOICE, .choice = &c.color},
	    {"help", 'h', NULL, "print this", OPT_FLAG, .flag = &c.help},
	    {0},
	};
	struct options o = {.args = ARENA_ARRAY(&cli->arena, const char *,
				cli->command->takes)};
	const struct tables tables = {{own,
	    compiles ? compile_table(&cli->arena, &c, &o) : NULL, common}};
	int status;

	unit_options_default(&o.unit);
	status = read_words(cli, &tables, &o);
	if (status != OPT_GO)
		return status;
	if (c.help) {
		put_help(cli, &tables);
		return STATUS_OK;
	}
	if (o.nargs < cli->command->needs)
		return cli_usage(cli, "needs %s", cli->command->args);
	if (!o.unit.ir.ipv4 && !o.unit.ir.ipv6)
		return cli_usage(cli, "a cluster has IPv4, IPv6 or both");
	if (compiles && o.inputs.v.n == 0)
		return cli_usage(cli,
		    "no input: name a file, a directory or -");
	cli->color_out = want_color((enum color)c.color, STDOUT_FILENO);
	cli->color_err = want_color((enum color)c.color, STDERR_FILENO);
	fill_unit(cli, &c, &o);
	*ret = o;
	return OPT_GO;
}
