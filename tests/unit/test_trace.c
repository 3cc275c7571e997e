/* SPDX-License-Identifier: Apache-2.0 */

/*
 * What became of each rule, and why a direction says what it says, over a
 * direction made by hand: the ingress of one pod, whose rules and map the test
 * writes, as seen from the world.  Whole questions are golden tests.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "flow/trace.h"

enum {
	IDENT_WORLD,
	IDENT_POD, /* of shop/a, whose ingress is judged */
	IDENTS,
	RULES_MAX = 4,
};

enum rule_kind {
	MATCHING,       /* everything from everybody */
	SILENT,         /* matches nothing */
	ALLOW_EVERYONE, /* the ones built in */
	ALLOW_HOST,
	DENY_EVERYONE,
};

struct rule {
	enum ir_tier tier;
	uint32_t level;
	enum ir_verdict verdict;
	bool default_deny;
	enum rule_kind kind;
};

struct fixture {
	struct arena arena;
	struct ir ir;
	struct label label;
	struct world world;
	struct pmaps pmaps;
	struct object object;
	struct ir_policy policy;
	struct ir_selector everybody;
	struct ir_peer peer;
	struct ir_port port;
	struct ir_rule rules[RULES_MAX];
	struct pmap_rule pmap_rules[RULES_MAX];
	struct pmap_entry entry;
	struct pmap_key key;
	struct pmap_direction direction;
	struct object_list objects;
	struct query query;
};

static bool
is_built_in(const struct rule *r)
{
	return r->kind != MATCHING && r->kind != SILENT;
}

static void
put_rules(struct fixture *f, const struct rule *rules, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++) {
		f->rules[i] = (struct ir_rule){
		    .policy = is_built_in(&rules[i]) ? NULL : &f->policy,
		    .tier = rules[i].tier,
		    .verdict = rules[i].verdict,
		    .default_deny = rules[i].default_deny,
		    .peers = &f->peer,
		    .npeers = rules[i].kind != SILENT,
		    .ports = &f->port,
		    .nports = 1,
		};
		f->pmap_rules[i] = (struct pmap_rule){.rule = &f->rules[i],
		    .level = rules[i].level};
		f->direction.default_deny |= rules[i].default_deny;
		f->direction.enforced |= !is_built_in(&rules[i]);
		if (rules[i].kind == ALLOW_EVERYONE)
			f->pmaps.allow_everyone = &f->rules[i];
		else if (rules[i].kind == ALLOW_HOST)
			f->pmaps.allow_host = &f->rules[i];
		else if (rules[i].kind == DENY_EVERYONE)
			f->pmaps.deny_everyone = &f->rules[i];
	}
	f->direction.rules = f->pmap_rules;
	f->direction.nrules = n;
}

/* The map has one entry for everybody, or none. */
static void
put_entry(struct fixture *f, const struct pmap_value *value)
{
	if (!value)
		return;
	f->entry = (struct pmap_entry){.value = *value};
	f->key = (struct pmap_key){.nentries = 1, .entries = &f->entry};
	f->direction.keys = &f->key;
	f->direction.nkeys = 1;
}

static void
put_world(struct fixture *f)
{
	static const uint32_t class_of_endpoint[] = {0};
	static const uint32_t ids[] = {SEC_ID_WORLD, SEC_ID_POD_FIRST};
	static const uint8_t parts[IDENTS]; /* there are no aggregates */
	struct arena *a = &f->arena;
	struct bitset *all = bitset_new(a, IDENTS);

	bitset_fill(all);
	f->world.resolved = ARENA_ARRAY(a, const struct bitset *, 1);
	f->world.resolved[0] = all;
	f->world.reached = f->world.resolved;
	f->world.aggregates = aggregates_of_parts(a, parts, IDENTS, NULL, 1);
	f->direction.aggregates = f->world.aggregates;
	f->world.ir = &f->ir;
	f->ir.atoms = atom_table_new(a);
	f->label.key = atom_intern(f->ir.atoms, STR("world"));
	f->ir.opt.ipv4 = true;
	for (uint32_t i = 0; i < IDENTS; i++)
		*vec_push(&f->world.idents, a) =
		    (struct identity){.id = {ids[i]},
			.labels = &f->label,
			.nlabels = 1};
	*vec_push(&f->world.endpoints, a) = (struct endpoint){
	    .ns = STR("shop"),
	    .name = STR("a"),
	    .ident = {IDENT_POD},
	    .object = &f->object,
	};
	f->pmaps.world = &f->world;
	f->pmaps.class_of_endpoint = class_of_endpoint;
	*vec_push(&f->pmaps.classes, a) =
	    (struct pmap_class){.direction = {&f->direction, &f->direction},
		.subject = f->world.endpoints.v};
}

