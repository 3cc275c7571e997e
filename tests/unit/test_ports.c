/* SPDX-License-Identifier: Apache-2.0 */
#include "pmap/ports.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

struct cover_case {
	uint16_t port, end;
	const char *want;
};

static void
test_examples(void **state)
{
	static const struct cover_case cases[] = {
	    {0, 0, "0/0"},
	    {0, 65535, "0/0"},
	    {80, 0, "80/16"},
	    {80, 80, "80/16"},
	    {80, 79, "80/16"},
	    {5, 6, "5/16 6/16"},
	    {80, 95, "80/12"},
	    {8000, 8010, "8000/13 8008/15 8010/16"},
	    {1000, 2000,
		"1000/13 1008/12 1024/7 1536/8 1792/9 1920/10 1984/12 "
		"2000/16"},
	    {1024, 65535, "1024/6 2048/5 4096/4 8192/3 16384/2 32768/1"},
	    {30000, 32767, "30000/12 30016/10 30080/9 30208/7 30720/5"},
	    {65534, 65535, "65534/15"},
	    {0, 1023, "0/6"},
	};
	struct port_prefix out[PORT_COVER_MAX];
	char got[512];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		unsigned n = port_cover(cases[i].port, cases[i].end, out);
		size_t at = 0;

		got[0] = '\0';
		for (unsigned k = 0; k < n; k++)
			at += (size_t)snprintf(got + at, sizeof(got) - at,
			    "%s%u/%u", k ? " " : "", out[k].port, out[k].bits);
		assert_string_equal(got, cases[i].want);
	}
}

static bool
covered(const struct port_prefix *out, unsigned n, uint16_t port)
{
	unsigned hits = 0;

	for (unsigned i = 0; i < n; i++)
		hits += port_mask(port, out[i].bits) == out[i].port;
	assert_true(hits <= 1);
	return hits == 1;
}

/* Every port is in a cover if and only if it is in the range. */
static void
test_exact(void **state)
{
	static const uint16_t edges[] = {1, 2, 3, 7, 8, 255, 256, 257, 1000,
	    32767, 32768, 40000, 65533, 65534, 65535};
	struct port_prefix out[PORT_COVER_MAX];
	size_t nedges = sizeof(edges) / sizeof(*edges);

	(void)state;
	for (size_t i = 0; i < nedges; i++) {
		for (size_t k = i + 1; k < nedges; k++) {
			unsigned n = port_cover(edges[i], edges[k], out);

			assert_true(n <= PORT_COVER_MAX);
			for (uint32_t p = 0; p <= UINT16_MAX; p++)
				assert_int_equal(covered(out, n, (uint16_t)p),
				    p >= edges[i] && p <= edges[k]);
		}
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_examples),
	    cmocka_unit_test(test_exact),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
