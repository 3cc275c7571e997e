/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Blocks of lines, in slices that workers take one by one.
 */
#include "replay/recording.h"

#include <errno.h>
#include <string.h>

enum {
	BLOCK_ONE = 1 << 18, /* bytes: of one worker, */
	BLOCK = 1 << 20,     /* of each of several, */
	BLOCK_MAX = 8 << 20, /* and of all of them */
	SLICES = 4,          /* of each worker */
	SHARED_MIN = 1 << 16 /* bytes that are worth sharing */
};

/* Some lines, and what they come to. */
struct slice {
	struct str text;
	bool too_long; /* instead of text: one line is */
	struct record_columns before, after;
	struct arena arena;
	VEC(struct replay_result) told; /* .line is the number here */
	uint64_t lines, lost;
	uint64_t status[REPLAY_STATUSES]; /* of those that are not in TOLD */
};

struct round {
	enum lines_got got;
	struct str text;
	struct slice *slice; /* [max] */
	size_t n;
};

struct reading {
	struct recording *r;
	struct lines *lines;
	struct round round[2];
	unsigned now; /* the one whose lines are judged */
	size_t max;   /* slices */
	struct record_columns columns;
	uint64_t before; /* lines that are counted */
	bool stopped;
};

void
recording_init(struct recording *r, struct replay *x, struct pool *pool)
{
	*r = (struct recording){.replay = x, .pool = pool};
	r->worker = ARENA_ARRAY(&pool->arena, struct replay_worker, pool->n);
	for (unsigned i = 0; i < pool->n; i++)
		replay_worker_init(&r->worker[i], x, &pool->v[i].perm);
}

void
recording_free(struct recording *r)
{
	for (unsigned i = 0; i < r->pool->n; i++)
		replay_worker_free(&r->worker[i]);
}

/* Whether the result is needed once more. */
static bool
is_told(const struct recording *r, const struct slice *s,
    const struct replay_result *result)
{
	return r->every || result->status == REPLAY_JUDGED ||
	    (result->status == REPLAY_MALFORMED &&
		s->status[REPLAY_MALFORMED] < RECORDING_MALFORMED_MAX);
}

static void
keep(const struct recording *r, struct slice *s,
    const struct replay_result *result)
{
	bool told = is_told(r, s, result);
	struct replay_result *kept;

	s->lines++;
	s->status[result->status]++;
	s->lost += result->lost;
	if (!told)
		return;
	kept = vec_push(&s->told, &s->arena);
	*kept = *result;
	kept->line = s->lines;
}

static void
read_line(struct recording *r, struct replay_worker *w, struct slice *s,
    struct str line)
{
	struct replay_result result;

	replay_line(&result, w, line);
	if (result.time.n > 0)
		result.time.s =
		    arena_dup(&s->arena, result.time.s, result.time.n);
	keep(r, s, &result);
}

static void
read_slice(struct recording *r, struct replay_worker *w, struct slice *s)
{
	const char *p = s->text.s, *end = s->text.s + s->text.n;
	struct replay_result too_long = {.status = REPLAY_MALFORMED,
	    .too_long = true};

	w->reader.columns = s->before;
	while (p < end) {
		const char *feed = memchr(p, '\n', (size_t)(end - p));
		const char *to = feed ? feed : end;

		read_line(r, w, s, (struct str){p, (size_t)(to - p)});
		p = to + 1;
	}
	if (s->too_long)
		keep(r, s, &too_long);
	s->after = w->reader.columns;
}

static void
clear(struct slice *s)
{
	struct slice empty = {.text = s->text,
	    .too_long = s->too_long,
	    .before = s->before,
	    .arena = s->arena};

	*s = empty;
	arena_reset(&s->arena);
}

/* Where the line ends that the byte AT is in. */
static size_t
line_end(struct str text, size_t at)
{
	const char *feed =
	    at < text.n ? memchr(text.s + at, '\n', text.n - at) : NULL;

	return feed ? (size_t)(feed + 1 - text.s) : text.n;
}

/* Cuts what was read into slices of whole lines. */
static void
cut(struct reading *x, struct round *round)
{
	size_t n, from = 0;

	if (round->got == LINES_TOO_LONG)
		round->text = STR("");
	n = round->text.n < SHARED_MIN ? 1 : x->max;
	round->n = 0;
	for (size_t i = 1; i <= n; i++) {
		struct slice *s = &round->slice[round->n];
		size_t to = line_end(round->text,
		    i < n ? i * (round->text.n / n) : round->text.n);

		if (to <= from && n > 1)
			continue;
		s->text = (struct str){round->text.s + from, to - from};
		s->too_long = round->got == LINES_TOO_LONG;
		s->before = x->columns;
		clear(s);
		from = to;
		round->n++;
	}
}