/* Asks for the world to shop/a, 80/tcp. */
static struct trace
ask(struct fixture *f, const struct rule *rules, uint32_t nrules,
    const struct pmap_value *value)
{
	struct diag_sink sink;
	struct trace t;

	*f = (struct fixture){.object = {.kind = AST_POD}};
	f->policy.object = &f->object;
	f->peer.selector = &f->everybody;
	put_world(f);
	put_rules(f, rules, nrules);
	put_entry(f, value);
	assert_null(
	    query_parse_end(&f->arena, STR("world"), STR(""), &f->query.from));
	assert_null(
	    query_parse_end(&f->arena, STR("shop/a"), STR(""), &f->query.to));
	assert_null(
	    query_parse_port(&f->arena, STR("80"), (struct str){0}, &f->query));
	diag_sink_init(&sink, &f->arena);
	assert_true(
	    trace_run(&t, &f->arena, &sink, &f->pmaps, &f->objects, &f->query));
	assert_int_equal(t.pairs.n, 1);
	return t;
}

static const struct pmap_value allow = {.precedence = 1};
static const struct pmap_value deny = {.precedence = 2, .deny = true};
static const struct pmap_value auth = {.precedence = 1, .auth = 0x81};
static const struct pmap_value redirect = {.precedence = 2, .redirect = 1};

static void
test_roles(void **state)
{
	static const struct {
		struct rule rules[RULES_MAX];
		uint32_t nrules;
		const struct pmap_value *value;
		enum explain_role role[RULES_MAX];
	} cases[] = {
	    /* deny before allow, and what agrees with either */
	    {{{IR_TIER_NORMAL, 0, IR_ALLOW, true, MATCHING},
		 {IR_TIER_NORMAL, 0, IR_DENY, true, MATCHING},
		 {IR_TIER_NORMAL, 0, IR_DENY, true, MATCHING}},
		3, &deny, {ROLE_LOSES_TO_DENY, ROLE_DECIDES, ROLE_AGREES}},
	    /* a stronger tier */
	    {{{IR_TIER_CLUSTERWIDE, 0, IR_ALLOW, true, MATCHING},
		 {IR_TIER_NORMAL, 10, IR_DENY, true, MATCHING},
		 {IR_TIER_NORMAL, 10, IR_ALLOW, true, MATCHING}},
		3, &allow, {ROLE_DECIDES, ROLE_LOSES_TIER, ROLE_AGREES}},
	    /* a pass that counts, one that does not */
	    {{{IR_TIER_ADMIN, 0, IR_PASS, false, MATCHING},
		 {IR_TIER_ADMIN, 21, IR_DENY, false, MATCHING},
		 {IR_TIER_NORMAL, 30, IR_ALLOW, true, MATCHING}},
		3, &allow, {ROLE_PASSES, ROLE_PASSED_OVER, ROLE_DECIDES}},
	    {{{IR_TIER_ADMIN, 0, IR_ALLOW, false, MATCHING},
		 {IR_TIER_ADMIN, 0, IR_PASS, false, MATCHING}},
		2, &allow, {ROLE_DECIDES, ROLE_LOSES_TO_ALLOW}},
	    /* a stronger priority */
	    {{{IR_TIER_ADMIN, 0, IR_DENY, false, MATCHING},
		 {IR_TIER_ADMIN, 1, IR_ALLOW, false, MATCHING}},
		2, &deny, {ROLE_DECIDES, ROLE_LOSES_RANK}},
	};
	struct fixture f;

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct trace t =
		    ask(&f, cases[i].rules, cases[i].nrules, cases[i].value);
		const struct explanation *s =
		    &t.pairs.v[0].explanation[DIR_INGRESS];

		assert_int_equal(s->cause, CAUSE_RULE);
		assert_int_equal(s->why.matches.n, cases[i].nrules);
		for (uint32_t k = 0; k < cases[i].nrules; k++)
			assert_int_equal(s->role[k], cases[i].role[k]);
		arena_free(&f.arena);
	}
}

