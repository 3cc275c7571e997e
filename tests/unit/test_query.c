/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "flow/query.h"

static void
test_end(void **state)
{
	static const struct {
		const char *text;
		enum query_who who;
		const char *ns, *name;
		size_t nreqs;
	} cases[] = {
	    {"shop/web-0", QUERY_POD, "shop", "web-0", 0},
	    {"web-0", QUERY_POD, "dflt", "web-0", 0},
	    {"web.0", QUERY_POD, "dflt", "web.0", 0},
	    {"shop/app=web", QUERY_LABELS, "shop", "app=web", 1},
	    {"shop/!app,tier in (a,b)", QUERY_LABELS, "shop",
		"!app,tier in (a,b)", 2},
	    {"app=web", QUERY_LABELS, "dflt", "app=web", 1},
	    {"app.kubernetes.io/name=web", QUERY_LABELS, "dflt",
		"app.kubernetes.io/name=web", 1},
	    {"shop/app.kubernetes.io/name=web", QUERY_LABELS, "shop",
		"app.kubernetes.io/name=web", 1},
	    {"k8s:app", QUERY_LABELS, "dflt", "k8s:app", 1},
	    {"shop/*", QUERY_LABELS, "shop", "*", 0},
	    {"*", QUERY_LABELS, "dflt", "*", 0},
	    {"host", QUERY_ENTITY, "", "host", 0},
	    {"kube-apiserver", QUERY_ENTITY, "", "kube-apiserver", 0},
	    {"shop/host", QUERY_POD, "shop", "host", 0},
	    {"svc/shop/api", QUERY_SERVICE, "shop", "api", 0},
	    {"svc/api", QUERY_POD, "svc", "api", 0},
	    {"10.0.0.7", QUERY_ADDRESS, "", "", 0},
	    {"2001:db8::1", QUERY_ADDRESS, "", "", 0},
	};
	struct arena a = {0};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct query_end e;
		const char *problem =
		    query_parse_end(&a, str_of(cases[i].text), STR("dflt"), &e);

		if (problem)
			fail_msg("%s: %s", cases[i].text, problem);
		assert_int_equal(e.who, cases[i].who);
		assert_string_equal(e.text.s, cases[i].text);
		assert_true(str_eq(e.ns, str_of(cases[i].ns)));
		assert_true(str_eq(e.name, str_of(cases[i].name)));
		assert_int_equal(e.labels.reqs.n, cases[i].nreqs);
	}
	arena_free(&a);
}

static void
test_header(void **state)
{
	static const struct {
		const char *text, *name, *value; /* NULL: refused */
	} cases[] = {
	    {"X-Role: admin", "X-Role", "admin"},
	    {"X-Role:admin", "X-Role", "admin"},
	    {"X-Role:", "X-Role", ""},
	    {"Link: a:b ", "Link", "a:b "},
	    {"X-Role", NULL, NULL},
	    {": admin", NULL, NULL},
	    {"", NULL, NULL},
	};
	struct arena a = {0};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct request_header h = {0};
		const char *problem =
		    query_parse_header(&a, str_of(cases[i].text), &h);

		assert_int_equal(!problem, !!cases[i].name);
		if (problem)
			continue;
		assert_true(str_is(h.name, cases[i].name));
		assert_true(str_is(h.value, cases[i].value));
	}
	arena_free(&a);
}

static void
test_end_refused(void **state)
{
	static const struct {
		const char *text, *problem;
	} cases[] = {
	    {"", "name a pod, its labels or * for all after the namespace"},
	    {"shop/",
		"name a pod, its labels or * for all after the namespace"},
	    {"10.0.0.0/8",
		"a prefix may hold several identities; give one "
		"address of it"},
	    {"::/0",
		"a prefix may hold several identities; give one address "
		"of it"},
	    {"10.0.0.300", "\"10.0.0.300\" is no address"},
	    {"10.0.0.", "\"10.0.0.\" is no address"},
	    {"all", "\"all\" stands for many identities; name one"},
	    {"cluster", "\"cluster\" stands for many identities; name one"},
	    {"shop/app in a", "\"app in a\": expected '(' at character 8"},
	    {"shop/Web", NULL},
	    {"shop/web*",
		"\"web*\": expected the end, 'in', 'notin', '=', "
		"'!=' or ',' at character 4"},
	};
	struct arena a = {0};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct query_end e = {.who = QUERY_ENTITY};
		const char *problem =
		    query_parse_end(&a, str_of(cases[i].text), STR("dflt"), &e);

		if (!cases[i].problem) {
			assert_null(problem);
			assert_int_equal(e.who, QUERY_LABELS);
			continue;
		}
		assert_non_null(problem);
		assert_string_equal(problem, cases[i].problem);
		assert_int_equal(e.who, QUERY_ENTITY);
	}
	arena_free(&a);
}

