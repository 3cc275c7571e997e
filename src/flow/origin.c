/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Goes through the labels of an identity and finds for each, by its source, the
 * line that says it.
 */
#include "flow/origin.h"

#include <string.h>

#include "cilium/labels.h"
#include "flow/address.h"
#include "ir/selector.h"
#include "lang/fqdn.h"
#include "lang/regex.h"
#include "cilium/version.h"

/* One identity whose labels are being explained. */
struct subject {
	label_origins *out;
	struct arena *arena;
	const struct world *w;
	const struct object_list *objects;
	const struct endpoint *endpoint;
	const struct ip *ip;
	const struct label *label; /* the current one, */
	struct str key, value;     /* and its parts */
};

static const struct span no_place = {0};

static void
add(struct subject *x, const char *text, struct span at)
{
	*vec_push(x->out, x->arena) = (struct label_origin){x->label, text, at};
}

/* Where a map says the key and value; false: it does not. */
static bool
find_pair(const struct ast_str_map *m, struct str key, struct str value,
    struct span *ret_at)
{
	const struct ast_str_pair *p = ast_str_map_find(m, key);

	if (!p || !str_eq(p->value, value))
		return false;
	*ret_at = p->key_at;
	return true;
}

static void
explain_namespace_label(struct subject *x)
{
	struct str prefix = STR(LABEL_OF_NAMESPACE);
	struct str key = {x->key.s + prefix.n, x->key.n - prefix.n};
	const struct object *o =
	    object_find(x->objects, AST_NAMESPACE, STR(""), x->endpoint->ns);
	const struct ast_namespace *ns = o ? o->body : NULL;
	struct span at;

	if (ns && find_pair(&ns->metadata->labels, key, x->value, &at))
		add(x, "label of the namespace", at);
	else
		add(x, "set by the API server on every namespace", no_place);
}

static void
explain_account(struct subject *x)
{
	const struct object *o = x->endpoint->object;
	const struct ast_pod *pod = o->kind == AST_POD ? o->body : NULL;

	if (pod && pod->spec && pod->spec->service_account_name.present)
		add(x, "service account of the pod",
		    pod->spec->service_account_name.at);
	else
		add(x, "service account of the pod", o->name_at);
}

/* What the agent says about the endpoint; NULL: nothing. */
static const struct object *
agents_word(const struct subject *x)
{
	return object_find(x->objects, AST_CILIUM_ENDPOINT, x->endpoint->ns,
	    x->endpoint->name);
}

static void
add_label_in(struct subject *x, const struct object *o)
{
	add(x, arena_printf(x->arena, "label in the %s", o->kind_name),
	    o->name_at);
}

/* A label that somebody gave the pod, or the agent's word for it. */
static void
explain_own_label(struct subject *x)
{
	const struct object *o = x->endpoint->object, *agent;
	const struct ast_pod *pod = o->kind == AST_POD ? o->body : NULL;
	struct span at;

	if (pod && find_pair(&pod->metadata->labels, x->key, x->value, &at)) {
		add(x, "label of the pod", at);
		return;
	}
	agent = pod ? agents_word(x) : NULL;
	add_label_in(x, agent ? agent : o);
}

/* The agent has made it, of the ports of the pod's containers. */
static void
explain_generated(struct subject *x)
{
	const struct object *agent = agents_word(x);

	if (agent)
		add_label_in(x, agent);
	else
		add(x, "named ports of the pod's containers",
		    x->endpoint->object->name_at);
}

static void
explain_pod_label(struct subject *x)
{
	if (str_is(x->key, LABEL_NAMESPACE))
		add(x, "namespace of the pod", x->endpoint->object->name_at);
	else if (str_is(x->key, LABEL_CLUSTER))
		add(x, "name of the cluster", no_place);
	else if (str_is(x->key, LABEL_ACCOUNT))
		explain_account(x);
	else if (str_starts(x->key, STR(LABEL_OF_NAMESPACE)))
		explain_namespace_label(x);
	else
		explain_own_label(x);
}

/* Every rule that speaks of the prefix. */
static void
explain_cidr(struct subject *x)
{
	char text[CIDR_STRLEN];

	VEC_FOREACH (p, &x->w->ir->prefixes) {
		if (str_is(x->key, cidr_print(&p->cidr, text)))
			add(x, "a rule names the prefix", p->at);
	}
}

