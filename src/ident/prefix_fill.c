/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where the labels of prefixes come from.  Of two origins that give labels of
 * one key to a prefix the stronger one stays, so they are called in this
 * order: API server, nodes, CIDR groups by name, policies, DNS names.
 */
#include "ident/prefix_fill.h"

#include <assert.h>
#include <stdlib.h>

#include "cilium/labels.h"
#include "cilium/reserved.h"
#include "cilium/version.h"
#include "diag_gen.h"
#include "ident/label_filter.h"
#include "ir/refs.h"
#include "lang/fqdn.h"
#include "lang/regex.h"

static void
add_reserved(struct prefix_table *t, const struct cidr *c, struct str label)
{
	prefix_add(t, c, t->ir->word.reserved, label, STR(""));
}

/* On a node this makes the node's identity 7. */
static void
fill_apiserver(struct prefix_table *t)
{
	const struct ref_service *s = refs_service(t->ir->refs, t->arena,
	    STR("default"), STR("kubernetes"));

	for (size_t i = 0; s && i < s->backends.n; i++) {
		struct cidr c = cidr_of_ip(&s->backends.v[i].ip);

		add_reserved(t, &c, STR(RESERVED_KUBE_APISERVER));
	}
}

static void
add_address(struct prefix_table *t, struct diag_sink *sink,
    const struct ast_str *text, struct str label)
{
	struct cidr c;
	struct ip ip;

	if (!text->present || text->v.n == 0)
		return;
	if (!ip_parse(text->v, &ip)) {
		diag_bad_address(sink, text->at, text->v);
		return;
	}
	c = cidr_of_ip(&ip);
	add_reserved(t, &c, label);
}

static void
add_pair(struct prefix_table *t, struct diag_sink *sink,
    const struct ast_address_pair *pair, struct str label)
{
	if (!pair)
		return;
	add_address(t, sink, &pair->ipv4, label);
	add_address(t, sink, &pair->ipv6, label);
}

/* Further addresses on a node. */
static void
fill_cilium_node(struct prefix_table *t, struct diag_sink *sink,
    const struct ast_cilium_node *node)
{
	if (!node->spec)
		return;
	add_pair(t, sink, node->spec->health, STR(RESERVED_HEALTH));
	add_pair(t, sink, node->spec->ingress, STR(RESERVED_INGRESS));
}

/* If nodes have identities of their own: the labels of the address's node. */
static void
add_node_labels(struct prefix_table *t, struct label_filter *filter,
    const struct cidr *c, const struct node *node)
{
	const struct ir *ir = t->ir;
	struct str cluster = atom_str(ir->atoms, ir->word.cluster);

	for (uint32_t i = 0; node->labels && i < node->labels->n; i++) {
		const struct ast_str_pair *l = &node->labels->v[i];

		if (label_filter_takes(filter, STR(SOURCE_NODE), l->key))
			prefix_add(t, c, ir->word.node, l->key, l->value);
	}
	if (version_has(ir->opt.cilium, VERSION_NODE_CLUSTER) &&
	    (!version_has(ir->opt.cilium, VERSION_NODE_FILTER_CLUSTER) ||
		label_filter_takes(filter, STR("k8s"), cluster)))
		prefix_add(t, c, ir->word.k8s, cluster, ir->opt.cluster_name);
}

static void
fill_nodes(struct prefix_table *t, struct diag_sink *sink,
    const struct world *w, const struct object_list *objects)
{
	struct label_filter *filter =
	    label_filter_of_nodes(t->arena, t->ir->opt.node_label_filter);
	char text[CIDR_STRLEN];

	VEC_FOREACH (node, &w->nodes) {
		VEC_FOREACH (ip, &node->ips) {
			struct cidr c = cidr_of_ip(ip);

			add_reserved(t, &c,
			    node->local ? STR(RESERVED_HOST)
					: STR(RESERVED_REMOTE_NODE));
			if (t->ir->opt.node_labels)
				add_node_labels(t, filter, &c, node);
			if (t->ir->opt.cidr_match & IR_CIDR_NODES)
				prefix_add(t, &c, t->ir->word.cidr,
				    str_of(cidr_print(&c, text)), STR(""));
		}
	}
	label_filter_report(filter, sink);
	OBJECT_FOREACH (o, objects, AST_CILIUM_NODE)
		fill_cilium_node(t, sink, o->body);
}

/* The labels of a CIDR group, and its name as a label. */
static void
add_group_labels(struct prefix_table *t, const struct cidr *c,
    const struct object *o)
{
	const struct ast_cidr_group *g = o->body;
	const struct ast_str_map *labels = &g->metadata->labels;
	atom_t source = t->ir->word.cidrgroup;

	prefix_add(t, c, source, ir_group_name(t->arena, o->name), STR(""));
	for (uint32_t i = 0; i < labels->n; i++) {
		struct str key = labels->v[i].key, value = labels->v[i].value;

		if (str_starts(key, STR(LABEL_CILIUM)))
			continue;
		prefix_add(t, c, source, key, value);
		if (version_has(t->ir->opt.cilium, VERSION_GROUP_VALUE_KEYS))
			prefix_add(t, c, source,
			    ir_group_value(t->arena, key, value), STR(""));
	}
}

static int
compare_name(const void *a, const void *b)
{
	return str_compare((*(struct object *const *)a)->name,
	    (*(struct object *const *)b)->name);
}

