/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Selector policies as l7.json: l7_new() numbers rules, selectors and
 * directions in the order in which they are met, and the lists are written by
 * number.
 */
#include "bundle/l7.h"

#include "base/map.h"
#include "bundle/bundle.h"
#include "cilium/proto.h"
#include "ir/rule_json.h"

struct l7 {
	struct arena *arena;
	struct source_set *sources;
	const struct pmaps *m;
	VEC(const struct pmap_direction *) directions;
	VEC(const struct pmap_l7_rule *) rules;
	VEC(const struct ir_selector *) selectors;
	struct map direction_of, rule_of, selector_of; /* -> number plus one */
};

/* What tells rules apart: their parts as written, and whose they are. */
struct rule_key {
	const void *rule, *http, *dns;
	struct span at;
	uint32_t default_allow;
};

static struct rule_key
key_of(const struct pmap_l7_rule *r)
{
	return (
	    struct rule_key){r->rule, r->http, r->dns, r->at, r->default_allow};
}

/* The number that a slot of a map holds. */
static uint32_t
number(const void *slot)
{
	return (uint32_t)((uintptr_t)slot - 1);
}

static uint32_t
rule_number(const struct l7 *l7, const struct pmap_l7_rule *r)
{
	struct rule_key key = key_of(r);

	return number(map_get(&l7->rule_of, &key, sizeof(key)));
}

static uint32_t
selector_number(const struct l7 *l7, const struct ir_selector *s)
{
	return number(map_get(&l7->selector_of, &s, sizeof(s)));
}

static void
collect_selector_policy(struct l7 *l7, const struct pmap_selector_policy *g)
{
	void **slot =
	    map_put(&l7->selector_of, &g->selector, sizeof(g->selector));

	if (!*slot) {
		*vec_push(&l7->selectors, l7->arena) = g->selector;
		*slot = (void *)(uintptr_t)l7->selectors.n;
	}
	for (uint32_t i = 0; i < g->nrules; i++) {
		struct rule_key key = key_of(&g->rules[i]);

		slot = map_put(&l7->rule_of, &key, sizeof(key));
		if (*slot)
			continue;
		*vec_push(&l7->rules, l7->arena) = &g->rules[i];
		*slot = (void *)(uintptr_t)l7->rules.n;
	}
}

struct l7 *
l7_new(struct arena *a, struct source_set *sources, const struct pmaps *m)
{
	struct l7 *l7 = ARENA_NEW(a, struct l7);

	*l7 = (struct l7){.arena = a, .sources = sources, .m = m};
	map_init(&l7->direction_of, a);
	map_init(&l7->rule_of, a);
	map_init(&l7->selector_of, a);
	VEC_FOREACH (at, &m->directions) {
		const struct pmap_direction *direction = *at;

		if (direction->nselector_policies == 0)
			continue;
		*vec_push(&l7->directions, a) = direction;
		*map_put(&l7->direction_of, &direction, sizeof(direction)) =
		    (void *)(uintptr_t)l7->directions.n;
		for (uint32_t i = 0; i < direction->nselector_policies; i++)
			collect_selector_policy(l7,
			    &direction->selector_policies[i]);
	}
	return l7;
}

void
l7_put_refs(struct json *j, const struct l7 *l7, const struct pmap_class *c)
{
	bool open = false;

	for (int dir = 0; dir < 2; dir++) {
		void *slot = map_get(&l7->direction_of, &c->direction[dir],
		    sizeof(c->direction[dir]));

		if (!slot)
			continue;
		if (!open) {
			json_key(j, "l7");
			json_object(j);
			open = true;
		}
		json_kv_u64(j, direction_name((enum direction)dir),
		    number(slot));
	}
	if (open)
		json_end_object(j);
}

static void
put_str(struct json *j, const char *key, const struct ast_str *s)
{
	if (s->present)
		json_kv_str(j, key, s->v);
}

static void
put_secret(struct json *j, const struct ast_secret_ref *s)
{
	if (!s)
		return;
	json_key(j, "secret");
	json_object(j);
	put_str(j, "namespace", &s->namespace);
	put_str(j, "name", &s->name);
	json_end_object(j);
}

static void
put_http(struct json *j, const struct ast_http_rule *h)
{
	json_key(j, "http");
	json_object(j);
	put_str(j, "method", &h->method);
	put_str(j, "path", &h->path);
	put_str(j, "host", &h->host);
	json_key(j, "headers");
	json_array(j);
	for (uint32_t i = 0; i < h->headers.n; i++)
		json_str(j, h->headers.v[i].v);
	json_end_array(j);
	json_key(j, "header_matches");
	json_array(j);
	for (uint32_t i = 0; i < h->header_matches.n; i++) {
		const struct ast_header_match *m = &h->header_matches.v[i];

		json_object(j);
		put_str(j, "name", &m->name);
		put_str(j, "value", &m->value);
		put_secret(j, m->secret);
		put_str(j, "mismatch", &m->mismatch);
		json_end_object(j);
	}
	json_end_array(j);
	json_end_object(j);
}

