/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The maps of endpoints.  Verdicts are asked for where entries differ: for each
 * peer that either map names, and for some that neither does, at the boundaries
 * of all entries that can meet there.
 */
#include "node/compare.h"

#include <stdlib.h>

#include "base/search.h"
#include "cilium/reserved.h"
#include "cnpc_abi.h"
#include "bundle/probe.h"
#include "node/prefixes.h"

/* A map in the bundle's terms, and the same by identity. */
struct side {
	struct policy_table table;
	struct policy_record *by_id;
};

static int
compare_record(const void *a, const void *b)
{
	return policy_record_compare(a, b);
}

static int
compare_id(const void *a, const void *b)
{
	const struct policy_record *x = a, *y = b;

	if (x->id != y->id)
		return x->id < y->id ? -1 : 1;
	return policy_record_compare(x, y);
}

static void
index_side(struct side *s, struct arena *a)
{
	uint32_t n = s->table.n;

	s->by_id = ARENA_ARRAY(a, struct policy_record, n);
	for (uint32_t i = 0; i < n; i++)
		s->by_id[i] = s->table.v[i];
	if (n > 1)
		qsort(s->by_id, n, sizeof(*s->by_id), compare_id);
}

/* The node's entries with the bundle's identities. */
static struct policy_record *
translate(struct matching *m, const struct node_map *map)
{
	size_t n = map->entries.n;
	struct policy_record *v =
	    ARENA_ARRAY(m->arena, struct policy_record, n);

	for (size_t i = 0; i < n; i++) {
		v[i] = map->entries.v[i];
		v[i].id = matching_identity(m, v[i].id);
	}
	if (n > 1)
		qsort(v, n, sizeof(*v), compare_record);
	return v;
}

static bool
same_value(const struct policy_record *x, const struct policy_record *y)
{
	return x->deny == y->deny && x->auth == y->auth &&
	    x->proxy_port == y->proxy_port && x->precedence == y->precedence;
}

static void
differ(struct map_comparison *r, struct arena *a, enum difference kind,
    const struct policy_record *ours, const struct policy_record *theirs)
{
	struct entry_difference *d = vec_push(&r->entries, a);

	d->kind = kind;
	if (ours)
		d->ours = *ours;
	if (theirs)
		d->theirs = *theirs;
}

/* Side by side, in record order; gives THEIRS the bundle's proxy ports. */
static void
compare_entries(struct map_comparison *r, struct matching *m,
    const struct policy_table *ours, struct policy_record *theirs, uint32_t n)
{
	uint32_t i = 0, k = 0;

	while (i < ours->n || k < n) {
		int c = i == ours->n
		    ? 1
		    : (k == n ? -1
			      : policy_record_compare(&ours->v[i], &theirs[k]));

		if (c < 0) {
			differ(r, m->arena, DIFFERENCE_MISSING, &ours->v[i++],
			    NULL);
			continue;
		}
		theirs[k].proxy_port = matching_port(m, theirs[k].proxy_port,
		    c == 0 ? ours->v[i].proxy_port : 0);
		if (c > 0)
			differ(r, m->arena, DIFFERENCE_EXTRA, NULL, &theirs[k]);
		else if (same_value(&ours->v[i], &theirs[k]))
			r->equal++;
		else
			differ(r, m->arena, DIFFERENCE_OTHER, &ours->v[i],
			    &theirs[k]);
		i += c == 0;
		k++;
	}
}

/* Adds the boundaries of the entries that S has for ID in a direction. */
static void
add_probes(struct probes *p, struct arena *a, const struct side *s,
    enum direction dir, uint32_t id)
{
	const struct policy_record first = {.id = id, .dir = dir};
	uint32_t i, end;

	LOWER_BOUND(i, s->table.n, compare_id(&s->by_id[i], &first) < 0);
	for (end = i; end < s->table.n && s->by_id[end].id == id &&
	     s->by_id[end].dir == dir;)
		end++;
	if (end > i)
		probes_add_entries(p, a, &s->by_id[i], end - i);
}

static void
ask(struct map_comparison *r, struct arena *a, const struct side sides[2],
    const struct verdict_difference *what)
{
	struct verdict_difference d = *what;

	d.ours = policy_decide(&sides[0].table, d.dir, d.peer, d.proto, d.port);
	d.theirs =
	    policy_decide(&sides[1].table, d.dir, d.peer, d.proto, d.port);
	r->asked++;
	if (d.ours.reason == d.theirs.reason &&
	    d.ours.proxy_port == d.theirs.proxy_port)
		return;
	if (r->differ++ < VERDICTS_SHOWN)
		*vec_push(&r->verdicts, a) = d;
}

