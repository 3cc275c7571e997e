/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Git's index: `git ls-files` lists it, `git cat-file --batch` has what is in
 * its files, `git diff --cached` tells what differs from HEAD.  Requires that
 * programs may be run, so it comes before the sandbox.
 */
#include "driver/staged.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/num.h"
#include "diag_gen.h"
#include "driver/input.h"
#include "repo/tree.h"

/* Bytes that git may print: more than any repository of manifests has. */
#define OUTPUT_MAX ((size_t)1 << 30)

/* What is wanted of git, and what came of it. */
struct git {
	struct arena *arena;
	struct diag_sink *sink;
	const char *cwd;
	int error;    /* it could not be run */
	bool refused; /* it was run, and said no */
};

/* A file of the index whose text is to be read. */
struct wanted {
	const char *path;
	struct str object;
	bool link;
};

struct wanted_list {
	VEC(struct wanted) v;
};

/* The words of FIRST and MORE, which end in NULL, as posix_spawn() wants them.
 */
static char **
words(struct arena *a, const char *const *first, const char *const *more)
{
	VEC(char *) v = {0};

	for (; *first; first++)
		*vec_push(&v, a) = arena_dup(a, *first, strlen(*first));
	for (; *more; more++)
		*vec_push(&v, a) = arena_dup(a, *more, strlen(*more));
	*vec_push(&v, a) = NULL;
	return v.v;
}

/* Starts `git COMMAND`, which reads IN and writes OUT. */
static int
start(struct git *g, const char *const *command, int in, int out,
    pid_t *ret_pid)
{
	/* A repository's own settings may name a program to run. */
	static const char *const git[] = {"git", "-c", "core.fsmonitor=false",
	    NULL};
	/* What is not here is fetched from nowhere; the index is only read. */
	static const char *const offline[] = {"GIT_NO_LAZY_FETCH=1",
	    "GIT_OPTIONAL_LOCKS=0", NULL};
	const char *const *inherited = (const char *const *)environ;
	posix_spawn_file_actions_t actions;
	int error = posix_spawn_file_actions_init(&actions);

	if (error)
		return error;
	error = posix_spawn_file_actions_adddup2(&actions, in, STDIN_FILENO);
	if (!error)
		error = posix_spawn_file_actions_adddup2(&actions, out,
		    STDOUT_FILENO);
	if (!error)
		error = posix_spawnp(ret_pid, git[0], &actions, NULL,
		    words(g->arena, git, command),
		    words(g->arena, inherited, offline));
	posix_spawn_file_actions_destroy(&actions);
	return error;
}

/* The exit status of PID; 128 and more: a signal ended it. */
static unsigned
wait_for(pid_t pid)
{
	int status;

	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	return WIFEXITED(status) ? (unsigned)WEXITSTATUS(status)
				 : 128 + (unsigned)WTERMSIG(status);
}

/* COMMAND did not do what it was to do. */
static void
refuse(struct git *g, const char *command, unsigned status)
{
	g->refused = true;
	diag_git_failed(g->sink, (struct span){0}, command, status);
}

/* What `git COMMAND` prints when it reads IN; false: nothing came of it. */
static bool
run(struct git *g, const char *const *command, int in, struct str *ret_text)
{
	unsigned status = 0;
	int pipes[2], error;
	pid_t pid;

	if (pipe2(pipes, O_CLOEXEC) < 0) {
		g->error = errno;
		return false;
	}
	g->error = error = start(g, command, in, pipes[1], &pid);
	close(pipes[1]);
	if (!error)
		g->error =
		    file_read_open(g->arena, pipes[0], OUTPUT_MAX, ret_text);
	close(pipes[0]);
	if (!error)
		status = wait_for(pid);
	if (!g->error && status != 0)
		refuse(g, command[0], status);
	return !g->error && !g->refused;
}

/* The same without anything to read. */
static bool
ask(struct git *g, const char *const *command, struct str *ret_text)
{
	int null;
	bool done;

	if (g->error || g->refused)
		return false;
	null = open("/dev/null", O_RDONLY | O_CLOEXEC);
	if (null < 0) {
		g->error = errno;
		return false;
	}
	done = run(g, command, null, ret_text);
	close(null);
	return done;
}

/* Cuts what is before the next END off REST; false: there is no END. */
static bool
next(struct str *rest, char end, struct str *ret_part)
{
	const char *at = rest->n > 0 ? memchr(rest->s, end, rest->n) : NULL;

	if (!at)
		return false;
	*ret_part = (struct str){rest->s, (size_t)(at - rest->s)};
	rest->n -= ret_part->n + 1;
	rest->s = at + 1;
	return true;
}

