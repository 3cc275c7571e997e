/* SPDX-License-Identifier: Apache-2.0 */
/* Escaping names of files as URIs want it, and undoing that. */
#include "base/uri.h"

#include "base/ascii.h"
#include "base/buf.h"

/* RFC 3986 "unreserved", and the slash. */
#define URI_SAFE \
	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~/"

const char *
uri_of_file(struct arena *a, const char *path)
{
	struct buf b;

	buf_init(&b, a);
	if (*path == '/')
		buf_puts(&b, "file://");
	for (; *path; path++) {
		if (strchr(URI_SAFE, *path))
			buf_putc(&b, *path);
		else
			buf_printf(&b, "%%%02X", (unsigned char)*path);
	}
	return buf_as_str(&b).s;
}

/* The byte that the escape at P, of three characters, is for; -1: it is none.
 */
static int
escaped(const char *p)
{
	static const char digits[] = "0123456789abcdef";
	const char *high = strchr(digits, ascii_lower(p[1]));
	const char *low = strchr(digits, ascii_lower(p[2]));

	if (!p[1] || !p[2] || !high || !low)
		return -1;
	return (int)((high - digits) * 16 + (low - digits));
}

const char *
uri_file(struct arena *a, struct str uri)
{
	const struct str scheme = STR("file://"), here = STR("localhost");
	struct buf b;

	if (!str_starts(uri, scheme))
		return NULL;
	uri.s += scheme.n;
	uri.n -= scheme.n;
	if (str_starts(uri, here)) {
		uri.s += here.n;
		uri.n -= here.n;
	}
	if (uri.n == 0 || *uri.s != '/')
		return NULL;
	buf_init(&b, a);
	for (size_t i = 0; i < uri.n; i++) {
		int c = (unsigned char)uri.s[i];

		if (c == '%') {
			c = uri.n - i > 2 ? escaped(uri.s + i) : -1;
			i += 2;
		}
		if (c <= 0)
			return NULL;
		buf_putc(&b, (char)c);
	}
	return buf_as_str(&b).s;
}
