/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tables of tuples, CSV or tabs between: from, to, port, protocol, count and
 * verdict, in this order or as a first line says.
 */
#include <netinet/in.h>
#include <string.h>

#include "base/num.h"
#include "cilium/proto.h"
#include "record/parts.h"

enum {
	FIELDS_MAX = 32,
};

struct fields {
	struct str v[FIELDS_MAX];
	int n;
};

static struct str
trim(struct str s)
{
	while (s.n > 0 && (*s.s == ' ' || *s.s == '\t'))
		s = (struct str){s.s + 1, s.n - 1};
	while (s.n > 0 && strchr(" \t\r", s.s[s.n - 1]))
		s.n--;
	return s;
}

/* A field in quotes; "" in it is a quote. */
static struct str
unquoted(struct arena *a, struct str s)
{
	char *out = arena_alloc(a, s.n + 1);
	size_t n = 0;

	for (size_t i = 1; i + 1 < s.n; i++) {
		if (s.s[i] == '"')
			i++;
		out[n++] = s.s[i];
	}
	out[n] = '\0';
	return (struct str){out, n};
}

static void
split(struct fields *f, struct arena *a, struct str line, char separator)
{
	size_t from = 0;
	bool quoted = false;

	f->n = 0;
	for (size_t i = 0; i <= line.n && f->n < FIELDS_MAX; i++) {
		struct str field;

		if (i < line.n && line.s[i] == '"' && separator == ',')
			quoted = !quoted;
		if (i < line.n && (line.s[i] != separator || quoted))
			continue;
		field = trim((struct str){line.s + from, i - from});
		if (field.n > 1 && *field.s == '"' && separator == ',')
			field = unquoted(a, field);
		f->v[f->n++] = field;
		from = i + 1;
	}
}

static int
column(const struct fields *f, const char *name, const char *other)
{
	for (int i = 0; i < f->n; i++) {
		if (str_is(f->v[i], name) || str_is(f->v[i], other))
			return i;
	}
	return -1;
}

/* Whether F names columns, which are then those of the reader. */
static bool
read_names(struct record_reader *reader, const struct fields *f)
{
	struct record_columns c = {
	    .from = column(f, "from", "source"),
	    .to = column(f, "to", "destination"),
	    .port = column(f, "port", "dport"),
	    .proto = column(f, "proto", "protocol"),
	    .count = column(f, "count", "n"),
	    .verdict = column(f, "verdict", "action"),
	    .bytes = column(f, "bytes", "octets"),
	};

	if (c.from < 0 || c.to < 0 || c.port < 0)
		return false;
	reader->columns = c;
	return true;
}

/* The field at a column; empty: there is none. */
static struct str
field(const struct fields *f, int at)
{
	return at >= 0 && at < f->n ? f->v[at] : STR("");
}

static bool
set_proto(struct record *r, struct str text)
{
	uint64_t number;

	r->proto = IPPROTO_TCP;
	if (text.n == 0)
		return true;
	if (num_u64(text, UINT8_MAX, &number)) {
		r->proto = (uint8_t)number;
		return number > 0;
	}
	return proto_parse(text, &r->proto) && r->proto != 0;
}

static void
read_row(struct record *r, const struct record_columns *c,
    const struct fields *f)
{
	struct str count = field(f, c->count), bytes = field(f, c->bytes);
	uint64_t port;

	r->from.text = field(f, c->from);
	r->to.text = field(f, c->to);
	r->counted = true;
	r->count = 1;
	if (r->from.text.n == 0 || r->to.text.n == 0 ||
	    !num_u64(field(f, c->port), UINT16_MAX, &port) ||
	    !set_proto(r, field(f, c->proto)) ||
	    (count.n > 0 && !num_u64(count, UINT64_MAX, &r->count)) ||
	    (bytes.n > 0 && !num_u64(bytes, UINT64_MAX, &r->bytes))) {
		r->kind = RECORD_MALFORMED;
		return;
	}
	r->port = (uint16_t)port;
	r->has_port = true;
	r->state = RECORD_NEW;
	record_set_verdict(r, field(f, c->verdict));
}

bool
record_tuple(struct record *r, struct record_reader *reader, struct str line)
{
	char separator = memchr(line.s, '\t', line.n) ? '\t' : ',';
	struct fields f;

	if (!memchr(line.s, separator, line.n))
		return false;
	split(&f, reader->arena, line, separator);
	if (read_names(reader, &f))
		r->kind = RECORD_OTHER;
	else
		read_row(r, &reader->columns, &f);
	return true;
}
