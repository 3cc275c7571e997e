/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A buffer that is filled from a file or from what unpacks it.
 */
#include "record/lines.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

enum {
	CHUNK = 1 << 18,
};

enum packing {
	PACKING_NONE,
	PACKING_GZIP,
	PACKING_ZSTD,
};

struct lines {
	int fd;
	enum packing packing;
	z_stream gzip;
	ZSTD_DStream *zstd;
	char *in; /* [CHUNK], packed */
	size_t in_at, in_n;
	bool in_end; /* the file has no more */
	bool whole;  /* what was unpacked ended where it should */
	char *buf;   /* [cap] */
	size_t at, n, cap;
	bool end;
	const char *error;
};

/* More of the file; false at its end and on errors. */
static bool
read_in(struct lines *l)
{
	ssize_t n;

	if (l->in_end || l->error)
		return false;
	do
		n = read(l->fd, l->in, CHUNK);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		l->error = strerrordesc_np(errno);
	l->in_end = n <= 0;
	l->in_at = 0;
	l->in_n = n > 0 ? (size_t)n : 0;
	return n > 0;
}

struct lines *
lines_new(int fd)
{
	struct lines *l = calloc(1, sizeof(*l));

	if (!l)
		return NULL;
	l->fd = fd;
	l->in = malloc(CHUNK);
	l->cap = CHUNK;
	l->buf = malloc(l->cap + 1);
	l->whole = true;
	if (!l->in || !l->buf) {
		lines_free(l);
		return NULL;
	}
	read_in(l);
	if (l->in_n >= 2 && memcmp(l->in, "\x1f\x8b", 2) == 0) {
		l->packing = PACKING_GZIP;
		if (inflateInit2(&l->gzip, 15 + 16) != Z_OK)
			l->error = "cannot unpack";
	} else if (l->in_n >= 4 && memcmp(l->in, "\x28\xb5\x2f\xfd", 4) == 0) {
		l->packing = PACKING_ZSTD;
		l->zstd = ZSTD_createDStream();
		if (!l->zstd)
			l->error = "cannot unpack";
	}
	return l;
}

void
lines_free(struct lines *l)
{
	if (!l)
		return;
	if (l->packing == PACKING_GZIP)
		inflateEnd(&l->gzip);
	ZSTD_freeDStream(l->zstd);
	free(l->in);
	free(l->buf);
	free(l);
}

/* Unpacks into the ROOM bytes at OUT; returns how many, 0 for no progress. */
static size_t
unpack_gzip(struct lines *l, char *out, size_t room)
{
	int status;

	l->gzip.next_in = (unsigned char *)l->in + l->in_at;
	l->gzip.avail_in = (unsigned)(l->in_n - l->in_at);
	l->gzip.next_out = (unsigned char *)out;
	l->gzip.avail_out = (unsigned)room;
	status = inflate(&l->gzip, Z_NO_FLUSH);
	l->in_at = l->in_n - l->gzip.avail_in;
	l->whole = status == Z_STREAM_END;
	if (status == Z_STREAM_END)
		inflateReset(&l->gzip);
	else if (status != Z_OK && status != Z_BUF_ERROR)
		l->error = "the compressed data is damaged";
	return room - l->gzip.avail_out;
}

static size_t
unpack_zstd(struct lines *l, char *out, size_t room)
{
	ZSTD_inBuffer in = {l->in, l->in_n, l->in_at};
	ZSTD_outBuffer to = {out, room, 0};
	size_t status = ZSTD_decompressStream(l->zstd, &to, &in);

	l->in_at = in.pos;
	l->whole = status == 0;
	if (ZSTD_isError(status))
		l->error = "the compressed data is damaged";
	return to.pos;
}

static size_t
unpack(struct lines *l, char *out, size_t room)
{
	size_t n = l->in_n - l->in_at;

	switch (l->packing) {
	case PACKING_GZIP:
		return unpack_gzip(l, out, room);
	case PACKING_ZSTD:
		return unpack_zstd(l, out, room);
	case PACKING_NONE:
		break;
	}
	if (n > room)
		n = room;
	memcpy(out, l->in + l->in_at, n);
	l->in_at += n;
	return n;
}

/* Reads into the buffer itself. */
static bool
read_plain(struct lines *l)
{
	ssize_t n;

	if (l->in_end)
		return false;
	do
		n = read(l->fd, l->buf + l->n, l->cap - l->n);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		l->error = strerrordesc_np(errno);
	l->in_end = n <= 0;
	l->n += n > 0 ? (size_t)n : 0;
	return n > 0;
}

/* Adds to the buffer, which has room; false: there is no more. */
static bool
fill(struct lines *l)
{
	while (!l->error) {
		size_t n;

		if (l->packing == PACKING_NONE && l->in_at == l->in_n)
			return read_plain(l);
		if (l->in_at == l->in_n && !read_in(l)) {
			if (!l->whole && !l->error)
				l->error = "the compressed data is cut off";
			return false;
		}
		n = unpack(l, l->buf + l->n, l->cap - l->n);
		l->n += n;
		if (n > 0)
			return true;
	}
	return false;
}

/* Makes room after what is there; false: the line is too long. */
static bool
make_room(struct lines *l)
{
	size_t cap = l->cap * 2;
	char *grown;

	if (l->at > 0) {
		memmove(l->buf, l->buf + l->at, l->n - l->at);
		l->n -= l->at;
		l->at = 0;
	}
	if (l->n < l->cap)
		return true;
	if (cap > LINES_MAX)
		return false;
	grown = realloc(l->buf, cap + 1);
	if (!grown)
		return false;
	l->buf = grown;
	l->cap = cap;
	return true;
}

/* Drops what belongs to a line that is too long. */
static enum lines_got
skip_long(struct lines *l)
{
	const char *feed;

	for (;;) {
		feed = memchr(l->buf, '\n', l->n);
		if (feed) {
			l->at = (size_t)(feed + 1 - l->buf);
			return LINES_TOO_LONG;
		}
		l->n = l->at = 0;
		if (!fill(l)) {
			l->end = true;
			return LINES_TOO_LONG;
		}
	}
}

enum lines_got
lines_next(struct lines *l, struct str *ret)
{
	size_t from = l->at;

	for (;;) {
		char *feed = memchr(l->buf + from, '\n', l->n - from);

		if (feed) {
			*feed = '\0';
			*ret = (struct str){l->buf + l->at,
			    (size_t)(feed - l->buf) - l->at};
			l->at = (size_t)(feed + 1 - l->buf);
			return LINES_LINE;
		}
		if (l->end)
			return l->error ? LINES_FAILED : LINES_END;
		from = l->n - l->at;
		if (!make_room(l))
			return skip_long(l);
		if (!fill(l)) {
			l->end = true;
			if (l->n == l->at)
				continue;
			l->buf[l->n] = '\0';
			*ret = (struct str){l->buf + l->at, l->n - l->at};
			l->at = l->n;
			return LINES_LINE;
		}
		from += l->at;
	}
}

const char *
lines_error(const struct lines *l)
{
	return l->error;
}
