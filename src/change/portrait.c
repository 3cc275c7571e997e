/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Worlds number identities each for itself, so a portrait is made of labels:
 * it names identities by the hash of theirs.
 */
#include "change/portrait.h"

#include <string.h>

#include "cilium/version.h"
#include "flow/request.h"
#include "flow/trace.h"
#include "ident/labels.h"

struct drawing {
	struct portrait *out;
	struct arena *arena;
	const struct pmaps *m;
	uint64_t *name;                /* [ident]: of its labels */
	struct map map_of, proxies_of; /* direction -> its fingerprint */
	struct buf b;
};

static struct fingerprint
fingerprint_of(const struct buf *b)
{
	struct fingerprint f;

	hash_put(f.bytes, b->p ? b->p : "", b->n);
	return f;
}

static bool
same(const struct fingerprint *a, const struct fingerprint *b)
{
	return memcmp(a, b, sizeof(*a)) == 0;
}

static void
put_u64(struct buf *b, uint64_t n)
{
	buf_put(b, &n, sizeof(n));
}

/* With its length, so that two texts are not taken for one. */
static void
put_text(struct buf *b, struct str text)
{
	put_u64(b, text.n);
	buf_str(b, text);
}

/* ---- identities ---- */

static uint64_t
name_of(struct drawing *d, const struct identity *id)
{
	const struct world *w = d->m->world;
	struct fingerprint f;
	uint64_t name;

	d->b.n = 0;
	for (uint32_t k = 0; k < id->nlabels; k++) {
		put_text(&d->b, atom_str(w->ir->atoms, id->labels[k].source));
		put_text(&d->b, atom_str(w->ir->atoms, id->labels[k].key));
		put_text(&d->b, atom_str(w->ir->atoms, id->labels[k].value));
	}
	f = fingerprint_of(&d->b);
	memcpy(&name, f.bytes, sizeof(name));
	return name;
}

static void
name_identities(struct drawing *d)
{
	const struct world *w = d->m->world;

	uint64_t *name = ARENA_ARRAY(d->arena, uint64_t, w->idents.n);

	for (uint32_t i = 0; i < w->idents.n; i++) {
		name[i] = name_of(d, &w->idents.v[i]);
		d->out->identities += w->idents.v[i].nendpoints > 0;
	}
	d->out->name = name;
}

/* ---- maps and proxies ---- */

static void
put_entry(struct drawing *d, const struct pmap_entry *e)
{
	uint64_t who = 0, n = 0;

	put_u64(&d->b, e->value.precedence);
	put_u64(&d->b, (uint64_t)e->value.auth << 1 | e->value.deny);
	put_text(&d->b, d->m->redirects.v[e->value.redirect].name);
	if (e->peers) {
		BITSET_FOREACH (i, e->peers) {
			who += d->out->name[i];
			n++;
		}
	}
	put_u64(&d->b, who);
	put_u64(&d->b, n);
}

static void
put_map(struct drawing *d, const struct pmap_direction *dir)
{
	for (uint32_t k = 0; k < dir->nkeys; k++) {
		const struct pmap_key *key = &dir->keys[k];

		put_u64(&d->b,
		    (uint64_t)key->proto << 32 |
			(uint64_t)key->port_bits << 16 | key->port);
		put_u64(&d->b, key->nentries);
		for (uint32_t i = 0; i < key->nentries; i++)
			put_entry(d, &key->entries[i]);
	}
}

static void
put_selector_policy(struct drawing *d, const struct pmap_selector_policy *p)
{
	const struct version v = d->m->world->ir->opt.cilium;

	put_text(&d->b, p->selector->text);
	put_u64(&d->b,
	    (uint64_t)p->port << 32 | (uint64_t)p->end << 16 | p->proto);
	put_u64(&d->b, (uint64_t)p->parser << 8 | p->listener_priority);
	put_text(&d->b, d->m->redirects.v[p->redirect].name);
	put_u64(&d->b, p->nnames);
	for (uint32_t i = 0; i < p->nnames; i++)
		put_text(&d->b,
		    request_server_name(d->arena, v, p->names[i].name->v));
	put_u64(&d->b, p->nrules);
	for (uint32_t i = 0; i < p->nrules; i++) {
		const struct pmap_l7_rule *r = &p->rules[i];

		buf_put(&d->b, &r->at, sizeof(r->at));
		put_u64(&d->b, r->default_allow);
		if (r->dns)
			put_text(&d->b, request_dns_name(d->arena, v, r->dns));
	}
}

