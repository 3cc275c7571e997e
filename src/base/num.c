/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers in text, as strict as their readers in Go. */
#include "base/num.h"

#include "base/ascii.h"

/* Appends digit D to *V; false when that is more than MAX. */
static bool
push_digit(uint64_t *v, unsigned base, unsigned d, uint64_t max)
{
	return !__builtin_mul_overflow(*v, (uint64_t)base, v) &&
	    !__builtin_add_overflow(*v, (uint64_t)d, v) && *v <= max;
}

/* The base that S (not empty) names, and where its digits begin. */
static unsigned
go_base(struct str s, size_t *ret_start)
{
	*ret_start = 0;
	if (s.s[0] != '0')
		return 10;
	if (s.n >= 3) {
		*ret_start = 2;
		switch (s.s[1] | 0x20) {
		case 'b':
			return 2;
		case 'o':
			return 8;
		case 'x':
			return 16;
		}
	}
	*ret_start = 1; /* the 0 itself: it may be alone */
	return 8;
}

bool
num_u64(struct str s, uint64_t max, uint64_t *ret_value)
{
	uint64_t v = 0;
	unsigned d;
	size_t i;

	if (s.n == 0)
		return false;
	for (i = 0; i < s.n; i++) {
		d = ascii_digit(s.s[i]);
		if (d >= 10 || !push_digit(&v, 10, d, max))
			return false;
	}
	*ret_value = v;
	return true;
}

bool
num_go_uint(struct str s, uint64_t max, uint64_t *ret_value)
{
	bool after_digit; /* so that an underscore may come */
	unsigned d, base;
	uint64_t v = 0;
	size_t i;

	if (s.n == 0)
		return false;
	base = go_base(s, &i);
	for (after_digit = i > 0; i < s.n; i++) {
		if (s.s[i] == '_') {
			if (!after_digit)
				return false;
			after_digit = false;
			continue;
		}
		d = ascii_digit(s.s[i]);
		if (d >= base || !push_digit(&v, base, d, max))
			return false;
		after_digit = true;
	}
	if (!after_digit)
		return false;
	*ret_value = v;
	return true;
}
