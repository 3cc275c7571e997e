/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Counterexamples first, then one line of figures, then what they leave out.
 */
#include "report/prove.h"

#include <inttypes.h>

#include "bundle/decide.h"
#include "cilium/auth.h"
#include "cilium/proto.h"
#include "cnpc_abi.h"
#include "report/entry.h"

enum {
	SHOWN = 20,
};

/* What was not judged, in words and by name. */
struct omission {
	const char *name;
	uint64_t n;
	const char *text;
};

enum {
	OMISSIONS = 6,
};

static void
list_omissions(struct omission ret[static OMISSIONS], const struct proof *p)
{
	const struct omission all[OMISSIONS] = {
	    {"refused", p->refused,
		"endpoints whose rules Cilium refuses, and which have no map"},
	    {"limited", p->limited,
		"endpoints for which cnpc makes no map (CNP502, CNP503)"},
	    {"from_zero", p->from_zero,
		"directions with a range of ports from 0, before Cilium 1.20"},
	    {"authentication", p->auth_open,
		"port intervals of which Cilium leaves open which "
		"authentication they need"},
	    {"listeners", p->tied,
		"port intervals of which Cilium leaves open which of two "
		"listeners has them"},
	    {"proxies", p->proxies,
		"proxies, what they let pass of what they read"},
	};

	memcpy(ret, all, sizeof(all));
}

static const char *
verdict(struct arena *a, const struct proof_verdict *v)
{
	if (v->reason == CNPC_REDIRECTED)
		return arena_printf(a, "redirected to " STR_FMT,
		    STR_ARG(v->redirect));
	if (v->reason == CNPC_AUTH_NEEDED)
		return arena_printf(a, "%s: %s%s" STR_FMT,
		    verdict_name(v->reason), auth_print(v->auth),
		    v->redirect.n > 0 ? ", then to " : "",
		    STR_ARG(v->redirect));
	return verdict_name(v->reason);
}

static const char *
who(struct arena *a, const struct endpoint *e)
{
	if (e->host)
		return arena_printf(a, "node " STR_FMT, STR_ARG(e->name));
	return arena_printf(a, STR_FMT "/" STR_FMT, STR_ARG(e->ns),
	    STR_ARG(e->name));
}

/* "80-95/TCP", "type 8/ICMP", "TCP". */
static const char *
ports(struct arena *a, const struct counterexample *x)
{
	const char *proto = entry_proto(a, x->proto);
	const char *type = proto_is_icmp(x->proto) ? "type " : "";

	if (x->first == 0 && x->last == UINT16_MAX)
		return proto;
	if (x->first == x->last)
		return arena_printf(a, "%s%u/%s", type, x->first, proto);
	return arena_printf(a, "%s%u-%u/%s", type, x->first, x->last, proto);
}

/* The rule that decides, or why there is none. */
static const char *
rule(const struct prove_report *r, const struct ir_rule *rule)
{
	const struct object *o;

	if (!rule)
		return "no rule";
	if (!rule->policy)
		return "what Cilium adds itself";
	o = rule->policy->object;
	return arena_printf(r->arena, "%s %s " STR_FMT "%s" STR_FMT,
	    source_where(r->sources, rule->at), o->kind_name, STR_ARG(o->ns),
	    o->ns.n > 0 ? "/" : "", STR_ARG(o->name));
}

static const char *
entry(const struct prove_report *r, const struct counterexample *x)
{
	const char *of;

	if (!x->has_entry)
		return "no entry";
	of = x->entry.id == 0 ? "anybody"
			      : arena_printf(r->arena, "%u", x->entry.id);
	return arena_printf(r->arena, "the entry of %s, %s: %s", of,
	    entry_ports(r->arena, &x->entry), entry_value(r->arena, &x->entry));
}

