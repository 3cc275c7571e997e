/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "bundle/record.h"
#include "prop.h"
#include "cilium/version.h"

#define TCP 6

/* test_layouts() has the others. */
#define LAYOUT map_layout(CILIUM_1_20)

static const struct {
	const char *what;
	struct policy_record record;
	uint8_t key[POLICY_KEY_SIZE], value[MAP_VALUE_MAX];
} policy_examples[] = {
    {
	"ingress id 258 TCP/80 allow",
	{DIR_INGRESS, 258, TCP, 16, 80, .precedence = 0xffffff01},
	{0x40, 0, 0, 0, 2, 1, 0, 0, 0, 6, 0, 0x50},
	{0, 0, 0xc0, 0, 1, 0xff, 0xff, 0xff, 0, 0, 0, 0},
    },
    {
	"egress id 16777217 TCP 8008/15 allow",
	{DIR_EGRESS, 16777217, TCP, 15, 8008, .precedence = 0xffffff01},
	{0x3f, 0, 0, 0, 1, 0, 0, 1, 1, 6, 0x1f, 0x48},
	{0, 0, 0xb8, 0, 1, 0xff, 0xff, 0xff, 0, 0, 0, 0},
    },
    {
	"ingress id 256 any protocol deny",
	{DIR_INGRESS, 256, .deny = true, .precedence = 0xffffffff},
	{0x28, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0},
	{0, 0, 1, 0, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0},
    },
    {
	"egress anybody, all of TCP, redirected, with authentication",
	{DIR_EGRESS, 0, TCP, .auth = 0x81, .proxy_port = 10001,
	    .precedence = 0xffffff9a},
	{0x30, 0, 0, 0, 0, 0, 0, 0, 1, 6, 0, 0},
	{0x27, 0x11, 0x40, 0x81, 0x9a, 0xff, 0xff, 0xff, 0, 0, 0, 0},
    },
};

/* What an agent adds to an entry is read over, and only in live maps. */
static void
test_live(void **state)
{
	static const unsigned versions[] = {CILIUM_1_17, CILIUM_1_18,
	    CILIUM_1_19, CILIUM_1_20};
	struct policy_record r = {DIR_EGRESS, 258, TCP, 16, .port = 80}, got;
	struct ipcache_record prefix = {{IP_V4, 8, {10}}, 300}, found;
	uint8_t key[IPCACHE_KEY_SIZE], value[MAP_VALUE_MAX];
	const char *problem;

	for (size_t i = 0; i < sizeof(versions) / sizeof(*versions); i++) {
		const struct map_layout *l = map_layout(versions[i]);

		policy_record_put(l, &r, key, value);
		value[2] = 0x06; /* flags, and no length */
		value[l->policy_value_size - 1] = 7;
		assert_false(policy_record_get(l, key, value, &got, &problem));
		assert_true(
		    policy_record_get_live(l, key, value, &got, &problem));
		assert_int_equal(policy_record_compare(&r, &got), 0);
		assert_false(got.deny);
		key[9] = 0; /* a port without a protocol */
		assert_false(
		    policy_record_get_live(l, key, value, &got, &problem));

		ipcache_record_put(l, &prefix, key, value);
		value[4] = 192; /* a tunnel */
		assert_false(
		    ipcache_record_get(l, key, value, &found, &problem));
		assert_true(
		    ipcache_record_get_live(key, value, &found, &problem));
		assert_int_equal(cidr_compare(&prefix.prefix, &found.prefix),
		    0);
		assert_int_equal(found.id, 300);
		key[4] = 3;
		assert_false(
		    ipcache_record_get_live(key, value, &found, &problem));
		assert_ptr_equal(problem, ipcache_other_cluster);
	}
}

