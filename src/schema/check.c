/* SPDX-License-Identifier: Apache-2.0 */
#include <assert.h>

#include "base/cidr.h"
#include "base/map.h"
#include "base/num.h"
#include "diag_gen.h"
#include "schema/icmp.h"
#include "schema/table.h"

/*
 * Patterns are the CRDs' own.  They are matched by PCRE2's DFA matcher, which
 * cannot be made to backtrack without end; what is longer than any value that
 * a pattern accepts is not even tried.
 */
#define MATCH_BYTES 1024
#define DFA_WORKSPACE 1024

static void *
arena_malloc(size_t size, void *arena)
{
	return arena_alloc(arena, size);
}

static void
arena_nofree(void *p, void *arena)
{
}

static int
pattern_index(const char *name)
{
	size_t i = 0;

	while (strcmp(schema_patterns[i].name, name) != 0) {
		i++;
		assert(i < schema_npatterns);
	}
	return (int)i;
}

struct schema *
schema_new(struct arena *a, const struct schema_options *opt)
{
	struct schema *s = ARENA_NEW(a, struct schema);
	pcre2_general_context *gc =
	    pcre2_general_context_create(arena_malloc, arena_nofree, a);
	pcre2_compile_context *cc = pcre2_compile_context_create(gc);

	s->opt = *opt;
	s->version = arena_printf(a, "1.%u", opt->cilium - 100);
	s->patterns = ARENA_ARRAY(a, pcre2_code *, schema_npatterns);
	for (size_t i = 0; i < schema_npatterns; i++) {
		const struct schema_pattern *p = &schema_patterns[i];
		int error;
		PCRE2_SIZE offset;

		s->patterns[i] =
		    pcre2_compile((PCRE2_SPTR)p->regex, PCRE2_ZERO_TERMINATED,
			PCRE2_UTF | PCRE2_DOLLAR_ENDONLY, &error, &offset, cc);
		assert(s->patterns[i]);
	}
	s->label_value = pattern_index("label-value");
	return s;
}

static bool
is_alnum(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	    (c >= '0' && c <= '9');
}

/* The pattern label-value without PCRE2: nearly all values are of it. */
static bool
is_label_value(struct str v)
{
	if (v.n == 0)
		return true;
	for (size_t i = 0; i < v.n; i++)
		if (!is_alnum(v.s[i]) && v.s[i] != '-' && v.s[i] != '_' &&
		    v.s[i] != '.')
			return false;
	return is_alnum(v.s[0]) && is_alnum(v.s[v.n - 1]);
}

static bool
matches(struct decoder *d, int pattern, struct str v)
{
	int workspace[DFA_WORKSPACE];

	if (pattern == d->schema->label_value)
		return is_label_value(v);
	if (v.n > MATCH_BYTES)
		return false;
	if (!d->match)
		d->match = pcre2_match_data_create(1,
		    pcre2_general_context_create(arena_malloc, arena_nofree,
			d->arena));
	return pcre2_dfa_match(d->schema->patterns[pattern], (PCRE2_SPTR)v.s,
		   v.n, 0, PCRE2_DFA_SHORTEST, d->match, NULL, workspace,
		   DFA_WORKSPACE) >= 0;
}

static size_t
code_points(struct str v)
{
	size_t n = 0;

	for (size_t i = 0; i < v.n; i++)
		n += ((unsigned char)v.s[i] & 0xc0) != 0x80;
	return n;
}

static bool
is_one_of(const struct str *values, struct str v)
{
	for (; values->s; values++)
		if (str_eq(*values, v))
			return true;
	return false;
}

/* "A, B, C" of a list that ends in a zero str. */
static struct str
join(struct arena *a, const struct str *values)
{
	struct buf b;

	buf_init(&b, a);
	for (; values->s; values++) {
		if (b.n > 0)
			buf_puts(&b, ", ");
		buf_str(&b, *values);
	}
	return buf_as_str(&b);
}

/* ${NAME} of envsubst, Flux and kustomize; {{ }} of Helm and others. */
static bool
has_placeholder(struct str v)
{
	return memmem(v.s, v.n, "${", 2) || memmem(v.s, v.n, "{{", 2);
}

