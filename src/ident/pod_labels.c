/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The labels of pods, put together once for all pods of one description.
 */
#include "ident/pod_labels.h"

#include <stdlib.h>
#include <string.h>

#include "cilium/labels.h"
#include "cilium/proto.h"

enum {
	VALUE_CHARS = 63, /* as many as the value of a label may have */
};

void
pod_labels_put_key(struct buf *key, struct str part)
{
	buf_put(key, &part.n, sizeof(part.n));
	buf_str(key, part);
}

void
pod_labels_init(struct pod_labels *p, struct numbering *n,
    const struct object_list *objects)
{
	const struct ir_options *opt = &n->ir->opt;

	*p = (struct pod_labels){.numbering = n};
	p->filter = label_filter_new(n->arena, opt->label_filter, opt->cilium);
	map_init(&p->namespaces, n->arena);
	map_init(&p->common, n->arena);
	map_init(&p->known, n->arena);
	buf_init(&p->key, n->arena);
	p->by_identity = objects->of_kind[AST_CILIUM_IDENTITY].n > 0;
	OBJECT_FOREACH (o, objects, AST_CILIUM_ENDPOINT)
		p->by_identity = false;
	OBJECT_FOREACH (o, objects, AST_NAMESPACE) {
		const struct ast_namespace *ns = o->body;

		*map_put(&p->namespaces, o->name.s, o->name.n) =
		    (void *)(uintptr_t)&ns->metadata->labels;
	}
}

static void
put_filtered(struct pod_labels *p, struct label_set *set, struct str key,
    struct str value)
{
	const struct ir *ir = p->numbering->ir;

	if (label_filter_takes(p->filter, STR(SOURCE_K8S), key))
		label_set_put(set, p->numbering->arena,
		    label_of(ir->atoms, ir->word.k8s, key, value));
}

static void
put_namespace_label(struct pod_labels *p, struct label_set *set, struct str key,
    struct str value)
{
	put_filtered(p, set,
	    str_of(arena_printf(p->numbering->arena, LABEL_OF_NAMESPACE STR_FMT,
		STR_ARG(key))),
	    value);
}

/* The labels that all pods of a namespace have. */
static const struct label_set *
common_labels(struct pod_labels *p, struct str ns)
{
	const struct ast_str_map *labels = map_get(&p->namespaces, ns.s, ns.n);
	void **slot = map_put(&p->common, ns.s, ns.n);
	struct label_set *set = *slot;

	if (set)
		return set;
	*slot = set = ARENA_NEW(p->numbering->arena, struct label_set);
	/* The API server sets this one on every Namespace. */
	put_namespace_label(p, set, STR(LABEL_METADATA_NAME), ns);
	for (uint32_t i = 0; labels && i < labels->n; i++)
		put_namespace_label(p, set, labels->v[i].key,
		    labels->v[i].value);
	put_filtered(p, set, STR(LABEL_NAMESPACE), ns);
	put_filtered(p, set, STR(LABEL_CLUSTER),
	    p->numbering->ir->opt.cluster_name);
	return set;
}

/* Users cannot forge labels that Cilium gives. */
static bool
is_own_label(const struct pod_labels *p, struct str key)
{
	return !str_starts(key, STR(LABEL_CILIUM)) &&
	    label_filter_takes(p->filter, STR(SOURCE_K8S), key);
}

/* The order matters: later labels replace earlier ones of the same key. */
static void
put_labels(struct pod_labels *p, struct label_set *set,
    const struct pod_description *d)
{
	const struct ir *ir = p->numbering->ir;
	struct arena *a = p->numbering->arena;

	for (uint32_t i = 0; d->labels && i < d->labels->n; i++) {
		const struct ast_str_pair *l = &d->labels->v[i];

		if (is_own_label(p, l->key))
			label_set_put(set, a,
			    label_of(ir->atoms, ir->word.k8s, l->key,
				l->value));
	}
	VEC_FOREACH (l, &common_labels(p, d->ns)->v)
		label_set_put(set, a, *l);
	if (d->account.n > 0)
		put_filtered(p, set, STR(LABEL_ACCOUNT), d->account);
}

/*
 * The prefix and the CIDR groups that an address is in; the prefix /0 where no
 * other is.
 */
static void
put_address(struct pod_labels *p, struct label_set *set, unsigned family,
    const struct prefix *around)
{
	const struct ir *ir = p->numbering->ir;
	struct cidr zero = {.family = (uint8_t)family};
	char text[CIDR_STRLEN];
	bool found = false;

	for (size_t i = 0; around && i < around->labels.v.n; i++) {
		const struct label *l = &around->labels.v.v[i];
		bool cidr = atom_eq(l->source, ir->word.cidr);

		found |= cidr;
		if (cidr || atom_eq(l->source, ir->word.cidrgroup))
			label_set_add(set, p->numbering->arena, *l);
	}
	if (!found)
		label_set_add(set, p->numbering->arena,
		    label_of(ir->atoms, ir->word.cidr,
			str_of(cidr_print(&zero, text)), STR("")));
}

/* A port by its name, and as a label has it: "http.TCP.8080". */
struct printed_port {
	struct str name, text;
};

static int
compare_printed_port(const void *a, const void *b)
{
	return str_compare(((const struct printed_port *)a)->name,
	    ((const struct printed_port *)b)->name);
}

/* The ports by name. */
static const struct printed_port *
print_ports(struct pod_labels *p, const struct named_ports *ports)
{
	struct arena *a = p->numbering->arena;
	struct printed_port *v = ARENA_ARRAY(a, struct printed_port, ports->n);

	for (uint32_t i = 0; i < ports->n; i++) {
		const struct named_port *port = &ports->v[i];

		v[i].name = atom_str(p->numbering->ir->atoms, port->name);
		v[i].text = str_of(arena_printf(a, STR_FMT ".%s.%u",
		    STR_ARG(v[i].name), proto_title(port->proto), port->port));
	}
	if (ports->n > 1)
		qsort(v, ports->n, sizeof(*v), compare_printed_port);
	return v;
}

