/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The ends of a party: adding, counting, sorting them.
 */
#include "flow/resolver.h"

#include <assert.h>
#include <stdlib.h>

const struct span resolver_no_place = {0};

struct trace_end *
resolver_add(struct resolver *r, struct trace_party *p, ident_idx_t ident,
    const struct endpoint *e)
{
	struct trace_end *end = vec_push(&p->ends, r->arena);

	*end = (struct trace_end){
	    .ident = ident,
	    .class = e ? pmap_class_of_endpoint(r->t->pmaps, e) : NULL,
	    .endpoint = e,
	    .nendpoints = !!e,
	    .port = r->t->query->port,
	};
	return end;
}

void
resolver_add_reserved(struct resolver *r, struct trace_party *p,
    struct str name)
{
	ident_idx_t ident;
	bool found = world_find_reserved(r->world, name, &ident);

	assert(found);
	resolver_add(r, p, ident, NULL);
}

void
resolver_count(struct resolver *r, struct trace_party *p, struct map *end_of,
    const struct endpoint *e, uint16_t port)
{
	const uint32_t key[] = {e->ident.i,
	    pmap_class_of_endpoint(r->t->pmaps, e)->index, port};
	void **slot = map_put(end_of, key, sizeof(key));

	if (!*slot) {
		resolver_add(r, p, e->ident, e)->port = port;
		*slot = (void *)(uintptr_t)p->ends.n;
	} else {
		p->ends.v[(uintptr_t)*slot - 1].nendpoints++;
	}
}

static int
compare_end(const void *pa, const void *pb)
{
	const struct trace_end *a = pa, *b = pb;

	if (a->ident.i != b->ident.i)
		return a->ident.i < b->ident.i ? -1 : 1;
	if (a->port != b->port)
		return a->port < b->port ? -1 : 1;
	/* Of one identity all are endpoints, or none is. */
	if (!a->class)
		return memcmp(&a->ip, &b->ip, sizeof(a->ip));
	return (a->class->index > b->class->index) -
	    (a->class->index < b->class->index);
}

void
resolver_sort(struct trace_party *p)
{
	if (p->ends.n > 1)
		qsort(p->ends.v, p->ends.n, sizeof(*p->ends.v), compare_end);
}
