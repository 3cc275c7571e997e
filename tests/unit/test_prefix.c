/* SPDX-License-Identifier: Apache-2.0 */

/*
 * The labels of prefixes: inheritance from those around them and what becomes
 * of the whole, by examples and against the plainest way to say it.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "ident/labels.h"
#include "ident/prefix.h"
#include "prop.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

struct fixture {
	struct arena arena;
	struct ir ir;
	struct prefix_table table;
};

static void
start(struct fixture *f, bool ipv4, bool ipv6)
{
	struct ir_options opt;

	ir_options_default(&opt);
	opt.ipv4 = ipv4;
	opt.ipv6 = ipv6;
	*f = (struct fixture){0};
	ir_init(&f->ir, &f->arena, atom_table_new(&f->arena), &opt);
	prefix_table_init(&f->table, &f->arena, &f->ir);
}

static struct cidr
cidr(struct str text)
{
	struct cidr c;

	assert_true(cidr_parse(text, &c));
	return c;
}

static struct str
before(struct str s, char c, struct str *ret_rest)
{
	const char *at = memchr(s.s, c, s.n);
	size_t n = at ? (size_t)(at - s.s) : s.n;

	*ret_rest = at ? (struct str){at + 1, s.n - n - 1} : STR("");
	return (struct str){s.s, n};
}

/* "cidrgroup:env=prod" */
static void
put_label(struct fixture *f, const struct cidr *c, struct str label)
{
	struct str value, key;
	struct str source = before(label, ':', &key);

	key = before(key, '=', &value);
	prefix_add(&f->table, c, atom_intern(f->ir.atoms, source), key, value);
}

/* Lines of a prefix and its labels, spaces between. */
static void
put(struct fixture *f, const char *lines)
{
	struct str rest = str_of(lines), line, text, label;
	struct cidr c;

	while (rest.n > 0) {
		line = before(rest, '\n', &rest);
		text = before(line, ' ', &line);
		c = cidr(text);
		while (line.n > 0) {
			label = before(line, ' ', &line);
			put_label(f, &c, label);
		}
	}
}

/* The same lines of what is there; labels in byte order. */
static const char *
print(struct fixture *f)
{
	char text[CIDR_STRLEN];
	struct buf b;

	buf_init(&b, &f->arena);
	buf_puts(&b, "");
	VEC_FOREACH (p, &f->table.v) {
		struct label_set *set = &(*p)->labels;

		label_set_seal(set, &f->arena, f->ir.atoms);
		buf_puts(&b, cidr_print(&(*p)->cidr, text));
		VEC_FOREACH (l, &set->v) {
			buf_putc(&b, ' ');
			buf_str(&b, label_print(&f->arena, f->ir.atoms, l));
		}
		buf_putc(&b, '\n');
	}
	return b.p;
}

struct prefix_case {
	const char *own, *want;
};

static void
check(const struct prefix_case *cases, size_t n, bool ipv4, bool ipv6)
{
	struct fixture f;

	for (size_t i = 0; i < n; i++) {
		start(&f, ipv4, ipv6);
		put(&f, cases[i].own);
		prefix_resolve(&f.table);
		assert_string_equal(print(&f), cases[i].want);
		arena_free(&f.arena);
	}
}

#define CORP "cidrgroup:io.cilium.policy.cidrgroupname/corp"