static void
test_policy_examples(void **state)
{
	uint8_t key[POLICY_KEY_SIZE], value[MAP_VALUE_MAX];
	struct policy_record r;
	const char *problem;

	for (size_t i = 0;
	     i < sizeof(policy_examples) / sizeof(*policy_examples); i++) {
		policy_record_put(LAYOUT, &policy_examples[i].record, key,
		    value);
		assert_memory_equal(key, policy_examples[i].key, sizeof(key));
		assert_memory_equal(value, policy_examples[i].value,
		    LAYOUT->policy_value_size);
		assert_true(
		    policy_record_get(LAYOUT, key, value, &r, &problem));
		assert_int_equal(policy_record_compare(&r,
				     &policy_examples[i].record),
		    0);
		assert_int_equal(r.deny, policy_examples[i].record.deny);
		assert_int_equal(r.auth, policy_examples[i].record.auth);
		assert_int_equal(r.proxy_port,
		    policy_examples[i].record.proxy_port);
		assert_int_equal(r.precedence,
		    policy_examples[i].record.precedence);
	}
}

static void
test_ipcache_example(void **state)
{
	static const uint8_t want_key[IPCACHE_KEY_SIZE] = {0x28, 0, 0, 0, 0, 0,
	    0, 1, 10};
	static const uint8_t want_value[MAP_VALUE_MAX] = {1, 0, 0, 1};
	const struct ipcache_record put = {{IP_V4, 8, {10}}, 16777217};
	uint8_t key[IPCACHE_KEY_SIZE], value[MAP_VALUE_MAX];
	struct ipcache_record r;
	const char *problem;

	ipcache_record_put(LAYOUT, &put, key, value);
	assert_memory_equal(key, want_key, sizeof(key));
	assert_memory_equal(value, want_value, LAYOUT->ipcache_value_size);
	assert_true(ipcache_record_get(LAYOUT, key, value, &r, &problem));
	assert_int_equal(cidr_compare(&r.prefix, &put.prefix), 0);
	assert_int_equal(r.id, put.id);
}

/* One byte of the first policy example is made wrong. */
static void
test_policy_refused(void **state)
{
	static const struct {
		bool value;
		uint8_t at, byte;
		const char *problem;
	} cases[] = {
	    {false, 0, 0x41, "a key has an impossible prefix length"},
	    {false, 0, 0x27, "a key has an impossible prefix length"},
	    {false, 0, 0x2c, "a key has an impossible prefix length"},
	    {false, 3, 0x01, "a key has an impossible prefix length"},
	    {false, 0, 0x28, "a key's protocol and prefix length disagree"},
	    {false, 9, 0x00, "a key's protocol and prefix length disagree"},
	    {false, 8, 0x02, "a key has an unknown direction"},
	    {false, 0, 0x3b, "a key has bits behind its prefix"},
	    {false, 11, 0x00, "a key has a prefix of port 0"},
	    {false, 0, 0x3f, "a value repeats another prefix length"},
	    {true, 2, 0xb8, "a value repeats another prefix length"},
	    {true, 2, 0xc2, "a value has unknown flags"},
	    {true, 2, 0xc4, "a value has unknown flags"},
	    {true, 8, 1, "a value has a cookie or counts"},
	};
	uint8_t key[POLICY_KEY_SIZE], value[MAP_VALUE_MAX];
	struct policy_record r;
	const char *problem;

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		memcpy(key, policy_examples[0].key, sizeof(key));
		memcpy(value, policy_examples[0].value, sizeof(value));
		(cases[i].value ? value : key)[cases[i].at] = cases[i].byte;
		problem = NULL;
		assert_false(
		    policy_record_get(LAYOUT, key, value, &r, &problem));
		assert_string_equal(problem, cases[i].problem);
	}
}