/* What is told of one line; the numbers of the others are known. */
static bool
count_slice(struct reading *x, struct slice *s)
{
	struct replay *all = x->r->replay;

	VEC_FOREACH (result, &s->told) {
		s->status[result->status]--;
		s->lines--;
		s->lost -= result->lost;
		result->line += x->before;
		replay_count(all, result);
		if ((x->r->every || result->status == REPLAY_MALFORMED) &&
		    !x->r->fn(x->r->arg, result))
			return false;
	}
	x->before += s->lines + s->told.n;
	all->lines += s->lines;
	all->lost += s->lost;
	for (int i = 0; i < REPLAY_STATUSES; i++)
		all->status[i] += s->status[i];
	return true;
}

static void
count_round(struct reading *x, struct round *round)
{
	for (size_t i = 0; i < round->n && !x->stopped; i++)
		x->stopped = !count_slice(x, &round->slice[i]);
	round->n = 0;
}

/* Item 0: the rounds before and after this one; the others: its slices. */
static void
work(void *arg, struct worker *self, size_t i)
{
	struct reading *x = arg;
	struct round *now = &x->round[x->now], *next = &x->round[!x->now];

	if (i > 0) {
		read_slice(x->r, &x->r->worker[self - x->r->pool->v],
		    &now->slice[i - 1]);
		return;
	}
	count_round(x, next);
	next->got = lines_read(x->lines, false, &next->text);
}

static void
run(struct reading *x, size_t n)
{
	if (n > 2) {
		pool_run(x->r->pool, n, work, x);
		return;
	}
	for (size_t i = 0; i < n; i++)
		work(x, &x->r->pool->v[0], i);
}

/*
 * The names of columns count from their line on: slices that did not know of
 * them are read again.
 */
static void
settle_columns(struct reading *x, struct round *round)
{
	for (size_t i = 0; i < round->n; i++) {
		struct slice *s = &round->slice[i];

		if (memcmp(&s->before, &x->columns, sizeof(x->columns)) != 0) {
			s->before = x->columns;
			clear(s);
			read_slice(x->r, &x->r->worker[0], s);
		}
		x->columns = s->after;
	}
}

static bool
has_lines(const struct round *round)
{
	return round->got == LINES_SOME || round->got == LINES_TOO_LONG;
}

static void
read_rounds(struct reading *x)
{
	struct round *now = &x->round[0];

	now->got = lines_read(x->lines, true, &now->text);
	while (has_lines(now) && !x->stopped) {
		struct round *next = &x->round[!x->now];

		cut(x, now);
		run(x, now->n + 1);
		settle_columns(x, now);
		if (next->got == LINES_LATER) {
			count_round(x, now);
			next->got = lines_read(x->lines, true, &next->text);
		}
		x->now = !x->now;
		now = next;
	}
	count_round(x, &x->round[!x->now]);
}

enum recording_end
recording_read(struct recording *r, int fd, uint64_t *ret_lines,
    const char **ret_error)
{
	size_t size = r->pool->n == 1 ? BLOCK_ONE : BLOCK * r->pool->n;
	struct reading x = {.r = r, .max = SLICES * r->pool->n};
	struct arena arena = {0};

	*ret_lines = 0;
	*ret_error = NULL;
	record_columns_init(&x.columns);
	x.max = r->pool->n == 1 ? 1 : x.max;
	x.lines = lines_new(fd, size < BLOCK_MAX ? size : BLOCK_MAX);
	if (!x.lines) {
		*ret_error = strerrordesc_np(ENOMEM);
		return RECORDING_FAILED;
	}
	if (r->follow)
		lines_follow(x.lines, r->follow);
	for (int i = 0; i < 2; i++)
		x.round[i].slice = ARENA_ARRAY(&arena, struct slice, x.max);
	read_rounds(&x);
	*ret_lines = x.before;
	*ret_error = lines_error(x.lines);
	for (int i = 0; i < 2; i++)
		for (size_t k = 0; k < x.max; k++)
			arena_free(&x.round[i].slice[k].arena);
	arena_free(&arena);
	lines_free(x.lines);
	if (x.stopped)
		return RECORDING_STOPPED;
	return *ret_error ? RECORDING_FAILED : RECORDING_END;
}