/* The files of the index that may be manifests: "MODE OBJECT STAGE\tPATH". */
static void
list_files(struct git *g, struct wanted_list *ret_list)
{
	static const char *const command[] = {"ls-files", "-s", "-z", "--",
	    ":/", NULL};
	struct str text, mode, object, stage, path;
	const char *unmerged = NULL;

	if (!ask(g, command, &text))
		return;
	while (next(&text, ' ', &mode) && next(&text, ' ', &object) &&
	    next(&text, '\t', &stage) && next(&text, '\0', &path)) {
		bool link = str_is(mode, "120000");

		if (!link &&
		    (*mode.s != '1' || str_is(mode, "160000") ||
			!file_has_suffix(path.s, input_suffixes)))
			continue;
		if (!str_is(stage, "0") &&
		    !(unmerged && strcmp(unmerged, path.s) == 0)) {
			unmerged = path.s;
			diag_unmerged(g->sink, (struct span){0}, path);
		}
		if (str_is(stage, "0"))
			*vec_push(&ret_list->v, g->arena) = (struct wanted){
			    .path = tree_join(g->arena, g->cwd, path),
			    .object = object,
			    .link = link,
			};
	}
}

/* The names of objects, a line each, in a file that is nowhere; -1: errno. */
static int
requests(struct git *g, const struct wanted_list *list)
{
	int fd = memfd_create("objects", MFD_CLOEXEC);
	struct buf b;

	if (fd < 0)
		return -1;
	buf_init(&b, g->arena);
	VEC_FOREACH (w, &list->v)
		buf_printf(&b, STR_FMT "\n", STR_ARG(w->object));
	errno = file_put(fd, buf_as_str(&b));
	if (errno || lseek(fd, 0, SEEK_SET) < 0) {
		close(fd);
		return -1;
	}
	return fd;
}

/* Adds W with the next text of REST: "OBJECT blob SIZE\n", it, and "\n". */
static bool
add_text(struct git *g, struct fileset *files, const struct wanted *w,
    struct str *rest)
{
	struct str name, type, size;
	uint64_t n;
	char *text;

	if (!next(rest, ' ', &name) || !next(rest, ' ', &type) ||
	    !next(rest, '\n', &size) || !str_is(type, "blob") ||
	    !num_u64(size, OUTPUT_MAX, &n) || n >= rest->n)
		return false;
	text = arena_dup(g->arena, rest->s, (size_t)n);
	rest->s += n + 1;
	rest->n -= (size_t)n + 1;
	if (w->link)
		fileset_link(files, w->path,
		    tree_join(g->arena, tree_dir(g->arena, w->path),
			str_of(text)));
	else
		fileset_add(files, w->path, (struct str){text, (size_t)n});
	return true;
}

static void
read_files(struct git *g, const struct wanted_list *list, struct fileset *files)
{
	static const char *const command[] = {"cat-file", "--batch", NULL};
	struct str text = STR("");
	int fd;

	if (g->error || g->refused || list->v.n == 0)
		return;
	fd = requests(g, list);
	if (fd < 0) {
		g->error = errno;
		return;
	}
	if (run(g, command, fd, &text)) {
		VEC_FOREACH (w, &list->v) {
			if (add_text(g, files, w, &text))
				continue;
			refuse(g, command[0], 0);
			break;
		}
	}
	close(fd);
}

/* Marks what differs from HEAD: "LETTER\0PATH\0", the path from the top. */
static void
mark_changes(struct git *g, struct staged *s)
{
	static const char *const to_top[] = {"rev-parse", "--show-cdup", NULL};
	static const char *const differs[] = {"diff", "--cached",
	    "--name-status", "-z", "--no-renames", "--no-relative",
	    "--no-ext-diff", NULL};
	struct str top, text, letter, path;

	if (!ask(g, to_top, &top) || !ask(g, differs, &text))
		return;
	top.n -= top.n > 0;
	while (next(&text, '\0', &letter) && next(&text, '\0', &path)) {
		struct fileset_file *f;
		const char *full = tree_join(g->arena, g->cwd,
		    str_of(arena_printf(g->arena, STR_FMT "%s", STR_ARG(top),
			path.s)));

		f = map_get(&s->files.by_path, full, strlen(full));
		if (f)
			f->changed = true;
		else if (str_is(letter, "D") &&
		    file_has_suffix(path.s, input_suffixes))
			s->lost = true;
	}
}

int
staged_read(struct staged *ret_staged, struct arena *a, struct diag_sink *sink,
    bool changes)
{
	char *cwd = getcwd(NULL, 0);
	struct git g = {.arena = a, .sink = sink};
	struct wanted_list list = {0};

	if (!cwd)
		return errno;
	g.cwd = arena_dup(a, cwd, strlen(cwd));
	free(cwd);
	*ret_staged = (struct staged){.cwd = g.cwd};
	fileset_init(&ret_staged->files, a);
	list_files(&g, &list);
	read_files(&g, &list, &ret_staged->files);
	if (changes)
		mark_changes(&g, ret_staged);
	fileset_close(&ret_staged->files);
	ret_staged->unknown = g.refused;
	return g.error;
}
