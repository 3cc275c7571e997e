/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The world once it is built: what each selector selects, and looking up
 * identities, endpoints, nodes and addresses.  Requires ident/build.c; resolves
 * each selector once, after which nobody changes the world.
 */
#include "cilium/labels.h"
#include "ident/world.h"

#include <assert.h>
#include <stdlib.h>

#include "base/near.h"
#include "base/search.h"
#include "cilium/version.h"
#include "ident/index.h"
#include "ident/labels.h"
#include "ir/selector.h"

int
endpoint_compare(const void *pa, const void *pb)
{
	const struct endpoint *a = pa, *b = pb;
	int c = str_compare(a->ns, b->ns);

	return c ? c : str_compare(a->name, b->name);
}

/*
 * In some versions what is for the world's identity of clusters with one family
 * is for those of the two families as well (semantics.md 6.7).
 */
static const struct bitset *
with_families(struct world *w, const struct bitset *selected)
{
	static const char *const families[] = {RESERVED_WORLD_IPV4,
	    RESERVED_WORLD_IPV6};
	const struct ir_options *opt = &w->ir->opt;
	ident_idx_t world, family;
	struct bitset *all;

	if (!version_has(opt->cilium, VERSION_WORLD_IS_BOTH) || !opt->ipv4 ||
	    !opt->ipv6 ||
	    !world_find_reserved(w, STR(RESERVED_WORLD), &world) ||
	    !bitset_test(selected, world.i))
		return selected;
	all = bitset_dup(w->arena, selected);
	for (size_t i = 0; i < 2; i++) {
		if (world_find_reserved(w, str_of(families[i]), &family))
			bitset_set(all, family.i);
	}
	return all;
}

/*
 * A selector that only excludes takes what stands for many, unless that is
 * mended (semantics.md 5.6).
 */
static const struct bitset *
without_aggregates(struct world *w, const struct ir_selector *s,
    const struct bitset *selected)
{
	struct bitset *rest;

	if (version_has(w->ir->opt.cilium, VERSION_EXCLUDES_NOBODY) ||
	    !selector_only_excludes(s) ||
	    !bitset_intersects(selected, w->aggregates->all))
		return selected;
	rest = bitset_dup(w->arena, selected);
	bitset_andnot(rest, w->aggregates->all);
	return rest;
}

/* Whom a selector selects, found out once. */
static void
resolve(struct world *w, struct arena *scratch, const struct ir_selector *s)
{
	const struct bitset **slot = &w->resolved[s->index], *reached;

	if (*slot)
		return;
	*slot = with_families(w,
	    without_aggregates(w, s,
		ident_index_select(w->index, w->arena, scratch, s)));
	reached = s == w->ir->wildcard
	    ? *slot
	    : aggregates_reach(w->aggregates, scratch, *slot);
	w->reached[s->index] =
	    reached == *slot ? reached : bitset_pack(w->arena, reached);
	arena_reset(scratch);
}

void
world_resolve(struct world *w)
{
	struct arena scratch = {0};

	w->resolved =
	    ARENA_ARRAY(w->arena, const struct bitset *, w->ir->selectors.n);
	w->reached =
	    ARENA_ARRAY(w->arena, const struct bitset *, w->ir->selectors.n);
	resolve(w, &scratch, w->ir->wildcard);
	resolve(w, &scratch, w->ir->host);
	VEC_FOREACH (r, &w->ir->rules) {
		for (uint32_t i = 0; i < (*r)->npeers; i++)
			resolve(w, &scratch, (*r)->peers[i].selector);
		for (uint32_t i = 0; i < (*r)->nrequires; i++)
			resolve(w, &scratch, (*r)->requires[i]);
	}
	arena_free(&scratch);
}

const struct bitset *
world_selected(const struct world *w, const struct ir_selector *s)
{
	assert(w->resolved[s->index]);
	return w->resolved[s->index];
}

const struct bitset *
world_reached(const struct world *w, const struct ir_selector *s)
{
	assert(w->reached[s->index]);
	return w->reached[s->index];
}

const struct bitset *
world_subjects(const struct world *w, struct arena *a,
    const struct ir_selector *s)
{
	if (w->resolved[s->index])
		return w->resolved[s->index];
	return ident_index_select(w->index, a, a, s);
}

