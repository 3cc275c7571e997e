/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>

#include "cilium/version.h"
#include "cli/opt.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* A command with two words of its own, of which it needs one. */
static const struct command paint = {.name = "paint",
    .needs = 1,
    .takes = 2,
    .inputs = true,
    .args = "WHAT [WHERE]",
    .summary = "Paint."};

/* One that reads no policies. */
static const struct command sing = {.name = "sing",
    .takes = 1,
    .summary = "Sing.",
    .args = "[SONG]"};

static const struct word kinds[] = {{"oil", 7}, {"water", 9}, {0}};
static const struct word sizes[] = {{"small", 2}, {"large", 1}, {0}};

struct values {
	bool loud;
	struct str brush;
	int kind, size;
	struct str_list colors;
};

/* Parses the words of LINE, separated by single spaces. */
static int
parse(struct cli *cli, const struct command *command, const char *line,
    struct values *v, struct options *o)
{
	char *copy = arena_dup(&cli->arena, line, strlen(line));
	VEC(char *) argv = {0};
	int argc;
	const struct opt own[] = {
	    {"loud", 'l', NULL, "no whisper", OPT_FLAG, .flag = &v->loud},
	    {"brush", 'b', "TEXT", "which", OPT_STR, .str = &v->brush},
	    {"kind", 0, NULL, "which", OPT_WORD, .word = &v->kind,
		.words = kinds},
	    {"size", 0, NULL, "how big", OPT_WORD, .word = &v->size,
		.words = sizes},
	    {"add", 'a', "COLOR", "another", OPT_LIST, .list = &v->colors},
	    {0},
	};

	*vec_push(&argv, &cli->arena) =
	    arena_dup(&cli->arena, command->name, strlen(command->name));
	for (char *word; (word = strsep(&copy, " "));)
		*vec_push(&argv, &cli->arena) = word;
	argc = (int)argv.n;
	*vec_push(&argv, &cli->arena) = NULL;
	cli->command = command;
	cli->argc = argc;
	cli->argv = argv.v;
	out_init(&cli->out, &cli->arena, -1);
	out_init(&cli->err, &cli->arena, -1);
	return opt_parse(cli, own, o);
}

static void
test_values(void **state)
{
	struct values v = {.size = 1};
	struct cli cli = {0};
	struct options o;

	assert_int_equal(parse(&cli, &paint,
			     "sky -l --brush=fine east -l -a red --add blue "
			     "--kind water --size=small in.yaml -",
			     &v, &o),
	    OPT_GO);
	assert_true(v.loud);
	assert_string_equal(v.brush.s, "fine");
	assert_int_equal(v.kind, 9);
	assert_int_equal(v.size, 2);
	assert_int_equal(v.colors.v.n, 2);
	assert_string_equal(v.colors.v.v[1], "blue");
	assert_int_equal(o.nargs, 2);
	assert_string_equal(o.args[0], "sky");
	assert_string_equal(o.args[1], "east");
	assert_int_equal(o.unit.ninputs, 2);
	assert_string_equal(o.unit.inputs[0], "in.yaml");
	assert_string_equal(o.unit.inputs[1], "-");
	arena_free(&cli.arena);
}

static void
test_defaults(void **state)
{
	struct values v = {.size = 1};
	struct cli cli = {0};
	struct options o;

	assert_int_equal(parse(&cli, &paint, "sky east x", &v, &o), OPT_GO);
	assert_int_equal(v.size, 1);
	assert_int_equal(v.kind, 0);
	assert_int_equal(o.unit.ir.model, IR_MODEL_CLUSTERWIDE);
	assert_int_equal(o.unit.ir.cilium.number, CILIUM_1_20);
	assert_int_equal(o.unit.schema.cilium, CILIUM_1_20);
	assert_true(o.unit.ir.ipv4 && o.unit.ir.ipv6);
	assert_true(o.unit.pmap.allow_localhost);
	assert_int_equal(o.unit.pmap.enforcement, PMAP_ENFORCE_DEFAULT);
	assert_string_equal(o.unit.ir.cluster_name.s, "default");
	assert_string_equal(o.unit.schema.default_ns.s, "default");
	assert_int_equal(o.unit.stop_after, PASSES);
	assert_int_equal(o.unit.dump, PASSES);
	assert_int_equal(o.unit.jobs, 0);
	assert_false(o.time_passes);
	arena_free(&cli.arena);
}

static void
test_common(void **state)
{
	struct values v = {0};
	struct cli cli = {0};
	struct options o;

	assert_int_equal(parse(&cli, &paint,
			     "sky east -f a --file b --cluster c --cluster=d "
			     "--precedence=cilium --cilium 1.18 --ipv4=false "
			     "--ipv6 true --enforcement=never "
			     "--allow-localhost=policy --cluster-name=prod "
			     "--namespace shop --stop-after=ir --dump yaml "
			     "--jobs=8 --time-passes --var A=1 --var B= "
			     "--color always "
			     "-- -z",
			     &v, &o),
	    OPT_GO);
	assert_int_equal(o.unit.ninputs, 3);
	assert_string_equal(o.unit.inputs[0], "a");
	assert_string_equal(o.unit.inputs[1], "b");
	assert_string_equal(o.unit.inputs[2], "-z");
	assert_int_equal(o.unit.ncluster, 2);
	assert_string_equal(o.unit.cluster[1], "d");
	assert_int_equal(o.unit.ir.model, IR_MODEL_CILIUM);
	assert_int_equal(o.unit.ir.cilium.number, CILIUM_1_18);
	assert_int_equal(o.unit.schema.cilium, CILIUM_1_18);
	assert_false(o.unit.ir.ipv4);
	assert_true(o.unit.ir.ipv6);
	assert_int_equal(o.unit.pmap.enforcement, PMAP_ENFORCE_NEVER);
	assert_false(o.unit.pmap.allow_localhost);
	assert_string_equal(o.unit.ir.cluster_name.s, "prod");
	assert_string_equal(o.unit.schema.default_ns.s, "shop");
	assert_int_equal(o.unit.stop_after, PASS_IR);
	assert_int_equal(o.unit.dump, PASS_YAML);
	assert_int_equal(o.unit.jobs, 8);
	assert_int_equal(o.unit.nvars, 2);
	assert_string_equal(o.unit.vars[1], "B=");
	assert_true(o.time_passes);
	assert_true(cli.color_out && cli.color_err);
	arena_free(&cli.arena);
}