static void
test_resolve(void **state)
{
	static const struct prefix_case cases[] = {
	    {"", ""},
	    /* the example of semantics.md 6.2 */
	    {"10.0.0.0/8 cidr:10.0.0.0/8\n10.1.0.0/16 cidr:10.1.0.0/16\n"
	     "10.1.2.0/24 " CORP " cidrgroup:env=prod cidrgroup:env+prod\n",
		"10.0.0.0/8 cidr:10.0.0.0/8 reserved:world\n"
		"10.1.0.0/16 cidr:10.1.0.0/16 reserved:world\n"
		"10.1.2.0/24 cidr:10.1.0.0/16 cidrgroup:env+prod "
		"cidrgroup:env=prod " CORP " reserved:world\n"},
	    /* whoever is inside has what is around, in any order of input */
	    {"10.1.2.3/32 fqdn:a.b\n10.1.0.0/16 cidrgroup:x\n"
	     "10.0.0.0/8 cidrgroup:y\n",
		"10.0.0.0/8 cidrgroup:y reserved:world\n"
		"10.1.0.0/16 cidrgroup:x cidrgroup:y reserved:world\n"
		"10.1.2.3/32 cidrgroup:x cidrgroup:y fqdn:a.b "
		"reserved:world\n"},
	    /* one cidr label: its own, else the longest around it */
	    {"10.0.0.0/8 cidr:10.0.0.0/8\n10.1.0.0/16 cidrgroup:x\n"
	     "10.1.2.0/24 cidr:10.1.2.0/24\n10.1.2.3/32 fqdn:a.b\n",
		"10.0.0.0/8 cidr:10.0.0.0/8 reserved:world\n"
		"10.1.0.0/16 cidr:10.0.0.0/8 cidrgroup:x reserved:world\n"
		"10.1.2.0/24 cidr:10.1.2.0/24 cidrgroup:x reserved:world\n"
		"10.1.2.3/32 cidr:10.1.2.0/24 cidrgroup:x fqdn:a.b "
		"reserved:world\n"},
	    /* of labels with one key the first stays, then the inner one */
	    {"10.1.2.0/24 cidrgroup:env=a\n10.1.2.0/24 cidrgroup:env=b\n"
	     "10.1.0.0/16 cidrgroup:env=c\n10.1.2.3/32 cidrgroup:x\n",
		"10.1.0.0/16 cidrgroup:env=c reserved:world\n"
		"10.1.2.0/24 cidrgroup:env=a reserved:world\n"
		"10.1.2.3/32 cidrgroup:env=a cidrgroup:x reserved:world\n"},
	    /* neighbours have nothing of each other */
	    {"10.0.0.0/9 cidrgroup:x\n10.1.0.0/16 cidrgroup:y\n"
	     "10.2.0.0/16 cidrgroup:z\n10.128.0.0/9 cidr:10.128.0.0/9\n"
	     "11.0.0.0/8 cidr:11.0.0.0/8\n",
		"10.0.0.0/9 cidrgroup:x reserved:world\n"
		"10.1.0.0/16 cidrgroup:x cidrgroup:y reserved:world\n"
		"10.2.0.0/16 cidrgroup:x cidrgroup:z reserved:world\n"
		"10.128.0.0/9 cidr:10.128.0.0/9 reserved:world\n"
		"11.0.0.0/8 cidr:11.0.0.0/8 reserved:world\n"},
	    /* /0 of a group is a prefix like any other */
	    {"0.0.0.0/0 " CORP "\n10.0.0.0/8 cidr:10.0.0.0/8\n",
		"0.0.0.0/0 " CORP " reserved:world\n"
		"10.0.0.0/8 cidr:10.0.0.0/8 " CORP " reserved:world\n"},
	    /* a node is a node, whoever else lists its address */
	    {"10.0.0.0/8 cidr:10.0.0.0/8\n10.0.0.1/32 reserved:remote-node\n"
	     "10.0.0.1/32 cidr:10.0.0.1/32\n10.0.0.1/32 fqdn:a.b\n"
	     "10.0.0.1/32 " CORP "\n",
		"10.0.0.0/8 cidr:10.0.0.0/8 reserved:world\n"
		"10.0.0.1/32 reserved:remote-node\n"},
	    {"10.0.0.0/8 cidr:10.0.0.0/8\n10.0.0.1/32 reserved:health\n"
	     "10.0.0.2/32 reserved:ingress\n10.0.0.3/32 reserved:host\n",
		"10.0.0.0/8 cidr:10.0.0.0/8 reserved:world\n"
		"10.0.0.1/32 reserved:health\n"
		"10.0.0.2/32 reserved:ingress\n10.0.0.3/32 reserved:host\n"},
	    /* IPv4 written as IPv6: what is around the IPv4 address */
	    {"::/1 cidrgroup:x\n10.0.0.0/8 cidr:10.0.0.0/8\n"
	     "::ffff:10.1.2.3/128 cidrgroup:y\n"
	     "::ffff:0:0/96 cidrgroup:z\n",
		"10.0.0.0/8 cidr:10.0.0.0/8 reserved:world\n"
		"::ffff:0.0.0.0/96 cidrgroup:z reserved:world-ipv6\n"
		"::ffff:10.1.2.3/128 cidr:10.0.0.0/8 cidrgroup:y "
		"reserved:world reserved:world-ipv6\n"
		"::/1 cidrgroup:x reserved:world-ipv6\n"},
	    /* the API server on a node, and outside */
	    {"10.0.0.1/32 reserved:kube-apiserver\n"
	     "10.0.0.1/32 reserved:remote-node\n",
		"10.0.0.1/32 reserved:kube-apiserver reserved:remote-node\n"},
	    {"10.0.0.0/8 cidr:10.0.0.0/8\n"
	     "10.0.0.1/32 reserved:kube-apiserver\n",
		"10.0.0.0/8 cidr:10.0.0.0/8 reserved:world\n"
		"10.0.0.1/32 cidr:10.0.0.0/8 reserved:kube-apiserver "
		"reserved:world\n"},
	};

	check(cases, COUNT(cases), true, false);
}