static void
test_ipcache_refused(void **state)
{
	static const struct {
		bool value;
		uint8_t at, byte;
		const char *problem;
	} cases[] = {
	    {false, 7, 0, "a key has an unknown address family"},
	    {false, 7, 3, "a key has an unknown address family"},
	    {false, 0, 31, "a key has an impossible prefix length"},
	    {false, 0, 65, "a key has an impossible prefix length"},
	    {false, 4, 1, "a key has another cluster's number"},
	    {false, 6, 1, "a key has another cluster's number"},
	    {false, 9, 1, "a key has bits behind its prefix"},
	    {false, 23, 1, "a key has bits behind its prefix"},
	    {false, 0, 38, "a key has bits behind its prefix"},
	    {true, 0, 0, "a value has no identity"},
	    {true, 4, 1, "a value has a tunnel"},
	    {true, 23, 1, "a value has a tunnel"},
	};
	const struct ipcache_record ten = {{IP_V4, 8, {10}}, 300};
	uint8_t key[IPCACHE_KEY_SIZE], value[MAP_VALUE_MAX];
	struct ipcache_record r;
	const char *problem;

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		ipcache_record_put(LAYOUT, &ten, key, value);
		if (cases[i].value && cases[i].byte == 0)
			memset(value, 0, sizeof(value));
		else
			(cases[i].value ? value : key)[cases[i].at] =
			    cases[i].byte;
		problem = NULL;
		assert_false(
		    ipcache_record_get(LAYOUT, key, value, &r, &problem));
		assert_string_equal(problem, cases[i].problem);
	}
}

static void
test_deny_alone(void **state)
{
	static const uint8_t others[] = {0, 1, 3}; /* proxy port, auth */
	uint8_t key[POLICY_KEY_SIZE], value[MAP_VALUE_MAX];
	struct policy_record r;
	const char *problem;

	for (size_t i = 0; i < sizeof(others); i++) {
		memcpy(key, policy_examples[2].key, sizeof(key));
		memcpy(value, policy_examples[2].value, sizeof(value));
		value[others[i]] = 1;
		problem = NULL;
		assert_false(
		    policy_record_get(LAYOUT, key, value, &r, &problem));
		assert_string_equal(problem, "an entry denies and redirects");
	}
}

/* What is written is read back, whatever it is; keys sort like bytes do not. */
static void
test_round_trip(void **state)
{
	uint64_t seed = prop_seed();

	for (int i = 0; i < 20000; i++) {
		uint8_t key[POLICY_KEY_SIZE], value[MAP_VALUE_MAX];
		uint8_t again_key[POLICY_KEY_SIZE], again_value[MAP_VALUE_MAX];
		struct policy_record r =
					 {
					     .dir = prop_below(&seed, 2)
						 ? DIR_EGRESS
						 : DIR_INGRESS,
					     .id = (uint32_t)prop_next(&seed),
					     .proto = (uint8_t)prop_below(&seed,
						 256),
					     .deny = prop_below(&seed, 2),
					     .precedence =
						 (uint32_t)prop_next(&seed),
					 },
				     got;
		const char *problem;

		if (r.proto != 0) {
			r.port = (uint16_t)prop_next(&seed);
			r.port_bits = (uint8_t)prop_below(&seed, 17);
			r.port &= (uint16_t)(0xffff0000u >> r.port_bits);
		}
		if (r.port == 0)
			r.port_bits = 0;
		if (!r.deny) {
			r.auth = (uint8_t)prop_next(&seed);
			r.proxy_port = (uint16_t)prop_next(&seed);
		}
		policy_record_put(LAYOUT, &r, key, value);
		assert_true(
		    policy_record_get(LAYOUT, key, value, &got, &problem));
		assert_int_equal(policy_record_compare(&r, &got), 0);
		policy_record_put(LAYOUT, &got, again_key, again_value);
		assert_memory_equal(key, again_key, sizeof(key));
		assert_memory_equal(value, again_value,
		    LAYOUT->policy_value_size);
	}
}

