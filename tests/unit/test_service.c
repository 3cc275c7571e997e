/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Services: which one an address and port belong to, and its backends from
 * each of the three places that they can come from.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "cilium/proto.h"
#include "compile.h"
#include "flow/service.h"

#define SERVICE(name, spec)                                               \
	"---\n{apiVersion: v1, kind: Service, metadata: {namespace: shop" \
	", name: " name "}, spec: {" spec "}}\n"
#define NODE                                                       \
	"---\n{apiVersion: v1, kind: Node, metadata: {name: n1}, " \
	"status: {addresses: [{type: InternalIP, address: 10.1.0.1}]}}\n"
#define PODS POD("shop", "a", "10.0.0.1") POD("shop", "b", "10.0.0.2")

static const struct object *
service(const struct unit *u, const char *name)
{
	const struct object *o =
	    object_find(&u->objects, AST_SERVICE, STR("shop"), str_of(name));

	assert_true(!!o);
	return o;
}

static void
test_at(void **state)
{
	static const char yaml[] = PODS NODE SERVICE("api",
	    "clusterIP: 10.96.0.1, externalIPs: [192.0.2.1], "
	    "ports: [{port: 80, nodePort: 30080}, "
	    "{port: 53, protocol: UDP}]") SERVICE("none", "clusterIP: None");
	static const struct {
		const char *ip;
		uint8_t proto;
		uint16_t port;
		bool found;
		uint16_t service_port; /* 0: none */
	} rows[] = {
	    {"10.96.0.1", IPPROTO_TCP, 80, true, 80},
	    {"10.96.0.1", IPPROTO_UDP, 53, true, 53},
	    {"10.96.0.1", IPPROTO_TCP, 81, true, 0},
	    {"192.0.2.1", IPPROTO_TCP, 80, true, 80},
	    {"192.0.2.1", IPPROTO_TCP, 81, false, 0},
	    {"10.1.0.1", IPPROTO_TCP, 30080, true, 80},
	    {"10.1.0.1", IPPROTO_TCP, 80, false, 0},
	    {"10.0.0.1", IPPROTO_TCP, 80, false, 0},
	};
	struct unit u;

	compile_clean(&u, NULL, yaml);
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		const struct object *o;
		const struct ast_service_port *p = NULL;
		struct ip ip;

		assert_true(ip_parse(str_of(rows[i].ip), &ip));
		o = service_at(&u.world, &u.objects, &ip, rows[i].proto,
		    rows[i].port);
		assert_int_equal(!!o, rows[i].found);
		if (o)
			p = service_port(o, &ip, rows[i].proto, rows[i].port);
		assert_int_equal(p ? p->port.v : 0, rows[i].service_port);
	}
	assert_true(service_is_headless(service(&u, "none")));
	assert_false(service_is_headless(service(&u, "api")));
	unit_free(&u);
}

/* "ns/name:port" or "address:port" for each, with spaces between. */
static const char *
print(struct unit *u, const service_backends *v)
{
	char ip[CIDR_STRLEN];
	struct buf b;

	buf_init(&b, &u->perm);
	VEC_FOREACH (s, v)
		buf_printf(&b, "%s%s:%u", b.n > 0 ? " " : "",
		    s->endpoint ? s->endpoint->name.s : ip_print(&s->ip, ip),
		    s->port);
	return buf_as_str(&b).s;
}

#define TO_PODS                                          \
	SERVICE("api",                                   \
	    "clusterIP: 10.96.0.1, selector: {app: a}, " \
	    "ports: [{port: 80, targetPort: 8080}]")
#define SLICE(ready)                                                     \
	"---\n{apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, "   \
	"addressType: IPv4, metadata: {namespace: shop, name: api-1, "   \
	"labels: {kubernetes.io/service-name: api}}, "                   \
	"endpoints: [{addresses: [10.0.0.2], conditions: {ready: " ready \
	"}}, {addresses: [192.0.2.9]}], ports: [{port: 9090}]}\n"
#define ENDPOINTS                                                       \
	"---\n{apiVersion: v1, kind: Endpoints, metadata: {namespace: " \
	"shop, name: api}, subsets: [{addresses: [{ip: 10.0.0.1}, "     \
	"{ip: 10.0.0.1}], ports: [{port: 7070}]}]}\n"

static void
test_backends(void **state)
{
	static const struct {
		const char *yaml, *backends;
	} rows[] = {
	    {PODS TO_PODS, "a:8080"},
	    {PODS SERVICE("api", "clusterIP: 10.96.0.1, ports: [{port: 80}]"),
		""},
	    {PODS TO_PODS SLICE("true"), "b:9090 192.0.2.9:9090"},
	    {PODS TO_PODS SLICE("false"), "192.0.2.9:9090"},
	    {PODS TO_PODS ENDPOINTS, "a:7070"},
	    /* A name that no container has. */
	    {PODS SERVICE("api",
		 "clusterIP: 10.96.0.1, selector: {app: a}, "
		 "ports: [{port: 80, targetPort: web}]"),
		""},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct service_question q = {.proto = IPPROTO_TCP, .asked = 80};
		service_backends found = {0};
		struct unit u;

		compile_clean(&u, NULL, rows[i].yaml);
		q.world = &u.world;
		q.objects = &u.objects;
		q.service = service(&u, "api");
		q.port = service_port(q.service, NULL, IPPROTO_TCP, 80);
		assert_true(!!q.port);
		service_find_backends(&found, &u.perm, &q);
		assert_string_equal(print(&u, &found), rows[i].backends);
		unit_free(&u);
	}
}

/* Clients of a headless one connect to the port that they ask for. */
static void
test_headless(void **state)
{
	struct service_question q = {.proto = IPPROTO_TCP, .asked = 1234};
	service_backends found = {0};
	struct unit u;

	compile_clean(&u, NULL,
	    PODS SERVICE("api", "clusterIP: None, selector: {app: b}"));
	q.world = &u.world;
	q.objects = &u.objects;
	q.service = service(&u, "api");
	service_find_backends(&found, &u.perm, &q);
	assert_string_equal(print(&u, &found), "b:1234");
	unit_free(&u);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_at),
	    cmocka_unit_test(test_backends),
	    cmocka_unit_test(test_headless),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
