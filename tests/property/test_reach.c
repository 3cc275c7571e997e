/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Who reaches whom is what a loop of traces finds: of every pod and interesting
 * address to every other one, on every interesting port, of toy worlds and of
 * the cases that the real engine judged.
 *
 *     test_reach DIR N                             the cases of DIR, N worlds
 *     CNPC_SEED=S CNPC_WORLDS=1 test_reach DIR N   the world of one seed
 */

#include <glob.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "change/reach.h"
#include "probes.h"
#include "worlds.h"

struct end {
	struct query_end asked;
	const struct endpoint *pod; /* or NULL */
	uint32_t actor;
};

struct run {
	struct arena *arena;
	struct unit *u;
	struct reaches reaches;
	VEC(struct end) ends;
	probe_vec probes;
	uint64_t traces;
	const char *fault;
};

/* The actor that the end is by itself. */
static bool
add_end(struct run *r, const struct query_end *asked,
    const struct endpoint *pod)
{
	const struct query q = {.from = *asked, .proto = 6};
	struct trace_party party;
	const struct bitset *set;

	/* An address of a Service is nobody's own. */
	if (!trace_resolve(&party, r->arena, &r->u->sink, &r->u->pmaps,
		&r->u->objects, &q, false))
		return true;
	set = reaches_actors(&r->reaches, &party);
	if (bitset_count(set) != 1) {
		r->fault = arena_printf(r->arena, STR_FMT " is %u actors",
		    STR_ARG(asked->text), bitset_count(set));
		return false;
	}
	*vec_push(&r->ends, r->arena) =
	    (struct end){*asked, pod, bitset_next(set, 0)};
	return true;
}

/* Whether the address is one of a node that has policies. */
static bool
is_of_node(const struct world *w, const struct ip *ip)
{
	VEC_FOREACH (e, &w->endpoints) {
		for (size_t i = 0; e->host && i < e->host->ips.n; i++) {
			if (memcmp(&e->host->ips.v[i], ip, sizeof(*ip)) == 0)
				return true;
		}
	}
	return false;
}

static bool
find_ends(struct run *r)
{
	const struct world *w = &r->u->world;
	bool good = true;

	VEC_FOREACH (e, &w->endpoints) {
		struct query_end asked = {
		    .text = e->name,
		    .who = QUERY_POD,
		    .ns = e->host ? STR("node") : e->ns,
		    .name = e->name,
		};

		good = good && add_end(r, &asked, e);
	}
	VEC_FOREACH (c, &w->ipcache) {
		struct query_end asked = {.text = STR("an address"),
		    .who = QUERY_ADDRESS,
		    .ip = {.family = c->prefix.family}};
		struct cidr prefix;
		ident_idx_t id;

		memcpy(asked.ip.addr, c->prefix.addr, sizeof(asked.ip.addr));
		id = world_of_ip(w, &asked.ip, &prefix);
		if (world_identity(w, id)->nendpoints == 0 &&
		    !is_of_node(w, &asked.ip))
			good = good && add_end(r, &asked, NULL);
	}
	return good;
}

/* What the sets say: FLOW_DROPPED where none has it; false: two have it. */
static bool
found(const struct run *r, const struct end *from, const struct end *to,
    const struct probe *q, enum flow_verdict *ret_verdict)
{
	unsigned hits = 0;

	*ret_verdict = FLOW_DROPPED;
	VEC_FOREACH (x, &r->reaches.v) {
		if (!bitset_test(x->from, from->actor) ||
		    !bitset_test(x->to, to->actor) ||
		    !probe_is_in(q, x->ports, x->nports, &r->reaches.protos))
			continue;
		hits++;
		*ret_verdict = x->way->unknown ? FLOW_UNKNOWN : FLOW_ALLOWED;
	}
	return hits < 2;
}

/* Whether the trace has the ends as they are by themselves. */
static bool
is_plain(const struct run *r, const struct trace *t, const struct end *from,
    const struct end *to)
{
	const struct actor *v = r->reaches.actors.v.v;

	return !t->to.service && t->via.ends.n == 0 && t->from.ends.n == 1 &&
	    t->to.ends.n == 1 &&
	    t->from.ends.v[0].ident.i == v[from->actor].side[0].ident.i &&
	    t->to.ends.v[0].ident.i == v[to->actor].side[0].ident.i;
}

