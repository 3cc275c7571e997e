/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Command lines by tables of options: getopt_long() is told what they hold,
 * values go where they say, and the help prints them.
 */
#include "cli/opt.h"

#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/near.h"
#include "base/num.h"
#include "base/work.h"
#include "cilium/version.h"
#include "cli/opt_compile.h"
#include "cli/opt_config.h"
#include "cli/revisions.h"

enum color {
	COLOR_AUTO,
	COLOR_ALWAYS,
	COLOR_NEVER,
};

static const struct word colors[] = {{"auto", COLOR_AUTO},
    {"always", COLOR_ALWAYS}, {"never", COLOR_NEVER}, {0}};

static const struct word truth[] = {{"false", false}, {"true", true}, {0}};

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

/* What usage calls the value of an option that takes one. */
static const char *
value_name(struct arena *a, const struct opt *o)
{
	return o->words ? word_list(a, o->words, "", "|") : o->arg;
}

/* "--name=ARG" as usage shows it. */
static void
put_syntax(struct cli *cli, const struct opt *o)
{
	struct buf *out = &cli->out.buf;

	if (o->letter)
		buf_printf(out, "-%c, ", o->letter);
	buf_printf(out, "--%s", o->name);
	if (o->type != OPT_FLAG)
		buf_printf(out, "=%s", value_name(&cli->arena, o));
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
			put_syntax(cli, o);
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
			    .has_arg = o->type != OPT_FLAG};
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
			if (o->letter && o->type != OPT_FLAG)
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

/* Puts a version in its place; false after telling that it is none. */
static bool
set_version(struct cli *cli, const struct opt *o, const char *value)
{
	if (version_parse(str_of(value), o->version))
		return true;
	cli_usage(cli,
	    "--%s takes 1.%u to 1.%u, or a patch of one as " VERSION_FMT
	    ", not \"%s\"",
	    o->name, version_minor(VERSION_FIRST) % 100,
	    version_minor(VERSION_LAST) % 100, VERSION_ARG(CILIUM_1_18), value);
	return false;
}

/* The row of a value; NULL after telling that it is no such word. */
static const struct word *
read_word(struct cli *cli, const struct opt *o, const char *value)
{
	const struct word *table = o->type == OPT_BOOL ? truth : o->words;
	const struct word *w = word_find(table, str_of(value));

	if (!w)
		cli_usage(cli, "--%s takes %s, not \"%s\"%s", o->name,
		    o->type == OPT_BOOL ? "true or false"
					: value_name(&cli->arena, o),
		    value,
		    near_hint(&cli->arena, str_of(value),
			word_texts(&cli->arena, table), "\""));
	return w;
}

/* Puts a value in its place; false after telling that it does not fit. */
static bool
set_value(struct cli *cli, const struct opt *o, const char *value)
{
	const struct word *w;

	switch (o->type) {
	case OPT_FLAG:
		*o->flag = true;
		return true;
	case OPT_BOOL:
		w = read_word(cli, o, value);
		if (w)
			*o->flag = w->value;
		return w;
	case OPT_STR:
		*o->str = str_of(value);
		return true;
	case OPT_COUNT:
		return set_count(cli, o, value);
	case OPT_LIST:
		*vec_push(&o->list->v, &cli->arena) = value;
		return true;
	case OPT_WORD:
		w = read_word(cli, o, value);
		if (w)
			*o->word = w->value;
		if (w && strcmp(o->name, "format") == 0)
			cli->wants_json = strcmp(w->text, "json") == 0;
		return w;
	case OPT_VERSION:
		return set_version(cli, o, value);
	}
	return false;
}

/* What getopt_long() complains about: a letter, or the word before optind. */
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

	for (; longs->name; longs++) {
		const char *name =
		    arena_printf(&cli->arena, "--%s", longs->name);

		if (strcmp(name, word) == 0)
			return cli_usage(cli, "%s takes no value", word);
		*vec_push(&names, &cli->arena) = name;
	}
	*vec_push(&names, &cli->arena) = NULL;
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

/* The options of a command line so far. */
struct used {
	VEC(const struct opt *) v;
};

static bool
is_used(const struct used *used, const struct opt *opt)
{
	VEC_FOREACH (o, &used->v) {
		if (*o == opt)
			return true;
	}
	return false;
}

/* Whether OPT has its one value already. */
static bool
has_value(const struct used *used, const struct opt *opt)
{
	return opt->type != OPT_FLAG && opt->type != OPT_LIST &&
	    is_used(used, opt);
}

/* OPT with VALUE; false after telling that it does not fit. */
static bool
take_opt(struct cli *cli, const struct opt *opt, const char *value,
    struct options *o)
{
	if (!set_value(cli, opt, value))
		return false;
	if (opt->setting != SETTING_NONE)
		o->unit.given |= 1u << opt->setting;
	return true;
}