/* What is wrong is named, and what was meant is guessed. */
static void
test_mistakes(void **state)
{
	static const struct {
		const struct command *command;
		const char *line, *error;
	} cases[] = {
	    {&paint, "sky --lowd in",
		"unknown option --lowd; did you mean --loud?"},
	    {&paint, "sky --brsh=x in",
		"unknown option --brsh; did you mean --brush?"},
	    {&paint, "sky --precedense=cilium in",
		"unknown option --precedense; did you mean --precedence?"},
	    {&paint, "sky --zzzzzz in", "unknown option --zzzzzz\n"},
	    {&paint, "sky -lz in", "unknown option -z\n"},
	    {&paint, "sky --loud=yes in", "--loud takes no value"},
	    {&paint, "sky in --brush", "--brush needs a value"},
	    {&paint, "sky in -b", "-b needs a value"},
	    {&paint, "sky --kind=watr in",
		"--kind takes oil|water, not \"watr\"; did you mean "
		"\"water\"?"},
	    {&paint, "sky --size huge in",
		"--size takes small|large, not \"huge\"\n"},
	    {&paint, "sky --ipv4=yes in",
		"--ipv4 takes true or false, not \"yes\"\n"},
	    {&paint, "sky --cilium=2.0 in",
		"--cilium takes 1.17 to 1.20, or a patch of one as "
		"1.18.11, not \"2.0\""},
	    {&paint, "sky --stop-after=idnet in", "did you mean \"ident\"?"},
	    {&paint, "sky --ipv4=false --ipv6=false in", "IPv4, IPv6 or both"},
	    {&paint, "sky east", "no input"},
	    {&paint, "--loud -f in", "needs WHAT [WHERE]"},
	    {&paint, "sky -j 0 in",
		"--jobs takes a number from 1 to 256, not \"0\""},
	    {&paint, "sky --jobs=257 in", "from 1 to 256, not \"257\""},
	    {&paint, "sky --jobs=two in", "from 1 to 256, not \"two\""},
	    {&paint, "sky -b wide --brush=fine in", "--brush is there twice"},
	    {&paint, "sky --kind=oil --kind=oil in", "--kind is there twice"},
	    {&paint, "sky --cilium=1.18 in --cilium=1.19",
		"--cilium is there twice"},
	    {&paint, "sky east in --var 1x=a",
		"--var takes NAME=VALUE, not \"1x=a\""},
	    {&paint, "sky east in --var x",
		"--var takes NAME=VALUE, not \"x\""},
	    {&sing, "a b", "one argument too many: b"},
	    {&sing, "a --cluster=c", "unknown option --cluster"},
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct values v = {0};
		struct cli cli = {0};
		struct options o;
		int status =
		    parse(&cli, cases[i].command, cases[i].line, &v, &o);

		assert_int_equal(status, STATUS_USAGE);
		assert_int_equal(cli.out.buf.n, 0);
		if (!strstr(buf_as_str(&cli.err.buf).s, cases[i].error))
			fail_msg("%s: %s", cases[i].line, cli.err.buf.p);
		arena_free(&cli.arena);
	}
}

static void
test_help(void **state)
{
	struct values v = {0};
	struct cli cli = {0};
	struct options o;
	const char *text;

	assert_int_equal(parse(&cli, &paint, "--help", &v, &o), STATUS_OK);
	assert_int_equal(cli.err.buf.n, 0);
	text = buf_as_str(&cli.out.buf).s;
	assert_ptr_equal(strstr(text,
			     "usage: cnpc paint WHAT [WHERE] [OPTION...] "
			     "INPUT...\n\nPaint.\n"),
	    text);
	assert_non_null(strstr(text, "\n  -b, --brush=TEXT\n        which\n"));
	assert_non_null(strstr(text, "--stop-after=yaml|repo|version|ast|"));
	arena_free(&cli.arena);

	cli = (struct cli){0};
	assert_int_equal(parse(&cli, &sing, "-h", &v, &o), STATUS_OK);
	assert_null(strstr(buf_as_str(&cli.out.buf).s, "--cluster"));
	arena_free(&cli.arena);
}

static void
test_color(void **state)
{
	struct values v = {0};
	struct cli cli = {0};
	struct options o;

	assert_int_equal(parse(&cli, &sing, "--color=never", &v, &o), OPT_GO);
	assert_false(cli.color_out || cli.color_err);
	assert_int_equal(setenv("NO_COLOR", "1", 1), 0);
	assert_int_equal(parse(&cli, &sing, "--color=auto", &v, &o), OPT_GO);
	assert_false(cli.color_out || cli.color_err);
	assert_int_equal(parse(&cli, &sing, "--color=always", &v, &o), OPT_GO);
	assert_true(cli.color_out && cli.color_err);
	arena_free(&cli.arena);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_values),
	    cmocka_unit_test(test_defaults),
	    cmocka_unit_test(test_common),
	    cmocka_unit_test(test_mistakes),
	    cmocka_unit_test(test_help),
	    cmocka_unit_test(test_color),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