static void
put_dns(struct json *j, const struct ast_fqdn_selector *d)
{
	json_key(j, "dns");
	json_object(j);
	put_str(j, "match_name", &d->match_name);
	put_str(j, "match_pattern", &d->match_pattern);
	json_end_object(j);
}

static void
put_rule(struct json *j, const struct l7 *l7, const struct pmap_l7_rule *r)
{
	json_object(j);
	rule_json(j, l7->sources, r->rule, r->at);
	if (r->http)
		put_http(j, r->http);
	else if (r->dns)
		put_dns(j, r->dns);
	else
		json_kv_cstr(j, "all",
		    r->default_allow ? "default-allow" : "no-rules");
	json_end_object(j);
}

static void
put_rules(struct json *j, const struct l7 *l7)
{
	json_key(j, "rules");
	json_array(j);
	VEC_FOREACH (r, &l7->rules)
		put_rule(j, l7, *r);
	json_end_array(j);
}

static void
put_selectors(struct json *j, const struct l7 *l7)
{
	const struct world *w = l7->m->world;

	json_key(j, "selectors");
	json_array(j);
	VEC_FOREACH (s, &l7->selectors) {
		json_object(j);
		json_kv_str(j, "selector", (*s)->text);
		if ((*s)->nreq == 0) {
			json_kv_bool(j, "any", true);
		} else {
			json_key(j, "identities");
			json_array(j);
			BITSET_FOREACH (i, world_selected(w, *s))
				json_u64(j, w->idents.v[i].id.id);
			json_end_array(j);
		}
		json_end_object(j);
	}
	json_end_array(j);
}

static void
put_tls(struct json *j, const char *key, const struct ast_tls_context *tls)
{
	if (!tls)
		return;
	json_key(j, key);
	json_object(j);
	put_secret(j, tls->secret);
	put_str(j, "trusted_ca", &tls->trusted_ca);
	put_str(j, "certificate", &tls->certificate);
	put_str(j, "private_key", &tls->private_key);
	json_end_object(j);
}

/* The union: each name once. */
static void
put_names(struct json *j, const struct l7 *l7,
    const struct pmap_selector_policy *g)
{
	struct map seen;

	if (g->nnames == 0)
		return;
	map_init(&seen, j->out->arena);
	json_key(j, "server_names");
	json_array(j);
	for (uint32_t i = 0; i < g->nnames; i++) {
		struct str name = g->names[i].name->v;
		void **slot = map_put(&seen, name.s, name.n);

		if (!*slot)
			json_str(j, name);
		*slot = &seen;
	}
	json_end_array(j);
}

static void
put_selector_policy(struct json *j, const struct l7 *l7,
    const struct pmap_selector_policy *g)
{
	const char *proto = proto_name(g->proto);

	json_object(j);
	json_kv_u64(j, "level", g->level);
	json_kv_cstr(j, "protocol", g->proto == 0 ? "any" : proto);
	json_kv_u64(j, "port", g->port);
	if (g->end > g->port)
		json_kv_u64(j, "end_port", g->end);
	json_kv_u64(j, "selector", selector_number(l7, g->selector));
	if (g->redirect != 0) {
		json_kv_cstr(j, "parser", pmap_parser_name(g->parser));
		json_kv_str(j, "redirect",
		    l7->m->redirects.v[g->redirect].name);
		json_kv_u64(j, "proxy_port", bundle_proxy_port(g->redirect));
		json_kv_u64(j, "listener_priority", g->listener_priority);
	}
	put_tls(j, "terminating_tls", g->terminating);
	put_tls(j, "originating_tls", g->originating);
	put_names(j, l7, g);
	json_key(j, "rules");
	json_array(j);
	for (uint32_t i = 0; i < g->nrules; i++)
		json_u64(j, rule_number(l7, &g->rules[i]));
	json_end_array(j);
	json_end_object(j);
}

static void
put_directions(struct json *j, const struct l7 *l7)
{
	json_key(j, "directions");
	json_array(j);
	VEC_FOREACH (s, &l7->directions) {
		json_object(j);
		json_kv_cstr(j, "direction", direction_name((*s)->dir));
		json_key(j, "grants");
		json_array(j);
		for (uint32_t i = 0; i < (*s)->nselector_policies; i++)
			put_selector_policy(j, l7, &(*s)->selector_policies[i]);
		json_end_array(j);
		json_end_object(j);
	}
	json_end_array(j);
}

struct str
l7_json(const struct l7 *l7, struct arena *a)
{
	struct buf out;
	struct json j;

	buf_init(&out, a);
	json_init(&j, &out, true);
	json_object(&j);
	put_rules(&j, l7);
	put_selectors(&j, l7);
	put_directions(&j, l7);
	json_end_object(&j);
	buf_putc(&out, '\n');
	return buf_as_str(&out);
}
