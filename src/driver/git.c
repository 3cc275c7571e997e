/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Git's files: `git ls-files` and `git ls-tree` list them, `git cat-file
 * --batch` has what is in them, `git diff --cached` tells what differs from
 * HEAD.
 */
#include "driver/git.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/num.h"
#include "base/program.h"
#include "diag_gen.h"
#include "driver/input.h"
#include "repo/tree.h"

/* Bytes that git may print: more than any repository of manifests has. */
#define OUTPUT_MAX ((size_t)1 << 30)

/* What is wanted of git, and what came of it. */
struct git {
	struct arena *arena;
	struct git_files *ret;
	int error;    /* it could not be run */
	bool refused; /* it was run, and said no, which is reported */
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

	return program_start(words(g->arena, git, command),
	    words(g->arena, inherited, offline), in, out, ret_pid);
}

/* COMMAND did not do what it was to do. */
static void
refuse(struct git *g, const char *command, unsigned status)
{
	g->refused = true;
	diag_git_failed(&g->ret->sink, (struct span){0}, command, status);
}

/* What `git COMMAND` prints when it reads IN; its exit status, if it ran. */
static unsigned
run(struct git *g, const char *const *command, int in, struct str *ret_text)
{
	unsigned status = 0;
	int pipes[2], error;
	pid_t pid;

	if (pipe2(pipes, O_CLOEXEC) < 0) {
		g->error = errno;
		return 0;
	}
	g->error = error = start(g, command, in, pipes[1], &pid);
	close(pipes[1]);
	if (!error)
		g->error =
		    file_read_open(g->arena, pipes[0], OUTPUT_MAX, ret_text);
	close(pipes[0]);
	if (!error)
		status = program_wait(pid);
	return status;
}

/* Whether something came of COMMAND, which ended with STATUS. */
static bool
is_done(struct git *g, const char *command, unsigned status)
{
	if (!g->error && status != 0)
		refuse(g, command, status);
	return !g->error && !g->refused;
}

/* The same without anything to read. */
static unsigned
run_alone(struct git *g, const char *const *command, struct str *ret_text)
{
	int null = open("/dev/null", O_RDONLY | O_CLOEXEC);
	unsigned status;

	if (null < 0) {
		g->error = errno;
		return 0;
	}
	status = run(g, command, null, ret_text);
	close(null);
	return status;
}

/* What `git COMMAND` prints; false: nothing came of it, now or before. */
static bool
ask(struct git *g, const char *const *command, struct str *ret_text)
{
	return !g->error && !g->refused &&
	    is_done(g, command[0], run_alone(g, command, ret_text));
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

/* PATH, which is from the repository's top, from the root of all. */
static const char *
from_top(const struct git *g, struct str path)
{
	return tree_join(g->arena, g->ret->top, path);
}

/* Finds the top. */
static void
find_top(struct git *g)
{
	static const char *const command[] = {"rev-parse", "--show-cdup", NULL};
	struct str up;

	if (!ask(g, command, &up))
		return;
	up.n -= up.n > 0;
	g->ret->top = tree_join(g->arena, g->ret->cwd, up);
}

/* A file of MODE, if it may be a manifest, or is a link. */
static void
want(struct git *g, struct wanted_list *list, struct str mode,
    struct str object, struct str path)
{
	bool link = str_is(mode, "120000");

	if (link ||
	    (*mode.s == '1' && !str_is(mode, "160000") &&
		file_has_suffix(path.s, input_suffixes)))
		*vec_push(&list->v, g->arena) = (struct wanted){
		    .path = from_top(g, path),
		    .object = object,
		    .link = link,
		};
}

/* The files of the index: "MODE OBJECT STAGE\tPATH". */
static void
list_index(struct git *g, struct wanted_list *ret_list)
{
	static const char *const command[] = {"ls-files", "-s", "-z",
	    "--full-name", "--", ":/", NULL};
	struct str text, mode, object, stage, path;
	const char *unmerged = NULL;

	if (!ask(g, command, &text))
		return;
	while (next(&text, ' ', &mode) && next(&text, ' ', &object) &&
	    next(&text, '\t', &stage) && next(&text, '\0', &path)) {
		size_t n = ret_list->v.n;

		want(g, ret_list, mode, object, path);
		if (ret_list->v.n == n || str_is(stage, "0"))
			continue;
		ret_list->v.n = n;
		if (!(unmerged && strcmp(unmerged, path.s) == 0))
			diag_unmerged(&g->ret->sink, (struct span){0},
			    (struct str){path.s, path.n});
		unmerged = path.s;
	}
}

/* The files of a commit: "MODE TYPE OBJECT\tPATH". */
static void
list_commit(struct git *g, const char *commit, struct wanted_list *ret_list)
{
	const char *const command[] = {"ls-tree", "-r", "-z", "--full-tree",
	    commit, NULL};
	struct str text, mode, type, object, path;

	if (!ask(g, command, &text))
		return;
	while (next(&text, ' ', &mode) && next(&text, ' ', &type) &&
	    next(&text, '\t', &object) && next(&text, '\0', &path))
		want(g, ret_list, mode, object, path);
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
read_files(struct git *g, const struct wanted_list *list)
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
	if (is_done(g, command[0], run(g, command, fd, &text))) {
		VEC_FOREACH (w, &list->v) {
			if (add_text(g, &g->ret->files, w, &text))
				continue;
			refuse(g, command[0], 0);
			break;
		}
	}
	close(fd);
}

/* Marks what differs from HEAD: "LETTER\0PATH\0", the path from the top. */
static void
mark_changes(struct git *g)
{
	static const char *const command[] = {"diff", "--cached",
	    "--name-status", "-z", "--no-renames", "--no-relative",
	    "--no-ext-diff", NULL};
	struct git_files *ret = g->ret;
	struct str text, letter, path;

	if (!ask(g, command, &text))
		return;
	while (next(&text, '\0', &letter) && next(&text, '\0', &path)) {
		const char *full = from_top(g, path);
		struct fileset_file *f =
		    map_get(&ret->files.by_path, full, strlen(full));

		if (f)
			f->changed = true;
		else if (str_is(letter, "D") &&
		    file_has_suffix(path.s, input_suffixes))
			ret->lost = true;
	}
}

/* Whether commits are missing here that the repository has elsewhere. */
static bool
is_shallow(struct git *g)
{
	static const char *const command[] = {"rev-parse",
	    "--is-shallow-repository", NULL};
	struct str text;

	return ask(g, command, &text) && str_starts(text, STR("true"));
}

/*
 * The commit that `git COMMAND` names; NULL: none, of which it says nothing if
 * its status is 1.
 */
static const char *
find_commit(struct git *g, const char *const *command)
{
	struct str text;
	unsigned status;

	if (g->error || g->refused)
		return NULL;
	status = run_alone(g, command, &text);
	if (status == 1 || !is_done(g, command[0], status))
		return NULL;
	return arena_dup(g->arena, text.s, text.n - (text.n > 0));
}

/* D, about a commit that is not found, says if that may be for a reason. */
static void
lacks_commit(struct git *g, struct diag *d)
{
	if (is_shallow(g))
		diag_note(&g->ret->sink, d, (struct span){0},
		    "the clone is shallow, older commits are not here: "
		    "`git fetch --unshallow` brings them, and in a workflow "
		    "`fetch-depth: 0`");
	g->refused = true;
}

/* The commit REVISION; NULL: there is none, which is reported. */
static const char *
resolve(struct git *g, const char *revision)
{
	const char *const command[] = {"rev-parse", "--verify", "--quiet",
	    arena_printf(g->arena, "%s^{commit}", revision), NULL};
	const char *commit = find_commit(g, command);

	if (!commit && !g->error && !g->refused)
		lacks_commit(g,
		    diag_no_commit(&g->ret->sink, (struct span){0}, revision));
	return commit;
}

/* The same of the last one that REVISION and WITH have in common. */
static const char *
resolve_base(struct git *g, const char *revision, const char *with)
{
	const char *a = resolve(g, revision), *b = a ? resolve(g, with) : NULL;
	const char *const command[] = {"merge-base", a, b, NULL};
	const char *commit = b ? find_commit(g, command) : NULL;

	if (b && !commit && !g->error && !g->refused)
		lacks_commit(g,
		    diag_no_common_commit(&g->ret->sink, (struct span){0},
			revision, with));
	return commit;
}

/* Begins; false: nothing can be asked. */
static bool
begin(struct git *g)
{
	char *cwd = getcwd(NULL, 0);

	*g->ret = (struct git_files){0};
	fileset_init(&g->ret->files, g->arena);
	diag_sink_init(&g->ret->sink, g->arena);
	if (!cwd) {
		g->error = errno;
		return false;
	}
	g->ret->cwd = arena_dup(g->arena, cwd, strlen(cwd));
	free(cwd);
	find_top(g);
	return !g->error && !g->refused;
}

int
git_read_index(struct git_files *ret, struct arena *a, bool changes)
{
	struct git g = {.arena = a, .ret = ret};
	struct wanted_list list = {0};

	if (begin(&g)) {
		list_index(&g, &list);
		read_files(&g, &list);
		if (changes)
			mark_changes(&g);
	}
	fileset_close(&ret->files);
	ret->unknown = g.refused;
	return g.error;
}

int
git_read_commit(struct git_files *ret, struct arena *a, const char *revision,
    const char *with)
{
	struct git g = {.arena = a, .ret = ret};
	struct wanted_list list = {0};
	const char *commit = NULL;

	if (begin(&g))
		commit = with ? resolve_base(&g, revision, with)
			      : resolve(&g, revision);
	if (commit) {
		list_commit(&g, commit, &list);
		read_files(&g, &list);
	}
	fileset_close(&ret->files);
	ret->unknown = g.refused;
	return g.error;
}