static void
put_example(struct buf *out, const struct prove_report *r,
    const struct counterexample *x)
{
	struct arena *a = r->arena;

	if (x->problem) {
		buf_printf(out, "%s%s%s\n",
		    x->endpoint ? who(a, x->endpoint) : "",
		    x->endpoint ? ": " : "", x->problem);
		return;
	}
	buf_printf(out, "%s, %s %s " STR_FMT " (%u), %s:\n",
	    who(a, x->endpoint), direction_name(x->dir),
	    x->dir == DIR_INGRESS ? "from" : "to",
	    STR_ARG(identity_print(a, r->world, (ident_idx_t){x->peer})),
	    r->world->idents.v[x->peer].id.id, ports(a, x));
	buf_printf(out, "  the policies say  %s\n", verdict(a, &x->says));
	buf_printf(out, "                    by %s\n", rule(r, x->rule));
	buf_printf(out, "  the maps give     %s\n", verdict(a, &x->gives));
	buf_printf(out, "                    by %s\n", entry(r, x));
}

void
prove_put_text(struct buf *out, const struct prove_report *r)
{
	const struct proof *p = r->proof;
	struct omission omissions[OMISSIONS];
	size_t n = p->examples.n < SHOWN ? p->examples.n : SHOWN;

	for (size_t i = 0; i < n; i++)
		put_example(out, r, &p->examples.v[i]);
	if (n < p->examples.n)
		buf_printf(out, "... and %zu more\n", p->examples.n - n);
	buf_printf(out,
	    "%s: %u endpoints, %" PRIu64 " peer classes, %" PRIu64
	    " port intervals: ",
	    p->wrong > 0 ? "wrong" : "proved", p->endpoints, p->classes,
	    p->intervals);
	if (p->wrong > 0)
		buf_printf(out, "%" PRIu64 " are not what the policies say\n",
		    p->wrong);
	else
		buf_puts(out,
		    "the maps give what the policies say for every packet\n");
	list_omissions(omissions, p);
	for (size_t i = 0; i < OMISSIONS; i++) {
		if (omissions[i].n > 0)
			buf_printf(out, "not proved: %" PRIu64 " %s\n",
			    omissions[i].n, omissions[i].text);
	}
}

static void
json_verdict(struct json *out, const char *key, struct arena *a,
    const struct proof_verdict *v, const char *by)
{
	json_key(out, key);
	json_object(out);
	json_kv_cstr(out, "verdict", verdict(a, v));
	json_kv_cstr(out, "by", by);
	json_end_object(out);
}

static void
json_example(struct json *out, const struct prove_report *r,
    const struct counterexample *x)
{
	json_object(out);
	if (x->problem)
		json_kv_cstr(out, "problem", x->problem);
	if (x->endpoint)
		json_kv_cstr(out, "endpoint", who(r->arena, x->endpoint));
	if (!x->problem) {
		json_kv_cstr(out, "direction", direction_name(x->dir));
		json_kv_u64(out, "peer", r->world->idents.v[x->peer].id.id);
		json_kv_u64(out, "protocol", x->proto);
		json_kv_u64(out, "first_port", x->first);
		json_kv_u64(out, "last_port", x->last);
		json_verdict(out, "policies", r->arena, &x->says,
		    rule(r, x->rule));
		json_verdict(out, "maps", r->arena, &x->gives, entry(r, x));
	}
	json_end_object(out);
}

void
prove_put_json(struct json *out, const struct prove_report *r)
{
	const struct proof *p = r->proof;
	struct omission omissions[OMISSIONS];

	json_document(out, "cnpc-proof", 1);
	json_kv_bool(out, "proved", p->wrong == 0);
	json_kv_u64(out, "endpoints", p->endpoints);
	json_kv_u64(out, "directions", p->directions);
	json_kv_u64(out, "peer_classes", p->classes);
	json_kv_u64(out, "port_intervals", p->intervals);
	json_kv_u64(out, "wrong", p->wrong);
	json_key(out, "counterexamples");
	json_array(out);
	VEC_FOREACH (x, &p->examples)
		json_example(out, r, x);
	json_end_array(out);
	list_omissions(omissions, p);
	json_key(out, "not_proved");
	json_object(out);
	for (size_t i = 0; i < OMISSIONS; i++)
		json_kv_u64(out, omissions[i].name, omissions[i].n);
	json_end_object(out);
	json_end_object(out);
}