/* Option OPT of the command line with the value optarg. */
static int
use_opt(struct cli *cli, const struct opt *opt, struct options *o,
    struct used *used)
{
	if (has_value(used, opt))
		return cli_usage(cli, "--%s is there twice", opt->name);
	*vec_push(&used->v, &cli->arena) = opt;
	return take_opt(cli, opt, optarg, o) ? OPT_GO : STATUS_USAGE;
}

/* The option of that name; NULL when the command has none. */
static const struct opt *
opt_of_name(const struct tables *tables, const char *name)
{
	for (size_t i = 0; i < TABLES; i++) {
		for (const struct opt *o = tables->t[i]; o && o->name; o++) {
			if (strcmp(o->name, name) == 0)
				return o;
		}
	}
	return NULL;
}

/* Whether the command line gives the variable of TEXT, "NAME=VALUE". */
static bool
gives_var(const struct options *o, const char *text)
{
	size_t n = strcspn(text, "=") + 1;

	VEC_FOREACH (given, &o->vars.v) {
		if (strncmp(*given, text, n) == 0)
			return true;
	}
	return false;
}

/* What the configuration says and the command line does not. */
static int
use_config(struct cli *cli, const struct tables *tables, struct options *o,
    const struct used *used)
{
	const struct config *c = o->config;

	if (!c)
		return OPT_GO;
	VEC_FOREACH (v, &c->values) {
		const struct opt *opt = opt_of_name(tables, v->option);
		bool given = opt && is_used(used, opt);

		if (opt && opt->list == &o->vars)
			given = gives_var(o, v->value);
		if (!opt || given)
			continue;
		if (!take_opt(cli, opt, v->value, o)) {
			buf_printf(&cli->err.buf, "this is from %s\n",
			    source_where((struct source_set *)&c->sources,
				v->at));
			return STATUS_USAGE;
		}
	}
	return OPT_GO;
}

static int
read_words(struct cli *cli, const struct tables *tables, struct options *o,
    struct used *used)
{
	const struct option *longs = long_options(&cli->arena, tables);
	const char *shorts = short_options(&cli->arena, tables);
	int c, index = 0, status = OPT_GO;
	size_t before;
	bool dashes;

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
			status =
			    use_opt(cli, find_opt(tables, index, c), o, used);
	}
	before = o->inputs.v.n;
	dashes = optind > 1 && strcmp(cli->argv[optind - 1], "--") == 0;
	while (status == OPT_GO && optind < cli->argc)
		status = add_word(cli, o, cli->argv[optind++]);
	if (cli->takes_revisions)
		revisions_take(cli, o, before, dashes);
	return status;
}

static bool
want_color(enum color c, int fd)
{
	const char *no = getenv("NO_COLOR");

	return c == COLOR_ALWAYS ||
	    (c == COLOR_AUTO && isatty(fd) && !(no && *no));
}

int
opt_no_input(struct cli *cli)
{
	return cli_usage(cli, "no input: name a file, a directory or -");
}

int
opt_parse(struct cli *cli, const struct opt *own, struct options *ret)
{
	bool compiles = cli->command->inputs, help = false;
	int color = COLOR_AUTO;
	struct compile_words c;
	const struct opt common[] = {
	    {"color", 0, NULL,
		"colours (auto: on a terminal, unless NO_COLOR is set)",
		OPT_WORD, .word = &color, .words = colors},
	    {"help", 'h', NULL, "print this", OPT_FLAG, .flag = &help},
	    {0},
	};
	struct options o = {.args = ARENA_ARRAY(&cli->arena, const char *,
				cli->command->takes)};
	const struct tables tables = {{own,
	    compiles ? compile_table(&cli->arena, &o, &c) : NULL, common}};
	struct used used = {0};
	int status;

	unit_options_default(&o.unit);
	compile_words_init(&c, &o.unit);
	status = read_words(cli, &tables, &o, &used);
	if (status != OPT_GO)
		return status;
	if (help) {
		put_help(cli, &tables);
		return STATUS_OK;
	}
	if (compiles)
		status = opt_read_config(cli, &o);
	if (status == OPT_GO)
		status = use_config(cli, &tables, &o, &used);
	if (status != OPT_GO)
		return status;
	if (o.nargs < cli->command->needs)
		return cli_usage(cli, "needs %s", cli->command->args);
	if (!o.unit.ir.ipv4 && !o.unit.ir.ipv6)
		return cli_usage(cli, "a cluster has IPv4, IPv6 or both");
	if (compiles && o.inputs.v.n == 0 && !cli->command->bare)
		return opt_no_input(cli);
	cli->color_out = want_color((enum color)color, STDOUT_FILENO);
	cli->color_err = want_color((enum color)color, STDERR_FILENO);
	status = compile_finish(cli, &c, &o);
	*ret = o;
	return status;
}