static const struct diag *
unknown_value(struct decoder *d, const struct schema_type *t, struct str v,
    struct span at)
{
	const struct span no_place = {0};
	struct diag *di = diag_unknown_value(d->sink, at, path_print(d), v,
	    join(d->arena, t->values));
	struct str guess;

	if (guess_value(t->values, v, &guess))
		diag_note(d->sink, di, no_place, "did you mean \"%s\"?",
		    guess.s);
	return di;
}

/* What is wrong with a string, reported; NULL when it is right. */
static const struct diag *
judge_str(struct decoder *d, const struct schema_type *t, struct str v,
    struct span at)
{
	size_t n = code_points(v);
	struct ip ip;

	if (t->values && !is_one_of(t->values, v))
		return unknown_value(d, t, v, at);
	if (t->format == SCHEMA_CIDR && !cidr_format_valid(v))
		return diag_malformed_cidr(d->sink, at, path_print(d), v);
	if (t->format == SCHEMA_IP && !ip_parse(v, &ip))
		return diag_malformed_ip(d->sink, at, path_print(d), v);
	if (n > t->max_len)
		return diag_too_long(d->sink, at, path_print(d), n, t->max_len);
	if (n < t->min_len)
		return diag_too_short(d->sink, at, path_print(d), n,
		    t->min_len);
	if (t->pattern != SCHEMA_NO_PATTERN && !matches(d, t->pattern, v))
		return diag_malformed_value(d->sink, at, path_print(d), v,
		    schema_patterns[t->pattern].what);
	return NULL;
}

void
check_str(struct decoder *d, const struct schema_type *t, struct str v,
    struct span at)
{
	struct diag_sink *sink = d->sink;
	struct diag_sink unseen;
	const struct diag *di;

	if (has_placeholder(v)) {
		/* The text is no value yet: say that, not what is wrong. */
		diag_sink_init(&unseen, d->arena);
		d->sink = &unseen;
		di = judge_str(d, t, v, at);
		d->sink = sink;
		if (di)
			decoder_reject(d,
			    diag_unrendered_template(sink, at, path_print(d),
				v));
		return;
	}
	di = judge_str(d, t, v, at);
	if (di)
		decoder_reject(d, di);
}

void
check_int(struct decoder *d, const struct schema_type *t, int64_t v,
    struct span at)
{
	if (v < t->min || v > t->max)
		decoder_reject(d,
		    diag_out_of_range(d->sink, at, path_print(d), v, t->min,
			t->max));
}

static void
check_set(struct decoder *d, const struct ynode *n)
{
	struct map seen;

	map_init(&seen, d->arena);
	for (uint32_t i = 0; i < n->seq.n; i++) {
		const struct ynode *item = n->seq.v[i];
		void **first;

		if (item->kind != Y_STR)
			continue;
		first = map_put(&seen, item->s.s, item->s.n);
		if (*first) {
			struct diag *di = diag_duplicate_item(d->sink, item->at,
			    path_print(d), item->s);

			diag_note(d->sink, di,
			    ((const struct ynode *)*first)->at, "first here");
			decoder_reject(d, di);
		} else {
			*first = (void *)(uintptr_t)item;
		}
	}
}

void
check_list(struct decoder *d, const struct schema_type *t,
    const struct ynode *n)
{
	if (n->seq.n > t->max_items)
		decoder_reject(d,
		    diag_too_many_items(d->sink, n->at, path_print(d), n->seq.n,
			t->max_items));
	if (n->seq.n < t->min_items)
		decoder_reject(d,
		    diag_too_few_items(d->sink, n->at, path_print(d), n->seq.n,
			t->min_items));
	if (t->set)
		check_set(d, n);
}

static void
missing_field(struct decoder *d, const struct schema_field *f, struct span at)
{
	struct path path = {.up = d->path, .key = f->name};

	d->path = &path;
	decoder_reject(d, diag_missing_field(d->sink, at, path_print(d)));
	d->path = path.up;
}

/* The names of the fields in MASK that the version at hand has. */
static struct str
field_names(const struct decoder *d, const struct schema_struct *st,
    uint64_t mask)
{
	struct str names[65] = {0};
	uint32_t n = 0;

	for (uint32_t i = 0; i < st->nfields; i++) {
		const struct schema_field *f = &st->fields[i];

		if (mask >> i & 1 &&
		    schema_in_version(d->schema, f->since, f->until))
			names[n++] = f->name;
	}
	return join(d->arena, names);
}

