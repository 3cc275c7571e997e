/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * From a record whose ends are known to a question, and its answer.  Private to
 * replay/.
 */

#include "replay/replay.h"

/* Fills Q but for its ends, in X's line arena.  NULL, or what the record lacks.
 */
const char *question_of(struct query *q, struct replay_worker *x,
    const struct record *r);

/* The same end as others that are called so; it lives as long as all do. */
const struct replay_who *question_who(struct replay_worker *x,
    struct replay_who who);

/* The bytes that tell questions apart. */
void question_key(struct buf *key, const struct query *q);

/* An answer that says nothing but WHY, which must live as long. */
struct replay_answer *question_unknown(struct replay_worker *x, uint8_t proto,
    uint16_t port, const char *why);

/* Answers Q, whose request, if OPEN, is not said. */
struct replay_answer *question_answer(struct replay_worker *x,
    const struct query *q, bool open);