static void
ask_peer(struct map_comparison *r, struct matching *m,
    const struct side sides[2], enum direction dir, uint32_t peer)
{
	const uint32_t ids[] = {peer, 0,
	    sides[0].table.layout->aggregates
		? sec_id_aggregate(peer, CNPC_CLUSTER)
		: 0};
	struct arena scratch = {0};
	struct probes p = {0};

	probes_add_common(&p, &scratch);
	for (size_t i = 0; i < 2 * 3; i++)
		add_probes(&p, &scratch, &sides[i % 2], dir, ids[i / 2]);
	VEC_FOREACH (probe, &p.list)
		ask(r, m->arena, sides,
		    &(struct verdict_difference){.dir = dir,
			.peer = peer,
			.proto = probe->proto,
			.port = probe->port});
	arena_free(&scratch);
}

static bool
names(const struct side *s, uint32_t id)
{
	uint32_t i;

	LOWER_BOUND(i, s->table.n, s->by_id[i].id < id);
	return i < s->table.n && s->by_id[i].id == id;
}

/* Peers that neither map names: one of each aggregate looks like all. */
static void
ask_others(struct map_comparison *r, struct matching *m,
    const struct side sides[2], enum direction dir)
{
	uint32_t met[SEC_ID_AGGREGATE_LAST + 1] = {0};

	VEC_FOREACH (id, &m->bundle->identities) {
		uint32_t *slot = &met[sec_id_aggregate(id->id, CNPC_CLUSTER)];

		if (*slot || names(&sides[0], id->id) ||
		    names(&sides[1], id->id) || sec_id_is_aggregate(id->id))
			continue;
		*slot = 1;
		ask_peer(r, m, sides, dir, id->id);
	}
}

static void
compare_verdicts(struct map_comparison *r, struct matching *m,
    const struct side sides[2])
{
	for (enum direction dir = DIR_INGRESS; dir <= DIR_EGRESS; dir++) {
		uint32_t last = 0, i = 0, k = 0;

		while (i < sides[0].table.n || k < sides[1].table.n) {
			const struct policy_record *ours = &sides[0].by_id[i];
			const struct policy_record *theirs = &sides[1].by_id[k];
			bool mine = k == sides[1].table.n ||
			    (i < sides[0].table.n && ours->id <= theirs->id);
			uint32_t id = mine ? ours->id : theirs->id;

			i += mine;
			k += !mine;
			/* No packet is of nobody or of an aggregate. */
			if (id != last && !sec_id_is_aggregate(id))
				ask_peer(r, m, sides, dir, id);
			last = id;
		}
		ask_others(r, m, sides, dir);
	}
}

static void
compare_map(struct comparison *c, struct arena *a, const struct node_map *map)
{
	struct map_comparison *r = vec_push(&c->maps, a);
	struct arena scratch = {0};
	struct side sides[2] = {0};
	struct policy_record *theirs;
	struct image img;

	r->map = map;
	r->endpoint = matching_endpoint(&c->match, map->endpoint, &r->problem);
	if (!r->endpoint)
		return;
	r->problem = r->endpoint->policy
	    ? NULL
	    : "the bundle has no policy for it, as Cilium would refuse it";
	if (r->problem)
		return;
	img = bundle_endpoint_image(c->match.bundle, &scratch, r->endpoint);
	policy_table_read(&sides[0].table, &scratch, &img);
	theirs = translate(&c->match, map);
	sides[1].table =
	    (struct policy_table){theirs, (uint32_t)map->entries.n, img.layout};
	compare_entries(r, &c->match, &sides[0].table, theirs,
	    sides[1].table.n);
	if (r->entries.n > 0) {
		index_side(&sides[0], &scratch);
		index_side(&sides[1], &scratch);
		compare_verdicts(r, &c->match, sides);
	}
	arena_free(&scratch);
}

/* Endpoints of the bundle that have a policy and no map here. */
static uint32_t
count_absent(const struct comparison *c)
{
	uint32_t absent = 0;

	VEC_FOREACH (e, &c->match.bundle->endpoints) {
		bool met = false;

		VEC_FOREACH (r, &c->maps)
			met |= r->endpoint == e;
		absent += !met;
	}
	return absent;
}

void
comparison_make(struct comparison *c, struct arena *a,
    const struct bundle_content *bundle, const struct node_state *node)
{
	*c = (struct comparison){.has_ipcache = node->has_ipcache};
	matching_init(&c->match, a, bundle, node);
	VEC_FOREACH (map, &node->maps)
		compare_map(c, a, map);
	if (node->has_ipcache)
		compare_prefixes(c, a);
	c->absent = count_absent(c);
}

bool
comparison_differs(const struct comparison *c)
{
	VEC_FOREACH (r, &c->maps) {
		if (r->problem || r->entries.n > 0)
			return true;
	}
	return c->ipcache.n > 0;
}