static void
test_causes(void **state)
{
	static const struct rule everyone = {IR_TIER_DEFAULT, 20, IR_ALLOW,
	    false, ALLOW_EVERYONE};
	static const struct rule host = {IR_TIER_DEFAULT, 20, IR_ALLOW, false,
	    ALLOW_HOST};
	static const struct rule nobody = {IR_TIER_DEFAULT, 21, IR_DENY, false,
	    DENY_EVERYONE};
	static const struct rule isolate = {IR_TIER_NORMAL, 0, IR_ALLOW, true,
	    SILENT};
	static const struct rule observe = {IR_TIER_NORMAL, 0, IR_ALLOW, false,
	    SILENT};
	const struct {
		struct rule rules[RULES_MAX];
		uint32_t nrules;
		const struct pmap_value *value;
		enum explain_cause cause;
		bool default_deny; /* is told */
	} cases[] = {
	    {{everyone}, 1, &allow, CAUSE_NO_POLICY, false},
	    {{observe, everyone}, 2, &allow, CAUSE_DEFAULT_ALLOW, false},
	    {{isolate, host}, 2, &allow, CAUSE_LOCAL_HOST, true},
	    {{isolate, nobody}, 2, &deny, CAUSE_DEFAULT_DENY, true},
	    {{isolate}, 1, NULL, CAUSE_DEFAULT_DENY, true},
	    {{observe, isolate}, 2, NULL, CAUSE_DEFAULT_DENY, true},
	    {{observe}, 1, NULL, CAUSE_FORCE, false},
	};
	struct fixture f;

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct trace t =
		    ask(&f, cases[i].rules, cases[i].nrules, cases[i].value);
		const struct explanation *s =
		    &t.pairs.v[0].explanation[DIR_INGRESS];

		assert_int_equal(s->cause, cases[i].cause);
		assert_int_equal(!!s->why.default_deny, cases[i].default_deny);
		assert_int_equal(t.pairs.v[0].judgement.end[DIR_EGRESS].state,
		    JUDGE_OUTSIDE);
		arena_free(&f.arena);
	}
}

static void
test_drop_codes(void **state)
{
	static const struct rule rule = {IR_TIER_NORMAL, 0, IR_ALLOW, true,
	    MATCHING};
	static const struct rule no = {IR_TIER_NORMAL, 0, IR_DENY, true,
	    MATCHING};
	static const struct {
		const struct rule *rule;
		const struct pmap_value *value;
		enum flow_verdict verdict;
		enum drop_reason reason;
		const char *text;
	} cases[] = {
	    {&rule, &allow, FLOW_ALLOWED, REASON_NONE, NULL},
	    {&rule, &redirect, FLOW_ALLOWED, REASON_NONE, NULL},
	    {&rule, &auth, FLOW_DROPPED, REASON_AUTH_REQUIRED,
		"Authentication required"},
	    {&no, &deny, FLOW_DROPPED, REASON_POLICY_DENY,
		"Policy denied by denylist"},
	    {NULL, NULL, FLOW_DROPPED, REASON_POLICY_DENIED, "Policy denied"},
	};
	struct fixture f;

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct trace t =
		    ask(&f, cases[i].rule, !!cases[i].rule, cases[i].value);
		const struct judged_end *e =
		    &t.pairs.v[0].judgement.end[DIR_INGRESS];

		assert_int_equal(t.verdict, cases[i].verdict);
		assert_int_equal(e->reason, cases[i].reason);
		assert_int_equal(e->verdict, t.verdict);
		if (cases[i].text)
			assert_string_equal(drop_reason_text(e->reason),
			    cases[i].text);
		else
			assert_null(drop_reason_text(e->reason));
		arena_free(&f.arena);
	}
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_roles),
	    cmocka_unit_test(test_causes),
	    cmocka_unit_test(test_drop_codes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
