/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The label sets of a world, by text and by number.
 */
#include "ident/numbering.h"

#include <stdlib.h>

#include "base/num.h"
#include "cilium/labels.h"
#include "cilium/reserved.h"
#include "diag_gen.h"

void
numbering_init(struct numbering *n, struct arena *a, struct diag_sink *sink,
    const struct ir *ir)
{
	*n = (struct numbering){
	    .arena = a,
	    .sink = sink,
	    .ir = ir,
	    .next_cidr = SEC_ID_CIDR_FIRST,
	    .next_node = SEC_ID_NODE_FIRST,
	};
	map_init(&n->by_text, a);
	map_init(&n->by_id, a);
	map_init(&n->locked, a);
}

void
numbering_free(struct numbering *n)
{
	arena_free(&n->seal);
}

struct numbered_labels *
numbering_labels(struct numbering *n, struct label_set *set)
{
	struct str text = label_set_seal(set, &n->seal, n->ir->atoms);
	void **slot = map_put(&n->by_text, text.s, text.n);
	struct numbered_labels *labels = *slot;

	if (!labels) {
		const struct map_entry *e = &n->by_text.entry[n->by_text.n - 1];

		*slot = labels = ARENA_NEW(n->arena, struct numbered_labels);
		*labels = (struct numbered_labels){.set = *set,
		    .text = {e->key, e->len}};
	}
	arena_reset(&n->seal);
	return labels;
}

struct numbered_labels *
numbering_find(struct numbering *n, struct label_set *set)
{
	struct str text = label_set_seal(set, &n->seal, n->ir->atoms);
	struct numbered_labels *labels = map_get(&n->by_text, text.s, text.n);

	arena_reset(&n->seal);
	return labels;
}

void
numbering_assign(struct numbering *n, struct numbered_labels *labels,
    uint32_t id)
{
	labels->id = id;
	*map_put(&n->by_id, &id, sizeof(id)) = labels;
}

void
numbering_fix(struct numbering *n, struct numbered_labels *labels, uint32_t id,
    struct span at)
{
	const struct numbered_labels *other =
	    map_get(&n->by_id, &id, sizeof(id));
	struct diag *d;

	if (labels->id == 0 && !other) {
		numbering_assign(n, labels, id);
		labels->at = at;
	} else if (other && other != labels) {
		d = diag_identity_conflict(n->sink, at, id, labels->text);
		diag_note(n->sink, d, other->at, "here it has " STR_FMT,
		    STR_ARG(other->text));
	} else if (labels->id != id) {
		d = diag_identity_twice(n->sink, at, labels->text, id,
		    labels->id);
		diag_note(n->sink, d, labels->at, "the first one is here");
	}
}

void
numbering_add_reserved(struct numbering *n)
{
	for (size_t i = 0; i < nreserved_identities; i++) {
		const struct reserved_identity *r = &reserved_identities[i];
		struct label_set set = {0};

		if (!version_has(n->ir->opt.cilium, r->change))
			continue;
		for (int k = 0; k < 2 && r->label[k]; k++)
			label_set_put(&set, n->arena,
			    label_of(n->ir->atoms, n->ir->word.reserved,
				str_of(r->label[k]), STR("")));
		numbering_assign(n, numbering_labels(n, &set), r->id);
	}
}

/* As numbering_fix(), but a set can have several numbers. */
static void
fix_number(struct numbering *n, struct numbered_labels *labels, uint32_t id,
    struct span at)
{
	numbering_fix(n, labels, id, at);
	if (!map_get(&n->by_id, &id, sizeof(id))) {
		struct numbered_labels *twin =
		    ARENA_NEW(n->arena, struct numbered_labels);

		*twin = *labels;
		twin->at = at;
		*vec_push(&n->twins, n->arena) = twin;
		numbering_assign(n, twin, id);
	}
}

