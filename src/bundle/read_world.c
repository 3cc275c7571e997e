/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The identities, and that nothing else has an identity that is not among
 * them; the ipcache, and that it has the addresses of the endpoints.
 */
#include <stdlib.h>

#include "base/search.h"
#include "bundle/bundle.h"
#include "bundle/reading.h"
#include "bundle/shape.h"
#include "cilium/reserved.h"

bool
reading_knows(const struct reading *r, uint32_t id)
{
	return ids_have(r->ids.v, r->ids.n, id);
}

/* The identity of exactly this prefix in the ipcache; 0 when it has none. */
static uint32_t
ipcache_find(const struct image *img, const struct cidr *prefix)
{
	struct ipcache_record found;
	uint32_t i;

	LOWER_BOUND(i, img->nentries,
	    (found = image_ipcache(img, i),
		cidr_compare(&found.prefix, prefix) < 0));
	if (i == img->nentries)
		return 0;
	found = image_ipcache(img, i);
	return cidr_compare(&found.prefix, prefix) == 0 ? found.id : 0;
}

/* Takes the first prefix of an identity; what is wrong with it, or NULL. */
static const char *
read_prefix(const struct reading *r, struct bundle_identity *id,
    struct str text)
{
	struct cidr *prefix = &id->prefix;
	char printed[CIDR_STRLEN];
	uint32_t holder;

	if (!cidr_parse(text, prefix) ||
	    !str_is(text, cidr_print(prefix, printed)))
		return "not a prefix";
	id->has_prefix = true;
	holder = ipcache_find(&r->ret->ipcache, prefix);
	/* Without its family the cluster's ipcache has no such prefix. */
	if (holder == 0 && !r->ret->traits.family[prefix->family - 1])
		return NULL;
	/* The address of a pod is the pod's, even if a policy names it. */
	if (holder != id->id && sec_id_scope(holder) != SCOPE_CLUSTER)
		return "the prefix of an identity is not its own in the "
		       "ipcache";
	return NULL;
}

static const char *
read_identity(struct reading *r, const struct ynode *n)
{
	struct bundle_identity *read;
	int64_t id = ynode_get(n, "id")->i;
	const struct ynode *prefix = ynode_get(n, "prefix");
	int64_t last = r->ids.n > 0 ? r->ids.v[r->ids.n - 1] : 0;

	if (id <= last || id > UINT32_MAX)
		return "not the next identity";
	if (!str_is(ynode_get(n, "scope")->s,
		sec_id_scope_name(sec_id_scope((uint32_t)id))))
		return "not the scope of this number";
	*vec_push(&r->ids, r->arena) = (uint32_t)id;
	read = vec_push(&r->ret->identities, r->arena);
	read->id = (uint32_t)id;
	read->labels = ynode_get(n, "labels");
	return prefix ? read_prefix(r, read, prefix->s) : NULL;
}

static void
complain_of_stranger(struct reading *r, uint32_t id, const char *name)
{
	reading_complain(r, r->ret->manifest->at,
	    arena_printf(r->arena, "identity %u is not among the identities",
		id),
	    name);
}

/* The first identity in the maps that there is not. */
static void
check_maps(struct reading *r)
{
	const struct bundle_content *c = r->ret;

	for (uint32_t i = 0; i < c->ipcache.nentries; i++) {
		uint32_t id = image_ipcache(&c->ipcache, i).id;

		if (!reading_knows(r, id)) {
			complain_of_stranger(r, id, BUNDLE_IPCACHE);
			return;
		}
	}
	VEC_FOREACH (set, &c->peers.v) {
		for (uint32_t i = 0; i < (*set)->n; i++) {
			if (!reading_knows(r, (*set)->ids[i])) {
				complain_of_stranger(r, (*set)->ids[i],
				    BUNDLE_PEERS);
				return;
			}
		}
	}
}

void
reading_identities(struct reading *r)
{
	const struct ynode *list =
	    reading_document(r, BUNDLE_IDENTITIES, &shape_identities);

	for (uint32_t i = 0; list && i < list->seq.n && r->ret->whole; i++) {
		const char *problem = read_identity(r, list->seq.v[i]);

		if (problem)
			reading_complain(r, list->seq.v[i]->at, problem,
			    BUNDLE_IDENTITIES);
	}
	if (r->ret->whole)
		check_maps(r);
}

/* By prefix, then identity: the first one has the address. */
static int
compare_address(const void *pa, const void *pb)
{
	const struct ipcache_record *a = pa, *b = pb;
	int c = cidr_compare(&a->prefix, &b->prefix);

	return c ? c : (a->id > b->id) - (a->id < b->id);
}

/*
 * Pods have in the ipcache the addresses that their endpoints have, and no
 * others.  An address that is a node's, too, is the node's.
 */
void
reading_addresses(struct reading *r)
{
	const struct image *img = &r->ret->ipcache;
	struct ipcache_record *v = r->addresses.v;
	size_t n = r->addresses.n, ours = 0, pods = 0;

	if (n > 1)
		qsort(v, n, sizeof(*v), compare_address);
	for (size_t i = 0; i < n; i++) {
		uint32_t holder;

		if (i > 0 && cidr_compare(&v[i - 1].prefix, &v[i].prefix) == 0)
			continue;
		holder = ipcache_find(img, &v[i].prefix);
		ours += holder == v[i].id;
		if (holder == 0 ||
		    (holder != v[i].id &&
			sec_id_scope(holder) != SCOPE_RESERVED))
			reading_complain(r, r->ret->manifest->at,
			    "an endpoint's address is not its own in the "
			    "ipcache",
			    BUNDLE_ENDPOINTS);
	}
	for (uint32_t i = 0; i < img->nentries; i++)
		pods += sec_id_scope(image_ipcache(img, i).id) == SCOPE_CLUSTER;
	if (r->ret->whole && pods != ours)
		reading_complain(r, r->ret->manifest->at,
		    "a pod has an address that no endpoint has",
		    BUNDLE_IPCACHE);
}