static void
fill_groups(struct prefix_table *t, struct diag_sink *sink,
    const struct object_list *objects)
{
	VEC(const struct object *) groups = {0};
	struct cidr c;

	OBJECT_FOREACH (o, objects, AST_CILIUM_CIDR_GROUP)
		*vec_push(&groups, t->arena) = o;
	if (groups.n > 1)
		qsort(groups.v, groups.n, sizeof(*groups.v), compare_name);
	VEC_FOREACH (o, &groups) {
		const struct ast_cidr_group *g = (*o)->body;
		const struct ast_str_list *list = &g->spec->external_cidrs;

		for (uint32_t i = 0; i < list->n; i++) {
			const struct ast_str *s = &list->v[i];

			if (!cidr_parse(s->v, &c)) {
				diag_bad_group_cidr(sink, s->at, s->v);
				continue;
			}
			add_group_labels(t, &c, *o);
			ir_check_prefix(sink, s);
		}
	}
}

static void
fill_policies(struct prefix_table *t)
{
	char text[CIDR_STRLEN];

	VEC_FOREACH (p, &t->ir->prefixes)
		prefix_add(t, &p->cidr, t->ir->word.cidr,
		    str_of(cidr_print(&p->cidr, text)), STR(""));
}

/* A matchPattern; names that do not end in TAIL cannot match. */
struct pattern {
	struct str text;
	struct str tail;
	const struct lang_regex *regex;
};

typedef VEC(struct str) str_vec;

/* The toFQDNs selectors of all policies. */
struct selectors {
	struct map names; /* normal form -> str_vec of the texts */
	VEC(struct pattern) patterns;
	struct arena scratch; /* for matching */
};

static void
add_pattern(struct prefix_table *t, struct selectors *s, struct str text,
    size_t last_star)
{
	struct str tail = {text.s + last_star + 1, text.n - last_star - 1};
	struct pattern p = {text, lang_fqdn_normal(t->arena, tail), NULL};
	bool deep = version_has(t->ir->opt.cilium, VERSION_FQDN_DEPTH);
	char error[128];

	p.regex = lang_regex_compile(t->arena,
	    lang_fqdn_regex(t->arena, text, false, deep), error, sizeof(error));
	assert(p.regex);
	*vec_push(&s->patterns, t->arena) = p;
}

static void
add_name(struct prefix_table *t, struct selectors *s, struct str text)
{
	struct str name = lang_fqdn_normal(t->arena, text);
	void **slot = map_put(&s->names, name.s, name.n);
	str_vec *texts = *slot;

	if (!texts)
		*slot = texts = ARENA_NEW(t->arena, str_vec);
	*vec_push(texts, t->arena) = text;
}

static void
read_selectors(struct prefix_table *t, struct selectors *s)
{
	*s = (struct selectors){0};
	map_init(&s->names, t->arena);
	for (uint32_t i = 0; i < t->ir->fqdns.n; i++) {
		const struct map_entry *e = &t->ir->fqdns.entry[i];
		struct str text = {e->key, e->len};
		const char *star = memrchr(text.s, '*', text.n);

		if (star)
			add_pattern(t, s, text, (size_t)(star - text.s));
		else
			add_name(t, s, text);
	}
}

static bool
ends_in(struct str s, struct str tail)
{
	return s.n >= tail.n && memcmp(s.s + s.n - tail.n, tail.s, tail.n) == 0;
}

/* The texts of the selectors that cover a name. */
static void
match_name(struct prefix_table *t, struct selectors *s, struct str name,
    str_vec *out)
{
	const str_vec *exact = map_get(&s->names, name.s, name.n);

	for (size_t i = 0; exact && i < exact->n; i++)
		*vec_push(out, t->arena) = exact->v[i];
	VEC_FOREACH (p, &s->patterns) {
		if (ends_in(name, p->tail) &&
		    lang_regex_match(p->regex, &s->scratch, name) == LANG_MATCH)
			*vec_push(out, t->arena) = p->text;
	}
	arena_reset(&s->scratch);
}

static void
fill_name(struct prefix_table *t, struct selectors *s,
    const struct ast_list_pair *entry)
{
	str_vec texts = {0};

	match_name(t, s, lang_fqdn_normal(t->arena, entry->key), &texts);
	for (uint32_t i = 0; texts.n > 0 && i < entry->value.n; i++) {
		struct ip ip;
		struct cidr c;
		bool ok = ip_parse(entry->value.v[i].v, &ip);

		assert(ok);
		c = cidr_of_ip(&ip);
		VEC_FOREACH (text, &texts)
			prefix_add(t, &c, t->ir->word.fqdn, *text, STR(""));
	}
}

static void
fill_fqdns(struct prefix_table *t, const struct object_list *objects)
{
	struct selectors s;

	read_selectors(t, &s);
	OBJECT_FOREACH (o, objects, AST_FQDN_CACHE) {
		const struct ast_fqdn_cache *cache = o->body;

		for (uint32_t i = 0; i < cache->names.n; i++)
			fill_name(t, &s, &cache->names.v[i]);
	}
	arena_free(&s.scratch);
}

void
prefix_fill(struct prefix_table *t, struct diag_sink *sink,
    const struct world *w, const struct object_list *objects)
{
	fill_apiserver(t);
	fill_nodes(t, sink, w, objects);
	fill_groups(t, sink, objects);
	fill_policies(t);
	fill_fqdns(t, objects);
}
