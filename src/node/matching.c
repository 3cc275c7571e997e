/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Requires a sorted node and a bundle that is whole.
 */
#include "node/matching.h"

#include "base/search.h"
#include "cilium/reserved.h"

static struct str
labels_of(const struct matching *m, const struct bundle_identity *id)
{
	uint32_t n = id->labels->seq.n;
	struct str *v = ARENA_ARRAY(m->arena, struct str, n);

	for (uint32_t i = 0; i < n; i++)
		v[i] = id->labels->seq.v[i]->s;
	return node_labels(m->arena, v, n);
}

/* Numbers of numbers; the first one stays. */
static void
put_number(struct map *map, uint32_t key, uint32_t value)
{
	void **slot = map_put(map, &key, sizeof(key));

	if (!*slot)
		*slot = (void *)(uintptr_t)value;
}

static uint32_t
get_number(const struct map *map, uint32_t key)
{
	return (uint32_t)(uintptr_t)map_get(map, &key, sizeof(key));
}

bool
matching_knows(const struct matching *m, uint32_t ours)
{
	return bundle_find_identity(m->bundle, ours);
}

/* The bundle's identity of exactly this prefix; 0: none. */
static uint32_t
of_prefix(const struct matching *m, const struct cidr *prefix)
{
	const struct image *img = &m->bundle->ipcache;
	struct ipcache_record r;
	uint32_t i;

	LOWER_BOUND(i, img->nentries,
	    (r = image_ipcache(img, i), cidr_compare(&r.prefix, prefix) < 0));
	if (i == img->nentries)
		return 0;
	r = image_ipcache(img, i);
	return cidr_compare(&r.prefix, prefix) == 0 ? r.id : 0;
}

static bool
is_local(uint32_t id)
{
	return sec_id_scope(id) == SCOPE_CIDR ||
	    sec_id_scope(id) == SCOPE_REMOTE_NODE;
}

/* Which of the bundle's identities have a prefix of the node's local ones. */
static void
take_prefixes(struct matching *m)
{
	VEC_FOREACH (r, &m->node->ipcache) {
		uint32_t ours = is_local(r->id) ? of_prefix(m, &r->prefix) : 0;

		if (ours != 0 && sec_id_scope(ours) == sec_id_scope(r->id))
			put_number(&m->by_prefix, r->id, ours);
	}
}

void
matching_init(struct matching *m, struct arena *a,
    const struct bundle_content *bundle, const struct node_state *node)
{
	*m = (struct matching){.bundle = bundle, .node = node, .arena = a};
	map_init(&m->by_labels, a);
	map_init(&m->labels_of, a);
	map_init(&m->by_prefix, a);
	map_init(&m->ids, a);
	map_init(&m->strangers, a);
	map_init(&m->ports[0], a);
	map_init(&m->ports[1], a);
	VEC_FOREACH (id, &bundle->identities) {
		struct str labels = labels_of(m, id);
		void **slot = map_put(&m->by_labels, labels.s, labels.n);

		if (!*slot)
			*slot = id;
	}
	VEC_FOREACH (id, &node->identities)
		*map_put(&m->labels_of, &id->id, sizeof(id->id)) = id;
	take_prefixes(m);
}

static const struct bundle_endpoint *
at_address(const struct matching *m, const struct node_endpoint *e)
{
	VEC_FOREACH (found, &m->bundle->endpoints) {
		VEC_FOREACH (ours, &found->ips) {
			VEC_FOREACH (theirs, &e->ips) {
				if (ours->family == theirs->family &&
				    memcmp(ours->addr, theirs->addr,
					sizeof(ours->addr)) == 0)
					return found;
			}
		}
	}
	return NULL;
}

static uint32_t
by_address(const struct matching *m, uint32_t theirs)
{
	VEC_FOREACH (e, &m->node->endpoints) {
		const struct bundle_endpoint *found =
		    e->identity == theirs ? at_address(m, e) : NULL;

		if (found)
			return found->identity;
	}
	return 0;
}

/* A number of the same scope that nobody has. */
static uint32_t
new_stranger(struct matching *m, uint32_t theirs)
{
	uint32_t id = theirs;

	while (matching_knows(m, id) || get_number(&m->strangers, id) != 0)
		id++;
	put_number(&m->strangers, id, theirs);
	return id;
}

static uint32_t
find_identity(struct matching *m, uint32_t theirs)
{
	const struct node_identity *known =
	    map_get(&m->labels_of, &theirs, sizeof(theirs));
	const struct bundle_identity *found = NULL;
	uint32_t ours = 0;

	if (theirs < SEC_ID_WELL_KNOWN_FIRST)
		return theirs;
	if (known)
		found =
		    map_get(&m->by_labels, known->labels.s, known->labels.n);
	if (found)
		return found->id;
	if (is_local(theirs))
		ours = get_number(&m->by_prefix, theirs);
	else if (!known && matching_knows(m, theirs))
		ours = theirs;
	else if (!known)
		ours = by_address(m, theirs);
	return ours ? ours : new_stranger(m, theirs);
}

uint32_t
matching_identity(struct matching *m, uint32_t theirs)
{
	uint32_t ours = get_number(&m->ids, theirs);

	if (ours == 0 && theirs != 0) {
		ours = find_identity(m, theirs);
		put_number(&m->ids, theirs, ours);
	}
	return ours;
}

/* A pod by its name, or where no name is known by its addresses. */
static const struct bundle_endpoint *
find_endpoint(const struct matching *m, const struct node_endpoint *e)
{
	if (e->name.n == 0)
		return at_address(m, e);
	return bundle_find_endpoint(m->bundle, e->ns, e->name);
}

const struct bundle_endpoint *
matching_endpoint(struct matching *m, uint32_t id, const char **ret_problem)
{
	const struct bundle_endpoint *found = NULL;

	*ret_problem = "no list of endpoints says which one it is";
	VEC_FOREACH (e, &m->node->endpoints) {
		if (e->id != id || found)
			continue;
		found = find_endpoint(m, e);
		*ret_problem = e->name.n > 0
		    ? arena_printf(m->arena,
			  "the bundle has no pod " STR_FMT "/" STR_FMT,
			  STR_ARG(e->ns), STR_ARG(e->name))
		    : "no endpoint of the bundle has its addresses";
	}
	return found;
}

uint16_t
matching_port(struct matching *m, uint16_t theirs, uint16_t ours)
{
	if (theirs == 0 || ours == 0)
		return theirs;
	if (get_number(&m->ports[0], theirs) == 0 &&
	    get_number(&m->ports[1], ours) == 0) {
		put_number(&m->ports[0], theirs, ours);
		put_number(&m->ports[1], ours, theirs);
	}
	ours = (uint16_t)get_number(&m->ports[0], theirs);
	return ours ? ours : theirs;
}