static void
put_port_label(struct pod_labels *p, struct label_set *set, unsigned number,
    const struct buf *value)
{
	const struct ir *ir = p->numbering->ir;
	const char *key = number == 0 ? LABEL_NAMED_PORTS
				      : arena_printf(p->numbering->arena,
					    LABEL_NAMED_PORTS "-%u", number);

	label_set_put(set, p->numbering->arena,
	    label_of(ir->atoms, ir->word.gen, str_of(key), buf_as_str(value)));
}

/* The named ports, in as many labels as it takes (semantics.md 10.3). */
static void
put_port_labels(struct pod_labels *p, struct label_set *set,
    const struct named_ports *ports)
{
	const struct printed_port *v = print_ports(p, ports);
	unsigned number = 0;
	struct buf value;

	buf_init(&value, p->numbering->arena);
	for (uint32_t i = 0; i < ports->n; i++) {
		if (value.n > 0 && value.n + 1 + v[i].text.n > VALUE_CHARS) {
			put_port_label(p, set, number++, &value);
			value.n = 0;
		}
		if (value.n > 0)
			buf_putc(&value, '_');
		buf_str(&value, v[i].text);
	}
	put_port_label(p, set, number, &value);
}

static bool
same_ports(const struct named_ports *a, const struct named_ports *b)
{
	if (a->n != b->n)
		return false;
	for (uint32_t i = 0; i < a->n; i++) {
		if (!atom_eq(a->v[i].name, b->v[i].name) ||
		    a->v[i].proto != b->v[i].proto ||
		    a->v[i].port != b->v[i].port)
			return false;
	}
	return true;
}

static bool
same_description(const struct pod_description *a,
    const struct pod_description *b)
{
	if (!a->labels || !b->labels || a->labels->n != b->labels->n ||
	    !str_eq(a->ns, b->ns) || !str_eq(a->account, b->account) ||
	    !same_ports(&a->ports, &b->ports) ||
	    memcmp(a->has_address, b->has_address, sizeof(a->has_address)) !=
		0 ||
	    memcmp(a->around, b->around, sizeof(a->around)) != 0)
		return false;
	for (uint32_t i = 0; i < a->labels->n; i++) {
		const struct ast_str_pair *x = &a->labels->v[i];
		const struct ast_str_pair *y = &b->labels->v[i];

		if (!str_eq(x->key, y->key) || !str_eq(x->value, y->value))
			return false;
	}
	return true;
}

static bool
has_number(struct pod_labels *p, struct label_set *set)
{
	const struct numbered_labels *labels =
	    numbering_find(p->numbering, set);

	return labels && labels->id != 0;
}

/*
 * The label set of a description.  An older agent's has no named ports, and its
 * pods keep it: where nothing but CiliumIdentities tells, the one that is there
 * is theirs.
 */
static struct numbered_labels *
make_labels(struct pod_labels *p, const struct pod_description *d)
{
	struct label_set set = {0}, full = {0};

	put_labels(p, &set, d);
	for (unsigned family = IP_V4; family <= IP_V6; family++) {
		if (d->has_address[family - 1])
			put_address(p, &set, family, d->around[family - 1]);
	}
	if (d->ports.n == 0 ||
	    !version_has(p->numbering->ir->opt.cilium,
		VERSION_PORT_NAMES_LABEL))
		return numbering_labels(p->numbering, &set);
	VEC_FOREACH (l, &set.v)
		*vec_push(&full.v, p->numbering->arena) = *l;
	put_port_labels(p, &full, &d->ports);
	if (p->by_identity && has_number(p, &set) && !has_number(p, &full))
		return numbering_labels(p->numbering, &set);
	return numbering_labels(p->numbering, &full);
}

static void
put_key_of_ports(struct pod_labels *p, const struct named_ports *ports)
{
	buf_put(&p->key, &ports->n, sizeof(ports->n));
	for (uint32_t i = 0; i < ports->n; i++) {
		const struct named_port *port = &ports->v[i];

		buf_put(&p->key, &port->name, sizeof(port->name));
		buf_put(&p->key, &port->proto, sizeof(port->proto));
		buf_put(&p->key, &port->port, sizeof(port->port));
	}
}

/* The labels of a description that differs from the last one. */
static struct numbered_labels *
find_labels(struct pod_labels *p, const struct pod_description *d)
{
	void **slot;

	p->key.n = 0;
	pod_labels_put_key(&p->key, d->ns);
	pod_labels_put_key(&p->key, d->account);
	put_key_of_ports(p, &d->ports);
	buf_put(&p->key, d->has_address, sizeof(d->has_address));
	buf_put(&p->key, d->around, sizeof(d->around));
	for (uint32_t i = 0; d->labels && i < d->labels->n; i++) {
		if (!is_own_label(p, d->labels->v[i].key))
			continue;
		pod_labels_put_key(&p->key, d->labels->v[i].key);
		pod_labels_put_key(&p->key, d->labels->v[i].value);
	}
	slot = map_put(&p->known, p->key.p, p->key.n);
	if (!*slot)
		*slot = make_labels(p, d);
	return *slot;
}

/* Most pods have the description of the pod before. */
struct numbered_labels *
pod_labels_find(struct pod_labels *p, const struct pod_description *d)
{
	if (!same_description(&p->last, d)) {
		p->last_labels = find_labels(p, d);
		p->last = *d;
	}
	return p->last_labels;
}
