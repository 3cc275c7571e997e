/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "diag_gen.h"
#include "driver/input.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* A directory of inputs, made anew for each test; the test runs in it. */
static const char *const files[] = {"a.yaml", "b.json", "c.yml", "d.txt",
    "sub/e.yaml", "sub/.hidden/f.yaml"};

struct workdir {
	char dir[32];
	char *before;
};

static int
set_up(void **state)
{
	struct workdir *p = malloc(sizeof(*p));

	strcpy(p->dir, "/tmp/cnpc-input-XXXXXX");
	p->before = getcwd(NULL, 0);
	if (!p->before || !mkdtemp(p->dir) || chdir(p->dir) != 0 ||
	    mkdir("sub", 0700) != 0 || mkdir("sub/.hidden", 0700) != 0 ||
	    mkdir("empty", 0700) != 0)
		return -1;
	for (size_t i = 0; i < COUNT(files); i++) {
		char text[64];

		snprintf(text, sizeof(text), "{\"name\": \"%s\"}\n", files[i]);
		if (file_write(files[i], str_of(text)) != 0)
			return -1;
	}
	*state = p;
	return symlink("a.yaml", "link.yaml");
}

static int
tear_down(void **state)
{
	struct workdir *p = *state;
	int failed = 0;

	for (size_t i = 0; i < COUNT(files); i++)
		failed |= unlink(files[i]);
	failed |= unlink("link.yaml");
	failed |= rmdir("sub/.hidden") | rmdir("sub") | rmdir("empty");
	failed |= chdir(p->before) | rmdir(p->dir);
	free(p->before);
	free(p);
	return failed;
}

struct result {
	struct arena arena;
	struct pool pool;
	struct diag_sink sink;
	struct source_set sources;
	struct ydocs docs;
};

/* Reads paths parted by spaces; those behind '|' are context. */
static void
run(struct result *r, const char *line)
{
	VEC(const char *) list[2] = {0};
	struct unit_options opt = {0};
	char *copy;
	size_t to = 0;

	*r = (struct result){0};
	copy = arena_dup(&r->arena, line, strlen(line));
	diag_sink_init(&r->sink, &r->arena);
	source_set_init(&r->sources, &r->arena);
	for (char *w; (w = strsep(&copy, " "));) {
		if (strcmp(w, "|") == 0)
			to = 1;
		else
			*vec_push(&list[to], &r->arena) = w;
	}
	opt.inputs = list[0].v;
	opt.ninputs = list[0].n;
	opt.cluster = list[1].v;
	opt.ncluster = list[1].n;
	pool_init(&r->pool, 2);
	input_read(&r->pool, &r->arena, &r->sink, &opt, &r->sources, &r->docs);
}

static void
finish(struct result *r)
{
	pool_free(&r->pool);
	arena_free(&r->arena);
}

static void
test_which(void **state)
{
	static const struct {
		const char *line, *sources;
	} cases[] = {
	    {"c.yml b.json", "c.yml b.json"},
	    {"d.txt", "d.txt"},
	    {".", "./a.yaml ./b.json ./c.yml ./sub/e.yaml"},
	    {"sub/", "sub/e.yaml"},
	    /* the same file: by name, by way, by link, as context */
	    {"a.yaml a.yaml", "a.yaml"},
	    {"sub/../a.yaml ./a.yaml link.yaml", "sub/../a.yaml"},
	    {"sub .", "sub/e.yaml ./a.yaml ./b.json ./c.yml"},
	    {"sub | .", "sub/e.yaml ./a.yaml* ./b.json* ./c.yml*"},
	    {"| . a.yaml", "./a.yaml* ./b.json* ./c.yml* ./sub/e.yaml*"},
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct result r;
		struct buf b;

		run(&r, cases[i].line);
		buf_init(&b, &r.arena);
		VEC_FOREACH (s, &r.sources.v)
			buf_printf(&b, "%s%s%s", b.n > 0 ? " " : "", s->name,
			    s->context ? "*" : "");
		assert_string_equal(buf_as_str(&b).s, cases[i].sources);
		assert_int_equal(r.sink.v.n, 0);
		assert_int_equal(r.docs.v.n, r.sources.v.n);
		for (size_t k = 0; k < r.docs.v.n; k++)
			assert_int_equal(r.docs.v.v[k]->at.source, k + 1);
		finish(&r);
	}
}

/* What cannot be read is told, and the rest is read. */
static void
test_unreadable(void **state)
{
	static const uint16_t ids[] = {DIAG_CANNOT_READ_FILE,
	    DIAG_NO_INPUT_FILES};
	struct result r;

	run(&r, "nowhere.yaml empty a.yaml");
	assert_int_equal(r.docs.v.n, 1);
	assert_int_equal(r.sink.v.n, COUNT(ids));
	for (size_t i = 0; i < COUNT(ids); i++)
		assert_int_equal(r.sink.v.v[i]->id, ids[i]);
	assert_string_equal(r.sink.v.v[0]->text,
	    "cannot read nowhere.yaml: No such file or directory");
	finish(&r);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(test_which, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(test_unreadable, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
