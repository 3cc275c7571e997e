/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Both lists are in the order of cidr_compare(), where a prefix comes before
 * those in it: the prefixes around the current one are a stack.
 */
#include "node/prefixes.h"

#include "cilium/reserved.h"

/* A prefix of either list; identities in the bundle's terms, 0: it has none. */
struct around {
	struct cidr prefix;
	uint32_t ours, theirs;
};

struct walk {
	struct comparison *c;
	struct arena *arena;
	VEC(struct around) stack; /* what lies around the current prefix */
};

/* A node calls its own addresses those of the host. */
static bool
is_own(uint32_t ours, uint32_t theirs)
{
	return theirs == SEC_ID_HOST &&
	    (ours == SEC_ID_REMOTE_NODE || ours == SEC_ID_KUBE_APISERVER ||
		sec_id_scope(ours) == SCOPE_REMOTE_NODE);
}

/* Whose the addresses around are, of which no list knows more. */
static struct around
surroundings(struct walk *w, const struct cidr *prefix)
{
	const struct bundle_content *b = w->c->match.bundle;
	uint32_t world[2];

	while (w->stack.n > 0 &&
	    !cidr_contains(&w->stack.v[w->stack.n - 1].prefix, prefix))
		w->stack.n--;
	if (w->stack.n > 0)
		return w->stack.v[w->stack.n - 1];
	sec_id_worlds(b->traits.family, world);
	return (struct around){*prefix, world[prefix->family - 1],
	    world[prefix->family - 1]};
}

static void
compare_one(struct walk *w, const struct cidr *prefix, uint32_t ours,
    uint32_t theirs)
{
	struct around owner = surroundings(w, prefix);
	struct prefix_difference *d;

	owner.prefix = *prefix;
	if (ours)
		owner.ours = ours;
	if (theirs)
		owner.theirs = theirs;
	*vec_push(&w->stack, w->arena) = owner;
	if (ours == theirs) {
		w->c->prefixes++;
		return;
	}
	if (is_own(owner.ours, owner.theirs)) {
		w->c->own++;
		return;
	}
	d = vec_push(&w->c->ipcache, w->arena);
	*d = (struct prefix_difference){
	    .kind = !theirs ? DIFFERENCE_MISSING
		: !ours     ? DIFFERENCE_EXTRA
			    : DIFFERENCE_OTHER,
	    .prefix = *prefix,
	    .ours = ours,
	    .theirs = theirs,
	    .our_owner = owner.ours,
	    .their_owner = owner.theirs,
	};
}

void
compare_prefixes(struct comparison *c, struct arena *a)
{
	const struct image *img = &c->match.bundle->ipcache;
	const struct node_state *node = c->match.node;
	struct walk w = {.c = c, .arena = a};
	uint32_t i = 0;
	size_t k = 0;

	while (i < img->nentries || k < node->ipcache.n) {
		struct ipcache_record ours = {0}, theirs = {0};
		int order;

		if (i < img->nentries)
			ours = image_ipcache(img, i);
		if (k < node->ipcache.n)
			theirs = node->ipcache.v[k];
		order = ours.id == 0 ? 1
		    : theirs.id == 0
		    ? -1
		    : cidr_compare(&ours.prefix, &theirs.prefix);
		i += order <= 0;
		k += order >= 0;
		compare_one(&w, order <= 0 ? &ours.prefix : &theirs.prefix,
		    order <= 0 ? ours.id : 0,
		    order >= 0 ? matching_identity(&c->match, theirs.id) : 0);
	}
}