static void
put_proxies(struct drawing *d, const struct pmap_direction *dir)
{
	bool host = dir->dir == DIR_INGRESS && d->m->opt.allow_localhost;

	if (dir->nselector_policies > 0)
		put_u64(&d->b,
		    host &&
			version_has(d->m->world->ir->opt.cilium,
			    VERSION_LOCALHOST_PASSES_PROXIES));
	for (uint32_t i = 0; i < dir->nselector_policies; i++)
		put_selector_policy(d, &dir->selector_policies[i]);
}

/* Of a direction, drawn once. */
static const struct fingerprint *
once(struct drawing *d, struct map *known, const struct pmap_direction *dir,
    void (*put)(struct drawing *d, const struct pmap_direction *dir))
{
	void **slot = map_put(known, &dir, sizeof(dir));
	struct fingerprint *f;

	if (*slot)
		return *slot;
	d->b.n = 0;
	put(d, dir);
	*slot = f = ARENA_NEW(d->arena, struct fingerprint);
	*f = fingerprint_of(&d->b);
	return f;
}

static void
draw_pod(struct drawing *d, const struct endpoint *e)
{
	const struct pmap_class *c = pmap_class_of_endpoint(d->m, e);
	struct pod_portrait *p = vec_push(&d->out->pods, d->arena);
	struct fingerprint map[2] = {0}, proxies[2] = {0};

	p->pod = e;
	for (int i = 0; i < 2 && !c->error; i++) {
		map[i] = *once(d, &d->map_of, c->direction[i], put_map);
		proxies[i] =
		    *once(d, &d->proxies_of, c->direction[i], put_proxies);
	}
	d->b.n = 0;
	put_text(&d->b, c->error ? str_of(c->error) : STR(""));
	buf_put(&d->b, map, sizeof(map));
	p->map = fingerprint_of(&d->b);
	d->b.n = 0;
	buf_put(&d->b, proxies, sizeof(proxies));
	p->proxies = fingerprint_of(&d->b);
	d->out->hosts += e->host ? 1 : 0;
}

/* ---- the rest ---- */

static void
count_entries(struct portrait *p, const struct pmaps *m)
{
	VEC_FOREACH (c, &m->classes) {
		uint64_t n;

		if (c->error)
			continue;
		n = c->direction[0]->nentries + c->direction[1]->nentries;
		p->maps++;
		p->entries += n;
		p->largest = n > p->largest ? n : p->largest;
	}
}

/* The key of an object in by_object. */
static struct str
object_key(struct buf *b, const struct object *o)
{
	b->n = 0;
	put_u64(b, (uint64_t)o->at.source << 32 | o->at.start);
	put_text(b, str_of(o->kind_name));
	put_text(b, o->ns);
	buf_str(b, o->name);
	return buf_as_str(b);
}

static void
list_rulings(struct portrait *p, struct arena *a)
{
	struct rulings *r = &p->rulings;
	struct buf b;

	buf_init(&b, a);
	map_init(&r->by_object, a);
	VEC_FOREACH (at, &p->side->objects->v) {
		const struct object *o = *at;
		struct str key;

		if (o->status == OBJECT_OK && !ast_kind_is_policy(o->kind))
			continue;
		*vec_push(&r->v, a) =
		    (struct ruling){o, o->status, o->why ? o->why->id : 0};
		key = object_key(&b, o);
		*map_put(&r->by_object, key.s, key.n) =
		    (void *)(uintptr_t)r->v.n;
	}
}