/* Whether a group gives its members the current label. */
static bool
gives_label(const struct subject *x, const struct object *o)
{
	const struct ast_cidr_group *g = o->body;
	const struct ast_str_map *m = &g->metadata->labels;

	if (str_eq(x->key, ir_group_name(x->arena, o->name)))
		return true;
	for (uint32_t i = 0; i < m->n; i++) {
		if ((str_eq(m->v[i].key, x->key) &&
			str_eq(m->v[i].value, x->value)) ||
		    str_eq(x->key,
			ir_group_value(x->arena, m->v[i].key, m->v[i].value)))
			return true;
	}
	return false;
}

static void
explain_group(struct subject *x)
{
	struct cidr self, c;

	if (!x->ip)
		return;
	self = cidr_of_ip(x->ip);
	OBJECT_FOREACH (o, x->objects, AST_CILIUM_CIDR_GROUP) {
		const struct ast_cidr_group *g = o->body;

		if (!gives_label(x, o))
			continue;
		for (uint32_t i = 0; i < g->spec->external_cidrs.n; i++) {
			const struct ast_str *s = &g->spec->external_cidrs.v[i];

			if (cidr_parse(s->v, &c) && cidr_contains(&c, &self))
				add(x, "CiliumCIDRGroup with the address",
				    s->at);
		}
	}
}

/* Where a DNS cache has the address for a name that RE matches. */
static void
explain_fqdn_list(struct subject *x, const struct lang_regex *re,
    const struct ast_list_pair *entry)
{
	struct arena scratch = {0};
	struct str name = lang_fqdn_normal(x->arena, entry->key);
	bool covers = lang_regex_match(re, &scratch, name) == LANG_MATCH;

	for (uint32_t i = 0; covers && i < entry->value.n; i++) {
		if (address_is(&entry->value.v[i], x->ip))
			add(x,
			    arena_printf(x->arena, "DNS answer for " STR_FMT,
				STR_ARG(entry->key)),
			    entry->value.v[i].at);
	}
	arena_free(&scratch);
}

static void
explain_fqdn(struct subject *x)
{
	bool is_name = !memchr(x->key.s, '*', x->key.n);
	char error[128];
	const struct lang_regex *re = lang_regex_compile(x->arena,
	    lang_fqdn_regex(x->arena, x->key, is_name,
		version_has(x->w->ir->opt.cilium, VERSION_FQDN_DEPTH)),
	    error, sizeof(error));

	OBJECT_FOREACH (o, x->objects, AST_FQDN_CACHE) {
		const struct ast_fqdn_cache *cache = o->body;

		for (uint32_t i = 0; re && x->ip && i < cache->names.n; i++)
			explain_fqdn_list(x, re, &cache->names.v[i]);
	}
}

static void
explain_reserved(struct subject *x)
{
	const struct node *node = x->ip ? address_node(x->w, x->ip) : NULL;

	if (str_starts(x->key, STR("world")))
		add(x, "outside the cluster", no_place);
	else if (node && node->name.n > 0)
		add(x,
		    arena_printf(x->arena, "address of node " STR_FMT,
			STR_ARG(node->name)),
		    node->object ? node->object->name_at : no_place);
	else
		add(x, "reserved identity", no_place);
}

static void
explain_label(struct subject *x)
{
	const struct ir_words *word = &x->w->ir->word;
	atom_t source = x->label->source;
	size_t before = x->out->n;

	if (x->endpoint && atom_eq(source, word->k8s))
		explain_pod_label(x);
	else if (x->endpoint && atom_eq(source, word->gen))
		explain_generated(x);
	else if (atom_eq(source, word->cidr))
		explain_cidr(x);
	else if (atom_eq(source, word->cidrgroup))
		explain_group(x);
	else if (atom_eq(source, word->fqdn))
		explain_fqdn(x);
	else if (atom_eq(source, word->reserved))
		explain_reserved(x);
	if (x->out->n == before)
		add(x, "in the snapshot", no_place);
}

void
origins_find(label_origins *out, struct arena *a, const struct world *w,
    const struct object_list *objects, const struct origin_subject *of)
{
	const struct identity *id = world_identity(w, of->ident);
	const struct endpoint *e = of->endpoint;
	struct subject x = {.out = out,
	    .arena = a,
	    .w = w,
	    .objects = objects,
	    .endpoint = e && !e->host ? e : NULL,
	    .ip = of->ip};

	for (uint32_t i = 0; i < id->nlabels; i++) {
		x.label = &id->labels[i];
		x.key = atom_str(w->ir->atoms, x.label->key);
		x.value = atom_str(w->ir->atoms, x.label->value);
		explain_label(&x);
	}
}