static void
check_rule(struct decoder *d, const struct schema_struct *st,
    const struct schema_rule *r, uint64_t present, struct span at)
{
	int n = __builtin_popcountll(present & r->fields);
	bool too_few = n == 0 && r->kind != SCHEMA_AT_MOST_ONE;
	bool too_many = n > 1 && r->kind != SCHEMA_ANY_OF;

	if (too_few)
		decoder_reject(d,
		    diag_none_of(d->sink, at, path_print(d),
			field_names(d, st, r->fields)));
	if (too_many)
		decoder_reject(d,
		    diag_more_than_one_of(d->sink, at, path_print(d),
			field_names(d, st, present & r->fields)));
}

void
check_struct(struct decoder *d, const struct schema_struct *st,
    uint64_t present, struct span at, const void *body)
{
	for (uint32_t i = 0; i < st->nfields; i++) {
		const struct schema_field *f = &st->fields[i];

		if (f->required && !(present >> i & 1) &&
		    schema_in_version(d->schema, f->since, f->until))
			missing_field(d, f, at);
	}
	for (uint32_t i = 0; i < st->nrules; i++) {
		const struct schema_rule *r = &st->rules[i];

		if (schema_in_version(d->schema, r->since, r->until))
			check_rule(d, st, r, present, at);
	}
	if (st->check)
		st->check(d, body);
}

void
schema_check_icmp_type(struct decoder *d, const void *body)
{
	const struct ast_icmp_field *f = body;
	bool ipv6 = str_is(f->family.v, "IPv6");
	uint64_t number;
	uint8_t type;

	/* What the pattern does not take was reported already. */
	if (!f->type.present || f->type.is_int ||
	    num_u64(f->type.s, 255, &number) ||
	    icmp_type_number(ipv6, f->type.s, &type) ||
	    !matches(d, pattern_index("icmp-type"), f->type.s))
		return;
	decoder_reject(d,
	    diag_icmp_type_of_family(d->sink, f->type.at, path_print(d),
		ipv6 ? "IPv6" : "IPv4", f->type.s));
}

/* [prefix/]name, as Kubernetes wants label keys. */
static bool
is_label_key(struct decoder *d, struct str key)
{
	const char *slash = memchr(key.s, '/', key.n);
	struct str name = key;

	if (slash) {
		char *prefix =
		    arena_dup(d->arena, key.s, (size_t)(slash - key.s));
		const struct str p = str_of(prefix);

		if (p.n > 253 || !matches(d, pattern_index("object-name"), p))
			return false;
		name = (struct str){slash + 1, key.n - p.n - 1};
	}
	return name.n > 0 && name.n <= 63 && is_label_value(name);
}

static void
malformed_selector(struct decoder *d, struct span at, struct str what,
    const char *problem)
{
	decoder_reject(d,
	    diag_malformed_selector(d->sink, at, path_print(d), what, problem));
}

static void
check_expression(struct decoder *d, const struct ast_expression *e)
{
	bool wants = str_is(e->op.v, "In") || str_is(e->op.v, "NotIn");
	const struct schema_type value = {
	    .max_len = 63,
	    .pattern = d->schema->label_value,
	};

	if (!e->key.present || !e->op.present)
		return;
	if (!is_label_key(d, e->key.v))
		malformed_selector(d, e->key.at, e->key.v, "is no label key");
	if (wants && e->values.n == 0)
		malformed_selector(d, e->at, e->op.v, "needs values");
	if (!wants && e->values.n > 0)
		malformed_selector(d, e->values.at, e->op.v, "takes no values");
	for (uint32_t i = 0; i < e->values.n; i++)
		if (e->values.v[i].present)
			check_str(d, &value, e->values.v[i].v,
			    e->values.v[i].at);
}

/* What the CRDs of Cilium leave to the agent, Kubernetes' own kinds check. */
void
schema_check_k8s_selector(struct decoder *d, const void *body)
{
	const struct ast_selector *s = body;

	for (uint32_t i = 0; i < s->match_labels.n; i++) {
		const struct ast_str_pair *l = &s->match_labels.v[i];

		if (!is_label_key(d, l->key))
			malformed_selector(d, l->key_at, l->key,
			    "is no label key");
	}
	for (uint32_t i = 0; i < s->match_expressions.n; i++)
		check_expression(d, &s->match_expressions.v[i]);
}

