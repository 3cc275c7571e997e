/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Changes in words: who, which ports, why.  What comes from input is made safe
 * to show.  Private to report/.
 */

#include "report/changes.h"

/* Names, of which a few are shown and the rest is counted. */
struct changes_list {
	struct buf *out;
	size_t n;
};

void changes_list_add(struct changes_list *l, const char *name);
void changes_list_end(const struct changes_list *l);

/* "shop/web-0", "node/worker-1". */
const char *changes_pod(const struct changes_report *r,
    const struct endpoint *e);

/* The end that a witness is about: a pod, an address, a label. */
const char *changes_end(const struct changes_report *r, uint32_t actor);

/* The label of an actor that is neither pods nor outside; "" for others. */
struct str changes_label(const struct changes_report *r, const struct actor *x);

/* "shop/web-0, data/db-0, world"; all of a namespace by its name and a star. */
void changes_put_set(struct buf *out, const struct changes_report *r,
    const struct bitset *set);

/* "443/tcp, 8000-8080/tcp, udp"; "every port but 80/tcp". */
void changes_put_ports(struct buf *out, const struct changes_report *r,
    const struct change *x);

/* What a side makes of a connection: who drops it, or all that let it pass. */
void changes_put_answer(struct buf *out, const struct changes_report *r,
    int side, const struct change_answer *x);

/* "shop/web-0 -> shop/db-0 5432/tcp" */
void changes_put_witness(struct buf *out, const struct changes_report *r,
    const struct change_witness *w);