bool
world_selects_host(const struct world *w, const struct ir_selector *s,
    const struct node *node)
{
	return selector_met(w->ir, s->req, s->nreq, node->host_labels,
	    node->nhost_labels);
}

bool
world_find_id(const struct world *w, sec_id_t id, ident_idx_t *ret_idx)
{
	size_t i;

	LOWER_BOUND(i, w->idents.n, w->idents.v[i].id.id < id.id);
	if (i == w->idents.n || w->idents.v[i].id.id != id.id)
		return false;
	ret_idx->i = (uint32_t)i;
	return true;
}

size_t
world_known_port(const struct world *w, atom_t name)
{
	size_t i;

	LOWER_BOUND(i, w->known_ports.n,
	    w->known_ports.v[i].port.name.i < name.i);
	return i;
}

const struct endpoint *
world_find_endpoint(const struct world *w, struct str ns, struct str name)
{
	struct endpoint key = {.ns = ns, .name = name};

	if (w->endpoints.n == 0)
		return NULL;
	return bsearch(&key, w->endpoints.v, w->endpoints.n, sizeof(key),
	    endpoint_compare);
}

const struct node *
world_find_node(const struct world *w, struct str name)
{
	VEC_FOREACH (n, &w->nodes) {
		if (name.n > 0 && str_eq(n->name, name))
			return n;
	}
	return NULL;
}

const struct endpoint *
world_near_endpoint(const struct world *w, struct str ns, struct str name)
{
	const struct endpoint *near = NULL;
	unsigned best = UINT32_MAX, n;

	VEC_FOREACH (e, &w->endpoints) {
		if (!near_miss(name, e->name, &n))
			continue;
		n += !str_eq(e->ns, ns);
		if (n < best) {
			best = n;
			near = e;
		}
	}
	return near;
}

bool
world_find_reserved(const struct world *w, struct str name,
    ident_idx_t *ret_idx)
{
	for (uint32_t i = 0; i < w->idents.n; i++) {
		const struct identity *n = &w->idents.v[i];
		uint32_t k = 0;

		if (n->id.id >= SEC_ID_POD_FIRST)
			break;
		/* A host has its node's labels, too.  7 is a remote-node as
		 * well, but that one is second. */
		while (k < n->nlabels &&
		    !atom_eq(n->labels[k].source, w->ir->word.reserved))
			k++;
		if (k < n->nlabels &&
		    str_eq(name, atom_str(w->ir->atoms, n->labels[k].key))) {
			ret_idx->i = i;
			return true;
		}
	}
	return false;
}

bool
world_find_labels(const struct world *w, struct arena *scratch,
    const struct str *labels, size_t n, ident_idx_t *ret_idx)
{
	struct label *v = ARENA_ARRAY(scratch, struct label, n);

	for (size_t i = 0; i < n; i++) {
		struct str source, key, value;

		/* An identity's labels are all atoms. */
		label_split(labels[i], &source, &key, &value);
		if (!atom_find(w->ir->atoms, source, &v[i].source) ||
		    !atom_find(w->ir->atoms, key, &v[i].key) ||
		    !atom_find(w->ir->atoms, value, &v[i].value))
			return false;
	}
	return ident_index_find(w->index, v, n, ret_idx);
}

static struct cidr
covering(const struct ip *ip, unsigned bits)
{
	struct cidr c = cidr_of_ip(ip);

	c.bits = (uint8_t)bits;
	for (unsigned i = 0; i < sizeof(c.addr); i++) {
		unsigned keep = bits > i * 8 ? bits - i * 8 : 0;

		if (keep < 8)
			c.addr[i] &= (uint8_t)(0xff00 >> keep);
	}
	return c;
}

ident_idx_t
world_of_ip(const struct world *w, const struct ip *ip, struct cidr *ret_prefix)
{
	struct str miss = ir_world_label(&w->ir->opt, ip->family);
	ident_idx_t idx;
	bool found;

	for (unsigned bits = ip_width(ip->family) + 1; bits-- > 0;) {
		struct cidr prefix = covering(ip, bits);
		const struct ipcache_entry *v = w->ipcache.v;
		size_t i;

		LOWER_BOUND(i, w->ipcache.n,
		    cidr_compare(&v[i].prefix, &prefix) < 0);
		if (i < w->ipcache.n &&
		    cidr_compare(&v[i].prefix, &prefix) == 0) {
			*ret_prefix = prefix;
			return v[i].ident;
		}
	}
	*ret_prefix = covering(ip, 0);
	found = world_find_reserved(w, miss, &idx);
	assert(found);
	return idx;
}