void
schema_check_banp_name(struct decoder *d, const void *body)
{
	const struct ast_cluster_network_policy *p = body;
	const struct ast_str *name;

	if (!p->metadata || !p->metadata->name.present)
		return;
	name = &p->metadata->name;
	if (!str_is(name->v, "default"))
		decoder_reject(d,
		    diag_unknown_value(d->sink, name->at, STR("metadata.name"),
			name->v, STR("default")));
}

void
schema_check_kcnp_named_port(struct decoder *d, const void *body)
{
	const struct ast_kcnp_rule *r = body;
	const struct ast_str *named = NULL;

	for (uint32_t i = 0; i < r->protocols.n && !named; i++)
		if (r->protocols.v[i].destination_named_port.present)
			named = &r->protocols.v[i].destination_named_port;
	for (uint32_t i = 0; i < r->ports.n && !named; i++)
		if (r->ports.v[i].named_port.present)
			named = &r->ports.v[i].named_port;
	for (uint32_t i = 0; i < r->peers.n && named; i++) {
		const struct ast_kcnp_peer *p = &r->peers.v[i];

		if (!p->nodes && !p->networks.present &&
		    !p->domain_names.present)
			continue;
		decoder_reject(d,
		    diag_named_port_without_pods(d->sink, named->at,
			path_print(d), named->v));
		return;
	}
}

void
schema_check_np_ip_block(struct decoder *d, const void *body)
{
	const struct ast_np_ip_block *b = body;
	struct cidr cidr, except;

	if (!b->cidr.present || !cidr_parse(b->cidr.v, &cidr))
		return;
	for (uint32_t i = 0; i < b->except.n; i++) {
		const struct ast_str *e = &b->except.v[i];

		if (!e->present || !cidr_parse(e->v, &except) ||
		    (cidr_contains(&cidr, &except) && except.bits > cidr.bits))
			continue;
		decoder_reject(d,
		    diag_except_not_within(d->sink, e->at, path_print(d), e->v,
			b->cidr.v));
	}
}

/* A container port's name: what Kubernetes calls an IANA service name. */
static bool
is_port_name(struct str s)
{
	bool letter = false;

	if (s.n == 0 || s.n > 15 || s.s[0] == '-' || s.s[s.n - 1] == '-')
		return false;
	for (size_t i = 0; i < s.n; i++) {
		bool lower = s.s[i] >= 'a' && s.s[i] <= 'z';
		bool digit = s.s[i] >= '0' && s.s[i] <= '9';

		if (!lower && !digit && s.s[i] != '-')
			return false;
		if (s.s[i] == '-' && s.s[i + 1] == '-')
			return false;
		letter |= lower;
	}
	return letter;
}

void
schema_check_np_port(struct decoder *d, const void *body)
{
	const struct ast_np_port *p = body;
	const char *problem = NULL;
	struct span at = p->port.at;

	if (p->port.present && p->port.is_int &&
	    (p->port.i < 1 || p->port.i > 65535))
		problem = "a port is a number from 1 to 65535";
	else if (p->port.present && !p->port.is_int && !is_port_name(p->port.s))
		problem = "a port name has up to 15 lower-case letters, "
			  "digits and single hyphens";
	if (problem)
		decoder_reject(d,
		    diag_malformed_port(d->sink, at, path_print(d), problem));
	if (!p->end_port.present || problem)
		return;
	if (!p->port.present || !p->port.is_int)
		problem = "endPort needs a port number";
	else if (p->end_port.v < p->port.i)
		problem = "endPort is below port";
	if (problem)
		decoder_reject(d,
		    diag_malformed_port(d->sink, p->end_port.at, path_print(d),
			problem));
}

void
schema_check_port_range(struct decoder *d, const void *body)
{
	const struct ast_port_range *r = body;

	if (r->start.present && r->end.present && r->start.v >= r->end.v)
		decoder_reject(d,
		    diag_malformed_port(d->sink, r->at, path_print(d),
			"start must be below end"));
}
