/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What the kinds of assertions share.  Private to change/.
 */

#include "change/assertion.h"

/* These return false when they have reported what is wrong with the words. */
bool assertion_read_end(struct assertions *t, const struct ast_str *text,
    struct query_end *ret);
bool assertion_read_port(struct assertions *t, const struct ast_str *text,
    struct query *q);

/* The state of X is STATE at best. */
void assertion_worsen(struct assertion_result *x, enum assertion_state state);

/* Traces Q, which is copied; NULL: there is no answer, as an error says. */
const struct trace *assertion_trace(struct assertions *t,
    const struct query *q);

/* The actors that an end of Q is; NULL: it is not known, as an error says. */
const struct bitset *assertion_actors(struct assertions *t,
    const struct query *q, bool to);

/* That no connection of Q passes, on any port. */
void assertion_test_no_port(struct assertions *t, struct assertion_result *x,
    const struct query *q);

/* That OTHERS are the only ones who END connects to, or if TO, who connect. */
void assertion_test_only(struct assertions *t, struct assertion_result *x,
    bool to, const struct ast_str *end, const struct ast_str_list *others,
    const struct ast_str_list *ports);
