/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Selectors: semantics.md 3.2, 6.3.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "naive_parts.h"

static const char *const op_names[] = {"in", "notin", "exists", "absent"};

static int
compare_texts(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* The texts in byte order, each once, with commas between them. */
static const char *
join(const struct naive *n, const char **v, size_t count)
{
	struct buf b;

	buf_init(&b, n->arena);
	buf_puts(&b, "");
	if (count > 1)
		qsort(v, count, sizeof(*v), compare_texts);
	for (size_t i = 0; i < count; i++) {
		if (i == 0 || !naive_equal(v[i], v[i - 1]))
			buf_printf(&b, "%s,", v[i]);
	}
	return b.p ? b.p : "";
}

static const char *
req_text(const struct naive *n, const struct naive_req *r)
{
	const char **values = ARENA_ARRAY(n->arena, const char *, r->nvalues);

	for (size_t i = 0; i < r->nvalues; i++)
		values[i] = r->values[i];
	return arena_printf(n->arena, "%s:%s %s (%s)", r->source,
	    r->prefix ? toy_prefix_print(n->arena, r->prefix, true) : r->key,
	    r->equals ? "is" : op_names[r->op], join(n, values, r->nvalues));
}

static void
add_req(const struct naive *n, struct naive_selector *s, struct naive_req r)
{
	const char **texts;

	*vec_push(&s->reqs, n->arena) = r;
	texts = ARENA_ARRAY(n->arena, const char *, s->reqs.n);
	for (size_t i = 0; i < s->reqs.n; i++)
		texts[i] = req_text(n, &s->reqs.v[i]);
	s->text = join(n, texts, s->reqs.n);
}

static struct naive_req
make_req(const struct naive *n, const char *key, enum toy_op op,
    const char *const *values, size_t nvalues)
{
	const char *colon = strchr(key, ':');
	struct naive_req r = {.source = "any",
	    .key = key,
	    .op = op,
	    .values = values,
	    .nvalues = nvalues};

	if (colon) {
		r.source = arena_dup(n->arena, key, (size_t)(colon - key));
		r.key = colon + 1;
	}
	r.by_key =
	    naive_equal(r.source, "cidrgroup") && naive_values_are_keys(n->toy);
	return r;
}

void
naive_require(const struct naive *n, struct naive_selector *s, const char *key,
    const char *value)
{
	const char **values = ARENA_ARRAY(n->arena, const char *, 1);
	struct naive_req r;

	values[0] = value;
	r = make_req(n, key, TOY_IN, values, 1);
	r.equals = true;
	add_req(n, s, r);
}

void
naive_require_exists(const struct naive *n, struct naive_selector *s,
    const char *key)
{
	add_req(n, s, make_req(n, key, TOY_EXISTS, NULL, 0));
}

static const char *
with_prefix(const struct naive *n, const char *prefix, const char *key)
{
	return strchr(key, ':') ? key
				: arena_printf(n->arena, "%s%s", prefix, key);
}

void
naive_written(const struct naive *n, struct naive_selector *out,
    const struct toy_selector *s, const char *prefix, const char *but)
{
	VEC_FOREACH (l, &s->labels) {
		const char *key = with_prefix(n, prefix, l->key);

		if (!naive_equal(key, but))
			naive_require(n, out, key, l->value);
	}
	VEC_FOREACH (e, &s->exprs)
		add_req(n, out,
		    make_req(n, with_prefix(n, prefix, e->key), e->op,
			e->values.v, e->values.n));
}

bool
naive_is_local(const struct toy *t)
{
	if (t->local_cluster == TOY_BY_VERSION)
		return naive_minor(t, 19);
	return t->local_cluster == TOY_ON && naive_minor(t, 18);
}

bool
naive_values_are_keys(const struct toy *t)
{
	return naive_minor(t, 20) || naive_patch(t, 19, 4);
}

void
naive_require_cluster(const struct naive *n, struct naive_selector *s)
{
	if (!naive_is_local(n->toy))
		return;
	VEC_FOREACH (r, &s->reqs) {
		if ((naive_equal(r->source, "k8s") ||
			naive_equal(r->source, "any")) &&
		    naive_equal(r->key, CLUSTER_KEY))
			return;
	}
	naive_require(n, s, "k8s:" CLUSTER_KEY, n->toy->cluster_name);
}

static bool
label_is(const struct naive_label *l, const struct naive_req *r,
    const char *key)
{
	if (r->or_reserved && naive_equal(l->source, "reserved") &&
	    naive_equal(l->key, r->or_reserved))
		return true;
	if (r->prefix || l->prefix)
		return r->prefix && l->prefix &&
		    toy_contains(r->prefix, l->prefix);
	return (naive_equal(r->source, "any") ||
		   naive_equal(r->source, l->source)) &&
	    naive_equal(l->key, key);
}

/* A label of a CIDR group has its value in the key, "KEY+VALUE". */
static bool
has_value(const struct naive_identity *id, const struct naive_req *r,
    const char *value)
{
	char encoded[256];

	snprintf(encoded, sizeof(encoded), "%s+%s", r->key, value);
	VEC_FOREACH (l, &id->labels) {
		if (r->by_key ? label_is(l, r, encoded)
			      : label_is(l, r, r->key) &&
			    naive_equal(l->value, value))
			return true;
	}
	return false;
}

/* semantics.md 6.3: the world, and whom the match mode names. */
static bool
is_candidate(const struct naive_identity *id, const struct naive_req *r)
{
	VEC_FOREACH (l, &id->labels) {
		if (naive_equal(l->source, "reserved") &&
		    naive_starts_with(l->key, "world"))
			return true;
	}
	return naive_is_of_node(id) ? r->nodes : r->pods;
}

static bool
req_holds(const struct naive_identity *id, const struct naive_req *r)
{
	bool present = false, among = false;

	if (r->candidate)
		return is_candidate(id, r);
	VEC_FOREACH (l, &id->labels)
		present = present || label_is(l, r, r->key);
	for (size_t i = 0; i < r->nvalues; i++)
		among = among || has_value(id, r, r->values[i]);
	switch (r->op) {
	case TOY_IN:
		return among;
	case TOY_NOT_IN:
		return !among;
	case TOY_EXISTS:
		return present;
	case TOY_NOT_EXISTS:
		return !present;
	}
	abort();
}

bool
naive_selects(const struct naive_selector *s, const struct naive_identity *id)
{
	VEC_FOREACH (r, &s->reqs) {
		if (!req_holds(id, r))
			return false;
	}
	return true;
}

bool
naive_reaches(const struct naive_selector *s, const struct naive_identity *id)
{
	return naive_selects(s, id) ||
	    (id->both && naive_selects(s, id->both)) ||
	    (id->aggregate && naive_selects(s, id->aggregate));
}

void
naive_add_peer(const struct naive *n, struct naive_entry *e,
    struct naive_selector s)
{
	if (!s.text)
		s.text = "";
	*vec_push(&e->peers, n->arena) = s;
}

void
naive_add_within(const struct naive *n, struct naive_entry *e,
    const struct toy_prefix *p)
{
	struct naive_selector s = {0};

	add_req(n, &s,
	    (struct naive_req){.source = "cidr",
		.op = TOY_EXISTS,
		.prefix = p});
	naive_add_peer(n, e, s);
}

/* semantics.md 6.3: /0 is what has a prefix of its family, too. */
static bool
zero_is_prefix(const struct toy *t)
{
	return t->cidr_pods || naive_patch(t, 17, 5) || naive_patch(t, 18, 0);
}

/* semantics.md 6.3; every prefix that is named gets an identity. */
void
naive_add_cidr(struct naive *n, struct naive_entry *e,
    const struct toy_cidr_rule *r)
{
	struct naive_selector s = {0};

	switch (r->kind) {
	case TOY_CIDR:
		naive_add_cidr_prefix(n, &r->cidr);
		if (r->cidr.bits == 0 && !zero_is_prefix(n->toy))
			naive_require_exists(n, &s,
			    arena_printf(n->arena, "reserved:%s",
				naive_world_key(n->toy, r->cidr.v6)));
		else
			add_req(n, &s,
			    (struct naive_req){.source = "cidr",
				.op = TOY_EXISTS,
				.prefix = &r->cidr,
				.or_reserved = r->cidr.bits > 0
				    ? NULL
				    : naive_world_key(n->toy, r->cidr.v6)});
		break;
	case TOY_GROUP_REF:
		naive_require_exists(n, &s,
		    arena_printf(n->arena,
			"cidrgroup:io.cilium.policy.cidrgroupname/%s",
			r->group));
		break;
	case TOY_GROUP_SELECTOR:
		naive_written(n, &s, &r->by_labels, "cidrgroup:", "");
		/* Unless nothing at all is asked for. */
		if (naive_minor(n->toy, 20) &&
		    (s.reqs.n > 0 || r->except.n > 0))
			add_req(n, &s,
			    (struct naive_req){.source = "reserved",
				.key = "candidate",
				.op = TOY_EXISTS,
				.candidate = true,
				.nodes = n->toy->cidr_nodes,
				.pods = n->toy->cidr_pods});
		break;
	}
	VEC_FOREACH (p, &r->except) {
		if (p->bits == 0 && r->kind != TOY_CIDR &&
		    naive_minor(n->toy, 18))
			add_req(n, &s,
			    (struct naive_req){.source = "reserved",
				.key = naive_world_key(n->toy, p->v6),
				.op = TOY_NOT_EXISTS});
		naive_add_cidr_prefix(n, p);
		add_req(n, &s,
		    (struct naive_req){.source = "cidr",
			.op = TOY_NOT_EXISTS,
			.prefix = p});
	}
	naive_add_peer(n, e, s);
}
