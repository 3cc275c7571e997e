/* SPDX-License-Identifier: Apache-2.0 */
/* UTF-8: decoding a code point, checking and counting many. */
#include "base/utf8.h"

#include <string.h>

size_t
utf8_decode(struct str s, uint32_t *ret_cp)
{
	static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
	const unsigned char *p = (const unsigned char *)s.s;
	size_t i, n;
	uint32_t cp;

	if (s.n == 0)
		return 0;
	if (p[0] < 0x80) {
		*ret_cp = p[0];
		return 1;
	}
	n = p[0] >= 0xf0 ? 4 : p[0] >= 0xe0 ? 3 : 2;
	if (p[0] < 0xc0 || p[0] >= 0xf8 || n > s.n)
		return 0;
	cp = p[0] & (0x7fu >> n);
	for (i = 1; i < n; i++) {
		if ((p[i] & 0xc0) != 0x80)
			return 0;
		cp = cp << 6 | (p[i] & 0x3f);
	}
	if (cp < least[n] || cp > 0x10ffff || (cp >= 0xd800 && cp <= 0xdfff))
		return 0;
	*ret_cp = cp;
	return n;
}

size_t
utf8_valid(struct str s)
{
	size_t i = 0, len;
	uint32_t cp;
	uint64_t w;

	while (i < s.n) {
		while (s.n - i >= sizeof(w)) {
			memcpy(&w, s.s + i, sizeof(w));
			if (w & UINT64_C(0x8080808080808080))
				break;
			i += sizeof(w);
		}
		len = utf8_decode((struct str){s.s + i, s.n - i}, &cp);
		if (len == 0)
			break;
		i += len;
	}
	return i;
}

/* Eight bytes at a time: a byte counts unless its two high bits are 10. */
size_t
utf8_count(struct str s)
{
	const uint64_t ones = UINT64_C(0x0101010101010101);
	size_t count = 0, i = 0;
	uint64_t w;

	for (; s.n - i >= sizeof(w); i += sizeof(w)) {
		memcpy(&w, s.s + i, sizeof(w));
		count += ((~w >> 7 | w >> 6) & ones) * ones >> 56;
	}
	for (; i < s.n; i++)
		count += ((unsigned char)s.s[i] & 0xc0) != 0x80;
	return count;
}

size_t
utf8_put(char *out, uint32_t c)
{
	size_t n = 0;

	if (c < 0x80) {
		out[n++] = (char)c;
		return n;
	}
	if (c < 0x800) {
		out[n++] = (char)(0xc0 | c >> 6);
	} else {
		if (c < 0x10000) {
			out[n++] = (char)(0xe0 | c >> 12);
		} else {
			out[n++] = (char)(0xf0 | c >> 18);
			out[n++] = (char)(0x80 | (c >> 12 & 0x3f));
		}
		out[n++] = (char)(0x80 | (c >> 6 & 0x3f));
	}
	out[n++] = (char)(0x80 | (c & 0x3f));
	return n;
}
