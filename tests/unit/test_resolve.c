/* SPDX-License-Identifier: Apache-2.0 */

/*
 * From the words of a question to ends: identities, ports, the family, and
 * what is said of ends that are not there.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "compile.h"
#include "flow/resolve.h"

/* Two replicas, a pod of another label, a node, a Service. */
static const char yaml[] =
    "{apiVersion: v1, kind: Pod, metadata: {namespace: shop, name: web-1, "
    "labels: {app: web}}, spec: {containers: [{name: c}], nodeName: n1}, "
    "status: {podIP: 10.0.0.1}}\n"
    "---\n{apiVersion: v1, kind: Pod, metadata: {namespace: shop, "
    "name: web-2, labels: {app: web}}, spec: {containers: [{name: c}]}, "
    "status: {podIP: 10.0.0.2}}\n" POD("shop", "db",
	"10.0.0.3") "---\n{apiVersion: v1, kind: Node, metadata: {name: n1}, "
		    "status: "
		    "{addresses: [{type: InternalIP, address: 10.1.0.1}]}}\n"
		    "---\n{apiVersion: v1, kind: Service, metadata: "
		    "{namespace: shop, "
		    "name: api}, spec: {clusterIP: 10.96.0.1, selector: {app: "
		    "web}, "
		    "ports: [{port: 80, targetPort: 8080}]}}\n";

struct question {
	const char *from, *to, *port;
};

/* Parses and resolves; the texts of Q are good words. */
static bool
ask(struct unit *u, struct trace *t, struct query *query,
    const struct question *q)
{
	*query = (struct query){0};
	*t = (struct trace){.query = query, .pmaps = &u->pmaps};
	assert_null(query_parse_end(&u->perm, str_of(q->from), STR("shop"),
	    &query->from));
	assert_null(
	    query_parse_end(&u->perm, str_of(q->to), STR("shop"), &query->to));
	assert_null(query_parse_port(&u->perm, str_of(q->port), (struct str){0},
	    query));
	return resolve_parties(t, &u->perm, &u->sink, &u->objects);
}

/* "id:port*endpoints" for each end, with spaces between. */
static const char *
print(struct unit *u, const struct trace_party *p)
{
	struct buf b;

	buf_init(&b, &u->perm);
	buf_puts(&b, "");
	VEC_FOREACH (e, &p->ends)
		buf_printf(&b, "%s%u:%u*%u", b.n > 0 ? " " : "",
		    world_identity(&u->world, e->ident)->id.id, e->port,
		    e->nendpoints);
	return b.p;
}

static void
test_ends(void **state)
{
	static const struct {
		struct question q;
		const char *from, *to;
		uint8_t family;
	} rows[] = {
	    {{"web-1", "shop/db", "80"}, "257:80*1", "256:80*1", IP_V4},
	    {{"app=web", "db", "80"}, "257:80*2", "256:80*1", IP_V4},
	    {{"app!=zzz", "db", "80"}, "256:80*1 257:80*2", "256:80*1", IP_V4},
	    {{"10.0.0.2", "db", "80"}, "257:80*1", "256:80*1", IP_V4},
	    {{"world", "db", "80"}, "9:80*0", "256:80*1", IP_V4},
	    {{"db", "192.0.2.1", "80"}, "256:80*1", "9:80*0", IP_V4},
	    /* A node is the host to its own pods. */
	    {{"10.1.0.1", "web-1", "80"}, "1:80*0", "257:80*1", IP_V4},
	    {{"10.1.0.1", "web-2", "80"}, "6:80*0", "257:80*1", IP_V4},
	    {{"node/n1", "web-2", "80"}, "6:80*0", "257:80*1", IP_V4},
	    /* A Service is its backends, at their port. */
	    {{"db", "svc/shop/api", "80"}, "256:80*1", "257:8080*2", IP_V4},
	    {{"db", "10.96.0.1", "80"}, "256:80*1", "257:8080*2", IP_V4},
	};
	struct unit u;

	compile_clean(&u, NULL, yaml);
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct query query;
		struct trace t;

		if (!ask(&u, &t, &query, &rows[i].q))
			fail_msg("row %zu: %s", i, compile_findings(&u));
		assert_string_equal(print(&u, &t.from), rows[i].from);
		assert_string_equal(print(&u, &t.to), rows[i].to);
		assert_int_equal(t.family, rows[i].family);
	}
	assert_string_equal(compile_findings(&u), "");
	unit_free(&u);
}

static void
test_errors(void **state)
{
	static const struct {
		struct question q;
		const char *text, *note; /* parts of what is said */
	} rows[] = {
	    {{"web-3", "db", "80"}, "shop/web-3", "there is shop/web-"},
	    {{"shop/zzz", "db", "80"}, "shop/zzz", "db, web-1, web-2"},
	    {{"bank/a", "db", "80"}, "bank/a", "there are some in shop"},
	    {{"app=api", "db", "80"}, "app=api", "has db, web"},
	    {{"tier=x", "db", "80"}, "tier=x", "no pod there has a label"},
	    {{"db", "svc/shop/zzz", "80"}, "shop/zzz", "has api"},
	    {{"db", "svc/shop/api", "81"}, "81/tcp", "it has 80/tcp"},
	    {{"svc/shop/api", "db", "80"}, "svc/shop/api", NULL},
	    {{"db", "192.0.2.1", "128/icmpv6"}, "192.0.2.1", "asked for IPv6"},
	    {{"192.0.2.1", "world", "80"}, "192.0.2.1", NULL},
	};
	struct unit u;

	compile_clean(&u, NULL, yaml);
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		const struct diag *d;
		struct query query;
		struct trace t;

		assert_false(ask(&u, &t, &query, &rows[i].q));
		assert_int_equal(u.sink.v.n, i + 1);
		d = u.sink.v.v[i];
		assert_true(!!strstr(d->text, rows[i].text));
		assert_int_equal(d->notes.n > 0, !!rows[i].note);
		if (rows[i].note && !strstr(d->notes.v[0].text, rows[i].note))
			fail_msg("row %zu: %s", i, d->notes.v[0].text);
	}
	unit_free(&u);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_ends),
	    cmocka_unit_test(test_errors),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
