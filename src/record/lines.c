/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Two blocks in turn, which are filled from a file or from what unpacks it.
 */
#include "record/lines.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

#include "record/follow.h"

enum {
	CHUNK = 1 << 18,
};

enum packing {
	PACKING_NONE,
	PACKING_GZIP,
	PACKING_ZSTD,
};

/* What was read, and what is read next begins where its last line ends. */
struct block {
	char *v; /* [cap] */
	size_t n, cap;
	size_t whole; /* bytes of whole lines */
};

struct lines {
	int fd;
	size_t size; /* that a block is to have */
	enum packing packing;
	z_stream gzip;
	ZSTD_DStream *zstd;
	char *in; /* [CHUNK], packed */
	size_t in_at, in_n;
	bool in_end;   /* the file has no more */
	bool unpacked; /* what was unpacked ended where it should */
	struct block block[2];
	unsigned now;  /* the one that is filled */
	bool given;    /* it has been given away */
	bool skipping; /* the rest of a line that is too long */
	bool end;
	struct follow *follow; /* or NULL */
	bool dry;              /* there is no more of it for now */
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
lines_new(int fd, size_t size)
{
	struct lines *l = calloc(1, sizeof(*l));

	if (!l)
		return NULL;
	l->fd = fd;
	l->size = size;
	l->in = malloc(CHUNK);
	l->unpacked = true;
	for (unsigned i = 0; i < 2; i++) {
		l->block[i].cap = size;
		l->block[i].v = malloc(size);
	}
	if (!l->in || !l->block[0].v || !l->block[1].v) {
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
	free(l->block[0].v);
	free(l->block[1].v);
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
	l->unpacked = status == Z_STREAM_END;
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
	l->unpacked = status == 0;
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

void
lines_follow(struct lines *l, struct follow *f)
{
	l->follow = f;
	l->in_end = false;
	if (l->packing != PACKING_NONE)
		l->error = "what is compressed cannot be followed";
}

/* Whether reading would not wait. */
static bool
is_ready(const struct lines *l)
{
	struct pollfd p = {.fd = l->fd, .events = POLLIN};

	if (l->follow)
		return !l->dry;
	return l->in_at < l->in_n || l->in_end || poll(&p, 1, 0) != 0;
}

/* Reads into the block itself. */
static bool
read_plain(struct lines *l, struct block *b)
{
	ssize_t n;

	if (l->in_end)
		return false;
	do
		n = read(l->fd, b->v + b->n, b->cap - b->n);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		l->error = strerrordesc_np(errno);
	l->in_end = n < 0 || (n == 0 && !l->follow);
	l->dry = n == 0;
	b->n += n > 0 ? (size_t)n : 0;
	return !l->in_end;
}

/* Adds to the block, which has room; false: there is no more. */
static bool
fill(struct lines *l, struct block *b)
{
	while (!l->error) {
		size_t n;

		if (l->packing == PACKING_NONE && l->in_at == l->in_n)
			return read_plain(l, b);
		if (l->in_at == l->in_n && !read_in(l)) {
			if (!l->unpacked && !l->error)
				l->error = "the compressed data is cut off";
			return false;
		}
		n = unpack(l, b->v + b->n, b->cap - b->n);
		b->n += n;
		if (n > 0)
			return true;
	}
	return false;
}

/* Makes room; false: the line is too long. */
static bool
make_room(struct block *b)
{
	size_t cap = b->cap * 2;
	char *grown;

	if (b->n < b->cap)
		return true;
	if (cap > LINES_MAX)
		return false;
	grown = realloc(b->v, cap);
	if (!grown)
		return false;
	b->v = grown;
	b->cap = cap;
	return true;
}

/* Begins the next block with the part of a line that the last one ends with. */
static bool
next_block(struct lines *l)
{
	const struct block *last = &l->block[l->now];
	struct block *b = &l->block[l->now ^ 1];

	if (!l->given)
		return true;
	b->n = b->whole = 0;
	while (b->cap < last->n - last->whole) {
		b->n = b->cap;
		if (!make_room(b)) {
			l->error = "there is not enough memory";
			return false;
		}
	}
	b->n = last->n - last->whole;
	memcpy(b->v, last->v + last->whole, b->n);
	l->now ^= 1;
	l->given = false;
	return true;
}

/* Finds the last line feed from FROM on; one that ends a line that is too long
 * is not kept, and true. */
static bool
find_whole(struct lines *l, struct block *b, size_t from)
{
	const char *feed;

	if (l->skipping) {
		feed = memchr(b->v, '\n', b->n);
		b->n = feed ? b->n - (size_t)(feed + 1 - b->v) : 0;
		if (!feed)
			return false;
		memmove(b->v, feed + 1, b->n);
		from = 0;
	}
	feed = memrchr(b->v + from, '\n', b->n - from);
	if (feed)
		b->whole = (size_t)(feed + 1 - b->v);
	return l->skipping;
}

static enum lines_got
give(struct lines *l, struct block *b, struct str *ret)
{
	l->given = true;
	*ret = (struct str){b->v, b->whole};
	return LINES_SOME;
}

/* What there is at the end. */
static enum lines_got
give_rest(struct lines *l, struct block *b, struct str *ret)
{
	if (l->skipping) {
		l->skipping = false;
		return LINES_TOO_LONG;
	}
	b->whole = b->n;
	if (b->n > 0)
		return give(l, b, ret);
	return l->error ? LINES_FAILED : LINES_END;
}

/* Waits for more of what is followed; false: it is over. */
static bool
await(struct lines *l, struct block *b)
{
	if (!l->follow || !l->dry)
		return true;
	switch (follow_wait(l->follow)) {
	case FOLLOW_END:
		return false;
	case FOLLOW_OTHER:
		/* Its first line is no part of the last one. */
		if (b->n > b->whole && make_room(b))
			b->v[b->n++] = '\n';
		l->fd = l->follow->fd;
		break;
	case FOLLOW_MORE:
		break;
	}
	l->dry = false;
	return true;
}

enum lines_got
lines_read(struct lines *l, bool wait, struct str *ret)
{
	struct block *b;
	size_t from;

	if (!next_block(l))
		return LINES_FAILED;
	b = &l->block[l->now];
	l->end = l->end || (l->follow && follow_is_over(l->follow));
	while (!l->end) {
		if (b->whole > 0 && (b->n >= l->size || !is_ready(l)))
			return give(l, b, ret);
		if (b->whole == 0 && !wait && !is_ready(l))
			return LINES_LATER;
		from = b->n;
		l->end = !await(l, b) || l->error;
		if (l->end)
			break;
		if (!make_room(b)) {
			l->skipping = true;
			b->n = from = 0;
		}
		l->end = !fill(l, b);
		if (find_whole(l, b, from)) {
			l->skipping = false;
			return LINES_TOO_LONG;
		}
	}
	return give_rest(l, b, ret);
}

const char *
lines_error(const struct lines *l)
{
	return l->error;
}