static void
count_node_ports(struct portrait *p)
{
	OBJECT_FOREACH (o, p->side->objects, AST_SERVICE) {
		const struct ast_service *s = o->body;

		for (uint32_t i = 0; s->spec && i < s->spec->ports.n; i++)
			p->ports += s->spec->ports.v[i].node_port.present;
	}
}

void
portrait_draw(struct portrait *ret, struct arena *a,
    const struct change_side *side)
{
	const struct ir_options *opt = &side->pmaps->world->ir->opt;
	struct drawing d = {.out = ret, .arena = a, .m = side->pmaps};

	*ret = (struct portrait){.side = side,
	    .solicits = version_has(opt->cilium, VERSION_SOLICITATION_PASSES),
	    .at_client = trace_at_client(opt)};
	buf_init(&d.b, a);
	map_init(&d.map_of, a);
	map_init(&d.proxies_of, a);
	name_identities(&d);
	VEC_FOREACH (e, &d.m->world->endpoints)
		draw_pod(&d, e);
	count_entries(ret, d.m);
	list_rulings(ret, a);
	count_node_ports(ret);
}

/* ---- comparing ---- */

const struct ruling *
ruling_find(const struct rulings *r, const struct object *o)
{
	struct arena scratch = {0};
	struct str key;
	struct buf b;
	uintptr_t at;

	buf_init(&b, &scratch);
	key = object_key(&b, o);
	at = (uintptr_t)map_get(&r->by_object, key.s, key.n);
	arena_free(&scratch);
	return at ? &r->v.v[at - 1] : NULL;
}

void
rulings_copy(struct rulings *ret, struct arena *a, const struct rulings *r)
{
	map_init(&ret->by_object, a);
	for (uint32_t i = 0; i < r->by_object.n; i++) {
		const struct map_entry *e = &r->by_object.entry[i];

		*map_put(&ret->by_object, e->key, e->len) = e->value;
	}
	VEC_FOREACH (x, &r->v)
		*vec_push(&ret->v, a) =
		    (struct ruling){NULL, x->status, x->why};
}

bool
ruling_same(const struct ruling *a, const struct ruling *b)
{
	if (!a || !b)
		return a == b;
	return a->status == b->status && a->why == b->why;
}

static uint32_t
count_rulings(const struct portrait *a, const struct portrait *b)
{
	uint32_t n = 0;

	VEC_FOREACH (r, &a->rulings.v)
		n += !ruling_same(r, ruling_find(&b->rulings, r->object));
	VEC_FOREACH (r, &b->rulings.v)
		n += !ruling_find(&a->rulings, r->object);
	return n;
}

/* Whether the first address of a prefix that A alone has is another one's in
 * B. */
static bool
moves(const struct portrait *a, const struct portrait *b,
    const struct ipcache_entry *e)
{
	struct ip ip = {.family = e->prefix.family};
	struct cidr found;

	memcpy(ip.addr, e->prefix.addr, sizeof(ip.addr));
	return a->name[e->ident.i] !=
	    b->name[world_of_ip(b->side->pmaps->world, &ip, &found).i];
}

/* The prefixes with other labels. */
static uint32_t
count_prefixes(const struct portrait *a, const struct portrait *b)
{
	const struct world *wa = a->side->pmaps->world;
	const struct world *wb = b->side->pmaps->world;
	size_t i = 0, k = 0;
	uint32_t n = 0;

	while (i < wa->ipcache.n || k < wb->ipcache.n) {
		const struct ipcache_entry *x = &wa->ipcache.v[i];
		const struct ipcache_entry *y = &wb->ipcache.v[k];
		int order = i == wa->ipcache.n ? 1
		    : k == wb->ipcache.n       ? -1
					 : cidr_compare(&x->prefix, &y->prefix);

		if (order == 0)
			n += a->name[x->ident.i] != b->name[y->ident.i];
		else
			n += order < 0 ? moves(a, b, x) : moves(b, a, y);
		i += order <= 0;
		k += order >= 0;
	}
	return n;
}

