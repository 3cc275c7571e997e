/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Checks that several policy kinds share: label selectors (semantics.md
 * 2.5) and CIDRs (semantics.md 2.4).
 */
#include "admit/check.h"

#include "base/ascii.h"
#include "base/num.h"
#include "cilium/version.h"
#include "diag_gen.h"
#include "ir/selector.h"

void
check_reject(struct check *c, const struct diag *d)
{
	if (c->object->status == OBJECT_REJECTED_SANITIZE)
		return;
	c->object->status = OBJECT_REJECTED_SANITIZE;
	c->object->why = d;
}

void
check_selects_nodes(struct check *c, struct span at)
{
	struct object *o = c->object;
	const struct diag *d;

	if (c->opt->node_labels)
		return;
	if (c->opt->settings_known) {
		check_reject(c, diag_nodes_disabled(c->sink, at));
		return;
	}
	d = diag_nodes_unsure(c->sink, at);
	if (o->status == OBJECT_OK) {
		o->status = OBJECT_OPEN;
		o->why = d;
	}
}

struct diag *
check_unsupported(struct check *c, struct span at, struct str what)
{
	struct diag *d = diag_unsupported_feature(c->sink, at, what);

	if (c->object->status == OBJECT_OK) {
		c->object->status = OBJECT_UNSUPPORTED;
		c->object->why = d;
	}
	return d;
}

void
check_by_patch(struct check *c, struct diag *d, enum version_change change)
{
	struct version_edge e;

	if (version_by_patch(c->opt->cilium.number, change, &e))
		diag_note(c->sink, d, (struct span){0},
		    "up to Cilium " VERSION_FMT " %s; from " VERSION_FMT
		    " on %s",
		    VERSION_ARG(e.last), e.until, VERSION_ARG(e.first), e.from);
}

/* Letters, digits, '-', '_', '.'; first and last a letter or digit. */
static bool
is_name(struct str s)
{
	for (size_t i = 0; i < s.n; i++) {
		if (!ascii_is_alnum(s.s[i]) && !memchr("-_.", s.s[i], 3))
			return false;
	}
	return s.n > 0 && ascii_is_alnum(s.s[0]) &&
	    ascii_is_alnum(s.s[s.n - 1]);
}

/* RFC 1123: lower case labels joined by dots. */
static bool
is_subdomain(struct str s)
{
	char before = '.';

	for (size_t i = 0; i < s.n; before = s.s[i++]) {
		bool word = ascii_is_alnum(s.s[i]) && !ascii_is_upper(s.s[i]);

		if (s.s[i] == '.' ? before == '.' || before == '-'
				  : !word && (s.s[i] != '-' || before == '.'))
			return false;
	}
	return s.n > 0 && s.n <= 253 && before != '.' && before != '-';
}

/* "[prefix/]name", a Kubernetes qualified name; NULL or what is wrong. */
static const char *
qualified_name_problem(struct str s)
{
	const char *slash = s.n ? memchr(s.s, '/', s.n) : NULL;
	struct str name = s, prefix;

	if (slash) {
		prefix = (struct str){s.s, (size_t)(slash - s.s)};
		name = (struct str){slash + 1, s.n - prefix.n - 1};
		if (!is_subdomain(prefix))
			return "the part before the slash is no DNS subdomain";
	}
	if (name.n == 0)
		return "the name is empty";
	if (name.n > 63)
		return "the name is longer than 63 characters";
	if (!is_name(name))
		return "a name holds letters, digits, '-', '_' and '.', and "
		       "starts and ends with a letter or digit";
	return NULL;
}

/* Before 1.20 the agent checks "<source>.<key>": semantics.md 2.5. */
static const char *
joined_key_problem(struct arena *a, struct str source, struct str name)
{
	return qualified_name_problem(str_of(arena_printf(a,
	    STR_FMT "." STR_FMT, STR_ARG(source), STR_ARG(name))));
}

static const char *
key_problem(const struct check *c, struct str key, struct str source_of_all)
{
	struct str source, name;

	if (!version_has(c->opt->cilium, VERSION_KEY_ALONE) &&
	    source_of_all.n > 0)
		return joined_key_problem(c->arena, source_of_all, key);
	selector_split(key, &source, &name);
	if (!version_has(c->opt->cilium, VERSION_KEY_ALONE))
		return joined_key_problem(c->arena,
		    source.n > 0 ? source : STR("any"), name);
	if (memchr(key.s, '$', key.n) || memchr(key.s, '=', key.n))
		return qualified_name_problem(key);
	if (name.n != key.n && source.n == 0)
		return "the source before the colon is empty";
	for (size_t i = 0; i < source.n; i++) {
		if (!ascii_is_alnum(source.s[i]))
			return "the source before the colon holds more than "
			       "letters and digits";
	}
	return qualified_name_problem(name);
}

static const char *
value_problem(struct str v)
{
	if (v.n > 63)
		return "it is longer than 63 characters";
	if (v.n > 0 && !is_name(v))
		return "a value holds letters, digits, '-', '_' and '.', and "
		       "starts and ends with a letter or digit";
	return NULL;
}

static void
check_key(struct check *c, struct str source, struct str key, struct span at)
{
	const char *problem = key_problem(c, key, source);

	if (problem)
		check_reject(c, diag_bad_label_key(c->sink, at, key, problem));
}

static void
check_value(struct check *c, struct str v, struct span at)
{
	const char *problem = value_problem(v);

	if (problem)
		check_reject(c, diag_bad_label_value(c->sink, at, v, problem));
}

void
check_selector(struct check *c, const struct ast_selector *s)
{
	check_selector_of(c, s, STR(""));
}

void
check_selector_of(struct check *c, const struct ast_selector *s,
    struct str source)
{
	for (uint32_t i = 0; i < s->match_labels.n; i++) {
		const struct ast_str_pair *l = &s->match_labels.v[i];

		check_key(c, source, l->key, l->key_at);
		check_value(c, l->value, l->value_at);
	}
	for (uint32_t i = 0; i < s->match_expressions.n; i++) {
		const struct ast_expression *e = &s->match_expressions.v[i];
		bool wants = str_is(e->op.v, "In") || str_is(e->op.v, "NotIn");

		check_key(c, source, e->key.v, e->key.at);
		for (uint32_t k = 0; k < e->values.n; k++)
			check_value(c, e->values.v[k].v, e->values.v[k].at);
		if (wants && e->values.n == 0)
			check_reject(c,
			    diag_selector_values_required(c->sink, e->at,
				e->op.v));
		if (!wants && e->values.n > 0)
			check_reject(c,
			    diag_selector_values_forbidden(c->sink,
				e->values.at, e->op.v));
	}
}

void
check_cidr(struct check *c, const struct ast_str *s, bool or_ip)
{
	struct cidr cidr;
	struct ip ip;

	if (!cidr_parse(s->v, &cidr) && !(or_ip && ip_parse(s->v, &ip)))
		check_reject(c, diag_bad_cidr(c->sink, s->at, s->v));
}

bool
l7_rules_present(const struct ast_l7_rules *rules)
{
	return rules && (rules->http.n > 0 || rules->dns.n > 0);
}