#define BOTH                            \
	"2001:db8::/32 cidrgroup:x\n"   \
	"10.0.0.0/8 cidr:10.0.0.0/8\n"  \
	"2001:db8::1/128 cidrgroup:y\n" \
	"10.0.0.0/7 cidrgroup:z\n"

/* Which world: by the families that the cluster has. */
static void
test_world(void **state)
{
	static const struct prefix_case dual = {BOTH,
	    "10.0.0.0/7 cidrgroup:z reserved:world-ipv4\n"
	    "10.0.0.0/8 cidr:10.0.0.0/8 cidrgroup:z reserved:world-ipv4\n"
	    "2001:db8::/32 cidrgroup:x reserved:world-ipv6\n"
	    "2001:db8::1/128 cidrgroup:x cidrgroup:y reserved:world-ipv6\n"};
	static const struct prefix_case v4 = {BOTH,
	    "10.0.0.0/7 cidrgroup:z reserved:world\n"
	    "10.0.0.0/8 cidr:10.0.0.0/8 cidrgroup:z reserved:world\n"
	    "2001:db8::/32 cidrgroup:x reserved:world-ipv6\n"
	    "2001:db8::1/128 cidrgroup:x cidrgroup:y reserved:world-ipv6\n"};
	static const struct prefix_case v6 = {BOTH,
	    "10.0.0.0/7 cidrgroup:z reserved:world-ipv4\n"
	    "10.0.0.0/8 cidr:10.0.0.0/8 cidrgroup:z reserved:world-ipv4\n"
	    "2001:db8::/32 cidrgroup:x reserved:world\n"
	    "2001:db8::1/128 cidrgroup:x cidrgroup:y reserved:world\n"};

	check(&dual, 1, true, true);
	check(&v4, 1, true, false);
	check(&v6, 1, false, true);
}

/* Every length there is, one in the other. */
static void
test_depth(void **state)
{
	struct fixture f;
	struct ip ip;
	struct cidr c;

	start(&f, true, true);
	assert_true(ip_parse(STR("::"), &ip));
	c = cidr_of_ip(&ip);
	for (unsigned bits = 0; bits <= 128; bits++) {
		c.bits = (uint8_t)bits;
		prefix_add(&f.table, &c, f.ir.word.cidrgroup,
		    str_of(arena_printf(&f.arena, "g%u", bits)), STR(""));
	}
	prefix_resolve(&f.table);
	assert_int_equal(f.table.v.n, 129);
	for (size_t i = 0; i < f.table.v.n; i++)
		assert_int_equal(f.table.v.v[i]->labels.v.n, i + 2);
	arena_free(&f.arena);
}

/* One prefix of a random table as generated. */
struct given {
	struct cidr cidr;
	bool listed; /* has a cidr label */
	int env;     /* value of cidrgroup:env; -1: none */
	int group;   /* cidrgroup:g<N>; -1: none */
};

/* semantics.md 6.2 word for word: all covering prefixes, longest first. */
static void
walk(const struct given *v, size_t n, const struct given *p, bool *ret_cidr,
    struct cidr *ret_longest, int *ret_env, bool groups[static 8])
{
	*ret_cidr = false;
	*ret_env = -1;
	for (int bits = p->cidr.bits; bits >= 0; bits--) {
		for (size_t i = 0; i < n; i++) {
			if (v[i].cidr.bits != bits ||
			    !cidr_contains(&v[i].cidr, &p->cidr))
				continue;
			if (v[i].listed && !*ret_cidr) {
				*ret_cidr = true;
				*ret_longest = v[i].cidr;
			}
			if (*ret_env < 0)
				*ret_env = v[i].env;
			if (v[i].group >= 0)
				groups[v[i].group] = true;
		}
	}
}

