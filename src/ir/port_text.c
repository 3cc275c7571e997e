/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads a port as policies write it.
 */
#include "ir/port_text.h"

#include "base/ascii.h"
#include "base/num.h"

/* 1..15 letters, digits and single inner hyphens, at least one letter. */
static bool
is_service_name(struct str s)
{
	bool letter = false;

	if (s.n == 0 || s.n > 15 || s.s[0] == '-' || s.s[s.n - 1] == '-')
		return false;
	for (size_t i = 0; i < s.n; i++) {
		if (s.s[i] == '-' ? s.s[i - 1] == '-' : !ascii_is_alnum(s.s[i]))
			return false;
		letter |= ascii_is_lower(s.s[i] | 0x20);
	}
	return letter;
}

bool
port_parse(struct str text, struct port_text *ret_port)
{
	uint64_t number = 0;

	if (is_service_name(text)) {
		*ret_port = (struct port_text){.named = true};
		return true;
	}
	if (text.n > 0 && !num_go_uint(text, UINT16_MAX, &number))
		return false;
	*ret_port = (struct port_text){.number = (uint16_t)number};
	return true;
}
