/* SPDX-License-Identifier: Apache-2.0 */

/* What libbpf reads out of a program; no kernel is asked. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include <bpf/libbpf.h>
#include <linux/bpf.h>

#include "bundle/program.h"
#include "bundle/record.h"
#include "cilium/version.h"

static const struct program_params params = {
    .cilium = CILIUM_1_20,
    .config = {.world_ipv4 = 9, .world_ipv6 = 10, .ipv6 = 1},
    .policy_entries = 7,
    .ipcache_entries = 70000,
};

static void
check_map(struct bpf_object *o, const char *name, uint32_t entries,
    uint32_t key_size, uint32_t value_size)
{
	struct bpf_map *map = bpf_object__find_map_by_name(o, name);

	assert_non_null(map);
	assert_int_equal(bpf_map__type(map), BPF_MAP_TYPE_LPM_TRIE);
	assert_int_equal(bpf_map__map_flags(map),
	    BPF_F_NO_PREALLOC | BPF_F_RDONLY_PROG);
	assert_int_equal(bpf_map__max_entries(map), entries);
	assert_int_equal(bpf_map__key_size(map), key_size);
	assert_int_equal(bpf_map__value_size(map), value_size);
}

static void
test_object(void **state)
{
	struct arena a = {0};
	struct str object = program_make(&a, &params);
	struct bpf_object *o = bpf_object__open_mem(object.s, object.n, NULL);
	static const char *const names[] = {CNPC_PROG_EGRESS,
	    CNPC_PROG_INGRESS};

	assert_non_null(o);
	check_map(o, CNPC_MAP_POLICY, 7, POLICY_KEY_SIZE, 12);
	check_map(o, CNPC_MAP_IPCACHE, 70000, IPCACHE_KEY_SIZE, 24);
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		struct bpf_program *p =
		    bpf_object__find_program_by_name(o, names[i]);

		assert_non_null(p);
		assert_int_equal(bpf_program__type(p), BPF_PROG_TYPE_SCHED_CLS);
	}
	bpf_object__close(o);
	arena_free(&a);
}

static void
test_config(void **state)
{
	static const struct program_params single = {
	    .cilium = CILIUM_1_20,
	    .config = {.world_ipv4 = 2,
		.world_ipv6 = 0x01020304,
		.ipv4 = 1,
		.egress = 1},
	    .policy_entries = 1,
	    .ipcache_entries = 1,
	};
	struct arena a = {0};
	struct str object = program_make(&a, &single);
	struct bpf_object *o = bpf_object__open_mem(object.s, object.n, NULL);
	struct bpf_map *rodata = bpf_object__find_map_by_name(o, ".rodata");
	const void *value;
	size_t size;

	assert_non_null(rodata);
	value = bpf_map__initial_value(rodata, &size);
	assert_int_equal(size, sizeof(single.config));
	assert_memory_equal(value, &single.config, size);
	bpf_object__close(o);
	arena_free(&a);
}

/* Each parameter has its own bytes, and nothing else is ever changed. */
static void
test_nothing_else(void **state)
{
	struct program_params other = params;
	struct arena a = {0};
	struct str x = program_make(&a, &params), y;
	size_t different = 0;

	assert_true(str_eq(x, program_make(&a, &params)));
	other.policy_entries = 0xf0f0f0;
	other.ipcache_entries = 0x0f0f0f0f;
	other.config.ipv6 = 0;
	y = program_make(&a, &other);
	assert_int_equal(x.n, y.n);
	for (size_t i = 0; i < x.n; i++)
		different += x.s[i] != y.s[i];
	/* The first of them is the size of two maps. */
	assert_in_range(different, 1, 2 * 4 + 4 + 1);
	arena_free(&a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_object),
	    cmocka_unit_test(test_config),
	    cmocka_unit_test(test_nothing_else),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