void
numbering_add_identities(struct numbering *n, const struct object_list *objects)
{
	OBJECT_FOREACH (o, objects, AST_CILIUM_IDENTITY) {
		const struct ast_cilium_identity *body = o->body;
		struct label_set set = {0};
		uint64_t id;

		if (!num_u64(o->name, SEC_ID_CIDR_FIRST - 2, &id) ||
		    id < SEC_ID_POD_FIRST) {
			diag_bad_identity_number(n->sink, o->name_at, o->name);
			continue;
		}
		for (uint32_t i = 0; i < body->security_labels.n; i++) {
			const struct ast_str_pair *l =
			    &body->security_labels.v[i];
			struct str source, key, none;

			label_split(l->key, &source, &key, &none);
			label_set_put(&set, n->arena,
			    label_of(n->ir->atoms,
				atom_intern(n->ir->atoms, source), key,
				l->value));
		}
		fix_number(n, numbering_labels(n, &set), (uint32_t)id,
		    o->name_at);
	}
}

static void
put_k8s(struct numbering *n, struct label_set *set, const char *key,
    struct str value)
{
	label_set_put(set, n->arena,
	    label_of(n->ir->atoms, n->ir->word.k8s, str_of(key), value));
}

/* The label set that K numbers; NULL: nobody has it. */
static struct numbered_labels *
find_well_known(struct numbering *n, const struct well_known_identity *k)
{
	char *words = arena_dup(n->arena, k->labels, strlen(k->labels));
	struct label_set set = {0};

	for (char *w; (w = strsep(&words, " "));) {
		const char *key = strsep(&w, "=");

		put_k8s(n, &set, key, str_of(w));
	}
	put_k8s(n, &set, LABEL_ACCOUNT, str_of(k->account));
	put_k8s(n, &set, LABEL_NAMESPACE, STR(WELL_KNOWN_NAMESPACE));
	put_k8s(n, &set, LABEL_CLUSTER, n->ir->opt.cluster_name);
	if (k->namespace_label)
		put_k8s(n, &set, LABEL_OF_NAMESPACE LABEL_METADATA_NAME,
		    STR(WELL_KNOWN_NAMESPACE));
	return numbering_find(n, &set);
}

void
numbering_well_known(struct numbering *n)
{
	for (size_t i = 0; i < nwell_known_identities; i++) {
		const struct well_known_identity *k = &well_known_identities[i];
		struct numbered_labels *labels = find_well_known(n, k);

		if (labels && labels->id == 0)
			numbering_assign(n, labels, k->id);
	}
}

static int
compare_text(const void *a, const void *b)
{
	return str_compare((*(struct numbered_labels *const *)a)->text,
	    (*(struct numbered_labels *const *)b)->text);
}

/* The first unused number from *NEXT on; *NEXT becomes the one after it. */
static uint32_t
take_next(struct numbering *n, uint32_t *next)
{
	while (map_get(&n->by_id, next, sizeof(*next)))
		++*next;
	return (*next)++;
}

void
numbering_pods(struct numbering *n)
{
	VEC(struct numbered_labels *) rest = {0};
	uint32_t next = SEC_ID_POD_FIRST;

	for (uint32_t i = 0; i < n->by_text.n; i++) {
		struct numbered_labels *labels = n->by_text.entry[i].value;

		if (labels->id == 0)
			*vec_push(&rest, n->arena) = labels;
	}
	if (rest.n > 1)
		qsort(rest.v, rest.n, sizeof(*rest.v), compare_text);
	VEC_FOREACH (labels, &rest)
		numbering_assign(n, *labels, take_next(n, &next));
}

/* The number that a lock has for a prefix's labels, in the scope of FIRST. */
static bool
locked_number(struct numbering *n, const struct numbered_labels *labels,
    uint32_t first, uint32_t *ret_id)
{
	const struct numbered_labels *locked =
	    map_get(&n->locked, labels->text.s, labels->text.n);

	/* A line that contradicts another one fixes nothing. */
	if (!locked || locked->id == 0)
		return false;
	if (sec_id_scope(locked->id) != sec_id_scope(first)) {
		diag_locked_out_of_range(n->sink, locked->at, locked->id,
		    labels->text);
		return false;
	}
	*ret_id = locked->id;
	return true;
}

void
numbering_prefix(struct numbering *n, struct numbered_labels *labels,
    const struct cidr *cidr)
{
	bool node = label_set_has(&labels->set, n->ir->atoms,
	    n->ir->word.reserved, RESERVED_REMOTE_NODE);
	uint32_t *next = node ? &n->next_node : &n->next_cidr;
	uint32_t id;

	if (labels->id != 0)
		return;
	labels->cidr = cidr;
	if (!locked_number(n, labels, *next, &id))
		id = take_next(n, next);
	numbering_assign(n, labels, id);
}
