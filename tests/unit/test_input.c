/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Which files are read for the words of a command line, and texts in memory
 * beside and instead of them.
 */

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
		char text[128];

		snprintf(text, sizeof(text),
		    "{\"apiVersion\": \"v1\", \"kind\": \"Pod\", \"name\": "
		    "\"%s\"}\n",
		    files[i]);
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

/* Texts in memory, and what the names of a line lead to. */
struct reading {
	const char *const *memory; /* their names, NULL-terminated */
	const char *line; /* paths, separated by spaces; context after "|" */
};

static void
read_inputs(struct unit *u, const struct reading *r)
{
	VEC(const char *) list[2] = {0};
	struct unit_options opt;
	size_t to = 0;
	char *copy;

	unit_options_default(&opt);
	unit_init(u, &opt);
	copy = arena_dup(&u->perm, r->line, strlen(r->line));
	for (char *w; (w = strsep(&copy, " "));) {
		if (strcmp(w, "|") == 0)
			to = 1;
		else if (*w)
			*vec_push(&list[to], &u->perm) = w;
	}
	u->opt.inputs = list[0].v;
	u->opt.ninputs = list[0].n;
	u->opt.cluster = list[1].v;
	u->opt.ncluster = list[1].n;
	for (const char *const *m = r->memory; m && *m; m++)
		unit_add_source(u, *m,
		    STR("{\"apiVersion\": \"v1\", \"kind\": \"Pod\", "
			"\"memory\": 1}\n"));
	input_read(u);
}

/* "a.yaml b.json* in.yaml+": * context, + from memory. */
static const char *
print_sources(struct unit *u)
{
	struct buf b;

	buf_init(&b, &u->perm);
	for (size_t i = 0; i < u->docs.v.n; i++) {
		const struct ynode *doc = u->docs.v.v[i];
		const struct source *s = &u->sources.v.v[i];

		assert_int_equal(doc->at.source, i + 1);
		buf_printf(&b, "%s%s%s%s", b.n > 0 ? " " : "", s->name,
		    s->context ? "*" : "", ynode_get(doc, "memory") ? "+" : "");
	}
	return buf_as_str(&b).s;
}

static void
test_which(void **state)
{
	static const char *const memory[] = {"./b.json", "new.yaml", NULL};
	static const struct {
		struct reading reading;
		const char *sources;
	} cases[] = {
	    {{NULL, "c.yml b.json"}, "c.yml b.json"},
	    {{NULL, "d.txt"}, "d.txt"},
	    {{NULL, "."}, "./a.yaml ./b.json ./c.yml ./sub/e.yaml"},
	    {{NULL, "sub/"}, "sub/e.yaml"},
	    /* the same file: by name, by path, by link, as context */
	    {{NULL, "a.yaml a.yaml"}, "a.yaml"},
	    {{NULL, "sub/../a.yaml ./a.yaml link.yaml"}, "sub/../a.yaml"},
	    {{NULL, "sub ."}, "sub/e.yaml ./a.yaml ./b.json ./c.yml"},
	    {{NULL, "sub | ."}, "sub/e.yaml ./a.yaml* ./b.json* ./c.yml*"},
	    {{NULL, "| . a.yaml"},
		"./a.yaml* ./b.json* ./c.yml* ./sub/e.yaml*"},
	    /* memory alone, beside files, and instead of one */
	    {{memory, ""}, "./b.json+ new.yaml+"},
	    {{memory, "a.yaml"}, "./b.json+ new.yaml+ a.yaml"},
	    {{memory, "b.json sub"}, "./b.json+ new.yaml+ sub/e.yaml"},
	    {{memory, "c.yml | ."},
		"./b.json+ new.yaml+ c.yml ./a.yaml* ./sub/e.yaml*"},
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct unit u;

		read_inputs(&u, &cases[i].reading);
		assert_string_equal(print_sources(&u), cases[i].sources);
		assert_int_equal(u.sink.v.n, 0);
		assert_int_equal(u.docs.v.n, u.sources.v.n);
		unit_free(&u);
	}
}

/* What cannot be read is reported, and the rest is read. */
static void
test_unreadable(void **state)
{
	static const uint16_t ids[] = {DIAG_CANNOT_READ_FILE,
	    DIAG_NO_INPUT_FILES};
	struct unit u;

	read_inputs(&u, &(struct reading){.line = "nowhere.yaml empty a.yaml"});
	assert_int_equal(u.docs.v.n, 1);
	assert_int_equal(u.sink.v.n, COUNT(ids));
	for (size_t i = 0; i < COUNT(ids); i++)
		assert_int_equal(u.sink.v.v[i]->id, ids[i]);
	assert_string_equal(u.sink.v.v[0]->text,
	    "cannot read nowhere.yaml: No such file or directory");
	unit_free(&u);
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