static void
test_port(void **state)
{
	static const struct {
		const char *port, *proto, *want;
	} cases[] = {
	    {"443", NULL, "443/tcp"},
	    {"443/tcp", NULL, "443/tcp"},
	    {"53/UDP", NULL, "53/udp"},
	    {"53", "udp", "53/udp"},
	    {"53/udp", "udp", "53/udp"},
	    {"9/sctp", NULL, "9/sctp"},
	    {"65535", NULL, "65535/tcp"},
	    {"8/icmp", NULL, "8/icmp"},
	    {"0/icmp", NULL, "0/icmp"},
	    {"255/icmpv6", NULL, "255/icmpv6"},
	    {NULL, "icmp", "8/icmp"},
	    {NULL, "icmpv6", "128/icmpv6"},
	};
	struct arena a = {0};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct query q = {0};
		const char *problem = query_parse_port(&a,
		    str_of(cases[i].port), str_of(cases[i].proto), &q);

		if (problem)
			fail_msg("%s: %s", cases[i].want, problem);
		assert_string_equal(query_print_port(&a, q.proto, q.port),
		    cases[i].want);
	}
	arena_free(&a);
}

static void
test_port_refused(void **state)
{
	static const struct {
		const char *port, *proto, *problem;
	} cases[] = {
	    {NULL, NULL, "which port? For example --port 443/tcp"},
	    {NULL, "udp", "which port? For example --port 443/tcp"},
	    {"", NULL, "\"\" is no port (1 to 65535)"},
	    {"0", NULL, "\"0\" is no port (1 to 65535)"},
	    {"65536", NULL, "\"65536\" is no port (1 to 65535)"},
	    {"-1", NULL, "\"-1\" is no port (1 to 65535)"},
	    {"http", NULL, "\"http\" is no port (1 to 65535)"},
	    {"/tcp", NULL, "\"\" is no port (1 to 65535)"},
	    {"256/icmp", NULL, "\"256\" is no ICMP type (0 to 255)"},
	    {"53/udp", "tcp", "the port names another protocol"},
	    {"80/tpc", NULL,
		"\"tpc\" is none of tcp, udp, sctp, icmp and "
		"icmpv6; did you mean tcp?"},
	    {"80/any", NULL,
		"\"any\" is none of tcp, udp, sctp, icmp and "
		"icmpv6"},
	    {"80/vrrp", NULL,
		"\"vrrp\" is none of tcp, udp, sctp, icmp and "
		"icmpv6"},
	    {"80/", NULL, "\"\" is none of tcp, udp, sctp, icmp and icmpv6"},
	};
	struct arena a = {0};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct query q = {.port = 7};
		const char *problem = query_parse_port(&a,
		    str_of(cases[i].port), str_of(cases[i].proto), &q);

		assert_non_null(problem);
		assert_string_equal(problem, cases[i].problem);
		assert_int_equal(q.port, 7);
	}
	arena_free(&a);
}

static void
test_split_port(void **state)
{
	static const struct {
		const char *text, *end, *port; /* no port: NULL */
	} cases[] = {
	    {"shop/web-0:443/tcp", "shop/web-0", "443/tcp"},
	    {"shop/web-0:443", "shop/web-0", "443"},
	    {"shop/k8s:app=web:80", "shop/k8s:app=web", "80"},
	    {"10.0.0.7:53/udp", "10.0.0.7", "53/udp"},
	    {"[2001:db8::7]:443", "2001:db8::7", "443"},
	    {"shop/web-0", "shop/web-0", NULL},
	    {"shop/k8s:app=web", "shop/k8s:app=web", NULL},
	    {"2001:db8::7", "2001:db8::7", NULL},
	    {"shop/web-0:", "shop/web-0:", NULL},
	    {":80", ":80", NULL},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct str end = str_of(cases[i].text), port = {0};
		bool found = query_split_port(&end, &port);

		assert_int_equal(found, !!cases[i].port);
		assert_true(str_is(end, cases[i].end));
		assert_true(!found || str_is(port, cases[i].port));
	}
}

static void
test_near_entity(void **state)
{
	struct arena a = {0};

	assert_string_equal(query_near_entity(STR("wrold")), "world");
	assert_null(query_near_entity(STR("frontend")));
	arena_free(&a);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_end),
	    cmocka_unit_test(test_header),
	    cmocka_unit_test(test_end_refused),
	    cmocka_unit_test(test_port),
	    cmocka_unit_test(test_port_refused),
	    cmocka_unit_test(test_split_port),
	    cmocka_unit_test(test_near_entity),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
