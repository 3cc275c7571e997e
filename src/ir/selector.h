/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Building selectors: collect requirements, then consing gives the one object
 * that stands for them.  Scoping (semantics.md 4) is what the lowering of a
 * policy kind adds between begin and end.
 *
 * And asking them: selector_met() says whether a set of labels meets
 * requirements.  The labels may be an identity's, a node's or a Service's, and
 * the requirements a policy's, a Service's or a question's.
 */

#include "ir/ir.h"
#include "lang/selector.h"

/* A selector under construction, one at a time: what it is made of lives until
 * the next one begins. */
struct selector {
	struct ir *ir;
	VEC(struct ir_req) req;
};

void selector_begin(struct selector *s, struct ir *ir);

/*
 * Splits "[source:]key"; the source is "" when none is written.  What 1.20
 * refuses and older versions take: "$key" is of source reserved, and a value
 * after the key is no part of it.
 */
void selector_split(struct str key, struct str *ret_source,
    struct str *ret_name);

/* One requirement without values, or with the one value of EQUALS. */
void selector_exists(struct selector *s, atom_t source, struct str key);
void selector_absent(struct selector *s, atom_t source, struct str key);
void selector_equals(struct selector *s, atom_t source, struct str key,
    struct str value);

/* What CIDR rules are for: the world, and the match mode's nodes and pods. */
void selector_cidr_peers(struct selector *s);

/* What 0.0.0.0/0 or ::/0 is: the world, and what has a prefix of the family by
 * the match mode. */
void selector_world(struct selector *s, uint8_t family);

/* The address lies in C; or it must not. */
void selector_in_cidr(struct selector *s, const struct cidr *c);
void selector_not_in_cidr(struct selector *s, const struct cidr *c);

/*
 * The requirements of a written selector.  Keys without a source get SOURCE;
 * every key gets PREFIX in front.
 */
void selector_add(struct selector *s, const struct ast_selector *written,
    atom_t source, struct str prefix);

/* The same for labels that have no source: one that is written is ignored. */
void selector_add_plain(struct selector *s, const struct ast_selector *written);

/* Whether a requirement has the key, from k8s or any source. */
bool selector_has_key(const struct selector *s, atom_t key);

/* Whether a requirement's key, from k8s or any source, starts with PREFIX. */
bool selector_has_prefix(const struct selector *s, struct str prefix);

/* Whether a requirement has the source. */
bool selector_has_source(const struct selector *s, atom_t source);

/* The hash-consed selector; S must not be used again before a begin. */
const struct ir_selector *selector_end(struct selector *s);

/* A selector of a single requirement: source:key exists. */
const struct ir_selector *selector_label(struct ir *ir, atom_t source,
    struct str key);

/* Whether it has requirements, and all say what must not be there. */
bool selector_only_excludes(const struct ir_selector *s);

/* The selector without requirements: every identity. */
const struct ir_selector *selector_wildcard(struct ir *ir);

/*
 * The requirements of a selector in a question, in A.  A word that no label
 * of the compilation has becomes an atom that none is.
 */
const struct ir_req *selector_of_question(const struct ir *ir, struct arena *a,
    const struct lang_selector *asked);

/* Whether Q is about a label of this source and key. */
static inline bool
selector_req_names(const struct ir_req *q, const struct label *l)
{
	return atom_eq(l->key, q->key) &&
	    (q->any_source || atom_eq(l->source, q->source));
}

/* Whether these labels meet all requirements (semantics.md 3.2). */
bool selector_met(const struct ir *ir, const struct ir_req *req, size_t nreq,
    const struct label *labels, uint32_t n);
