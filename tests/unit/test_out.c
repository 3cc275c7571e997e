/* SPDX-License-Identifier: Apache-2.0 */

/*
 * When output is written, and that no failed write is lost.
 */

#include "base/out.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

/* More than a pipe holds, so that a write that is not whole happens. */
#define LARGE ((size_t)1 << 20)

/* A sink before a pipe. */
struct fixture {
	struct arena arena;
	struct out out;
	int read_end, write_end;
};

static int
set_up(void **state)
{
	struct fixture *f = test_calloc(1, sizeof(*f));
	int ends[2];

	*state = f;
	if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) < 0)
		return -1;
	f->read_end = ends[0];
	f->write_end = ends[1];
	out_init(&f->out, &f->arena, f->write_end);
	return signal(SIGPIPE, SIG_IGN) == SIG_ERR ? -1 : 0;
}

static int
tear_down(void **state)
{
	struct fixture *f = *state;

	/* Either may be closed already. */
	close(f->read_end);
	close(f->write_end);
	arena_free(&f->arena);
	test_free(f);
	return 0;
}

/* What has arrived at the other end of the pipe. */
static const char *
arrived(struct fixture *f)
{
	char bytes[64];
	ssize_t n = read(f->read_end, bytes, sizeof(bytes));

	return n < 0 ? "" : arena_dup(&f->arena, bytes, (size_t)n);
}

static bool
is_open(int fd)
{
	return fcntl(fd, F_GETFD) >= 0;
}

static void
test_at_close(void **state)
{
	struct fixture *f = *state;

	buf_puts(&f->out.buf, "one ");
	assert_true(out_record(&f->out));
	buf_puts(&f->out.buf, "two");
	assert_true(out_record(&f->out));
	assert_string_equal(arrived(f), "");
	assert_int_equal(out_close(&f->out), 0);
	assert_string_equal(arrived(f), "one two");
	assert_false(is_open(f->write_end));
}

static void
test_stream(void **state)
{
	struct fixture *f = *state;

	buf_puts(&f->out.buf, "before ");
	out_stream(&f->out);
	buf_puts(&f->out.buf, "one");
	assert_string_equal(arrived(f), "");
	assert_true(out_record(&f->out));
	assert_string_equal(arrived(f), "before one");
	buf_puts(&f->out.buf, "two");
	assert_true(out_record(&f->out));
	assert_string_equal(arrived(f), "two");
	assert_true(out_record(&f->out));
	assert_string_equal(arrived(f), "");
	buf_puts(&f->out.buf, "rest");
	assert_int_equal(out_close(&f->out), 0);
	assert_string_equal(arrived(f), "rest");
	assert_false(is_open(f->write_end));
}

/* A pipe that takes only part: the rest is not lost in silence. */
static void
test_part(void **state)
{
	struct fixture *f = *state;

	buf_repeat(&f->out.buf, 'x', LARGE);
	assert_int_equal(out_close(&f->out), EAGAIN);
}

/* The first failure counts, and ends the stream. */
static void
test_closed_pipe(void **state)
{
	struct fixture *f = *state;

	out_stream(&f->out);
	close(f->read_end);
	buf_puts(&f->out.buf, "one");
	assert_false(out_record(&f->out));
	close(f->write_end);
	buf_puts(&f->out.buf, "two");
	assert_false(out_record(&f->out));
	assert_int_equal(out_close(&f->out), EPIPE);
}

static void
test_full_disk(void **state)
{
	struct fixture *f = *state;

	for (int stream = 0; stream < 2; stream++) {
		struct out out;
		int fd = open("/dev/full", O_WRONLY | O_CLOEXEC);

		assert_true(fd >= 0);
		out_init(&out, &f->arena, fd);
		if (stream)
			out_stream(&out);
		buf_puts(&out.buf, "one");
		assert_int_equal(out_record(&out), !stream);
		assert_int_equal(out_close(&out), ENOSPC);
		assert_false(is_open(fd));
	}
}

/* A descriptor that is not open matters only to what there is to write. */
static void
test_not_open(void **state)
{
	struct fixture *f = *state;

	close(f->write_end);
	assert_true(out_record(&f->out));
	assert_int_equal(out_close(&f->out), 0);
	buf_puts(&f->out.buf, "one");
	assert_int_equal(out_close(&f->out), EBADF);
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
	    TEST(test_at_close),
	    TEST(test_stream),
	    TEST(test_part),
	    TEST(test_closed_pipe),
	    TEST(test_full_disk),
	    TEST(test_not_open),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
