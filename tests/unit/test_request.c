/* SPDX-License-Identifier: Apache-2.0 */

/* One request against one rule of a proxy, made by hand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "cilium/version.h"
#include "report/request.h"

enum {
	HEADERS_MAX = 2,
	PORT = 80,
};

/* A rule: text that is NULL stands for a field that is absent. */
struct rule {
	const char *method, *path, *host;
	const char *headers[HEADERS_MAX];
	const char *match_name, *match_value, *mismatch;
	bool secret;
	const char *dns_name, *dns_pattern;
	const char *server_name;
};

struct question {
	const char *method, *path, *host, *dns, *sni;
	const char *headers[HEADERS_MAX][2];
};

/* The one selector_policy of one direction, for everybody. */
struct fixture {
	struct arena arena;
	struct ir ir;
	struct ir_selector everybody;
	struct bitset *all;
	const struct bitset *resolved[1];
	struct world world;
	struct ast_str headers[HEADERS_MAX];
	struct ast_secret_ref secret;
	struct ast_header_match match;
	struct ast_http_rule http;
	struct ast_fqdn_selector dns;
	struct ast_str name;
	struct ir_rule rule;
	struct pmap_l7_rule l7;
	struct pmap_server_name names;
	struct pmap_selector_policy selector_policy;
	struct pmap_direction direction;
	struct request request;
	struct arena scratch;
	struct matcher matcher;
	struct proxied proxied;
};

static struct ast_str
text(const char *s)
{
	return (struct ast_str){.present = s, .v = str_of(s)};
}

static void
set_rule(struct fixture *f, const struct rule *r)
{
	f->http = (struct ast_http_rule){.method = text(r->method),
	    .path = text(r->path),
	    .host = text(r->host)};
	for (int i = 0; i < HEADERS_MAX && r->headers[i]; i++) {
		f->headers[i] = text(r->headers[i]);
		f->http.headers.v = f->headers;
		f->http.headers.n = (uint32_t)i + 1;
	}
	f->match = (struct ast_header_match){.name = text(r->match_name),
	    .value = text(r->match_value),
	    .mismatch = text(r->mismatch),
	    .secret = r->secret ? &f->secret : NULL};
	f->http.header_matches.v = &f->match;
	f->http.header_matches.n = !!r->match_name;
	f->dns = (struct ast_fqdn_selector){.match_name = text(r->dns_name),
	    .match_pattern = text(r->dns_pattern)};
	f->name = text(r->server_name);
	f->l7 = (struct pmap_l7_rule){.rule = &f->rule};
	if (r->dns_name || r->dns_pattern)
		f->l7.dns = &f->dns;
	else if (!r->server_name)
		f->l7.http = &f->http;
}

static void
set_request(struct fixture *f, const struct question *q)
{
	struct request *r = &f->request;

	r->method = str_of(q->method);
	r->path = str_of(q->path);
	r->host = str_of(q->host);
	r->dns = str_of(q->dns);
	r->sni = str_of(q->sni);
	for (int i = 0; i < HEADERS_MAX && q->headers[i][0]; i++)
		*vec_push(&r->headers, &f->arena) =
		    (struct request_header){str_of(q->headers[i][0]),
			str_of(q->headers[i][1])};
}

static struct request_result
ask(struct fixture *f, const struct rule *r, const struct question *q,
    unsigned cilium)
{
	*f = (struct fixture){0};
	f->all = bitset_new(&f->arena, 1);
	bitset_set(f->all, 0);
	f->resolved[0] = f->all;
	f->ir.opt.cilium.number = cilium;
	f->world.ir = &f->ir;
	f->world.resolved = f->resolved;
	set_rule(f, r);
	f->names = (struct pmap_server_name){&f->name, &f->rule};
	f->selector_policy =
	    (struct pmap_selector_policy){.selector = &f->everybody,
		.proto = 6,
		.port = PORT,
		.parser = IR_PARSER_HTTP,
		.redirect = 1,
		.rules = &f->l7,
		.nrules = 1,
		.names = &f->names,
		.nnames = !!r->server_name};
	f->direction =
	    (struct pmap_direction){.selector_policies = &f->selector_policy,
		.nselector_policies = 1};
	set_request(f, q);
	matcher_init(&f->matcher, &f->arena, &f->scratch);
	f->proxied = (struct proxied){.world = &f->world,
	    .direction = &f->direction,
	    .proto = 6,
	    .port = PORT,
	    .redirect = 1};
	return request_judge(&f->matcher, &f->request, &f->proxied);
}