/* Walks the pods that both have. */
static bool
next_pods(const struct portrait *a, const struct portrait *b, size_t at[2],
    const struct pod_portrait *ret[2])
{
	while (at[0] < a->pods.n && at[1] < b->pods.n) {
		int order;

		ret[0] = &a->pods.v[at[0]];
		ret[1] = &b->pods.v[at[1]];
		order = endpoint_compare(ret[0]->pod, ret[1]->pod);
		at[0] += order <= 0;
		at[1] += order >= 0;
		if (order == 0)
			return true;
	}
	return false;
}

void
portrait_compare(struct touch *ret, const struct portrait *a,
    const struct portrait *b)
{
	const struct pod_portrait *p[2];
	size_t at[2] = {0};

	*ret = (struct touch){
	    .prefixes = count_prefixes(a, b),
	    .entries = (int64_t)(b->entries - a->entries),
	    .hosts = a->solicits != b->solicits ? a->hosts : 0,
	    .ports = a->at_client != b->at_client ? a->ports : 0,
	    .objects = count_rulings(a, b),
	};
	while (next_pods(a, b, at, p)) {
		ret->pods +=
		    a->name[p[0]->pod->ident.i] != b->name[p[1]->pod->ident.i];
		ret->maps += !same(&p[0]->map, &p[1]->map);
		ret->proxies += !same(&p[0]->proxies, &p[1]->proxies);
	}
}

/* ---- labels ---- */

struct labels_list {
	label_change_vec *out;
	struct arena *arena;
	struct map known; /* label -> index into out, plus one; by side */
	const struct world *world[2];
};

static bool
has_key(const struct world *w, const struct identity *id, struct str source,
    struct str key)
{
	for (uint32_t i = 0; i < id->nlabels; i++) {
		if (str_eq(atom_str(w->ir->atoms, id->labels[i].key), key) &&
		    str_eq(atom_str(w->ir->atoms, id->labels[i].source),
			source))
			return true;
	}
	return false;
}

/* A pod, the N-th one, has a label on a side, and not on the other. */
static void
note_label(struct labels_list *l, int side, struct str source, struct str key,
    size_t n)
{
	const char *name = arena_printf(l->arena, "%d" STR_FMT ":" STR_FMT,
	    side, STR_ARG(source), STR_ARG(key));
	void **slot = map_put(&l->known, name, strlen(name));
	struct label_change *c;
	struct buf b;

	if (!*slot) {
		*vec_push(l->out, l->arena) =
		    (struct label_change){.label = name + 1, .after = side};
		*slot = (void *)(uintptr_t)l->out->n;
	}
	c = &l->out->v[(uintptr_t)*slot - 1];
	c->pods++;
	buf_init(&b, l->arena);
	buf_put(&b, &c->who, sizeof(c->who));
	put_u64(&b, n);
	c->who = fingerprint_of(&b);
}

static void
note_labels(struct labels_list *l, const struct pod_portrait *const p[2],
    size_t n)
{
	const struct identity *id[2];

	for (int s = 0; s < 2; s++)
		id[s] = world_identity(l->world[s], p[s]->pod->ident);
	for (int s = 0; s < 2; s++) {
		const struct atom_table *atoms = l->world[s]->ir->atoms;

		for (uint32_t i = 0; i < id[s]->nlabels; i++) {
			struct str source =
			    atom_str(atoms, id[s]->labels[i].source);
			struct str key = atom_str(atoms, id[s]->labels[i].key);

			if (!has_key(l->world[1 - s], id[1 - s], source, key))
				note_label(l, s, source, key, n);
		}
	}
}

void
portrait_list_labels(label_change_vec *ret, struct arena *a,
    const struct portrait *before, const struct portrait *after)
{
	struct labels_list l = {.out = ret,
	    .arena = a,
	    .world = {before->side->pmaps->world, after->side->pmaps->world}};
	const struct pod_portrait *p[2];
	size_t at[2] = {0};

	map_init(&l.known, a);
	while (next_pods(before, after, at, p)) {
		if (before->name[p[0]->pod->ident.i] !=
		    after->name[p[1]->pod->ident.i])
			note_labels(&l, p, at[0]);
	}
}
