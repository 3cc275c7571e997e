/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lists of shares as words: a rule's number, and where the share is not the
 * last one of its row a mark in it and the number of a set.
 */
#include "bundle/rules.h"

#include <assert.h>
#include <stdlib.h>

#include "base/bytes.h"
#include "bundle/header.h"

enum {
	WORD_SIZE = 4,
	ENDPOINT_SIZE = 2 * WORD_SIZE,
};

#define OF_SET 0x80000000u /* a set follows, and another share of the row */

static const struct file_kind kind = {"CNPCRUL", 1};

void
rule_lists_init(struct rule_lists *l, struct arena *a)
{
	*l = (struct rule_lists){.arena = a};
	map_init(&l->of_bytes, a);
}

/* Writes a list to P, which has room for two words a share; its size. */
static size_t
put_list(uint8_t *p, const struct row_share *shares, uint32_t n)
{
	uint8_t *at = p;

	for (uint32_t i = 0; i < n; i++) {
		const struct peer_set *set = shares[i].peers;

		assert(shares[i].rule < OF_SET && (!set || set->number > 0));
		le32_put(at, shares[i].rule | (set ? OF_SET : 0));
		at += WORD_SIZE;
		if (set) {
			le32_put(at, set->number);
			at += WORD_SIZE;
		}
	}
	return (size_t)(at - p);
}

uint32_t
rule_lists_add(struct rule_lists *l, const struct row_share *shares, uint32_t n)
{
	uint8_t *bytes = arena_alloc(l->arena, (size_t)n * 2 * WORD_SIZE + 1);
	void **slot = map_put(&l->of_bytes, bytes, put_list(bytes, shares, n));

	if (!*slot) {
		*vec_push(&l->v, l->arena) =
		    (struct rule_list){.shares = shares, .nshares = n};
		*slot = (void *)(uintptr_t)l->v.n;
	}
	return (uint32_t)(uintptr_t)*slot;
}

struct str
rule_lists_put(const struct rule_lists *l, struct arena *a,
    const struct endpoint_rules *endpoints, uint32_t n)
{
	size_t head =
	    HEADER_SIZE + (size_t)n * ENDPOINT_SIZE + l->v.n * WORD_SIZE;
	size_t size = head, most = 0;
	uint8_t *p, *at, *index;

	VEC_FOREACH (list, &l->v)
		most += (size_t)list->nshares * 2 * WORD_SIZE;
	p = arena_alloc(a, head + most);
	at = p + HEADER_SIZE;
	for (uint32_t i = 0; i < n; i++, at += ENDPOINT_SIZE) {
		le32_put(at, endpoints[i].list[0]);
		le32_put(at + WORD_SIZE, endpoints[i].list[1]);
	}
	index = at;
	VEC_FOREACH (list, &l->v) {
		size_t bytes = put_list(p + size, list->shares, list->nshares);

		le32_put(index, (uint32_t)(bytes / WORD_SIZE));
		index += WORD_SIZE;
		size += bytes;
	}
	header_put(p, size, &kind, (uint32_t)l->v.n, n);
	return (struct str){(char *)p, size};
}

/* A file of lists that is read. */
struct reading {
	struct rule_lists *lists;
	const struct peer_sets *sets;
	uint32_t nrules;
	struct row_share *share; /* room for the next one */
	uint32_t *row;           /* and for the next row */
};

/* The N words at P as a list; NULL, or what is wrong. */
static const char *
read_list(struct reading *r, const uint8_t *p, uint32_t n)
{
	struct rule_list list = {.shares = r->share, .rows = r->row};
	const struct peer_set *peers = NULL; /* of the share before */

	for (uint32_t i = 0; i < n; i++) {
		uint32_t word = le32_get(p + (size_t)i * WORD_SIZE), set = 0;

		if ((word & ~OF_SET) > r->nrules)
			return "a row has a rule that is not there";
		if (!peers) {
			*r->row++ = list.nshares;
			list.nrows++;
		}
		if ((word & OF_SET) && ++i < n)
			set = le32_get(p + (size_t)i * WORD_SIZE);
		if ((word & OF_SET) && (set == 0 || set > r->sets->v.n))
			return "a share has a set that is not there";
		peers = set ? r->sets->v.v[set - 1] : NULL;
		*r->share++ = (struct row_share){word & ~OF_SET, peers};
		list.nshares++;
	}
	if (peers)
		return "a list ends within a row";
	*vec_push(&r->lists->v, r->lists->arena) = list;
	return NULL;
}

/* Reads the lists, whose sizes are at INDEX, from WORDS. */
static const char *
read_lists(struct reading *r, const uint8_t *index, uint32_t n, struct str body)
{
	const uint8_t *p = (const uint8_t *)body.s;
	const char *problem = NULL;

	for (uint32_t i = 0; i < n && !problem; i++) {
		uint32_t words = le32_get(index + (size_t)i * WORD_SIZE);
		size_t size = (size_t)words * WORD_SIZE;

		if (size > body.n)
			return "a list has an impossible size";
		problem = read_list(r, p, words);
		p += size;
		body.n -= size;
	}
	return problem || body.n == 0 ? problem : "something follows its lists";
}

/* The lists of N endpoints; NULL, or what is wrong. */
static const char *
read_endpoints(struct rule_lists *l, const uint8_t *p, uint32_t n,
    uint32_t nlists)
{
	struct endpoint_rules *v =
	    ARENA_ARRAY(l->arena, struct endpoint_rules, n);

	for (uint32_t i = 0; i < n; i++, p += ENDPOINT_SIZE) {
		v[i].list[0] = le32_get(p);
		v[i].list[1] = le32_get(p + WORD_SIZE);
		if (v[i].list[0] > nlists || v[i].list[1] > nlists)
			return "an endpoint has a list that is not there";
	}
	l->endpoints = v;
	l->nendpoints = n;
	return NULL;
}

bool
rule_lists_read(struct rule_lists *ret_lists, struct arena *a, struct str bytes,
    const struct peer_sets *sets, uint32_t nrules, const char **ret_problem)
{
	const uint8_t *p = (const uint8_t *)bytes.s + HEADER_SIZE;
	const char *problem = header_check(bytes, &kind);
	struct reading r = {ret_lists, sets, nrules, NULL, NULL};
	size_t head, words;
	uint32_t n, nlists;

	rule_lists_init(ret_lists, a);
	if (!problem) {
		nlists = le32_get(bytes.s + H_COUNT);
		n = le32_get(bytes.s + H_TOTAL);
		head = (size_t)n * ENDPOINT_SIZE + (size_t)nlists * WORD_SIZE;
		bytes.n -= HEADER_SIZE;
		if (head > bytes.n)
			problem = "its size is not that of its index";
		else
			problem = read_endpoints(ret_lists, p, n, nlists);
	}
	if (!problem) {
		words = (bytes.n - head) / WORD_SIZE;
		r.share = ARENA_ARRAY(a, struct row_share, words);
		r.row = ARENA_ARRAY(a, uint32_t, words);
		problem = read_lists(&r, p + (size_t)n * ENDPOINT_SIZE, nlists,
		    (struct str){(const char *)p + head, bytes.n - head});
	}
	if (problem)
		*ret_problem = problem;
	return !problem;
}

uint32_t
rule_list_find(const struct rule_list *l, uint32_t row, uint32_t id)
{
	const struct row_share *s = &l->shares[l->rows[row]];

	while (s->peers && !peer_set_has(s->peers, id))
		s++;
	return s->rule;
}
