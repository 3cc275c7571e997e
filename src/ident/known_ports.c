/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The named ports of all endpoints, each with a set of identities.  Requires
 * endpoints with their identities.
 */
#include "ident/known_ports.h"

#include <stdlib.h>

/* A named port of an endpoint. */
struct own_port {
	struct named_port port;
	ident_idx_t ident;
	bool ambiguous; /* the identity has two numbers for the name */
};

static int
compare_name(const struct own_port *a, const struct own_port *b)
{
	if (a->port.name.i != b->port.name.i)
		return a->port.name.i < b->port.name.i ? -1 : 1;
	return (a->port.proto > b->port.proto) -
	    (a->port.proto < b->port.proto);
}

static int
compare_number(const struct own_port *a, const struct own_port *b)
{
	return (a->port.port > b->port.port) - (a->port.port < b->port.port);
}

static int
compare_ident(const struct own_port *a, const struct own_port *b)
{
	return (a->ident.i > b->ident.i) - (a->ident.i < b->ident.i);
}

static int
compare_by_ident(const void *a, const void *b)
{
	int c = compare_name(a, b);

	c = c ? c : compare_ident(a, b);
	return c ? c : compare_number(a, b);
}

static int
compare_by_number(const void *a, const void *b)
{
	int c = compare_name(a, b);

	c = c ? c : compare_number(a, b);
	return c ? c : compare_ident(a, b);
}

typedef VEC(struct own_port) own_port_vec;

static void
sort(own_port_vec *v, int (*compare)(const void *, const void *))
{
	if (v->n > 1)
		qsort(v->v, v->n, sizeof(*v->v), compare);
}

/* Marks the ports of identities that have two numbers for a name. */
static void
mark_ambiguous(own_port_vec *v)
{
	size_t end;

	sort(v, compare_by_ident);
	for (size_t i = 0; i < v->n; i = end) {
		struct own_port *p = &v->v[i];

		for (end = i + 1;
		     end < v->n && compare_name(p, &v->v[end]) == 0 &&
		     compare_ident(p, &v->v[end]) == 0;
		     end++)
			continue;
		for (size_t k = i; k < end; k++)
			v->v[k].ambiguous =
			    compare_number(p, &v->v[end - 1]) != 0;
	}
}

/* The ports of all endpoints, of which many have those of the one before. */
static void
list_ports(own_port_vec *v, struct arena *a, const struct world *w)
{
	VEC_FOREACH (e, &w->endpoints) {
		for (uint32_t i = 0; i < e->ports.n; i++) {
			const struct own_port own = {.port = e->ports.v[i],
			    .ident = e->ident};

			if (v->n < e->ports.n ||
			    compare_by_ident(&v->v[v->n - e->ports.n], &own) !=
				0)
				*vec_push(v, a) = own;
		}
	}
}

void
known_ports_list(struct world *w)
{
	struct arena scratch = {0};
	own_port_vec v = {0};
	size_t end;

	list_ports(&v, &scratch, w);
	mark_ambiguous(&v);
	sort(&v, compare_by_number);
	for (size_t i = 0; i < v.n; i = end) {
		struct bitset *idents =
		    bitset_new(&scratch, (uint32_t)w->idents.n);

		for (end = i;
		     end < v.n && compare_name(&v.v[i], &v.v[end]) == 0 &&
		     compare_number(&v.v[i], &v.v[end]) == 0;
		     end++) {
			if (!v.v[end].ambiguous)
				bitset_set(idents, v.v[end].ident.i);
		}
		*vec_push(&w->known_ports, w->arena) =
		    (struct known_port){v.v[i].port,
			bitset_pack(w->arena, idents)};
	}
	arena_free(&scratch);
}