static void
test_order(void **state)
{
	static const struct policy_record ascending[] = {
	    {DIR_INGRESS, 0, .precedence = 1},
	    {DIR_INGRESS, 1, .precedence = 1},
	    {DIR_INGRESS, 0, TCP, .precedence = 1},
	    {DIR_INGRESS, 16777217, TCP, .precedence = 1},
	    {DIR_INGRESS, 0, TCP, 12, 80, .precedence = 1},
	    {DIR_INGRESS, 0, TCP, 16, 79, .precedence = 1},
	    {DIR_INGRESS, 0, TCP, 16, 80, .precedence = 1},
	    {DIR_INGRESS, 7, TCP, 16, 80, .precedence = 1},
	    {DIR_INGRESS, 0, 17, .precedence = 1},
	    {DIR_EGRESS, 0, .precedence = 1},
	};
	size_t n = sizeof(ascending) / sizeof(*ascending);

	for (size_t i = 0; i < n; i++) {
		for (size_t j = 0; j < n; j++) {
			int c =
			    policy_record_compare(&ascending[i], &ascending[j]);

			assert_int_equal((c > 0) - (c < 0), (i > j) - (i < j));
		}
	}
}

/* An entry and a prefix as each version lays them out. */
static void
test_layouts(void **state)
{
	static const struct {
		unsigned cilium;
		uint32_t policy_size, ipcache_size, flags;
		uint8_t allow[24], deny[24];
	} v[] = {
	    {CILIUM_1_17, 24, 12, 1, {0x27, 0x11, 0xc0, 0, 27}, {0, 0, 0xc1}},
	    {CILIUM_1_18, 8, 24, 1, {0x27, 0x11, 0xc0, 0, 27}, {0, 0, 0xc1}},
	    {CILIUM_1_19, 12, 24, 0x81, {0x27, 0x11, 0xc0, 0, 27},
		{0, 0, 0xc1, 0, 0xff, 0xff, 0xff, 0xff}},
	    {CILIUM_1_20, 12, 24, 0x81, {0x27, 0x11, 0xc0, 0, 27},
		{0, 0, 0xc1, 0, 0xff, 0xff, 0xff, 0xff}},
	};
	struct policy_record allow = {DIR_INGRESS, 258, TCP, 16, 80,
	    .proxy_port = 10001, .precedence = 27};
	struct policy_record deny = {DIR_INGRESS, 258, TCP, 16, 80,
	    .deny = true, .precedence = UINT32_MAX};

	(void)state;
	for (size_t i = 0; i < sizeof(v) / sizeof(*v); i++) {
		const struct map_layout *l = map_layout(v[i].cilium);
		uint8_t key[POLICY_KEY_SIZE], value[MAP_VALUE_MAX];
		const char *problem;
		struct policy_record r;

		assert_int_equal(l->policy_value_size, v[i].policy_size);
		assert_int_equal(l->ipcache_value_size, v[i].ipcache_size);
		assert_int_equal(l->map_flags, v[i].flags);
		policy_record_put(l, &allow, key, value);
		assert_memory_equal(value, v[i].allow, v[i].policy_size);
		assert_true(policy_record_get(l, key, value, &r, &problem));
		assert_int_equal(r.precedence, 27);
		/* A counter or a cookie is nobody's. */
		value[v[i].policy_size - 1] = 1;
		assert_false(policy_record_get(l, key, value, &r, &problem));
		policy_record_put(l, &deny, key, value);
		assert_memory_equal(value, v[i].deny, v[i].policy_size);
		assert_true(policy_record_get(l, key, value, &r, &problem));
		assert_true(r.deny && r.precedence == UINT32_MAX);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_layouts),
	    cmocka_unit_test(test_policy_examples),
	    cmocka_unit_test(test_live),
	    cmocka_unit_test(test_ipcache_example),
	    cmocka_unit_test(test_policy_refused),
	    cmocka_unit_test(test_ipcache_refused),
	    cmocka_unit_test(test_deny_alone),
	    cmocka_unit_test(test_round_trip),
	    cmocka_unit_test(test_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
