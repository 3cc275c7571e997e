/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Cilium's names and numbers: what has a name is found by it again.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "cilium/auth.h"
#include "cilium/direction.h"
#include "cilium/labels.h"
#include "cilium/proto.h"
#include "cilium/reason.h"
#include "cilium/reserved.h"

static void
test_protocols(void **state)
{
	static const struct {
		uint8_t number;
		const char *name, *title;
		bool ports, icmp;
	} cases[] = {
	    {0, "any", "any", false, false},
	    {1, "icmp", "ICMP", false, true},
	    {6, "tcp", "TCP", true, false},
	    {17, "udp", "UDP", true, false},
	    {41, "ipv6", "IPv6", false, false},
	    {47, "gre", "GRE", false, false},
	    {58, "icmpv6", "ICMPv6", false, true},
	    {112, "vrrp", "VRRP", false, false},
	    {132, "sctp", "SCTP", true, false},
	};
	uint8_t number;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		uint8_t n = cases[i].number;

		assert_string_equal(proto_name(n), cases[i].name);
		assert_string_equal(proto_title(n), cases[i].title);
		assert_int_equal(proto_has_ports(n), cases[i].ports);
		assert_int_equal(proto_is_icmp(n), cases[i].icmp);
		assert_true(proto_parse(str_of(cases[i].title), &number));
		assert_int_equal(number, n);
	}
	assert_true(proto_parse(STR("Tcp"), &number));
	assert_int_equal(number, 6);
	assert_false(proto_parse(STR("tc"), &number));
	assert_false(proto_parse(STR("tcp "), &number));
	assert_false(proto_parse(STR("6"), &number));
	assert_null(proto_name(200));
	assert_null(proto_title(200));
}

static void
test_auth(void **state)
{
	static const struct {
		uint8_t byte;
		const char *text, *mode;
	} cases[] = {
	    {0x00, "", "disabled"},
	    {0x80, "disabled", "disabled"},
	    {0x81, "spire", "required"},
	    {0x01, "spire(derived)", "required"},
	    {0x82, "test-always-fail", "test-always-fail"},
	    {0x02, "test-always-fail(derived)", "test-always-fail"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		enum auth_type type = cases[i].byte & AUTH_TYPE, parsed;

		assert_string_equal(auth_print(cases[i].byte), cases[i].text);
		assert_string_equal(auth_mode(type), cases[i].mode);
		assert_true(auth_mode_parse(str_of(cases[i].mode), &parsed));
		assert_int_equal(parsed, type);
	}
	assert_string_equal(auth_print(0x03), "unknown");
	assert_false(auth_mode_parse(STR("spire"), &(enum auth_type){0}));
}

static void
test_scopes(void **state)
{
	static const struct {
		uint32_t id;
		const char *scope;
	} cases[] = {
	    {0, "reserved"},
	    {SEC_ID_WORLD_IPV6, "reserved"},
	    {255, "reserved"},
	    {SEC_ID_POD_FIRST, "cluster"},
	    {16777215, "cluster"},
	    {16777216, "cidr"},
	    {SEC_ID_CIDR_FIRST, "cidr"},
	    {33554431, "cidr"},
	    {33554432, "remote-node"},
	    {SEC_ID_NODE_FIRST, "remote-node"},
	    {50331648, "cluster"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
		assert_string_equal(sec_id_scope_name(
					sec_id_scope(cases[i].id)),
		    cases[i].scope);
}

/* Numbers ascend; each label is one to ask about, but for aggregates. */
static void
test_reserved(void **state)
{
	(void)state;
	for (size_t i = 0; i < nreserved_identities; i++) {
		const struct reserved_identity *r = &reserved_identities[i];

		assert_true(r->id > SEC_ID_HOST && r->id < SEC_ID_POD_FIRST);
		assert_true(i == 0 || r->id > r[-1].id);
		assert_true(sec_id_is_aggregate(r->id) ==
		    !(reserved_list_has(reserved_names, str_of(r->label[0])) ||
			reserved_list_has(reserved_of_world,
			    str_of(r->label[0]))));
	}
	for (size_t i = 0; i < nwell_known_identities; i++) {
		uint32_t id = well_known_identities[i].id;

		assert_true(
		    id >= SEC_ID_WELL_KNOWN_FIRST && id < SEC_ID_POD_FIRST);
		assert_true(i == 0 || id > well_known_identities[i - 1].id);
	}
	assert_false(reserved_list_has(reserved_names, STR("hos")));
	assert_false(reserved_list_has(reserved_names, STR("world-ipv4")));
}

/* What stands for whom, in clusters with the numbers 0 and 2. */
static void
test_aggregates(void **state)
{
	static const struct {
		uint32_t id, of[2];
	} cases[] = {
	    {0, {0, 0}},
	    {SEC_ID_HOST, {0, 0}},
	    {SEC_ID_WORLD_IPV6, {0, 0}},
	    {11, {11, 11}},
	    {12, {12, 12}},
	    {13, {13, 13}},
	    {14, {14, 14}},
	    {99, {0, 0}},
	    {100, {11, 12}},
	    {255, {11, 12}},
	    {SEC_ID_POD_FIRST, {11, 12}},
	    {0xffff, {11, 12}},
	    {0x10000, {12, 12}},
	    {0x20100, {12, 11}},
	    {SEC_ID_CIDR_FIRST, {13, 13}},
	    {SEC_ID_NODE_FIRST, {14, 14}},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(sec_id_aggregate(cases[i].id, 0),
		    cases[i].of[0]);
		assert_int_equal(sec_id_aggregate(cases[i].id, 2),
		    cases[i].of[1]);
	}
}

static void
test_names(void **state)
{
	(void)state;
	assert_string_equal(direction_name(DIR_INGRESS), "ingress");
	assert_string_equal(direction_name(DIR_EGRESS), "egress");
	assert_null(drop_reason_text(REASON_NONE));
	assert_string_equal(drop_reason_text(133), "Policy denied");
	assert_null(drop_reason_text(132));
	assert_true(label_is_derived(STR(LABEL_NAMESPACE)));
	assert_true(label_is_derived(STR(LABEL_OF_NAMESPACE "team")));
	assert_false(label_is_derived(STR("app")));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_protocols),
	    cmocka_unit_test(test_auth),
	    cmocka_unit_test(test_scopes),
	    cmocka_unit_test(test_reserved),
	    cmocka_unit_test(test_aggregates),
	    cmocka_unit_test(test_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