struct str
endpoint_workload(const struct endpoint *e)
{
	const struct ast_pod *pod = e->object->body;
	const struct ast_owner_reference *o;
	const char *dash;

	if (e->object->kind != AST_POD || !pod->metadata ||
	    pod->metadata->owner_references.n == 0)
		return e->name;
	o = &pod->metadata->owner_references.v[0];
	dash = memrchr(o->name.v.s, '-', o->name.v.n);
	/* A Deployment adds a hash to the names of its ReplicaSets. */
	return dash && str_is(o->kind.v, "ReplicaSet")
	    ? (struct str){o->name.v.s, (size_t)(dash - o->name.v.s)}
	    : o->name.v;
}

struct str
identity_print(struct arena *a, const struct world *w, ident_idx_t idx)
{
	const struct identity *n = world_identity(w, idx);
	const struct atom_table *atoms = w->ir->atoms;
	const struct ir_words *word = &w->ir->word;
	struct buf own, out;

	buf_init(&own, a);
	buf_init(&out, a);
	for (uint32_t i = 0; i < n->nlabels; i++) {
		const struct label *l = &n->labels[i];
		bool k8s = atom_eq(l->source, word->k8s);
		struct str key = atom_str(atoms, l->key);
		struct str value = atom_str(atoms, l->value);

		if (k8s && atom_eq(l->key, word->pod_namespace))
			buf_printf(&out, STR_FMT "/", STR_ARG(value));
		if (atom_eq(l->source, word->gen) ||
		    (k8s && label_is_derived(key)))
			continue;
		buf_puts(&own, own.n > 0 ? "," : "");
		if (k8s)
			buf_printf(&own, STR_FMT "=" STR_FMT, STR_ARG(key),
			    STR_ARG(value));
		else
			buf_str(&own, label_print(a, atoms, l));
	}
	buf_str(&out, buf_as_str(&own));
	return buf_as_str(&out);
}

void
identity_json_labels(struct json *j, struct arena *a, const struct world *w,
    const struct identity *id)
{
	json_key(j, "labels");
	json_array(j);
	for (uint32_t i = 0; i < id->nlabels; i++)
		json_str(j, label_print(a, w->ir->atoms, &id->labels[i]));
	json_end_array(j);
}

void
world_verify(const struct world *w)
{
	for (size_t i = 1; i < w->idents.n; i++)
		assert(w->idents.v[i - 1].id.id < w->idents.v[i].id.id);
	for (size_t i = 1; i < w->endpoints.n; i++)
		assert(endpoint_compare(&w->endpoints.v[i - 1],
			   &w->endpoints.v[i]) <= 0);
	for (size_t i = 0; i < w->ipcache.n; i++) {
		const struct ipcache_entry *e = &w->ipcache.v[i];

		assert(e->ident.i < w->idents.n);
		assert(i == 0 || cidr_compare(&e[-1].prefix, &e->prefix) < 0);
	}
}

void
world_dump(struct buf *out, const struct world *w)
{
	struct arena *a = out->arena;
	char text[CIDR_STRLEN];

	VEC_FOREACH (n, &w->idents) {
		buf_printf(out, "identity %u", n->id.id);
		for (uint32_t i = 0; i < n->nlabels; i++) {
			struct str l =
			    label_print(a, w->ir->atoms, &n->labels[i]);

			buf_printf(out, " " STR_FMT, STR_ARG(l));
		}
		buf_putc(out, '\n');
	}
	VEC_FOREACH (e, &w->endpoints)
		buf_printf(out, "endpoint " STR_FMT "/" STR_FMT " %u\n",
		    STR_ARG(e->ns), STR_ARG(e->name),
		    world_identity(w, e->ident)->id.id);
	VEC_FOREACH (e, &w->ipcache)
		buf_printf(out, "ipcache %s %u\n", cidr_print(&e->prefix, text),
		    world_identity(w, e->ident)->id.id);
}