static void
forget(struct fixture *f)
{
	arena_free(&f->scratch);
	arena_free(&f->arena);
}

/* A row's outcome, with the reason when the rule does not match. */
struct row {
	struct rule rule;
	struct question question;
	enum request_answer answer;
	const char *why;
};

static void
check_rows(const struct row *rows, size_t n, unsigned cilium)
{
	for (size_t i = 0; i < n; i++) {
		struct fixture f;
		struct request_result r =
		    ask(&f, &rows[i].rule, &rows[i].question, cilium);
		struct request_match m = request_match(&f.matcher, &f.request,
		    version_plain(cilium), &f.selector_policy, &f.l7);
		const char *why = request_why_text(&f.arena, &m);

		assert_int_equal(r.cause, REQUEST_BY_RULES);
		if (r.answer != rows[i].answer)
			fail_msg("row %zu: answer %d", i, (int)r.answer);
		if (rows[i].why)
			assert_string_equal(why, rows[i].why);
		else
			assert_null(why);
		forget(&f);
	}
}

#define ROWS(rows) rows, sizeof(rows) / sizeof(*(rows))

static void
test_fields(void **state)
{
	static const struct row rows[] = {
	    {{.method = "GET|HEAD"}, {.method = "HEAD"}, REQUEST_PASSES, NULL},
	    {{.method = "GE"}, {.method = "GET"}, REQUEST_REFUSED,
		"method is not GE"},
	    {{.method = "GET"}, {.method = "get"}, REQUEST_REFUSED,
		"method is not GET"},
	    {{.path = "/a"}, {.path = "/a?b"}, REQUEST_REFUSED,
		"path is not /a"},
	    {{.path = ""}, {.path = "/a"}, REQUEST_PASSES, NULL},
	    {{.host = "a[.]b"}, {.host = "a.b"}, REQUEST_PASSES, NULL},
	    {{.host = "a", .path = "/x"}, {.path = "/x"}, REQUEST_UNKNOWN,
		"no --host was given"},
	    {{.host = "a", .path = "/x"}, {.path = "/y"}, REQUEST_REFUSED,
		"path is not /x"},
	    {{.host = "("}, {.host = "a"}, REQUEST_UNKNOWN,
		"host cannot be compared with ("},
	    {{.path = "/x"}, {.dns = "a.b"}, REQUEST_UNKNOWN,
		"it is for HTTP requests, not DNS queries"},
	};

	check_rows(ROWS(rows), CILIUM_1_20);
}

static void
test_headers(void **state)
{
	static const struct row rows[] = {
	    {{.headers = {"X-A"}}, {.headers = {{"x-a", ""}}}, REQUEST_PASSES,
		NULL},
	    {{.headers = {"X-A"}}, {.path = "/"}, REQUEST_REFUSED,
		"header X-A is missing"},
	    {{.headers = {"X-A: b c"}}, {.headers = {{"X-A", "b c"}}},
		REQUEST_PASSES, NULL},
	    {{.headers = {"X-A b"}}, {.headers = {{"X-A", "b"}}},
		REQUEST_PASSES, NULL},
	    {{.headers = {"X-A: b"}}, {.headers = {{"X-A", "B"}}},
		REQUEST_REFUSED, "header X-A is not b"},
	    /* Without a space the colon is part of the name. */
	    {{.headers = {"X-A:b"}}, {.headers = {{"X-A", "b"}}},
		REQUEST_REFUSED, "header X-A:b is missing"},
	    /* Several of a name are one. */
	    {{.headers = {"X-A: b,c"}},
		{.headers = {{"X-A", "b"}, {"x-a", "c"}}}, REQUEST_PASSES,
		NULL},
	    /* Every request has a host. */
	    {{.headers = {"Host"}}, {.path = "/"}, REQUEST_PASSES, NULL},
	    {{.headers = {"Host: a"}}, {.path = "/"}, REQUEST_UNKNOWN,
		"header Host was not given"},
	    {{.headers = {"Host: a"}}, {.host = "a"}, REQUEST_PASSES, NULL},
	    {{.match_name = "X-A"}, {.headers = {{"X-A", "b"}}}, REQUEST_PASSES,
		NULL},
	    {{.match_name = "X-A", .match_value = "b"}, {.path = "/"},
		REQUEST_REFUSED, "header X-A is missing"},
	    {{.match_name = "X-A", .match_value = "b", .mismatch = "LOG"},
		{.path = "/"}, REQUEST_PASSES, NULL},
	    {{.match_name = "X-A", .secret = true}, {.path = "/"},
		REQUEST_REFUSED, "header X-A is missing"},
	    {{.match_name = "X-A", .secret = true}, {.headers = {{"X-A", "b"}}},
		REQUEST_UNKNOWN, "the value of header X-A is in a secret"},
	    {{.match_name = "X-A", .secret = true, .mismatch = "ADD"},
		{.path = "/"}, REQUEST_PASSES, NULL},
	};

	check_rows(ROWS(rows), CILIUM_1_20);
}

