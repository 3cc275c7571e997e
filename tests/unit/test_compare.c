/* SPDX-License-Identifier: Apache-2.0 */

/*
 * The ingress of one pod against that of another.  That every difference is
 * found is up to tests/property/test_compare.c; here is how they are split.
 */

#include "pmap/compare.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "cilium/proto.h"
#include "compile.h"

#define TCP(ports) "toPorts: [{ports: [" ports "]}]"
#define PORT(n) "{port: '" n "', protocol: TCP}"
#define FROM(app) "fromEndpoints: [{matchLabels: {app: " app "}}]"

/* The pods a and b, whose rules are compared, and who may come. */
#define WORLD(a, b)                                                        \
	POD("shop", "a", "10.0.0.1")                                       \
	POD("shop", "b", "10.0.0.2")                                       \
	POD("shop", "db", "10.0.0.3")                                      \
	POD("shop", "web", "10.0.0.4")                                     \
	CILIUM_POLICY("shop", "a",                                         \
	    "endpointSelector: {matchLabels: {app: a}}, ingress: [" a "]") \
	CILIUM_POLICY("shop", "b",                                         \
	    "endpointSelector: {matchLabels: {app: b}}, ingress: [" b "]")

static const struct {
	const char *what, *yaml, *want;
} cases[] = {
    {"the same",
	WORLD("{" FROM("db") ", " TCP(PORT("80")) "}",
	    "{" FROM("db") ", " TCP(PORT("80")) "}"),
	""},
    {"the same in other words",
	WORLD("{" FROM("db") ", " TCP("{port: '80', endPort: 83, "
				      "protocol: TCP}") "}",
	    "{" FROM("db") ", " TCP(PORT("80") ", " PORT("81") ", " PORT(
		"82") ", " PORT("83")) "}"),
	""},
    {"another port",
	WORLD("{" FROM("db") ", " TCP(PORT("80")) "}",
	    "{" FROM("db") ", " TCP(PORT("81")) "}"),
	"tcp 80-81 shop/app=db: allow, drop; "
	"tcp 81-82 shop/app=db: drop, allow; "},
    {"another peer",
	WORLD("{" FROM("db") ", " TCP(PORT("80")) "}",
	    "{" FROM("web") ", " TCP(PORT("80")) "}"),
	"tcp 80-81 shop/app=db: allow, drop; "
	"tcp 80-81 shop/app=web: drop, allow; "},
    {"one port instead of everything",
	WORLD("{" FROM("db") "}", "{" FROM("db") ", " TCP(PORT("80")) "}"),
	"tcp 0-80 shop/app=db: allow, drop; "
	"tcp 81-65536 shop/app=db: allow, drop; "
	"udp and others 0-65536 shop/app=db: allow, drop; "},
    {"types of ICMP",
	WORLD("{" FROM("db") ", " TCP(PORT("80")) "}",
	    "{" FROM("db") ", " TCP(PORT("80")) "}, {" FROM(
		"db") ", icmps: [{fields: [{type: 8, family: IPv4}]}]}"),
	"icmp 8-9 shop/app=db: drop, allow; "},
    {"a proxy",
	WORLD("{" FROM("db") ", " TCP(PORT("80")) "}",
	    "{" FROM("db") ", toPorts: [{ports: [" PORT(
		"80") "], rules: {http: [{method: GET}]}}]}"),
	"tcp 80-81 shop/app=db: allow, redirect; "},
};

static void
print_difference(struct buf *out, const struct world *w,
    const struct difference *d)
{
	buf_printf(out, "%s%s %u-%u", proto_name(d->cell.proto),
	    d->cell.others ? " and others" : "", d->cell.ports.first,
	    d->cell.ports.end);
	BITSET_FOREACH (i, d->peers)
		buf_printf(out, " " STR_FMT,
		    STR_ARG(identity_print(out->arena, w, (ident_idx_t){i})));
	buf_printf(out, ": %s, %s; ", pmap_verdict_name(d->result[0].verdict),
	    pmap_verdict_name(d->result[1].verdict));
}

static struct comparison
comparison_of(const struct unit *u)
{
	return (
	    struct comparison){{compile_direction(u, "shop/a", DIR_INGRESS),
				   compile_direction(u, "shop/b", DIR_INGRESS)},
	    {&u->pmaps.redirects, &u->pmaps.redirects},
	    u->world.aggregates->peers};
}

static void
test_cases(void **state)
{
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		difference_vec differences = {0};
		struct arena a = {0};
		struct comparison c;
		struct unit u;
		struct buf got;

		compile_clean(&u, NULL, cases[i].yaml);
		c = comparison_of(&u);
		compare_directions(&differences, &a, &c);
		buf_init(&got, &a);
		VEC_FOREACH (d, &differences)
			print_difference(&got, &u.world, d);
		if (strcmp(buf_as_str(&got).s, cases[i].want) != 0)
			fail_msg("%s: %s", cases[i].what, buf_as_str(&got).s);
		unit_free(&u);
		arena_free(&a);
	}
}

/* Cells end where a caller wants it, and only certain peers are compared. */
static void
test_edges_and_peers(void **state)
{
	static const struct cell want[] = {{6, false, {0, 80}},
	    {6, false, {80, 81}}, {6, false, {81, 90}}, {6, false, {90, 100}},
	    {6, false, {100, 65536}}, {17, true, {0, 65536}}};
	struct arena a = {0};
	cell_vec edges = {0}, cells = {0};
	difference_vec differences = {0};
	struct bitset *among;
	struct comparison c;
	struct unit u;

	compile_clean(&u, NULL,
	    WORLD("{" FROM("db") ", " TCP(PORT("80")) "}", "{}"));
	c = comparison_of(&u);
	*vec_push(&edges, &a) = (struct cell){6, false, {90, 100}};
	compare_list_cells(&cells, &a, &c, &edges);
	assert_int_equal(cells.n, sizeof(want) / sizeof(*want));
	for (size_t i = 0; i < cells.n; i++) {
		assert_int_equal(cells.v[i].proto, want[i].proto);
		assert_int_equal(cells.v[i].others, want[i].others);
		assert_int_equal(cells.v[i].ports.first, want[i].ports.first);
		assert_int_equal(cells.v[i].ports.end, want[i].ports.end);
	}
	among = bitset_new(&a, c.peers->nbits);
	compare_cell(&differences, &a, &c, &cells.v[1], among);
	assert_int_equal(differences.n, 0);
	bitset_set(among, compile_ident(&u, "shop/db").i);
	bitset_set(among, compile_ident(&u, "shop/web").i);
	compare_cell(&differences, &a, &c, &cells.v[1], among);
	assert_int_equal(differences.n, 1);
	assert_true(bitset_subset(differences.v[0].peers, among));
	unit_free(&u);
	arena_free(&a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_cases),
	    cmocka_unit_test(test_edges_and_peers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