static void
check_given(struct fixture *f, const struct given *v, size_t n, size_t i)
{
	bool has_cidr, groups[8] = {false};
	struct cidr longest;
	char text[CIDR_STRLEN];
	struct label_set want = {0};
	struct prefix *got = NULL;
	struct atom_table *atoms = f->ir.atoms;
	atom_t group = f->ir.word.cidrgroup;
	int env;

	VEC_FOREACH (p, &f->table.v) {
		if (cidr_compare(&(*p)->cidr, &v[i].cidr) == 0)
			got = *p;
	}
	walk(v, n, &v[i], &has_cidr, &longest, &env, groups);
	if (has_cidr)
		label_set_put(&want, &f->arena,
		    (struct label){f->ir.word.cidr,
			atom_intern(atoms, str_of(cidr_print(&longest, text))),
			f->ir.word.empty});
	if (env >= 0)
		label_set_put(&want, &f->arena,
		    (struct label){group, atom_intern(atoms, STR("env")),
			atom_intern(atoms,
			    str_of(arena_printf(&f->arena, "%d", env)))});
	for (int g = 0; g < 8; g++) {
		if (groups[g])
			label_set_put(&want, &f->arena,
			    (struct label){group,
				atom_intern(atoms,
				    str_of(arena_printf(&f->arena, "g%d", g))),
				f->ir.word.empty});
	}
	label_set_put(&want, &f->arena,
	    (struct label){f->ir.word.reserved,
		atom_intern(atoms, STR("world-ipv4")), f->ir.word.empty});
	assert_non_null(got);
	assert_string_equal(label_set_seal(&want, &f->arena, atoms).s,
	    label_set_seal(&got->labels, &f->arena, atoms).s);
}

/* Prefixes of few bits, so that most lie in others. */
static void
test_random(void **state)
{
	uint64_t seed = prop_seed();
	struct given v[24];
	struct fixture f;
	char text[CIDR_STRLEN];

	for (int round = 0; round < 300; round++) {
		start(&f, true, true);
		for (size_t i = 0; i < COUNT(v); i++) {
			uint8_t bits = (uint8_t)(1 + prop_below(&seed, 8));
			uint8_t first = (uint8_t)prop_below(&seed, 256);

			v[i] = (struct given){.cidr = {.family = IP_V4,
						  .bits = bits,
						  .addr[0] = (uint8_t)(first &
						      (0xff00 >> bits))},
			    .listed = prop_below(&seed, 2) > 0,
			    .env = (int)prop_below(&seed, 4) - 1,
			    .group = (int)prop_below(&seed, 9) - 1};
			/* One origin each: no twins. */
			for (size_t k = 0; k < i; k++) {
				if (cidr_compare(&v[k].cidr, &v[i].cidr) == 0)
					v[i] = v[k];
			}
			if (v[i].listed)
				prefix_add(&f.table, &v[i].cidr, f.ir.word.cidr,
				    str_of(cidr_print(&v[i].cidr, text)),
				    STR(""));
			if (v[i].env >= 0)
				prefix_add(&f.table, &v[i].cidr,
				    f.ir.word.cidrgroup, STR("env"),
				    str_of(arena_printf(&f.arena, "%d",
					v[i].env)));
			if (v[i].group >= 0)
				prefix_add(&f.table, &v[i].cidr,
				    f.ir.word.cidrgroup,
				    str_of(arena_printf(&f.arena, "g%d",
					v[i].group)),
				    STR(""));
		}
		prefix_resolve(&f.table);
		for (size_t i = 0; i < COUNT(v); i++) {
			if (v[i].listed || v[i].env >= 0 || v[i].group >= 0)
				check_given(&f, v, COUNT(v), i);
		}
		arena_free(&f.arena);
	}
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_resolve),
	    cmocka_unit_test(test_world),
	    cmocka_unit_test(test_depth),
	    cmocka_unit_test(test_random),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