static void
test_names(void **state)
{
	static const struct row rows[] = {
	    {{.dns_name = "A.example"}, {.dns = "a.EXAMPLE."}, REQUEST_PASSES,
		NULL},
	    {{.dns_pattern = "*.example"}, {.dns = "a.b.example"},
		REQUEST_REFUSED, "name is not *.example"},
	    {{.dns_pattern = "**.example"}, {.dns = "a.b.example"},
		REQUEST_PASSES, NULL},
	    {{.dns_pattern = "*"}, {.dns = "a.b.example"}, REQUEST_PASSES,
		NULL},
	    {{.dns_pattern = ""}, {.dns = "a"}, REQUEST_REFUSED,
		"a rule without a name matches nothing"},
	    {{.dns_name = "a"}, {.method = "GET"}, REQUEST_UNKNOWN,
		"it is for DNS queries, and no --dns was given"},
	    {{.server_name = "a.example"}, {.sni = "A.example"}, REQUEST_PASSES,
		NULL},
	    {{.server_name = "a.example"}, {.sni = "b.example"},
		REQUEST_REFUSED, "server name is none of its serverNames"},
	    {{.server_name = "*.example"}, {.sni = "b.example"}, REQUEST_PASSES,
		NULL},
	    {{.server_name = "*.example"}, {.sni = "a.b.example"},
		REQUEST_REFUSED, "server name is none of its serverNames"},
	    {{.server_name = "**.example"}, {.sni = "a.b.example"},
		REQUEST_PASSES, NULL},
	    {{.server_name = "a**.example"}, {.sni = "ab.example"},
		REQUEST_UNKNOWN, "what its serverNames match is not settled"},
	    {{.server_name = "a.example"}, {.path = "/"}, REQUEST_UNKNOWN,
		"no --sni was given"},
	};

	check_rows(ROWS(rows), CILIUM_1_20);
}

/* Before 1.18 a star in a server name is a character like any other. */
static void
test_old_server_names(void **state)
{
	static const struct row rows[] = {
	    {{.server_name = "*.example"}, {.sni = "b.example"},
		REQUEST_REFUSED, "server name is none of its serverNames"},
	    {{.server_name = "b.example"}, {.sni = "b.example"}, REQUEST_PASSES,
		NULL},
	};

	check_rows(ROWS(rows), CILIUM_1_17);
}

/* What does not hold for the connection is not tried. */
static void
test_other_selector_policies(void **state)
{
	static const struct rule rule = {.method = "GET"};
	static const struct question question = {.method = "GET"};
	struct request_result r;
	struct fixture f;

	r = ask(&f, &rule, &question, CILIUM_1_20);
	assert_int_equal(r.answer, REQUEST_PASSES);
	f.proxied.port = PORT + 1;
	r = request_judge(&f.matcher, &f.request, &f.proxied);
	assert_int_equal(r.answer, REQUEST_UNKNOWN);
	assert_int_equal(r.cause, REQUEST_BY_NO_RULE);
	f.proxied.port = PORT;
	f.proxied.level = 1;
	r = request_judge(&f.matcher, &f.request, &f.proxied);
	assert_int_equal(r.cause, REQUEST_BY_NO_RULE);
	f.proxied.level = 0;
	f.selector_policy.parser = IR_PARSER_CRD;
	r = request_judge(&f.matcher, &f.request, &f.proxied);
	assert_int_equal(r.answer, REQUEST_UNKNOWN);
	assert_int_equal(r.cause, REQUEST_BY_RULES);
	forget(&f);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_fields),
	    cmocka_unit_test(test_headers),
	    cmocka_unit_test(test_names),
	    cmocka_unit_test(test_old_server_names),
	    cmocka_unit_test(test_other_selector_policies),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