static bool
connection_faulty(struct run *r, struct arena *a, const struct end *from,
    const struct end *to, const struct probe *probe)
{
	const struct query q = {.from = from->asked,
	    .to = to->asked,
	    .proto = probe->proto,
	    .port = probe->port};
	struct diag_sink sink = {.arena = a};
	enum flow_verdict verdict;
	struct trace t;

	if (!trace_run(&t, a, &sink, &r->u->pmaps, &r->u->objects, &q) ||
	    !is_plain(r, &t, from, to))
		return false;
	r->traces++;
	if (found(r, from, to, probe, &verdict) && verdict == t.verdict)
		return false;
	r->fault = arena_printf(r->arena,
	    STR_FMT " to " STR_FMT ", protocol %u port %u: trace says %d, "
		    "the sets %d",
	    STR_ARG(from->asked.text), STR_ARG(to->asked.text), probe->proto,
	    probe->port, t.verdict, verdict);
	return true;
}

static void
check_connections(struct run *r, struct arena *scratch)
{
	VEC_FOREACH (from, &r->ends) {
		VEC_FOREACH (to, &r->ends) {
			/* No policy is asked between a pod and itself. */
			if (from == to || (!from->pod && !to->pod))
				continue;
			VEC_FOREACH (q, &r->probes) {
				if (connection_faulty(r, scratch, from, to, q))
					return;
				arena_reset(scratch);
			}
		}
	}
}

/* The first fault of what U compiled, in A; NULL: none. */
static const char *
check(struct arena *a, struct unit *u, uint64_t *traces)
{
	struct run r = {.arena = a, .u = u};
	struct arena scratch = {0};
	const struct change_side side = {&u->pmaps, &u->objects, &u->sources};

	reaches_init(&r.reaches, a, &scratch, &side);
	reaches_find(&r.reaches, &(struct reach_question){0});
	probes_of_rules(&r.probes, a, u);
	if (find_ends(&r))
		check_connections(&r, &scratch);
	arena_free(&scratch);
	*traces += r.traces;
	return r.fault;
}

static const char *
first_fault(struct arena *a, const struct toy *t)
{
	uint64_t traces = 0;
	const char *fault;
	struct unit u;

	toy_compile(&u, t,
	    t->pods.n % 2 ? IR_MODEL_CILIUM : IR_MODEL_CLUSTERWIDE);
	fault = check(a, &u, &traces);
	unit_free(&u);
	return fault;
}

static void
test_worlds(void **state)
{
	worlds_run(*state, first_fault);
}

static uint64_t
check_case(const char *dir)
{
	struct arena a = {0};
	const char *inputs[] = {arena_printf(&a, "%s/cluster.yaml", dir),
	    arena_printf(&a, "%s/policies.yaml", dir)};
	uint64_t traces = 0;
	struct unit_options opt;
	const char *fault;
	struct unit u;

	unit_options_default(&opt);
	opt.inputs = inputs;
	opt.ninputs = 2;
	unit_init(&u, &opt);
	unit_run(&u, PASS_BIT(PMAP));
	assert_true(unit_ran(&u, PASS_PMAP));
	fault = check(&a, &u, &traces);
	if (fault)
		fail_msg("%s: %s", dir, fault);
	unit_free(&u);
	arena_free(&a);
	return traces;
}

static void
test_cases(void **state)
{
	uint64_t traces = 0;
	glob_t found_dirs;
	char pattern[4096];

	snprintf(pattern, sizeof(pattern), "%s/*/", (const char *)*state);
	assert_int_equal(glob(pattern, 0, NULL, &found_dirs), 0);
	assert_true(found_dirs.gl_pathc > 200);
	for (size_t i = 0; i < found_dirs.gl_pathc; i++)
		traces += check_case(found_dirs.gl_pathv[i]);
	globfree(&found_dirs);
	assert_true(traces > 100000);
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_prestate(test_cases, argv[argc - 2]),
	    cmocka_unit_test_prestate(test_worlds, argv[argc - 1]),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
