/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Changes in words: who, which ports, why.  What comes from input is made safe
 * to show.  Private to report/.
 */

#include "report/changes.h"

/* What a side makes of a connection: who drops it, or all that let it pass. */
void changes_put_answer(struct buf *out, const struct changes_report *r,
    int side, const struct change_answer *x);

/* "topology-label", "aggregates and excludes-nobody together". */
void changes_put_because(struct buf *out, const struct upgrade *u,
    const struct bitset *attempts);

/* The member "because": an array of the sets of causes of which each is enough.
 */
void changes_json_because(struct json *out, const struct upgrade *u,
    const struct bitset *attempts);

/* What was recorded of X, which is one of the changes: "12 connections, 3 more
 * perhaps". */
const char *changes_recorded(const struct changes_report *r,
    const struct change *x);

/* All changes, and what else there is to say. */
void changes_put_list(struct buf *out, const struct changes_report *r);

/* "3 opened, 1 closed; widest: world -> shop/web 443/tcp" */
void changes_put_plan(struct buf *out, const struct changes_report *r);

/* Members that tell the same. */
void changes_json_members(struct json *out, const struct changes_report *r);

/* "shop/web-0 -> shop/db-0 5432/tcp" */
void changes_put_witness(struct buf *out, const struct changes_report *r,
    const struct change_witness *w);

/* What is told beside the sets, a line each. */
void changes_put_besides(struct buf *out, const struct changes_report *r);

/* "3 opened, 1 closed; widest: world -> shop/web 443/tcp" */
void changes_put_plan(struct buf *out, const struct changes_report *r);

/* A set, and the ports of a change, as texts. */
const char *changes_set_text(const struct changes_report *r,
    const struct bitset *set);
const char *changes_ports_text(const struct changes_report *r,
    const struct change *x);
